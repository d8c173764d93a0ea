import { withScope } from '../graph/build.ts';
import { isFloating } from '../graph/dtype.ts';
import { GraphError } from '../graph/error.ts';
import type { Attrs, Node, NodeOf, Primitive } from '../graph/node.ts';
import { showShape } from '../graph/shape.ts';
import { replaceNodes, topologicalOrder } from '../graph/structure.ts';
import { ELEMENTWISE } from './derivatives-elementwise.ts';
import { INDEX } from './derivatives-index.ts';
import { MOVEMENT } from './derivatives-movement.ts';
import { PRODUCT } from './derivatives-product.ts';
import { REDUCE } from './derivatives-reduce.ts';
import { WINDOW } from './derivatives-window.ts';
import { add, constant, type Derivative, isZero, none, zeros } from './gradient-parts.ts';
import { scanGradient } from './gradient-scan.ts';

/** Loops have values of their own kind: `scan` gives a tuple, `pick` reads it. */
type Loop = 'scan' | 'pick';

/** The derivative of every primitive. */
const DERIVATIVES: { readonly [P in Exclude<Primitive, Loop>]: Derivative<P> } = {
  input: none,
  constant: none,
  literal: none,
  iota: none,
  randomBits: none,
  ...ELEMENTWISE,
  ...MOVEMENT,
  ...REDUCE,
  ...PRODUCT,
  ...WINDOW,
  ...INDEX,
  custom: customDerivative,
};

/** The gradients that came with it, with the true gradient of the result in place of its stand-in. */
function customDerivative({ inputs, attrs: { operands } }: NodeOf<'custom'>, dy: Node): (undefined | (() => Node))[] {
  let made: Node[] | undefined;
  const parts = () => (made ??= replaceNodes(inputs.slice(2 + operands), new Map([[inputs[1]!, dy]])));
  return inputs.map((_, i) => (i >= 2 && i < 2 + operands ? () => parts()[i - 2]! : undefined));
}

/**
 * The gradient of a scalar by reverse accumulation, as a graph.
 *
 * @param loss Floating, shape [].
 * @param wrt Floating nodes, leaves or values in between.
 * @returns One node for each of `wrt`, of its shape and dtype; zeros where the loss does not depend on it. The same graph gives the
 *   same sums in the same order.
 * @throws GraphError where the loss is no scalar, or something is not floating.
 */
export function gradient(loss: Node, wrt: readonly Node[]): Node[] {
  if (!isFloating(loss.dtype) || loss.shape.length > 0)
    throw new GraphError(`gradient: expected a floating loss [], got ${loss.dtype} ${showShape(loss.shape)}`);
  for (const n of wrt)
    if (!isFloating(n.dtype))
      throw new GraphError(
        `gradient: expected floating numbers to differentiate by, got ${n.dtype} ${showShape(n.shape)}`,
      );
  return pullBack([loss], [constant(1, loss.dtype)], wrt).map((g, i) => g ?? zeros(wrt[i]!.shape, wrt[i]!.dtype));
}

/**
 * The product of `cotangents` with the Jacobian of `outputs`: sum_i cotangent_i * d output_i / d wrt, for each of `wrt`;
 * undefined where there is no path.
 */
export function pullBack(
  outputs: readonly Node[],
  cotangents: readonly (Node | undefined)[],
  wrt: readonly Node[],
): (Node | undefined)[] {
  const order = topologicalOrder(outputs);
  const active = reachedFrom(wrt, order);
  const flow = new Flow(active);
  outputs.forEach((n, i) => {
    flow.give(n, cotangents[i]);
  });
  for (let i = order.length - 1; i >= 0; i--) withScope(order[i]!.scope, () => flow.pass(order[i]!));
  return wrt.map((n) => flow.total(n));
}

/** The nodes through which something flows back to `wrt`. */
function reachedFrom(wrt: readonly Node[], order: readonly Node[]): ReadonlySet<Node> {
  const active = new Set<Node>(wrt);
  for (const n of order) if (isFloating(n.dtype) && n.inputs.some((x) => active.has(x))) active.add(n);
  return active;
}

/** The gradients on their way: each node collects its parts and, when its turn comes, passes their sum on. */
class Flow {
  readonly #active: ReadonlySet<Node>;
  readonly #parts = new Map<Node, Node>();
  /** The parts of a loop's results. */
  readonly #tuples = new Map<Node, (Node | undefined)[]>();

  constructor(active: ReadonlySet<Node>) {
    this.#active = active;
  }

  total(n: Node): Node | undefined {
    return this.#parts.get(n);
  }

  give(n: Node, part: Node | undefined): void {
    if (part === undefined || !this.#active.has(n) || isZero(part)) return;
    const sum = this.#parts.get(n);
    this.#parts.set(n, sum ? add(sum, part) : part);
  }

  pass(n: Node): void {
    if (n.op === 'scan') this.#passLoop(n as NodeOf<'scan'>);
    const dy = this.#parts.get(n);
    if (dy === undefined) return;
    if (n.op === 'pick') {
      const { index } = n.attrs as Attrs['pick'];
      const parts = this.#tuples.get(n.inputs[0]!) ?? [];
      parts[index] = parts[index] ? add(parts[index], dy) : dy;
      this.#tuples.set(n.inputs[0]!, parts);
      return;
    }
    const derivative = DERIVATIVES[n.op as Exclude<Primitive, Loop>] as Derivative<Primitive>;
    const parts = derivative(n, dy);
    n.inputs.forEach((x, i) => {
      if (this.#active.has(x)) this.give(x, parts[i]?.());
    });
  }

  #passLoop(n: NodeOf<'scan'>): void {
    const dy = this.#tuples.get(n as Node);
    if (dy === undefined) return;
    const parts = scanGradient(n, dy, (x) => this.#active.has(x), pullBack);
    n.inputs.forEach((x, i) => {
      this.give(x, parts[i]);
    });
  }
}
