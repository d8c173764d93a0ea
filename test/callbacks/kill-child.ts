import { createHash } from 'node:crypto';
import { BackupAndRestore, CSVLogger } from '../../src/callbacks/index.ts';
import { Input, layers, Sequential, setRandomSeed, tensor } from '../../src/index.ts';

/** Trains with a backup in a folder; kills itself, as `kill -9` does, at a moment between two steps or inside of a save. */
const [folder, moment] = [process.argv[2]!, Number(process.argv[3])];
let count = 0;
const strike = () => {
  if (count++ === moment) process.kill(process.pid, 'SIGKILL');
};

// Every operation on files that a save does is such a moment: before it, and after it.
const promises = process.getBuiltinModule('node:fs/promises');
for (const name of ['open', 'rename', 'realpath'] as const) {
  const original = promises[name] as (...args: unknown[]) => Promise<unknown>;
  (promises as Record<string, unknown>)[name] = async (...args: unknown[]) => {
    strike();
    const result = await original(...args);
    strike();
    return result;
  };
}

setRandomSeed(3);
const x = tensor(
  Float32Array.from({ length: 24 * 3 }, (_, i) => Math.sin(i * i)),
  [24, 3],
);
const y = tensor(
  Int32Array.from({ length: 24 }, (_, i) => (i * 7) % 3),
  [24],
);
const model = new Sequential([
  Input({ shape: [3] }),
  new layers.Dense(8, { activation: 'relu' }),
  new layers.Dropout(0.4),
  new layers.Dense(3, { activation: 'softmax' }),
]);
model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
const { history } = await model.fit(x, y, {
  epochs: 4,
  batchSize: 4,
  verbose: 0,
  validationSplit: 0.25,
  callbacks: [
    new CSVLogger(`${folder}/log.csv`),
    { onTrainBatchBegin: strike, onTrainBatchEnd: strike, onTestEnd: strike, onEpochEnd: strike },
    new BackupAndRestore(`${folder}/backup`, { saveFreq: 2, doubleCheckpoint: true }),
  ],
});
const hash = createHash('sha256');
for (const v of [...model.weights, ...model.optimizer!.variables]) hash.update(new Uint8Array(v.read().slice().buffer));
console.log(JSON.stringify({ history, hash: hash.digest('hex') }));
