import type { Sizes } from '../convolution/convolution.ts';
import { BaseConvLSTM, type ConvLSTMOptions } from './base-conv-lstm.ts';

/**
 * Convolutional long short-term memory over sequences with one spatial axis (Shi et al. 2015): an LSTM with convolutions for
 * products. Keras's `ConvLSTM1D`.
 *
 * Inputs [batch, time, width, channels]; output [batch, width, filters], or with time after the batch with
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
 * const layer = new ConvLSTM1D(2, 3);
 * layer.apply(ops.ones([2, 3, 6, 1])).shape; // [2, 4, 2]
 */
export class ConvLSTM1D extends BaseConvLSTM {
  static override className = 'ConvLSTM1D';
  static override moduleName = 'keras.layers';

  constructor(filters: number, kernelSize: Sizes, options?: ConvLSTMOptions);
  constructor(options: ConvLSTMOptions & { filters: number; kernelSize: Sizes });
  constructor(...args: unknown[]) {
    super(new.target.className, 1, args);
  }
}
