import type { Layer } from './layer.ts';

/**
 * Layers that stand in several places of one configuration, such as a model that is a layer of another one and is wrapped there,
 * too. Keras gives the places the same `shared_object_id`, and makes one layer of them, with one set of weights.
 */
interface Sharing {
  /** While a file is read: what was made so far. */
  readonly made?: Map<number, Layer>;
  /** While a file is written: how often each layer stands in it, and then the ids of those that do more than once. */
  readonly counts?: Map<Layer, number>;
  readonly ids?: ReadonlyMap<Layer, number>;
}

let current: Sharing = {};

function withSharing<T>(sharing: Sharing, run: () => T): T {
  const before = current;
  current = sharing;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** Reads a configuration in which layers may stand several times. */
export function readShared<T>(read: () => T): T {
  return withSharing({ made: new Map() }, read);
}

/** Writes a configuration, with ids for the layers that stand in it several times. Calls `write` twice. */
export function writeShared<T>(write: () => T): T {
  const counts = new Map<Layer, number>();
  withSharing({ counts }, write);
  const several = [...counts].filter(([, n]) => n > 1).map(([layer], i) => [layer, i + 1] as const);
  return withSharing({ ids: new Map(several) }, write);
}

/** The layer that was made for this id, or a new one. */
export function madeOnce(id: unknown, make: () => Layer): Layer {
  const { made } = current;
  if (made === undefined || typeof id !== 'number') return make();
  const known = made.get(id);
  if (known !== undefined) return known;
  const layer = make();
  made.set(id, layer);
  return layer;
}

/** What a layer's configuration says of its sharing. */
export function sharedId(layer: Layer): { shared_object_id?: number } {
  const { counts, ids } = current;
  counts?.set(layer, (counts.get(layer) ?? 0) + 1);
  const id = ids?.get(layer);
  return id === undefined ? {} : { shared_object_id: id };
}
