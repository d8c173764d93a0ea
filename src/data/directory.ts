import { describe, OlifantError } from '../errors.ts';
import { checkFlag, checkNumber, checkWhole } from '../keras-object.ts';
import { nodeFs } from './download.ts';
import { numpyShuffled } from './mersenne-twister.ts';

type Files = typeof import('node:fs');

export type LabelMode = 'int' | 'categorical' | 'binary' | null;
export type Subset = 'training' | 'validation' | 'both' | null;

export interface DirectoryOptions {
  /** `'inferred'`: by the names of the subfolders; a list: one number for each file, in alphabetical order; `null`: none. */
  labels?: 'inferred' | readonly number[] | null;
  /** How labels are given: int32 numbers, one-hot rows, 0 and 1 as float32 `[n, 1]`, or not at all. Default `'int'`. */
  labelMode?: LabelMode;
  /** The subfolders, in the order of their numbers. Default: all, in alphabetical order. */
  classNames?: readonly string[] | null;
  /** Files in a batch; `null`: one at a time. Default 32. */
  batchSize?: number | null;
  /** Whether the files are shuffled, before they are divided and in each pass. Default `true`. */
  shuffle?: boolean;
  /** Divides the files as the same seed does in Keras. */
  seed?: number | null;
  /** Part of the files that is for validation; needs `subset`, and a `seed` where they are shuffled. */
  validationSplit?: number | null;
  /** `'both'` gives both datasets. */
  subset?: Subset;
  /** Whether links to folders are followed. Default `false`. */
  followLinks?: boolean;
  /** Whether the number of files is printed. Default `true`. */
  verbose?: boolean;
}

export const DIRECTORY_OPTIONS: readonly (keyof DirectoryOptions)[] = [
  'labels',
  'labelMode',
  'classNames',
  'batchSize',
  'shuffle',
  'seed',
  'validationSplit',
  'subset',
  'followLinks',
  'verbose',
];

/** Files with their labels. */
export interface LabelledFiles {
  readonly paths: readonly string[];
  readonly labels: readonly number[] | null;
  readonly classNames: readonly string[] | null;
}

function invalid(message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', message);
}

/** @throws OlifantError `INVALID_ARGUMENT` for options that do not go together. */
export function checkDirectoryOptions(owner: string, options: DirectoryOptions): void {
  const { labels = 'inferred', labelMode = 'int', classNames, validationSplit, subset, shuffle = true, seed } = options;
  if (labels !== 'inferred' && labels !== null && !Array.isArray(labels))
    throw invalid(`${owner}: labels must be 'inferred', a list of numbers or null, got ${describe(labels)}`);
  if (labels !== 'inferred' && classNames) throw invalid(`${owner}: classNames goes with labels: 'inferred' only`);
  if (!['int', 'categorical', 'binary', null].includes(labelMode))
    throw invalid(`${owner}: labelMode must be 'int', 'categorical', 'binary' or null, got ${describe(labelMode)}`);
  if (validationSplit) checkNumber(owner, 'validationSplit', validationSplit, { above: 0, below: 1 });
  if (![undefined, null, 'training', 'validation', 'both'].includes(subset))
    throw invalid(`${owner}: subset must be 'training', 'validation' or 'both', got ${describe(subset)}`);
  if (Boolean(validationSplit) !== Boolean(subset))
    throw invalid(`${owner}: validationSplit and subset go together; give both or none`);
  if (validationSplit && shuffle && (seed === undefined || seed === null))
    throw invalid(
      `${owner}: give a seed, so that the files for training and those for validation are never the same, or shuffle: false`,
    );
  if (seed !== undefined && seed !== null) checkWhole(owner, 'seed', seed);
  for (const name of ['shuffle', 'followLinks', 'verbose'] as const)
    if (options[name] !== undefined) checkFlag(owner, name, options[name]);
}

/** Python orders strings by their characters' numbers. */
const byCharacters = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Files below a folder, as relative paths, folder by folder in alphabetical order. */
function filesBelow(fs: Files, folder: string, followLinks: boolean, endings: readonly string[]): string[] {
  const folders: string[] = [];
  const seen = new Set<string>();
  const walk = (inner: string): void => {
    const real = fs.realpathSync(`${folder}/${inner}`);
    if (seen.has(real)) return;
    seen.add(real);
    folders.push(inner);
    for (const entry of fs.readdirSync(`${folder}/${inner}`, { withFileTypes: true })) {
      const path = inner === '' ? entry.name : `${inner}/${entry.name}`;
      const linked = followLinks && entry.isSymbolicLink() && fs.statSync(`${folder}/${path}`).isDirectory();
      if (entry.isDirectory() || linked) walk(path);
    }
  };
  walk('');
  return folders.sort(byCharacters).flatMap((inner) =>
    fs
      .readdirSync(`${folder}/${inner}`, { withFileTypes: true })
      .filter((e) => !e.isDirectory() && endings.some((ending) => e.name.toLowerCase().endsWith(ending)))
      .map((e) => e.name)
      .sort(byCharacters)
      .map((name) => (inner === '' ? name : `${inner}/${name}`)),
  );
}

/** Finds the files of a folder whose subfolders are classes, in Keras's order, shuffled as there. */
export function listDirectory(
  owner: string,
  folder: string,
  options: DirectoryOptions,
  endings: readonly string[],
): LabelledFiles {
  const fs = nodeFs();
  if (typeof folder !== 'string' || !fs.existsSync(folder) || !fs.statSync(folder).isDirectory())
    throw invalid(`${owner}: expected the path of a folder, got ${describe(folder)}`);
  const labels = options.labelMode === null ? null : options.labels === undefined ? 'inferred' : options.labels;
  const found =
    labels === 'inferred'
      ? byFolders(owner, fs, folder, options, endings)
      : byList(owner, fs, folder, labels, options, endings);
  if (found.paths.length === 0) throw invalid(`${owner}: '${folder}' has no files that end with ${endings.join(', ')}`);
  if (options.labelMode === 'binary' && labels !== null && found.classNames?.length !== 2)
    throw invalid(`${owner}: labelMode 'binary' needs two classes, got ${found.classNames?.length ?? 0}`);
  return found;
}

function byFolders(
  owner: string,
  fs: Files,
  folder: string,
  { classNames, followLinks = false }: DirectoryOptions,
  endings: readonly string[],
): LabelledFiles {
  const present = fs
    .readdirSync(folder)
    .filter((name) => !name.startsWith('.') && fs.statSync(`${folder}/${name}`).isDirectory())
    .sort(byCharacters);
  const missing = classNames?.filter((name) => !present.includes(name)) ?? [];
  if (missing.length > 0)
    throw invalid(
      `${owner}: '${folder}' has no subfolder ${missing.join(', ')}; it has ${present.join(', ') || 'none'}`,
    );
  const names = classNames ?? present;
  const files = names.map((name) => filesBelow(fs, `${folder}/${name}`, followLinks, endings));
  return {
    paths: files.flatMap((list, i) => list.map((file) => `${folder}/${names[i]}/${file}`)),
    labels: files.flatMap((list, i) => list.map(() => i)),
    classNames: names,
  };
}

function byList(
  owner: string,
  fs: Files,
  folder: string,
  labels: readonly number[] | null,
  { followLinks = false }: DirectoryOptions,
  endings: readonly string[],
): LabelledFiles {
  const paths = filesBelow(fs, folder, followLinks, endings).map((file) => `${folder}/${file}`);
  if (labels === null) return { paths, labels, classNames: null };
  if (labels.length !== paths.length)
    throw invalid(`${owner}: ${labels.length} labels were given for the ${paths.length} files of '${folder}'`);
  labels.forEach((label, i) => {
    checkWhole(owner, `labels[${i}]`, label);
  });
  const classNames = [...new Set(labels)].map(String).sort(byCharacters);
  return { paths, labels, classNames };
}

/** In the order that `numpy.random.RandomState(seed)` gives. */
export function shuffleFiles({ paths, labels, classNames }: LabelledFiles, seed: number): LabelledFiles {
  return {
    paths: numpyShuffled(paths, seed),
    labels: labels && numpyShuffled(labels, seed),
    classNames,
  };
}

/** Files for training, and for validation: the last ones. */
export function divideFiles(owner: string, files: LabelledFiles, split: number): [LabelledFiles, LabelledFiles] {
  const held = Math.floor(split * files.paths.length);
  const kept = files.paths.length - held;
  if (held === 0 || kept === 0)
    throw invalid(`${owner}: validationSplit ${split} of ${files.paths.length} file(s) leaves nothing on one side`);
  const part = (from: number, to: number): LabelledFiles => ({
    paths: files.paths.slice(from, to),
    labels: files.labels?.slice(from, to) ?? null,
    classNames: files.classNames,
  });
  return [part(0, kept), part(kept, files.paths.length)];
}
