// Models made and trained here: each optimizer, several inputs and outputs, attention in all its forms.
import { randomTensor } from './tools.mjs';

/** Models made and trained here, with each optimizer. */
export async function writeTrained(olifant, save) {
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
    await save(`trained_${name.toLowerCase()}`, model, [x], { targets: [y] });
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
  await save('two_of_each', model, inputs, { targets, random: true });
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
