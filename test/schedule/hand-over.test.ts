import { afterAll, describe, expect, it } from 'vitest';
import { scheduleGraph, transformGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import type { Program } from '../../src/schedule/program.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { checkPlan } from '../support/check-plan.ts';
import { makeTargets } from '../support/fuzz-run.ts';
import { input, relu } from '../support/nodes.ts';
import { Rng } from '../support/rng.ts';

const FACTS = { lanes: 16, registers: 32, fma: true };
const CONV = { strides: [1, 1], padLow: [0, 0], padHigh: [0, 0], dilation: [1, 1], groups: 1 };
const POOL = { window: [1, 2, 2, 1], strides: [1, 2, 2, 1], padLow: [0, 0, 0, 0], padHigh: [0, 0, 0, 0] };

function compiled(inputs: Node<'input'>[], outputs: readonly Node[]): Program {
  const program = scheduleGraph(transformGraph({ inputs, outputs, updates: [] }), FACTS);
  checkPlan(program);
  return program;
}

const names = (p: Program) => p.kernels.map((k) => k.name);
const bytes = (p: Program, kind: string) => p.slots.filter((s) => s.kind === kind).reduce((sum, s) => sum + s.bytes, 0);

/** Convolution, rectifier, pooling; and, where wanted, the gradients of filter and bias. */
function pooled(images: number, trained: boolean): { inputs: Node<'input'>[]; outputs: Node[] } {
  const [x, filter, bias] = [input([images, 20, 20, 3]), input([3, 3, 3, 32]), input([32])] as const;
  const conv = node('conv', [x, filter], CONV);
  const wide = node('broadcast', [node('reshape', [bias], { shape: [1, 1, 1, 32] })], { shape: conv.shape });
  const top = node('windowReduce', [relu(node('add', [conv, wide], {}))], { ...POOL, kind: 'max' });
  if (!trained) return { inputs: [x, filter, bias], outputs: [top] };
  const loss = node('reduceSum', [node('mul', [top, top], {})], { axes: [0, 1, 2, 3] });
  return { inputs: [x, filter, bias], outputs: [loss, ...gradient(loss, [filter, bias])] };
}

describe('calls that hand over item by item', () => {
  it('are one call, and what they hand over needs no memory but a few items', () => {
    const { inputs, outputs } = pooled(32, false);
    const program = compiled(inputs, outputs);
    expect(names(program)).toEqual(['conv add le select, then windowReduce']);
    expect(program.arenaBytes).toBe(0);
    expect(bytes(program, 'thread')).toBe(4 * 18 * 18 * 32);
  });

  it('keep no gradient of full size in memory', () => {
    const { inputs, outputs } = pooled(64, true);
    const program = compiled(inputs, outputs);
    const whole = 4 * 64 * 18 * 18 * 32;
    expect(program.arenaBytes).toBeLessThan(0.7 * whole);
    expect(names(program)[0]).toMatch(
      /^conv add le select, then windowReduce .*, then windowPut, .*then convFilterGrad$/,
    );
  });

  it('stay apart where items need the results of other items', () => {
    const [x, y] = [input([64, 4096]), input([64, 4096])];
    const turned = node('permute', [node('cumulative', [x], { kind: 'sum', axis: 1, reverse: false })], {
      perm: [1, 0],
    });
    const program = compiled([x, y], [node('dot', [y, turned], {})]);
    expect(names(program).every((n) => !n.includes(', then '))).toBe(true);
  });

  it('stay apart where the kernel would be longer than the target can take', () => {
    const { inputs, outputs } = pooled(32, false);
    const graph = transformGraph({ inputs, outputs, updates: [] });
    const length = (statements: number) => scheduleGraph(graph, { ...FACTS, statements }).kernels.length;
    expect(length(10)).toBe(2);
    expect(length(10_000)).toBe(1);
  });

  it('stay apart where somebody else would have to wait for both', () => {
    const x = input([64, 48, 48]);
    const first = node('dot', [x, x], {});
    const second = node('dot', [first, x], {});
    // Needs all of `first`, and is needed by what joins `second`.
    const sum = node('reduceSum', [first], { axes: [0] });
    const all = node('broadcast', [node('reshape', [sum], { shape: [1, 48, 48] })], { shape: [64, 48, 48] });
    const program = compiled([x], [node('dot', [second, all], {})]);
    expect(names(program).filter((n) => n.includes('dot, then dot')).length).toBe(1);
    checkPlan(program);
  });
});

describe('joined calls give the values of calls apart', () => {
  const targets = makeTargets(true, { threads: 2 });
  afterAll(() => {
    for (const t of targets) t.dispose();
  });
  const r = new Rng();
  for (const target of targets) {
    it(`${target.name} (seed ${r.seed})`, () => {
      const { inputs, outputs } = pooled(32, true);
      const data = inputs.map((n) =>
        Float32Array.from({ length: n.shape.reduce((a, b) => a * b, 1) }, () => r.float(-1, 1)),
      );
      const run = (joins: { bytes: number; items: number }): Float32Array[] => {
        const graph = transformGraph({ inputs, outputs, updates: [] });
        const program = scheduleGraph(graph, { ...target.facts, joins });
        const sizes = [...inputs, ...outputs].map((n) => 4 * n.shape.reduce((a, b) => a * b, 1));
        const blocks = sizes.map((size) => target.alloc(size));
        const view = (i: number) => {
          const b = blocks[i]!.bytesView();
          return new Float32Array(b.buffer, b.byteOffset, sizes[i]! / 4);
        };
        data.forEach((d, i) => {
          view(i).set(d);
        });
        const executable = target.load(program, blocks);
        executable.run();
        const results = outputs.map((_, i) => view(inputs.length + i).slice());
        executable.dispose();
        for (const b of blocks) b.free();
        return results;
      };
      const apart = run({ bytes: Number.POSITIVE_INFINITY, items: 1 });
      expect(run({ bytes: 192 << 10, items: 64 })).toEqual(apart);
      expect(run({ bytes: 0, items: 1 })).toEqual(apart);
    });
  }
});
