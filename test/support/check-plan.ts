import type { Arg, Call, Program, Step } from '../../src/schedule/program.ts';

interface Use {
  readonly slot: number;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly kernel: string;
}

/**
 * Checks what a program promises: arena slots whose lives meet do not share bytes, no call writes what another call of its
 * phase reads (parts of a result may be written by several), constants are never written, slots are aligned.
 */
export function checkPlan(program: Program): void {
  const lives = new Map<number, { from: number; to: number }>();
  let phase = 0;
  const visit = (steps: readonly Step[], fixed: boolean): void => {
    for (const step of steps) {
      if (step.kind === 'loop') visit(step.body, true);
      else {
        checkPhase(program, step.calls);
        for (const { slot } of step.calls.flatMap((c) => c.args)) {
          const life = lives.get(slot) ?? { from: phase, to: phase };
          life.to = phase;
          lives.set(slot, life);
        }
      }
      // A slot that one iteration of a loop fills may be read in the next: the whole loop is one phase.
      if (!fixed) phase++;
    }
  };
  visit(program.steps, false);
  checkArena(program, lives);
}

function checkArena(program: Program, lives: ReadonlyMap<number, { from: number; to: number }>): void {
  const used = program.slots.flatMap((slot, i) => {
    const life = lives.get(i);
    return slot.kind === 'arena' && slot.bytes > 0 && life ? [{ ...slot, ...life, i }] : [];
  });
  for (const a of used) {
    if (a.offset % 64 !== 0) throw new Error(`arena slot ${a.i} lies at ${a.offset}`);
    for (const b of used) {
      if (a.i >= b.i) continue;
      const meet = a.from <= b.to && b.from <= a.to;
      if (meet && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes)
        throw new Error(`arena slots ${a.i} and ${b.i} share bytes in phase ${Math.max(a.from, b.from)}`);
    }
  }
}

function checkPhase(program: Program, calls: readonly Call[]): void {
  const uses = calls.map((call) => usesOf(program, call));
  uses.forEach((own, i) => {
    for (const { slot, writes, kernel } of own) {
      const kind = program.slots[slot]!.kind;
      if (writes && kind === 'constant') throw new Error(`kernel ${kernel} writes to a constant`);
      if (!writes || kind === 'thread') continue;
      const others = uses.flatMap((theirs, k) => (k === i ? [] : theirs));
      const other = others.find((u) => u.slot === slot && u.reads);
      if (other) throw new Error(`kernel ${kernel} writes to slot ${slot}, which ${other.kernel} of its phase reads`);
    }
  });
}

function usesOf(program: Program, call: Call): Use[] {
  const kernel = program.kernels[call.kernel]!;
  return call.args.map((arg: Arg, i) => ({
    slot: arg.slot,
    reads: kernel.buffers[i]!.access !== 'w',
    writes: kernel.buffers[i]!.access !== 'r',
    kernel: kernel.name,
  }));
}
