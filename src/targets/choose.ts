import { x64Cpu } from '../runtime/native/cpuid.ts';
import { threadCount } from '../runtime/native/threads.ts';
import { ReferenceTarget } from './reference.ts';
import type { Target, TargetName } from './target.ts';
import { WasmTarget } from './wasm.ts';
import { X64Target } from './x64.ts';

/** Which target this process uses, and why; `olifant info` prints it. */
export interface TargetChoice {
  readonly target: Target;
  /** One sentence. */
  readonly why: string;
  /** The processor as it calls itself; undefined where it cannot be asked. */
  readonly cpu: string | undefined;
  /** Features of the processor that matter here. */
  readonly features: readonly string[];
  /** The targets that are faster or were asked for, and the reason why each was not taken. */
  readonly notTaken: readonly { readonly name: TargetName; readonly reason: string }[];
}

/** From the fastest to the slowest. */
const MAKERS: readonly { readonly name: TargetName; make(): Target }[] = [
  { name: 'x64-avx512', make: () => makeX64('x64-avx512') },
  { name: 'x64-avx2', make: () => makeX64('x64-avx2') },
  { name: 'wasm', make: () => new WasmTarget({ threads: wantedThreads() }) },
  { name: 'reference', make: () => new ReferenceTarget() },
];

/** `OLIFANT_TARGET` names no target, or one that this machine cannot be. */
export class TargetError extends Error {
  readonly code = 'TARGET';
}

let choice: TargetChoice | undefined;

/**
 * The target of this process, made on the first call: the one that `OLIFANT_TARGET` names, else the fastest one that works here.
 *
 * @throws TargetError where `OLIFANT_TARGET` names no target, or one that does not work here
 */
export function chooseTarget(): Target {
  return explainTarget().target;
}

/**
 * What `chooseTarget` takes, and why.
 *
 * @throws TargetError as `chooseTarget` does
 */
export function explainTarget(): TargetChoice {
  choice ??= choose(typeof process === 'undefined' ? undefined : process.env?.OLIFANT_TARGET);
  return choice;
}

/**
 * Makes the target that is wanted, or the best one.
 *
 * @param wanted the value of `OLIFANT_TARGET`; undefined or empty for the best
 * @throws TargetError
 * @throws RangeError where `OLIFANT_THREADS` is not a whole number above 0
 */
export function choose(wanted: string | undefined): TargetChoice {
  const names = MAKERS.map(({ name }) => name);
  if (wanted && !names.includes(wanted as TargetName)) {
    throw new TargetError(`OLIFANT_TARGET is '${wanted}': expected one of ${names.join(', ')}`);
  }
  wantedThreads(); // a wrong number is an error, not a reason to fall back
  const notTaken: { name: TargetName; reason: string }[] = [];
  for (const { name, make } of MAKERS) {
    if (wanted && name !== wanted) continue;
    try {
      const target = make();
      warnIfRefused(notTaken, name);
      const why = wanted ? 'OLIFANT_TARGET asks for it' : 'it is the fastest one that works here';
      return { target, why, notTaken, ...describeCpu() };
    } catch (error) {
      const reason = reasonOf(error);
      if (wanted) {
        throw new TargetError(`OLIFANT_TARGET is '${name}', which does not work here: ${reason}`, { cause: error });
      }
      notTaken.push({ name, reason });
    }
  }
  const reasons = notTaken.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new TargetError(`no target works here: ${reasons}`);
}

function makeX64(name: 'x64-avx512' | 'x64-avx2'): Target {
  if (!isNode()) throw new Error('machine code needs Node');
  return new X64Target(name);
}

/** `OLIFANT_THREADS`; undefined for what the target thinks best. */
function wantedThreads(): number | undefined {
  return isNode() && process.env.OLIFANT_THREADS ? threadCount(1, process.env) : undefined;
}

function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function';
}

/** A processor that could do it is slowed down by something that can be changed: worth a line, once. */
function warnIfRefused(notTaken: readonly { name: TargetName; reason: string }[], taken: TargetName): void {
  if (!isNode() || process.arch !== 'x64' || (taken !== 'wasm' && taken !== 'reference')) return;
  const { reason } = notTaken.find(({ name }) => name === 'x64-avx2') ?? {};
  if (reason === undefined || lacksAvx2()) return;
  process.emitWarning(`Olifant uses the slower target '${taken}': ${reason}`, { code: 'OLIFANT_TARGET' });
}

function lacksAvx2(): boolean {
  try {
    return x64Cpu().missingAvx2.length > 0;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message.split('\n')[0]})` : '';
  return error.message + cause;
}

function describeCpu(): Pick<TargetChoice, 'cpu' | 'features'> {
  try {
    const { model, missingAvx2, missingAvx512, avx512Bf16 } = x64Cpu();
    const features: string[] = [];
    if (missingAvx2.length === 0) features.push('AVX2', 'FMA');
    if (missingAvx512.length === 0) features.push('AVX-512');
    if (avx512Bf16) features.push('AVX512_BF16');
    return { cpu: model, features };
  } catch {
    return { cpu: isNode() ? process.getBuiltinModule('node:os').cpus()[0]?.model : undefined, features: [] };
  }
}
