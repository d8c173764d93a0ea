// Layers whose inputs have masks, and what becomes of the masks behind them: test/golden/masks.json.
import { isRandom, readJson, saveCases, toTensor } from './tools.mjs';

/** The tensor with zeros where its mask says that nothing counts: what `Masking` makes the mask of again. */
export function masked(x, mask, { ops }) {
  if (!mask) return x;
  const counts = ops.reshape(mask.values, [...mask.shape, ...Array(x.shape.length - mask.shape.length).fill(1)]);
  return ops.multiply(x, ops.cast(counts, 'float32'));
}

export async function writeMasks(olifant, save, how) {
  const { cases } = readJson('masks.json');
  await saveCases(
    olifant,
    save,
    'masks',
    cases.map((c, i) => caseOf(olifant, c, `case_${i}`)),
    how,
  );
}

function caseOf(olifant, c, name) {
  const { layers } = olifant;
  const config = { ...c.config, name };
  const make = () => layers.deserializeLayer({ module: 'keras.layers', class_name: c.class_name, config });
  const inputs = c.inputs.map((t, i) => masked(toTensor(olifant, t), c.masks[i], olifant));
  const once = make();
  const layer = make();
  const given = (tensors) => (tensors.length > 1 ? tensors : tensors[0]);
  return {
    name,
    inputs,
    apply: (symbols) => {
      const tensors = symbols.map((x, i) =>
        c.masks[i] ? new layers.Masking({ name: `${name}_masking_${i}` }).apply(x) : x,
      );
      const y = layer.apply(given(tensors));
      // A mean over the steps that count shows the mask.
      return y.shape.length === 3 ? [y, new layers.GlobalAveragePooling1D({ name: `${name}_mean` }).apply(y)] : y;
    },
    then: () => layer.setWeights(c.weights.map((w) => toTensor(olifant, w))),
    random: isRandom(() => once.apply(given(inputs), { training: true })),
  };
}
