import type { Logs } from '../callbacks/callback.ts';
import { CallbackList } from '../callbacks/callback-list.ts';
import { ProgbarLogger } from '../callbacks/progbar-logger.ts';
import type { BatchSource } from '../data/batches.ts';
import { checkOptions } from '../errors.ts';
import { Pacer } from './pacer.ts';
import {
  callbackList,
  checkCount,
  checkReturnDict,
  type EvaluateOptions,
  RUN_KEYS,
  resolveVerbose,
} from './run-options.ts';
import { runPass } from './run-pass.ts';
import { makeSource } from './sources.ts';
import type { Trainer } from './trainer.ts';

export async function evaluateSource(
  trainer: Trainer,
  source: BatchSource,
  hooks: CallbackList,
  pacer: Pacer,
): Promise<Logs> {
  const { model } = trainer;
  model.stopEvaluating = false;
  trainer.resetMetrics();
  await hooks.call('onTestBegin', {});
  const every = trainer.options?.stepsPerExecution ?? 1;
  await runPass(
    source,
    hooks,
    'Test',
    every,
    pacer,
    (batch) => trainer.program('test', batch).run(batch),
    () => trainer.lazyLogs(),
    () => model.stopEvaluating,
  );
  const logs = trainer.logs();
  await hooks.call('onTestEnd', logs);
  return logs;
}

/** `Model.evaluate`. */
export async function evaluate(trainer: Trainer, x: unknown, y: unknown, options: EvaluateOptions): Promise<Logs> {
  const method = 'evaluate';
  trainer.requireCompiled(method);
  checkOptions(method, options, [...RUN_KEYS, 'sampleWeight', 'steps', 'returnDict']);
  checkCount(options.batchSize, 'batchSize', method);
  checkCount(options.steps, 'steps', method);
  checkReturnDict(options.returnDict, method);
  const verbose = resolveVerbose(options.verbose, method);
  const source = makeSource(
    trainer,
    'test',
    { x, y, weight: options.sampleWeight },
    { batchSize: options.batchSize, shuffle: false, steps: options.steps },
    method,
  );
  const bar = verbose === 0 ? [] : [new ProgbarLogger()];
  const hooks = new CallbackList(callbackList(options.callbacks, bar), {
    model: trainer.model,
    verbose,
    epochs: 1,
    steps: source.steps,
  });
  try {
    await evaluateSource(trainer, source, hooks, new Pacer(options.signal));
  } finally {
    await source.close();
  }
  return trainer.readMetrics();
}
