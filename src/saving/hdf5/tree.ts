import { Bytes } from '../bytes.ts';
import { FileError } from '../file-error.ts';
import { type DatasetHeader, readDataset } from './dataset.ts';
import { isGroup, readLinks } from './group.ts';
import { readMessages, Visited } from './header.ts';
import { readSuperblock } from './superblock.ts';

/** A group and all that is in it. */
export interface Group {
  readonly kind: 'group';
  readonly members: ReadonlyMap<string, Group | Dataset>;
}

/** A dataset whose description has been checked. */
export interface Dataset extends DatasetHeader {
  readonly kind: 'dataset';
}

/** The objects of an HDF5 file. */
export interface Hdf5File {
  readonly file: Bytes;
  readonly root: Group;
}

const MAX_DEPTH = 100;

/**
 * Reads what an HDF5 file holds, but for the values. This is a reader of its own, for the part of the format that Keras uses,
 * because the HDF5 library is written in C for files that are trusted: it has no limit of time or memory, and a fault in
 * WebAssembly leaves it unusable. Here every byte is checked before it is believed, each address is read once (so there are
 * no cycles), and what points outside of the file does not exist.
 *
 * @throws FileError for files that are damaged, or have soft or external links, external storage, virtual datasets, unknown
 *   filters or types, shapes beyond their bytes.
 */
export function readTree(data: Uint8Array): Hdf5File {
  const file = new Bytes(data);
  const visited = new Visited(file.length);
  const read = (address: number, depth: number): Group | Dataset => {
    if (depth > MAX_DEPTH)
      throw new FileError(`groups are nested deeper than ${MAX_DEPTH} levels`, { offset: address });
    const messages = readMessages(file, address, visited);
    if (!isGroup(messages)) return { kind: 'dataset', ...readDataset(file, address, messages) };
    const links = readLinks(file, messages, visited);
    return { kind: 'group', members: new Map(links.map((l) => [l.name, read(l.address, depth + 1)])) };
  };
  const root = read(readSuperblock(file), 0);
  if (root.kind !== 'group') throw new FileError('the root of the HDF5 file is no group', { offset: 0 });
  return { file, root };
}

/** The object at a path like `layers/dense/vars`. */
export function findObject(root: Group, path: string): Group | Dataset | undefined {
  let at: Group | Dataset | undefined = root;
  for (const part of path.split('/')) at = at?.kind === 'group' ? at.members.get(part) : undefined;
  return at;
}
