import { invalid, show } from '../options.ts';

/** A number, or the two ends of a range from which one is drawn. */
export type Factor = number | readonly [number, number] | readonly number[];

/** The ends of a range. */
export type Range = readonly [low: number, high: number];

function pairOf(value: unknown): Range | undefined {
  return Array.isArray(value) && value.length === 2 && value.every((v) => Number.isFinite(v))
    ? ([...value] as unknown as Range)
    : undefined;
}

const sorted = ([a, b]: Range): Range => (a <= b ? [a, b] : [b, a]);

/**
 * The range of a factor, as most layers read it: a number stands for -factor .. factor as far as that is allowed, and a
 * pair must touch what is allowed.
 */
export function readFactor(owner: string, name: string, value: unknown, [min, max]: Range): Range {
  const pair = pairOf(value);
  if (pair !== undefined && pair[0] <= max && pair[1] >= min) return sorted(pair);
  if (typeof value === 'number' && value >= min && value <= max) {
    const size = Math.abs(value);
    return [Math.max(-size, min), size];
  }
  throw invalid(owner, `${name} must be a number from ${min} to ${max}, or two of them, got ${show(value)}`);
}

/** The range of a factor whose ends must all be allowed; `lowest` says where that of a single number begins. */
export function readStrictFactor(
  owner: string,
  name: string,
  value: unknown,
  { min, max, above = false }: { min: number; max: number; above?: boolean },
  lowest: (size: number) => number,
): Range {
  const fits = (v: number) => v <= max && (above ? v > min : v >= min);
  const pair = pairOf(value);
  if (pair?.every(fits)) return sorted(pair);
  if (typeof value === 'number' && fits(value)) return [lowest(Math.abs(value)), Math.abs(value)];
  throw invalid(
    owner,
    `${name} must be a number ${above ? `above ${min}, at most` : `from ${min} to`} ${max}, or two of them, got ${show(value)}`,
  );
}

/** The smallest and the largest value of an image. `order`: whether the smaller comes first in any case. */
export function readValueRange(owner: string, value: unknown, order = false): Range {
  const pair = pairOf(value);
  if (pair === undefined)
    throw invalid(owner, `valueRange must be two numbers, as [0, 255] or [0, 1], got ${show(value)}`);
  return order ? sorted(pair) : pair;
}

export function readNumber(owner: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(owner, `${name} must be a number, got ${show(value)}`);
}
