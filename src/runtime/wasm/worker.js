// @ts-check
/**
 * A thread. It lives in two states: parked, where it waits for jobs in shared memory without turning its event loop, and
 * at its event loop, where it takes in messages (modules). The main thread counts the messages it sends; whenever that
 * count differs from the messages taken in, the worker leaves the parked state until it has them all.
 *
 * Plain JavaScript, so that one file serves from src and from dist.
 */

/**
 * @typedef {object} Words Indices of the 32-bit words of the control block.
 * @property {number} epoch
 * @property {number} job
 * @property {number} context
 * @property {number} stride
 * @property {number} parties
 * @property {number} failed
 * @property {number} sent
 * @property {number} taken
 *
 * @typedef {(context: number, parties: number, spins: number) => void} Run
 *
 * @typedef {{ kind: 'start', memory: any, words: Words, thread: number, spins: number }} Start
 * @typedef {{ kind: 'load', id: number, module: any, unload: number[] }} Load
 */

const scope = /** @type {any} */ (globalThis);
const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');

/** @type {Start} */
let start;
/** @type {Int32Array} */
let control;
let epoch = 0;
let taken = 0;
/** @type {Map<number, Run>} */
const runs = new Map();

/** @param {Start | Load} message */
function take(message) {
  if (message.kind === 'start') {
    start = message;
    control = new Int32Array(message.memory.buffer, 0, 4096);
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
  const { words } = start;
  for (;;) {
    awaitEpoch();
    if (!hasAllMail()) return;
    const job = Atomics.load(control, words.job);
    if (job >= 0) work(job);
  }
}

/** Spins for a while, since the next job of a training loop comes soon, then sleeps. */
function awaitEpoch() {
  const word = start.words.epoch;
  for (let left = start.spins; left > 0; left--) if (Atomics.load(control, word) !== epoch) break;
  while (Atomics.load(control, word) === epoch) Atomics.wait(control, word, epoch);
  epoch = Atomics.load(control, word);
}

/** @param {number} job */
function work(job) {
  const { words, thread, spins } = start;
  const context = Atomics.load(control, words.context) + thread * Atomics.load(control, words.stride);
  try {
    const run = runs.get(job);
    if (!run) throw new Error(`job ${job} has not been loaded`);
    run(context, Atomics.load(control, words.parties), spins);
  } catch (error) {
    // Whoever waits for this thread looks at this word.
    Atomics.store(control, words.failed, 1);
    throw error;
  }
}

if (threads?.parentPort) threads.parentPort.on('message', take);
else scope.onmessage = (/** @type {{ data: Start | Load }} */ event) => take(event.data);
