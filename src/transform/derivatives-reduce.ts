import { node } from '../graph/build.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import {
  type Derivative,
  div,
  eq,
  fill,
  inverse,
  mul,
  none,
  padAxis,
  permute,
  reduceSum,
  reshape,
  select,
  unreduce,
  zeros,
} from './gradient-parts.ts';

type Reduce = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'argmax';

export const REDUCE: { readonly [P in Reduce]: Derivative<P> } = {
  reduceSum: ({ inputs: [x], attrs }, dy) => [() => unreduce(dy, x!.shape, attrs.axes)],
  reduceProd: (n, dy) => [() => product(n, dy)],
  reduceMax: (n, dy) => [() => extreme(n, dy)],
  reduceMin: (n, dy) => [() => extreme(n, dy)],
  argmax: none,
};

/** Equal shares for all elements that attain the extreme, as JAX has it. */
function extreme(y: NodeOf<'reduceMax'> | NodeOf<'reduceMin'>, dy: Node): Node {
  const x = y.inputs[0]!;
  const { axes } = y.attrs;
  const attains = eq(x, unreduce(y, x.shape, axes));
  const ones = select(attains, fill(1, x.shape), zeros(x.shape));
  const share = div(dy, reduceSum(ones, axes));
  return select(attains, unreduce(share, x.shape, axes), zeros(x.shape));
}

/** The product of all other elements: that of those before times that of those after, so that zeros do no harm. */
function product({ inputs: [x], attrs: { axes } }: NodeOf<'reduceProd'>, dy: Node): Node {
  const kept = x!.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const perm = [...kept, ...axes];
  const moved = permute(x!, perm);
  const rows = reshape(moved, [...dy.shape, sizeOf(axes.map((a) => x!.shape[a]!))]);
  const last = dy.shape.length;
  const before = cumulative(padAxis(rows, last, 1, -1, 1), last, false);
  const after = cumulative(padAxis(rows, last, -1, 1, 1), last, true);
  const others = mul(unreduce(dy, rows.shape, [last]), mul(before, after));
  return permute(reshape(others, moved.shape), inverse(perm));
}

function cumulative(x: Node, axis: number, reverse: boolean): Node {
  return node('cumulative', [x], { kind: 'prod', axis, reverse });
}
