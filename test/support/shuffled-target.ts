import type { MemType } from '../../src/kernel/ir.ts';
import { checkKernel } from '../../src/kernel/spec.ts';
import { compileKernel, type KernelArray, type KernelFunction } from '../../src/runtime/reference/kernel.ts';
import type { Call, Program, Slot, Step } from '../../src/schedule/program.ts';
import type { TargetFacts } from '../../src/targets/facts.ts';
import { checkProgram } from '../../src/targets/program-check.ts';
import type { Block, Executable, Target } from '../../src/targets/target.ts';
import { checkPlan } from './check-plan.ts';
import type { Rng } from './rng.ts';

export interface ShuffleOptions {
  /** Every arena slot gets memory of its own. */
  readonly apart?: boolean;
}

/**
 * A reference target that takes every liberty that a target may take: the calls of a phase and the items of a call run in
 * random order, and temporary memory holds garbage before each run.
 */
export class ShuffledTarget implements Target {
  readonly name = 'reference';
  readonly threads = 1;
  readonly facts: TargetFacts;
  readonly #r: Rng;
  readonly #apart: boolean;

  constructor(r: Rng, facts: TargetFacts, { apart = false }: ShuffleOptions = {}) {
    this.#r = r;
    this.facts = facts;
    this.#apart = apart;
  }

  alloc(bytes: number): Block {
    const memory = new Uint8Array(bytes);
    return { bytes, bytesView: () => memory, free: () => {} };
  }

  load(program: Program, externals: readonly Block[]): Executable {
    checkProgram(program, externals);
    checkPlan(program);
    program.kernels.forEach(checkKernel);
    const arena = new Uint8Array(program.arenaBytes);
    const slots = program.slots.map((slot) => this.#memory(slot, arena, externals));
    const kernels = program.kernels.map(compileKernel);
    const fill = () => {
      this.#garbage(arena);
      program.slots.forEach((slot, i) => {
        if (slot.kind === 'arena' || slot.kind === 'thread') this.#garbage(slots[i]!);
      });
    };
    return {
      run: () => {
        fill();
        this.#steps(program, kernels, slots, program.steps, 0);
      },
      dispose: () => {},
    };
  }

  dispose(): void {}

  #memory(slot: Slot, arena: Uint8Array, externals: readonly Block[]): Uint8Array {
    if (slot.kind === 'external') return externals[slot.index]!.bytesView().subarray(0, slot.bytes);
    if (slot.kind === 'arena' && !this.#apart) return arena.subarray(slot.offset, slot.offset + slot.bytes);
    const own = new Uint8Array(slot.bytes);
    if (slot.kind === 'constant') own.set(slot.data);
    return own;
  }

  /** Bytes that are NaN or huge numbers as float32. */
  #garbage(memory: Uint8Array): void {
    memory.fill(this.#r.pick([0xff, 0x7f, 0xa5]));
  }

  #steps(
    program: Program,
    kernels: readonly KernelFunction[],
    slots: readonly Uint8Array[],
    steps: readonly Step[],
    iteration: number,
  ): void {
    for (const step of steps) {
      if (step.kind === 'phase') this.#phase(program, kernels, slots, step.calls, iteration);
      else for (let i = 0; i < step.count; i++) this.#steps(program, kernels, slots, step.body, i);
    }
  }

  /** Pieces of all calls of a phase, in random order. */
  #phase(
    program: Program,
    kernels: readonly KernelFunction[],
    slots: readonly Uint8Array[],
    calls: readonly Call[],
    iteration: number,
  ): void {
    const pieces = calls.flatMap((call) => {
      const { domain, buffers } = program.kernels[call.kernel]!;
      const views = call.args.map((arg, i) => {
        const bytes = slots[arg.slot]!.subarray(arg.offset + (arg.advance ?? 0) * iteration);
        return typed(bytes, buffers[i]!.mem);
      });
      const size = Math.max(1, Math.ceil(domain / 8));
      return Array.from({ length: Math.ceil(domain / size) }, (_, k) => () => {
        kernels[call.kernel]!(views, k * size, Math.min(domain, (k + 1) * size));
      });
    });
    for (const i of this.#r.permutation(pieces.length)) pieces[i]!();
  }
}

function typed(bytes: Uint8Array, mem: MemType): KernelArray {
  if (mem === 'u8') return bytes;
  if (mem === 'u16') return new Uint16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2));
  const size = Math.floor(bytes.length / 4);
  const { buffer, byteOffset } = bytes;
  return mem === 'f32' ? new Float32Array(buffer, byteOffset, size) : new Int32Array(buffer, byteOffset, size);
}
