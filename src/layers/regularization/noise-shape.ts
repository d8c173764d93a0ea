import { formatShape, OlifantError } from '../../errors.ts';
import type { Shape } from '../../graph/shape.ts';
import type { Layer } from '../layer.ts';
import { show } from '../options.ts';

/** Sizes of a random choice: 1 for one choice along an axis, `null` for the inputs' own size. */
export type NoiseShape = readonly (number | null)[];

export function readNoiseShape(owner: string, value: unknown): NoiseShape | null {
  if (value === null) return null;
  if (Array.isArray(value) && value.every((d) => d === null || (Number.isSafeInteger(d) && d > 0))) return [...value];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: noiseShape must be an array of positive sizes or null, like [null, 1, 64], got ${show(value)}`,
  );
}

/** The sizes of the choice for inputs of `shape`. */
export function resolveNoiseShape(layer: Layer, noise: NoiseShape | null, shape: Shape): readonly number[] {
  if (noise === null) return shape;
  if (noise.length !== shape.length || noise.some((d, i) => d !== null && d !== 1 && d !== shape[i]))
    throw new OlifantError(
      'SHAPE',
      `${layer.label}: noiseShape ${formatShape(noise)} does not repeat to the input's shape ${formatShape(shape)}`,
    );
  return noise.map((d, i) => d ?? shape[i]!);
}
