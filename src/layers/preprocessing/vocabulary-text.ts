import { describe, OlifantError } from '../../errors.ts';

/** The lines of a vocabulary's text; line ends of Windows count as line ends, empty lines at the end do not count. */
export function vocabularyLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The lines of a vocabulary file, one term each. */
export function readVocabularyFile(path: string, owner: string): string[] {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (fs === undefined)
    throw new OlifantError(
      'UNSUPPORTED',
      `${owner}: vocabulary '${path}' is a file, and there are no files here; give an array of terms`,
    );
  try {
    return vocabularyLines(fs.readFileSync(path, 'utf8'));
  } catch (error) {
    throw new OlifantError('INVALID_FILE', `${owner}: cannot read the vocabulary file ${describe(path)}: ${error}`, {
      cause: error,
    });
  }
}

/** UTF-16 units put in the order of code points: surrogates, which stand for the highest ones, last. */
const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);

/** The order of the strings' code points, which is that of their UTF-8 bytes (and not that of JavaScript's `<`). */
export function compareText(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}
