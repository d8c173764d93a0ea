import { describe, expect, it } from 'vitest';
import * as constraints from '../../src/constraints/index.ts';
import * as initializers from '../../src/initializers/index.ts';
import * as regularizers from '../../src/regularizers/index.ts';
import { SeedGenerator, setRandomSeed, Tensor, tensor } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectClose, values } from '../ops/helpers.ts';

interface InitializerCase {
  kind: 'exact' | 'random' | 'orthogonal';
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  shape: number[];
  value?: GoldenTensor;
  count?: number;
  mean?: number;
  std?: number;
  min?: number;
  max?: number;
}

const object = (class_name: string, config: Record<string, unknown>) => ({
  module: null,
  class_name,
  config,
  registered_name: null,
});

describe.each(golden<InitializerCase>('initializers').cases)('$name $config', (c) => {
  // Keras's Identity leaves the gain out of its configuration: it is read from the value.
  const config = c.class_name === 'Identity' ? { gain: numbers(c.value!)[0] } : c.config;
  const make = () => initializers.deserialize(object(c.class_name, config));
  const data = Float32Array.from(make().call(c.shape, 'float32'));

  it('keeps its configuration', () => {
    expect(make().getConfig()).toEqual(c.class_name === 'Identity' && config.gain === 1 ? {} : config);
  });
  it('gives the same values twice', () => expect(Float32Array.from(make().call(c.shape))).toEqual(data));

  if (c.kind === 'exact') it('has the values that Keras has', () => expectClose(data, numbers(c.value!), 1e-5, 1e-6));

  if (c.kind === 'random')
    it('has the distribution that Keras has', () => {
      const n = data.length;
      expect(n).toBe(c.count);
      const mean = data.reduce((a, b) => a + b, 0) / n;
      const std = Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
      // Two samples of n numbers: five standard errors of their difference.
      const error = (c.std! / Math.sqrt(n)) * Math.SQRT2;
      expect(Math.abs(mean - c.mean!)).toBeLessThan(5 * error);
      expect(Math.abs(std - c.std!)).toBeLessThan(5 * error);
      // Bounded distributions end where Keras's do; the ends of normal samples vary more.
      const untruncated = c.class_name === 'RandomNormal' || c.config.distribution === 'untruncated_normal';
      const slack = (c.max! - c.min!) * (untruncated ? 0.2 : 0.01);
      expect(Math.abs(Math.min(...data) - c.min!)).toBeLessThan(slack);
      expect(Math.abs(Math.max(...data) - c.max!)).toBeLessThan(slack);
    });

  if (c.kind === 'orthogonal')
    it('has orthogonal rows or columns', () => {
      const columns = c.shape.at(-1)!;
      const rows = data.length / columns;
      const gain = c.config.gain as number;
      const short = Math.min(rows, columns);
      const at = (v: number, i: number) => (rows < columns ? data[v * columns + i]! : data[i * columns + v]!);
      for (let a = 0; a < short; a++)
        for (let b = 0; b < short; b++) {
          let dot = 0;
          for (let i = 0; i < Math.max(rows, columns); i++) dot += at(a, i) * at(b, i);
          expect(dot).toBeCloseTo(a === b ? gain * gain : 0, 5);
        }
    });
});

describe('initializers', () => {
  it('unseeded ones follow the global seed', () => {
    const draw = () => initializers.get('glorot_uniform').call([3, 4], 'float32');
    setRandomSeed(5);
    const first = draw();
    expect(draw()).not.toEqual(first);
    setRandomSeed(5);
    expect(draw()).toEqual(first);
    expect(new initializers.HeNormal().getConfig()).toEqual({ seed: null, input_axes: null, output_axes: null });
  });

  it('are found by every kind of identifier', () => {
    expect(initializers.get('GlorotUniform')).toBeInstanceOf(initializers.GlorotUniform);
    expect(initializers.get(null)).toBeNull();
    expect(initializers.get((shape) => new Float32Array(shape[0]!).fill(7)).call([2])).toEqual(Float32Array.of(7, 7));
    expect(initializers.serialize(new initializers.Zeros())).toEqual({
      module: 'keras.initializers',
      class_name: 'Zeros',
      config: {},
      registered_name: null,
    });
    expect(() => initializers.get('glorot' as 'zeros')).toThrow(/unknown initializer 'glorot'/);
    expect(() => initializers.get('toString' as 'zeros')).toThrow(/unknown initializer/);
    expect(() => new initializers.Orthogonal().call([3])).toThrow(/at least two axes/);
    expect(() => new initializers.VarianceScaling({ mode: 'fan' as 'fan_in' })).toThrow(/mode must be one of fan_in/);
    expect(() => new initializers.HeNormal({ seed: -1 })).toThrow(/seed must be a whole number/);
  });

  it('go on where the seed is a generator, also from a file', () => {
    const fixed = new initializers.HeNormal({ seed: 7 }).call([2, 3]);
    const going = new initializers.HeNormal({ seed: new SeedGenerator(7) });
    const saved = JSON.parse(JSON.stringify(initializers.serialize(going)));
    expect(saved.config.seed).toMatchObject({
      module: 'keras.random',
      class_name: 'SeedGenerator',
      config: { seed: 7 },
    });
    const again = initializers.deserialize(saved);
    for (const initializer of [going, again]) {
      expect(initializer.call([2, 3])).toEqual(fixed);
      expect(initializer.call([2, 3])).not.toEqual(fixed);
    }
    expect(() => new initializers.HeNormal({ seed: {} as never })).toThrow(/a SeedGenerator or null, got an object/);
  });

  it('constants take arrays that repeat to the shape', () => {
    expect(new initializers.Constant([1, 2]).call([2, 2])).toEqual(Float32Array.of(1, 2, 1, 2));
    expect(new initializers.Constant({ value: tensor([[1], [2]]) }).call([2, 2])).toEqual(Float32Array.of(1, 1, 2, 2));
    expect(new initializers.Constant(new Float32Array(2).fill(3)).call([2], 'int32')).toEqual(Int32Array.of(3, 3));
    const numpy = { class_name: '__numpy__', config: { value: [0.5, 1], dtype: 'float64' } };
    const ofFile = initializers.deserialize(object('Constant', { value: numpy }));
    expect(ofFile.call([2])).toEqual(Float32Array.of(0.5, 1));
    expect(initializers.deserialize(object('Constant', { value: [3, 4] })).call([2])).toEqual(Float32Array.of(3, 4));
    expect(() => new initializers.Constant([1, 2]).call([2, 3])).toThrow(
      /\(2,\) does not repeat to a weight of \(2, 3\)/,
    );
    expect(() => new initializers.Constant('1' as never)).toThrow(/expected options/);
  });
});

interface RegularizerCase {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  input: GoldenTensor;
  value: GoldenTensor;
  gradient: GoldenTensor;
}

describe.each(golden<RegularizerCase>('regularizers').cases)('$name', (c) => {
  it('has the value, the gradient and the configuration that Keras has', () => {
    const regularizer = regularizers.deserialize(object(c.class_name, c.config));
    expect(regularizer.getConfig()).toEqual(c.config);
    const x = fromGolden(c.input);
    const y = regularizer.call(x);
    expect(y.shape).toEqual([]);
    const slope = new Tensor(gradient(y.node, [x.node])[0]!);
    expectClose(values(y), numbers(c.value));
    expectClose(values(slope), numbers(c.gradient));
  });
});

interface ConstraintCase {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  input: GoldenTensor;
  output: GoldenTensor;
}

describe.each(golden<ConstraintCase>('constraints').cases)('$name', (c) => {
  it('has the value and the configuration that Keras has', () => {
    const constraint = constraints.deserialize(object(c.class_name, c.config));
    expect(constraint.getConfig()).toEqual(c.config);
    const expected = c.output ?? (c as unknown as { value: GoldenTensor }).value;
    expectClose(values(constraint.call(fromGolden(c.input))), numbers(expected));
  });
});

describe('regularizers and constraints', () => {
  it('are found by every kind of identifier', () => {
    expect(regularizers.get('l2')).toBeInstanceOf(regularizers.L2);
    expect(regularizers.get(regularizers.l1(0.5))).toMatchObject({ l1: 0.5 });
    expect(regularizers.serialize(null)).toBeNull();
    expect(() => regularizers.get('l3' as 'l2')).toThrow(/unknown regularizer 'l3'/);
    expect(() => new regularizers.L2(-1)).toThrow(/L2: l2 must be a number of at least 0, got number -1/);
    expect(constraints.get('max_norm')).toBeInstanceOf(constraints.MaxNorm);
    expect(() => constraints.get('norm' as 'max_norm')).toThrow(/unknown constraint/);
    expect(() => constraints.serialize({ call: (x) => x })).toThrow(/cannot be saved/);
  });
});
