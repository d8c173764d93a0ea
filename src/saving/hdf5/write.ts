import type { TypedArray } from '../../graph/dtype.ts';
import type { Shape } from '../../graph/shape.ts';
import { FileError } from '../file-error.ts';

/** Values to be written, at a path like `layers/dense/vars/0`. */
export interface WrittenDataset {
  readonly name: string;
  readonly shape: Shape;
  /** Read when it is its turn, so that copies do not pile up. */
  readonly read: () => TypedArray;
}

/** A group with a string attribute `name`, and datasets in it. */
export interface WrittenGroup {
  readonly path: string;
  readonly name: string;
  readonly datasets: readonly WrittenDataset[];
}

let files = 0;

/**
 * An HDF5 file of these groups, in the format that h5py writes by default. Made in memory by the HDF5 library itself
 * (h5wasm, loaded at the first use).
 */
export async function writeHdf5(groups: readonly WrittenGroup[]): Promise<Uint8Array> {
  const h5wasm = await import('h5wasm');
  const { FS } = await h5wasm.ready;
  const name = `olifant-${files++}.h5`;
  try {
    const file = new h5wasm.File(name, 'w', { libver: ['earliest', 'latest'] });
    try {
      const made = new Set<string>();
      for (const group of groups) writeGroup(file, group, made);
    } finally {
      file.close();
    }
    return FS.readFile(name);
  } catch (cause) {
    throw new FileError(`the HDF5 library failed: ${(cause as Error).message}`, {}, { cause });
  } finally {
    if (FS.analyzePath(name).exists) FS.unlink(name);
  }
}

function writeGroup(file: import('h5wasm').File, { path, name, datasets }: WrittenGroup, made: Set<string>): void {
  const parts = path.split('/');
  let group: import('h5wasm').Group = file;
  parts.forEach((part, i) => {
    const whole = parts.slice(0, i + 1).join('/');
    if (!made.has(whole)) group.create_group(part);
    made.add(whole);
    group = file.get(whole) as import('h5wasm').Group;
  });
  group.create_attribute('name', name);
  for (const d of datasets)
    group.create_dataset({
      name: d.name,
      data: d.read() as Float32Array | Int32Array | Uint8Array,
      shape: [...d.shape],
    });
}
