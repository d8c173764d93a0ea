import type { Config } from '../layer.ts';
import { type CudnnOptions, ownCellConfig, readOwnCell } from './cell-of-layer.ts';
import { GRU_CELL_DEFAULTS, GRUCell, type GRUCellOptions } from './gru-cell.ts';
import { type RecurrenceOptions, RNN } from './rnn.ts';

export interface GRUOptions extends GRUCellOptions, RecurrenceOptions, CudnnOptions {}

/**
 * Gated recurrent units over sequences (Cho et al. 2014); `GRUCell` has the formulas. Keras's `GRU`.
 *
 * Inputs [batch, time, features]; output [batch, units], or [batch, time, units] with `returnSequences`; with `returnState` a
 * list of the output and h. `apply(x, { initialState: h })` begins with another state than zeros. Weights `kernel`
 * [features, 3 units], `recurrent_kernel` [units, 3 units], `bias` [2, 3 units], or [3 units] with `resetAfter` false.
 *
 * @param units Size of the outputs and of the state.
 * @param options.activation Default `'tanh'`; `recurrentActivation` `'sigmoid'`.
 * @param options.useBias Default `true`.
 * @param options.resetAfter Whether the reset gate comes after the product with the state. Default `true`.
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
 * const layer = new GRU(4, { returnState: true });
 * layer.apply(ops.ones([2, 3, 5])).map((t) => t.shape); // [[2, 4], [2, 4]]
 */
export class GRU extends RNN {
  static override className = 'GRU';
  static override moduleName = 'keras.layers';

  declare readonly cell: GRUCell;

  constructor(units: number, options?: GRUOptions);
  constructor(options: GRUOptions & { units: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const make = (options: GRUCellOptions) =>
      new GRUCell({ ...options, name: 'gru_cell' } as GRUCellOptions & { units: number });
    super(readOwnCell<GRUCellOptions>(owner, ['units'], GRU_CELL_DEFAULTS, make, args, { useCudnn: 'auto' }));
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
