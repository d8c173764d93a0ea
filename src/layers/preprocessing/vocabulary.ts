import { OlifantError } from '../../errors.ts';
import { show } from '../options.ts';

/** How many tokens an error lists. */
const SHOWN = 10;

/** What stands before the tokens of a vocabulary, and where unknown ones go. */
export interface SpecialTokens<T> {
  readonly maskToken: T | null;
  readonly oovToken: T | null;
  readonly numOovIndices: number;
  /** Whether the mask token has an index of its own, 0. */
  readonly maskIndex: boolean;
}

/** The first index of an unknown token. */
export const oovStart = <T>({ maskIndex }: SpecialTokens<T>): number => (maskIndex ? 1 : 0);

/** The first index of a token of the vocabulary. */
export const tokenStart = <T>(special: SpecialTokens<T>): number => oovStart(special) + special.numOovIndices;

/** The special tokens in the order of their indices. */
export function specialTokens<T>(special: SpecialTokens<T>): (T | null)[] {
  const mask = special.maskIndex ? [special.maskToken] : [];
  return [...mask, ...new Array<T | null>(special.numOovIndices).fill(special.oovToken)];
}

/**
 * The tokens of a vocabulary that may begin with the special ones.
 *
 * @returns The tokens without the special ones, and whether they were there.
 * @throws OlifantError `INVALID_ARGUMENT` for an empty vocabulary, repeated tokens, and special tokens anywhere else.
 */
export function checkVocabulary<T>(
  owner: string,
  vocabulary: readonly T[],
  special: SpecialTokens<T>,
  invert: boolean,
): { tokens: readonly T[]; hadSpecial: boolean } {
  const complain = (message: string) => new OlifantError('INVALID_ARGUMENT', `${owner}: ${message}`);
  if (vocabulary.length === 0) throw complain('the vocabulary is empty; give at least one term');
  const first = specialTokens(special);
  const hadSpecial = first.length > 0 ? first.every((t, i) => vocabulary[i] === t) : true;
  const tokens = hadSpecial ? vocabulary.slice(first.length) : vocabulary;
  const seen = new Set<T>();
  const repeated = new Set<T>();
  for (const t of tokens) (seen.has(t) ? repeated : seen).add(t);
  if (repeated.size > 0)
    throw complain(
      `the vocabulary has ${repeated.size} repeated term(s): ${show([...repeated].slice(0, SHOWN))}; each may be there once`,
    );
  const misplaced: readonly [string, T | null, boolean][] = [
    ['maskToken', special.maskToken, true],
    ['oovToken', special.oovToken, invert],
  ];
  for (const [name, token, reserved] of misplaced)
    if (reserved && token !== null && seen.has(token))
      throw complain(
        `the vocabulary has the ${name} ${show([token])} at index ${vocabulary.lastIndexOf(token)}. Leave special tokens ` +
          `out, or begin with exactly ${show(first)}`,
      );
  return { tokens, hadSpecial };
}

/** Counts of tokens, and of the documents that they are in. */
export class TokenCounts<T> {
  readonly #total = new Map<T, number>();
  readonly #documentsWith = new Map<T, number>();
  documents = 0;

  /** Adds documents, each a list of tokens. */
  add(documents: Iterable<readonly T[]>): void {
    for (const tokens of documents) {
      this.documents++;
      for (const t of tokens) this.#total.set(t, (this.#total.get(t) ?? 0) + 1);
      for (const t of new Set(tokens)) this.#documentsWith.set(t, (this.#documentsWith.get(t) ?? 0) + 1);
    }
  }

  get empty(): boolean {
    return this.#total.size === 0;
  }

  /** The most frequent tokens but `without`, most frequent first, of equals the last in their order first. */
  ranked(without: readonly (T | null)[], compare: (a: T, b: T) => number, limit: number | null): T[] {
    const entries = [...this.#total].filter(([t]) => !without.includes(t));
    entries.sort(([a, n], [b, m]) => m - n || compare(b, a));
    return entries.slice(0, limit ?? undefined).map(([t]) => t);
  }

  /** log(1 + documents / (1 + documents with the token)) of each token. */
  inverseDocumentFrequencies(tokens: readonly T[]): number[] {
    return tokens.map((t) => Math.log(1 + this.documents / (1 + (this.#documentsWith.get(t) ?? 0))));
  }
}
