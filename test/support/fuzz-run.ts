import { compileGraph } from '../../src/compile.ts';
import { bytesPerElement, type DType, type TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { printGraph } from '../../src/graph/print.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import type { Values } from '../../src/runtime/reference/values.ts';
import type { Step } from '../../src/schedule/program.ts';
import { ReferenceTarget } from '../../src/targets/reference.ts';
import type { Target, TargetName } from '../../src/targets/target.ts';
import { WasmTarget } from '../../src/targets/wasm.ts';
import { type X64Options, X64Target } from '../../src/targets/x64.ts';
import type { FuzzGraph } from './fuzz-graph.ts';
import { viewBlock } from './run-graph.ts';

/** The values of each run: the outputs, then the updated variables. */
export type Runs = Values[][];

/** A target in strict mode or not; undefined where the machine lacks it. */
export function makeTarget(name: TargetName, strict: boolean, options: X64Options = {}): Target | undefined {
  const before = process.env.OLIFANT_STRICT;
  process.env.OLIFANT_STRICT = strict ? '1' : '0';
  try {
    if (name === 'reference') return new ReferenceTarget();
    if (name === 'wasm') return new WasmTarget({ threads: options.threads ?? 1 });
    return new X64Target(name, options);
  } catch {
    return undefined;
  } finally {
    if (before === undefined) delete process.env.OLIFANT_STRICT;
    else process.env.OLIFANT_STRICT = before;
  }
}

const NAMES: readonly TargetName[] = ['reference', 'wasm', 'x64-avx2', 'x64-avx512'];

/** Every target that there is on this machine. */
export function makeTargets(strict: boolean, options: X64Options = {}): Target[] {
  return NAMES.map((name) => makeTarget(name, strict, options)).filter((t): t is Target => t !== undefined);
}

/** The same target, which takes every call for an expensive one and so divides it among its threads. */
export function dividing(target: Target): Target {
  const dear = (steps: readonly Step[]): Step[] =>
    steps.map((step) =>
      step.kind === 'loop'
        ? { ...step, body: dear(step.body) }
        : { ...step, calls: step.calls.map((call) => ({ ...call, cost: 1e6 })) },
    );
  return {
    name: target.name,
    facts: target.facts,
    threads: target.threads,
    alloc: (bytes) => target.alloc(bytes),
    load: (program, externals) => target.load({ ...program, steps: dear(program.steps) }, externals),
    dispose: () => target.dispose(),
  };
}

/** The same target, for which calls are joined wherever they can be, all rows and all sums are long ones, no product is small. */
export function joining(target: Target): Target {
  return {
    name: target.name,
    facts: { ...target.facts, joins: { bytes: 0, items: 1 }, deals: { small: 0, long: 0 }, rowInRegisters: 0 },
    threads: target.threads,
    alloc: (bytes) => target.alloc(bytes),
    load: (program, externals) => target.load(program, externals),
    dispose: () => target.dispose(),
  };
}

/** Compiles a graph, and runs it a few times on the variables that it updates. */
export function runCompiled(target: Target, g: FuzzGraph, times: number): Runs {
  const size = (n: Node) => sizeOf(n.shape);
  const blocks = new Map(g.inputs.map((n) => [n, target.alloc(size(n) * bytesPerElement(n.dtype))]));
  const read = (n: Node, block = blocks.get(n as Node<'input'>)!) => viewBlock(block, n.dtype, size(n));
  for (const n of g.inputs) read(n).set(g.bind.get(n)!);
  const compiled = compileGraph(g, blocks, target);
  const runs: Runs = [];
  for (let i = 0; i < times; i++) {
    compiled.run();
    const outputs = g.outputs.map((n, k) => read(n, compiled.outputs[k]!).slice());
    runs.push([...outputs, ...g.updates.map((u) => read(u.target).slice())]);
    for (const n of g.inputs) {
      if (!g.updates.some((u) => u.target === n) && !sameBits(read(n), g.bind.get(n)!, n.dtype))
        throw new Error(`${target.name} wrote to input ${n.attrs.name}`);
    }
  }
  compiled.dispose();
  for (const block of blocks.values()) block.free();
  return runs;
}

/** What the primitives' definitions give. */
export function runDefined(g: FuzzGraph, times: number, precision: 'float32' | 'float64'): Runs {
  const bind = new Map<Node, Values>(g.bind);
  const runs: Runs = [];
  for (let i = 0; i < times; i++) {
    const values = evaluateGraph([...g.outputs, ...g.updates.map((u) => u.value)], bind, { precision });
    runs.push(values);
    g.updates.forEach((u, k) => {
      bind.set(u.target, values[g.outputs.length + k]!);
    });
  }
  return runs;
}

function sameBits(a: TypedArray, b: TypedArray, dtype: DType): boolean {
  return firstDifference(a, b, dtype === 'float32' ? equalBits : (x, y) => x === y) < 0;
}

/** Equal bits; NaN is NaN, whatever its payload. */
export const equalBits = (x: number, y: number): boolean => Object.is(x, y);
/** Equal numbers: both zeros are 0. */
export const equalValues = (x: number, y: number): boolean => x === y || Object.is(x, y);

function firstDifference(
  a: Values,
  b: Values,
  equal: (x: number, y: number, bound: number) => boolean,
  bound = 0,
): number {
  for (let i = 0; i < b.length; i++) if (!equal(a[i]!, b[i]!, bound)) return i;
  return a.length === b.length ? -1 : b.length;
}

/** A sentence on the first place where two results differ; undefined where none does. */
export function difference(
  g: FuzzGraph,
  got: Runs,
  expected: Runs,
  equal: (x: number, y: number, bound: number) => boolean,
): string | undefined {
  const nodes = [...g.outputs, ...g.updates.map((u) => u.value)];
  for (let run = 0; run < expected.length; run++) {
    for (let k = 0; k < nodes.length; k++) {
      const i = firstDifference(got[run]![k]!, expected[run]![k]!, equal, g.boundOf(nodes[k]!));
      if (i < 0) continue;
      const what =
        k < g.outputs.length ? `output ${k}` : `update of ${g.updates[k - g.outputs.length]!.target.attrs.name}`;
      return `run ${run}, ${what}, element ${i}: got ${got[run]![k]![i]}, expected ${expected[run]![k]![i]}`;
    }
  }
  return undefined;
}

/** A graph with its updates, for messages. */
export function show(g: FuzzGraph): string {
  const updates = g.updates.map((u) => u.target.attrs.name).join(', ');
  const text = printGraph([...g.outputs, ...g.updates.map((u) => u.value)]);
  return `${text}\n(${g.outputs.length} outputs; updates of: ${updates || 'none'})`;
}
