import { checkOptions, describe, formatShape, nearest, OlifantError } from '../errors.ts';
import { Model } from '../models/index.ts';
import { asTensor, isTensorLike, type TensorLike } from '../trace/index.ts';
import {
  differences,
  type Entries,
  entriesOf,
  groupsOf,
  type Opened,
  openFile,
  type StoredObject,
  type StoredWeight,
} from './file-entries.ts';
import { FileError, toFileError } from './file-error.ts';
import { writeHdf5 } from './hdf5/write.ts';
import { writeFile } from './node-files.ts';
import { type FileSource, readSource, sourceName } from './source.ts';

export type { StoredObject, StoredWeight } from './file-entries.ts';

/** Weights to be stored, and objects of them. */
export interface NewWeights {
  readonly [name: string]: TensorLike | NewWeights;
}

/** What comparing a file with a model gave. */
export interface Comparison {
  readonly status: 'success' | 'error';
  readonly errorCount: number;
  /** Weights that both have, in the same shape; Keras counts those in inner objects more than once. */
  readonly matchCount: number;
}

export interface PrintOptions {
  /** What is called with each line. Default: `console.log`. */
  printFn?: (line: string) => void;
}

/**
 * Shows and changes the weights in a `.keras` or `.weights.h5` file, for example where a model's layers have changed since it was
 * saved: Keras's `KerasFileEditor`. Objects are named by their paths (`'layers/dense_1'`), or by their last names where there is
 * only one of that name. Files are not changed: `save` writes another one.
 *
 * @example
 * const editor = await saving.KerasFileEditor.open('model.weights.h5');
 * editor.summary();
 * editor.deleteObject('layers/dense_2');
 * editor.addObject('layers/einsum_dense', { 0: kernel, 1: bias });
 * await editor.save('edited.weights.h5');
 */
export class KerasFileEditor {
  /** The path, where the file has one. */
  readonly filepath: string | undefined;
  /** The model's configuration, in a `.keras` file. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** When and with what it was saved, in a `.keras` file. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly #root: Entries;

  private constructor(file: Opened, filepath: string | undefined) {
    this.filepath = filepath;
    this.config = file.config;
    this.metadata = file.metadata;
    this.#root = file.root;
  }

  /**
   * Opens a file.
   *
   * @param source A path, bytes, or a `Blob` of a `.keras` or `.weights.h5` file.
   * @throws FileError for damaged files, and other ones.
   */
  static async open(source: FileSource): Promise<KerasFileEditor> {
    const file = sourceName(source);
    try {
      return new KerasFileEditor(await openFile(await readSource(source)), file);
    } catch (error) {
      throw toFileError(error, { file });
    }
  }

  /** All weights, as objects in objects. */
  get weightsDict(): StoredObject {
    const read = (entries: Entries): StoredObject => {
      const out = Object.create(null) as Record<string, StoredWeight | StoredObject>;
      for (const [name, value] of entries) out[name] = value instanceof Map ? read(value) : value;
      return out;
    };
    return read(this.#root);
  }

  /** Prints what is in the file: objects, and the shapes and types of their weights. */
  summary(options: PrintOptions = {}): void {
    const print = printer('summary', options);
    print('Weights structure');
    const show = (entries: Entries, indent: string) => {
      [...entries].forEach(([name, value], i) => {
        const last = i === entries.size - 1;
        const line = `${indent}${last ? '└─' : '├─'} ${name}`;
        if (value instanceof Map) {
          print(line);
          show(value, `${indent}${last ? '   ' : '│  '}`);
        } else print(`${line}: shape=${formatShape(value.shape)}, dtype=${value.dtype}`);
      });
    };
    show(this.#root, '  ');
  }

  /** Compares the weights with those of a model, and its optimizer's, and prints where they differ. */
  compare(referenceModel: Model, options: PrintOptions = {}): Comparison {
    if (!(referenceModel instanceof Model))
      throw new OlifantError('INVALID_ARGUMENT', `compare: expected a model, got ${describe(referenceModel)}`);
    const print = printer('compare', options);
    const model = { name: 'the model', entries: entriesOf(referenceModel, this.#root) };
    const file = { name: 'the file', entries: this.#root };
    const seen = new Set<string>();
    const { errors, matches } = differences(model, file, '', seen, print);
    const errorCount = errors + differences(file, model, '', seen, print).errors;
    print(
      errorCount === 0
        ? `The file fits the model: ${matches} weights are alike`
        : `The file does not fit the model: ${errorCount} differences`,
    );
    return { status: errorCount === 0 ? 'success' : 'error', errorCount, matchCount: matches };
  }

  /**
   * Gives an object another name.
   *
   * @param objectName Its path, or its name where there is one of that name only. @param newName A name without `/`.
   * @throws OlifantError `INVALID_ARGUMENT` where there is no such object, several, or already one of the new name.
   */
  renameObject(objectName: string, newName: string): void {
    checkName('renameObject', newName);
    const { holder, name, value } = this.#find('renameObject', objectName);
    if (newName === name) return;
    if (holder.has(newName))
      throw invalid('renameObject', `there is '${newName}' beside '${objectName}' already; delete it first`);
    const entries = [...holder];
    holder.clear();
    for (const [key, entry] of entries) holder.set(key === name ? newName : key, key === name ? value : entry);
  }

  /**
   * Removes an object with everything in it.
   *
   * @throws OlifantError `INVALID_ARGUMENT` where there is no such object, or several.
   */
  deleteObject(objectName: string): void {
    const { holder, name } = this.#find('deleteObject', objectName);
    holder.delete(name);
  }

  /**
   * Adds an object, in the place of one that is there.
   *
   * @param objectPath Its whole path: `'layers/dense_2'`. @param weights Values by their names: `{ 0: kernel, 1: bias }`.
   * @throws OlifantError `INVALID_ARGUMENT` where what it shall be in is not there.
   */
  addObject(objectPath: string, weights: NewWeights): void {
    const owner = 'addObject';
    const added = readNew(owner, weights);
    const parts = partsOf(owner, objectPath);
    const name = parts.pop()!;
    checkName(owner, name);
    this.#at(owner, parts).set(name, added);
  }

  /**
   * Removes one weight of an object.
   *
   * @throws OlifantError `INVALID_ARGUMENT` where the object or the weight is not there.
   */
  deleteWeight(objectName: string, weightName: string | number): void {
    const entries = this.#object('deleteWeight', objectName);
    const name = String(weightName);
    if (!entries.delete(name))
      throw invalid('deleteWeight', `'${objectName}' has no weight '${name}'; it has ${listed(entries)}`);
  }

  /**
   * Adds weights to an object, in the place of those of the same names.
   *
   * @throws OlifantError `INVALID_ARGUMENT` where the object is not there.
   */
  addWeights(objectName: string, weights: NewWeights): void {
    const added = readNew('addWeights', weights);
    const entries = this.#object('addWeights', objectName);
    for (const [name, value] of added) entries.set(name, value);
  }

  /**
   * Writes the weights to a `.weights.h5` file, which Keras can read, too.
   *
   * @throws FileError for another ending, and for errors of the disk.
   */
  async save(filepath: string): Promise<void> {
    if (typeof filepath !== 'string' || !filepath.endsWith('.weights.h5'))
      throw new FileError(`save: expected a path that ends with .weights.h5, got ${describe(filepath)}`);
    await writeFile(filepath, await writeHdf5(groupsOf(this.#root)));
  }

  /** The same as `save`. */
  async resaveWeights(filepath: string): Promise<void> {
    await this.save(filepath);
  }

  /** The object at a path. */
  #at(owner: string, parts: readonly string[]): Entries {
    let entries = this.#root;
    parts.forEach((part, i) => {
      const next = entries.get(part);
      if (!(next instanceof Map)) {
        const near = nearest(part, [...entries.keys()]);
        const place = i === 0 ? 'the file' : `'${parts.slice(0, i).join('/')}'`;
        throw invalid(
          owner,
          `there is no object '${parts.join('/')}': ${place} has no '${part}', it has ${listed(entries)}` +
            (near === undefined ? '' : `. Did you mean '${near}'?`),
        );
      }
      entries = next;
    });
    return entries;
  }

  /** Who holds an object (or a weight), and what it is called there. */
  #find(owner: string, objectName: string): { holder: Entries; name: string; value: StoredWeight | Entries } {
    const parts = partsOf(owner, objectName);
    const name = parts.pop()!;
    const holders = parts.length > 0 ? [this.#at(owner, parts)] : holdersOf(this.#root, name);
    const holder = holders[0];
    const value = holder?.get(name);
    if (holder === undefined || value === undefined)
      throw invalid(owner, `there is no '${objectName}' in the file; summary() lists what there is`);
    if (holders.length > 1)
      throw invalid(
        owner,
        `there are ${holders.length} objects named '${objectName}' in the file; give the whole path`,
      );
    return { holder, name, value };
  }

  #object(owner: string, objectName: string): Entries {
    const { value } = this.#find(owner, objectName);
    if (value instanceof Map) return value;
    throw invalid(owner, `'${objectName}' is a weight, not an object`);
  }
}

function invalid(owner: string, message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', `KerasFileEditor.${owner}: ${message}`);
}

const listed = (entries: Entries): string => [...entries.keys()].map((name) => `'${name}'`).join(', ') || 'nothing';

function printer(owner: string, options: PrintOptions): (line: string) => void {
  return checkOptions(owner, options, ['printFn']).printFn ?? ((line) => console.log(line));
}

function partsOf(owner: string, path: unknown): string[] {
  if (typeof path !== 'string' || path === '')
    throw invalid(owner, `expected the name of an object, got ${describe(path)}`);
  return path.replace(/^\//, '').split('/');
}

function checkName(owner: string, name: unknown): void {
  if (typeof name !== 'string' || name === '' || name.includes('/') || name === '.' || name === 'vars')
    throw invalid(
      owner,
      `expected a name without '/' (and not 'vars', which files keep for themselves), got ${describe(name)}`,
    );
}

/** Every object that has something of this name in it. */
function holdersOf(entries: Entries, name: string): Entries[] {
  const inner = [...entries.values()].flatMap((value) => (value instanceof Map ? holdersOf(value, name) : []));
  return entries.has(name) ? [entries, ...inner] : inner;
}

function readNew(owner: string, weights: unknown): Entries {
  const given = typeof weights === 'object' && weights !== null && !isTensorLike(weights);
  if (!given)
    throw invalid(owner, `expected weights by their names, as { 0: kernel, 1: bias }, got ${describe(weights)}`);
  const read = ([name, value]: [string, unknown]): [string, StoredWeight | Entries] => {
    checkName(owner, name);
    if (!isTensorLike(value)) return [name, readNew(owner, value)];
    const t = asTensor(value);
    return [name, { shape: t.shape, dtype: t.dtype, data: t.dataSync() }];
  };
  return new Map(Object.entries(weights as object).map(read));
}
