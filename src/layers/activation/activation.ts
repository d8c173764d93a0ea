import * as activations from '../../activations/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readActivation, readOptions } from '../options.ts';

export interface ActivationOptions extends LayerOptions {
  /** A name such as `'relu'`, or a function of a tensor. */
  activation?: activations.ActivationLike;
}

const DEFAULTS: Defaults<ActivationOptions> = { activation: REQUIRED };

/**
 * An activation as a layer of its own. Keras's `Activation`.
 *
 * Inputs of any shape; outputs of the same (`'glu'` halves the last axis).
 *
 * @param activation A name such as `'relu'`, or a function of a tensor.
 * @throws OlifantError `UNKNOWN_ID` for a name that is none.
 * @example
 * new Activation('relu').apply(tensor([-1, 2])).arraySync(); // [0, 2]
 */
export class Activation extends Layer {
  static override className = 'Activation';
  static override moduleName = 'keras.layers';

  readonly activation: activations.Activation;

  constructor(activation: activations.ActivationLike, options?: ActivationOptions);
  constructor(options: ActivationOptions & { activation: activations.ActivationLike });
  constructor(...args: unknown[]) {
    const o = readOptions<ActivationOptions>(new.target.className, ['activation'], DEFAULTS, args);
    super(o);
    this.activation = readActivation(o.activation);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    return this.activation(inputs);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), activation: activations.serialize(this.activation) };
  }
}
