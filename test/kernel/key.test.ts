import { expect, it } from 'vitest';
import { affine, type Kernel, type Stmt } from '../../src/kernel/ir.ts';
import { kernelKey } from '../../src/kernel/key.ts';

/** Four constants: outside, in a loop, and in both ways of a condition. */
function constants([a, b, c, d]: readonly number[], changes: Partial<Kernel> = {}): Kernel {
  const constant = (id: number, value: number): Stmt => ({ k: 'const', id, type: 'f32', value });
  const body: Stmt[] = [
    constant(0, a!),
    { k: 'loop', index: 9, begin: affine(0), end: affine(8), step: 4, carry: [], body: [constant(1, b!)] },
    { k: 'if', value: affine(0), rel: 'eq', then: [constant(2, c!)], otherwise: [constant(3, d!)] },
  ];
  const buffers = [{ name: 'x', mem: 'f32', access: 'r' }] as const;
  return { name: 'k', lanes: 4, buffers, domain: 3, item: 8, body, ...changes };
}

const VALUES = [1, 2, 3, 4];

it('does not depend on names, but on all else', () => {
  const key = kernelKey(constants(VALUES));
  const named = (mem: 'f32' | 'i32') => ({ name: 'other', buffers: [{ name: 'y', mem, access: 'r' as const }] });
  expect(kernelKey(constants(VALUES, named('f32')))).toBe(key);
  expect(kernelKey(constants(VALUES, named('i32')))).not.toBe(key);
  expect(kernelKey(constants(VALUES, { lanes: 8 }))).not.toBe(key);
  expect(kernelKey(constants(VALUES, { domain: 4 }))).not.toBe(key);
});

it('tells constants apart for which JSON has no words, wherever they stand', () => {
  const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e9];
  for (const place of VALUES.keys()) {
    const keys = special.map((value) => kernelKey(constants(VALUES.with(place, value))));
    expect(new Set(keys).size, `place ${place}`).toBe(special.length);
  }
  expect(kernelKey(constants([0, -0, 1, 1]))).not.toBe(kernelKey(constants([-0, 0, 1, 1])));
});
