import type { Arg, Call, Program, Step } from '../schedule/program.ts';
import type { Block } from './target.ts';

/** A program that does not fit together: a fault of the compiler, found before any of it runs. */
export class ProgramError extends Error {
  readonly code = 'PROGRAM';
}

/**
 * Checks that a program names only kernels, slots and blocks that exist and are large enough to hold what is said.
 *
 * @throws ProgramError
 */
export function checkProgram(program: Program, externals: readonly Block[]): void {
  program.slots.forEach((slot, i) => {
    const where = `slot ${i} (${slot.kind})`;
    if (slot.kind === 'arena' && slot.offset + slot.bytes > program.arenaBytes) {
      throw new ProgramError(`${where} ends at byte ${slot.offset + slot.bytes}, the arena at ${program.arenaBytes}`);
    }
    if (slot.kind === 'constant' && slot.data.length > slot.bytes) {
      throw new ProgramError(`${where} has ${slot.data.length} bytes of data, expected at most ${slot.bytes}`);
    }
    if (slot.kind !== 'external') return;
    const block = externals[slot.index];
    if (block === undefined) {
      throw new ProgramError(`${where} is external block ${slot.index}, but there are ${externals.length}`);
    }
    if (block.bytes < slot.bytes) {
      throw new ProgramError(`${where} needs ${slot.bytes} bytes, external block ${slot.index} has ${block.bytes}`);
    }
  });
  checkSteps(program, program.steps, undefined);
}

function checkSteps(program: Program, steps: readonly Step[], loop: number | undefined): void {
  for (const step of steps) {
    if (step.kind === 'loop') checkSteps(program, step.body, step.count);
    else for (const call of step.calls) checkCall(program, call, loop);
  }
}

function checkCall(program: Program, call: Call, loop: number | undefined): void {
  const kernel = program.kernels[call.kernel];
  if (kernel === undefined) {
    throw new ProgramError(`a call names kernel ${call.kernel}, but there are ${program.kernels.length}`);
  }
  if (call.args.length !== kernel.buffers.length) {
    throw new ProgramError(
      `kernel '${kernel.name}' takes ${kernel.buffers.length} buffers, a call gives it ${call.args.length}`,
    );
  }
  call.args.forEach((arg, i) => {
    checkArg(program, arg, loop, `argument ${i} of kernel '${kernel.name}'`);
  });
}

function checkArg(program: Program, arg: Arg, loop: number | undefined, where: string): void {
  const slot = program.slots[arg.slot];
  if (slot === undefined) throw new ProgramError(`${where} names slot ${arg.slot} of ${program.slots.length}`);
  const advance = arg.advance ?? 0;
  if (advance !== 0 && loop === undefined) throw new ProgramError(`${where} advances, but in no loop`);
  const last = arg.offset + advance * Math.max(0, (loop ?? 1) - 1);
  for (const offset of [arg.offset, last]) {
    if (!Number.isInteger(offset) || offset < 0 || offset > slot.bytes) {
      throw new ProgramError(`${where} starts at byte ${offset} of a slot of ${slot.bytes} bytes`);
    }
  }
}
