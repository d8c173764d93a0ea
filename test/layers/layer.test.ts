import { describe, expect, it } from 'vitest';
import {
  Dense,
  Dropout,
  type DynamicShape,
  Input,
  Layer,
  LayerNormalization,
  type SymbolicTensor,
} from '../../src/layers/index.ts';
import { Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { normal } from '../../src/random/index.ts';
import { SeedGenerator, type Tensor, tensor, Variable } from '../../src/trace/index.ts';

/** Its call is never made: what it gives is said by `shapes` alone. */
class Said extends Layer {
  readonly shapes: (s: readonly (number | null)[]) => unknown;
  constructor(shapes: Said['shapes']) {
    super();
    this.shapes = shapes;
  }
  override call(): Tensor {
    throw new Error('never');
  }
  override computeOutputShape(shape: readonly (number | null)[]) {
    return this.shapes(shape) as never;
  }
}

describe('outputs of several shapes', () => {
  const x = () => Input({ batchShape: [2, 3] });
  const shapesOf = (y: unknown): unknown =>
    JSON.parse(JSON.stringify(y, (_, v) => (v?.constructor?.name === 'SymbolicTensor' ? v.shape : v)));

  it.each([
    ['one', (s: unknown) => s, [2, 3]],
    [
      'a list',
      (s: unknown) => [s, s],
      [
        [2, 3],
        [2, 3],
      ],
    ],
    [
      'a list in a list',
      (s: unknown) => [s, [s, s]],
      [
        [2, 3],
        [
          [2, 3],
          [2, 3],
        ],
      ],
    ],
    ['a record', (s: unknown) => ({ a: s, b: { c: s } }), { a: [2, 3], b: { c: [2, 3] } }],
  ])('%s', (_, shapes, expected) => {
    expect(shapesOf(new Said(shapes).apply(x()) as SymbolicTensor)).toEqual(expected);
  });
});

describe('weights', () => {
  class Scale extends Layer {
    readonly factor: Variable;
    constructor(name?: string) {
      super({ name });
      this.factor = this.addWeight({ name: 'factor', initializer: 'ones' });
    }
    override call(x: Tensor): Tensor {
      return ops.multiply(x, this.factor);
    }
  }

  it('made in the constructor have the path of their layer', () => {
    class Two extends Layer {
      readonly first = new Scale('first');
      readonly second = new Scale('second');
      override build(): void {
        this.addWeight({ name: 'own' });
      }
    }
    const layer = new Two({ name: 'two' });
    layer.ensureBuilt([1]);
    expect(layer.weights.map((w) => w.path)).toEqual(['two/own', 'first/factor', 'second/factor']);
  });

  it('are those of variables and layers in lists, records, maps and sets', () => {
    class Held extends Layer {
      readonly fixed = new Variable(tensor([1]), { name: 'fixed', trainable: false });
      readonly some = [new Variable(tensor([1, 2]), { name: 'listed' })];
      readonly layers = new Set([new Dense(3)]);
      readonly named = new Map([['a', { b: [new Dense(4)] }]]);

      override build(inputShape: DynamicShape): void {
        for (const layer of [...this.layers, this.named.get('a')!.b[0]!]) layer.build(inputShape);
      }
    }
    const layer = new Held();
    layer.build([null, 2]);
    expect(layer.weights.map((v) => v.shape)).toEqual([[2], [1], [2, 3], [3], [2, 4], [4]]);
    expect(layer.trainableWeights.length).toBe(5);
    layer.some.pop();
    expect(layer.weights.length).toBe(5);
  });

  it('added by enableLora have it once', () => {
    const layer = new Dense(2, { name: 'd' });
    layer.ensureBuilt([null, 3]);
    layer.enableLora(1);
    expect(layer.weights.map((w) => w.path)).toEqual(['d/kernel', 'd/bias', 'd/lora_kernel_a', 'd/lora_kernel_b']);
  });

  it('are refused in call, and with options that there are not', () => {
    class Late extends Layer {
      override call(x: Tensor): Tensor {
        this.addWeight({ name: 'w' });
        return x;
      }
    }
    const layer = new Late({ name: 'l' });
    expect(() => layer.apply(ops.ones([2]))).toThrow(/layer 'l' \(Late\): addWeight was called in `call`/);
    expect(layer.weights).toEqual([]);
    class Odd extends Layer {
      make(options?: object): Variable {
        return this.addWeight(options as { name: string });
      }
    }
    expect(() => new Odd().make({ shpae: [2] })).toThrow(/unknown option 'shpae'. Did you mean 'shape'/);
    expect(() => new Odd().make('matrix' as never)).toThrow(/expected options as an object, like { name: ... }/);
    expect([new Odd().make().shape, new Odd().make().dtype]).toEqual([[], 'float32']);
  });

  it('are variables, as are the states of random numbers', () => {
    class Noisy extends Layer {
      readonly inner = new Dropout(0.5);
      readonly sources = [new SeedGenerator(1), new SeedGenerator(10)];
      factor!: Variable;
      override build(): void {
        this.factor = this.addWeight({ name: 'factor', initializer: 'ones' });
        this.addWeight({ name: 'fixed', initializer: 'ones', trainable: false });
      }
      override call(x: Tensor): Tensor {
        const noise = this.sources.map((seed) => normal(x.shape, { seed }));
        return noise.reduce((y, z) => ops.multiply(y, z), ops.multiply(x, this.factor));
      }
    }
    const layer = new Noisy();
    layer.apply(ops.ones([3, 4]));
    expect(layer.variables.map((v) => v.name)).toEqual([
      'factor',
      'fixed',
      ...new Array<string>(3).fill('seed_generator_state'),
    ]);
    expect(layer.sources.map((s) => [...s.state.read()])).toEqual([
      [1, 1],
      [10, 1],
    ]);
    expect(layer.weights.length).toBe(2);
    const counts = () => [layer.trainableVariables.length, layer.nonTrainableVariables.length];
    expect(counts()).toEqual([1, 4]);
    layer.trainable = false;
    expect(counts()).toEqual([0, 5]);
    expect(layer.factor.trainable).toBe(true);
  });
});

describe('losses of calls', () => {
  class Sum extends Layer {
    override call(x: Tensor): Tensor {
      this.addLoss(ops.sum(x));
      return x;
    }
  }
  const losses = (layer: Layer) => layer.losses.map((l) => l.item());

  it('are those of the last call, of all layers inside', () => {
    const layer = new Sum({ activityRegularizer: 'l2' });
    const inner = new Sequential([layer]);
    const model = new Sequential([inner]);
    for (const l of [layer, layer, inner, model, model]) {
      l.apply(ops.ones([2]));
      expect(losses(l)).toEqual([2, expect.closeTo(0.01, 7)]);
    }
    class Twice extends Layer {
      readonly inner = layer;
      override call(x: Tensor): Tensor {
        return this.inner.apply(this.inner.apply(x));
      }
    }
    const twice = new Twice();
    for (let i = 0; i < 2; i++) twice.apply(ops.ones([1]));
    expect(losses(twice).length).toBe(4);
  });

  it('are 0 of a batch of nothing', () => {
    const layer = new Sum({ activityRegularizer: 'l2' });
    layer.apply(ops.ones([0, 5]));
    expect(losses(layer)).toEqual([0, 0]);
  });
});

describe('training', () => {
  class Inside extends Layer {
    readonly drop = new Dropout(0.9);
    override call(x: Tensor): Tensor {
      return this.drop.apply(x);
    }
  }
  class Always extends Layer {
    readonly drop = new Dropout(0.9);
    override call(x: Tensor): Tensor {
      return this.drop.apply(x, { training: true });
    }
  }
  const least = (layer: Layer, training?: boolean) =>
    Math.min(...layer.apply(ops.ones([8, 8]), { training }).dataSync());

  it('holds for the layers inside, unless they are told otherwise, and not beyond the call', () => {
    const outer = new Sequential([new Inside()]);
    expect([least(outer), least(outer, true), least(outer)]).toEqual([1, 0, 1]);
    expect(least(new Always(), false)).toBe(0);
    class Bad extends Layer {
      override call(): Tensor {
        throw new Error('oops');
      }
    }
    expect(() => new Bad().apply(ops.ones([1]), { training: true })).toThrow('oops');
    expect(least(new Inside())).toBe(1);
  });
});

it('apply refuses options that a layer of Keras does not take', () => {
  const x = ops.ones([2, 3]);
  const layer = new Dense(2, { name: 'd' });
  expect(() => layer.apply(x, { trainig: true })).toThrow(
    /layer 'd' \(Dense\): apply: unknown option 'trainig'. Did you mean 'training'/,
  );
  expect(() => layer.apply(Input({ shape: [3] }), { reverse: true })).toThrow(/unknown option 'reverse'/);
  for (const odd of [true, null, [1]])
    expect(() => layer.apply(x, odd as never)).toThrow(/apply: expected options as an object, like { training: ... }/);
  expect(layer.apply(x, { training: true, mask: undefined, initialState: null }).shape).toEqual([2, 2]);
  class Own extends Layer {
    override call(y: Tensor, { times }: { times?: number }): Tensor {
      return ops.multiply(y, times ?? 1);
    }
  }
  expect(new Own().apply(x, { times: 3 }).dataSync()[0]).toBe(3);
});

it('LayerNormalization refuses an axis named twice', () => {
  expect(() => new LayerNormalization({ axis: [-1, 1], name: 'n' }).apply(ops.ones([2, 4]))).toThrow(
    /layer 'n' \(LayerNormalization\): axis must name different axes, got \[-1,1\] for an input of shape \(2, 4\)/,
  );
});
