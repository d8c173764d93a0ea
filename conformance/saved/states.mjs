// Recurrent layers that give their states, begin from states, or keep them: test/golden/recurrent.json.
import { readJson, saveCases, toTensor } from './tools.mjs';

export async function writeStates(olifant, save, how) {
  const { cases } = readJson('recurrent.json');
  const branches = cases.flatMap((c, i) =>
    // A call of each kind: with or without states, with or without a mask.
    [...new Map(c.calls.map((call) => [`${!!call.states}${!!call.mask}`, call])).values()].map((call, k) =>
      caseOf(olifant, c, call, `case_${i}_${k}`),
    ),
  );
  await saveCases(
    olifant,
    save,
    'states',
    branches.filter((b) => !b.stateful),
    how,
  );
}

function caseOf(olifant, c, call, name) {
  const { layers } = olifant;
  const config = { ...c.config, name };
  const layer = layers.deserializeLayer({ module: 'keras.layers', class_name: c.class_name, config });
  const states = (call.states ?? []).map((s) => toTensor(olifant, s));
  const masks = call.mask ? [toTensor(olifant, { ...call.mask, dtype: 'bool' })] : [];
  return {
    name,
    stateful: c.config.stateful || c.config.layer?.config.stateful,
    inputs: [toTensor(olifant, call.input), ...states, ...masks],
    apply: ([x, ...more]) =>
      layer.apply(x, {
        ...(states.length > 0 && { initialState: more.slice(0, states.length) }),
        ...(masks.length > 0 && { mask: more.at(-1) }),
      }),
    then: () => layer.setWeights(c.weights.map((w) => toTensor(olifant, w))),
  };
}
