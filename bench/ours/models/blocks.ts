import { Input, layers, Model, type SymbolicTensor } from '../../../src/index.ts';

const { Activation, Add, BatchNormalization, Conv2D, Dense, GlobalAveragePooling2D, SeparableConv2D } = layers;

/** The block of ResNet-34 (He et al. 2015, figure 2) in the middle of a network. */
export function residual(): Model {
  return between((x) => {
    const y = rectified(new Conv2D(64, [3, 3], { padding: 'same' }).apply(x));
    const z = new BatchNormalization().apply(new Conv2D(64, [3, 3], { padding: 'same' }).apply(y));
    return new Activation('relu').apply(new Add().apply([z, x]) as SymbolicTensor);
  });
}

/** Two separable convolutions, as in Xception and MobileNet. */
export function separable(): Model {
  const one = (x: SymbolicTensor) => rectified(new SeparableConv2D(64, [3, 3], { padding: 'same' }).apply(x));
  return between((x) => one(one(x)));
}

/** A 1 x 1 convolution before the block, so that the gradient of the block's input is needed; a mean and a dense layer after. */
function between(block: (x: SymbolicTensor) => SymbolicTensor): Model {
  const input = Input({ shape: [32, 32, 64] });
  const y = block(new Conv2D(64, [1, 1]).apply(input));
  const pooled = new GlobalAveragePooling2D().apply(y);
  return new Model({ inputs: input, outputs: new Dense(10, { activation: 'softmax' }).apply(pooled) });
}

function rectified(x: SymbolicTensor): SymbolicTensor {
  return new Activation('relu').apply(new BatchNormalization().apply(x));
}
