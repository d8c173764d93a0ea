import { describe, OlifantError } from '../errors.ts';
import type { TypedArray } from '../graph/dtype.ts';
import { limitedSteps } from '../settings.ts';
import type { HostTensor } from '../trace/host.ts';
import { globalRandom, type RandomState } from '../trace/random-host.ts';
import type { Samples } from './columns.ts';
import { type SourceCursor, withRandomOf } from './cursor.ts';

/** Some rows of samples: `count` of them from `start` in `order` (or as they lie). */
export interface Batch {
  readonly samples: Samples;
  readonly order: Int32Array | null;
  readonly start: number;
  readonly count: number;
}

/** Where batches come from: one pass a call. */
export interface BatchSource {
  /** Steps in a pass, if that is known before. */
  readonly steps: number | null;
  /** Rows of all batches but the last, if known. */
  readonly batchSize: number | null;
  pass(): Iterable<Batch> | AsyncIterable<Batch>;
  /** Where it stands in samples that are not finished; `null` where the next pass begins anew. */
  readonly cursor: SourceCursor | null;
  /** Lets the next pass go on from a cursor, as if `done` of its steps had been made. The random stream stays as it is. */
  seek(cursor: SourceCursor | null, done: number): void;
  /** @internal Forget where a stream stands. */
  close(): Promise<void>;
}

/** Rows up to this length are copied number by number: making a view of a row takes longer. */
const SHORT_ROW = 32;

/** Copies the rows of a batch into an array of `count` rows. */
export function fillRows(into: TypedArray, column: HostTensor, batch: Batch): void {
  const { order, start, count } = batch;
  const { data, shape } = column;
  const row = data.length / shape[0]!;
  if (order === null) into.set(data.subarray(start * row, (start + count) * row));
  else if (row <= SHORT_ROW)
    for (let i = 0, at = 0; i < count; i++) {
      const from = order[start + i]! * row;
      for (let j = 0; j < row; j++) into[at++] = data[from + j]!;
    }
  else
    for (let i = 0; i < count; i++) {
      const from = order[start + i]! * row;
      into.set(data.subarray(from, from + row), i * row);
    }
}

export interface ArraySourceOptions {
  batchSize: number;
  /** `true`: the samples, `'batch'`: the batches, each of the same samples, in another order in each pass. */
  shuffle: boolean | 'batch';
  /**
   * Steps in a pass; default: all samples once. As in Keras, a pass that ends before all samples are seen is continued by the
   * next, which ends where the samples do, however few steps that are.
   */
  steps?: number | null;
  /** Whether each pass begins with the first sample, as validation does. Default `false`. */
  restarts?: boolean;
}

/** Tells that a pass has fewer steps than were asked for. */
export function warnShort(done: number, steps: number): void {
  console.warn(
    `olifant: the data ended after ${done} of ${steps} steps, and so did the epoch; the next begins with the first batch. ` +
      'Ask for as many steps as there are batches, or leave them out',
  );
}

/** Batches of samples in memory. */
export class ArraySource implements BatchSource {
  readonly samples: Samples;
  readonly batchSize: number;
  readonly steps: number;
  readonly #shuffle: boolean | 'batch';
  #rest: Iterator<Batch> | undefined;
  readonly #whole: boolean;
  readonly #restarts: boolean;
  #warned = false;
  #random: RandomState | null = null;
  #taken = 0;
  #sought: SourceCursor | null = null;
  #done = 0;

  constructor(samples: Samples, options: ArraySourceOptions) {
    this.samples = samples;
    this.batchSize = options.batchSize;
    this.#shuffle = options.shuffle;
    this.#restarts = options.restarts ?? false;
    const all = Math.ceil(samples.rows / options.batchSize);
    this.steps = limitedSteps(options.steps ?? all);
    this.#whole = this.steps === all;
  }

  *pass(): Iterable<Batch> {
    const done = this.#done;
    this.#done = 0;
    if (this.#whole) return yield* this.#once();
    if (this.#restarts) this.seek(null, 0);
    for (let n = done; n < this.steps; ) {
      this.#rest ??= this.#once()[Symbol.iterator]();
      const next = this.#rest.next();
      if (!next.done) {
        n++;
        yield next.value;
        continue;
      }
      this.#rest = undefined;
      if (n === 0) continue;
      if (!this.#warned) warnShort(n, this.steps);
      this.#warned = true;
      return;
    }
  }

  get cursor(): SourceCursor | null {
    return this.#random === null ? null : { random: this.#random, taken: this.#taken };
  }

  seek(cursor: SourceCursor | null, done: number): void {
    this.#rest = undefined;
    this.#random = null;
    this.#sought = cursor;
    this.#done = done;
  }

  async close(): Promise<void> {
    this.seek(null, 0);
  }

  *#once(): Iterable<Batch> {
    const { samples, batchSize } = this;
    const batches = Math.ceil(samples.rows / batchSize);
    const sought = this.#sought;
    this.#sought = null;
    this.#random = sought?.random ?? globalRandom().state;
    const [order, sequence] = withRandomOf(sought, () => [
      this.#shuffle === true ? globalRandom().permutation(samples.rows) : null,
      this.#shuffle === 'batch' ? globalRandom().permutation(batches) : null,
    ]);
    for (let b = sought?.taken ?? 0; b < batches; b++) {
      const start = (sequence?.[b] ?? b) * batchSize;
      this.#taken = b + 1;
      yield { samples, order, start, count: Math.min(batchSize, samples.rows - start) };
    }
    this.#random = null;
  }
}

/** Batches that somebody makes as they go: any (async) iterable, or a function that gives one for each pass. */
export type BatchStream =
  | Iterable<unknown>
  | AsyncIterable<unknown>
  | (() => Iterable<unknown> | AsyncIterable<unknown>);

export function isStream(x: unknown): x is BatchStream {
  if (typeof x === 'function') return true;
  if (typeof x !== 'object' || x === null || Array.isArray(x) || ArrayBuffer.isView(x)) return false;
  return Symbol.iterator in x || Symbol.asyncIterator in x;
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** Batches of a stream of `[x, y, sampleWeight]`. */
export class StreamSource implements BatchSource {
  readonly steps: number | null;
  readonly batchSize = null;
  readonly #stream: BatchStream;
  readonly #read: (item: unknown) => Samples;
  readonly #method: string;
  #iterator: AnyIterator | undefined;
  #passes = 0;
  #random: RandomState | null = null;
  #taken = 0;
  #sought: SourceCursor | null = null;
  #done = 0;

  constructor(stream: BatchStream, read: (item: unknown) => Samples, steps: number | null, method: string) {
    this.#stream = stream;
    this.#read = read;
    this.steps = limitedSteps(steps);
    this.#method = method;
  }

  get cursor(): SourceCursor | null {
    return this.#iterator === undefined ? null : { random: this.#random!, taken: this.#taken };
  }

  seek(cursor: SourceCursor | null, done: number): void {
    this.#sought = cursor;
    this.#done = done;
  }

  #open(): AnyIterator {
    this.#random = globalRandom().state;
    this.#taken = 0;
    const it = typeof this.#stream === 'function' ? this.#stream() : this.#stream;
    if (typeof it !== 'object' || it === null || !(Symbol.asyncIterator in it || Symbol.iterator in it))
      throw new OlifantError(
        'INVALID_DATA',
        `${this.#method}: the function given as data must return an iterable of batches, like a generator, got ${describe(it)}`,
      );
    if (Symbol.asyncIterator in it) return it[Symbol.asyncIterator]();
    return (it as Iterable<unknown>)[Symbol.iterator]();
  }

  /** Opens the stream and leaves out what was taken before; the last of it is read, for what a first batch decides. */
  async #reopen(cursor: SourceCursor): Promise<void> {
    const random = globalRandom();
    const { state } = random;
    random.state = cursor.random;
    const iterator = this.#open();
    for (; this.#taken < cursor.taken; this.#taken++) {
      const next = await iterator.next();
      if (next.done)
        throw new OlifantError(
          'INVALID_DATA',
          `${this.#method}: the data ended after ${this.#taken} batches; the interrupted training had taken ${cursor.taken} of them`,
        );
      if (this.#taken === cursor.taken - 1) this.#read(next.value);
    }
    random.state = state;
    this.#iterator = iterator;
  }

  async *pass(): AsyncIterable<Batch> {
    const sought = this.#sought;
    let n = this.#done;
    this.seek(null, 0);
    if (sought !== null) await this.#reopen(sought);
    let fresh = this.#iterator === undefined;
    let iterator = this.#iterator ?? this.#open();
    this.#iterator = iterator;
    while (this.steps === null || n < this.steps) {
      const next = await iterator.next();
      if (!next.done) {
        const samples = this.#read(next.value);
        fresh = false;
        n++;
        this.#taken++;
        yield { samples, order: null, start: 0, count: samples.rows };
        continue;
      }
      if (fresh && n > 0) {
        // A generator that is at its end does not begin again.
        warnShort(n, this.steps!);
        this.#iterator = undefined;
        break;
      }
      if (fresh) this.#complain();
      this.#iterator = undefined;
      if (this.steps === null) break;
      iterator = this.#open();
      this.#iterator = iterator;
      fresh = true;
    }
    this.#passes++;
  }

  #complain(): never {
    throw new OlifantError(
      'INVALID_DATA',
      this.#passes > 0
        ? `${this.#method}: the data ran out: a generator runs only once. ` +
            'Pass a function that starts a new one, or stepsPerEpoch such that all epochs fit'
        : `${this.#method}: the data is empty: it gave no batch`,
    );
  }

  async close(): Promise<void> {
    await this.#iterator?.return?.();
    this.#iterator = undefined;
  }
}
