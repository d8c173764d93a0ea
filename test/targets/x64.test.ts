import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { affine, type Kernel } from '../../src/kernel/ir.ts';
import { x64Cpu } from '../../src/runtime/native/cpuid.ts';
import type { Program } from '../../src/schedule/program.ts';
import type { Block } from '../../src/targets/target.ts';
import { type X64Name, X64Target } from '../../src/targets/x64.ts';

const cpu = process.arch === 'x64' ? x64Cpu() : undefined;
const names: X64Name[] = [];
if (cpu?.missingAvx2.length === 0) names.push('x64-avx2');
if (cpu?.missingAvx512.length === 0) names.push('x64-avx512');

/** `y = x * a + b`, a vector an item; `a` has one element. */
function scaleKernel(lanes: number, vectors: number, b: number): Kernel {
  return {
    name: 'scale',
    lanes,
    buffers: [
      { name: 'x', mem: 'f32', access: 'r' },
      { name: 'a', mem: 'f32', access: 'r' },
      { name: 'y', mem: 'f32', access: 'w' },
    ],
    domain: vectors,
    item: 0,
    body: [
      { k: 'load', id: 0, type: 'f32', buf: 0, at: affine(0, [0, lanes]) },
      { k: 'load', id: 1, type: 'f32', buf: 1, at: affine(0), splat: true },
      { k: 'const', id: 2, type: 'f32', value: b },
      { k: 'op', id: 3, type: 'f32', op: 'mul', args: [0, 1] },
      { k: 'op', id: 4, type: 'f32', op: 'add', args: [3, 2] },
      { k: 'store', value: 4, type: 'f32', buf: 2, at: affine(0, [0, lanes]) },
    ],
  };
}

const DEAR = 1e5;

/**
 * `out = ((x * 2 + 1) * 2 + 1) ...`, one vector after the other in a loop for the first step: x is external 0, out external 1, the
 * factor a constant, what lies between in the arena and, for the last step, in the memory of a thread.
 */
function chain(lanes: number, vectors: number): Program {
  const bytes = 4 * lanes * vectors;
  const padded = Math.ceil(bytes / 64) * 64;
  const step = 4 * lanes;
  const factor = new Uint8Array(Float32Array.of(2).buffer);
  return {
    kernels: [scaleKernel(lanes, 1, 1), scaleKernel(lanes, vectors, 1)],
    slots: [
      { kind: 'external', index: 0, bytes },
      { kind: 'external', index: 1, bytes },
      { kind: 'constant', data: factor, bytes: 4 },
      { kind: 'arena', offset: 0, bytes },
      { kind: 'arena', offset: padded, bytes },
      { kind: 'thread', bytes: padded },
    ],
    arenaBytes: 2 * padded,
    steps: [
      {
        kind: 'loop',
        count: vectors,
        body: [
          {
            kind: 'phase',
            calls: [
              {
                kernel: 0,
                args: [
                  { slot: 0, offset: 0, advance: step },
                  { slot: 2, offset: 0 },
                  { slot: 3, offset: 0, advance: step },
                ],
                cost: 10,
              },
            ],
          },
        ],
      },
      { kind: 'phase', calls: [{ kernel: 1, args: at(3, 2, 4), cost: DEAR }] },
      { kind: 'phase', calls: [{ kernel: 1, args: at(4, 2, 3), cost: DEAR }] },
      { kind: 'phase', calls: [{ kernel: 1, args: at(3, 2, 5), cost: 10 }] },
      { kind: 'phase', calls: [{ kernel: 1, args: at(5, 2, 1), cost: 10 }] },
    ],
  };
}

const at = (...slots: number[]) => slots.map((slot) => ({ slot, offset: 0 }));

function floats(block: Block): Float32Array {
  const view = block.bytesView();
  return new Float32Array(view.buffer, view.byteOffset, view.length / 4);
}

describe.each(names)('%s', (name) => {
  it.each([1, 2, 4])('runs a program on %i threads', (threads) => {
    const target = new X64Target(name, { threads });
    const { lanes } = target.facts;
    for (const vectors of [1, 2, 3, 33]) {
      const [x, out] = [target.alloc(4 * lanes * vectors), target.alloc(4 * lanes * vectors)];
      const executable = target.load(chain(lanes, vectors), [x, out]);
      for (let run = 0; run < 3; run++) {
        floats(x).forEach((_, i, all) => {
          all[i] = i + run;
        });
        executable.run();
        expect(Array.from(floats(out))).toEqual(Array.from(floats(x), (v) => v * 32 + 31));
      }
      executable.dispose();
      expect(() => executable.run()).toThrow('disposed');
      for (const block of [x, out]) block.free();
    }
    target.dispose();
  });

  it('runs with guard pages around every block', () => {
    const target = new X64Target(name, { threads: 2, guard: true });
    const { lanes } = target.facts;
    const [x, out] = [target.alloc(4 * lanes * 5), target.alloc(4 * lanes * 5)];
    floats(x).fill(1);
    target.load(chain(lanes, 5), [x, out]).run();
    expect(Array.from(floats(out))).toEqual(Array(lanes * 5).fill(63));
    target.dispose();
  });

  it.runIf(process.platform === 'linux')('does not grow while programs come and go', () => {
    const target = new X64Target(name, { threads: 2 });
    const { lanes } = target.facts;
    const [x, out] = [target.alloc(4 * lanes * 9), target.alloc(4 * lanes * 9)];
    const cycle = (n: number): void => {
      for (let i = 0; i < n; i++) {
        const executable = target.load(chain(lanes, 9), [x, out]);
        executable.run();
        executable.dispose();
      }
    };
    const mappings = (): number => readFileSync('/proc/self/maps', 'utf8').split('\n').length;
    cycle(20);
    const before = mappings();
    cycle(500);
    // V8 maps memory for itself too; one mapping lost a cycle would be 500
    expect(mappings()).toBeLessThan(before + 250);
    target.dispose();
  });

  it('refuses blocks of another target, and programs after dispose', () => {
    const [target, other] = [new X64Target(name, { threads: 1 }), new X64Target(name, { threads: 1 })];
    const { lanes } = target.facts;
    const program = chain(lanes, 1);
    const blocks = [target.alloc(4 * lanes), other.alloc(4 * lanes)];
    expect(() => target.load(program, blocks)).toThrow('external slot 1 is a block of another target');
    target.dispose();
    target.dispose();
    other.dispose();
    expect(() => target.load(program, blocks)).toThrow('disposed');
  });

  it('leaves errors, not crashes, behind after dispose', () => {
    const target = new X64Target(name, { threads: 2 });
    const bytes = 4 * target.facts.lanes * 3;
    const blocks = [target.alloc(bytes), target.alloc(bytes), target.alloc(5_000_000)];
    const executable = target.load(chain(target.facts.lanes, 3), blocks);
    executable.run();
    target.dispose();
    expect(() => executable.run()).toThrow('disposed');
    executable.dispose();
    for (const block of blocks) {
      expect(() => block.bytesView()).toThrow('freed');
      block.free();
    }
  });
});

it.runIf(cpu !== undefined && names.length < 2)('names what the processor lacks', () => {
  expect(() => new X64Target('x64-avx512')).toThrow('the processor lacks');
});
