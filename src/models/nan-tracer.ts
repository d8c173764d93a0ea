import type { Batch } from '../data/batches.ts';
import { OlifantError } from '../errors.ts';
import { isFloating, type TypedArray } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { evaluateGraph } from '../runtime/reference/graph.ts';
import type { Variable } from '../trace/variable.ts';
import type { StepProgram } from './programs.ts';

type Values = ArrayLike<number>;

/** `NaN` or `Infinity` where there is such a value. */
function worst(values: Values): 'NaN' | 'infinite' | null {
  let found: 'infinite' | null = null;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (Number.isNaN(v)) return 'NaN';
    if (!Number.isFinite(v)) found = 'infinite';
  }
  return found;
}

/**
 * Looks after each step whether the loss and the weights are still finite. If not, it computes the step once more, node by
 * node, from the weights as they were, and follows the bad value back to where it began.
 */
export class NanTracer {
  readonly #saved = new Map<Variable, TypedArray>();

  /** Keeps what the step will start from. */
  before(program: StepProgram): void {
    for (const v of program.compiled.traced.variables) this.#saved.set(v, v.read());
  }

  /**
   * @param epoch Counted from 0, like `step`; the message counts from 1, as progress bars do.
   * @throws OlifantError `NOT_FINITE` that names the layer, the operation and the step.
   */
  after(program: StepProgram, batch: Batch, epoch: number, step: number): void {
    const { traced } = program.compiled;
    const bad = this.#badResult(program);
    if (bad === null) return;
    const bind = new Map<Node, TypedArray>();
    traced.inputs.forEach((n, i) => {
      bind.set(n, program.compiled.input(i));
    });
    for (const v of traced.variables) bind.set(v.input, this.#saved.get(v)!);
    throw new OlifantError(
      'NOT_FINITE',
      `fit: ${bad.what} became ${bad.kind} in step ${step + 1} of epoch ${epoch + 1} (batch of ${batch.count}): ${findOrigin(bad.node, bind)}`,
    );
  }

  #badResult(program: StepProgram): { node: Node; what: string; kind: string } | null {
    const { traced } = program.compiled;
    const loss = worst(program.compiled.outputView(0));
    if (loss !== null) return { node: traced.outputs[0]!, what: 'the loss', kind: loss };
    for (const { variable, value } of traced.updates) {
      const kind = isFloating(variable.dtype) ? worst(variable.read()) : null;
      if (kind !== null) return { node: value, what: `the weight ${variable.path}`, kind };
    }
    return null;
  }
}

/** From a bad value back along bad operands, to the first that is bad by itself. */
function findOrigin(result: Node, bind: ReadonlyMap<Node, TypedArray>): string {
  const order = reachable(result).filter((n) => n.op !== 'scan');
  const values = new Map<Node, Values>();
  evaluateGraph(order, bind).forEach((v, i) => {
    values.set(order[i]!, v);
  });
  const state = (n: Node) => (isFloating(n.dtype) && values.has(n) ? worst(values.get(n)!) : null);
  let at = result;
  for (;;) {
    const operands = at.inputs.flatMap((n) => (n.op === 'scan' ? n.inputs : [n]));
    const next = operands.find((n) => state(n) === 'NaN') ?? operands.find((n) => state(n) === 'infinite');
    if (next === undefined) break;
    at = next;
  }
  if (at.op === 'input') return `${(at as Node<'input'>).attrs.name} was already ${state(at)} before the step`;
  const place = at.scope ? `'${at.scope}'` : `the layers around ${nearestScope(at)}`;
  return `it began in ${place}, where ${at.op} of shape [${at.shape.join(', ')}] gave ${state(at)}`;
}

function nearestScope(node: Node): string {
  const queue = [...node.inputs];
  for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
    if (n.scope) return `'${n.scope}'`;
    queue.push(...n.inputs);
  }
  return 'the inputs';
}

function reachable(result: Node): Node[] {
  const seen = new Set<Node>();
  const stack = [result];
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    if (seen.has(n)) continue;
    seen.add(n);
    stack.push(...n.inputs);
  }
  return [...seen];
}
