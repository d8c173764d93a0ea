import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Dense } from '../../src/layers/core/dense.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { type Dataset, type Group, readTree } from '../../src/saving/hdf5/tree.ts';
import { readValues } from '../../src/saving/hdf5/values.ts';
import { FileError, loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import { type Tensor, tensor, type Variable } from '../../src/trace/index.ts';
import { type GoldenTensor, goldenModel, toArray, toTensor, unlist } from '../models/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';
import { configOf, goldenBytes, membersOf, withoutIds } from './files.ts';

const NAMES = [
  'mlp',
  'trained',
  'cnn',
  'nested',
  'text',
  'text_masked',
  'two_inputs',
  'sentiment',
  'tagger',
  'translator',
  'transformer',
  'decoder',
];
const COMPILED = NAMES.filter((n) => n !== 'mlp');

const folder = mkdtempSync(join(tmpdir(), 'olifant-saving-'));
afterAll(() => rmSync(folder, { recursive: true }));

const list = (x: Tensor | Tensor[]) => (Array.isArray(x) ? x : [x]);

async function predictions(model: Model, inputs: readonly GoldenTensor[]): Promise<Float32Array[]> {
  const got = await model.predict<Tensor | Tensor[]>(unlist(inputs.map(toTensor)) as Tensor, { verbose: 0 });
  return list(got).map((t) => t.dataSync() as Float32Array);
}

async function predict(model: Model, x: Tensor): Promise<number[]> {
  return [...(await model.predict(x, { verbose: 0 })).dataSync()];
}

function expectEqualValues(variables: readonly Variable[], expected: readonly GoldenTensor[]): void {
  expect(variables.map((v) => v.shape)).toEqual(expected.map((e) => e.shape));
  variables.forEach((v, i) => {
    expect([...v.read()]).toEqual([...toArray(expected[i]!)]);
  });
}

/** Every dataset of a weights file: path, shape, values. */
async function datasets(bytes: Uint8Array): Promise<Record<string, unknown>> {
  const file = readTree(bytes);
  const out: Record<string, unknown> = {};
  const walk = async (x: Group | Dataset, path: string): Promise<void> => {
    if (x.kind === 'group') {
      for (const [name, member] of x.members) await walk(member, `${path}/${name}`);
      return;
    }
    const size = x.shape.reduce((n, d) => n * d, 1);
    const values = x.type.kind === 'float' ? new Float32Array(size) : new Int32Array(size);
    await readValues(file, x, values);
    out[path] = { shape: x.shape, values: [...values] };
  };
  await walk(file.root, '');
  return out;
}

describe.each(NAMES)('%s.keras of real Keras', (name) => {
  const golden = goldenModel(name);
  const bytes = goldenBytes(`${name}.keras`);

  it('loads with its weights and its optimizer, and predicts the same', async () => {
    const model = await loadModel(bytes);
    expect(model.name).toBe(name);
    expectEqualValues(model.weights, golden.weights);
    const stored = golden.optimizer_variables ?? [];
    if (model.optimizer) expectEqualValues(model.optimizer.variables.slice(0, stored.length), stored);
    const got = await predictions(model, golden.inputs);
    golden.predictions.forEach((e, i) => {
      expectCloseToScale(got[i]!, toArray(e), TOLERANCES.prediction.relative, `output ${i}`);
    });
  });

  it('is written with the same configuration, paths and values', async () => {
    const model = await loadModel(bytes);
    const written = await saveModelToBytes(model);
    expect(configOf(written)).toEqual(withoutIds(configOf(bytes)));
    expect(Object.keys(membersOf(written))).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
    const [mine, theirs] = await Promise.all([written, bytes].map((b) => datasets(membersOf(b)['model.weights.h5']!)));
    // A model that has not trained has no moments in Keras's file; here the loaded optimizer has them, zero.
    const fresh = (golden.optimizer_variables ?? []).length <= 2;
    const keys = Object.keys(mine!).filter((k) => !fresh || !/^\/optimizer\/vars\/([2-9]|\d\d)/.test(k));
    expect(keys.sort()).toEqual(Object.keys(theirs!).sort());
    for (const key of keys) expect(mine![key], key).toEqual(theirs![key]);
  });

  it('comes back from a file written here', async () => {
    const model = await loadModel(bytes);
    const path = join(folder, `${name}.keras`);
    await model.save(path);
    const back = await loadModel(path);
    expect(back.getConfig()).toEqual(model.getConfig());
    expect(back.getCompileConfig()).toEqual(model.getCompileConfig());
    back.weights.forEach((v, i) => {
      expect(v.read()).toEqual(model.weights[i]!.read());
    });
    expect(back.optimizer?.variables.map((v) => v.read())).toEqual(model.optimizer?.variables.map((v) => v.read()));
    expect(await predictions(back, golden.inputs)).toEqual(await predictions(model, golden.inputs));
  });
});

describe.each(COMPILED)('%s.keras, loaded', (name) => {
  it('trains on as in Keras', async () => {
    const golden = goldenModel(name);
    const model = await loadModel(goldenBytes(`${name}.keras`));
    const { batch_size: batchSize, epochs, shuffle, validation_split: validationSplit } = golden.fit.options;
    await model.fit(unlist(golden.inputs.map(toTensor)) as Tensor, unlist(golden.targets.map(toTensor)) as Tensor, {
      batchSize,
      epochs,
      shuffle,
      validationSplit,
      verbose: 0,
    });
    for (const [variables, expected] of [
      [model.weights, golden.fit.weights],
      [model.optimizer!.variables, golden.fit.optimizer_variables],
    ] as const)
      variables.forEach((v, i) => {
        const values = toArray(expected[i]!);
        // A bias before batch normalization has no gradient but rounding.
        const { absolute } = TOLERANCES.noise;
        const noise = values.every((x) => Math.abs(x) < absolute);
        if (noise) expect(Math.max(...v.read().map(Math.abs))).toBeLessThan(absolute);
        else expectCloseToScale(v.read(), values, TOLERANCES.training.relative, expected[i]!.path);
      });
  });
});

describe('loadModel', () => {
  it('leaves the model uncompiled if asked', async () => {
    const model = await loadModel(goldenBytes('trained.keras'), { compile: false });
    expect(model.compiled).toBe(false);
  });

  it('reads paths, URLs, array buffers and blobs', async () => {
    const url = new URL('../golden/models/mlp.keras', import.meta.url);
    const bytes = goldenBytes('mlp.keras');
    for (const source of [url, new Uint8Array(bytes).buffer, new Blob([new Uint8Array(bytes)])])
      expect((await loadModel(source)).name).toBe('mlp');
  });

  it('says what is wrong with what it is given', async () => {
    await expect(loadModel('/nowhere/model.keras')).rejects.toThrow(/\/nowhere\/model\.keras: ENOENT/);
    await expect(loadModel(folder)).rejects.toThrow(/this is no file|EISDIR/);
    await expect(loadModel(new URL('https://example.org/m.keras'))).rejects.toThrow(/only file: addresses/);
    await expect(loadModel(3 as never)).rejects.toThrow(/expected a path, bytes or a Blob, got number 3/);
    await expect(loadModel(goldenBytes('mlp.weights.h5'))).rejects.toThrow(/loadWeights/);
    await expect(loadModel(new Uint8Array(0))).rejects.toThrow(/not a zip archive/);
  });
});

describe('weights files', () => {
  it("loads Keras's into a model of the same structure", async () => {
    const model = await loadModel(goldenBytes('mlp.keras'));
    const expected = model.weights.map((v) => v.read());
    for (const v of model.weights) v.write(new Float32Array(v.size).fill(7));
    await model.loadWeights(goldenBytes('mlp.weights.h5'));
    expect(model.weights.map((v) => v.read())).toEqual(expected);
  });

  it('takes the weights of a whole model, and the state of the optimizer if it has one as large', async () => {
    const source = await loadModel(goldenBytes('trained.keras'));
    const model = await loadModel(goldenBytes('trained.keras'));
    for (const v of [...model.weights, ...model.optimizer!.variables]) v.write(new Float32Array(v.size).fill(3));
    const path = join(folder, 'trained.weights.h5');
    await source.saveWeights(path);
    await model.loadWeights(path);
    expect(model.weights.map((v) => v.read())).toEqual(source.weights.map((v) => v.read()));
    expect(model.optimizer!.variables.map((v) => v.read())).toEqual(source.optimizer!.variables.map((v) => v.read()));
  });

  it('changes nothing where the file does not fit', async () => {
    const model = new Sequential([new Dense(16, { inputShape: [8] }), new Dense(12), new Dense(5)]);
    const before = model.weights.map((v) => v.read());
    await expect(model.loadWeights(goldenBytes('mlp.weights.h5'))).rejects.toThrow(
      /layers\/dense_2\/vars\/0: .*\(12, 5\), the file has \(12, 4\)/,
    );
    expect(model.weights.map((v) => v.read())).toEqual(before);
  });
});

describe('saveModel', () => {
  it('replaces a file only if allowed, and leaves nothing else behind', async () => {
    const model = new Sequential([new Dense(2, { inputShape: [3] })]);
    const path = join(folder, 'again.keras');
    await model.save(path);
    const before = readFileSync(path);
    await expect(model.save(path, { overwrite: false })).rejects.toThrow(/the file exists/);
    expect(readFileSync(path).equals(before)).toBe(true);
    model.weights[0]!.write(new Float32Array(6).fill(1));
    await model.save(path);
    expect((await loadModel(path)).weights[0]!.read()).toEqual(new Float32Array(6).fill(1));
    expect(readdirSync(folder).filter((f) => f.startsWith('again'))).toEqual(['again.keras']);
  });

  it('refuses other endings and folders that are not there', async () => {
    const model = new Sequential([new Dense(2, { inputShape: [3] })]);
    await expect(model.save(join(folder, 'x.h5'))).rejects.toThrow(/ends with \.keras/);
    await expect(model.save(join(folder, 'no', 'x.keras'))).rejects.toBeInstanceOf(FileError);
    await expect(model.saveWeights(join(folder, 'x.keras'))).rejects.toThrow(/ends with \.weights\.h5/);
  });

  it('saves classes that extend Model, and makes them again', async () => {
    class Own extends Model {
      static override className = 'Own';
      layersInside = [new Dense(3, { activation: 'relu' }), new Dense(1)];
      override call(x: Tensor): Tensor {
        return this.layersInside.reduce((y, layer) => layer.apply<Tensor>(y), x);
      }
    }
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const model = new Own({ name: 'own' });
    model.compile({ optimizer: 'adam', loss: 'mse' });
    await model.fit(x, tensor([[1], [2], [3]]), { epochs: 2, verbose: 0 });
    const back = await loadModel(await model.save(), { customObjects: { Own } });
    expect(back).toBeInstanceOf(Own);
    expect(await predict(back, x)).toEqual(await predict(model, x));
    expect(back.optimizer!.variables.map((v) => v.read())).toEqual(model.optimizer!.variables.map((v) => v.read()));
  });

  it('saves models that are not built or not compiled, and without the optimizer', async () => {
    const unbuilt = await loadModel(await saveModelToBytes(new Sequential([new Dense(2, { name: 'd' })])));
    expect(unbuilt.built).toBe(false);
    const trained = await loadModel(goldenBytes('trained.keras'));
    const bare = await loadModel(await trained.save(undefined, { includeOptimizer: false }));
    expect(bare.compiled).toBe(false);
  });
});
