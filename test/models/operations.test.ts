import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Input, layers, loadModel, Model, OlifantError, ops, tensor, Variable } from '../../src/index.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { TOLERANCES } from '../support/tolerances.ts';
import { type GoldenTensor, toTensor } from './golden.ts';

interface Case {
  name: string;
  config: { config: Record<string, unknown> };
  inputs: GoldenTensor[];
  outputs: GoldenTensor[];
}

const { cases } = JSON.parse(readFileSync(new URL('../golden/operations.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const quiet = { verbose: 0 } as const;

describe('operations of Keras\u2019s among the layers of a file', () => {
  it.each(cases.map((c) => [c.name, c] as const))('%s: compute what they do there', async (_, c) => {
    const model = Model.fromConfig(c.config.config);
    const outputs = await model.predict<Tensor[]>(c.inputs.map(toTensor), quiet);
    expect(outputs).toHaveLength(c.outputs.length);
    c.outputs.forEach((expected, i) => {
      const name = model.outputNames![i]!;
      expect(outputs[i]!.shape, name).toEqual(expected.shape);
      const got = outputs[i]!.dataSync();
      expected.values.forEach((v, j) => {
        expect(Math.abs(got[j]! - Number(v)), `${name}[${j}]`).toBeLessThan(
          TOLERANCES.layer.relative * Math.max(1, Math.abs(Number(v))),
        );
      });
    });
  });

  it.each(cases.map((c) => [c.name, c] as const))('%s: are written as they were read', (_, c) => {
    expect(JSON.parse(JSON.stringify(Model.fromConfig(c.config.config).getConfig()))).toEqual(c.config.config);
  });
});

const a = () => Input({ shape: [4], name: 'a' });
const values = tensor([
  [1, -2, 3, -4],
  [-1, 2, 0, 5],
]);

/** A model of one operation computes what the operation does, before and after a file. */
async function same(f: (x: never) => unknown): Promise<void> {
  const input = a();
  const model = new Model({ inputs: input, outputs: f(input as never) as never });
  const expected = f(values as never) as Tensor;
  const again = await loadModel(await model.save());
  for (const m of [model, again as Model]) {
    const got = await m.predict(values, quiet);
    expect(got.shape).toEqual(expected.shape);
    expect(got.arraySync()).toEqual(expected.arraySync());
  }
}

describe('ops on symbolic tensors', () => {
  const functions: [string, (x: never) => unknown][] = [
    ['relu', (x) => ops.relu(x)],
    ['add a number', (x) => ops.add(x, 1)],
    ['subtract from a number', (x) => ops.subtract(1, x)],
    ['add an array', (x) => ops.add(x, [1, 2, 3, 4])],
    ['multiply by a tensor', (x) => ops.multiply(x, tensor([1, 0, 2, 0]))],
    ['multiply by itself', (x) => ops.multiply(x, x)],
    ['sum', (x) => ops.sum(x, { axis: 1, keepdims: true })],
    ['sum by axis', (x) => ops.sum(x, -1)],
    ['mean', (x) => ops.mean(x, { axis: [1] })],
    ['reshape', (x) => ops.reshape(x, [-1, 2, 2])],
    ['concatenate', (x) => ops.concatenate([x, x], 1)],
    ['softmax', (x) => ops.softmax(x)],
    ['oneHot', (x) => ops.oneHot(ops.cast(ops.greater(x, 0), 'int32'), 2)],
    ['where', (x) => ops.where(ops.less(x, 0), 0, x)],
    ['einsum', (x) => ops.einsum('bi,bj->bij', x, x)],
    ['take', (x) => ops.take(x, [0, 3], 1)],
    ['clip', (x) => ops.clip(x, -1, 1)],
    ['maxPool', (x) => ops.maxPool(ops.reshape(x, [-1, 4, 1]), 2)],
    ['expandDims', (x) => ops.expandDims(x, -1)],
    ['tanh of half', (x) => ops.tanh(ops.divide(x, 2))],
  ];
  it.each(functions)('%s', (_, f) => same(f));

  it('gives several outputs', () => {
    const halves = ops.split(a(), 2, 1);
    expect(halves.map((h) => h.shape)).toEqual([
      [null, 2],
      [null, 2],
    ]);
  });

  it('trains', async () => {
    const x = a();
    const hidden = new layers.Dense(4).apply(x);
    const model = new Model({ inputs: x, outputs: ops.sum(ops.square(ops.subtract(hidden, x)), { axis: 1 }) });
    model.compile({ optimizer: 'sgd', loss: 'mae' });
    const { history } = await model.fit(values, tensor([0, 0]), { ...quiet, epochs: 5 });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!);
  });

  it('names its layers as Keras does', () => {
    const x = a();
    const model = new Model({ inputs: x, outputs: ops.expandDims(ops.relu(ops.variance(x, -1)), 1) });
    expect(model.layers.map((l) => l.className)).toEqual(['InputLayer', 'Var', 'Relu', 'ExpandDims']);
  });

  it('refuses weights, which belong into layers, and what cannot be recorded', () => {
    expect(() => ops.add(a(), new Variable([1, 2, 3, 4]) as never)).toThrow(
      /constants only, got .*weights belong into a layer/,
    );
    expect(() => ops.map((x) => x, a() as never)).toThrow(/cannot stand in a functional model: use it in the `call`/);
    expect(() => ops.reshape(a(), a() as never)).toThrow(/first 1 argument/);
    expect(() => ops.matmul(a(), tensor([[1], [2]]))).toThrow(OlifantError);
  });
});
