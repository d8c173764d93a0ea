import { isHalf } from './dtype.ts';
import { GraphError } from './error.ts';
import { roundToHalf } from './half.ts';
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

/** The primitives that move or convert numbers of 16 bits, and so take them as they are; `custom` says what it takes. */
const TAKES_HALVES: ReadonlySet<Primitive> = new Set([
  ...(['input', 'constant', 'literal', 'cast', 'reshape', 'permute', 'broadcast', 'slice', 'pad', 'reverse'] as const),
  ...(['concat', 'gather', 'scan', 'pick', 'custom', 'pair'] as const),
]);

/**
 * Makes a node; the only way to make one. Shape and dtype follow from the primitive's row.
 *
 * Of operands of 16 bits, what only moves them is made as it is. Everything else is float32 arithmetic: the operands are cast
 * to float32, and a float32 result is cast back, so that each operation rounds once. The node that is given back is then
 * that last cast.
 */
export function node<P extends Primitive>(op: P, inputs: readonly Node[], attrs: Attrs[P]): Node<P> {
  const half = TAKES_HALVES.has(op) ? undefined : inputs.find((x) => isHalf(x.dtype));
  if (half === undefined) return make(op, inputs, rounded(op, inputs, attrs));
  const odd = inputs.find((x) => x.dtype !== half.dtype && (isHalf(x.dtype) || x.dtype === 'float32'));
  if (odd !== undefined)
    throw new GraphError(
      `${scope ? `${scope}: ` : ''}${op}: expected operands of one dtype (${half.dtype}), got ${odd.dtype}`,
    );
  const wide = inputs.map((x) => (isHalf(x.dtype) ? (make('cast', [x], { dtype: 'float32' }) as Node) : x));
  const result = make(op, wide, attrs);
  if (result.dtype !== 'float32') return result;
  return make('cast', [result as Node], { dtype: half.dtype }) as Node as Node<P>;
}

/** Values that are given by the way are numbers that the type has. */
function rounded<P extends Primitive>(op: P, inputs: readonly Node[], attrs: Attrs[P]): Attrs[P] {
  if (op !== 'constant' && op !== 'pad') return attrs;
  const given = attrs as Attrs['constant'] | Attrs['pad'];
  const dtype = 'dtype' in given ? given.dtype : inputs[0]?.dtype;
  return dtype !== undefined && isHalf(dtype)
    ? ({ ...given, value: roundToHalf(dtype, given.value) } as Attrs[Primitive] as Attrs[P])
    : attrs;
}

function make<P extends Primitive>(op: P, inputs: readonly Node[], attrs: Attrs[P]): Node<P> {
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
