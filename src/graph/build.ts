import { GraphError } from './error.ts';
import type { Attrs, Node, NodeOf, Primitive } from './node.ts';
import { PRIMITIVES, type PrimitiveRow } from './primitives.ts';

let nextId = 1;
let scope = '';

/** Runs `f` with every new node named after the layer `name`, for messages. */
export function withScope<T>(name: string, f: () => T): T {
  const outer = scope;
  scope = name;
  try {
    return f();
  } finally {
    scope = outer;
  }
}

/** Makes a node; the only way to make one. Shape and dtype follow from the primitive's row. */
export function node<P extends Primitive>(op: P, inputs: readonly Node[], attrs: Attrs[P]): Node<P> {
  const row = PRIMITIVES[op] as unknown as PrimitiveRow<P>;
  try {
    if (row.arity !== undefined && inputs.length !== row.arity)
      throw new GraphError(`expected ${row.arity} operands, got ${inputs.length}`);
    const { shape, dtype } = row.infer(inputs, attrs);
    return { id: nextId++, op, inputs, attrs, shape, dtype, scope } as NodeOf<P> as Node<P>;
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw new GraphError(`${scope ? `${scope}: ` : ''}${op}: ${error.message}`, { cause: error });
  }
}
