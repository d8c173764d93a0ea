// Models written by Olifant, each with the sidecar that check_saved.py wants: what it predicts, and what one more training
// step gives and changes.
import { writeAttention } from './attention.mjs';
import { writeFiles } from './files.mjs';
import { writeLayers } from './layers.mjs';
import { writeMasks } from './masks.mjs';
import { writeOperations } from './operations.mjs';
import { writePreprocessing } from './preprocessing.mjs';
import { writeStates } from './states.mjs';
import { saver } from './tools.mjs';
import { writeTrained } from './trained.mjs';

const SUBJECTS = {
  files: writeFiles,
  trained: writeTrained,
  layers: writeLayers,
  attention: writeAttention,
  states: writeStates,
  masks: writeMasks,
  preprocessing: writePreprocessing,
  operations: writeOperations,
};

/**
 * Writes all models to `folder` and gives the paths of the `.keras` files. `only`: some of the subjects; `apart`: a model for each
 * case, in the place of models with many branches.
 */
export async function writeModels(folder, olifant, { only, apart = false } = {}) {
  const unknown = (only ?? []).filter((subject) => !Object.hasOwn(SUBJECTS, subject));
  if (unknown.length > 0) throw new Error(`expected ${Object.keys(SUBJECTS).join(', ')}, got ${unknown.join(', ')}`);
  const { save, paths } = saver(folder, olifant);
  for (const subject of only ?? Object.keys(SUBJECTS)) await SUBJECTS[subject](olifant, save, { apart });
  return paths;
}
