import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { CallOptions, Config, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readAxis, readFlag, readOptions, show } from '../options.ts';
import { axisOf } from '../spatial.ts';
import type { DynamicShape, SymbolicTensor } from '../symbolic.ts';
import { Merge } from './merge.ts';

export interface DotOptions extends LayerOptions {
  /** The axis of both inputs that is summed over, or one of each. */
  axes?: number | readonly [number, number];
  /** Whether the inputs are divided by their norms along those axes first (cosine similarity). Default `false`. */
  normalize?: boolean;
}

const DEFAULTS: Defaults<DotOptions> = { axes: REQUIRED, normalize: false };

/**
 * Sums of products of two inputs along one axis of each, sample by sample. Keras's `Dot`.
 *
 * Inputs: an array of two, [batch, ...]; outputs [batch, the other axes of the first, the other axes of the second], or
 * [batch, 1] where there are none.
 *
 * @param axes The axis of both inputs that is summed over, or one of each; not the batch.
 * @param options.normalize Whether the inputs are divided by their norms along those axes first. Default `false`.
 * @throws OlifantError `INVALID_ARGUMENT` for axes of another form or a single tensor, `SHAPE` where sizes differ.
 * @example
 * new Dot(1).apply([tensor([[1, 2]]), tensor([[3, 4]])]).arraySync(); // [[11]]
 */
export class Dot extends Merge {
  static override className = 'Dot';
  static override moduleName = 'keras.layers';

  readonly axes: number | readonly [number, number];
  readonly normalize: boolean;

  constructor(axes: number | readonly [number, number], options?: DotOptions);
  constructor(options: DotOptions & { axes: number | readonly [number, number] });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<DotOptions>(owner, ['axes'], DEFAULTS, args);
    super(o);
    this.axes = readPair(owner, o.axes);
    this.normalize = readFlag(owner, 'normalize', o.normalize);
  }

  override call(inputs: Tensor | readonly Tensor[], _options?: CallOptions): Tensor {
    const list = (Array.isArray(inputs) ? inputs : [inputs]) as readonly Tensor[];
    this.computeOutputShape(list.map((x) => x.shape));
    return this.merge(list);
  }

  protected override merge([x1, x2]: readonly Tensor[]): Tensor {
    const shape = this.computeOutputShape([x1!.shape, x2!.shape]) as number[];
    const [a, b] = this.#places(x1!.shape, x2!.shape);
    const unit = (x: Tensor, axis: number) => (this.normalize ? ops.normalize(x, { axis, epsilon: 1e-12 }) : x);
    // [batch, rest of the first, k] times [batch, k, rest of the second]
    const left = ops.moveaxis(unit(x1!, a), a, -1);
    const right = ops.moveaxis(unit(x2!, b), b, 1);
    const [batch, k] = [x1!.shape[0]!, x1!.shape[a]!];
    const rows = (x: Tensor) => x.shape.slice(1).reduce((n, d) => n * d, 1) / k;
    const product = ops.matmul(ops.reshape(left, [batch, rows(left), k]), ops.reshape(right, [batch, k, rows(right)]));
    return ops.reshape(product, shape);
  }

  #places(first: DynamicShape, second: DynamicShape): [number, number] {
    const [a, b] = typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes;
    return [axisOf(this, first, a), axisOf(this, second, b)];
  }

  override computeOutputShape(inputShape: DynamicShape | readonly DynamicShape[]): DynamicShape {
    const shapes = this.shapesOf(inputShape);
    if (shapes.length !== 2)
      throw new OlifantError('SHAPE', `${this.label}: expected two inputs, got ${shapes.length}`);
    const [first, second] = shapes as [DynamicShape, DynamicShape];
    const [a, b] = this.#places(first, second);
    if (a === 0 || b === 0) throw this.mismatch(shapes, `axes ${show(this.axes)} name the batch, axis 0`);
    const differ = (x: number | null, y: number | null) => x !== null && y !== null && x !== y;
    if (differ(first[a]!, second[b]!)) throw this.mismatch(shapes, `axes ${a} and ${b} must have the same size`);
    if (differ(first[0]!, second[0]!)) throw this.mismatch(shapes, 'the batches must be of one size');
    const rest = [...first.toSpliced(a, 1).slice(1), ...second.toSpliced(b, 1).slice(1)];
    return [first[0] ?? second[0]!, ...(rest.length === 0 ? [1] : rest)];
  }

  override computeMask(): null {
    return null;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axes: this.axes, normalize: this.normalize };
  }
}

function readPair(owner: string, value: unknown): number | readonly [number, number] {
  if (Array.isArray(value) && value.length === 2)
    return [readAxis(owner, 'axes', value[0]), readAxis(owner, 'axes', value[1])];
  if (!Array.isArray(value)) return readAxis(owner, 'axes', value);
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: axes must be one axis or two, got ${show(value)}`);
}

/** `new Dot(axes, options).apply(inputs)`. */
export function dot(
  inputs: readonly SymbolicTensor[],
  axes: number | readonly [number, number],
  options?: DotOptions,
): SymbolicTensor;
export function dot(inputs: readonly Tensor[], axes: number | readonly [number, number], options?: DotOptions): Tensor;
export function dot(
  inputs: readonly Tensor[] | readonly SymbolicTensor[],
  axes: number | readonly [number, number],
  options: DotOptions = {},
): unknown {
  return new Dot(axes, options).apply(inputs as readonly Tensor[]);
}
