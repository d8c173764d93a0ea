import { describe } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { replaceNodes, topologicalOrder } from '../graph/structure.ts';
import { isTensorLike, type Tensor, type TensorLike } from '../trace/index.ts';
import { flatten, mapStructure, packSequenceAs, type Structure } from '../tree/index.ts';
import { equal, logicalAnd, logicalNot, where } from './compare.ts';
import { expandTo, fail, lift, normalizeAxis, reshapeTo, wrap } from './core.ts';
import { add, clip } from './elementwise.ts';
import { concreteData, isConcrete } from './known.ts';
import { scan } from './loop.ts';
import { broadcastTo, concatenate, flip, reshape, sliceAxis, squeeze, stack } from './movement.ts';

/** Tensors in arrays and plain objects. */
export type Tensors = Structure<Tensor>;
type Likes = Structure<TensorLike>;

/** Arrays of numbers would look like structures: leaves are tensors and numbers. */
const tensorsOf = (structure: Likes): Tensors => mapStructure<Tensor>((x: TensorLike) => wrap(lift(x)), structure);

function checkFunction(op: string, name: string, f: unknown): void {
  if (typeof f !== 'function') fail(op, `${name}: expected a function, got ${describe(f)}`, 'INVALID_ARGUMENT');
}

function scalarOf(op: string, x: unknown): Tensor {
  if (!isTensorLike(x)) fail(op, `expected a scalar, got ${describe(x)}`, 'INVALID_ARGUMENT');
  const n = lift(x);
  if (n.shape.some((d) => d !== 1)) fail(op, `expected a scalar, got shape [${n.shape.join(', ')}]`);
  return wrap(reshapeTo(n, []));
}

/** Leaf by leaf one or the other; both must be alike. */
function choose(op: string, condition: Tensor, a: Tensors, b: Tensors): Tensors {
  return mapStructure<Tensor>(
    (x: Tensor, y: Tensor) => {
      if (x.dtype !== y.dtype || x.shape.join() !== y.shape.join())
        fail(
          op,
          `all branches must give the same shapes and dtypes, got ${describe(x)} ${x.dtype} and ${describe(y)} ${y.dtype}`,
        );
      return where(condition, x, y);
    },
    a,
    b,
  ) as Tensors;
}

/**
 * What `f` gives, with no gradient flowing into it where the condition is false: not even the NaNs of a branch that is not taken.
 * The nodes made by `f` are those younger than a node made before it.
 */
function guarded(condition: Tensor, f: () => Likes): Tensors {
  const before = lift(0).id;
  const made = tensorsOf(f());
  const leaves = flatten<Tensor>(made).map((t) => t.node);
  const outside = new Map<Node, Node>();
  for (const n of topologicalOrder(leaves))
    for (const x of n.id > before ? n.inputs : [])
      if (x.id < before && x.dtype === 'float32') outside.set(x, onlyWhere(condition, x));
  for (const n of leaves) if (n.id < before && n.dtype === 'float32') outside.set(n, onlyWhere(condition, n));
  return packSequenceAs<Tensor>(made, replaceNodes(leaves, outside).map(wrap));
}

/** The same value, whose gradient is 0 where the condition is false. */
function onlyWhere(condition: Tensor, x: Node): Node {
  const upstream = node('neg', [x], {});
  const gradient = where(condition, wrap(upstream), 0);
  return node('custom', [x, upstream, x, expandTo(gradient.node, x.shape)], { operands: 1 });
}

/**
 * What one of two functions gives. Where the condition is known, only that one is called; in a compiled program, where its value
 * comes later, both are computed and one is chosen.
 *
 * @param pred A scalar.
 * @returns Tensors in the structure that the functions give; it must be the same for both.
 */
export function cond<R extends Tensors>(pred: TensorLike, trueFn: () => R, falseFn: () => R): R {
  checkFunction('cond', 'trueFn', trueFn);
  checkFunction('cond', 'falseFn', falseFn);
  const condition = scalarOf('cond', pred);
  if (isConcrete(condition.node)) return wrap(condition.node).dataSync()[0] ? trueFn() : falseFn();
  return choose('cond', condition, guarded(condition, trueFn), guarded(logicalNot(condition), falseFn)) as R;
}

/**
 * What branch number `index` gives for the operands; numbers beyond the ends choose the first or the last. Like `cond`, where the
 * number is not known yet, all branches are computed.
 */
function switchBranch<R extends Tensors>(
  index: TensorLike,
  branches: readonly ((...operands: never[]) => R)[],
  ...operands: unknown[]
): R {
  if (!Array.isArray(branches) || branches.length === 0)
    fail('switch', `expected a list of functions, got ${describe(branches)}`, 'INVALID_ARGUMENT');
  for (const f of branches) checkFunction('switch', 'branches', f);
  const at = clip(wrap(lift(scalarOf('switch', index), 'int32')), 0, branches.length - 1);
  if (isConcrete(at.node)) return branches[at.dataSync()[0]!]!(...(operands as never[]));
  const results = branches.map((f, i) => guarded(equal(at, i), () => f(...(operands as never[]))));
  return results.reduceRight((rest, result, i) => choose('switch', equal(at, i), result, rest)) as R;
}

export { switchBranch as switch };

const LOOP_LIMIT = 4096;

/**
 * `body` again and again while `condition` holds.
 *
 * Where the values are known the loop runs at once, step by step; no gradient flows through it. In a compiled program a loop
 * whose end depends on data needs `maximumIterations`: it becomes a loop of that length, whose later steps change nothing, and
 * has a gradient. A loop whose end does not depend on data is written out there, step by step.
 *
 * @param condition From the values to a scalar.
 * @param body From the values to the next ones, of the same shapes and dtypes.
 * @param loopVars A list of values, which both functions get as arguments; or one value.
 * @param options.maximumIterations After so many steps it ends anyway. Default: without bounds.
 * @returns The values at last, a list or one as `loopVars`.
 * @throws OlifantError `UNSUPPORTED` in a compiled program where the end depends on data, without `maximumIterations`.
 */
export function whileLoop<V extends Likes>(
  condition: (...vars: never[]) => TensorLike,
  body: (...vars: never[]) => unknown,
  loopVars: V,
  { maximumIterations }: { maximumIterations?: number | null } = {},
): V extends readonly unknown[] ? Tensors[] : Tensors {
  checkFunction('whileLoop', 'condition', condition);
  checkFunction('whileLoop', 'body', body);
  const most = maximumIterations ?? Number.POSITIVE_INFINITY;
  if (most !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(most) || most < 0))
    fail('whileLoop', `maximumIterations: expected a whole number, got ${most}`, 'INVALID_ARGUMENT');
  const several = Array.isArray(loopVars);
  const first = tensorsOf((several ? loopVars : [loopVars]) as Likes) as Tensors[];
  const loop: Loop = {
    holds: (vars) => wrap(lift(scalarOf('whileLoop', condition(...(vars as never[]))), 'bool')),
    next(vars) {
      const made = body(...(vars as never[]));
      const list = tensorsOf((several ? made : [made]) as Likes) as Tensors[];
      sameKinds('whileLoop', first, list);
      return list;
    },
  };
  const eager = flatten<Tensor>(first).every((t) => isConcrete(t.node)) && isConcrete(loop.holds(first).node);
  const last = eager
    ? atOnce(loop, first, most)
    : most === Number.POSITIVE_INFINITY
      ? writtenOut(loop, first)
      : masked(loop, first, most);
  return (several ? last : last[0]) as never;
}

interface Loop {
  holds(vars: Tensors[]): Tensor;
  next(vars: Tensors[]): Tensors[];
}

function sameKinds(op: string, before: Tensors, after: Tensors): void {
  mapStructure(
    (x: Tensor, y: Tensor) => {
      if (x.dtype !== y.dtype || x.shape.join() !== y.shape.join())
        fail(op, `a step must keep shapes and dtypes, got ${describe(y)} ${y.dtype} for ${describe(x)} ${x.dtype}`);
    },
    before,
    after,
  );
}

function atOnce(loop: Loop, first: Tensors[], most: number): Tensors[] {
  let vars = first;
  for (let i = 0; i < most && loop.holds(vars).dataSync()[0]; i++) {
    vars = loop.next(vars);
    // Their values now, so that a step costs what it costs and not what all steps before it do.
    for (const t of flatten<Tensor>(vars)) {
      if (!isConcrete(t.node)) return masked(loop, first, most);
      t.dataSync();
    }
  }
  return vars;
}

function writtenOut(loop: Loop, first: Tensors[]): Tensors[] {
  let vars = first;
  for (let i = 0; ; i++) {
    const on = loop.holds(vars);
    if (!isConcrete(on.node) || i === LOOP_LIMIT)
      fail(
        'whileLoop',
        'in a compiled program the end of a loop cannot depend on data: give maximumIterations, and the steps beyond its end will change nothing',
        'UNSUPPORTED',
      );
    if (!wrap(on.node).dataSync()[0]) return vars;
    vars = loop.next(vars);
  }
}

/** A loop of fixed length that keeps the values as they are once the condition has failed. */
function masked(loop: Loop, first: Tensors[], most: number): Tensors[] {
  if (most === Number.POSITIVE_INFINITY) return writtenOut(loop, first);
  const flat = flatten<Tensor>(first);
  const on = wrap(lift(true));
  const { carry } = scan(
    ([running, ...vars]) => {
      const now = packSequenceAs<Tensor>(first, vars) as Tensors[];
      const still = logicalAnd(running!, loop.holds(now));
      const next = choose(
        'whileLoop',
        still,
        guarded(still, () => loop.next(now)),
        now,
      );
      return { carry: [still, ...flatten<Tensor>(next)] };
    },
    [on, ...flat],
    [],
    { length: most },
  );
  return packSequenceAs<Tensor>(first, carry.slice(1)) as Tensors[];
}

/**
 * `body(i, value)` for i from `lower` to `upper - 1`, each with what the one before gave: compiled as a loop.
 *
 * @param lower Known when the program is made, as `upper`; for bounds that are not, see `whileLoop`.
 * @param init Tensors in a structure, whose shapes and dtypes `body` keeps.
 */
export function foriLoop<V extends Likes>(
  lower: TensorLike,
  upper: TensorLike,
  body: (i: Tensor, value: never) => unknown,
  init: V,
): Tensors {
  checkFunction('foriLoop', 'body', body);
  const bound = (x: TensorLike) =>
    concreteData(
      'foriLoop',
      scalarOf('foriLoop', x).node,
      'how often a loop runs must be known when the program is made; use whileLoop with maximumIterations',
    )[0]!;
  const [from, to] = [bound(lower), bound(upper)];
  const first = tensorsOf(init);
  if (to <= from) return first;
  const places = wrap(node('iota', [], { shape: [to - from], axis: 0 }));
  const { carry } = scan(
    (vars, [i]) => {
      const next = tensorsOf(body(i!, packSequenceAs<Tensor>(first, vars) as never) as Likes);
      sameKinds('foriLoop', first, next);
      return { carry: flatten<Tensor>(next) };
    },
    flatten<Tensor>(first),
    [add(places, from)],
  );
  return packSequenceAs<Tensor>(first, carry);
}

function rowsIn(op: string, elements: Tensors): number {
  const sizes = flatten<Tensor>(elements).map((t) => t.shape[0]);
  if (sizes.length === 0 || sizes[0] === undefined || sizes.some((s) => s !== sizes[0]))
    fail(op, `expected tensors with the same number of rows, got ${sizes.map((s) => s ?? 'a scalar').join(', ')}`);
  return sizes[0];
}

function mapped(op: string, f: (x: never) => unknown, elements: Likes): Tensors {
  checkFunction(op, 'f', f);
  const xs = tensorsOf(elements);
  rowsIn(op, xs);
  let shape: Tensors = [];
  const { outputs } = scan(
    (_, rows) => {
      shape = tensorsOf(f(packSequenceAs<Tensor>(xs, rows) as never) as Likes);
      return { carry: [], outputs: flatten<Tensor>(shape) };
    },
    [],
    flatten<Tensor>(xs),
  );
  return packSequenceAs<Tensor>(shape, outputs);
}

/** `f` of each row of `xs` (of all tensors in a structure alike), what it gives stacked: compiled as a loop. */
export function map(f: (x: Tensor) => Tensor, xs: TensorLike): Tensor;
export function map(f: (x: never) => unknown, xs: Likes): Tensors;
export function map(f: (x: never) => unknown, xs: Likes): Tensors {
  // An array of numbers is one tensor here, as it always was.
  return mapped('map', f, Array.isArray(xs) && xs.every(isNumbers) ? wrap(lift(xs as TensorLike)) : xs);
}

const isNumbers = (x: unknown): boolean =>
  typeof x === 'number' || typeof x === 'boolean' || (Array.isArray(x) && x.every(isNumbers));

/** `f` of each row of all tensors in `elements`, what it gives stacked. The results are those of `map`. */
export const vectorizedMap = (f: (x: never) => unknown, elements: Likes): Tensors =>
  mapped('vectorizedMap', f, elements);

/**
 * Results of an associative function over all beginnings of an axis: e0, f(e0, e1), f(f(e0, e1), e2) ..., in about 2 log2(n)
 * calls of `f` with many pairs at a time.
 *
 * @param f From two structures like `elems`, with any number of elements along `axis`, to one.
 * @param options.reverse From the end. Default false.
 * @param options.axis Default 0.
 */
export function associativeScan<V extends Likes>(
  f: (a: never, b: never) => unknown,
  elems: V,
  { reverse = false, axis = 0 }: { reverse?: boolean; axis?: number } = {},
): Tensors {
  checkFunction('associativeScan', 'f', f);
  const given = tensorsOf(elems);
  const flat = flatten<Tensor>(given);
  const axes = flat.map((t) => normalizeAxis('associativeScan', axis, t.rank));
  const size = flat[0]?.shape[axes[0]!];
  if (size === undefined || flat.some((t, i) => t.shape[axes[i]!] !== size))
    fail('associativeScan', `expected tensors of the same size along axis ${axis}`);
  const turned = (list: Tensor[]) => (reverse ? list.map((t, i) => flip(t, axes[i]!)) : list);
  const both = (a: Tensor[], b: Tensor[]) =>
    flatten<Tensor>(tensorsOf(f(packSequenceAs(given, a) as never, packSequenceAs(given, b) as never) as Likes));
  return packSequenceAs<Tensor>(given, turned(prefixes(turned(flat), axes, both)));
}

type Combine = (a: Tensor[], b: Tensor[]) => Tensor[];

/** Pairs of neighbours are combined, their prefixes are the odd results, and the even ones are one element further. */
function prefixes(list: Tensor[], axes: readonly number[], both: Combine): Tensor[] {
  const size = list[0]!.shape[axes[0]!]!;
  if (size < 2) return list;
  const part = (from: Tensor[], start: number, end: number, step: number) =>
    from.map((t, i) => wrap(sliceAxis(t.node, axes[i]!, start, Math.max(start, end), step)));
  const pairs = both(part(list, 0, size - 1, 2), part(list, 1, size, 2));
  const odd = prefixes(pairs, axes, both);
  const odds = odd[0]!.shape[axes[0]!]!;
  const evens = Math.ceil(size / 2);
  const later = evens > 1 ? both(part(odd, 0, evens - 1, 1), part(list, 2, size, 2)) : undefined;
  const even = list.map((t, i) => {
    const first = wrap(sliceAxis(t.node, axes[i]!, 0, 1));
    return later === undefined ? first : concatenate([first, later[i]!], axes[i]!);
  });
  return even.map((t, i) => interleave(t, odd[i]!, axes[i]!, evens, odds));
}

function interleave(even: Tensor, odd: Tensor, axis: number, evens: number, odds: number): Tensor {
  const common = (t: Tensor) => wrap(sliceAxis(t.node, axis, 0, odds));
  const zipped = stack([common(even), odd], axis + 1);
  const shape = even.shape.map((d, i) => (i === axis ? 2 * odds : d));
  const joined = reshape(zipped, shape);
  return evens === odds ? joined : concatenate([joined, wrap(sliceAxis(even.node, axis, odds, evens))], axis);
}

export interface VectorizeOptions {
  /** Numbers of arguments that are given to every call as they are. */
  readonly excluded?: readonly number[] | null;
  /** Axes that the function itself takes, as in `'(n),(n)->()'`. Default: it takes scalars. */
  readonly signature?: string | null;
}

/**
 * The function of tensors that calls `f` for each element (or, with a signature, for each of the last axes' parts) of its
 * arguments, broadcast to one shape: compiled as a loop.
 */
export function vectorize(
  f: (...args: never[]) => Tensor,
  { excluded = [], signature = null }: VectorizeOptions = {},
): (...args: TensorLike[]) => Tensor {
  checkFunction('vectorize', 'f', f);
  const ranks = signature === null ? undefined : coreRanks(signature);
  return (...args) => {
    const mappedAt = args.map((_, i) => i).filter((i) => !(excluded ?? []).includes(i));
    if (ranks !== undefined && ranks.length !== mappedAt.length)
      fail(
        'vectorize',
        `the signature '${signature}' is for ${ranks.length} arguments, got ${mappedAt.length}`,
        'INVALID_ARGUMENT',
      );
    const tensors = mappedAt.map((i) => wrap(lift(args[i]!)));
    const cores = tensors.map((t, k) => {
      const rank = ranks?.[k] ?? 0;
      if (t.rank < rank)
        fail('vectorize', `argument ${mappedAt[k]} needs ${rank} axes, got shape [${t.shape.join(', ')}]`);
      return t.shape.slice(t.rank - rank);
    });
    const outer = commonShape(tensors.map((t, k) => t.shape.slice(0, t.rank - cores[k]!.length)));
    const rows = tensors.map((t, k) =>
      reshape(
        broadcastTo(t, [...outer, ...cores[k]!]),
        [-1, ...cores[k]!].map((d, i) => (i === 0 ? outer.reduce((a, b) => a * b, 1) : d)),
      ),
    );
    const call = (parts: readonly Tensor[]) => {
      const all: unknown[] = [...args];
      mappedAt.forEach((i, k) => {
        all[i] = parts[k];
      });
      return wrap(lift(f(...(all as never[]))));
    };
    if (rows.length === 0 || outer.length === 0) return call(rows.map((r) => squeeze(r, 0)));
    const { outputs } = scan((_, parts) => ({ carry: [], outputs: [call(parts)] }), [], rows);
    return reshape(outputs[0]!, [...outer, ...outputs[0]!.shape.slice(1)]);
  };
}

/** How many axes each argument has of its own in a signature such as `'(n),()->()'`. */
function coreRanks(signature: string): number[] {
  const side = signature.split('->')[0]!.replace(/\s/g, '');
  const groups = side.match(/\(([\w,]*)\)/g) ?? [];
  if (!signature.includes('->') || groups.join(',') !== side)
    fail('vectorize', `expected a signature such as '(n),(n)->()', got '${signature}'`, 'INVALID_ARGUMENT');
  return groups.map((g) => g.slice(1, -1).split(',').filter(Boolean).length);
}

function commonShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((s) => s[i - rank + s.length] ?? 1).filter((d) => d !== 1);
    if (new Set(sizes).size > 1) fail('vectorize', `the arguments' sizes ${sizes.join(', ')} do not broadcast`);
    return sizes[0] ?? 1;
  });
}
