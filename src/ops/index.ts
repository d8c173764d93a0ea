export {
  arange,
  eye,
  identity,
  power,
  stopGradient,
  tril,
  triu,
} from './arithmetic.ts';
export * from './arrays.ts';
export * from './compare.ts';
export {
  associativeScan,
  cond,
  foriLoop,
  map,
  switch,
  type VectorizeOptions,
  vectorize,
  vectorizedMap,
  whileLoop,
} from './control.ts';
export type { Axis } from './core.ts';
export {
  array,
  convertToNumpy,
  convertToTensor,
  copy,
  dtype,
  empty,
  emptyLike,
  geomspace,
  isTensor,
  linspace,
  logspace,
  ndim,
  type RangeOptions,
  saturateCast,
  shape,
  size,
  tri,
} from './creation.ts';
export { type CtcDecodeOptions, ctcDecode, ctcLoss } from './ctc.ts';
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
export { customGradient, jvp } from './gradient.ts';
export { nonzero, type UniqueOptions, unique } from './host.ts';
export * as image from './image.ts';
export * from './indexing.ts';
export * from './integers.ts';
export * from './linalg.ts';
export { eig } from './linalg-eig.ts';
export { eigh } from './linalg-eigen.ts';
export { det, inv, logdet, luFactor, slogdet, solve } from './linalg-lu.ts';
export { type NormOptions, type NormOrder, norm } from './linalg-norm.ts';
export { qr } from './linalg-qr.ts';
export { lstsq, matrixRank, pinv, svd } from './linalg-svd.ts';
export { cholesky, choleskyInverse, solveTriangular } from './linalg-triangular.ts';
export { type ScanOptions, type ScanStep, scan } from './loop.ts';
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
export {
  nanargmax,
  nanargmin,
  nancumprod,
  nancumsum,
  nanmedian,
  nanpercentile,
  nanquantile,
  ptp,
} from './nan.ts';
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
export { fold, type PatchOptions, unfold } from './patches.ts';
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
export { rearrange } from './rearrange.ts';
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
  type Extreme,
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
  variance as var,
} from './reduce.ts';
export { floorDivide, fmod, mod } from './remainder.ts';
export { bincount, segmentMax, segmentMin, segmentProd, segmentSum } from './segments.ts';
export { allclose, argpartition, cdist, correlate, select, unravelIndex, view, where } from './selection.ts';
export { getItem, type Key, type Range, type Start, slice, sliceUpdate } from './slices.ts';
export {
  angle,
  type Complex,
  cbrt,
  conj,
  conjugate,
  fabs,
  fmax,
  fmin,
  heaviside,
  i0,
  imag,
  isneginf,
  isposinf,
  isreal,
  ldexp,
  logaddexp2,
  nextafter,
  polar,
  real,
  signbit,
  sinc,
  viewAsComplex,
  viewAsReal,
} from './special.ts';
export * from './splitting.ts';
export {
  corrcoef,
  digitize,
  histogram,
  median,
  nanmax,
  nanmean,
  nanmin,
  nanprod,
  nanstd,
  nansum,
  nanvar,
  percentile,
  psnr,
  type QuantileOptions,
  quantile,
  searchsorted,
} from './statistics.ts';
export * from './windows.ts';
