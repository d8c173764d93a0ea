import { describe, nearest, OlifantError } from '../errors.ts';
import { Callback, type CallbackHooks, type CallbackParams, type Logs, type TrainedModel } from './callback.ts';

type Hook = Exclude<keyof CallbackHooks, 'setParams' | 'setModel'>;

const HOOKS: readonly Hook[] = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onTrainBatchBegin',
  'onTrainBatchEnd',
  'onTestBegin',
  'onTestEnd',
  'onTestBatchBegin',
  'onTestBatchEnd',
  'onPredictBegin',
  'onPredictEnd',
  'onPredictBatchBegin',
  'onPredictBatchEnd',
];

/** Checks that something is a callback; misspelt hooks of plain objects are named. */
export function checkCallback(callback: unknown, index: number): asserts callback is CallbackHooks {
  if (typeof callback !== 'object' || callback === null)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `callbacks[${index}]: expected a callback or an object with hooks like onEpochEnd, got ${describe(callback)}`,
    );
  if (callback instanceof Callback) return;
  for (const [key, value] of Object.entries(callback)) {
    if (!/^on[A-Z_]/.test(key)) continue;
    if (HOOKS.includes(key as Hook)) {
      if (typeof value === 'function' || value === undefined) continue;
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `callbacks[${index}]: ${key} must be a function, got ${describe(value)}`,
      );
    }
    const near = nearest(key, HOOKS);
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `callbacks[${index}]: '${key}' is no hook.${near ? ` Did you mean '${near}'?` : ''} Hooks: ${HOOKS.join(', ')}`,
    );
  }
}

/** Several callbacks, called in order. Hooks that nobody has cost nothing. */
export class CallbackList {
  readonly #listeners = new Map<Hook, CallbackHooks[]>();

  constructor(callbacks: readonly CallbackHooks[], model: TrainedModel, params: CallbackParams) {
    for (const callback of callbacks) {
      callback.setModel?.(model);
      callback.setParams?.(params);
    }
    for (const hook of HOOKS)
      this.#listeners.set(
        hook,
        callbacks.filter((c) => c[hook] !== undefined && c[hook] !== (Callback.prototype as CallbackHooks)[hook]),
      );
  }

  /** Whether anybody listens. */
  has(hook: Hook): boolean {
    return this.#listeners.get(hook)!.length > 0;
  }

  /** Calls a hook on all; waits where one is async. */
  async call(hook: Hook, ...args: readonly [Logs] | readonly [number, Logs]): Promise<void> {
    for (const callback of this.#listeners.get(hook)!) {
      const done = (callback[hook] as (...args: unknown[]) => unknown).apply(callback, [...args]);
      if (done instanceof Promise) await done;
    }
  }
}
