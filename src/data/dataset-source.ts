import { describe, OlifantError } from '../errors.ts';
import { limitedSteps } from '../settings.ts';
import { globalRandom, type RandomState } from '../trace/random-host.ts';
import { type Batch, type BatchSource, warnShort } from './batches.ts';
import type { Samples } from './columns.ts';
import { type SourceCursor, withRandomOf } from './cursor.ts';
import type { Dataset } from './dataset.ts';

/** The batches of a `Dataset`, in random order where that is asked for and allowed. */
export class DatasetSource implements BatchSource {
  readonly steps: number | null;
  readonly batchSize = null;
  readonly #dataset: Dataset;
  readonly #read: (item: unknown) => Samples;
  readonly #shuffle: boolean;
  readonly #length: number | null;
  readonly #restarts: boolean;
  #warned = false;
  /** Batches that are being made, by their place in the order. */
  readonly #made = new Map<number, Promise<unknown>>();
  #order: Int32Array | null = null;
  #isOpen = false;
  #random: RandomState | null = null;
  #taken = 0;
  #passes = 0;
  #sought: SourceCursor | null = null;
  #done = 0;

  constructor(
    dataset: Dataset,
    read: (item: unknown) => Samples,
    {
      shuffle,
      steps,
      method,
      restarts = false,
    }: { shuffle: boolean | 'batch'; steps: number | null; method: string; restarts?: boolean },
  ) {
    this.#dataset = dataset;
    this.#restarts = restarts;
    this.#read = read;
    const { length } = dataset;
    if (length !== null && (!Number.isSafeInteger(length) || length < 1))
      throw new OlifantError(
        'INVALID_DATA',
        `${method}: the dataset has ${describe(length)} batches; its length must be a whole number from 1, or null`,
      );
    if (length === null && steps === null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${method}: the dataset has no end; say how many batches are taken (stepsPerEpoch, steps)`,
      );
    this.#length = length;
    this.#shuffle = shuffle !== false && !dataset.ordered && length !== null;
    this.steps = limitedSteps(steps ?? length);
  }

  get cursor(): SourceCursor {
    const random = this.#isOpen ? this.#random! : globalRandom().state;
    return { random, taken: this.#isOpen ? this.#taken : 0, passes: this.#passes };
  }

  seek(cursor: SourceCursor | null, done: number): void {
    this.#made.clear();
    this.#isOpen = false;
    this.#sought = cursor;
    this.#done = done;
    this.#passes = cursor?.passes ?? this.#passes;
  }

  async close(): Promise<void> {
    this.seek(null, 0);
  }

  async #open(): Promise<void> {
    const sought = this.#sought;
    this.#sought = null;
    this.#random = sought?.random ?? globalRandom().state;
    this.#order = withRandomOf(sought, () => {
      this.#dataset.beginPass(this.#passes);
      return this.#shuffle ? globalRandom().permutation(this.#length!) : null;
    });
    this.#dataset.onEpochBegin();
    this.#isOpen = true;
    this.#taken = sought?.taken ?? 0;
    // For what a first batch decides, where no other may come.
    if (this.#taken > 0) this.#read(await this.#dataset.getItem(this.#order?.[this.#taken - 1] ?? this.#taken - 1));
  }

  /** The next batch; those that follow are begun. */
  #next(): Promise<unknown> {
    const end = Math.min(this.#taken + this.#dataset.parallel, this.#length ?? Number.POSITIVE_INFINITY);
    for (let at = this.#taken; at < end; at++) {
      if (this.#made.has(at)) continue;
      const made = (async () => this.#dataset.getItem(this.#order?.[at] ?? at))();
      // What fails is told when its turn comes.
      made.catch(() => undefined);
      this.#made.set(at, made);
    }
    const next = this.#made.get(this.#taken)!;
    this.#made.delete(this.#taken++);
    return next;
  }

  async *pass(): AsyncIterable<Batch> {
    let n = this.#done;
    this.#done = 0;
    if (this.#restarts) this.seek(null, 0);
    if (!this.#isOpen && this.#sought !== null) await this.#open();
    while (n < this.steps!) {
      if (!this.#isOpen) await this.#open();
      if (this.#taken < (this.#length ?? Number.POSITIVE_INFINITY)) {
        const samples = this.#read(await this.#next());
        n++;
        yield { samples, order: null, start: 0, count: samples.rows };
      }
      this.#endIfAll();
      if (this.#isOpen || n === 0 || n === this.steps) continue;
      if (!this.#warned) warnShort(n, this.steps!);
      this.#warned = true;
      return;
    }
    this.#endIfAll();
  }

  #endIfAll(): void {
    if (!this.#isOpen || this.#taken !== this.#length) return;
    this.#isOpen = false;
    this.#passes++;
    this.#dataset.onEpochEnd();
  }
}
