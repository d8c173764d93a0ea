// Models written by Olifant (dist/), each with the sidecar that check_saved.py wants: what it predicts, and the loss of one
// more training step. Keras's own files loaded and saved again, models made and trained here, and one model for each layer.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const golden = fileURLToPath(new URL('../test/golden/', import.meta.url));
const readJson = (...path) => JSON.parse(readFileSync(join(golden, ...path), 'utf8'));
const listed = (x) => (Array.isArray(x) ? x : [x]);
const unlisted = (items) => (items.length === 1 ? items[0] : items);

/** Writes all models to `folder` and gives the paths of the `.keras` files. */
export async function writeModels(folder) {
  const olifant = await import('../dist/index.js');
  const paths = [];
  const save = async (name, model, inputs, targets, deterministic = true) => {
    const path = join(folder, `${name}.keras`);
    await model.save(path);
    const predictions = listed(await model.predict(unlisted(inputs), { verbose: 0 }));
    const sidecar = { inputs: inputs.map(describe), predictions: predictions.map(describe) };
    if (targets !== undefined) {
      sidecar.targets = targets.map(describe);
      const further = await olifant.loadModel(path);
      const { loss } = await further.trainOnBatch(unlisted(inputs), unlisted(targets));
      // Dropout draws other numbers in Keras.
      if (deterministic) sidecar.loss = loss;
    }
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(sidecar));
    paths.push(path);
  };
  await resaved(olifant, save);
  await trained(olifant, save);
  await ofLayers(olifant, save);
  return paths;
}

function describe(tensor) {
  const values = Array.from(tensor.dataSync(), (v) => (Number.isFinite(v) ? v : String(v)));
  return { shape: [...tensor.shape], dtype: tensor.dtype, values };
}

function toTensor({ tensor }, { shape, dtype, values }) {
  const numbers = values.map(Number);
  return tensor(dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers), shape, dtype);
}

/** Keras's files, loaded here, trained for a step where they are compiled, and saved. */
async function resaved(olifant, save) {
  for (const file of readdirSync(join(golden, 'models')).filter((f) => f.endsWith('.keras'))) {
    const name = file.slice(0, -'.keras'.length);
    const sidecar = readJson('models', `${name}.json`);
    const inputs = sidecar.inputs.map((t) => toTensor(olifant, t));
    const targets = sidecar.targets?.map((t) => toTensor(olifant, t));
    const model = await olifant.loadModel(join(golden, 'models', file));
    await save(`keras_${name}`, model, inputs, model.compiled ? targets : undefined);
    if (!model.compiled) continue;
    await model.fit(unlisted(inputs), unlisted(targets), { epochs: 2, batchSize: 16, verbose: 0 });
    await save(`keras_${name}_trained`, model, inputs, targets);
  }
}

function randomTensor(olifant, shape, seed, scale = 1) {
  const size = shape.reduce((n, d) => n * d, 1);
  return olifant.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + seed) * scale),
    shape,
  );
}

/** Models made and trained here, with each optimizer. */
async function trained(olifant, save) {
  const { layers, optimizers, Sequential, Model, Input, tensor } = olifant;
  const x = randomTensor(olifant, [40, 6], 1);
  const y = tensor(
    Int32Array.from({ length: 40 }, (_, i) => i % 3),
    [40],
    'int32',
  );
  const names = [
    'Adadelta',
    'Adafactor',
    'Adagrad',
    'Adam',
    'Adamax',
    'AdamW',
    'Ftrl',
    'Lamb',
    'Lion',
    'Nadam',
    'RMSprop',
    'SGD',
  ];
  for (const name of names) {
    const model = new Sequential([
      Input({ shape: [6] }),
      new layers.Dense(8, { activation: 'relu', kernelRegularizer: 'l2' }),
      new layers.BatchNormalization(),
      new layers.Dense(3),
    ]);
    const loss = new olifant.losses.SparseCategoricalCrossentropy({ fromLogits: true });
    model.compile({ optimizer: new optimizers[name]({ learningRate: 0.01 }), loss, metrics: ['accuracy'] });
    await model.fit(x, y, { epochs: 2, batchSize: 8, verbose: 0 });
    await save(`trained_${name.toLowerCase()}`, model, [x], [y]);
  }
  await transformer(olifant, save);
  const a = Input({ shape: [6], name: 'a' });
  const b = Input({ shape: [6], name: 'b' });
  const shared = new layers.Dense(4, { activation: 'gelu' });
  const inner = new Sequential([new layers.Dense(4), new layers.Dropout(0.3)]);
  const joined = new layers.Concatenate().apply([shared.apply(a), inner.apply(shared.apply(b))]);
  const outputs = [
    new layers.Dense(1, { name: 'value' }).apply(joined),
    new layers.Dense(3, { name: 'kind' }).apply(joined),
  ];
  const model = new Model({ inputs: [a, b], outputs, name: 'two_of_each' });
  model.compile({
    optimizer: new optimizers.SGD({ learningRate: 0.01, momentum: 0.9, clipnorm: 1 }),
    loss: { value: 'mse', kind: new olifant.losses.SparseCategoricalCrossentropy({ fromLogits: true }) },
    lossWeights: { value: 0.5, kind: 1 },
    metrics: { value: ['mae'], kind: ['accuracy'] },
  });
  const inputs = [x, randomTensor(olifant, [40, 6], 2)];
  const targets = [randomTensor(olifant, [40, 1], 3), y];
  await model.fit(inputs, targets, { epochs: 2, batchSize: 16, verbose: 0 });
  await save('two_of_each', model, inputs, targets, false);
}

/** Attention with all that it can have, over words and places. */
async function transformer(olifant, save) {
  const { layers, ops, tensor, Input, Model } = olifant;
  const tokens = Input({ shape: [null], dtype: 'int32', name: 'tokens' });
  const places = ops.subtract(ops.cumsum(ops.onesLike(tokens), 1), 1);
  const words = new layers.Embedding(20, 8, { maskZero: true }).apply(tokens);
  let x = new layers.Add().apply([words, new layers.Embedding(9, 8).apply(places)]);
  for (const options of [{}, { useGate: true, slidingWindow: 3 }]) {
    const y = new layers.MultiHeadAttention(2, 4, options).apply(x, x, { useCausalMask: 'useGate' in options });
    x = new layers.LayerNormalization().apply(new layers.Add().apply([x, y]));
    const z = new layers.Dense(8).apply(new layers.Dense(16, { activation: 'gelu' }).apply(x));
    x = new layers.LayerNormalization().apply(new layers.Add().apply([x, z]));
  }
  const [y, scores] = new layers.GroupQueryAttention(3, 4, 2).apply(x, words, { returnAttentionScores: true });
  x = new layers.Concatenate().apply([y, new layers.Attention({ useScale: true }).apply([x, words])]);
  x = new layers.SpectralNormalization(new layers.EinsumDense('...x,xy->...y', 5, { biasAxes: 'y' })).apply(x);
  const kinds = new layers.Dense(3, { activation: 'softmax' }).apply(new layers.GlobalAveragePooling1D().apply(x));
  const model = new Model({ inputs: tokens, outputs: [kinds, scores] });
  const ids = tensor(
    Int32Array.from({ length: 16 * 9 }, (_, i) => (i * 7) % 20),
    [16, 9],
    'int32',
  );
  await save('transformer', model, [ids]);
}

/** Layers that Keras cannot have in a model: it takes the output of `Equalization` for its input, and finds a cycle. */
const NOT_IN_MODELS = ['Equalization'];

/** A model of each layer and each set of options for which Keras's values are known. */
async function ofLayers(olifant, save) {
  const { layers, Input, Model } = olifant;
  for (const file of readdirSync(join(golden, 'layers'))) {
    for (const [i, c] of readJson('layers', file).cases.entries()) {
      // A mask is no part of a model's inputs.
      if (c.mask || NOT_IN_MODELS.includes(c.class_name)) continue;
      const layer = layers.deserializeLayer({ module: 'keras.layers', ...c });
      const inputs = c.inputs.map((t) => toTensor(olifant, t));
      const symbols = inputs.map((t, k) => Input({ shape: t.shape.slice(1), dtype: t.dtype, name: `input_${k}` }));
      const output = layer.apply(c.inputs_as_list ? symbols : symbols[0]);
      const model = new Model({ inputs: unlisted(symbols), outputs: output });
      layer.setWeights(c.weights.map((w) => toTensor(olifant, w)));
      await save(`layer_${c.class_name}_${i}`, model, inputs);
    }
  }
}
