import type { Config } from '../layer.ts';
import { type CudnnOptions, ownCellConfig, readOwnCell } from './cell-of-layer.ts';
import { LSTM_CELL_DEFAULTS, LSTMCell, type LSTMCellOptions } from './lstm-cell.ts';
import { type RecurrenceOptions, RNN } from './rnn.ts';

export interface LSTMOptions extends LSTMCellOptions, RecurrenceOptions, CudnnOptions {}

/**
 * Long short-term memory over sequences (Hochreiter and Schmidhuber 1997); `LSTMCell` has the formulas. Keras's `LSTM`.
 *
 * Inputs [batch, time, features]; output [batch, units], or [batch, time, units] with `returnSequences`; with `returnState` a
 * list of the output, h and c. `apply(x, { initialState: [h, c] })` begins with other states than zeros. Weights `kernel`
 * [features, 4 units], `recurrent_kernel` [units, 4 units], `bias` [4 units].
 *
 * @param units Size of the outputs and of both states.
 * @param options.activation Default `'tanh'`; `recurrentActivation` `'sigmoid'`.
 * @param options.useBias Default `true`.
 * @param options.unitForgetBias Whether the bias of the forget gate is 1 at first. Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `recurrentInitializer` `'orthogonal'`; `biasInitializer`
 *   `'zeros'`; also the regularizers and constraints of the three.
 * @param options.dropout Share of the inputs that is dropped in training, the same at all steps. Default 0;
 *   `recurrentDropout`: of the states.
 * @param options.seed Of the dropout. Default: drawn from the stream of `setRandomSeed`.
 * @param options.returnSequences Whether the outputs of all steps are given. Default `false`.
 * @param options.returnState Whether the last states are given after the output. Default `false`.
 * @param options.goBackwards Whether the last step comes first. Default `false`.
 * @param options.stateful Whether a batch begins with the states at which the batch before ended. Default `false`.
 * @param options.unroll Taken as in Keras; a loop is compiled as a loop all the same. Default `false`.
 * @param options.zeroOutputForMask Whether the outputs of masked steps are 0, not those of the step before. Default `false`.
 * @throws OlifantError `INVALID_ARGUMENT` for options that cannot be; `SHAPE` for inputs that have not three axes, an unknown
 *   number of features, or states of another shape.
 * @example
 * const layer = new LSTM(4, { returnSequences: true });
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 3, 4]
 */
export class LSTM extends RNN {
  static override className = 'LSTM';
  static override moduleName = 'keras.layers';

  declare readonly cell: LSTMCell;

  constructor(units: number, options?: LSTMOptions);
  constructor(options: LSTMOptions & { units: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const make = (options: LSTMCellOptions) =>
      new LSTMCell({ ...options, name: 'lstm_cell' } as LSTMCellOptions & { units: number });
    super(readOwnCell<LSTMCellOptions>(owner, ['units'], LSTM_CELL_DEFAULTS, make, args, { useCudnn: 'auto' }));
    this.inputSpec = { ndim: 3 };
  }

  /** Size of the outputs. */
  get units(): number {
    return this.cell.units;
  }

  override getConfig(): Config {
    return { ...this.recurrenceConfig(), ...ownCellConfig(this) };
  }
}
