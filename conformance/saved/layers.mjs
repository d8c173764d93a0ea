// Every layer and each set of options of which there are golden values: test/golden/layers/ is the table.
import { isRandom, namesIn, readJson, saveCases, toTensor } from './tools.mjs';

/** Layers that Keras cannot have in a model: it takes the output of `Equalization` for its input, and finds a cycle. */
const NOT_IN_MODELS = ['Equalization'];

/** Layers through which Keras on JAX cannot train, or not in every case of the table. */
const NOT_TRAINED = {
  AutoContrast: 'has no gradient (0 / 0) for an image of one pixel',
  RandomColorJitter: 'splits the wrong axis of images with channels first',
  RandomElasticTransform: 'fails in its map_coordinates',
  RandomErasing: 'takes no list as fill_value',
};

export async function writeLayers(olifant, save, how) {
  for (const file of namesIn('layers', '.json')) {
    if (NOT_IN_MODELS.includes(file)) continue;
    const { cases } = readJson('layers', `${file}.json`);
    await saveCases(
      olifant,
      save,
      `layer_${file}`,
      cases.map((c, i) => caseOf(olifant, c, `case_${i}`)),
      how,
    );
  }
}

function caseOf(olifant, c, name) {
  const { layers } = olifant;
  const make = () => layers.deserializeLayer({ module: 'keras.layers', ...c, config: { ...c.config, name } });
  const inputs = c.inputs.map((t) => toTensor(olifant, t));
  const call = (layer, given, mask, more) =>
    layer.apply(c.inputs_as_list ? given : given[0], { ...(mask && { mask }), ...more });
  const mask = c.mask && toTensor(olifant, { ...c.mask, dtype: 'bool' });
  const once = make();
  const random = isRandom(() => call(once, inputs, mask, { training: true }));
  const layer = make();
  return {
    name,
    inputs: mask ? [...inputs, mask] : inputs,
    apply: (given) => (mask ? call(layer, given.slice(0, -1), given.at(-1)) : call(layer, given)),
    then: () => layer.setWeights(c.weights.map((w) => toTensor(olifant, w))),
    random,
    // Inputs without another axis than the batch go by themselves, for the sake of their number of rows.
    group: inputs.some((x) => x.shape.length < 2) ? 'flat' : '',
    trains:
      !Object.hasOwn(NOT_TRAINED, c.class_name) &&
      (inputs.some((x) => x.dtype === 'float32' && x.shape.length > 1) || c.weight_gradients.length > 0),
  };
}
