import { ArraySource, type ArraySourceOptions, type BatchSource, isStream, StreamSource } from '../data/batches.ts';
import { makeSamples, type Samples, sliceRows, toColumns } from '../data/columns.ts';
import { Dataset } from '../data/dataset.ts';
import { DatasetSource } from '../data/dataset-source.ts';
import { MappedSource } from '../data/mapped.ts';
import { describe, OlifantError } from '../errors.ts';
import type { HostTensor } from '../trace/host.ts';
import { type HostColumn, isStringLike } from '../trace/string-tensor.ts';
import { Tensor } from '../trace/tensor.ts';
import { checkFinite } from './check-data.ts';
import { withClassWeights } from './class-weights.ts';
import type { Mode } from './programs.ts';
import type { FitOptions } from './run-options.ts';
import type { Trainer } from './trainer.ts';

/** Reads x, y and weights as they were given to a method. */
export function readSamples(
  trainer: Trainer,
  x: unknown,
  y: unknown,
  weight: unknown,
  method: string,
): Samples<HostColumn> {
  const { model } = trainer;
  if (x === undefined || x === null) throw new OlifantError('INVALID_DATA', `${method}: x is missing`);
  const { graph } = model;
  const xs = toColumns(x, model.inputNames ?? null, `${method}: x`, graph?.hasOptional ?? false);
  const gap = xs.findIndex((c, i) => c === null && !graph?.isOptional(i));
  if (gap >= 0) throw new OlifantError('INVALID_DATA', `${method}: x[${gap}] is null; every input needs data`);
  checkKinds(trainer, xs, method);
  const names = model.inputNames === undefined && isPlainRecord(x) ? Object.keys(x) : null;
  const byName = isPlainRecord(y) || isPlainRecord(weight);
  const found = () => (byName ? trainer.outputKeys(makeSamples(xs as HostTensor[], [], [], method, names)) : null);
  const outputNames = model.targetNames ?? found();
  const ys =
    y === undefined || y === null ? [] : numbers(targets(trainer, y, outputNames, `${method}: y`), `${method}: y`);
  const weights =
    weight === undefined || weight === null
      ? []
      : numbers(toColumns(weight, outputNames, `${method}: sampleWeight`, true), `${method}: sampleWeight`);
  const spread = weights.length === 1 && ys.length > 1 ? ys.map(() => weights[0]!) : weights;
  for (const w of spread) checkWeight(w, method);
  return makeSamples(xs, ys, spread, method, names);
}

/** As in Keras, targets may be given for those outputs alone that have a loss. */
function targets({ options }: Trainer, y: unknown, names: readonly string[] | null, what: string) {
  const loss = options?.loss ?? null;
  const all = (): (HostColumn | null)[] => toColumns(y, names, what, true);
  if (names === null || typeof loss !== 'object' || loss === null || isPlainRecord(y)) return all();
  const has = (name: string, i: number) => (Array.isArray(loss) ? loss[i] : (loss as Record<string, unknown>)[name]);
  const chosen = names.filter((name, i) => has(name, i) !== null && has(name, i) !== undefined);
  const fits = Array.isArray(y) && y.length === names.length;
  if (chosen.length === 0 || chosen.length === names.length || fits) return all();
  const given = toColumns(y, chosen, what, true);
  if (given.length !== chosen.length) return all();
  return names.map((name) => given[chosen.indexOf(name)] ?? null);
}

/** Strings go to models that begin with layers on strings, and nowhere else. */
function checkKinds({ model }: Trainer, xs: readonly (HostColumn | null)[], method: string): void {
  if (!model.built && xs.some((c) => c?.dtype === 'string')) model.buildForStrings(xs[0]!.shape);
  if (model.hostPart !== undefined) model.hostPart.check(xs, method);
  else
    numbers(
      xs,
      `${method}: x`,
      ", and the model takes numbers. Begin it with TextVectorization or StringLookup after Input({ shape: [1], dtype: 'string' })",
    );
}

function numbers(
  columns: readonly (HostColumn | null)[],
  what: string,
  fix = '; make numbers of them first: new StringLookup({ vocabulary }).apply(y)',
): (HostTensor | null)[] {
  const words = columns.find((c) => c?.dtype === 'string');
  if (words) {
    const first = words.data.length > 0 ? ` (the first is ${describe(words.data[0])})` : '';
    throw new OlifantError('INVALID_DATA', `${what} has strings${first}${fix}`);
  }
  return columns as (HostTensor | null)[];
}

/** Samples as the compiled program takes them: after what the model computes on the host. */
export function onHost({ model }: Trainer, samples: Samples<HostColumn>, method: string): Samples {
  const { hostPart } = model;
  return hostPart === undefined
    ? (samples as Samples)
    : { ...samples, x: hostPart.run(samples.x, method), names: null };
}

type Finish = (samples: Samples<HostColumn>) => Samples;

/**
 * Batches of arrays. What is computed on the host is computed for each batch when its turn comes: all at once would need the
 * memory of all the vectors that long texts become.
 */
function arraySource(trainer: Trainer, samples: Samples<HostColumn>, options: ArraySourceOptions, finish: Finish) {
  if (trainer.model.hostPart === undefined) return new ArraySource(finish(samples), options);
  finish(sliceRows(samples, 0, 1));
  return new MappedSource(samples, options, finish);
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
    /** Whether each pass begins with the first batch. */
    restarts?: boolean;
  },
  method: string,
): BatchSource {
  const finish: Finish = (samples) => {
    const weighted = withClassWeights(onHost(trainer, samples, method), options.classWeight ?? null, method);
    trainer.prepare(mode, weighted, method);
    return weighted;
  };
  if (isStream(data.x)) {
    const beside = Object.entries({ y: data.y, sampleWeight: data.weight }).find(
      ([, v]) => v !== undefined && v !== null,
    );
    if (beside !== undefined)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${method}: a stream gives batches of [x, y] or [x, y, sampleWeight]; ${beside[0]} must not be given beside it`,
      );
    const steps = options.steps ?? null;
    const read = (item: unknown) => finish(readItem(trainer, item, mode, method));
    if (data.x instanceof Dataset) return new DatasetSource(data.x, read, { ...options, steps, method });
    return new StreamSource(data.x, read, steps, method);
  }
  const samples = readSamples(trainer, data.x, data.y, data.weight, method);
  const steps = options.steps ?? null;
  const batchSize = options.batchSize ?? (steps === null ? 32 : Math.ceil(samples.rows / steps));
  return arraySource(trainer, samples, { ...options, batchSize, steps }, finish);
}

function readItem(trainer: Trainer, item: unknown, mode: Mode, method: string): Samples<HostColumn> {
  if (mode === 'predict') return readSamples(trainer, inputsOf(trainer, item), null, null, method);
  const alone = Array.isArray(item) && item.length === 1 ? item[0] : item;
  if (alone instanceof Tensor && needsNoTargets(trainer, mode)) return readSamples(trainer, alone, null, null, method);
  if (!Array.isArray(item) || item.length < 2 || item.length > 3)
    throw new OlifantError(
      'INVALID_DATA',
      `${method}: each batch of a stream must be [x, y] or [x, y, sampleWeight], got ${describe(item)}`,
    );
  return readSamples(trainer, item[0], item[1], item[2], method);
}

/**
 * The inputs of a batch to be predicted: of `[x]`, `[x, y]` and `[x, y, sampleWeight]` the first, as in Keras. What has an array
 * for each input of the model, or is numbers or texts, is the inputs themselves.
 */
function inputsOf({ model }: Trainer, item: unknown): unknown {
  // A batch of one text is a list of one, too.
  if (isStringLike(item) || !Array.isArray(item)) return item;
  const [first] = item as unknown[];
  if (item.length === 1) return first;
  const shape: unknown = model.buildShape;
  const several = Array.isArray(shape) && Array.isArray(shape[0]) ? shape.length : 1;
  const inputs = model.inputs?.length ?? several;
  const alone = item.length > 3 || !holdsArrays(first) || (item.length === inputs && isArray(first));
  return alone ? item : first;
}

const isArray = (x: unknown): boolean =>
  x instanceof Tensor || ArrayBuffer.isView(x) || (typeof x === 'object' && x !== null && 'data' in x && 'shape' in x);

/** Whether it is an array of numbers, or a list or record of some. */
function holdsArrays(x: unknown): boolean {
  return isArray(x) || (Array.isArray(x) ? isArray(x[0]) : isPlainRecord(x) && isArray(Object.values(x)[0]));
}

/** Whether inputs alone are enough: all losses are added by layers, or the step is the model's own. */
function needsNoTargets({ options, model }: Trainer, mode: Mode): boolean {
  return (options?.loss ?? null) === null || model.hasOwnStep(mode);
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
    const training = makeSource(trainer, 'train', { x, y, weight: options.sampleWeight }, common, 'fit');
    return { training, validation: validationSource(trainer, options) };
  }
  const all = readSamples(trainer, x, y, options.sampleWeight, 'fit');
  checkFinite(
    all.x.map((c) => (c?.dtype === 'string' ? null : c)),
    'x',
    'fit',
  );
  const split = options.validationData ? 0 : (options.validationSplit ?? 0);
  const kept = split > 0 ? Math.floor(all.rows * (1 - split)) : all.rows;
  if (kept === 0 || (split > 0 && kept === all.rows))
    throw new OlifantError(
      'INVALID_DATA',
      `fit: validationSplit ${split} of ${all.rows} sample(s) leaves nothing to ${kept === 0 ? 'train on' : 'validate on'}`,
    );
  const samples = sliceRows(all, 0, kept);
  const steps = options.stepsPerEpoch ?? null;
  const batchSize = options.batchSize ?? (steps === null ? 32 : Math.ceil(samples.rows / steps));
  const training = arraySource(trainer, samples, { batchSize, shuffle, steps }, (some) => {
    const weighted = withClassWeights(onHost(trainer, some, 'fit'), options.classWeight ?? null, 'fit');
    trainer.prepare('train', weighted, 'fit');
    return weighted;
  });
  if (split === 0) return { training, validation: validationSource(trainer, options) };
  const validation = arraySource(
    trainer,
    sliceRows(all, kept, all.rows),
    {
      batchSize: options.validationBatchSize ?? batchSize,
      shuffle: false,
      steps: options.validationSteps ?? null,
      restarts: true,
    },
    (some) => {
      const samples = onHost(trainer, some, 'fit: validation');
      trainer.prepare('test', samples, 'fit: validation');
      return samples;
    },
  );
  return { training, validation };
}

function validationSource(trainer: Trainer, options: FitOptions): BatchSource | null {
  const data = options.validationData;
  if (data === undefined || data === null) return null;
  const common = {
    batchSize: options.validationBatchSize ?? options.batchSize,
    shuffle: false,
    steps: options.validationSteps,
    restarts: true,
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
