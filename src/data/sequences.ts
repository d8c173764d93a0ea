import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import { type DType, hostArray } from '../graph/dtype.ts';
import { sameShape, sizeOf } from '../graph/shape.ts';
import { checkWhole } from '../keras-object.ts';
import { type NestedStrings, StringTensor, stringTensor } from '../trace/string-tensor.ts';
import { literal, type Tensor } from '../trace/tensor.ts';
import { type DataArray, toHost } from './columns.ts';

interface PaddingOptions {
  /** Steps of all sequences; default: those of the longest. */
  maxlen?: number | null;
  /** Where values are added to short sequences. Default `'pre'`. */
  padding?: 'pre' | 'post';
  /** Where values of long sequences are left out. Default `'pre'`. */
  truncating?: 'pre' | 'post';
}

export interface PadSequencesOptions extends PaddingOptions {
  /** Default `'int32'`, into which fractions are cut off. */
  dtype?: DType;
  /** What is added. Default 0. */
  value?: number;
}

/** Of sequences of strings: Keras's `dtype=object`. */
export interface PadStringsOptions extends PaddingOptions {
  dtype: 'string';
  /** What is added. */
  value: string;
}

const OWNER = 'padSequences';

/**
 * Makes sequences equally long (Keras's `pad_sequences`): `[[1], [2, 3]]` becomes `[[0, 1], [2, 3]]`.
 *
 * @param sequences Lists of numbers, or of rows that all have the same shape; of strings with the dtype `'string'`.
 * @returns `[sequences, maxlen, ...]`.
 * @throws OlifantError `INVALID_DATA` for what is no list of sequences, and where rows differ in shape; `INVALID_ARGUMENT` for
 *   a value that is not of the dtype.
 */
export function padSequences(sequences: readonly DataArray[], options?: PadSequencesOptions): Tensor;
export function padSequences(sequences: readonly DataArray[], options: PadStringsOptions): StringTensor;
export function padSequences(
  sequences: readonly DataArray[],
  options: PadSequencesOptions | PadStringsOptions = {},
): Tensor | StringTensor {
  checkOptions(OWNER, options, ['maxlen', 'dtype', 'padding', 'truncating', 'value']);
  const { dtype = 'int32', padding = 'pre', truncating = 'pre', value = 0 } = options;
  for (const [name, side] of Object.entries({ padding, truncating }))
    if (side !== 'pre' && side !== 'post')
      throw new OlifantError('INVALID_ARGUMENT', `${OWNER}: ${name} must be 'pre' or 'post', got ${describe(side)}`);
  if (typeof value !== (dtype === 'string' ? 'string' : 'number'))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${OWNER}: value must be a ${dtype === 'string' ? 'string' : "number, or dtype 'string'"}, got ${describe(value)}`,
    );
  if (!Array.isArray(sequences))
    throw new OlifantError('INVALID_DATA', `${OWNER}: expected a list of sequences, got ${describe(sequences)}`);
  const columns = sequences.map((s, i) => sequenceOf(s, i, dtype === 'string'));
  const row = rowOf(columns);
  const longest = columns.reduce((most, c) => Math.max(most, c.shape[0]!), 0);
  const length =
    options.maxlen === undefined || options.maxlen === null ? longest : checkWhole(OWNER, 'maxlen', options.maxlen, 1);
  const shape = [columns.length, length, ...row];
  const fill = <T>(out: { [i: number]: T }): void => {
    const size = sizeOf(row);
    columns.forEach((c, i) => {
      const kept = Math.min(length, c.shape[0]!);
      const from = truncating === 'pre' ? c.shape[0]! - kept : 0;
      const at = i * length + (padding === 'pre' ? length - kept : 0);
      for (let j = 0; j < kept * size; j++) out[at * size + j] = c.data[from * size + j] as T;
    });
  };
  if (dtype === 'string') {
    const out = new Array<string>(sizeOf(shape)).fill(value as string);
    fill(out);
    return new StringTensor(out, shape);
  }
  const number = value as number;
  const out = hostArray(dtype, sizeOf(shape)).fill(dtype === 'int32' ? Math.trunc(number) : number);
  fill<number>(out);
  return literal(out, shape, dtype);
}

/** The shape of a step, which all have. */
function rowOf(columns: readonly Column[]): readonly number[] {
  const row = columns.find((c) => c.shape[0]! > 0)?.shape.slice(1) ?? [];
  columns.forEach((c, i) => {
    if (c.shape[0]! > 0 && !sameShape(c.shape.slice(1), row))
      throw new OlifantError(
        'INVALID_DATA',
        `${OWNER}: the steps of sequence ${i} have the shape ${formatShape(c.shape.slice(1))}, those before ${formatShape(row)}`,
      );
  });
  return row;
}

interface Column {
  readonly data: ArrayLike<number | string>;
  readonly shape: readonly number[];
}

function sequenceOf(sequence: DataArray, i: number, ofStrings: boolean): Column {
  if (typeof sequence !== 'object' || sequence === null)
    throw new OlifantError('INVALID_DATA', `${OWNER}: sequence ${i} is ${describe(sequence)}, which is no list`);
  if (Array.isArray(sequence) && sequence.length === 0) return { data: [], shape: [0] };
  const what = `${OWNER}: sequence ${i}`;
  const column = ofStrings ? stringTensor(sequence as NestedStrings, undefined, what) : toHost(sequence, what);
  if (column.shape.length === 0) throw new OlifantError('INVALID_DATA', `${OWNER}: sequence ${i} is a single number`);
  return column;
}
