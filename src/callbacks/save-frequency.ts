import { describe, OlifantError } from '../errors.ts';

/** After each epoch, or after so many batches. */
export type SaveFrequency = 'epoch' | number;

export function checkSaveFrequency(owner: string, value: unknown): SaveFrequency {
  if (value === 'epoch' || (Number.isSafeInteger(value) && (value as number) >= 1)) return value as SaveFrequency;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: saveFreq must be 'epoch' or a whole number of batches from 1, got ${describe(value)}`,
  );
}

/** Counts batches over epochs, also where several steps run between two calls (`stepsPerExecution`). */
export class BatchCounter {
  #seen = 0;
  #last: number | null = null;

  /** Whether `every` batches have gone by since it last said so. */
  isDue(batch: number, every: SaveFrequency): boolean {
    if (every === 'epoch') return false;
    this.#seen += this.#last === null || batch <= this.#last ? batch + 1 : batch - this.#last;
    this.#last = batch;
    if (this.#seen < every) return false;
    this.#seen = 0;
    return true;
  }

  get state(): { seen: number; last: number | null } {
    return { seen: this.#seen, last: this.#last };
  }

  set state({ seen, last }: { seen: number; last: number | null }) {
    this.#seen = seen;
    this.#last = last;
  }
}
