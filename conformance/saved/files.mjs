// Keras's files, loaded here, trained for some steps where they are compiled, and saved.
import { join } from 'node:path';
import { golden, namesIn, readJson, toTensor, unlisted } from './tools.mjs';

export async function writeFiles(olifant, save) {
  for (const folder of ['models', 'families'])
    for (const name of namesIn(folder, '.keras').filter((n) => namesIn(folder, '.json').includes(n)))
      await writeAgain(olifant, save, folder, name);
}

async function writeAgain(olifant, save, folder, name) {
  const sidecar = readJson(folder, `${name}.json`);
  const inputs = sidecar.inputs.map((t) => toTensor(olifant, t));
  const targets = sidecar.targets?.map((t) => toTensor(olifant, t));
  const model = await olifant.loadModel(join(golden, folder, `${name}.keras`));
  await save(`keras_${name}`, model, inputs, model.compiled ? { targets } : {});
  if (!model.compiled) return;
  await model.fit(unlisted(inputs), unlisted(targets), { epochs: 2, batchSize: 16, verbose: 0 });
  await save(`keras_${name}_trained`, model, inputs, { targets });
}
