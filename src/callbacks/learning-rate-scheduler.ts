import { checkOptions, describe, OlifantError } from '../errors.ts';
import { Callback, type Logs } from './callback.ts';
import { writeOut } from './console.ts';
import { namedRates } from './learning-rates.ts';
import { pythonFloat } from './python-format.ts';

/** Sets the learning rate at the beginning of each epoch (Keras's `LearningRateScheduler`); of several optimizers each. */
export class LearningRateScheduler extends Callback {
  readonly schedule: (epoch: number, rate: number) => number;
  readonly verbose: 0 | 1;

  /** @param schedule From the epoch (from 0) and the present rate to the new one. */
  constructor(schedule: (epoch: number, rate: number) => number, options: { verbose?: 0 | 1 } = {}) {
    super();
    if (typeof schedule !== 'function')
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `LearningRateScheduler: expected a function of epoch and rate, got ${describe(schedule)}`,
      );
    checkOptions('LearningRateScheduler', options, ['verbose']);
    this.schedule = schedule;
    this.verbose = options.verbose ?? 0;
  }

  override onEpochBegin(epoch: number): void {
    for (const { optimizer, key } of namedRates(this.model.optimizer)) {
      const rate = this.schedule(epoch, optimizer.learningRate);
      if (typeof rate !== 'number' || !Number.isFinite(rate))
        throw new OlifantError(
          'INVALID_ARGUMENT',
          `LearningRateScheduler: the schedule must give a number, got ${describe(rate)} for epoch ${epoch}`,
        );
      optimizer.learningRate = rate;
      if (this.verbose > 0) writeOut(`\nEpoch ${epoch + 1}: ${key} set to ${pythonFloat(rate)}\n`);
    }
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    for (const { key, optimizer } of namedRates(this.model.optimizer)) logs[key] = optimizer.learningRate;
  }
}
