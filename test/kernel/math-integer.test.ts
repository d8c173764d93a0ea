import { describe, expect, it } from 'vitest';
import { affine, KernelBuilder } from '../../src/kernel/builder.ts';
import { floatToInt, maximum, minimum, sign, threefry } from '../../src/kernel/math/index.ts';
import { threefry2x32 } from '../../src/runtime/reference/random.ts';
import { Rng } from '../support/rng.ts';
import { apply, everyFloat } from './math-support.ts';

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const EDGES = [NAN, -INF, -3, -(2 ** -149), 0, 2 ** -149, 2, 2 ** 127, INF];

describe.each([
  ['maximum', maximum, Math.max],
  ['minimum', minimum, Math.min],
] as const)('%s', (_name, emit, truth) => {
  const x = Float32Array.from(EDGES.flatMap((v) => EDGES.map(() => v)));
  const y = Float32Array.from(EDGES.flatMap(() => EDGES));

  it('takes NaN from either side', () => {
    expect([...apply(emit, [x, y], false)]).toEqual([...x].map((v, i) => truth(v, y[i]!)));
  });

  it.each(EDGES)('with the constant %d on either side', (c) => {
    const expected = EDGES.map((v) => truth(v, c));
    const edges = Float32Array.from(EDGES);
    expect([...apply((b, v) => emit(b, b.float(c), v!), [edges], false)]).toEqual(expected);
    expect([...apply((b, v) => emit(b, v!, b.float(c)), [edges], false)]).toEqual(expected);
  });

  it('is one operation where one side is a constant', () => {
    const b = new KernelBuilder('relu', 16, true);
    const v = b.load(b.buffer('x', 'f32', 'r'), affine(0));
    emit(b, v, b.float(0));
    expect(b.finish(1).body.filter((s) => s.k === 'op')).toHaveLength(1);
  });
});

it('sign keeps zeros and NaN', () => {
  const x = Float32Array.from([...everyFloat(100003), ...EDGES, -0]);
  expect([...apply(sign, [x], false)]).toEqual([...x].map(Math.sign));
});

it('floatToInt saturates', () => {
  const edges = [2 ** 31, 2 ** 31 - 128, -(2 ** 31), -(2 ** 31) - 256, 0.99, -0.99, -0, 2.5, -2.5];
  const x = Float32Array.from([...everyFloat(100003), ...EDGES, ...edges]);
  const saturated = (v: number) =>
    Number.isNaN(v) ? 0 : Math.min(Math.max(Math.trunc(v), -(2 ** 31)), 2 ** 31 - 1) | 0;
  expect([...apply(floatToInt, [x], false, 'i32')]).toEqual([...x].map(saturated));
});

it('threefry gives the bits of the reference', () => {
  const rng = new Rng();
  const word = () => rng.int(-(2 ** 31), 2 ** 31 - 1);
  for (let n = 0; n < 50; n++) {
    const [k0, k1] = n === 0 ? [0, 0] : [word(), word()];
    const counters = Int32Array.from({ length: 33 }, (_, i) => (n % 2 ? i : word()));
    const bits = apply((b, c) => threefry(b, b.int(k0), b.int(k1), c!), [counters], true, 'i32');
    const expected = [...counters].map((c) => {
      const [x0, x1] = threefry2x32(k0, k1, c, 0);
      return x0 ^ x1;
    });
    expect([...bits], `seed ${rng.seed}, key ${k0} ${k1}`).toEqual(expected);
  }
});
