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

/** What the cells on vectors share: the inputs of all steps meet the kernel in one product. */
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
    const x = ops.cast(sequences, this.floatDtype);
    const [batch, , features] = x.shape as [number, number, number];
    const count = this.recurrentDropout === 0 ? 1 : gates;
    const masks = this.dropMasks(this.dropout, [batch, features], count, training);
    if (masks === null) return ops.matmul(x, this.kernel);
    const dropped = masks.map((m) => ops.multiply(x, ops.expandDims(m, 1)));
    if (count === 1) return ops.matmul(dropped[0]!, this.kernel);
    const kernels = ops.split(this.kernel, gates, 1);
    return ops.concatenate(
      dropped.map((d, k) => ops.matmul(d, kernels[k]!)),
      -1,
    );
  }

  /** h recurrentKernel for some of the gates' columns; `masks`: what each gate sees of the state. */
  protected recur(h: Tensor, kernels: readonly Tensor[], masks: readonly Tensor[] | null): readonly Tensor[] {
    return kernels.map((u, k) => ops.matmul(masks === null ? h : ops.multiply(h, masks[k]!), u));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), units: this.units };
  }
}
