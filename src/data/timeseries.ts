import { checkOptions, describe, OlifantError } from '../errors.ts';
import { hostArray } from '../graph/dtype.ts';
import { sizeOf } from '../graph/shape.ts';
import { checkWhole } from '../keras-object.ts';
import type { HostTensor } from '../trace/host.ts';
import { literal, type Tensor } from '../trace/tensor.ts';
import { type DataArray, toHost } from './columns.ts';
import { SampleDataset, type SampleOptions } from './sample-dataset.ts';

export interface TimeseriesOptions extends Partial<SampleOptions> {
  /** Steps between the beginnings of two sequences. Default 1. */
  sequenceStride?: number;
  /** Steps between two of a sequence. Default 1. */
  samplingRate?: number;
  /** Steps before this one are not used. */
  startIndex?: number | null;
  /** This step and those after it are not used. */
  endIndex?: number | null;
}

const OPTIONS: readonly (keyof TimeseriesOptions)[] = [
  'sequenceStride',
  'samplingRate',
  'batchSize',
  'shuffle',
  'seed',
  'startIndex',
  'endIndex',
];

/** Sequences cut out of a long one: `[x, y]`, or `x` without targets. */
export class TimeseriesDataset extends SampleDataset<Tensor | [Tensor, Tensor]> {
  readonly #data: HostTensor;
  readonly #targets: HostTensor | null;
  readonly #length: number;
  readonly #rate: number;
  readonly #stride: number;
  readonly #start: number;

  /** @internal Made by `timeseriesDatasetFromArray`. */
  constructor(
    owner: string,
    data: HostTensor,
    targets: HostTensor | null,
    place: { length: number; rate: number; stride: number; start: number; sequences: number },
    options: SampleOptions,
  ) {
    super(owner, Math.ceil(place.sequences / place.stride), options);
    this.#data = data;
    this.#targets = targets;
    this.#length = place.length;
    this.#rate = place.rate;
    this.#stride = place.stride;
    this.#start = place.start;
  }

  protected gather(samples: readonly number[]): Tensor | [Tensor, Tensor] {
    const starts = samples.map((i) => this.#start + i * this.#stride);
    const steps = starts.flatMap((s) => Array.from({ length: this.#length }, (_, k) => s + k * this.#rate));
    const single = this.batchSize === null;
    const x = rows(this.#data, steps, single ? [this.#length] : [starts.length, this.#length]);
    return this.#targets === null ? x : [x, rows(this.#targets, starts, single ? [] : [starts.length])];
  }
}

/** Rows of an array by their numbers; `lead` stands for the first axis. */
function rows({ data, shape, dtype }: HostTensor, numbers: readonly number[], lead: readonly number[]): Tensor {
  const rest = shape.slice(1);
  const size = sizeOf(rest);
  const out = hostArray(dtype, numbers.length * size);
  numbers.forEach((n, i) => {
    out.set(data.subarray(n * size, (n + 1) * size), i * size);
  });
  return literal(out, [...lead, ...rest], dtype);
}

/**
 * Sequences of steps out of an array of them, as a dataset for `fit` (Keras's `timeseries_dataset_from_array`). Sequence `i`
 * begins at step `i * sequenceStride` and has every `samplingRate`-th step, `sequenceLength` in all; its target is
 * `targets[i * sequenceStride]`: for forecasts, pass targets that are moved.
 *
 * @param data Steps along the first axis.
 * @param targets As many, or `null`: then batches have no targets.
 * @throws OlifantError `INVALID_ARGUMENT` for options that cannot be, `INVALID_DATA` where no sequence fits.
 * @example
 * const dataset = timeseriesDatasetFromArray(series.slice(0, -10), series.slice(10), 10, { batchSize: 32 });
 */
export function timeseriesDatasetFromArray(
  data: DataArray,
  targets: DataArray | null,
  sequenceLength: number,
  options: TimeseriesOptions = {},
): TimeseriesDataset {
  const owner = 'timeseriesDatasetFromArray';
  checkOptions(owner, options, OPTIONS);
  const steps = toHost(data, `${owner}: data`);
  const goals = targets === null || targets === undefined ? null : toHost(targets, `${owner}: targets`);
  for (const [name, column] of [['data', steps] as const, ['targets', goals] as const])
    if (column?.shape.length === 0)
      throw new OlifantError('INVALID_DATA', `${owner}: ${name} is a single number; its first axis must be time`);
  const count = steps.shape[0]!;
  const length = checkWhole(owner, 'sequenceLength', sequenceLength, 1);
  const rate = below(owner, 'samplingRate', options.samplingRate ?? 1, 1, count);
  const stride = below(owner, 'sequenceStride', options.sequenceStride ?? 1, 1, count);
  const start = below(owner, 'startIndex', options.startIndex ?? 0, 0, count);
  const end = options.endIndex ?? count;
  if (options.endIndex !== undefined && options.endIndex !== null) below(owner, 'endIndex', end, start + 1, count);
  const fitting = end - start - (length - 1) * rate;
  const sequences = goals === null ? fitting : Math.min(fitting, goals.shape[0]! - start);
  if (sequences < 1)
    throw new OlifantError(
      'INVALID_DATA',
      `${owner}: no sequence of ${length} steps, ${rate} apart, with a target fits into ${end - start} steps` +
        (goals === null ? '' : ` and ${goals.shape[0]} targets`),
    );
  return new TimeseriesDataset(
    owner,
    steps,
    goals,
    { length, rate, stride, start, sequences },
    {
      batchSize: options.batchSize === undefined ? 128 : options.batchSize,
      shuffle: options.shuffle ?? false,
      seed: options.seed ?? null,
    },
  );
}

function below(owner: string, name: string, value: number, least: number, count: number): number {
  if (Number.isSafeInteger(value) && value >= least && value < count) return value;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a whole number from ${least} to ${count - 1} for ${count} steps, got ${describe(value)}`,
  );
}
