import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { CallOptions, Config, LayerOptions } from '../layer.ts';
import { type Defaults, readAxis, readOptions } from '../options.ts';
import { axisOf } from '../spatial.ts';
import type { DynamicShape, SymbolicTensor } from '../symbolic.ts';
import { type Masks, Merge, spread } from './merge.ts';

export interface ConcatenateOptions extends LayerOptions {
  /** The axis along which the inputs follow each other. Default -1. */
  axis?: number;
}

const DEFAULTS: Defaults<ConcatenateOptions> = { axis: -1 };

/**
 * The inputs one after the other along an axis. Keras's `Concatenate`.
 *
 * Inputs: an array of tensors whose sizes agree but along `axis`; outputs of the sum of the sizes there.
 *
 * @param options.axis Default -1.
 * @throws OlifantError `INVALID_ARGUMENT` for a single tensor, `SHAPE` where sizes differ elsewhere.
 * @example
 * new Concatenate().apply([tensor([[1, 2]]), tensor([[3]])]).arraySync(); // [[1, 2, 3]]
 */
export class Concatenate extends Merge {
  static override className = 'Concatenate';
  static override moduleName = 'keras.layers';

  readonly axis: number;

  constructor(options?: ConcatenateOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<ConcatenateOptions>(owner, ['axis'], DEFAULTS, args);
    super(o);
    this.axis = readAxis(owner, 'axis', o.axis);
  }

  override call(inputs: Tensor | readonly Tensor[], _options?: CallOptions): Tensor {
    this.computeOutputShape((Array.isArray(inputs) ? inputs : [inputs]).map((x: Tensor) => x.shape));
    return this.merge(inputs as readonly Tensor[]);
  }

  protected override merge(inputs: readonly Tensor[]): Tensor {
    return ops.concatenate(inputs, this.axis);
  }

  override computeOutputShape(inputShape: DynamicShape | readonly DynamicShape[]): DynamicShape {
    const shapes = this.shapesOf(inputShape);
    const first = shapes[0]!;
    const axis = axisOf(this, first, this.axis);
    return first.map((_, i) => {
      const sizes = shapes.map((s) => {
        if (s.length !== first.length) throw this.mismatch(shapes, 'all must have the same number of axes');
        return s[i]!;
      });
      const known = sizes.filter((d) => d !== null);
      if (i === axis) return known.length < sizes.length ? null : known.reduce((a, b) => a + b, 0);
      if (new Set(known).size > 1) throw this.mismatch(shapes, `sizes must agree but along axis ${axis}`);
      return known[0] ?? null;
    });
  }

  /** Masks are joined like the inputs; a time step counts where any of its elements does. */
  override computeMask(inputs: Tensor | readonly Tensor[], mask: Tensor | Masks | null): Tensor | null {
    if (!Array.isArray(mask) || !Array.isArray(inputs) || mask.every((m) => m === null)) return null;
    const whole = inputs.map((x: Tensor, i) => this.#whole(x, mask[i] as Tensor | null));
    return ops.any(ops.concatenate(whole, this.axis), { axis: -1 });
  }

  #whole(x: Tensor, mask: Tensor | null): Tensor {
    if (mask === null) return ops.onesLike(x, 'bool');
    if (mask.rank === x.rank) return mask;
    if (mask.rank === x.rank - 1) return spread(mask, x);
    throw new OlifantError(
      'SHAPE',
      `${this.label}: a mask of shape ${formatShape(mask.shape)} does not fit an input of shape ${formatShape(x.shape)}`,
    );
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/** `new Concatenate(options).apply(inputs)`; an axis alone will do as options. */
export function concatenate(inputs: readonly SymbolicTensor[], options?: number | ConcatenateOptions): SymbolicTensor;
export function concatenate(inputs: readonly Tensor[], options?: number | ConcatenateOptions): Tensor;
export function concatenate(
  inputs: readonly Tensor[] | readonly SymbolicTensor[],
  options: number | ConcatenateOptions = {},
): unknown {
  const layer = new Concatenate(typeof options === 'number' ? { axis: options } : options);
  return layer.apply(inputs as readonly Tensor[]);
}
