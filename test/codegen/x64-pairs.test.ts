import { describe, expect, test } from 'vitest';
import { halfBits, halfValue } from '../../src/graph/half.ts';
import { KernelBuilder } from '../../src/kernel/builder.ts';
import { affine, type Kernel, scale, sum, type ValueId } from '../../src/kernel/ir.ts';
import { x64Cpu } from '../../src/runtime/native/cpuid.ts';
import { Rng } from '../support/rng.ts';
import { compare } from './x64-compare.ts';
import { innerLoop } from './x64-disassemble.ts';
import { Code, run, runs, TARGETS } from './x64-run.ts';

const target = TARGETS.find((t) => t.avx512)!;
const can = runs(target) && x64Cpu().avx512Bf16;

const bits = (low: number, high: number): number => halfBits('bfloat16', low) | (halfBits('bfloat16', high) << 16);
const pairs = (n: number, draw: () => number): Int32Array => Int32Array.from({ length: n }, () => bits(draw(), draw()));

/** A tile of a product of pairs. */
function tile(rows: number, vectors: number, depth: number, width: number): Kernel {
  const b = new KernelBuilder('pairs', 16, true);
  const [x, y, z] = [b.buffer('x', 'i32', 'r'), b.buffer('y', 'i32', 'r'), b.buffer('z', 'f32', 'w')];
  const sums = b.loop(affine(0), affine(depth), 1, Array(rows * vectors).fill(b.float(0)), (k, acc) => {
    const xs = Array.from({ length: rows }, (_, i) => b.load(x, sum([affine(i * depth), k]), { splat: true }));
    const ys = Array.from({ length: vectors }, (_, j) => b.load(y, sum([affine(j * 16), scale(k, width)])));
    return acc.map((c, n) => b.op('dot2', xs[Math.floor(n / vectors)]!, ys[n % vectors]!, c));
  });
  for (const [n, v] of sums.entries()) b.store(z, affine(n * 16), v);
  return b.finish(1);
}

describe.skipIf(!can)('pairs of bfloat16', () => {
  test.each([
    [1, 1],
    [6, 4],
    [14, 2],
    [20, 2],
  ])('%i rows of %i vectors: exact for whole numbers, registers or not', (rows, vectors) => {
    const r = new Rng(3);
    const [depth, width] = [19, vectors * 16];
    const kernel = tile(rows, vectors, depth, width);
    const draw = () => r.int(-5, 5);
    const z = new Float32Array(rows * width);
    compare(kernel, target, [pairs(rows * depth, draw), pairs(depth * width, draw), z]);
    const code = Code.of(kernel, target);
    const lines = innerLoop(code.bytes);
    code.free();
    const sums = lines.filter((l) => l.startsWith('vdpbf16ps'));
    expect(sums.length).toBe(rows * vectors);
    if (rows * vectors <= 28) expect(lines.filter((l) => l.startsWith('vmovaps'))).toEqual([]);
  });

  test('operands and results may be one value', () => {
    const b = new KernelBuilder('same', 16, true);
    const [x, z] = [b.buffer('x', 'i32', 'r'), b.buffer('z', 'f32', 'w')];
    const v = b.load(x, affine(0));
    const first = b.op('dot2', v, v, b.float(1));
    const again: ValueId = b.op('dot2', v, b.op('f2bits', first), first);
    b.store(z, affine(0), first);
    b.store(z, affine(16), b.op('dot2', v, v, again));
    const r = new Rng(4);
    compare(b.finish(1), target, [pairs(16, () => r.int(-3, 3)), new Float32Array(32)]);
  });

  test('sums of anything are near those in double precision', () => {
    const r = new Rng(5);
    const [depth, width] = [300, 16];
    const kernel = tile(1, 1, depth, width);
    const [x, y, z] = [
      pairs(depth, () => r.float(-2, 2)),
      pairs(depth * width, () => r.float(-2, 2)),
      new Float32Array(width),
    ];
    const got = run(kernel, target, [x, y, z])[2]!;
    const value = (p: number, half: number) => halfValue('bfloat16', (p >>> (16 * half)) & 0xffff);
    for (let lane = 0; lane < 16; lane++) {
      let exact = 0;
      for (let k = 0; k < depth; k++)
        for (const half of [0, 1]) exact += value(x[k]!, half) * value(y[k * width + lane]!, half);
      expect(Math.abs(got[lane]! - exact)).toBeLessThan(1e-4);
    }
  });
});
