/** Measures for how long the thread that runs it was not free: the gaps between two turns of its event loop. */
export class Heartbeat {
  #last = performance.now();
  #phase = '';
  #running = true;
  /** The longest gap of each phase, in milliseconds. */
  longest = {};

  constructor() {
    this.#beat();
  }

  #beat() {
    this.#note();
    // Browsers make at least 4 ms of it.
    if (this.#running) setTimeout(() => this.#beat(), 1);
  }

  #note() {
    const now = performance.now();
    if (this.#phase) this.longest[this.#phase] = Math.max(this.longest[this.#phase] ?? 0, now - this.#last);
    this.#last = now;
  }

  /** What happens from now on counts as part of this phase, which begins with a turn of the event loop. */
  async enter(phase) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    this.#note();
    this.#phase = phase;
    performance.mark(phase);
  }

  stop() {
    this.#note();
    this.#running = false;
  }
}
