import * as activations from '../../activations/index.ts';
import type { Config, LayerOptions } from '../layer.ts';
import { type Defaults, readActivation } from '../options.ts';
import { UNITS_CELL_DEFAULTS, UnitsCell, type UnitsCellOptions } from './units-cell.ts';

export interface GatedCellOptions extends UnitsCellOptions {
  /** Of the gates. Default `'sigmoid'`. */
  recurrentActivation?: activations.ActivationLike;
  /** Taken for the sake of older programs; the results do not depend on it. */
  implementation?: 1 | 2;
}

export const GATED_CELL_DEFAULTS: Defaults<GatedCellOptions> = {
  ...UNITS_CELL_DEFAULTS,
  recurrentActivation: 'sigmoid',
  implementation: 2,
};

/** What the cells with gates share. */
export abstract class GatedCell extends UnitsCell {
  readonly recurrentActivation: activations.Activation;

  constructor(owner: string, o: LayerOptions & Defaults<GatedCellOptions>) {
    super(owner, o);
    this.recurrentActivation = readActivation(o.recurrentActivation);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), recurrent_activation: activations.serialize(this.recurrentActivation) };
  }
}
