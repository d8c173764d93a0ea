import type { Node } from '../../graph/node.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { View } from '../view.ts';

/**
 * One loop of a contraction, with the strides by which it walks the operand that is (mostly) splat (`a`), the operand that is read in
 * vectors (`b`), and the result: `result[axis] += index * step`.
 */
export interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly result?: { readonly axis: number; readonly step: number };
}

/**
 * `C[...] = sum A[...] * B[...]`: what a dot product and the convolutions in all directions have in common. `rows` and
 * `columns` make the register tile; `items` are dealt out to threads; `around` are loops outside, and `within` loops inside
 * that over column tiles (they move the splat operand and the result alone, so that a panel of vectors serves them all);
 * `inner` are the sums in registers. Where the columns move `a` too, it is read in vectors as well: each column has a sum of
 * its own, as in a depthwise convolution.
 */
export interface Contraction {
  readonly anchor: Node;
  /** What the kernel is called, if not as its anchor. */
  readonly name?: string;
  readonly a: View;
  readonly b: View;
  readonly items: readonly Axis[];
  /** A sum whose steps are items too, each of which adds to what the one before it has left: a chain. */
  readonly chain?: Axis;
  readonly around: readonly Axis[];
  readonly within: readonly Axis[];
  /** Sums that go through memory: each tile is added to the result. */
  readonly adds: boolean;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly inner: readonly Axis[];
  /** Rows and columns that an item should have at most, so that what it touches stays in the nearer caches. */
  readonly block?: { readonly rows: number; readonly columns: number };
}

/** Merges neighbouring sums that both operands walk as one. */
export function mergeInner(axes: readonly Axis[]): Axis[] {
  const out: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = out[out.length - 1];
    if (last && last.a === axis.a * axis.size && last.b === axis.b * axis.size) {
      out[out.length - 1] = { ...axis, size: last.size * axis.size };
    } else out.push(axis);
  }
  return out;
}

/** Panels of fewer steps, or read by fewer row tiles than this, or whose rows lie nearer, are read where they lie. */
const PACK = { steps: 96, tiles: 12, bytesApart: 1024, panelBytes: 384 << 10 };

/**
 * Whether the vectors' panel is first copied together. Where its rows lie far apart they fall into few sets of the caches
 * and into a page each; a copy pays for itself where many row tiles read it.
 */
export function packsPanel(plan: Contraction, tile: Tile, rows: number, lanes: number): boolean {
  const steps = plan.inner.reduce((n, a) => n * a.size, 1);
  const apart = 4 * Math.min(...plan.inner.map((a) => Math.abs(a.b)));
  const bytes = 4 * steps * tile.vectors * lanes;
  const tiles = plan.within.reduce((n, a) => n * a.size, Math.ceil(rows / tile.rows));
  return (
    plan.columns.b === 1 &&
    steps >= PACK.steps &&
    tiles >= PACK.tiles &&
    apart >= PACK.bytesApart &&
    bytes <= PACK.panelBytes
  );
}

/** What a second kind of tile costs beside its cycles: code to generate, and to fetch. */
const UNEVEN = 0.03;

/** A register tile: `rows` splat values times `vectors` vectors. */
export interface Tile {
  readonly rows: number;
  readonly vectors: number;
}

/**
 * The tile that takes the fewest cycles for `rows` x `columns`, by a model: two multiply-adds and two loads a cycle, and
 * eight multiply-adds in flight. Accumulators, one row of vectors and one splat must fit the registers. Rows of the splat
 * operand are `apart` elements from each other.
 */
export function chooseTile(rows: number, columns: number, apart: number, facts: TargetFacts): Tile {
  const { lanes, registers, loadsFirst } = facts;
  let best: Tile = { rows: 1, vectors: 1 };
  let least = Number.POSITIVE_INFINITY;
  const vectors = Math.ceil(columns / lanes);
  for (let v = 1; v <= Math.min(4, vectors); v++) {
    const fit = loadsFirst ? Math.floor((registers - 1 - v) / (v + 1)) : Math.floor((registers - 1 - v) / v);
    const most = Math.min(rows, fit, 16, rowsInCache(apart));
    for (let r = 1; r <= most; r++) {
      const uneven = (rows % r > 0 ? 1 : 0) + (vectors % v > 0 ? 1 : 0);
      const cost = (1 + UNEVEN * uneven) * tiled(rows, r, (n) => tiled(vectors, v, (m) => tileCycles(n, m)));
      if (cost < least * 0.999 || (cost < least * 1.001 && r * v > best.rows * best.vectors)) {
        least = Math.min(cost, least);
        best = { rows: r, vectors: v };
      }
    }
  }
  return best;
}

/**
 * Rows that an L1 cache of 4 KiB a way holds side by side, with room for the next lines: rows a power of two apart fall into
 * few of its sets.
 */
function rowsInCache(apart: number): number {
  const way = 4096;
  let step = way;
  while ((apart * 4) % step !== 0) step /= 2;
  return Math.max(4, (4 * way) / Math.max(step, 64));
}

function tiled(total: number, part: number, cost: (n: number) => number): number {
  const rest = total % part;
  return Math.floor(total / part) * cost(part) + (rest > 0 ? cost(rest) : 0);
}

function tileCycles(rows: number, vectors: number): number {
  return 0.5 + Math.max(4, (rows * vectors) / 2, (rows + vectors) / 2);
}
