import { describe, expect, it } from 'vitest';
import * as losses from '../../src/losses/index.ts';
import * as ops from '../../src/ops/index.ts';
import { Tensor } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectClose, values } from '../ops/helpers.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Case {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  y_true: GoldenTensor;
  y_pred: GoldenTensor;
  sample_weight: GoldenTensor | null;
  mask?: GoldenTensor;
  value: GoldenTensor;
  output_gradient: GoldenTensor;
  gradient: GoldenTensor;
}

const { cases } = golden<Case>('losses');
const further = golden<Case>('losses_further').cases;

/** Options that Keras leaves out of a configuration: those of the second group of cases with the same targets. */
const LEFT_OUT: Record<string, Record<string, unknown>> = { Huber: { delta: 0.5 }, CosineSimilarity: { axis: 1 } };

function configOf(c: Case): Record<string, unknown> {
  if (further.includes(c)) return c.config;
  const first = cases.find((d) => d.class_name === c.class_name)!;
  const same = JSON.stringify(first.y_true) === JSON.stringify(c.y_true);
  return same ? c.config : { ...c.config, ...LEFT_OUT[c.class_name] };
}

describe.each([...cases, ...further])('$name', (c) => {
  const make = () =>
    losses.deserialize({ module: null, class_name: c.class_name, config: configOf(c), registered_name: null });

  it('keeps its configuration', () => expect(make().getConfig()).toEqual(configOf(c)));

  it('has the value and the gradient that Keras has', () => {
    const [t, p] = [fromGolden(c.y_true), fromGolden(c.y_pred)];
    const weight = c.sample_weight && fromGolden(c.sample_weight);
    const value = make().apply(t, p, weight, c.mask && fromGolden(c.mask));
    expect(value.shape).toEqual(c.value.shape);
    const total = ops.sum(ops.multiply(value, fromGolden(c.output_gradient)));
    const slope = new Tensor(gradient(total.node, [p.node])[0]!);
    expectClose(values(value), numbers(c.value), TOLERANCES.loss.relative, TOLERANCES.loss.absolute);
    expectClose(
      values(slope),
      numbers(c.gradient),
      TOLERANCES.lossGradient.relative,
      TOLERANCES.lossGradient.absolute,
      'gradient',
    );
  });
});

describe('losses', () => {
  it('are found by every kind of identifier', () => {
    expect(losses.get('mse')).toBeInstanceOf(losses.MeanSquaredError);
    expect(losses.get('sparse_categorical_crossentropy').name).toBe('sparse_categorical_crossentropy');
    expect(
      losses
        .get((t, p) => ops.mean(ops.abs(ops.subtract(t, p)), -1))
        .apply([[1, 2]], [[2, 4]])
        .item(),
    ).toBe(1.5);
    expect(losses.serialize(new losses.Huber({ delta: 2 }))).toEqual({
      module: 'keras.losses',
      class_name: 'Huber',
      config: { name: 'huber_loss', reduction: 'sum_over_batch_size', delta: 2 },
      registered_name: null,
    });
    expect(() => losses.get('mean_square_error' as 'mse')).toThrow(/unknown loss 'mean_square_error'. Did you mean/);
  });

  it('say what does not fit', () => {
    const sparse = new losses.SparseCategoricalCrossentropy();
    expect(() => sparse.apply([0, 1], [[0.5, 0.5]])).toThrow(/expected class numbers of shape \[1\]/);
    const categorical = new losses.CategoricalCrossentropy();
    expect(() =>
      categorical.apply(
        [0, 1],
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      ),
    ).toThrow(/use sparse_categorical_crossentropy/);
    expect(() => new losses.MeanSquaredError({ reduction: 'total' as 'sum' })).toThrow(/reduction must be one of/);
    expect(() => new losses.MeanSquaredError().apply(ops.ones([2, 3, 4]), ops.ones([2, 3, 4]), [1, 2])).toThrow(
      /sample weights of shape \(2,\) do not fit losses of shape \(2, 3\)/,
    );
  });

  it('take class numbers with a last axis of 1, and weights of one a sample', () => {
    const p = [
      [0.9, 0.1],
      [0.2, 0.8],
    ];
    const sparse = new losses.SparseCategoricalCrossentropy({ reduction: 'none' });
    expect(values(sparse.apply([[0], [1]], p))).toEqual(values(sparse.apply([0, 1], p)));
    const weighted = new losses.SparseCategoricalCrossentropy({ reduction: 'sum' }).apply([0, 1], p, [1, 0]);
    expect(weighted.item()).toBeCloseTo(-Math.log(0.9), 6);
  });
});
