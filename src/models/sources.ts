import { ArraySource, type BatchSource, isStream, StreamSource } from '../data/batches.ts';
import { makeSamples, type Samples, sliceRows, toColumns } from '../data/columns.ts';
import { describe, OlifantError } from '../errors.ts';
import type { HostTensor } from '../trace/host.ts';
import { checkFinite } from './check-data.ts';
import { withClassWeights } from './class-weights.ts';
import type { Mode } from './programs.ts';
import type { FitOptions } from './run-options.ts';
import type { Trainer } from './trainer.ts';

/** Reads x, y and weights as they were given to a method. */
export function readSamples(trainer: Trainer, x: unknown, y: unknown, weight: unknown, method: string): Samples {
  const { model } = trainer;
  if (x === undefined || x === null) throw new OlifantError('INVALID_DATA', `${method}: x is missing`);
  const xs = toColumns(x, model.inputNames ?? null, `${method}: x`) as HostTensor[];
  const gap = xs.indexOf(null as never);
  if (gap >= 0) throw new OlifantError('INVALID_DATA', `${method}: x[${gap}] is null; every input needs data`);
  const names = model.inputNames === undefined && isPlainRecord(x) ? Object.keys(x) : null;
  const outputNames = model.outputNames ?? null;
  const ys = y === undefined || y === null ? [] : toColumns(y, outputNames, `${method}: y`, true);
  const weights =
    weight === undefined || weight === null ? [] : toColumns(weight, outputNames, `${method}: sampleWeight`, true);
  const spread = weights.length === 1 && ys.length > 1 ? ys.map(() => weights[0]!) : weights;
  for (const w of spread) checkWeight(w, method);
  return makeSamples(xs, ys, spread, method, names);
}

function isPlainRecord(x: unknown): x is Record<string, unknown> {
  return (
    typeof x === 'object' &&
    x !== null &&
    Object.getPrototypeOf(x) === Object.prototype &&
    !('data' in x && 'shape' in x)
  );
}

function checkWeight(weight: HostTensor | null, method: string): void {
  if (weight === null) return;
  for (const w of weight.data)
    if (!Number.isFinite(w))
      throw new OlifantError('INVALID_DATA', `${method}: sampleWeight has ${w}; weights must be finite`);
}

/** The batches of what was given: arrays, or a stream of `[x, y, sampleWeight]`. */
export function makeSource(
  trainer: Trainer,
  mode: Mode,
  data: { x: unknown; y?: unknown; weight?: unknown },
  options: {
    batchSize: number | null | undefined;
    shuffle: boolean | 'batch';
    steps: number | null | undefined;
    classWeight?: FitOptions['classWeight'];
  },
  method: string,
): BatchSource {
  const finish = (samples: Samples): Samples => {
    const weighted = withClassWeights(samples, options.classWeight ?? null, method);
    trainer.prepare(mode, weighted, method);
    return weighted;
  };
  if (isStream(data.x)) {
    if (data.y !== undefined && data.y !== null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${method}: a stream gives batches of [x, y]; y must not be given beside it`,
      );
    return new StreamSource(
      data.x,
      (item) => finish(readItem(trainer, item, mode, method)),
      options.steps ?? null,
      method,
    );
  }
  const samples = finish(readSamples(trainer, data.x, data.y, data.weight, method));
  const steps = options.steps ?? null;
  const batchSize = options.batchSize ?? (steps === null ? 32 : Math.ceil(samples.rows / steps));
  return new ArraySource(samples, { batchSize, shuffle: options.shuffle, steps });
}

function readItem(trainer: Trainer, item: unknown, mode: Mode, method: string): Samples {
  if (mode === 'predict')
    return readSamples(trainer, Array.isArray(item) && item.length === 1 ? item[0] : item, null, null, method);
  if (!Array.isArray(item) || item.length < 2 || item.length > 3)
    throw new OlifantError(
      'INVALID_DATA',
      `${method}: each batch of a stream must be [x, y] or [x, y, sampleWeight], got ${describe(item)}`,
    );
  return readSamples(trainer, item[0], item[1], item[2], method);
}

/** The batches for training and, if there are any, for validation. */
export function makeSources(trainer: Trainer, x: unknown, y: unknown, options: FitOptions) {
  const shuffle = options.shuffle ?? true;
  const common = {
    batchSize: options.batchSize,
    shuffle,
    steps: options.stepsPerEpoch,
    classWeight: options.classWeight,
  };
  if (isStream(x)) {
    if (options.validationSplit)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        'fit: validationSplit needs arrays; give validationData beside a stream',
      );
    const training = makeSource(trainer, 'train', { x, y }, common, 'fit');
    return { training, validation: validationSource(trainer, options) };
  }
  const all = readSamples(trainer, x, y, options.sampleWeight, 'fit');
  checkFinite(all.x, 'x', 'fit');
  const split = options.validationData ? 0 : (options.validationSplit ?? 0);
  const kept = split > 0 ? Math.floor(all.rows * (1 - split)) : all.rows;
  if (kept === 0 || (split > 0 && kept === all.rows))
    throw new OlifantError(
      'INVALID_DATA',
      `fit: validationSplit ${split} of ${all.rows} sample(s) leaves nothing to ${kept === 0 ? 'train on' : 'validate on'}`,
    );
  const samples = withClassWeights(sliceRows(all, 0, kept), options.classWeight ?? null, 'fit');
  trainer.prepare('train', samples, 'fit');
  const steps = options.stepsPerEpoch ?? null;
  const batchSize = options.batchSize ?? (steps === null ? 32 : Math.ceil(samples.rows / steps));
  const training = new ArraySource(samples, { batchSize, shuffle, steps });
  if (split === 0) return { training, validation: validationSource(trainer, options) };
  const rest = sliceRows(all, kept, all.rows);
  trainer.prepare('test', rest, 'fit: validation');
  const validation = new ArraySource(rest, {
    batchSize: options.validationBatchSize ?? batchSize,
    shuffle: false,
    steps: options.validationSteps ?? null,
  });
  return { training, validation };
}

function validationSource(trainer: Trainer, options: FitOptions): BatchSource | null {
  const data = options.validationData;
  if (data === undefined || data === null) return null;
  const common = {
    batchSize: options.validationBatchSize ?? options.batchSize,
    shuffle: false,
    steps: options.validationSteps,
  };
  if (isStream(data)) return makeSource(trainer, 'test', { x: data }, common, 'fit: validationData');
  const parts: readonly unknown[] = data;
  if (!Array.isArray(data) || parts.length < 2 || parts.length > 3)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `fit: validationData must be [x, y] or [x, y, sampleWeight], or a stream of such batches, got ${describe(data)}`,
    );
  return makeSource(trainer, 'test', { x: data[0], y: data[1], weight: data[2] }, common, 'fit: validationData');
}
