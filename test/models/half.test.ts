import { afterEach, describe, expect, it } from 'vitest';
import { roundToHalf } from '../../src/graph/half.ts';
import {
  config,
  Input,
  initializers,
  Layer,
  layers,
  loadModel,
  Model,
  ops,
  optimizers,
  Sequential,
  setRandomSeed,
  type Tensor,
  tensor,
  Variable,
} from '../../src/index.ts';
import { gradient } from '../../src/trace/index.ts';

const quiet = { verbose: 0 } as const;

afterEach(() => {
  config.setFloatx('float32');
  config.setDtypePolicy('float32');
});

/** Two classes by the sign of a product. */
function data(n: number): { x: Tensor; y: Tensor } {
  setRandomSeed(5);
  const values = new initializers.RandomNormal({ stddev: 1, seed: 5 }).call([n, 2], 'float32');
  const labels = Int32Array.from({ length: n }, (_, i) => (values[2 * i]! * values[2 * i + 1]! > 0 ? 1 : 0));
  return { x: tensor(values, [n, 2]), y: tensor(labels, [n]) };
}

const network = () =>
  new Sequential([
    new layers.Dense(32, { activation: 'relu' }),
    new layers.LayerNormalization(),
    new layers.Dense(32, { activation: 'gelu' }),
    new layers.Dense(2, { activation: 'softmax', dtype: 'float32' }),
  ]);

// First: a policy that was set once stays the default.
describe('floatx', () => {
  it('is the type of what is told none', () => {
    config.setFloatx('bfloat16');
    expect(config.floatx()).toBe('bfloat16');
    expect([tensor([1]).dtype, ops.zeros([2]).dtype, new Variable(1).dtype, Input({ shape: [2] }).dtype]).toEqual(
      Array(4).fill('bfloat16'),
    );
    const made = [ops.eye(2), ops.identity(2), ops.tri(2), ops.empty([2]), ops.hanning(3), ops.kaiser(3, 1)];
    expect(made.map((t) => t.dtype)).toEqual(Array(6).fill('bfloat16'));
    const layer = new layers.Dense(2);
    expect([layer.apply(tensor([[1, 2]])).dtype, layer.kernel.dtype]).toEqual(['bfloat16', 'bfloat16']);
    expect(tensor(new Float32Array(1)).dtype).toBe('float32');
  });
});

describe.each(['mixed_bfloat16', 'mixed_float16', 'bfloat16'] as const)('under %s', (policy) => {
  it('a model learns', async () => {
    config.setDtypePolicy(policy);
    const { x, y } = data(512);
    setRandomSeed(1);
    const model = network();
    model.compile({
      optimizer: new optimizers.Adam({ learningRate: 0.01 }),
      loss: 'sparse_categorical_crossentropy',
      metrics: ['accuracy'],
    });
    const { history } = await model.fit(x, y, { epochs: 25, batchSize: 64, ...quiet });
    expect(history.accuracy!.at(-1)!).toBeGreaterThan(0.9);
    expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]! / 2);
    expect(model.weights[0]!.dtype).toBe(policy === 'bfloat16' ? 'bfloat16' : 'float32');
    expect((await model.predict(x, quiet)).dtype).toBe('float32');
  }, 60_000);
});

describe('mixed policies', () => {
  it('compute in 16 bits and keep weights in 32', async () => {
    const layer = new layers.Dense(3, { dtype: 'mixed_bfloat16' });
    const y = layer.apply(tensor([[1, 2]]));
    expect([y.dtype, layer.dtype, layer.computeDtype, layer.kernel.dtype]).toEqual([
      'bfloat16',
      'float32',
      'bfloat16',
      'float32',
    ]);
    const values = await y.data();
    expect(values).toBeInstanceOf(Float32Array);
    expect([...values]).toEqual([...values].map((v) => roundToHalf('bfloat16', v)));
    const x = Input({ shape: [2] });
    const symbolic = layer.apply(x);
    expect([x.dtype, symbolic.dtype]).toEqual(['float32', 'bfloat16']);
    const model = new Model({ inputs: x, outputs: symbolic });
    const predicted = await model.predict(tensor([[1, 2]]), quiet);
    expect(predicted.dtype).toBe('bfloat16');
    expect(predicted.dataSync()).toEqual(values);
  });

  it('give float32 gradients of float32 weights', () => {
    const layer = new layers.Dense(3, { dtype: 'mixed_float16' });
    const y = layer.apply(tensor([[1, 2]]));
    const gradients = gradient(ops.sum(ops.cast(y, 'float32')), layer.trainableWeights);
    expect(gradients.map((g) => g.dtype)).toEqual(['float32', 'float32']);
    expect(gradients[1]!.arraySync()).toEqual([1, 1, 1]);
  });

  it('of a layer of one’s own: inputs, options and weights are cast, others are not', () => {
    const seen: string[] = [];
    class Own extends Layer {
      static override className = 'Own';
      factor!: Variable;
      count!: Variable;
      exact!: Variable;
      override build() {
        this.factor = this.addWeight({ name: 'factor', initializer: 'ones' });
        this.exact = this.addWeight({ name: 'exact', initializer: 'ones', autocast: false });
        this.count = this.addWeight({ name: 'count', dtype: 'int32', initializer: 'zeros' });
      }
      override call(x: Tensor, { extra }: { extra?: Tensor }) {
        const y = ops.multiply(x, this.factor);
        seen.push(x.dtype, extra!.dtype, y.dtype, ops.add(0, this.exact).dtype, this.count.value().dtype);
        return y;
      }
    }
    const layer = new Own({ dtype: 'mixed_float16' });
    expect(layer.apply(tensor([1, 2]), { extra: tensor([3]) }).dtype).toBe('float16');
    expect(seen).toEqual(['float16', 'float16', 'float16', 'float32', 'int32']);
    expect(layer.factor.value().dtype).toBe('float32');
  });

  it('scale the loss of float16, unless told not to', async () => {
    config.setDtypePolicy('mixed_float16');
    const make = () => new Sequential([Input({ shape: [2] }), new layers.Dense(1)]);
    const [scaled, plain] = [make(), make()];
    scaled.compile({ optimizer: 'sgd', loss: 'mse' });
    plain.compile({ optimizer: 'sgd', loss: 'mse', autoScaleLoss: false });
    expect(scaled.optimizer).toBeInstanceOf(optimizers.LossScaleOptimizer);
    expect(plain.optimizer).toBeInstanceOf(optimizers.SGD);
    const own = new optimizers.LossScaleOptimizer(new optimizers.SGD());
    scaled.compile({ optimizer: own, loss: 'mse' });
    expect(scaled.optimizer).toBe(own);
    config.setDtypePolicy('mixed_bfloat16');
    const other = make();
    other.compile({ optimizer: 'sgd', loss: 'mse' });
    expect(other.optimizer).toBeInstanceOf(optimizers.SGD);
    // Tiny gradients come through.
    const small = make();
    config.setDtypePolicy('mixed_float16');
    const tiny = make();
    for (const m of [small, tiny]) {
      m.compile({ optimizer: new optimizers.SGD({ learningRate: 1 }), loss: 'mse', lossWeights: 1e-6 });
      m.setWeights([tensor([[0], [0]]), tensor([0])]);
      await m.fit(tensor([[1, 0.5]]), tensor([[0.01]]), { epochs: 1, ...quiet });
      expect(m.weights[0]!.value().arraySync()).not.toEqual([[0], [0]]);
    }
  });
});

describe('tensors of 16 bits', () => {
  it('are made, cast and read', async () => {
    const x = tensor([1, 0.1, 70000, -1e-8], undefined, 'float16');
    expect([x.dtype, ...(await x.data())]).toEqual([
      'float16',
      1,
      roundToHalf('float16', 0.1),
      Number.POSITIVE_INFINITY,
      -0,
    ]);
    const y = ops.cast(x, 'bfloat16');
    expect([y.dtype, y.arraySync()]).toEqual([
      'bfloat16',
      [1, roundToHalf('bfloat16', roundToHalf('float16', 0.1)), Number.POSITIVE_INFINITY, -0],
    ]);
    expect(ops.cast(tensor([1.5, -2.5]), 'bfloat16').arraySync()).toEqual([1.5, -2.5]);
    expect(String(tensor([1], undefined, 'bfloat16'))).toBe('Tensor(shape=[1], dtype=bfloat16, [1])');
  });

  it.each([
    ['bfloat16', 'float32', 'float32'],
    ['bfloat16', 'int32', 'bfloat16'],
    ['bfloat16', 'bool', 'bfloat16'],
    ['bfloat16', 'float16', 'float32'],
    ['float16', 'uint8', 'float16'],
    ['float16', 'float16', 'float16'],
  ] as const)('%s with %s gives %s', (a, b, expected) => {
    const [x, y] = [tensor([1, 2], undefined, a), tensor([1, 1], undefined, b)];
    expect([ops.add(x, y).dtype, ops.multiply(y, x).dtype, ops.divide(x, y).dtype]).toEqual([
      expected,
      expected,
      expected,
    ]);
  });

  it('with plain numbers stay what they are', () => {
    const x = tensor([1, 2], undefined, 'bfloat16');
    const all = [ops.add(x, 1), ops.multiply(0.5, x), ops.divide(1, x), ops.maximum(x, 0), ops.power(x, 2), ops.exp(x)];
    expect(all.map((t) => t.dtype)).toEqual(all.map(() => 'bfloat16'));
    expect([ops.mean(x), ops.sum(x), ops.softmax(x), ops.matmul(x, x)].map((t) => t.dtype)).toEqual(
      Array(4).fill('bfloat16'),
    );
    expect([ops.equal(x, 1).dtype, ops.argmax(x).dtype]).toEqual(['bool', 'int32']);
  });

  it('sum in float32: a mean of many does not overflow or stand still', () => {
    expect(ops.mean(ops.full([4096], 1000, 'float16')).item()).toBe(1000);
    expect(ops.sum(ops.ones([1000], 'bfloat16')).item()).toBe(1000);
  });

  it('are what variables can be', () => {
    const v = new Variable([1, 0.1], { dtype: 'bfloat16' });
    expect(v.read()).toEqual(Float32Array.of(1, roundToHalf('bfloat16', 0.1)));
    v.assignAdd([0.001, 1]);
    expect([...v.read()]).toEqual([1, roundToHalf('bfloat16', 1 + roundToHalf('bfloat16', 0.1))]);
    v.block();
    v.write(new Float32Array([1.2345, 2]));
    expect([...v.read()]).toEqual([roundToHalf('bfloat16', 1.2345), 2]);
  });

  it('cannot be mixed up with what there is not', () => {
    expect(() => tensor([1], undefined, 'float64' as never)).toThrow(/unknown dtype 'float64'/);
    expect(() => ops.cast([1], 'half' as never)).toThrow(/unknown dtype 'half'/);
    expect(() => ops.bitwiseAnd(tensor([1], undefined, 'bfloat16'), 1)).toThrow(
      /expected integers or booleans, got bfloat16/,
    );
    expect(() => gradient(ops.sum(tensor([1], undefined, 'int32')), [])).toThrow(/must be floating, got int32/);
  });
});

describe('files', () => {
  it.each(['mixed_bfloat16', 'bfloat16', 'float16'] as const)('keep a model of %s', async (policy) => {
    const model = new Sequential([
      Input({ shape: [3] }),
      new layers.Dense(4, { dtype: policy, activation: 'tanh' }),
      new layers.BatchNormalization({ dtype: policy }),
      new layers.Dense(2, { dtype: policy }),
    ]);
    const x = tensor([
      [1, -0.5, 2],
      [0.25, 3, -1],
    ]);
    const again = await loadModel(await model.save());
    expect(again.weights.map((v) => v.dtype)).toEqual(model.weights.map((v) => v.dtype));
    expect(again.weights.map((v) => v.read())).toEqual(model.weights.map((v) => v.read()));
    const [y, z] = [await model.predict(x, quiet), await again.predict(x, quiet)];
    expect([z.dtype, z.arraySync()]).toEqual([y.dtype, y.arraySync()]);
  });
});
