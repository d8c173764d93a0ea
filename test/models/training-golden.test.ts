import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Model, Sequential } from '../../src/models/index.ts';
import { SGD } from '../../src/optimizers/index.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { camelKey } from '../../src/trace/names.ts';
import { PyDataset } from '../../src/utils/index.ts';
import { type GoldenTensor, toArray, toTensor } from './golden.ts';

/** Names of arrays, as the calls have them; or batches of them. */
type Spec = null | string | readonly Spec[] | { readonly [name: string]: Spec };

interface Call {
  method: 'fit' | 'evaluate' | 'train_on_batch' | 'test_on_batch' | 'reset_metrics';
  x: Spec;
  y: Spec;
  w: Spec;
  options: Record<string, unknown>;
  gave: Record<string, number | number[]> | null;
}

interface Case {
  name: string;
  model: { class_name: string; config: Record<string, unknown> };
  frozen: string[];
  compile: Record<string, unknown>;
  arrays: Record<string, GoldenTensor>;
  first: GoldenTensor[];
  calls: Call[];
  weights: (GoldenTensor & { path: string })[];
}

const { cases } = JSON.parse(readFileSync(new URL('../golden/training.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const ROWS = 10;

type Data = Tensor | Data[] | { [name: string]: Data };

function pick(spec: Spec, arrays: Case['arrays'], rows?: readonly [number, number]): Data {
  if (spec === null) return undefined as never;
  if (typeof spec === 'string') {
    const t = arrays[spec]!;
    if (rows === undefined) return toTensor(t);
    const row = t.values.length / t.shape[0]!;
    const [from, to] = [rows[0], Math.min(rows[1], t.shape[0]!)];
    return toTensor({ ...t, shape: [to - from, ...t.shape.slice(1)], values: t.values.slice(from * row, to * row) });
  }
  if (Array.isArray(spec)) return spec.map((s) => pick(s, arrays, rows));
  return Object.fromEntries(Object.entries(spec).map(([k, s]) => [k, pick(s, arrays, rows)]));
}

/** Keras's endless generator, one of a single pass, or a dataset. */
function stream(spec: { readonly [name: string]: Spec }, arrays: Case['arrays']): unknown {
  const batch = (from: number) =>
    ['x', 'y', 'w'].filter((k) => spec[k] !== null).map((k) => pick(spec[k]!, arrays, [from, from + 4]));
  if (spec.stream === 'dataset') {
    class Batches extends PyDataset<unknown> {
      get length() {
        return 3;
      }
      getItem(i: number) {
        return batch(4 * i);
      }
    }
    return new Batches();
  }
  async function* batches() {
    do for (let i = 0; i < 3; i++) yield batch((4 * i) % (ROWS - 3));
    while (spec.stream !== 'once');
  }
  return batches();
}

const isStream = (spec: Spec): spec is { readonly [name: string]: Spec } =>
  typeof spec === 'object' && spec !== null && 'stream' in spec;

const data = (spec: Spec, arrays: Case['arrays']): unknown =>
  isStream(spec) ? stream(spec, arrays) : pick(spec, arrays);

function options(call: Call, arrays: Case['arrays']): Record<string, unknown> {
  const given = Object.entries(call.options).filter(([, v]) => v !== null);
  const named = Object.fromEntries(given.map(([k, v]) => [camelKey(k), v]));
  if (named.validationData) named.validationData = data(named.validationData as Spec, arrays);
  if (call.w !== null) named.sampleWeight = pick(call.w, arrays);
  return named;
}

async function run(model: Model, call: Call, arrays: Case['arrays']): Promise<Record<string, unknown> | null> {
  const [x, y] = [data(call.x, arrays) as never, pick(call.y, arrays) as never];
  const own = options(call, arrays) as never as object;
  if (call.method === 'fit')
    return (await model.fit(x, y, { shuffle: false, verbose: 0, ...own })).history as Record<string, unknown>;
  if (call.method === 'evaluate') return model.evaluate(x, y, { verbose: 0, ...own });
  if (call.method === 'train_on_batch') return model.trainOnBatch(x, y, own);
  if (call.method === 'test_on_batch') return model.testOnBatch(x, y, own);
  model.resetMetrics();
  return null;
}

function near(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(got.length, what).toBe(expected.length);
  for (let i = 0; i < got.length; i++)
    if (!(Math.abs(got[i]! - expected[i]!) <= 2e-6 + 2e-5 * Math.abs(expected[i]!)))
      expect.fail(`${what}[${i}]: expected ${expected[i]}, got ${got[i]}`);
}

describe('training as real Keras trains', () => {
  beforeAll(() => {
    // Of models without weights to train, and of epochs that the data is too short for.
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  it.each(cases)('$name', async ({ model: { class_name, config }, frozen, compile, arrays, first, calls, weights }) => {
    const model = (class_name === 'Sequential' ? Sequential.fromConfig(config) : Model.fromConfig(config)) as Model;
    model.setWeights(first.map(toTensor));
    for (const name of frozen) model.getLayer(name).trainable = false;
    const named = Object.fromEntries(Object.entries(compile).map(([k, v]) => [camelKey(k), v]));
    model.compile({ optimizer: new SGD(0.1), ...named });
    for (const [i, call] of calls.entries()) {
      const found = await run(model, call, arrays);
      const what = `call ${i}, ${call.method}`;
      expect(Object.keys(found ?? {}).sort(), what).toEqual(Object.keys(call.gave ?? {}).sort());
      for (const [key, value] of Object.entries(call.gave ?? {}))
        near([found![key]].flat() as number[], [value].flat(), `${what}: ${key}`);
    }
    expect(model.weights.map((w) => w.path)).toEqual(weights.map((w) => w.path));
    weights.forEach((w, i) => {
      near(model.weights[i]!.read() as Float32Array, toArray(w), w.path);
    });
  });
});
