import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import type { DType, TypedArray } from '../graph/dtype.ts';
import { hostArray } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import { type Config, checkNumber } from '../keras-object.ts';
import { camelKey } from '../trace/index.ts';
import { RandomInitializer, type SeedOptions, truncated } from './initializer.ts';

/** snake_case options of a configuration in camelCase. */
export function optionsOf(config: Config): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([k, v]) => [camelKey(k), v]));
}

export interface NormalOptions extends SeedOptions {
  readonly mean?: number;
  readonly stddev?: number;
}

/** Normal numbers; mean 0, standard deviation 0.05 by default. */
export class RandomNormal extends RandomInitializer {
  static readonly className: string = 'RandomNormal';
  readonly mean: number;
  readonly stddev: number;
  constructor(options: NormalOptions = {}) {
    const { mean = 0, stddev = 0.05, seed } = checkOptions('RandomNormal', options, ['mean', 'stddev', 'seed']);
    super({ seed });
    this.mean = checkNumber('RandomNormal', 'mean', mean);
    this.stddev = checkNumber('RandomNormal', 'stddev', stddev, { min: 0 });
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    return this.draw(shape, dtype, (r) => this.mean + this.stddev * r.normal());
  }
  override getConfig(): Config {
    return { ...super.getConfig(), mean: this.mean, stddev: this.stddev };
  }
  static fromConfig(config: Config): RandomNormal {
    return new RandomNormal(optionsOf(config));
  }
}

/** Normal numbers no further than two standard deviations from the mean; mean 0, `stddev` 0.05 by default. */
export class TruncatedNormal extends RandomInitializer {
  static readonly className: string = 'TruncatedNormal';
  readonly mean: number;
  readonly stddev: number;
  constructor(options: NormalOptions = {}) {
    const { mean = 0, stddev = 0.05, seed } = checkOptions('TruncatedNormal', options, ['mean', 'stddev', 'seed']);
    super({ seed });
    this.mean = checkNumber('TruncatedNormal', 'mean', mean);
    this.stddev = checkNumber('TruncatedNormal', 'stddev', stddev, { min: 0 });
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    return this.draw(shape, dtype, (r) => this.mean + this.stddev * truncated(r));
  }
  override getConfig(): Config {
    return { ...super.getConfig(), mean: this.mean, stddev: this.stddev };
  }
  static fromConfig(config: Config): TruncatedNormal {
    return new TruncatedNormal(optionsOf(config));
  }
}

/** Evenly distributed numbers, from -0.05 to 0.05 by default. */
export class RandomUniform extends RandomInitializer {
  static readonly className: string = 'RandomUniform';
  readonly minval: number;
  readonly maxval: number;
  constructor(options: SeedOptions & { minval?: number; maxval?: number } = {}) {
    const {
      minval = -0.05,
      maxval = 0.05,
      seed,
    } = checkOptions('RandomUniform', options, ['minval', 'maxval', 'seed']);
    super({ seed });
    this.minval = checkNumber('RandomUniform', 'minval', minval);
    this.maxval = checkNumber('RandomUniform', 'maxval', maxval);
    if (minval > maxval)
      throw new OlifantError('INVALID_ARGUMENT', `RandomUniform: minval ${minval} is above maxval ${maxval}`);
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    return this.draw(shape, dtype, (r) => this.minval + (this.maxval - this.minval) * r.uniform());
  }
  override getConfig(): Config {
    return { ...super.getConfig(), minval: this.minval, maxval: this.maxval };
  }
  static fromConfig(config: Config): RandomUniform {
    return new RandomUniform(optionsOf(config));
  }
}

/**
 * A random matrix with orthonormal rows or columns (whichever are fewer) times `gain`: Q of the QR decomposition of
 * normal numbers, R with a positive diagonal (Saxe et al. 2013). All axes but the last count as rows.
 */
export class Orthogonal extends RandomInitializer {
  static readonly className: string = 'Orthogonal';
  readonly gain: number;
  constructor(options: SeedOptions & { gain?: number } = {}) {
    const { gain = 1, seed } = checkOptions('Orthogonal', options, ['gain', 'seed']);
    super({ seed });
    this.gain = checkNumber('Orthogonal', 'gain', gain);
  }
  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    if (shape.length < 2)
      throw new OlifantError(
        'SHAPE',
        `Orthogonal: expected a weight of at least two axes, got ${formatShape(shape)}; use another initializer`,
      );
    const columns = shape.at(-1)!;
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    const random = this.random();
    const vectors = Array.from({ length: short }, () => Float64Array.from({ length: long }, () => random.normal()));
    orthonormalize(vectors);
    const out = hostArray(dtype, rows * columns);
    const transposed = rows < columns;
    for (let v = 0; v < short; v++)
      for (let i = 0; i < long; i++) out[transposed ? v * columns + i : i * columns + v] = this.gain * vectors[v]![i]!;
    return out;
  }
  override getConfig(): Config {
    return { ...super.getConfig(), gain: this.gain };
  }
  static fromConfig(config: Config): Orthogonal {
    return new Orthogonal(optionsOf(config));
  }
}

/** Gram and Schmidt, in place; a vector that loses half of its length is projected twice (Kahan's rule). */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((v, k) => {
    for (let before = norm(v), again = true; again; ) {
      for (let j = 0; j < k; j++) subtractProjection(v, vectors[j]!);
      const after = norm(v);
      again = after < 0.5 * before;
      before = after;
    }
    const length = norm(v);
    for (let i = 0; i < v.length; i++) v[i]! /= length;
  });
}

function norm(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * v[i]!;
  return Math.sqrt(sum);
}

function subtractProjection(v: Float64Array, unit: Float64Array): void {
  let dot = 0;
  for (let i = 0; i < v.length; i++) dot += v[i]! * unit[i]!;
  for (let i = 0; i < v.length; i++) v[i]! -= dot * unit[i]!;
}

export type FanMode = 'fan_in' | 'fan_out' | 'fan_avg';
export type Distribution = 'truncated_normal' | 'untruncated_normal' | 'uniform';

export interface FanOptions extends SeedOptions {
  /** Axes of the weight that count as inputs and as outputs; default: by the number of axes. */
  readonly inputAxes?: readonly number[] | null;
  readonly outputAxes?: readonly number[] | null;
}

const FAN_OPTIONS = ['inputAxes', 'outputAxes', 'seed'];

export interface VarianceScalingOptions extends FanOptions {
  /** Default 1. */
  readonly scale?: number;
  /** Default `'fan_in'`. */
  readonly mode?: FanMode;
  /** Default `'truncated_normal'`, which `'normal'` means too. */
  readonly distribution?: Distribution | 'normal';
}

/**
 * Numbers of the variance scale / n, where n is the number of inputs or outputs of a unit, or their mean. Vectors have as
 * many of both as elements; kernels of convolutions count every tap.
 */
export class VarianceScaling extends RandomInitializer {
  static readonly className: string = 'VarianceScaling';
  readonly scale: number;
  readonly mode: FanMode;
  readonly distribution: Distribution;
  readonly inputAxes: readonly number[] | null;
  readonly outputAxes: readonly number[] | null;

  constructor(options: VarianceScalingOptions = {}) {
    checkOptions('VarianceScaling', options, ['scale', 'mode', 'distribution', ...FAN_OPTIONS]);
    super({ seed: options.seed });
    const { scale = 1, mode = 'fan_in', distribution = 'truncated_normal' } = options;
    this.scale = checkNumber('VarianceScaling', 'scale', scale, { above: 0 });
    this.mode = oneOf('mode', mode, ['fan_in', 'fan_out', 'fan_avg']);
    this.distribution =
      distribution === 'normal'
        ? 'truncated_normal'
        : oneOf('distribution', distribution, ['truncated_normal', 'untruncated_normal', 'uniform']);
    this.inputAxes = axesOrNull('inputAxes', options.inputAxes);
    this.outputAxes = axesOrNull('outputAxes', options.outputAxes);
  }

  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    const [fanIn, fanOut] = this.#fans(shape);
    const n = this.mode === 'fan_in' ? fanIn : this.mode === 'fan_out' ? fanOut : (fanIn + fanOut) / 2;
    const variance = this.scale / Math.max(1, n);
    if (this.distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return this.draw(shape, dtype, (r) => limit * (2 * r.uniform() - 1));
    }
    if (this.distribution === 'untruncated_normal')
      return this.draw(shape, dtype, (r) => Math.sqrt(variance) * r.normal());
    // The standard deviation of a normal number cut at two standard deviations.
    const stddev = Math.sqrt(variance) / 0.8796256610342398;
    return this.draw(shape, dtype, (r) => stddev * truncated(r));
  }

  #fans(shape: Shape): [number, number] {
    const product = (sizes: Shape) => sizes.reduce((a, b) => a * b, 1);
    if (this.inputAxes !== null && this.outputAxes !== null)
      return [product(this.inputAxes.map((a) => shape.at(a)!)), product(this.outputAxes.map((a) => shape.at(a)!))];
    if (shape.length < 2) return [shape[0] ?? 1, shape[0] ?? 1];
    const taps = product(shape.slice(0, -2));
    return [taps * shape.at(-2)!, taps * shape.at(-1)!];
  }

  override getConfig(): Config {
    const { scale, mode, distribution, inputAxes, outputAxes } = this;
    return { ...super.getConfig(), scale, mode, distribution, input_axes: inputAxes, output_axes: outputAxes };
  }

  static fromConfig(config: Config): VarianceScaling {
    return new VarianceScaling(optionsOf(config));
  }
}

function axesOrNull(name: string, axes: readonly number[] | null | undefined): readonly number[] | null {
  if (axes === null || axes === undefined) return null;
  if (Array.isArray(axes) && axes.every((a) => Number.isSafeInteger(a))) return [...axes];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `VarianceScaling: ${name} must be an array of axes or null, got ${describe(axes)}`,
  );
}

function oneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `VarianceScaling: ${name} must be one of ${known.join(', ')}, got ${describe(value)}`,
  );
}

/** The named cases of VarianceScaling keep only their seed and axes in a configuration. */
abstract class Named extends VarianceScaling {
  override getConfig(): Config {
    const { seed, input_axes, output_axes } = super.getConfig();
    return { seed, input_axes, output_axes };
  }
}

/** Glorot and Bengio 2010: uniform, variance 2 / (inputs + outputs). */
export class GlorotUniform extends Named {
  static override readonly className: string = 'GlorotUniform';
  constructor(options: FanOptions = {}) {
    checkOptions('GlorotUniform', options, FAN_OPTIONS);
    super({ ...options, scale: 1, mode: 'fan_avg', distribution: 'uniform' });
  }
  static override fromConfig(config: Config): GlorotUniform {
    return new GlorotUniform(optionsOf(config));
  }
}

/** Glorot and Bengio 2010: normal (truncated), variance 2 / (inputs + outputs). */
export class GlorotNormal extends Named {
  static override readonly className: string = 'GlorotNormal';
  constructor(options: FanOptions = {}) {
    checkOptions('GlorotNormal', options, FAN_OPTIONS);
    super({ ...options, scale: 1, mode: 'fan_avg', distribution: 'truncated_normal' });
  }
  static override fromConfig(config: Config): GlorotNormal {
    return new GlorotNormal(optionsOf(config));
  }
}

/** LeCun et al. 1998: normal (truncated), variance 1 / inputs. */
export class LecunNormal extends Named {
  static override readonly className: string = 'LecunNormal';
  constructor(options: FanOptions = {}) {
    checkOptions('LecunNormal', options, FAN_OPTIONS);
    super({ ...options, scale: 1, mode: 'fan_in', distribution: 'truncated_normal' });
  }
  static override fromConfig(config: Config): LecunNormal {
    return new LecunNormal(optionsOf(config));
  }
}

/** LeCun et al. 1998: uniform, variance 1 / inputs. */
export class LecunUniform extends Named {
  static override readonly className: string = 'LecunUniform';
  constructor(options: FanOptions = {}) {
    checkOptions('LecunUniform', options, FAN_OPTIONS);
    super({ ...options, scale: 1, mode: 'fan_in', distribution: 'uniform' });
  }
  static override fromConfig(config: Config): LecunUniform {
    return new LecunUniform(optionsOf(config));
  }
}

/** He et al. 2015: normal (truncated), variance 2 / inputs. */
export class HeNormal extends Named {
  static override readonly className: string = 'HeNormal';
  constructor(options: FanOptions = {}) {
    checkOptions('HeNormal', options, FAN_OPTIONS);
    super({ ...options, scale: 2, mode: 'fan_in', distribution: 'truncated_normal' });
  }
  static override fromConfig(config: Config): HeNormal {
    return new HeNormal(optionsOf(config));
  }
}

/** He et al. 2015: uniform, variance 2 / inputs. */
export class HeUniform extends Named {
  static override readonly className: string = 'HeUniform';
  constructor(options: FanOptions = {}) {
    checkOptions('HeUniform', options, FAN_OPTIONS);
    super({ ...options, scale: 2, mode: 'fan_in', distribution: 'uniform' });
  }
  static override fromConfig(config: Config): HeUniform {
    return new HeUniform(optionsOf(config));
  }
}
