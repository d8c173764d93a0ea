import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const MARK = /(<!-- bench:begin -->\n)[\s\S]*?(<!-- bench:end -->)/;

/**
 * Writes results between the two marks of a page.
 *
 * @throws Error where the page lacks them
 */
export function fillMarkers(file: string, text: string): void {
  const path = resolve(file);
  const page = readFileSync(path, 'utf8');
  if (!MARK.test(page)) throw new Error(`${file} has no lines <!-- bench:begin --> and <!-- bench:end -->`);
  writeFileSync(
    path,
    page.replace(MARK, (_, before: string, after: string) => `${before}\n${text}\n\n${after}`),
  );
}
