import type { Node } from '../../graph/node.ts';
import { sizeOf } from '../../graph/shape.ts';
import { samplesOf } from '../samples.ts';
import type { View } from '../view.ts';
import { type Axis, type Contraction, mergeInner } from './contraction.ts';

/** Bytes of partial results that a filter gradient may keep. */
const PARTIAL_BYTES = 16 << 20;
const PIECES = 8;
/** Small filters have more pieces: those of few images can take over what the call before left in a near cache. */
const SMALL = { bytes: 512 << 10, pieces: 64 };
/** Images below which rows are dealt out to threads, not images. */
const FEW = 8;

/** Products of a batch that are items enough. */
const PLENTY = 64;

/** How a product's operands are read, in order. */
export type Operands = readonly [View, View];

/** Rows and columns of an item of a large product, and steps of its sums at a time: its operands stay in the L2 cache. */
const BLOCK = { rows: 512, columns: 128 };
const DEPTH = 288;
/** Bytes of the vectors' operand from which on a product is cut into blocks. */
const LARGE = 3 << 20;

/** Cuts a long sum into pieces that go through memory, where both operands are large. */
function cutDepth(depth: Axis, m: number, n: number): [Axis[], Axis] {
  if (depth.size * n * 4 < LARGE || m < 128 || depth.size < 2 * DEPTH) return [[], depth];
  for (let size = DEPTH; size >= DEPTH / 2; size--) {
    if (depth.size % size !== 0) continue;
    return [[{ size: depth.size / size, a: depth.a * size, b: depth.b * size }], { ...depth, size }];
  }
  return [[], depth];
}

/** Products that make items, and those that an item goes through: more items than share well only cost time to schedule. */
function dealt(batch: readonly Axis[]): [Axis[], Axis[]] {
  let items = 1;
  let first = 0;
  while (first < batch.length && items < PLENTY) items *= batch[first++]!.size;
  return [batch.slice(0, first), batch.slice(first)];
}

/** [batch..., m, k] x [batch..., k, n] */
export function planDot(n: Node, [a, b]: Operands): Contraction {
  const { shape } = n;
  const rank = shape.length;
  const k = n.inputs[0]!.shape[rank - 1]!;
  const batch: Axis[] = shape.slice(0, -2).map((size, i) => ({
    size,
    a: a.strides[i]!,
    b: b.strides[i]!,
    result: { axis: i, step: 1 },
  }));
  const depth = { size: k, a: a.strides[rank - 1]!, b: b.strides[rank - 2]! };
  const [cut, inner] = cutDepth(depth, shape[rank - 2]!, shape[rank - 1]!);
  const [items, others] = dealt(batch);
  return {
    anchor: n,
    a,
    b,
    items,
    around: [...others, ...cut],
    within: [],
    adds: cut.length > 0,
    ...(cut.length > 0 ? { block: BLOCK } : {}),
    rows: { size: shape[rank - 2]!, a: a.strides[rank - 2]!, b: 0, result: { axis: rank - 2, step: 1 } },
    columns: { size: shape[rank - 1]!, a: 0, b: b.strides[rank - 1]!, result: { axis: rank - 1, step: 1 } },
    inner: mergeInner([inner]),
  };
}

/** Sums of so many bytes of operands do not stay in a near cache until all of them has been read. */
const LONG = 2 << 20;
/** Steps of a sum that are worth the way of the result through memory. */
const LEAST_STEPS = 32;
/** Chains of a long sum: threads that can share in it. */
const CHAINS = 8;
/** Bytes of a sum that is near enough to be read and written again for each part of a chain. */
const NEAR = 1 << 20;

/** How a long sum is dealt out: `pieces` chains, each of `turns` parts of `steps`. */
export interface LongSum {
  readonly pieces: number;
  readonly turns: number;
  readonly steps: number;
}

/**
 * How a product of two large matrices with a small result is summed: part after part, each what one sample (or whatever was the
 * first axis before all but the last became one) gives, so that it can be added as soon as the sample's values are there.
 */
export function cutLongSum(n: Node<'dot'>, least: number = LONG): LongSum | undefined {
  if (n.shape.length !== 2 || sizeOf(n.shape) === 0) return undefined;
  const [rows, columns] = n.shape as [number, number];
  const [x, y] = n.inputs as [Node, Node];
  const depth = x.shape[1]!;
  const bytes = 4 * depth * (rows + columns);
  // The pieces must be little beside the operands, and each part worth its way through memory.
  const ways = 4 * rows * columns * CHAINS;
  if (bytes < least || (least > 0 && ways > Math.min(bytes / 2, NEAR * CHAINS))) return undefined;
  const steps = least > 0 ? LEAST_STEPS : 1;
  const parts = [outermost(x, 1), outermost(y, 0)].find((size) => size > 1 && size < depth && depth / size >= steps);
  if (parts === undefined) return undefined;
  const pieces = chainsOf(parts);
  return { pieces, turns: parts / pieces, steps: depth / parts };
}

/** A divisor of the parts: about `CHAINS`, rather more than fewer, which would not go into the threads. */
function chainsOf(parts: number): number {
  for (let n = CHAINS; n <= 2 * CHAINS; n++) if (parts % n === 0) return n;
  for (let n = CHAINS; n > 1; n--) if (parts % n === 0) return n;
  return 1;
}

/** The size of the outermost of the axes that became axis `axis` of `x`. */
function outermost(x: Node, axis: number): number {
  let [source, at] = [x, axis];
  for (; source.op === 'reshape' || source.op === 'permute'; source = source.inputs[0]!) {
    if (source.op === 'permute') {
      at = source.attrs.perm[at]!;
      continue;
    }
    const from = source.inputs[0]!.shape;
    const before = sizeOf(source.shape.slice(0, at));
    const first = from.findIndex((size, i) => size > 1 && sizeOf(from.slice(0, i)) === before);
    // An axis that was cut out of a larger one.
    if (first < 0 || source.shape[at]! % from[first]! !== 0) break;
    at = first;
  }
  return at === 0 ? samplesOf(source) : source.shape[at]!;
}

/** `anchor` holds the pieces: [pieces, m, n]. */
export function planLongDot(
  n: Node<'dot'>,
  anchor: Node,
  { pieces, turns, steps }: LongSum,
  [a, b]: Operands,
): Contraction {
  const [rows, columns] = n.shape as [number, number];
  const [alongA, alongB] = [a.strides[1]!, b.strides[0]!];
  return {
    anchor,
    name: n.op,
    a,
    b,
    items: [{ size: pieces, a: turns * steps * alongA, b: turns * steps * alongB, result: { axis: 0, step: 1 } }],
    chain: { size: turns, a: steps * alongA, b: steps * alongB },
    around: [],
    within: [],
    adds: true,
    rows: { size: rows, a: a.strides[0]!, b: 0, result: { axis: 1, step: 1 } },
    columns: { size: columns, a: 0, b: b.strides[1]!, result: { axis: 2, step: 1 } },
    inner: [{ size: steps, a: alongA, b: alongB }],
  };
}

/** Every channel has a filter of its own: channels, not filters, lie in the lanes, of both operands. */
function isDepthwise(groups: number, ic: number, oc: number): boolean {
  return groups > 1 && ic === 1 && oc === 1;
}

/**
 * [n, spatial..., c] * [spatial..., c / groups, oc]: rows are the output's last spatial axis; the filter's taps and input
 * channels are summed in registers (for one filter row they lie side by side in image and filter).
 */
export function planConv(n: Node<'conv'>, [x, filter]: Operands): Contraction {
  const { strides, dilation, groups } = n.attrs;
  const spatial = strides.length;
  const fshape = n.inputs[1]!.shape;
  const [ic, oc] = [fshape[spatial]!, fshape[spatial + 1]! / groups];
  const channel = spatial + 1;
  const out = (i: number): Axis => ({
    size: n.shape[i + 1]!,
    a: x.strides[i + 1]! * strides[i]!,
    b: 0,
    result: { axis: i + 1, step: 1 },
  });
  const taps = fshape
    .slice(0, spatial)
    .map((size, i): Axis => ({ size, a: x.strides[i + 1]! * dilation[i]!, b: filter.strides[i]! }));
  const outer = Array.from({ length: spatial - 1 }, (_, i) => out(i));
  // Few images are dealt out row by row.
  const dealt = n.shape[0]! < FEW ? outer.slice(0, 1) : [];
  const image: Axis = { size: n.shape[0]!, a: x.strides[0]!, b: 0, result: { axis: 0, step: 1 } };
  const group: Axis = {
    size: groups,
    a: ic * x.strides[channel]!,
    b: oc * filter.strides[channel]!,
    result: { axis: channel, step: oc },
  };
  const rest = { anchor: n, a: x, b: filter, around: [], within: outer.slice(dealt.length), adds: false };
  if (isDepthwise(groups, ic, oc)) {
    return { ...rest, items: [image, ...dealt], rows: out(spatial - 1), columns: group, inner: mergeInner(taps) };
  }
  return {
    ...rest,
    items: [image, ...dealt, group].filter((a, i) => i === 0 || a.size > 1),
    rows: out(spatial - 1),
    columns: { size: oc, a: 0, b: filter.strides[channel]!, result: { axis: channel, step: 1 } },
    inner: mergeInner([...taps, { size: ic, a: x.strides[channel]!, b: filter.strides[spatial]! }]),
  };
}

/**
 * The gradient of the input: image by image, each tap adds a row of the output's gradient times the (transposed) filter
 * into the places that it was read from.
 */
export function planConvInputGrad(n: Node<'convInputGrad'>, [dy, filter]: Operands): Contraction {
  const { strides, dilation, groups } = n.attrs;
  const spatial = strides.length;
  const fshape = n.inputs[1]!.shape;
  const [ic, oc] = [fshape[spatial]!, fshape[spatial + 1]! / groups];
  const channel = spatial + 1;
  const taps = fshape.slice(0, spatial).map(
    (size, i): Axis => ({
      size,
      a: 0,
      b: filter.strides[i]!,
      result: { axis: i + 1, step: dilation[i]! },
    }),
  );
  const out = (i: number): Axis => ({
    size: n.inputs[0]!.shape[i + 1]!,
    a: dy.strides[i + 1]!,
    b: 0,
    result: { axis: i + 1, step: strides[i]! },
  });
  const outer = Array.from({ length: spatial - 1 }, (_, i) => out(i));
  const image: Axis = { size: n.shape[0]!, a: dy.strides[0]!, b: 0, result: { axis: 0, step: 1 } };
  const group: Axis = {
    size: groups,
    a: oc * dy.strides[channel]!,
    b: oc * filter.strides[channel]!,
    result: { axis: channel, step: ic },
  };
  // A filter of one tap goes to each place once.
  const adds = taps.some((t) => t.size > 1) || strides.some((s) => s > 1);
  const rest = { anchor: n, a: dy, b: filter, items: [image], within: outer, adds, rows: out(spatial - 1) };
  if (isDepthwise(groups, ic, oc)) return { ...rest, around: taps, columns: group, inner: [] };
  return {
    ...rest,
    around: [...(groups > 1 ? [group] : []), ...(adds ? taps : [])],
    columns: { size: ic, a: 0, b: filter.strides[spatial]!, result: { axis: channel, step: 1 } },
    inner: mergeInner([{ size: oc, a: dy.strides[channel]!, b: filter.strides[channel]! }]),
  };
}

/** How many pieces of the batch have a filter gradient of their own, summed afterwards. */
export function filterGradPieces(n: Node): number {
  const batch = n.inputs[0]!.shape[0]!;
  const bytes = 4 * Math.max(1, sizeOf(n.shape));
  const many = Math.min(SMALL.pieces, Math.floor(SMALL.bytes / bytes));
  const most = Math.min(Math.max(PIECES, many), Math.max(1, Math.floor(PARTIAL_BYTES / bytes)));
  for (let p = Math.min(most, batch); p > 1; p--) if (batch % p === 0) return p;
  return 1;
}

/**
 * The gradient of the filter, for each of `pieces` parts of the batch: image by image, every tap's product of the image's
 * channels with the output's gradient is added to what is in memory. `anchor` holds them: [pieces, ...filter's shape],
 * with the last spatial axis and the channels as one (where they lie side by side in the image, they are one loop).
 */
export function planConvFilterGrad(
  n: Node<'convFilterGrad'>,
  anchor: Node,
  pieces: number,
  [x, dy]: Operands,
): Contraction {
  const { strides, dilation, groups } = n.attrs;
  const spatial = strides.length;
  const [ic, oc] = [n.shape[spatial]!, n.shape[spatial + 1]! / groups];
  const batch = n.inputs[0]!.shape[0]!;
  const channel = spatial + 1;
  const row = spatial;
  const column = spatial + 1;
  const tap = (i: number): Axis => ({
    size: n.shape[i]!,
    a: x.strides[i + 1]! * dilation[i]!,
    b: 0,
    result: i === spatial - 1 ? { axis: row, step: ic } : { axis: i + 1, step: 1 },
  });
  const pixel = (i: number): Axis => ({
    size: n.inputs[1]!.shape[i + 1]!,
    a: x.strides[i + 1]! * strides[i]!,
    b: dy.strides[i + 1]!,
  });
  const axes = Array.from({ length: spatial }, (_, i) => i);
  const channels: Axis = { size: ic, a: x.strides[channel]!, b: 0, result: { axis: row, step: 1 } };
  const last = tap(spatial - 1);
  const depthwise = isDepthwise(groups, ic, oc);
  const joined = groups === 1 && last.a === channels.a * ic;
  const rows = depthwise ? last : joined ? { ...channels, size: ic * last.size } : channels;
  const taps = axes.slice(0, joined || depthwise ? -1 : undefined).map(tap);
  const group: Axis = {
    size: groups,
    a: ic * x.strides[channel]!,
    b: oc * dy.strides[channel]!,
    result: { axis: column, step: oc },
  };
  const image: Axis = { size: batch / pieces, a: x.strides[0]!, b: dy.strides[0]! };
  const piece: Axis = {
    size: pieces,
    a: x.strides[0]! * image.size,
    b: dy.strides[0]! * image.size,
    result: { axis: 0, step: 1 },
  };
  const dealt = pieces > 1 && image.size > 1 && 4 * sizeOf(n.shape) <= NEAR;
  return {
    anchor,
    name: n.op,
    a: x,
    b: dy,
    items: pieces > 1 ? [piece] : taps,
    ...(dealt ? { chain: image } : {}),
    around: [...(groups > 1 && !depthwise ? [group] : []), ...(dealt ? [] : [image])],
    within: pieces > 1 ? taps : [],
    adds: true,
    rows,
    columns: depthwise ? group : { size: oc, a: 0, b: dy.strides[channel]!, result: { axis: column, step: 1 } },
    inner: mergeInner(axes.map(pixel)),
  };
}
