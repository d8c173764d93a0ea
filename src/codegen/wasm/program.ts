import type { FunctionBuilder } from '../../asm/wasm/function.ts';
import { type MemoryLimits, ModuleBuilder } from '../../asm/wasm/module.ts';
import type { Kernel } from '../../kernel/ir.ts';
import { type Parts, toEnd } from '../../runtime/turns.ts';
import type { Arg, Program } from '../../schedule/program.ts';
import { emitBarrier } from './barrier.ts';
import { emitKernel } from './kernel.ts';
import type { WasmOptions } from './options.ts';
import { type Split, type SplitStep, split } from './split.ts';

/** Names under which a program's module takes its memory and gives its function. */
export const IMPORT = { module: 'env', memory: 'memory' } as const;
export const EXPORT = { run: 'run' } as const;

/** A word of a context that holds the address of an argument. */
export interface ArgWord {
  readonly offset: number;
  readonly arg: Arg;
}

/**
 * A program as a module. It exports `run(context, parties, spins)`. A context is a table in memory, one for each thread:
 * first the begin and end of its share of each call, then the tables of the calls' arguments.
 */
export interface ProgramCode {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contextBytes: number;
  readonly args: readonly ArgWord[];
  /** Two words a call, from the start of the context. */
  readonly split: Split;
}

/** Generates the module of a program for up to `threads` threads. */
export function emitProgram(
  program: Program,
  threads: number,
  limits: MemoryLimits,
  options: WasmOptions,
): ProgramCode {
  return toEnd(emitParts(program, threads, limits, options));
}

/** `emitProgram` in parts: kernel by kernel. */
export function* emitParts(
  program: Program,
  threads: number,
  limits: MemoryLimits,
  options: WasmOptions,
): Parts<ProgramCode> {
  const plan = split(program, threads);
  const module = new ModuleBuilder().importMemory(IMPORT.module, IMPORT.memory, limits);
  const kernels = yield* emitKernels(module, program.kernels, options);
  const barrier = plan.parallel ? emitBarrier(module) : -1;
  const { index, builder } = module.function('run', ['i32', 'i32', 'i32'], []);
  const emitter = new RunEmitter(builder, plan, kernels, barrier);
  emitter.steps(plan.steps);
  builder.end();
  module.exportFunction(EXPORT.run, index);
  return { bytes: module.toBytes(), contextBytes: emitter.contextBytes, args: emitter.args, split: plan };
}

/** Indices of the kernels' functions; kernels that differ in name only share one. */
function* emitKernels(module: ModuleBuilder, kernels: readonly Kernel[], options: WasmOptions): Parts<number[]> {
  const byContent = new Map<string, number>();
  const indices: number[] = [];
  for (const kernel of kernels) {
    const content = JSON.stringify({ ...kernel, name: '' }, (_, v) =>
      typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0))
        ? { special: Object.is(v, -0) ? '-0' : `${v}` }
        : v,
    );
    const index = byContent.get(content) ?? emitKernel(module, kernel, options);
    byContent.set(content, index);
    indices.push(index);
    yield;
  }
  return indices;
}

const PARAM = { context: 0, parties: 1, spins: 2 } as const;

class RunEmitter {
  private readonly f: FunctionBuilder;
  private readonly kernels: readonly number[];
  private readonly barrier: number;
  readonly args: ArgWord[] = [];
  contextBytes: number;

  constructor(f: FunctionBuilder, plan: Split, kernels: readonly number[], barrier: number) {
    this.f = f;
    this.kernels = kernels;
    this.barrier = barrier;
    this.contextBytes = 8 * plan.shares.length;
  }

  steps(steps: readonly SplitStep[]): ArgWord[] {
    return steps.flatMap((s) => {
      if (s.kind === 'call') return this.call(s);
      if (s.kind === 'loop') this.loop(s);
      else this.f.get(PARAM.parties).get(PARAM.spins).call(this.barrier);
      return [];
    });
  }

  /** Gives the words of its arguments. */
  private call({ call, index }: Extract<SplitStep, { kind: 'call' }>): ArgWord[] {
    const { f } = this;
    const table = this.contextBytes;
    const words = call.args.map((arg, i) => ({ offset: table + 4 * i, arg }));
    this.contextBytes += 4 * words.length;
    this.args.push(...words);
    const share = (word: number) => f.get(PARAM.context).emit('i32.load', 8 * index + 4 * word);
    share(0);
    share(1).emit('i32.lt_s').if();
    f.get(PARAM.context).emit('i32.const', table).emit('i32.add');
    share(0);
    share(1).call(this.kernels[call.kernel]!).end();
    return words;
  }

  private loop({ count, body }: Extract<SplitStep, { kind: 'loop' }>): void {
    if (count <= 0) {
      throw new Error(`a loop step of ${count} iterations`);
    }
    const { f } = this;
    const left = f.local('i32');
    f.emit('i32.const', count).set(left).loop();
    const advancing = this.steps(body).filter((w) => (w.arg.advance ?? 0) !== 0);
    for (const w of advancing) this.advance(w, 1);
    f.get(left).emit('i32.const', 1).emit('i32.sub').set(left).get(left).brIf(0).end();
    for (const w of advancing) this.advance(w, -count);
  }

  private advance({ offset, arg }: ArgWord, times: number): void {
    const by = Number(BigInt.asIntN(32, BigInt(arg.advance!) * BigInt(times)));
    this.f.get(PARAM.context).get(PARAM.context).emit('i32.load', offset);
    this.f.emit('i32.const', by).emit('i32.add').emit('i32.store', offset);
  }
}
