import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { x64Cpu } from '../src/runtime/native/cpuid.ts';
import { measurePeak } from '../src/targets/peak.ts';

/** The project's folder: this file runs as `build/bench/machine.js`. */
export const ROOT = join(import.meta.dirname, '..', '..');

export type X64 = 'x64-avx512' | 'x64-avx2';

export interface Machine {
  readonly cpu: string;
  readonly features: readonly string[];
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
}

export interface Commit {
  readonly hash: string;
  /** Whether there were changes that are in no commit. */
  readonly changed: boolean;
}

export function describeMachine(): Machine {
  const x64 = readCpu();
  const caches =
    x64 && x64.caches.l1d > 0
      ? [`L1d ${kib(x64.caches.l1d)}`, `L2 ${kib(x64.caches.l2)}`, `L3 ${kib(x64.caches.l3)}`]
      : [];
  return {
    cpu: (x64?.model ?? os.cpus()[0]?.model ?? 'unknown').trim(),
    features: [...vectorTargets().map((name) => (name === 'x64-avx512' ? 'AVX-512' : 'AVX2 and FMA')), ...caches],
    cores: os.availableParallelism(),
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.platform()} ${os.arch()}, ${os.release()}`,
    node: process.versions.node,
  };
}

function kib(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1024} KiB`;
}

function readCpu(): ReturnType<typeof x64Cpu> | undefined {
  try {
    return process.arch === 'x64' ? x64Cpu() : undefined;
  } catch {
    return undefined;
  }
}

/** Targets in machine code that work here, the fastest first. */
export function vectorTargets(): X64[] {
  const cpu = readCpu();
  if (cpu === undefined) return [];
  const wide: X64[] = cpu.missingAvx512.length === 0 ? ['x64-avx512'] : [];
  return cpu.missingAvx2.length === 0 ? [...wide, 'x64-avx2'] : wide;
}

export function describeCommit(): Commit | null {
  const git = (...words: string[]): string => execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    return { hash: git('rev-parse', '--short=10', 'HEAD'), changed: git('status', '--porcelain', 'src') !== '' };
  } catch {
    return null;
  }
}

/** GFLOP/s of multiply-adds alone, by number of threads. */
export type Peak = Readonly<Record<number, number>>;

/** Measures once, in some 30 ms; the machine's neighbours make single measurements too low, never too high. */
export function peakNow(name: X64, threads: number): Peak {
  const { oneThread, allThreads } = measurePeak({ name, threads })!;
  return { 1: oneThread, [threads]: Math.max(oneThread, allThreads) };
}

/** GFLOP/s of the widest vectors; 0 without machine code. */
export function peakRate(threads: number): number {
  const [name] = vectorTargets();
  return name === undefined ? 0 : peakNow(name, threads)[threads]!;
}

export function higher(a: Peak, b: Peak): Peak {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].map(Number);
  return Object.fromEntries(keys.map((k) => [k, Math.max(a[k] ?? 0, b[k] ?? 0)]));
}

/** Time that other machines took from this one, and time that its processors worked, since the start; Linux only. */
export interface ProcessorTimes {
  readonly stolen: number;
  readonly all: number;
}

export function processorTimes(): ProcessorTimes | null {
  try {
    const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/);
    const numbers = ticks.slice(0, 8).map(Number);
    return { stolen: numbers[7] ?? 0, all: numbers.reduce((a, b) => a + b, 0) };
  } catch {
    return null;
  }
}

/** Seconds of processor time that a process has used, its threads included; Linux only. */
export function cpuSeconds(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100; // USER_HZ is 100 on Linux, whatever the kernel's own tick
  } catch {
    return null;
  }
}
