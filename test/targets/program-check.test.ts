import { expect, it } from 'vitest';
import type { Arg, Program, Slot, Step } from '../../src/schedule/program.ts';
import { checkProgram, ProgramError } from '../../src/targets/program-check.ts';
import type { Block } from '../../src/targets/target.ts';

const arena: Slot = { kind: 'arena', offset: 64, bytes: 64 };
const external: Slot = { kind: 'external', index: 0, bytes: 100 };
const block = (bytes: number): Block => ({ bytes, bytesView: () => new Uint8Array(bytes), free: () => {} });

function program(slots: readonly Slot[], args: readonly Arg[], loop?: number): Program {
  const phase: Step = { kind: 'phase', calls: [{ kernel: 0, args, cost: 1 }] };
  const kernel = {
    name: 'k',
    lanes: 16,
    buffers: [{ name: 'x', mem: 'f32', access: 'rw' }] as const,
    domain: 1,
    item: 0,
    body: [],
  };
  return {
    kernels: [kernel],
    slots,
    arenaBytes: 128,
    steps: loop === undefined ? [phase] : [{ kind: 'loop', count: loop, body: [phase] }],
  };
}

const arg = (offset = 0, advance?: number): Arg[] => [{ slot: 0, offset, advance }];

it('takes what fits', () => {
  checkProgram(program([external], arg()), [block(100)]);
  checkProgram(program([arena], arg(0, 16), 4), []);
  checkProgram(program([arena], arg(48, -16), 4), []);
  checkProgram(program([{ kind: 'constant', data: new Uint8Array(3), bytes: 64 }], arg()), []);
});

const faults: [string, Program, Block[], string][] = [
  [
    'an arena too small',
    program([{ ...arena, bytes: 65 }], arg()),
    [],
    'slot 0 (arena) ends at byte 129, the arena at 128',
  ],
  ['a missing block', program([external], arg()), [], 'slot 0 (external) is external block 0, but there are 0'],
  ['a block too small', program([external], arg()), [block(99)], 'needs 100 bytes, external block 0 has 99'],
  [
    'a constant too long',
    program([{ kind: 'constant', data: new Uint8Array(65), bytes: 64 }], arg()),
    [],
    '65 bytes of data',
  ],
  ['no arguments', program([arena], []), [], "kernel 'k' takes 1 buffers, a call gives it 0"],
  ['no such slot', program([], arg()), [], "argument 0 of kernel 'k' names slot 0 of 0"],
  ['an offset behind the slot', program([arena], arg(65)), [], 'starts at byte 65 of a slot of 64 bytes'],
  ['an advance out of the slot', program([arena], arg(0, 16), 6), [], 'starts at byte 80 of a slot of 64 bytes'],
  ['an advance below the slot', program([arena], arg(32, -16), 4), [], 'starts at byte -16 of a slot of 64 bytes'],
  ['an advance in no loop', program([arena], arg(0, 16)), [], 'advances, but in no loop'],
  ['no such kernel', { ...program([arena], arg()), kernels: [] }, [], 'a call names kernel 0, but there are 0'],
];

it.each(faults)('refuses %s', (_, faulty, blocks, message) => {
  expect(() => checkProgram(faulty, blocks)).toThrow(ProgramError);
  expect(() => checkProgram(faulty, blocks)).toThrow(message);
});
