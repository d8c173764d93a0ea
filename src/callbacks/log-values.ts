import { pythonFloat } from './python-format.ts';

/** One number for a value in logs, for what shows one: the mean of a metric that gives several, as in Keras's bar. */
export function scalarOf(value: unknown): number {
  if (!Array.isArray(value)) return value as number;
  const all = value.flat(Number.POSITIVE_INFINITY) as number[];
  return all.reduce((sum, v) => sum + v, 0) / all.length;
}

/** A value of logs as Python writes it: single numbers as doubles, those of arrays as the float32 numbers that they are. */
export function pythonValue(value: unknown): string {
  if (Array.isArray(value)) return `"[${value.map(pythonElement).join(', ')}]"`;
  return pythonFloat(value as number);
}

function pythonElement(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(pythonElement).join(' ')}]` : pythonFloat(shortest(value as number));
}

/** The double with the fewest digits that is this number in float32. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
