import { describe, expect, it } from 'vitest';
import { affine, type Kernel } from '../../src/kernel/ir.ts';
import type { Program } from '../../src/schedule/program.ts';
import { ReferenceTarget } from '../../src/targets/reference.ts';
import type { Block } from '../../src/targets/target.ts';

/** y[i] = x[i] + c */
const addScalar: Kernel = {
  name: 'add',
  lanes: 4,
  buffers: [
    { name: 'x', mem: 'f32', access: 'r' },
    { name: 'c', mem: 'f32', access: 'r' },
    { name: 'y', mem: 'f32', access: 'w' },
  ],
  domain: 2,
  item: 0,
  body: [
    { k: 'load', id: 0, type: 'f32', buf: 0, at: affine(0, [0, 4]) },
    { k: 'load', id: 1, type: 'f32', buf: 1, at: affine(0), splat: true },
    { k: 'op', id: 2, type: 'f32', op: 'add', args: [0, 1] },
    { k: 'store', value: 2, type: 'f32', buf: 2, at: affine(0, [0, 4]) },
  ],
};

const floats = (block: Block) => {
  const { buffer, byteOffset, length } = block.bytesView();
  return new Float32Array(buffer, byteOffset, length / 4);
};

function program(changes: Partial<Program> = {}): Program {
  return {
    kernels: [addScalar],
    slots: [
      { kind: 'external', index: 0, bytes: 32 },
      { kind: 'constant', data: new Uint8Array(Float32Array.of(10, 20, 30).buffer), bytes: 64 },
      { kind: 'arena', offset: 64, bytes: 32 },
      { kind: 'external', index: 1, bytes: 96 },
    ],
    arenaBytes: 128,
    steps: [
      {
        kind: 'phase',
        calls: [
          {
            kernel: 0,
            cost: 1,
            args: [
              { slot: 0, offset: 0 },
              { slot: 1, offset: 0 },
              { slot: 2, offset: 0 },
            ],
          },
        ],
      },
      {
        kind: 'loop',
        count: 3,
        body: [
          {
            kind: 'phase',
            calls: [
              {
                kernel: 0,
                cost: 1,
                args: [
                  { slot: 2, offset: 0 },
                  { slot: 1, offset: 8, advance: -4 },
                  { slot: 3, offset: 0, advance: 32 },
                ],
              },
            ],
          },
        ],
      },
    ],
    ...changes,
  };
}

describe('ReferenceTarget', () => {
  const target = new ReferenceTarget();

  it('runs phases and loops over slots of each kind', () => {
    const [x, y] = [target.alloc(32), target.alloc(96)];
    floats(x).set([1, 2, 3, 4, 5, 6, 7, 8]);
    const executable = target.load(program(), [x, y]);
    for (const _ of [1, 2]) executable.run();
    const rows = [30, 20, 10].flatMap((c) => [1, 2, 3, 4, 5, 6, 7, 8].map((v) => v + 10 + c));
    expect([...floats(y)]).toEqual(rows);
  });

  it('finds a kernel that leaves its slot', () => {
    const small = program({ arenaBytes: 84 });
    const slots = small.slots.map((s) => (s.kind === 'arena' ? { ...s, bytes: 20 } : s));
    const executable = target.load({ ...small, slots }, [target.alloc(32), target.alloc(96)]);
    expect(() => executable.run()).toThrow(
      /kernel add: store\.f32 y\[4\*i0\] = %2: element 7 is outside of y, which has 5/,
    );
  });

  it('refuses kernels and programs that are not well formed', () => {
    const wrong = { ...addScalar, body: addScalar.body.slice(1) };
    expect(() => target.load(program({ kernels: [wrong] }), [target.alloc(32), target.alloc(96)])).toThrow(/%0/);
    expect(() => target.load(program(), [target.alloc(32)])).toThrow(/external block 1/);
    expect(() => target.load(program(), [target.alloc(32), target.alloc(64)])).toThrow(/96 bytes/);
  });

  it('says when there is no memory', () => {
    expect(() => target.alloc(2 ** 52)).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
  });
});
