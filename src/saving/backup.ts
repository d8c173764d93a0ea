import type { Backup } from '../callbacks/training-run.ts';
import { OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import type { Model } from '../models/index.ts';
import { writeJson } from '../models/write-json.ts';
import { Variable } from '../trace/variable.ts';
import { toFileError } from './file-error.ts';
import { writeHdf5 } from './hdf5/write.ts';
import { parseJson } from './json.ts';
import { WEIGHTS } from './keras-file.ts';
import { readFile, writeFile } from './node-files.ts';
import { WeightsFile, writeWeights } from './weights.ts';
import { writeZip, ZipArchive } from './zip/archive.ts';

/** What is no weight: values as JSON, and where the tensors are. */
const STATE = 'state.json';
const TENSORS = 'tensors.h5';

interface State {
  readonly version: 1;
  readonly values: Backup['values'];
  readonly tensors: readonly (readonly { shape: Shape; dtype: DType }[])[];
}

const groupOf = (list: number) => `lists/${list}`;

/**
 * Writes the state of a training to one file, in which weights and optimizer are as in Keras's weights files. The path holds
 * the whole old file or the whole new one.
 */
export async function saveBackup(model: Model, path: string, { values, tensors }: Backup): Promise<void> {
  const state: State = {
    version: 1,
    values,
    tensors: tensors.map((list) => list.map(({ shape, dtype }) => ({ shape, dtype }))),
  };
  const groups = tensors.map((list, i) => ({
    path: `${groupOf(i)}/vars`,
    name: String(i),
    datasets: list.map((t, j) => ({ name: String(j), shape: t.shape, read: () => t.dataSync() })),
  }));
  try {
    const members = {
      [STATE]: new TextEncoder().encode(writeJson(state)),
      [WEIGHTS]: await writeWeights(model, true),
      [TENSORS]: await writeHdf5(groups),
    };
    await writeFile(path, await writeZip(members), { overwrite: true });
  } catch (error) {
    throw toFileError(error, { file: path });
  }
}

/**
 * Sets the weights of a model and the state of its optimizer (unless a step of its own uses it, which makes that state later)
 * from a file of `saveBackup`.
 *
 * @throws FileError for damaged files, and for those of other models.
 */
export async function loadBackup(model: Model, path: string): Promise<Backup> {
  const { optimizer } = model;
  try {
    const archive = new ZipArchive(await readFile(path));
    const state = parseJson(await archive.read(STATE)) as State;
    if (state?.version !== 1)
      throw new OlifantError('INVALID_FILE', 'the backup is of a version that is not known; delete it to begin anew');
    const weights = new WeightsFile(await archive.read(WEIGHTS));
    const others = new WeightsFile(await archive.read(TENSORS));
    const lists = state.tensors.map((list) => list.map(blank));
    for (const [i, list] of lists.entries()) await others.loadGroup(groupOf(i), 'what callbacks keep', list);
    await weights.loadInto(model);
    if (optimizer !== null && !model.hasOwnStep('train')) {
      if (!optimizer.built) optimizer.build(model.trainableWeights);
      await weights.loadOptimizer(optimizer.name, optimizer.variables);
    }
    return { values: state.values, tensors: lists.map((list) => list.map((v) => v.value())) };
  } catch (error) {
    throw toFileError(error, { file: path });
  }
}

function blank({ shape, dtype }: { shape: Shape; dtype: DType }): Variable {
  return new Variable(() => 0, { shape, dtype, name: 'kept' });
}
