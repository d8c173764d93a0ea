import { describe, expect, it } from 'vitest';
import {
  callbacks,
  gradient,
  initializers,
  layers,
  loadModel,
  losses,
  type Model,
  metrics,
  ops,
  optimizers,
  Sequential,
  saveModelToBytes,
  setRandomSeed,
  type Tensor,
  type TensorLike,
  tensor,
  type Variable,
  valueAndGrad,
} from '../../src/index.ts';
import { programCache } from '../../src/trace/program-cache.ts';

const rows = (count: number, width: number, phase: number) =>
  tensor(
    Float32Array.from({ length: count * width }, (_, i) => Math.sin(1.7 * i + phase)),
    [count, width],
  );
const x = rows(12, 3, 0);
const y = rows(12, 2, 1);
const quiet = { verbose: 0, batchSize: 4, shuffle: false } as const;

/** A layer with a weight of its own, a loss and a metric. */
class Scale extends layers.Layer {
  static override className = 'Scale';
  readonly start: number;
  factor!: Variable;

  constructor({ start = 1, ...options }: { start?: number } & layers.LayerOptions = {}) {
    super(options);
    this.start = start;
  }

  override build(): void {
    this.factor = this.addWeight({ name: 'factor', initializer: new initializers.Constant({ value: this.start }) });
  }

  override call(inputs: Tensor): Tensor {
    this.addLoss(ops.multiply(0.1, ops.square(this.factor)));
    this.addMetric(this.factor, 'factor');
    return ops.multiply(inputs, this.factor);
  }

  override getConfig() {
    return { ...super.getConfig(), start: this.start };
  }
}

/** Heavy balls, with a state for each weight. */
class Heavy extends optimizers.Optimizer {
  static readonly className: string = 'Heavy';
  readonly friction: number;
  #speeds: Variable[] = [];

  constructor({ friction = 0.9, ...options }: { friction?: number } & optimizers.OptimizerOptions = {}) {
    super(options, 0.05);
    this.friction = friction;
  }

  protected override buildState(weights: readonly Variable[]): void {
    this.#speeds = this.addPerWeight(weights, 'speed');
  }

  protected override step(rate: Tensor): optimizers.Update {
    return (gradient, weight, i) => {
      const speed = this.#speeds[i]!;
      speed.assign(ops.subtract(ops.multiply(speed, this.friction), ops.multiply(gradient, rate)));
      weight.assignAdd(speed);
    };
  }

  override getConfig() {
    return { ...super.getConfig(), friction: this.friction };
  }
}

class Gap extends losses.Loss {
  static readonly className: string = 'Gap';
  call(t: Tensor, p: Tensor): Tensor {
    return ops.mean(ops.abs(ops.subtract(t, p)), -1);
  }
}

class Widest extends metrics.Metric {
  static readonly className: string = 'Widest';
  readonly width = this.addVariable([], 'width');
  override updateState(t: TensorLike, p?: TensorLike | null): void {
    this.width.assign(ops.maximum(this.width, ops.max(ops.abs(ops.subtract(t, p!)))));
  }
  override result(): Tensor {
    return this.width.value();
  }
}

const customObjects = { Scale, Heavy, Gap, Widest };

function model(optimizer: optimizers.Optimizer = new Heavy({ friction: 0.8 })): Model {
  setRandomSeed(7);
  const made = new Sequential([
    layers.Input({ shape: [3] }),
    new layers.Dense(4, { activation: 'tanh' }),
    new Scale({ start: 0.5, name: 'scale' }),
    new layers.Dense(2),
  ]);
  made.compile({ optimizer, loss: new Gap(), metrics: [new Widest()] });
  return made;
}

const valuesOf = (m: Model) => m.weights.map((w) => [...w.read()]);

describe('parts of one\u2019s own', () => {
  it('train together, and report', async () => {
    const seen: string[] = [];
    class Watch extends callbacks.Callback {
      override onTrainBatchEnd(batch: number): void {
        seen.push(`${batch}:${this.model.optimizer instanceof Heavy}`);
      }
    }
    const m = model();
    const { history } = await m.fit(x, y, { ...quiet, epochs: 30, callbacks: new Watch() });
    expect(Object.keys(history)).toEqual(['factor', 'loss', 'widest']);
    expect(history.loss!.at(-1)!).toBeLessThan(0.9 * history.loss![0]!);
    expect(seen.slice(0, 4)).toEqual(['0:true', '1:true', '2:true', '0:true']);
  });

  it('take the steps that their formulas say', async () => {
    const m = model();
    const [start] = [valuesOf(m)];
    const loss = () => {
      const p = m.apply(x, { training: true });
      const factor = m.getLayer('scale').weights[0]!;
      return ops.add(ops.mean(ops.abs(ops.subtract(y, p))), ops.multiply(0.1, ops.square(factor)));
    };
    const before = loss().item();
    const logs = await m.trainOnBatch(x, y);
    expect(logs.loss).toBeCloseTo(before, 5);
    // Against the slope of the loss by one number: from rest, a step is -rate * gradient.
    const kernel = m.weights[0]!;
    const after = kernel.read();
    const moved = after[0]! - start![0]![0]!;
    m.setWeights(start!.map((w, i) => tensor(w, m.weights[i]!.shape as number[])));
    const at = (shift: number) => {
      kernel.write(Float32Array.from(start![0]!, (v, i) => v + (i === 0 ? shift : 0)));
      return loss().item();
    };
    expect(moved).toBeCloseTo((-0.05 * (at(1e-2) - at(-1e-2))) / 2e-2, 4);
  });

  it('come back from a file and go on as if nothing had been', async () => {
    const before = model();
    await before.fit(x, y, { ...quiet, epochs: 2 });
    const after = await loadModel(await saveModelToBytes(before), { customObjects });
    expect(after.optimizer).toBeInstanceOf(Heavy);
    expect((after.optimizer as Heavy).friction).toBe(0.8);
    expect((after.getLayer('scale') as Scale).start).toBe(0.5);
    expect(valuesOf(after)).toEqual(valuesOf(before));
    const histories = [before, after].map((m) => m.fit(x, y, { ...quiet, epochs: 2 }));
    const [a, b] = await Promise.all(histories);
    expect(b!.history).toEqual(a!.history);
    expect(valuesOf(after)).toEqual(valuesOf(before));
  });
});

describe('a loop of one\u2019s own, outside of fit', () => {
  it('trains as fit does, and compiles nothing after the first rounds', async () => {
    const [m, fitted] = [model(new optimizers.Adam(0.05)), model(new optimizers.Adam(0.05))];
    const weights = m.trainableWeights;
    const optimizer = new optimizers.Adam(0.05);
    optimizer.build(weights);
    const { counts } = programCache();
    const compiled: number[] = [];
    for (let round = 0; round < 4; round++) {
      // As a function of the weights' values.
      const loss = ops.add(
        ops.mean(ops.abs(ops.subtract(y, m.apply(x, { training: true })))),
        ops.multiply(0.1, ops.square(m.getLayer('scale').weights[0]!)),
      );
      optimizer.apply(gradient(loss, weights), weights);
      compiled.push(counts.compiled);
    }
    expect(compiled[3]).toBe(compiled[2]);
    for (let round = 0; round < 4; round++) await fitted.trainOnBatch(x, y);
    valuesOf(m).forEach((w, i) => w.forEach((v, k) => expect(v).toBeCloseTo(valuesOf(fitted)[i]![k]!, 4)));
  });

  it('takes values and gradients of functions from one program', () => {
    const f = valueAndGrad((w: Tensor, at: Tensor) => ops.sum(ops.square(ops.matmul(at, w))));
    const { counts } = programCache();
    const values: number[] = [];
    const step = (i: number) => {
      const [value, slope] = f(rows(3, 1, i), rows(4, 3, 2 * i)) as [Tensor, Tensor];
      values.push(value.item(), slope.dataSync()[0]!);
    };
    step(0);
    const { compiled } = counts;
    for (let i = 1; i < 5; i++) step(i);
    expect(counts.compiled).toBe(compiled);
    expect(new Set(values).size).toBe(10);
  });
});
