import { checkOptions, describe, OlifantError } from '../errors.ts';
import { Callback, type Logs } from './callback.ts';
import { writeOut } from './console.ts';

/** The number that is an optimizer's learning rate, whatever holds it. */
export function readLearningRate(optimizer: { learningRate: unknown } | null): number {
  const rate = optimizer?.learningRate;
  if (typeof rate === 'number') return rate;
  const held = rate as { read?(): ArrayLike<number>; item?(): number } | undefined;
  if (typeof held?.read === 'function') return held.read()[0]!;
  if (typeof held?.item === 'function') return held.item();
  throw new OlifantError('UNSUPPORTED', `the optimizer's learning rate cannot be read as a number: ${describe(rate)}`);
}

/** Sets the learning rate at the beginning of each epoch (Keras's `LearningRateScheduler`). */
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
    const { optimizer } = this.model;
    const rate = this.schedule(epoch, readLearningRate(optimizer));
    if (typeof rate !== 'number' || !Number.isFinite(rate))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `LearningRateScheduler: the schedule must give a number, got ${describe(rate)} for epoch ${epoch}`,
      );
    optimizer!.learningRate = rate;
    if (this.verbose > 0) writeOut(`\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${rate}.\n`);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    logs.learning_rate = readLearningRate(this.model.optimizer);
  }
}
