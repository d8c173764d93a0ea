import { describe, expect, it } from 'vitest';
import {
  Conv1D,
  Conv2D,
  Conv3D,
  Dense,
  DepthwiseConv2D,
  EinsumDense,
  Embedding,
  Input,
  type Layer,
  ReversibleEmbedding,
} from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import { setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const ramp = (shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
    shape,
  );

type Adapted = Dense | EinsumDense | Embedding | Conv1D | Conv2D | Conv3D;

/** What the layers are called on, and the weight that is adapted. */
const LAYERS: readonly (readonly [string, () => Adapted, Tensor, (l: Layer) => Tensor])[] = [
  ['Dense', () => new Dense(3), ramp([2, 4]), (l) => (l as Dense).kernel.value()],
  [
    'EinsumDense',
    () => new EinsumDense('abc,cde->abde', [null, 2, 4], { biasAxes: 'de' }),
    ramp([2, 3, 5]),
    (l) => (l as EinsumDense).kernel.value(),
  ],
  [
    'Embedding',
    () => new Embedding(5, 3),
    tensor([[1, 2, 4]], [1, 3], 'int32'),
    (l) => (l as Embedding).embeddings.value(),
  ],
  ['Conv1D', () => new Conv1D(4, 3), ramp([2, 6, 2]), (l) => (l as Conv1D).kernel.value()],
  ['Conv2D', () => new Conv2D(4, 2, { groups: 2 }), ramp([1, 4, 5, 6]), (l) => (l as Conv2D).kernel.value()],
  ['Conv3D', () => new Conv3D(2, 2), ramp([1, 3, 3, 3, 2]), (l) => (l as Conv3D).kernel.value()],
];

const factors = (layer: Adapted) =>
  layer instanceof Embedding
    ? ([layer.loraEmbeddingsA!, layer.loraEmbeddingsB!] as const)
    : ([layer.loraKernelA!, layer.loraKernelB!] as const);

describe('additions of low rank', () => {
  runLayerTest('Dense', {
    make: () => new Dense(5, { loraRank: 2, activation: 'tanh' }),
    input: [3, 4],
    output: [3, 5],
    weights: { bias: [5], kernel: [4, 5], lora_kernel_a: [4, 2], lora_kernel_b: [2, 5] },
    fixed: 1,
    masks: true,
  });
  runLayerTest('Conv1D', {
    make: () => new Conv1D(4, 3, { groups: 2, loraRank: 1, loraAlpha: 3 }),
    input: [2, 5, 4],
    output: [2, 3, 4],
    weights: { bias: [4], kernel: [3, 2, 4], lora_kernel_a: [3, 2, 1], lora_kernel_b: [1, 4] },
    fixed: 1,
  });

  it.each(LAYERS)('%s: begins as nothing, then is (alpha / rank) a b', (_, make, x, weightOf) => {
    const layer = make();
    const before = layer.apply(x).dataSync();
    expect([layer.loraEnabled, layer.loraRank, layer.loraAlpha]).toEqual([false, null, null]);
    layer.enableLora(2, { loraAlpha: 5 });
    expect([layer.loraEnabled, layer.loraRank, layer.loraAlpha]).toEqual([true, 2, 5]);
    const [a, b] = factors(layer);
    expect(a.read().some((v) => v !== 0)).toBe(true);
    expect(b.read().every((v) => v === 0)).toBe(true);
    expect(layer.apply(x).dataSync()).toEqual(before);
    b.assign(ramp([...b.shape]));
    const after = layer.apply(x).dataSync();
    expect(after).not.toEqual(before);

    const merged = make();
    merged.apply(x);
    const values = layer.getWeights();
    const sum = ops.add(weightOf(layer), ops.multiply(ops.matmul(a, b), 2.5));
    merged.setWeights([sum, ...values.slice(1, merged.weights.length)]);
    expectCloseToScale(after, merged.apply(x).dataSync(), 1e-6, 'outputs');
  });

  it.each(LAYERS)('%s: only the factors and the bias learn, and keep their places', (_, make, x) => {
    const layer = make();
    layer.apply(x);
    const names = layer.weights.map((w) => w.name);
    layer.enableLora(1, { aInitializer: 'ones', bInitializer: 'ones' });
    const [a, b] = factors(layer);
    expect(layer.weights.map((w) => w.name)).toEqual([...names, a.name, b.name]);
    expect(layer.trainableWeights.map((w) => w.name)).toEqual([...names.slice(1), a.name, b.name]);
    expect(layer.nonTrainableWeights.map((w) => w.name)).toEqual(names.slice(0, 1));
    expect([...a.read(), ...b.read()].every((v) => v === 1)).toBe(true);
    expect(a.path).toBe(`${layer.name}/${a.name}`);
    expect(layer.getConfig()).toMatchObject({ lora_rank: 1, lora_alpha: 1 });
  });

  it('loses its alpha where the weights are made by Dense and Embedding, as in Keras', () => {
    const dense = new Dense(2, { loraRank: 2, loraAlpha: 8 });
    expect(dense.loraAlpha).toBe(8);
    dense.ensureBuilt([null, 3]);
    const conv = new Conv1D(2, 1, { loraRank: 2, loraAlpha: 8 });
    conv.ensureBuilt([null, 3, 3]);
    expect([dense.loraAlpha, conv.loraAlpha]).toEqual([2, 8]);
  });

  it('adapts both ways of a ReversibleEmbedding that has one matrix', () => {
    const layer = new ReversibleEmbedding(4, 3);
    const x = ramp([2, 3]);
    const before = layer.apply(x, { reverse: true }).dataSync();
    layer.enableLora(2);
    layer.loraEmbeddingsB!.assign(ramp([2, 3]));
    expect(layer.apply(x, { reverse: true }).dataSync()).not.toEqual(before);
  });

  it('penalises the factors in the place of the kernel', () => {
    const layer = new Dense(1, { kernelInitializer: 'ones', kernelRegularizer: 'l2' });
    layer.apply(tensor([[1, 2]]));
    layer.enableLora(1, { aInitializer: 'ones', bInitializer: 'ones' });
    expect(layer.losses.map((l) => l.item())).toEqual([expect.closeTo(0.02, 6), expect.closeTo(0.01, 6)]);
  });

  it('computes in half precision, from factors in single', () => {
    const layer = new Dense(2, { loraRank: 1, dtype: 'mixed_bfloat16' });
    const y = layer.apply(ramp([2, 3]));
    expect([y.dtype, layer.loraKernelA!.dtype]).toEqual(['bfloat16', 'float32']);
  });

  it('refuses what cannot be', () => {
    const built = new Dense(2, { name: 'd' });
    built.ensureBuilt([null, 3]);
    built.enableLora(1);
    expect(() => built.enableLora(1)).toThrow(/layer 'd' \(Dense\): enableLora was called before/);
    expect(() => new Dense(2, { name: 'd' }).enableLora(1)).toThrow(
      /layer 'd' \(Dense\): enableLora needs the kernel, which is not there yet/,
    );
    const bound = new Conv2D(2, 1, { kernelConstraint: 'non_neg', name: 'c' });
    expect(() => bound.enableLora(1)).toThrow(/layer 'c' \(Conv2D\): a kernel with a constraint .* kernelConstraint/);
    expect(() => new Embedding(2, 2, { embeddingsConstraint: 'non_neg', loraRank: 1 })).toThrow(/embeddingsConstraint/);
    expect(() => new Dense(2, { loraRank: 0 })).toThrow(/loraRank must be a whole number of at least 1/);
    expect(() => new Dense(2, { loraRank: 1, loraAlpha: Number.NaN })).toThrow(/loraAlpha/);
    const fresh = new Dense(2);
    fresh.ensureBuilt([null, 3]);
    expect(() => fresh.enableLora(1.5)).toThrow(/rank must be a whole number/);
    expect(() => fresh.enableLora(1, { aInitializer: 'he_unifrom' as 'zeros' })).toThrow(/he_unifrom/);
    expect(() => new DepthwiseConv2D(2, { loraRank: 1 } as object)).toThrow(/unknown option 'loraRank'/);
  });

  it('leaves inputs and weights in their types without autocast', () => {
    const types = (autocast: boolean) => new Dense(2, { dtype: 'mixed_bfloat16', autocast }).apply(ramp([2, 3])).dtype;
    expect([types(true), types(false)]).toEqual(['bfloat16', 'float32']);
    const symbolic = new Dense(2, { dtype: 'mixed_bfloat16', autocast: false }).apply(Input({ shape: [3] }));
    expect([symbolic.dtype, symbolic.shape]).toEqual(['float32', [null, 2]]);
    expect(() => new Dense(2, { autocast: 1 as never })).toThrow(/Dense: autocast must be true or false, got number 1/);
  });

  it('refuses quantized modes', () => {
    const layer = new Dense(2, { name: 'd' });
    expect(() => layer.quantize('int8')).toThrow(/layer 'd' \(Dense\): quantize\('int8'\): quantized modes are left/);
    const model = new Sequential([layer]);
    expect(() => model.quantize('int4')).toThrow(/quantized modes are left for a later version/);
    expect(() => new Dense(2, { quantizationConfig: {} } as never)).toThrow(
      /Dense: quantizationConfig is not supported: quantized modes are left for a later version; leave it out/,
    );
  });
});

describe('files of models with additions of low rank', () => {
  function model() {
    setRandomSeed(3);
    const x = Input({ shape: [4] });
    const adapted = new Dense(3, { loraRank: 2, name: 'adapted' });
    return new Model({ inputs: x, outputs: new Dense(1, { name: 'last' }).apply(adapted.apply(x)) });
  }

  it('are of models whose programs were compiled before', async () => {
    const x = Input({ shape: [4] });
    const late = new Dense(2, { name: 'late' });
    const m = new Model({ inputs: x, outputs: late.apply(x) });
    const before = (await m.predict(ramp([3, 4]), { verbose: 0 })).dataSync();
    late.enableLora(1, { bInitializer: 'ones' });
    const after = (await m.predict(ramp([3, 4]), { verbose: 0 })).dataSync();
    expect(after).not.toEqual(before);
    expectCloseToScale(after, m.apply(ramp([3, 4])).dataSync(), 1e-6, 'predictions');

    const kernel = late.kernel.read();
    m.compile({ optimizer: 'adam', loss: 'mse' });
    await m.fit(ramp([8, 4]), ramp([8, 2]), { epochs: 2, verbose: 0 });
    expect(late.kernel.read()).toEqual(kernel);
    expect(m.optimizer!.variables.length).toBe(2 + 2 * 3);
  });

  it('hold the sums', async () => {
    const m = model();
    m.compile({ optimizer: 'sgd', loss: 'mse' });
    const adapted = m.getLayer('adapted') as Dense;
    const kernel = adapted.kernel.read();
    await m.fit(ramp([8, 4]), ramp([8, 1]), { epochs: 3, verbose: 0 });
    expect(adapted.kernel.read()).toEqual(kernel);
    expect(adapted.loraKernelB!.read().some((v) => v !== 0)).toBe(true);

    const x = ramp([3, 4]);
    const before = (await m.predict(x, { verbose: 0 })).dataSync();
    const again = await loadModel(await saveModelToBytes(m));
    const loaded = again.getLayer('adapted') as Dense;
    expect(loaded.loraRank).toBe(2);
    expect([...loaded.loraKernelA!.read(), ...loaded.loraKernelB!.read()].every((v) => v === 0)).toBe(true);
    expect(loaded.kernel.read()).not.toEqual(kernel);
    expectCloseToScale((await again.predict(x, { verbose: 0 })).dataSync(), before, 1e-6, 'predictions');
    expect(adapted.kernel.read()).toEqual(kernel);
  });
});
