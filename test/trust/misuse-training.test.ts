import { describe, it } from 'vitest';
import { EarlyStopping, LambdaCallback, LearningRateScheduler } from '../../src/callbacks/index.ts';
import { Dense, Input, Layer } from '../../src/layers/index.ts';
import { type CompileOptions, Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { Adam, SGD } from '../../src/optimizers/index.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { expectRefusal, type Misuse, quiet, type World, wrong, zeros } from './misuse.ts';

const x = zeros(4, 3);
const y = zeros(4, 2);

function bare(): Sequential {
  return new Sequential([Input({ shape: [3] }), new Dense(2)], { name: 'net' });
}

/** Compiles a model that was compiled before: its old state must survive. */
const compiles = (what: string, code: Misuse[1], options: unknown, ...says: string[]): Misuse => [
  what,
  code,
  (w) => w.net().compile(wrong(options)),
  ...says,
];

const COMPILE: Misuse[] = [
  ['fit before compile', 'NOT_COMPILED', () => bare().fit(x, y, quiet), 'fit', "'net'", 'model.compile('],
  ['evaluate before compile', 'NOT_COMPILED', () => bare().evaluate(x, y, quiet), 'evaluate', 'model.compile('],
  ['trainOnBatch before compile', 'NOT_COMPILED', () => bare().trainOnBatch(x, y), 'trainOnBatch', 'model.compile('],
  ['testOnBatch before compile', 'NOT_COMPILED', () => bare().testOnBatch(x, y), 'testOnBatch', 'model.compile('],
  compiles('an optimizer misspelt', 'UNKNOWN_ID', { optimizer: 'adma' }, "'adma'", "Did you mean 'adam'"),
  compiles('an unknown optimizer', 'UNKNOWN_ID', { optimizer: 'gradient boosting' }, 'Known:', 'sgd'),
  compiles('a number as optimizer', 'INVALID_ARGUMENT', { optimizer: 0.01 }, 'optimizer', '0.01'),
  compiles('a class as optimizer', 'INVALID_ARGUMENT', { optimizer: Adam }, 'optimizer', 'function Adam'),
  compiles('a loss misspelt', 'UNKNOWN_ID', { loss: 'mean_square_error' }, "'mean_squared_error'"),
  compiles('a loss in camel case', 'UNKNOWN_ID', { loss: 'binaryCrossentropy' }, "'BinaryCrossentropy'"),
  compiles('a number as loss', 'INVALID_ARGUMENT', { loss: 3 }, 'loss', 'number 3'),
  compiles('a metric misspelt', 'UNKNOWN_ID', { loss: 'mse', metrics: ['acuracy'] }, "'acuracy'", "'accuracy'"),
  compiles('an unknown metric', 'UNKNOWN_ID', { loss: 'mse', metrics: ['beauty contest'] }, "'beauty contest'"),
  compiles('metrics as a word', 'INVALID_ARGUMENT', { metrics: 'accuracy' }, 'metrics', "['accuracy']"),
  compiles('a number among metrics', 'INVALID_ARGUMENT', { metrics: [3] }, 'number 3'),
  compiles('weightedMetrics as a word', 'INVALID_ARGUMENT', { weightedMetrics: 'accuracy' }, 'weightedMetrics'),
  compiles('an unknown option', 'INVALID_ARGUMENT', { losses: 'mse' }, "'losses'", "'loss'"),
  compiles('an option of Keras', 'INVALID_ARGUMENT', { weighted_metrics: [] }, "'weightedMetrics'"),
  compiles('options by position', 'INVALID_ARGUMENT', 'adam', 'compile', "{ optimizer: 'adam'"),
  compiles('null', 'INVALID_ARGUMENT', null, 'compile', 'options'),
  compiles('stepsPerExecution 0', 'INVALID_ARGUMENT', { stepsPerExecution: 0 }, 'stepsPerExecution', '0'),
  compiles('stepsPerExecution a half', 'INVALID_ARGUMENT', { stepsPerExecution: 1.5 }, 'stepsPerExecution', '1.5'),
  compiles('a loss weight that is a word', 'INVALID_ARGUMENT', { loss: 'mse', lossWeights: ['much'] }, 'lossWeights'),
  compiles(
    'an infinite loss weight',
    'INVALID_ARGUMENT',
    { loss: 'mse', lossWeights: Infinity },
    'lossWeights',
    'finite',
  ),
  compiles('runEagerly of a word', 'INVALID_ARGUMENT', { runEagerly: 'yes' }, 'runEagerly', "'yes'"),
  compiles('a loss for two outputs', 'INVALID_ARGUMENT', { loss: ['mse', 'mse'] }, 'loss has 2 entries for 1 output'),
  ...(
    [
      ['losses for an unknown output', { loss: { p: 'mse', z: 'mse' } }, "'z'", 'p, q'],
      ['three losses for two outputs', { loss: ['mse', 'mse', 'mse'] }, 'loss has 3 entries for 2 output'],
      ['loss weights for an unknown output', { loss: 'mse', lossWeights: { r: 1 } }, "'r'", 'p, q'],
      ['metrics for an unknown output', { loss: 'mse', metrics: { r: ['mae'] } }, "'r'", 'p, q'],
      ['a metric for each of three outputs', { loss: 'mse', metrics: ['mae', 'mae', 'mae'] }, 'metrics has 3 entries'],
    ] as const
  ).map(
    ([what, options, ...says]): Misuse => [
      what,
      'INVALID_ARGUMENT',
      (w) => w.twin().compile(wrong(options) as CompileOptions),
      ...says,
    ],
  ),
  ['fit without a loss', 'NOT_COMPILED', (w) => w.net(2, null).fit(x, y, quiet), "'net'", 'no loss', 'compile'],
  [
    'no layers at all',
    'NOT_BUILT',
    () => {
      const model = new Sequential([Input({ shape: [2] })]);
      model.compile({ loss: 'mse' });
      return model.fit(zeros(2, 2), zeros(2, 2), quiet);
    },
    'layers',
  ],
  [
    'an optimizer of another model',
    'INVALID_ARGUMENT',
    async () => {
      const optimizer = new Adam();
      const [a, b] = [bare(), bare()];
      for (const m of [a, b]) m.compile({ optimizer, loss: 'mse' });
      await a.fit(x, y, quiet);
      return b.fit(x, y, quiet);
    },
    'optimizer',
    'net',
  ],
];

const fits = (what: string, options: unknown, ...says: string[]): Misuse => [
  what,
  'INVALID_ARGUMENT',
  (w) => w.net().fit(x, y, { ...quiet, ...wrong(options) }),
  ...says,
];

const OPTIONS: Misuse[] = [
  fits('batchSize 0', { batchSize: 0 }, 'fit: batchSize', 'from 1', '0'),
  fits('a negative batchSize', { batchSize: -32 }, 'batchSize', '-32'),
  fits('a batchSize that is no whole number', { batchSize: 2.5 }, 'batchSize', '2.5'),
  fits('a batchSize that is a word', { batchSize: '32' }, 'batchSize', "'32'"),
  fits('a batchSize of NaN', { batchSize: Number.NaN }, 'batchSize', 'NaN'),
  fits('negative epochs', { epochs: -1 }, 'epochs', '-1'),
  fits('a half epoch', { epochs: 0.5 }, 'epochs', '0.5'),
  fits('epochs without end', { epochs: Infinity }, 'epochs', 'Infinity'),
  fits('a negative initialEpoch', { initialEpoch: -2 }, 'initialEpoch', '-2'),
  fits('stepsPerEpoch 0', { stepsPerEpoch: 0 }, 'stepsPerEpoch', '0'),
  fits('validationSteps -1', { validationSteps: -1 }, 'validationSteps', '-1'),
  fits('validationBatchSize 0', { validationBatchSize: 0 }, 'validationBatchSize', '0'),
  fits('validationFreq 0', { validationFreq: 0 }, 'validationFreq', '0'),
  fits('validationFreq of words', { validationFreq: ['last'] }, 'validationFreq', "'last'"),
  fits('validationSplit 1', { validationSplit: 1 }, 'validationSplit', 'below 1', '1'),
  fits('a negative validationSplit', { validationSplit: -0.1 }, 'validationSplit', '-0.1'),
  fits('a validationSplit of percent', { validationSplit: 20 }, 'validationSplit', '20'),
  fits('a validationSplit of a word', { validationSplit: '20%' }, 'validationSplit', "'20%'"),
  fits('a validationSplit of NaN', { validationSplit: Number.NaN }, 'validationSplit', 'NaN'),
  fits('shuffle of a word', { shuffle: 'yes' }, 'shuffle', "'yes'"),
  fits('verbose 3', { verbose: 3 }, 'verbose', 'number 3'),
  fits('verbose true', { verbose: true }, 'verbose', 'boolean true'),
  fits('an option in snake case', { validation_split: 0.2 }, "'validation_split'", "'validationSplit'"),
  fits('an option misspelt', { epoch: 3 }, "'epoch'", "'epochs'"),
  fits('an option that belongs to compile', { metrics: ['accuracy'] }, "'metrics'", 'Options:'),
  fits('debugNaN of a word', { debugNaN: 'yes' }, 'debugNaN', "'yes'"),
  fits('a signal that is none', { signal: 'stop' }, 'signal', "'stop'", 'AbortSignal'),
  fits('a controller instead of its signal', { signal: new AbortController() }, 'signal', '.signal'),
  fits('a callback that is a function', { callbacks: [() => 1] }, 'callbacks[0]', 'function'),
  fits('a callback class', { callbacks: [EarlyStopping] }, 'callbacks[0]', 'EarlyStopping'),
  fits('a callback that is a word', { callbacks: ['early'] }, 'callbacks[0]', "'early'"),
  fits('null among callbacks', { callbacks: [null] }, 'callbacks[0]', 'null'),
  fits('a hook misspelt', { callbacks: [{ onEpochEnds() {} }] }, "'onEpochEnds'", "'onEpochEnd'"),
  fits('a hook of Keras', { callbacks: [{ on_epoch_end() {} }] }, "'on_epoch_end'", "'onEpochEnd'"),
  fits('a hook that is no function', { callbacks: [{ onEpochEnd: 3 }] }, 'onEpochEnd', 'number 3'),
  ['options by position', 'INVALID_ARGUMENT', (w) => w.net().fit(x, y, wrong(10)), 'fit', 'options', 'number 10'],
  [
    'batchSize 0 in evaluate',
    'INVALID_ARGUMENT',
    (w) => w.net().evaluate(x, y, { batchSize: 0 }),
    'evaluate: batchSize',
  ],
  ['steps -1 in evaluate', 'INVALID_ARGUMENT', (w) => w.net().evaluate(x, y, { steps: -1 }), 'evaluate: steps', '-1'],
  ['epochs in evaluate', 'INVALID_ARGUMENT', (w) => w.net().evaluate(x, y, wrong({ epochs: 1 })), "'epochs'"],
  [
    'verbose in evaluate',
    'INVALID_ARGUMENT',
    (w) => w.net().evaluate(x, y, wrong({ verbose: 9 })),
    'evaluate: verbose',
  ],
  [
    'batchSize in predict',
    'INVALID_ARGUMENT',
    (w) => w.net().predict(x, { batchSize: -1 }),
    'predict: batchSize',
    '-1',
  ],
  ['options in predict', 'INVALID_ARGUMENT', (w) => w.net().predict(x, wrong({ batch_size: 1 })), "'batchSize'"],
  ['steps 0 in predict', 'INVALID_ARGUMENT', (w) => w.net().predict(x, { steps: 0 }), 'predict: steps'],
  ['a callback in predict', 'INVALID_ARGUMENT', (w) => w.net().predict(x, { callbacks: wrong([3]) }), 'callbacks[0]'],
  [
    'an option in trainOnBatch',
    'INVALID_ARGUMENT',
    (w) => w.net().trainOnBatch(x, y, wrong({ epochs: 2 })),
    "trainOnBatch: unknown option 'epochs'",
  ],
  [
    'an option in testOnBatch',
    'INVALID_ARGUMENT',
    (w) => w.net().testOnBatch(x, y, wrong({ batchSize: 2 })),
    "testOnBatch: unknown option 'batchSize'",
  ],
];

const CALLBACKS: Misuse[] = [
  [
    'an unknown hook in LambdaCallback',
    'INVALID_ARGUMENT',
    () => new LambdaCallback(wrong({ onEpochDone() {} })),
    'onEpochDone',
  ],
  ['no hooks in LambdaCallback', 'INVALID_ARGUMENT', () => new LambdaCallback(wrong(null)), 'null'],
  [
    'a negative patience',
    'INVALID_ARGUMENT',
    () => new EarlyStopping({ patience: -1 }),
    'EarlyStopping: patience',
    '-1',
  ],
  ['an unknown mode', 'UNKNOWN_ID', () => new EarlyStopping({ mode: wrong('maximum') }), 'EarlyStopping', "'max"],
  [
    'an option misspelt',
    'INVALID_ARGUMENT',
    () => new EarlyStopping(wrong({ patient: 3 })),
    'EarlyStopping',
    "'patience'",
  ],
  [
    'an option of Keras',
    'INVALID_ARGUMENT',
    () => new EarlyStopping(wrong({ restore_best_weights: true })),
    "'restoreBestWeights'",
  ],
  [
    'a monitor that is a list',
    'INVALID_ARGUMENT',
    () => new EarlyStopping({ monitor: wrong(['loss']) }),
    'monitor',
    'an array of 1',
  ],
  [
    'a metric as options',
    'INVALID_ARGUMENT',
    () => new EarlyStopping(wrong('val_loss')),
    'EarlyStopping',
    "'val_loss'",
  ],
  [
    'a rate instead of a schedule',
    'INVALID_ARGUMENT',
    () => new LearningRateScheduler(wrong(0.1)),
    'LearningRateScheduler',
    '0.1',
  ],
];

/** These show only when training has begun, so the state may have changed. */
const LATE: Misuse[] = [
  [
    'a monitor without validation',
    'UNKNOWN_ID',
    () => late({ callbacks: [new EarlyStopping()] }),
    "'val_loss'",
    'validationSplit',
    'loss',
  ],
  [
    'an unknown monitor',
    'UNKNOWN_ID',
    () => late({ callbacks: [new EarlyStopping({ monitor: 'acc' })] }),
    "'acc'",
    'loss',
  ],
  [
    'a schedule that gives a word',
    'INVALID_ARGUMENT',
    () => late({ callbacks: [new LearningRateScheduler(wrong(() => 'low'))] }),
    "'low'",
    'epoch 0',
  ],
  [
    'a schedule that gives NaN',
    'INVALID_ARGUMENT',
    () => late({ callbacks: [new LearningRateScheduler(() => Number.NaN)] }),
    'NaN',
  ],
  [
    'a stream that runs out',
    'INVALID_DATA',
    () => {
      const model = bare();
      model.compile({ loss: 'mse' });
      return model.fit([[x, y]][Symbol.iterator](), { ...quiet, epochs: 2 });
    },
    'ran out',
    'function',
  ],
];

function late(options: unknown): Promise<unknown> {
  const model = bare();
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return model.fit(x, y, { ...quiet, ...wrong(options) });
}

class Vector extends Model {
  readonly dense = new Dense(2);
  override call(inputs: Tensor): Tensor {
    return this.dense.apply(inputs);
  }
  override computeLoss({ yPred }: { yPred: Tensor }): Tensor {
    return ops.mean(yPred, { axis: 0 });
  }
}

class Reader extends Layer {
  override call(inputs: Tensor): Tensor {
    return inputs.dataSync()[0]! > 0 ? inputs : ops.negative(inputs);
  }
}

class Keeper extends Layer {
  kept: Tensor | null = null;
  override call(inputs: Tensor): Tensor {
    this.kept ??= ops.mean(inputs);
    return ops.add(inputs, this.kept);
  }
}

class Nothing extends Layer {
  override call(): Tensor {
    return wrong(undefined);
  }
}

const own = (what: string, code: Misuse[1], layer: () => Layer, ...says: string[]): Misuse => [
  what,
  code,
  (w: World) => {
    const model = new Sequential([Input({ shape: [3] }), new Dense(2), layer()], { name: 'net' });
    model.compile({ loss: 'mse' });
    return w.watch(model).fit(x, y, quiet);
  },
  ...says,
];

const CUSTOM: Misuse[] = [
  [
    'a loss that is no scalar',
    'SHAPE',
    () => {
      const model = new Vector();
      model.compile({ optimizer: 'sgd' });
      return model.fit(x, y, quiet);
    },
    'scalar',
    '[2]',
  ],
  own('a value asked for in call', 'NO_VALUE', () => new Reader({ name: 'reader' }), 'operations on tensors only'),
  own(
    'a tensor kept from another call',
    'NO_VALUE',
    () => new Keeper({ name: 'keeper' }),
    'another trace',
    'variables',
  ),
  own('a call that returns nothing', 'INVALID_ARGUMENT', () => new Nothing({ name: 'nothing' }), "'nothing'", 'call'),
  own('no call', 'UNSUPPORTED', () => new (class Empty extends Layer {})({ name: 'empty' }), "'empty'", 'call'),
  [
    'a model without call',
    'UNSUPPORTED',
    () => new (class Empty extends Model {})({ name: 'empty' }).apply(x),
    "'empty'",
    'call',
  ],
  [
    'gradients of the wrong number',
    'INVALID_ARGUMENT',
    (w) => new SGD().apply([], w.net().trainableWeights),
    'sgd',
    '2 weights',
    'got 0',
  ],
];

describe('wrong ways to train are refused before anything is computed', () => {
  for (const misuse of [...COMPILE, ...OPTIONS, ...CALLBACKS, ...CUSTOM]) it(misuse[0], () => expectRefusal(misuse));
});

describe('what shows only in training says what to do', () => {
  for (const misuse of LATE) it(misuse[0], () => expectRefusal(misuse));
});
