import { describe, expect, test } from 'vitest';
import { KernelBuilder } from '../../src/kernel/builder.ts';
import { affine, type Kernel, scale, sum } from '../../src/kernel/ir.ts';
import { compare } from './x64-compare.ts';
import { innerLoop } from './x64-disassemble.ts';
import { Code, runs, TARGETS } from './x64-run.ts';

interface Shape {
  readonly rows: number;
  readonly vectors: number;
  readonly depth: number;
}

/** A tile of a matrix product: rows of `a` by vectors of `b`, summed in registers. */
function dot(lanes: number, { rows, vectors, depth }: Shape): Kernel {
  const b = new KernelBuilder('dot', lanes, true);
  const x = b.buffer('x', 'f32', 'r');
  const y = b.buffer('y', 'f32', 'r');
  const z = b.buffer('z', 'f32', 'w');
  const width = vectors * lanes;
  const item = affine(0, [b.item, 1]);
  const sums = b.loop(affine(0), affine(depth), 1, Array(rows * vectors).fill(b.float(0)), (k, acc) => {
    const element = (i: number) => b.load(x, sum([scale(item, rows * depth), affine(i * depth), k]), { splat: true });
    const xs = Array.from({ length: rows }, (_, i) => element(i));
    const ys = Array.from({ length: vectors }, (_, j) => b.load(y, sum([affine(j * lanes), scale(k, width)])));
    return acc.map((c, n) => b.op('fma', xs[Math.floor(n / vectors)]!, ys[n % vectors]!, c));
  });
  for (const [n, v] of sums.entries()) b.store(z, sum([scale(item, rows * width), affine(n * lanes)]), v);
  return b.finish(2);
}

const count = (lines: readonly string[], pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;

describe.each(TARGETS)('matrix product tiles on $name', (target) => {
  const { lanes } = target;
  const shapes: Shape[] = (
    target.avx512
      ? [
          [8, 2],
          [14, 2],
          [12, 2],
          [6, 4],
          [9, 3],
        ]
      : [
          [6, 2],
          [4, 3],
        ]
  ).map(([rows, vectors]) => ({ rows: rows!, vectors: vectors!, depth: 37 }));

  test.skipIf(!runs(target)).each(shapes)('$rows rows of $vectors vectors: nothing but loads and sums', (shape) => {
    const { rows, vectors, depth } = shape;
    const kernel = dot(lanes, shape);
    const values = (n: number) => Float32Array.from({ length: n }, (_, i) => ((i * 13) % 31) / 8 - 2);
    const sizes = [2 * rows * depth, depth * vectors * lanes];
    compare(kernel, target, [...sizes.map(values), new Float32Array(2 * rows * vectors * lanes)]);
    const code = Code.of(kernel, target);
    const loop = innerLoop(code.bytes);
    code.free();
    expect(count(loop, /^vfmadd231ps [xyz]mm\d+,[xyz]mm\d+,[xyz]mm\d+$/)).toBe(rows * vectors);
    expect(count(loop, /^vbroadcastss /)).toBe(rows);
    expect(count(loop, /^vmovups [yz]mm\d+,\[/)).toBe(vectors);
    // two addresses, the counter, the jump
    expect(loop.slice(rows * vectors + rows + vectors).map((line) => line.split(' ')[0])).toEqual([
      'add',
      'add',
      'sub',
      'jg',
    ]);
  });

  test.skipIf(!runs(target))('where a register is missing, fewer accesses are added than there are rows', () => {
    const shape = target.avx512 ? { rows: 7, vectors: 4, depth: 11 } : { rows: 3, vectors: 4, depth: 11 };
    const code = Code.of(dot(lanes, shape), target);
    const loop = innerLoop(code.bytes);
    code.free();
    expect(count(loop, /^vfmadd231ps /)).toBe(shape.rows * shape.vectors);
    expect(count(loop, /\[/)).toBeLessThanOrEqual(2 * shape.rows + shape.vectors - 1);
  });

  test.skipIf(!runs(target))('an element with one use is an operand of the sum where the instruction set can', () => {
    const code = Code.of(dot(lanes, { rows: 10, vectors: 1, depth: 9 }), target);
    const loop = innerLoop(code.bytes);
    code.free();
    expect(count(loop, /^vbroadcastss /)).toBe(target.avx512 ? 0 : 10);
    expect(count(loop, /^vfmadd231ps .*\[/)).toBe(target.avx512 ? 10 : 0);
  });

  test.skipIf(!runs(target))('a polynomial needs no copies', () => {
    const b = new KernelBuilder('polynomial', lanes, true);
    const x = b.buffer('x', 'f32', 'r');
    const y = b.buffer('y', 'f32', 'w');
    const at = affine(0, [b.item, lanes]);
    const v = b.load(x, at);
    let p = b.float(0.1);
    for (let i = 2; i < 40; i++) p = b.op('fma', p, v, b.float(i / 10));
    b.store(y, at, p);
    const kernel = b.finish(3);
    compare(kernel, target, [Float32Array.from({ length: 3 * lanes }, (_, i) => i / 64), new Float32Array(3 * lanes)]);
    const code = Code.of(kernel, target);
    const loop = innerLoop(code.bytes);
    code.free();
    expect(count(loop, /^vfmadd/)).toBe(38);
    // the load, and the copy of the first coefficient where it sits in a register
    expect(count(loop, /^v(mov|broadcast)/)).toBeLessThanOrEqual(3);
    expect(count(loop, /rsp/)).toBe(0);
  });
});
