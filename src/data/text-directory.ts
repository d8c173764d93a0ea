import { checkOptions, OlifantError } from '../errors.ts';
import { checkWhole } from '../keras-object.ts';
import { drawSeed } from '../trace/random-host.ts';
import { StringTensor } from '../trace/string-tensor.ts';
import { literal, type Tensor } from '../trace/tensor.ts';
import {
  checkDirectoryOptions,
  DIRECTORY_OPTIONS,
  type DirectoryOptions,
  divideFiles,
  type LabelledFiles,
  type LabelMode,
  listDirectory,
  shuffleFiles,
} from './directory.ts';
import { nodeFs } from './download.ts';
import { SampleDataset, type SampleOptions } from './sample-dataset.ts';

export interface TextDirectoryOptions extends DirectoryOptions {
  /** Characters of a text that are kept. Default: all. */
  maxLength?: number | null;
}

/** Labels of samples as tensors. */
export function labelTensor(labels: readonly number[], mode: LabelMode, classes: number, single: boolean): Tensor {
  const n = labels.length;
  const lead = single ? [] : [n];
  if (mode === 'binary') return literal(Float32Array.from(labels), [...lead, 1], 'float32');
  if (mode !== 'categorical') return literal(Int32Array.from(labels), lead, 'int32');
  const data = new Float32Array(n * classes);
  labels.forEach((label, i) => {
    if (label < classes) data[i * classes + label] = 1;
  });
  return literal(data, [...lead, classes], 'float32');
}

/** The texts of files, with their labels: `[texts, labels]`, or the texts alone. */
export class TextDataset extends SampleDataset<StringTensor | [StringTensor, Tensor]> {
  /** The names of the classes in the order of their numbers; `null` without labels. */
  readonly classNames: readonly string[] | null;
  /** The files. */
  readonly filePaths: readonly string[];
  readonly #labels: readonly number[] | null;
  readonly #mode: LabelMode;
  readonly #maxLength: number | null;

  /** @internal Made by `textDatasetFromDirectory`. */
  constructor(files: LabelledFiles, mode: LabelMode, maxLength: number | null, options: SampleOptions) {
    super('textDatasetFromDirectory', files.paths.length, options);
    this.classNames = files.classNames;
    this.filePaths = files.paths;
    this.#labels = files.labels;
    this.#mode = mode;
    this.#maxLength = maxLength;
  }

  protected async gather(samples: readonly number[]): Promise<StringTensor | [StringTensor, Tensor]> {
    const texts = await Promise.all(samples.map((i) => this.#read(this.filePaths[i]!)));
    const single = this.batchSize === null;
    const x = new StringTensor(texts, single ? [] : [texts.length]);
    if (this.#labels === null) return x;
    const labels = samples.map((i) => this.#labels![i]!);
    return [x, labelTensor(labels, this.#mode, this.classNames?.length ?? 0, single)];
  }

  async #read(path: string): Promise<string> {
    const { readFile } = nodeFs().promises;
    let bytes: Uint8Array;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      throw new OlifantError('INVALID_FILE', `${path}: ${(cause as Error).message}`, { cause });
    }
    const text = decode(bytes, path);
    return this.#maxLength === null ? text : [...text].slice(0, this.#maxLength).join('');
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new OlifantError('INVALID_FILE', `${path}: this is no text in UTF-8`, { cause });
  }
}

/**
 * The `.txt` files of a folder as a dataset (Keras's `text_dataset_from_directory`): each subfolder is a class. Files are read
 * when their batch comes. With the same seed, training and validation get the same files as in Keras.
 *
 * @returns A dataset of `[texts, labels]`; with `subset: 'both'` one for training and one for validation.
 * @throws OlifantError `INVALID_ARGUMENT` for options that do not go together and folders without files, `INVALID_FILE` for
 *   files that are no UTF-8.
 * @example
 * const [training, validation] = textDatasetFromDirectory('reviews', { validationSplit: 0.2, subset: 'both', seed: 1 });
 */
export function textDatasetFromDirectory(
  directory: string,
  options: TextDirectoryOptions & { subset: 'both' },
): [TextDataset, TextDataset];
export function textDatasetFromDirectory(directory: string, options?: TextDirectoryOptions): TextDataset;
export function textDatasetFromDirectory(
  directory: string,
  options: TextDirectoryOptions = {},
): TextDataset | [TextDataset, TextDataset] {
  const owner = 'textDatasetFromDirectory';
  checkOptions(owner, options, [...DIRECTORY_OPTIONS, 'maxLength']);
  checkDirectoryOptions(owner, options);
  const { shuffle = true, validationSplit, subset, labelMode = 'int' } = options;
  const seed = options.seed ?? drawSeed();
  const maxLength = options.maxLength ?? null;
  if (maxLength !== null) checkWhole(owner, 'maxLength', maxLength, 1);
  const listed = listDirectory(owner, directory, options, ['.txt']);
  if (options.verbose ?? true) console.log(describeFiles(listed));
  const files = shuffle ? shuffleFiles(listed, seed) : listed;
  const make = (part: LabelledFiles, shuffles: boolean) =>
    new TextDataset(part, labelMode, maxLength, {
      batchSize: options.batchSize === undefined ? 32 : options.batchSize,
      shuffle: shuffles,
      seed: shuffles ? seed : null,
    });
  if (!validationSplit) return make(files, shuffle);
  const [training, validation] = divideFiles(owner, files, validationSplit);
  if (subset === 'both') return [make(training, shuffle), make(validation, false)];
  return make(subset === 'training' ? training : validation, shuffle);
}

function describeFiles({ paths, classNames }: LabelledFiles): string {
  return `${paths.length} files${classNames === null ? '' : ` of ${classNames.length} classes`} found`;
}
