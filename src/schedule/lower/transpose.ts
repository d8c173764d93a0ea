import type { Node } from '../../graph/node.ts';
import { type Shape, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, type KernelBuilder, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { View } from '../view.ts';
import type { Emitter, Point } from './emitter.ts';
import { unflatten } from './items.ts';
import { loopStrides, type Space } from './space.ts';

/** The loop along which a copy's operand lies one element behind the other, where that is not the last one. */
export function transposeAxis(space: Space, strides: readonly number[]): number | undefined {
  const last = strides.length - 1;
  if (last < 1 || strides[last] === 1 || strides[last] === 0) return undefined;
  const axis = strides.indexOf(1);
  return axis < 0 || space.sizes[axis]! < 4 || space.sizes[last]! < 4 ? undefined : axis;
}

/** Copies square tiles of `lanes` x `lanes`, turned in registers; returns the number of items. */
export function lowerTranspose(
  emitter: Emitter,
  space: Space,
  view: View,
  target: { readonly node: Node; readonly shape: Shape },
  axis: number,
): number {
  const b = emitter.b;
  const { sizes } = space;
  const last = sizes.length - 1;
  const from = loopStrides(space, view.strides);
  const to = loopStrides(space, stridesOf(target.shape));
  const outer = sizes.map((_, i) => i).filter((i) => i !== last && i !== axis);
  const [rows, columns] = [sizes[axis]!, sizes[last]!];
  const bands = Math.ceil(rows / b.lanes);
  const places = unflatten(b, affine(0, [b.item, 1]), [...outer.map((i) => sizes[i]!), bands]);
  const at: Affine[] = sizes.map(() => affine(0));
  outer.forEach((o, i) => {
    at[o] = places[i]!;
  });
  const tile = (row: Affine, height: number, column: Affine, width: number): void => {
    const corner: Point = {
      at: at.map((a, i) => (i === axis ? row : i === last ? column : a)),
      lane: axis,
      count: height,
    };
    // Row j of the source tile: `height` elements along `axis` at column j.
    const lines: ValueId[] = [];
    const load = emitter.address(space, view, corner);
    const buf = emitter.buffer(view.source);
    const limit = (n: number) => (n < b.lanes ? { count: n } : {});
    for (let j = 0; j < b.lanes; j++) {
      const zero = target.node.dtype === 'float32' ? b.float(0) : b.int(0);
      lines.push(j < width ? b.load(buf, sum([load, affine(j * from[last]!)]), limit(height)) : zero);
    }
    const turned = transposeTile(b, lines);
    const store = emitter.address(space, { source: target.node, offset: 0, strides: stridesOf(target.shape) }, corner);
    for (let i = 0; i < height; i++) {
      b.store(emitter.buffer(target.node), sum([store, affine(i * to[axis]!)]), turned[i]!, limit(width));
    }
  };
  const band = (row: Affine, height: number): void => {
    const whole = columns - (columns % b.lanes);
    b.times(whole, b.lanes, (j) => tile(row, height, j, b.lanes));
    if (columns > whole) tile(row, height, affine(whole), columns - whole);
  };
  const which = places[places.length - 1]!;
  const row = { c: which.c * b.lanes, terms: which.terms.map(([i, k]) => [i, k * b.lanes] as const) };
  const rest = rows % b.lanes;
  if (rest === 0 || bands === 1) band(row, bands === 1 ? rows : b.lanes);
  else {
    b.branch(
      sum([which, affine(1 - bands)]),
      'lt',
      () => band(row, b.lanes),
      () => band(row, rest),
    );
  }
  return outer.reduce((n, i) => n * sizes[i]!, bands);
}

/** Turns a square of registers: log2(lanes) rounds of pairwise shuffles. */
export function transposeTile(b: KernelBuilder, lines: readonly ValueId[]): ValueId[] {
  const n = b.lanes;
  let rows = [...lines];
  // Round with distance d exchanges the off-diagonal d x d blocks of each 2d x 2d block.
  for (let d = n / 2; d >= 1; d /= 2) {
    const next = [...rows];
    for (let i = 0; i < n; i++) {
      if (i & d) continue;
      const lo = Array.from({ length: n }, (_, k) => (k & d ? n + (k - d) : k));
      const hi = Array.from({ length: n }, (_, k) => (k & d ? n + k : k + d));
      next[i] = b.shuffle(rows[i]!, rows[i + d]!, lo);
      next[i + d] = b.shuffle(rows[i]!, rows[i + d]!, hi);
    }
    rows = next;
  }
  return rows;
}
