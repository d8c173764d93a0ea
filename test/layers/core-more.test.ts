import { describe, expect, it } from 'vitest';
import { customObjectScope, registerKerasSerializable } from '../../src/custom-objects.ts';
import {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling3D,
  builtinLayers,
  Conv2D,
  Dense,
  Dropout,
  deserialize,
  Embedding,
  Input,
  InputLayer,
  InputSpec,
  Lambda,
  Layer,
  Pipeline,
  ReLU,
  Rescaling,
  ReversibleEmbedding,
  SpectralNormalization,
  type SymbolicTensor,
  serialize,
} from '../../src/layers/index.ts';
import { maskOf } from '../../src/layers/mask.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const again = (layer: Layer, objects = {}) => deserialize(JSON.parse(JSON.stringify(serialize(layer))), objects);

it('every class says that it is one of Keras, itself', () => {
  const without = builtinLayers().filter((c) => !(Object.hasOwn(c, 'moduleName') && Object.hasOwn(c, 'className')));
  expect(without.map((c) => c.name)).toEqual([]);
});

describe('adaptive pooling', () => {
  runLayerTest('average 1D, more outputs than steps', {
    make: () => new AdaptiveAveragePooling1D(7),
    input: [2, 5, 3],
    output: [2, 7, 3],
  });
  runLayerTest('average 2D, channels first', {
    make: () => new AdaptiveAveragePooling2D([2, 3], { dataFormat: 'channels_first' }),
    input: [1, 2, 5, 4],
    output: [1, 2, 2, 3],
  });
  runLayerTest('max 3D', {
    make: () => new AdaptiveMaxPooling3D([1, 2, 3]),
    input: [1, 2, 3, 4, 2],
    output: [1, 1, 2, 3, 2],
  });

  it('as many outputs as steps: the inputs', () => {
    const x = tensor([[[3], [1], [4], [1], [5], [9], [2]]]);
    expect(new AdaptiveAveragePooling1D(7).apply(x).dataSync()).toEqual(x.dataSync());
  });

  it('sizes that are not known yet do not matter', () => {
    const y = new AdaptiveMaxPooling2D(2).apply(Input({ shape: [null, null, 3] }));
    expect(y.shape).toEqual([null, 2, 2, 3]);
  });

  it('NaN goes through', () => {
    const x = tensor([[[1], [Number.NaN], [3], [4]]]);
    expect(new AdaptiveAveragePooling1D(2).apply(x).arraySync()).toEqual([[[Number.NaN], [3.5]]]);
  });

  it('refuses what cannot be', () => {
    expect(() => new AdaptiveMaxPooling2D([2, 2, 2])).toThrow(/outputSize must be a whole number of at least 1/);
    expect(() => new AdaptiveMaxPooling2D(0)).toThrow(/outputSize/);
    expect(() => new AdaptiveMaxPooling2D(2).apply(ops.ones([1, 4, 4]))).toThrow(/expected an input with 4 axes/);
    expect(() => new AdaptiveMaxPooling2D(2).apply(ops.ones([1, 0, 4, 1]))).toThrow(/spatial sizes of at least 1/);
  });
});

describe('spectral normalization', () => {
  it('leads to a kernel whose largest singular value is 1', () => {
    setRandomSeed(1);
    const layer = new SpectralNormalization(new Dense(4, { useBias: false }), 20);
    const x = ops.ones([2, 6]);
    layer.apply(x, { training: true });
    layer.apply(x, { training: true });
    const w = layer.kernel!.value();
    let v: Tensor = ops.ones([4, 1]);
    for (let i = 0; i < 200; i++)
      v = tensor(ops.normalize(ops.matmul(ops.transpose(w), ops.matmul(w, v)), { axis: 0 }).dataSync(), [4, 1]);
    expectCloseToScale(ops.norm(ops.matmul(w, v)).dataSync(), [1], 1e-3);
  });

  it('a kernel of zeros stays', () => {
    const layer = new SpectralNormalization(new Dense(2, { kernelInitializer: 'zeros' }));
    expect([...layer.apply(ops.ones([1, 3]), { training: true }).dataSync()]).toEqual([0, 0]);
    expect([...layer.kernel!.read()].every((k) => k === 0)).toBe(true);
  });

  it('training changes the kernel as it was, by the optimizer alone', async () => {
    setRandomSeed(2);
    const layer = new SpectralNormalization(new Dense(2), { name: 'spectral' });
    const model = new Sequential([Input({ shape: [3] }), layer]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const before = layer.kernel!.read();
    const u = layer.vectorU.read();
    (model.optimizer as unknown as { learningRate: number }).learningRate = 0;
    await model.fit(ops.ones([4, 3]), ops.ones([4, 2]), { epochs: 2, verbose: 0 });
    expect(layer.kernel!.read()).toEqual(before);
    expect(layer.vectorU.read()).not.toEqual(u);
  });

  it('goes round, and refuses what cannot be', () => {
    const layer = new SpectralNormalization(new Conv2D(2, 3), 3);
    expect(again(layer).getConfig()).toEqual(layer.getConfig());
    expect(() => new SpectralNormalization(new Dense(2), 0)).toThrow(
      /powerIterations must be a whole number of at least 1/,
    );
    expect(() => new SpectralNormalization(3 as never)).toThrow(/layer must be a layer/);
    expect(() => new SpectralNormalization(new ReLU()).apply(ops.ones([1, 2]))).toThrow(
      /a layer with a kernel or embeddings/,
    );
  });
});

describe('reversible embedding', () => {
  const ids = tensor([[1, 0, 3]], undefined, 'int32');

  it('goes back by its transposed embeddings', () => {
    const layer = new ReversibleEmbedding(5, 3);
    const x = layer.apply(ids);
    expect(layer.weights.length).toBe(1);
    expectCloseToScale(
      layer.apply(x, { reverse: true }).dataSync(),
      ops.matmul(x, ops.transpose(layer.embeddings)).dataSync(),
      1e-6,
    );
  });

  it('goes back by weights of its own, capped', () => {
    const layer = new ReversibleEmbedding(5, 3, { tieWeights: false, logitSoftCap: 0.5 });
    const x = ops.multiply(ops.ones([2, 3]), 100);
    layer.apply(ids);
    layer.setWeights([ops.ones([5, 3]), ops.ones([3, 5])]);
    expect([...layer.apply(x, { reverse: true }).dataSync()]).toEqual(new Array(10).fill(0.5));
  });

  it('masks forward, not back; a model saves both calls', () => {
    const layer = new ReversibleEmbedding(5, 3, { maskZero: true });
    expect(maskOf(layer.apply(ids))!.arraySync()).toEqual([[true, false, true]]);
    expect(maskOf(layer.apply(layer.apply(ids), { reverse: true }))).toBeUndefined();
    const x = Input({ shape: [3], dtype: 'int32' });
    const model = new Model({ inputs: x, outputs: layer.apply(layer.apply(x), { reverse: true }) });
    expect((model.outputs![0] as SymbolicTensor).shape).toEqual([null, 3, 5]);
    const copy = deserialize(JSON.parse(JSON.stringify(serialize(model))), { Functional: Model }) as Model;
    copy.setWeights(model.getWeights());
    expect((copy.apply(ids) as Tensor).dataSync()).toEqual((model.apply(ids) as Tensor).dataSync());
  });

  it('refuses what cannot be', () => {
    expect(() => new ReversibleEmbedding(5, 3, { logitSoftCap: 0 })).toThrow(/logitSoftCap/);
    expect(() => new ReversibleEmbedding(5, 3, { reverseDtype: 'int32' as 'float32' })).toThrow(/reverseDtype can be/);
  });
});

describe('lambda', () => {
  it('computes, with arguments, mask and training', () => {
    const scale = (x: Tensor, { by, training }: { by: number; training: boolean }) =>
      ops.multiply(x, training ? 0 : by);
    const layer = new Lambda(scale, { arguments: { by: 3 } });
    expect(layer.apply(tensor([1, 2])).arraySync()).toEqual([3, 6]);
    expect(layer.apply(tensor([1, 2]), { training: true }).arraySync()).toEqual([0, 0]);
    expect(layer.computeOutputShape([null, 4])).toEqual([null, 4]);
  });

  it('finds the shape and the dtype of its outputs, or takes those given', () => {
    const x = Input({ shape: [4] });
    const places = new Lambda((t: Tensor) => ops.argmax(t, { axis: -1 })).apply(x);
    expect([places.shape, places.dtype]).toEqual([[null], 'int32']);
    const twice = new Lambda((t: Tensor) => [t, ops.concatenate([t, t], -1)]).apply<SymbolicTensor[]>(x);
    expect(twice.map((t) => t.shape)).toEqual([
      [null, 4],
      [null, 8],
    ]);
    expect(new Lambda((t: Tensor) => t, { outputShape: [4] }).apply(x).shape).toEqual([null, 4]);
    expect(new Lambda((t: Tensor) => t, { outputShape: (s: number[]) => [s[0]!, 4] }).apply(x).shape).toEqual([
      null,
      4,
    ]);
  });

  it('gives a mask where it has one', () => {
    const mask = (x: Tensor) => ops.greater(x, 0);
    const y = new Lambda((x: Tensor) => x, { mask }).apply(tensor([[1, -1]]));
    expect(maskOf(y)!.arraySync()).toEqual([[true, false]]);
  });

  it('is saved by the name of its function, never by its code', () => {
    const f = registerKerasSerializable((x: Tensor) => ops.multiply(x, 5), 'lambda_test', 'five');
    const layer = new Lambda(f, { arguments: { a: 1 }, outputShape: [2] });
    const { function: saved } = layer.getConfig() as { function: unknown };
    expect(saved).toEqual({
      module: 'builtins',
      class_name: 'function',
      config: 'lambda_test>five',
      registered_name: 'function',
    });
    expect(
      again(layer)
        .apply(tensor([[1, 2]]))
        .arraySync(),
    ).toEqual([[5, 10]]);
    expect(again(layer).getConfig()).toEqual(layer.getConfig());
    expect(() => new Lambda((x: Tensor) => x).getConfig()).toThrow(
      /cannot be saved, for files hold no code. Register it/,
    );
  });

  it('functions of files are looked for among the custom objects, and code is refused', () => {
    const config = (f: unknown) => ({
      module: 'keras.layers',
      class_name: 'Lambda',
      registered_name: null,
      config: { name: 'l', function: f },
    });
    const named = { module: 'builtins', class_name: 'function', config: 'mine', registered_name: 'function' };
    const mine = (x: Tensor) => ops.add(x, 1);
    expect((deserialize(config(named), { mine }).apply(tensor([1])) as Tensor).arraySync()).toEqual([2]);
    expect(customObjectScope({ mine }, () => deserialize(config(named))).className).toBe('Lambda');
    expect(() => deserialize(config(named))).toThrow(/Lambda 'l': unknown function 'mine'; give it as customObjects/);
    const code = { class_name: '__lambda__', config: { code: '4wEAAAAA', defaults: null, closure: null } };
    expect(() => deserialize(config(code))).toThrow(/its function is Python code, which is never run/);
  });

  it('refuses what cannot be', () => {
    expect(() => new Lambda('relu' as never)).toThrow(/function must be a function of tensors/);
    expect(() => new Lambda((x: Tensor) => x, { mask: 3 as never })).toThrow(/mask must be/);
    expect(() => new Lambda((x: Tensor) => x, { outputShape: 3 as never })).toThrow(/outputShape must be/);
  });
});

describe('pipeline', () => {
  it('calls its layers one after the other, in training unless told otherwise', () => {
    const layer = new Pipeline([new Dense(3), new Dropout(0.9, { seed: 1 })]);
    const x = ops.ones([4, 2]);
    expect([...layer.apply(x).dataSync()].some((v) => v === 0)).toBe(true);
    expect([...layer.apply(x, { training: false }).dataSync()].some((v) => v === 0)).toBe(false);
    expect(layer.weights.map((w) => w.path)).toEqual([
      `${layer.name}/${layer.layers[0]!.name}/kernel`,
      `${layer.name}/${layer.layers[0]!.name}/bias`,
    ]);
    const model = new Sequential([Input({ shape: [2] }), layer]);
    expect([...(model.apply(x) as Tensor).dataSync()].some((v) => v === 0)).toBe(false);
  });

  it('goes round', () => {
    const layer = new Pipeline([new Dense(3), new ReLU()], { name: 'steps' });
    expect(again(layer).getConfig()).toEqual(layer.getConfig());
    expect(layer.apply(Input({ shape: [4] })).shape).toEqual([null, 3]);
    expect(() => new Pipeline(new Dense(3) as never)).toThrow(/layers must be a list of layers/);
    expect(() => new Pipeline([3] as never)).toThrow(/layers must be a list of layers/);
  });
});

describe('input specs', () => {
  class Picture extends Layer {
    constructor(spec: InputSpec) {
      super();
      this.inputSpec = spec;
    }
    override call(x: Tensor) {
      return x;
    }
  }

  it('are checked when the layer is called', () => {
    const layer = new Picture(new InputSpec({ shape: [null, 4, 1], dtype: 'float32', name: 'picture' }));
    expect(layer.apply(ops.ones([2, 4, 1])).shape).toEqual([2, 4, 1]);
    expect(() => layer.apply(ops.ones([2, 4]))).toThrow(/input 'picture': expected an input with shape \(None, 4, 1\)/);
    expect(() => layer.apply(ops.ones([2, 4, 1], 'int32'))).toThrow(/expected an input with dtype float32/);
  });

  it('let a last axis of size 1 come or go', () => {
    const loose = { allowLastAxisSqueeze: true };
    expect(new Picture(new InputSpec({ shape: [null, 4, 1], ...loose })).apply(ops.ones([2, 4])).shape).toEqual([2, 4]);
    expect(new Picture(new InputSpec({ shape: [null, 4], ...loose })).apply(ops.ones([2, 4, 1])).shape).toEqual([
      2, 4, 1,
    ]);
    expect(() => new Picture(new InputSpec({ shape: [null, 4], ...loose })).apply(ops.ones([2, 4, 2]))).toThrow(
      /shape/,
    );
  });

  it('refuse what cannot be', () => {
    expect(() => new InputSpec({ ndims: 3 } as never)).toThrow(/unknown option 'ndims'. Did you mean 'ndim'/);
    expect(() => new InputSpec({ ndim: 2, axes: { 2: 5 } })).toThrow(/no axis 2 in an input of at most 2 axes/);
  });

  it('inputs that are sparse or ragged are refused', () => {
    expect(Input({ shape: [2], sparse: false }).shape).toEqual([null, 2]);
    expect(() => Input({ shape: [2], sparse: true as false })).toThrow(/sparse inputs are not supported/);
    expect(() => Input({ shape: [2], ragged: true as false })).toThrow(/ragged inputs are not supported/);
  });

  it('inputs take a tensor, and a shape once', () => {
    const t = Input({ batchShape: [2, 3], dtype: 'int32' });
    for (const more of [{}, { shape: [3] }, { shape: [3], batchSize: 2 }, { batchShape: [2, 3] }, { dtype: 'int32' }])
      expect(Input({ tensor: t, ...(more as object) })).toBe(t);
    expect(t.history!.layer).toBeInstanceOf(InputLayer);
    const model = new Model({ inputs: Input({ tensor: t }), outputs: new Rescaling(2).apply(t) });
    expect(
      (
        model.apply(
          tensor([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        ) as Tensor
      ).arraySync(),
    ).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
    expect(() => Input({ tensor: t, shape: [4] })).toThrow(/the tensor has shape \(2, 3\), not \(None, 4\)/);
    expect(() => Input({ tensor: t, batchSize: 5, shape: [3] })).toThrow(/the tensor has shape/);
    expect(() => Input({ tensor: t, batchShape: [2, 4] })).toThrow(/the tensor has shape/);
    expect(() => Input({ tensor: t, dtype: 'float32' })).toThrow(/has dtype int32, not 'float32'/);
    expect(() => Input({ tensor: ops.ones([2, 3]) as never })).toThrow(/expected a symbolic tensor as tensor/);
    expect(() => Input({ shape: [3], batchShape: [2, 3] })).toThrow(/shape and batchShape cannot both be given/);
    expect(() => Input({ batchSize: 4, batchShape: [2, 3] })).toThrow(/batchSize and batchShape cannot both be given/);
    expect(() => new InputLayer({ batchSize: 0, shape: [3] })).toThrow(/batchSize must be a whole number/);
    expect(() => Input({} as never)).toThrow(/expected shape/);
    expect(new InputLayer({ inputShape: [3], batchSize: 2 }).output.shape).toEqual([2, 3]);
    expect(new InputLayer({ batchInputShape: [2, 3] }).batchShape).toEqual([2, 3]);
  });
});

describe('dense layers on several axes', () => {
  it('give what they give row by row', () => {
    const layer = new Dense(17, { activation: 'softmax' });
    const x = tensor(
      Float32Array.from({ length: 2 * 3 * 5 }, (_, i) => Math.sin(i)),
      [2, 3, 5],
    );
    const rows = layer.apply(ops.reshape(x, [6, 5]));
    expectCloseToScale(layer.apply(x).dataSync(), rows.dataSync(), 1e-6);
    expect(layer.apply(ops.zeros([0, 3, 5])).shape).toEqual([0, 3, 17]);
  });

  it('show activations of the user the axes of the inputs', () => {
    const layer = new Dense(4, { activation: (x) => ops.softmax(x, 1) });
    const sums = ops.sum(layer.apply(ops.ones([2, 3, 5])), { axis: 1 }).dataSync();
    expectCloseToScale(sums, new Array(8).fill(1), 1e-6);
  });

  it('embeddings of none', () => {
    expect(new Embedding(3, 2).apply(ops.zeros([0, 4], 'int32')).shape).toEqual([0, 4, 2]);
  });
});
