import type { DType } from '../../graph/dtype.ts';
import { checkNumber } from '../../keras-object.ts';
import { L1L2 } from '../../regularizers/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface ActivityRegularizationOptions extends Omit<LayerOptions, 'activityRegularizer'> {
  /** Times the sum of the absolute inputs. Default 0. */
  l1?: number;
  /** Times the sum of the squared inputs. Default 0. */
  l2?: number;
}

const DEFAULTS: Defaults<ActivityRegularizationOptions> = { l1: 0, l2: 0 };

/**
 * The inputs as they are; per sample, l1 sum(|x|) + l2 sum(x^2) is added to the loss. Keras's `ActivityRegularization`.
 *
 * Inputs and outputs [batch, ...].
 *
 * @param options.l1 Default 0.
 * @param options.l2 Default 0.
 * @throws OlifantError `INVALID_ARGUMENT` for negative factors.
 * @example
 * const layer = new ActivityRegularization({ l2: 0.5 });
 * layer.apply(tensor([[1, 2]])).arraySync(); // [[1, 2]]
 * layer.losses[0].item(); // 2.5
 */
export class ActivityRegularization extends Layer {
  static override className = 'ActivityRegularization';
  static override moduleName = 'keras.layers';

  readonly l1: number;
  readonly l2: number;

  constructor(options?: ActivityRegularizationOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<ActivityRegularizationOptions>(owner, [], DEFAULTS, args);
    const l1 = checkNumber(owner, 'l1', o.l1, { min: 0 });
    const l2 = checkNumber(owner, 'l2', o.l2, { min: 0 });
    super({ ...o, activityRegularizer: new L1L2({ l1, l2 }) });
    this.l1 = l1;
    this.l2 = l2;
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    return inputs;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    const { activity_regularizer: _, ...config } = super.getConfig();
    return { ...config, l1: this.l1, l2: this.l2 };
  }
}
