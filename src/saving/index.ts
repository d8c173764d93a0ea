import { scopedObjects } from '../custom-objects.ts';
import { checkOptions, describe } from '../errors.ts';
import type { CustomObjects, Layer } from '../layers/index.ts';
import type { Model } from '../models/index.ts';
import type { FeatureSpace } from '../utils/feature-space.ts';
import { Bytes } from './bytes.ts';
import { FileError, toFileError } from './file-error.ts';
import { isHdf5 } from './hdf5/superblock.ts';
import { readKerasFile, WEIGHTS, writeKerasFile } from './keras-file.ts';
import { writeFile } from './node-files.ts';
import { type FileSource, readSource, sourceName } from './source.ts';
import { WeightsFile, writeWeights } from './weights.ts';
import { ZipArchive } from './zip/archive.ts';

export { loadBackup, saveBackup } from './backup.ts';
export { FileError, type FilePlace } from './file-error.ts';
export type { FileSource } from './source.ts';

export interface SaveOptions {
  /** Whether a file that exists is replaced. Default `true`. */
  overwrite?: boolean;
  /** Whether optimizer, loss and metrics are saved too, so that training can go on. Default `true`. */
  includeOptimizer?: boolean;
}

export interface LoadOptions {
  /** Classes and functions of your own, of any kind, that the file names: by `Name` or `package>Name`. */
  customObjects?: CustomObjects;
  /** Whether the model is compiled as it was when it was saved. Default `true`. */
  compile?: boolean;
  /** Taken for Keras's sake: no code in a file is ever run, so files are safe either way. */
  safeMode?: boolean;
}

export interface LoadWeightsOptions {
  /**
   * Whether layers whose weights the file lacks, or has in another number or in other shapes, keep theirs, with a warning that
   * names them: for a model whose last layers are new. Default `false`: that is an error.
   */
  skipMismatch?: boolean;
}

/**
 * Writes a model to a `.keras` file, as Keras 3 does and can read: configuration, weights, and what training needs to go on.
 * Whatever happens, the path holds the whole old file or the whole new one.
 *
 * @param path Ends with `.keras`.
 * @throws FileError for what no file can hold, and for errors of the disk.
 * @example
 * await saveModel(model, 'model.keras');
 */
export async function saveModel(model: Model | FeatureSpace, path: string, options: SaveOptions = {}): Promise<void> {
  checkOptions('saveModel', options, ['overwrite', 'includeOptimizer']);
  checkPath(path, '.keras', 'saveModel');
  const data = await saveModelToBytes(model, options);
  await writeFile(path, data, { overwrite: options.overwrite ?? true });
}

/**
 * The bytes of a `.keras` file, for where there are no files: `new Blob([bytes])`, IndexedDB, a request.
 *
 * @throws FileError for what no file can hold.
 */
export async function saveModelToBytes(
  model: Model | FeatureSpace,
  { includeOptimizer = true }: Pick<SaveOptions, 'includeOptimizer'> = {},
): Promise<Uint8Array> {
  return guarded(undefined, () => writeKerasFile(model, includeOptimizer));
}

/**
 * Reads a model (or a feature space) from a `.keras` file, of this package or of Keras 3. Files are data: nothing in them is
 * run, no other file is opened, and only Keras's classes, those registered with `registerKerasSerializable` and those in
 * `customObjects` are made.
 *
 * @param source A path, bytes, or a `Blob`.
 * @throws FileError for files that are damaged, deceiving, or name unknown classes (all of them are listed).
 * @example
 * const model = await loadModel('model.keras');
 */
export async function loadModel<M extends Layer = Model>(source: FileSource, options: LoadOptions = {}): Promise<M> {
  checkOptions('loadModel', options, ['customObjects', 'compile', 'safeMode']);
  const custom = { ...scopedObjects(), ...options.customObjects };
  const loaded = await guarded(sourceName(source), async () =>
    readKerasFile(await readSource(source), {
      customObjects: custom,
      compile: options.compile ?? true,
    }),
  );
  return loaded as Layer as M;
}

/**
 * Writes the weights of a model (and the state of its optimizer) to a `.weights.h5` file, as Keras 3 does.
 *
 * @throws FileError for errors of the disk.
 */
export async function saveWeights(model: Model, path: string, options: { overwrite?: boolean } = {}): Promise<void> {
  checkOptions('saveWeights', options, ['overwrite']);
  checkPath(path, '.weights.h5', 'saveWeights');
  const data = await guarded(path, () => writeWeights(model, true));
  await writeFile(path, data, { overwrite: options.overwrite ?? true });
}

/**
 * Sets the weights of a model from a `.weights.h5` or `.keras` file of a model of the same structure, and the state of its
 * optimizer, where the file has it and the model has trained. After an error the weights are as they were.
 *
 * @param options.skipMismatch Whether layers for which the file has no fitting weights keep theirs; the optimizer keeps its state
 *   then, too. Default `false`.
 * @throws FileError for damaged files, and for those of other models.
 */
export async function loadWeights(model: Model, source: FileSource, options: LoadWeightsOptions = {}): Promise<void> {
  const { skipMismatch = false } = checkOptions('loadWeights', options, ['skipMismatch']);
  await guarded(sourceName(source), async () => {
    const data = await readSource(source);
    const weights = isHdf5(new Bytes(data)) ? data : await new ZipArchive(data).read(WEIGHTS);
    const file = new WeightsFile(weights);
    const skipped = await file.loadInto(model, skipMismatch);
    if (skipped.length > 0) {
      console.warn(`olifant: loadWeights: some layers keep their weights: ${skipped.join('; ')}`);
      return;
    }
    const { optimizer } = model;
    if (optimizer !== null && file.optimizerSize === optimizer.variables.length)
      await file.loadOptimizer(optimizer.name, optimizer.variables);
  });
}

function checkPath(path: string, ending: string, method: string): void {
  if (typeof path !== 'string' || !path.endsWith(ending))
    throw new FileError(`${method}: expected a path that ends with ${ending}, got ${describe(path)}`);
}

/** Nothing but `FileError` comes out. */
async function guarded<T>(file: string | undefined, f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (error) {
    throw toFileError(error, { file });
  }
}
