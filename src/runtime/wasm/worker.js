// @ts-check
/**
 * What a thread does. It lives in two states: parked, where it waits for jobs in shared memory without turning its event loop,
 * and at its event loop, where it takes in messages (modules). The main thread counts the messages it sends; whenever that
 * count differs from the messages taken in, the worker leaves the parked state until it has them all.
 *
 * Plain JavaScript, so that one file serves from src and from dist; one function that needs nothing around it, so that its text
 * serves where the file cannot be had.
 */

/**
 * @typedef {object} Words Indices of the 32-bit words of the control block.
 * @property {number} epoch
 * @property {number} jobs Jobs so far for this thread.
 * @property {number} job
 * @property {number} context
 * @property {number} stride
 * @property {number} parties
 * @property {number} failed
 * @property {number} done Jobs done so far, for the thread that stands in for the main one; -1 for others.
 * @property {number} sent
 * @property {number} taken
 *
 * @typedef {(context: number, parties: number, spins: number) => void} Run
 *
 * @typedef {{ kind: 'start', memory: any, words: Words, thread: number, spins: number, announces: boolean }} Start
 * @typedef {{ kind: 'load', id: number, module: any, unload: number[] }} Load
 */

export function runThread() {
  const scope = /** @type {any} */ (globalThis);
  const node = scope.process?.getBuiltinModule?.('node:worker_threads');

  /** @type {Start} */
  let start;
  /** @type {Int32Array} */
  let control;
  let epoch = 0;
  let jobs = 0;
  let taken = 0;
  /** @type {Map<number, Run>} */
  const runs = new Map();

  /** @param {Start | Load} message */
  function take(message) {
    if (message.kind === 'start') {
      start = message;
      control = new Int32Array(message.memory.buffer, 0, 4096);
      jobs = Atomics.load(control, start.words.jobs);
    } else {
      for (const id of message.unload) runs.delete(id);
      const instance = new scope.WebAssembly.Instance(message.module, { env: { memory: start.memory } });
      runs.set(message.id, instance.exports.run);
    }
    taken++;
    Atomics.store(control, start.words.taken, taken);
    if (hasAllMail()) park();
  }

  function hasAllMail() {
    return Atomics.load(control, start.words.sent) === taken;
  }

  function park() {
    for (;;) {
      awaitEpoch();
      if (!hasAllMail()) return;
      const latest = Atomics.load(control, start.words.jobs);
      if (latest === jobs) continue;
      jobs = latest;
      work();
    }
  }

  /** Spins for a while, since the next job of a training loop comes soon, then sleeps. */
  function awaitEpoch() {
    const word = start.words.epoch;
    for (let left = start.spins; left > 0; left--) if (Atomics.load(control, word) !== epoch) break;
    while (Atomics.load(control, word) === epoch) Atomics.wait(control, word, epoch);
    epoch = Atomics.load(control, word);
  }

  function work() {
    const { words, thread, spins } = start;
    const context = Atomics.load(control, words.context) + thread * Atomics.load(control, words.stride);
    const job = Atomics.load(control, words.job);
    try {
      const run = runs.get(job);
      if (!run) throw new Error(`job ${job} has not been loaded`);
      run(context, Atomics.load(control, words.parties), spins);
    } catch (error) {
      // Whoever waits for this thread looks at this word.
      Atomics.store(control, words.failed, 1);
      throw error;
    } finally {
      if (words.done >= 0) tellDone();
    }
  }

  function tellDone() {
    Atomics.store(control, start.words.done, jobs);
    Atomics.notify(control, start.words.done);
    if (start.announces) (node?.parentPort ?? scope).postMessage('done');
  }

  if (node?.parentPort) node.parentPort.on('message', take);
  else scope.onmessage = (/** @type {{ data: Start | Load }} */ event) => take(event.data);
}

/** By this name a thread knows that it is one: the main thread imports this file too. */
export const THREAD_NAME = 'olifant-thread';

const { name, document, process } = /** @type {any} */ (globalThis);
const isThread = process?.getBuiltinModule?.('node:worker_threads')?.workerData === THREAD_NAME;
if (isThread || (name === THREAD_NAME && document === undefined)) runThread();
