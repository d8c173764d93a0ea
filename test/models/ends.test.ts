import { describe, expect, it } from 'vitest';
import { Add, Dense, Input, Layer } from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import type { Tensor } from '../../src/trace/index.ts';

const ones = (...shape: number[]) => ops.ones(shape);
const silent = { verbose: 0 } as const;

describe('the ends of a model', () => {
  it('are those that it was given, for models made of its parts', () => {
    const x = Input({ shape: [3] });
    const base = new Model({ inputs: x, outputs: new Dense(2).apply(new Dense(4).apply(x)) });
    expect([base.input, base.output]).toEqual([base.inputs![0], base.outputs![0]]);
    const head = new Model({ inputs: base.input, outputs: new Dense(1).apply(base.layers[1]!.output) });
    expect(head.outputShape).toEqual([null, 1]);
    expect(head.layers[1]).toBe(base.layers[1]);
    // Called again, it still begins where it did.
    base.apply(Input({ shape: [3] }));
    expect(base.input).toBe(base.inputs![0]);
    const records = new Model({ inputs: { a: x }, outputs: { b: base.output, c: new Dense(1).apply(x) } as never });
    expect([Object.keys(records.input), Object.keys(records.output)]).toEqual([['a'], ['b', 'c']]);
    const sequential = new Sequential([Input({ shape: [3] }), new Dense(2), new Dense(4)]);
    expect([sequential.input, sequential.output].map((t) => (t as { shape: unknown }).shape)).toEqual([
      [null, 3],
      [null, 4],
    ]);
    expect(() => new Sequential([new Dense(2)]).input).toThrow(/has not been called yet/);
  });

  it('of a Sequential model may be several, where the first layer takes them', async () => {
    class Both extends Layer {
      static override className = 'Both';
      override call(x: unknown): Tensor {
        const { a, b } = x as { a: Tensor; b: Tensor };
        return ops.add(a, b);
      }
    }
    const [listed, named] = [[ones(4, 3), ones(4, 3)], { a: ones(4, 3), b: ones(4, 3) }];
    for (const [first, x] of [
      [new Add(), listed],
      [new Both(), named],
    ] as const) {
      const model = new Sequential([first, new Dense(2)]);
      model.compile({ loss: 'mse', optimizer: 'sgd' });
      const { history } = await model.fit(x, ones(4, 2), { ...silent, epochs: 2 });
      expect(history.loss![1]).toBeLessThan(history.loss![0]!);
      const twin = await loadModel(await saveModelToBytes(model), { customObjects: { Both } });
      expect((await twin.predict(x, silent)).dataSync()).toEqual((await model.predict(x, silent)).dataSync());
    }
    expect(() => new Sequential([new Add()]).build([] as never)).toThrow(/build needs one shape/);
  });

  it('of a class may be a record, in files too', async () => {
    class Pair extends Model {
      static override className = 'Pair';
      readonly first = new Dense(2);
      readonly second = new Dense(2);
      override call(x: never): never {
        const { a, b } = x as { a: Tensor; b: Tensor };
        return ops.add(this.first.apply<Tensor>(a), this.second.apply<Tensor>(b)) as never;
      }
    }
    const [model, x] = [new Pair(), { a: ones(4, 3), b: ones(4, 5) }];
    const before = await model.predict(x, silent);
    const twin = await loadModel(await saveModelToBytes(model), { customObjects: { Pair } });
    expect((await twin.predict(x, silent)).dataSync()).toEqual(before.dataSync());
  });
});
