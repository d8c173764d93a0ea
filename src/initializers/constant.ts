import { checkOptions, formatShape, OlifantError } from '../errors.ts';
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import { type Config, checkNumber } from '../keras-object.ts';
import { broadcastTo } from '../ops/index.ts';
import { asTensor, isTensorLike, type TensorLike } from '../trace/convert.ts';
import { convertHost, type Tensor } from '../trace/index.ts';
import { isSavedTensor, savedTensor } from '../trace/saved-tensor.ts';
import { filled, Initializer } from './initializer.ts';

/** 0 everywhere. */
export class Zeros extends Initializer {
  static readonly className: string = 'Zeros';
  constructor(options: Readonly<Record<string, never>> = {}) {
    super();
    checkOptions('Zeros', options, []);
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    return filled(0, shape, dtype);
  }
  getConfig(): Config {
    return {};
  }
  static fromConfig(_config: Config): Zeros {
    return new Zeros();
  }
}

/** 1 everywhere. */
export class Ones extends Initializer {
  static readonly className: string = 'Ones';
  constructor(options: Readonly<Record<string, never>> = {}) {
    super();
    checkOptions('Ones', options, []);
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    return filled(1, shape, dtype);
  }
  getConfig(): Config {
    return {};
  }
  static fromConfig(_config: Config): Ones {
    return new Ones();
  }
}

/** What `Constant` takes: a number, or numbers of an array. */
export type ConstantValue = number | TensorLike;

/** A number, or an array of nothing else. */
function isNumbers(x: unknown): x is ConstantValue {
  if (Array.isArray(x)) return x.every(isNumbers);
  return typeof x === 'number' || (typeof x === 'object' && isTensorLike(x));
}

/** One value everywhere, default 0; or an array, repeated to the shape of the weight. */
export class Constant extends Initializer {
  static readonly className: string = 'Constant';
  readonly value: number | Tensor;
  /** @throws OlifantError `INVALID_ARGUMENT` for a value that is neither a number nor an array of them. */
  constructor(options: ConstantValue | { value?: ConstantValue } = {}) {
    super();
    const value = isNumbers(options) ? options : checkOptions('Constant', options, ['value']).value;
    const isArray = typeof value === 'object' && isNumbers(value);
    this.value = isArray ? asTensor(value) : checkNumber('Constant', 'value', value ?? 0);
  }
  /** @throws OlifantError `SHAPE` where the array does not repeat to the shape. */
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    const { value } = this;
    if (typeof value === 'number') return filled(value, shape, dtype);
    if (value.rank > shape.length || !value.shape.every((d, i) => d === 1 || d === shape.at(i - value.rank)))
      throw new OlifantError(
        'SHAPE',
        `Constant: an array of shape ${formatShape(value.shape)} does not repeat to a weight of ${formatShape(shape)}`,
      );
    return convertHost(broadcastTo(value, shape).dataSync(), value.dtype, dtype).slice();
  }
  getConfig(): Config {
    const { value } = this;
    if (typeof value === 'number') return { value };
    return { value: { class_name: '__numpy__', config: { value: value.arraySync(), dtype: value.dtype } } };
  }
  static fromConfig({ value }: Config): Constant {
    return new Constant({ value: isSavedTensor(value) ? savedTensor(value) : (value as ConstantValue | undefined) });
  }
}

/** A matrix with `gain` (default 1) on the diagonal. For weights of two axes. */
export class Identity extends Initializer {
  static readonly className: string = 'Identity';
  readonly gain: number;
  constructor(options: { gain?: number } = {}) {
    super();
    const { gain = 1 } = checkOptions('Identity', options, ['gain']);
    this.gain = checkNumber('Identity', 'gain', gain);
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    if (shape.length !== 2)
      throw new OlifantError('SHAPE', `Identity: expected a matrix, got a weight of shape ${formatShape(shape)}`);
    const out = hostArray(dtype, shape[0]! * shape[1]!);
    for (let i = 0; i < Math.min(...shape); i++) out[i * shape[1]! + i] = this.gain;
    return out;
  }
  /** Keras leaves the gain out, and so loses it; here it is left out where it is 1. */
  getConfig(): Config {
    return this.gain === 1 ? {} : { gain: this.gain };
  }
  static fromConfig(config: Config): Identity {
    return new Identity(config as { gain?: number });
  }
}
