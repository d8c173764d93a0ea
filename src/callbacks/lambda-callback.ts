import { Callback, type CallbackHooks } from './callback.ts';
import { checkCallback } from './callback-list.ts';

/** A callback made of functions (Keras's `LambdaCallback`): `new LambdaCallback({ onEpochEnd: (epoch, logs) => ... })`. */
export class LambdaCallback extends Callback {
  constructor(hooks: CallbackHooks) {
    super();
    checkCallback(hooks, 0);
    Object.assign(this, hooks);
  }
}
