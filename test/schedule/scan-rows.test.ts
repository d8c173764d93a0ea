import { afterAll, describe, expect, it, vi } from 'vitest';
import { scheduleGraph, transformGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { checkPlan } from '../support/check-plan.ts';
import { makeTargets, runCompiled } from '../support/fuzz-run.ts';
import { input, total } from '../support/nodes.ts';
import { Rng } from '../support/rng.ts';

vi.stubEnv('OLIFANT_CHECK', '1');

interface Loop {
  readonly inputs: Node<'input'>[];
  readonly loss: Node;
  readonly trained: Node[];
}

/** h = tanh(x_t + h U), or with the mean over the batch in it; all states are results. */
function recurrent(batch: number, units: number, steps: number, reverse: boolean, mixes = false): Loop {
  const [x, h0, weights] = [input([steps, batch, units]), input([batch, units]), input([units, units])];
  const [slice, h, u] = [input([batch, units]), input([batch, units]), input([units, units])];
  let z: Node = node('add', [slice, node('dot', [h, u], {})], {});
  if (mixes) {
    const sum = node('reshape', [node('reduceSum', [z], { axes: [0] })], { shape: [1, units] });
    z = node('sub', [z, node('broadcast', [sum], { shape: [batch, units] })], {});
  }
  const next = node('tanh', [z], {});
  const body = { carry: [h], slices: [slice], constants: [u], next: [next], stacked: [next] };
  const loop = node('scan', [h0, x, weights], { body, length: steps, reverse });
  const states = node('pick', [loop], { index: 1 });
  const loss = total(node('mul', [states, states], {}));
  return { inputs: [x, h0, weights], loss, trained: [x, h0, weights] };
}

const FACTS = { lanes: 16, registers: 32, fma: true };

function programOf({ inputs, loss, trained }: Loop) {
  const outputs = [loss, ...gradient(loss, trained)];
  const program = scheduleGraph(transformGraph({ inputs, outputs, updates: [] }), FACTS);
  checkPlan(program);
  return program;
}

describe('loops whose rows do not meet', () => {
  it('are one call, forward and backward', () => {
    const program = programOf(recurrent(32, 24, 20, false));
    expect(program.steps.filter((s) => s.kind === 'loop')).toEqual([]);
    const loops = program.kernels.filter((k) => k.name.includes('dot') && k.name.includes('tanh'));
    expect(loops.length).toBeGreaterThan(0);
    for (const k of loops) expect(k.domain).toBeGreaterThan(1);
  });

  it('stay loops of phases where rows meet, or where the weights are many', () => {
    const loops = (l: Loop) => programOf(l).steps.filter((s) => s.kind === 'loop').length;
    expect(loops(recurrent(256, 96, 20, false, true))).toBe(2);
    expect(loops(recurrent(32, 600, 3, false))).toBe(2);
  });

  const targets = [...makeTargets(false, { threads: 2 }), ...makeTargets(true, { threads: 2 })];
  afterAll(() => {
    vi.unstubAllEnvs();
    for (const t of targets) t.dispose();
  });
  const r = new Rng();
  for (const [batch, units, steps, reverse] of [
    [2, 16, 1, false],
    [17, 15, 3, true],
    [33, 17, 4, false],
    [48, 33, 5, true],
    [16, 1, 6, false],
  ] as const) {
    it(`give what their definition gives: batch ${batch}, ${units} units, ${steps} steps (seed ${r.seed})`, () => {
      const { inputs, loss, trained } = recurrent(batch, units, steps, reverse);
      const outputs = [loss, ...gradient(loss, trained)];
      const bind = new Map(
        inputs.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, () => r.float(-0.5, 0.5))] as const),
      );
      const expected = evaluateGraph(outputs, bind);
      for (const target of targets) {
        const [got] = runCompiled(target, { inputs, outputs, updates: [], bind, boundOf: () => 0 }, 1);
        got!.forEach((values, k) => {
          const scale = Math.max(...Array.from(expected[k]!, (v) => Math.abs(v)), 1e-3);
          for (let i = 0; i < values.length; i++) {
            const off = Math.abs(values[i]! - expected[k]![i]!);
            if (!(off <= 2e-5 * scale)) expect.fail(`${target.name}, output ${k}, element ${i}: off by ${off}`);
          }
        });
      }
    });
  }
});
