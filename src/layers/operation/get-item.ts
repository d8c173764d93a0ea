import { describe, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { Tensor } from '../../trace/tensor.ts';

interface Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}

/** One key as Keras writes it: `{ class_name: '__slice__', config }` for a range, `__ellipsis__` for `...`. */
function readKey(key: unknown): ops.Key {
  if (key === null || typeof key === 'number' || key instanceof Tensor) return key;
  const { class_name: name, config } = (key ?? {}) as { class_name?: unknown; config?: Slice };
  if (name === '__ellipsis__') return '...';
  if (name === '__slice__' && config !== undefined) return config;
  if (Array.isArray(key) && key.every((k) => typeof k === 'number')) return key as number[];
  throw new OlifantError(
    'UNSUPPORTED',
    `GetItem: expected a place, a slice, an ellipsis or null, got ${describe(key)}`,
  );
}

/** Python's `x[key]`, with keys as Keras writes them to files. */
export function getItem(x: Tensor, key: unknown): Tensor {
  return ops.getItem(x, Array.isArray(key) ? key.map(readKey) : readKey(key));
}

/** A key as Keras writes it. */
export function writeKey(key: ops.Key | readonly ops.Key[]): unknown {
  if (key === '...') return { class_name: '__ellipsis__', config: {} };
  if (key === null || typeof key !== 'object' || key instanceof Tensor) return key;
  if (Array.isArray(key)) return key.map(writeKey);
  const { start = null, stop = null, step = null } = key as ops.Range;
  return { class_name: '__slice__', config: { start, stop, step } };
}
