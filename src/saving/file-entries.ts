import { formatShape } from '../errors.ts';
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import type { Model } from '../models/index.ts';
import { Bytes } from './bytes.ts';
import { atPlace, FileError, toFileError } from './file-error.ts';
import { isHdf5 } from './hdf5/superblock.ts';
import { type Dataset, type Group, type Hdf5File, readTree } from './hdf5/tree.ts';
import { readValues } from './hdf5/values.ts';
import type { WrittenGroup } from './hdf5/write.ts';
import { parseJson } from './json.ts';
import { CONFIG, METADATA, WEIGHTS } from './keras-file.ts';
import { findSaveables, numbered } from './saveable.ts';
import { ZipArchive } from './zip/archive.ts';

/** Values in a file. */
export interface StoredWeight {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** The weights of an object by their names, usually `'0'`, `'1'` ..., and the objects in it by theirs. */
export interface StoredObject {
  readonly [name: string]: StoredWeight | StoredObject;
}

/** An object in a file: weights, and objects in it. */
export type Entries = Map<string, StoredWeight | Entries>;

/** What is in a file. */
export interface Opened {
  readonly root: Entries;
  readonly config: Record<string, unknown> | null;
  readonly metadata: Record<string, unknown> | null;
}

/** Reads a `.keras` or `.weights.h5` file. */
export async function openFile(data: Uint8Array): Promise<Opened> {
  // More than twice the size of the file, weights can only be by mistake or malice.
  const budget = 2 * data.length + 2 ** 24;
  if (isHdf5(new Bytes(data))) return { root: await readWeights(data, budget), config: null, metadata: null };
  const archive = new ZipArchive(data);
  const json = async (member: string) => {
    const bytes = await archive.read(member);
    return atPlace({ member }, () => parseJson(bytes)) as Record<string, unknown>;
  };
  const weights = await archive.read(WEIGHTS);
  try {
    const root = await readWeights(weights, budget);
    return { root, config: await json(CONFIG), metadata: archive.has(METADATA) ? await json(METADATA) : null };
  } catch (error) {
    throw toFileError(error, { member: WEIGHTS });
  }
}

/** The values of a weights file. What is in `vars` belongs to the object that has these; objects without anything are left out. */
async function readWeights(data: Uint8Array, budget: number): Promise<Entries> {
  const file = readTree(data);
  let left = budget;
  const read = async (group: Group, isVars: boolean): Promise<Entries> => {
    const entries: Entries = new Map();
    for (const [name, member] of group.members) {
      if (member.kind === 'dataset') {
        left -= 4 * member.shape.reduce((n, d) => n * d, 1);
        if (left < 0)
          throw new FileError('its weights would take more memory than such a file can hold', {
            offset: member.address,
          });
        entries.set(name, await readWeight(file, member));
      } else if (name === 'vars' && !isVars)
        for (const [key, value] of await read(member, true)) entries.set(key, value);
      else {
        const inner = await read(member, false);
        if (inner.size > 0) entries.set(name, inner);
      }
    }
    return entries;
  };
  return read(file.root, false);
}

async function readWeight(file: Hdf5File, dataset: Dataset): Promise<StoredWeight> {
  const { kind, size } = dataset.type;
  const dtype: DType = kind === 'float' ? 'float32' : kind === 'uint' && size === 1 ? 'uint8' : 'int32';
  const { shape } = dataset;
  const data = hostArray(
    dtype,
    shape.reduce((n, d) => n * d, 1),
  );
  await readValues(file, dataset, data);
  return { shape, dtype, data };
}

/**
 * What a model would write.
 *
 * @param file What it is compared with. Keras writes no more than iteration and learning rate of an optimizer that has done nothing yet.
 */
export function entriesOf(model: Model, file: Entries): Entries {
  const root: Entries = new Map();
  const saved = findSaveables(model).map(({ path, variables }) => ({ path, variables }));
  const { optimizer } = model;
  const stored = file.get('optimizer');
  const fresh = stored instanceof Map && stored.size <= 2;
  if (optimizer !== null)
    saved.push({
      path: 'optimizer',
      variables: numbered(optimizer.variables.slice(0, fresh ? stored.size : undefined)),
    });
  for (const { path, variables } of saved) {
    if (variables.length === 0) continue;
    let at = root;
    for (const part of path === '' ? [] : path.split('/')) {
      const next = at.get(part) ?? new Map();
      at.set(part, next);
      at = next as Entries;
    }
    for (const [name, { shape, dtype }] of variables) at.set(name, { shape, dtype, data: hostArray(dtype, 0) });
  }
  return root;
}

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  readonly entries: Entries;
}

/** What the first side has and the second one has not, or in another shape; each place is reported once. */
export function differences(first: Side, second: Side, path: string, seen: Set<string>, print: (line: string) => void) {
  let [errors, matches] = [0, 0];
  const report = (place: string, line: string) => {
    seen.add(place);
    errors++;
    print(line);
  };
  for (const [name, value] of first.entries) {
    const place = path === '' ? name : `${path}/${name}`;
    if (seen.has(place)) continue;
    const other = second.entries.get(name);
    if (other === undefined) report(place, `'${place}' is in ${first.name}, and missing in ${second.name}`);
    else if (value instanceof Map !== other instanceof Map)
      report(place, `'${place}' is an object on one side, and a weight on the other`);
    else if (value instanceof Map) {
      const inner = differences(
        { name: first.name, entries: value },
        { name: second.name, entries: other as Entries },
        place,
        seen,
        print,
      );
      errors += inner.errors;
      matches += inner.matches;
    } else {
      const [shape, otherShape] = [value.shape, (other as StoredWeight).shape].map((s) => formatShape(s));
      if (shape === otherShape) matches++;
      else report(place, `'${place}' has the shape ${shape} in ${first.name}, ${otherShape} in ${second.name}`);
    }
  }
  return { errors, matches };
}

/** The groups of a weights file that holds this. */
export function groupsOf(root: Entries): WrittenGroup[] {
  const groups: WrittenGroup[] = [];
  const visit = (entries: Entries, path: string) => {
    const weights = [...entries].filter((e): e is [string, StoredWeight] => !(e[1] instanceof Map));
    if (weights.length > 0)
      groups.push({
        path: path === '' ? 'vars' : `${path}/vars`,
        name: path.split('/').at(-1)!,
        datasets: weights.map(([name, { shape, data }]) => ({ name, shape, read: () => data })),
      });
    for (const [name, value] of entries) if (value instanceof Map) visit(value, path === '' ? name : `${path}/${name}`);
  };
  visit(root, '');
  return groups;
}
