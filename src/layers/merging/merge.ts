import { describe, formatShape, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import { promote } from '../../ops/core.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type CallOptions, Layer } from '../layer.ts';
import type { DynamicShape } from '../symbolic.ts';

/** Masks of the inputs, where they have one. */
export type Masks = readonly (Tensor | null)[];

/** What the layers share that make one tensor of several, element by element. */
export abstract class Merge extends Layer {
  override supportsMasking = true;

  /** One tensor of several of the same rank. */
  protected abstract merge(inputs: readonly Tensor[], masks: Masks): Tensor;

  override build(inputShape: DynamicShape | readonly DynamicShape[]): void {
    this.computeOutputShape(inputShape);
  }

  override call(inputs: Tensor | readonly Tensor[], { mask }: CallOptions = {}): Tensor {
    const list = this.#asList(inputs);
    this.computeOutputShape(list.map((x) => x.shape));
    const masks = (mask ?? list.map(() => null)) as Masks;
    return this.merge(this.#align(list), masks);
  }

  #asList(inputs: Tensor | readonly Tensor[]): readonly Tensor[] {
    if (Array.isArray(inputs)) return inputs;
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${this.label}: expected an array of inputs, got ${describe(inputs)}; write layer.apply([a, b])`,
    );
  }

  /** Inputs of fewer axes get axes of size 1 after the batch. */
  #align(inputs: readonly Tensor[]): Tensor[] {
    const rank = Math.max(...inputs.map((x) => x.rank));
    return inputs.map((x) => {
      if (x.rank === rank) return x;
      const axes = Array.from({ length: rank - x.rank }, (_, i) => i + 1);
      return ops.expandDims(x, axes);
    });
  }

  /** The shapes of several inputs, checked to be that. */
  protected shapesOf(inputShape: DynamicShape | readonly DynamicShape[]): readonly DynamicShape[] {
    if (Array.isArray(inputShape) && inputShape.length > 0 && inputShape.every((s) => Array.isArray(s)))
      return inputShape as readonly DynamicShape[];
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${this.label}: expected an array of inputs, got one of shape ${formatShape(inputShape as DynamicShape)}; ` +
        'write layer.apply([a, b])',
    );
  }

  override computeOutputShape(inputShape: DynamicShape | readonly DynamicShape[]): DynamicShape {
    const shapes = this.shapesOf(inputShape);
    if (shapes.some((s) => s.length === 0))
      throw new OlifantError('SHAPE', `${this.label}: expected inputs with a batch axis, got a scalar`);
    const batches = [...new Set(shapes.map((s) => s[0]!).filter((d) => d !== null))];
    if (batches.length > 1) throw this.mismatch(shapes, 'the batches must be of one size');
    const rows = shapes.map((s) => s.slice(1));
    return [
      batches.length === 1 ? batches[0]! : null,
      ...rows.reduce<DynamicShape>((a, b) => this.#join(a, b, shapes), []),
    ];
  }

  /** NumPy's rule, from the last axis on; what meets an unknown size is unknown. */
  #join(a: DynamicShape, b: DynamicShape, all: readonly DynamicShape[]): DynamicShape {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, i) => {
      const [x, y] = [a, b].map((s) => (i < rank - s.length ? 1 : s[i - rank + s.length]!));
      if (x === 1 || y === 1) return x === 1 ? y! : x!;
      if (x !== y && x !== null && y !== null)
        throw this.mismatch(all, 'sizes must be equal or 1, compared from the last axis');
      return x === null || y === null ? null : x!;
    });
  }

  protected mismatch(shapes: readonly DynamicShape[], rule: string): OlifantError {
    return new OlifantError(
      'SHAPE',
      `${this.label}: the shapes ${shapes.map(formatShape).join(', ')} do not fit: ${rule}`,
    );
  }

  override computeOutputDType(inputs: readonly DType[]): DType {
    return inputs.reduce(promote);
  }

  /** A place counts where it does in any of the inputs; without a mask where an input has none. */
  override computeMask(_inputs: Tensor | readonly Tensor[], mask: Tensor | Masks | null): Tensor | null {
    if (!Array.isArray(mask) || mask.some((m) => m === null)) return null;
    return (mask as readonly Tensor[]).reduce((a, b) => ops.logicalOr(a, b));
  }
}

/** A mask of time steps for all elements of an input. */
export function spread(mask: Tensor, x: Tensor): Tensor {
  return ops.broadcastTo(ops.expandDims(ops.cast(mask, 'bool'), -1), x.shape);
}

/** Folds `op` over the inputs as Keras does: what is masked on one side gives way to the other side. */
export function mergeKept(op: (a: Tensor, b: Tensor) => Tensor, inputs: readonly Tensor[], masks: Masks): Tensor {
  let output = inputs[0]!;
  let outputMask = masks[0] ? spread(masks[0], output) : null;
  inputs.slice(1).forEach((input, i) => {
    const given = masks[i + 1];
    const mask = given ? spread(given, input) : null;
    const x = mask === null ? input : ops.where(mask, input, output);
    if (outputMask !== null) output = ops.where(outputMask, output, x);
    outputMask = mask !== null && outputMask !== null ? ops.logicalOr(outputMask, mask) : null;
    output = op(output, x);
  });
  return output;
}
