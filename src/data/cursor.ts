import { globalRandom, type RandomState } from '../trace/random-host.ts';

/** Where a source of batches stands, as JSON can hold it. */
export interface SourceCursor {
  /** The random stream as it was when the present order of the samples was drawn, or the present stream opened. */
  readonly random: RandomState;
  /** Batches that have been taken since. */
  readonly taken: number;
  /** Passes that are over, of a dataset. */
  readonly passes?: number;
}

/** Runs `f` with the random stream as it was at a cursor, and puts it back. */
export function withRandomOf<T>(cursor: SourceCursor | null, f: () => T): T {
  if (cursor === null) return f();
  const random = globalRandom();
  const { state } = random;
  random.state = cursor.random;
  try {
    return f();
  } finally {
    random.state = state;
  }
}
