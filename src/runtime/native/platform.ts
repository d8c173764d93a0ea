/** What the native runtime asks of the operating system. Addresses are numbers: user space ends below 2^47. */
export interface Platform {
  /** How generated code is called and calls. */
  readonly abi: 'sysv' | 'win64';
  readonly pageBytes: number;
  /** Maps zeroed pages, readable and writable; undefined where the system has no memory left. */
  map(bytes: number): number | undefined;
  unmap(address: number, bytes: number): void;
  /** Changes what whole pages allow; gives the reason where the system refuses, else undefined. */
  protect(address: number, bytes: number, mode: 'none' | 'execute'): string | undefined;
  /** Asks for huge pages behind an address range; no promise. */
  adviseHuge(address: number, bytes: number): void;
  /** An ArrayBuffer over native memory. It does not keep the memory: whoever maps it decides how long it lives. */
  view(address: number, bytes: number): ArrayBuffer;
  /** Generated code as a function of `arity` integer arguments without a result. */
  callable(address: number, arity: number): (...args: number[]) => void;
  /** Runs generated code on a new thread that takes no signals; gives what `joinThread` needs. */
  startThread(code: number, argument: number): number | bigint;
  joinThread(thread: number | bigint): void;
  readonly waiting: Waiting;
}

/** Addresses of the functions by which generated code blocks, and of what they block on. */
export interface Waiting {
  /** Blocks until the semaphore is posted: `wait(semaphore, -1)`. It may return early. */
  readonly wait: number;
  /** `post(semaphore, 1, 0)`. */
  readonly post: number;
  /** Gives the rest of a time slice to other threads: `yield()`. */
  readonly yield: number;
  createSemaphore(): number;
  destroySemaphore(semaphore: number): void;
}

/** The part of koffi that is used. */
export interface Koffi {
  load(path: string | null): Library;
  view(pointer: number, bytes: number): ArrayBuffer;
  proto(result: string, args: string[]): unknown;
  decode(pointer: number, type: unknown): (...args: (number | bigint)[]) => void;
  address(pointer: unknown): bigint;
  errno(): number;
}

export interface Library {
  // The types of a foreign function are known to koffi only.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  func(name: string, result: string, args: string[]): (...args: any[]) => any;
  symbol(name: string): unknown;
}

/** Bytes of stack for a thread: what koffi gives to the calls it makes, so that kernels see the same everywhere. */
export const STACK_BYTES = 2 * 1024 * 1024;
