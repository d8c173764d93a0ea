import { expect } from 'vitest';
import type { TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { printGraph } from '../../src/graph/print.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { ReferenceTarget } from '../../src/targets/reference.ts';
import type { Target } from '../../src/targets/target.ts';
import { WasmTarget } from '../../src/targets/wasm.ts';
import { X64Target } from '../../src/targets/x64.ts';
import { runGraph } from './run-graph.ts';

let made: Target[] | undefined;

/** The targets that this machine can be; native memory has guard pages. */
export function targets(): readonly Target[] {
  const makers = [
    () => new ReferenceTarget(),
    () => new X64Target('x64-avx512', { threads: 2, guard: true }),
    () => new X64Target('x64-avx2', { threads: 2, guard: true }),
    () => new WasmTarget({ threads: 1 }),
  ];
  made ??= makers.flatMap((make) => {
    try {
      return [make()];
    } catch {
      return [];
    }
  });
  return made;
}

/**
 * Runs a graph twice on every target, and expects the very values that the reference gives; `anyZero` where 0 may as well be
 * -0 (as in a maximum of both).
 */
export function expectOnTargets(
  outputs: readonly Node[],
  bind: ReadonlyMap<Node, TypedArray>,
  { anyZero = false } = {},
): void {
  const seen = (a: ArrayLike<number>) => Array.from(a, (v) => (anyZero ? v + 0 : v));
  const expected = evaluateGraph(outputs, bind);
  for (const target of targets()) {
    const got = runGraph(target, outputs, bind, 2);
    outputs.forEach((n, i) => {
      expect(seen(got[i]!), `${target.name}, ${n.op} ${n.id} of\n${printGraph(outputs)}`).toEqual(seen(expected[i]!));
    });
  }
}
