import { ModuleBuilder } from '../../src/asm/wasm/module.ts';
import { emitKernel } from '../../src/codegen/wasm/kernel.ts';
import type { WasmOptions } from '../../src/codegen/wasm/options.ts';
import { relaxedProbe } from '../../src/codegen/wasm/probes.ts';
import type { Kernel } from '../../src/kernel/ir.ts';
import { detectRelaxedSimd, wasmEngine } from '../../src/runtime/wasm/engine.ts';

export type Data = Float32Array | Int32Array | Uint16Array | Uint8Array;

const engine = wasmEngine()!;
const found = detectRelaxedSimd(engine, relaxedProbe());
const PAGE = 65_536;
const POISON = 0xa5;

/** The option sets that this machine can run. */
export const MODES: readonly { name: string; relaxed: boolean; truncGivesMin: boolean }[] = [
  { name: 'plain', relaxed: false, truncGivesMin: false },
  ...(found.fused ? [{ name: 'relaxed', relaxed: true, truncGivesMin: false }] : []),
  ...(found.truncGivesMin ? [{ name: 'relaxed with truncation', relaxed: true, truncGivesMin: true }] : []),
];

/** A kernel, compiled once, that can be run with its buffers anywhere. */
export class Compiled {
  readonly kernel: Kernel;
  readonly bytes: number;
  private readonly run: (args: number, begin: number, end: number) => void;
  private readonly memory: { buffer: ArrayBuffer | SharedArrayBuffer };
  private readonly size: number;

  constructor(kernel: Kernel, mode: Omit<WasmOptions, 'lowestAddress'>, data: readonly Data[]) {
    this.kernel = kernel;
    const pages = Math.ceil(data.reduce((sum, d) => sum + d.byteLength + 64, 0) / PAGE) + 3;
    this.size = pages * PAGE;
    this.memory = new engine.Memory({ initial: pages, maximum: pages, shared: false });
    const module = new ModuleBuilder().importMemory('env', 'memory', { initial: pages });
    // Buffers may lie at address 0.
    const index = emitKernel(module, kernel, { ...mode, lowestAddress: 0 });
    const bytes = module.exportFunction('run', index).toBytes();
    this.bytes = bytes.length;
    const { exports } = new engine.Instance(new engine.Module(bytes), { env: { memory: this.memory } });
    this.run = exports.run as typeof this.run;
  }

  /**
   * Runs items on copies of the data and gives the copies. Buffer `edge` lies at the start of the memory and, in a second
   * run, at its end, where one byte too far traps. Bytes around the buffers must stay as they were.
   */
  at(data: readonly Data[], edge: number, begin = 0, end = this.kernel.domain): Data[] {
    const results = ['start', 'end'].map((where) => this.place(data, edge, where === 'start', begin, end));
    for (const [i, d] of results[0]!.entries()) {
      if (Buffer.compare(bytesOf(d), bytesOf(results[1]![i]!)) !== 0) throw new Error(`buffer ${i} depends on places`);
    }
    return results[0]!;
  }

  private place(data: readonly Data[], edge: number, first: boolean, begin: number, end: number): Data[] {
    const memory = new Uint8Array(this.memory.buffer).fill(POISON);
    const args = PAGE;
    const edgeBytes = data[edge]?.byteLength ?? 0;
    let next = args + 4 * data.length + 60;
    const addresses = data.map((d, i) => {
      if (i === edge) return first ? 0 : this.size - edgeBytes;
      const address = next;
      next = Math.ceil((address + d.byteLength + 16) / 16) * 16;
      return address;
    });
    for (const [i, d] of data.entries()) memory.set(bytesOf(d), addresses[i]!);
    new Int32Array(this.memory.buffer, args, data.length).set(addresses);
    this.run(args, begin, end);
    const results = data.map((d, i) => {
      const copy = memory.slice(addresses[i]!, addresses[i]! + d.byteLength).buffer;
      return new (d.constructor as new (b: ArrayBuffer) => Data)(copy);
    });
    memory.fill(POISON, args, args + 4 * data.length);
    for (const [i, d] of data.entries()) memory.fill(POISON, addresses[i]!, addresses[i]! + d.byteLength);
    // All bytes are alike where each is the one after it.
    if (memory[0] !== POISON || Buffer.compare(memory.subarray(1), memory.subarray(0, -1)) !== 0)
      throw new Error(`byte ${memory.findIndex((b) => b !== POISON)} was written, which is in no buffer`);
    return results;
  }
}

const bytesOf = (d: Data): Uint8Array => new Uint8Array(d.buffer, d.byteOffset, d.byteLength);

/** The first difference, any NaN being equal to any other; undefined if there is none. */
export function difference(actual: readonly Data[], expected: readonly Data[]): string | undefined {
  for (const [b, want] of expected.entries()) {
    const got = actual[b]!;
    for (let i = 0; i < want.length; i++) {
      if (!Object.is(got[i], want[i])) return `buffer ${b}, element ${i}: ${got[i]} instead of ${want[i]}`;
    }
  }
  return undefined;
}

export const clone = (data: readonly Data[]): Data[] => data.map((d) => d.slice());
