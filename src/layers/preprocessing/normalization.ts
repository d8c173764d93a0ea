import { formatShape, OlifantError } from '../../errors.ts';
import { sizeOf } from '../../graph/shape.ts';
import * as ops from '../../ops/index.ts';
import { epsilon } from '../../settings.ts';
import { asTensor, isTensorLike, type TensorLike } from '../../trace/convert.ts';
import { fromNested, type HostTensor, type NestedArray } from '../../trace/host.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readAxes, readFlag, readOptions, show } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';
import { type AdaptData, type AdaptOptions, eachBatch, numbersOf } from './adapt-data.ts';

export interface NormalizationOptions extends LayerOptions {
  /** The axes that have statistics of their own at each position. Default -1; `null`: one mean and variance for everything. */
  axis?: number | readonly number[] | null;
  /** The mean, instead of one found by `adapt`: a number, or an array that broadcasts along `axis`. */
  mean?: TensorLike | null;
  /** The variance; with `mean`, and of its shape. */
  variance?: TensorLike | null;
  /** Whether the layer undoes the normalization. Default `false`. */
  invert?: boolean;
}

const DEFAULTS = { axis: -1, mean: null, variance: null, invert: false } as unknown as Defaults<NormalizationOptions>;

/**
 * (x - mean) / sqrt(variance), with statistics of the data that `adapt` finds, or that are given. Keras's `Normalization`.
 *
 * The root is at least `config.epsilon()`. Until it adapts, mean is 0 and variance 1. Inputs of any shape; outputs of the same
 * shape, in the layer's dtype.
 * Weights, not trainable: `mean` and `variance` (sizes of the axes in `axis`), and a `count` that Keras keeps for older files.
 *
 * @param options.axis Axes with statistics of their own. Default -1, the last; `null` for none.
 * @throws OlifantError `INVALID_ARGUMENT` for one of `mean` and `variance` without the other, `SHAPE` for unknown sizes along `axis`
 *   and data of other sizes.
 * @example
 * const layer = new Normalization({ mean: 3, variance: 4 });
 * layer.apply([[1, 2, 3]]).arraySync(); // [[-1, -0.5, 0]]
 */
export class Normalization extends Layer {
  static override className = 'Normalization';
  static override moduleName = 'keras.layers';

  readonly axis: readonly number[];
  readonly invert: boolean;
  readonly #mean: HostTensor | null;
  readonly #variance: HostTensor | null;
  readonly #given: { mean: unknown; variance: unknown };
  #keep: readonly number[] = [];
  #shape: DynamicShape = [];
  // In the order of Keras's files.
  mean: Variable | null = null;
  variance: Variable | null = null;
  count: Variable | null = null;

  constructor(options: NormalizationOptions = {}) {
    const owner = 'Normalization';
    const o = readOptions<NormalizationOptions>(owner, [], DEFAULTS, [options]);
    super(o);
    const none = o.axis === null || (Array.isArray(o.axis) && o.axis.length === 0);
    this.axis = none ? [] : [readAxes(owner, 'axis', o.axis)].flat();
    this.invert = readFlag(owner, 'invert', o.invert);
    this.supportsMasking = true;
    if ((o.mean === null) !== (o.variance === null))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: mean and variance go together, got ${o.mean === null ? 'variance' : 'mean'} alone`,
      );
    this.#given = { mean: plain(o.mean), variance: plain(o.variance) };
    this.#mean = readStatistic(owner, 'mean', this.#given.mean);
    this.#variance = readStatistic(owner, 'variance', this.#given.variance);
    if (this.#mean !== null) this.#checkGiven(owner, this.#mean.shape, this.#variance!.shape);
  }

  #checkGiven(owner: string, mean: readonly number[], variance: readonly number[]): void {
    if (formatShape(mean) !== formatShape(variance))
      throw new OlifantError(
        'SHAPE',
        `${owner}: mean and variance must have one shape, got ${formatShape(mean)} and ${formatShape(variance)}`,
      );
    if (mean.length > this.axis.length)
      throw new OlifantError(
        'SHAPE',
        `${owner}: mean can have at most as many axes as axis names, ${this.axis.length}, got shape ${formatShape(mean)}`,
      );
  }

  /** @internal Whether mean and variance are to be found by `adapt`, and were not given. */
  get adapts(): boolean {
    return this.#mean === null;
  }

  override build(inputShape: DynamicShape): void {
    const rank = inputShape.length;
    if (this.axis.some((a) => a < -rank || a >= rank))
      throw new OlifantError(
        'SHAPE',
        `${this.label}: axis ${show([...this.axis])} does not exist in inputs of shape ${formatShape(inputShape)}`,
      );
    this.#keep = this.axis.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
    this.#shape = inputShape;
    const unknown = this.#keep.find((a) => inputShape[a] === null);
    if (unknown !== undefined)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: the size along axis ${unknown} must be known, got inputs of shape ${formatShape(inputShape)}`,
      );
    if (this.#mean !== null) return;
    const shape = this.#keep.map((a) => inputShape[a]!);
    const fixed = { shape, trainable: false };
    this.mean = this.addWeight({ name: 'mean', initializer: 'zeros', ...fixed });
    this.variance = this.addWeight({ name: 'variance', initializer: 'ones', ...fixed });
    this.count = this.addWeight({ name: 'count', initializer: 'zeros', dtype: 'int32', trainable: false });
  }

  /**
   * Finds mean and variance in data. To be awaited.
   *
   * @param data Samples along the first axis, or batches of them (see `AdaptData`).
   * @throws OlifantError `INVALID_ARGUMENT` where mean and variance were given, `SHAPE` for sizes that do not fit.
   */
  async adapt(data: AdaptData, options: AdaptOptions = {}): Promise<void> {
    if (this.#mean !== null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: its mean and variance were given, so it cannot adapt; make it without them`,
      );
    let total: Moments | undefined;
    await eachBatch(this.label, data, options, (batch) => {
      const numbers = numbersOf(batch, `${this.label}: adapt`);
      if (!this.built) this.ensureBuilt(numbers.shape);
      this.#checkSizes(numbers.shape);
      const found = momentsOf(numbers, this.#keep);
      total = total === undefined ? found : join(total, found);
    });
    this.mean!.write(total!.mean);
    this.variance!.write(total!.variance);
  }

  #checkSizes(shape: readonly number[]): void {
    if (this.#keep.every((a) => shape[a] === this.#shape[a]) && sizeOf(shape) > 0) return;
    throw new OlifantError(
      'SHAPE',
      `${this.label}: adapt expected data of shape ${formatShape(this.#shape)}, got ${formatShape(shape)}`,
    );
  }

  override call(inputs: Tensor): Tensor {
    const x = ops.cast(inputs, this.floatDtype);
    const mean = this.#statistic(this.#mean, this.mean);
    const deviation = ops.maximum(ops.sqrt(this.#statistic(this.#variance, this.variance)), epsilon());
    return this.invert ? ops.add(mean, ops.multiply(x, deviation)) : ops.divide(ops.subtract(x, mean), deviation);
  }

  /** Given or found numbers in a shape that broadcasts: 1 along the axes that share them. */
  #statistic(given: HostTensor | null, found: Variable | null): Tensor {
    const shape: number[] = this.#shape.map(() => 1);
    const sizes = given?.shape ?? found!.shape;
    // Aligned from the right, since what is given may have fewer axes.
    sizes.forEach((size, i) => {
      shape[this.#keep[this.#keep.length - sizes.length + i]!] = size;
    });
    const numbers = given === null ? found!.value() : tensor(given.data, given.shape, 'float32');
    return ops.cast(ops.reshape(numbers, shape), this.floatDtype);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      axis: [...this.axis],
      invert: this.invert,
      mean: this.#given.mean,
      variance: this.#given.variance,
    };
  }
}

/** Mean and variance at each position of the kept axes, and how many elements each is of. */
interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly count: number;
}

function momentsOf({ data, shape }: HostTensor, keep: readonly number[]): Moments {
  const places = placesOf(shape, keep);
  const size = sizeOf(keep.map((a) => shape[a]!));
  const count = data.length / size;
  const mean = new Float64Array(size);
  const variance = new Float64Array(size);
  for (let i = 0; i < data.length; i++) mean[places(i)]! += data[i]! / count;
  for (let i = 0; i < data.length; i++) variance[places(i)]! += (data[i]! - mean[places(i)]!) ** 2 / count;
  return { mean, variance, count };
}

/** The position along the kept axes of an element. */
function placesOf(shape: readonly number[], keep: readonly number[]): (i: number) => number {
  // Nearly always the last axes, or none.
  const size = sizeOf(keep.map((a) => shape[a]!));
  if (keep.every((a, i) => a === shape.length - keep.length + i)) return (i) => i % size;
  const strides = shape.map((_, a) => sizeOf(shape.slice(a + 1)));
  return (i) => keep.reduce((at, a) => at * shape[a]! + (Math.floor(i / strides[a]!) % shape[a]!), 0);
}

/** Moments of two parts together (Chan, Golub and LeVeque, 1979). */
function join(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  const share = b.count / count;
  const mean = a.mean.map((m, i) => m * (1 - share) + b.mean[i]! * share);
  const variance = a.variance.map(
    (v, i) =>
      (v + (a.mean[i]! - mean[i]!) ** 2) * (1 - share) + (b.variance[i]! + (b.mean[i]! - mean[i]!) ** 2) * share,
  );
  return { mean, variance, count };
}

/** Numbers as configurations have them. */
function plain(value: unknown): unknown {
  return typeof value === 'number' || Array.isArray(value) || !isTensorLike(value)
    ? value
    : asTensor(value).arraySync();
}

function readStatistic(owner: string, name: string, value: unknown): HostTensor | null {
  if (value === null) return null;
  if (typeof value === 'number' || Array.isArray(value))
    return fromNested(value as NestedArray, 'float32', `${owner}: ${name}`);
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a number or nested arrays of numbers, got ${show(value)}`,
  );
}
