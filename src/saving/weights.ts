import { formatShape } from '../errors.ts';
import { hostArray, type TypedArray } from '../graph/dtype.ts';
import { sameShape } from '../graph/shape.ts';
import type { Layer } from '../layers/index.ts';
import type { StoredValue } from '../layers/layer-options.ts';
import { Model } from '../models/index.ts';
import type { Variable } from '../trace/variable.ts';
import { FileError, toFileError } from './file-error.ts';
import { type Dataset, findObject, type Group, type Hdf5File, readTree } from './hdf5/tree.ts';
import { readValues } from './hdf5/values.ts';
import { type WrittenGroup, writeHdf5 } from './hdf5/write.ts';
import { findSaveables, numbered, type Stored } from './saveable.ts';

const OPTIMIZER = 'optimizer';

/** The content of a weights file: the model's weights, and the state of the optimizer where it is asked for. */
export async function writeWeights(model: Layer, includeOptimizer: boolean): Promise<Uint8Array> {
  const groups = findSaveables(model).map((s) => written(s.path, s.name, s.variables));
  const optimizer = model instanceof Model ? model.optimizer : null;
  if (includeOptimizer && optimizer !== null)
    groups.push(written(OPTIMIZER, optimizer.name, numbered(optimizer.variables)));
  return writeHdf5(groups);
}

function written(path: string, name: string, variables: readonly Stored[]): WrittenGroup {
  return {
    path: path === '' ? 'vars' : `${path}/vars`,
    name,
    datasets: variables.map(([key, v]) => ({ name: key, shape: v.shape, read: () => v.read() })),
  };
}

/** A value of the file for a variable of the model; found and checked, but not read yet. */
interface Pair {
  readonly variable: StoredValue;
  readonly dataset: Dataset;
  readonly path: string;
}

/** A weights file of which everything but the values has been read and checked. */
export class WeightsFile {
  readonly #file: Hdf5File;

  constructor(data: Uint8Array) {
    this.#file = readTree(data);
  }

  /**
   * Sets all weights of a model, or none.
   *
   * @param skipMismatch Whether layers whose weights the file lacks, or has in other shapes, keep theirs.
   * @returns Why layers kept their weights; empty where all are set.
   * @throws FileError where the file lacks weights of the model's, or has them in other shapes.
   */
  async loadInto(model: Layer, skipMismatch = false): Promise<string[]> {
    const skipped: string[] = [];
    const pairs = findSaveables(model).flatMap((s) => {
      try {
        return this.#match(this.#legacyPath(s.path), s.name, s.variables);
      } catch (error) {
        if (!skipMismatch || !(error instanceof FileError)) throw error;
        skipped.push(error.message);
        return [];
      }
    });
    await this.#assign(pairs);
    return skipped;
  }

  /** The variables of an optimizer that the file has; `undefined` without. */
  get optimizerSize(): number | undefined {
    const vars = this.#vars(OPTIMIZER);
    return vars === undefined || vars.members.size === 0 ? undefined : vars.members.size;
  }

  /** Sets the optimizer's variables, which must be as many as the file has. */
  async loadOptimizer(name: string, variables: readonly Variable[]): Promise<void> {
    await this.#assign(this.#match(OPTIMIZER, name, numbered(variables)));
  }

  /** Sets variables that are no model's and no optimizer's. */
  async loadGroup(path: string, name: string, variables: readonly Variable[]): Promise<void> {
    await this.#assign(this.#match(path, name, numbered(variables)));
  }

  #vars(path: string): Group | undefined {
    const vars = findObject(this.#file.root, path === '' ? 'vars' : `${path}/vars`);
    return vars?.kind === 'group' ? vars : undefined;
  }

  /** The first versions of the format had another name for the layers of a model. */
  #legacyPath(path: string): string {
    const legacy = '_layer_checkpoint_dependencies';
    const { members } = this.#file.root;
    return members.has(legacy) && !members.has('layers') ? path.replace(/(^|\/)layers(?=\/)/g, `$1${legacy}`) : path;
  }

  #match(path: string, name: string, variables: readonly Stored[]): Pair[] {
    const vars = this.#vars(path);
    const stored = vars?.members.size ?? 0;
    if (stored !== variables.length)
      throw new FileError(
        `'${name}' has ${variables.length} weights, the file has ${stored} for it. The file is of another model, or the ` +
          'layers were made in another order',
        { member: path },
      );
    return variables.map(([key, variable]) => {
      const place = path === '' ? `vars/${key}` : `${path}/vars/${key}`;
      const dataset = vars?.members.get(key);
      if (dataset?.kind !== 'dataset') throw new FileError(`no values for ${variable.path}`, { member: place });
      if (!sameShape(dataset.shape, variable.shape))
        throw new FileError(
          `${variable.path} has the shape ${formatShape(variable.shape)}, the file has ${formatShape(dataset.shape)}`,
          { member: place },
        );
      return { variable, dataset, path: place };
    });
  }

  /** What can fail is read before anything changes; then the rest, nearly everything, one by one, to save memory. */
  async #assign(pairs: readonly Pair[]): Promise<void> {
    const early = new Map<Pair, TypedArray>();
    for (const pair of pairs) if (!cannotFail(pair)) early.set(pair, await this.#read(pair));
    for (const pair of pairs) pair.variable.write(early.get(pair) ?? (await this.#read(pair)));
  }

  async #read({ variable, dataset, path }: Pair): Promise<TypedArray> {
    const target = hostArray(variable.dtype, variable.size);
    try {
      await readValues(this.#file, dataset, target);
    } catch (error) {
      throw toFileError(error, { member: path });
    }
    return target;
  }
}

/** One block, whose place has been checked, of numbers that all fit. */
function cannotFail({ dataset, variable }: Pair): boolean {
  const { layout, type } = dataset;
  const stored = layout.kind === 'block' && (layout.address !== undefined || variable.size === 0);
  return stored && type.kind === 'float' && variable.dtype === 'float32';
}
