import { describe, OlifantError } from '../errors.ts';
import { checkFlag, checkWhole } from '../keras-object.ts';

/**
 * Batches by their number. `fit`, `evaluate` and `predict` take one, and it can be looped over: `for await (const [x, y] of
 * dataset)`.
 */
export abstract class Dataset<B = unknown> {
  /** Batches in a pass; `null` where there is no end. */
  abstract get length(): number | null;

  /** The batch of this number, such as `[x, y]` or `[x, y, sampleWeight]`. */
  abstract getItem(index: number): B | Promise<B>;

  /** @internal Batches that may be made at the same time. */
  get parallel(): number {
    return 1;
  }

  /** @internal Whether `fit` may take the batches in another order. */
  get ordered(): boolean {
    return true;
  }

  /** @internal Before a pass, of which there were `pass` before. */
  beginPass(_pass: number): void {}

  /** Called before the first batch of a pass. */
  onEpochBegin(): void {}

  /** Called after the last batch of a pass. */
  onEpochEnd(): void {}

  #passes = 0;

  async *[Symbol.asyncIterator](): AsyncIterator<B> {
    this.beginPass(this.#passes++);
    this.onEpochBegin();
    for (let i = 0; this.length === null || i < this.length; i++) yield await this.getItem(i);
    this.onEpochEnd();
  }
}

export interface PyDatasetOptions {
  /** Batches that are made at the same time, where `getItem` is async. Default 1. */
  workers?: number;
  /** Taken for Keras's sake; there are no processes to be used. */
  useMultiprocessing?: boolean;
  /** Most batches that wait to be used. Default 10. */
  maxQueueSize?: number;
}

/**
 * Data that a program of one's own makes batch by batch (Keras's `PyDataset`, once called `Sequence`): extend it with `length`
 * and `getItem`. `fit` takes the batches in random order unless `shuffle` is false.
 *
 * @example
 * class Squares extends PyDataset {
 *   get length() {
 *     return 10;
 *   }
 *   getItem(i: number) {
 *     return [[[i]], [[i * i]]];
 *   }
 * }
 * await model.fit(new Squares({ workers: 2 }), { epochs: 3 });
 */
export abstract class PyDataset<B = unknown> extends Dataset<B> {
  readonly workers: number;
  readonly useMultiprocessing: boolean;
  readonly maxQueueSize: number;

  constructor(options: PyDatasetOptions = {}) {
    super();
    const owner = new.target.name;
    if (typeof options !== 'object' || options === null)
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: expected options as an object, got ${describe(options)}`);
    this.workers = checkWhole(owner, 'workers', options.workers ?? 1);
    this.useMultiprocessing = checkFlag(owner, 'useMultiprocessing', options.useMultiprocessing ?? false);
    this.maxQueueSize = checkWhole(owner, 'maxQueueSize', options.maxQueueSize ?? 10, 1);
  }

  /** Batches in a pass, `null` where there is no end: `length`, under Keras's name. */
  get numBatches(): number | null {
    return this.length;
  }

  override get parallel(): number {
    return Math.max(1, Math.min(this.workers, this.maxQueueSize));
  }

  override get ordered(): boolean {
    return false;
  }
}
