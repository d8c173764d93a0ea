// Layers called with query, value and key, with masks of their inputs and masks as arguments: test/golden/attention.json.

import { masked } from './masks.mjs';
import { isRandom, readJson, saveCases, toTensor } from './tools.mjs';

const camel = (s) => s.replace(/_([a-z])/g, (_, c) => c.toUpperCase());

export async function writeAttention(olifant, save, how) {
  const { cases } = readJson('attention.json');
  for (const kind of new Set(cases.map((c) => c.class_name))) {
    const some = cases.filter((c) => c.class_name === kind);
    await saveCases(
      olifant,
      save,
      `attention_${kind}`,
      some.map((c, i) => caseOf(olifant, c, `case_${i}`)),
      how,
    );
  }
}

function caseOf(olifant, c, name) {
  const { layers } = olifant;
  const config = { ...c.config, name };
  const make = () => layers.deserializeLayer({ module: 'keras.layers', class_name: c.class_name, config });
  const arguments_ = Object.keys(c.bools).map(camel);
  const options = Object.fromEntries(Object.entries(c.call).map(([key, value]) => [camel(key), value]));
  const call = (layer, given, more) => {
    const [query, value, key] = given;
    const all = { ...options, ...more };
    return layer.apply(
      c.inputs_as_list ? given : query,
      c.inputs_as_list ? all : { ...all, value, ...(key && { key }) },
    );
  };
  const inputs = c.inputs.map((t, i) => masked(toTensor(olifant, t), c.masks[i], olifant));
  const bools = Object.values(c.bools).map((t) => toTensor(olifant, { ...t, dtype: 'bool' }));
  const named = (tensors) => Object.fromEntries(arguments_.map((key, i) => [key, tensors[i]]));
  const once = make();
  const layer = make();
  return {
    name,
    inputs: [...inputs, ...bools],
    apply: (given) => {
      const tensors = given.slice(0, inputs.length).map((x, i) => {
        const masking = new layers.Masking({ maskValue: 0, name: `${name}_masking_${i}` });
        return c.masks[i] ? masking.apply(x) : x;
      });
      return call(layer, tensors, named(given.slice(inputs.length)));
    },
    then: () => layer.setWeights(c.weights.map((w) => toTensor(olifant, w))),
    // Scores come with a mask of their own shape, which is not that of a loss of them.
    learns: (k) => k === 0,
    random: isRandom(() => call(once, inputs, { ...named(bools), training: true })),
  };
}
