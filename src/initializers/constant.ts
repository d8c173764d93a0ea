import { checkOptions, formatShape, OlifantError } from '../errors.ts';
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import { type Config, checkNumber } from '../keras-object.ts';
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

/** One value everywhere. Default 0. */
export class Constant extends Initializer {
  static readonly className: string = 'Constant';
  readonly value: number;
  constructor(options: number | { value?: number } = {}) {
    super();
    const value = typeof options === 'number' ? options : checkOptions('Constant', options, ['value']).value;
    this.value = checkNumber('Constant', 'value', value ?? 0);
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    return filled(this.value, shape, dtype);
  }
  getConfig(): Config {
    return { value: this.value };
  }
  static fromConfig(config: Config): Constant {
    return new Constant({ value: config.value as number });
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
