import { describe, formatShape, OlifantError } from '../errors.ts';
import { sizeOf } from '../graph/shape.ts';
import type { HostTensor } from './host.ts';

/** Nested arrays of strings. */
export type NestedStrings = string | readonly NestedStrings[];

/**
 * Strings with a shape. Strings are data of the host: preprocessing layers take them and make tensors of numbers of them, and
 * no compiled program ever sees one.
 */
export class StringTensor {
  readonly dtype = 'string';
  readonly shape: readonly number[];
  /** The strings, last axis fastest. */
  readonly data: readonly string[];

  /** @internal Made by `stringTensor` and by layers. */
  constructor(data: readonly string[], shape: readonly number[]) {
    this.data = data;
    this.shape = shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return this.data.length;
  }

  /** The strings as nested arrays; a scalar as a string. */
  arraySync(): NestedStrings {
    let at = 0;
    const build = (axis: number): NestedStrings =>
      axis === this.shape.length ? this.data[at++]! : Array.from({ length: this.shape[axis]! }, () => build(axis + 1));
    return build(0);
  }

  /** The strings as nested arrays; a scalar as a string. */
  async array(): Promise<NestedStrings> {
    return this.arraySync();
  }

  toString(): string {
    const inner = this.size <= 64 ? `, ${JSON.stringify(this.arraySync())}` : '';
    return `StringTensor(shape=[${this.shape.join(', ')}]${inner})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** Values on the host: numbers or strings. */
export type HostColumn = HostTensor | StringTensor;

/** What is taken for strings: a `StringTensor`, one string, nested arrays of them. */
export type StringLike = StringTensor | NestedStrings;

/** Whether data is strings: told by the first element. */
export function isStringLike(x: unknown): x is StringLike {
  if (x instanceof StringTensor || typeof x === 'string') return true;
  let first = x;
  while (Array.isArray(first)) first = first[0];
  return typeof first === 'string';
}

/**
 * Makes a tensor of strings.
 *
 * @param data Nested arrays of strings, all rows alike; or a flat list together with `shape`.
 * @throws OlifantError `INVALID_DATA` where rows differ in length or something is no string, `SHAPE` where the sizes do not fit.
 * @example
 * stringTensor([['a', 'b'], ['c', 'd']]).shape; // [2, 2]
 */
export function stringTensor(data: StringLike, shape?: readonly number[], what = 'stringTensor'): StringTensor {
  const made = data instanceof StringTensor ? data : fromNestedStrings(data, what);
  if (shape === undefined) return made;
  if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0) || sizeOf(shape) !== made.size)
    throw new OlifantError(
      'SHAPE',
      `${what}: shape ${formatShape(shape)} needs ${sizeOf(shape)} strings, but the data has ${made.size}`,
    );
  return new StringTensor(made.data, [...shape]);
}

function fromNestedStrings(value: NestedStrings, what: string): StringTensor {
  const shape: number[] = [];
  let first: unknown = value;
  while (Array.isArray(first)) {
    shape.push(first.length);
    first = first[0];
  }
  const data: string[] = [];
  const walk = (v: unknown, depth: number, where: string): void => {
    if (depth < shape.length) {
      if (!Array.isArray(v) || v.length !== shape[depth])
        throw new OlifantError(
          'INVALID_DATA',
          `${what}: rows must all be alike, but ${where} is ${describe(v)} where an array of ${shape[depth]} was expected`,
        );
      for (let i = 0; i < v.length; i++) walk(v[i], depth + 1, `${where}[${i}]`);
      return;
    }
    if (typeof v !== 'string')
      throw new OlifantError('INVALID_DATA', `${what}: expected strings, but ${where} is ${describe(v)}`);
    data.push(v);
  };
  walk(value, 0, 'value');
  return new StringTensor(data, shape);
}
