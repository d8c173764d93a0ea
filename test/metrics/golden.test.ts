import { describe, expect, it } from 'vitest';
import * as metrics from '../../src/metrics/index.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction, type TensorLike } from '../../src/trace/index.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectClose, values } from '../ops/helpers.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Update {
  values?: GoldenTensor;
  y_true?: GoldenTensor;
  y_pred?: GoldenTensor;
  sample_weight: GoldenTensor | null;
}

interface Case {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  updates: Update[];
  results: GoldenTensor[];
}

const object = ({ class_name, config }: Case) => ({ module: null, class_name, config, registered_name: null });

function update(metric: metrics.Metric, u: Update): void {
  const weight = u.sample_weight && fromGolden(u.sample_weight);
  if (u.values) metric.updateState(fromGolden(u.values), weight);
  else metric.updateState(fromGolden(u.y_true!), fromGolden(u.y_pred!), weight);
}

describe.each(['metrics', 'metrics_further'].flatMap((name) => golden<Case>(name).cases))('$name', (c) => {
  it('has the results that Keras has, and forgets when told', () => {
    const metric = metrics.deserialize(object(c));
    expect(metric.getConfig()).toEqual(c.config);
    for (const round of [1, 2]) {
      c.updates.forEach((u, i) => {
        update(metric, u);
        const result = metric.result();
        expect(result.shape).toEqual(c.results[i]!.shape);
        expectClose(
          values(result),
          numbers(c.results[i]!),
          TOLERANCES.metric.relative,
          TOLERANCES.metric.absolute,
          `round ${round}, batch ${i}`,
        );
      });
      metric.resetState();
    }
  });
});

describe('metrics', () => {
  it('gather in one compiled step', () => {
    const metric = new metrics.SparseCategoricalAccuracy();
    const step = compileFunction(
      (t, p) => {
        metric.updateState(t!, p!);
        return [metric.result()];
      },
      [
        { shape: [2], dtype: 'int32' },
        { shape: [2, 2], dtype: 'float32' },
      ],
    );
    step.input(0).set([0, 1]);
    step.input(1).set([0.9, 0.1, 0.9, 0.1]);
    step.run();
    expect(step.output(0)[0]).toBe(0.5);
    step.input(0).set([0, 0]);
    step.run();
    expect(step.output(0)[0]).toBe(0.75);
    expect(metric.result().item()).toBe(0.75);
  });

  it('are found by every kind of identifier', () => {
    expect(metrics.get('mae')).toBeInstanceOf(metrics.MeanAbsoluteError);
    expect(metrics.get('auc').name).toMatch(/^auc/);
    expect(metrics.get('MeanSquaredError').name).toBe('mean_squared_error');
    const own = metrics.get((t, p) => ops.abs(ops.subtract(t, p)));
    expect(own.apply([1, 2], [2, 4]).item()).toBe(1.5);
    expect(() => metrics.serialize(own)).toThrow(/cannot be saved/);
    expect(() => metrics.get('acuracy' as 'accuracy')).toThrow(/unknown metric 'acuracy'. Did you mean/);
    expect(metrics.serialize(new metrics.Precision({ name: 'p' }))).toEqual({
      module: 'keras.metrics',
      class_name: 'Precision',
      config: { name: 'p', dtype: 'float32', thresholds: null, top_k: null, class_id: null },
      registered_name: null,
    });
  });

  it('take a number as the weight of a scalar', () => {
    const mean = new metrics.Mean();
    mean.updateState(2, 3);
    mean.updateState(6, 1);
    expect(mean.result().item()).toBe(3);
    mean.resetState();
    expect(mean.result().item()).toBe(0);
  });

  it('say what does not fit', () => {
    expect(() => new metrics.Precision({ thresholds: 2 })).toThrow(
      /thresholds must be a number of at least 0 and at most 1/,
    );
    expect(() => new metrics.F1Score().updateState([1, 0], [1, 0])).toThrow(
      /expected targets and predictions \[n, classes\]/,
    );
    expect(() => new metrics.MeanSquaredError().updateState([[1], [2]], [[1], [2]], [1, 2, 3])).toThrow(
      /sample weights of shape \(3,\) do not fit/,
    );
    expect(() => new metrics.MeanIoU({ numClasses: 0 })).toThrow(/numClasses must be/);
    expect(() => new metrics.AUC({ curve: 'ROCK' as 'ROC' })).toThrow(/curve must be one of ROC, PR, PRGAIN/);
    expect(() => new metrics.R2Score().result()).toThrow(/no result before its first update/);
  });
});

describe('metrics of one\u2019s own', () => {
  /** The share of the predictions that are right, of a given class. */
  class Share extends metrics.Metric {
    readonly hits = this.addWeight({ name: 'hits', shape: [2] });
    readonly total = this.addWeight({ name: 'total', initializer: 'ones', dtype: 'int32' });
    readonly parts = { mean: new metrics.Mean(), others: [new metrics.Sum()] };

    override updateState(t: TensorLike, p?: TensorLike | null): void {
      this.hits.assignAdd(ops.sum(ops.cast(ops.equal(t, p!), 'float32'), 0));
      this.total.assignAdd(1);
      this.parts.mean.updateState(p!);
      this.parts.others[0]!.updateState(p!);
    }

    override result() {
      return ops.add(ops.sum(this.hits), this.parts.others[0]!.result());
    }
  }

  const read = (m: metrics.Metric) => m.variables.map((v) => [...v.read()]);
  const [t, p] = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [1, 0],
      [3, 4],
    ],
  ];

  it('hold variables, and other metrics in their fields', () => {
    const metric = new Share();
    expect(metric.variables.map((v) => v.path)).toEqual([
      'share/hits',
      'share/total',
      ...metric.parts.mean.variables.map((v) => v.path),
      ...metric.parts.others[0]!.variables.map((v) => v.path),
    ]);
    expect(read(metric)).toEqual([[0, 0], [1], [0], [0], [0]]);
    expect(metric.apply(t!, p!).item()).toBe(11);
    expect(read(metric)).toEqual([[2, 1], [2], [4], [2], [8]]);
    metric.resetState();
    expect(read(metric)).toEqual([[0, 0], [0], [0], [0], [0]]);
  });

  it('say what an update would make of a state, and keep their own', () => {
    const metric = new Share();
    metric.updateState(t!, p!);
    const before = read(metric);
    const zeros = metric.statelessResetState();
    const once = metric.statelessUpdateState(zeros, t!, p!);
    expect(once.map((v) => [...v.dataSync()])).toEqual([[2, 1], [1], [4], [2], [8]]);
    const twice = metric.statelessUpdateState(once, t!, p!);
    expect(metric.statelessResult(twice).item()).toBe(22);
    expect(read(metric)).toEqual(before);
    expect(() => metric.statelessResult([1])).toThrow(/expected a value for each of 5 variables, got 1/);
    expect(() => metric.statelessUpdateState(zeros, [[1]], [[1], [2, 3]] as never)).toThrow();
    expect(read(metric)).toEqual(before);
  });
});
