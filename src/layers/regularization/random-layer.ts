import { describe, OlifantError } from '../../errors.ts';
import type { DType } from '../../graph/dtype.ts';
import { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import type { DynamicShape } from '../symbolic.ts';

/** What layers share that change their inputs at random in training. */
export abstract class RandomLayer extends Layer {
  /** Default: drawn from the stream of `setRandomSeed`. */
  readonly seed: number | null;
  /** Where the random numbers come from; its state moves on with each step. None where nothing is random. */
  readonly seedGenerator: SeedGenerator | null;

  constructor(options: LayerOptions, seed: number | null, active: boolean) {
    super(options);
    if (seed !== null && !(Number.isSafeInteger(seed) && seed >= 0))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.className}: seed must be a whole number from 0 to 2^53 - 1, or null, got ${describe(seed)}`,
      );
    this.seed = seed;
    this.seedGenerator = active ? new SeedGenerator(seed) : null;
    this.supportsMasking = true;
  }

  /** What it does in training. */
  protected abstract perturb(inputs: Tensor, key: Tensor): Tensor;

  override call(inputs: Tensor, { training }: { training?: boolean } = {}): Tensor {
    if (!training || this.seedGenerator === null) return inputs;
    return this.perturb(inputs, this.seedGenerator.next());
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override computeOutputDType([dtype]: readonly DType[]): DType {
    return dtype!;
  }
}
