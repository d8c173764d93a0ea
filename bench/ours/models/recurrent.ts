import { Input, layers, Sequential } from '../../../src/index.ts';

const { Bidirectional, Dense, Embedding, GRU, LSTM } = layers;

const UNITS = 50;

/** A review of 500 words, good or bad. */
function reader(recurrent: layers.Layer): Sequential {
  return new Sequential([
    Input({ shape: [500], dtype: 'int32' }),
    new Embedding(2000, 5),
    recurrent,
    new Dense(1, { activation: 'sigmoid' }),
  ]);
}

export const lstm = (): Sequential => reader(new LSTM(UNITS));
export const gru = (): Sequential => reader(new GRU(UNITS));
export const bilstm = (): Sequential => reader(new Bidirectional(new LSTM(UNITS)));
