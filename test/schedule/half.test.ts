import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { DType, HalfType, TypedArray } from '../../src/graph/dtype.ts';
import { halfValue } from '../../src/graph/half.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { expectOnTargets } from '../support/each-target.ts';
import { Rng } from '../support/rng.ts';

const HALVES: readonly HalfType[] = ['bfloat16', 'float16'];
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33];

const input = (shape: readonly number[], dtype: DType): Node => node('input', [], { name: 'x', shape, dtype });
const cast = (x: Node, dtype: DType): Node => node('cast', [x], { dtype });
const every = (dtype: HalfType): Float32Array => Float32Array.from({ length: 65536 }, (_, i) => halfValue(dtype, i));

/** Whole numbers and a few special ones, that the type has. */
function numbers(shape: readonly number[], seed = 1): TypedArray {
  const r = new Rng(seed);
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0, 0.5, -2.25];
  return Float32Array.from({ length: sizeOf(shape) }, () => (r.unit() < 0.1 ? r.pick(odd) : r.int(-100, 100)));
}

describe.each(HALVES)('%s on every target', (dtype) => {
  it('widens and rounds back all bit patterns', () => {
    const x = input([65536], dtype);
    const wide = cast(x, 'float32');
    expectOnTargets(
      [wide, cast(node('mul', [wide, wide], {}), dtype), node('neg', [x], {})],
      new Map([[x, every(dtype)]]),
    );
  });

  it('rounds float32 of all magnitudes', () => {
    const r = new Rng(7);
    const bits = new Uint32Array(40000).map(() => Math.floor(r.unit() * 2 ** 32));
    const near = every(dtype).filter(Number.isFinite);
    const ties = near.slice(0, 20000).map((v, i) => (v + near[i + 1]!) / 2);
    for (const values of [new Float32Array(bits.buffer), ties]) {
      const x = input([values.length], 'float32');
      expectOnTargets([cast(x, dtype)], new Map([[x, values]]));
    }
  });

  it('casts from and to every other type', () => {
    const others: readonly DType[] = ['int32', 'uint8', 'bool', 'bfloat16', 'float16'];
    const x = input([33], dtype);
    const i = input([33], 'int32');
    const whole = Int32Array.from({ length: 33 }, (_, k) => (k - 16) * 70001);
    const outputs = [
      ...others.map((d) => cast(x, d)),
      cast(i, dtype),
      cast(cast(i, 'uint8'), dtype),
      cast(cast(i, 'bool'), dtype),
    ];
    expectOnTargets(
      outputs,
      new Map<Node, TypedArray>([
        [x, numbers([33])],
        [i, whole],
      ]),
    );
  });

  it.each(LENGTHS)('reads and writes %i elements of a row, in every way', (n) => {
    const x = input([5, n], dtype);
    const f = cast(x, 'float32');
    const turned = node('permute', [x], { perm: [1, 0] });
    const outputs = [
      node('add', [x, x], {}),
      cast(f, dtype),
      cast(turned, 'float32'),
      node('pad', [turned], { low: [1, 2], high: [0, 3], interior: [0, 0], value: 0.1 }),
      node('reverse', [x], { axes: [1] }),
      node('concat', [x, node('reverse', [x], { axes: [0] })], { axis: 1 }),
      node('slice', [x], { start: [0, 0], limit: [5, n], step: [1, 2] }),
      node('broadcast', [node('reshape', [x], { shape: [5, 1, n] })], { shape: [5, 3, n] }),
      node('reduceSum', [x], { axes: [0] }),
      node('reduceSum', [x], { axes: [1] }),
      node('reduceMax', [x], { axes: [1] }),
      node('select', [node('lt', [x, x], {}), x, node('neg', [x], {})], {}),
      node('cumulative', [x], { kind: 'max', axis: 1, reverse: false }),
    ];
    expectOnTargets(outputs, new Map([[x, numbers([5, n])]]));
  });

  it.each([1, 15, 16, 17, 33])('gathers and scatters rows of %i', (n) => {
    const x = input([9, n], dtype);
    const indices = input([12], 'int32');
    const rows = Int32Array.from({ length: 12 }, (_, i) => (i * 5) % 9);
    const gathered = node('gather', [x, indices], { axis: 0 });
    const across = node('gather', [node('permute', [x], { perm: [1, 0] }), indices], { axis: 1 });
    const outputs = [gathered, across, node('scatterAdd', [x, indices, gathered], { axis: 0 })];
    const whole = Float32Array.from({ length: 9 * n }, (_, i) => (i % 13) - 6);
    expectOnTargets(
      outputs,
      new Map<Node, TypedArray>([
        [x, whole],
        [indices, rows],
      ]),
    );
  });

  it('carries, slices and stacks in loops', () => {
    const [state, xs] = [input([3, 17], dtype), input([6, 3, 17], dtype)];
    const [c, s] = [input([3, 17], dtype), input([3, 17], dtype)];
    const next = node('add', [c, node('mul', [s, s], {})], {});
    const body = { carry: [c], slices: [s], constants: [], next: [next], stacked: [node('neg', [next], {})] };
    const loop = node('scan', [state, xs], { body, length: 6, reverse: false });
    const outputs = [0, 1].map((index) => node('pick', [loop], { index }));
    expectOnTargets(
      outputs,
      new Map<Node, TypedArray>([
        [state, numbers([3, 17])],
        [xs, numbers([6, 3, 17], 2)],
      ]),
    );
  });

  it('multiplies matrices of small whole numbers exactly', () => {
    const [a, b] = [input([2, 5, 33], dtype), input([2, 33, 17], dtype)];
    const small = (shape: readonly number[]) =>
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7) % 5) - 2);
    expectOnTargets(
      [node('dot', [a, b], {})],
      new Map<Node, TypedArray>([
        [a, small([2, 5, 33])],
        [b, small([2, 33, 17])],
      ]),
    );
  });
});

it('refuses operands of two floating types', () => {
  const [a, b, f] = [input([2], 'bfloat16'), input([2], 'float16'), input([2], 'float32')];
  expect(() => node('add', [a, b], {})).toThrow(/expected operands of one dtype \(bfloat16\), got float16/);
  expect(() => node('mul', [f, a], {})).toThrow(/expected operands of one dtype \(bfloat16\), got float32/);
  expect(() => node('concat', [a, f], { axis: 0 })).toThrow(/float32/);
});
