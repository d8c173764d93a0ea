import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { printGraph } from '../../src/graph/print.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { topologicalOrder } from '../../src/graph/structure.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { full, randomGraph } from '../support/random-graph.ts';
import { Rng } from '../support/rng.ts';

const input = (shape: readonly number[], dtype: 'float32' | 'int32' | 'bool' = 'float32'): Node =>
  node('input', [], { name: 'x', shape, dtype });
const literal = (data: Float32Array, shape: readonly number[]): Node =>
  node('literal', [], { data, shape, dtype: 'float32' });

const one = (n: Node): Node => simplify([n])[0]!;

function expectSame(before: readonly Node[], after: readonly Node[], bind: Map<Node, Float32Array>, what = ''): void {
  const [a, b] = [evaluateGraph(before, bind), evaluateGraph(after, bind)];
  a.forEach((values, i) => {
    for (let k = 0; k < values.length; k++)
      if (!Object.is(values[k], b[i]![k]))
        expect.fail(`output ${i}, element ${k}: ${values[k]} became ${b[i]![k]}${what}\n${printGraph(before)}`);
  });
}

/** Values with all the special ones among them. */
function special(r: Rng, size: number): Float32Array {
  const specials = [0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, 3e38];
  return Float32Array.from({ length: size }, () => (r.unit() < 0.3 ? r.pick(specials) : r.float(-2, 2)));
}

describe('simplify', () => {
  it(`keeps every bit of random graphs (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    let [before, after] = [0, 0];
    for (let i = 0; i < 400; i++) {
      const { inputs, outputs } = randomGraph(r, 'any', 20);
      const simple = simplify(outputs);
      checkGraph(simple);
      const bind = new Map<Node, Float32Array>(inputs.map((x) => [x, special(r, sizeOf(x.shape))]));
      expectSame(outputs, simple, bind, ` (graph ${i})`);
      before += topologicalOrder(outputs).length;
      after += topologicalOrder(simple).length;
    }
    expect(after).toBeLessThan(0.85 * before);
  });

  it('does nothing more the second time', () => {
    const r = new Rng();
    for (let i = 0; i < 100; i++) {
      const once = simplify(randomGraph(r, 'any', 20).outputs);
      expect(printGraph(simplify(once))).toBe(printGraph(once));
    }
  });

  const x = input([2, 3]);
  const n = input([2, 3], 'int32');
  const c = input([2, 3], 'bool');
  const table: [string, Node, Node][] = [
    ['x * 1', node('mul', [x, full(1, [2, 3])], {}), x],
    ['1 * x', node('mul', [full(1, [2, 3]), x], {}), x],
    ['x / 1', node('div', [x, full(1, [2, 3])], {}), x],
    ['x - 0', node('sub', [x, full(0, [2, 3])], {}), x],
    ['x + -0', node('add', [x, full(-0, [2, 3])], {}), x],
    ['n + 0', node('add', [full(0, [2, 3], 'int32'), n], {}), n],
    ['n << 0', node('shl', [n, full(0, [2, 3], 'int32')], {}), n],
    ['x ^ 1', node('pow', [x, full(1, [2, 3])], {}), x],
    ['-(-x)', node('neg', [node('neg', [x], {})], {}), x],
    ['not not c', node('not', [node('not', [c], {})], {}), c],
    ['max(x, x)', node('max', [x, x], {}), x],
    ['cast to the same', node('cast', [x], { dtype: 'float32' }), x],
    ['select of the same', node('select', [c, x, x], {}), x],
    ['select by true', node('select', [full(1, [2, 3], 'bool'), x, node('neg', [x], {})], {}), x],
    ['select by false', node('select', [full(0, [2, 3], 'bool'), node('neg', [x], {}), x], {}), x],
    ['c and true', node('and', [c, full(1, [2, 3], 'bool')], {}), c],
    ['reshape there and back', node('reshape', [node('reshape', [x], { shape: [6] })], { shape: [2, 3] }), x],
    ['two permutations', node('permute', [node('permute', [x], { perm: [1, 0] })], { perm: [1, 0] }), x],
    ['broadcast to its shape', node('broadcast', [x], { shape: [2, 3] }), x],
    ['all of it', node('slice', [x], { start: [0, 0], limit: [2, 3], step: [1, 1] }), x],
    ['padded by nothing', node('pad', [x], { low: [0, 0], high: [0, 0], interior: [0, 0], value: 1 }), x],
    ['reversed twice', node('reverse', [node('reverse', [x], { axes: [0, 1] })], { axes: [1, 0] }), x],
    ['concat of one', node('concat', [x, literal(new Float32Array(0), [2, 0])], { axis: 1 }), x],
    ['reduced over nothing', node('reduceSum', [x], { axes: [] }), x],
  ];
  for (const [what, given, expected] of table)
    it(`sees through ${what}`, () => {
      expect(one(given)).toBe(expected);
    });

  it.each([2, 3, -1, 0.5, -0.5])('writes the power %d as products, a quotient, a root', (exponent) => {
    const given = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1, -1, 0.3, -0.3, 7, 1e-30];
    const data = Float32Array.from(given);
    const power = one(node('pow', [literal(data, [11]), full(exponent, [11])], {}));
    const ops = topologicalOrder([power]).map((m) => m.op);
    expect(ops).not.toContain('pow');
    const got = evaluateGraph([power], new Map())[0]!;
    data.forEach((v, i) => {
      const expected = Math.fround(v ** exponent);
      const near = Math.abs(got[i]! - expected) <= 2e-7 * Math.abs(expected);
      if (!Object.is(got[i], expected) && !(near && expected !== 0))
        expect.fail(`${v} to the power ${exponent}: ${got[i]} instead of ${expected}`);
    });
  });

  it('leaves what is not the same for -0, NaN and infinities', () => {
    const zero = full(0, [2, 3]);
    for (const op of ['add', 'mul'] as const) expect(one(node(op, [x, zero], {})).op).toBe(op);
    expect(one(node('sub', [x, x], {})).op).toBe('sub');
    expect(one(node('eq', [x, x], {})).op).toBe('eq');
    expect(one(node('div', [x, x], {})).op).toBe('div');
  });

  it('computes constants', () => {
    const two = node('add', [full(1, [4]), node('exp', [full(0, [4])], {})], {});
    const moved = node('permute', [node('reshape', [two], { shape: [2, 2] })], { perm: [1, 0] });
    const mean = node('div', [node('reduceSum', [moved], { axes: [0, 1] }), literal(Float32Array.of(4), [])], {});
    expect(printGraph([one(mean)])).toBe('%0: float32 [] = constant {value 2}\nreturn %0');
  });

  it('computes what is equal once', () => {
    const f = (a: Node, b: Node) => node('tanh', [node('mul', [a, b], {})], {});
    const y = input([2, 3]);
    const sum = node('sub', [f(x, y), node('neg', [f(y, x)], {})], {});
    expect(topologicalOrder([one(sum)]).map((m) => m.op)).toEqual(['input', 'input', 'mul', 'tanh', 'neg', 'sub']);
  });

  it('makes one of a slice of a slice', () => {
    const row = literal(
      Float32Array.from({ length: 20 }, (_, i) => i),
      [20],
    );
    const twice = node('slice', [node('slice', [row], { start: [1], limit: [18], step: [3] })], {
      start: [1],
      limit: [6],
      step: [2],
    });
    expect(one(twice).inputs[0]).toBe(row);
    expect([...evaluateGraph([one(twice)], new Map())[0]!]).toEqual([4, 10, 16]);
  });

  it('computes before it repeats', () => {
    const small = input([1, 3]);
    const big = (v: Node) => node('broadcast', [v], { shape: [2, 3] });
    const y = one(node('sqrt', [node('add', [big(small), full(1, [2, 3])], {})], {}));
    expect([y.op, y.inputs[0]!.op, y.inputs[0]!.shape]).toEqual(['broadcast', 'sqrt', [1, 3]]);
  });

  it('goes through a chain deeper than the stack', () => {
    let y = input([]);
    for (let i = 0; i < 100_000; i++) y = node('sin', [node('mul', [y, full(1, [])], {})], {});
    expect(topologicalOrder([one(y)]).length).toBe(100_001);
  });
});

describe('simplify, of loops', () => {
  function loopOf(operands: readonly Node[]): { loop: Node; total: Node } {
    const [h, x, w] = [input([2, 2]), input([2, 2]), input([2, 2])];
    const next = node('tanh', [node('add', [node('dot', [h, w], {}), node('mul', [x, full(1, [2, 2])], {})], {})], {});
    const body = { carry: [h], slices: [x], constants: [w], next: [next], stacked: [node('exp', [x], {}), next] };
    const loop = node('scan', operands, { body, length: 3, reverse: false });
    const last = node('pick', [loop], { index: 0 });
    const all = node('pick', [loop], { index: 2 });
    const sums = [node('reduceSum', [last], { axes: [0, 1] }), node('reduceSum', [all], { axes: [0, 1, 2] })];
    return { loop, total: node('add', sums, {}) };
  }

  it('makes one of a loop and the one that its gradient saves from; drops what nobody reads', () => {
    const operands = [input([2, 2]), input([3, 2, 2]), input([2, 2])];
    const { total } = loopOf(operands);
    const before = [total, ...gradient(total, operands)];
    const after = simplify(before);
    checkGraph(after);
    const loops = (g: readonly Node[]) => topologicalOrder(g).filter((m): m is Node<'scan'> => m.op === 'scan');
    expect([loops(before).length, loops(after).length]).toEqual([3, 2]);
    const [forward] = loops(after);
    const ops = topologicalOrder([...forward!.attrs.body.next, ...forward!.attrs.body.stacked]).map((m) => m.op);
    expect(ops).not.toContain('exp');
    expect(ops).not.toContain('mul');
    const r = new Rng();
    const bind = new Map(
      operands.map((o) => [o, Float32Array.from({ length: sizeOf(o.shape) }, () => r.float(-1, 1))]),
    );
    expectSame(before, after, bind);
  });

  it('drops operands that no step reads', () => {
    const [h, x, c] = [input([]), input([]), input([])];
    const next = node('mul', [node('sin', [h], {}), node('select', [full(0, [], 'bool'), x, h], {})], {});
    const body = { carry: [h], slices: [x], constants: [c], next: [next], stacked: [] };
    const first = input([]);
    const loop = node('scan', [first, input([4]), input([])], { body, length: 4, reverse: false });
    const after = one(node('pick', [loop], { index: 0 }));
    checkGraph([after]);
    expect(after.inputs[0]!.inputs).toEqual([first]);
  });

  it('reads what a loop only carries through from before the loop', () => {
    const h = input([2]);
    const body = { carry: [h], slices: [], constants: [], next: [h], stacked: [] };
    const first = input([2]);
    const loop = node('scan', [first], { body, length: 3, reverse: false });
    expect(one(node('pick', [loop], { index: 0 }))).toBe(first);
  });
});
