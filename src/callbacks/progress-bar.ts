import { isTerminal, writeOut } from './console.ts';
import { fixed } from './format.ts';
import { scalarOf } from './log-values.ts';

export interface ProgressBarOptions {
  /** Steps to be done; `null` if nobody knows. */
  target: number | null;
  /** 1: a bar that moves, 2: one line at the end. */
  verbose: 1 | 2;
  /** Characters of the bar. Default 20. */
  width?: number;
  /** Seconds between two updates. Default 0.05. */
  interval?: number;
  /** Noun for what is counted. Default `step`. */
  unit?: string;
  /** Whether a line can be overwritten. Default: whether the output is a terminal. */
  terminal?: boolean;
  write?: (text: string) => void;
  /** Seconds since any fixed moment. */
  now?: () => number;
}

const BOLD = (text: string) => `\x1b[1m${text}\x1b[0m`;
const GREEN = (text: string) => (text ? `\x1b[32m${text}\x1b[0m` : '');
const GREY = (text: string) => `\x1b[37m${text}\x1b[0m`;

const ESCAPE = '\x1b';

/** Characters that take place on the terminal. */
function plainLength(text: string): number {
  return text
    .split(ESCAPE)
    .map((part, i) => (i === 0 ? part : part.slice(part.indexOf('m') + 1)))
    .join('').length;
}

/** The progress bar of Keras 3, character by character. */
export class ProgressBar {
  target: number | null;
  readonly #verbose: 1 | 2;
  readonly #width: number;
  readonly #interval: number;
  readonly #unit: string;
  readonly #terminal: boolean;
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #start: number;
  #afterFirst: number | undefined;
  #last = Number.NEGATIVE_INFINITY;
  #lineLength = 0;

  constructor(options: ProgressBarOptions) {
    this.target = options.target;
    this.#verbose = options.verbose;
    this.#width = options.width ?? 20;
    this.#interval = options.interval ?? 0.05;
    this.#unit = options.unit ?? 'step';
    this.#terminal = options.terminal ?? isTerminal();
    this.#write = options.write ?? writeOut;
    this.#now = options.now ?? (() => performance.now() / 1000);
    this.#start = this.#now();
  }

  /** Tells that step `current` is done; whether it is time to show it (values need not be read otherwise). */
  tick(current: number): boolean {
    if (this.#verbose === 2) return false;
    if (current === 1) this.#afterFirst = this.#now();
    return this.#terminal && this.#now() - this.#last >= this.#interval;
  }

  /** Shows step `current` with the values of the metrics; `last` ends the line. */
  update(current: number, values: Readonly<Record<string, number>>, last = false): void {
    const now = this.#now();
    const step = this.#stepTime(current, now);
    const metrics = Object.entries(values).map(([name, v]) => ` - ${name}: ${formatValue(scalarOf(v))}`);
    if (this.#verbose === 2 || !this.#terminal) {
      if (!last) return;
      const count = this.target ? counter(current, this.target) : String(current);
      const head = this.#verbose === 2 ? `${count} -` : this.#bar(current);
      const spent = `${fixed(now - this.#start, 0)}s`;
      const time = this.#verbose === 2 ? ` ${spent} -` : ` ${BOLD(spent)}`;
      this.#write(`${head}${time}${formatStepTime(step, this.#unit)}${metrics.join('')}\n`);
      return;
    }
    const info = this.#time(current, now, step, last) + formatStepTime(step, this.#unit) + metrics.join('');
    const line = this.#bar(current) + info;
    const length = plainLength(line);
    const rest = ' '.repeat(Math.max(0, this.#lineLength - length));
    this.#write(`${'\b'.repeat(this.#lineLength)}\r${line}${rest}${last ? '\n' : ''}`);
    this.#lineLength = length;
    this.#last = now;
  }

  #bar(current: number): string {
    if (!this.target) return `${String(current).padStart(7)}/Unknown`;
    const done = Math.min(this.#width, Math.floor((this.#width * current) / this.target));
    return `${BOLD(counter(current, this.target))} ${GREEN('━'.repeat(done))}${GREY('━'.repeat(this.#width - done))}`;
  }

  /** The time left, or at the end (and where nobody knows the end) the time spent. */
  #time(current: number, now: number, step: number, last: boolean): string {
    if (last || !this.target) return ` ${BOLD(`${fixed(now - this.#start, 0)}s`)}`;
    return ` ${BOLD(formatTimeLeft(step * (this.target - current)))}`;
  }

  /** Seconds a step took in the mean; the first, in which programs are compiled, does not count. */
  #stepTime(current: number, now: number): number {
    if (current === 0) return 0;
    if (this.#afterFirst !== undefined && current > 1) return (now - this.#afterFirst) / (current - 1);
    return (now - this.#start) / current;
  }
}

function counter(current: number, target: number): string {
  return `${String(current).padStart(String(target).length)}/${target}`;
}

function formatTimeLeft(seconds: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  if (seconds > 3600) return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  if (seconds > 60) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds)}s`;
}

function formatStepTime(seconds: number, unit: string): string {
  if (seconds >= 1 || seconds === 0) return ` ${fixed(seconds, 0)}s/${unit}`;
  if (seconds >= 1e-3) return ` ${fixed(seconds * 1e3, 0)}ms/${unit}`;
  return ` ${fixed(seconds * 1e6, 0)}us/${unit}`;
}

/** `%.4f` for values above a thousandth, `%.4e` for others. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Math.abs(value) > 1e-3) return fixed(value, 4);
  return value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
}
