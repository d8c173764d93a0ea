import type { Samples } from '../data/columns.ts';
import { describe, OlifantError } from '../errors.ts';
import { sizeOf } from '../graph/shape.ts';
import type { HostTensor } from '../trace/host.ts';

/** The class of each sample: the label itself, or the greatest of a one-hot row. */
function classesOf(y: HostTensor): Int32Array {
  const rows = y.shape[0]!;
  const row = sizeOf(y.shape.slice(1));
  const classes = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    if (row === 1) {
      classes[i] = Math.round(y.data[i]!);
      continue;
    }
    let best = 0;
    for (let j = 1; j < row; j++) if (y.data[i * row + j]! > y.data[i * row + best]!) best = j;
    classes[i] = best;
  }
  return classes;
}

/** Turns weights of classes into weights of samples; classes that are not named weigh 1. */
export function withClassWeights(
  samples: Samples,
  classWeight: Readonly<Record<number, number>> | null,
  method: string,
): Samples {
  if (classWeight === null) return samples;
  if (typeof classWeight !== 'object' || Array.isArray(classWeight) || ArrayBuffer.isView(classWeight))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${method}: classWeight must be an object with a weight for each class number, like { 0: 1, 1: 2.5 }, ` +
        `got ${describe(classWeight)}`,
    );
  const y = samples.y[0];
  if (samples.y.length !== 1 || !y)
    throw new OlifantError('INVALID_ARGUMENT', `${method}: classWeight works with one output only; use sampleWeight`);
  if (samples.weights.length > 0)
    throw new OlifantError('INVALID_ARGUMENT', `${method}: give either classWeight or sampleWeight, not both`);
  if (y.shape.length > 2)
    throw new OlifantError('INVALID_ARGUMENT', `${method}: classWeight needs one label a sample; use sampleWeight`);
  for (const [key, weight] of Object.entries(classWeight))
    if (!/^\d+$/.test(key) || !(Number.isFinite(weight) && weight >= 0))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${method}: classWeight must give a number for each class number, got ${key}: ${describe(weight)}`,
      );
  const data = Float32Array.from(classesOf(y), (c) => classWeight[c] ?? 1);
  return { ...samples, weights: [{ data, shape: [samples.rows], dtype: 'float32' }] };
}
