import { describe, it } from 'vitest';
import * as activations from '../../src/activations/index.ts';
import * as constraints from '../../src/constraints/index.ts';
import * as initializers from '../../src/initializers/index.ts';
import * as losses from '../../src/losses/index.ts';
import * as metrics from '../../src/metrics/index.ts';
import * as ops from '../../src/ops/index.ts';
import * as optimizers from '../../src/optimizers/index.ts';
import * as regularizers from '../../src/regularizers/index.ts';
import { gradient, SeedGenerator, tensor } from '../../src/trace/index.ts';
import { toCategorical } from '../../src/utils/index.ts';
import { expectRefusal, type Misuse, wrong, zeros } from './misuse.ts';

const says = (what: string, code: Misuse[1], run: () => unknown, ...texts: string[]): Misuse => [
  what,
  code,
  run,
  ...texts,
];
const argument = (what: string, run: () => unknown, ...texts: string[]): Misuse =>
  says(what, 'INVALID_ARGUMENT', run, ...texts);
const unknown = (what: string, run: () => unknown, ...texts: string[]): Misuse =>
  says(what, 'UNKNOWN_ID', run, ...texts);
const shape = (what: string, run: () => unknown, ...texts: string[]): Misuse => says(what, 'SHAPE', run, ...texts);

const O = wrong(optimizers);
const S = wrong(optimizers.schedules);
const I = wrong(initializers);

const OPTIMIZERS: Misuse[] = [
  unknown('optimizers.get', () => O.get('adamm'), "'adam'"),
  argument('a rate of NaN', () => new O.Adam(Number.NaN), 'Adam', 'learningRate', 'NaN'),
  argument('a rate that is a word', () => new O.Adam('0.001'), 'Adam', "'0.001'"),
  argument('an option misspelt', () => new O.Adam({ learnigRate: 0.1 }), 'Adam', "'learnigRate'", "'learningRate'"),
  argument('an option of Keras', () => new O.Adam({ learning_rate: 0.1 }), 'Adam', "'learningRate'"),
  argument('a momentum above 1', () => new O.SGD({ momentum: 1.5 }), 'SGD', 'momentum', '1.5'),
  argument('a beta of 1', () => new O.Adam({ beta1: 1 }), 'Adam', 'beta1', '1'),
  argument('a negative epsilon', () => new O.Adam({ epsilon: -1 }), 'Adam', 'epsilon', '-1'),
  argument('two limits', () => new O.Adam({ clipnorm: 1, clipvalue: 1 }), 'Adam', 'clipnorm and clipvalue'),
  argument('a limit of 0', () => new O.Adam({ clipnorm: 0 }), 'clipnorm', '0'),
  argument('an average beyond 1', () => new O.Adam({ useEma: true, emaMomentum: 2 }), 'emaMomentum', '2'),
  argument(
    'overwriting every 0 steps',
    () => new O.Adam({ useEma: true, emaOverwriteFrequency: 0 }),
    'emaOverwriteFrequency',
  ),
  argument(
    'accumulating one step',
    () => new O.Adam({ gradientAccumulationSteps: 1 }),
    'gradientAccumulationSteps',
    '2',
    '1',
  ),
  argument('a loss factor of 0', () => new O.Adam({ lossScaleFactor: 0 }), 'lossScaleFactor', '0'),
  argument('a negative weight decay', () => new O.AdamW({ weightDecay: -1 }), 'weightDecay', '-1'),
  argument(
    'a rate for a schedule',
    () => {
      new O.Adam(new S.ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 1, decayRate: 0.5 })).learningRate =
        0.1;
    },
    'schedule',
  ),
  argument(
    'boundaries and values that do not fit',
    () => new S.PiecewiseConstantDecay({ boundaries: [1, 2], values: [1, 2] }),
    '2',
  ),
  argument(
    'a decay given twice',
    () => new S.CosineDecay(0.1, { initialLearningRate: 0.1, decaySteps: 5 } as never),
    'CosineDecay',
    'initialLearningRate',
  ),
  argument(
    'decaySteps 0',
    () => new S.ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 0, decayRate: 0.5 }),
    'decaySteps',
    '0',
  ),
  argument('a schedule without a rate', () => new S.CosineDecay({}), 'CosineDecay', 'initialLearningRate'),
];

const VALUES: Misuse[] = [
  unknown('initializers.get', () => I.get('he_normall'), "'he_normal'"),
  argument('a negative spread', () => new I.RandomNormal({ stddev: -1 }), 'RandomNormal', 'stddev', '-1'),
  argument(
    'a range the wrong way',
    () => new I.RandomUniform({ minval: 1, maxval: 0 }),
    'RandomUniform',
    'minval',
    'maxval',
  ),
  argument('a seed that is a word', () => new I.GlorotUniform({ seed: 'x' }), 'GlorotUniform', "'x'"),
  argument('a scale of 0', () => new I.VarianceScaling({ scale: 0 }), 'VarianceScaling', 'scale', '0'),
  argument('a mode misspelt', () => new I.VarianceScaling({ mode: 'fan_inn' }), 'fan_in,'),
  argument('a constant that is a word', () => new I.Constant('one'), 'Constant', "'one'"),
  shape('an identity of three axes', () => new I.Identity().call([2, 2, 2]), '2', '(2, 2, 2)'),
  shape('an orthogonal vector', () => new I.Orthogonal().call([3]), '(3,)'),
  unknown('regularizers.get', () => wrong(regularizers).get('l21'), "'l1'"),
  argument('a negative penalty', () => new regularizers.L2(-1), 'L2', 'l2', '-1'),
  argument('a penalty that is a word', () => new regularizers.L1(wrong('0.1')), 'L1', "'0.1'"),
  unknown('constraints.get', () => wrong(constraints).get('nonneg'), "'NonNeg'"),
  argument('a norm below 0', () => new constraints.MaxNorm(wrong({ maxValue: -1 })), 'MaxNorm', '-1'),
  unknown('activations.get', () => wrong(activations).get('reluu'), "'relu'"),
  argument('a seed below 0', () => new SeedGenerator(-3), 'seed', '-3'),
];

const SCORES: Misuse[] = [
  unknown('losses.get', () => wrong(losses).get('mean_squared_eror'), "'mean_squared_error'"),
  unknown('metrics.get', () => wrong(metrics).get('precison'), "'precision'"),
  argument(
    'a reduction misspelt',
    () => new losses.MeanSquaredError({ reduction: wrong('summ') }),
    'MeanSquaredError',
    "'summ'",
  ),
  argument('smoothing of 2', () => new losses.CategoricalCrossentropy({ labelSmoothing: 2 }), 'labelSmoothing', '2'),
  argument('a delta of 0', () => new losses.Huber({ delta: 0 }), 'Huber', 'delta', '0'),
  shape(
    'a loss of shapes that do not fit',
    () => new losses.MeanSquaredError().apply(zeros(2, 3), zeros(2, 4)),
    '(2, 3)',
    '(2, 4)',
  ),
  shape(
    'a sparse loss of shapes that do not fit',
    () => new losses.SparseCategoricalCrossentropy().apply(zeros(5), zeros(2, 4)),
    '5',
    '2',
  ),
  shape(
    'weights of a loss that do not fit',
    () => new losses.MeanSquaredError().apply(zeros(2, 3), zeros(2, 3), zeros(5)),
    '(5',
  ),
  argument('thresholds above 1', () => new metrics.Precision({ thresholds: 2 }), 'Precision', 'thresholds', '2'),
  argument('one class', () => new metrics.MeanIoU({ numClasses: wrong(0) }), 'MeanIoU', 'numClasses', '0'),
  argument('k of 0', () => new metrics.TopKCategoricalAccuracy({ k: 0 }), 'k', '0'),
  argument('an average misspelt', () => new metrics.F1Score({ average: wrong('makro') }), 'F1Score', "'makro'"),
  argument('one threshold', () => new metrics.AUC({ numThresholds: 1 }), 'AUC', 'numThresholds', '1'),
  argument('a curve misspelt', () => new metrics.AUC({ curve: wrong('RCO') }), 'AUC', 'ROC'),
  says('a metric of uint8', 'DTYPE', () => new metrics.Mean({ dtype: 'uint8' }), 'float32', 'uint8'),
  argument(
    'a metric without predictions',
    () => wrong(new metrics.BinaryAccuracy({ name: 'acc' })).updateState(zeros(2)),
    "'acc'",
    'predictions',
  ),
];

const TENSORS: Misuse[] = [
  says('ragged rows', 'INVALID_DATA', () => tensor([[1, 2], [3]]), 'rows', '[1]', 'an array of 1'),
  says('words', 'INVALID_DATA', () => tensor(wrong(['a'])), "'a'"),
  argument('nothing', () => tensor(wrong(undefined)), 'tensor', 'undefined'),
  argument('an object', () => tensor(wrong({ a: 1 })), 'tensor', 'a'),
  argument('a promise', () => tensor(wrong(Promise.resolve())), 'await'),
  shape('a shape too small', () => tensor([1, 2, 3], [2]), '(2,)', '3'),
  shape('a shape with a hole', () => tensor([1, 2], wrong([null, 2])), 'shape'),
  shape('a negative shape', () => tensor([1, 2], [-1, 2]), 'shape'),
  shape('a shape that is a number', () => tensor([1, 2], wrong(2)), 'shape', '2'),
  unknown('a dtype of NumPy', () => tensor([1], [1], wrong('float64')), "'float64'", "'float32'"),
  shape('the item of many', () => zeros(2).item(), 'one element', '(2,)'),
];

const t = zeros;
const OPS: Misuse[] = [
  shape('add', () => ops.add(t(2, 3), t(2, 4)), 'ops.add', '[2, 3]', '[2, 4]', 'broadcast'),
  shape('matmul of inner sizes', () => ops.matmul(t(2, 3), t(4, 5)), 'ops.matmul', '3', '4'),
  shape('matmul of scalars', () => ops.matmul(t(), t(2)), 'ops.matmul'),
  shape('reshape to another size', () => ops.reshape(t(2, 3), [4]), 'ops.reshape', '6', '4'),
  shape('reshape with two unknowns', () => ops.reshape(t(2, 3), [-1, -1]), 'ops.reshape', '-1'),
  argument('an axis too great', () => ops.sum(t(2, 3), { axis: 2 }), 'ops.sum', 'axis 2', '-2 to 1'),
  argument('an axis twice', () => ops.sum(t(2, 3), { axis: [0, -2] }), 'ops.sum', 'twice'),
  argument('an axis that is a word', () => ops.mean(t(2, 3), { axis: wrong('last') }), 'ops.mean', 'last'),
  argument('an option misspelt', () => ops.sum(t(2, 3), wrong({ keepDims: true })), 'ops.sum', "'keepdims'"),
  shape('concatenate', () => ops.concatenate([t(2, 3), t(3, 3)], 1), 'ops.concatenate', '[2, 3]', '[3, 3]'),
  shape('concatenate of nothing', () => ops.concatenate([]), 'ops.concatenate'),
  shape('stack', () => ops.stack([t(2), t(3)]), 'ops.stack', '[2]', '[3]'),
  argument('transpose of other axes', () => ops.transpose(t(2, 3), [0, 2]), 'ops.transpose'),
  shape('transpose of too few axes', () => ops.transpose(t(2, 3, 4), [1, 0]), 'ops.transpose', '3'),
  shape('squeeze of a size', () => ops.squeeze(t(2, 3), 0), 'ops.squeeze', '2'),
  argument('expandDims too far', () => ops.expandDims(t(2), 5), 'ops.expandDims', '5'),
  shape('broadcastTo', () => ops.broadcastTo(t(3), [2, 4]), 'ops.broadcastTo', '[3]', '[2, 4]'),
  shape('split that does not divide', () => ops.split(t(5), 2), 'ops.split', '5', '2'),
  shape('a slice too long', () => ops.slice(t(3), [1], [3]), 'ops.slice'),
  shape('tile of a fraction', () => ops.tile(t(2), [1.5]), 'ops.tile', '1.5'),
  argument('topK of too many', () => ops.topK(t(2), 5), 'ops.topK', '5', '2'),
  unknown('a cast to nothing', () => ops.cast(t(2), wrong('float24')), 'float24'),
  shape('where', () => ops.where(t(2), t(3), t(2)), 'ops.where', '[2]', '[3]'),
  shape('conv of channels', () => ops.conv(t(1, 8, 8, 3), t(3, 3, 4, 8)), 'ops.conv', '3', '4'),
  argument(
    'conv of an unknown padding',
    () => ops.conv(t(1, 8, 8, 3), t(3, 3, 3, 8), { padding: wrong('sam') }),
    'ops.conv',
    'sam',
  ),
  argument('einsum of other letters', () => ops.einsum('ij,jk->iz', t(2, 3), t(3, 4)), 'ops.einsum', 'z'),
  shape('einsum of other sizes', () => ops.einsum('ij,jk->ik', t(2, 3), t(4, 5)), 'ops.einsum', 'j'),
  argument('einsum of too few', () => ops.einsum('ij,jk->ik', t(2, 3)), 'ops.einsum', '2', '1'),
  argument('a word', () => ops.relu(wrong('x')), "'x'"),
  argument('nothing', () => ops.exp(wrong(undefined)), 'undefined'),
  argument('arange of no steps', () => ops.arange(0, 3, 0), 'ops.arange', '0'),
  shape('zeros of a negative size', () => ops.zeros([-1]), '-1'),
  shape('a gradient of a vector', () => gradient(t(2), []), 'gradient', 'scalar', '(2,)'),
  says(
    'toCategorical beyond the classes',
    'INVALID_DATA',
    () => toCategorical([0, 5], 3),
    'toCategorical',
    '5',
    '0 to 2',
  ),
  says('toCategorical of fractions', 'INVALID_DATA', () => toCategorical([0.5], 3), 'toCategorical', '0.5'),
];

const ALL = { OPTIMIZERS, VALUES, SCORES, TENSORS, OPS };

for (const [name, cases] of Object.entries(ALL))
  describe(`wrong ${name.toLowerCase()} are refused`, () => {
    for (const misuse of cases) it(misuse[0], () => expectRefusal(misuse));
  });
