import { Bytes } from '../bytes.ts';
import { FileError, toFileError } from '../file-error.ts';
import { crc32 } from './crc32.ts';
import { readDirectory, type ZipEntry } from './directory.ts';
import { inflate } from './inflate.ts';

/** What may be unpacked beyond twice the size of the archive. */
const SLACK = 32 * 2 ** 20;

/** An archive of which every header has been checked. */
export class ZipArchive {
  readonly #file: Bytes;
  readonly #entries: ReadonlyMap<string, ZipEntry>;

  /** @throws FileError for archives that are damaged, deceiving, encrypted, or bombs. */
  constructor(data: Uint8Array) {
    this.#file = new Bytes(data);
    const entries = readDirectory(this.#file);
    const packed = entries.filter((e) => e.method !== 0).reduce((n, e) => n + e.size, 0);
    if (packed > 2 * data.length + SLACK)
      throw new FileError(`its members would unpack to ${packed} bytes, too much for an archive of ${data.length}`);
    this.#entries = new Map(entries.map((e) => [e.name, e]));
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The bytes of a member, its checksum checked; of a stored one a view of the archive's. */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (entry === undefined)
      throw new FileError(
        `the archive has no member '${name}'; it has ${this.names.slice(0, 10).join(', ') || 'none'}`,
      );
    try {
      const packed = this.#file.slice(entry.dataStart, entry.packedSize, 'the member');
      const data = entry.method === 0 ? packed : await inflate(packed, entry.size);
      if (crc32(data) !== entry.crc) throw new FileError('its checksum (CRC-32) is wrong: the file is damaged');
      return data;
    } catch (error) {
      throw toFileError(error, { member: name });
    }
  }
}

/** An archive of stored members, as Keras writes it. */
export async function writeZip(members: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const { zipSync } = await import('fflate');
  return zipSync(members, { level: 0, mtime: new Date() });
}
