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

  /** What happens from now on counts as part of this phase. */
  enter(phase) {
    this.#note();
    this.#phase = phase;
  }

  stop() {
    this.#note();
    this.#running = false;
  }
}
