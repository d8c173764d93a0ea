/** Work that can be interrupted: it yields where a pause does no harm, and returns its result. */
export type Parts<T> = Generator<void, T, void>;

/** Milliseconds of work after which timers, input and output get their turn. */
export const SLICE = 15;

/** Does all of it at once. */
export function toEnd<T>(parts: Parts<T>): T {
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
  }
}

/** Does it with pauses, one of them first, so that the thread is never busy with it for much longer than half a slice. */
export async function inParts<T>(parts: Parts<T>): Promise<T> {
  await nextTurn();
  let since = performance.now();
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
    if (performance.now() - since < SLICE / 2) continue;
    await nextTurn();
    since = performance.now();
  }
}

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: unknown): void;
}

let channel: { readonly port1: Port; readonly port2: Port } | undefined;
const waiting: (() => void)[] = [];

/**
 * Resolves when the event loop has turned. In browsers by a message: timers wait for 4 ms there, in hidden pages for a second and
 * longer.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as unknown as {
    setImmediate?: (f: () => void) => unknown;
    MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
  };
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) {
      channel ??= open(new MessageChannel());
      waiting.push(resolve);
      channel.port2.postMessage(0);
    } else setTimeout(resolve, 0);
  });
}

function open(made: { readonly port1: Port; readonly port2: Port }) {
  made.port1.onmessage = () => waiting.shift()?.();
  return made;
}
