import { checkOptions, describe, OlifantError } from '../errors.ts';
import { type Config, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import type { Tensor } from '../trace/index.ts';

/** What a weight is brought back to after each update. */
export abstract class Constraint {
  /** The nearest allowed weight, of the same shape. */
  abstract call(w: Tensor): Tensor;

  /** The options, equal to Keras's `get_config()`. */
  getConfig(): Config {
    return {};
  }
}

type Axis = number | readonly number[];

function checkAxis(owner: string, axis: Axis): Axis {
  const list = typeof axis === 'number' ? [axis] : axis;
  if (Array.isArray(list) && list.every((a) => Number.isSafeInteger(a))) return axis;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: axis must be one axis or an array of them, got ${describe(axis)}`,
  );
}

const norms = (w: Tensor, axis: Axis): Tensor => ops.sqrt(ops.sum(ops.square(w), { axis, keepdims: true }));

/** Vectors along `axis` (default 0) no longer than `maxValue` (default 2). */
export class MaxNorm extends Constraint {
  static readonly className: string = 'MaxNorm';
  readonly maxValue: number;
  readonly axis: Axis;
  constructor(options: number | { maxValue?: number; axis?: Axis } = {}) {
    super();
    const { maxValue = 2, axis = 0 } =
      typeof options === 'number' ? { maxValue: options } : checkOptions('MaxNorm', options, ['maxValue', 'axis']);
    this.maxValue = checkNumber('MaxNorm', 'maxValue', maxValue, { min: 0 });
    this.axis = checkAxis('MaxNorm', axis);
  }
  call(w: Tensor): Tensor {
    const length = norms(w, this.axis);
    return ops.multiply(w, ops.divide(ops.clip(length, 0, this.maxValue), ops.add(length, epsilon())));
  }
  override getConfig(): Config {
    return { max_value: this.maxValue, axis: this.axis };
  }
  static fromConfig(config: Config): MaxNorm {
    return new MaxNorm({ maxValue: config.max_value as number, axis: config.axis as Axis });
  }
}

/** Nothing below 0. */
export class NonNeg extends Constraint {
  static readonly className: string = 'NonNeg';
  constructor(options: Readonly<Record<string, never>> = {}) {
    super();
    checkOptions('NonNeg', options, []);
  }
  call(w: Tensor): Tensor {
    return ops.maximum(w, 0);
  }
  static fromConfig(_config: Config): NonNeg {
    return new NonNeg();
  }
}

/** Vectors along `axis` (default 0) of length 1. */
export class UnitNorm extends Constraint {
  static readonly className: string = 'UnitNorm';
  readonly axis: Axis;
  constructor(options: { axis?: Axis } = {}) {
    super();
    const { axis = 0 } = checkOptions('UnitNorm', options, ['axis']);
    this.axis = checkAxis('UnitNorm', axis);
  }
  call(w: Tensor): Tensor {
    return ops.divide(w, ops.add(norms(w, this.axis), epsilon()));
  }
  override getConfig(): Config {
    return { axis: this.axis };
  }
  static fromConfig(config: Config): UnitNorm {
    return new UnitNorm(config);
  }
}

export interface MinMaxNormOptions {
  /** Default 0. */
  readonly minValue?: number;
  /** Default 1. */
  readonly maxValue?: number;
  /** The share of the way that each update goes. Default 1. */
  readonly rate?: number;
  /** Default 0. */
  readonly axis?: Axis;
}

/** Vectors along `axis` of a length between two. */
export class MinMaxNorm extends Constraint {
  static readonly className: string = 'MinMaxNorm';
  readonly minValue: number;
  readonly maxValue: number;
  readonly rate: number;
  readonly axis: Axis;
  constructor(options: MinMaxNormOptions = {}) {
    super();
    checkOptions('MinMaxNorm', options, ['minValue', 'maxValue', 'rate', 'axis']);
    const { minValue = 0, maxValue = 1, rate = 1, axis = 0 } = options;
    this.minValue = checkNumber('MinMaxNorm', 'minValue', minValue, { min: 0 });
    this.maxValue = checkNumber('MinMaxNorm', 'maxValue', maxValue, { min: minValue });
    this.rate = checkNumber('MinMaxNorm', 'rate', rate);
    this.axis = checkAxis('MinMaxNorm', axis);
  }
  call(w: Tensor): Tensor {
    const length = norms(w, this.axis);
    const inside = ops.multiply(ops.clip(length, this.minValue, this.maxValue), this.rate);
    const desired = ops.add(inside, ops.multiply(length, 1 - this.rate));
    return ops.multiply(w, ops.divide(desired, ops.add(length, epsilon())));
  }
  override getConfig(): Config {
    return { min_value: this.minValue, max_value: this.maxValue, rate: this.rate, axis: this.axis };
  }
  static fromConfig(config: Config): MinMaxNorm {
    const { min_value: minValue, max_value: maxValue, rate, axis } = config as Record<string, number>;
    return new MinMaxNorm({ minValue, maxValue, rate, axis });
  }
}
