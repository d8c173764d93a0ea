import type { Config } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { IMAGE_DEFAULTS, RandomImageLayer, type RandomImageLayerOptions } from './base-image-preprocessing-layer.ts';
import { type Factor, type Range, readFactor, readValueRange } from './factors.ts';

/** Options of layers that change colours by a factor. */
export interface RandomColorLayerOptions extends RandomImageLayerOptions {
  /** The range from which a number is drawn for each image; each layer says what is allowed. */
  factor?: Factor;
  /** The smallest and the largest value of the images. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
}

const DEFAULTS: Defaults<RandomColorLayerOptions> = {
  factor: REQUIRED,
  valueRange: [0, 255],
  seed: null,
  ...IMAGE_DEFAULTS,
};

/** What one such layer is about. */
interface Rules {
  /** The arguments that may come by position. */
  readonly positional: readonly string[];
  /** What a factor may be. */
  readonly factor: Range;
  /** Whether the smaller end of the value range comes first in any case. */
  readonly ordered: boolean;
}

/** What layers share that change the colours of each image by a number drawn from the factor's range. */
export abstract class RandomColorLayer<T> extends RandomImageLayer<T> {
  readonly factor: Range;
  readonly valueRange: Range;

  constructor(owner: string, args: readonly unknown[], { positional, factor, ordered }: Rules) {
    const o = readOptions<RandomColorLayerOptions>(owner, positional, DEFAULTS, args);
    super(owner, o);
    this.factor = readFactor(owner, 'factor', o.factor, factor);
    this.valueRange = readValueRange(owner, o.valueRange, ordered);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange, seed: this.seed };
  }
}
