import type { Tensor } from '../trace/tensor.ts';
import type { CallbackHooks } from './callback.ts';

/** Everything that a training which is begun again must know to go on as if it had not been interrupted. */
export interface Backup {
  /** Values that JSON can hold. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Tensors beside the weights of the model and of its optimizer, in lists. */
  readonly tensors: readonly (readonly Tensor[])[];
}

/** The part of `fit` that callbacks see which keep where it stands. */
export interface TrainingRun {
  /** All callbacks, in the order in which they are called. */
  readonly callbacks: readonly CallbackHooks[];
  /**
   * Writes weights, optimizer, metrics, random state, place in the data and `extra` to a file, which at every moment holds its
   * old content or the new one.
   */
  save(path: string, extra: Backup): Promise<void>;
  /**
   * Goes on where a file says that training stood; where that is inside of an epoch, `again` is called once more when the
   * epoch has begun, since callbacks may have changed the model then.
   *
   * @returns What `save` was given.
   */
  restore(path: string): Promise<Backup>;
}
