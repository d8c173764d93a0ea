import { describe, OlifantError } from '../errors.ts';

/**
 * One thing, several in order, or several by name: arrays and plain objects are structures; everything else (tensors, typed
 * arrays, instances of classes, `null`) is a leaf.
 */
export type Structure<T> = T | readonly Structure<T>[] | { readonly [name: string]: Structure<T> };

/** Where a leaf is: indices and keys from the outside to the inside. */
export type Path = readonly (number | string)[];

type Branch = readonly unknown[] | Readonly<Record<string, unknown>>;

function isBranch(x: unknown): x is Branch {
  if (Array.isArray(x)) return true;
  if (typeof x !== 'object' || x === null) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

const fail = (message: string): never => {
  throw new OlifantError('INVALID_ARGUMENT', `tree.${message}`);
};

/** Keys in the order in which Keras visits them: sorted, whatever order they were written in. */
const keysOf = (x: Branch): (number | string)[] => (Array.isArray(x) ? x.map((_, i) => i) : Object.keys(x).sort());
const at = (x: Branch, key: number | string): unknown => (x as Record<number | string, unknown>)[key];

/** The same kind of branch with other parts; the keys of an object stay in the order in which they were written. */
function rebuild(x: Branch, part: (key: number | string) => unknown): unknown {
  if (Array.isArray(x)) return x.map((_, i) => part(i));
  const parts = new Map(keysOf(x).map((key) => [key, part(key)]));
  return Object.fromEntries(Object.keys(x).map((key) => [key, parts.get(key)]));
}

/** Whether `structure` is an array or a plain object. */
export const isNested = (structure: unknown): boolean => isBranch(structure);

/** The leaves in order; those of an object in the order of its sorted keys. A leaf alone gives a list of one. */
export const flatten = <T = unknown>(structure: Structure<T>): T[] =>
  flattenWithPath<T>(structure).map(([, leaf]) => leaf);

/** The leaves in order, each with where it is. */
export function flattenWithPath<T = unknown>(structure: Structure<T>): [Path, T][] {
  const out: [Path, T][] = [];
  const walk = (s: unknown, path: Path): void => {
    if (isBranch(s)) for (const key of keysOf(s)) walk(at(s, key), [...path, key]);
    else out.push([path, s as T]);
  };
  walk(structure, []);
  return out;
}

/** `null` and `undefined` are leaves like others unless `noneIsLeaf` is false: then they stay as they are. */
export interface MapOptions {
  readonly func: (...leaves: never[]) => unknown;
  /** Default true. */
  readonly noneIsLeaf?: boolean;
}

/**
 * `f` of the leaves of structures that are alike, one of each, in the same structure.
 *
 * @param f The function; or `{ func, noneIsLeaf }`.
 * @throws OlifantError `INVALID_ARGUMENT` where the structures differ.
 * @example
 * mapStructure((a, b) => a + b, { x: 1, y: [2] }, { x: 10, y: [20] }); // { x: 11, y: [22] }
 */
export function mapStructure<R = unknown>(
  f: ((...leaves: never[]) => R) | MapOptions,
  ...structures: [unknown, ...unknown[]]
): Structure<R> {
  const { func, noneIsLeaf = true } = typeof f === 'function' ? { func: f } : f;
  if (typeof func !== 'function') fail(`mapStructure: expected a function, got ${describe(func)}`);
  if (structures.length === 0) fail('mapStructure: give at least one structure after the function');
  const [first, ...others] = structures;
  for (const other of others) compare('mapStructure', first, other, { checkTypes: true });
  const walk = (structures: readonly unknown[]): unknown => {
    const [s] = structures;
    if (isBranch(s)) return rebuild(s, (key) => walk(structures.map((v) => at(v as Branch, key))));
    if (!noneIsLeaf && (s === null || s === undefined)) return s;
    return func(...(structures as never[]));
  };
  return walk([first, ...others]) as Structure<R>;
}

/**
 * `f` of the leaves of `shallow` and of what stands at their places in deeper structures, in the structure of `shallow`.
 *
 * @throws OlifantError `INVALID_ARGUMENT` where a structure is not at least as deep as `shallow`.
 */
export function mapStructureUpTo<R = unknown>(
  shallow: unknown,
  f: (...parts: never[]) => R,
  ...structures: unknown[]
): Structure<R> {
  const walk = (s: unknown, parts: readonly unknown[]): unknown => {
    if (!isBranch(s)) return f(...(parts as never[]));
    for (const part of parts) sameKeys('mapStructureUpTo', s, part, true);
    return rebuild(s, (key) =>
      walk(
        at(s, key),
        parts.map((p) => at(p as Branch, key)),
      ),
    );
  };
  return walk(shallow, structures) as Structure<R>;
}

const isShape = (x: unknown): boolean => Array.isArray(x) && x.every((d) => d === null || typeof d === 'number');

/** `f` of each shape in a structure: arrays of numbers and nulls are leaves, as is what is no array and no plain object. */
export function mapShapeStructure<R = unknown, T = readonly (number | null)[]>(
  f: (shape: T) => R,
  structure: unknown,
): Structure<R> {
  const walk = (s: unknown): unknown =>
    isBranch(s) && !isShape(s) ? rebuild(s, (key) => walk(at(s, key))) : f(s as T);
  return walk(structure) as Structure<R>;
}

/**
 * The structure with other leaves.
 *
 * @throws OlifantError `INVALID_ARGUMENT` where their number is not that of its leaves.
 */
export function packSequenceAs<R = unknown>(structure: unknown, leaves: readonly R[]): Structure<R> {
  if (!Array.isArray(leaves)) fail(`packSequenceAs: expected a list of leaves, got ${describe(leaves)}`);
  const count = flatten(structure).length;
  if (count !== leaves.length)
    fail(`packSequenceAs: the structure has ${count} leaves, but ${leaves.length} were given`);
  let next = 0;
  const walk = (s: unknown): unknown => (isBranch(s) ? rebuild(s, (key) => walk(at(s, key))) : leaves[next++]);
  return walk(structure) as Structure<R>;
}

function sameKeys(op: string, a: unknown, b: unknown, checkTypes: boolean): void {
  const where = `${describe(a)} and ${describe(b)}`;
  if (isBranch(a) !== isBranch(b)) fail(`${op}: the structures differ: ${where}`);
  if (!isBranch(a) || !isBranch(b)) return;
  if (checkTypes && Array.isArray(a) !== Array.isArray(b)) fail(`${op}: the structures differ in kind: ${where}`);
  const [p, q] = [keysOf(a), keysOf(b)];
  if (p.length !== q.length || p.some((key, i) => String(key) !== String(q[i])))
    fail(`${op}: the structures differ: one has [${p.join(', ')}], the other [${q.join(', ')}]`);
}

function compare(op: string, a: unknown, b: unknown, { checkTypes }: { checkTypes: boolean }): void {
  sameKeys(op, a, b, checkTypes);
  if (isBranch(a)) for (const key of keysOf(a)) compare(op, at(a, key), at(b as Branch, key), { checkTypes });
}

/**
 * @param options.checkTypes Whether an array and an object with the keys 0, 1 ... are different. Default true.
 * @throws OlifantError `INVALID_ARGUMENT` where two structures differ; the leaves may be anything.
 */
export function assertSameStructure(
  a: unknown,
  b: unknown,
  { checkTypes = true }: { checkTypes?: boolean } = {},
): void {
  compare('assertSameStructure', a, b, { checkTypes });
}

/** @throws OlifantError `INVALID_ARGUMENT` where the leaves of two structures are not at the same places. */
export function assertSamePaths(a: unknown, b: unknown): void {
  const [p, q] = [a, b].map((s) => flattenWithPath(s).map(([path]) => path.join('/')));
  const odd = p!.find((path) => !q!.includes(path)) ?? q!.find((path) => !p!.includes(path));
  if (odd !== undefined || p!.length !== q!.length)
    fail(`assertSamePaths: only one of the structures has a leaf at '${odd}'`);
}

/** What `f` of `traverse` returns for `null`, since `null` itself means that it has no answer. */
export const MAP_TO_NONE: unique symbol = Symbol('MAP_TO_NONE');

/**
 * `f` of every part of a structure, branches as well as leaves. What it returns takes the part's place; for `null` or nothing
 * the part stays, and what is in it is visited.
 *
 * @param options.topDown Whether a branch comes before what is in it. Default true.
 */
export function traverse(
  f: (part: unknown) => unknown,
  structure: unknown,
  { topDown = true }: { topDown?: boolean } = {},
): unknown {
  const answer = (value: unknown): unknown => (value === MAP_TO_NONE ? null : value);
  const none = (value: unknown): boolean => value === null || value === undefined;
  const walk = (s: unknown): unknown => {
    if (topDown) {
      const made = f(s);
      if (!none(made)) return answer(made);
    }
    const inner = isBranch(s) ? rebuild(s, (key) => walk(at(s, key))) : s;
    if (topDown) return inner;
    const made = f(inner);
    return none(made) ? inner : answer(made);
  };
  return walk(structure);
}

/** A copy of the structure: JavaScript has arrays only, so lists and tuples are the same. */
export const listsToTuples = (structure: unknown): unknown =>
  isBranch(structure) ? rebuild(structure, (key) => listsToTuples(at(structure, key))) : structure;
