import { describe, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { NestedArray } from '../../trace/host.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';
import { SymbolicTensor } from '../symbolic.ts';
import { writeKey } from './get-item.ts';
import { Operation } from './operation.ts';
import { operationTable } from './table.ts';

/** A type of arguments with symbolic tensors where there may be tensors. */
type Lifted<T> = Tensor extends T
  ? T | SymbolicTensor
  : T extends readonly (infer E)[]
    ? Tensor extends E
      ? readonly (E | SymbolicTensor)[]
      : T
    : T;

type Results<R> = R extends Tensor ? SymbolicTensor : R extends readonly Tensor[] ? SymbolicTensor[] : R;

/** The same function, as it is called to put a functional model together. */
type Symbolic<F> = F extends (...args: infer A) => infer R
  ? (...args: { [K in keyof A]: Lifted<A[K]> }) => Results<R>
  : never;

const isSymbolic = (x: unknown): boolean =>
  x instanceof SymbolicTensor || (Array.isArray(x) && x.some((v) => v instanceof SymbolicTensor));

/** An object of options. */
const isOptions = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;

const holdsSymbolic = (x: unknown): boolean => isOptions(x) && Object.values(x).some(isSymbolic);

/** An operation that computes with tensors, and notes itself as a layer where it is called with symbolic ones. */
function both<F extends (...args: never[]) => unknown>(f: F, kind: string): F & Symbolic<F> {
  const called = (...args: unknown[]) =>
    args.some(isSymbolic) || holdsSymbolic(args.at(-1)) ? note(kind, args) : f(...(args as never[]));
  Object.defineProperty(called, 'name', { value: f.name });
  return called as unknown as F & Symbolic<F>;
}

function note(kind: string, args: readonly unknown[]): unknown {
  const row = operationTable()[kind]!;
  const rest = args.slice(row.operands);
  if (rest.some(isSymbolic))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `ops: ${kind} takes symbolic tensors as its first ${row.operands} argument(s) only, got ${rest.map(describe).join(', ')}`,
    );
  const options = args.at(-1) as Readonly<Record<string, unknown>>;
  const tensors = row.tensors ?? [];
  const odd =
    holdsSymbolic(options) && Object.keys(options).find((k) => !tensors.includes(k) && isSymbolic(options[k]));
  if (odd)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `ops: ${kind} takes no symbolic tensor as ${odd}, got ${describe(options[odd])}`,
    );
  const further = tensors.map((key) => (isOptions(options) ? (options[key] ?? null) : null));
  const operands = [...args.slice(0, row.operands), ...further].map((x) => (AS_NUMBERS.test(kind) ? x : asConstant(x)));
  return new Operation(kind, row.config(rest)).applyTo(operands);
}

/** Operations whose further operands are numbers to Keras, too. */
const AS_NUMBERS = /^(Take|Slice|(Nan)?(Quantile|Percentile)|Digitize)/i;

/** Arrays of numbers as tensors, which Keras knows from lists of tensors. */
const asConstant = (x: unknown): unknown => (Array.isArray(x) && !isSymbolic(x) ? tensor(x as NestedArray) : x);

/** Products and sums over axes that letters name; see `ops.einsum`. */
export const einsum = /* @__PURE__ */ (() => {
  const called = (subscripts: string, ...operands: readonly unknown[]) =>
    operands.some(isSymbolic)
      ? new Operation('Einsum', { subscripts }).applyTo(operands)
      : ops.einsum(subscripts, ...(operands as Tensor[]));
  return called as typeof ops.einsum & ((subscripts: string, ...operands: readonly unknown[]) => SymbolicTensor);
})();

/** Axes taken apart, exchanged and put together; see `ops.rearrange`. */
export const rearrange = /* @__PURE__ */ (() => {
  const called = (x: unknown, pattern: string, lengths: Record<string, number> = {}) =>
    isSymbolic(x)
      ? new Operation('Rearrange', {}).applyTo([x, pattern], lengths)
      : ops.rearrange(x as Tensor, pattern, lengths);
  return called as typeof ops.rearrange & Symbolic<typeof ops.rearrange>;
})();

/** Python's `x[key]`; see `ops.getItem`. */
export const getItem = /* @__PURE__ */ (() => {
  const called = (x: unknown, key: ops.Key | readonly ops.Key[]) =>
    isSymbolic(x) ? new Operation('GetItem', {}).applyTo([x, writeKey(key)]) : ops.getItem(x as Tensor, key);
  return called as typeof ops.getItem & Symbolic<typeof ops.getItem>;
})();

// What follows is `keras.ops` for users: every operation computes with tensors, and those of the list below can also be called
// with symbolic tensors. They take the place of those of the same name that the line before it exports.
export * from '../../ops/index.ts';
export const abs = /* @__PURE__ */ both(ops.abs, 'Absolute');
export const absolute = /* @__PURE__ */ both(ops.absolute, 'Absolute');
export const add = /* @__PURE__ */ both(ops.add, 'Add');
export const all = /* @__PURE__ */ both(ops.all, 'All');
export const any = /* @__PURE__ */ both(ops.any, 'Any');
export const arccos = /* @__PURE__ */ both(ops.arccos, 'Arccos');
export const arccosh = /* @__PURE__ */ both(ops.arccosh, 'Arccosh');
export const arcsin = /* @__PURE__ */ both(ops.arcsin, 'Arcsin');
export const arcsinh = /* @__PURE__ */ both(ops.arcsinh, 'Arcsinh');
export const arctan = /* @__PURE__ */ both(ops.arctan, 'Arctan');
export const arctan2 = /* @__PURE__ */ both(ops.arctan2, 'Arctan2');
export const arctanh = /* @__PURE__ */ both(ops.arctanh, 'Arctanh');
export const argmax = /* @__PURE__ */ both(ops.argmax, 'Argmax');
export const argmin = /* @__PURE__ */ both(ops.argmin, 'Argmin');
export const averagePool = /* @__PURE__ */ both(ops.averagePool, 'AveragePool');
export const broadcastTo = /* @__PURE__ */ both(ops.broadcastTo, 'BroadcastTo');
export const cast = /* @__PURE__ */ both(ops.cast, 'Cast');
export const ceil = /* @__PURE__ */ both(ops.ceil, 'Ceil');
export const celu = /* @__PURE__ */ both(ops.celu, 'Celu');
export const clip = /* @__PURE__ */ both(ops.clip, 'Clip');
export const concatenate = /* @__PURE__ */ both(ops.concatenate, 'Concatenate');
export const cos = /* @__PURE__ */ both(ops.cos, 'Cos');
export const cosh = /* @__PURE__ */ both(ops.cosh, 'Cosh');
export const cumsum = /* @__PURE__ */ both(ops.cumsum, 'Cumsum');
export const divide = /* @__PURE__ */ both(ops.divide, 'Divide');
export const divideNoNan = /* @__PURE__ */ both(ops.divideNoNan, 'DivideNoNan');
export const dot = /* @__PURE__ */ both(ops.dot, 'Dot');
export const elu = /* @__PURE__ */ both(ops.elu, 'Elu');
export const equal = /* @__PURE__ */ both(ops.equal, 'Equal');
export const erf = /* @__PURE__ */ both(ops.erf, 'Erf');
export const exp = /* @__PURE__ */ both(ops.exp, 'Exp');
export const exp2 = /* @__PURE__ */ both(ops.exp2, 'Exp2');
export const expandDims = /* @__PURE__ */ both(ops.expandDims, 'ExpandDims');
export const expm1 = /* @__PURE__ */ both(ops.expm1, 'Expm1');
export const flip = /* @__PURE__ */ both(ops.flip, 'Flip');
export const floor = /* @__PURE__ */ both(ops.floor, 'Floor');
export const floorDivide = /* @__PURE__ */ both(ops.floorDivide, 'FloorDivide');
export const gelu = /* @__PURE__ */ both(ops.gelu, 'Gelu');
export const greater = /* @__PURE__ */ both(ops.greater, 'Greater');
export const greaterEqual = /* @__PURE__ */ both(ops.greaterEqual, 'GreaterEqual');
export const hardSigmoid = /* @__PURE__ */ both(ops.hardSigmoid, 'HardSigmoid');
export const hardSilu = /* @__PURE__ */ both(ops.hardSilu, 'HardSilu');
export const hardTanh = /* @__PURE__ */ both(ops.hardTanh, 'HardTanh');
export const isfinite = /* @__PURE__ */ both(ops.isfinite, 'Isfinite');
export const isinf = /* @__PURE__ */ both(ops.isinf, 'Isinf');
export const isnan = /* @__PURE__ */ both(ops.isnan, 'Isnan');
export const leakyRelu = /* @__PURE__ */ both(ops.leakyRelu, 'LeakyRelu');
export const less = /* @__PURE__ */ both(ops.less, 'Less');
export const lessEqual = /* @__PURE__ */ both(ops.lessEqual, 'LessEqual');
export const log = /* @__PURE__ */ both(ops.log, 'Log');
export const log10 = /* @__PURE__ */ both(ops.log10, 'Log10');
export const log1p = /* @__PURE__ */ both(ops.log1p, 'Log1p');
export const log2 = /* @__PURE__ */ both(ops.log2, 'Log2');
export const logicalAnd = /* @__PURE__ */ both(ops.logicalAnd, 'LogicalAnd');
export const logicalNot = /* @__PURE__ */ both(ops.logicalNot, 'LogicalNot');
export const logicalOr = /* @__PURE__ */ both(ops.logicalOr, 'LogicalOr');
export const logicalXor = /* @__PURE__ */ both(ops.logicalXor, 'LogicalXor');
export const logSigmoid = /* @__PURE__ */ both(ops.logSigmoid, 'LogSigmoid');
export const logSoftmax = /* @__PURE__ */ both(ops.logSoftmax, 'LogSoftmax');
export const logsumexp = /* @__PURE__ */ both(ops.logsumexp, 'Logsumexp');
export const matmul = /* @__PURE__ */ both(ops.matmul, 'Matmul');
export const max = /* @__PURE__ */ both(ops.max, 'Max');
export const maximum = /* @__PURE__ */ both(ops.maximum, 'Maximum');
export const maxPool = /* @__PURE__ */ both(ops.maxPool, 'MaxPool');
export const mean = /* @__PURE__ */ both(ops.mean, 'Mean');
export const min = /* @__PURE__ */ both(ops.min, 'Min');
export const minimum = /* @__PURE__ */ both(ops.minimum, 'Minimum');
export const mod = /* @__PURE__ */ both(ops.mod, 'Mod');
export const moveaxis = /* @__PURE__ */ both(ops.moveaxis, 'Moveaxis');
export const multiply = /* @__PURE__ */ both(ops.multiply, 'Multiply');
export const negative = /* @__PURE__ */ both(ops.negative, 'Negative');
export const notEqual = /* @__PURE__ */ both(ops.notEqual, 'NotEqual');
export const oneHot = /* @__PURE__ */ both(ops.oneHot, 'OneHot');
export const onesLike = /* @__PURE__ */ both(ops.onesLike, 'OnesLike');
export const outer = /* @__PURE__ */ both(ops.outer, 'Outer');
export const pad = /* @__PURE__ */ both(ops.pad, 'Pad');
export const power = /* @__PURE__ */ both(ops.power, 'Power');
export const prod = /* @__PURE__ */ both(ops.prod, 'Prod');
export const reciprocal = /* @__PURE__ */ both(ops.reciprocal, 'Reciprocal');
export const relu = /* @__PURE__ */ both(ops.relu, 'Relu');
export const relu6 = /* @__PURE__ */ both(ops.relu6, 'Relu6');
export const repeat = /* @__PURE__ */ both(ops.repeat, 'Repeat');
export const reshape = /* @__PURE__ */ both(ops.reshape, 'Reshape');
export const roll = /* @__PURE__ */ both(ops.roll, 'Roll');
export const round = /* @__PURE__ */ both(ops.round, 'Round');
export const rsqrt = /* @__PURE__ */ both(ops.rsqrt, 'Rsqrt');
export const selu = /* @__PURE__ */ both(ops.selu, 'Selu');
export const sigmoid = /* @__PURE__ */ both(ops.sigmoid, 'Sigmoid');
export const sign = /* @__PURE__ */ both(ops.sign, 'Sign');
export const silu = /* @__PURE__ */ both(ops.silu, 'Silu');
export const sin = /* @__PURE__ */ both(ops.sin, 'Sin');
export const sinh = /* @__PURE__ */ both(ops.sinh, 'Sinh');
export const softmax = /* @__PURE__ */ both(ops.softmax, 'Softmax');
export const softplus = /* @__PURE__ */ both(ops.softplus, 'Softplus');
export const softsign = /* @__PURE__ */ both(ops.softsign, 'Softsign');
export const split = /* @__PURE__ */ both(ops.split, 'Split');
export const sqrt = /* @__PURE__ */ both(ops.sqrt, 'Sqrt');
export const square = /* @__PURE__ */ both(ops.square, 'Square');
export const squeeze = /* @__PURE__ */ both(ops.squeeze, 'Squeeze');
export const stack = /* @__PURE__ */ both(ops.stack, 'Stack');
export const std = /* @__PURE__ */ both(ops.std, 'Std');
export const subtract = /* @__PURE__ */ both(ops.subtract, 'Subtract');
export const sum = /* @__PURE__ */ both(ops.sum, 'Sum');
export const swapaxes = /* @__PURE__ */ both(ops.swapaxes, 'Swapaxes');
export const take = /* @__PURE__ */ both(ops.take, 'Take');
export const takeAlongAxis = /* @__PURE__ */ both(ops.takeAlongAxis, 'TakeAlongAxis');
export const tan = /* @__PURE__ */ both(ops.tan, 'Tan');
export const tanh = /* @__PURE__ */ both(ops.tanh, 'Tanh');
export const tanhShrink = /* @__PURE__ */ both(ops.tanhShrink, 'TanhShrink');
export const tile = /* @__PURE__ */ both(ops.tile, 'Tile');
export const transpose = /* @__PURE__ */ both(ops.transpose, 'Transpose');
export const trueDivide = /* @__PURE__ */ both(ops.trueDivide, 'TrueDivide');
export const trunc = /* @__PURE__ */ both(ops.trunc, 'Trunc');
export const variance = /* @__PURE__ */ both(ops.variance, 'Var');
export const where = /* @__PURE__ */ both(ops.where, 'Where');
export const zerosLike = /* @__PURE__ */ both(ops.zerosLike, 'ZerosLike');
export const stopGradient = /* @__PURE__ */ both(ops.stopGradient, 'StopGradient');
export const tril = /* @__PURE__ */ both(ops.tril, 'Tril');
export const triu = /* @__PURE__ */ both(ops.triu, 'Triu');
export const deg2rad = /* @__PURE__ */ both(ops.deg2rad, 'Deg2rad');
export const rad2deg = /* @__PURE__ */ both(ops.rad2deg, 'Rad2deg');
export const erfc = /* @__PURE__ */ both(ops.erfc, 'Erfc');
export const erfinv = /* @__PURE__ */ both(ops.erfinv, 'Erfinv');
export const logaddexp = /* @__PURE__ */ both(ops.logaddexp, 'Logaddexp');
export const fullLike = /* @__PURE__ */ both(ops.fullLike, 'FullLike');
export const ravel = /* @__PURE__ */ both(ops.ravel, 'Ravel');
export const slice = /* @__PURE__ */ both(ops.slice, 'Slice');
export const unstack = /* @__PURE__ */ both(ops.unstack, 'Unstack');
export const dotProductAttention = /* @__PURE__ */ both(ops.dotProductAttention, 'DotProductAttention');
export const conv = /* @__PURE__ */ both(ops.conv, 'Conv');
export const convTranspose = /* @__PURE__ */ both(ops.convTranspose, 'ConvTranspose');
export const depthwiseConv = /* @__PURE__ */ both(ops.depthwiseConv, 'DepthwiseConv');
export const separableConv = /* @__PURE__ */ both(ops.separableConv, 'SeparableConv');
export const batchNormalization = /* @__PURE__ */ both(ops.batchNormalization, 'BatchNorm');
export const layerNormalization = /* @__PURE__ */ both(ops.layerNormalization, 'LayerNorm');
export const rmsNormalization = /* @__PURE__ */ both(ops.rmsNormalization, 'RMSNorm');
export const moments = /* @__PURE__ */ both(ops.moments, 'Moments');
export const norm = /* @__PURE__ */ both(ops.norm, 'Norm');
export const normalize = /* @__PURE__ */ both(ops.normalize, 'Normalize');
export const amax = /* @__PURE__ */ both(ops.amax, 'Amax');
export const amin = /* @__PURE__ */ both(ops.amin, 'Amin');
export const average = /* @__PURE__ */ both(ops.average, 'Average');
export const countNonzero = /* @__PURE__ */ both(ops.countNonzero, 'CountNonzero');
export const hypot = /* @__PURE__ */ both(ops.hypot, 'Hypot');
export const diagonal = /* @__PURE__ */ both(ops.diagonal, 'Diagonal');
export const diag = /* @__PURE__ */ both(ops.diag, 'Diag');
export const trace = /* @__PURE__ */ both(ops.trace, 'Trace');
export const meshgrid = /* @__PURE__ */ both(ops.meshgrid, 'Meshgrid');
export const hstack = /* @__PURE__ */ both(ops.hstack, 'Hstack');
export const vstack = /* @__PURE__ */ both(ops.vstack, 'Vstack');
export const append = /* @__PURE__ */ both(ops.append, 'Append');
export const rot90 = /* @__PURE__ */ both(ops.rot90, 'Rot90');
export const kron = /* @__PURE__ */ both(ops.kron, 'Kron');
export const cross = /* @__PURE__ */ both(ops.cross, 'Cross');
export const isin = /* @__PURE__ */ both(ops.isin, 'IsIn');
export const depthToSpace = /* @__PURE__ */ both(ops.depthToSpace, 'DepthToSpace');
export const spaceToDepth = /* @__PURE__ */ both(ops.spaceToDepth, 'SpaceToDepth');
export const vander = /* @__PURE__ */ both(ops.vander, 'Vander');
export const trapezoid = /* @__PURE__ */ both(ops.trapezoid, 'Trapezoid');
export const bitwiseAnd = /* @__PURE__ */ both(ops.bitwiseAnd, 'BitwiseAnd');
export const bitwiseOr = /* @__PURE__ */ both(ops.bitwiseOr, 'BitwiseOr');
export const bitwiseXor = /* @__PURE__ */ both(ops.bitwiseXor, 'BitwiseXor');
export const leftShift = /* @__PURE__ */ both(ops.leftShift, 'LeftShift');
export const bitwiseNot = /* @__PURE__ */ both(ops.bitwiseNot, 'BitwiseNot');
export const isclose = /* @__PURE__ */ both(ops.isclose, 'Isclose');
export const nanToNum = /* @__PURE__ */ both(ops.nanToNum, 'NanToNum');
export const multiHot = /* @__PURE__ */ both(ops.multiHot, 'MultiHot');
export const argsort = /* @__PURE__ */ both(ops.argsort, 'Argsort');
export const sort = /* @__PURE__ */ both(ops.sort, 'Sort');
export const topK = /* @__PURE__ */ both(ops.topK, 'TopK');
export const inTopK = /* @__PURE__ */ both(ops.inTopK, 'InTopK');
export const cumprod = /* @__PURE__ */ both(ops.cumprod, 'Cumprod');
export const diff = /* @__PURE__ */ both(ops.diff, 'Diff');
export const scatter = /* @__PURE__ */ both(ops.scatter, 'Scatter');
export const scatterUpdate = /* @__PURE__ */ both(ops.scatterUpdate, 'ScatterUpdate');
export const segmentSum = /* @__PURE__ */ both(ops.segmentSum, 'SegmentSum');
export const bincount = /* @__PURE__ */ both(ops.bincount, 'Bincount');
export const tensordot = /* @__PURE__ */ both(ops.tensordot, 'Tensordot');
export const inner = /* @__PURE__ */ both(ops.inner, 'Inner');
export const vdot = /* @__PURE__ */ both(ops.vdot, 'Vdot');
export const swish = /* @__PURE__ */ both(ops.swish, 'Silu');
export const hardSwish = /* @__PURE__ */ both(ops.hardSwish, 'HardSilu');
export const mish = /* @__PURE__ */ both(ops.mish, 'Mish');
export const softShrink = /* @__PURE__ */ both(ops.softShrink, 'SoftShrink');
export const hardShrink = /* @__PURE__ */ both(ops.hardShrink, 'HardShrink');
export const threshold = /* @__PURE__ */ both(ops.threshold, 'Threshold');
export const squareplus = /* @__PURE__ */ both(ops.squareplus, 'Squareplus');
export const sparsePlus = /* @__PURE__ */ both(ops.sparsePlus, 'SparsePlus');
export const sparseSigmoid = /* @__PURE__ */ both(ops.sparseSigmoid, 'SparseSigmoid');
export const glu = /* @__PURE__ */ both(ops.glu, 'Glu');
export const sparsemax = /* @__PURE__ */ both(ops.sparsemax, 'Sparsemax');
export const categoricalCrossentropy = /* @__PURE__ */ both(ops.categoricalCrossentropy, 'CategoricalCrossentropy');
export const sparseCategoricalCrossentropy = /* @__PURE__ */ both(
  ops.sparseCategoricalCrossentropy,
  'SparseCategoricalCrossentropy',
);
export const binaryCrossentropy = /* @__PURE__ */ both(ops.binaryCrossentropy, 'BinaryCrossentropy');
export const adaptiveAveragePool = /* @__PURE__ */ both(ops.adaptiveAveragePool, 'AdaptiveAveragePool');
export const adaptiveMaxPool = /* @__PURE__ */ both(ops.adaptiveMaxPool, 'AdaptiveMaxPool');
export const quantile = /* @__PURE__ */ both(ops.quantile, 'Quantile');
export const percentile = /* @__PURE__ */ both(ops.percentile, 'Percentile');
export const median = /* @__PURE__ */ both(ops.median, 'Median');
export const nansum = /* @__PURE__ */ both(ops.nansum, 'Nansum');
export const nanprod = /* @__PURE__ */ both(ops.nanprod, 'Nanprod');
export const nanmax = /* @__PURE__ */ both(ops.nanmax, 'Nanmax');
export const nanmin = /* @__PURE__ */ both(ops.nanmin, 'Nanmin');
export const nanmean = /* @__PURE__ */ both(ops.nanmean, 'Nanmean');
export const nanvar = /* @__PURE__ */ both(ops.nanvar, 'Nanvar');
export const nanstd = /* @__PURE__ */ both(ops.nanstd, 'Nanstd');
export const corrcoef = /* @__PURE__ */ both(ops.corrcoef, 'Corrcoef');
export const psnr = /* @__PURE__ */ both(ops.psnr, 'PSNR');
export const searchsorted = /* @__PURE__ */ both(ops.searchsorted, 'SearchSorted');
export const digitize = /* @__PURE__ */ both(ops.digitize, 'Digitize');
export const histogram = /* @__PURE__ */ both(ops.histogram, 'Histogram');
export const cholesky = /* @__PURE__ */ both(ops.cholesky, 'Cholesky');
export const choleskyInverse = /* @__PURE__ */ both(ops.choleskyInverse, 'CholeskyInverse');
export const det = /* @__PURE__ */ both(ops.det, 'Det');
export const eigh = /* @__PURE__ */ both(ops.eigh, 'Eigh');
export const extractSequences = /* @__PURE__ */ both(ops.extractSequences, 'ExtractSequences');
export const fft = /* @__PURE__ */ both(ops.fft, 'FFT');
export const fft2 = /* @__PURE__ */ both(ops.fft2, 'FFT2');
export const ifft2 = /* @__PURE__ */ both(ops.ifft2, 'IFFT2');
export const inv = /* @__PURE__ */ both(ops.inv, 'Inv');
export const irfft = /* @__PURE__ */ both(ops.irfft, 'IRFFT');
export const istft = /* @__PURE__ */ both(ops.istft, 'ISTFT');
export const logdet = /* @__PURE__ */ both(ops.logdet, 'Logdet');
export const lstsq = /* @__PURE__ */ both(ops.lstsq, 'Lstsq');
export const luFactor = /* @__PURE__ */ both(ops.luFactor, 'LuFactor');
export const matrixRank = /* @__PURE__ */ both(ops.matrixRank, 'MatrixRank');
export const pinv = /* @__PURE__ */ both(ops.pinv, 'Pinv');
export const qr = /* @__PURE__ */ both(ops.qr, 'Qr');
export const rfft = /* @__PURE__ */ both(ops.rfft, 'RFFT');
export const slogdet = /* @__PURE__ */ both(ops.slogdet, 'Slogdet');
export const solve = /* @__PURE__ */ both(ops.solve, 'Solve');
export const solveTriangular = /* @__PURE__ */ both(ops.solveTriangular, 'SolveTriangular');
export const stft = /* @__PURE__ */ both(ops.stft, 'STFT');
export const svd = /* @__PURE__ */ both(ops.svd, 'SVD');
export const allclose = /* @__PURE__ */ both(ops.allclose, 'AllClose');
export const angle = /* @__PURE__ */ both(ops.angle, 'Angle');
export const argpartition = /* @__PURE__ */ both(ops.argpartition, 'Argpartition');
export const array = /* @__PURE__ */ both(ops.array, 'Array');
export const arraySplit = /* @__PURE__ */ both(ops.arraySplit, 'ArraySplit');
export const bitwiseInvert = /* @__PURE__ */ both(ops.bitwiseInvert, 'BitwiseInvert');
export const bitwiseLeftShift = /* @__PURE__ */ both(ops.bitwiseLeftShift, 'BitwiseLeftShift');
export const bitwiseRightShift = /* @__PURE__ */ both(ops.bitwiseRightShift, 'BitwiseRightShift');
export const rightShift = /* @__PURE__ */ both(ops.rightShift, 'RightShift');
export const cbrt = /* @__PURE__ */ both(ops.cbrt, 'Cbrt');
export const cdist = /* @__PURE__ */ both(ops.cdist, 'CDist');
export const conj = /* @__PURE__ */ both(ops.conj, 'Conj');
export const conjugate = /* @__PURE__ */ both(ops.conjugate, 'Conjugate');
export const convertToTensor = /* @__PURE__ */ both(ops.convertToTensor, 'ConvertToTensor');
export const copy = /* @__PURE__ */ both(ops.copy, 'Copy');
export const correlate = /* @__PURE__ */ both(ops.correlate, 'Correlate');
export const ctcDecode = /* @__PURE__ */ both(ops.ctcDecode, 'CTCDecode');
export const ctcLoss = /* @__PURE__ */ both(ops.ctcLoss, 'CTCLoss');
export const diagflat = /* @__PURE__ */ both(ops.diagflat, 'Diagflat');
export const dsplit = /* @__PURE__ */ both(ops.dsplit, 'Dsplit');
export const dstack = /* @__PURE__ */ both(ops.dstack, 'Dstack');
export const emptyLike = /* @__PURE__ */ both(ops.emptyLike, 'EmptyLike');
export const fabs = /* @__PURE__ */ both(ops.fabs, 'Fabs');
export const fliplr = /* @__PURE__ */ both(ops.fliplr, 'Fliplr');
export const flipud = /* @__PURE__ */ both(ops.flipud, 'Flipud');
export const fmax = /* @__PURE__ */ both(ops.fmax, 'Fmax');
export const fmin = /* @__PURE__ */ both(ops.fmin, 'Fmin');
export const fmod = /* @__PURE__ */ both(ops.fmod, 'Fmod');
export const fold = /* @__PURE__ */ both(ops.fold, 'Fold');
export const gcd = /* @__PURE__ */ both(ops.gcd, 'Gcd');
export const geomspace = /* @__PURE__ */ both(ops.geomspace, 'Geomspace');
export const heaviside = /* @__PURE__ */ both(ops.heaviside, 'Heaviside');
export const hsplit = /* @__PURE__ */ both(ops.hsplit, 'Hsplit');
export const i0 = /* @__PURE__ */ both(ops.i0, 'I0');
export const imag = /* @__PURE__ */ both(ops.imag, 'Imag');
export const isneginf = /* @__PURE__ */ both(ops.isneginf, 'Isneginf');
export const isposinf = /* @__PURE__ */ both(ops.isposinf, 'Isposinf');
export const isreal = /* @__PURE__ */ both(ops.isreal, 'Isreal');
export const lcm = /* @__PURE__ */ both(ops.lcm, 'Lcm');
export const ldexp = /* @__PURE__ */ both(ops.ldexp, 'Ldexp');
export const linspace = /* @__PURE__ */ both(ops.linspace, 'Linspace');
export const logaddexp2 = /* @__PURE__ */ both(ops.logaddexp2, 'Logaddexp2');
export const logspace = /* @__PURE__ */ both(ops.logspace, 'Logspace');
export const nanargmax = /* @__PURE__ */ both(ops.nanargmax, 'Nanargmax');
export const nanargmin = /* @__PURE__ */ both(ops.nanargmin, 'Nanargmin');
export const nancumprod = /* @__PURE__ */ both(ops.nancumprod, 'Nancumprod');
export const nancumsum = /* @__PURE__ */ both(ops.nancumsum, 'Nancumsum');
export const nanmedian = /* @__PURE__ */ both(ops.nanmedian, 'Nanmedian');
export const nanpercentile = /* @__PURE__ */ both(ops.nanpercentile, 'Nanpercentile');
export const nanquantile = /* @__PURE__ */ both(ops.nanquantile, 'Nanquantile');
export const nextafter = /* @__PURE__ */ both(ops.nextafter, 'Nextafter');
export const ptp = /* @__PURE__ */ both(ops.ptp, 'Ptp');
export const real = /* @__PURE__ */ both(ops.real, 'Real');
export const saturateCast = /* @__PURE__ */ both(ops.saturateCast, 'SaturateCast');
export const segmentMax = /* @__PURE__ */ both(ops.segmentMax, 'SegmentMax');
export const segmentMin = /* @__PURE__ */ both(ops.segmentMin, 'SegmentMin');
export const segmentProd = /* @__PURE__ */ both(ops.segmentProd, 'SegmentProd');
export const select = /* @__PURE__ */ both(ops.select, 'Select');
export const signbit = /* @__PURE__ */ both(ops.signbit, 'Signbit');
export const sinc = /* @__PURE__ */ both(ops.sinc, 'Sinc');
export const sliceUpdate = /* @__PURE__ */ both(ops.sliceUpdate, 'SliceUpdate');
export const unfold = /* @__PURE__ */ both(ops.unfold, 'Unfold');
export const unravelIndex = /* @__PURE__ */ both(ops.unravelIndex, 'UnravelIndex');
export const view = /* @__PURE__ */ both(ops.view, 'View');
export const vsplit = /* @__PURE__ */ both(ops.vsplit, 'Vsplit');
export { variance as var };
