import { afterEach, describe, expect, it } from 'vitest';
import { setFloatx } from '../../src/config/index.ts';
import { DTypePolicy } from '../../src/dtype-policies/index.ts';
import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Huber,
  type LossDType,
  MeanSquaredError,
} from '../../src/losses/index.ts';
import { tensor } from '../../src/trace/index.ts';

afterEach(() => {
  setFloatx('float32');
});

const t = tensor([
  [0.1, 0.7],
  [1, 0],
]);
const p = tensor([
  [0.3, 0.33],
  [0.87, 0.21],
]);

/** What Keras gives for these, with weights of 0.3 and 1.7. */
const EXPECTED = {
  bfloat16: [0.039306640625, 0.26171875, 0.0196533203125, 0.26171875],
  float16: [0.0391845703125, 0.2626953125, 0.01959228515625, 0.259765625],
} as const;
const ULP = { bfloat16: 2 ** -7, float16: 2 ** -10 } as const;

describe('the type of a loss', () => {
  it.each(['bfloat16', 'float16'] as const)('%s: near what Keras rounds at other places', (dtype) => {
    const losses = [MeanSquaredError, CategoricalCrossentropy, Huber, BinaryCrossentropy].map((L) => new L({ dtype }));
    losses.forEach((loss, i) => {
      const value = loss.apply(t, p, tensor([0.3, 1.7]));
      expect(value.dtype).toBe(dtype);
      const expected = EXPECTED[dtype][i]!;
      expect(Math.abs(value.item() / expected - 1)).toBeLessThanOrEqual(2 * ULP[dtype]);
    });
  });

  it('is that which a policy computes in, else floatx, and stays out of configurations', () => {
    const typeOf = (dtype?: LossDType | null) => new MeanSquaredError({ dtype }).apply(t, p).dtype;
    expect([typeOf('mixed_bfloat16'), typeOf(new DTypePolicy('mixed_float16')), typeOf(null), typeOf()]).toEqual([
      'bfloat16',
      'float16',
      'float32',
      'float32',
    ]);
    setFloatx('float16');
    expect(typeOf()).toBe('float16');
    expect(new MeanSquaredError({ dtype: 'bfloat16' }).getConfig()).toEqual({
      name: 'mean_squared_error',
      reduction: 'sum_over_batch_size',
    });
  });

  it('is no other one', () => {
    expect(() => new Huber({ dtype: 'int32' as 'float32' })).toThrow(/Huber: dtype must be 'float32', .* got 'int32'/);
    expect(() => new Huber({ dtype: 'float64' as 'float32' })).toThrow(/Huber: dtype/);
  });
});
