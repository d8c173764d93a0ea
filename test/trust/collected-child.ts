import { existsSync, readFileSync } from 'node:fs';
import { layers, Model, Sequential, setRandomSeed, tensor } from '../../src/index.ts';
import { chooseTarget } from '../../src/targets/choose.ts';
import { WasmTarget } from '../../src/targets/wasm.ts';

/**
 * Arguments: 'models', 'fits' or 'shared', and how many. Does a fifth of it to warm up, then the rest, and prints how much
 * larger the process has become in between, as JSON. Nothing is disposed of. Needs `--expose-gc`. Ends by itself.
 */
const [mode, count] = process.argv.slice(2) as [string, string];
const total = Number(count);
const { Dense, Dropout, Input } = layers;

/**
 * What is collected is freed between tasks, and what that held in the collection after. A turn of the event loop that begins
 * after a collection has the tasks of that collection before it ends.
 */
async function collect(): Promise<void> {
  for (let i = 0; i < 6; i++) {
    globalThis.gc!();
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function measure() {
  await collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const maps = existsSync('/proc/self/maps') ? readFileSync('/proc/self/maps', 'utf8').split('\n').length : 0;
  const target = chooseTarget();
  return { heap: heapUsed + external, rss, maps, used: target instanceof WasmTarget ? target.bytesUsed : 0 };
}

const x = tensor(new Float32Array(32 * 24).fill(0.5), [32, 24]);
const y = new Int32Array(32).fill(3);

function make(): Sequential {
  const model = new Sequential([
    Input({ shape: [24] }),
    new Dense(200, { activation: 'relu' }),
    new Dropout(0.1),
    new Dense(200, { activation: 'tanh' }),
    new Dense(5, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  return model;
}

/** Trains and predicts, as one does before one tries something else. */
async function use(model: Model): Promise<void> {
  await model.fit(x, y, { verbose: 0 });
  await model.predict(x, { verbose: 0 });
}

const one = make();

async function work(): Promise<void> {
  if (mode === 'models') return use(make());
  if (mode === 'fits') return use(one);
  // The layers of a model that stays, in models that go.
  const head = new Dense(5, { activation: 'softmax' }).apply(one.layers[2]!.output as never);
  const model = new Model({ inputs: one.inputs![0]!, outputs: head });
  model.compile({ optimizer: 'sgd', loss: 'sparse_categorical_crossentropy' });
  await use(model);
}

setRandomSeed(1);
await use(one);
for (let i = 0; i < total / 5; i++) await work();
const before = await measure();
for (let i = 0; i < (total * 4) / 5; i++) {
  await work();
  if (i % 20 === 19) await collect();
}
const after = await measure();
await use(one);
const keys = ['heap', 'rss', 'maps', 'used'] as const;
process.stdout.write(JSON.stringify(Object.fromEntries(keys.map((k) => [k, after[k] - before[k]]))));
