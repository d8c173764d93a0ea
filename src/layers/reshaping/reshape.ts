import { formatShape, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, show } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface ReshapeOptions extends LayerOptions {
  /** Shape without the batch; one size may be -1, it follows from the others. */
  targetShape?: readonly number[];
}

const DEFAULTS: Defaults<ReshapeOptions> = { targetShape: REQUIRED };

/**
 * The elements of each sample in another shape. Keras's `Reshape`.
 *
 * Inputs [batch, ...], outputs [batch, ...targetShape].
 *
 * @param targetShape Shape without the batch; one size may be -1, it follows from the others.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that cannot be, `SHAPE` where the elements do not fill the shape.
 * @example
 * new Reshape([2, -1]).apply(ops.ones([5, 6])).shape; // [5, 2, 3]
 */
export class Reshape extends Layer {
  static override className = 'Reshape';
  static override moduleName = 'keras.layers';

  readonly targetShape: readonly number[];

  constructor(targetShape: readonly number[], options?: ReshapeOptions);
  constructor(options: ReshapeOptions & { targetShape: readonly number[] });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<ReshapeOptions>(owner, ['targetShape'], DEFAULTS, args);
    super(o);
    const target: unknown = o.targetShape;
    const ok = Array.isArray(target) && target.every((d) => Number.isSafeInteger(d) && (d >= 1 || d === -1));
    if (!ok || target.filter((d) => d === -1).length > 1)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: targetShape must be an array of positive sizes, one of them -1 at most, got ${show(target)}`,
      );
    this.targetShape = [...target];
    this.inputSpec = { minNdim: 1 };
  }

  override call(inputs: Tensor): Tensor {
    return ops.reshape(inputs, this.computeOutputShape(inputs.shape) as number[]);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const [batch, ...sizes] = inputShape;
    const target = this.targetShape;
    if (sizes.includes(null)) return [batch!, ...target.map((d) => (d === -1 ? null : d))];
    const size = (sizes as number[]).reduce((a, d) => a * d, 1);
    const known = target.reduce((a, d) => (d === -1 ? a : a * d), 1);
    if (target.includes(-1) ? size % known !== 0 : size !== known)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: the ${size} elements of a sample of shape ${formatShape(sizes)} do not fill the target shape ` +
          formatShape(target),
      );
    return [batch!, ...target.map((d) => (d === -1 ? size / known : d))];
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), target_shape: this.targetShape };
  }
}
