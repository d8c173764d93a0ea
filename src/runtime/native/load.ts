import type { Koffi, Platform } from './platform.ts';
import { posix } from './posix.ts';
import { windows } from './windows.ts';

let loaded: Platform | Error | undefined;

/**
 * The platform of this process, loaded on first use.
 *
 * @throws Error where there is no Node, or koffi has no build for this machine.
 */
export function platform(): Platform {
  loaded ??= load();
  if (loaded instanceof Error) throw loaded;
  return loaded;
}

function load(): Platform | Error {
  try {
    const { createRequire } = process.getBuiltinModule('node:module');
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    return process.platform === 'win32' ? windows(koffi) : posix(koffi);
  } catch (error) {
    return new Error('koffi, which calls native code, does not load here', { cause: error });
  }
}
