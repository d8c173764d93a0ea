import { checkOptions } from '../errors.ts';
import { checkNumber, checkWhole } from '../keras-object.ts';
import { Callback, type CallbackState, type Logs } from './callback.ts';
import { writeOut } from './console.ts';
import { namedRates } from './learning-rates.ts';
import { checkMonitor, isBetter, type MonitorMode, monitored, moreIsBetter } from './monitor.ts';
import { pythonFloat } from './python-format.ts';

export interface ReduceLROnPlateauOptions {
  /** Name of the metric to watch. Default `'val_loss'`. */
  monitor?: string;
  /** What the learning rate is multiplied by; below 1. Default 0.1. */
  factor?: number;
  /** Epochs without improvement before that. Default 10. */
  patience?: number;
  /** 1 prints what it does. Default 0. */
  verbose?: 0 | 1;
  /** Whether less or more is better. Default `'auto'`: by the name. */
  mode?: MonitorMode;
  /** Changes smaller than this are no improvement. Default 1e-4. */
  minDelta?: number;
  /** Epochs after a reduction that are not watched. Default 0. */
  cooldown?: number;
  /** The learning rate never goes below. Default 0. */
  minLr?: number;
}

const OPTIONS: readonly (keyof ReduceLROnPlateauOptions)[] = [
  'monitor',
  'factor',
  'patience',
  'verbose',
  'mode',
  'minDelta',
  'cooldown',
  'minLr',
];

/** Reduces the learning rate when a metric no longer improves (Keras's `ReduceLROnPlateau`). */
export class ReduceLROnPlateau extends Callback {
  readonly monitor: string;
  readonly factor: number;
  readonly patience: number;
  readonly verbose: 0 | 1;
  readonly mode: MonitorMode;
  readonly minDelta: number;
  readonly cooldown: number;
  readonly minLr: number;
  best: number | null = null;
  wait = 0;
  cooldownCounter = 0;

  /** @throws OlifantError `INVALID_ARGUMENT` for options that cannot be, such as a factor of 1 or more. */
  constructor(options: ReduceLROnPlateauOptions = {}) {
    super();
    const owner = 'ReduceLROnPlateau';
    checkOptions(owner, options, OPTIONS);
    this.monitor = options.monitor ?? 'val_loss';
    this.factor = checkNumber(owner, 'factor', options.factor ?? 0.1, { below: 1 });
    this.patience = checkWhole(owner, 'patience', options.patience ?? 10);
    this.verbose = options.verbose ?? 0;
    this.mode = options.mode ?? 'auto';
    this.minDelta = Math.abs(checkNumber(owner, 'minDelta', options.minDelta ?? 1e-4));
    this.cooldown = checkWhole(owner, 'cooldown', options.cooldown ?? 0);
    this.minLr = checkNumber(owner, 'minLr', options.minLr ?? 0);
    checkMonitor(owner, this.monitor, this.mode);
  }

  override onTrainBegin(): void {
    this.best = null;
    this.wait = 0;
    this.cooldownCounter = 0;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const owner = 'ReduceLROnPlateau';
    const more = moreIsBetter(this, owner, this.model);
    for (const { key, optimizer } of namedRates(this.model.optimizer)) logs[key] = optimizer.learningRate;
    const value = monitored(owner, this.monitor, logs, this.params.validates === true);
    if (value === undefined) return;
    if (this.inCooldown()) {
      this.cooldownCounter--;
      this.wait = 0;
    }
    if (isBetter(value, this.best, this.minDelta, more)) {
      this.best = value;
      this.wait = 0;
    } else if (!this.inCooldown() && ++this.wait >= this.patience) this.#reduce(epoch);
  }

  #reduce(epoch: number): void {
    for (const { key, optimizer } of namedRates(this.model.optimizer)) {
      const before = optimizer.learningRate;
      if (!(before > Math.fround(this.minLr))) continue;
      const rate = Math.max(before * this.factor, this.minLr);
      optimizer.learningRate = rate;
      this.cooldownCounter = this.cooldown;
      this.wait = 0;
      if (this.verbose > 0) writeOut(`\nEpoch ${epoch + 1}: ${key} reduced to ${pythonFloat(rate)}\n`);
    }
  }

  /** Whether a reduction is so recent that nothing is watched. */
  inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }

  override getState(): CallbackState {
    return { values: { best: this.best, wait: this.wait, cooldownCounter: this.cooldownCounter } };
  }

  override setState({ values }: CallbackState): void {
    Object.assign(this, values);
  }
}
