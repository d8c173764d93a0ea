import type { DType } from './dtype.ts';
import { hostArray } from './dtype.ts';
import { GraphError } from './error.ts';
import type { Attrs, Node } from './node.ts';
import { PRIMITIVES, type PrimitiveRow } from './primitives.ts';
import { sameShape, showShape, sizeOf } from './shape.ts';
import { inputsOf, topologicalOrder } from './structure.ts';

/**
 * Checks a graph between two passes: every node has the shape and dtype that its primitive gives its operands, `pick`
 * reads a loop and nothing else does, data has the size of its shape, and a loop's body depends on its own slots alone.
 *
 * @throws GraphError that names the node.
 */
export function checkGraph(outputs: readonly Node[]): void {
  const open: { outputs: readonly Node[]; slots?: ReadonlySet<Node> }[] = [{ outputs }];
  const checked = new Set<Node>();
  while (open.length > 0) {
    const graph = open.pop()!;
    checkSlots(graph.outputs, graph.slots);
    for (const n of topologicalOrder(graph.outputs)) {
      if (checked.has(n)) continue;
      checked.add(n);
      checkNode(n);
      if (n.op === 'scan') open.push(bodyOf(n as Node<'scan'>));
    }
  }
}

function need(n: Node, ok: boolean, expected: string, got: string): void {
  if (ok) return;
  throw new GraphError(`${n.scope ? `${n.scope}: ` : ''}${n.op} (node ${n.id}): expected ${expected}, got ${got}`);
}

function bodyOf(n: Node<'scan'>): { outputs: readonly Node[]; slots: ReadonlySet<Node> } {
  const { carry, slices, constants, next, stacked } = n.attrs.body;
  const slots = [...carry, ...slices, ...constants];
  for (const s of slots) need(n, s.op === 'input', 'input nodes as the slots of its body', s.op);
  need(n, new Set(slots).size === slots.length, 'distinct slots', 'one of them twice');
  return { outputs: [...next, ...stacked], slots: new Set(slots) };
}

function checkSlots(outputs: readonly Node[], slots: ReadonlySet<Node> | undefined): void {
  if (slots === undefined) return;
  for (const n of inputsOf(outputs))
    need(n, slots.has(n), 'only inputs that are slots of the loop in its body', n.attrs.name);
}

function checkNode(n: Node): void {
  const row = PRIMITIVES[n.op] as unknown as PrimitiveRow<typeof n.op>;
  need(n, row !== undefined, 'a primitive', n.op);
  need(n, row.arity === undefined || row.arity === n.inputs.length, `${row.arity} operands`, `${n.inputs.length}`);
  if (n.op !== 'pick') for (const x of n.inputs) need(n, x.op !== 'scan', 'a tensor', 'the results of a loop');
  const { shape, dtype } = row.infer(n.inputs, n.attrs as never);
  const show = (s: readonly number[], d: DType) => `${d} ${showShape(s)}`;
  if (!(sameShape(shape, n.shape) && dtype === n.dtype)) need(n, false, show(shape, dtype), show(n.shape, n.dtype));
  if (!n.shape.every((d) => Number.isSafeInteger(d) && d >= 0))
    need(n, false, 'sizes that are whole numbers', showShape(n.shape));
  if (n.op === 'literal') checkLiteral(n, n.attrs as Attrs['literal']);
}

function checkLiteral(n: Node, { data, shape, dtype }: Attrs['literal']): void {
  const kind = hostArray(dtype, 0).constructor.name;
  need(n, data.constructor.name === kind, `${kind} for ${dtype}`, data.constructor.name);
  need(n, data.length === sizeOf(shape), `${sizeOf(shape)} elements`, `${data.length}`);
}
