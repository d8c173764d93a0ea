import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError, layers, loadWeights, Sequential, saving, tensor } from '../../src/index.ts';
import { Bytes } from '../../src/saving/bytes.ts';

const { KerasFileEditor } = saving;
const models = resolve(import.meta.dirname, '../golden/models');
const MLP = join(models, 'mlp.weights.h5');
const TRAINED = join(models, 'trained.keras');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'olifant-editor-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = (f: (options: { printFn: (line: string) => void }) => unknown): string[] => {
  const printed: string[] = [];
  f({ printFn: (line) => printed.push(line) });
  return printed;
};

const small = (units = 2) => {
  const model = new Sequential([new layers.Dense(units, { inputShape: [3] }), new layers.Dense(1)]);
  return model;
};

describe('KerasFileEditor', () => {
  it("shows what is in a file of Keras's", async () => {
    const editor = await KerasFileEditor.open(MLP);
    expect([editor.filepath, editor.config, editor.metadata]).toEqual([MLP, null, null]);
    expect(lines((o) => editor.summary(o))).toEqual([
      'Weights structure',
      '  └─ layers',
      '     ├─ dense',
      '     │  ├─ 0: shape=(8, 16), dtype=float32',
      '     │  └─ 1: shape=(16,), dtype=float32',
      '     ├─ dense_1',
      '     │  ├─ 0: shape=(16, 12), dtype=float32',
      '     │  └─ 1: shape=(12,), dtype=float32',
      '     └─ dense_2',
      '        ├─ 0: shape=(12, 4), dtype=float32',
      '        └─ 1: shape=(4,), dtype=float32',
    ]);
  });

  it('opens models, with configuration and date', async () => {
    const editor = await KerasFileEditor.open(readFileSync(TRAINED));
    expect(editor.config!.class_name).toBe('Sequential');
    expect(editor.metadata!.keras_version).toBe('3.15.1');
    expect(Object.keys(editor.weightsDict)).toContain('optimizer');
  });

  it('keeps everything that it does not change, in nested models, too', async () => {
    for (const name of ['mlp', 'trained', 'cnn', 'nested', 'transformer', 'translator']) {
      const editor = await KerasFileEditor.open(join(models, `${name}.keras`));
      const path = join(folder, `${name}.weights.h5`);
      await editor.save(path);
      expect((await KerasFileEditor.open(path)).weightsDict, name).toEqual(editor.weightsDict);
      const model = await saving.loadModel(join(models, `${name}.keras`));
      const values = () => model.weights.map((w) => [...w.read()]);
      const before = values();
      for (const w of model.weights) w.write(w.read().fill(0));
      await loadWeights(model, path);
      expect(values(), name).toEqual(before);
      const same = editor.compare(model, { printFn: () => {} });
      expect([same.status, same.errorCount], name).toEqual(['success', 0]);
      expect(same.matchCount).toBeGreaterThanOrEqual(before.length);
    }
  });

  it('adds, renames and deletes objects and weights', async () => {
    const editor = await KerasFileEditor.open(MLP);
    editor.deleteObject('dense_2');
    editor.renameObject('layers/dense_1', 'einsum_dense');
    editor.addObject('layers/dense_1', { 0: tensor([1, 2, 3], [3, 1]), 1: [4] });
    editor.deleteWeight('einsum_dense', 1);
    editor.addWeights('layers/dense', { 2: tensor([7], [1], 'int32'), inner: { 0: [1] } });
    editor.addObject('extra', { 0: 5 });
    const path = join(folder, 'edited.weights.h5');
    await editor.resaveWeights(path);
    const again = await KerasFileEditor.open(path);
    expect(lines((o) => again.summary(o)).slice(1)).toEqual([
      '  ├─ extra',
      '  │  └─ 0: shape=(), dtype=float32',
      '  └─ layers',
      '     ├─ dense',
      '     │  ├─ inner',
      '     │  │  └─ 0: shape=(1,), dtype=float32',
      '     │  ├─ 0: shape=(8, 16), dtype=float32',
      '     │  ├─ 1: shape=(16,), dtype=float32',
      '     │  └─ 2: shape=(1,), dtype=int32',
      '     ├─ dense_1',
      '     │  ├─ 0: shape=(3, 1), dtype=float32',
      '     │  └─ 1: shape=(1,), dtype=float32',
      '     └─ einsum_dense',
      '        └─ 0: shape=(16, 12), dtype=float32',
    ]);
  });

  it('makes a file fit a changed model', async () => {
    const path = join(folder, 'small.weights.h5');
    await saving.saveWeights(small(), path);
    const editor = await KerasFileEditor.open(path);
    const wanted = new Sequential([
      new layers.Dense(2, { inputShape: [3] }),
      new layers.BatchNormalization(),
      new layers.Dense(4),
    ]);
    const printed = lines((o) => expect(editor.compare(wanted, o)).toMatchObject({ errorCount: 3, matchCount: 2 }));
    expect(printed).toEqual([
      "'layers/batch_normalization' is in the model, and missing in the file",
      "'layers/dense_1/0' has the shape (2, 4) in the model, (2, 1) in the file",
      "'layers/dense_1/1' has the shape (4,) in the model, (1,) in the file",
      'The file does not fit the model: 3 differences',
    ]);
    const ones = (n: number) => new Array(n).fill(1);
    editor.addObject('layers/batch_normalization', { 0: ones(2), 1: ones(2), 2: ones(2), 3: ones(2) });
    editor.addWeights('dense_1', { 0: tensor(ones(8), [2, 4]), 1: ones(4) });
    expect(editor.compare(wanted, { printFn: () => {} })).toEqual({ status: 'success', errorCount: 0, matchCount: 8 });
    await editor.save(path);
    await loadWeights(wanted, path);
    expect([...wanted.layers[2]!.weights[0]!.read()]).toEqual(ones(8));
  });

  it('says what it cannot find', async () => {
    const editor = await KerasFileEditor.open(MLP);
    expect(() => editor.deleteObject('conv')).toThrow(/no 'conv' in the file/);
    expect(() => editor.deleteObject('layers/dense_3')).toThrow(/no 'layers\/dense_3'/);
    expect(() => editor.deleteObject('layer/dense')).toThrow(/the file has no 'layer', it has 'layers'.*Did you mean/);
    expect(() => editor.deleteObject('0')).toThrow(/3 objects named '0'/);
    expect(() => editor.renameObject('dense', 'a/b')).toThrow(/without '\/'/);
    expect(() => editor.renameObject('dense', 'dense_1')).toThrow(/already/);
    expect(() => editor.addObject('layers/none/dense', { 0: [1] })).toThrow(/'layers' has no 'none'/);
    expect(() => editor.addObject('layers/dense', [1] as never)).toThrow(/\{ 0: kernel, 1: bias \}/);
    expect(() => editor.addWeights('layers/dense/0', { 0: [1] })).toThrow(/is a weight/);
    expect(() => editor.deleteWeight('dense', 2)).toThrow(/no weight '2'; it has '0', '1'/);
    expect(() => editor.compare({} as never)).toThrow(/expected a model/);
    await expect(editor.save('a.keras')).rejects.toThrow(/\.weights\.h5/);
    await expect(KerasFileEditor.open(join(folder, 'none.keras'))).rejects.toThrow(FileError);
    await expect(KerasFileEditor.open(Uint8Array.of(1, 2, 3))).rejects.toThrow(FileError);
  });

  it('refuses files that would fill the memory', async () => {
    const { default: h5wasm } = await import('h5wasm');
    const { FS } = await h5wasm.ready;
    const file = new h5wasm.File('bomb.h5', 'w');
    const big = new Float32Array(2 ** 24);
    file.create_dataset({ name: 'a', data: big, shape: [2 ** 24], chunks: [2 ** 20], compression: 9 });
    file.close();
    const bytes = FS.readFile('bomb.h5');
    FS.unlink('bomb.h5');
    expect(new Bytes(bytes).length).toBeLessThan(2 ** 20);
    await expect(KerasFileEditor.open(bytes)).rejects.toThrow(/more memory than such a file/);
  });

  const python = resolve(import.meta.dirname, '../../.venv/bin/python');
  it.skipIf(!existsSync(python))(
    'writes files that Keras opens',
    async () => {
      const editor = await KerasFileEditor.open(MLP);
      editor.deleteObject('dense_2');
      editor.addObject('layers/dense_2', {
        0: tensor(
          Float32Array.from({ length: 24 }, (_, i) => i),
          [12, 2],
        ),
        1: [1, 2],
      });
      const path = join(folder, 'for-keras.weights.h5');
      await editor.save(path);
      const script = `
import keras, sys
d = keras.layers.Dense
m = keras.Sequential([keras.Input((8,)), d(16), keras.layers.Dropout(.1), d(12), keras.layers.Dropout(.1), d(2)])
m.load_weights(sys.argv[1])
print([float(v) for v in m.layers[-1].get_weights()[0].ravel()])
print(keras.saving.KerasFileEditor(sys.argv[1]).compare(m)["status"])`;
      const env = { ...process.env, KERAS_BACKEND: 'jax', JAX_PLATFORMS: 'cpu' };
      const { stdout, stderr, status } = spawnSync(python, ['-c', script, path], { encoding: 'utf8', env });
      expect(status, stderr).toBe(0);
      expect(JSON.parse(stdout.split('\n')[0]!)).toEqual(Array.from({ length: 24 }, (_, i) => i));
      expect(stdout.trim().endsWith('success')).toBe(true);
    },
    180_000,
  );
});
