import { describe, OlifantError } from '../errors.ts';

/** What a batch holds. */
export type PackedBatch<X, Y, W> = X | readonly [X] | readonly [X, Y] | readonly [X, Y, W];

/**
 * Puts the parts of a batch together (Keras's `pack_x_y_sample_weight`): `x` alone, or `[x, y]`, or `[x, y, sampleWeight]`. An
 * array of several inputs alone becomes `[x]`.
 */
export function packXYSampleWeight<X, Y = null, W = null>(
  x: X,
  y: Y | null = null,
  sampleWeight: W | null = null,
): X | [X] | [X, Y] | [X, Y, W] {
  if (y === null) return Array.isArray(x) ? [x] : x;
  return sampleWeight === null ? [x, y] : [x, y, sampleWeight];
}

/**
 * Takes a batch apart (Keras's `unpack_x_y_sample_weight`); what is missing is `null`.
 *
 * @throws OlifantError `INVALID_DATA` for an array of none or more than three.
 */
export function unpackXYSampleWeight(data: unknown): [x: unknown, y: unknown, sampleWeight: unknown] {
  if (!Array.isArray(data)) return [data, null, null];
  if (data.length === 0 || data.length > 3)
    throw new OlifantError(
      'INVALID_DATA',
      `unpackXYSampleWeight: expected x, [x], [x, y] or [x, y, sampleWeight], got ${describe(data)}`,
    );
  return [data[0], data[1] ?? null, data[2] ?? null];
}
