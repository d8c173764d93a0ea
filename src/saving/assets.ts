import type { Layer } from '../layers/index.ts';
import { FileError, toFileError } from './file-error.ts';
import { findSaveables } from './saveable.ts';
import type { ZipArchive } from './zip/archive.ts';

const ASSETS = 'assets';

/** Where files of the layer at a path among the weights are. */
const folder = (path: string) => (path === '' ? `${ASSETS}/` : `${ASSETS}/${path}/`);

/** The files that layers have of their own (vocabularies), as members of the archive. */
export function assetsOf(model: Layer): Record<string, Uint8Array> {
  const members: Record<string, Uint8Array> = {};
  for (const { path, layer } of findSaveables(model))
    for (const [name, bytes] of Object.entries(layer?.saveAssets() ?? {})) members[folder(path) + name] = bytes;
  return members;
}

/** Gives layers their files back. Only members of the archive are read, each by the layer at its path. */
export async function loadAssets(model: Layer, archive: ZipArchive): Promise<void> {
  const names = archive.names.filter((name) => name.startsWith(`${ASSETS}/`));
  if (names.length === 0) return;
  for (const { path, layer } of findSaveables(model)) {
    const start = folder(path);
    const own = names.filter(
      (n) => n.startsWith(start) && n.length > start.length && !n.slice(start.length).includes('/'),
    );
    if (layer === null || own.length === 0) continue;
    const files = new Map<string, Uint8Array>();
    for (const name of own) files.set(name.slice(start.length), await archive.read(name));
    try {
      layer.loadAssets(files);
    } catch (error) {
      throw error instanceof FileError ? error : toFileError(error, { member: own[0]! });
    }
  }
}
