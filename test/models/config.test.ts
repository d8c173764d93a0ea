import { describe, expect, it } from 'vitest';
import { Dense, Embedding, GlobalAveragePooling1D, Input, Layer, registerLayer } from '../../src/layers/index.ts';
import { Model, type ModelOptions, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';

const json = <T>(x: T): T => JSON.parse(JSON.stringify(x));

class Twice extends Layer {
  static override className = 'Twice';
  override call(inputs: Tensor) {
    return ops.multiply(inputs, 2);
  }
}

describe('configurations', () => {
  it('need custom classes to be registered, or given', () => {
    const config = json(new Sequential([Input({ shape: [2] }), new Twice()]).getConfig());
    expect((config.layers as { registered_name: string }[])[1]!.registered_name).toBe('Custom>Twice');
    expect(() => Sequential.fromConfig(config)).toThrow(/unknown layer class 'Twice'.*customObjects: \{ Twice \}/);
    expect(Sequential.fromConfig(config, { Twice }).layers[0]).toBeInstanceOf(Twice);
    registerLayer(Twice, 'mine');
    const registered = json(new Sequential([Input({ shape: [2] }), new Twice()]).getConfig());
    expect(Sequential.fromConfig(registered).layers[0]).toBeInstanceOf(Twice);
  });

  it('of models with names, nested in records and each other, come back the same', () => {
    const [a, b] = [Input({ shape: [2], name: 'a' }), Input({ shape: [2], name: 'b' })];
    const inner = new Sequential([Input({ shape: [2] }), new Dense(2)], { name: 'inner' });
    const shared = new Dense(2, { name: 'shared' });
    const model = new Model({
      inputs: { a, b },
      outputs: { left: shared.apply(inner.apply(a)), right: shared.apply(shared.apply(b)) },
      name: 'named',
    });
    const config = json(model.getConfig());
    const again = Model.fromConfig(config);
    expect(json(again.getConfig())).toEqual(config);
    expect(config.input_layers).toEqual({ a: ['a', 0, 0], b: ['b', 0, 0] });
    again.setWeights(model.getWeights());
    const data = { a: tensor([[1, 2]]), b: tensor([[3, 4]]) };
    const read = (m: Model) => {
      const { left, right } = m.apply<{ left: Tensor; right: Tensor }>(data);
      return [...left.dataSync(), ...right.dataSync()];
    };
    expect(read(again)).toEqual(read(model));
  });

  it('of Keras may hold the operation that makes a mask; the mask travels by itself here', async () => {
    const words = Input({ shape: [3], dtype: 'int32', name: 'words' });
    const embedded = new Embedding(5, 2, { maskZero: true, name: 'embedding' }).apply(words);
    const model = new Model({ inputs: words, outputs: new GlobalAveragePooling1D({ name: 'pool' }).apply(embedded) });
    const config = json(model.getConfig());
    const layers = config.layers as { name: string; inbound_nodes: { kwargs: Record<string, unknown> }[] }[];
    const place = (name: string) => ({ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } });
    layers.splice(2, 0, {
      module: 'keras.src.ops.numpy',
      class_name: 'NotEqual',
      config: {},
      registered_name: 'NotEqual',
      name: 'not_equal',
      inbound_nodes: [{ args: [place('words'), 0], kwargs: {} }],
    } as never);
    layers[3]!.inbound_nodes[0]!.kwargs = { mask: place('not_equal'), training: false };
    const again = Model.fromConfig(config);
    again.setWeights(model.getWeights());
    const data = tensor([[1, 2, 0]], undefined, 'int32');
    const found = await again.predict(data, { verbose: 0 });
    expect([...found.dataSync()]).toEqual([...(await model.predict(data, { verbose: 0 })).dataSync()]);
    const table = model.weights[0]!.read();
    expect(found.dataSync()[0]).toBeCloseTo((table[2]! + table[4]!) / 2, 6);
  });

  it.each([
    ['no layers', {}, /needs layers/],
    ['an unknown class', { layers: [{ class_name: 'Dens', config: {} }] }, /Did you mean 'Dense'/],
    ['something else', { layers: [7] }, /needs class_name and config/],
  ])('are refused with %s', (_, config, message) => {
    expect(() => Sequential.fromConfig(config as never)).toThrow(message);
  });

  it.each([
    [
      'a loop',
      (c: { layers: { inbound_nodes: unknown }[] }) => {
        c.layers[1]!.inbound_nodes = [
          { args: [{ class_name: '__keras_tensor__', config: { keras_history: ['one', 0, 0] } }], kwargs: {} },
        ];
      },
      /loop or loose ends at one/,
    ],
    [
      'an unknown layer',
      (c: { layers: { inbound_nodes: unknown }[] }) => {
        c.layers[1]!.inbound_nodes = [
          { args: [{ class_name: '__keras_tensor__', config: { keras_history: ['who', 0, 0] } }], kwargs: {} },
        ];
      },
      /'who', which is not there/,
    ],
    [
      'no such output',
      (c: { output_layers?: unknown }) => {
        c.output_layers = ['one', 3, 0];
      },
      /no output 0 of call 3/,
    ],
  ])('of a graph are refused with %s', (_, spoil, message) => {
    const x = Input({ shape: [2], name: 'x' });
    const config = json(new Model({ inputs: x, outputs: new Dense(1, { name: 'one' }).apply(x) }).getConfig());
    (spoil as (c: unknown) => void)(config);
    expect(() => Model.fromConfig(config)).toThrow(message);
  });

  it('of compile come back', () => {
    const model = new Sequential([Input({ shape: [2] }), new Dense(2)]);
    expect(model.getCompileConfig()).toEqual({});
    model.compile({ optimizer: 'adam', loss: 'mse', metrics: ['accuracy'], lossWeights: [2] });
    const config = json(model.getCompileConfig());
    expect(config).toMatchObject({
      loss: 'mse',
      metrics: ['accuracy'],
      loss_weights: [2],
      optimizer: { class_name: 'Adam' },
    });
    const again = new Sequential([Input({ shape: [2] }), new Dense(2)]);
    again.compileFromConfig(config);
    expect(json(again.getCompileConfig())).toEqual({
      ...config,
      optimizer: expect.objectContaining({ class_name: 'Adam' }),
    });
    expect(again.optimizer!.built).toBe(true);
  });
});

describe('classes of one\u2019s own with a graph', () => {
  class Scaled extends Model {
    readonly scale: number;

    constructor({ scale = 1, ...rest }: ModelOptions & { scale?: number }) {
      super(rest);
      this.scale = scale;
    }

    override getConfig() {
      return { ...super.getConfig(), scale: this.scale };
    }
  }

  it('get their own options back', () => {
    const x = Input({ shape: [3] });
    const model = new Scaled({ inputs: x, outputs: new Dense(2).apply(x), scale: 3, name: 'mine' });
    const twin = Scaled.fromConfig(json(model.getConfig())) as Scaled;
    expect([twin.scale, twin.name, twin.constructor]).toEqual([3, 'mine', Scaled]);
    expect(twin.getConfig()).toEqual(model.getConfig());
  });
});
