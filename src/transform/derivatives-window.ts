import { node } from '../graph/build.ts';
import type { Node, NodeOf } from '../graph/node.ts';
import { sizeOf, stridesOf } from '../graph/shape.ts';
import { type Derivative, eq, lt, select } from './gradient-parts.ts';

export const WINDOW: { readonly [P in 'windowReduce' | 'windowMaxGrad']: Derivative<P> } = {
  windowReduce: (n, dy) => [
    () => {
      const { kind, ...geometry } = n.attrs;
      return kind === 'sum' ? spread(n, dy) : node('windowMaxGrad', [n.inputs[0]!, dy], geometry);
    },
  ],
  // which element is chosen is a step; dy is moved to it, so its gradient is fetched from there
  windowMaxGrad: (n, dx) => [undefined, () => fetch(n, dx)],
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

/** For each window, `dx` at its first maximum: tap by tap, in order, the better one so far. */
function fetch({ inputs: [x, dy], attrs }: NodeOf<'windowMaxGrad'>, dx: Node): Node {
  const { window, strides, padLow, padHigh } = attrs;
  const edge = { low: padLow, high: padHigh, interior: window.map(() => 0) };
  const values = node('pad', [x!], { ...edge, value: Number.NEGATIVE_INFINITY });
  const gradients = node('pad', [dx], { ...edge, value: 0 });
  const tapStrides = stridesOf(window);
  const tap = (padded: Node, t: number) => {
    const start = window.map((w, i) => Math.floor(t / tapStrides[i]!) % w);
    const limit = start.map((s, i) => s + (dy!.shape[i]! - 1) * strides[i]! + 1);
    return node('slice', [padded], { start, limit, step: strides });
  };
  let best: Node = tap(values, 0);
  let result: Node = tap(gradients, 0);
  for (let t = 1; t < sizeOf(window); t++) {
    const value = tap(values, t);
    const nan = (v: Node) => node('not', [eq(v, v)], {});
    const firstNan = node('and', [nan(value), eq(best, best)], {});
    const better = node('or', [lt(best, value), firstNan], {});
    result = select(better, tap(gradients, t), result);
    best = select(better, value, best);
  }
  return result;
}
