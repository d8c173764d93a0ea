import { createHash } from 'node:crypto';
import { layers, Sequential, setRandomSeed, tensor } from '../../src/index.ts';
import { Rng } from '../support/rng.ts';

/**
 * Arguments: how many trainings, and the number of the first one. Prints a hash of each one's weights and history; what a
 * training is depends on its number alone.
 */
const [count, first] = process.argv.slice(2).map(Number) as [number, number];

const { Conv2D, Dense, Dropout, Embedding, Flatten, LayerNormalization, MaxPooling2D, BatchNormalization } = layers;
const CLASSES = 10;
const OPTIMIZERS = ['sgd', 'adam', 'rmsprop', 'adamw'] as const;

interface Task {
  readonly model: Sequential;
  /** Shape of one sample; whole numbers below the limit where there is one. */
  readonly sample: readonly number[];
  readonly below?: number;
}

function perceptron(r: Rng): Task {
  const width = r.pick([64, 97, 128]);
  const model = new Sequential([
    new Dense(width, { activation: 'relu' }),
    new Dropout(0.3),
    new Dense(width, { activation: r.pick(['tanh', 'gelu', 'relu'] as const) }),
    new LayerNormalization(),
    new Dense(CLASSES, { activation: 'softmax' }),
  ]);
  return { model, sample: [r.pick([50, 100, 784])] };
}

function convolutional(r: Rng): Task {
  const model = new Sequential([
    new Conv2D(r.pick([8, 20]), [3, 3], { activation: 'relu', padding: r.pick(['same', 'valid'] as const) }),
    new BatchNormalization(),
    new MaxPooling2D(),
    new Conv2D(16, [3, 3], { strides: r.pick([1, 2]), activation: 'relu' }),
    new Flatten(),
    new Dropout(0.2),
    new Dense(CLASSES, { activation: 'softmax' }),
  ]);
  return { model, sample: [13, 13, r.pick([1, 3])] };
}

function embedded(r: Rng): Task {
  const model = new Sequential([
    new Embedding(100, r.pick([8, 17])),
    new Flatten(),
    new Dense(33, { activation: 'tanh' }),
    new Dense(CLASSES, { activation: 'softmax' }),
  ]);
  return { model, sample: [r.pick([5, 20])], below: 100 };
}

async function train(number: number): Promise<string> {
  const r = new Rng(number + 1);
  setRandomSeed(number);
  const { model, sample, below } = [perceptron, convolutional, embedded][number % 3]!(r);
  model.compile({ optimizer: r.pick(OPTIMIZERS), loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  const rows = r.pick([50, 64]);
  const size = sample.reduce((n, d) => n * d, rows);
  const x = below
    ? tensor(
        Int32Array.from({ length: size }, () => r.int(0, below - 1)),
        [rows, ...sample],
        'int32',
      )
    : tensor(
        Float32Array.from({ length: size }, () => r.float(-1, 1)),
        [rows, ...sample],
      );
  const y = Int32Array.from({ length: rows }, () => r.int(0, CLASSES - 1));
  const { history } = await model.fit(x, y, { epochs: 2, batchSize: r.pick([16, 32]), verbose: 0 });
  const hash = createHash('sha256').update(JSON.stringify(history));
  for (const weights of model.getWeights()) {
    const data = weights.dataSync();
    if (data.some((v) => Number.isNaN(v))) throw new Error(`training ${number} gave NaN`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

for (let i = first; i < first + count; i++) process.stdout.write(`${i} ${await train(i)}\n`);
process.exit(0);
