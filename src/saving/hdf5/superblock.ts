import type { Bytes } from '../bytes.ts';
import { FileError } from '../file-error.ts';

const SIGNATURE = '\x89HDF\r\n\x1a\n';

/** Whether bytes begin as an HDF5 file does. */
export function isHdf5(file: Bytes): boolean {
  return file.has(0, SIGNATURE);
}

/**
 * The address of the root group's header ("HDF5 File Format Specification 3.0", II.A). Versions 0 and 1 are what h5py writes
 * by default; 2 and 3 come from newer settings.
 */
export function readSuperblock(file: Bytes): number {
  if (!isHdf5(file)) throw new FileError('not an HDF5 file', { offset: 0 });
  const version = file.u8(8);
  if (version > 3) throw new FileError(`HDF5 superblocks of version ${version} are not known`, { offset: 8 });
  const old = version < 2;
  const sizes = old ? 13 : 9;
  if (file.u8(sizes) !== 8 || file.u8(sizes + 1) !== 8)
    throw new FileError('only HDF5 files with 8-byte offsets and lengths are read', { offset: sizes });
  const bases = [24, 28, 12, 12];
  const base = bases[version]!;
  if (file.u64(base) !== 0) throw new FileError('an HDF5 file inside another file is not read', { offset: base });
  const end = base + 16;
  if (file.u64(end) > file.length)
    throw new FileError(`the HDF5 file is cut off: ${file.u64(end)} bytes are declared, ${file.length} are there`, {
      offset: end,
    });
  // Versions 0 and 1 end with the root group's symbol table entry, whose second field is the address of the header.
  return file.u64(old ? base + 40 : base + 24);
}
