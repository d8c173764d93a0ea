import { type Affine, affine, type KernelBuilder } from '../../kernel/builder.ts';
import type { Point } from './emitter.ts';
import { blocks, unflatten } from './items.ts';
import type { Space } from './space.ts';

/** Vectors that one item takes side by side at most, and the least number of items that is worth narrower ones. */
const SIDE_BY_SIDE = 4;
const ITEMS = 16;

/**
 * Deals out loops whose items walk another loop each: all of `kept` but the last make the items, together with blocks of
 * the last one, along which the lanes run. `body` gets the points of one block: neighbouring vectors. Returns the number
 * of items.
 */
export function columns(
  b: KernelBuilder,
  space: Space,
  kept: readonly number[],
  body: (points: readonly Point[]) => void,
): number {
  const item = affine(0, [b.item, 1]);
  const zero: Affine[] = space.sizes.map(() => affine(0));
  const lane = kept[kept.length - 1];
  if (lane === undefined) {
    body([{ at: zero, lane: -1, count: 1 }]);
    return 1;
  }
  const sizes = kept.slice(0, -1).map((i) => space.sizes[i]!);
  const outer = sizes.reduce((n, s) => n * s, 1);
  const size = space.sizes[lane]!;
  const whole = Math.ceil(size / b.lanes);
  const wide = Math.max(1, Math.min(SIDE_BY_SIDE, Math.floor((whole * outer) / ITEMS)));
  const block = wide * b.lanes;
  const count = Math.ceil(size / block);
  const places = unflatten(b, item, [...sizes, count]);
  blocks(b, places[places.length - 1]!, size, block, (from, n) => {
    const points: Point[] = [];
    for (let k = 0; k < n; k += b.lanes) {
      const at = [...zero];
      kept.slice(0, -1).forEach((loop, i) => {
        at[loop] = places[i]!;
      });
      at[lane] = { c: from.c + k, terms: from.terms };
      points.push({ at, lane, count: Math.min(b.lanes, n - k) });
    }
    body(points);
  });
  return outer * count;
}
