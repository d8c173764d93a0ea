import { checkOptions, OlifantError } from '../errors.ts';
import type { Tensor } from '../trace/tensor.ts';
import { Callback, type CallbackState, type Logs } from './callback.ts';
import { writeOut } from './console.ts';
import { checkMonitor, isBetter, type MonitorMode, monitored, moreIsBetter } from './monitor.ts';

export interface EarlyStoppingOptions {
  /** Name of the metric to watch. Default `'val_loss'`. */
  monitor?: string;
  /** Changes smaller than this are no improvement. Default 0. */
  minDelta?: number;
  /** Epochs without improvement before training stops. Default 0. */
  patience?: number;
  /** 1 prints what it does. Default 0. */
  verbose?: 0 | 1;
  /** Whether less or more is better. Default `'auto'`: by the name. */
  mode?: MonitorMode;
  /** Only values better than this count as improvement. */
  baseline?: number | null;
  /** Whether the model gets the weights of its best epoch back. Default `false`. */
  restoreBestWeights?: boolean;
  /** Epochs at the beginning that are not watched. Default 0. */
  startFromEpoch?: number;
}

const OPTIONS: readonly (keyof EarlyStoppingOptions)[] = [
  'monitor',
  'minDelta',
  'patience',
  'verbose',
  'mode',
  'baseline',
  'restoreBestWeights',
  'startFromEpoch',
];

/** Stops training when a metric no longer improves (Keras's `EarlyStopping`). */
export class EarlyStopping extends Callback {
  readonly monitor: string;
  readonly minDelta: number;
  readonly patience: number;
  readonly verbose: 0 | 1;
  readonly mode: MonitorMode;
  readonly baseline: number | null;
  readonly restoreBestWeights: boolean;
  readonly startFromEpoch: number;
  wait = 0;
  stoppedEpoch = 0;
  best: number | null = null;
  bestEpoch = 0;
  bestWeights: Tensor[] | null = null;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    checkOptions('EarlyStopping', options, OPTIONS);
    this.monitor = options.monitor ?? 'val_loss';
    this.minDelta = Math.abs(options.minDelta ?? 0);
    this.patience = options.patience ?? 0;
    this.verbose = options.verbose ?? 0;
    this.mode = options.mode ?? 'auto';
    this.baseline = options.baseline ?? null;
    this.restoreBestWeights = options.restoreBestWeights ?? false;
    this.startFromEpoch = options.startFromEpoch ?? 0;
    checkMonitor('EarlyStopping', this.monitor, this.mode);
    if (!(this.patience >= 0))
      throw new OlifantError('INVALID_ARGUMENT', `EarlyStopping: patience must be 0 or more, got ${options.patience}`);
  }

  override onTrainBegin(): void {
    this.wait = 0;
    this.stoppedEpoch = 0;
    this.best = null;
    this.bestEpoch = 0;
    this.bestWeights = null;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const more = moreIsBetter(this, 'EarlyStopping', this.model);
    const value = monitored('EarlyStopping', this.monitor, logs, this.params.validates === true);
    if (value === undefined || epoch < this.startFromEpoch) return;
    if (this.restoreBestWeights && this.bestWeights === null) this.#keep(epoch);
    this.wait++;
    if (isBetter(value, this.best, this.minDelta, more)) {
      this.best = value;
      this.bestEpoch = epoch;
      if (this.restoreBestWeights) this.#keep(epoch);
      if (isBetter(value, this.baseline, this.minDelta, more)) this.wait = 0;
      return;
    }
    if (this.wait >= this.patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  #keep(epoch: number): void {
    this.bestEpoch = epoch;
    this.bestWeights = this.model.getWeights();
  }

  override onTrainEnd(): void {
    if (this.stoppedEpoch > 0 && this.verbose > 0) writeOut(`Epoch ${this.stoppedEpoch + 1}: early stopping\n`);
    if (!this.restoreBestWeights || this.bestWeights === null) return;
    if (this.verbose > 0) writeOut(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.\n`);
    this.model.setWeights(this.bestWeights);
  }

  override getState(): CallbackState {
    const { wait, stoppedEpoch, best, bestEpoch, bestWeights } = this;
    return { values: { wait, stoppedEpoch, best, bestEpoch, kept: bestWeights !== null }, tensors: bestWeights ?? [] };
  }

  override setState({ values, tensors }: CallbackState): void {
    const { kept, ...rest } = values;
    Object.assign(this, rest);
    this.bestWeights = kept ? [...(tensors ?? [])] : null;
  }
}
