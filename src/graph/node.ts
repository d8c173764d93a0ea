import type { DType, TypedArray } from './dtype.ts';
import type { Shape } from './shape.ts';

/** Geometry of a convolution over `n` spatial axes, channels last. */
export interface ConvAttrs {
  readonly strides: readonly number[];
  readonly padLow: readonly number[];
  readonly padHigh: readonly number[];
  /** Spacing of the filter's taps. */
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** Geometry of a window over every axis of the operand (batch and channels have window 1). */
export interface WindowAttrs {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padLow: readonly number[];
  readonly padHigh: readonly number[];
}

/**
 * The body of a `scan`: a graph over its own input nodes. `carry[i]` becomes `next[i]`; `slices` are this step's rows of
 * the scanned operands, `constants` the operands that all steps see; `stacked` is collected over the steps.
 */
export interface ScanBody {
  readonly carry: readonly Node[];
  readonly slices: readonly Node[];
  readonly constants: readonly Node[];
  readonly next: readonly Node[];
  readonly stacked: readonly Node[];
}

type None = Record<never, never>;

/** Every primitive with its attributes. */
export interface Attrs {
  // sources
  input: { readonly name: string; readonly shape: Shape; readonly dtype: DType };
  constant: { readonly value: number; readonly dtype: DType };
  literal: { readonly data: TypedArray; readonly shape: Shape; readonly dtype: DType };
  iota: { readonly shape: Shape; readonly axis: number };
  randomBits: { readonly shape: Shape };
  // elementwise, one operand
  neg: None;
  abs: None;
  sign: None;
  floor: None;
  ceil: None;
  round: None;
  sqrt: None;
  exp: None;
  log: None;
  log1p: None;
  expm1: None;
  sin: None;
  cos: None;
  atan: None;
  tanh: None;
  sigmoid: None;
  erf: None;
  not: None;
  cast: { readonly dtype: DType };
  bitcast: { readonly dtype: 'float32' | 'int32' };
  // the bits of two bfloat16: the second in the upper half
  pair: None;
  // elementwise, two operands of the same shape and dtype
  add: None;
  sub: None;
  mul: None;
  div: None;
  pow: None;
  max: None;
  min: None;
  and: None;
  or: None;
  xor: None;
  shl: None;
  shr: None;
  eq: None;
  lt: None;
  le: None;
  // elementwise, three operands
  select: None;
  // movement
  reshape: { readonly shape: Shape };
  permute: { readonly perm: readonly number[] };
  broadcast: { readonly shape: Shape };
  slice: { readonly start: readonly number[]; readonly limit: readonly number[]; readonly step: readonly number[] };
  pad: {
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly interior: readonly number[];
    readonly value: number;
  };
  reverse: { readonly axes: readonly number[] };
  concat: { readonly axis: number };
  // reduction; the axes disappear
  reduceSum: { readonly axes: readonly number[] };
  reduceProd: { readonly axes: readonly number[] };
  reduceMax: { readonly axes: readonly number[] };
  reduceMin: { readonly axes: readonly number[] };
  argmax: { readonly axis: number };
  // products
  dot: None;
  conv: ConvAttrs;
  convInputGrad: ConvAttrs & { readonly inputSize: readonly number[] };
  convFilterGrad: ConvAttrs & { readonly filterSize: readonly number[] };
  // windows
  windowReduce: WindowAttrs & { readonly kind: 'max' | 'sum' };
  windowArgmax: WindowAttrs;
  windowPut: WindowAttrs & { readonly shape: Shape };
  // indices
  gather: { readonly axis: number };
  scatterAdd: { readonly axis: number };
  argsort: { readonly axis: number; readonly descending: boolean };
  cumulative: { readonly kind: 'sum' | 'prod' | 'max' | 'min'; readonly axis: number; readonly reverse: boolean };
  // loops
  scan: { readonly body: ScanBody; readonly length: number; readonly reverse: boolean };
  pick: { readonly index: number };
  // a value with a derivative of its own
  custom: { readonly operands: number };
}

export type Primitive = keyof Attrs;

/** An immutable node of the tensor graph: one primitive applied to nodes. */
export type Node<P extends Primitive = Primitive> = { [Q in P]: NodeOf<Q> }[P];

export interface NodeOf<P extends Primitive> {
  readonly id: number;
  readonly op: P;
  readonly inputs: readonly Node[];
  readonly attrs: Attrs[P];
  readonly shape: Shape;
  readonly dtype: DType;
  /** The layer in which it was made, for messages. */
  readonly scope: string;
}
