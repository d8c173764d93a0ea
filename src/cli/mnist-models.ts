import * as layers from '../layers/index.ts';
import { Sequential } from '../models/index.ts';

/** The networks that courses train on MNIST, for images of shape `[28, 28]` with pixels from 0 to 255, not compiled. */
export const MNIST_MODELS = { mlp: buildMlp, cnn: buildCnn };

export type MnistModel = keyof typeof MNIST_MODELS;

/** Two hidden layers of 512 with dropout: 669,706 weights. */
function buildMlp(): Sequential {
  return new Sequential(
    [
      new layers.InputLayer({ shape: [28, 28] }),
      new layers.Rescaling(1 / 255),
      new layers.Flatten(),
      new layers.Dense(512, { activation: 'relu' }),
      new layers.Dropout(0.2),
      new layers.Dense(512, { activation: 'relu' }),
      new layers.Dropout(0.2),
      new layers.Dense(10, { activation: 'softmax' }),
    ],
    { name: 'mnist_mlp' },
  );
}

/** Two convolutions of 64 filters of 5 x 5, each with a maximum over 2 x 2: 244,042 weights. */
function buildCnn(): Sequential {
  return new Sequential(
    [
      new layers.InputLayer({ shape: [28, 28] }),
      new layers.Rescaling(1 / 255),
      new layers.Reshape([28, 28, 1]),
      new layers.Conv2D(64, [5, 5], { activation: 'relu' }),
      new layers.MaxPooling2D([2, 2]),
      new layers.Conv2D(64, [5, 5], { activation: 'relu' }),
      new layers.MaxPooling2D([2, 2]),
      new layers.Flatten(),
      new layers.Dense(128, { activation: 'relu' }),
      new layers.Dense(64, { activation: 'relu' }),
      new layers.Dense(10, { activation: 'softmax' }),
    ],
    { name: 'mnist_cnn' },
  );
}
