import { node } from '../graph/build.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { sizeOf, stridesOf } from '../graph/shape.ts';
import { type Derivative, eq, none, select, stretch } from './gradient-parts.ts';

export const WINDOW: { readonly [P in 'windowReduce' | 'windowArgmax' | 'windowPut']: Derivative<P> } = {
  windowReduce: (n, dy) => [
    () => {
      const { kind, ...geometry } = n.attrs;
      if (kind === 'sum') return spread(n, dy);
      const x = n.inputs[0]!;
      return node('windowPut', [node('windowArgmax', [x], geometry), dy], { ...geometry, shape: x.shape });
    },
  ],
  windowArgmax: none,
  windowPut: (n, dx) => [undefined, () => fetch(n, dx)],
};

/**
 * The sum over the windows that hold an element: `dy` spread by the strides, then a window of the same size sliding by 1.
 * With o * stride = i + padLow - t, 0 <= t < window, element i sees the spread positions i .. i + window - 1 after
 * window - 1 - padLow zeros.
 */
function spread({ inputs: [x], attrs, shape }: NodeOf<'windowReduce'>, dy: Node): Node {
  const { window, strides, padLow } = attrs;
  const low = window.map((w, i) => w - 1 - padLow[i]!);
  const reach = shape.map((n, i) => (n > 0 ? (n - 1) * strides[i]! + 1 : 0));
  const spaced = node('pad', [dy], {
    low,
    high: x!.shape.map((d, i) => d + window[i]! - 1 - low[i]! - reach[i]!),
    interior: strides.map((s) => s - 1),
    value: 0,
  });
  const none = window.map(() => 0);
  return node('windowReduce', [spaced], {
    kind: 'sum',
    window,
    strides: window.map(() => 1),
    padLow: none,
    padHigh: none,
  });
}

/** For each window, `dx` at its place. */
function fetch({ inputs: [places], attrs }: NodeOf<'windowPut'>, dx: Node): Node {
  const { window, strides, padLow, padHigh } = attrs;
  const padded = node('pad', [dx], { low: padLow, high: padHigh, interior: window.map(() => 0), value: 0 });
  const tapStrides = stridesOf(window);
  const counts = places!.shape;
  const tap = (t: number) => {
    const start = window.map((w, i) => Math.floor(t / tapStrides[i]!) % w);
    const limit = start.map((s, i) => s + Math.max(0, (counts[i]! - 1) * strides[i]! + 1));
    return node('slice', [padded], { start, limit, step: strides });
  };
  const number = node('cast', [places!], { dtype: 'int32' });
  let result: Node = tap(0);
  for (let t = 1; t < sizeOf(window); t++) {
    const here = eq(number, stretch(node('constant', [], { value: t, dtype: 'int32' }), counts));
    result = select(here, tap(t), result);
  }
  return result;
}
