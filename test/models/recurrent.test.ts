import { expect, it } from 'vitest';
import {
  Bidirectional,
  Dense,
  Embedding,
  GRU,
  Input,
  LSTM,
  type SymbolicTensor,
  TimeDistributed,
} from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import { setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';

/** The models of courses on sequences. Training must learn, not only run. */
const SLOW = 60_000;

it('classifies texts of different lengths, padded or not', { timeout: SLOW }, async () => {
  setRandomSeed(1);
  const model = new Sequential([
    Input({ shape: [null], dtype: 'int32' }),
    new Embedding(50, 8, { maskZero: true }),
    new Bidirectional(new LSTM(6)),
    new Dense(1, { activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy'] });
  const rows = Array.from({ length: 50 }, (_, i) =>
    Array.from({ length: 9 }, (_, t) => (t < 2 + (i % 7) ? 1 + ((i * 7 + t * 13) % 24) + (i % 2) * 24 : 0)),
  );
  const y = tensor(
    rows.map((_, i) => i % 2),
    [50, 1],
  );
  const x = tensor(rows, undefined, 'int32');
  const options = { epochs: 15, batchSize: 16, verbose: 0, validationSplit: 0.2 } as const;
  const { history } = await model.fit(x, y, options);
  expect(history.accuracy!.at(-1)).toBeGreaterThan(0.9);
  expect(history.val_accuracy!.at(-1)).toBeGreaterThan(0.8);
  const short = await model.predict(tensor([[30, 31]], undefined, 'int32'), { verbose: 0 });
  const padded = await model.predict(tensor([[30, 31, 0, 0, 0]], undefined, 'int32'), { verbose: 0 });
  expect(padded.item()).toBeCloseTo(short.item(), 6);
});

it('learns to write what it has read, character by character', { timeout: SLOW }, async () => {
  setRandomSeed(2);
  const text = 'hello '.repeat(12);
  const chars = [...new Set(text)];
  const ids = [...text].map((c) => chars.indexOf(c));
  const [steps, classes] = [4, chars.length];
  const oneHot = (k: number) => chars.map((_, i) => Number(i === k));
  const starts = Array.from({ length: ids.length - steps }, (_, i) => i);
  const x = tensor(starts.map((i) => ids.slice(i, i + steps).map(oneHot)));
  const y = tensor(starts.map((i) => ids[i + steps]!));
  const model = new Sequential([
    Input({ shape: [steps, classes] }),
    new GRU(16, { returnSequences: true }),
    new LSTM(16),
    new Dense(classes, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'rmsprop', loss: 'sparse_categorical_crossentropy' });
  model.optimizer!.learningRate = 0.02;
  await model.fit(x, y, { epochs: 12, verbose: 0 });
  let written = 'hell';
  for (let i = 0; i < 8; i++) {
    const seen = [...written.slice(-steps)].map((c) => oneHot(chars.indexOf(c)));
    const p = await model.predict(tensor([seen]), { verbose: 0 });
    const best = [...p.dataSync()];
    written += chars[best.indexOf(Math.max(...best))]!;
  }
  expect(written).toBe('hello hello ');
});

it('runs a decoder step by step as it was trained at once, after a file too', { timeout: SLOW }, async () => {
  setRandomSeed(3);
  const source = Input({ shape: [null, 3] });
  const [, h, c] = new LSTM(4, { returnState: true }).apply<SymbolicTensor[]>(source);
  const target = Input({ shape: [null, 2] });
  const decoder = new LSTM(4, { returnSequences: true, returnState: true });
  const [sequence] = decoder.apply<SymbolicTensor[]>(target, { initialState: [h, c] });
  const dense = new TimeDistributed(new Dense(2, { activation: 'softmax' }));
  const model = new Model({ inputs: [source, target], outputs: dense.apply(sequence!) });
  model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy' });
  const numbers = (...shape: number[]) =>
    tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
      shape,
    );
  const data = [numbers(8, 6, 3), numbers(8, 5, 2)];
  await model.fit(data, tensor(new Float32Array(80).fill(0.5), [8, 5, 2]), { epochs: 2, verbose: 0 });

  const encode = new Model({ inputs: source, outputs: [h!, c!] });
  const [h0, c0] = [Input({ shape: [4] }), Input({ shape: [4] })];
  const [all, ...next] = decoder.apply<SymbolicTensor[]>(target, { initialState: [h0, c0] });
  const decode = new Model({ inputs: [target, h0, c0], outputs: [dense.apply(all!), ...next] });
  const whole = await model.predict(data, { verbose: 0 });
  for (const decoding of [decode, await loadModel(await saveModelToBytes(decode))]) {
    let states = await encode.predict<Tensor[]>(data[0]!, { verbose: 0 });
    const rows = data[1]!.arraySync() as number[][][];
    for (let t = 0; t < 5; t++) {
      const step = tensor(rows.map((r) => [r[t]!]));
      const [y, ...after] = await decoding.predict<Tensor[]>([step, ...states], { verbose: 0 });
      states = after;
      y!.dataSync().forEach((v, k) => {
        expect(v).toBeCloseTo(whole.dataSync()[Math.floor(k / 2) * 10 + 2 * t + (k % 2)]!, 6);
      });
    }
  }
});
