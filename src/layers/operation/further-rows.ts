import * as ops from '../../ops/index.ts';
import { given } from './given-rows.ts';
import type { OperationRow } from './table.ts';

const PATCHES = ['dilation', 'padding', 'stride'];
const RANGE = ['endpoint', 'dtype', 'axis'];
const SEGMENTS = { positions: ['num_segments'], named: ['sorted'] };

const ONE = {
  Angle: ops.angle,
  BitwiseInvert: ops.bitwiseInvert,
  Cbrt: ops.cbrt,
  Conj: ops.conj,
  Conjugate: ops.conjugate,
  Copy: ops.copy,
  Fabs: ops.fabs,
  Fliplr: ops.fliplr,
  Flipud: ops.flipud,
  I0: ops.i0,
  Imag: ops.imag,
  Isneginf: ops.isneginf,
  Isposinf: ops.isposinf,
  Isreal: ops.isreal,
  Real: ops.real,
  Signbit: ops.signbit,
  Sinc: ops.sinc,
};

const TWO = {
  BitwiseLeftShift: ops.bitwiseLeftShift,
  BitwiseRightShift: ops.bitwiseRightShift,
  Fmax: ops.fmax,
  Fmin: ops.fmin,
  Fmod: ops.fmod,
  Gcd: ops.gcd,
  Heaviside: ops.heaviside,
  Lcm: ops.lcm,
  Ldexp: ops.ldexp,
  Logaddexp2: ops.logaddexp2,
  Nextafter: ops.nextafter,
  RightShift: ops.rightShift,
};

/** @param reduction Makes the row of a reduction. */
export function furtherRows(reduction: (f: typeof ops.max) => OperationRow): Record<string, OperationRow> {
  const each = (functions: Record<string, (...args: never[]) => never>, operands: number) =>
    Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, given('numpy', f, operands)]));
  return {
    ...each(ONE as never, 1),
    ...each(TWO as never, 2),
    AllClose: given('numpy', ops.allclose, 2, { named: ['rtol', 'atol', 'equal_nan'] }),
    Argpartition: given('numpy', ops.argpartition, 1, { positions: ['kth', 'axis'] }),
    Array: given('numpy', ops.array, 1, { positions: ['dtype'] }),
    ArraySplit: given('numpy', ops.arraySplit, 1, { positions: ['indices_or_sections', 'axis'] }),
    CDist: given('math', ops.cdist, 2),
    ConvertToTensor: given('core', ops.convertToTensor, 1, { positions: ['dtype'] }),
    Correlate: given('numpy', ops.correlate, 2, { positions: ['mode'] }),
    CTCDecode: given('nn', ops.ctcDecode, 2, {
      named: ['strategy', 'beam_width', 'top_paths', 'merge_repeated', 'mask_index'],
    }),
    CTCLoss: given('nn', ops.ctcLoss, 4, { positions: ['mask_index'] }),
    Diagflat: given('numpy', ops.diagflat, 1, { positions: ['k'] }),
    Dsplit: given('numpy', ops.dsplit, 1, { positions: ['indices_or_sections'] }),
    Dstack: given('numpy', ops.dstack, 1),
    EmptyLike: given('numpy', ops.emptyLike, 1, { positions: ['dtype'] }),
    Fold: given('nn', ops.fold, 1, { positions: ['output_size', 'kernel_size'], named: PATCHES }),
    Geomspace: given('numpy', ops.geomspace, 2, { positions: ['num'], named: RANGE }),
    Hsplit: given('numpy', ops.hsplit, 1, { positions: ['indices_or_sections'] }),
    Linspace: given('numpy', ops.linspace as never, 2, { positions: ['num'], named: ['retstep', ...RANGE] }),
    Logspace: given('numpy', ops.logspace, 2, { positions: ['num'], named: ['base', ...RANGE] }),
    OnesLike: given('numpy', ops.onesLike, 1, { positions: ['dtype'] }),
    ZerosLike: given('numpy', ops.zerosLike, 1, { positions: ['dtype'] }),
    Nanargmax: reduction(ops.nanargmax as never),
    Nanargmin: reduction(ops.nanargmin as never),
    Nancumprod: given('numpy', ops.nancumprod, 1, { positions: ['axis', 'dtype'] }),
    Nancumsum: given('numpy', ops.nancumsum, 1, { positions: ['axis', 'dtype'] }),
    Nanmedian: given('numpy', ops.nanmedian, 1, { named: ['axis', 'keepdims'] }),
    Nanpercentile: given('numpy', ops.nanpercentile, 2, { named: ['axis', 'keepdims', 'method'] }),
    Nanquantile: given('numpy', ops.nanquantile, 2, { named: ['axis', 'keepdims', 'method'] }),
    Polar: given('nn', ops.polar, 2),
    Ptp: reduction(ops.ptp),
    Rearrange: {
      module: 'einops',
      operands: 2,
      callKeywords: 'any',
      config: () => ({}),
      run: ([x, pattern], lengths) => ops.rearrange(x!, pattern!, lengths as Record<string, number>),
    },
    SaturateCast: given('core', ops.saturateCast, 1, { positions: ['dtype'] }),
    SegmentMax: given('math', ops.segmentMax, 2, SEGMENTS),
    SegmentMin: given('math', ops.segmentMin, 2, SEGMENTS),
    SegmentProd: given('math', ops.segmentProd, 2, SEGMENTS),
    Select: given('numpy', ops.select, 3),
    SliceUpdate: given('core', ops.sliceUpdate, 3),
    Unfold: given('nn', ops.unfold, 1, { positions: ['kernel_size'], named: PATCHES }),
    UnravelIndex: given('numpy', ops.unravelIndex, 1, { positions: ['shape'] }),
    View: given('numpy', ops.view, 1, { positions: ['dtype'] }),
    Vsplit: given('numpy', ops.vsplit, 1, { positions: ['indices_or_sections'] }),
  };
}
