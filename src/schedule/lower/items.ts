import type { Shape } from '../../graph/shape.ts';
import type { Affine, KernelBuilder } from '../../kernel/builder.ts';
import type { TargetFacts } from '../../targets/facts.ts';

/** At least so many items, where there is enough work, so that threads share it evenly. */
const ITEMS = 64;
/** Elements that are worth a loop of their own. */
const CHUNK = 512;

/** Operations for which no thread is worth waking. */
const SMALL = 48 << 10;
/** Rows that are items for the sake of others, at most. */
const ROWS = 256;

/** Whether a call does so little that its items may be what suits the calls that it is joined with. */
export function isSmallWork(operations: number, facts: TargetFacts): boolean {
  return operations <= (facts.deals?.small ?? SMALL);
}

/** The facts for a call of so many operations over a shape: small ones have rows as items. */
export function dealtOut(shape: Shape, operations: number, facts: TargetFacts): TargetFacts {
  const rows = shape[0] ?? 1;
  return rows >= 8 && rows <= ROWS && isSmallWork(operations, facts) ? { ...facts, byRows: true } : facts;
}

/**
 * How loops are dealt out: the first `outer` of them, and blocks of `block` elements of the last one, make the items; the
 * rest are loops inside.
 */
export interface Items {
  readonly outer: number;
  readonly block: number;
  readonly domain: number;
}

/**
 * Plans the items of a nest whose last loop is the vectorised one; with `byRows`, the first loop makes them. Where all loops are one,
 * over so many `samples`, items are samples or parts of one.
 */
export function planItems(sizes: readonly number[], lanes: number, byRows = false, samples = 1): Items {
  const last = sizes.length - 1;
  const inner = sizes[last] ?? 1;
  if (byRows) return last > 0 ? { outer: 1, block: inner, domain: sizes[0]! } : { outer: 0, block: 1, domain: inner };
  let outer = 0;
  let n = 1;
  while (outer < last && n < ITEMS) n *= sizes[outer++]!;
  let block = inner;
  if (outer >= last && n < ITEMS && inner > CHUNK) {
    const pieces = Math.min(Math.ceil(ITEMS / n), Math.ceil(inner / CHUNK));
    const even = Math.ceil(Math.ceil(inner / pieces) / (4 * lanes)) * 4 * lanes;
    block = (last === 0 ? blockOfSamples(inner, samples, lanes) : undefined) ?? even;
  }
  return { outer, block, domain: n * Math.ceil(inner / block) };
}

/** The elements of a sample, or of some, or of a part of one, that make items enough; undefined where they are too few. */
function blockOfSamples(elements: number, samples: number, lanes: number): number | undefined {
  if (samples <= 1 || elements % samples !== 0) return undefined;
  const each = elements / samples;
  let some = 1;
  for (let n = 2; samples / n >= ITEMS; n++) if (samples % n === 0) some = n;
  let parts = 1;
  for (let n = 2; some === 1 && samples * parts < ITEMS && n <= ITEMS; n++) if (each % (n * lanes) === 0) parts = n;
  const block = (each / parts) * some;
  return block >= CHUNK ? block : undefined;
}

/** The indices of a row-major nest from its item number. */
export function unflatten(b: KernelBuilder, item: Affine, sizes: readonly number[]): Affine[] {
  const out: Affine[] = new Array(sizes.length);
  let rest = item;
  for (let i = sizes.length - 1; i >= 0; i--) {
    out[i] = i === 0 ? rest : b.divide('mod', rest, sizes[i]!);
    if (i > 0) rest = b.divide('div', rest, sizes[i]!);
  }
  return out;
}

/** Calls `body(at, count)` for the vectors of `[from, from + n)`, the last of them partial; `n` is a constant. */
export function vectors(b: KernelBuilder, from: Affine, n: number, body: (at: Affine, count: number) => void): void {
  const whole = n - (n % b.lanes);
  b.times(whole, b.lanes, (i) => body({ c: from.c + i.c, terms: merge(from, i) }, b.lanes));
  if (n > whole) body({ c: from.c + whole, terms: from.terms }, n - whole);
}

function merge(a: Affine, i: Affine): Affine['terms'] {
  return [...a.terms, ...i.terms].sort((x, y) => x[0] - y[0]);
}

/** Runs `body` with each block of the last loop: its start, and its (constant) length. */
export function blocks(
  b: KernelBuilder,
  which: Affine,
  size: number,
  block: number,
  body: (from: Affine, n: number) => void,
): void {
  const count = Math.ceil(size / block);
  const from = { c: which.c * block, terms: which.terms.map(([i, k]) => [i, k * block] as const) };
  const rest = size - (count - 1) * block;
  if (rest === block || count === 1) return body(from, Math.min(block, size));
  const toLast = { c: which.c - (count - 1), terms: which.terms };
  b.branch(
    toLast,
    'lt',
    () => body(from, block),
    () => body(from, rest),
  );
}
