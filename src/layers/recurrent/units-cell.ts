import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, wholeNumber } from '../options.ts';
import { RECURRENT_CELL_DEFAULTS, RecurrentCell, type RecurrentCellOptions } from './recurrent-cell.ts';

export interface UnitsCellOptions extends RecurrentCellOptions {
  /** Size of the outputs and of each state. */
  units?: number;
}

export const UNITS_CELL_DEFAULTS: Defaults<UnitsCellOptions> = { units: REQUIRED, ...RECURRENT_CELL_DEFAULTS };

/** So many features are few: see `unprojected`. */
const FEW = 32;

/** What the cells on vectors share: how inputs and states meet the kernels. */
export abstract class UnitsCell extends RecurrentCell {
  readonly units: number;

  constructor(owner: string, o: LayerOptions & Defaults<UnitsCellOptions>) {
    super(owner, o);
    this.units = wholeNumber(owner, 'units', o.units);
  }

  get outputSize(): number {
    return this.units;
  }

  /**
   * x kernel for all steps, [batch, time, columns]. Keras drops the inputs of each gate by themselves where the states are
   * dropped as well, and those of all gates alike otherwise.
   */
  protected project(sequences: Tensor, gates: number, training: boolean): Tensor {
    const inputs = this.#inputs(sequences, gates, training);
    if (inputs.length === 1) return ops.matmul(inputs[0]!, this.kernel);
    const kernels = ops.split(this.kernel, gates, 1);
    return ops.concatenate(
      inputs.map((d, k) => ops.matmul(d, kernels[k]!)),
      -1,
    );
  }

  /**
   * The inputs as they are, or null where `project` is better or necessary. Of few features, each step takes inputs and state
   * against both kernels in one product: what is projected goes to memory and comes back twice, which takes longer than some
   * more rows in that product (`npm run bench -- --only lstm64`).
   */
  protected unprojected(sequences: Tensor, gates: number, training: boolean): Tensor | null {
    const features = sequences.shape.at(-1)!;
    if (features > FEW || features === 0 || (training && this.recurrentDropout > 0)) return null;
    return this.#inputs(sequences, gates, training)[0]!;
  }

  /** [x, h] [kernel; recurrentKernel] + bias: both kernels and the step. */
  protected joint(kernel: Tensor, recurrent: Tensor, bias: Tensor | null): (x: Tensor, h: Tensor) => Tensor {
    const weights = ops.concatenate([kernel, recurrent], 0);
    return (x, h) => {
      const z = ops.matmul(ops.concatenate([x, h], -1), weights);
      return bias === null ? z : ops.add(z, bias);
    };
  }

  /** The inputs that the gates see: one for all of them, or one each. */
  #inputs(sequences: Tensor, gates: number, training: boolean): readonly Tensor[] {
    const x = ops.cast(sequences, this.floatDtype);
    const [batch, , features] = x.shape as [number, number, number];
    const count = this.recurrentDropout === 0 ? 1 : gates;
    const masks = this.dropMasks(this.dropout, [batch, features], count, training);
    return masks === null ? [x] : masks.map((m) => ops.multiply(x, ops.expandDims(m, 1)));
  }

  /** h recurrentKernel for some of the gates' columns; `masks`: what each gate sees of the state. */
  protected recur(h: Tensor, kernels: readonly Tensor[], masks: readonly Tensor[] | null): readonly Tensor[] {
    return kernels.map((u, k) => ops.matmul(masks === null ? h : ops.multiply(h, masks[k]!), u));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), units: this.units };
  }
}
