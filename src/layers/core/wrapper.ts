import { describe, OlifantError } from '../../errors.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { type CustomObjects, deserializeLayer, serializeLayer } from '../registry.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface WrapperOptions extends LayerOptions {
  /** The layer inside. */
  layer?: Layer;
}

const DEFAULTS: Defaults<WrapperOptions> = { layer: REQUIRED };

/**
 * The base of layers that hold another layer and do something with it: `TimeDistributed`, `Bidirectional`, and those of
 * the user's. Keras's `Wrapper`. By itself it has no `call`.
 *
 * @param layer The layer inside.
 * @throws OlifantError `INVALID_ARGUMENT` for anything that is no layer.
 * @example
 * const layer = new TimeDistributed(new Dense(2));
 * layer instanceof Wrapper; // true
 */
export class Wrapper extends Layer {
  static override className = 'Wrapper';
  static override moduleName: string | undefined = 'keras.layers';

  readonly layer: Layer;

  constructor(layer: Layer, options?: WrapperOptions);
  constructor(options: WrapperOptions & { layer: Layer });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<WrapperOptions>(owner, ['layer'], DEFAULTS, args);
    super(o);
    this.layer = readLayer(owner, 'layer', o.layer);
  }

  override build(inputShape: DynamicShape): void {
    this.layer.ensureBuilt(inputShape);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), layer: serializeLayer(this.layer) };
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Layer {
    return super.fromConfig({ ...config, layer: deserializeLayer(config.layer, customObjects) }, customObjects);
  }
}

/** @throws OlifantError `INVALID_ARGUMENT` for anything that is no layer. */
export function readLayer(owner: string, name: string, value: unknown): Layer {
  if (value instanceof Layer) return value;
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${name} must be a layer, got ${describe(value)}`);
}
