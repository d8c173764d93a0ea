import { readFileSync } from 'node:fs';
import { strFromU8, strToU8, unzipSync } from 'fflate';
import { expect } from 'vitest';
import { FileError, loadModel } from '../../src/saving/index.ts';
import { expectLittleEffort } from './effort.ts';
import { type RawMember, rawZip } from './raw-zip.ts';

const folder = new URL('../golden/models/', import.meta.url);

/** The bytes of a file that Keras wrote. */
export function goldenBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, folder)));
}

/** The members of a `.keras` file. */
export function membersOf(data: Uint8Array): Record<string, Uint8Array> {
  return unzipSync(data);
}

// biome-ignore lint/suspicious/noExplicitAny: configurations are taken apart and broken at will.
export type Json = any;

export function configOf(data: Uint8Array): Json {
  return JSON.parse(strFromU8(membersOf(data)['config.json']!));
}

/** Without Python's addresses of shared objects, and the `training` that Keras records of its own accord. */
export function withoutIds(x: Json): Json {
  if (Array.isArray(x)) return x.map(withoutIds);
  if (typeof x !== 'object' || x === null) return x;
  return Object.fromEntries(
    Object.entries(x)
      .filter(([k]) => k !== 'shared_object_id' && k !== 'training')
      .map(([k, v]) => [k, withoutIds(v)]),
  );
}

/** A `.keras` file of Keras's with members replaced (`null`: left out); checksums are right. */
export function kerasFile(name: string, changed: Record<string, Uint8Array | string | null>): Uint8Array {
  const members: Record<string, Uint8Array | string | null> = {
    ...membersOf(goldenBytes(`${name}.keras`)),
    ...changed,
  };
  const list: RawMember[] = Object.entries(members).flatMap(([n, data]) =>
    data === null ? [] : [{ name: n, data: typeof data === 'string' ? strToU8(data) : data }],
  );
  return rawZip(list);
}

/** A `.keras` file with a changed configuration. */
export function withConfig(name: string, change: (config: Json) => void): Uint8Array {
  const config = configOf(goldenBytes(`${name}.keras`));
  change(config);
  return kerasFile(name, { 'config.json': JSON.stringify(config) });
}

/** Loading must fail with a `FileError` whose message matches, without much work. */
export async function expectRefused(
  data: Uint8Array,
  message: RegExp,
  options: Parameters<typeof loadModel>[1] = {},
): Promise<FileError> {
  const error = await expectLittleEffort('to refuse the file', () =>
    loadModel(data, options).then(
      () => expect.fail('the file was loaded'),
      (e: unknown) => e,
    ),
  );
  expect(error).toBeInstanceOf(FileError);
  expect((error as FileError).code).toBe('FILE');
  expect((error as FileError).message).toMatch(message);
  return error as FileError;
}
