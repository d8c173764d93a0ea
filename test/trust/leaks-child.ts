import { existsSync, readFileSync } from 'node:fs';
import { layers, Sequential, setRandomSeed, tensor } from '../../src/index.ts';
import type { TargetName } from '../../src/targets/target.ts';
import { WasmTarget } from '../../src/targets/wasm.ts';
import { fuzzGraph } from '../support/fuzz-graph.ts';
import { makeTarget, runCompiled } from '../support/fuzz-run.ts';
import { Rng } from '../support/rng.ts';

/**
 * Arguments: 'steps' and their number, or 'programs', their number and a target. Does a fifth of it to warm up, then the
 * rest, and prints how much larger the process has become in between, as JSON. Needs `--expose-gc`.
 */
const [mode, count, name] = process.argv.slice(2) as [string, string, TargetName];

interface Size {
  heap: number;
  rss: number;
  /** Ranges of memory that the system has mapped; 0 where it does not say. */
  maps: number;
  /** Bytes that a target has given away, where it says. */
  used: number;
}

function measure(used: () => number): Size {
  for (let i = 0; i < 4; i++) globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const maps = existsSync('/proc/self/maps') ? readFileSync('/proc/self/maps', 'utf8').split('\n').length : 0;
  return { heap: heapUsed + external, rss, maps, used: used() };
}

async function grow(total: number, work: (i: number) => void | Promise<void>, used = () => 0): Promise<void> {
  const warm = Math.ceil(total / 5);
  // How far garbage gets ahead of the collector would otherwise depend on how busy the machine is.
  const step = async (i: number) => {
    await work(i);
    if (i % 25 === 0) globalThis.gc!();
  };
  for (let i = 0; i < warm; i++) await step(i);
  const before = measure(used);
  for (let i = warm; i < total; i++) await step(i);
  const after = measure(used);
  const keys = ['heap', 'rss', 'maps', 'used'] as const;
  process.stdout.write(JSON.stringify(Object.fromEntries(keys.map((k) => [k, after[k] - before[k]]))));
}

async function steps(): Promise<void> {
  const { BatchNormalization, Dense, Dropout } = layers;
  setRandomSeed(1);
  const model = new Sequential([
    new Dense(32, { activation: 'relu' }),
    new BatchNormalization(),
    new Dropout(0.2),
    new Dense(10, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  const r = new Rng(1);
  const x = tensor(
    Float32Array.from({ length: 16 * 20 }, () => r.float(-1, 1)),
    [16, 20],
  );
  const y = Int32Array.from({ length: 16 }, () => r.int(0, 9));
  await grow(Number(count), async () => {
    await model.trainOnBatch(x, y);
  });
}

async function programs(): Promise<void> {
  const target = makeTarget(name, false, { threads: 2 });
  if (!target) throw new Error(`no target ${name}`);
  const used = () => (target instanceof WasmTarget ? target.bytesUsed : 0);
  // The same graphs in both parts, so that slabs of memory are as full as they get.
  await grow(Number(count), (i) => void runCompiled(target, fuzzGraph(new Rng(i % 60), 'wild'), 1), used);
}

await (mode === 'steps' ? steps() : programs());
process.exit(0);
