import type { File, FileOptions } from 'h5wasm';

let count = 0;

/** An HDF5 file made by the library itself. */
export async function makeHdf5(fill: (file: File) => void, options: FileOptions = {}): Promise<Uint8Array> {
  const h5wasm = await import('h5wasm');
  const { FS } = await h5wasm.ready;
  const name = `made-${count++}.h5`;
  const file = new h5wasm.File(name, 'w', { libver: ['earliest', 'latest'], ...options });
  fill(file);
  file.close();
  const bytes = FS.readFile(name);
  FS.unlink(name);
  return bytes;
}
