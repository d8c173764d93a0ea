import { checkOptions, describe, OlifantError } from '../errors.ts';
import { hostArray } from '../graph/dtype.ts';
import { sizeOf } from '../graph/shape.ts';
import { checkFlag, checkWhole } from '../keras-object.ts';
import type { HostTensor } from '../trace/host.ts';
import { drawSeed } from '../trace/random-host.ts';
import { literal, Tensor } from '../trace/tensor.ts';
import { type DataArray, toHost } from './columns.ts';
import { Dataset } from './dataset.ts';
import { pythonShuffled } from './mersenne-twister.ts';

export interface SplitOptions {
  /** Samples of the left part: a whole number, or a share below 1. Default: what the right one leaves. */
  leftSize?: number | null;
  rightSize?: number | null;
  /** Whether the samples are shuffled before. Default `false`. */
  shuffle?: boolean;
  /** Of the shuffle; it gives the samples that Python's `random` gives. */
  seed?: number | null;
}

const OWNER = 'splitDataset';

/**
 * Divides samples in two (Keras's `split_dataset`), such as for training and for testing.
 *
 * @param dataset An array of samples; a list of arrays with as many samples each; or a dataset, of which the batches (without
 *   an axis for the batch: samples) are read into memory.
 * @returns The parts, each of the structure of the whole.
 * @throws OlifantError `INVALID_ARGUMENT` for sizes that cannot be, `INVALID_DATA` for arrays of different length.
 * @example
 * const [[xTrain, yTrain], [xTest, yTest]] = await splitDataset([x, y], { leftSize: 0.8, shuffle: true, seed: 1 });
 */
export async function splitDataset<T extends DataArray | readonly DataArray[] | Dataset>(
  dataset: T,
  options: SplitOptions = {},
): Promise<T extends Tensor ? [Tensor, Tensor] : [Tensor | Tensor[], Tensor | Tensor[]]> {
  checkOptions(OWNER, options, ['leftSize', 'rightSize', 'shuffle', 'seed']);
  const shuffle = checkFlag(OWNER, 'shuffle', options.shuffle ?? false);
  const seed = options.seed === undefined || options.seed === null ? null : checkWhole(OWNER, 'seed', options.seed);
  const several = dataset instanceof Dataset || isList(dataset);
  const columns = dataset instanceof Dataset ? await gather(dataset) : listed(dataset as DataArray | DataArray[]);
  const single = !several || (dataset instanceof Dataset && columns.length === 1);
  const count = columns[0]!.shape[0]!;
  const odd = columns.find((c) => c.shape[0] !== count);
  if (odd !== undefined)
    throw new OlifantError('INVALID_DATA', `${OWNER}: the arrays have ${count} and ${odd.shape[0]} samples`);
  const [left, right] = sizes(options.leftSize ?? null, options.rightSize ?? null, count);
  const all = Array.from({ length: count }, (_, i) => i);
  const order = shuffle ? pythonShuffled(all, seed ?? drawSeed()) : all;
  const part = (numbers: readonly number[]) => {
    const tensors = columns.map((c) => rows(c, numbers));
    return single ? tensors[0]! : tensors;
  };
  return [part(order.slice(0, left)), part(order.slice(count - right))] as never;
}

/** A list of arrays, unless it is one array in brackets. */
function isList(x: unknown): boolean {
  if (!Array.isArray(x) || x.length === 0) return false;
  const isArray = (v: unknown) =>
    v instanceof Tensor || ArrayBuffer.isView(v) || (typeof v === 'object' && v !== null && 'shape' in v);
  return x.every(isArray);
}

function listed(dataset: DataArray | DataArray[]): HostTensor[] {
  const arrays = isList(dataset) ? (dataset as DataArray[]) : [dataset as DataArray];
  return arrays.map((a, i) => {
    const column = toHost(a, `${OWNER}: array ${i}`);
    if (column.shape.length === 0 || column.shape[0] === 0)
      throw new OlifantError('INVALID_DATA', `${OWNER}: array ${i} has no samples`);
    return column;
  });
}

/** All items of a dataset as columns, in which each item is a sample. */
async function gather(dataset: Dataset): Promise<HostTensor[]> {
  if (dataset.length === null)
    throw new OlifantError('INVALID_ARGUMENT', `${OWNER}: the dataset has no end, so it cannot be divided`);
  const items: HostTensor[][] = [];
  for await (const item of dataset)
    items.push((Array.isArray(item) ? item : [item]).map((v, i) => toHost(v, `${OWNER}: item ${items.length}[${i}]`)));
  const first = items[0];
  if (first === undefined) throw new OlifantError('INVALID_DATA', `${OWNER}: the dataset is empty`);
  return first.map(({ shape, dtype }, i) => {
    const size = sizeOf(shape);
    const data = hostArray(dtype, size * items.length);
    items.forEach((item, n) => {
      if (String(item[i]?.shape) !== String(shape))
        throw new OlifantError(
          'INVALID_DATA',
          `${OWNER}: item ${n} is ${describe(item[i])}, the first has shape [${shape}]; give the dataset batches of one size, or batchSize: null`,
        );
      data.set(item[i]!.data, n * size);
    });
    return { data, shape: [items.length, ...shape], dtype };
  });
}

function rows({ data, shape, dtype }: HostTensor, numbers: readonly number[]): Tensor {
  const size = sizeOf(shape.slice(1));
  const out = hostArray(dtype, numbers.length * size);
  numbers.forEach((n, i) => {
    out.set(data.subarray(n * size, (n + 1) * size), i * size);
  });
  return literal(out, [numbers.length, ...shape.slice(1)], dtype);
}

/** Whole numbers of samples; shares are rounded as in Python, half to even. */
function sizes(left: number | null, right: number | null, count: number): [number, number] {
  if (left === null && right === null)
    throw new OlifantError('INVALID_ARGUMENT', `${OWNER}: give leftSize or rightSize`);
  const whole = (name: string, size: number | null): number | null => {
    if (size === null) return null;
    if (typeof size === 'number' && size > 0 && size < 1) return roundEven(size * count);
    if (Number.isSafeInteger(size) && size > 0 && size < count) return size;
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${OWNER}: ${name} must be a share between 0 and 1, or a whole number below the ${count} samples, got ${describe(size)}`,
    );
  };
  const [a, b] = [whole('leftSize', left), whole('rightSize', right)];
  const made: [number, number] = [a ?? count - b!, b ?? count - a!];
  if (made[0] + made[1] > count)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${OWNER}: ${made[0]} and ${made[1]} are more than the ${count} samples`,
    );
  if (made.includes(0))
    throw new OlifantError('INVALID_ARGUMENT', `${OWNER}: of ${count} samples, one side would have none`);
  return made;
}

function roundEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
