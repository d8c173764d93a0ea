import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { imageDataFormat } from '../../settings.ts';
import { asTensor, isTensorLike, type TensorLike } from '../../trace/convert.ts';
import { isSavedTensor } from '../../trace/saved-tensor.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, show } from '../options.ts';
import type { CustomObjects } from '../registry.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface RescalingOptions extends LayerOptions {
  /** One number, or one for each channel. */
  scale?: TensorLike;
  /** One number, or one for each channel. Default 0. */
  offset?: TensorLike;
}

const DEFAULTS: Defaults<RescalingOptions> = { scale: REQUIRED, offset: 0 };

/**
 * x * scale + offset, in training and otherwise. Keras's `Rescaling`.
 *
 * Inputs of any shape, also of whole numbers; outputs float32 of the same shape.
 *
 * Channels are the last axis, or the third from last where `config.imageDataFormat()` is `'channels_first'` (Keras then takes
 * several offsets for those of the last axis all the same).
 *
 * @param scale One number (1 / 255 for bytes), or one for each channel.
 * @param options.offset One number, or one for each channel. Default 0.
 * @throws OlifantError `INVALID_ARGUMENT` for what is no number or array of numbers, `SHAPE` where the channels do not fit.
 * @example
 * new Rescaling(0.5, { offset: -1 }).apply(tensor([0, 4])).arraySync(); // [-1, 1]
 */
export class Rescaling extends Layer {
  static override className = 'Rescaling';
  static override moduleName = 'keras.layers';

  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];

  constructor(scale: TensorLike, options?: RescalingOptions);
  constructor(scale: TensorLike, offset: TensorLike, options?: RescalingOptions);
  constructor(options: RescalingOptions & { scale: TensorLike });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RescalingOptions>(owner, ['scale', 'offset'], DEFAULTS, args);
    super(o);
    this.scale = readNumbers(owner, 'scale', o.scale);
    this.offset = readNumbers(owner, 'offset', o.offset);
    this.supportsMasking = true;
    const channels = [this.scale, this.offset].map((v) => (typeof v === 'number' ? 1 : v.length));
    const size = Math.max(...channels);
    if (channels.some((n) => n !== 1 && n !== size))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: scale and offset must be of one length, got ${show(o.scale)} and ${show(o.offset)}`,
      );
  }

  override call(inputs: Tensor): Tensor {
    const [scale, offset] = [this.#placed(inputs, this.scale), this.#placed(inputs, this.offset)];
    return ops.add(ops.multiply(ops.cast(inputs, this.floatDtype), scale), offset);
  }

  /** Numbers of channels where these are. */
  #placed(inputs: Tensor, numbers: number | readonly number[]): TensorLike {
    if (typeof numbers === 'number' || numbers.length === 1) return numbers;
    const [axis, after] = imageDataFormat() === 'channels_first' ? [-3, [1, 1]] : [-1, []];
    if (inputs.shape.at(axis) !== numbers.length)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: expected an input with size ${numbers.length} along axis ${axis}, got shape ${formatShape(inputs.shape)}`,
      );
    return ops.reshape(numbers, [numbers.length, ...after]);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset };
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Layer {
    const read = (x: unknown) => (isSavedTensor(x) ? x.config.value : x);
    return super.fromConfig({ ...config, scale: read(config.scale), offset: read(config.offset) }, customObjects);
  }
}

function readNumbers(owner: string, name: string, value: unknown): number | readonly number[] {
  const plain = typeof value === 'number' || Array.isArray(value) || !isTensorLike(value);
  const numbers: unknown = plain ? value : asTensor(value).arraySync();
  if (Number.isFinite(numbers)) return numbers as number;
  if (Array.isArray(numbers) && numbers.length > 0 && numbers.every((v) => Number.isFinite(v))) return [...numbers];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a number or an array of numbers, one for each channel, got ${show(value)}`,
  );
}
