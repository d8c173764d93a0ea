import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { readOptions } from '../options.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import type { CellPlan } from './cell.ts';
import { UNITS_CELL_DEFAULTS, UnitsCell, type UnitsCellOptions } from './units-cell.ts';

export interface SimpleRNNCellOptions extends UnitsCellOptions {}

/**
 * One step of a fully connected recurrence: h' = activation(x kernel + h recurrentKernel + bias), which is both output and
 * state. Keras's `SimpleRNNCell`.
 *
 * Inputs [batch, features]; `call(inputs, { states: [h] })` gives `[h', [h']]`, all [batch, units]. Weights `kernel`
 * [features, units], `recurrent_kernel` [units, units], `bias` [units].
 *
 * @param units Size of the outputs and of the state.
 * @param options.activation Default `'tanh'`.
 * @param options.useBias Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `recurrentInitializer` `'orthogonal'`; `biasInitializer`
 *   `'zeros'`; also the regularizers and constraints of the three.
 * @param options.dropout Share of the inputs that is dropped in training. Default 0; `recurrentDropout`: of the state.
 * @param options.seed Of the dropout. Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for units that are no positive whole number or rates out of range; `SHAPE` for an
 *   unknown number of features.
 * @example
 * const layer = new RNN(new SimpleRNNCell(4));
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 4]
 */
export class SimpleRNNCell extends UnitsCell {
  static override className = 'SimpleRNNCell';
  static override moduleName = 'keras.layers';

  constructor(units: number, options?: SimpleRNNCellOptions);
  constructor(options: SimpleRNNCellOptions & { units: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    super(owner, readOptions<SimpleRNNCellOptions>(owner, ['units'], UNITS_CELL_DEFAULTS, args));
  }

  get stateSize(): number {
    return this.units;
  }

  override build(inputShape: DynamicShape): void {
    const { units } = this;
    this.addWeights([knownSize(this, inputShape, -1), units], [units, units], [units]);
  }

  override prepare(sequences: Tensor, training: boolean): CellPlan {
    const few = this.unprojected(sequences, 1, training);
    if (few !== null) {
      const joint = this.joint(this.kernel.value(), this.recurrentKernel.value(), this.bias?.value() ?? null);
      return {
        rows: [few],
        step: ([row], states) => {
          const h = this.activation(joint(row!, (states as readonly [Tensor])[0]));
          return [h, [h]];
        },
      };
    }
    const x = this.project(sequences, 1, training);
    const batch = sequences.shape[0]!;
    const masks = this.dropMasks(this.recurrentDropout, [batch, this.units], 1, training);
    const kernel = this.recurrentKernel.value();
    return {
      rows: [this.bias === null ? x : ops.add(x, this.bias)],
      step: ([row], states) => {
        const [before] = states as readonly [Tensor];
        const [inner] = this.recur(before, [kernel], masks) as [Tensor];
        const h = this.activation(ops.add(row!, inner));
        return [h, [h]];
      },
    };
  }

  /** Unlike the gated cells, it heeds a rate of 1. */
  protected override drops(): boolean {
    return true;
  }
}
