import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { setRandomSeed } from '../../src/trace/index.ts';
import { ROOT } from './sources.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocksOf = (page: string) => Array.from(page.matchAll(/^```ts\n([\s\S]*?)^```$/gm), (m) => m[1]!);
const blocks = [...blocksOf(readme), ...blocksOf(readFileSync(join(ROOT, 'docs/pictures.md'), 'utf8'))];

describe('the README, and the page about pictures', () => {
  let folder: string;
  const before = process.cwd();

  beforeAll(() => {
    // Inside the project, so that the blocks are compiled and find the package.
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.cache', 'readme-'));
    process.chdir(folder);
  });

  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });

  test('begins with a model in about ten lines', () => {
    expect(blocksOf(readme).length).toBeGreaterThan(1);
    expect(blocks[0]!.split('\n').filter((line) => line.includes(';')).length).toBeLessThanOrEqual(12);
  });

  test.each(blocks.map((code, i) => [code.split('\n')[0]!, code, i] as const))('%s', async (_, code, i) => {
    const file = join(folder, `block${i}.ts`);
    writeFileSync(file, code);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    let printed: string[];
    try {
      setRandomSeed(1);
      await import(/* @vite-ignore */ pathToFileURL(file).href);
    } finally {
      printed = log.mock.calls.map(([value]) => shown(value));
      log.mockRestore();
      write.mockRestore();
    }
    const promised = promises(code);
    expect(printed.map(words)).toEqual(promised.map(words));
    // What training reached differs from target to target in the second decimal.
    printed.flatMap(numbers).forEach((n, k) => expect(n).toBeCloseTo(promised.flatMap(numbers)[k]!, 1));
  });

  test('names commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const pages = [
      readme,
      readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'),
      readFileSync(join(ROOT, 'docs/recipes.md'), 'utf8'),
    ];
    const named = pages.flatMap((page) => Array.from(page.matchAll(/npm run ([\w:]+)/g), (m) => m[1]!));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** What the comments behind `console.log` say. */
function promises(code: string): string[] {
  return Array.from(code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), (m) => m[1]!);
}

/** A printed value as the README writes it. */
function shown(value: unknown): string {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<number>).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, x]) => `${key}: ${x}`)
    .join(', ')} }`;
}

const NUMBER = /-?\d+(?:\.\d+)?/g;
const words = (text: string) => text.replace(NUMBER, '#');
const numbers = (text: string) => Array.from(text.matchAll(NUMBER), (m) => Number(m[0]));
