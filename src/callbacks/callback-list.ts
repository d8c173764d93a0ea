import { describe, nearest, OlifantError } from '../errors.ts';
import { Callback, type CallbackHooks, type CallbackParams, type Logs, type TrainedModel } from './callback.ts';
import { History } from './history.ts';
import { ProgbarLogger } from './progbar-logger.ts';

type Hook = Exclude<keyof CallbackHooks, 'setParams' | 'setModel'>;

/** Hooks that are called where a callback has not the first one. */
const OTHER_NAMES: { readonly [hook in Hook]?: Hook } = {
  onTrainBatchBegin: 'onBatchBegin',
  onTrainBatchEnd: 'onBatchEnd',
};

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
  'onBatchBegin',
  'onBatchEnd',
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

export interface CallbackListOptions extends Partial<CallbackParams> {
  /** Whether a `History` is added where there is none. Default `false`. */
  addHistory?: boolean;
  /** Whether a `ProgbarLogger` is added where there is none. Default `false`. */
  addProgbar?: boolean;
  model?: TrainedModel | null;
}

/**
 * Several callbacks that are called together, in order (Keras's `CallbackList`), for training loops of one's own. Hooks that
 * nobody has cost nothing. Options beside those named are the parameters of the callbacks: `verbose`, `epochs`, `steps`.
 *
 * @example
 * const list = new CallbackList([new CSVLogger('log.csv')], { model, addHistory: true, epochs: 3 });
 * await list.onTrainBegin();
 * for (let epoch = 0; epoch < 3; epoch++) await list.onEpochEnd(epoch, await model.trainOnBatch(x, y));
 * await list.onTrainEnd();
 */
export class CallbackList extends Callback {
  readonly callbacks: readonly CallbackHooks[];
  readonly #listeners = new Map<Hook, { readonly callback: CallbackHooks; readonly hook: Hook }[]>();

  constructor(
    callbacks: readonly CallbackHooks[] | CallbackHooks | null = null,
    { addHistory = false, addProgbar = false, model = null, ...params }: CallbackListOptions = {},
  ) {
    super();
    const given = callbacks === null ? [] : Array.isArray(callbacks) ? [...callbacks] : [callbacks as CallbackHooks];
    given.forEach(checkCallback);
    if (addHistory && !given.some((c) => c instanceof History)) given.push(new History());
    if (addProgbar && !given.some((c) => c instanceof ProgbarLogger)) given.push(new ProgbarLogger());
    this.callbacks = [...given.filter((c) => !comesLast(c)), ...given.filter(comesLast)];
    if (model !== null) this.setModel(model);
    this.setParams({ verbose: 0, epochs: 1, steps: null, ...params });
    for (const hook of HOOKS)
      this.#listeners.set(
        hook,
        this.callbacks.flatMap((callback) => {
          const found = [hook, OTHER_NAMES[hook]].find((name) => name !== undefined && has(callback, name));
          return found === undefined ? [] : [{ callback, hook: found }];
        }),
      );
  }

  override setModel(model: TrainedModel): void {
    super.setModel(model);
    for (const callback of this.callbacks) callback.setModel?.(model);
  }

  override setParams(params: CallbackParams): void {
    super.setParams(params);
    for (const callback of this.callbacks) callback.setParams?.(params);
  }

  /** Whether anybody listens. */
  has(hook: Hook): boolean {
    return this.#listeners.get(hook)!.length > 0;
  }

  /** Calls a hook on all; waits where one is async. */
  async call(hook: Hook, ...args: readonly [Logs] | readonly [number, Logs]): Promise<void> {
    for (const { callback, hook: name } of this.#listeners.get(hook)!) {
      const done = (callback[name] as (...args: unknown[]) => unknown).apply(callback, [...args]);
      if (done instanceof Promise) await done;
    }
  }

  override onTrainBegin(logs: Logs = {}): Promise<void> {
    return this.call('onTrainBegin', logs);
  }

  override onTrainEnd(logs: Logs = {}): Promise<void> {
    return this.call('onTrainEnd', logs);
  }

  override onEpochBegin(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onEpochBegin', index, logs);
  }

  override onEpochEnd(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onEpochEnd', index, logs);
  }

  override onTrainBatchBegin(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onTrainBatchBegin', index, logs);
  }

  override onTrainBatchEnd(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onTrainBatchEnd', index, logs);
  }

  override onBatchBegin(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onTrainBatchBegin', index, logs);
  }

  override onBatchEnd(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onTrainBatchEnd', index, logs);
  }

  override onTestBegin(logs: Logs = {}): Promise<void> {
    return this.call('onTestBegin', logs);
  }

  override onTestEnd(logs: Logs = {}): Promise<void> {
    return this.call('onTestEnd', logs);
  }

  override onTestBatchBegin(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onTestBatchBegin', index, logs);
  }

  override onTestBatchEnd(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onTestBatchEnd', index, logs);
  }

  override onPredictBegin(logs: Logs = {}): Promise<void> {
    return this.call('onPredictBegin', logs);
  }

  override onPredictEnd(logs: Logs = {}): Promise<void> {
    return this.call('onPredictEnd', logs);
  }

  override onPredictBatchBegin(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onPredictBatchBegin', index, logs);
  }

  override onPredictBatchEnd(index: number, logs: Logs = {}): Promise<void> {
    return this.call('onPredictBatchEnd', index, logs);
  }
}

/** Whether a callback has a hook of its own. */
function has(callback: CallbackHooks, hook: Hook): boolean {
  return callback[hook] !== undefined && callback[hook] !== (Callback.prototype as CallbackHooks)[hook];
}

function comesLast(callback: CallbackHooks): boolean {
  return callback instanceof Callback && callback.comesLast;
}
