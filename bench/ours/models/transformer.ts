import { Input, layers, Model, type SymbolicTensor } from '../../../src/index.ts';

const { Add, Dense, GlobalAveragePooling1D, LayerNormalization, MultiHeadAttention } = layers;

/** One block of a transformer's encoder, normalized after each sum (Vaswani et al. 2017, section 3.1). */
export function transformer(): Model {
  const input = Input({ shape: [128, 128] });
  const attended = new MultiHeadAttention(4, 32).apply(input, input) as SymbolicTensor;
  const x = addAndNormalize(input, attended);
  const inner = new Dense(512, { activation: 'relu' }).apply(x);
  const y = addAndNormalize(x, new Dense(128).apply(inner));
  const pooled = new GlobalAveragePooling1D().apply(y);
  return new Model({ inputs: input, outputs: new Dense(10, { activation: 'softmax' }).apply(pooled) });
}

function addAndNormalize(a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor {
  return new LayerNormalization().apply(new Add().apply([a, b]) as SymbolicTensor);
}
