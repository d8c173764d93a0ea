import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, show } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface RescalingOptions extends LayerOptions {
  /** One number, or one for each channel. */
  scale?: number | readonly number[];
  /** One number, or one for each channel. Default 0. */
  offset?: number | readonly number[];
}

const DEFAULTS: Defaults<RescalingOptions> = { scale: REQUIRED, offset: 0 };

/**
 * x * scale + offset, in training and otherwise. Keras's `Rescaling`.
 *
 * Inputs of any shape, also of whole numbers; outputs float32 of the same shape.
 *
 * @param scale One number (1 / 255 for bytes), or one for each channel, the last axis.
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

  constructor(scale: number | readonly number[], options?: RescalingOptions);
  constructor(scale: number | readonly number[], offset: number | readonly number[], options?: RescalingOptions);
  constructor(options: RescalingOptions & { scale: number | readonly number[] });
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
    if (size > 1) this.inputSpec = { minNdim: 1, axes: { [-1]: size } };
  }

  override call(inputs: Tensor): Tensor {
    return ops.add(ops.multiply(ops.cast(inputs, this.floatDtype), this.scale), this.offset);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset };
  }
}

function readNumbers(owner: string, name: string, value: unknown): number | readonly number[] {
  if (Number.isFinite(value)) return value as number;
  if (Array.isArray(value) && value.length > 0 && value.every((v) => Number.isFinite(v))) return [...value];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a number or an array of numbers, one for each channel, got ${show(value)}`,
  );
}
