import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import type { Config } from '../layer.ts';
import { type Defaults, readFlag, readOptions } from '../options.ts';
import { knownSize } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import type { CellPlan } from './cell.ts';
import { GATED_CELL_DEFAULTS, GatedCell, type GatedCellOptions } from './gated-cell.ts';

export interface GRUCellOptions extends GatedCellOptions {
  /** Whether the reset gate comes after the product with the state. Default `true`. */
  resetAfter?: boolean;
}

/** From inputs (or what was projected of them) and state to the update gate and the candidate before its activation. */
type Gates = (row: Tensor, h: Tensor) => [update: Tensor, candidate: Tensor];

export const GRU_CELL_DEFAULTS: Defaults<GRUCellOptions> = { ...GATED_CELL_DEFAULTS, resetAfter: true };

/**
 * One step of a gated recurrent unit (Cho et al. 2014). Keras's `GRUCell`. With x_z, x_r, x_h the columns of x kernel + bias,
 * U those of `recurrent_kernel`, s the `recurrentActivation`:
 *
 *     z = s(x_z + h U_z)                                   the update gate
 *     r = s(x_r + h U_r)                                   the reset gate
 *     c = activation(x_h + r (h U_h + b)), or with resetAfter false: activation(x_h + (r h) U_h)
 *     h' = z h + (1 - z) c
 *
 * Inputs [batch, features]; `call(inputs, { states: [h] })` gives `[h', [h']]`, all [batch, units]. Weights `kernel`
 * [features, 3 units], `recurrent_kernel` [units, 3 units], `bias` [2, 3 units] (of the inputs, of the states), or [3 units]
 * with `resetAfter` false.
 *
 * @param units Size of the outputs and of the state.
 * @param options.activation Default `'tanh'`; `recurrentActivation` `'sigmoid'`.
 * @param options.useBias Default `true`.
 * @param options.resetAfter Whether the reset gate comes after the product with the state. Default `true`.
 * @param options.kernelInitializer Default `'glorot_uniform'`; `recurrentInitializer` `'orthogonal'`; `biasInitializer`
 *   `'zeros'`; also the regularizers and constraints of the three.
 * @param options.dropout Share of the inputs that is dropped in training. Default 0; `recurrentDropout`: of the state.
 * @param options.seed Of the dropout. Default: drawn from the stream of `setRandomSeed`.
 * @throws OlifantError `INVALID_ARGUMENT` for units that are no positive whole number or rates out of range; `SHAPE` for an
 *   unknown number of features.
 * @example
 * const layer = new RNN(new GRUCell(4), { returnSequences: true });
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 3, 4]
 */
export class GRUCell extends GatedCell {
  static override className = 'GRUCell';
  static override moduleName = 'keras.layers';

  readonly resetAfter: boolean;

  constructor(units: number, options?: GRUCellOptions);
  constructor(options: GRUCellOptions & { units: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<GRUCellOptions>(owner, ['units'], GRU_CELL_DEFAULTS, args);
    super(owner, o);
    this.resetAfter = readFlag(owner, 'resetAfter', o.resetAfter);
  }

  get stateSize(): number {
    return this.units;
  }

  override build(inputShape: DynamicShape): void {
    const { units, resetAfter } = this;
    const bias = resetAfter ? [2, 3 * units] : [3 * units];
    this.addWeights([knownSize(this, inputShape, -1), 3 * units], [units, 3 * units], bias);
  }

  override prepare(sequences: Tensor, training: boolean): CellPlan {
    const x = this.unprojected(sequences, 3, training);
    if (x !== null)
      return { rows: [x], step: this.#stepping(this.resetAfter ? this.#jointAfter() : this.#jointBefore()) };
    const projected = this.project(sequences, 3, training);
    const masks = this.dropMasks(this.recurrentDropout, [sequences.shape[0]!, this.units], 3, training);
    const { outside, inside } = this.#biases();
    return {
      rows: [outside === null ? projected : ops.add(projected, outside)],
      step: this.#stepping(this.resetAfter ? this.#stepAfter(masks, inside) : this.#stepBefore(masks)),
    };
  }

  #stepping(gates: Gates): CellPlan['step'] {
    return ([row], states) => {
      const [before] = states as readonly [Tensor];
      const [z, candidate] = gates(row!, before);
      const h = ops.add(ops.multiply(z, before), ops.multiply(ops.subtract(1, z), this.activation(candidate)));
      return [h, [h]];
    };
  }

  /** The candidate's two halves are columns of their own, as the reset gate stands between them. */
  #jointAfter(): Gates {
    const { units, recurrentActivation: s } = this;
    const { outside, inside } = this.#biases();
    const apart = (kernel: Variable, first: boolean) => {
      const [gates, candidate] = ops.split(kernel, [2 * units], 1) as [Tensor, Tensor];
      const none = ops.zerosLike(candidate);
      return ops.concatenate([gates, ...(first ? [candidate, none] : [none, candidate])], 1);
    };
    const bias = outside && ops.concatenate([outside, inside!]);
    const all = this.joint(apart(this.kernel, true), apart(this.recurrentKernel, false), bias);
    return (x, h) => {
      const [z, r, xh, hh] = ops.split(all(x, h), 4, -1) as [Tensor, Tensor, Tensor, Tensor];
      return [s(z), ops.add(xh, ops.multiply(s(r), hh))];
    };
  }

  #jointBefore(): Gates {
    const { units, recurrentActivation: s } = this;
    const parts = (w: Variable) => ops.split(w, [2 * units], -1) as [Tensor, Tensor];
    const [[xGates, xLast], [hGates, hLast]] = [parts(this.kernel), parts(this.recurrentKernel)];
    const biases = this.bias === null ? [null, null] : parts(this.bias);
    const gates = this.joint(xGates, hGates, biases[0]!);
    const candidate = this.joint(xLast, hLast, biases[1]!);
    return (x, h) => {
      const [z, r] = ops.split(gates(x, h), 2, -1) as [Tensor, Tensor];
      return [s(z), candidate(x, ops.multiply(s(r), h))];
    };
  }

  /** What can be added before the loop, and what the reset gate multiplies. */
  #biases(): { outside: Tensor | null; inside: Tensor | null } {
    const { bias, units } = this;
    if (bias === null) return { outside: null, inside: null };
    if (!this.resetAfter) return { outside: bias.value(), inside: null };
    const [input, recurrent] = ops.split(bias, 2, 0).map((b) => ops.squeeze(b, 0)) as [Tensor, Tensor];
    const [gates, inside] = ops.split(recurrent, [2 * units]) as [Tensor, Tensor];
    return { outside: ops.add(input, ops.concatenate([gates, ops.zeros([units], input.dtype)])), inside };
  }

  #stepAfter(masks: readonly Tensor[] | null, bias: Tensor | null): Gates {
    const s = this.recurrentActivation;
    const kernels = masks === null ? [this.recurrentKernel.value()] : ops.split(this.recurrentKernel, 3, 1);
    return (row, h) => {
      const products = this.recur(h, kernels, masks);
      const [hz, hr, hh] = masks === null ? ops.split(products[0]!, 3, -1) : products;
      const [xz, xr, xh] = ops.split(row, 3, -1);
      const r = s(ops.add(xr!, hr!));
      const inner = bias === null ? hh! : ops.add(hh!, bias);
      return [s(ops.add(xz!, hz!)), ops.add(xh!, ops.multiply(r, inner))];
    };
  }

  #stepBefore(masks: readonly Tensor[] | null): Gates {
    const s = this.recurrentActivation;
    const { units } = this;
    const [gates, last] = ops.split(this.recurrentKernel, [2 * units], 1) as [Tensor, Tensor];
    const kernels = masks === null ? [gates] : ops.split(gates, 2, 1);
    return (row, h) => {
      const products = this.recur(h, kernels, masks);
      const [hz, hr] = masks === null ? ops.split(products[0]!, 2, -1) : products;
      const [xz, xr, xh] = ops.split(row, 3, -1);
      const r = s(ops.add(xr!, hr!));
      const seen = masks === null ? h : ops.multiply(h, masks[2]!);
      return [s(ops.add(xz!, hz!)), ops.add(xh!, ops.matmul(ops.multiply(r, seen), last))];
    };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), reset_after: this.resetAfter };
  }
}
