import { bytesPerElement } from './graph/dtype.ts';
import type { Node } from './graph/node.ts';
import { sizeOf } from './graph/shape.ts';
import { checkGraph } from './graph/spec.ts';
import { checkKernel } from './kernel/spec.ts';
import { inParts, type Parts, toEnd } from './runtime/turns.ts';
import type { Program } from './schedule/program.ts';
import { schedule, scheduleParts } from './schedule/schedule.ts';
import { chooseTarget } from './targets/choose.ts';
import type { Block, Target, TargetFacts } from './targets/target.ts';
import { decompose } from './transform/decompose.ts';
import { hoist } from './transform/hoist.ts';
import { narrow } from './transform/narrow.ts';
import { pairUp } from './transform/pair-up.ts';
import { recompute } from './transform/recompute.ts';
import { remake } from './transform/remake.ts';
import { simplify } from './transform/simplify.ts';
import { unround } from './transform/unround.ts';
import { unsplit } from './transform/unsplit.ts';
import { winograd } from './transform/winograd.ts';

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
  /** Like `run`, while the calling thread is free; undefined where it is better to run at once. See `Executable`. */
  readonly runAsync?: (() => Promise<void>) | undefined;
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
 * known already, `unround` what was rounded for nobody, `unsplit` what was only taken apart, `narrow` what windows make
 * needless, `recompute` and `remake` what is cheaper to make again than to keep, `pairUp` and `winograd` multiplications that the target
 * or cleverness saves, `hoist` what each step of a loop would convert anew, `decompose` what the schedule has no word for,
 * `schedule` graphs (kernels, phases and one arena are left), and the target everything but machine code.
 */
export function compileGraph(
  fn: GraphFunction,
  blocks: ReadonlyMap<Node<'input'>, Block>,
  target: Target = chooseTarget(),
): Compiled {
  return toEnd(compileParts(fn, blocks, target));
}

/** `compileGraph` with pauses, in which timers, input and output have their turn. */
export function compileWithPauses(
  fn: GraphFunction,
  blocks: ReadonlyMap<Node<'input'>, Block>,
  target: Target = chooseTarget(),
): Promise<Compiled> {
  return inParts(compileParts(fn, blocks, target));
}

/** Whether long work should be done in parts here: see `Target.givesWay`. */
export function givesWay(): boolean {
  return chooseTarget().givesWay === true;
}

function* compileParts(fn: GraphFunction, blocks: ReadonlyMap<Node<'input'>, Block>, target: Target): Parts<Compiled> {
  const program = yield* planParts(fn, target);
  const { outputs } = fn;
  const owned: Block[] = [];
  const free = () => {
    for (const block of owned) block.free();
  };
  try {
    for (const n of outputs) owned.push(target.alloc(sizeOf(n.shape) * bytesPerElement(n.dtype)));
    const bound = [...fn.inputs.map((n) => blocks.get(n)!), ...owned];
    const executable = target.loadParts ? yield* target.loadParts(program, bound) : target.load(program, bound);
    return {
      outputs: owned,
      run: () => executable.run(),
      runAsync: executable.runAsync,
      dispose() {
        executable.dispose();
        free();
      },
    };
  } catch (error) {
    free();
    throw error;
  }
}

function* planParts(fn: GraphFunction, target: Target): Parts<Program> {
  const graph = yield* transformParts(fn, target.facts);
  const program = yield* scheduleParts(graph.inputs, graph.outputs, graph.updates, target.facts);
  checkKernels(program);
  return program;
}

/** `compileGraph` up to what the target does: the program as data, which can be loaded over any blocks, often. */
export function planGraph(fn: GraphFunction, target: Target = chooseTarget()): Program {
  return toEnd(planParts(fn, target));
}

/** The passes from graph to graph. Where products may not round otherwise, they stay as they are. */
export function transformGraph(fn: GraphFunction, facts?: Pick<TargetFacts, 'fma' | 'pairs'>): GraphFunction {
  return toEnd(transformParts(fn, facts));
}

function* transformParts(fn: GraphFunction, facts?: Pick<TargetFacts, 'fma' | 'pairs'>): Parts<GraphFunction> {
  let results = seam([...fn.outputs, ...fn.updates.map((u) => u.value)]);
  const fast = [...(facts?.pairs ? [pairUp] : []), ...(facts?.fma ? [winograd] : [])];
  for (const pass of [simplify, unround, unsplit, narrow, recompute, remake, ...fast, hoist, decompose]) {
    results = seam(pass(results));
    yield;
  }
  const outputs = results.slice(0, fn.outputs.length);
  const updates = fn.updates.map((u, i) => ({ target: u.target, value: results[outputs.length + i]! }));
  return { inputs: fn.inputs, outputs, updates };
}

/** From a transformed graph to kernels, phases and one arena. */
export function scheduleGraph(fn: GraphFunction, facts: TargetFacts): Program {
  const program = schedule(fn.inputs, fn.outputs, fn.updates, facts);
  checkKernels(program);
  return program;
}

function checkKernels(program: Program): void {
  if (isChecked()) program.kernels.forEach(checkKernel);
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
