import { describe, it } from 'vitest';
import { Add, Dense, Flatten, Input, Layer, registerLayer } from '../../src/layers/index.ts';
import { deserializeLayer } from '../../src/layers/registry.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { setRandomSeed, tensor, Variable } from '../../src/trace/index.ts';
import { expectRefusal, type Misuse, quiet, wrong, zeros } from './misuse.ts';

const chain = () => new Sequential([Input({ shape: [3] }), new Dense(2)], { name: 'net' });

const SEQUENTIAL: Misuse[] = [
  [
    'a class instead of a layer',
    'INVALID_ARGUMENT',
    () => new Sequential([wrong(Dense)]),
    'only layers',
    'function Dense',
  ],
  ['a word instead of a layer', 'INVALID_ARGUMENT', () => new Sequential([wrong('dense')]), 'only layers', "'dense'"],
  ['null instead of a layer', 'INVALID_ARGUMENT', () => new Sequential([wrong(null)]), 'only layers', 'null'],
  [
    'a function instead of a layer',
    'INVALID_ARGUMENT',
    () => new Sequential([wrong(() => 1)]),
    'only layers',
    'function',
  ],
  ['options instead of a layer', 'INVALID_ARGUMENT', () => chain().add(wrong({ units: 3 })), "'net'", 'units'],
  [
    'one layer twice',
    'INVALID_ARGUMENT',
    () => {
      const d = new Dense(3, { name: 'd' });
      return new Sequential([Input({ shape: [3] }), d, d], { name: 'net' });
    },
    "'net'",
    "'d'",
    'another name',
  ],
  [
    'two layers of one name',
    'INVALID_ARGUMENT',
    () => new Sequential([new Dense(3, { name: 'd' }), new Dense(3, { name: 'd' })]),
    "'d'",
  ],
  ['an Input in the middle', 'INVALID_ARGUMENT', () => chain().add(Input({ shape: [2] })), "'net'", 'first'],
  [
    'a layer that does not fit',
    'SHAPE',
    () => new Sequential([Input({ shape: [3] }), new Dense(2), new Flatten(), new (wrong(ConvLike))()]),
    '4 axes',
  ],
  ['no layers', 'NOT_BUILT', () => new Sequential([], { name: 'net' }).build([null, 3]), "'net'", 'no layers', 'add'],
  [
    'no layers to predict with',
    'NOT_BUILT',
    () => new Sequential([], { name: 'net' }).predict(zeros(1, 3), quiet),
    "'net'",
    'no layers',
  ],
  ['build for another shape', 'SHAPE', () => chain().build([null, 4]), "'net'", '(None, 3)', '(None, 4)'],
  [
    'build with a number',
    'SHAPE',
    () => new Sequential([new Dense(2)]).build(wrong(784)),
    'build',
    '784',
    '[null, 784]',
  ],
  [
    'build with two shapes',
    'SHAPE',
    () =>
      new Sequential([new Dense(2)], { name: 'net' }).build(
        wrong([
          [null, 3],
          [null, 3],
        ]),
      ),
    "'net'",
    'one input',
  ],
  ['apply to another shape', 'SHAPE', () => chain().apply(zeros(2, 4)), "'net'", '(None, 3)', '(2, 4)'],
  ['apply to two inputs', 'SHAPE', () => chain().apply([zeros(2, 3), zeros(2, 3)]), "'net'", '1 input', 'got 2'],
  [
    'a layer of two outputs',
    'INVALID_ARGUMENT',
    () => new Sequential([Input({ shape: [3] }), new Pair({ name: 'pair' })], { name: 'net' }),
    "'net'",
    "'pair'",
    'functional',
  ],
  ['an unknown option', 'INVALID_ARGUMENT', () => new Sequential([], wrong({ nmae: 'net' })), 'Sequential', "'name'"],
  ['layers that are no list', 'INVALID_ARGUMENT', () => new Sequential(wrong(new Dense(3))), 'Sequential', 'a Dense'],
  [
    'summary before build',
    'NOT_BUILT',
    () => new Sequential([new Dense(2)], { name: 'net' }).countParams(),
    "'net'",
    'build',
  ],
];

class ConvLike extends Layer {
  override inputSpec = { ndim: 4 };
}

class Pair extends Layer {
  override call(x: never): never[] {
    return [x, x];
  }
}

const FUNCTIONAL: Misuse[] = [
  [
    'outputs alone',
    'INVALID_ARGUMENT',
    () => new Model({ outputs: Input({ shape: [2] }) }),
    'both',
    '{ inputs, outputs }',
  ],
  ['inputs alone', 'INVALID_ARGUMENT', () => new Model({ inputs: Input({ shape: [2] }) }), 'both'],
  [
    'layers as ends',
    'INVALID_ARGUMENT',
    () => new Model({ inputs: wrong(new Dense(2)), outputs: wrong(new Dense(2)) }),
    'symbolic',
    'a Dense',
  ],
  [
    'tensors as ends',
    'INVALID_ARGUMENT',
    () => new Model({ inputs: Input({ shape: [2] }), outputs: wrong(zeros(2)) }),
    'symbolic',
    'Tensor of shape (2,)',
  ],
  [
    'null as an end',
    'INVALID_ARGUMENT',
    () => new Model({ inputs: wrong(null), outputs: Input({ shape: [2] }) }),
    'null',
  ],
  ['no outputs', 'INVALID_ARGUMENT', () => new Model({ inputs: Input({ shape: [2] }), outputs: [] }), 'outputs'],
  [
    'an input left out',
    'INVALID_ARGUMENT',
    () => {
      const [a, b] = [Input({ shape: [2], name: 'a' }), Input({ shape: [2], name: 'b' })];
      return new Model({ inputs: a, outputs: new Add().apply([a, b]), name: 'net' });
    },
    "'net'",
    "'b'",
    'not among its inputs',
    'inputs: [..., b]',
  ],
  [
    'outputs of another input',
    'INVALID_ARGUMENT',
    () =>
      new Model({
        inputs: Input({ shape: [2], name: 'a' }),
        outputs: new Dense(1).apply(Input({ shape: [2], name: 'b' })),
      }),
    "'b'",
  ],
  [
    'an input that leads nowhere',
    'INVALID_ARGUMENT',
    () => {
      const [a, b] = [Input({ shape: [2], name: 'a' }), Input({ shape: [2], name: 'b' })];
      return new Model({ inputs: [a, b, a], outputs: new Add().apply([a, b]), name: 'net' });
    },
    "'net'",
    "'a'",
    'twice',
  ],
  [
    'two layers of one name',
    'INVALID_ARGUMENT',
    () => {
      const a = Input({ shape: [2] });
      return new Model({
        inputs: a,
        outputs: new Dense(1, { name: 'd' }).apply(new Dense(2, { name: 'd' }).apply(a)),
        name: 'net',
      });
    },
    "'net'",
    "'d'",
    'another name',
  ],
  [
    'an input and a layer of one name',
    'INVALID_ARGUMENT',
    () => {
      const a = Input({ shape: [2], name: 'd' });
      return new Model({ inputs: a, outputs: new Dense(1, { name: 'd' }).apply(a) });
    },
    "'d'",
  ],
  [
    'an unknown option',
    'INVALID_ARGUMENT',
    () => new Model(wrong({ input: Input({ shape: [2] }), output: 1 })),
    'Model',
    "'inputs'",
  ],
  [
    'ends by position',
    'INVALID_ARGUMENT',
    () => new Model(wrong(Input({ shape: [2] }))),
    'Model',
    '{ inputs, outputs }',
  ],
  ['a model called on too few inputs', 'SHAPE', (w) => w.twin().apply(zeros(2, 3)), "'twin'", '2 input', 'got 1'],
  [
    'a model called on a record with a gap',
    'INVALID_ARGUMENT',
    (w) => w.twin().apply({ a: zeros(2, 3) }),
    "'twin'",
    'missing b',
  ],
  [
    'a model called on other shapes',
    'SHAPE',
    (w) => w.twin().apply([zeros(2, 4), zeros(2, 4)]),
    "'twin'",
    "'a'",
    '(None, 3)',
    '(2, 4)',
  ],
  [
    'a symbolic call on other shapes',
    'SHAPE',
    () => chain().apply(Input({ shape: [5] })),
    "'net'",
    '(None, 3)',
    '(None, 5)',
  ],
];

const PARTS: Misuse[] = [
  ['getLayer misspelt', 'UNKNOWN_ID', (w) => w.twin().getLayer('pp'), "'twin'", "'pp'", "'p'"],
  ['getLayer beyond the end', 'INVALID_ARGUMENT', (w) => w.net().getLayer(7), "'net'", '7'],
  ['getLayer of nothing', 'INVALID_ARGUMENT', (w) => w.net().getLayer(wrong(undefined)), 'getLayer'],
  ['too few weights', 'SHAPE', (w) => w.net().setWeights([zeros(3, 2)]), "'net'", 'setWeights', 'expected 2', 'got 1'],
  ['too many weights', 'SHAPE', (w) => w.net().setWeights([zeros(3, 2), zeros(2), zeros(2)]), 'expected 2', 'got 3'],
  [
    'weights of another shape',
    'SHAPE',
    (w) => w.net().setWeights([zeros(2, 3), zeros(2)]),
    'kernel',
    '(3, 2)',
    '(2, 3)',
  ],
  [
    'the last weight of another shape',
    'SHAPE',
    (w) => w.net().setWeights([tensor(new Float32Array(6).fill(9), [3, 2]), zeros(3)]),
    'bias',
    '(2,)',
    '(3,)',
  ],
  ['weights that are words', 'INVALID_DATA', (w) => w.net().setWeights(wrong([['a'], ['b']])), "'a'"],
  [
    'weights that are no list',
    'INVALID_ARGUMENT',
    (w) => w.net().setWeights(wrong(zeros(3, 2))),
    'setWeights',
    'list',
    'Tensor of shape (3, 2)',
  ],
  [
    'weights that are nothing',
    'INVALID_ARGUMENT',
    (w) => wrong(w.net()).setWeights(),
    'setWeights',
    'list',
    'undefined',
  ],
  [
    'weights of a layer not built',
    'NOT_BUILT',
    () => new Dense(2, { name: 'd' }).setWeights([zeros(3, 2), zeros(2)]),
    "'d'",
    'build',
  ],
  [
    'another optimizer by assignment',
    'INVALID_ARGUMENT',
    (w) => {
      wrong(w.net()).optimizer.learningRate = 'fast';
    },
    'learningRate',
    "'fast'",
  ],
  [
    'trainable of a word',
    'INVALID_ARGUMENT',
    (w) => {
      wrong(w.net()).trainable = 'no';
    },
    'trainable',
    "'no'",
  ],
];

const VARIABLES: Misuse[] = [
  [
    'assign of another shape',
    'SHAPE',
    () => new Variable(zeros(2, 3), { name: 'v' }).assign(zeros(3, 2)),
    'v',
    '(2, 3)',
    '(3, 2)',
  ],
  [
    'assignAdd of another shape',
    'SHAPE',
    () => new Variable(zeros(2), { name: 'v' }).assignAdd(zeros(3)),
    'assignAdd',
    '(2,)',
    '(3,)',
  ],
  [
    'assignSub of a number',
    'SHAPE',
    () => new Variable(zeros(2), { name: 'v' }).assignSub(1),
    'assignSub',
    '(2,)',
    '()',
  ],
  ['assign of a word', 'INVALID_ARGUMENT', () => new Variable(zeros(2), { name: 'v' }).assign(wrong('x')), "'x'"],
  [
    'write of another length',
    'SHAPE',
    () => new Variable(zeros(2), { name: 'v' }).write(new Float32Array(3)),
    'v',
    '2 values',
    '3',
  ],
  [
    'a variable of a wrong shape',
    'SHAPE',
    () => new Variable(zeros(4), { name: 'v', shape: [2, 3] }),
    'v',
    '(2, 3)',
    '6',
    '4',
  ],
  ['a variable of nothing', 'INVALID_ARGUMENT', () => new Variable(wrong(undefined)), 'undefined'],
  ['a seed that is a word', 'INVALID_ARGUMENT', () => setRandomSeed(wrong('abc')), 'seed', 'abc'],
  ['a negative seed', 'INVALID_ARGUMENT', () => setRandomSeed(-1), 'seed', '-1'],
];

const dense = () => ({ module: 'keras.layers', class_name: 'Dense', config: { units: 2, name: 'd' } });

const CONFIGS: Misuse[] = [
  [
    'a class that does not exist',
    'UNKNOWN_ID',
    () => deserializeLayer({ class_name: 'Denze', config: {} }),
    "'Denze'",
    "'Dense'",
  ],
  [
    'a class of somebody',
    'UNKNOWN_ID',
    () => deserializeLayer({ class_name: 'HyperbolicSine', config: {} }),
    'registerLayer',
    'customObjects: { HyperbolicSine }',
  ],
  ['no class', 'INVALID_CONFIG', () => deserializeLayer({ config: {} }), 'class_name'],
  ['no config', 'INVALID_CONFIG', () => deserializeLayer({ class_name: 'Dense' }), 'config'],
  ['null', 'INVALID_CONFIG', () => deserializeLayer(null), 'null'],
  ['a word', 'INVALID_CONFIG', () => deserializeLayer('Dense'), "'Dense'"],
  [
    'a config without what is required',
    'INVALID_ARGUMENT',
    () => deserializeLayer({ class_name: 'Dense', config: {} }),
    'Dense',
    'units',
  ],
  [
    'a config with an unknown key',
    'INVALID_ARGUMENT',
    () => deserializeLayer({ class_name: 'Dense', config: { units: 2, unitz: 3 } }),
    "'unitz'",
  ],
  [
    'a custom object that is no class',
    'INVALID_CONFIG',
    () => deserializeLayer({ class_name: 'Mine', config: {} }, { Mine: 3 }),
    "'Mine'",
  ],
  ['Sequential without layers', 'INVALID_CONFIG', () => Sequential.fromConfig({ name: 'net' }), 'Sequential', 'layers'],
  ['layers that are a record', 'INVALID_CONFIG', () => Model.fromConfig({ name: 'net', layers: {} }), 'layers'],
  [
    'a call of a layer that is not there',
    'INVALID_CONFIG',
    () => Model.fromConfig(graph([['ghost', 0, 0]])),
    "'ghost'",
  ],
  ['a loop', 'INVALID_CONFIG', () => Model.fromConfig(graph([['d', 0, 0]])), 'loop', 'd'],
  [
    'an output that is not there',
    'INVALID_CONFIG',
    () => Model.fromConfig({ ...graph([['i', 0, 0]]), output_layers: [['d', 5, 0]] }),
    "'d'",
    '5',
  ],
  [
    'an initializer that does not exist',
    'UNKNOWN_ID',
    () =>
      deserializeLayer({
        ...dense(),
        config: { units: 2, kernel_initializer: { class_name: 'GlorotUnifrom', config: {} } },
      }),
    "'GlorotUniform'",
  ],
  ['a class to register that is none', 'INVALID_ARGUMENT', () => registerLayer(wrong({})), 'registerLayer'],
];

function graph(inputs: unknown[]) {
  const tensorAt = (history: unknown) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 2], dtype: 'float32', keras_history: history },
  });
  return {
    name: 'net',
    layers: [
      {
        module: 'keras.layers',
        class_name: 'InputLayer',
        config: { batch_shape: [null, 2], name: 'i' },
        name: 'i',
        inbound_nodes: [],
      },
      { ...dense(), name: 'd', inbound_nodes: [{ args: inputs.map(tensorAt), kwargs: {} }] },
    ],
    input_layers: [['i', 0, 0]],
    output_layers: [['d', 0, 0]],
  };
}

describe('wrong models are refused', () => {
  for (const misuse of [...SEQUENTIAL, ...FUNCTIONAL]) it(misuse[0], () => expectRefusal(misuse));
});

describe('wrong weights and parts are refused, and nothing has changed', () => {
  for (const misuse of [...PARTS, ...VARIABLES]) it(misuse[0], () => expectRefusal(misuse));
});

describe('wrong configurations are refused', () => {
  for (const misuse of CONFIGS) it(misuse[0], () => expectRefusal(misuse));
});
