import { decodeText } from './bytes.ts';
import { FileError } from './file-error.ts';

/** Limits that no model comes near, and that keep memory and stack small whatever the text. */
const MAX_DEPTH = 200;
const MAX_VALUES = 1_000_000;
const MAX_BYTES = 32 * 2 ** 20;

const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  // Python writes these, though JSON does not have them.
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /-?[A-Za-z]+/y;

/**
 * JSON as Python writes it, from untrusted bytes. `JSON.parse` would take what must not pass: a key that stands twice in an
 * object, keys that reach into JavaScript's prototypes, depth and number of values without limit.
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_BYTES)
    throw new FileError(`the JSON is ${bytes.length} bytes long; at most ${MAX_BYTES} are read`);
  const parser = new Parser(decodeText(bytes, 'the JSON'));
  return parser.document();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value(0);
    this.#match(SPACE);
    if (this.#at !== this.#text.length) this.#fail('expected the end of the JSON');
    return value;
  }

  #fail(detail: string): never {
    // The offset counts characters; it is that of bytes unless the text before it is not ASCII.
    throw new FileError(detail, { offset: this.#at });
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Skips spaces and takes `c` if it comes next. */
  #take(c: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) this.#fail(`the JSON is nested deeper than ${MAX_DEPTH} levels`);
    if (++this.#values > MAX_VALUES) this.#fail(`the JSON has more than ${MAX_VALUES} values`);
    if (this.#take('{')) return this.#object(depth + 1);
    if (this.#take('[')) return this.#array(depth + 1);
    if (this.#text[this.#at] === '"') return this.#string();
    const number = this.#match(NUMBER);
    if (number !== undefined && !/[A-Za-z]/.test(this.#text[this.#at] ?? '')) return Number(number);
    const start = this.#at;
    const word = this.#match(WORD);
    if (word !== undefined && Object.hasOwn(WORDS, word)) return WORDS[word];
    this.#at = start;
    return this.#fail('expected a value');
  }

  #string(): string {
    const start = this.#at++;
    for (let c = 0; c !== 0x22; this.#at++) {
      c = this.#text.charCodeAt(this.#at);
      if (c === 0x5c) this.#at++;
      // Beyond the end it is NaN.
      else if (!(c >= 0x20)) this.#fail('a string without end, or with a character that must be escaped');
    }
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      return this.#fail('a string with an escape that JSON does not have');
    }
  }

  #array(depth: number): unknown[] {
    const out: unknown[] = [];
    if (this.#take(']')) return out;
    do out.push(this.#value(depth));
    while (this.#take(','));
    if (!this.#take(']')) this.#fail("expected ',' or ']'");
    return out;
  }

  #object(depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    if (this.#take('}')) return out;
    do {
      this.#match(SPACE);
      if (this.#text[this.#at] !== '"') this.#fail('expected a key');
      const key = this.#string();
      if (key in Object.prototype || key === 'prototype') this.#fail(`the key '${key}' is not allowed`);
      if (Object.hasOwn(out, key)) this.#fail(`the key '${key.slice(0, 60)}' stands twice in one object`);
      if (!this.#take(':')) this.#fail("expected ':'");
      out[key] = this.#value(depth);
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail("expected ',' or '}'");
    return out;
  }
}
