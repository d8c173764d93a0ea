import { OlifantError } from '../errors.ts';

type Files = typeof import('node:fs');

/** Node's files; browsers have none. */
export function nodeFs(owner: string): Files {
  const fs = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.('node:fs');
  if (fs === undefined) throw new OlifantError('UNSUPPORTED', `${owner}: it writes files, so it needs Node`);
  return fs;
}

/** The folder of a path; `''` where it names none. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return end === 0 ? path[0]! : path.slice(0, Math.max(end, 0));
}

/** Joins names to a path. */
export function joinPath(...parts: readonly string[]): string {
  return parts.map((part, i) => (i < parts.length - 1 ? part.replace(/[/\\]+$/, '') || '/' : part)).join('/');
}
