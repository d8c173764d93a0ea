import { describe, it } from 'vitest';
import { Dense, Embedding, Input } from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { expectRefusal, ints, type Misuse, quiet, type World, wrong, zeros } from './misuse.ts';

const nan = Number.NaN;
const train = (w: World, x: unknown, y: unknown, options = {}) =>
  w.net().fit(wrong(x), wrong(y), { ...quiet, ...options });

const INPUTS: Misuse[] = [
  ['fit without data', 'INVALID_DATA', (w) => wrong(w.net()).fit(), 'fit: x is missing'],
  ['predict null', 'INVALID_DATA', (w) => w.net().predict(wrong(null), quiet), 'predict: x is missing'],
  ['evaluate null', 'INVALID_DATA', (w) => w.net().evaluate(wrong(null), null, quiet), 'evaluate: x is missing'],
  ['too many features', 'SHAPE', (w) => train(w, zeros(4, 5), zeros(4, 2)), 'net', '(None, 3)', '(4, 5)'],
  ['too few features', 'SHAPE', (w) => w.net().predict(zeros(4, 2), quiet), 'predict', '(None, 3)', '(4, 2)'],
  ['too many axes', 'SHAPE', (w) => w.net().predict(zeros(4, 3, 2), quiet), '(None, 3)', '(4, 3, 2)'],
  [
    'axes that a reshape repairs',
    'SHAPE',
    (w) => w.net().evaluate(zeros(2, 1, 3), zeros(2, 2), quiet),
    'Reshape it: ops.reshape(x, [2, 3])',
  ],
  ['one sample without a batch axis', 'SHAPE', (w) => w.net().predict(zeros(3), quiet), 'batch axis', '(1, 3)'],
  ['a flat array', 'SHAPE', (w) => w.net().predict(new Float32Array(9), quiet), 'tensor(x, [3, 3])'],
  ['a number', 'INVALID_DATA', (w) => w.net().predict(wrong(3), quiet), 'predict: x', 'number 3'],
  ['a string', 'INVALID_DATA', (w) => w.net().predict(wrong('x.csv'), quiet), "'x.csv'"],
  ['a boolean', 'INVALID_DATA', (w) => w.net().predict(wrong(true), quiet), 'boolean true'],
  ['a promise', 'INVALID_DATA', (w) => w.net().predict(wrong(Promise.resolve()), quiet), 'await'],
  ['a date', 'INVALID_DATA', (w) => w.net().predict(wrong(new Date()), quiet), 'a Date'],
  ['strings in rows', 'INVALID_DATA', (w) => w.net().predict(wrong([['a', 'b', 'c']]), quiet), "'a'", 'strings'],
  ['missing values in rows', 'INVALID_DATA', (w) => w.net().predict(wrong([[1, null, 3]]), quiet), '[0][1]', 'null'],
  ['rows of different lengths', 'INVALID_DATA', (w) => w.net().predict([[1, 2, 3], [1]], quiet), 'rows', '[1]'],
  ['rows among numbers', 'INVALID_DATA', (w) => w.net().predict(wrong([[1, 2, [3]]]), quiet), '[0][2]'],
  ['a scalar tensor', 'INVALID_DATA', (w) => w.net().predict(zeros(), quiet), 'single number', 'count samples'],
  ['no samples', 'INVALID_DATA', (w) => w.net().predict(zeros(0, 3), quiet), 'empty', '(0, 3)'],
  ['an empty list', 'INVALID_DATA', (w) => w.net().predict([], quiet), 'empty'],
  ['no samples to train on', 'INVALID_DATA', (w) => train(w, zeros(0, 3), zeros(0, 2)), 'fit', 'empty'],
  [
    'a shape that does not hold the data',
    'SHAPE',
    (w) => w.net().predict({ data: new Float32Array(5), shape: [2, 3] }, quiet),
    '(2, 3)',
    '6',
    '5',
  ],
  [
    'a shape with a negative size',
    'SHAPE',
    (w) => w.net().predict({ data: new Float32Array(3), shape: [-1, 3] }, quiet),
    'shape',
  ],
  [
    'NaN in x',
    'INVALID_DATA',
    (w) =>
      train(
        w,
        [
          [1, 2, 3],
          [1, nan, 3],
        ],
        zeros(2, 2),
      ),
    'sample 1',
    'element 1',
  ],
  [
    'NaN far behind',
    'INVALID_DATA',
    (w) => {
      const x = zeros(3000, 3);
      x.dataSync()[2 + 3 * 2987] = nan;
      return train(w, x, zeros(3000, 2));
    },
    'sample 2987',
    'element 2',
    'missing values',
  ],
  [
    'NaN beside infinity',
    'INVALID_DATA',
    (w) =>
      train(
        w,
        [
          [Infinity, 0, -Infinity],
          [0, 0, nan],
        ],
        zeros(2, 2),
      ),
    'sample 1',
  ],
  ['another number of targets', 'INVALID_DATA', (w) => train(w, zeros(4, 3), zeros(5, 2)), 'x has 4', 'y has 5'],
  [
    'a list of one too many',
    'INVALID_DATA',
    (w) => train(w, [zeros(2, 3), zeros(2, 3)], zeros(2, 2)),
    'got a list of 2',
  ],
  ['a record for an unknown input', 'INVALID_DATA', (w) => train(w, { foo: zeros(2, 3) }, zeros(2, 2)), 'foo'],
  [
    'a value too large for int32',
    'DTYPE',
    (w) => w.net().predict(wrong(BigInt64Array.of(1n, 2n, 2n ** 40n)), quiet),
    'element 2',
    'int32',
    'Float64Array',
  ],
];

const TARGETS: Misuse[] = [
  ['no targets', 'INVALID_DATA', (w) => train(w, zeros(2, 3), undefined), 'y is missing', 'has a loss'],
  [
    'no targets to evaluate',
    'INVALID_DATA',
    (w) => w.net().evaluate(zeros(2, 3), null, quiet),
    'evaluate: y is missing',
  ],
  ['targets of another width', 'SHAPE', (w) => train(w, zeros(2, 3), zeros(2, 5)), '(None, 2)', '(2, 5)'],
  ['targets of another rank', 'SHAPE', (w) => train(w, zeros(2, 3), zeros(2, 2, 2)), '(None, 2)', '(2, 2, 2)'],
  ['class numbers for mse', 'SHAPE', (w) => train(w, zeros(2, 3), ints(0, 1)), 'sparse_categorical_crossentropy'],
  [
    'NaN in y',
    'INVALID_DATA',
    (w) =>
      train(w, zeros(2, 3), [
        [0, nan],
        [0, 0],
      ]),
    'y has NaN',
    'sample 0',
  ],
  [
    'class numbers for one-hot losses',
    'SHAPE',
    (w) => w.net(10, 'categorical_crossentropy').fit(zeros(2, 3), ints(0, 1), quiet),
    '(2,)',
    "'sparse_categorical_crossentropy'",
    'toCategorical(y, 10)',
  ],
  [
    'a column of class numbers for one-hot losses',
    'SHAPE',
    (w) => w.net(10, 'categorical_crossentropy').fit(zeros(2, 3), zeros(2, 1), quiet),
    '(2, 1)',
    "'sparse_categorical_crossentropy'",
  ],
  [
    'one-hot rows of another width',
    'SHAPE',
    (w) => w.net(4, 'categorical_crossentropy').fit(zeros(2, 3), zeros(2, 5), quiet),
    '(None, 4)',
    '(2, 5)',
  ],
  [
    'one-hot rows for class numbers',
    'SHAPE',
    (w) => w.net(4, 'sparse_categorical_crossentropy').fit(zeros(2, 3), zeros(2, 4), quiet),
    'one-hot',
    "'categorical_crossentropy'",
    'argmax',
  ],
  [
    'rows of a third width for class numbers',
    'SHAPE',
    (w) => w.net(4, 'sparse_categorical_crossentropy').fit(zeros(2, 3), zeros(2, 7), quiet),
    '(2, 7)',
  ],
  [
    'a class that is too great',
    'INVALID_DATA',
    (w) => w.net(4, 'sparse_categorical_crossentropy').fit(zeros(3, 3), ints(0, 1, 9), quiet),
    'class 9',
    'sample 2',
    '4 outputs',
    '0 to 3',
  ],
  [
    'classes from 1',
    'INVALID_DATA',
    (w) => w.net(4, 'sparse_categorical_crossentropy').fit(zeros(2, 3), ints(1, 4), quiet),
    'sample 1',
    'must start at 0',
  ],
  [
    'a negative class',
    'INVALID_DATA',
    (w) => w.net(4, 'sparse_categorical_crossentropy').evaluate(zeros(2, 3), ints(0, -2), quiet),
    'evaluate',
    'class -2',
    'sample 1',
  ],
  [
    'a class that is no whole number',
    'INVALID_DATA',
    (w) => w.net(4, 'sparse_categorical_crossentropy').trainOnBatch(zeros(2, 3), [0, 1.5]),
    'trainOnBatch',
    'class 1.5',
  ],
  [
    'a class that is NaN',
    'INVALID_DATA',
    (w) => w.net(4, 'sparse_categorical_crossentropy').fit(zeros(2, 3), [0, nan], quiet),
    'sample 1',
  ],
  [
    'a class in a time step',
    'INVALID_DATA',
    (w) => {
      const model = new Sequential([Input({ shape: [2, 3] }), new Dense(4)]);
      model.compile({ loss: 'sparse_categorical_crossentropy' });
      return w.watch(model).fit(
        zeros(2, 2, 3),
        [
          [0, 1],
          [2, 4],
        ],
        quiet,
      );
    },
    'class 4',
    'sample 1',
  ],
  [
    'three classes for a binary loss',
    'INVALID_DATA',
    (w) => w.net(1, 'binary_crossentropy', 'sigmoid').fit(zeros(3, 3), ints(0, 1, 2), quiet),
    '2 in sample 2',
    "'sparse_categorical_crossentropy'",
  ],
  [
    'targets -1 and 1 for a binary loss',
    'INVALID_DATA',
    (w) => w.net(1, 'binary_crossentropy', 'sigmoid').fit(zeros(2, 3), ints(1, -1), quiet),
    '-1 in sample 1',
    'from 0 to 1',
  ],
  [
    'two columns for one binary output',
    'SHAPE',
    (w) => w.net(1, 'binary_crossentropy', 'sigmoid').fit(zeros(2, 3), zeros(2, 2), quiet),
    '(None, 1)',
    '(2, 2)',
  ],
  ['strings as targets', 'INVALID_DATA', (w) => train(w, zeros(2, 3), ['cat', 'dog']), "'cat'", 'fit: y'],
  ['a string as targets', 'INVALID_DATA', (w) => train(w, zeros(2, 3), 'labels'), "'labels'"],
  ['a promise of targets', 'INVALID_DATA', (w) => train(w, zeros(2, 3), Promise.resolve()), 'await'],
  ['a scalar target', 'INVALID_DATA', (w) => train(w, zeros(1, 3), zeros()), 'y is a single number'],
  [
    'targets for one output too many',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), [zeros(2, 2), zeros(2, 2)]),
    'fit: y',
  ],
  [
    'no targets for one of two outputs',
    'INVALID_DATA',
    (w) => w.twin().fit([zeros(2, 3), zeros(2, 4)], { p: zeros(2, 1) }, quiet),
    "output 'q'",
    'y is missing',
  ],
  [
    'targets for an unknown output',
    'INVALID_DATA',
    (w) => w.twin().fit([zeros(2, 3), zeros(2, 4)], { p: zeros(2, 1), r: zeros(2, 2) }, quiet),
    'unknown r',
    'p, q',
  ],
  [
    'targets of two outputs swapped',
    'SHAPE',
    (w) => w.twin().fit([zeros(2, 3), zeros(2, 4)], [zeros(2, 2), zeros(2, 1)], quiet),
    "output 'p'",
    '(None, 1)',
    '(2, 2)',
  ],
];

const SEVERAL: Misuse[] = [
  [
    'one array for two inputs',
    'INVALID_DATA',
    (w) => w.twin().predict(zeros(2, 3), quiet),
    'expected 2 arrays',
    'a, b',
  ],
  [
    'three arrays for two inputs',
    'INVALID_DATA',
    (w) => w.twin().predict([zeros(2, 3), zeros(2, 4), zeros(2, 4)], quiet),
    'list of 3',
  ],
  ['an input left out', 'INVALID_DATA', (w) => w.twin().predict({ a: zeros(2, 3) }, quiet), 'missing b'],
  [
    'an unknown input',
    'INVALID_DATA',
    (w) => w.twin().predict({ a: zeros(2, 3), b: zeros(2, 4), c: zeros(2, 3) }, quiet),
    'unknown c',
  ],
  ['inputs swapped', 'SHAPE', (w) => w.twin().predict([zeros(2, 4), zeros(2, 3)], quiet), "'a'", '(None, 3)', '(2, 4)'],
  [
    'inputs of different lengths',
    'INVALID_DATA',
    (w) => w.twin().predict([zeros(2, 3), zeros(3, 4)], quiet),
    'x[1] has 3',
  ],
  ['a missing array', 'INVALID_DATA', (w) => w.twin().predict(wrong([zeros(2, 3), null]), quiet), 'x[1]'],
];

const STREAMS: Misuse[] = [
  ['a stream of bare arrays', 'INVALID_DATA', (w) => train(w, [zeros(2, 3)][Symbol.iterator](), undefined), '[x, y]'],
  ['an empty stream', 'INVALID_DATA', (w) => train(w, [][Symbol.iterator](), undefined), 'gave no batch'],
  [
    'a stream and targets',
    'INVALID_ARGUMENT',
    (w) => train(w, (function* () {})(), zeros(2, 2)),
    'y must not be given',
  ],
  [
    'a stream and validationSplit',
    'INVALID_ARGUMENT',
    (w) => train(w, (function* () {})(), undefined, { validationSplit: 0.5 }),
    'validationData',
  ],
  [
    'a stream of four parts',
    'INVALID_DATA',
    (w) => train(w, [[1, 2, 3, 4]][Symbol.iterator](), undefined),
    'an array of 4',
  ],
  [
    'a stream of a wrong shape',
    'SHAPE',
    (w) => train(w, [[zeros(2, 4), zeros(2, 2)]][Symbol.iterator](), undefined),
    '(None, 3)',
    '(2, 4)',
  ],
  [
    'a stream of unequal parts',
    'INVALID_DATA',
    (w) => train(w, [[zeros(2, 3), zeros(3, 2)]][Symbol.iterator](), undefined),
    'x has 2',
    'y has 3',
  ],
  [
    'a stream of wrong classes',
    'INVALID_DATA',
    (w) =>
      w.net(2, 'sparse_categorical_crossentropy').fit([[zeros(1, 3), ints(7)]][Symbol.iterator](), undefined, quiet),
    'class 7',
  ],
  ['a function that gives no stream', 'INVALID_DATA', (w) => train(w, () => 3, undefined), 'function', 'number 3'],
];

const WEIGHTS: Misuse[] = [
  [
    'sample weights of another length',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { sampleWeight: [1] }),
    'sampleWeight has 1',
  ],
  [
    'sample weights of NaN',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { sampleWeight: [1, nan] }),
    'sampleWeight',
    'finite',
  ],
  [
    'infinite sample weights',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { sampleWeight: [1, Infinity] }),
    'finite',
  ],
  [
    'sample weights of words',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { sampleWeight: ['a', 'b'] }),
    'sampleWeight',
    "'a'",
  ],
  [
    'class and sample weights',
    'INVALID_ARGUMENT',
    (w) =>
      w
        .net(2, 'sparse_categorical_crossentropy')
        .fit(zeros(2, 3), ints(0, 1), { ...quiet, classWeight: { 0: 1 }, sampleWeight: [1, 1] }),
    'either',
  ],
  [
    'a class weight for a name',
    'INVALID_ARGUMENT',
    (w) =>
      w
        .net(2, 'sparse_categorical_crossentropy')
        .fit(zeros(2, 3), ints(0, 1), { ...quiet, classWeight: wrong({ cat: 1 }) }),
    'classWeight',
    'cat',
  ],
  [
    'a class weight that is no number',
    'INVALID_ARGUMENT',
    (w) =>
      w
        .net(2, 'sparse_categorical_crossentropy')
        .fit(zeros(2, 3), ints(0, 1), { ...quiet, classWeight: wrong({ 0: 'much' }) }),
    "'much'",
  ],
  [
    'a negative class weight',
    'INVALID_ARGUMENT',
    (w) =>
      w.net(2, 'sparse_categorical_crossentropy').fit(zeros(2, 3), ints(0, 1), { ...quiet, classWeight: { 0: -1 } }),
    'number -1',
  ],
  [
    'class weights that are a list',
    'INVALID_ARGUMENT',
    (w) =>
      w
        .net(2, 'sparse_categorical_crossentropy')
        .fit(zeros(2, 3), ints(0, 1), { ...quiet, classWeight: wrong('balanced') }),
    'classWeight',
    "'balanced'",
  ],
  [
    'class weights for two outputs',
    'INVALID_ARGUMENT',
    (w) => w.twin().fit([zeros(2, 3), zeros(2, 4)], [zeros(2, 1), zeros(2, 2)], { ...quiet, classWeight: { 0: 1 } }),
    'one output',
  ],
  [
    'class weights for pictures',
    'INVALID_ARGUMENT',
    (w) => {
      const model = new Sequential([Input({ shape: [2, 3] }), new Dense(4)]);
      model.compile({ loss: 'mse' });
      return w.watch(model).fit(zeros(2, 2, 3), zeros(2, 2, 4), { ...quiet, classWeight: { 0: 1 } });
    },
    'classWeight',
    'sampleWeight',
  ],
  [
    'validation weights of NaN',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { validationData: [zeros(1, 3), zeros(1, 2), [nan]] }),
    'validationData',
    'finite',
  ],
  [
    'weights for evaluate of another length',
    'INVALID_DATA',
    (w) => w.net().evaluate(zeros(2, 3), zeros(2, 2), { ...quiet, sampleWeight: [1, 2, 3] }),
    'evaluate',
    'sampleWeight has 3',
  ],
];

const VALIDATION: Misuse[] = [
  [
    'validation data of one part',
    'INVALID_ARGUMENT',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { validationData: [zeros(2, 3)] }),
    'validationData',
    '[x, y]',
  ],
  [
    'validation data that are a tensor',
    'INVALID_ARGUMENT',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { validationData: zeros(2, 3) }),
    'validationData',
  ],
  [
    'validation data of another width',
    'SHAPE',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { validationData: [zeros(2, 5), zeros(2, 2)] }),
    'validationData',
    '(2, 5)',
  ],
  [
    'validation targets of another width',
    'SHAPE',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { validationData: [zeros(2, 3), zeros(2, 5)] }),
    'validationData',
    '(2, 5)',
  ],
  [
    'unequal validation data',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { validationData: [zeros(2, 3), zeros(1, 2)] }),
    'validationData',
    'y has 1',
  ],
  [
    'validation classes out of range',
    'INVALID_DATA',
    (w) =>
      w
        .net(2, 'sparse_categorical_crossentropy')
        .fit(zeros(2, 3), ints(0, 1), { ...quiet, validationData: [zeros(2, 3), ints(0, 5)] }),
    'validationData',
    'class 5',
  ],
  [
    'empty validation data',
    'INVALID_DATA',
    (w) => train(w, zeros(2, 3), zeros(2, 2), { validationData: [zeros(0, 3), zeros(0, 2)] }),
    'validationData',
    'empty',
  ],
  [
    'a split that leaves nothing to validate',
    'INVALID_DATA',
    (w) => train(w, zeros(3, 3), zeros(3, 2), { validationSplit: 1e-20 }),
    'leaves nothing',
    '3 sample',
  ],
  [
    'a split that leaves nothing to train on',
    'INVALID_DATA',
    (w) => train(w, zeros(1, 3), zeros(1, 2), { validationSplit: 0.5 }),
    'leaves nothing',
  ],
];

const INDICES: Misuse[] = [
  [
    'an index too great for an embedding',
    'INVALID_DATA',
    (w) => embedder(w).predict([[0, 5]], quiet),
    'words',
    '5',
    'sample 0',
  ],
  [
    'a negative index for an embedding',
    'INVALID_DATA',
    (w) =>
      embedder(w).fit(
        [
          [0, 1],
          [0, -1],
        ],
        zeros(2, 2, 3),
        quiet,
      ),
    'words',
    '-1',
    'sample 1',
  ],
];

function embedder(w: World): Model {
  const input = Input({ shape: [2], dtype: 'int32' });
  const model = new Model({ inputs: input, outputs: new Embedding(5, 3, { name: 'words' }).apply(input) });
  model.compile({ loss: 'mse' });
  return w.watch(model);
}

describe('wrong data is refused before anything is computed', () => {
  for (const misuse of [...INPUTS, ...TARGETS, ...SEVERAL, ...STREAMS, ...WEIGHTS, ...VALIDATION, ...INDICES])
    it(misuse[0], () => expectRefusal(misuse));
});
