import { showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { fail, lift, wrap } from './core.ts';
import { reshape, transpose } from './movement.ts';

/** `'b (h w)'` as `[['b'], ['h', 'w']]`. */
function groupsOf(side: string, pattern: string): string[][] {
  const groups: string[][] = [];
  const words = side.match(/\([^()]*\)|[^\s()]+|[()]/g) ?? [];
  for (const word of words) {
    const names = word.startsWith('(') ? word.slice(1, -1).split(/\s+/).filter(Boolean) : [word];
    if (word === '(' || word === ')' || names.some((n) => !/^[A-Za-z_]\w*$/.test(n)))
      fail(
        'rearrange',
        `expected names of axes, and groups of them in parentheses, got '${word}' in '${pattern}'`,
        'INVALID_ARGUMENT',
      );
    groups.push(names);
  }
  return groups;
}

/** The sizes of all axes named on the left: those of groups from `lengths`, but for one a group, which follows. */
function sizesOf(
  groups: readonly string[][],
  t: Tensor,
  lengths: Readonly<Record<string, number>>,
): Map<string, number> {
  const sizes = new Map<string, number>();
  groups.forEach((names, axis) => {
    const size = t.shape[axis]!;
    const open = names.filter((n) => names.length > 1 && lengths[n] === undefined);
    const known = names.reduce((product, n) => product * (names.length > 1 ? (lengths[n] ?? 1) : 1), 1);
    const rest = size / known;
    const fits = names.length === 1 || (open.length === 0 ? rest === 1 : Number.isInteger(rest));
    if (open.length > 1 || !fits)
      fail(
        'rearrange',
        `axis ${axis} of shape ${showShape(t.shape)} does not divide into (${names.join(' ')}) with the lengths ${JSON.stringify(lengths)}`,
      );
    for (const n of names) sizes.set(n, names.length === 1 ? size : (lengths[n] ?? rest));
  });
  return sizes;
}

/**
 * Axes taken apart, exchanged and put together, as a pattern says it: `'b h w c -> b c (h w)'`.
 *
 * @param pattern Names of the axes before and after `->`; a group in parentheses is one axis of `x`.
 * @param lengths Sizes of axes within groups on the left; one of each group may be missing.
 * @throws OlifantError `INVALID_ARGUMENT` where the two sides do not name the same axes, `SHAPE` where a size does not divide.
 */
export function rearrange(x: TensorLike, pattern: string, lengths: Readonly<Record<string, number>> = {}): Tensor {
  const t = wrap(lift(x));
  const sides = pattern.split('->');
  if (sides.length !== 2) fail('rearrange', `expected '... -> ...', got '${pattern}'`, 'INVALID_ARGUMENT');
  const [left, right] = sides.map((s) => groupsOf(s, pattern)) as [string[][], string[][]];
  const [before, after] = [left.flat(), right.flat()];
  if (before.length !== new Set(before).size || [...before].sort().join() !== [...after].sort().join())
    fail('rearrange', `both sides of '${pattern}' must name the same axes, each once`, 'INVALID_ARGUMENT');
  if (left.length !== t.rank)
    fail('rearrange', `'${pattern}' names ${left.length} axes, but the shape is ${showShape(t.shape)}`);
  const sizes = sizesOf(left, t, lengths);
  const apart = reshape(
    t,
    before.map((n) => sizes.get(n)!),
  );
  const moved = transpose(
    apart,
    after.map((n) => before.indexOf(n)),
  );
  return reshape(
    moved,
    right.map((names) => names.reduce((product, n) => product * sizes.get(n)!, 1)),
  );
}
