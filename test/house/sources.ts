import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A source file: its path below src/, with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export function readSources(): SourceFile[] {
  return readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => ({ path, text: readFileSync(`${ROOT}/src/${path}`, 'utf8') }));
}

/** One import (or re-export) of another file of ours. */
export interface Import {
  readonly from: string;
  /** Path below src/. */
  readonly to: string;
  /** Gone when the types are. */
  readonly typeOnly: boolean;
}

const STATIC = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'(\.[^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'(\.[^']+)'/g;

export function importsOf({ path, text }: SourceFile): Import[] {
  const to = (specifier: string) => posix.normalize(posix.join(posix.dirname(path), specifier));
  return [
    ...Array.from(text.matchAll(STATIC), (m) => ({ from: path, to: to(m[2]!), typeOnly: m[1] !== undefined })),
    ...Array.from(text.matchAll(DYNAMIC), (m) => ({ from: path, to: to(m[1]!), typeOnly: false })),
  ];
}
