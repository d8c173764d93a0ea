import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import { type Config, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor } from '../trace/index.ts';

/** A penalty on a weight or an output, added to the loss. */
export abstract class Regularizer {
  /** A scalar. */
  abstract call(x: Tensor): Tensor;

  /** The options, equal to Keras's `get_config()`. */
  abstract getConfig(): Config;
}

const factor = (owner: string, name: string, value: number): number => checkNumber(owner, name, value, { min: 0 });

/** l1 sum |x| + l2 sum x^2; both 0 by default. */
export class L1L2 extends Regularizer {
  static readonly className: string = 'L1L2';
  readonly l1: number;
  readonly l2: number;
  constructor(options: { l1?: number | null; l2?: number | null } = {}) {
    super();
    const { l1, l2 } = checkOptions('L1L2', options, ['l1', 'l2']);
    this.l1 = factor('L1L2', 'l1', l1 ?? 0);
    this.l2 = factor('L1L2', 'l2', l2 ?? 0);
  }
  call(x: Tensor): Tensor {
    const terms: Tensor[] = [];
    if (this.l1 !== 0) terms.push(ops.multiply(ops.sum(ops.abs(x)), this.l1));
    if (this.l2 !== 0) terms.push(ops.multiply(ops.sum(ops.square(x)), this.l2));
    return terms.reduce((a, b) => ops.add(a, b), ops.zeros([]));
  }
  getConfig(): Config {
    return { l1: this.l1, l2: this.l2 };
  }
  static fromConfig(config: Config): L1L2 {
    return new L1L2(config);
  }
}

/** l1 sum |x|; 0.01 by default. */
export class L1 extends Regularizer {
  static readonly className: string = 'L1';
  readonly l1: number;
  constructor(options: number | { l1?: number | null } = {}) {
    super();
    const l1 = typeof options === 'number' ? options : checkOptions('L1', options, ['l1']).l1;
    this.l1 = factor('L1', 'l1', l1 ?? 0.01);
  }
  call(x: Tensor): Tensor {
    return ops.multiply(ops.sum(ops.abs(x)), this.l1);
  }
  /** Keras keeps this factor, and that of OrthogonalRegularizer, as float32. */
  getConfig(): Config {
    return { l1: Math.fround(this.l1) };
  }
  static fromConfig(config: Config): L1 {
    return new L1(config);
  }
}

/** l2 sum x^2; 0.01 by default. */
export class L2 extends Regularizer {
  static readonly className: string = 'L2';
  readonly l2: number;
  constructor(options: number | { l2?: number | null } = {}) {
    super();
    const l2 = typeof options === 'number' ? options : checkOptions('L2', options, ['l2']).l2;
    this.l2 = factor('L2', 'l2', l2 ?? 0.01);
  }
  call(x: Tensor): Tensor {
    return ops.multiply(ops.sum(ops.square(x)), this.l2);
  }
  getConfig(): Config {
    return { l2: this.l2 };
  }
  static fromConfig(config: Config): L2 {
    return new L2(config);
  }
}

/** The mean |cosine| between the rows (or columns) of a matrix, times `factor` (default 0.01): 0 where all are orthogonal. */
export class OrthogonalRegularizer extends Regularizer {
  static readonly className: string = 'OrthogonalRegularizer';
  readonly factor: number;
  readonly mode: 'rows' | 'columns';
  constructor(options: { factor?: number; mode?: 'rows' | 'columns' } = {}) {
    super();
    const { factor: f = 0.01, mode = 'rows' } = checkOptions('OrthogonalRegularizer', options, ['factor', 'mode']);
    if (mode !== 'rows' && mode !== 'columns')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `OrthogonalRegularizer: mode must be 'rows' or 'columns', got ${describe(mode)}`,
      );
    this.factor = factor('OrthogonalRegularizer', 'factor', f);
    this.mode = mode;
  }
  call(x: Tensor): Tensor {
    if (x.rank !== 2)
      throw new OlifantError('SHAPE', `OrthogonalRegularizer: expected a matrix, got shape ${formatShape(x.shape)}`);
    const rows = this.mode === 'rows' ? x : ops.transpose(x);
    const unit = ops.normalize(rows, { axis: 1 });
    const size = unit.shape[0]!;
    const others = ops.multiply(ops.matmul(unit, ops.transpose(unit)), ops.subtract(1, ops.eye(size)));
    const pairs = (size * (size - 1)) / 2;
    return ops.divide(ops.multiply(ops.sum(ops.abs(others)), this.factor * 0.5), pairs);
  }
  getConfig(): Config {
    return { factor: Math.fround(this.factor), mode: this.mode };
  }
  static fromConfig(config: Config): OrthogonalRegularizer {
    return new OrthogonalRegularizer(config);
  }
}
