/** What kind of mistake an error is about; the message says the rest. */
export type ErrorCode =
  /** An option or argument that cannot be. */
  | 'INVALID_ARGUMENT'
  /** A shape that does not fit. */
  | 'SHAPE'
  /** An element type that does not fit. */
  | 'DTYPE'
  /** Data that cannot be used: empty, ragged, not finite, labels out of range. */
  | 'INVALID_DATA'
  /** A string that names nothing. */
  | 'UNKNOWN_ID'
  /** An operation on tensors that do not fit it, found when the graph was made. */
  | 'GRAPH'
  /** A configuration (of a layer, a model, a file) that cannot be. */
  | 'INVALID_CONFIG'
  /** Weights asked of something that has none yet. */
  | 'NOT_BUILT'
  /** Training without `compile`. */
  | 'NOT_COMPILED'
  /** A value asked of a tensor that has none yet (it belongs to a trace). */
  | 'NO_VALUE'
  /** A number that is not finite came up in training. */
  | 'NOT_FINITE'
  /** Something Keras can do and this cannot. */
  | 'UNSUPPORTED'
  | 'OUT_OF_MEMORY'
  /** A file of data that is damaged or not what it claims to be. */
  | 'INVALID_FILE'
  /** A file with a model that cannot be read or written (`FileError`). */
  | 'FILE';

/**
 * Every error that this package throws on purpose. The message names the layer or function, what was expected, what came
 * and, where there is one, the fix. `code` is for programs, `cause` is the error below, if any.
 */
export class OlifantError extends Error {
  override readonly name: string = 'OlifantError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Number of edits between two words: a character inserted, deleted, replaced, or two neighbours swapped (Damerau 1964,
 * each part edited once).
 */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}

/** The known word that `word` most likely meant, if any is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let distance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const k of known) {
    // Of 'Adam' and 'adam' the one in the case of the word.
    const d = editDistance(word.toLowerCase(), k.toLowerCase()) + editDistance(word, k) / 1000;
    if (d < distance) [best, distance] = [k, d];
  }
  return best;
}

/**
 * The error for a string that names nothing.
 *
 * @param kind What was asked for, as a noun: `'activation'`.
 * @param id What came; need not be a string.
 * @param known The ids that exist.
 */
export function unknownId(kind: string, id: unknown, known: readonly string[]): OlifantError {
  const near = typeof id === 'string' ? nearest(id, known) : undefined;
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  const got = typeof id === 'string' ? `'${id}'` : describe(id);
  return new OlifantError('UNKNOWN_ID', `unknown ${kind} ${got}.${hint} Known: ${known.join(', ')}`);
}

/**
 * Checks an object of options given by name.
 *
 * @param owner The function or class, for messages.
 * @returns The options.
 * @throws OlifantError `INVALID_ARGUMENT` for what is no object, and for an option that does not exist.
 */
export function checkOptions<T>(owner: string, options: T, known: readonly string[]): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: expected ${known.length === 0 ? 'no options' : `options as an object, like { ${known[0]}: ... }`}, got ${describe(options)}`,
    );
  const wrong = Object.keys(options).find((k) => !known.includes(k));
  if (wrong === undefined) return options;
  const near = nearest(
    wrong.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase()),
    known,
  );
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: unknown option '${wrong}'.${near ? ` Did you mean '${near}'?` : ''} Options: ${known.join(', ') || 'none'}`,
  );
}

/** A few words for what a value is, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (typeof value !== 'object') return `${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const shape = (value as { shape?: unknown }).shape;
  const kind = value.constructor?.name ?? 'object';
  if (Array.isArray(shape)) return `${kind} of shape ${formatShape(shape)}`;
  if (ArrayBuffer.isView(value)) return `${kind} of ${(value as unknown as { length: number }).length}`;
  return kind === 'Object' ? `an object with ${Object.keys(value).slice(0, 8).join(', ') || 'no keys'}` : `a ${kind}`;
}

/** A shape as Python prints a tuple: `(None, 28, 28)`, `(3,)`, `()`. */
export function formatShape(shape: readonly (number | null)[]): string {
  const inner = shape.map((d) => (d === null ? 'None' : String(d)));
  return inner.length === 1 ? `(${inner[0]},)` : `(${inner.join(', ')})`;
}
