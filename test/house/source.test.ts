import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { importsOf, ROOT, readSources } from './sources.ts';

const sources = readSources();

function linesWith(pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

test('no source text is run as code: no eval, no Function, no import of something computed', () => {
  expect(linesWith(/\beval\s*\(|\bFunction\s*\(|\bconstructor\s*\.\s*constructor\b/)).toEqual([]);
  expect(linesWith(/\bimport\((?!\s*'[^'$]+'\s*\))/)).toEqual([]);
});

test('nothing is left to be done later', () => {
  expect(linesWith(/\b(TODO|FIXME|HACK)\b/)).toEqual([]);
});

test('no import is for its side effects alone', () => {
  expect(linesWith(/^import '/)).toEqual([]);
});

test('what files import exists', () => {
  const missing = sources.flatMap(importsOf).filter((i) => !existsSync(`${ROOT}/src/${i.to}`));
  expect(missing.map((i) => `${i.from} imports ${i.to}`)).toEqual([]);
});
