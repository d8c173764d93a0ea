import { describe, expect, it } from 'vitest';
import { Concatenate, Dense, Input } from '../../src/layers/index.ts';
import { Model } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { SGD } from '../../src/optimizers/index.ts';
import type { Tensor } from '../../src/trace/index.ts';

/** Kernels of ones, so that losses can be told at sight: 5 or 2 ones in, 5 or 2 out. */
const dense = (units: number, name?: string) => new Dense(units, { kernelInitializer: 'ones', name });
const inputs = { a: ops.ones([4, 3]), b: ops.ones([4, 2]) };
const [two, one] = [ops.ones([4, 2]), ops.ones([4, 1])];
const silent = { verbose: 0 } as const;

function functional(): Model {
  const a = Input({ shape: [3], name: 'a' });
  const b = Input({ shape: [2], name: 'b' });
  const h = new Concatenate().apply([a, b]);
  return new Model({ inputs: { a, b }, outputs: { first: dense(2, 'p').apply(h), second: dense(1, 'q').apply(h) } });
}

class Own extends Model {
  readonly d = dense(2);
  readonly e = dense(1);
  override call(x: never): never {
    const { a, b } = x as { a: Tensor; b: Tensor };
    return { u: this.d.apply(a), v: this.e.apply(b) } as never;
  }
}

// The numbers are those of real Keras 3.15.1.
describe('outputs in a record', () => {
  it('are called by its keys, not by their layers', async () => {
    const model = functional();
    model.compile({
      optimizer: new SGD(0),
      loss: { second: 'mse', first: 'mse' },
      metrics: { first: ['mae'], second: ['mse'] },
    });
    const { history } = await model.fit(inputs, { second: one, first: two }, silent);
    expect(history).toEqual({ first_loss: [16], first_mae: [4], loss: [32], second_loss: [16], second_mse: [16] });
    const weights = { first: ops.ones([4]), second: ops.zeros([4]) };
    expect(
      await model.evaluate(inputs, { first: two, second: one }, { ...silent, sampleWeight: weights }),
    ).toMatchObject({
      first_loss: 16,
      second_loss: 0,
      loss: 16,
    });
    expect(() => model.compile({ loss: { p: 'mse' } })).toThrow(/loss names 'p'.*Outputs: first, second/);
    await expect(model.fit(inputs, { p: two, q: one }, silent)).rejects.toThrow(/y: expected first, second/);
  });

  it('may have a loss alone', async () => {
    const model = functional();
    model.compile({ optimizer: new SGD(0), loss: { first: 'mse' } });
    expect((await model.fit(inputs, { first: two }, silent)).history).toEqual({ loss: [16] });
  });

  it('of a class of one\u2019s own are called by its keys, whatever the order of the targets', async () => {
    const model = new Own();
    model.compile({ optimizer: new SGD(0), loss: { u: 'mse', v: 'mae' }, metrics: { u: ['mae'] } });
    const { history } = await model.fit(inputs, { v: one, u: two } as never, silent);
    expect(history).toEqual({ loss: [5], u_loss: [4], u_mae: [2], v_loss: [1] });
    const weights = { v: ops.zeros([4]), u: ops.ones([4]) };
    const logs = await model.evaluate(inputs, { v: one, u: two }, { ...silent, sampleWeight: weights });
    expect(logs).toMatchObject({ loss: 4, v_loss: 0 });
  });

  it('are predicted in a record', async () => {
    for (const [model, keys] of [
      [functional(), ['first', 'second']],
      [new Own(), ['u', 'v']],
    ] as const) {
      const found = (await model.predict<Record<string, Tensor>>(inputs, silent)) as Record<string, Tensor>;
      expect(Object.entries(found).map(([k, t]) => [k, t.shape])).toEqual([
        [keys[0], [4, 2]],
        [keys[1], [4, 1]],
      ]);
      expect(Object.keys(await model.predictOnBatch<Record<string, Tensor>>(inputs))).toEqual(keys);
    }
  });
});

describe('losses and targets for some of the outputs', () => {
  const three = () => {
    const x = Input({ shape: [2] });
    return new Model({ inputs: x, outputs: ['p', 'q', 'r'].map((name) => dense(1, name).apply(x)) });
  };

  // The outputs are 2, and so the losses 1 for targets of 1, 4 for those of 0.
  it.each([
    [[null, 'mse', null], [one], { loss: 1 }],
    [['mse', null, ['mse']], [one, ops.zeros([4, 1])], { loss: 5, p_loss: 1, r_loss: 4 }],
    [{ q: ['mse'], r: 'mae' }, [ops.zeros([4, 1]), one], { loss: 5, q_loss: 4, r_loss: 1 }],
    [[null, 'mse', null], [one, one, one], { loss: 1 }],
  ] as const)('%j', async (loss, y, expected) => {
    const model = three();
    model.compile({ loss: loss as never });
    const targets = y.length === 1 ? y[0] : [...y];
    expect(await model.evaluate(ops.ones([4, 2]), targets, silent)).toEqual(expected);
  });

  it('are too few, or too many', async () => {
    const model = three();
    model.compile({ loss: ['mse', 'mse', null] });
    await expect(model.evaluate(ops.ones([4, 2]), one, silent)).rejects.toThrow(/y is missing for the output 'q'/);
    const four = [one, one, one, one];
    await expect(model.evaluate(ops.ones([4, 2]), four, silent)).rejects.toThrow(/expected 2 array\(s\) \(p, q\)/);
    expect(() => three().compile({ loss: ['mse', ['mse', 'mae'] as never, 'mse'] })).toThrow(/expected a loss/);
  });
});
