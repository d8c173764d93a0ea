import { describe, formatShape, OlifantError } from '../errors.ts';
import { sizeOf } from '../graph/shape.ts';
import {
  type AnyTypedArray,
  checkShape,
  fromNested,
  fromTypedArray,
  type HostTensor,
  isTypedArray,
  type NestedArray,
} from '../trace/host.ts';
import {
  type HostColumn,
  isStringLike,
  type NestedStrings,
  StringTensor,
  stringTensor,
} from '../trace/string-tensor.ts';
import { Tensor } from '../trace/tensor.ts';
import { Variable } from '../trace/variable.ts';

/** Values with their shape, as loaders of files give them. */
export interface ShapedArray {
  readonly data: AnyTypedArray;
  readonly shape: readonly number[];
}

/** One array of samples: the first axis counts them. */
export type DataArray = Tensor | Variable | AnyTypedArray | NestedArray | ShapedArray | StringTensor | NestedStrings;

/** The data of a model: one array, several in the order of the inputs, or a record by their names. */
export type Data = DataArray | readonly (DataArray | null)[] | { readonly [name: string]: DataArray | null };

function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;
}

function isShaped(x: unknown): x is ShapedArray {
  return isRecord(x) && isTypedArray(x.data) && Array.isArray(x.shape);
}

/** Host values of one array. Typed arrays and computed tensors are not copied. */
export function toHost(x: unknown, what: string): HostTensor {
  if (x instanceof Tensor) return { data: x.dataSync(), shape: x.shape, dtype: x.dtype };
  if (x instanceof Variable) return { data: x.read(), shape: x.shape, dtype: x.dtype };
  if (isTypedArray(x)) return { ...fromTypedArray(x), shape: [x.length] };
  if (isShaped(x)) {
    checkShape(x.shape, x.data.length, what);
    return { ...fromTypedArray(x.data), shape: x.shape };
  }
  if (Array.isArray(x)) return fromNested(x as NestedArray, undefined, what);
  throw new OlifantError(
    'INVALID_DATA',
    `${what}: expected a tensor, a typed array or nested arrays, got ${describe(x)}${hint(x)}`,
  );
}

function hint(x: unknown): string {
  return x instanceof Promise ? '. Is an `await` missing?' : '';
}

/** Host values of one array, numbers or strings. */
export function toColumn(x: unknown, what: string): HostColumn {
  return isStringLike(x) ? stringTensor(x, undefined, what) : toHost(x, what);
}

/** Whether an array lists several arrays of data, given that `expected` are wanted. */
function isList(x: readonly unknown[], expected: number): boolean {
  if (x.length === 0) return false;
  if (x.every((v) => isOneArray(v) || v === null)) return expected > 1 || x.length !== 1 || !isTypedArray(x[0]);
  return expected > 1 && x.length === expected && x.every((v) => v === null || typeof v === 'object');
}

function isOneArray(v: unknown): boolean {
  return v instanceof Tensor || v instanceof Variable || v instanceof StringTensor || isTypedArray(v) || isShaped(v);
}

/**
 * The arrays of a model's data in the order of `names`.
 *
 * @param names What the inputs (or outputs) are called; `null` where that is not known.
 * @param optional Whether a record may leave some out (they become `null`).
 */
export function toColumns(
  x: unknown,
  names: readonly string[] | null,
  what: string,
  optional = false,
): (HostColumn | null)[] {
  if (isRecord(x) && !isShaped(x)) return fromRecord(x, names, what, optional);
  if (Array.isArray(x) && isList(x, names?.length ?? 1)) {
    if (names !== null && x.length !== names.length)
      throw new OlifantError(
        'INVALID_DATA',
        `${what}: expected ${names.length} array(s) (${names.join(', ')}), got a list of ${x.length}`,
      );
    return x.map((v, i) => (v === null ? null : toColumn(v, `${what}[${i}]`)));
  }
  if (names !== null && names.length > 1 && !optional)
    throw new OlifantError(
      'INVALID_DATA',
      `${what}: expected ${names.length} arrays, as a list or a record of ${names.join(', ')}; got ${describe(x)}`,
    );
  return [toColumn(x, what)];
}

function fromRecord(
  x: Record<string, unknown>,
  names: readonly string[] | null,
  what: string,
  optional: boolean,
): (HostColumn | null)[] {
  const order = names ?? Object.keys(x);
  const extra = Object.keys(x).filter((k) => !order.includes(k));
  const missing = optional ? [] : order.filter((k) => !(k in x));
  if (extra.length > 0 || missing.length > 0)
    throw new OlifantError(
      'INVALID_DATA',
      `${what}: expected ${order.join(', ')}; ` +
        [missing.length > 0 && `missing ${missing.join(', ')}`, extra.length > 0 && `unknown ${extra.join(', ')}`]
          .filter(Boolean)
          .join('; '),
    );
  return order.map((k) => (x[k] === undefined || x[k] === null ? null : toColumn(x[k], `${what}.${k}`)));
}

/**
 * Samples for a model: columns of inputs, targets and weights, with as many rows. Inputs of a model that begins with layers on
 * the host may be strings, until those layers have run.
 */
export interface Samples<C extends HostColumn = HostTensor> {
  /** null for inputs that may be left out. */
  readonly x: readonly (C | null)[];
  /** The names under which the inputs came, if they came in a record. */
  readonly names: readonly string[] | null;
  readonly y: readonly (HostTensor | null)[];
  readonly weights: readonly (HostTensor | null)[];
  readonly rows: number;
}

/** Puts columns together and checks that they have equally many rows, at least one. */
export function makeSamples<C extends HostColumn>(
  x: readonly (C | null)[],
  y: readonly (HostTensor | null)[],
  weights: readonly (HostTensor | null)[],
  method: string,
  names: readonly string[] | null = null,
): Samples<C> {
  const parts: [string, HostColumn | null][] = [
    ...x.map((c, i) => [x.length > 1 ? `x[${i}]` : 'x', c] as [string, HostColumn | null]),
    ...y.map((c, i) => [y.length > 1 ? `y[${i}]` : 'y', c] as [string, HostTensor | null]),
    ...weights.map((c) => ['sampleWeight', c] as [string, HostTensor | null]),
  ];
  for (const [name, c] of parts)
    if (c !== null && c.shape.length === 0)
      throw new OlifantError(
        'INVALID_DATA',
        `${method}: ${name} is a single ${c.dtype === 'string' ? 'string' : 'number'}; its first axis must count samples`,
      );
  const first = x.find((c) => c !== null)?.shape ?? [];
  const rows = first[0] ?? 0;
  const odd = parts.find(([, c]) => c !== null && c.shape[0] !== rows);
  if (odd !== undefined)
    throw new OlifantError(
      'INVALID_DATA',
      `${method}: x and y must have equally many samples, but x has ${rows} (shape ${formatShape(first)}) ` +
        `and ${odd[0]} has ${odd[1]!.shape[0]} (shape ${formatShape(odd[1]!.shape)})`,
    );
  if (rows === 0)
    throw new OlifantError('INVALID_DATA', `${method}: the data is empty (x has shape ${formatShape(first)})`);
  return { x, y, weights, rows, names };
}

/** A part of the rows, without a copy. */
export function sliceRows<C extends HostColumn>(samples: Samples<C>, start: number, end: number): Samples<C> {
  const cut = (c: HostColumn): HostColumn => {
    const row = sizeOf(c.shape.slice(1));
    const shape = [end - start, ...c.shape.slice(1)];
    return c.dtype === 'string'
      ? new StringTensor(c.data.slice(start * row, end * row), shape)
      : { ...c, data: c.data.subarray(start * row, end * row), shape };
  };
  const cutAll = <T extends HostColumn | null>(columns: readonly T[]) =>
    columns.map((c) => (c === null ? c : cut(c)) as T);
  return {
    ...samples,
    x: cutAll(samples.x),
    y: cutAll(samples.y),
    weights: cutAll(samples.weights),
    rows: end - start,
  };
}
