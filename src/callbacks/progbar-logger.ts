import { Callback, type Logs } from './callback.ts';
import { writeOut } from './console.ts';
import { ProgressBar } from './progress-bar.ts';

/** Shows the progress of `fit`, `evaluate` and `predict`; they add it themselves (Keras's `ProgbarLogger`). */
export class ProgbarLogger extends Callback {
  #bar: ProgressBar | undefined;
  #fitting = false;
  #seen = 0;

  #begin(): void {
    const { verbose, steps } = this.params;
    this.#seen = 0;
    this.#bar = verbose === 0 ? undefined : new ProgressBar({ target: steps, verbose });
  }

  #step(batch: number, logs: Logs | undefined): void {
    this.#seen = batch + 1;
    if (this.#bar?.tick(this.#seen)) this.#bar.update(this.#seen, { ...logs });
  }

  #end(logs: Logs | undefined): void {
    if (this.#bar === undefined) return;
    this.#bar.target ??= this.#seen;
    this.#bar.update(this.#bar.target, { ...logs }, true);
  }

  override onTrainBegin(): void {
    this.#fitting = true;
  }

  override onEpochBegin(epoch: number): void {
    const { verbose, epochs } = this.params;
    this.#begin();
    if (verbose && epochs > 1) writeOut(`Epoch ${epoch + 1}/${epochs}\n`);
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    this.#step(batch, logs);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.#end(logs);
  }

  override onTestBegin(): void {
    if (!this.#fitting) this.#begin();
  }

  override onTestBatchEnd(batch: number, logs: Logs): void {
    if (!this.#fitting) this.#step(batch, logs);
  }

  override onTestEnd(logs: Logs): void {
    if (!this.#fitting) this.#end(logs);
  }

  override onPredictBegin(): void {
    this.#begin();
  }

  override onPredictBatchEnd(batch: number): void {
    this.#step(batch, undefined);
  }

  override onPredictEnd(): void {
    this.#end(undefined);
  }
}
