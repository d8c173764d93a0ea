import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { schedule } from '../../src/schedule/schedule.ts';
import { expectOnTargets } from '../support/each-target.ts';
import { input } from '../support/nodes.ts';
import { Operands, SIZES } from '../support/operands.ts';
import { Rng } from '../support/rng.ts';

const FACTS = { lanes: 16, registers: 32, fma: true };

const names = (inputs: readonly Node<'input'>[], outputs: readonly Node[]) => {
  const program = schedule(inputs, outputs, [], FACTS);
  return program.steps.flatMap((s) => ('calls' in s ? s.calls : [])).map((c) => program.kernels[c.kernel]!.name);
};

const repeat = (name: string, times: number, f: (r: Rng) => void) =>
  it(`${name} (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (let i = 0; i < times; i++) f(r);
  });

const UNARY = ['neg', 'abs', 'sign', 'floor'] as const;
const BINARY = ['add', 'sub', 'mul', 'max'] as const;
const around = (x: Node, low: number[], high: number[], value = 0) =>
  node('pad', [x], { low, high, interior: low.map(() => 0), value });

/** Readers of all kinds: each sees a value that may lie in the middle of another one. */
function readers(r: Rng, x: Node): Node[] {
  const rank = x.shape.length;
  const axes = [r.int(0, rank - 1)];
  const isEmpty = x.shape[axes[0]!] === 0;
  const all = [
    () => node('reduceMax', [x], { axes }),
    () => node('abs', [node('reverse', [x], { axes })], {}),
    () => node('neg', [node('reshape', [x], { shape: [x.shape.reduce((a, b) => a * b, 1)] })], {}),
    () => (isEmpty ? node('neg', [x], {}) : node('argmax', [x], { axis: axes[0]! })),
    () => node('permute', [x], { perm: x.shape.map((_, i) => rank - 1 - i) }),
    () =>
      around(
        x,
        x.shape.map(() => r.int(0, 2)),
        x.shape.map(() => r.int(0, 2)),
        3,
      ),
    () => node('concat', [x, x], { axis: axes[0]! }),
    () => {
      const start = x.shape.map((d) => r.int(0, d));
      const limit = x.shape.map((d, i) => r.int(start[i]!, d));
      return node('neg', [node('slice', [x], { start, limit, step: x.shape.map(() => r.int(1, 2)) })], {});
    },
    () => node('cumulative', [x], { kind: 'max', axis: axes[0]!, reverse: r.unit() < 0.5 }),
    () => {
      const top = node('reduceMax', [x], { axes: [rank - 1] });
      const wide = node('reshape', [top], { shape: [...x.shape.slice(0, -1), 1] });
      return node('sub', [x, node('broadcast', [wide], { shape: x.shape })], {});
    },
  ];
  return Array.from({ length: r.int(1, 3) }, () => r.pick(all)());
}

describe('what is padded', () => {
  it('is computed between the constants, and not copied there', () => {
    const x = input([4, 8, 8, 16]);
    const inner = node('abs', [node('neg', [x], {})], {});
    const outer = around(inner, [0, 1, 1, 0], [0, 1, 1, 0]);
    const y = node('windowReduce', [outer], {
      kind: 'max',
      window: [1, 3, 3, 1],
      strides: [1, 1, 1, 1],
      padLow: [0, 0, 0, 0],
      padHigh: [0, 0, 0, 0],
    });
    const made = names([x], [y, node('neg', [node('permute', [inner], { perm: [1, 0, 2, 3] })], {})]);
    // Two strips of rows, two of columns.
    expect(made.filter((n) => n === 'pad').length).toBe(4);
  });

  it('has no constants written that nobody reads', () => {
    const x = input([4, 8, 8, 16]);
    const outer = around(node('abs', [node('neg', [x], {})], {}), [0, 1, 2, 0], [0, 1, 1, 0]);
    const part = (start: number[], limit: number[]) =>
      node('neg', [node('slice', [outer], { start, limit, step: [1, 1, 1, 1] })], {});
    const pads = (...outputs: Node[]) => names([x], outputs).filter((n) => n === 'pad').length;
    expect(pads(part([0, 1, 2, 0], [4, 9, 10, 16]))).toBe(0);
    expect(pads(part([0, 2, 3, 0], [2, 4, 9, 8]), part([0, 0, 2, 0], [4, 9, 10, 16]))).toBe(1);
    expect(pads(node('neg', [node('reverse', [outer], { axes: [1] })], {}))).toBe(4);
  });

  repeat('is right wherever else it is read', 60, (r) => {
    const x = new Operands(r, 0.1);
    const shape = r.shape(1, 3, 4);
    shape[r.int(0, shape.length - 1)] = r.pick(SIZES);
    const [a, b] = [x.any(shape, 'float32'), x.any(shape, 'float32')];
    const inner = node(r.pick(UNARY), [node(r.pick(BINARY), [a, b], {})], {});
    const sides = () => shape.map(() => (r.unit() < 0.4 ? 0 : r.int(0, 5)));
    const outer = around(inner, sides(), sides(), r.pick([0, 1, Number.NEGATIVE_INFINITY]));
    expectOnTargets([outer, ...readers(r, inner), ...readers(r, outer)], x.bind, { anyZero: true });
  });
});

describe('concatenations', () => {
  const part = (x: Node, axis: number, from: number, size: number) =>
    node('slice', [x], {
      start: x.shape.map((_, i) => (i === axis ? from : 0)),
      limit: x.shape.map((d, i) => (i === axis ? from + size : d)),
      step: x.shape.map(() => 1),
    });

  it('of concatenations are written by one kernel', () => {
    const x = input([4, 64]);
    const [a, b] = [part(x, 0, 0, 2), part(x, 0, 2, 2)];
    const [c, d] = [a, b].map((n) => node('reshape', [n], { shape: [2, 1, 1, 64] }));
    const made = BINARY.map((op) => node(op, [c!, d!], {}));
    const rows = [made.slice(0, 2), made.slice(2)].map((p) => node('concat', p, { axis: 2 }));
    const whole = node('concat', rows, { axis: 1 });
    const y = node('dot', [node('reshape', [whole], { shape: [8, 64] }), input([64, 8])], {});
    const inputs = [x, y.inputs[1] as Node<'input'>];
    expect(names(inputs, [y]).filter((n) => !n.startsWith('dot')).length).toBe(1);
  });

  repeat('have the parts that they should have', 60, (r) => {
    const x = new Operands(r, 0.1);
    const rank = r.int(1, 3);
    const shape = Array.from({ length: rank }, () => r.int(1, 4));
    shape[r.int(0, rank - 1)] = r.pick(SIZES);
    const leaves = Array.from({ length: 3 }, () => x.any(shape, 'float32'));
    const pool: Node[] = [...leaves];
    for (let i = 0; i < 10; i++) pool.push(node(r.pick(BINARY), [r.pick(pool), r.pick(pool)], {}));
    const made = (depth: number): Node => {
      const axis = r.int(0, rank - 1);
      const inner = depth > 0 && r.unit() < 0.7;
      const one = inner ? made(depth - 1) : r.pick(pool);
      const same = (): Node => {
        if (r.unit() < 0.5 || !inner) return node(r.pick(UNARY), [one], {});
        return one;
      };
      const parts = Array.from({ length: r.int(2, 4) }, () => (inner ? same() : r.pick(pool)));
      return node('concat', parts, { axis });
    };
    const whole = made(2);
    const outputs = r.unit() < 0.5 ? [whole] : [whole, r.pick(pool.slice(3)), ...readers(r, whole)];
    expectOnTargets(outputs, x.bind, { anyZero: true });
  });
});
