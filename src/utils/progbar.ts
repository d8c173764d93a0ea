import { writeOut } from '../callbacks/console.ts';
import { ProgressBar } from '../callbacks/progress-bar.ts';
import { checkOptions, describe, OlifantError } from '../errors.ts';
import { checkWhole } from '../keras-object.ts';

export interface ProgbarOptions {
  /** Characters of the bar. Default 20. */
  width?: number;
  /** 0: silent, 1: a bar that moves, 2: a line at the end. Default 1. */
  verbose?: 0 | 1 | 2;
  /** Seconds between two updates. Default 0.05. */
  interval?: number;
  /** Values that are shown as they come; all others are averaged over the steps. */
  statefulMetrics?: readonly string[] | null;
  /** The only values that are averaged over the steps; not together with `statefulMetrics`. */
  statelessMetrics?: readonly string[] | null;
  /** What is counted. Default `'step'`. */
  unitName?: string;
  /** Where the bar is written, for tests and for pages. Default: the terminal. */
  write?: (text: string) => void;
  /** Whether a line can be overwritten. Default: whether the output is a terminal. */
  terminal?: boolean;
}

/**
 * A progress bar for loops of one's own (Keras's `Progbar`).
 *
 * @example
 * const bar = new Progbar(100);
 * for (let i = 1; i <= 100; i++) bar.update(i, [['loss', 1 / i]]);
 */
export class Progbar {
  target: number | null;
  readonly #bar: ProgressBar | null;
  readonly #asTheyCome: (name: string) => boolean;
  readonly #values = new Map<string, { sum: number; count: number }>();
  #seen = 0;

  /** @param target Steps to be done; `null` if nobody knows. */
  constructor(target: number | null, options: ProgbarOptions = {}) {
    checkOptions('Progbar', options, [
      'width',
      'verbose',
      'interval',
      'statefulMetrics',
      'statelessMetrics',
      'unitName',
      'write',
      'terminal',
    ]);
    const { verbose = 1, statefulMetrics: stateful, statelessMetrics: stateless } = options;
    if (target !== null) checkWhole('Progbar', 'target', target);
    if (![0, 1, 2].includes(verbose))
      throw new OlifantError('INVALID_ARGUMENT', `Progbar: verbose must be 0, 1 or 2, got ${describe(verbose)}`);
    if (stateful && stateless)
      throw new OlifantError('INVALID_ARGUMENT', 'Progbar: give statefulMetrics or statelessMetrics, not both');
    this.target = target;
    this.#asTheyCome = (name) => (stateless ? !stateless.includes(name) : (stateful?.includes(name) ?? false));
    this.#bar =
      verbose === 0
        ? null
        : new ProgressBar({
            target,
            verbose,
            width: options.width,
            interval: options.interval,
            unit: options.unitName,
            terminal: options.terminal,
            write: options.write ?? writeOut,
          });
  }

  /**
   * Tells that step `current` is done.
   *
   * @param values Name and value of the last step.
   * @param finalize Whether this is the end. Default: when `target` is reached.
   */
  update(current: number, values: readonly (readonly [string, number])[] = [], finalize?: boolean): void {
    const last = finalize ?? (this.target !== null && current >= this.target);
    const steps = Math.max(current - this.#seen, 1);
    for (const [name, value] of values) {
      const known = this.#values.get(name);
      if (last || this.#asTheyCome(name) || known === undefined) {
        const weight = last || this.#asTheyCome(name) ? 1 : steps;
        this.#values.set(name, { sum: value * weight, count: weight });
      } else {
        known.sum += value * steps;
        known.count += steps;
      }
    }
    this.#seen = current;
    const bar = this.#bar;
    if (bar === null) return;
    bar.target = this.target;
    if (!bar.tick(current) && !last) return;
    bar.update(current, Object.fromEntries([...this.#values].map(([k, v]) => [k, v.sum / v.count])), last);
  }

  /** Tells that `n` more steps are done. */
  add(n: number, values: readonly (readonly [string, number])[] = []): void {
    this.update(this.#seen + n, values);
  }
}
