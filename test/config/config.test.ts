import { afterEach, describe, expect, it } from 'vitest';
import {
  callbacks,
  config,
  dtypePolicies,
  Input,
  layers,
  losses,
  Model,
  metrics,
  ops,
  Sequential,
  type Tensor,
  tensor,
} from '../../src/index.ts';

afterEach(() => {
  config.setEpsilon(1e-7);
  config.setImageDataFormat('channels_last');
  config.setMaxEpochs(null);
  config.setMaxStepsPerEpoch(null);
  config.setDtypePolicy('float32');
});

const quiet = { verbose: 0 } as const;

describe('config', () => {
  it('has Keras’s values at first', () => {
    expect([
      config.epsilon(),
      config.floatx(),
      config.imageDataFormat(),
      config.maxEpochs(),
      config.maxStepsPerEpoch(),
    ]).toEqual([1e-7, 'float32', 'channels_last', null, null]);
    expect([config.isInteractiveLoggingEnabled(), config.isTracebackFilteringEnabled()]).toEqual([true, true]);
    expect([config.isFlashAttentionEnabled(), config.isNnxEnabled(), config.backend()]).toEqual([
      null,
      false,
      'olifant',
    ]);
    expect(String(config.dtypePolicy())).toBe('<DTypePolicy "float32">');
  });

  it('epsilon holds in losses, metrics and operations', () => {
    const loss = () => new losses.BinaryCrossentropy().call(tensor([[1]]), tensor([[0]])).item();
    expect(loss()).toBeCloseTo(-Math.log(1e-7), 4);
    config.setEpsilon(0.01);
    expect(loss()).toBeCloseTo(-Math.log(0.01), 4);
    expect(ops.normalize(tensor([0.001]), { axis: 0 }).item()).toBeCloseTo(0.1, 5);
    const score = new metrics.F1Score();
    score.updateState(tensor([[1, 0]]), tensor([[1, 0]]));
    expect((score.result() as Tensor).dataSync()[0]).toBeCloseTo(1 / 1.01, 2);
    expect(() => config.setEpsilon(-1)).toThrow(/above 0, got number -1/);
  });

  it('imageDataFormat is the default of layers and operations', () => {
    config.setImageDataFormat('channels_first');
    const conv = new layers.Conv2D(4, 3);
    expect(conv.computeOutputShape([null, 3, 8, 9])).toEqual([null, 4, 6, 7]);
    expect(conv.getConfig().data_format).toBe('channels_first');
    expect(conv.apply(ops.ones([2, 3, 8, 9])).shape).toEqual([2, 4, 6, 7]);
    expect(new layers.GlobalAveragePooling2D().apply(ops.ones([2, 3, 8, 9])).shape).toEqual([2, 3]);
    expect(ops.maxPool(ops.ones([2, 3, 8, 9]), 2).shape).toEqual([2, 3, 4, 4]);
    const x = Input({ shape: [3, 8, 9] });
    expect(ops.maxPool(x, 2).shape).toEqual([null, 3, 4, 4]);
    expect(ops.correlate([1, 2, 3], [1, 1]).arraySync()).toEqual([3, 5]);
    config.setImageDataFormat('channels_last');
    expect(conv.getConfig().data_format).toBe('channels_first');
    expect(() => config.setImageDataFormat('first' as never)).toThrow(/expected 'channels_last' or 'channels_first'/);
  });

  it('maxEpochs and maxStepsPerEpoch limit training', async () => {
    config.setMaxEpochs(2);
    config.setMaxStepsPerEpoch(3);
    let steps = 0;
    const count = new callbacks.LambdaCallback({ onTrainBatchEnd: () => void steps++ });
    const model = new Sequential([new layers.Dense(1)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const [x, y] = [ops.ones([40, 2]), ops.ones([40, 1])];
    const { history } = await model.fit(x, y, { ...quiet, epochs: 7, batchSize: 4, callbacks: [count] });
    expect(history.loss).toHaveLength(2);
    expect(steps).toBe(6);
    expect((await model.predict(x, { ...quiet, batchSize: 4 })).shape).toEqual([12, 1]);
    config.setMaxEpochs(null);
    config.setMaxStepsPerEpoch(100);
    await model.fit(x, y, { ...quiet, epochs: 3, batchSize: 4, callbacks: [count] });
    expect(steps).toBe(36);
    expect(() => config.setMaxEpochs(0)).toThrow(/at least 1, or null/);
  });

  it('accepts what makes no difference, and refuses what cannot be', () => {
    config.disableInteractiveLogging();
    config.disableTracebackFiltering();
    config.disableFlashAttention();
    expect([
      config.isInteractiveLoggingEnabled(),
      config.isTracebackFilteringEnabled(),
      config.isFlashAttentionEnabled(),
    ]).toEqual([false, false, false]);
    config.enableInteractiveLogging();
    config.enableTracebackFiltering();
    config.enableFlashAttention();
    expect(config.isFlashAttentionEnabled()).toBe(true);
    config.setBackend('olifant');
    expect(() => config.setFloatx('float64' as never)).toThrow(/there is no 'float64'/);
    expect(() => config.setFloatx('int32' as never)).toThrow(
      /expected 'float32', 'bfloat16' or 'float16', got 'int32'/,
    );
    expect(() => config.setBackend('jax')).toThrow(/one backend/);
    expect(() => config.enableUnsafeDeserialization()).toThrow(/cannot be run here/);
  });
});

describe('dtype policies', () => {
  it('of layers go to configurations as Keras writes them, and come back', () => {
    const layer = new layers.Dense(2, { dtype: 'mixed_bfloat16' });
    expect(layer.dtype).toBe('float32');
    const saved = {
      module: 'keras',
      class_name: 'DTypePolicy',
      config: { name: 'mixed_bfloat16' },
      registered_name: null,
    };
    expect(layer.getConfig().dtype).toEqual(saved);
    const again = layers.Dense.fromConfig(layer.getConfig());
    expect(again.getConfig().dtype).toEqual(saved);
    const policy = new dtypePolicies.DTypePolicy('mixed_float16');
    expect([policy.name, policy.computeDtype, policy.variableDtype, policy.quantizationMode]).toEqual([
      'mixed_float16',
      'float16',
      'float32',
      null,
    ]);
    expect(new layers.Dense(2, { dtype: policy }).dtypePolicy).toBe(policy);
    expect(dtypePolicies.serialize(policy).config).toEqual({ name: 'mixed_float16' });
    expect(dtypePolicies.FloatDTypePolicy).toBe(dtypePolicies.DTypePolicy);
  });

  it('a default for layers that are told none', () => {
    config.setDtypePolicy('mixed_float16');
    expect(new layers.Dense(1).getConfig().dtype).toMatchObject({ config: { name: 'mixed_float16' } });
    expect(new dtypePolicies.DTypePolicy().name).toBe('mixed_float16');
    expect(new layers.Dense(1, { dtype: 'float32' }).getConfig().dtype).toMatchObject({ config: { name: 'float32' } });
    expect(new layers.Dense(1).apply(tensor([[1, 2]])).dtype).toBe('float16');
  });

  it('a map gives policies by path or pattern, and is saved as in Keras', () => {
    const map = new dtypePolicies.DTypePolicyMap('float32', { 'encoder/.*': 'mixed_bfloat16', 'encoder/a': 'float32' });
    expect(['encoder/b', 'encoder/a', 'encoder', 'x'].map((p) => map.get(p).name)).toEqual([
      'mixed_bfloat16',
      'float32',
      'float32',
      'float32',
    ]);
    const saved = dtypePolicies.serialize(map);
    expect(saved).toEqual({
      module: 'keras.dtype_policies',
      class_name: 'DTypePolicyMap',
      config: {
        default_policy: 'float32',
        policy_map: {
          'encoder/.*': {
            module: 'keras',
            class_name: 'DTypePolicy',
            config: { name: 'mixed_bfloat16' },
            registered_name: null,
          },
          'encoder/a': {
            module: 'keras',
            class_name: 'DTypePolicy',
            config: { name: 'float32' },
            registered_name: null,
          },
        },
      },
      registered_name: null,
    });
    expect(dtypePolicies.serialize(dtypePolicies.deserialize(saved))).toEqual(saved);
    const layer = new layers.Dense(1, { dtype: map });
    expect(layer.getConfig().dtype).toEqual(saved);
    expect(dtypePolicies.serialize(layers.Dense.fromConfig(layer.getConfig()).dtypePolicy)).toEqual(saved);
    map.set('.*/b', 'float32');
    expect(() => map.get('encoder/b')).toThrow(/several patterns/);
    expect(() => map.set('encoder/a', 'float32')).toThrow(/already/);
    expect([map.delete('.*/b'), map.size, map.keys()]).toEqual([true, 2, ['encoder/.*', 'encoder/a']]);
    expect(new dtypePolicies.DTypePolicyMap().get('x').name).toBe('float32');
  });

  it('refuses what is no policy, and quantized ones', () => {
    expect(() => dtypePolicies.get('float23')).toThrow(/expected a dtype policy \(float32.*got 'float23'/);
    expect(() => dtypePolicies.get('int8_from_float32')).toThrow(/quantized policies are not there yet/);
    expect(() => dtypePolicies.deserialize({ class_name: 'QuantizedDTypePolicy', config: {} })).toThrow(
      /not there yet/,
    );
    expect(() => new layers.Dense(1, { dtype: 'float64' })).toThrow(/expected a dtype policy/);
    expect(() => new layers.Dense(1, { dtype: 3 })).toThrow(/expected a dtype or dtype policy/);
  });

  it('a model keeps its policies in a file', async () => {
    const { loadModel } = await import('../../src/index.ts');
    const x = Input({ shape: [2] });
    const map = new dtypePolicies.DTypePolicyMap('mixed_float16');
    const hidden = new layers.Dense(3, { dtype: map }).apply(x);
    const model = new Model({ inputs: x, outputs: new layers.Dense(1, { dtype: 'mixed_bfloat16' }).apply(hidden) });
    const again = await loadModel(await model.save());
    expect(again.layers.map((l) => (l.getConfig().dtype as { config: object }).config)).toEqual(
      model.layers.map((l) => (l.getConfig().dtype as { config: object }).config),
    );
    expect((await again.predict(tensor([[1, 2]]), quiet)).arraySync()).toEqual(
      (await model.predict(tensor([[1, 2]]), quiet)).arraySync(),
    );
  });
});
