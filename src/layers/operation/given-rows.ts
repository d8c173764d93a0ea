import * as ops from '../../ops/index.ts';
import { camelKey } from '../../trace/names.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import type { Struct } from '../struct.ts';
import type { OperationRow } from './table.ts';

/** The arguments that follow the operands, by Keras's names. */
interface Arguments {
  /** By position. */
  readonly positions?: readonly string[];
  /** In the object of options that comes last. */
  readonly named?: readonly string[];
  /** Options that are tensors: to Keras, further operands. */
  readonly tensors?: readonly string[];
}

/** `null` is Python's word for what is not given; axes alone have a meaning of their own for it. */
const valueIn = (config: Config, key: string): unknown =>
  config[key] === null && !key.startsWith('ax') ? undefined : config[key];

/** An operation whose configuration holds what was given; the function knows the defaults. */
export function given(
  module: OperationRow['module'],
  f: (...args: never[]) => Struct<Tensor>,
  operands: number,
  { positions = [], named = [], tensors = [] }: Arguments = {},
): OperationRow {
  const hasOptions = named.length + tensors.length > 0;
  return {
    module,
    operands,
    tensors,
    config(args) {
      const how = (args[positions.length] ?? {}) as Config;
      const all = [...positions.map((key, i) => [key, args[i]]), ...named.map((key) => [key, how[camelKey(key)]])];
      return Object.fromEntries(all.filter(([, value]) => value !== undefined));
    },
    run(all, config) {
      const how = Object.fromEntries([
        ...named.map((key) => [camelKey(key), valueIn(config, key)]),
        ...tensors.map((key, i) => [key, all[operands + i] ?? undefined]),
      ]);
      const plain = positions.map((key) => valueIn(config, key)) as never[];
      return f(...all.slice(0, operands), ...plain, ...(hasOptions ? [how as never] : []));
    },
  };
}

/** @param reduction Makes the row of a reduction. */
export function givenRows(reduction: (f: typeof ops.max) => OperationRow): Record<string, OperationRow> {
  return {
    StopGradient: given('core', ops.stopGradient, 1),
    Tril: given('numpy', ops.tril, 1, { positions: ['k'] }),
    Triu: given('numpy', ops.triu, 1, { positions: ['k'] }),
    Deg2rad: given('numpy', ops.deg2rad, 1),
    Rad2deg: given('numpy', ops.rad2deg, 1),
    Erfc: given('math', ops.erfc, 1),
    Erfinv: given('math', ops.erfinv, 1),
    Logaddexp: given('numpy', ops.logaddexp, 2),
    FullLike: given('numpy', ops.fullLike, 2, { positions: ['dtype'] }),
    Ravel: given('numpy', ops.ravel, 1),
    Slice: given('core', ops.slice, 2, { positions: ['shape'] }),
    Unstack: given('core', ops.unstack, 1, { positions: ['num', 'axis'] }),
    DotProductAttention: given('nn', ops.dotProductAttention, 3, {
      named: ['is_causal', 'attn_logits_soft_cap'],
      tensors: ['bias', 'mask', 'scale'],
    }),
    Conv: given('nn', ops.conv, 2, { named: ['strides', 'padding', 'data_format', 'dilation_rate'] }),
    ConvTranspose: given('nn', ops.convTranspose, 2, {
      named: ['strides', 'padding', 'output_padding', 'data_format', 'dilation_rate'],
    }),
    DepthwiseConv: given('nn', ops.depthwiseConv, 2, { named: ['strides', 'padding', 'data_format', 'dilation_rate'] }),
    SeparableConv: given('nn', ops.separableConv, 3, { named: ['strides', 'padding', 'data_format', 'dilation_rate'] }),
    BatchNorm: given('nn', ops.batchNormalization, 3, {
      positions: ['axis'],
      named: ['epsilon'],
      tensors: ['offset', 'scale'],
    }),
    LayerNorm: given('nn', ops.layerNormalization, 1, { named: ['axis', 'epsilon'], tensors: ['gamma', 'beta'] }),
    RMSNorm: given('nn', ops.rmsNormalization, 1, { named: ['axis', 'epsilon'], tensors: ['scale'] }),
    Moments: given('nn', ops.moments, 1, { positions: ['axes'], named: ['keepdims'] }),
    Cholesky: given('linalg', ops.cholesky, 1, { positions: ['upper'] }),
    CholeskyInverse: given('linalg', ops.choleskyInverse, 1, { positions: ['upper'] }),
    Det: given('linalg', ops.det, 1),
    Eigh: given('linalg', ops.eigh, 1),
    Inv: given('linalg', ops.inv, 1),
    Logdet: given('math', ops.logdet, 1),
    Lstsq: given('linalg', ops.lstsq, 2, { positions: ['rcond'] }),
    LuFactor: given('linalg', ops.luFactor, 1),
    MatrixRank: given('linalg', ops.matrixRank, 1, { positions: ['tol'] }),
    Pinv: given('linalg', ops.pinv, 1, { positions: ['rcond'] }),
    Qr: given('linalg', ops.qr, 1, { positions: ['mode'] }),
    Slogdet: given('numpy', ops.slogdet, 1),
    Solve: given('linalg', ops.solve, 2),
    SolveTriangular: given('linalg', ops.solveTriangular, 2, { positions: ['lower'] }),
    SVD: given('linalg', ops.svd, 1, { positions: ['full_matrices', 'compute_uv'] }),
    ExtractSequences: given('math', ops.extractSequences, 1, { positions: ['sequence_length', 'sequence_stride'] }),
    FFT: given('math', ops.fft, 1),
    FFT2: given('math', ops.fft2, 1),
    IFFT2: given('math', ops.ifft2, 1),
    RFFT: given('math', ops.rfft, 1, { positions: ['fft_length'] }),
    IRFFT: given('math', ops.irfft, 1, { positions: ['fft_length'] }),
    STFT: given('math', ops.stft, 1, {
      positions: ['sequence_length', 'sequence_stride', 'fft_length'],
      named: ['window', 'center'],
    }),
    ISTFT: given('math', ops.istft, 1, {
      positions: ['sequence_length', 'sequence_stride', 'fft_length'],
      named: ['length', 'window', 'center'],
    }),
    Norm: given('linalg', ops.norm, 1, { named: ['ord', 'axis', 'keepdims'] }),
    Normalize: given('nn', ops.normalize, 1, { named: ['axis', 'order', 'epsilon'] }),
    Amax: reduction(ops.amax),
    Amin: reduction(ops.amin),
    Average: { ...given('numpy', ops.average, 1, { named: ['axis'], tensors: ['weights'] }), byName: true },
    CountNonzero: given('numpy', (x: Tensor, axis?: number) => ops.countNonzero(x, axis), 1, { positions: ['axis'] }),
    Hypot: given('numpy', ops.hypot, 2),
    Diagonal: given('numpy', ops.diagonal, 1, { positions: ['offset', 'axis1', 'axis2'] }),
    Diag: given('numpy', ops.diag, 1, { positions: ['k'] }),
    Trace: given('numpy', ops.trace, 1, { positions: ['offset', 'axis1', 'axis2'] }),
    Meshgrid: {
      ...given('numpy', ops.meshgrid, 1, { positions: ['indexing'] }),
      spread: true,
      run: (all, { indexing }) => ops.meshgrid(all, indexing as 'ij'),
    },
    Hstack: given('numpy', ops.hstack, 1),
    Vstack: given('numpy', ops.vstack, 1),
    Append: given('numpy', ops.append, 2, { positions: ['axis'] }),
    Rot90: given('numpy', ops.rot90, 1, { positions: ['k', 'axes'] }),
    Kron: given('numpy', ops.kron, 2),
    Cross: given('numpy', ops.cross, 2, { named: ['axisa', 'axisb', 'axisc', 'axis'] }),
    IsIn: given('numpy', ops.isin, 2, { named: ['assume_unique', 'invert'] }),
    DepthToSpace: given('nn', ops.depthToSpace, 1, { positions: ['block_size'], named: ['data_format'] }),
    SpaceToDepth: given('nn', ops.spaceToDepth, 1, { positions: ['block_size'], named: ['data_format'] }),
    Vander: given('numpy', ops.vander, 1, { positions: ['N', 'increasing'] }),
    Trapezoid: given('numpy', ops.trapezoid, 1, { named: ['dx', 'axis'], tensors: ['x'] }),
    BitwiseAnd: given('numpy', ops.bitwiseAnd, 2),
    BitwiseOr: given('numpy', ops.bitwiseOr, 2),
    BitwiseXor: given('numpy', ops.bitwiseXor, 2),
    LeftShift: given('numpy', ops.leftShift, 2),
    BitwiseNot: given('numpy', ops.bitwiseNot, 1),
    Isclose: {
      ...given('numpy', ops.isclose, 2, { named: ['rtol', 'atol', 'equal_nan'] }),
      callKeywords: ['rtol', 'atol'],
    },
    NanToNum: given('numpy', ops.nanToNum, 1, { named: ['nan', 'posinf', 'neginf'] }),
    MultiHot: given('nn', ops.multiHot, 1, { positions: ['num_classes'], named: ['axis', 'dtype'] }),
    Argsort: given('numpy', ops.argsort, 1, { positions: ['axis'], named: ['descending'] }),
    Sort: given('numpy', ops.sort, 1, { positions: ['axis'] }),
    TopK: given('math', ops.topK, 1, { positions: ['k'], named: ['sorted'] }),
    InTopK: given('math', ops.inTopK, 2, { positions: ['k'] }),
    Cumprod: given('numpy', ops.cumprod, 1, { positions: ['axis', 'dtype'] }),
    Diff: given('numpy', ops.diff, 1, { positions: ['n', 'axis'] }),
    Scatter: given('core', ops.scatter, 2, { positions: ['shape'] }),
    ScatterUpdate: given('core', ops.scatterUpdate, 3, { named: ['reduction'] }),
    SegmentSum: given('math', ops.segmentSum, 2, { positions: ['num_segments'], named: ['sorted'] }),
    Bincount: given('numpy', ops.bincount, 1, { named: ['minlength'], tensors: ['weights'] }),
    Tensordot: given('numpy', ops.tensordot, 2, { positions: ['axes'] }),
    Inner: given('numpy', ops.inner, 2),
    Vdot: given('numpy', ops.vdot, 2),
    Mish: given('activations', ops.mish, 1),
    SoftShrink: given('nn', ops.softShrink, 1, { positions: ['threshold'] }),
    HardShrink: given('nn', ops.hardShrink, 1, { positions: ['threshold'] }),
    Threshold: given('nn', ops.threshold, 1, { positions: ['threshold', 'default_value'] }),
    Squareplus: given('nn', ops.squareplus, 1, { positions: ['b'] }),
    SparsePlus: given('nn', ops.sparsePlus, 1),
    SparseSigmoid: given('nn', ops.sparseSigmoid, 1),
    Glu: given('nn', ops.glu, 1, { positions: ['axis'] }),
    Sparsemax: given('nn', ops.sparsemax, 1, { positions: ['axis'] }),
    CategoricalCrossentropy: given('nn', ops.categoricalCrossentropy, 2, { named: ['from_logits', 'axis'] }),
    SparseCategoricalCrossentropy: given('nn', ops.sparseCategoricalCrossentropy, 2, {
      named: ['from_logits', 'axis'],
    }),
    BinaryCrossentropy: given('nn', ops.binaryCrossentropy, 2, { named: ['from_logits'] }),
    AdaptiveAveragePool: given('nn', ops.adaptiveAveragePool, 1, {
      positions: ['output_size'],
      named: ['data_format'],
    }),
    AdaptiveMaxPool: given('nn', ops.adaptiveMaxPool, 1, { positions: ['output_size'], named: ['data_format'] }),
    Quantile: given('numpy', ops.quantile, 2, { named: ['axis', 'keepdims', 'method'] }),
    Percentile: given('numpy', ops.percentile, 2, { named: ['axis', 'keepdims', 'method'] }),
    Median: given('numpy', ops.median, 1, { named: ['axis', 'keepdims'] }),
    Nansum: given('numpy', ops.nansum, 1, { named: ['axis', 'keepdims'] }),
    Nanprod: given('numpy', ops.nanprod, 1, { named: ['axis', 'keepdims'] }),
    Nanmax: given('numpy', ops.nanmax, 1, { named: ['axis', 'keepdims'] }),
    Nanmin: given('numpy', ops.nanmin, 1, { named: ['axis', 'keepdims'] }),
    Nanmean: given('numpy', ops.nanmean, 1, { named: ['axis', 'keepdims'] }),
    Nanvar: given('numpy', ops.nanvar, 1, { named: ['axis', 'keepdims'] }),
    Nanstd: given('numpy', ops.nanstd, 1, { named: ['axis', 'keepdims'] }),
    Corrcoef: given('numpy', ops.corrcoef, 1),
    PSNR: given('nn', ops.psnr, 2, { positions: ['max_val'] }),
    SearchSorted: given('numpy', ops.searchsorted, 2, { positions: ['side'] }),
    Digitize: given('numpy', ops.digitize, 2),
    Histogram: given('numpy', ops.histogram, 1, { positions: ['bins', 'range'] }),
  };
}
