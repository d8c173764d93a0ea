import { hostArray } from '../graph/dtype.ts';
import { sizeOf } from '../graph/shape.ts';
import { type HostColumn, StringTensor } from '../trace/string-tensor.ts';
import { ArraySource, type ArraySourceOptions, type Batch, fillRows } from './batches.ts';
import type { Samples } from './columns.ts';

/** Batches of samples in memory, each made into something else when its turn comes. */
export class MappedSource<C extends HostColumn> extends ArraySource {
  readonly #map: (samples: Samples<C>) => Samples;

  constructor(samples: Samples<C>, options: ArraySourceOptions, map: (samples: Samples<C>) => Samples) {
    // The base only counts the rows; what lies in them is taken out here.
    super(samples as unknown as Samples, options);
    this.#map = map;
  }

  override *pass(): Iterable<Batch> {
    for (const batch of super.pass()) {
      const samples = this.#map(takeRows(batch.samples as unknown as Samples<C>, batch));
      yield { samples, order: null, start: 0, count: samples.rows };
    }
  }
}

/** The rows of a batch as samples of their own. */
function takeRows<C extends HostColumn>(samples: Samples<C>, batch: Batch): Samples<C> {
  const take = (c: HostColumn): HostColumn => {
    const shape = [batch.count, ...c.shape.slice(1)];
    if (c.dtype === 'string') return new StringTensor(takeStrings(c, batch), shape);
    const data = hostArray(c.dtype, sizeOf(shape));
    fillRows(data, c, batch);
    return { data, shape, dtype: c.dtype };
  };
  const all = <T extends HostColumn | null>(columns: readonly T[]) =>
    columns.map((c) => (c === null ? c : take(c)) as T);
  return { ...samples, x: all(samples.x), y: all(samples.y), weights: all(samples.weights), rows: batch.count };
}

function takeStrings({ data, shape }: StringTensor, { order, start, count }: Batch): string[] {
  const row = sizeOf(shape.slice(1));
  const out: string[] = [];
  for (let i = 0; i < count; i++) {
    const from = (order === null ? start + i : order[start + i]!) * row;
    for (let j = 0; j < row; j++) out.push(data[from + j]!);
  }
  return out;
}
