import { describe, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';

interface Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}

function asSlice(key: unknown): Slice | undefined {
  const { class_name: name, config } = (key ?? {}) as { class_name?: unknown; config?: Slice };
  return name === '__slice__' ? config : undefined;
}

function unsupported(key: unknown): OlifantError {
  return new OlifantError(
    'UNSUPPORTED',
    `GetItem: only numbers and slices of step 1 can be read from a file, got ${describe(key)}`,
  );
}

/** A place counted from the end as one from the beginning. */
const fromStart = (i: number, size: number): number => Math.max(0, Math.min(size, i < 0 ? i + size : i));

/** Python's `x[key]`, with numbers and slices as Keras writes them, one an axis. */
export function getItem(x: Tensor, key: unknown): Tensor {
  const keys = Array.isArray(key) ? key : [key];
  if (keys.length > x.rank) throw unsupported(key);
  const start = x.shape.map(() => 0);
  const sizes = [...x.shape];
  const dropped: number[] = [];
  keys.forEach((k, axis) => {
    const size = x.shape[axis]!;
    if (typeof k === 'number') {
      start[axis] = k < 0 ? k + size : k;
      sizes[axis] = 1;
      dropped.push(axis);
      return;
    }
    const slice = asSlice(k);
    if (slice === undefined || (slice.step !== null && slice.step !== 1)) throw unsupported(k);
    start[axis] = fromStart(slice.start ?? 0, size);
    sizes[axis] = Math.max(0, fromStart(slice.stop ?? size, size) - start[axis]);
  });
  const part = ops.slice(x, start, sizes);
  return dropped.length > 0 ? ops.squeeze(part, dropped) : part;
}
