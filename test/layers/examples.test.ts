import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as layers from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { stringTensor, tensor } from '../../src/trace/index.ts';

const ROOT = new URL('../../src/layers/', import.meta.url);
const KINDS = readdirSync(ROOT, { withFileTypes: true }).filter((d) => d.isDirectory());

interface Line {
  readonly code: string;
  /** What a comment at the end of the line says that it gives. */
  readonly value: string | undefined;
}

/** The lines of the `@example` in a file's documentation. */
function exampleOf(source: string): Line[] | undefined {
  const found = /^ \* @example\n((?: \* .*\n)+) \*\//m.exec(source);
  if (found === null) return undefined;
  return found[1]!
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, code, value] = /^ \* (.*?)(?:; \/\/ (.*))?$/.exec(line)!;
      return { code: code!, value };
    });
}

/** Nobody makes a layer of an operation by hand: functions of `ops` do, where they meet a symbolic tensor. */
const MADE_BY_OPS = 'operation';

const classes = KINDS.filter((d) => d.name !== 'rnn' && d.name !== MADE_BY_OPS).flatMap((d) =>
  readdirSync(new URL(`${d.name}/`, ROOT)).flatMap((file) => {
    const source = readFileSync(new URL(`${d.name}/${file}`, ROOT), 'utf8');
    return /^export class \w+ extends /m.test(source) && !file.startsWith('input')
      ? [{ file: `${d.name}/${file}`, source }]
      : [];
  }),
);

describe('the example of', () => {
  it.each(classes)('$file runs and gives what it says', ({ source }) => {
    const lines = exampleOf(source);
    expect(lines, 'every layer has an example').toBeDefined();
    expect(lines!.some((l) => l.value !== undefined)).toBe(true);
    const body = lines!.map((l) => (l.value === undefined ? l.code : `check(${l.code}, ${l.value});`)).join('\n');
    const scope = {
      ...layers,
      ops,
      tensor,
      stringTensor,
      check: (got: unknown, value: unknown) => expect(got).toEqual(value),
    };
    new Function(...Object.keys(scope), body)(...Object.values(scope));
  });
});
