/** What is used of the engine's WebAssembly interface; the compiler settings have no DOM types. */
export interface WasmMemoryObject {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}
export interface WasmModule {
  readonly [Symbol.toStringTag]?: string;
}
export interface WasmInstance {
  readonly exports: { readonly [name: string]: unknown };
}
export interface WasmEngine {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemoryObject;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => WasmInstance;
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

/** The engine's WebAssembly object, if there is one. */
export function wasmEngine(): WasmEngine | undefined {
  return (globalThis as { WebAssembly?: WasmEngine }).WebAssembly;
}

/** A module built into Node; undefined in a browser. */
export function nodeModule<T extends 'node:worker_threads' | 'node:v8' | 'node:os'>(
  name: T,
): NodeModules[T] | undefined {
  if (typeof process === 'undefined') return undefined;
  return process.getBuiltinModule?.(name) as NodeModules[T] | undefined;
}
interface NodeModules {
  'node:worker_threads': typeof import('node:worker_threads');
  'node:v8': typeof import('node:v8');
  'node:os': typeof import('node:os');
}

/** Threads need shared memory: in browsers only pages that are isolated from other origins have it. */
export function hasSharedMemory(): boolean {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
  return isolated && typeof SharedArrayBuffer !== 'undefined' && typeof Atomics !== 'undefined';
}

/** Whether this is the main thread of a page, which may not sleep and should not be busy for long. */
export function isPage(): boolean {
  return typeof (globalThis as { document?: unknown }).document !== 'undefined';
}

/** Cores that this process may use. */
export function coreCount(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return nodeModule('node:os')?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** How a fused multiply-add may be had. */
export interface RelaxedSimd {
  /** Relaxed SIMD is on and its multiply-add rounds once. */
  readonly fused: boolean;
  /** Its float to integer conversion gives -2^31 for whatever does not fit. */
  readonly truncGivesMin: boolean;
}

/** Tries relaxed SIMD with a module that exports `trunc` and `madd`; turns it on in Node versions that have it off. */
export function detectRelaxedSimd(engine: WasmEngine, probe: Uint8Array<ArrayBuffer>): RelaxedSimd {
  if (!engine.validate(probe)) {
    try {
      nodeModule('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
    } catch {
      // Flags may be frozen; then the validation below fails as well.
    }
  }
  if (!engine.validate(probe)) return { fused: false, truncGivesMin: false };
  const { trunc, madd } = new engine.Instance(new engine.Module(probe), {}).exports as {
    trunc(x: number): number;
    madd(a: number, b: number, c: number): number;
  };
  const tiny = 2 ** -13;
  // (1 + e)(1 - e) - 1 = -e^2, which a rounded product loses.
  const fused = madd(1 + tiny, 1 - tiny, -1) === -(tiny * tiny);
  const unfit = [Number.NaN, 2 ** 31, 1e30, Number.POSITIVE_INFINITY, -1e30, Number.NEGATIVE_INFINITY];
  return { fused, truncGivesMin: unfit.every((x) => trunc(x) === -(2 ** 31)) };
}
