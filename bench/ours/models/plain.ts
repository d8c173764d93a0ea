import { Input, layers, Sequential } from '../../../src/index.ts';

const { Conv2D, Dense, Dropout, Flatten, MaxPooling2D } = layers;

export function mlp(): Sequential {
  return new Sequential([
    Input({ shape: [784] }),
    new Dense(512, { activation: 'relu' }),
    new Dropout(0.2),
    new Dense(512, { activation: 'relu' }),
    new Dropout(0.2),
    new Dense(10, { activation: 'softmax' }),
  ]);
}

export function cnn(): Sequential {
  return new Sequential([
    Input({ shape: [28, 28, 1] }),
    new Conv2D(64, [5, 5], { activation: 'relu' }),
    new MaxPooling2D([2, 2]),
    new Conv2D(64, [5, 5], { activation: 'relu' }),
    new MaxPooling2D([2, 2]),
    new Flatten(),
    new Dense(128, { activation: 'relu' }),
    new Dense(64, { activation: 'relu' }),
    new Dense(10, { activation: 'softmax' }),
  ]);
}

export function xor(): Sequential {
  return new Sequential([
    Input({ shape: [2] }),
    new Dense(8, { activation: 'tanh' }),
    new Dense(1, { activation: 'sigmoid' }),
  ]);
}
