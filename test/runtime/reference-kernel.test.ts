import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affine, type Kernel, type OpName, type Stmt, type VType } from '../../src/kernel/ir.ts';
import { OPS } from '../../src/kernel/ops.ts';
import { checkKernel } from '../../src/kernel/spec.ts';
import { fma32 } from '../../src/runtime/reference/fma.ts';
import { interpretKernel } from '../../src/runtime/reference/kernel.ts';
import { floatToBits } from '../../src/runtime/reference/scalar.ts';

const float = fc.float({ noDefaultInfinity: false, noNaN: false });
const finite = fc.float({ noDefaultInfinity: true, noNaN: true });

/** A float32 as a multiple of 2^-149. */
function units(x: number): bigint {
  const bits = BigInt(floatToBits(x) >>> 0);
  const exponent = (bits >> 23n) & 0xffn;
  const fraction = bits & 0x7fffffn;
  const size = exponent === 0n ? fraction : (fraction | 0x800000n) << (exponent - 1n);
  return bits >> 31n === 1n ? -size : size;
}

/** a * b + c in integers, rounded to nearest-even by hand. */
function exactFma(a: number, b: number, c: number): number {
  const sum = units(a) * units(b) + (units(c) << 149n); // a multiple of 2^-298
  if (sum === 0n) return a * b + c; // the sign of zero
  const size = sum < 0n ? -sum : sum;
  const shift = Math.max(size.toString(2).length - 24, 149);
  const half = 1n << BigInt(shift - 1);
  const rest = size & ((1n << BigInt(shift)) - 1n);
  let q = size >> BigInt(shift);
  if (rest > half || (rest === half && (q & 1n) === 1n)) q += 1n;
  return Math.fround((sum < 0n ? -1 : 1) * Number(q) * 2 ** (shift - 298));
}

describe('fma32', () => {
  it('rounds once', () => {
    fc.assert(
      fc.property(finite, finite, finite, (a, b, c) => {
        expect(fma32(a, b, c)).toBe(exactFma(a, b, c));
      }),
      { numRuns: 3000 },
    );
  });

  it('rounds once where the sum lies next to the middle of two float32', () => {
    const near = fc.record({
      a: fc.integer({ min: 0x800000, max: 0xffffff }),
      b: fc.integer({ min: 0x800000, max: 0xffffff }),
      c: fc.integer({ min: 0x800000, max: 0xffffff }),
      shift: fc.integer({ min: -60, max: 60 }),
      scale: fc.integer({ min: -100, max: 40 }),
      sign: fc.constantFrom(1, -1),
    });
    fc.assert(
      fc.property(near, ({ a, b, c, shift, scale, sign }) => {
        const x = Math.fround(a * 2 ** -23);
        const y = Math.fround(b * 2 ** (scale - 23));
        const z = Math.fround(sign * c * 2 ** (scale + shift - 23));
        expect(fma32(x, y, z)).toBe(exactFma(x, y, z));
      }),
      { numRuns: 5000 },
    );
    expect(fma32(2 ** -35, 2 ** -36, Math.fround(1))).toBe(1);
    expect(fma32(1 + 2 ** -23, 1 + 2 ** -23, 2 ** -149)).toBe(exactFma(1 + 2 ** -23, 1 + 2 ** -23, 2 ** -149));
    expect(fma32(1 + 2 ** -12, 1 - 2 ** -12, -1)).toBe(-(2 ** -24));
  });

  it('keeps infinities, NaN and the signs of zeros', () => {
    expect(fma32(Number.POSITIVE_INFINITY, 1, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(fma32(Number.POSITIVE_INFINITY, 0, 3)).toBeNaN();
    expect(fma32(-0, 1, -0)).toBe(-0);
    expect(fma32(-0, 1, 0)).toBe(0);
    expect(fma32(3e38, 2, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(fma32(3e38, 2, -3e38)).toBe(Math.fround(3e38));
  });
});

const LANES = 4;
const MEM = { f32: 'f32', i32: 'i32' } as const;

/** Runs one operation on four lanes of each operand. */
function apply(op: OpName, operands: readonly (readonly number[])[], extra: { imm?: number; pattern?: number[] } = {}) {
  const { args, result } = OPS[op];
  const types: VType[] = [...args];
  const body: Stmt[] = [];
  let next = 0;
  const value = (type: VType, buf: number): number => {
    const load = next++;
    if (type !== 'mask') {
      body.push({ k: 'load', id: load, type, buf, at: affine(0) });
      return load;
    }
    const [zero, mask, off] = [next++, next++, next++];
    body.push({ k: 'load', id: load, type: 'i32', buf, at: affine(0) });
    body.push({ k: 'const', id: zero, type: 'i32', value: 0 });
    body.push({ k: 'op', id: off, type: 'mask', op: 'ieq', args: [load, zero] });
    body.push({ k: 'op', id: mask, type: 'mask', op: 'mnot', args: [off] });
    return mask;
  };
  const ids = types.map(value);
  let out = next++;
  body.push({ k: 'op', id: out, type: result, op, args: ids, ...extra });
  if (result === 'mask') {
    const [one, zero, picked] = [next++, next++, next++];
    body.push({ k: 'const', id: one, type: 'i32', value: 1 });
    body.push({ k: 'const', id: zero, type: 'i32', value: 0 });
    body.push({ k: 'op', id: picked, type: 'i32', op: 'iselect', args: [out, one, zero] });
    out = picked;
  }
  const stored = result === 'f32' ? 'f32' : 'i32';
  body.push({ k: 'store', value: out, type: stored, buf: types.length, at: affine(0) });
  const memOf = (t: VType) => (t === 'f32' ? MEM.f32 : MEM.i32);
  const kernel: Kernel = {
    name: op,
    lanes: LANES,
    buffers: [
      ...types.map((t, i) => ({ name: `x${i}`, mem: memOf(t), access: 'r' as const })),
      { name: 'y', mem: stored, access: 'w' },
    ],
    domain: 1,
    item: 0,
    body,
  };
  checkKernel(kernel);
  const buffers = types.map((t, i) => (t === 'f32' ? Float32Array : Int32Array).from(operands[i]!));
  const y = stored === 'f32' ? new Float32Array(LANES) : new Int32Array(LANES);
  interpretKernel(kernel, [...buffers, y], 0, 1);
  return [...y];
}

describe('the operations', () => {
  const NaN_ = Number.NaN;
  const INF = Number.POSITIVE_INFINITY;
  const LEAST = -2147483648;
  const table: [OpName, number[][], number[], { imm?: number; pattern?: number[] }?][] = [
    ['neg', [[1, -0, -INF, 0]], [-1, 0, INF, -0]],
    ['abs', [[-1, -0, -INF, NaN_]], [1, 0, INF, NaN_]],
    ['sqrt', [[4, 2, -1, -0]], [2, Math.fround(Math.sqrt(2)), NaN_, -0]],
    ['floor', [[1.5, -1.5, -0, NaN_]], [1, -2, -0, NaN_]],
    ['ceil', [[1.5, -1.5, -0.5, INF]], [2, -1, -0, INF]],
    ['trunc', [[1.5, -1.5, -0.5, 3e9]], [1, -1, -0, 3e9]],
    ['round', [[0.5, 1.5, -2.5, -0.2]], [0, 2, -2, -0]],
    [
      'add',
      [
        [1, 16777216, 3e38, 1e-45],
        [2, 1, 3e38, 1e-45],
      ],
      [3, 16777216, INF, 2 * 2 ** -149],
    ],
    [
      'sub',
      [
        [1, 0, INF, 5],
        [2, 0, INF, 7],
      ],
      [-1, 0, NaN_, -2],
    ],
    [
      'mul',
      [
        [3, 0, 1e-30, -2],
        [4, INF, 1e-30, 0],
      ],
      [12, NaN_, 0, -0],
    ],
    [
      'div',
      [
        [1, 1, 0, -1],
        [3, 0, 0, INF],
      ],
      [Math.fround(1 / 3), INF, NaN_, -0],
    ],
    [
      'mins',
      [
        [1, NaN_, 2, 0],
        [2, 1, NaN_, -0],
      ],
      [1, 1, NaN_, -0],
    ],
    [
      'maxs',
      [
        [1, NaN_, 2, -0],
        [2, 1, NaN_, 0],
      ],
      [2, 1, NaN_, 0],
    ],
    [
      'dot2',
      [
        // (upper, lower): (3, 2), (1, denormal), (infinity, 0), (1, 1)
        [0x40404000, 0x3f800001, 0x7f800000, 0x3f803f80],
        [0xbf8040a0 | 0, 0x40003f80, 0x3f803f80, 0x3f803f80],
        [10, 0.5, 1, NaN_],
      ],
      [17, 2.5, Number.POSITIVE_INFINITY, NaN_],
    ],
    [
      'fma',
      [
        [2, 3, 0, 1],
        [5, 1, 1, 1],
        [1, -3, -0, NaN_],
      ],
      [11, 0, 0, NaN_],
    ],
    [
      'fnma',
      [
        [2, 3, 1, INF],
        [5, 1, 1, 1],
        [1, 3, -1, 0],
      ],
      [-9, 0, -2, -INF],
    ],
    [
      'eq',
      [
        [1, 0, NaN_, 1],
        [1, -0, NaN_, 2],
      ],
      [1, 1, 0, 0],
    ],
    [
      'ne',
      [
        [1, 0, NaN_, 1],
        [1, -0, NaN_, 2],
      ],
      [0, 0, 1, 1],
    ],
    [
      'lt',
      [
        [1, 2, NaN_, 1],
        [2, 1, 1, 1],
      ],
      [1, 0, 0, 0],
    ],
    [
      'le',
      [
        [1, 2, NaN_, 1],
        [2, 1, 1, 1],
      ],
      [1, 0, 0, 1],
    ],
    [
      'unord',
      [
        [1, NaN_, 1, INF],
        [1, 1, NaN_, INF],
      ],
      [0, 1, 1, 0],
    ],
    [
      'iadd',
      [
        [1, 2147483647, -1, 5],
        [2, 1, -1, -5],
      ],
      [3, LEAST, -2, 0],
    ],
    [
      'isub',
      [
        [1, LEAST, 0, 5],
        [2, 1, LEAST, 5],
      ],
      [-1, 2147483647, LEAST, 0],
    ],
    [
      'imul',
      [
        [3, 65536, -1, 2147483647],
        [4, 65536, 5, 2147483647],
      ],
      [12, 0, -5, 1],
    ],
    [
      'imin',
      [
        [1, -1, LEAST, 0],
        [2, -2, 0, 0],
      ],
      [1, -2, LEAST, 0],
    ],
    [
      'imax',
      [
        [1, -1, LEAST, 0],
        [2, -2, 0, 0],
      ],
      [2, -1, 0, 0],
    ],
    [
      'iand',
      [
        [12, -1, 0, 7],
        [10, 5, 9, 8],
      ],
      [8, 5, 0, 0],
    ],
    [
      'ior',
      [
        [12, -1, 0, 7],
        [10, 5, 9, 8],
      ],
      [14, -1, 9, 15],
    ],
    [
      'ixor',
      [
        [12, -1, 0, 7],
        [10, 5, 9, 8],
      ],
      [6, -6, 9, 15],
    ],
    [
      'ishl',
      [
        [1, 1, 1, 3],
        [31, 32, -1, 2],
      ],
      [LEAST, 0, 0, 12],
    ],
    [
      'ishr',
      [
        [-1, -1, -1, 12],
        [31, 32, -1, 2],
      ],
      [1, 0, 0, 3],
    ],
    [
      'isar',
      [
        [-8, -8, 8, -8],
        [1, 32, 40, -1],
      ],
      [-4, -1, 0, -1],
    ],
    ['ishlImm', [[1, -1, 5, 0]], [8, -8, 40, 0], { imm: 3 }],
    ['ishrImm', [[8, -8, 5, 0]], [1, 536870911, 0, 0], { imm: 3 }],
    ['isarImm', [[8, -8, 5, -1]], [1, -1, 0, -1], { imm: 3 }],
    ['irotlImm', [[1, LEAST, -1, 3]], [2, 1, -1, 6], { imm: 1 }],
    [
      'ieq',
      [
        [1, 2, 0, -1],
        [1, 3, 0, 1],
      ],
      [1, 0, 1, 0],
    ],
    [
      'ilt',
      [
        [1, -1, 0, 5],
        [2, 1, 0, -5],
      ],
      [1, 1, 0, 0],
    ],
    [
      'iltu',
      [
        [1, -1, 0, 5],
        [2, 1, 0, -5],
      ],
      [1, 0, 0, 1],
    ],
    [
      'mand',
      [
        [1, 1, 0, 0],
        [1, 0, 1, 0],
      ],
      [1, 0, 0, 0],
    ],
    [
      'mor',
      [
        [1, 1, 0, 0],
        [1, 0, 1, 0],
      ],
      [1, 1, 1, 0],
    ],
    [
      'mxor',
      [
        [1, 1, 0, 0],
        [1, 0, 1, 0],
      ],
      [0, 1, 1, 0],
    ],
    ['mnot', [[1, 0, 1, 0]], [0, 1, 0, 1]],
    ['i2f', [[16777217, -5, 2147483647, 0]], [16777216, -5, 2147483648, 0]],
    ['f2i', [[1.9, -1.9, 3e9, NaN_]], [1, -1, LEAST, LEAST]],
    ['f2iRound', [[1.5, -2.5, -3e9, 2147483520]], [2, -2, LEAST, 2147483520]],
    ['f2bits', [[1, -0, INF, 0]], [0x3f800000, LEAST, 0x7f800000, 0]],
    ['bits2f', [[0x3f800000, LEAST, 1, 0x7f800000]], [1, -0, 2 ** -149, INF]],
    [
      'select',
      [
        [1, 0, 1, 0],
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      [1, 6, 3, 8],
    ],
    [
      'iselect',
      [
        [1, 0, 1, 0],
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      [1, 6, 3, 8],
    ],
    [
      'shuffle',
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      [8, 1, 1, 5],
      { pattern: [7, 0, 0, 4] },
    ],
    [
      'ishuffle',
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      [2, 3, 4, 5],
      { pattern: [1, 2, 3, 4] },
    ],
  ];
  for (const [op, operands, expected, extra] of table)
    it(op, () => {
      expect(apply(op, operands, extra)).toEqual(expected);
    });

  it('are all here', () => {
    expect(table.map(([op]) => op).sort()).toEqual(Object.keys(OPS).sort());
  });

  it('flips the sign of a NaN and keeps its other bits where it only moves', () => {
    const x = Float32Array.of(0, 0, 0, 0);
    new Int32Array(x.buffer).fill(0x7fc12345);
    const y = new Float32Array(4);
    const body: Stmt[] = [
      { k: 'load', id: 0, type: 'f32', buf: 0, at: affine(0) },
      { k: 'op', id: 1, type: 'f32', op: 'neg', args: [0] },
      { k: 'store', value: 1, type: 'f32', buf: 1, at: affine(0) },
    ];
    const buffers = [
      { name: 'x', mem: 'f32', access: 'r' },
      { name: 'y', mem: 'f32', access: 'w' },
    ] as const;
    interpretKernel({ name: 'neg', lanes: 4, buffers, domain: 1, item: 0, body }, [x, y], 0, 1);
    expect(new Int32Array(y.buffer)[0]! >>> 0).toBe(0xffc12345);
  });

  it('rounds sums, products and quotients as float32 arithmetic does', () => {
    fc.assert(
      fc.property(float, float, (a, b) => {
        expect(apply('add', [Array(4).fill(a), Array(4).fill(b)])[0]).toBe(Math.fround(a + b));
        expect(apply('div', [Array(4).fill(a), Array(4).fill(b)])[0]).toBe(Math.fround(a / b));
      }),
      { numRuns: 100 },
    );
  });
});

describe('statements', () => {
  const kernel = (body: Stmt[], domain = 1): Kernel => ({
    name: 'k',
    lanes: 4,
    buffers: [
      { name: 'x', mem: 'f32', access: 'rw' },
      { name: 'n', mem: 'i32', access: 'rw' },
      { name: 'b', mem: 'u8', access: 'rw' },
    ],
    domain,
    item: 0,
    body,
  });

  function run(body: Stmt[], { x = [0], n = [0], b = [0], domain = 1 } = {}) {
    const k = kernel(body, domain);
    checkKernel(k);
    const buffers = [Float32Array.from(x), Int32Array.from(n), Uint8Array.from(b)] as const;
    interpretKernel(k, buffers, 0, domain);
    return { x: [...buffers[0]], n: [...buffers[1]], b: [...buffers[2]] };
  }

  it('load and store counts, strides and splats; other lanes are 0', () => {
    const { x } = run(
      [
        { k: 'load', id: 0, type: 'f32', buf: 0, at: affine(0), count: 3, stride: 2 },
        { k: 'store', value: 0, type: 'f32', buf: 0, at: affine(8) },
        { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(5), count: 2, stride: -1 },
        { k: 'store', value: 1, type: 'f32', buf: 0, at: affine(12), count: 2 },
        { k: 'load', id: 2, type: 'f32', buf: 0, at: affine(1), splat: true },
        { k: 'store', value: 2, type: 'f32', buf: 0, at: affine(14), count: 3, stride: 2 },
      ],
      { x: [1, 2, 3, 4, 5, 6, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0] },
    );
    expect(x.slice(8)).toEqual([1, 3, 5, 0, 6, 5, 2, 0, 2, 0, 2]);
  });

  it('widen and cut bytes', () => {
    const { b, n } = run(
      [
        { k: 'load', id: 0, type: 'i32', buf: 2, at: affine(0) },
        { k: 'store', value: 0, type: 'i32', buf: 1, at: affine(0) },
        { k: 'op', id: 1, type: 'i32', op: 'iadd', args: [0, 0] },
        { k: 'store', value: 1, type: 'i32', buf: 2, at: affine(0) },
      ],
      { b: [1, 200, 255, 0], n: [0, 0, 0, 0] },
    );
    expect([n, b]).toEqual([
      [1, 200, 255, 0],
      [2, 144, 254, 0],
    ]);
  });

  it('loop with carries that are swapped, also over nothing', () => {
    const loop = (end: number): Stmt[] => [
      { k: 'const', id: 0, type: 'f32', value: 1 },
      { k: 'const', id: 1, type: 'f32', value: 2 },
      {
        k: 'loop',
        index: 1,
        begin: affine(0),
        end: affine(end),
        step: 2,
        carry: [
          { type: 'f32', init: 0, phi: 2, next: 3, out: 4 },
          { type: 'f32', init: 1, phi: 3, next: 2, out: 5 },
        ],
        body: [],
      },
      { k: 'store', value: 4, type: 'f32', buf: 0, at: affine(0), count: 1 },
      { k: 'store', value: 5, type: 'f32', buf: 0, at: affine(1), count: 1 },
    ];
    expect(run(loop(5), { x: [0, 0] }).x).toEqual([2, 1]);
    expect(run(loop(0), { x: [0, 0] }).x).toEqual([1, 2]);
  });

  it('compute indices, floored, and clamp those read from memory', () => {
    const { n } = run(
      [
        { k: 'index', id: 1, op: 'div', a: affine(-7, [0, 1]), b: 2 },
        { k: 'index', id: 2, op: 'mod', a: affine(-7, [0, 1]), b: 3 },
        { k: 'index', id: 3, op: 'min', a: affine(5), b: affine(0, [0, 4]) },
        { k: 'index', id: 4, op: 'max', a: affine(5), b: affine(0, [0, 4]) },
        { k: 'loadIndex', id: 5, buf: 1, at: affine(0, [0, 5]), lo: 1, hi: 9 },
        ...[1, 2, 3, 4, 5].flatMap((i): Stmt[] => [
          { k: 'splatIndex', id: i, at: affine(0, [i, 1]) },
          { k: 'store', value: i, type: 'i32', buf: 1, at: affine(i - 1, [0, 5]), count: 1 },
        ]),
      ],
      { n: [-3, 0, 0, 0, 0, 77, 0, 0, 0, 0], domain: 2 },
    );
    expect(n).toEqual([-4, 2, 0, 5, 1, -3, 0, 4, 5, 9]);
  });

  it('branch', () => {
    const at = (value: number): Stmt => ({
      k: 'if',
      value: affine(-1, [0, 1]),
      rel: value === 0 ? 'lt' : value === 1 ? 'eq' : 'ge',
      then: [
        { k: 'const', id: 10 * value, type: 'i32', value: 1 },
        { k: 'store', value: 10 * value, type: 'i32', buf: 1, at: affine(value, [0, 3]), count: 1 },
      ],
      otherwise: [
        { k: 'const', id: 10 * value + 1, type: 'i32', value: 2 },
        { k: 'store', value: 10 * value + 1, type: 'i32', buf: 1, at: affine(value, [0, 3]), count: 1 },
      ],
    });
    const { n } = run([at(0), at(1), at(2)], { n: Array(9).fill(0), domain: 3 });
    expect(n).toEqual([1, 2, 2, 2, 1, 1, 2, 2, 1]);
  });

  it('gather', () => {
    const { x } = run(
      [
        { k: 'load', id: 0, type: 'i32', buf: 1, at: affine(0), count: 3 },
        { k: 'gather', id: 1, type: 'f32', buf: 0, at: affine(1), indices: 0, count: 3 },
        { k: 'store', value: 1, type: 'f32', buf: 0, at: affine(4) },
      ],
      { x: [0, 1, 2, 3, 9, 9, 9, 9], n: [2, 0, -1] },
    );
    expect(x.slice(4)).toEqual([3, 1, 0, 0]);
  });

  it('outside of a buffer are faults that name kernel and statement', () => {
    const load: Stmt = { k: 'load', id: 0, type: 'f32', buf: 0, at: affine(1, [0, 4]) };
    expect(() => run([load], { x: [1, 2, 3, 4] })).toThrow(
      'kernel k: %0 = load.f32 x[4*i0 + 1]: element 4 is outside of x',
    );
    const below: Stmt = { k: 'load', id: 0, type: 'f32', buf: 0, at: affine(-1), count: 1 };
    expect(() => run([below])).toThrow(/element -1/);
    const splat: Stmt = { k: 'const', id: 0, type: 'i32', value: 0 };
    const store: Stmt = { k: 'store', value: 0, type: 'i32', buf: 2, at: affine(0), count: 2, stride: 3 };
    expect(() => run([splat, store], { b: [0, 0, 0] })).toThrow(/store\.i32 b\[0\] count 2 stride 3 = %0: element 3/);
  });
});
