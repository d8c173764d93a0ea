import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { showShape } from '../graph/shape.ts';
import { replaceNodes, topologicalOrder } from '../graph/structure.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { fail, lift, wrap } from './core.ts';

/** What a step of a loop gives: the values for the next step, and what is collected over the steps. */
export interface ScanStep {
  readonly carry: readonly Tensor[];
  readonly outputs?: readonly Tensor[];
}

export interface ScanOptions {
  /** Number of steps; needed where there is nothing to go through. */
  readonly length?: number;
  /** Whether the last row comes first; outputs stand at the row that they came from. Default false. */
  readonly reverse?: boolean;
  /** How many steps Keras would write one after the other. Here the compiler decides, so it changes nothing. Default 1. */
  readonly unroll?: number | boolean;
}

const slot = (name: string, x: Node, shape: readonly number[] = x.shape): Node<'input'> =>
  node('input', [], { name, shape, dtype: x.dtype });

/**
 * A loop over the first axis of `xs`, compiled as a loop: `step` is called once, to be traced. It may use tensors and
 * variables from outside, but not assign variables.
 *
 * @param step From the carried values and one row of each of `xs` to the next carried values, of the same shapes and
 *   types, and outputs.
 * @param init The carried values at first.
 * @param xs What is gone through, [length, ...].
 * @returns The carried values at last, and the outputs of all steps [length, ...].
 */
export function scan(
  step: (carry: Tensor[], x: Tensor[]) => ScanStep,
  init: readonly TensorLike[],
  xs: readonly TensorLike[],
  { length, reverse = false }: ScanOptions = {},
): { carry: Tensor[]; outputs: Tensor[] } {
  const first = init.map((x) => lift(x));
  const rows = xs.map((x) => lift(x));
  const steps = length ?? rows[0]?.shape[0];
  if (steps === undefined || rows.some((r) => r.shape[0] !== steps))
    fail(
      'scan',
      `expected tensors of ${steps ?? 'a known number of'} rows, got ${rows.map((r) => showShape(r.shape)).join(', ')}`,
    );
  const carry = first.map((x, i) => slot(`carry${i}`, x));
  const slices = rows.map((x, i) => slot(`row${i}`, x, x.shape.slice(1)));
  const made = step(carry.map(wrap), slices.map(wrap));
  const next = made.carry.map((t, i) => (carry[i] === undefined ? t.node : lift(t, carry[i]!.dtype)));
  const stacked = (made.outputs ?? []).map((t) => t.node);
  const { outer, body } = closeOver([...next, ...stacked], [...carry, ...slices]);
  const constants = outer.map((x, i) => slot(`constant${i}`, x));
  const inside = replaceNodes(body, new Map(outer.map((x, i) => [x, constants[i]!])));
  const attrs = { carry, slices, constants, next: inside.slice(0, next.length), stacked: inside.slice(next.length) };
  const loop = node('scan', [...first, ...rows, ...outer], { body: attrs, length: steps, reverse });
  const pick = (index: number) => wrap(node('pick', [loop], { index }));
  return { carry: next.map((_, i) => pick(i)), outputs: stacked.map((_, i) => pick(next.length + i)) };
}

/** The nodes from outside that a body reads: those that depend on no slot, but for what constants alone make. */
function closeOver(body: readonly Node[], slots: readonly Node[]): { outer: Node[]; body: readonly Node[] } {
  const dependent = new Set<Node>(slots);
  const closed = new Set<Node>();
  const order = topologicalOrder(body);
  for (const n of order) {
    if (n.inputs.some((x) => dependent.has(x))) dependent.add(n);
    else if (n.op === 'constant' || n.op === 'iota') closed.add(n);
    else if (n.inputs.length > 0 && n.inputs.every((x) => closed.has(x)) && cheap(n)) closed.add(n);
  }
  const outer = new Set<Node>();
  const read = (n: Node) => {
    if (!dependent.has(n) && !closed.has(n)) outer.add(n);
  };
  for (const n of order) if (dependent.has(n)) n.inputs.forEach(read);
  body.forEach(read);
  return { outer: [...outer], body };
}

const cheap = (n: Node): boolean => ['elementwise', 'movement'].includes(PRIMITIVES[n.op].class);
