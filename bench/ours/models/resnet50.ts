import { Input, layers, Model, type SymbolicTensor } from '../../../src/index.ts';

const { Activation, Add, BatchNormalization, Conv2D, Dense, GlobalAveragePooling2D, MaxPooling2D, ZeroPadding2D } =
  layers;

/**
 * ResNet-50 for images of 224 x 224 (He et al. 2015, table 1; the stride in a stage's first 1 x 1 convolution, as in the
 * paper): 25.6 million weights, 53 convolutions, each with batch normalization.
 */
export function buildResNet50(): Model {
  const input = Input({ shape: [224, 224, 3] });
  let x = new ZeroPadding2D([3, 3]).apply(input);
  x = normalized(x, 64, 7, 2, 'valid');
  x = new MaxPooling2D([3, 3], { strides: 2, padding: 'same' }).apply(x);
  for (const [stage, { blocks, width }] of STAGES.entries())
    for (let block = 0; block < blocks; block++) x = bottleneck(x, width, block === 0, stage === 0 ? 1 : 2);
  x = new GlobalAveragePooling2D().apply(x);
  const output = new Dense(1000, { activation: 'softmax' }).apply(x);
  const model = new Model({ inputs: input, outputs: output });
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy' });
  return model;
}

const STAGES = [
  { blocks: 3, width: 64 },
  { blocks: 4, width: 128 },
  { blocks: 6, width: 256 },
  { blocks: 3, width: 512 },
];

function bottleneck(x: SymbolicTensor, width: number, first: boolean, firstStride: number): SymbolicTensor {
  const stride = first ? firstStride : 1;
  const shortcut = first ? normalized(x, 4 * width, 1, stride, 'valid', false) : x;
  let y = normalized(x, width, 1, stride, 'valid');
  y = normalized(y, width, 3, 1, 'same');
  y = normalized(y, 4 * width, 1, 1, 'valid', false);
  return new Activation('relu').apply(new Add().apply([shortcut, y]) as SymbolicTensor);
}

function normalized(
  x: SymbolicTensor,
  filters: number,
  window: number,
  strides: number,
  padding: 'same' | 'valid',
  rectified = true,
): SymbolicTensor {
  const y = new Conv2D(filters, [window, window], { strides, padding }).apply(x);
  const z = new BatchNormalization().apply(y);
  return rectified ? new Activation('relu').apply(z) : z;
}
