import { OlifantError } from '../../errors.ts';
import { show } from '../options.ts';

/** Rows before and after an axis. */
export type Border = readonly [number, number];

/** One number for all sides, one for both sides of each axis, or a pair for each axis. */
export type Borders = number | readonly (number | Border)[];

const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;

const isBorder = (v: unknown): v is Border => Array.isArray(v) && v.length === 2 && v.every(isCount);

/** A pair for each of `rank` axes. */
export function readBorders(owner: string, name: string, value: unknown, rank: number): Border[] {
  if (isCount(value)) return Array.from({ length: rank }, () => [value, value] as const);
  // Along one axis, a pair of numbers is that axis's own.
  if (rank === 1 && isBorder(value)) return [[...value]];
  if (Array.isArray(value) && value.length === rank) {
    if (value.every((v) => (rank > 1 && isCount(v)) || isBorder(v)))
      return value.map((v: number | Border) => (typeof v === 'number' ? [v, v] : [...v]) as Border);
  }
  const pairs =
    rank === 1 ? 'a pair of them [before, after]' : `an array of ${rank} of them or of pairs [before, after]`;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a whole number of at least 0, or ${pairs}, got ${show(value)}`,
  );
}
