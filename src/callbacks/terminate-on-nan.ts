import { Callback, type Logs } from './callback.ts';
import { writeOut } from './console.ts';

/** Stops training when the loss is NaN or infinite (Keras's `TerminateOnNaN`). */
export class TerminateOnNaN extends Callback {
  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const { loss } = logs;
    if (loss === undefined || Number.isFinite(loss)) return;
    writeOut(`Batch ${batch}: the loss is ${loss}, so training stops\n`);
    this.model.stopTraining = true;
  }
}
