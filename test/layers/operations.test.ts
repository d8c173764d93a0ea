import { describe, expect, it } from 'vitest';
import { Input, loadModel, Model, ops, saveModelToBytes, Tensor, tensor } from '../../src/index.ts';
import { SymbolicTensor } from '../../src/layers/symbolic.ts';
import { operationCalls } from '../support/operation-calls.mjs';

const values = tensor([
  [1, -2, 3, -4],
  [-1, 2, 0.5, 5],
]);

const { names, call } = operationCalls({ ops, tensor });

describe('every operation on symbolic tensors', () => {
  it.each(names)('%s computes the same in a model, before and after a file', async (name) => {
    const expected = call(name, values);
    expect(expected, 'of values').toBeInstanceOf(Tensor);
    const input = Input({ batchShape: [2, 4] });
    const output = call(name, input);
    expect(output, 'of a symbolic tensor').toBeInstanceOf(SymbolicTensor);
    expect([output.shape, output.dtype]).toEqual([expected.shape, expected.dtype]);
    const model = new Model({ inputs: input, outputs: output });
    const again = await loadModel(await saveModelToBytes(model));
    for (const m of [model, again]) {
      const got = m.apply(values) as Tensor;
      expect(got.dtype).toBe(expected.dtype);
      expect(got.arraySync()).toEqual(expected.arraySync());
    }
  });

  it('lets an unknown size meet a known one', async () => {
    const [a, b] = [Input({ shape: [null, 4] }), Input({ shape: [6, 4] })];
    const outputs = [ops.multiply(a, b), ops.concatenate([a, b], -1)];
    expect(outputs.map((y) => y.rank)).toEqual([3, 3]);
    const model = new Model({ inputs: [a, b], outputs });
    const again = await loadModel(await saveModelToBytes(model));
    const [product, both] = again.apply([ops.ones([2, 6, 4]), ops.ones([2, 6, 4])]) as unknown as Tensor[];
    expect([product!.shape, both!.shape]).toEqual([
      [2, 6, 4],
      [2, 6, 8],
    ]);
    expect(() => ops.multiply(Input({ shape: [null, 5] }), b)).toThrow(/5.*4|4.*5/);
  });

  it('refuses symbolic tensors as other options, with the name of the option', () => {
    const x = Input({ shape: [4] });
    expect(() => ops.normalize(x, { axis: x as never })).toThrow(/Normalize.*axis/);
  });
});
