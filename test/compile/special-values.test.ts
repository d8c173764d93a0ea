import { afterAll, describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { makeTargets, runCompiled } from '../support/fuzz-run.ts';

const targets = makeTargets(false, { threads: 2 });
afterAll(() => {
  for (const target of targets) target.dispose();
});

const SIZES = [1, 15, 16, 17, 33];
const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const TINY = 2 ** -149;

const input = (shape: readonly number[]): Node<'input'> => node('input', [], { name: 'x', shape, dtype: 'float32' });

function full(value: number, shape: readonly number[]): Node {
  const scalar = node('reshape', [node('constant', [], { value, dtype: 'float32' })], { shape: shape.map(() => 1) });
  return node('broadcast', [scalar], { shape });
}

/** Computes a graph of one or two operands on every target, and expects the values to the bit (NaN is NaN). */
function expectValues(
  f: (...x: Node[]) => Node,
  operands: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[],
  expected: readonly number[],
): void {
  const inputs = operands.map((o) => input(o.shape));
  const bind = new Map<Node<'input'>, TypedArray>(inputs.map((n, i) => [n, Float32Array.from(operands[i]!.data)]));
  const g = { inputs, outputs: [f(...inputs)], updates: [], bind, boundOf: () => 0 };
  for (const target of targets) {
    const got = Array.from(runCompiled(target, g, 1)[0]![0]!);
    expect(got, target.name).toEqual(expected.map(Math.fround));
  }
}

const row = (...data: number[]) => ({ shape: [data.length], data });
const at = (size: number, place: number, value: number, rest = 1) =>
  Array.from({ length: size }, (_, i) => (i === place ? value : rest));

describe('NaN', () => {
  it('is the maximum and the minimum of what has it, on either side', () => {
    const a = [NAN, 1, NAN, INF, -INF, -0, 0];
    const b = [1, NAN, NAN, NAN, NAN, -0, 0];
    const out = [NAN, NAN, NAN, NAN, NAN, -0, 0];
    expectValues((x, y) => node('max', [x!, y!], {}), [row(...a), row(...b)], out);
    expectValues((x, y) => node('min', [x!, y!], {}), [row(...a), row(...b)], out);
  });

  it('passes a ReLU, which keeps infinity and drops minus infinity', () => {
    const relu = (x?: Node) => node('max', [x!, full(0, x!.shape)], {});
    for (const size of SIZES) {
      const data = Array.from({ length: size }, (_, i) => [NAN, INF, -INF, -1, 2][i % 5]!);
      expectValues(
        relu,
        [row(...data)],
        data.map((v) => (Number.isNaN(v) ? NAN : Math.max(v, 0))),
      );
    }
  });

  it('comes through every reduction, from each place', () => {
    for (const size of SIZES) {
      for (let place = 0; place < size; place++) {
        for (const op of ['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin'] as const)
          expectValues((x) => node(op, [x!], { axes: [0] }), [row(...at(size, place, NAN))], [NAN]);
        expectValues((x) => node('argmax', [x!], { axis: 0 }), [row(...at(size, place, NAN))], [place]);
      }
    }
  });

  it('stays in its own row and column', () => {
    const rows = 3;
    for (const columns of SIZES) {
      const data = at(rows * columns, columns, NAN);
      const sums = [columns, NAN, columns];
      const down = at(columns, 0, NAN, rows);
      const x = { shape: [rows, columns], data };
      expectValues((n) => node('reduceSum', [n!], { axes: [1] }), [x], sums);
      expectValues((n) => node('reduceSum', [n!], { axes: [0] }), [x], down);
      const one = { shape: [columns, 1], data: at(columns, -1, 0) };
      expectValues((a, b) => node('dot', [a!, b!], {}), [x, one], sums);
      const ones = { shape: [1, rows], data: [1, 1, 1] };
      expectValues((a, b) => node('dot', [b!, a!], {}), [x, ones], down);
    }
  });

  it('is the maximum of the windows that have it, also at a padded edge', () => {
    const pool = (x?: Node) =>
      node('windowReduce', [x!], { window: [3], strides: [1], padLow: [1], padHigh: [1], kind: 'max' });
    for (const size of SIZES) {
      for (const place of [0, size - 1, size >> 1]) {
        const near = (i: number) => Math.abs(i - place) <= 1;
        expectValues(
          pool,
          [row(...at(size, place, NAN, -2))],
          at(size, -1, 0, -2).map((v, i) => (near(i) ? NAN : v)),
        );
      }
    }
  });

  it('compares as no number does', () => {
    const count = (op: 'eq' | 'lt' | 'le') => (x?: Node, y?: Node) =>
      node('cast', [node(op, [x!, y!], {})], { dtype: 'float32' });
    const operands = [row(NAN, 1, NAN, 1, INF, -0), row(NAN, NAN, 1, 1, INF, 0)];
    expectValues(count('eq'), operands, [0, 0, 0, 1, 1, 1]);
    expectValues(count('lt'), operands, [0, 0, 0, 0, 0, 0]);
    expectValues(count('le'), operands, [0, 0, 0, 1, 1, 1]);
  });

  it('makes a softmax NaN in its row alone; minus infinity has no share', () => {
    for (const columns of [3, 16, 17, 33, 100]) {
      const rows = [at(columns, 1, NAN, 2), at(columns, 1, -INF, 2), at(columns, 1, INF, 2), at(columns, -1, 0, -INF)];
      const share = Math.fround(1 / (columns - 1));
      const expected = [
        ...at(columns, -1, 0, NAN),
        ...at(columns, 1, 0, share),
        ...at(columns, -1, 0, NAN),
        ...at(columns, -1, 0, NAN),
      ];
      expectValues(softmax, [{ shape: [4, columns], data: rows.flat() }], expected);
    }
  });
});

function softmax(x?: Node): Node {
  const [rows, columns] = x!.shape as [number, number];
  const wide = (y: Node) => node('broadcast', [node('reshape', [y], { shape: [rows, 1] })], { shape: [rows, columns] });
  const powers = node('exp', [node('sub', [x!, wide(node('reduceMax', [x!], { axes: [1] }))], {})], {});
  return node('div', [powers, wide(node('reduceSum', [powers], { axes: [1] }))], {});
}

describe('infinity', () => {
  it('meets its opposite in a sum, and comes out of an overflow', () => {
    for (const size of SIZES.filter((n) => n > 1)) {
      const both = at(size, 0, INF).map((v, i) => (i === size - 1 ? -INF : v));
      expectValues((x) => node('reduceSum', [x!], { axes: [0] }), [row(...both)], [NAN]);
      expectValues((x) => node('reduceSum', [x!], { axes: [0] }), [row(...at(size, -1, 0, 3e38))], [INF]);
      expectValues((x) => node('reduceMax', [x!], { axes: [0] }), [row(...at(size, -1, 0, -INF))], [-INF]);
    }
    expectValues((x) => node('reduceMax', [x!], { axes: [0] }), [row()], [-INF]);
    expectValues((x) => node('reduceMin', [x!], { axes: [0] }), [row()], [INF]);
    expectValues((x) => node('reduceSum', [x!], { axes: [0] }), [row()], [0]);
  });
});

describe('denormal numbers', () => {
  it('are neither flushed where they are read nor where they are made', () => {
    for (const size of SIZES) {
      const tiny = row(...at(size, -1, 0, TINY));
      const small = row(...at(size, -1, 0, 2 ** -126));
      const half = (x?: Node) => node('mul', [x!, full(0.5, x!.shape)], {});
      expectValues(half, [small], at(size, -1, 0, 2 ** -127));
      expectValues((x, y) => node('add', [x!, y!], {}), [tiny, tiny], at(size, -1, 0, 2 * TINY));
      expectValues((x, y) => node('max', [x!, y!], {}), [tiny, row(...at(size, -1, 0, 0))], tiny.data);
      expectValues((x) => node('reduceSum', [x!], { axes: [0] }), [tiny], [size * TINY]);
      const a = { shape: [1, size], data: tiny.data };
      const b = { shape: [size, 1], data: at(size, -1, 0, 1) };
      expectValues((x, y) => node('dot', [x!, y!], {}), [a, b], [size * TINY]);
      const positive = (x?: Node) => node('cast', [node('lt', [full(0, x!.shape), x!], {})], { dtype: 'float32' });
      expectValues(positive, [tiny], at(size, -1, 0, 1));
    }
  });

  it('are still numbers for JavaScript after a run: the control word is as it was', () => {
    const x = input([64]);
    const bind = new Map<Node<'input'>, TypedArray>([[x, new Float32Array(64).fill(TINY)]]);
    const g = { inputs: [x], outputs: [node('exp', [x], {})], updates: [], bind, boundOf: () => 0 };
    for (const target of targets) {
      runCompiled(target, g, 3);
      const [least, third] = [Number.MIN_VALUE, 1 / 3];
      expect([least * Number(target.threads > 0), third * 3, 0.1 + 0.2]).toEqual([5e-324, 1, 0.30000000000000004]);
    }
  });
});
