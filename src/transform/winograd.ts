import { node } from '../graph/build.ts';
import type { ConvAttrs, Node } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import { fill, neg, reshape } from './gradient-parts.ts';
import { type Matrix, minimalFiltering } from './minimal-filtering.ts';
import { rewriteNodes } from './rewrite.ts';

/**
 * Convolutions of 3 x 3 and 5 x 5 in less than half of the multiplications, by Winograd's minimal filtering (S. Winograd,
 * "Arithmetic Complexity of Computations", 1980; for networks: A. Lavin and S. Gray, "Fast Algorithms for Convolutional
 * Neural Networks", 2015).
 *
 * An image is cut into tiles of m x m results. The tile's a x a pixels (a = m + r - 1) and the filter are transformed, multiplied
 * point by point and summed over channels, which is a product of matrices for each of the a x a points, and the sums are
 * transformed back. The gradient of the input is such a convolution too; in that of the filter, a tile of the results'
 * gradient is the filter.
 *
 * Sums come out in another order than in the direct way, and all pixels of a tile take part in all of its results: an infinity
 * makes the whole tile NaN. For 3 x 3 the error is smaller than that of the direct sum, for 5 x 5 a few times as large:
 * the points of 5 x 5 are larger numbers. Where results must not depend on the order of sums (strict mode), nothing is rewritten.
 */
export function winograd(outputs: readonly Node[]): Node[] {
  const frames: Frames = new Map();
  return rewriteNodes(outputs, (n, inputs) => rewrite(n, inputs, frames));
}

/** Padded images, by image and padding: the forward pass and the filter's gradient share them. */
type Frames = Map<string, Node>;

/** For each size of filters: results of a tile's side, and where polynomials are multiplied, beside infinity. */
const PLANS: { readonly [size: number]: { readonly tile: number; readonly points: readonly number[] } } = {
  3: { tile: 2, points: [0, 1, -1] },
  5: { tile: 2, points: [0, 1, -1, 2, -2] },
};

/** Below so many channels, filters and pixels, products are too small to be worth the transforms. */
const LEAST = { channels: 32, pixels: 16 };
/** How many times fewer multiplications make up for the transforms. */
const GAIN = 1.6;
/** Bytes of a transformed filter that a near cache still hands out fast enough. */
const FILTER = 5 << 20;
/** Bytes of transformed tiles that stay in a near cache. */
const NEAR = 160 << 10;
/** Bands of images times points: beyond that the schedule might not join products with the transforms (`schedule/hand-over.ts`). */
const MOST = 16384;
/** Bytes that an item hands over at most: operands of a row of points for a part of the batch, or a row of tiles. */
const PIECE = 512 << 10;
/** Bytes after which lines of the first cache compete for the same places (half of what is usual, for two streams in one). */
const PAGE = 2048;
/** Tiles that fill the registers of a product, and items that threads can share. */
const ENOUGH = { tiles: 32, items: 32 };
/** Bytes of the filter gradients of parts of the batch, before they are summed. */
const PARTIAL = 24 << 20;

function rewrite(n: Node, [x, y]: readonly Node[], frames: Frames): Node | undefined {
  // Products of 16 bits have instructions of their own.
  if (y?.dtype !== 'float32') return undefined;
  switch (n.op) {
    case 'conv':
      return fits(n.attrs, y!.shape, n.shape, n.shape) ? forward(x!, y!, n.attrs.padLow, n.shape, frames) : undefined;
    case 'convInputGrad': {
      if (!fits(n.attrs, y!.shape, x!.shape, n.shape)) return undefined;
      const turned = node('permute', [node('reverse', [y!], { axes: [0, 1] })], { perm: [0, 1, 3, 2] });
      const low = n.attrs.padLow.map((p, i) => y!.shape[i]! - 1 - p);
      return forward(x!, turned, low, n.shape, frames);
    }
    case 'convFilterGrad':
      return fits(n.attrs, n.shape, y!.shape, y!.shape)
        ? filterGrad(x!, y!, n.attrs.padLow, n.shape, frames)
        : undefined;
    default:
      return undefined;
  }
}

/** Whether a convolution that has `pixels` results, cut into tiles of `tiled`, is worth rewriting. */
function fits(a: ConvAttrs, filter: readonly number[], pixels: readonly number[], tiled: readonly number[]): boolean {
  const [r, width, c, k] = filter as [number, number, number, number];
  const plan = PLANS[r];
  if (filter.length !== 4 || !plan || width !== r || a.groups > 1 || sizeOf(pixels) === 0) return false;
  const points = (plan.tile + r - 1) ** 2;
  const tiles = Math.ceil(tiled[1]! / plan.tile) * Math.ceil(tiled[2]! / plan.tile);
  const direct = pixels[1]! * pixels[2]!;
  return (
    [...a.strides, ...a.dilation].every((s) => s === 1) &&
    [...a.padLow, ...a.padHigh].every((p) => p >= 0 && p < r) &&
    Math.min(c, k) >= LEAST.channels &&
    direct >= LEAST.pixels &&
    direct * r * r >= GAIN * tiles * points &&
    4 * points * c * k <= FILTER
  );
}

function forward(
  x: Node,
  filter: Node,
  padLow: readonly number[],
  shape: readonly number[],
  frames: Frames,
): Node | undefined {
  const [r, , c, k] = filter.shape as [number, number, number, number];
  const [, height, width] = shape as [number, number, number];
  const { tile, points } = PLANS[r]!;
  const { at, g, bt } = minimalFiltering(tile, r, points);
  const count = bt.length ** 2;
  const t = bandsOf(shape, tile, 4 * count * Math.max(c, k));
  if (!t || sizeOf(t.around) * count > MOST) return undefined;
  const items = sizeOf(t.around);
  const v = together(transformed(frame(x, padLow, t, r, frames), bt, t).flat(), t);
  const u = reshape(filterPoints(filter, g), [1, count, c, k]);
  const sums = node('dot', [v, node('broadcast', [u], { shape: [items, count, c, k] })], {});
  const y = both(
    at,
    square(bt.length, (i, j) => pointOf(sums, i * bt.length + j, t)),
  );
  const axis = t.around.length + t.within.length;
  const rows = y.map((row) => node('concat', row, { axis: axis + 1 }));
  const whole = reshape(node('concat', rows, { axis: axis - 1 }), [shape[0]!, t.rows * tile, t.columns * tile, k]);
  if (t.rows * tile === height && t.columns * tile === width) return whole;
  return node('slice', [whole], { start: [0, 0, 0, 0], limit: [shape[0]!, height, width, k], step: [1, 1, 1, 1] });
}

function filterGrad(
  x: Node,
  dy: Node,
  padLow: readonly number[],
  shape: readonly number[],
  frames: Frames,
): Node | undefined {
  const [r, , c, k] = shape as [number, number, number, number];
  const { tile, points } = PLANS[r]!;
  const { at, g, bt } = minimalFiltering(r, tile, points);
  const bytes = 4 * bt.length * (c + k);
  const t = piecesOf(dy.shape, tile, bytes);
  if (!t || t.around[0]! * 4 * bt.length ** 2 * c * k > PARTIAL) return undefined;
  const v = transformed(frame(x, padLow, t, r, frames), bt, t, true);
  const w = transformed(frame(dy, [0, 0], t, 1, frames), g, t, true);
  // A product has as many rows of points as let both of its operands stay near.
  const some = largestDivisor(bt.length, (d) => d * bytes * sizeOf(t.within) <= PIECE);
  const sums = Array.from({ length: bt.length / some }, (_, i) => {
    const [left, right] = [v, w].map((x) => together(x.slice(i * some, (i + 1) * some).flat(), t)) as [Node, Node];
    const pieces = node('dot', [node('permute', [left], { perm: [0, 1, 3, 2] }), right], {});
    return node('reduceSum', [pieces], { axes: [0] });
  });
  const point = (i: number, j: number) => partOf(sums[Math.floor(i / some)]!, (i % some) * bt.length + j);
  return reshape(node('concat', both(at, square(bt.length, point)).flat(), { axis: 0 }), shape);
}

/** Point `p` of sums over all tiles: [1, channels, filters]. */
function partOf(sums: Node, p: number): Node {
  const [, c, k] = sums.shape as [number, number, number];
  return node('slice', [sums], { start: [p, 0, 0], limit: [p + 1, c, k], step: [1, 1, 1] });
}

/**
 * The tiles of all images: `rows` x `columns` an image, of `tile` x `tile` results. Images and rows of tiles are dealt out:
 * `around` are the items of the products, `within` what each of them has.
 */
interface Tiling {
  readonly tile: number;
  readonly rows: number;
  readonly columns: number;
  readonly around: readonly number[];
  readonly within: readonly number[];
}

/**
 * Items of the forward pass: bands of an image, or some small images, so that the transformed tiles stay near. Undefined where
 * not even a row of tiles does: all of them at once would take several times the memory of the images.
 */
function bandsOf([n, height, width]: readonly number[], tile: number, bytes: number): Tiling | undefined {
  const [rows, columns] = [Math.ceil(height! / tile), Math.ceil(width! / tile)];
  if (columns * bytes > PIECE) return undefined;
  const band = largestDivisor(rows, (d) => d * columns * bytes <= NEAR);
  if (band < rows) return { tile, rows, columns, around: [n!, rows / band], within: [band, columns] };
  const some = largestDivisor(
    n!,
    (d) => n! / d >= ENOUGH.items && (d - 1) * rows * columns < ENOUGH.tiles && d * rows * columns * bytes <= NEAR,
  );
  return { tile, rows, columns, around: [n! / some], within: [some, rows, columns] };
}

/** Items of the filter's gradient: as many images as stay near, or undefined where not even one does. */
function piecesOf([n, height, width]: readonly number[], tile: number, bytes: number): Tiling | undefined {
  const [rows, columns] = [Math.ceil(height! / tile), Math.ceil(width! / tile)];
  if (rows * columns * bytes > PIECE) return undefined;
  const some = largestDivisor(n!, (d) => n! / d >= ENOUGH.items && d * rows * columns * bytes <= PIECE);
  return { tile, rows, columns, around: [n! / some], within: [some, rows, columns] };
}

function largestDivisor(n: number, fits: (d: number) => boolean): number {
  for (let d = n; d > 1; d--) if (n % d === 0 && fits(d)) return d;
  return 1;
}

/** An image with zeros around it, `low` before, so that all tiles find the pixels under a filter of `r` x `r`. */
function frame(x: Node, low: readonly number[], t: Tiling, r: number, frames: Frames): Node {
  const high = [t.rows, t.columns].map((d, i) => d * t.tile + r - 1 - low[i]! - x.shape[i + 1]!);
  if ([...low, ...high].every((p) => p === 0)) return x;
  const key = `${x.id} ${low} ${high}`;
  const known = frames.get(key);
  if (known) return known;
  const made = node('pad', [x], { low: [0, ...low, 0], high: [0, ...high, 0], interior: [0, 0, 0, 0], value: 0 });
  frames.set(key, made);
  return made;
}

/** Pixel (i, j) of each tile: [...around, 1, ...within, channels]. */
function pixels(x: Node, i: number, j: number, t: Tiling): Node {
  const [n, , , c] = x.shape as [number, number, number, number];
  const picked = node('slice', [x], {
    start: [0, i, j, 0],
    limit: [n, i + (t.rows - 1) * t.tile + 1, j + (t.columns - 1) * t.tile + 1, c],
    step: [1, t.tile, t.tile, 1],
  });
  return reshape(picked, [...t.around, 1, ...t.within, c]);
}

/** The transformed tiles, a node for each point. */
function transformed(x: Node, m: Matrix, t: Tiling, apart = false): Node[][] {
  const tiles = square(m[0]!.length, (i, j) => pixels(x, i, j, t));
  return both(m, tiles, apart);
}

/**
 * Points of tiles as operands of a product: [items, points, tiles, channels]. All points of a tile are written at once; where
 * they would lie whole pages apart, and so compete for the same few places of the first cache, a tile more for each point
 * moves them apart (a third of the time of the transform).
 */
function together(points: readonly Node[], { around, within }: Tiling): Node {
  const c = points[0]!.shape.at(-1)!;
  const [items, tiles] = [sizeOf(around), sizeOf(within)];
  const whole = reshape(node('concat', points, { axis: around.length }), [items, points.length, tiles, c]);
  if ((4 * tiles * c) % PAGE !== 0) return whole;
  const none = [0, 0, 0, 0];
  const apart = node('pad', [whole], { low: none, high: [0, 0, 1, 0], interior: none, value: 0 });
  return node('slice', [apart], { start: none, limit: whole.shape, step: [1, 1, 1, 1] });
}

/** The sums of a point for each tile: [...around, ..., rows, 1, columns, 1, filters]. */
function pointOf(sums: Node, p: number, { around, within }: Tiling): Node {
  const [items, , tiles, k] = sums.shape as [number, number, number, number];
  const one = node('slice', [sums], { start: [0, p, 0, 0], limit: [items, p + 1, tiles, k], step: [1, 1, 1, 1] });
  return reshape(one, [...around, ...within.slice(0, -1), 1, within.at(-1)!, 1, k]);
}

/** The transformed filter: [points, channels, filters]. */
function filterPoints(filter: Node, g: Matrix): Node {
  const [r, , c, k] = filter.shape as [number, number, number, number];
  const tap = (i: number, j: number) => {
    const one = node('slice', [filter], { start: [i, j, 0, 0], limit: [i + 1, j + 1, c, k], step: [1, 1, 1, 1] });
    return reshape(one, [1, c, k]);
  };
  return node('concat', both(g, square(r, tap)).flat(), { axis: 0 });
}

/** M x M' for a square of nodes; `apart`: the rows of the result share no node, so that each can be computed for itself. */
function both(m: Matrix, x: readonly (readonly Node[])[], apart = false): Node[][] {
  const columns = x[0]!.map((_, j) => {
    const column = x.map((r) => r[j]!);
    return apart ? m.flatMap((row) => product([row], column)) : product(m, column);
  });
  return m.map((_, i) =>
    product(
      m,
      columns.map((c) => c[i]!),
    ),
  );
}

/**
 * A matrix times a column of nodes. Rows of p and -p differ in signs alone: what they have in common is computed once. Results are
 * always computed, never a node of the column itself, so that one kernel can write all parts of a concatenation.
 */
function product(m: Matrix, x: readonly Node[]): Node[] {
  const out: Node[] = [];
  while (out.length < m.length) {
    const [row, next] = m.slice(out.length) as [readonly number[], (readonly number[])?];
    const same = row.map((c, i) => (c === next?.[i] ? c : 0));
    const other = row.map((c, i) => c - same[i]!);
    const isPair =
      next?.every((c, i) => c === same[i]! - other[i]!) && [same, other].every((part) => part.some((c) => c !== 0));
    if (isPair) {
      const [e, o] = [combined(same, x), combined(other, x)];
      out.push(node('add', [e, o], {}), node('sub', [e, o], {}));
    } else {
      const y = combined(row, x);
      out.push(x.includes(y) ? times(y, 1) : y);
    }
  }
  return out;
}

/** sum(coefficients * terms) */
function combined(coefficients: readonly number[], terms: readonly Node[]): Node {
  const used = coefficients.map((c, i) => ({ c, x: terms[i]! })).filter(({ c }) => c !== 0);
  // A positive one first: it needs no negation.
  used.sort((a, b) => Number(b.c > 0) - Number(a.c > 0));
  const part = ({ c, x }: { c: number; x: Node }) => (Math.abs(c) === 1 ? x : times(x, Math.abs(c)));
  const [first, ...others] = used;
  const start = first!.c > 0 ? part(first!) : neg(part(first!));
  return others.reduce<Node>((sum, o) => node(o.c > 0 ? 'add' : 'sub', [sum, part(o)], {}), start);
}

/** Also a product with 1, which is a node of its own. */
function times(x: Node, factor: number): Node {
  return node('mul', [x, fill(factor, x.shape)], {});
}

function square(n: number, f: (i: number, j: number) => Node): Node[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => f(i, j)));
}
