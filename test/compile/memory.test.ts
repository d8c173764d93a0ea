import { describe, expect, it } from 'vitest';
import { compileGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { WasmTarget } from '../../src/targets/wasm.ts';
import { makeTargets } from '../support/fuzz-run.ts';

/** A graph with one output, and temporary values of `columns` times that size, for which there is no room. */
function tooLarge(rows: number, columns: number): { x: Node<'input'>; output: Node } {
  const x = node('input', [], { name: 'x', shape: [1], dtype: 'float32' });
  const wide = (y: Node, shape: readonly number[]) =>
    node('broadcast', [node('reshape', [y], { shape: shape.map(() => 1) })], { shape });
  const huge = node('cumulative', [wide(x, [rows, columns])], { kind: 'sum', axis: 1, reverse: false });
  const other = node('cumulative', [huge], { kind: 'sum', axis: 0, reverse: false });
  const output = node('reduceSum', [node('add', [node('reverse', [huge], { axes: [0] }), other], {})], { axes: [1] });
  return { x, output };
}

describe('a program that memory has no room for', () => {
  for (const target of makeTargets(false, { threads: 1 })) {
    it(`is refused by name, again and again, and nothing is kept: ${target.name}`, () => {
      const native = target.name.startsWith('x64');
      const { x, output } = native
        ? tooLarge(2 ** 28, 2 ** 12)
        : tooLarge(2 ** 15, target.name === 'wasm' ? 2 ** 14 : 2 ** 25);
      const blocks = new Map([[x, target.alloc(4)]]);
      const used = () => (target instanceof WasmTarget ? target.bytesUsed : 0);
      const before = used();
      const attempt = () => compileGraph({ inputs: [x], outputs: [output], updates: [] }, blocks, target);
      // Were the outputs kept, each of a GiB on native targets, there would be no room for the good program.
      for (let i = 0; i < (native ? 60 : 20); i++) {
        let code: unknown;
        try {
          attempt();
        } catch (error) {
          code = (error as { code?: string }).code ?? error;
        }
        if (code !== 'OUT_OF_MEMORY') expect.fail(`attempt ${i}: ${code}`);
      }
      expect(used()).toBe(before);
      const good = { inputs: [x], outputs: [node('exp', [x], {})], updates: [] };
      if (native) target.alloc(2 ** 30).free();
      const compiled = compileGraph(good, blocks, target);
      compiled.run();
      expect(new Float32Array(compiled.outputs[0]!.bytesView().slice().buffer)[0]).toBe(1);
      compiled.dispose();
      target.dispose();
    });
  }
});
