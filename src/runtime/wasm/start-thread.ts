import { nodeModule } from './engine.ts';
import { runThread, THREAD_NAME } from './worker.js';

/** What is used of a worker of Node or of a browser. */
export interface ThreadHandle {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/** What the main thread hears from a thread. */
export interface ThreadEvents {
  /** It could not be started, or failed. */
  onError(): void;
  onMessage(): void;
}

/**
 * Where a thread's code comes from. The file beside this one is what bundlers know to emit and security policies like. Where a
 * bundler for browsers left it behind, or the package came from another origin, which workers may not, the text of the same
 * function serves.
 */
export type ThreadSource = 'file' | 'text';

/** A browser's worker; the compiler settings have no DOM types. Bundlers look for this name and the address in its call. */
interface BrowserWorker extends ThreadHandle {
  onerror: ((event: { preventDefault?(): void }) => void) | null;
  onmessage: (() => void) | null;
}
declare const Worker: new (url: URL | string, options: { type: 'module'; name: string }) => BrowserWorker;

/** Starts a thread; undefined where there are none. */
export function startThread(source: ThreadSource, events: ThreadEvents): ThreadHandle | undefined {
  try {
    if (!nodeModule('node:worker_threads')) return browserThread(source, events);
    return source === 'file' ? nodeThread(events) : undefined;
  } catch {
    return undefined;
  }
}

function nodeThread({ onError, onMessage }: ThreadEvents): ThreadHandle {
  const { Worker: NodeWorker } = nodeModule('node:worker_threads')!;
  // Not as `new URL('./worker.js', import.meta.url)`: bundlers for browsers would emit the file once more.
  const file = new URL(import.meta.url.replace(/[^/]*$/, 'worker.js'));
  // Without options of the command line: `--input-type`, for one, is an error for a thread that runs a file.
  const worker = new NodeWorker(file, { execArgv: [], workerData: THREAD_NAME });
  worker.on('error', onError);
  worker.on('message', onMessage);
  // Last, since a listener for messages would keep the process alive again.
  worker.unref();
  return worker;
}

function browserThread(source: ThreadSource, { onError, onMessage }: ThreadEvents): ThreadHandle {
  const worker =
    source === 'file'
      ? new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'olifant-thread' })
      : new Worker(textUrl(), { type: 'module', name: 'olifant-thread' });
  worker.onerror = (event) => {
    event.preventDefault?.();
    onError();
  };
  worker.onmessage = onMessage;
  return worker;
}

let madeUrl: string | undefined;
function textUrl(): string {
  madeUrl ??= URL.createObjectURL(new Blob([`(${runThread})();`], { type: 'text/javascript' }));
  return madeUrl;
}
