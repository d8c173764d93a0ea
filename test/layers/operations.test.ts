import { describe, expect, it } from 'vitest';
import { Input, loadModel, Model, ops, saveModelToBytes, Tensor, tensor } from '../../src/index.ts';
import { SymbolicTensor } from '../../src/layers/symbolic.ts';

// biome-ignore lint/suspicious/noExplicitAny: operations of all kinds, called with symbolic tensors and with others.
type Any = any;

/** What takes no tensors, or has functions among its arguments, or draws random numbers. */
const NOT_WALKED = [
  'associativeScan',
  'cond',
  'customGradient',
  'foriLoop',
  'jvp',
  'switch',
  'vectorize',
  'vectorizedMap',
  'whileLoop',
  'bartlett',
  'blackman',
  'empty',
  'hamming',
  'hanning',
  'kaiser',
  'tri',
  // Of matrices and of pairs: test/models/linalg-operations.test.ts.
  'cholesky',
  'choleskyInverse',
  'det',
  'eig',
  'eigh',
  'extractSequences',
  'fft',
  'fft2',
  'ifft2',
  'inv',
  'irfft',
  'istft',
  'logdet',
  'lstsq',
  'luFactor',
  'matrixRank',
  'pinv',

  'qr',
  'rfft',
  'slogdet',
  'solve',
  'solveTriangular',
  'stft',
  'svd',
  // What gives no tensors, or needs values.
  'convertToNumpy',
  'dtype',
  'isTensor',
  'ndim',
  'nonzero',
  'shape',
  'size',
  'unique',
  'viewAsComplex',
  'viewAsReal',
  'arange',
  'eye',
  'full',
  'identity',
  'linspace',
  'map',
  'ones',
  'paddingOf',
  'scan',
  'transposedAxis',
  'zeros',
  // Of a key: layers with a seed do this in models.
  'bernoulli',
  'categorical',
  'dropout',
  'normal',
  'randint',
  'shuffle',
  'truncatedNormal',
  'uniform',
];

const whole = (x: Any) => ops.cast(ops.abs(x), 'int32');
const half = (x: Any) => ops.divide(x, 8);
const image = (x: Any) => ops.reshape(x, [-1, 2, 2, 1]);
const kernel = tensor([1, -1, 0.5, 2], [2, 2, 1, 1]);
const sorted = tensor([-1, 0, 2]);

/** Operations whose arguments are not just one tensor. */
const CALLS: Record<string, (x: Any, f: Any) => Any> = {
  allclose: (x, f) => f(x, ops.add(x, 1e-4), { atol: 1e-3 }),
  argpartition: (x, f) => f(x, 1, 0),
  array: (x, f) => f(x, 'int32'),
  arraySplit: (x, f) => f(x, 3, 1)[0],
  cdist: (x, f) => f(x, ops.flip(x, 0)),
  convertToTensor: (x, f) => f(x, 'int32'),
  correlate: (x, f) => f(ops.ravel(x), sorted, 'same'),
  ctcDecode: (x, f) => f(ops.reshape(x, [1, 2, 4]), whole2, { maskIndex: 3 })[0],
  ctcLoss: (x, f) => f([[1]], ops.reshape(x, [1, 2, 4]), [1], [2], 3),
  dsplit: (x, f) => f(ops.reshape(x, [2, 2, 2]), 2)[1],
  dstack: (x, f) => f([x, x]),
  fold: (x, f) => f(ops.reshape(x, [1, 4, 2]), [2, 3], 2),
  geomspace: (x, f) => f(ops.abs(x), 3, 4),
  getItem: (x, f) => f(x, [{ step: -1 }, null, { start: 1, stop: -1 }]),
  hsplit: (x, f) => f(x, 2)[1],
  linspace: (x, f) => f(x, 1, 3, { axis: -1 }),
  logspace: (x, f) => f(x, 1, 3, { base: 2 }),
  nanpercentile: (x, f) => f(x, 30, { axis: 1 }),
  nanquantile: (x, f) => f(x, [0.1, 0.5], { axis: 1, method: 'lower' }),
  polar: (x, f) => f(x, ops.flip(x, 1))[1],
  rearrange: (x, f) => f(x, 'a (b c) -> (a c) b', { c: 2 }),
  rightShift: (x, f) => f(whole(x), 1),
  saturateCast: (x, f) => f(x, 'uint8'),
  segmentMax: (x, f) => f(x, tensor([1, 0], undefined, 'int32'), 3),
  segmentMin: (x, f) => f(x, tensor([1, 0], undefined, 'int32'), 3),
  segmentProd: (x, f) => f(x, tensor([1, 0], undefined, 'int32'), 3),
  select: (x, f) => f([ops.greater(x, 1), ops.less(x, 0)], [x, ops.square(x)], 7),
  sliceUpdate: (x, f) => f(x, [1, 2], ops.slice(x, [0, 0], [1, 2])),
  unfold: (x, f) => f(ops.reshape(x, [1, 1, 2, 4]), 2, { padding: 1 }),
  unravelIndex: (x, f) => f(whole(x), [2, 3])[1],
  view: (x, f) => f(x, 'int32'),
  vsplit: (x, f) => f(x, 2)[1],
  adaptiveAveragePool: (x, f) => f(image(x), 1),
  adaptiveMaxPool: (x, f) => f(image(x), [1, 2]),
  append: (x, f) => f(x, x, 1),
  arccos: (x, f) => f(half(x)),
  arccosh: (x, f) => f(ops.add(ops.abs(x), 1)),
  arcsin: (x, f) => f(half(x)),
  arctanh: (x, f) => f(half(x)),
  argmax: (x, f) => f(x, 1),
  argmin: (x, f) => f(x, 1),
  argsort: (x, f) => f(x, 1, { descending: true }),
  average: (x, f) => f(x, { axis: 1, weights: ops.abs(x) }),
  averagePool: (x, f) => f(image(x), 2),
  batchNormalization: (x, f) => f(x, ops.mean(x, 0), ops.variance(x, 0), 1, { scale: ops.max(x, 0), epsilon: 0.1 }),
  binaryCrossentropy: (x, f) => f(ops.sigmoid(x), x, { fromLogits: true }),
  bincount: (x, f) => f(ops.ravel(whole(x)), { weights: ops.ravel(x), minlength: 8 }),
  bitwiseNot: (x, f) => f(whole(x)),
  broadcastTo: (x, f) => f(ops.max(x, { axis: [0, 1], keepdims: true }), [3, 4]),
  cast: (x, f) => f(x, 'int32'),
  categoricalCrossentropy: (x, f) => f(ops.softmax(x), x, { fromLogits: true }),
  clip: (x, f) => f(x, -1, 1),
  concatenate: (x, f) => f([x, x], 1),
  conv: (x, f) => f(image(x), kernel, { padding: 'same', strides: 1 }),
  convTranspose: (x, f) => f(image(x), kernel, { strides: 2 }),
  cross: (x, f) => f(ops.slice(x, [0, 0], [2, 3]), ops.slice(x, [0, 1], [2, 3])),
  cumprod: (x, f) => f(x, 1),
  cumsum: (x, f) => f(x, 1),
  depthToSpace: (x, f) => f(ops.reshape(x, [-1, 1, 1, 4]), 2),
  depthwiseConv: (x, f) => f(image(x), kernel),
  diag: (x, f) => f(ops.ravel(x), 1),
  diagonal: (x, f) => f(x, 1),
  diff: (x, f) => f(x, 2, 1),
  digitize: (x, f) => f(x, [-1, 0, 2]),
  dot: (x, f) => f(x, ops.transpose(x)),
  dotProductAttention: (x, f) => {
    const q = ops.reshape(x, [-1, 2, 1, 2]);
    return f(q, q, q, { isCausal: true, bias: ops.reshape(x, [-1, 1, 2, 2]) });
  },
  einsum: (x, f) => f('bi,bj->bij', x, x),
  erfinv: (x, f) => f(half(x)),
  expandDims: (x, f) => f(x, 1),
  flip: (x, f) => f(x, 1),
  fullLike: (x, f) => f(x, 3),
  glu: (x, f) => f(x, 1),
  histogram: (x, f) => f(x, 3, [-4, 5]).counts,
  inTopK: (x, f) => f(ops.argmax(x, 1), x, 2),
  hstack: (x, f) => f([x, x]),
  isin: (x, f) => f(x, sorted),
  layerNormalization: (x, f) => f(x, { gamma: sorted4, beta: ops.max(x, 0) }),
  leftShift: (x, f) => f(whole(x), 2),
  log: (x, f) => f(ops.abs(x)),
  log10: (x, f) => f(ops.abs(x)),
  log1p: (x, f) => f(ops.abs(x)),
  log2: (x, f) => f(ops.abs(x)),
  logicalAnd: (x, f) => f(ops.greater(x, 0), ops.less(x, 3)),
  logicalNot: (x, f) => f(ops.greater(x, 0)),
  logicalOr: (x, f) => f(ops.greater(x, 0), ops.less(x, 3)),
  logicalXor: (x, f) => f(ops.greater(x, 0), ops.less(x, 3)),
  matmul: (x, f) => f(x, ops.transpose(x)),
  maxPool: (x, f) => f(image(x), 2),
  median: (x, f) => f(x, { axis: 1, keepdims: true }),
  meshgrid: (x, f) => f([ops.ravel(x), sorted], 'ij')[0],
  moments: (x, f) => first(f(x, 1, { keepdims: true })),
  moveaxis: (x, f) => f(x, 0, 1),
  multiHot: (x, f) => f(whole(x), 6),
  nanToNum: (x, f) => f(ops.divide(x, x), { nan: 7 }),
  norm: (x, f) => f(x, { ord: 1, axis: 1 }),
  normalize: (x, f) => f(x, { axis: 1, order: 1 }),
  oneHot: (x, f) => f(whole(x), 6),
  outer: (x, f) => f(ops.ravel(x), ops.ravel(x)),
  pad: (x, f) =>
    f(x, [
      [0, 0],
      [1, 2],
    ]),
  percentile: (x, f) => f(x, 30, { axis: 1 }),
  power: (x, f) => f(ops.abs(x), x),
  psnr: (x, f) => f(x, ops.flip(x, 1), 5),
  quantile: (x, f) => f(x, [0.1, 0.5], { axis: 1, method: 'lower' }),
  repeat: (x, f) => f(x, 2, 1),
  reshape: (x, f) => f(x, [-1, 2, 2]),
  rmsNormalization: (x, f) => f(x, { scale: ops.max(x, 0) }),
  roll: (x, f) => f(x, 1, 1),
  rot90: (x, f) => f(x, 3),
  rsqrt: (x, f) => f(ops.abs(x)),
  scatter: (x, f) => f(tensor([[1], [3]], undefined, 'int32'), x, [5, 4]),
  scatterUpdate: (x, f) => f(ops.zeros([5, 4]), tensor([[1], [3]], undefined, 'int32'), x),
  searchsorted: (x, f) => f(sorted, x, 'right'),
  segmentSum: (x, f) => f(x, tensor([1, 0], undefined, 'int32'), 3),
  separableConv: (x, f) => f(image(x), kernel, tensor([1, 2], [1, 1, 1, 2])),
  slice: (x, f) => f(x, [0, 1], [2, 2]),
  sort: (x, f) => f(x, 0),
  spaceToDepth: (x, f) => f(image(x), 2),
  sparseCategoricalCrossentropy: (x, f) => f(ops.argmax(x, 1), x, { fromLogits: true }),
  split: (x, f) => f(x, 2, 1)[1],
  sqrt: (x, f) => f(ops.abs(x)),
  squeeze: (x, f) => f(ops.expandDims(x, 1), 1),
  stack: (x, f) => f([x, x], 1),
  swapaxes: (x, f) => f(x, 0, 1),
  take: (x, f) => f(x, [0, 3], 1),
  takeAlongAxis: (x, f) => f(x, ops.argsort(x, 1), 1),
  tensordot: (x, f) => f(x, x, [[0], [0]]),
  threshold: (x, f) => f(x, 0.5, -7),
  tile: (x, f) => f(x, [1, 2]),
  topK: (x, f) => ops.concatenate([f(x, 2).values, ops.cast(f(x, 2).indices, 'float32')], 1),
  trapezoid: (x, f) => f(x, { x: ops.cumsum(ops.abs(x), 1), axis: 1 }),
  unstack: (x, f) => f(x, 1)[2],
  vander: (x, f) => f(ops.ravel(x), 3, true),
  vstack: (x, f) => f([x, x]),
  where: (x, f) => f(ops.greater(x, 0), x, -1),
};

const whole2 = tensor([2], undefined, 'int32');
const sorted4 = tensor([1, 2, 3, 4]);
const first = (x: Any) => (Array.isArray(x) ? x[0] : Object.values(x)[0]);

/** Operations of two tensors that are treated alike. */
const TWO =
  /^(add|arctan2|divide|divideNoNan|equal|floorDivide|fmax|fmin|fmod|greater|greaterEqual|heaviside|hypot|inner|isclose|kron|less|lessEqual|logaddexp|logaddexp2|maximum|minimum|mod|multiply|nextafter|notEqual|subtract|trueDivide|vdot)$/;

const values = tensor([
  [1, -2, 3, -4],
  [-1, 2, 0.5, 5],
]);

const call = (name: string, f: Any, x: Any): Any => {
  if (CALLS[name]) return CALLS[name](x, f);
  if (/^(gcd|lcm)$/.test(name)) return f(whole(x), 6);
  if (name === 'ldexp') return f(x, whole(x));
  if (/^bitwise/.test(name)) return f(whole(x), 3);
  return TWO.test(name) ? f(x, ops.add(x, 1)) : f(x);
};

const FUNCTIONS = Object.entries(ops as Record<string, Any>).filter(
  ([name, f]) => typeof f === 'function' && !NOT_WALKED.includes(name),
);

describe('every operation on symbolic tensors', () => {
  it.each(FUNCTIONS)('%s computes the same in a model, before and after a file', async (name, f) => {
    const expected = call(name, f, values);
    expect(expected, 'of values').toBeInstanceOf(Tensor);
    const input = Input({ batchShape: [2, 4] });
    const output = call(name, f, input);
    expect(output, 'of a symbolic tensor').toBeInstanceOf(SymbolicTensor);
    expect([output.shape, output.dtype]).toEqual([expected.shape, expected.dtype]);
    const model = new Model({ inputs: input, outputs: output });
    const again = await loadModel(await saveModelToBytes(model));
    for (const m of [model, again]) {
      const got = m.apply(values) as Tensor;
      expect(got.dtype).toBe(expected.dtype);
      expect(got.arraySync()).toEqual(expected.arraySync());
    }
  });

  it('refuses symbolic tensors as other options, with the name of the option', () => {
    const x = Input({ shape: [4] });
    expect(() => ops.normalize(x, { axis: x as never })).toThrow(/Normalize.*axis/);
  });
});
