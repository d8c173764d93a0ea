import type { Sizes } from '../convolution/convolution.ts';
import { BaseConvLSTM, type ConvLSTMOptions } from './base-conv-lstm.ts';

/**
 * Convolutional long short-term memory over sequences with three spatial axes (Shi et al. 2015): an LSTM with convolutions for
 * products. Keras's `ConvLSTM3D`.
 *
 * Inputs [batch, time, depth, height, width, channels]; output [batch, depth, height, width, filters], or with time after the batch with
 * `returnSequences`; with `returnState` a list of the output, h and c. Weights `kernel` [...kernelSize, channels,
 * 4 filters], `recurrent_kernel` [...kernelSize, filters, 4 filters], `bias` [4 filters].
 *
 * @param filters Number of the outputs' channels.
 * @param kernelSize Size of the window: one number for all axes, or one for each.
 * @param options.strides Of the inputs' convolution. Default 1.
 * @param options.padding Of the inputs' convolution: `'valid'` (the default) or `'same'`.
 * @param options.dataFormat `'channels_last'` (the default) or `'channels_first'`.
 * @param options.dilationRate Distance of the window's taps on the inputs. Default 1.
 * @param options.activation Default `'tanh'`; `recurrentActivation` `'sigmoid'`.
 * @param options.useBias Default `true`.
 * @param options.unitForgetBias Whether the bias of the forget gate is 1 at first. Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `recurrentInitializer` `'orthogonal'`; `biasInitializer`
 *   `'zeros'`; also the regularizers and constraints of the three.
 * @param options.dropout Share of the inputs that is dropped in training. Default 0; `recurrentDropout`: of the states.
 * @param options.seed Of the dropout. Default: drawn from the stream of `setRandomSeed`.
 * @param options.returnSequences Whether the outputs of all steps are given. Default `false`; `returnState`, `goBackwards`
 *   and `stateful` as in `RNN`.
 * @throws OlifantError `INVALID_ARGUMENT` for options that cannot be; `SHAPE` for inputs of another number of axes, unknown
 *   spatial sizes or channels, or images that are too small.
 * @example
 * const layer = new ConvLSTM3D(2, 3);
 * layer.apply(ops.ones([2, 3, 4, 6, 5, 1])).shape; // [2, 2, 4, 3, 2]
 */
export class ConvLSTM3D extends BaseConvLSTM {
  static override className = 'ConvLSTM3D';
  static override moduleName = 'keras.layers';

  constructor(filters: number, kernelSize: Sizes, options?: ConvLSTMOptions);
  constructor(options: ConvLSTMOptions & { filters: number; kernelSize: Sizes });
  constructor(...args: unknown[]) {
    super(new.target.className, 3, args);
  }
}
