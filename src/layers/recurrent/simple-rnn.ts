import type { Config } from '../layer.ts';
import { ownCellConfig, readOwnCell } from './cell-of-layer.ts';
import { type RecurrenceOptions, RNN } from './rnn.ts';
import { SimpleRNNCell, type SimpleRNNCellOptions } from './simple-rnn-cell.ts';
import { UNITS_CELL_DEFAULTS } from './units-cell.ts';

export interface SimpleRNNOptions extends SimpleRNNCellOptions, RecurrenceOptions {}

/**
 * A fully connected recurrence over sequences: h' = activation(x kernel + h recurrentKernel + bias). Keras's `SimpleRNN`.
 *
 * Inputs [batch, time, features]; output [batch, units], or [batch, time, units] with `returnSequences`; with `returnState` a
 * list of the output and h. `apply(x, { initialState: h })` begins with another state than zeros. Weights `kernel`
 * [features, units], `recurrent_kernel` [units, units], `bias` [units].
 *
 * @param units Size of the outputs and of the state.
 * @param options.activation Default `'tanh'`.
 * @param options.useBias Default `true`.
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
 *   number of features, or a state of another shape.
 * @example
 * const layer = new SimpleRNN(4);
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 4]
 */
export class SimpleRNN extends RNN {
  static override className = 'SimpleRNN';
  static override moduleName = 'keras.layers';

  declare readonly cell: SimpleRNNCell;

  constructor(units: number, options?: SimpleRNNOptions);
  constructor(options: SimpleRNNOptions & { units: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const make = (options: SimpleRNNCellOptions) =>
      new SimpleRNNCell({ ...options, name: 'simple_rnn_cell' } as SimpleRNNCellOptions & { units: number });
    super(readOwnCell<SimpleRNNCellOptions>(owner, ['units'], UNITS_CELL_DEFAULTS, make, args));
    this.inputSpec = { ndim: 3 };
  }

  /** Size of the outputs. */
  get units(): number {
    return this.cell.units;
  }

  override getConfig(): Config {
    // Keras leaves the seed of this layer, unlike that of its cell, out of files.
    const { seed: _, ...cell } = ownCellConfig(this);
    return { ...this.recurrenceConfig(), ...cell };
  }
}
