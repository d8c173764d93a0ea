import { node } from '../graph/build.ts';
import type { Attrs, Node, NodeOf } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import {
  add,
  type Derivative,
  eq,
  inverse,
  mul,
  none,
  padAxis,
  permute,
  reshape,
  reverse,
  zeros,
} from './gradient-parts.ts';

type Index = 'gather' | 'scatterAdd' | 'argsort' | 'cumulative';

export const INDEX: { readonly [P in Index]: Derivative<P> } = {
  gather: ({ inputs: [x, indices], attrs }, dy) => [
    () => node('scatterAdd', [zeros(x!.shape, x!.dtype), indices!, dy], attrs),
    undefined,
  ],
  scatterAdd: ({ inputs: [, indices], attrs }, dy) => [
    () => dy,
    undefined,
    () => node('gather', [dy, indices!], attrs),
  ],
  argsort: none,
  cumulative: (n, dy) => [() => cumulative(n, dy)],
};

const RUNNING: { readonly [K in Attrs['cumulative']['kind']]: (y: NodeOf<'cumulative'>, dy: Node) => Node } = {
  // dx[i] = sum over k >= i of dy[k]
  sum: ({ attrs }, dy) => node('cumulative', [dy], { ...attrs, reverse: !attrs.reverse }),
  prod: runningProduct,
  max: runningExtreme,
  min: runningExtreme,
};

function cumulative(y: NodeOf<'cumulative'>, dy: Node): Node {
  const { kind, axis, reverse: backwards } = y.attrs;
  if (!backwards || kind === 'sum') return RUNNING[kind](y, dy);
  const turned = node('cumulative', [reverse(y.inputs[0]!, [axis])], { ...y.attrs, reverse: false });
  return reverse(RUNNING[kind](turned, reverse(dy, [axis])), [axis]);
}

/**
 * dx[i] = (product of x[j], j < i) r[i], where r[i] = sum over k >= i of dy[k] times the product of x[j], i < j <= k,
 * which is the recurrence r[i] = dy[i] + x[i + 1] r[i + 1]. Nothing is divided, so zeros do no harm.
 */
function runningProduct(y: NodeOf<'cumulative'>, dy: Node): Node {
  const x = y.inputs[0]!;
  const { axis } = y.attrs;
  const length = x.shape[axis]!;
  if (length === 0) return dy;
  const front = [axis, ...x.shape.flatMap((_, i) => (i === axis ? [] : [i]))];
  const before = node('cumulative', [padAxis(x, axis, 1, -1, 1)], y.attrs);
  const after = permute(padAxis(x, axis, -1, 1, 0), front);
  const gradient = permute(dy, front);
  const shape = after.shape.slice(1);
  const slot = (name: string) => node('input', [], { name, shape, dtype: 'float32' });
  const [carry, g, next] = [slot('r'), slot('dy'), slot('next')];
  const r = add(g, node('mul', [next, carry], {}));
  const body = { carry: [carry], slices: [g, next], constants: [], next: [r], stacked: [r] };
  const loop = node('scan', [zeros(shape), gradient, after], { body, length, reverse: true });
  const stacked = node('pick', [loop], { index: 1 });
  return mul(before, permute(stacked, inverse(front)));
}

/**
 * Each result is one element of its lane: the one where the extreme so far was first attained. Its position is the
 * running maximum of the positions at which the extreme is attained and differs from the one before.
 */
function runningExtreme(y: NodeOf<'cumulative'>, dy: Node): Node {
  const x = y.inputs[0]!;
  const { axis } = y.attrs;
  const length = x.shape[axis]!;
  if (sizeOf(x.shape) === 0) return dy;
  const last = [...x.shape.flatMap((_, i) => (i === axis ? [] : [i])), axis];
  const lanes = sizeOf(x.shape) / length;
  const rows = (v: Node) => reshape(permute(v, last), [lanes, length]);
  const [values, extremes] = [rows(x), rows(y)];
  const integer = (value: number) =>
    node('broadcast', [node('reshape', [node('constant', [], { value, dtype: 'int32' })], { shape: [1, 1] })], {
      shape: [lanes, length],
    });
  const position = node('iota', [], { shape: [lanes, length], axis: 1 });
  const lane = node('iota', [], { shape: [lanes, length], axis: 0 });
  const same = eq(extremes, padAxis(extremes, 1, 1, -1, Number.NaN));
  const attained = node('and', [eq(values, extremes), node('not', [same], {})], {});
  const marks = node('select', [attained, position, integer(0)], {});
  const chosen = node('cumulative', [marks], { kind: 'max', axis: 1, reverse: false });
  const flat = node('add', [node('mul', [lane, integer(length)], {}), chosen], {});
  const target = zeros([lanes * length]);
  const indices = reshape(flat, [lanes * length]);
  const dx = node('scatterAdd', [target, indices, reshape(rows(dy), [lanes * length])], { axis: 0 });
  const moved = last.map((i) => x.shape[i]!);
  return permute(reshape(dx, moved), inverse(last));
}
