import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/structure.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { checkGradient, operand } from '../support/gradcheck.ts';
import { Rng } from '../support/rng.ts';

const input = (shape: readonly number[] = []): Node => node('input', [], { name: 'x', shape, dtype: 'float32' });
const constant = (value: number): Node => node('constant', [], { value, dtype: 'float32' });
const total = (x: Node): Node => node('reduceSum', [x], { axes: x.shape.map((_, i) => i) });

/** The gradient of the sum of f at `x`, for the first operand. */
function at(f: (x: Node) => Node, x: readonly number[], shape: readonly number[] = [x.length]): number[] {
  const slot = input(shape);
  const [g] = gradient(total(f(slot)), [slot]);
  return [...evaluateGraph([g!], new Map([[slot, Float32Array.from(x)]]))[0]!];
}

describe('gradient at kinks, ties and zeros', () => {
  const values = (v: number[]) =>
    node('literal', [], { data: Float32Array.from(v), shape: [v.length], dtype: 'float32' });

  it('is 0 for abs at 0', () => {
    expect(at((x) => node('abs', [x], {}), [-2, 0, 3])).toEqual([-1, 0, 1]);
  });

  it('is shared by equal operands of max and min', () => {
    expect(at((x) => node('max', [x, values([0, 0, 0])], {}), [-1, 0, 1])).toEqual([0, 0.5, 1]);
    expect(at((x) => node('min', [values([0, 0, 0]), x], {}), [-1, 0, 1])).toEqual([1, 0.5, 0]);
  });

  it('is shared by all extremes of a reduction', () => {
    expect(at((x) => node('reduceMax', [x], { axes: [0] }), [1, 3, 2, 3])).toEqual([0, 0.5, 0, 0.5]);
    expect(at((x) => node('reduceMin', [x], { axes: [0] }), [1, 1, 2, 1, 5])).toEqual(
      [1 / 3, 1 / 3, 0, 1 / 3, 0].map(Math.fround),
    );
  });

  it('of a window maximum goes to its first one', () => {
    const attrs = { window: [2], strides: [2], padLow: [0], padHigh: [0] };
    expect(at((x) => node('windowReduce', [x], { ...attrs, kind: 'max' }), [4, 4, 1, 2])).toEqual([1, 0, 0, 1]);
  });

  it('of products is right where factors are 0', () => {
    expect(at((x) => node('reduceProd', [x], { axes: [0] }), [2, 0, 5])).toEqual([0, 10, 0]);
    expect(at((x) => node('reduceProd', [x], { axes: [0] }), [0, 0, 5])).toEqual([0, 0, 0]);
    // x0, x0 x1, x0 x1 x2 at (2, 0, 5): 1 + 0 + 0, 2 + 10, 0
    expect(at((x) => node('cumulative', [x], { kind: 'prod', axis: 0, reverse: false }), [2, 0, 5])).toEqual([
      1, 12, 0,
    ]);
  });

  it('of pow is defined at base 0', () => {
    const exponents = values([0, 1, 2, 3]);
    expect(at((x) => node('pow', [x, exponents], {}), [0, 0, 0, 0])).toEqual([0, 1, 0, 0]);
    expect(at((e) => node('pow', [values([0, 2]), e], {}), [2, 3])).toEqual([
      0,
      Math.fround(8 * Math.fround(Math.log(2))),
    ]);
  });

  it('of a running maximum goes to the element that set it', () => {
    const f = (x: Node) => node('cumulative', [x], { kind: 'max', axis: 0, reverse: false });
    expect(at(f, [1, 3, 3, 2, 4])).toEqual([1, 3, 0, 0, 1]);
  });

  it('does not flow through an integer view', () => {
    const stop = (x: Node) => node('bitcast', [node('bitcast', [x], { dtype: 'int32' })], { dtype: 'float32' });
    expect(at((x) => node('mul', [stop(x), x], {}), [3])).toEqual([3]);
  });
});

describe('gradient', () => {
  it('is zero, of the shape asked for, where there is no path', () => {
    const [x, y] = [input([2, 3]), input()];
    const [gx, gy] = gradient(y, [x, y]);
    expect(gx!.shape).toEqual([2, 3]);
    expect([...evaluateGraph([gx!, gy!], new Map())].map((g) => [...g])).toEqual([Array(6).fill(0), [1]]);
  });

  it('is given for values in between as well as for what they come from', () => {
    const x = input();
    const y = node('mul', [x, x], {});
    const loss = node('mul', [y, y], {});
    const results = evaluateGraph(gradient(loss, [y, x]), new Map([[x, Float32Array.of(2)]]));
    expect(results.map((r) => r[0])).toEqual([8, 32]);
  });

  it('goes through a chain deeper than the stack', () => {
    const x = input();
    let y = x;
    const c = constant(1);
    for (let i = 0; i < 50_000; i++) y = node('mul', [y, c], {});
    const [g] = gradient(y, [x]);
    expect(evaluateGraph([g!], new Map())[0]![0]).toBe(1);
  });

  it('builds nothing for what is not asked', () => {
    const [x, w] = [input([8, 4]), input([4, 2])];
    const [g] = gradient(total(node('dot', [x, w], {})), [w]);
    const shapes = topologicalOrder([g!])
      .filter((n) => n.op === 'dot')
      .map((n) => n.shape);
    expect(shapes).toEqual([[4, 2]]);
  });

  it('refuses a loss that is no scalar, and integers', () => {
    expect(() => gradient(input([2]), [])).toThrow(/expected a floating loss \[\], got float32 \[2\]/);
    const n = node('input', [], { name: 'n', shape: [], dtype: 'int32' });
    expect(() => gradient(input(), [n])).toThrow(/expected floating numbers to differentiate by, got int32/);
  });

  it('of a gradient is the second derivative', () => {
    const r = new Rng();
    const f = (x: Node) => gradient(total(node('tanh', [node('mul', [x, x], {})], {})), [x]);
    checkGradient(f as (...x: Node[]) => Node[], [operand(r, [5])]);
  });
});

describe('the gradient of a loop', () => {
  const slot = (shape: number[]) => input(shape);

  /** h' = tanh(h w + x), over 4 steps. */
  function recurrence(): { f: (h0: Node, x: Node, w: Node) => Node; r: Rng } {
    const [h, x, w] = [slot([3, 2]), slot([3, 2]), slot([2, 2])];
    const next = node('tanh', [node('add', [node('dot', [h, w], {}), x], {})], {});
    const body = { carry: [h], slices: [x], constants: [w], next: [next], stacked: [] };
    const f = (h0: Node, xs: Node, weights: Node) => {
      const loop = node('scan', [h0, xs, weights], { body, length: 4, reverse: false });
      return node('pick', [loop], { index: 0 });
    };
    return { f, r: new Rng() };
  }

  it('has its weight products outside', () => {
    const { f } = recurrence();
    const inputs = [input([3, 2]), input([4, 3, 2]), input([2, 2])] as const;
    const [g] = gradient(total(f(...inputs)), [inputs[2]]);
    const products = topologicalOrder([g!]).filter((n) => n.op === 'dot');
    expect(products.map((n) => n.inputs.map((x) => x.shape))).toEqual([
      [
        [2, 12],
        [12, 2],
      ],
    ]);
  });

  it('is right when an inner loop, shared weights and integers are in it', () => {
    const r = new Rng();
    const [v, y, c] = [slot([2]), slot([2]), slot([2])];
    const grown = node('mul', [node('add', [v, y], {}), c], {});
    const inner = { carry: [v], slices: [y], constants: [c], next: [node('sin', [grown], {})], stacked: [grown] };
    const count = node('input', [], { name: 'count', shape: [], dtype: 'int32' });
    const [s, ys, k] = [slot([2]), slot([3, 2]), slot([2])];
    const loop = node('scan', [s, ys, k], { body: inner, length: 3, reverse: true });
    const rows = node('reduceSum', [node('pick', [loop], { index: 1 })], { axes: [0] });
    const next = node('add', [node('mul', [node('pick', [loop], { index: 0 }), k], {}), rows], {});
    const one = node('constant', [], { value: 1, dtype: 'int32' });
    const step = node('reshape', [node('cast', [count], { dtype: 'float32' })], { shape: [1] });
    const scaled = node('mul', [next, node('broadcast', [step], { shape: [2] })], {});
    const body = {
      carry: [s, count],
      slices: [ys],
      constants: [k],
      next: [node('tanh', [scaled], {}), node('add', [count, one], {})],
      stacked: [node('exp', [s], {})],
    };
    const f = (s0: Node, xs: Node, weights: Node) => {
      const outer = node('scan', [s0, one, xs, weights], { body, length: 3, reverse: false });
      return [node('pick', [outer], { index: 0 }), node('pick', [outer], { index: 2 })];
    };
    const operands = [operand(r, [2]), operand(r, [3, 3, 2]), operand(r, [2])];
    checkGradient(f as (...x: Node[]) => Node[], operands);
  });

  it('flows from one carry to another over steps, and through unused and swapped carries', () => {
    const r = new Rng();
    const [a, b, c] = [slot([2]), slot([2]), slot([2])];
    const body = {
      carry: [a, b, c],
      slices: [],
      constants: [],
      next: [b, c, node('sin', [node('mul', [a, a], {})], {})],
      stacked: [],
    };
    const zero = node('broadcast', [node('reshape', [constant(0)], { shape: [1] })], { shape: [2] });
    const f = (x: Node) => {
      const loop = node('scan', [zero, x, zero], { body, length: 4, reverse: false });
      return [node('pick', [loop], { index: 2 }), node('pick', [loop], { index: 1 })];
    };
    checkGradient(f as (...x: Node[]) => Node[], [operand(r, [2])]);
  });

  it('of no steps is that of its first carry', () => {
    const { f, r } = recurrence();
    const empty = (h0: Node, w: Node) => {
      const body = (f(input([3, 2]), input([4, 3, 2]), w).inputs[0]!.attrs as { body: never }).body;
      const xs = node('literal', [], { data: new Float32Array(0), shape: [0, 3, 2], dtype: 'float32' });
      const loop = node('scan', [h0, xs, w], { body, length: 0, reverse: false });
      return node('pick', [loop], { index: 0 });
    };
    checkGradient(empty as (...x: Node[]) => Node, [operand(r, [3, 2]), operand(r, [2, 2])]);
  });
});
