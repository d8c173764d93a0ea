export {
  arange,
  eye,
  floorDivide,
  identity,
  linspace,
  mod,
  power,
  stopGradient,
  tril,
  triu,
} from './arithmetic.ts';
export * from './arrays.ts';
export * from './compare.ts';
export type { Axis } from './core.ts';
export { einsum } from './einsum.ts';
export {
  abs,
  absolute,
  add,
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctan2,
  arctanh,
  cast,
  ceil,
  clip,
  cos,
  cosh,
  deg2rad,
  divide,
  divideNoNan,
  erf,
  erfc,
  exp,
  exp2,
  expm1,
  floor,
  log,
  log1p,
  log2,
  log10,
  logaddexp,
  maximum,
  minimum,
  multiply,
  negative,
  rad2deg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  subtract,
  tan,
  tanh,
  trueDivide,
  trunc,
} from './elementwise.ts';
export * as image from './image.ts';
export {
  type ComplexPair,
  extractSequences,
  fft,
  fft2,
  ifft2,
  irfft,
  istft,
  rfft,
  type StftOptions,
  type StftWindow,
  stft,
} from './fft.ts';
export * from './indexing.ts';
export * from './linalg.ts';
export { eigh } from './linalg-eigen.ts';
export { det, inv, logdet, luFactor, slogdet, solve } from './linalg-lu.ts';
export { type NormOptions, type NormOrder, norm } from './linalg-norm.ts';
export { qr } from './linalg-qr.ts';
export { lstsq, matrixRank, pinv, svd } from './linalg-svd.ts';
export { cholesky, choleskyInverse, solveTriangular } from './linalg-triangular.ts';
export { map, type ScanOptions, type ScanStep, scan } from './loop.ts';
export {
  broadcastTo,
  concatenate,
  expandDims,
  flip,
  full,
  fullLike,
  moveaxis,
  ones,
  onesLike,
  type PadWidth,
  pad,
  ravel,
  repeat,
  reshape,
  roll,
  slice,
  split,
  squeeze,
  stack,
  swapaxes,
  tile,
  transpose,
  unstack,
  zeros,
  zerosLike,
} from './movement.ts';
export * from './nn-activation.ts';
export { type AttentionOptions, dotProductAttention } from './nn-attention.ts';
export {
  type ConvOptions,
  type ConvPadding,
  type ConvTransposeOptions,
  conv,
  convTranspose,
  type DataFormat,
  depthwiseConv,
  type Padding,
  paddingOf,
  separableConv,
  transposedAxis,
} from './nn-conv.ts';
export * from './nn-loss.ts';
export {
  batchNormalization,
  layerNormalization,
  moments,
  normalize,
  rmsNormalization,
} from './nn-normalization.ts';
export * from './nn-pool.ts';
export {
  bernoulli,
  categorical,
  dropout,
  erfinv,
  normal,
  randint,
  shuffle,
  truncatedNormal,
  uniform,
} from './random.ts';
export {
  type ArgOptions,
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  average,
  countNonzero,
  logsumexp,
  max,
  mean,
  min,
  prod,
  type Reduce,
  type ReduceOptions,
  std,
  sum,
  variance,
} from './reduce.ts';
export * from './statistics.ts';
