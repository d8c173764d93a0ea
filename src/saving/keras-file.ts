import { customObjectScope } from '../custom-objects.ts';
import { describe } from '../errors.ts';
import { type Config, type CustomObjects, deserializeLayer, type Layer, serializeLayer } from '../layers/index.ts';
import { readShared, writeShared } from '../layers/shared-objects.ts';
import type { DynamicShape } from '../layers/symbolic.ts';
import { Model, modelClasses } from '../models/index.ts';
import { writeJson } from '../models/write-json.ts';
import { withBlankVariables } from '../trace/blank.ts';
import { featureLayers } from '../utils/feature.ts';
import { FeatureSpace } from '../utils/feature-space.ts';
import { assetsOf, loadAssets } from './assets.ts';
import { Bytes } from './bytes.ts';
import { checkConfig } from './check-config.ts';
import { atPlace, FileError, toFileError } from './file-error.ts';
import { isHdf5 } from './hdf5/superblock.ts';
import { parseJson } from './json.ts';
import { KnownClasses } from './known-classes.ts';
import { WeightsFile, writeWeights } from './weights.ts';
import { writeZip, ZipArchive } from './zip/archive.ts';

export const CONFIG = 'config.json';
export const METADATA = 'metadata.json';
export const WEIGHTS = 'model.weights.h5';

/** The version of Keras whose format is written. */
const KERAS_VERSION = '3.15.1';

/** The bytes of a `.keras` file. */
export async function writeKerasFile(model: Layer, includeOptimizer: boolean): Promise<Uint8Array> {
  const config = { ...writeShared(() => serializeLayer(model)), ...(includeOptimizer ? {} : { compile_config: {} }) };
  const encode = (value: unknown) => new TextEncoder().encode(writeJson(value));
  return writeZip({
    [METADATA]: encode({ keras_version: KERAS_VERSION, date_saved: dateSaved(new Date()) }),
    [CONFIG]: encode(config),
    [WEIGHTS]: await writeWeights(model, includeOptimizer),
    ...assetsOf(model),
  });
}

/** `2026-11-21@12:00:21`, in local time. */
function dateSaved(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}@${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

export interface ReadOptions {
  readonly customObjects: CustomObjects;
  readonly compile: boolean;
}

/** A model, or a feature space, from the bytes of a `.keras` file. */
export async function readKerasFile(
  data: Uint8Array,
  { customObjects, compile }: ReadOptions,
): Promise<Model | FeatureSpace> {
  if (isHdf5(new Bytes(data)))
    throw new FileError(
      'this is an HDF5 file. For weights, make the model and call loadWeights; a whole model in the legacy .h5 format must ' +
        "be saved again by Keras: model.save('model.keras')",
    );
  const archive = new ZipArchive(data);
  const config = await readConfig(archive);
  const weights = await readWeightsMember(archive);
  const known = new KnownClasses(customObjects);
  // More than twice the size of the file, a model's weights can only be by mistake or malice.
  const budget = 2 * data.length + 2 ** 24;
  const model = atPlace({ member: CONFIG }, () => {
    const { compile_config: training, ...rest } = config;
    checkConfig(compile ? config : rest, known);
    return withBlankVariables(budget, () =>
      customObjectScope(customObjects, () => readShared(() => makeRoot(rest, customObjects))),
    );
  });
  await loadAssets(model, archive);
  await inMember(WEIGHTS, () => weights.loadInto(model));
  if (compile && model instanceof Model) await restoreTraining(model, config.compile_config, weights, customObjects);
  return model;
}

function isRecord(x: unknown): x is Config {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

async function readConfig(archive: ZipArchive): Promise<Config> {
  if (archive.has(METADATA)) {
    // For its checksum and its form alone: what it says changes nothing.
    const metadata = await archive.read(METADATA);
    atPlace({ member: METADATA }, () => parseJson(metadata));
  }
  const bytes = await archive.read(CONFIG);
  return atPlace({ member: CONFIG }, () => {
    const config = parseJson(bytes);
    if (!isRecord(config)) throw new FileError(`expected an object, got ${describe(config)}`);
    return config;
  });
}

async function readWeightsMember(archive: ZipArchive): Promise<WeightsFile> {
  if (!archive.has(WEIGHTS) && archive.has('model.weights.json'))
    throw new FileError('weights in several files (shards) are not supported; save the model with Keras in one');
  const bytes = await archive.read(WEIGHTS);
  return atPlace({ member: WEIGHTS }, () => new WeightsFile(bytes));
}

function makeRoot(config: Config, customObjects: CustomObjects): Model | FeatureSpace {
  const isSpace = config.module === 'keras.utils' && config.class_name === 'FeatureSpace';
  return isSpace ? FeatureSpace.fromConfig(config.config as Config, customObjects) : makeModel(config, customObjects);
}

/** A model of its serialized form, with weights as they are drawn. */
export function makeModel(config: Config, customObjects: CustomObjects): Model {
  const model = deserializeLayer(config, { ...modelClasses(), ...featureLayers(), ...customObjects });
  if (!(model instanceof Model)) throw new FileError(`the file holds a ${model.className}, which is no model`);
  const shape = (config.build_config as { input_shape?: unknown } | null | undefined)?.input_shape;
  if (!model.built && typeof shape === 'object' && shape !== null) model.ensureBuilt(shape as DynamicShape);
  return model;
}

/** Compiles the model as it was, and gives the optimizer its state. */
async function restoreTraining(
  model: Model,
  config: unknown,
  weights: WeightsFile,
  customObjects: CustomObjects,
): Promise<void> {
  if (!isRecord(config) || !config.optimizer) return;
  atPlace({ member: CONFIG }, () => {
    model.compileFromConfig(config, customObjects);
  });
  const stored = weights.optimizerSize;
  if (stored === undefined) return;
  const { name, variables } = model.optimizer!;
  // Before the first step Keras has no more than iteration and learning rate, which come first.
  const first = variables.slice(0, stored);
  const fresh = stored <= 2 && first.every((v) => v.rank === 0);
  if (stored !== variables.length && !fresh) {
    console.warn(
      `olifant: the optimizer '${name}' begins anew: the file has ${stored} variables for it, it has ${variables.length}. ` +
        'Were layers frozen, or thawed, after the training began?',
    );
    return;
  }
  await inMember(WEIGHTS, () => weights.loadOptimizer(name, first));
}

/** Runs `f`; the member of its errors is this one, with the path inside of it. */
async function inMember<T>(member: string, f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (error) {
    const inner = error instanceof FileError ? error.member : undefined;
    if (!(error instanceof FileError) || inner === undefined) throw toFileError(error, { member });
    throw new FileError(error.detail, { ...error, member: `${member}/${inner}` }, { cause: error.cause });
  }
}
