import { bytesPerElement } from './graph/dtype.ts';
import type { Node } from './graph/node.ts';
import { sizeOf } from './graph/shape.ts';
import { checkGraph } from './graph/spec.ts';
import { checkKernel } from './kernel/spec.ts';
import type { Program } from './schedule/program.ts';
import { schedule } from './schedule/schedule.ts';
import { chooseTarget } from './targets/choose.ts';
import type { Block, Target, TargetFacts } from './targets/target.ts';
import { decompose } from './transform/decompose.ts';
import { recompute } from './transform/recompute.ts';
import { simplify } from './transform/simplify.ts';

/** What to compile: outputs and in-place updates as functions of inputs. */
export interface GraphFunction {
  readonly inputs: readonly Node<'input'>[];
  readonly outputs: readonly Node[];
  /** All values are computed from the inputs as they were before the run; the targets are among the inputs. */
  readonly updates: readonly { readonly target: Node<'input'>; readonly value: Node }[];
}

export interface Compiled {
  /** Runs once: reads the blocks of the inputs, writes the outputs' blocks and the blocks of the targets in place. */
  run(): void;
  readonly outputs: readonly Block[];
  dispose(): void;
}

/** Memory that compiled programs can work on, zeroed. */
export function allocate(bytes: number): Block {
  return chooseTarget().alloc(bytes);
}

/**
 * The compiler: a graph over the memory blocks of its inputs becomes something that runs.
 *
 * The passes stand in this order because each leaves the next one fewer kinds of things: `simplify` what is said twice or
 * known already, `recompute` what is cheaper to make again than to keep, `decompose` what the schedule has no word for, `schedule`
 * graphs (kernels, phases and one arena are left), and the target everything but machine code.
 */
export function compileGraph(
  fn: GraphFunction,
  blocks: ReadonlyMap<Node<'input'>, Block>,
  target: Target = chooseTarget(),
): Compiled {
  const graph = transformGraph(fn);
  const { outputs } = graph;
  const program = scheduleGraph(graph, target.facts);
  const owned = outputs.map((n) => target.alloc(sizeOf(n.shape) * bytesPerElement(n.dtype)));
  const executable = target.load(program, [...fn.inputs.map((n) => blocks.get(n)!), ...owned]);
  return {
    outputs: owned,
    run: () => executable.run(),
    dispose() {
      executable.dispose();
      for (const block of owned) block.free();
    },
  };
}

/** The passes from graph to graph. */
export function transformGraph(fn: GraphFunction): GraphFunction {
  const wanted = [...fn.outputs, ...fn.updates.map((u) => u.value)];
  const results = seam(decompose(seam(recompute(seam(simplify(seam(wanted)))))));
  const outputs = results.slice(0, fn.outputs.length);
  const updates = fn.updates.map((u, i) => ({ target: u.target, value: results[outputs.length + i]! }));
  return { inputs: fn.inputs, outputs, updates };
}

/** From a transformed graph to kernels, phases and one arena. */
export function scheduleGraph(fn: GraphFunction, facts: TargetFacts): Program {
  const program = schedule(fn.inputs, fn.outputs, fn.updates, facts);
  if (isChecked()) program.kernels.forEach(checkKernel);
  return program;
}

/** `OLIFANT_CHECK=1`, for tests: what each pass hands on is checked. */
function isChecked(): boolean {
  return typeof process !== 'undefined' && process.env?.OLIFANT_CHECK === '1';
}

/** A graph between two passes. */
function seam(graph: readonly Node[]): readonly Node[] {
  if (isChecked()) checkGraph(graph);
  return graph;
}
