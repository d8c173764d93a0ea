export type ModelKind = 'mlp' | 'cnn' | 'xor' | 'lstm' | 'gru' | 'bilstm' | 'transformer' | 'residual' | 'separable';

const dense = (inputs: number, outputs: number): number => 2 * inputs * outputs;

/** A product and both of its gradients, each of which costs as much as the product. */
const trained = (flop: number): number => 3 * flop;

/** The same where nobody asks for the gradient of the input, which is data. */
const first = (flop: number): number => 2 * flop;

/** 500 steps of 50 units on tokens of 5 numbers: the products of as many gates with [input, state], in each step. */
const recurrent = (gates: number): number => 500 * trained(dense(5 + 50, gates * 50));

/** 128 places of 128 features: projections, scores and mixture of the values, and two dense layers. */
function transformer(): number {
  const [places, size, inner] = [128, 128, 512];
  const projections = first(3 * places * dense(size, size)) + trained(places * dense(size, size));
  const attention = trained(2 * places * dense(size, places));
  return projections + attention + trained(places * (dense(size, inner) + dense(inner, size)) + dense(size, 10));
}

/** 32 x 32 pixels of 64 channels: the 1 x 1 convolution that begins, and `pixel` operations for each pixel thereafter. */
const block = (pixel: number): number => 32 * 32 * (first(dense(64, 64)) + trained(pixel)) + trained(dense(64, 10));

/**
 * Floating-point operations of the products in a training step, for each example. A multiply-add counts as two; rows and
 * columns of the padding count as the others.
 */
export const FLOP_PER_SAMPLE: Readonly<Record<ModelKind, number>> = {
  mlp: first(dense(784, 512)) + trained(dense(512, 512) + dense(512, 10)),
  cnn:
    first(24 * 24 * dense(25, 64)) +
    trained(8 * 8 * dense(25 * 64, 64) + dense(1024, 128) + dense(128, 64) + dense(64, 10)),
  xor: first(dense(2, 8)) + trained(dense(8, 1)),
  lstm: recurrent(4) + trained(dense(50, 1)),
  gru: recurrent(3) + trained(dense(50, 1)),
  bilstm: 2 * recurrent(4) + trained(dense(100, 1)),
  transformer: transformer(),
  residual: block(2 * dense(9 * 64, 64)),
  separable: block(2 * (64 * dense(9, 1) + dense(64, 64))),
};
