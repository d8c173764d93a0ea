import { afterAll, describe, expect, it } from 'vitest';
import { scheduleGraph, transformGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import type { Program } from '../../src/schedule/program.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { checkPlan } from '../support/check-plan.ts';
import { dividing, makeTargets } from '../support/fuzz-run.ts';
import { input, relu, total } from '../support/nodes.ts';
import { Rng } from '../support/rng.ts';
import { runGraph } from '../support/run-graph.ts';

const FACTS = { lanes: 16, registers: 32, fma: true };
const JOINED = { joins: { bytes: 0, items: 1 }, deals: { small: 0, long: 0 } };
const flat = (x: Node) => node('reshape', [x], { shape: [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!] });

/** x of so many samples, each of so many rows; the sum of x' y over all of them. */
function weightGradient(samples: number, rows: number, [m, n]: readonly [number, number]) {
  const [x, y] = [input([samples, rows, m]), input([samples, rows, n])];
  const left = node('permute', [flat(x)], { perm: [1, 0] });
  return { inputs: [x, y], outputs: [node('dot', [left, flat(relu(y))], {})] };
}

/** Two layers over all rows of all samples, the mean of the rows, a softmax-like head, and the gradients of all weights. */
function trained(samples: number, rows: number, width: number): { inputs: Node<'input'>[]; outputs: Node[] } {
  const shapes = [
    [samples, rows, width],
    [width, 2 * width],
    [2 * width, width],
    [width, 10],
  ];
  const inputs = shapes.map(input);
  const [x, w1, w2, w3] = inputs as [Node, Node, Node, Node];
  const hidden = relu(node('dot', [flat(x), w1], {}));
  const y = node('reshape', [node('dot', [hidden, w2], {})], { shape: x.shape });
  const pooled = node('reduceSum', [node('tanh', [y], {})], { axes: [1] });
  const logits = node('dot', [pooled, w3], {});
  const top = node('reduceMax', [node('mul', [logits, logits], {})], { axes: [1] });
  const loss = total(top);
  return { inputs, outputs: [loss, ...gradient(loss, [w1, w2, w3])] };
}

function compiled({ inputs, outputs }: { inputs: Node<'input'>[]; outputs: Node[] }, facts = FACTS): Program {
  const program = scheduleGraph(transformGraph({ inputs, outputs, updates: [] }, facts), facts);
  checkPlan(program);
  return program;
}

const names = (p: Program) => p.kernels.map((k) => k.name);
const values = (r: Rng, inputs: readonly Node[], draw: () => number = () => r.float(-1, 1)) =>
  new Map(inputs.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, draw)]));

describe('a product with a long sum', () => {
  it('is added sample by sample, in eight pieces', () => {
    const program = compiled(weightGradient(32, 128, [64, 96]));
    expect(names(program)[0]).toMatch(/then dot$/);
    expect(program.kernels[0]!.domain).toBe(8);
    const partial = program.slots.filter((s) => s.kind === 'arena').reduce((sum, s) => sum + s.bytes, 0);
    expect(partial).toBe(4 * 8 * 64 * 96);
  });

  it('is not joined where chains of different lengths would leave few items', () => {
    // Of 30 samples, products make ten pieces and the filter's gradient six; of 24, both make eight.
    const domains = (n: number) => {
      const [x, y, dy] = [input([n, 16, 16, 64]), input([n, 256, 64]), input([n, 13, 14, 64])];
      const [attrs, r] = [
        { ...{ strides: [1, 1], dilation: [1, 1], groups: 1 }, padLow: [0, 0], padHigh: [0, 0] },
        relu(x),
      ];
      const filter = node('convFilterGrad', [r, dy], { ...attrs, filterSize: [4, 3] });
      const left = node('permute', [flat(node('reshape', [r], { shape: y.shape }))], { perm: [1, 0] });
      const program = compiled({ inputs: [x, y, dy], outputs: [filter, node('dot', [left, flat(y)], {})] });
      return program.kernels.filter((k) => !k.name.startsWith('reduce')).map((k) => k.domain);
    };
    expect(domains(24)).toEqual([8]);
    expect(Math.min(...domains(30))).toBe(6);
    expect(domains(30).length).toBe(2);
  });

  it('is one where nothing was made one axis, where operands are near anyway, and where the result is large', () => {
    const [x, y] = [input([64, 8192]), input([8192, 64])];
    const plain = compiled({ inputs: [x, y], outputs: [node('dot', [x, y], {})] });
    const small = compiled(weightGradient(8, 64, [32, 64]));
    const large = compiled(weightGradient(8, 128, [512, 512]));
    for (const p of [plain, small, large]) expect(names(p).filter((n) => n.includes('reduce'))).toEqual([]);
  });
});

describe('products that are summed sample by sample', () => {
  const targets = makeTargets(true, { threads: 2, guard: true });
  afterAll(() => {
    for (const t of targets) t.dispose();
  });
  const r = new Rng();
  for (const target of targets) {
    const cut = dividing({ ...spread(target), facts: { ...target.facts, ...JOINED } });
    it(`give what the definition gives: ${target.name} (seed ${r.seed})`, () => {
      for (const [samples, rows, m, n] of [
        [2, 1, 1, 1],
        [3, 5, 17, 16],
        [7, 4, 15, 33],
        [12, 3, 16, 17],
        [16, 2, 33, 1],
        [1, 9, 5, 5],
        [0, 4, 3, 3],
      ] as const) {
        const { inputs, outputs } = weightGradient(samples, rows, [m, n]);
        // Whole numbers: sums come out the same in any order.
        const bind = values(r, inputs, () => r.int(-4, 4));
        expect(Array.from(runGraph(cut, outputs, bind, 2)[0]!)).toEqual(Array.from(evaluateGraph(outputs, bind)[0]!));
      }
    });

    it(`give the same bits joined and apart: ${target.name} (seed ${r.seed})`, () => {
      for (const [samples, rows, width] of [
        [6, 5, 9],
        [16, 3, 17],
      ] as const) {
        const { inputs, outputs } = trained(samples, rows, width);
        const bind = values(r, inputs);
        const apart = { ...cut, facts: { ...cut.facts, joins: { bytes: Number.POSITIVE_INFINITY, items: 1 } } };
        const [one, other] = [cut, apart].map((t) => runGraph(t, outputs, bind).map((v) => Array.from(v)));
        expect(one).toEqual(other);
        expect(one!.flat().some((v) => v !== 0 && Number.isFinite(v))).toBe(true);
      }
    });
  }
});

describe('what stands between two large calls', () => {
  it('is joined with them, so that what is trained goes to memory no more', () => {
    const program = compiled(trained(32, 128, 64));
    expect(names(program).filter((n) => n.includes(', then ')).length).toBe(1);
    // What is left are the pieces of the weights' gradients.
    expect(program.arenaBytes).toBeLessThan(4 * 32 * 128 * 64);
  });
});

/** A target's methods as an object's own. */
function spread(target: ReturnType<typeof makeTargets>[number]) {
  return {
    name: target.name,
    facts: target.facts,
    threads: target.threads,
    alloc: target.alloc.bind(target),
    load: target.load.bind(target),
    dispose: target.dispose.bind(target),
  };
}
