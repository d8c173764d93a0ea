import { describe, expect, it } from 'vitest';
import {
  BatchNormalization,
  Bidirectional,
  type CellCallOptions,
  Conv2D,
  ConvLSTM1D,
  ConvLSTM2D,
  Dense,
  type DynamicShape,
  deserializeLayer,
  GRU,
  GRUCell,
  Input,
  Layer,
  LSTM,
  LSTMCell,
  Masking,
  RNN,
  registerLayer,
  SimpleRNN,
  SimpleRNNCell,
  StackedRNNCells,
  type SymbolicTensor,
  serializeLayer,
  TimeDistributed,
  Wrapper,
} from '../../src/layers/index.ts';
import { maskOf, withMask } from '../../src/layers/mask.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { setRandomSeed, type Tensor, tensor, type Variable } from '../../src/trace/index.ts';
import { runLayerTest } from '../support/run-layer-test.ts';

const lists = (x: Tensor | Tensor[]) => [x].flat().map((t) => t.arraySync());

describe('LSTM', () => {
  const weights = { kernel: [4, 12], recurrent_kernel: [3, 12], bias: [12] };
  const common = { input: [2, 5, 4], weights, masks: true };
  runLayerTest('last output', { ...common, make: () => new LSTM(3), output: [2, 3] });
  runLayerTest('all outputs, backwards, relu', {
    ...common,
    make: () => new LSTM(3, { returnSequences: true, goBackwards: true, recurrentActivation: 'hard_sigmoid' }),
    output: [2, 5, 3],
    tolerance: 1e-4,
  });
  runLayerTest('one step, a batch of 17', { ...common, make: () => new LSTM(3), input: [17, 1, 4], output: [17, 3] });

  it('is told its options as in Keras', () => {
    const layer = new LSTM({ units: 3, trainable: false, dropout: 0.5, seed: 4 });
    layer.ensureBuilt([null, null, 2]);
    expect([layer.units, layer.cell.dropout, layer.cell.seed, layer.cell.trainable]).toEqual([3, 0.5, 4, false]);
    expect(layer.trainableWeights).toEqual([]);
    expect(layer.weights[2]!.read()).toEqual(Float32Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0));
    const plain = new LSTM(3, { unitForgetBias: false, biasInitializer: 'ones' });
    plain.ensureBuilt([null, null, 2]);
    expect([...plain.weights[2]!.read()]).toEqual(new Array(12).fill(1));
  });

  it('refuses what cannot be', () => {
    expect(() => new LSTM(0)).toThrow('units must be a whole number of at least 1');
    expect(() => new LSTM(3, { dropout: 2 })).toThrow(/dropout/);
    expect(() => new LSTM(3, { returnSequence: true } as object)).toThrow(/unknown option 'returnSequence'.*returnSeq/);
    expect(() => new LSTM(3, { useCudnn: true })).toThrow(/no cuDNN/);
    expect(() => new LSTM(3, { stateful: 1 as never })).toThrow('stateful must be true or false');
    expect(() => new LSTM(3, { name: 'l' }).apply(ops.ones([2, 3]))).toThrow(
      /layer 'l' \(LSTM\): expected an input with 3/,
    );
    const x = ops.ones([2, 3, 4]);
    const layer = new LSTM(3, { name: 'l' });
    expect(() => layer.apply(x, { initialState: ops.ones([2, 3]) })).toThrow(
      "layer 'l' (LSTM): initialState: expected 2 tensor(s) of shape (2, 3), (2, 3), got (2, 3)",
    );
    expect(() => layer.apply(x, { initialState: [ops.ones([2, 3]), ops.ones([2, 4])] })).toThrow(
      /got \(2, 3\), \(2, 4\)/,
    );
    expect(() => layer.apply(x, { mask: ops.ones([2, 4], 'bool') })).toThrow(/expected a mask of shape \(2, 3\)/);
    expect(() => new LSTM(3, { unroll: true }).apply(Input({ shape: [null, 2] }))).toThrow(
      /unroll needs a known number/,
    );
    expect(() => new LSTM(3, { stateful: true }).apply(Input({ shape: [4, 2] }))).toThrow(/known size of the batch/);
  });

  it('goes through no steps at all, and through empty batches', () => {
    const layer = new LSTM(2, { returnState: true });
    const [, h] = layer.apply<Tensor[]>(ops.ones([0, 3, 4]));
    expect(h!.shape).toEqual([0, 2]);
    const states = [ops.ones([1, 2]), ops.zeros([1, 2])];
    expect(lists(layer.apply<Tensor[]>(ops.ones([1, 0, 4]), { initialState: states }))).toEqual([
      [[1, 1]],
      [[1, 1]],
      [[0, 0]],
    ]);
  });

  it('spreads what is not a number along its own row alone', () => {
    const layer = new LSTM(2);
    const y = layer
      .apply(
        tensor([
          [[1], [Number.NaN]],
          [[1], [2]],
        ]),
      )
      .arraySync() as number[][];
    expect(y[0]!.every(Number.isNaN)).toBe(true);
    expect(y[1]!.every(Number.isFinite)).toBe(true);
  });
});

describe('GRU and SimpleRNN', () => {
  const gru = { kernel: [4, 9], recurrent_kernel: [3, 9], bias: [2, 9] };
  runLayerTest('GRU', { make: () => new GRU(3), input: [2, 4, 4], output: [2, 3], weights: gru, masks: true });
  runLayerTest('GRU, reset before', {
    make: () => new GRU(3, { resetAfter: false, returnSequences: true }),
    input: [2, 4, 4],
    output: [2, 4, 3],
    weights: { ...gru, bias: [9] },
    masks: true,
  });
  runLayerTest('SimpleRNN', {
    make: () => new SimpleRNN(16, { activation: 'sigmoid' }),
    input: [2, 3, 4],
    output: [2, 16],
    weights: { kernel: [4, 16], recurrent_kernel: [16, 16], bias: [16] },
    masks: true,
  });
});

describe('dropout', () => {
  const ones = ops.ones([64, 3, 32]);

  it('drops the same inputs at all steps, in training alone', () => {
    setRandomSeed(1);
    const x = ops.ones([200, 2, 1]);
    const layer = new SimpleRNN(1, {
      dropout: 0.25,
      activation: null,
      kernelInitializer: 'ones',
      recurrentInitializer: 'ones',
    });
    expect(new Set(layer.apply(x).dataSync())).toEqual(new Set([2]));
    const dropped = [...layer.apply(x, { training: true }).dataSync()];
    // Two steps of 0, or two of 1 / 0.75; never one of each.
    expect(new Set(dropped.map((v) => v.toFixed(4)))).toEqual(new Set(['0.0000', '2.6667']));
    expect(dropped.filter((v) => v === 0).length).toBeGreaterThan(20);
    expect(dropped.filter((v) => v === 0).length).toBeLessThan(90);
  });

  it.each([
    ['LSTM', () => new LSTM(4, { recurrentDropout: 0.5, dropout: 0.5 })],
    ['GRU', () => new GRU(4, { recurrentDropout: 0.5 })],
    ['GRU, reset before', () => new GRU(4, { recurrentDropout: 0.5, dropout: 0.2, resetAfter: false })],
  ] as const)('%s trains with it, and draws anew at each call', (_, make) => {
    setRandomSeed(2);
    const layer = make();
    const [a, b] = [1, 2].map(() => layer.apply(ones, { training: true }).dataSync());
    expect(a).not.toEqual(b);
    expect(layer.apply(ones).dataSync()).toEqual(layer.apply(ones).dataSync());
    expect([...a!].every(Number.isFinite)).toBe(true);
  });

  it('of convolutional cells', () => {
    setRandomSeed(3);
    const layer = new ConvLSTM1D(2, 3, { dropout: 0.5, recurrentDropout: 0.5, padding: 'same' });
    const x = ops.ones([2, 3, 8, 1]);
    const [a, b] = [1, 2].map(() => layer.apply(x, { training: true }).dataSync());
    expect(a).not.toEqual(b);
    expect(layer.apply(x).shape).toEqual([2, 8, 2]);
  });

  it('drops the state where it meets the weights, the same at all steps', () => {
    setRandomSeed(4);
    const options = { activation: null, kernelInitializer: 'ones', recurrentInitializer: 'ones' } as const;
    const layer = new SimpleRNN(1, { recurrentDropout: 0.5, ...options });
    // h = 1 + m h over three steps: 1 where the state is dropped, 1 + 2 (1 + 2) where it is kept, as 2 times itself.
    const found = new Set(layer.apply(ops.ones([100, 3, 1]), { training: true }).dataSync());
    expect(found).toEqual(new Set([1, 7]));
    expect(new LSTM(2, { dropout: 0.5, seed: 5 }).cell.seedGenerator.seed).toBe(5);
  });
});

/** A cell of the user's: h' = tanh(x kernel + h), the output twice that. */
class Doubled extends Layer {
  static override className = 'Doubled';
  readonly stateSize = 3;
  kernel!: Variable;

  override build(inputShape: DynamicShape): void {
    this.kernel = this.addWeight({ name: 'kernel', shape: [inputShape.at(-1)!, 3], initializer: 'ones' });
  }

  override call(inputs: Tensor, { states }: CellCallOptions): [Tensor, Tensor[]] {
    const h = ops.tanh(ops.add(ops.matmul(inputs, this.kernel), states[0]!));
    return [ops.multiply(h, 2), [h]];
  }
}
registerLayer(Doubled);

describe('RNN', () => {
  const x = tensor([[[1], [0.5], [-2]]]);
  const step = (v: number, h: number) => Math.tanh(v + h);
  const h: number[] = [];
  for (const v of [1, 0.5, -2]) h.push(step(v, h.at(-1) ?? 0));

  it("runs a cell of the user's", () => {
    const layer = new RNN(new Doubled({ name: 'd' }), { returnSequences: true, returnState: true });
    const [all, last] = layer.apply<Tensor[]>(x);
    expect([...all!.dataSync()]).toEqual(h.flatMap((v) => new Array(3).fill(expect.closeTo(2 * v, 6))));
    expect([...last!.dataSync()]).toEqual(new Array(3).fill(expect.closeTo(h[2]!, 6)));
    expect(layer.weights.map((w) => w.path)).toEqual([`${layer.name}/d/kernel`]);
    const again = deserializeLayer(JSON.parse(JSON.stringify(serializeLayer(layer))));
    again.ensureBuilt([1, null, 1]);
    expect(again.getConfig()).toEqual(layer.getConfig());
    const state = Input({ shape: [3] });
    const symbolic = layer.apply<SymbolicTensor[]>(Input({ shape: [null, 1] }), { initialState: state });
    expect(symbolic.map((t) => t.shape)).toEqual([
      [null, null, 3],
      [null, 3],
    ]);
  });

  it('gives the last output of a cell whose output is no state, in both directions', () => {
    expect(new RNN(new Doubled()).apply(x).dataSync()[0]).toBeCloseTo(2 * h[2]!, 6);
    const back = [-2, 0.5, 1].reduce((s, v) => step(v, s), 0);
    expect(new RNN(new Doubled(), { goBackwards: true }).apply(x).dataSync()[0]).toBeCloseTo(2 * back, 6);
  });

  it('takes a stack that mixes cells, and gives the states of each', () => {
    const layer = new RNN([new LSTMCell(2), new Doubled(), new GRUCell(4)], { returnState: true });
    const made = layer.apply<(Tensor | Tensor[])[]>(x);
    expect(made.map((t) => (Array.isArray(t) ? t.map((s) => s.shape) : t.shape))).toEqual([
      [1, 4],
      [
        [1, 2],
        [1, 2],
      ],
      [1, 3],
      [1, 4],
    ]);
    expect(layer.computeOutputShape([7, null, 1])).toEqual([
      [7, 4],
      [
        [7, 2],
        [7, 2],
      ],
      [7, 3],
      [7, 4],
    ]);
  });

  it('gives outputs and states of its own policy, whatever that of its cell', () => {
    for (const [dtype, of] of [
      ['float16', 'float32'],
      ['float32', 'mixed_bfloat16'],
    ] as const)
      for (const cell of [new GRUCell(2, { dtype: of }), new Doubled({ dtype: of })]) {
        const layer = new RNN(cell, { dtype, returnSequences: true, returnState: true });
        const states = ops.ones([1, cell.stateSize]);
        const found = layer.apply<Tensor[]>(x, { initialState: states }).map((t) => t.dtype);
        expect(found).toEqual([dtype, dtype]);
      }
  });

  it('steps by itself as its cell does', () => {
    for (const cell of [new LSTMCell(3), new GRUCell(3), new SimpleRNNCell(3)]) {
      const layer = new RNN(cell, { returnState: true });
      const whole = layer.apply<Tensor[]>(ops.ones([2, 2, 4]));
      let states = (cell.getInitialState(2) as Tensor[]).map((t) => t);
      let output: Tensor | undefined;
      for (let t = 0; t < 2; t++)
        [output, states] = cell.apply(ops.ones([2, 4]), { states }) as unknown as [Tensor, Tensor[]];
      for (const [i, t] of [output!, ...states].entries())
        t.dataSync().forEach((v, k) => expect(v).toBeCloseTo(whole[i]!.dataSync()[k]!, 6));
    }
  });

  it('refuses cells that are none, and steps that give something else', () => {
    expect(() => new RNN(new Dense(2) as never)).toThrow(
      /a cell must be a layer with a method `call\(inputs, { states }\)`.*Dense without a stateSize/,
    );
    expect(() => new LSTM(2, { name: 'l' }).apply(x, { constants: x })).toThrow(
      "layer 'l' (LSTM): there are no constants",
    );
    expect(() => new StackedRNNCells([])).toThrow('StackedRNNCells: expected a list of cells');
    class Wrong extends Doubled {
      override call(inputs: Tensor, { states }: CellCallOptions): [Tensor, Tensor[]] {
        return [inputs, [ops.concatenate([states[0]!, states[0]!], 1)]];
      }
    }
    expect(() => new RNN(new Wrong()).apply(x)).toThrow(
      /must give states of the shapes that it was given, \[1, 3\], got \[1, 6\]/,
    );
  });
});

describe('stateful layers', () => {
  it('go on where the batch before ended, until they are reset', async () => {
    const inputs = Input({ batchShape: [2, 3, 1] });
    const lstm = new LSTM(2, { stateful: true });
    const model = new Model({ inputs, outputs: lstm.apply(inputs) });
    const x = tensor([
      [[1], [2], [3]],
      [[0], [1], [0]],
      [[1], [2], [3]],
      [[0], [1], [0]],
    ]);
    const y = (await model.predict(x, { batchSize: 2, verbose: 0 })).arraySync() as number[][];
    expect(y[2]).not.toEqual(y[0]);
    lstm.resetStates();
    const again = (await model.predict(x, { batchSize: 2, verbose: 0 })).arraySync();
    expect(again).toEqual(y);
    expect(lstm.states!.map((s) => s.shape)).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect(model.weights.length).toBe(3);
    await expect(model.predict(ops.ones([3, 3, 1]), { batchSize: 2, verbose: 0 })).rejects.toThrow(/batch/);
  });

  it('train batch after batch', async () => {
    const model = new Sequential([Input({ batchShape: [4, 3, 1] }), new GRU(3, { stateful: true }), new Dense(1)]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const { history } = await model.fit(ops.ones([8, 3, 1]), ops.ones([8, 1]), {
      batchSize: 4,
      epochs: 3,
      verbose: 0,
      shuffle: false,
    });
    expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]!);
    expect(() => new Bidirectional(new LSTM(2)).resetState()).toThrow(/keeps no states/);
  });
});

describe('Bidirectional', () => {
  const weights = (prefix = 'kernel') => ({ [prefix]: [3, 8], recurrent_kernel: [2, 8], bias: [8] });

  it('copies its layer, once in each direction', () => {
    const inner = new LSTM(2, { name: 'memory', recurrentActivation: 'hard_sigmoid' });
    const layer = new Bidirectional(inner, { mergeMode: 'ave' });
    layer.ensureBuilt([null, null, 3]);
    expect([layer.forwardLayer.name, layer.backwardLayer.name]).toEqual(['forward_memory', 'backward_memory']);
    expect([layer.forwardLayer.goBackwards, layer.backwardLayer.goBackwards]).toEqual([false, true]);
    expect(layer.weights.length).toBe(6);
    expect(Object.values(weights())).toEqual(layer.weights.slice(0, 3).map((w) => w.shape));
    expect(inner.built).toBe(false);
    const again = deserializeLayer(JSON.parse(JSON.stringify(serializeLayer(layer)))) as Bidirectional;
    expect(JSON.stringify(again.getConfig())).toBe(JSON.stringify(deserializeLayer(serializeLayer(layer)).getConfig()));
    expect(again.backwardLayer.goBackwards).toBe(true);
  });

  it('gives outputs of its own policy, and states of that of its layers', () => {
    const layer = new Bidirectional(new GRU(2, { returnState: true }), { dtype: 'mixed_float16', mergeMode: 'sum' });
    const found = layer.apply<Tensor[]>(ops.ones([1, 2, 3])).map((t) => t.dtype);
    expect(found).toEqual(['float16', 'float32', 'float32']);
  });

  it('begins with given weights', () => {
    const values = [1, 2].flatMap((v) => [ops.full([1, 2], v), ops.full([2, 2], v), ops.full([2], v)]);
    const layer = new Bidirectional(new SimpleRNN(2), { weights: values });
    layer.ensureBuilt([null, null, 1]);
    expect(layer.getWeights().map((w) => w.dataSync()[0])).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('refuses what cannot be', () => {
    const lstm = () => new LSTM(2);
    expect(() => new Bidirectional(new Dense(2))).toThrow(/must be a recurrent layer, such as an LSTM/);
    expect(() => new Bidirectional(lstm(), { mergeMode: 'max' as 'sum' })).toThrow(/mergeMode must be 'concat'/);
    expect(() => new Bidirectional(lstm(), { backwardLayer: lstm() })).toThrow(/different goBackwards/);
    const other = new LSTM(2, { goBackwards: true, returnState: true });
    expect(() => new Bidirectional(lstm(), { backwardLayer: other })).toThrow(/the same returnState/);
    expect(() => new Bidirectional(3 as never)).toThrow('layer must be a layer, got number 3');
  });
});

describe('TimeDistributed', () => {
  runLayerTest('Dense', {
    make: () => new TimeDistributed(new Dense(3)),
    input: [2, 4, 5],
    output: [2, 4, 3],
    weights: { kernel: [5, 3], bias: [3] },
    masks: true,
  });

  it('sees known and unknown numbers of steps', () => {
    const layer = new TimeDistributed(new Conv2D(2, 3));
    expect((layer.apply(Input({ shape: [null, 6, 6, 1] })) as SymbolicTensor).shape).toEqual([null, null, 4, 4, 2]);
    expect(layer.apply(ops.ones([2, 5, 6, 6, 1])).shape).toEqual([2, 5, 4, 4, 2]);
    expect(() => layer.apply(ops.ones([2, 5]))).toThrow(/expected one input with at least 3 axes/);
    expect(() =>
      new TimeDistributed(new Dense(2)).apply(ops.ones([2, 3, 4]), { mask: ops.ones([2, 2], 'bool') }),
    ).toThrow(/expected a mask that begins with \(2, 3\)/);
  });

  it('holds models, and treats steps one by one where samples meet', () => {
    const inner = new Sequential([Input({ shape: [2] }), new BatchNormalization({ momentum: 0 }), new Dense(1)]);
    const layer = new TimeDistributed(inner);
    layer.apply(
      tensor([
        [
          [1, 1],
          [5, 5],
        ],
        [
          [3, 3],
          [7, 7],
        ],
      ]),
      { training: true },
    );
    // The last step's mean, not that of all steps.
    expect([...(inner.layers[0] as BatchNormalization).movingMean.read()]).toEqual([6, 6]);
  });
});

describe('Wrapper', () => {
  it("is the base of wrappers of the user's", () => {
    class Twice extends Wrapper {
      static override className = 'Twice';
      override call(inputs: Tensor): Tensor {
        return this.layer.apply(this.layer.apply(inputs));
      }
    }
    registerLayer(Twice);
    const layer = new Twice(new Dense(2, { kernelInitializer: 'ones' }));
    expect(layer.apply(ops.ones([1, 2])).arraySync()).toEqual([[4, 4]]);
    const again = deserializeLayer(serializeLayer(layer));
    again.ensureBuilt([1, 2]);
    expect(again.getConfig()).toEqual(layer.getConfig());
    expect(() => new Wrapper(null as never)).toThrow('Wrapper: layer must be a layer');
  });
});

describe('convolutional LSTMs', () => {
  runLayerTest('ConvLSTM2D', {
    make: () => new ConvLSTM2D(2, [2, 3], { returnSequences: true, padding: 'same', strides: 2 }),
    input: [2, 2, 3, 4, 1],
    output: [2, 2, 2, 2, 2],
    weights: { kernel: [2, 3, 1, 8], recurrent_kernel: [2, 3, 2, 8], bias: [8] },
    masks: true,
  });

  it('refuses unknown sizes, and images that are too small', () => {
    expect(() => new ConvLSTM2D(2, 3).apply(Input({ shape: [null, null, 4, 1] }))).toThrow(/axis 1|known size/);
    expect(() => new ConvLSTM2D(2, 3).apply(ops.ones([1, 2, 2, 4, 1]))).toThrow(/too small/);
    expect(() => new ConvLSTM2D(2, 3).apply(ops.ones([1, 2, 4, 1]))).toThrow(/expected an input with 5 axes/);
    expect(() => new ConvLSTM2D(1, 1, { strides: 2, dilationRate: [1, 2] })).toThrow(
      /ConvLSTM2D: strides and dilationRate cannot both/,
    );
  });

  it('leaves masked steps out', () => {
    const layer = new ConvLSTM1D(2, 2, { returnSequences: true });
    const x = ops.ones([1, 3, 4, 1]);
    const y = layer.apply(x, { mask: tensor([[true, false, true]], undefined, 'bool') }).arraySync() as number[][][][];
    expect(y[0]![1]).toEqual(y[0]![0]);
    expect(y[0]![2]).not.toEqual(y[0]![1]);
  });
});

it('a mask that comes with the inputs reaches a recurrent layer unless states are given, as in Keras', () => {
  const x = new Masking().apply(tensor([[[1], [0], [2]]]));
  const layer = new SimpleRNN(1, { returnSequences: true, kernelInitializer: 'ones', recurrentInitializer: 'ones' });
  const masked = layer.apply(x);
  expect(masked.dataSync()[1]).toBe(masked.dataSync()[0]);
  expect(maskOf(masked)!.arraySync()).toEqual([[true, false, true]]);
  const [stacked, steps] = [new RNN([new GRUCell(1), new LSTMCell(1)], { returnState: true }), maskOf(x)!];
  expect(stacked.computeMask(x, steps)).toEqual([null, null, null]);
  const state = ops.zeros([1, 1]);
  const heeded = layer.apply(x, { initialState: state, mask: maskOf(x) });
  const unheeded = layer.apply(x, { initialState: state });
  expect(heeded.arraySync()).toEqual(masked.arraySync());
  expect(unheeded.dataSync()[1]).not.toBe(unheeded.dataSync()[0]);
  expect(maskOf(unheeded)!.arraySync()).toEqual([[true, false, true]]);
  expect(layer.apply(withMask(x, null)).dataSync()[1]).not.toBe(masked.dataSync()[1]);
});
