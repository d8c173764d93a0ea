import { formatShape, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { withTraining } from '../call-context.ts';
import { Wrapper } from '../core/wrapper.ts';
import type { CallOptions, Layer } from '../layer.ts';
import type { DynamicShape } from '../symbolic.ts';

/**
 * Applies a layer to each time step. Keras's `TimeDistributed`.
 *
 * Inputs [batch, time, ...], outputs [batch, time, ...] with what the layer makes of [batch, ...]. The weights are the same
 * for all steps. A mask [batch, time] goes through, and the layer sees its column of each step.
 *
 * Layers that treat each sample by itself see all steps as one large batch; others, such as `BatchNormalization` and classes
 * of the user's, see one step after the other, as in Keras.
 *
 * @param layer The layer.
 * @throws OlifantError `INVALID_ARGUMENT` for anything that is no layer; `SHAPE` for inputs of less than three axes, or a mask
 *   that does not begin with [batch, time].
 * @example
 * const layer = new TimeDistributed(new Dense(2));
 * layer.apply(ops.ones([4, 3, 5])).shape; // [4, 3, 2]
 */
export class TimeDistributed extends Wrapper {
  static override className = 'TimeDistributed';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = ['inputs', 'training', 'mask'];

  override supportsMasking = true;

  override build(inputShape: DynamicShape): void {
    super.build(this.#stepShape(inputShape));
  }

  #stepShape(shape: DynamicShape): DynamicShape {
    if (Array.isArray(shape) && shape.length >= 3 && shape.every((d) => d === null || typeof d === 'number'))
      return [shape[0]!, ...shape.slice(2)];
    throw new OlifantError(
      'SHAPE',
      `${this.label}: expected one input with at least 3 axes (batch, time, ...), got shape ${formatShape(shape)}`,
    );
  }

  override call(inputs: Tensor, { training = false, mask }: CallOptions = {}): Tensor {
    this.#stepShape(inputs.shape);
    const known = this.#readMask(inputs, (mask ?? null) as Tensor | null);
    // Whatever is called by the layer's own `call` asks for it.
    return withTraining(training, () =>
      treatsSamplesAlone(this.layer) ? this.#atOnce(inputs, known, training) : this.#oneByOne(inputs, known, training),
    );
  }

  #readMask(inputs: Tensor, mask: Tensor | null): Tensor | null {
    if (mask === null) return null;
    if (mask.rank >= 2 && mask.shape[0] === inputs.shape[0] && mask.shape[1] === inputs.shape[1]) return mask;
    throw new OlifantError(
      'SHAPE',
      `${this.label}: expected a mask that begins with ${formatShape(inputs.shape.slice(0, 2))} (batch, time), ` +
        `got ${formatShape(mask.shape)}`,
    );
  }

  #atOnce(inputs: Tensor, mask: Tensor | null, training: boolean): Tensor {
    const [batch, time] = inputs.shape as [number, number];
    const fold = (x: Tensor) => ops.reshape(x, [batch * time, ...x.shape.slice(2)]);
    const made = this.#step(fold(inputs), mask && fold(mask), training);
    return ops.reshape(made, [batch, time, ...made.shape.slice(1)]);
  }

  #oneByOne(inputs: Tensor, mask: Tensor | null, training: boolean): Tensor {
    const masks = mask === null ? null : ops.unstack(mask, null, 1);
    const steps = ops.unstack(inputs, null, 1).map((x, i) => this.#step(x, masks && masks[i]!, training));
    return ops.stack(steps, 1);
  }

  #step(inputs: Tensor, mask: Tensor | null, training: boolean): Tensor {
    return this.layer.call(inputs, { training, mask }) as Tensor;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const shape = this.layer.computeOutputShape(this.#stepShape(inputShape)) as DynamicShape;
    return [shape[0]!, inputShape[1]!, ...shape.slice(1)];
  }

  override computeOutputDType(inputs: readonly DType[]): ReturnType<Layer['computeOutputDType']> {
    return this.layer.computeOutputDType(inputs);
  }
}

/**
 * Whether a batch can be taken apart: our own layers can, unless calls change something, such as moving statistics or kept
 * states. Operations may go across the batch.
 */
function treatsSamplesAlone(layer: Layer): boolean {
  const own = layer.identity().module !== null;
  const changes = layer.ownVariables.some((v) => !v.trainable) || (layer as { stateful?: unknown }).stateful === true;
  return own && !changes && layer.sublayers.every(treatsSamplesAlone);
}
