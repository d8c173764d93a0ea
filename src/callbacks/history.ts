import { Callback, type Logs } from './callback.ts';

/** What `fit` gives: the metrics of each epoch. */
export class History extends Callback {
  /** The epochs that were run, from 0. */
  epoch: number[] = [];
  /** One list a metric, with Keras's names: `loss`, `accuracy`, `val_loss` ... */
  readonly history: Record<string, number[]> = {};

  override onTrainBegin(): void {
    this.epoch = [];
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [key, value] of Object.entries(logs)) {
      this.history[key] ??= [];
      this.history[key].push(value);
    }
  }
}
