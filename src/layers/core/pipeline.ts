import { describe, OlifantError } from '../../errors.ts';
import type { TensorLike } from '../../trace/convert.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { callTraining } from '../call-context.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { type CustomObjects, deserializeLayer, serializeLayer } from '../registry.ts';
import { flatten, type Struct } from '../struct.ts';
import { type DynamicShape, SymbolicTensor } from '../symbolic.ts';

export interface PipelineOptions extends LayerOptions {
  /** The layers, first to last. */
  layers?: readonly Layer[];
}

const DEFAULTS: Defaults<PipelineOptions> = { layers: REQUIRED };

/**
 * Layers one after the other as one layer, for preprocessing and augmentation. Keras's `Pipeline`. As in Keras, a call by
 * itself is one in training (augmentation is active), unless `training: false` is given or a model says otherwise.
 *
 * @param layers The layers, first to last.
 * @throws OlifantError `INVALID_ARGUMENT` for anything but a list of layers.
 * @example
 * const layer = new Pipeline([new Rescaling(0.5), new Rescaling(1, 1)]);
 * layer.apply(tensor([2, 4])).arraySync(); // [2, 3]
 */
export class Pipeline extends Layer {
  static override className = 'Pipeline';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = ['inputs', 'training', 'mask'];

  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[], options?: PipelineOptions);
  constructor(options: PipelineOptions & { layers: readonly Layer[] });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<PipelineOptions>(owner, ['layers'], DEFAULTS, args);
    super(o);
    const odd = Array.isArray(o.layers) ? o.layers.find((l) => !(l instanceof Layer)) : o.layers;
    if (!Array.isArray(o.layers) || odd !== undefined)
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: layers must be a list of layers, got ${describe(odd)}`);
    this.layers = [...o.layers];
  }

  override build(inputShape: DynamicShape): void {
    let shape = inputShape;
    for (const layer of this.layers) {
      layer.ensureBuilt(shape);
      shape = layer.computeOutputShape(shape) as DynamicShape;
    }
  }

  override apply<R extends Struct<SymbolicTensor> = SymbolicTensor>(
    inputs: Struct<SymbolicTensor>,
    options?: CallOptions,
  ): R;
  override apply<R extends Struct<Tensor> = Tensor>(inputs: Struct<TensorLike>, options?: CallOptions): R;
  override apply(inputs: unknown, options: CallOptions = {}): unknown {
    // A place in a model is told by the model.
    if (flatten<unknown>(inputs as Struct<unknown>)[0] instanceof SymbolicTensor)
      return super.apply(inputs as SymbolicTensor, options);
    return super.apply(inputs as TensorLike, { ...options, training: options.training ?? callTraining() ?? true });
  }

  override call(inputs: Tensor, { mask }: CallOptions): Tensor {
    let x = inputs;
    this.layers.forEach((layer, i) => {
      x = layer.apply(x, i === 0 && mask ? { mask } : {});
    });
    return x;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return this.layers.reduce<DynamicShape>((s, layer) => layer.computeOutputShape(s) as DynamicShape, inputShape);
  }

  override getConfig(): Config {
    return { name: this.name, layers: this.layers.map(serializeLayer) };
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Pipeline {
    const { layers, name } = config as { layers: unknown; name?: string };
    if (!Array.isArray(layers))
      throw new OlifantError('INVALID_CONFIG', `Pipeline: expected a list of layers, got ${describe(layers)}`);
    return new Pipeline(
      layers.map((l) => deserializeLayer(l, customObjects)),
      { name: name ?? null },
    );
  }
}
