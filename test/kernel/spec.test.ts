import { describe, expect, it } from 'vitest';
import { affine, type Kernel, type Stmt } from '../../src/kernel/ir.ts';
import { printKernel } from '../../src/kernel/print.ts';
import { checkKernel } from '../../src/kernel/spec.ts';

function kernel(body: readonly Stmt[], changes: Partial<Kernel> = {}): Kernel {
  return {
    name: 'k',
    lanes: 4,
    buffers: [
      { name: 'x', mem: 'f32', access: 'r' },
      { name: 'y', mem: 'f32', access: 'w' },
      { name: 'n', mem: 'i32', access: 'rw' },
      { name: 'b', mem: 'u8', access: 'r' },
    ],
    domain: 3,
    item: 0,
    body,
    ...changes,
  };
}

const f = (id: number): Stmt => ({ k: 'const', id, type: 'f32', value: 0.5 });
const load = (id: number, more = {}): Stmt => ({ k: 'load', id, type: 'f32', buf: 0, at: affine(0), ...more });
const loop = (body: readonly Stmt[], more = {}): Stmt => ({
  k: 'loop',
  index: 9,
  begin: affine(0),
  end: affine(8),
  step: 4,
  carry: [],
  body,
  ...more,
});

/** A kernel with every kind of statement. */
const ALL: readonly Stmt[] = [
  f(0),
  { k: 'iota', id: 1 },
  { k: 'splatIndex', id: 2, at: affine(-1, [0, 2]) },
  { k: 'index', id: 1, op: 'div', a: affine(0, [0, 1]), b: 2 },
  { k: 'index', id: 2, op: 'max', a: affine(0, [1, 1]), b: affine(3) },
  { k: 'loadIndex', id: 3, buf: 2, at: affine(0, [2, 1]), lo: 0, hi: 7 },
  loop(
    [
      load(11, { at: affine(1, [3, 8], [9, 1]), count: 3, stride: 2 }),
      { k: 'op', id: 12, type: 'f32', op: 'fma', args: [10, 11, 0] },
    ],
    { carry: [{ type: 'f32', init: 0, phi: 10, next: 12, out: 13 }] },
  ),
  { k: 'gather', id: 14, type: 'i32', buf: 3, at: affine(0), indices: 1 },
  { k: 'op', id: 15, type: 'i32', op: 'ishlImm', args: [14], imm: 3 },
  { k: 'op', id: 16, type: 'f32', op: 'shuffle', args: [13, 13], pattern: [3, 2, 1, 0] },
  {
    k: 'if',
    value: affine(-2, [0, 1]),
    rel: 'lt',
    then: [{ k: 'store', value: 16, type: 'f32', buf: 1, at: affine(0, [0, 4]) }],
    otherwise: [{ k: 'store', value: 15, type: 'i32', buf: 2, at: affine(0), count: 1 }],
  },
];

describe('checkKernel', () => {
  it('accepts a kernel with every kind of statement', () => {
    checkKernel(kernel(ALL));
  });

  const wrong: [string, readonly Stmt[], RegExp, Partial<Kernel>?][] = [
    [
      'a value used before it is defined',
      [{ k: 'op', id: 1, type: 'f32', op: 'neg', args: [0] }, f(0)],
      /%0 to be f32, got nothing/,
    ],
    ['a value defined twice', [f(0), f(0)], /defined once, got %0 again/],
    [
      'a value used after its loop',
      [loop([f(0)]), { k: 'op', id: 1, type: 'f32', op: 'neg', args: [0] }],
      /%0 to be f32/,
    ],
    ['the same value in two loops', [loop([f(0)]), loop([f(0)], { index: 8 })], /%0 again/],
    ['an index used after its loop', [loop([]), load(0, { at: affine(0, [9, 1]) })], /i9 in scope/],
    ['an index that is not defined', [load(0, { at: affine(0, [5, 1]) })], /i5 in scope/],
    ['a loop bound by its own index', [loop([], { end: affine(0, [9, 1]) })], /i9 in scope/],
    [
      'terms out of order',
      [
        { k: 'index', id: 1, op: 'div', a: affine(0), b: 2 },
        load(0, {
          at: {
            c: 0,
            terms: [
              [1, 1],
              [0, 1],
            ],
          },
        }),
      ],
      /sorted/,
    ],
    ['a coefficient of 0', [load(0, { at: { c: 0, terms: [[0, 0]] } })], /other than 0/],
    [
      'operands of another type',
      [f(0), { k: 'op', id: 1, type: 'i32', op: 'iadd', args: [0, 0] }],
      /%0 to be i32, got f32/,
    ],
    [
      'a result of another type',
      [f(0), { k: 'op', id: 1, type: 'i32', op: 'neg', args: [0] }],
      /the type f32, got i32/,
    ],
    ['too few operands', [f(0), { k: 'op', id: 1, type: 'f32', op: 'add', args: [0] }], /2 operands, got 1/],
    [
      'a shift without its count',
      [
        { k: 'iota', id: 0 },
        { k: 'op', id: 1, type: 'i32', op: 'ishlImm', args: [0] },
      ],
      /shift count/,
    ],
    [
      'a shift by 32',
      [
        { k: 'iota', id: 0 },
        { k: 'op', id: 1, type: 'i32', op: 'ishlImm', args: [0], imm: 32 },
      ],
      /shift count/,
    ],
    [
      'a pattern out of range',
      [f(0), { k: 'op', id: 1, type: 'f32', op: 'shuffle', args: [0, 0], pattern: [0, 1, 2, 8] }],
      /pattern/,
    ],
    [
      'a pattern of too few lanes',
      [f(0), { k: 'op', id: 1, type: 'f32', op: 'shuffle', args: [0, 0], pattern: [0] }],
      /pattern/,
    ],
    ['more lanes than there are', [load(0, { count: 5 })], /1 to 4 lanes, got 5/],
    ['no lanes', [load(0, { count: 0 })], /1 to 4 lanes, got 0/],
    ['a splat of some lanes', [load(0, { splat: true, count: 2 })], /splat/],
    ['a buffer that does not exist', [load(0, { buf: 4 })], /a buffer below 4/],
    ['a load of what is only written', [load(0, { buf: 1 })], /y to be readable, got w/],
    [
      'a store to what is only read',
      [f(0), { k: 'store', value: 0, type: 'f32', buf: 0, at: affine(0) }],
      /x to be writable/,
    ],
    ['float32 from an int32 buffer', [load(0, { buf: 2 })], /n to hold f32, got i32/],
    ['a store of another type', [f(0), { k: 'store', value: 0, type: 'i32', buf: 2, at: affine(0) }], /%0 to be i32/],
    [
      'a carry of another type',
      [f(0), loop([], { carry: [{ type: 'i32', init: 0, phi: 1, next: 1, out: 2 }] })],
      /%0 to be i32/,
    ],
    [
      'a carry without its next value',
      [f(0), loop([], { carry: [{ type: 'f32', init: 0, phi: 1, next: 5, out: 2 }] })],
      /%5 to be f32/,
    ],
    ['a loop that stands still', [loop([], { step: 0 })], /positive step/],
    ['a division by 0', [{ k: 'index', id: 1, op: 'div', a: affine(0), b: 0 }], /positive divisor/],
    ['a clamp to nothing', [{ k: 'loadIndex', id: 1, buf: 2, at: affine(0), lo: 3, hi: 2 }], /a range, got 3 \.\. 2/],
    ['a mask that is 2', [{ k: 'const', id: 0, type: 'mask', value: 2 }], /0 or 1, got 2/],
    ['lanes that no target has', [], /lanes, got 3/, { lanes: 3 }],
    [
      'two buffers of one name',
      [],
      /distinct/,
      {
        buffers: [
          { name: 'x', mem: 'f32', access: 'r' },
          { name: 'x', mem: 'f32', access: 'w' },
        ],
      },
    ],
  ];
  for (const [what, body, message, changes] of wrong)
    it(`refuses ${what}`, () => {
      expect(() => checkKernel(kernel(body, changes))).toThrow(message);
      expect(() => checkKernel(kernel(body, changes))).toThrow(/^kernel k/);
    });
});

describe('printKernel', () => {
  it('is readable', () => {
    expect(`\n${printKernel(kernel(ALL))}\n`).toBe(`
kernel k(r x: f32, w y: f32, rw n: i32, r b: u8) lanes 4 {
  for i0 in 0 .. 3 {
    %0 = f32 0.5
    %1 = iota
    %2 = i32 2*i0 - 1
    i1 = (i0) div 2
    i2 = max(i1, 3)
    i3 = clamp n[i2] to 0 .. 7
    for i9 = 0 .. 8 step 4 {
      carry f32 %10 = %0 then %12, out %13
      %11 = load.f32 x[8*i3 + i9 + 1] count 3 stride 2
      %12 = fma %10 %11 %0
    }
    %14 = gather.i32 b[0] at %1
    %15 = ishlImm %14 3
    %16 = shuffle %13 %13 [3 2 1 0]
    if i0 - 2 < 0 {
      store.f32 y[4*i0] = %16
    } else {
      store.i32 n[0] count 1 = %15
    }
  }
}
`);
  });
});
