import * as ops from '../../ops/index.ts';
import { imageDataFormat } from '../../settings.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import type { Struct } from '../struct.ts';
import { furtherRows } from './further-rows.ts';
import { getItem } from './get-item.ts';
import { givenRows } from './given-rows.ts';
import { imageRows } from './image-rows.ts';

type Result = Struct<Tensor>;

/** An operation of Keras's that can stand in a functional model, and what does it here. */
export interface OperationRow {
  /** Of `keras.src.ops`. */
  readonly module: 'activations' | 'core' | 'einops' | 'image' | 'linalg' | 'math' | 'nn' | 'numpy';
  /** How many of the first arguments are operands; the others are its configuration. */
  readonly operands: number;
  /** Options by name that are operands, too: they follow the others, null where they are not given. */
  readonly tensors?: readonly string[];
  /** Keras's class takes those by name, where ours follow the operands. */
  readonly byName?: boolean;
  /** The first operand is a list, whose members are arguments of their own to Keras. */
  readonly spread?: boolean;
  /** The configuration of the arguments that follow the operands. */
  config(args: readonly unknown[]): Config;
  run(operands: readonly never[], config: Config): Result;
  /** Arguments by name that Keras writes with each call. */
  readonly keywords?: Config;
  /** Arguments by name of a call, which Keras does not keep in the configuration. */
  readonly callKeywords?: 'any' | readonly string[];
}

type Function_ = (...args: never[]) => Result;

/** Keys of a configuration, in the order of our arguments, with Keras's defaults. */
type Keys = Readonly<Record<string, unknown>>;

/** Arguments by position. */
function plain(module: OperationRow['module'], f: Function_, operands: number, keys: Keys = {}): OperationRow {
  const names = Object.entries(keys);
  return {
    module,
    operands,
    config: (args) => Object.fromEntries(names.map(([key, value], i) => [key, args[i] ?? value])),
    run: (given, config) => f(...given, ...(names.map(([key]) => config[key]) as never[])),
  };
}

const numpy = (f: Function_, operands = 1, keys?: Keys) => plain('numpy', f, operands, keys);
const nn = (f: Function_, keys?: Keys) => plain('nn', f, 1, keys);

/** `axis` and `keepdims`, by name, and what else there is; or the axis alone. */
function reduction(
  f: (x: never, how: never) => Result,
  module: OperationRow['module'] = 'numpy',
  more: Keys = {},
): OperationRow {
  const names = Object.entries({ axis: null, keepdims: false, ...more });
  return {
    module,
    operands: 1,
    config([how]) {
      const byName = typeof how === 'object' && how !== null && !Array.isArray(how);
      const given = (byName ? how : { axis: how ?? null }) as Config;
      return Object.fromEntries(names.map(([key, value]) => [key, given[key] ?? value]));
    },
    run: ([x], config) => f(x!, Object.fromEntries(names.map(([key, value]) => [key, config[key] ?? value])) as never),
  };
}

/** The number that a list holds alone: Keras on JAX takes no list for windows, which it writes nevertheless. */
const oneOfAll = (x: unknown): unknown => (Array.isArray(x) && x.every((v) => v === x[0]) ? x[0] : x);

/** Windows: a size, then strides, padding and format by name. Keras on JAX wants the strides, for all that they have a default. */
function pooling(f: typeof ops.maxPool): OperationRow {
  return {
    module: 'nn',
    operands: 1,
    config([size, how]) {
      const { strides = size, padding = 'valid', dataFormat = imageDataFormat() } = (how ?? {}) as Config;
      return { pool_size: oneOfAll(size), strides: oneOfAll(strides), padding, data_format: dataFormat };
    },
    run: ([x], c) =>
      f(x!, c.pool_size as number, {
        strides: (c.strides as number | null) ?? undefined,
        padding: c.padding as 'same',
        dataFormat: (c.data_format as 'channels_last' | null) ?? undefined,
      }),
  };
}

const oneHot: OperationRow = {
  module: 'nn',
  operands: 1,
  config([classes, how]) {
    const { axis = -1, dtype = 'float32' } = (how ?? {}) as Config;
    return { num_classes: classes, axis, dtype, sparse: false };
  },
  run: ([x], c) =>
    ops.oneHot(x!, c.num_classes as number, {
      axis: c.axis as number,
      dtype: ((c.dtype as string | null) ?? 'float32') as 'float32',
    }),
};

const pad: OperationRow = {
  module: 'numpy',
  operands: 1,
  config: ([width, how]) => ({ pad_width: width, mode: (how as Config | undefined)?.mode ?? 'constant' }),
  run: ([x], c) => ops.pad(x!, c.pad_width as number, { mode: c.mode as 'constant' }),
  keywords: { constant_values: null },
};

/** The subscripts come first. */
const einsum: OperationRow = {
  module: 'numpy',
  operands: Number.POSITIVE_INFINITY,
  config: () => ({}),
  run: (operands, c) => ops.einsum(c.subscripts as string, ...operands),
};

/** Keras's `x[...]`: only files have it. */
const item: OperationRow = {
  module: 'numpy',
  operands: 2,
  config: () => ({}),
  run: ([x, key]) => getItem(x!, key),
};

const ONE = {
  Absolute: ops.absolute,
  Arccos: ops.arccos,
  Arccosh: ops.arccosh,
  Arcsin: ops.arcsin,
  Arcsinh: ops.arcsinh,
  Arctan: ops.arctan,
  Arctanh: ops.arctanh,
  Ceil: ops.ceil,
  Cos: ops.cos,
  Cosh: ops.cosh,
  Exp: ops.exp,
  Exp2: ops.exp2,
  Expm1: ops.expm1,
  Floor: ops.floor,
  Isfinite: ops.isfinite,
  Isinf: ops.isinf,
  Isnan: ops.isnan,
  Log: ops.log,
  Log10: ops.log10,
  Log1p: ops.log1p,
  Log2: ops.log2,
  LogicalNot: ops.logicalNot,
  Negative: ops.negative,
  Reciprocal: ops.reciprocal,
  Sign: ops.sign,
  Sin: ops.sin,
  Sinh: ops.sinh,
  Sqrt: ops.sqrt,
  Square: ops.square,
  Tan: ops.tan,
  Tanh: ops.tanh,
  Trunc: ops.trunc,
};

const TWO = {
  Add: ops.add,
  Arctan2: ops.arctan2,
  Divide: ops.divide,
  DivideNoNan: ops.divideNoNan,
  Dot: ops.dot,
  Equal: ops.equal,
  FloorDivide: ops.floorDivide,
  Greater: ops.greater,
  GreaterEqual: ops.greaterEqual,
  Less: ops.less,
  LessEqual: ops.lessEqual,
  LogicalAnd: ops.logicalAnd,
  LogicalOr: ops.logicalOr,
  LogicalXor: ops.logicalXor,
  Matmul: ops.matmul,
  Maximum: ops.maximum,
  Minimum: ops.minimum,
  Mod: ops.mod,
  Multiply: ops.multiply,
  NotEqual: ops.notEqual,
  Outer: ops.outer,
  Power: ops.power,
  Subtract: ops.subtract,
  TrueDivide: ops.trueDivide,
};

const FOLDS = {
  All: ops.all,
  Any: ops.any,
  Argmax: ops.argmax,
  Argmin: ops.argmin,
  Mean: ops.mean,
  Std: ops.std,
  Sum: ops.sum,
  Var: ops.variance,
};

const ACTIVATIONS = {
  HardSigmoid: ops.hardSigmoid,
  HardSilu: ops.hardSilu,
  HardTanh: ops.hardTanh,
  LogSigmoid: ops.logSigmoid,
  Relu: ops.relu,
  Relu6: ops.relu6,
  Selu: ops.selu,
  Sigmoid: ops.sigmoid,
  Silu: ops.silu,
  SoftPlus: ops.softplus,
  Softplus: ops.softplus,
  Softsign: ops.softsign,
  TanhShrink: ops.tanhShrink,
};

function rows(): Record<string, OperationRow> {
  const each = <F>(functions: Record<string, F>, make: (f: F) => OperationRow) =>
    Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, make(f)]));
  return {
    ...each<Function_>(ONE, (f) => numpy(f)),
    ...each<Function_>(TWO, (f) => numpy(f, 2)),
    ...each<Function_>(FOLDS, (f) => reduction(f)),
    ...each<Function_>(ACTIVATIONS, (f) => nn(f)),
    ...givenRows((f) => reduction(f)),
    ...furtherRows((f) => reduction(f)),
    ...imageRows(),
    AveragePool: pooling(ops.averagePool),
    BroadcastTo: numpy(ops.broadcastTo, 1, { shape: null }),
    Cast: plain('core', ops.cast, 1, { dtype: 'float32' }),
    Celu: nn(ops.celu, { alpha: 1 }),
    Max: reduction(ops.max, 'numpy', { initial: null }),
    Min: reduction(ops.min, 'numpy', { initial: null }),
    Prod: reduction(ops.prod, 'numpy', { dtype: null }),
    Clip: numpy(ops.clip, 1, { x_min: null, x_max: null }),
    Concatenate: numpy(ops.concatenate, 1, { axis: 0 }),
    Cumsum: numpy(ops.cumsum, 1, { axis: null, dtype: null }),
    Einsum: einsum,
    Elu: nn(ops.elu, { alpha: 1 }),
    Erf: plain('math', ops.erf, 1),
    ExpandDims: numpy(ops.expandDims, 1, { axis: 0 }),
    Flip: numpy(ops.flip, 1, { axis: null }),
    Gelu: nn(ops.gelu, { approximate: true }),
    GetItem: item,
    LeakyRelu: nn(ops.leakyRelu, { negative_slope: 0.2 }),
    LogSoftmax: nn(ops.logSoftmax, { axis: -1 }),
    Logsumexp: reduction(ops.logsumexp, 'math'),
    MaxPool: pooling(ops.maxPool),
    Moveaxis: numpy(ops.moveaxis, 1, { source: 0, destination: 0 }),
    OneHot: oneHot,
    Pad: pad,
    Repeat: numpy(ops.repeat, 1, { repeats: 1, axis: null }),
    Reshape: numpy(ops.reshape, 1, { newshape: null }),
    Roll: numpy(ops.roll, 1, { shift: 0, axis: null }),
    Round: numpy(ops.round, 1, { decimals: 0 }),
    Rsqrt: plain('math', ops.rsqrt, 1),
    Softmax: nn(ops.softmax, { axis: -1 }),
    Split: numpy(ops.split, 1, { indices_or_sections: 1, axis: 0 }),
    Squeeze: numpy(ops.squeeze, 1, { axis: null }),
    Stack: numpy(ops.stack, 1, { axis: 0 }),
    Swapaxes: numpy(ops.swapaxes, 1, { axis1: 0, axis2: 1 }),
    Take: numpy(ops.take, 2, { axis: null }),
    TakeAlongAxis: numpy(ops.takeAlongAxis, 2, { axis: null }),
    Tile: numpy(ops.tile, 1, { repeats: 1 }),
    Transpose: numpy(ops.transpose, 1, { axes: null }),
    Where: numpy(ops.where, 3),
  };
}

let table: Readonly<Record<string, OperationRow>> | undefined;

/** All operations by Keras's name of their class. */
export function operationTable(): Readonly<Record<string, OperationRow>> {
  table ??= rows();
  return table;
}
