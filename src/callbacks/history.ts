import { Callback, type CallbackState, type Logs } from './callback.ts';

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

  override getState(): CallbackState {
    return { values: { epoch: this.epoch, history: this.history } };
  }

  override setState({ values }: CallbackState): void {
    const { epoch, history } = values as { epoch: number[]; history: Record<string, number[]> };
    this.epoch = [...epoch];
    for (const key of Object.keys(this.history)) delete this.history[key];
    for (const [key, list] of Object.entries(history)) this.history[key] = [...list];
  }
}
