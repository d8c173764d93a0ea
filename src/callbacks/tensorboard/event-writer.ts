import { joinPath, nodeFs } from '../node-fs.ts';
import { maskedCrc32c } from './crc32c.ts';
import { encodeEvent } from './messages.ts';
import type { Summary } from './summaries.ts';

/** Tells apart writers of one process that begin in the same second. */
let writers = 0;

/** Writes events to a new file in a folder, in the format TFRecord. */
export class EventWriter {
  readonly #file: number;
  readonly #library: typeof import('pbf');

  private constructor(file: number, library: typeof import('pbf')) {
    this.#file = file;
    this.#library = library;
    this.#append({ wallTime: Date.now() / 1000, fileVersion: 'brain.Event:2' });
  }

  /** Opens a file in a folder, which is made where it is missing. */
  static async open(folder: string): Promise<EventWriter> {
    const library = await import('pbf');
    const fs = nodeFs('TensorBoard');
    fs.mkdirSync(folder, { recursive: true });
    const host = process.getBuiltinModule('node:os').hostname() || 'localhost';
    const name = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${host}.${process.pid}.${writers++}.v2`;
    return new EventWriter(fs.openSync(joinPath(folder, name), 'wx'), library);
  }

  write(summary: Summary, step: number): void {
    this.#append({ wallTime: Date.now() / 1000, step, summary });
  }

  #append(event: Parameters<typeof encodeEvent>[1]): void {
    const record = frame(encodeEvent(this.#library, event));
    const fs = nodeFs('TensorBoard');
    for (let at = 0; at < record.length; ) at += fs.writeSync(this.#file, record, at);
  }

  close(): void {
    nodeFs('TensorBoard').closeSync(this.#file);
  }
}

/** A record: its length (8 bytes), the checksum of the length, the data, the checksum of the data. */
export function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
