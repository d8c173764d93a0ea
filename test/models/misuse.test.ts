import { describe, expect, it } from 'vitest';
import { OlifantError } from '../../src/errors.ts';
import { Dense, Input } from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { tensor } from '../../src/trace/index.ts';

const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
const ints = (...values: number[]) => Int32Array.from(values);

function model(units: number, loss: string | null = null, activation: 'softmax' | 'sigmoid' | null = null): Sequential {
  const m = new Sequential([Input({ shape: [3] }), new Dense(units, { activation })], { name: 'net' });
  if (loss) m.compile({ optimizer: 'sgd', loss: loss as never });
  return m;
}

function twoInputs(): Model {
  const [a, b] = [Input({ shape: [3], name: 'a' }), Input({ shape: [3], name: 'b' })];
  const m = new Model({
    inputs: { a, b },
    outputs: [new Dense(1, { name: 'p' }).apply(a), new Dense(1, { name: 'q' }).apply(b)],
    name: 'two',
  });
  m.compile({ optimizer: 'sgd', loss: 'mse' });
  return m;
}

const quiet = { verbose: 0 } as const;

type Case = [name: string, run: () => unknown, message: RegExp];

const CASES: Case[] = [
  [
    'fit without compile',
    () => model(2).fit(zeros(4, 3), ints(0, 1, 0, 1), quiet),
    /fit: model 'net' is not compiled.*model\.compile/,
  ],
  [
    'evaluate without compile',
    () => model(2).evaluate(zeros(4, 3), ints(0, 1, 0, 1), quiet),
    /evaluate: .* not compiled/,
  ],
  [
    'unknown optimizer',
    () => model(2).compile({ optimizer: 'adamm' as never }),
    /unknown optimizer 'adamm'.*Did you mean 'adam'/,
  ],
  ['unknown loss', () => model(2, 'mean_squared_eror'), /Did you mean 'mean_squared_error'/],
  ['unknown metric', () => model(2).compile({ loss: 'mse', metrics: ['acuracy' as never] }), /acuracy/],
  [
    'unknown compile option',
    () => model(2).compile({ metric: ['accuracy'] } as never),
    /unknown option 'metric'.*Did you mean 'metrics'/,
  ],
  ['metrics that are no list', () => model(2).compile({ metrics: 'accuracy' as never }), /metrics must be a list/],
  [
    'snake case option',
    () => model(2, 'mse').fit(zeros(4, 3), zeros(4, 2), { batch_size: 2 } as never),
    /unknown option 'batch_size'.*Did you mean 'batchSize'/,
  ],
  [
    'x of a wrong shape',
    () => model(2, 'mse').fit(zeros(4, 5), zeros(4, 2), quiet),
    /model 'net' expects data of shape \(None, 3\), got \(4, 5\)/,
  ],
  [
    'x that needs a reshape',
    () => model(2, 'mse').fit(zeros(4, 3, 1, 1), zeros(4, 2), quiet),
    /Reshape it: ops\.reshape\(x, \[4, 3\]\)/,
  ],
  ['a single sample', () => model(2).predict(zeros(3), quiet), /A single sample needs a batch axis: shape \(1, 3\)/],
  ['a flat array', () => model(2).predict(new Float32Array(12), quiet), /tensor\(x, \[4, 3\]\)/],
  ['a promise', () => model(2).predict(Promise.resolve(1) as never, quiet), /await/],
  ['nothing', () => model(2).predict(undefined as never, quiet), /x is missing/],
  ['unequal samples', () => model(2, 'mse').fit(zeros(4, 3), zeros(5, 2), quiet), /x has 4 .* y has 5/],
  ['no samples', () => model(2, 'mse').fit(zeros(0, 3), zeros(0, 2), quiet), /empty/],
  ['no y', () => model(2, 'mse').fit(zeros(4, 3), undefined, quiet), /y is missing, but the model has a loss/],
  [
    'ragged rows',
    () =>
      model(2, 'mse').fit(
        [
          [1, 2, 3],
          [1, 2],
        ],
        zeros(2, 2),
        quiet,
      ),
    /rows must all be alike.*\[1\]/,
  ],
  [
    'NaN in x',
    () =>
      model(2, 'mse').fit(
        tensor([
          [0, 0, 0],
          [0, Number.NaN, 0],
        ]),
        zeros(2, 2),
        quiet,
      ),
    /x has NaN in sample 1 \(element 1\)/,
  ],
  [
    'labels for one-hot losses',
    () => model(10, 'categorical_crossentropy').fit(zeros(2, 3), ints(0, 1), quiet),
    /labels look like class indices of shape \(2,\): use 'sparse_categorical_crossentropy' or toCategorical\(y, 10\)/,
  ],
  [
    'one-hot for labels',
    () => model(4, 'sparse_categorical_crossentropy').fit(zeros(2, 3), zeros(2, 4), quiet),
    /looks one-hot.*use 'categorical_crossentropy'/,
  ],
  [
    'a label too great',
    () => model(4, 'sparse_categorical_crossentropy').fit(zeros(3, 3), ints(0, 1, 7), quiet),
    /y has the class 7 in sample 2; the model has 4 outputs/,
  ],
  [
    'labels from 1',
    () => model(4, 'sparse_categorical_crossentropy').fit(zeros(2, 3), ints(4, 1), quiet),
    /They must start at 0/,
  ],
  [
    'a negative label',
    () => model(4, 'sparse_categorical_crossentropy').fit(zeros(2, 3), ints(0, -1), quiet),
    /class -1 in sample 1/,
  ],
  [
    'a fraction as label',
    () => model(4, 'sparse_categorical_crossentropy').evaluate(zeros(2, 3), [0.5, 1], quiet),
    /class 0\.5 in sample 0/,
  ],
  [
    'classes for binary',
    () => model(1, 'binary_crossentropy').fit(zeros(3, 3), ints(0, 1, 2), quiet),
    /y has 2 in sample 2.*targets from 0 to 1/,
  ],
  [
    'labels for mse',
    () => model(3, 'mse').fit(zeros(2, 3), ints(0, 1), quiet),
    /must have the shape of the output, \(None, 3\), got \(2,\)/,
  ],
  [
    'one-hot of another width',
    () => model(3, 'categorical_crossentropy').fit(zeros(2, 3), zeros(2, 4), quiet),
    /shape of the output/,
  ],
  ['a missing input', () => twoInputs().fit({ a: zeros(2, 3) }, [zeros(2, 1), zeros(2, 1)], quiet), /missing b/],
  [
    'an unknown input',
    () => twoInputs().fit({ a: zeros(2, 3), b: zeros(2, 3), c: zeros(2, 3) }, [zeros(2, 1), zeros(2, 1)], quiet),
    /unknown c/,
  ],
  [
    'one array for two inputs',
    () => twoInputs().fit(zeros(2, 3), [zeros(2, 1), zeros(2, 1)], quiet),
    /expected 2 arrays/,
  ],
  [
    'an unknown output',
    () => twoInputs().fit([zeros(2, 3), zeros(2, 3)], { p: zeros(2, 1), r: zeros(2, 1) }, quiet),
    /unknown r/,
  ],
  ['a loss for no output', () => twoInputs().compile({ loss: { x: 'mse' } }), /names 'x', which is no output.*p, q/],
  ['too many losses', () => twoInputs().compile({ loss: ['mse', 'mse', 'mse'] }), /loss has 3 entries for 2 output/],
  [
    'both weights',
    () =>
      model(2, 'sparse_categorical_crossentropy').fit(zeros(2, 3), ints(0, 1), {
        ...quiet,
        classWeight: { 0: 1 },
        sampleWeight: [1, 1],
      }),
    /either classWeight or sampleWeight/,
  ],
  [
    'an odd class weight',
    () =>
      model(2, 'sparse_categorical_crossentropy').fit(zeros(2, 3), ints(0, 1), {
        ...quiet,
        classWeight: { a: 1 } as never,
      }),
    /classWeight must give a number for each class/,
  ],
  [
    'weights of NaN',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, sampleWeight: [1, Number.NaN] }),
    /weights must be finite/,
  ],
  [
    'weights of another length',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, sampleWeight: [1] }),
    /sampleWeight has 1/,
  ],
  [
    'batchSize 0',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, batchSize: 0 }),
    /batchSize must be a whole number from 1, got number 0/,
  ],
  [
    'epochs of a half',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, epochs: 0.5 }),
    /epochs must be a whole number/,
  ],
  [
    'validationSplit 1',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, validationSplit: 1 }),
    /validationSplit must be from 0 to below 1/,
  ],
  [
    'validationSplit that leaves nothing',
    () => model(2, 'mse').fit(zeros(1, 3), zeros(1, 2), { ...quiet, validationSplit: 0.5 }),
    /leaves nothing/,
  ],
  [
    'validationData of one part',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, validationData: [zeros(2, 3)] as never }),
    /validationData must be \[x, y\]/,
  ],
  [
    'validation labels out of range',
    () =>
      model(2, 'sparse_categorical_crossentropy').fit(zeros(2, 3), ints(0, 1), {
        ...quiet,
        validationData: [zeros(2, 3), ints(0, 5)],
      }),
    /fit: validationData: y has the class 5/,
  ],
  [
    'verbose 3',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { verbose: 3 as never }),
    /verbose must be 'auto', 0, 1 or 2/,
  ],
  [
    'shuffle of a word',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, shuffle: 'yes' as never }),
    /shuffle must be/,
  ],
  [
    'a callback that is a function',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, callbacks: [() => 0] as never }),
    /callbacks\[0\]: expected a callback/,
  ],
  [
    'a misspelt hook',
    () => model(2, 'mse').fit(zeros(2, 3), zeros(2, 2), { ...quiet, callbacks: [{ onEpochEnds() {} }] as never }),
    /Did you mean 'onEpochEnd'/,
  ],
  [
    'a stream of bare arrays',
    () =>
      model(2, 'mse').fit(
        (function* () {
          yield zeros(2, 3);
        })(),
        quiet,
      ),
    /must be \[x, y\]/,
  ],
  [
    'a stream and y',
    () =>
      model(2, 'mse').fit(
        (function* () {
          yield 1;
        })() as never,
        zeros(2, 2),
        quiet,
      ),
    /y must not be given beside it/,
  ],
  [
    'weights beside a stream',
    () => model(2, 'mse').fit([].values(), { ...quiet, sampleWeight: zeros(2) }),
    /sampleWeight must not be given beside it/,
  ],
  [
    'no loss',
    () => {
      const m = model(2);
      m.compile({ optimizer: 'sgd' });
      return m.fit(zeros(2, 3), zeros(2, 2), quiet);
    },
    /has no loss/,
  ],
  [
    'a layer twice',
    () => {
      const d = new Dense(3);
      return new Sequential([Input({ shape: [3] }), d, d]);
    },
    /has a layer named/,
  ],
  [
    'a class instead of a layer',
    () => new Sequential([Dense as never]),
    /only layers can be added, got function Dense/,
  ],
  ['input at the end', () => new Sequential([new Dense(2), Input({ shape: [2] })]), /an Input must come first/],
  ['outputs alone', () => new Model({ outputs: Input({ shape: [2] }) }), /give both inputs and outputs/],
  [
    'layers as inputs',
    () => new Model({ inputs: new Dense(2) as never, outputs: new Dense(2) as never }),
    /must be symbolic tensors/,
  ],
  [
    'an input left out',
    () => {
      const [a, b] = [Input({ shape: [2], name: 'a' }), Input({ shape: [2], name: 'b' })];
      new Dense(2).apply(b);
      return new Model({ inputs: a, outputs: new Dense(1).apply(b) });
    },
    /depend on the input 'b', which is not among its inputs/,
  ],
  ['an unknown layer', () => model(2).getLayer('dens'), /unknown layer of model 'net'/],
  ['a shape that is no list', () => Input(3 as never), /Input: expected options/],
  ['a negative shape', () => Input({ shape: [-1] }), /Input: expected shape/],
  [
    'a symbolic value',
    () =>
      (model(2).outputs![0] as never as { dataSync?: () => void }).dataSync?.() ??
      model(2).predict(model(2).outputs![0] as never, quiet),
    /expected a tensor/,
  ],
];

describe('misuse is refused before anything is computed', () => {
  it.each(CASES)('%s', async (_, run, message) => {
    let error: unknown;
    try {
      await run();
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(OlifantError);
    expect((error as Error).message).toMatch(message);
    expect((error as OlifantError).code).toBeTruthy();
  });
});
