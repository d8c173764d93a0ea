// Layers on numbers that have learned from data: test/golden/preprocessing/layers.json. Those on strings need another backend.
import { readJson, saveCases, toTensor } from './tools.mjs';

const NUMERIC = ['CategoryEncoding', 'Discretization', 'Normalization'];

export async function writePreprocessing(olifant, save, how) {
  const { cases } = readJson('preprocessing', 'layers.json');
  for (const kind of NUMERIC) {
    const some = cases.filter((c) => c.class_name === kind && Object.keys(c.call ?? {}).length === 0);
    await saveCases(
      olifant,
      save,
      `preprocessing_${kind}`,
      some.flatMap((c, i) => caseOf(olifant, c, `case_${i}`)),
      how,
    );
  }
}

function caseOf(olifant, c, name) {
  const { layers } = olifant;
  const inputs = c.inputs.map((t) => toTensor(olifant, t));
  if (inputs.some((x) => x.shape.length < 2)) return [];
  const config = { ...c.config, name };
  const layer = layers.deserializeLayer({ module: 'keras.layers', class_name: c.class_name, config });
  for (const data of c.batches ?? (c.adapt ? [c.adapt] : [])) layer.adapt(toTensor(olifant, data));
  return [{ name, inputs, apply: ([x]) => layer.apply(x), trains: c.class_name === 'Normalization' }];
}
