import { OlifantError } from '../errors.ts';
import type { BufferParam } from '../kernel/ir.ts';
import { checkKernel } from '../kernel/spec.ts';
import { compileKernel, type KernelArray, type KernelFunction } from '../runtime/reference/kernel.ts';
import type { Arg, Call, Program, Slot, Step } from '../schedule/program.ts';
import { checkProgram } from './program-check.ts';
import type { Block, Executable, Target, TargetFacts } from './target.ts';

/** Interprets kernels in plain JavaScript, on one thread: the oracle of the other targets, and the last resort. */
export class ReferenceTarget implements Target {
  readonly name = 'reference';
  readonly threads = 1;
  readonly facts: TargetFacts;

  /** `OLIFANT_STRICT=1` in the environment turns fused multiply-adds off. */
  constructor() {
    const strict = typeof process !== 'undefined' && process.env?.OLIFANT_STRICT === '1';
    this.facts = { lanes: 16, registers: 32, fma: !strict };
  }

  alloc(bytes: number): Block {
    const memory = allocate(bytes);
    return { bytes, bytesView: () => memory, free: () => {} };
  }

  /** @throws KernelError, ProgramError where the program is not well formed */
  load(program: Program, externals: readonly Block[]): Executable {
    checkProgram(program, externals);
    for (const kernel of program.kernels) checkKernel(kernel);
    return new Interpreter(program, externals);
  }

  dispose(): void {}
}

function allocate(bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new OlifantError('OUT_OF_MEMORY', `${bytes} bytes of memory are not to be had`, { cause });
  }
}

class Interpreter implements Executable {
  readonly #program: Program;
  readonly #kernels: readonly KernelFunction[];
  /** The memory of each slot. */
  readonly #slots: readonly (() => Uint8Array)[];

  constructor(program: Program, externals: readonly Block[]) {
    this.#program = program;
    this.#kernels = program.kernels.map(compileKernel);
    const arena = allocate(program.arenaBytes);
    this.#slots = program.slots.map((slot) => slotMemory(slot, arena, externals));
  }

  run(): void {
    this.#steps(this.#program.steps, 0);
  }

  dispose(): void {}

  #steps(steps: readonly Step[], iteration: number): void {
    for (const step of steps)
      if (step.kind === 'phase') for (const call of step.calls) this.#call(call, iteration);
      else for (let i = 0; i < step.count; i++) this.#steps(step.body, i);
  }

  #call(call: Call, iteration: number): void {
    const kernel = this.#program.kernels[call.kernel]!;
    const buffers = call.args.map((arg, i) => this.#view(kernel.buffers[i]!, arg, iteration));
    this.#kernels[call.kernel]!(buffers, 0, kernel.domain);
  }

  /** From the argument's offset to the end of its slot. */
  #view({ mem }: BufferParam, { slot, offset, advance = 0 }: Arg, iteration: number): KernelArray {
    const bytes = this.#slots[slot]!().subarray(offset + advance * iteration);
    const at = bytes.byteOffset;
    if (mem === 'u8') return bytes;
    if (mem === 'u16') return new Uint16Array(bytes.buffer, at, Math.floor(bytes.length / 2));
    const size = Math.floor(bytes.length / 4);
    return mem === 'f32' ? new Float32Array(bytes.buffer, at, size) : new Int32Array(bytes.buffer, at, size);
  }
}

function slotMemory(slot: Slot, arena: Uint8Array, externals: readonly Block[]): () => Uint8Array {
  if (slot.kind === 'external') {
    const block = externals[slot.index]!;
    return () => block.bytesView().subarray(0, slot.bytes);
  }
  if (slot.kind === 'arena') {
    const part = arena.subarray(slot.offset, slot.offset + slot.bytes);
    return () => part;
  }
  const own = allocate(slot.bytes);
  if (slot.kind === 'constant') own.set(slot.data);
  return () => own;
}
