import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import { type DType, hostArray } from '../graph/dtype.ts';
import { sameShape, sizeOf } from '../graph/shape.ts';
import { checkWhole } from '../keras-object.ts';
import { literal, type Tensor } from '../trace/tensor.ts';
import { type DataArray, toHost } from './columns.ts';

export interface PadSequencesOptions {
  /** Steps of all sequences; default: those of the longest. */
  maxlen?: number | null;
  /** Default `'int32'`, into which fractions are cut off. */
  dtype?: DType;
  /** Where values are added to short sequences. Default `'pre'`. */
  padding?: 'pre' | 'post';
  /** Where values of long sequences are left out. Default `'pre'`. */
  truncating?: 'pre' | 'post';
  /** What is added. Default 0. */
  value?: number;
}

const OWNER = 'padSequences';

/**
 * Makes sequences equally long (Keras's `pad_sequences`): `[[1], [2, 3]]` becomes `[[0, 1], [2, 3]]`.
 *
 * @param sequences Lists of numbers, or of rows that all have the same shape.
 * @returns `[sequences, maxlen, ...]`.
 * @throws OlifantError `INVALID_DATA` for what is no list of sequences, and where rows differ in shape.
 */
export function padSequences(sequences: readonly DataArray[], options: PadSequencesOptions = {}): Tensor {
  checkOptions(OWNER, options, ['maxlen', 'dtype', 'padding', 'truncating', 'value']);
  const { dtype = 'int32', padding = 'pre', truncating = 'pre', value = 0 } = options;
  for (const [name, side] of Object.entries({ padding, truncating }))
    if (side !== 'pre' && side !== 'post')
      throw new OlifantError('INVALID_ARGUMENT', `${OWNER}: ${name} must be 'pre' or 'post', got ${describe(side)}`);
  if (typeof value !== 'number')
    throw new OlifantError('INVALID_ARGUMENT', `${OWNER}: value must be a number, got ${describe(value)}`);
  if (!Array.isArray(sequences))
    throw new OlifantError('INVALID_DATA', `${OWNER}: expected a list of sequences, got ${describe(sequences)}`);
  const columns = sequences.map((s, i) => sequenceOf(s, i));
  const row = columns.find((c) => c.shape[0]! > 0)?.shape.slice(1) ?? [];
  columns.forEach((c, i) => {
    if (c.shape[0]! > 0 && !sameShape(c.shape.slice(1), row))
      throw new OlifantError(
        'INVALID_DATA',
        `${OWNER}: the steps of sequence ${i} have the shape ${formatShape(c.shape.slice(1))}, those before ${formatShape(row)}`,
      );
  });
  const longest = columns.reduce((most, c) => Math.max(most, c.shape[0]!), 0);
  const length =
    options.maxlen === undefined || options.maxlen === null ? longest : checkWhole(OWNER, 'maxlen', options.maxlen, 1);
  const size = sizeOf(row);
  const out = hostArray(dtype, columns.length * length * size).fill(dtype === 'int32' ? Math.trunc(value) : value);
  columns.forEach((c, i) => {
    const kept = Math.min(length, c.shape[0]!);
    const from = truncating === 'pre' ? c.shape[0]! - kept : 0;
    const at = i * length + (padding === 'pre' ? length - kept : 0);
    for (let j = 0; j < kept * size; j++) out[at * size + j] = c.data[from * size + j]!;
  });
  return literal(out, [columns.length, length, ...row], dtype);
}

function sequenceOf(sequence: DataArray, i: number) {
  if (typeof sequence !== 'object' || sequence === null)
    throw new OlifantError('INVALID_DATA', `${OWNER}: sequence ${i} is ${describe(sequence)}, which is no list`);
  if (Array.isArray(sequence) && sequence.length === 0) return { data: new Float32Array(0), shape: [0] };
  const column = toHost(sequence, `${OWNER}: sequence ${i}`);
  if (column.shape.length === 0) throw new OlifantError('INVALID_DATA', `${OWNER}: sequence ${i} is a single number`);
  return column;
}
