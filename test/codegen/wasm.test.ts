import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affine, type Kernel, type OpName, type Stmt } from '../../src/kernel/ir.ts';
import { OPS } from '../../src/kernel/ops.ts';
import { checkKernel } from '../../src/kernel/spec.ts';
import { interpretKernel } from '../../src/runtime/reference/kernel.ts';
import { generator, RandomKernel } from './wasm-random.ts';
import { Compiled, clone, type Data, difference, MODES } from './wasm-run.ts';

/** Runs on both; any NaN equals any other. */
function compare(
  kernel: Kernel,
  data: readonly Data[],
  mode: (typeof MODES)[number],
  edges = data.map((_, i) => i),
): void {
  checkKernel(kernel);
  const expected = clone(data);
  interpretKernel(kernel, expected, 0, kernel.domain);
  const compiled = new Compiled(kernel, mode, data);
  for (const edge of edges) expect(difference(compiled.at(data, edge), expected)).toBeUndefined();
}

const F32 = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, 8388609, 2147483520, 2 ** 31, -(2 ** 31), -2147483904];
const FLOATS = [...F32, 3e38, -3e38, 1e-40, Infinity, -Infinity, NaN].map(Math.fround);
const INTS = [
  0,
  1,
  -1,
  2,
  5,
  31,
  32,
  33,
  -31,
  255,
  65536,
  2 ** 31 - 1,
  -(2 ** 31),
  0x12345678,
  -0x12345678,
  0x7f800000,
];

/** Loads the operands, applies the operation, stores the result (a mask as 1 or 0). */
function opKernel(op: OpName, items: number, extra: { imm?: number; pattern?: number[] }): Kernel {
  const { args, result } = OPS[op];
  const body: Stmt[] = [];
  const zero = 90;
  body.push({ k: 'const', id: zero, type: 'i32', value: 0 });
  const at = affine(0, [0, 4]);
  const operands = args.map((type, i) => {
    const loaded = type === 'mask' ? 'i32' : type;
    body.push({ k: 'load', id: i, type: loaded, buf: i, at });
    if (type !== 'mask') return i;
    body.push({ k: 'op', id: 10 + i, type: 'mask', op: 'ilt', args: [zero, i] });
    return 10 + i;
  });
  body.push({ k: 'op', id: 20, type: result, op, args: operands, ...extra });
  const type = result === 'f32' ? 'f32' : 'i32';
  if (result === 'mask') {
    body.push({ k: 'const', id: 22, type: 'i32', value: 1 });
    body.push({ k: 'op', id: 23, type: 'i32', op: 'iselect', args: [20, 22, zero] });
  }
  body.push({ k: 'store', value: result === 'mask' ? 23 : 20, type, buf: args.length, at });
  const buffers = args.map((t, i) => ({ name: `a${i}`, mem: t === 'f32' ? 'f32' : 'i32', access: 'r' }) as const);
  const out = { name: 'out', mem: type, access: 'w' } as const;
  return { name: op, lanes: 4, buffers: [...buffers, out], domain: items, item: 0, body };
}

/** All pairs of special values; the third operand walks along. */
function opData(op: OpName): { data: Data[]; items: number } {
  const { args, result } = OPS[op];
  const pool = (t: string): readonly number[] => (t === 'f32' ? FLOATS : INTS);
  const [a, b] = [pool(args[0]!), pool(args[1] ?? 'f32')];
  const n = Math.ceil((a.length * b.length) / 4) * 4;
  const column = (t: string, at: (i: number) => number): Data =>
    t === 'f32' ? Float32Array.from({ length: n }, (_, i) => at(i)) : Int32Array.from({ length: n }, (_, i) => at(i));
  const data = args.map((t, k) =>
    column(t, (i) => {
      const list = pool(t);
      return list[(k === 0 ? i : k === 1 ? Math.floor(i / a.length) : i * 7) % list.length]!;
    }),
  );
  return { data: [...data, column(result, () => 7)], items: n / 4 };
}

describe.each(MODES)('operations, $name', (mode) => {
  const ops = (Object.keys(OPS) as OpName[]).filter(
    (op) => op !== 'dot2' && (mode.relaxed || (op !== 'fma' && op !== 'fnma')),
  );
  it.each(ops)('%s', (op) => {
    const { data, items } = opData(op);
    const variants = op.endsWith('Imm')
      ? [0, 1, 7, 23, 31].map((imm) => ({ imm }))
      : op.endsWith('shuffle')
        ? [
            [0, 1, 2, 3],
            [4, 0, 5, 1],
            [7, 7, 0, 3],
            [3, 2, 1, 0],
            [0, 0, 0, 0],
            [6, 7, 2, 3],
          ].map((pattern) => ({ pattern }))
        : [{}];
    for (const extra of variants) compare(opKernel(op, items, extra), data, mode, [0]);
  });

  it('takes the same value twice', () => {
    for (const op of ops.filter((o) => OPS[o].args.length === 2 && new Set(OPS[o].args).size === 1)) {
      const { data, items } = opData(op);
      const kernel = opKernel(op, items, op.endsWith('shuffle') ? { pattern: [0, 5, 2, 7] } : {});
      const body = kernel.body.map((s) => (s.k === 'op' && s.id === 20 ? { ...s, args: [s.args[0]!, s.args[0]!] } : s));
      compare({ ...kernel, body }, data, mode, [0]);
    }
  });
});

const plain = MODES[0]!;

describe('memory', () => {
  const data = (): Data[] => [
    Float32Array.from({ length: 40 }, (_, i) => i + 0.5),
    Int32Array.from({ length: 40 }, (_, i) => i * 1000 - 7),
    Uint8Array.from({ length: 40 }, (_, i) => i * 6 + 1),
    new Float32Array(40),
    new Int32Array(40),
    new Uint8Array(40),
    Uint16Array.from({ length: 40 }, (_, i) => i * 1601 + 3),
    new Uint16Array(40),
  ];
  const buffers: Kernel['buffers'] = (['f32', 'i32', 'u8', 'f32', 'i32', 'u8', 'u16', 'u16'] as const).map(
    (mem, i) => ({
      name: `b${i}`,
      mem,
      access: i < 3 || i === 6 ? 'r' : 'rw',
    }),
  );
  const of = (body: Stmt[], domain = 1): Kernel => ({ name: 'memory', lanes: 4, buffers, domain, item: 0, body });
  const typeOf = (buf: number) => (buf === 0 || buf === 3 ? 'f32' : 'i32');
  /** Those that are read, and the one of the same kind that is written. */
  const KINDS = [
    [0, 3],
    [1, 4],
    [2, 5],
    [6, 7],
  ] as const;

  it.each([1, 2, 3, 4])('loads and stores %i lanes, with and without strides, at both ends of a buffer', (count) => {
    for (const [buf, to] of KINDS) {
      for (const stride of [undefined, 1, 2, 3]) {
        for (const ends of [false, true]) {
          const last = (count - 1) * (stride ?? 1);
          const at = affine(ends ? 39 - last : 0);
          const type = typeOf(buf);
          const span = { ...(count < 4 && { count }), ...(stride && { stride }) };
          compare(
            of([
              { k: 'load', id: 1, type, buf, at, ...span },
              { k: 'store', value: 1, type, buf: to, at, ...span },
              { k: 'store', value: 1, type, buf: to, at: affine(10) },
            ]),
            data(),
            plain,
          );
        }
      }
    }
  });

  it('loads one element into all lanes', () => {
    for (const [buf, to] of KINDS) {
      const type = typeOf(buf);
      compare(
        of(
          [
            { k: 'load', id: 1, type, buf, at: affine(37, [0, 1]), splat: true },
            { k: 'store', value: 1, type, buf: to, at: affine(0, [0, 4]) },
          ],
          3,
        ),
        data(),
        plain,
      );
    }
  });

  it('gathers by negative and positive indices', () => {
    for (const [buf, to] of KINDS) {
      for (const count of [1, 2, 3, 4]) {
        const type = typeOf(buf);
        compare(
          of([
            { k: 'iota', id: 1 },
            { k: 'const', id: 2, type: 'i32', value: -13 },
            { k: 'op', id: 3, type: 'i32', op: 'imul', args: [1, 2] },
            { k: 'gather', id: 4, type, buf, at: affine(39), indices: 3, count },
            { k: 'store', value: 4, type, buf: to, at: affine(3) },
          ]),
          data(),
          plain,
        );
      }
    }
  });

  it('clamps loaded indices', () => {
    const kernel = of(
      [
        { k: 'loadIndex', id: 1, buf: 1, at: affine(0, [0, 1]), lo: 2, hi: 30 },
        { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(5, [1, 1]), count: 1 },
        { k: 'store', value: 1, type: 'f32', buf: 3, at: affine(0, [0, 1]), count: 1 },
      ],
      40,
    );
    compare(kernel, data(), plain);
  });

  it('does not move a load over a store to the same buffer', () => {
    compare(
      of([
        { k: 'load', id: 1, type: 'f32', buf: 3, at: affine(0) },
        { k: 'const', id: 2, type: 'f32', value: 3 },
        { k: 'store', value: 2, type: 'f32', buf: 3, at: affine(0) },
        { k: 'store', value: 1, type: 'f32', buf: 3, at: affine(8) },
        { k: 'load', id: 4, type: 'f32', buf: 3, at: affine(0) },
        {
          k: 'loop',
          index: 1,
          begin: affine(0),
          end: affine(2),
          step: 1,
          carry: [],
          body: [{ k: 'store', value: 1, type: 'f32', buf: 3, at: affine(0) }],
        },
        { k: 'store', value: 4, type: 'f32', buf: 3, at: affine(12) },
      ]),
      data(),
      plain,
    );
  });

  it('does not move a load with the operation that uses it over a store', () => {
    compare(
      of([
        { k: 'load', id: 1, type: 'f32', buf: 3, at: affine(0) },
        { k: 'op', id: 2, type: 'f32', op: 'neg', args: [1] },
        { k: 'const', id: 3, type: 'f32', value: 3 },
        { k: 'store', value: 3, type: 'f32', buf: 3, at: affine(0) },
        { k: 'store', value: 2, type: 'f32', buf: 3, at: affine(8) },
      ]),
      data(),
      plain,
    );
  });

  it('reaches before the buffer only where the condition forbids it', () => {
    // A padded window: elements item - 2 .. item + 2, those outside left out.
    const taps = [-2, -1, 0, 1, 2].map(
      (tap): Stmt => ({
        k: 'if',
        value: affine(tap, [0, 1]),
        rel: 'ge',
        then: [
          { k: 'load', id: 10 + tap, type: 'f32', buf: 0, at: affine(tap, [0, 1]), count: 1 },
          { k: 'store', value: 10 + tap, type: 'f32', buf: 3, at: affine(2 + tap, [0, 5]), count: 1 },
        ],
        otherwise: [],
      }),
    );
    compare(of(taps, 7), data(), plain);
  });

  it('runs a part of the items', () => {
    const kernel = of(
      [
        { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(0, [0, 4]) },
        { k: 'store', value: 1, type: 'f32', buf: 3, at: affine(0, [0, 4]) },
      ],
      10,
    );
    for (const [begin, end] of [
      [0, 0],
      [0, 10],
      [3, 7],
      [9, 10],
      [5, 5],
      [7, 2],
    ] as const) {
      const expected = data();
      interpretKernel(kernel, expected, begin, end);
      expect(difference(new Compiled(kernel, plain, data()).at(data(), 0, begin, end), expected)).toBeUndefined();
    }
  });
});

describe('loops', () => {
  const buffers: Kernel['buffers'] = [
    { name: 'a', mem: 'f32', access: 'r' },
    { name: 'b', mem: 'f32', access: 'rw' },
  ];
  const data = (): Data[] => [Float32Array.from({ length: 64 }, (_, i) => (i * 37) % 11), new Float32Array(64)];

  /** `b[item*4..] = sum over k of a[k*4..] * x^k`, by Horner: the carries depend on one another. */
  it.each([0, 1, 2, 5, 15])('carries values over %i iterations, exchanged in each', (count) => {
    const load = { k: 'load', id: 5, type: 'f32', buf: 0, at: affine(0, [1, 4]) } as const;
    const body: Stmt[] = [
      { k: 'const', id: 1, type: 'f32', value: 0 },
      { k: 'const', id: 2, type: 'f32', value: 1.5 },
      {
        k: 'loop',
        index: 1,
        begin: affine(0),
        end: affine(count),
        step: 1,
        carry: [
          { type: 'f32', init: 1, phi: 3, next: 4, out: 8 },
          { type: 'f32', init: 2, phi: 4, next: 3, out: 9 },
          { type: 'f32', init: 1, phi: 6, next: 7, out: 10 },
          { type: 'f32', init: 2, phi: 11, next: 11, out: 12 },
          { type: 'f32', init: 2, phi: 13, next: 2, out: 14 },
        ],
        body: [load, { k: 'op', id: 7, type: 'f32', op: 'add', args: [6, 5] }],
      },
      ...[8, 9, 10, 12, 14].map((value, i): Stmt => ({ k: 'store', value, type: 'f32', buf: 1, at: affine(4 * i) })),
    ];
    compare({ name: 'carry', lanes: 4, buffers, domain: 1, item: 0, body }, data(), plain);
  });

  it('keeps one local for an accumulator through nested loops', () => {
    const kernel = dot(4, 2, 8, 16, false);
    const a = Float32Array.from({ length: 4 * 8 }, (_, i) => i % 7);
    const b = Float32Array.from({ length: 8 * 16 }, (_, i) => i % 5);
    const sized = [a, b, new Float32Array(4 * 16)];
    compare(kernel, sized, plain);
    // 8 accumulators, 2 rows of b, one element of a and a product: 12 locals, so 3 KiB would be copies.
    expect(new Compiled(kernel, plain, sized).bytes).toBeLessThan(700);
  });
});

/** The micro-kernel of a product: `rows` x `4 * vectors` accumulators. */
function dot(rows: number, vectors: number, depth: number, columns: number, fma: boolean): Kernel {
  let id = 0;
  const inner: Stmt[] = [];
  const carry = [];
  const outs: Stmt[] = [];
  const bs = Array.from({ length: vectors }, (_, j) => {
    inner.push({ k: 'load', id: ++id, type: 'f32', buf: 1, at: affine(4 * j, [0, 4 * vectors], [1, columns]) });
    return id;
  });
  const zero = ++id;
  for (let i = 0; i < rows; i++) {
    const a = ++id;
    inner.push({ k: 'load', id: a, type: 'f32', buf: 0, at: affine(i * depth, [1, 1]), splat: true });
    for (const [j, b] of bs.entries()) {
      const [phi, product, next, out] = [++id, ++id, ++id, ++id];
      if (fma) inner.push({ k: 'op', id: next, type: 'f32', op: 'fma', args: [a, b, phi] });
      else {
        inner.push({ k: 'op', id: product, type: 'f32', op: 'mul', args: [a, b] });
        inner.push({ k: 'op', id: next, type: 'f32', op: 'add', args: [product, phi] });
      }
      carry.push({ type: 'f32', init: zero, phi, next, out } as const);
      outs.push({ k: 'store', value: out, type: 'f32', buf: 2, at: affine(i * columns + 4 * j, [0, 4 * vectors]) });
    }
  }
  const buffers = (['r', 'r', 'w'] as const).map((access, i) => ({ name: 'abc'[i]!, mem: 'f32' as const, access }));
  const start: Stmt = { k: 'const', id: zero, type: 'f32', value: 0 };
  const loop: Stmt = { k: 'loop', index: 1, begin: affine(0), end: affine(depth), step: 1, carry, body: inner };
  return { name: 'dot', lanes: 4, buffers, domain: columns / (4 * vectors), item: 0, body: [start, loop, ...outs] };
}

describe('errors', () => {
  const kernel = (body: Stmt[], more: Partial<Kernel> = {}): Kernel => ({
    name: 'wrong',
    lanes: 4,
    buffers: [{ name: 'a', mem: 'f32', access: 'rw' }],
    domain: 1,
    item: 0,
    body,
    ...more,
  });
  const build = (k: Kernel) => () => new Compiled(k, plain, [new Float32Array(4)]);

  it('refuses pairs of bfloat16', () => {
    const body: Stmt[] = [
      { k: 'const', id: 1, type: 'i32', value: 1 },
      { k: 'const', id: 2, type: 'f32', value: 1 },
      { k: 'op', id: 3, type: 'f32', op: 'dot2', args: [1, 1, 2] },
      { k: 'store', value: 3, type: 'f32', buf: 0, at: affine(0) },
    ];
    expect(build(kernel(body))).toThrow(/no code for operation dot2/);
  });

  it('refuses fma where there is none', () => {
    const body: Stmt[] = [
      { k: 'load', id: 1, type: 'f32', buf: 0, at: affine(0) },
      { k: 'op', id: 2, type: 'f32', op: 'fma', args: [1, 1, 1] },
      { k: 'store', value: 2, type: 'f32', buf: 0, at: affine(0) },
    ];
    expect(build(kernel(body))).toThrow(/"wrong": operation fma needs a fused multiply-add.*facts\.fma = false/);
  });

  it('refuses other vector widths and indices that do not fit', () => {
    expect(build(kernel([], { lanes: 16 }))).toThrow(/for 16 lanes, this target has 4/);
    expect(build(kernel([], { domain: 2 ** 31 }))).toThrow(/32 bits/);
    const long: Stmt = {
      k: 'loop',
      index: 1,
      begin: affine(0),
      end: affine(2 ** 31 - 1),
      step: 4,
      carry: [],
      body: [],
    };
    expect(build(kernel([long]))).toThrow(/the end of a loop ranges over/);
    const far: Stmt = { k: 'index', id: 1, op: 'div', a: affine(2 ** 32, [0, 1]), b: 3 };
    expect(build(kernel([far]))).toThrow(/operand of div ranges over 4294967296/);
  });

  it('refuses a load of another type', () => {
    const body: Stmt[] = [
      { k: 'load', id: 1, type: 'i32', buf: 0, at: affine(0) },
      { k: 'op', id: 2, type: 'f32', op: 'i2f', args: [1] },
      { k: 'store', value: 2, type: 'f32', buf: 0, at: affine(0) },
    ];
    expect(build(kernel(body))).toThrow(/a load of i32 from buffer "a" of f32/);
  });
});

describe.each(MODES)('random kernels, $name', (mode) => {
  // OLIFANT_FUZZ sets the number of kernels.
  it('do what the reference does', { timeout: 600_000 }, () => {
    const property = fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), (seed, size) => {
      const random = new RandomKernel(generator(seed), size, mode.relaxed);
      const kernel = random.kernel();
      compare(kernel, random.data(), mode, [Math.abs(seed % 6)]);
    });
    fc.assert(property, { numRuns: Number(process.env.OLIFANT_FUZZ ?? 250) });
  });
});
