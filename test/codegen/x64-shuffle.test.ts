import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KernelBuilder } from '../../src/kernel/builder.ts';
import { affine, type Kernel } from '../../src/kernel/ir.ts';
import { compare } from './x64-compare.ts';
import { mnemonics } from './x64-disassemble.ts';
import { Code, runs, TARGETS } from './x64-run.ts';

function shuffleKernel(lanes: number, patterns: readonly (readonly number[])[]): Kernel {
  const b = new KernelBuilder('shuffle', lanes, true);
  const x = b.buffer('x', 'f32', 'r');
  const y = b.buffer('y', 'f32', 'w');
  const [one, two] = [b.load(x, affine(0)), b.load(x, affine(lanes))];
  const [iOne, iTwo] = [b.op('f2bits', one), b.op('f2bits', two)];
  patterns.forEach((p, i) => {
    const value = i % 2 ? b.op('bits2f', b.shuffle(iOne, iTwo, p)) : b.shuffle(one, two, p);
    b.store(y, affine(i * lanes), value);
  });
  return b.finish(1);
}

/** Patterns that have an instruction of their own, by what that is on AVX2 and AVX-512. */
function known(n: number): [string, string, number[]][] {
  const lane = (f: (j: number, start: number) => number) => Array.from({ length: n }, (_, i) => f(i & 3, i & ~3));
  const half = n / 2;
  return [
    ['vunpcklps', 'vunpcklps', lane((j, s) => s + (j >> 1) + (j & 1) * n)],
    ['vunpckhps', 'vunpckhps', lane((j, s) => s + 2 + (j >> 1) + (j & 1) * n)],
    ['vunpckhps', 'vunpckhps', lane((j, s) => s + 2 + (j >> 1) + (1 - (j & 1)) * n)],
    ['vunpcklpd', 'vunpcklpd', lane((j, s) => s + (j & 1) + (j >> 1) * n)],
    ['vunpckhpd', 'vunpckhpd', lane((j, s) => s + 2 + (j & 1) + (j >> 1) * n)],
    ['vshufps', 'vshufps', lane((j, s) => s + [0, 2, n, n + 2][j]!)],
    ['vshufps', 'vshufps', lane((j, s) => s + [n + 3, n + 1, 2, 2][j]!)],
    ['vpermilps', 'vpermilps', lane((j, s) => s + 3 - j)],
    ['vpermilps', 'vpermilps', lane((j, s) => n + s + (j ^ 1))],
    ['vbroadcastss', 'vbroadcastss', lane(() => 0)],
    ['vblendps', 'vblendmps', lane((j, s) => s + j + (j === 1 ? n : 0))],
    ['vperm2f128', 'vshuff32x4', Array.from({ length: n }, (_, i) => (i + half) % n)],
    ['vperm2f128', 'vshuff32x4', Array.from({ length: n }, (_, i) => (i < half ? i + half : i + half))],
    ['vpermps', 'vpermps', Array.from({ length: n }, (_, i) => n - 1 - i)],
    ['vblendps', 'vpermt2ps', Array.from({ length: n }, (_, i) => 2 * i)],
  ];
}

describe.each(TARGETS)('shuffles on $name', (target) => {
  const { lanes } = target;
  const data = () => Float32Array.from({ length: 2 * lanes }, (_, i) => i + 0.5);

  test.skipIf(!runs(target)).each(known(lanes))('%s or %s', (avx2, avx512, pattern) => {
    const kernel = shuffleKernel(lanes, [pattern]);
    compare(kernel, target, [data(), new Float32Array(lanes)]);
    const code = Code.of(kernel, target);
    expect(mnemonics(code.bytes)).toContain(target.avx512 ? avx512 : avx2);
    code.free();
  });

  test.skipIf(!runs(target))('an identity is no instruction', () => {
    const identity = Array.from({ length: lanes }, (_, i) => i);
    const code = Code.of(shuffleKernel(lanes, [identity, identity.map((i) => i + lanes)]), target);
    expect(mnemonics(code.bytes).filter((m) => /shuf|perm|blend|unpck/.test(m))).toEqual([]);
    code.free();
  });

  test.skipIf(!runs(target))('any pattern', () => {
    const pattern = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 2 * lanes - 1 }), { minLength: lanes, maxLength: lanes }),
      fc.array(fc.integer({ min: 0, max: lanes - 1 }), { minLength: lanes, maxLength: lanes }),
      fc
        .tuple(
          fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
          fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        )
        .map(([p, second]) =>
          Array.from({ length: lanes }, (_, i) => (i & ~3) + p[i & 3]! + (second[i & 3] ? lanes : 0)),
        ),
      fc
        .array(fc.integer({ min: 0, max: lanes / 2 - 1 }), { minLength: lanes / 4, maxLength: lanes / 4 })
        .map((g) => Array.from({ length: lanes }, (_, i) => 4 * g[i >> 2]! + (i & 3))),
    );
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 24 }), (patterns) => {
        compare(shuffleKernel(lanes, patterns), target, [data(), new Float32Array(lanes * patterns.length)]);
      }),
      { numRuns: 60 },
    );
  });
});
