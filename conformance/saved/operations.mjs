// Each operation of keras.ops that can stand between layers, in a model of its own.
import { operationCalls } from '../../test/support/operation-calls.mjs';

/** What Keras on JAX cannot open, or not compute, whoever wrote it. */
const NOT_IN_KERAS = {
  adaptiveAveragePool: 'wants a tuple as output_size, and writes a list',
  adaptiveMaxPool: 'wants a tuple as output_size, and writes a list',
  argsort: 'has no `descending`',
  bincount: 'cannot have weights in a functional model',
  convTranspose: 'confuses padding and output_padding in functional models',
  histogram: 'has none on JAX',
  norm: 'cannot have axes on JAX: makes lists of them, which are not hashable',
  polar: 'gives complex numbers: here they are pairs',
  quantile: 'cannot have an axis on JAX: makes a list of it, which is not hashable',
  trapezoid: 'cannot have places in a functional model',
};

export async function writeOperations(olifant, save) {
  const { tensor, Input, Model } = olifant;
  const { names, call } = operationCalls(olifant);
  const values = tensor([
    [1, -2, 3, -4],
    [-1, 2, 0.5, 5],
  ]);
  for (const name of names) {
    if (Object.hasOwn(NOT_IN_KERAS, name)) continue;
    const input = Input({ batchShape: [2, 4] });
    const model = new Model({ inputs: input, outputs: call(name, input) });
    // Outputs need not have a batch.
    await save(`op_${name.replaceAll(' ', '_')}`, model, [values], { called: true });
  }
}
