import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import * as optimizers from '../../src/optimizers/index.ts';
import { compileFunction, tensor, Variable } from '../../src/trace/index.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectClose } from '../ops/helpers.ts';

interface StateTensor extends GoldenTensor {
  path: string;
  name: string;
}

interface Case {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  variables: StateTensor[];
  gradients: GoldenTensor[][];
  learning_rates: number[];
  values_after: number[][][];
  /** With their paths, or the values alone. */
  optimizer_variables?: StateTensor[];
  optimizer_values?: number[][];
  values_finalized?: number[][];
}

const object = (class_name: string, config: Record<string, unknown>) => ({
  module: null,
  class_name,
  config,
  registered_name: null,
});

function weightsOf(c: Case): Variable[] {
  return c.variables.map((v) => new Variable(fromGolden(v), { name: v.name }));
}

/** What all cases of a file have in common stands beside them. */
function casesOf(name: string): Case[] {
  const { cases, variables, gradients } = golden<Case>(name) as { cases: Case[] } & Partial<Case>;
  return cases.map((c) => ({ ...c, variables: c.variables ?? variables!, gradients: c.gradients ?? gradients! }));
}

describe.each(['optimizers', 'optimizers_common'].flatMap(casesOf))('$name', (c) => {
  it('moves the weights as Keras does, in one compiled step', () => {
    const optimizer = optimizers.deserialize(object(c.class_name, c.config));
    expect(optimizer.getConfig()).toEqual(c.config);
    const weights = weightsOf(c);
    optimizer.build(weights);
    const step = compileFunction(
      (...gradients) => {
        optimizer.apply(gradients, weights);
        return [];
      },
      weights.map((w) => ({ shape: w.shape, dtype: w.dtype })),
    );
    c.gradients.forEach((gradients, t) => {
      if (c.learning_rates.length > 0) expect(optimizer.learningRate).toBeCloseTo(c.learning_rates[t]!, 6);
      gradients.forEach((g, i) => {
        step.input(i).set(numbers(g));
      });
      step.run();
      weights.forEach((w, i) => {
        expectClose(w.read(), c.values_after[t]![i]!, 2e-5, 2e-6, `step ${t}, ${w.name}`);
      });
    });
    if (c.optimizer_variables)
      expect(optimizer.variables.map((v) => [v.path, [...v.shape], v.dtype])).toEqual(
        c.optimizer_variables.map((v) => [v.path, v.shape, v.dtype]),
      );
    const states = c.optimizer_values ?? c.optimizer_variables!.map(numbers);
    expect(optimizer.variables).toHaveLength(states.length);
    optimizer.variables.forEach((v, i) => {
      expectClose(v.read(), states[i]!.map(Number), 2e-5, 2e-6, v.path);
    });
    if (c.values_finalized) {
      optimizer.finalizeVariableValues();
      weights.forEach((w, i) => {
        expectClose(w.read(), c.values_finalized![i]!, 2e-5, 2e-6, w.name);
      });
    }
  });
});

interface ScheduleCase {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  rates: number[];
}

describe.each(golden<ScheduleCase>('schedules').cases)('$name', (c) => {
  it('has the rates that Keras has', () => {
    const schedule = optimizers.schedules.deserialize(object(c.class_name, c.config));
    expect(schedule.getConfig()).toEqual(c.config);
    const rates = c.rates.map((_, step) => schedule.call(step).item());
    expectClose(rates, c.rates, 1e-5, 1e-7);
  });
});

describe('optimizers', () => {
  const vector = () => new Variable([3, 4], { name: 'w' });

  it('are found by every kind of identifier', () => {
    expect(optimizers.get('adam')).toBeInstanceOf(optimizers.Adam);
    expect(optimizers.get('ADAMW' as 'adamw')).toBeInstanceOf(optimizers.AdamW);
    expect(new optimizers.Adam(0.5).learningRate).toBe(0.5);
    expect(() => optimizers.get('adm' as 'adam')).toThrow(/unknown optimizer 'adm'. Did you mean 'adam'/i);
    expect(optimizers.serialize(new optimizers.SGD({ name: 'sgd' }))).toMatchObject({
      module: 'keras.optimizers',
      class_name: 'SGD',
      config: { name: 'sgd', momentum: 0 },
    });
  });

  it('follow schedules that are given by position, by name, or both', () => {
    const S = optimizers.schedules;
    const pairs = [
      [
        new S.ExponentialDecay(0.1, 10, 0.5, { staircase: true }),
        new S.ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5, staircase: true }),
      ],
      [new S.CosineDecay(0.1, { decaySteps: 10 }), new S.CosineDecay({ initialLearningRate: 0.1, decaySteps: 10 })],
      [
        new S.CosineDecayRestarts(0.1, 10),
        new S.CosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10 }),
      ],
      [new S.PiecewiseConstantDecay([1], [1, 2]), new S.PiecewiseConstantDecay({ boundaries: [1], values: [1, 2] })],
    ] as const;
    for (const [a, b] of pairs) expect(a.getConfig()).toEqual(b.getConfig());
    expect(() => new S.PolynomialDecay(...([1, 2, 3, 4, true, 'x', 7] as never as [number, number]))).toThrow(
      /at most/,
    );
  });

  it('also step outside of a trace', () => {
    const w = vector();
    const optimizer = new optimizers.SGD(0.1);
    optimizer.apply([tensor([1, -1])], [w]);
    expectClose(w.read(), [2.9, 4.1]);
    expect(optimizer.iteration.read()[0]).toBe(1);
  });

  it('let the learning rate be set, unless it follows a schedule', () => {
    const optimizer = new optimizers.SGD(0.1);
    optimizer.learningRate = 1;
    const w = vector();
    optimizer.apply([tensor([1, 1])], [w]);
    expectClose(w.read(), [2, 3]);
    const schedule = new optimizers.schedules.ExponentialDecay({
      initialLearningRate: 1,
      decaySteps: 1,
      decayRate: 0.5,
    });
    const scheduled = new optimizers.SGD(schedule);
    expect(() => {
      scheduled.learningRate = 1;
    }).toThrow(/follows a schedule/);
    scheduled.apply([tensor([1, 1])], [w]);
    expect(scheduled.learningRate).toBe(0.5);
    expect(scheduled.variables.map((v) => v.name)).toEqual(['iteration']);
  });

  it('spare weights from decay, keep constraints, skip missing gradients', () => {
    const [a, b, c] = [vector(), new Variable([3, 4], { name: 'bias' }), new Variable([3, 4], { name: 'c' })];
    c.constraint = { call: (x) => ops.minimum(x, 1) };
    const optimizer = new optimizers.SGD({ learningRate: 1, weightDecay: 0.5 });
    optimizer.excludeFromWeightDecay({ names: ['bias'] });
    optimizer.apply([ops.zeros([2]), ops.zeros([2]), ops.zeros([2])], [a, b, c]);
    expectClose(a.read(), [1.5, 2]);
    expectClose(b.read(), [3, 4]);
    expectClose(c.read(), [1, 1]);
    optimizer.apply([null, ops.ones([2]), null], [a, b, c]);
    expectClose(a.read(), [1.5, 2]);
    expectClose(b.read(), [2, 3]);
  });

  it('take pairs of gradients and weights, and the state of another one', () => {
    const [v, w] = [new Variable([1, 2]), new Variable([3, 4])];
    const first = new optimizers.Adam();
    expect(() => first.setWeights([])).toThrow(/no state yet; call build/);
    first.applyGradients([v, w].map((weight, i) => [i === 0 ? null : tensor([1, -1]), weight] as const));
    expect([...v.read()]).toEqual([1, 2]);
    expect([...w.read()]).not.toEqual([3, 4]);
    expect(first.iterations.item()).toBe(1);
    const second = new optimizers.Adam();
    second.build([v, w]);
    second.setWeights(first.variables);
    expect(second.variables.map((x) => [...x.read()])).toEqual(first.variables.map((x) => [...x.read()]));
    expect(() => second.setWeights(first.variables.slice(1))).toThrow(/a value for each of 6 variables, got 5/);
    expect(() => first.apply([null, null], [v, w])).toThrow(/none of the 2 weights has a gradient/);
  });

  it('say what does not fit', () => {
    expect(() => new optimizers.Adam({ clipnorm: 1, clipvalue: 1 })).toThrow(/at most one of clipnorm/);
    expect(() => new optimizers.Adam({ learningRate: Number.NaN })).toThrow(/learningRate must be a number/);
    expect(() => new optimizers.SGD({ gradientAccumulationSteps: 1 })).toThrow(/at least 2/);
    const optimizer = new optimizers.SGD();
    const w = vector();
    optimizer.build([w]);
    expect(() => optimizer.apply([ops.ones([3])], [w])).toThrow(
      /a gradient of shape \(3,\) for the weight 'w' of \(2,\)/,
    );
    expect(() => optimizer.apply([ops.ones([2])], [vector()])).toThrow(/not among the 1/);
    expect(() => optimizer.apply([], [w])).toThrow(/expected a gradient for each of 1/);
  });
});
