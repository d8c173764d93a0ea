import type { Model } from '../../../src/index.ts';
import type { ModelKind } from '../../model-flop.ts';
import { inputOf } from '../../workloads.ts';
import { residual, separable } from './blocks.ts';
import { cnn, mlp, xor } from './plain.ts';
import { bilstm, gru, lstm } from './recurrent.ts';
import { transformer } from './transformer.ts';

const BUILDERS: { readonly [K in ModelKind]: () => Model } = {
  mlp,
  cnn,
  xor,
  lstm,
  gru,
  bilstm,
  transformer,
  residual,
  separable,
};

/** The networks of the benchmark, ready to be trained; the same as in bench/peers/keras_models.py. */
export function buildModel(kind: ModelKind, metrics: readonly 'accuracy'[] = []): Model {
  const model = BUILDERS[kind]();
  const loss = inputOf(kind).classes === 2 ? 'binary_crossentropy' : 'sparse_categorical_crossentropy';
  model.compile({ optimizer: 'adam', loss, metrics: [...metrics] });
  return model;
}
