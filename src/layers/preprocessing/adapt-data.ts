import { checkOptions, describe, OlifantError } from '../../errors.ts';
import { fromNested, fromTypedArray, type HostTensor, isTypedArray, type NestedArray } from '../../trace/host.ts';
import { type HostColumn, isStringLike, StringTensor, stringTensor } from '../../trace/string-tensor.ts';
import { Tensor, type TensorLike } from '../../trace/tensor.ts';
import { Variable } from '../../trace/variable.ts';

type Values = TensorLike | StringTensor | readonly string[] | string;

/**
 * What layers adapt to: an array (a tensor, a typed array, nested arrays of numbers or strings), or batches of them: an
 * iterable, an async iterable, a function that gives one, or a list of tensors or typed arrays. Of batches `[x, y]` the first
 * part counts.
 */
export type AdaptData =
  | Values
  | readonly (Tensor | StringTensor | Float32Array | Int32Array)[]
  | readonly (readonly string[])[]
  | Iterable<unknown>
  | AsyncIterable<unknown>
  | (() => Iterable<unknown> | AsyncIterable<unknown>);

export interface AdaptOptions {
  /** At most so many batches of an iterable. Default: all. */
  steps?: number | null;
}

/** Host values of an array of numbers or strings. */
export function readColumn(x: unknown, what: string): HostColumn {
  if (isStringLike(x)) return stringTensor(x, undefined, what);
  if (x instanceof Tensor) return { data: x.dataSync(), shape: x.shape, dtype: x.dtype };
  if (x instanceof Variable) return { data: x.read(), shape: x.shape, dtype: x.dtype };
  if (isTypedArray(x)) return { ...fromTypedArray(x), shape: [x.length] };
  if (Array.isArray(x) || typeof x === 'number' || typeof x === 'boolean')
    return fromNested(x as NestedArray, undefined, what);
  throw new OlifantError(
    'INVALID_DATA',
    `${what}: expected an array of numbers or strings, or batches of them, got ${describe(x)}` +
      (x instanceof Promise ? '. Is an `await` missing?' : ''),
  );
}

export function numbersOf(column: HostColumn, what: string): HostTensor {
  if (column.dtype !== 'string') return column;
  throw new OlifantError('DTYPE', `${what}: expected numbers, got strings`);
}

export function stringsOf(column: HostColumn, what: string): StringTensor {
  if (column.dtype === 'string') return column;
  throw new OlifantError('DTYPE', `${what}: expected strings, got ${column.dtype} numbers of shape [${column.shape}]`);
}

const isValue = (x: unknown) => x instanceof Tensor || x instanceof StringTensor || isTypedArray(x);
/** [x, y] */
const isPair = (x: unknown) => Array.isArray(x) && isValue(x[0]);

/** Whether data comes as batches. */
export function isBatches(x: unknown): boolean {
  if (typeof x === 'function') return true;
  if (Array.isArray(x)) return x.length > 0 && (x.every(isValue) || x.every(isPair));
  if (typeof x !== 'object' || x === null || isValue(x) || x instanceof Variable) return false;
  return Symbol.iterator in x || Symbol.asyncIterator in x;
}

/** Gives each batch to `take`, or all of an array at once (`whole`). */
export async function eachBatch(
  owner: string,
  data: unknown,
  options: AdaptOptions,
  take: (batch: HostColumn, whole: boolean) => void,
): Promise<void> {
  const what = `${owner}: adapt`;
  const { steps = null } = checkOptions(what, options, ['steps']);
  if (steps !== null && !(Number.isSafeInteger(steps) && steps > 0))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${what}: steps must be a whole number of at least 1, got ${describe(steps)}`,
    );
  if (!isBatches(data)) return take(readColumn(data, what), true);
  const stream = (typeof data === 'function' ? data() : data) as AsyncIterable<unknown>;
  let n = 0;
  for await (const item of stream) {
    if (steps !== null && n >= steps) break;
    take(readColumn(isPair(item) ? (item as unknown[])[0] : item, what), false);
    n++;
  }
  if (n === 0) throw new OlifantError('INVALID_DATA', `${what}: the data is empty: it gave no batch`);
}
