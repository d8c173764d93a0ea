import { describe, expect, it } from 'vitest';
import {
  Add,
  Concatenate,
  Dense,
  Dropout,
  deserializeLayer,
  Input,
  type Layer,
  Rescaling,
  type SymbolicTensor,
  serializeLayer,
} from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { SGD } from '../../src/optimizers/index.ts';
import { cloneModel, modelFromJson, modelToJson } from '../../src/saving/models-namespace.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';

function branches(): Model {
  const [a, b] = [Input({ shape: [4], name: 'a' }), Input({ shape: [4], name: 'b' })];
  const shared = new Dense(4, { name: 'shared', activation: 'relu' });
  const sum = new Add({ name: 'sum' }).apply([shared.apply(a), shared.apply(b)]);
  const wide = new Concatenate({ name: 'wide' }).apply([sum as never, a]);
  return new Model({ inputs: [a, b], outputs: new Dense(2, { name: 'out' }).apply(wide as never), name: 'branches' });
}

const stack = () =>
  new Sequential([Input({ shape: [3] }), new Dense(5, { name: 'first' }), new Dropout(0.5), new Dense(1)], {
    name: 's',
  });

const x = (rows: number, columns: number, step: number) =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(step * i)),
    [rows, columns],
  );

describe('cloneModel', () => {
  it('gives the same structure, and weights of its own', async () => {
    const model = branches();
    const twin = cloneModel(model);
    expect(twin.getConfig()).toEqual(model.getConfig());
    expect(twin.weights.length).toBe(model.weights.length);
    expect(twin.weights.some((w) => model.weights.includes(w))).toBe(false);
    twin.setWeights(model.getWeights());
    const data = [x(3, 4, 1), x(3, 4, 2)];
    expect(await (await twin.predict(data)).array()).toEqual(await (await model.predict(data)).array());
  });

  it('is compiled where the model is, with an optimizer of its own', async () => {
    const model = stack();
    expect(cloneModel(model).optimizer).toBe(null);
    model.compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: 'mae', metrics: ['mse'] });
    for (const twin of [
      cloneModel(model),
      cloneModel(model, { cloneFunction: (l) => deserializeLayer(serializeLayer(l)) }),
    ]) {
      expect(twin.optimizer).not.toBe(model.optimizer);
      expect(twin.getCompileConfig()).toEqual(model.getCompileConfig());
      expect(Object.keys(await twin.trainOnBatch(x(4, 3, 1), x(4, 1, 2), { returnDict: true }))).toEqual([
        'loss',
        'mse',
      ]);
    }
    model.compile({ optimizer: 'sgd', loss: (_: Tensor, p: Tensor) => ops.mean(p) });
    expect(() => cloneModel(model)).toThrow(/the loss 'loss' is a function, which cannot be saved; .*register it/);
  });

  it('replaces layers by a function, shared ones once', async () => {
    const seen: string[] = [];
    const wider = (layer: Layer): Layer => {
      seen.push(layer.name);
      const cls = layer.constructor as unknown as { fromConfig(c: object): Layer };
      return cls.fromConfig({ ...layer.getConfig(), ...(layer.name === 'out' ? { units: 7 } : {}) });
    };
    const twin = cloneModel(branches(), { cloneFunction: wider });
    expect(seen.sort()).toEqual(['out', 'shared', 'sum', 'wide']);
    expect((await twin.predict([x(2, 4, 1), x(2, 4, 2)])).shape).toEqual([2, 7]);
    expect(cloneModel(stack(), { cloneFunction: wider }).layers.length).toBe(3);
  });

  it('calls the clones by a function, and begins with given inputs', async () => {
    const model = branches();
    const calls: string[] = [];
    const again = [Input({ shape: [4], name: 'p' }), Input({ shape: [4], name: 'q' })];
    const twin = cloneModel(model, {
      inputTensors: again,
      cloneFunction: (layer) => layer,
      callFunction: (layer, inputs, options) => {
        calls.push(layer.name);
        const y = layer.apply(inputs as SymbolicTensor, options);
        return layer.name === 'out' ? new Rescaling(2).apply(y) : y;
      },
    });
    expect(calls.sort()).toEqual(['out', 'shared', 'shared', 'sum', 'wide']);
    expect(twin.inputNames).toEqual(['p', 'q']);
    const data = [x(3, 4, 1), x(3, 4, 2)];
    const doubled = (await model.predict(data)).dataSync().map((v) => 2 * v);
    expect((await twin.predict(data)).dataSync()).toEqual(doubled);
  });

  it('goes into models of models with recursive', () => {
    const inner = stack();
    const start = Input({ shape: [...inner.inputs![0]!.shape.slice(1)] });
    const outer = new Model({ inputs: start, outputs: inner.apply(start) });
    const names = (recursive: boolean): string[] => {
      const seen: string[] = [];
      const twin = cloneModel(outer, {
        recursive,
        cloneFunction: (layer) => {
          seen.push(layer.name);
          return layer;
        },
      });
      expect(twin.layers.includes(inner)).toBe(!recursive);
      return seen;
    };
    expect(names(false)).toEqual([inner.name]);
    expect(names(true)).toEqual(inner.layers.map((l) => l.name));
  });

  it('refuses functions and inputs that do not fit', () => {
    expect(() => cloneModel(stack(), { callFunction: (l, t) => l.apply(t as SymbolicTensor) })).toThrow(
      /callFunction needs a functional model/,
    );
    expect(() => cloneModel(branches(), { inputTensors: Input({ shape: [4] }) })).toThrow(
      /inputTensors must be 2 symbolic tensor\(s\)/,
    );
    expect(() => cloneModel(branches(), { clonefunction: () => null } as object)).toThrow(
      /Did you mean 'cloneFunction'/,
    );
  });

  it('refuses a function that gives no layer', () => {
    expect(() => cloneModel(stack(), { cloneFunction: () => undefined as never })).toThrow(/'first'/);
  });
});

describe('JSON', () => {
  it('comes back as the same model, compiled', () => {
    const model = branches();
    model.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
    const twin = modelFromJson(model.toJson());
    expect(modelToJson(model)).toBe(model.toJson());
    expect(twin.getConfig()).toEqual(model.getConfig());
    expect(twin.optimizer?.getConfig()).toEqual(model.optimizer?.getConfig());
    const other = stack();
    expect(modelFromJson(modelToJson(other)).layers.map((l) => l.name)).toEqual(other.layers.map((l) => l.name));
  });

  it('refuses what is no model', () => {
    expect(() => modelFromJson('[1]')).toThrow(/object/);
    expect(() => modelFromJson('{"class_name": "Nonsense", "config": {}}')).toThrow(/Nonsense/);
    expect(() => modelFromJson('{')).toThrow();
  });
});
