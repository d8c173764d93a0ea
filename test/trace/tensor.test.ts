import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import {
  asTensor,
  compileFunction,
  HostRandom,
  runTrace,
  SeedGenerator,
  setRandomSeed,
  snakeCase,
  Tensor,
  tensor,
  threefry,
  Variable,
} from '../../src/trace/index.ts';

const add = (a: Tensor, b: Tensor) => new Tensor(node('add', [a.node, b.node], {}));

describe('tensor', () => {
  it('reads nested arrays, typed arrays and numbers', async () => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).shape,
    ).toEqual([2, 3]);
    expect(tensor(3).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([true, false]).dtype).toBe('bool');
    expect(await tensor([true, false]).array()).toEqual([true, false]);
    expect([...(await tensor([true, false]).data())]).toEqual([1, 0]);
    expect(tensor(new Float64Array([0.1])).dtype).toBe('float32');
    expect(tensor(new Int16Array([-3])).dtype).toBe('int32');
    expect(tensor(new Uint8ClampedArray(4), [2, 2]).dtype).toBe('uint8');
    expect(tensor([1.7, -2.9, Infinity], undefined, 'int32').arraySync()).toEqual([1, -2, 2 ** 31 - 1]);
    expect(tensor(new BigInt64Array([5n])).arraySync()).toEqual([5]);
  });

  it.each([
    ['ragged rows', () => tensor([[1, 2], [3]]), /rows must all be alike.*value\[1\]/],
    ['deeper row', () => tensor([1, [2]] as never), /value\[1\]/],
    ['text', () => tensor(['a'] as never), /expected numbers/],
    ['size', () => tensor(new Float32Array(5), [2, 3]), /\(2, 3\) needs 6 values, but the data has 5/],
    ['dtype', () => tensor([1], undefined, 'float64' as never), /unknown dtype 'float64'.*Did you mean 'float32'/],
    ['int range', () => tensor(new Uint32Array([4294967295])), /does not fit int32/],
    ['object', () => tensor({} as never), /expected numbers/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('computes lazily, once', () => {
    const sum = add(tensor([1, 2]), tensor([3, 4]));
    expect(sum.node.op).toBe('add');
    expect([...sum.dataSync()]).toEqual([4, 6]);
    expect(sum.node.op).toBe('literal');
    expect(asTensor(2, 'int32').arraySync()).toBe(2);
  });
});

describe('Variable', () => {
  it('is assigned at once outside of a trace; earlier values stay', () => {
    const v = new Variable([1, 2], { name: 'v' });
    const before = v.value();
    v.assign([3, 4]);
    v.assignAdd([1, 1]);
    v.assignSub([0, 2]);
    expect([...v.read()]).toEqual([4, 3]);
    expect(before.arraySync()).toEqual([1, 2]);
    expect(() => v.assign([1, 2, 3])).toThrow(/v: assign expected a value of shape \(2,\), got \(3,\)/);
  });

  it('is updated in place by compiled functions, all at once', () => {
    const a = new Variable([1, 2]);
    const b = new Variable([10, 20]);
    const f = compileFunction(
      (x) => {
        const old = a.value();
        a.assign(add(b.value(), x));
        b.assign(old);
        return [a.value()];
      },
      [{ shape: [2], dtype: 'float32' }],
    );
    f.input(0).set([100, 200]);
    f.run();
    expect([...f.output(0)]).toEqual([110, 220]);
    expect([...a.read()]).toEqual([110, 220]);
    expect([...b.read()]).toEqual([1, 2]);
    f.run();
    expect([...a.read()]).toEqual([101, 202]);
    a.write(new Float32Array([7, 7]));
    f.run();
    expect([...b.read()]).toEqual([7, 7]);
  });

  it('keeps symbolic values inside of their trace', () => {
    const leaked = runTrace(() => new Variable([1]).value()).result;
    expect(() => leaked.dataSync()).toThrow(/while the model is being traced/);
    let kept: Tensor | undefined;
    compileFunction(
      (x) => {
        kept = x;
        return [x];
      },
      [{ shape: [1], dtype: 'float32' }],
    );
    expect(() => compileFunction(() => [kept!], [])).toThrow(/tensor of another trace/);
  });
});

describe('randomness', () => {
  it('is Threefry-2x32 with 13 rounds (known answers of the Random123 library)', () => {
    expect(threefry(0, 0, 0, 0)).toEqual([0x9d1c5ec6, 0x8bd50731]);
    expect(threefry(-1, -1, -1, -1)).toEqual([0xfd36d048, 0x2d17272c]);
    expect(threefry(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xba3e4725, 0xf27d669e]);
  });

  it('gives the same stream for the same seed', () => {
    const take = (seed: number) => Array.from({ length: 5 }, (_, __, r = new HostRandom(seed)) => r.uint32());
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
    setRandomSeed(3);
    const a = new SeedGenerator().seed;
    setRandomSeed(3);
    expect(new SeedGenerator().seed).toBe(a);
    expect(() => new HostRandom(-1)).toThrow(/seed/);
  });

  it('permutes without loss, and spreads evenly', () => {
    const random = new HostRandom(7);
    for (const n of [0, 1, 15, 16, 17, 33])
      expect([...random.permutation(n)].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) counts[random.below(3)]!++;
    for (const c of counts) expect(c).toBeGreaterThan(880);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < 4000; i++) {
      const x = random.normal();
      sum += x;
      squares += x * x;
    }
    expect(Math.abs(sum / 4000)).toBeLessThan(0.06);
    expect(Math.abs(squares / 4000 - 1)).toBeLessThan(0.1);
  });

  it('moves the state of a SeedGenerator on by one each run', () => {
    const seeds = new SeedGenerator(5);
    const f = compileFunction(() => [seeds.next(), seeds.next()], []);
    f.run();
    expect([[...f.output(0)], [...f.output(1)]]).toEqual([
      [5, 0],
      [5, 1],
    ]);
    f.run();
    expect([...f.output(0)]).toEqual([5, 2]);
    expect(seeds.next().arraySync()).toEqual([5, 4]);
    expect(seeds.next().arraySync()).toEqual([5, 5]);
  });
});

it('names as Keras does', () => {
  expect(
    ['BatchNormalization', 'Conv2D', 'LSTM', 'SimpleRNN', 'MaxPooling2D', 'GRU', 'ReLU', 'PReLU'].map(snakeCase),
  ).toEqual(['batch_normalization', 'conv2d', 'lstm', 'simple_rnn', 'max_pooling2d', 'gru', 're_lu', 'p_re_lu']);
});
