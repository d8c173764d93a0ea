import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readFlag, readOptions } from '../options.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import type { CellPlan } from './cell.ts';
import { forgetBias } from './forget-bias.ts';
import { GATED_CELL_DEFAULTS, GatedCell, type GatedCellOptions } from './gated-cell.ts';

export interface LSTMCellOptions extends GatedCellOptions {
  /** Whether the bias of the forget gate is 1 at first. Default `true`. */
  unitForgetBias?: boolean;
}

export const LSTM_CELL_DEFAULTS: Defaults<LSTMCellOptions> = { ...GATED_CELL_DEFAULTS, unitForgetBias: true };

/**
 * One step of a long short-term memory (Hochreiter and Schmidhuber 1997). Keras's `LSTMCell`. With z the columns of x kernel +
 * h recurrentKernel + bias for the gates i, f, c, o, and s the `recurrentActivation`:
 *
 *     c' = s(z_f) c + s(z_i) activation(z_c)
 *     h' = s(z_o) activation(c')
 *
 * Inputs [batch, features]; `call(inputs, { states: [h, c] })` gives `[h', [h', c']]`, all [batch, units]. Weights `kernel`
 * [features, 4 units], `recurrent_kernel` [units, 4 units], `bias` [4 units].
 *
 * @param units Size of the outputs and of both states.
 * @param options.activation Default `'tanh'`; `recurrentActivation` `'sigmoid'`.
 * @param options.useBias Default `true`.
 * @param options.unitForgetBias Whether the bias of the forget gate is 1 at first. Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `recurrentInitializer` `'orthogonal'`; `biasInitializer`
 *   `'zeros'`; also the regularizers and constraints of the three.
 * @param options.dropout Share of the inputs that is dropped in training. Default 0; `recurrentDropout`: of the state.
 * @param options.seed Of the dropout. Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for units that are no positive whole number or rates out of range; `SHAPE` for an
 *   unknown number of features.
 * @example
 * const layer = new RNN([new LSTMCell(4), new LSTMCell(3)]);
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 3]
 */
export class LSTMCell extends GatedCell {
  static override className = 'LSTMCell';
  static override moduleName = 'keras.layers';

  readonly unitForgetBias: boolean;

  constructor(units: number, options?: LSTMCellOptions);
  constructor(options: LSTMCellOptions & { units: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<LSTMCellOptions>(owner, ['units'], LSTM_CELL_DEFAULTS, args);
    super(owner, o);
    this.unitForgetBias = readFlag(owner, 'unitForgetBias', o.unitForgetBias);
  }

  get stateSize(): readonly number[] {
    return [this.units, this.units];
  }

  override build(inputShape: DynamicShape): void {
    const { units } = this;
    const features = knownSize(this, inputShape, -1);
    const start = this.unitForgetBias ? forgetBias : undefined;
    this.addWeights([features, 4 * units], [units, 4 * units], [4 * units], start);
  }

  override prepare(sequences: Tensor, training: boolean): CellPlan {
    const x = this.unprojected(sequences, 4, training);
    if (x === null) return this.#prepareProjected(sequences, training);
    const gates = this.joint(this.kernel.value(), this.recurrentKernel.value(), this.bias?.value() ?? null);
    return {
      rows: [x],
      step: ([row], states) => {
        const [h, c] = states as readonly [Tensor, Tensor];
        return this.#step(gates(row!, h), c);
      },
    };
  }

  #prepareProjected(sequences: Tensor, training: boolean): CellPlan {
    const x = this.project(sequences, 4, training);
    const masks = this.dropMasks(this.recurrentDropout, [sequences.shape[0]!, this.units], 4, training);
    const kernels = masks === null ? [this.recurrentKernel.value()] : ops.split(this.recurrentKernel, 4, 1);
    return {
      rows: [this.bias === null ? x : ops.add(x, this.bias)],
      step: ([row], states) => {
        const [h, c] = states as readonly [Tensor, Tensor];
        const products = this.recur(h, kernels, masks);
        const product = masks === null ? products[0]! : ops.concatenate(products, -1);
        return this.#step(ops.add(row!, product), c);
      },
    };
  }

  /** From the columns of all gates and the memory to output and states. */
  #step(gates: Tensor, c: Tensor): [Tensor, Tensor[]] {
    const { activation, recurrentActivation: s } = this;
    const [i, f, candidate, o] = ops.split(gates, 4, -1) as [Tensor, Tensor, Tensor, Tensor];
    const memory = ops.add(ops.multiply(s(f), c), ops.multiply(s(i), activation(candidate)));
    const output = ops.multiply(s(o), activation(memory));
    return [output, [output, memory]];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), unit_forget_bias: this.unitForgetBias };
  }
}
