import { roundUp } from './memory.ts';
import type { Platform } from './platform.ts';

/** Machine code that can be called. */
export interface CodeRegion {
  readonly address: number;
  /** Unmaps it; nothing may be running in it. */
  free(): void;
}

/** The system lets no memory be made executable. */
export class NoExecutableMemoryError extends Error {
  readonly code = 'NO_EXECUTABLE_MEMORY';
}

/**
 * Puts position-independent code into pages of its own: written first, made executable then, never both.
 *
 * @throws NoExecutableMemoryError where the system refuses (a hardened kernel, SELinux, a missing entitlement).
 */
export function mapCode(platform: Platform, code: Uint8Array): CodeRegion {
  const bytes = roundUp(Math.max(code.length, 1), platform.pageBytes);
  const address = platform.map(bytes);
  if (address === undefined) throw new NoExecutableMemoryError(`no memory for ${bytes} bytes of machine code`);
  new Uint8Array(platform.view(address, bytes)).set(code);
  const refused = platform.protect(address, bytes, 'execute');
  if (refused !== undefined) {
    platform.unmap(address, bytes);
    throw new NoExecutableMemoryError(`the system refuses executable memory: ${refused}`);
  }
  let mapped = true;
  return {
    address,
    free() {
      if (mapped) platform.unmap(address, bytes);
      mapped = false;
    },
  };
}
