import { OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import * as initializers from '../../initializers/index.ts';
import * as ops from '../../ops/index.ts';
import { currentTrace } from '../../trace/context.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { Variable } from '../../trace/variable.ts';
import { Wrapper } from '../core/wrapper.ts';
import type { CallOptions, Config, Layer, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface SpectralNormalizationOptions extends LayerOptions {
  /** The layer whose kernel (or embeddings) is divided by its largest singular value. */
  layer?: Layer;
  /** Steps of the power iteration at each call in training. Default 1. */
  powerIterations?: number;
}

const DEFAULTS: Defaults<SpectralNormalizationOptions> = { layer: REQUIRED, powerIterations: 1 };

/**
 * A layer whose kernel, seen as a matrix with a column an output, is divided by an estimate of its largest singular value in
 * training (Miyato et al. 2018). Keras's `SpectralNormalization`.
 *
 * Inputs and outputs are those of the layer; beside its weights there is `vector_u` [1, outputs], which the power iteration
 * v = u W^T, u = v W (both normalised) moves on. In a training step the weights that the optimizer changes are the kernel as
 * it was, as with Keras on JAX; a call by hand with `training: true` stores the divided kernel. As in Keras, outputs have the
 * dtype of the inputs, so around an `Embedding` they are cut to whole numbers.
 *
 * @param layer A layer with a `kernel` or `embeddings`.
 * @param powerIterations Steps of the power iteration at each call in training. Default 1.
 * @throws OlifantError `INVALID_ARGUMENT` for no layer, a layer without such a weight, or iterations below 1.
 * @example
 * new SpectralNormalization(new Dense(4)).apply(ops.ones([2, 3])).shape; // [2, 4]
 */
export class SpectralNormalization extends Wrapper {
  static override className = 'SpectralNormalization';
  static override moduleName = 'keras.layers';

  readonly powerIterations: number;
  kernel: Variable | null = null;
  vectorU!: Variable;

  constructor(layer: Layer, powerIterations?: number, options?: SpectralNormalizationOptions);
  constructor(layer: Layer, options?: SpectralNormalizationOptions);
  constructor(options: SpectralNormalizationOptions & { layer: Layer });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const all = readOptions<SpectralNormalizationOptions>(owner, ['layer', 'powerIterations'], DEFAULTS, args);
    const { powerIterations, ...options } = all;
    super(options);
    this.powerIterations = wholeNumber(owner, 'powerIterations', powerIterations);
  }

  override build(inputShape: DynamicShape): void {
    super.build(inputShape);
    const { kernel, embeddings } = this.layer as { kernel?: unknown; embeddings?: unknown };
    const weight = kernel ?? embeddings;
    if (!(weight instanceof Variable))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: expected a layer with a kernel or embeddings, such as Dense or Conv2D, got ${this.layer.label}`,
      );
    this.kernel = weight;
    this.vectorU = this.addWeight({
      name: 'vector_u',
      shape: [1, weight.shape.at(-1)!],
      initializer: new initializers.TruncatedNormal({ stddev: 0.02 }),
      trainable: false,
    });
    this.inputSpec = { minNdim: 1, axes: { [-1]: inputShape.at(-1)! } };
  }

  override call(inputs: Tensor, { training }: CallOptions): Tensor {
    return ops.cast(training ? this.#normalized(inputs) : this.layer.apply(inputs), inputs.dtype);
  }

  #normalized(inputs: Tensor): Tensor {
    const kernel = this.kernel!;
    const before = kernel.value();
    kernel.assign(this.#divided(before));
    const outputs = this.layer.apply(inputs);
    // In a training step it is the optimizer's to change the kernel, and the gradient is that of the kernel as it was.
    if (currentTrace() !== undefined) kernel.assign(before);
    return outputs;
  }

  #divided(kernel: Tensor): Tensor {
    const matrix = ops.reshape(kernel, [-1, kernel.shape.at(-1)!]);
    const before = this.vectorU.value();
    let u = before;
    let v = u;
    for (let i = 0; i < this.powerIterations; i++) {
      v = ops.normalize(ops.matmul(u, ops.transpose(matrix)));
      u = ops.normalize(ops.matmul(v, matrix));
    }
    [u, v] = [ops.stopGradient(u), ops.stopGradient(v)];
    const sigma = ops.reshape(ops.matmul(ops.matmul(v, matrix), ops.transpose(u)), []);
    // A kernel of zeros has no direction: nothing changes.
    const isZero = ops.all(ops.equal(kernel, 0));
    this.vectorU.assign(ops.where(isZero, before, u));
    return ops.divide(kernel, ops.where(isZero, 1, sigma));
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return this.layer.computeOutputShape(inputShape) as DynamicShape;
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), power_iterations: this.powerIterations };
  }
}
