import { node } from '../graph/build.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { type Derivative, inverse, permute, reduceSum, reshape } from './gradient-parts.ts';

type Movement = 'reshape' | 'permute' | 'broadcast' | 'slice' | 'pad' | 'reverse' | 'concat';

export const MOVEMENT: { readonly [P in Movement]: Derivative<P> } = {
  reshape: ({ inputs: [x] }, dy) => [() => reshape(dy, x!.shape)],
  permute: ({ attrs }, dy) => [() => permute(dy, inverse(attrs.perm))],
  // the sum over the repetitions
  broadcast: ({ inputs: [x], shape }, dy) => [
    () => {
      const repeated = shape.flatMap((d, i) => (x!.shape[i] === d ? [] : [i]));
      return reshape(reduceSum(dy, repeated), x!.shape);
    },
  ],
  slice: (n, dy) => [() => unslice(n, dy)],
  pad: (n, dy) => [() => unpad(n, dy)],
  reverse: ({ attrs }, dy) => [() => node('reverse', [dy], attrs)],
  concat: ({ inputs, attrs: { axis } }, dy) => {
    let at = 0;
    return inputs.map((x) => {
      const from = at;
      at += x.shape[axis]!;
      return () => part(dy, axis, from, from + x.shape[axis]!);
    });
  },
};

function part(dy: Node, axis: number, from: number, to: number): Node {
  return node('slice', [dy], {
    start: dy.shape.map((_, i) => (i === axis ? from : 0)),
    limit: dy.shape.map((d, i) => (i === axis ? to : d)),
    step: dy.shape.map(() => 1),
  });
}

/** Zeros where the slice did not read: between its steps, before and after. */
function unslice({ inputs: [x], attrs: { start, step }, shape }: NodeOf<'slice'>, dy: Node): Node {
  const reach = shape.map((n, i) => (n > 0 ? (n - 1) * step[i]! + 1 : 0));
  return node('pad', [dy], {
    low: start,
    high: x!.shape.map((d, i) => d - start[i]! - reach[i]!),
    interior: step.map((s) => s - 1),
    value: 0,
  });
}

/** The edges are cut off (or, where the pad cut, filled with zeros), then the interior is skipped. */
function unpad({ attrs: { low, high, interior } }: NodeOf<'pad'>, dy: Node): Node {
  const trimmed = node('pad', [dy], {
    low: low.map((n) => -n),
    high: high.map((n) => -n),
    interior: low.map(() => 0),
    value: 0,
  });
  return node('slice', [trimmed], {
    start: low.map(() => 0),
    limit: trimmed.shape,
    step: interior.map((n) => n + 1),
  });
}
