import { checkFlag, checkWhole } from '../keras-object.ts';
import { drawSeed, HostRandom } from '../trace/random-host.ts';
import { Dataset } from './dataset.ts';

export interface SampleOptions {
  /** Samples in a batch; `null`: one sample at a time, without an axis for the batch. */
  batchSize: number | null;
  /** Whether samples come in another order in each pass. */
  shuffle: boolean;
  /** Of that order; default: drawn from the stream of `setRandomSeed`. */
  seed: number | null;
}

/** Samples by their numbers, gathered to batches. */
export abstract class SampleDataset<B> extends Dataset<B> {
  readonly batchSize: number | null;
  /** Samples. */
  readonly size: number;
  readonly #seed: number | null;
  #order: Int32Array | null = null;

  constructor(owner: string, size: number, { batchSize, shuffle, seed }: SampleOptions) {
    super();
    this.size = size;
    this.batchSize = batchSize === null ? null : checkWhole(owner, 'batchSize', batchSize, 1);
    checkFlag(owner, 'shuffle', shuffle);
    if (seed !== null) checkWhole(owner, 'seed', seed);
    this.#seed = shuffle ? (seed ?? drawSeed()) : null;
  }

  override get length(): number {
    return Math.ceil(this.size / (this.batchSize ?? 1));
  }

  /** The order of a pass is a function of the seed and of the number of the pass. */
  override beginPass(pass: number): void {
    this.#order = this.#seed === null ? null : new HostRandom([this.#seed, pass]).permutation(this.size);
  }

  override getItem(index: number): B | Promise<B> {
    const start = index * (this.batchSize ?? 1);
    const count = Math.min(this.batchSize ?? 1, this.size - start);
    return this.gather(Array.from({ length: count }, (_, i) => this.#order?.[start + i] ?? start + i));
  }

  /** The batch of these samples. */
  protected abstract gather(samples: readonly number[]): B | Promise<B>;
}
