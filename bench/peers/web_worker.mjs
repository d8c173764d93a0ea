// jax-js uses threads where there is the browsers' `Worker`; Node has its own kind. This gives it one over the other, and as
// many as PEER_THREADS says; with one, jax-js works on the calling thread. Import it before jax-js.
import { resolveObjectURL } from 'node:buffer';
import { Worker as NodeWorker } from 'node:worker_threads';

const PRELUDE = `
const { parentPort } = require('node:worker_threads');
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on('message', (data) => self.onmessage({ data }));
`;

class Worker {
  #waiting = [];
  #worker;

  /** @param url of a blob with JavaScript, as `URL.createObjectURL` gives it */
  constructor(url) {
    resolveObjectURL(url)
      .text()
      .then((source) => {
        this.#worker = new NodeWorker(PRELUDE + source, { eval: true });
        this.#worker.on('message', (data) => this.onmessage?.({ data }));
        this.#worker.on('error', (error) => this.onerror?.(error));
        for (const message of this.#waiting) this.#worker.postMessage(message);
      });
  }

  postMessage(message) {
    if (this.#worker) this.#worker.postMessage(message);
    else this.#waiting.push(message);
  }
}

const threads = Number(process.env.PEER_THREADS ?? 2);
if (threads > 1) globalThis.Worker = Worker;
Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: threads, userAgent: 'Node' } });
