import { checkOptions, OlifantError } from '../errors.ts';
import { checkFlag } from '../keras-object.ts';
import { Callback, type Logs } from './callback.ts';
import { writeOut } from './console.ts';

/** Stops training when the loss is NaN or infinite (Keras's `TerminateOnNaN`). */
export class TerminateOnNaN extends Callback {
  readonly raiseError: boolean;

  /** @param options `raiseError`: whether `fit` is rejected instead (`NOT_FINITE`). Default `false`. */
  constructor(options: { raiseError?: boolean } = {}) {
    super();
    checkOptions('TerminateOnNaN', options, ['raiseError']);
    this.raiseError = checkFlag('TerminateOnNaN', 'raiseError', options.raiseError ?? false);
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const { loss } = logs;
    if (loss === undefined || Number.isFinite(loss)) return;
    if (this.raiseError)
      throw new OlifantError(
        'NOT_FINITE',
        `TerminateOnNaN: the loss is ${loss} after batch ${batch}, so training ends`,
      );
    writeOut(`Batch ${batch}: the loss is ${loss}, so training stops\n`);
    this.model.stopTraining = true;
  }
}
