import type { Logs } from '../callbacks/callback.ts';
import { CallbackList } from '../callbacks/callback-list.ts';
import { History } from '../callbacks/history.ts';
import { ProgbarLogger } from '../callbacks/progbar-logger.ts';
import type { Batch } from '../data/batches.ts';
import { checkOptions, describe, OlifantError } from '../errors.ts';
import { limitedEpochs } from '../settings.ts';
import { evaluateSource } from './evaluate.ts';
import { NanTracer } from './nan-tracer.ts';
import { Pacer } from './pacer.ts';
import { callbackList, checkCount, FIT_KEYS, type FitOptions, resolveVerbose } from './run-options.ts';
import { runPass } from './run-pass.ts';
import { makeSources } from './sources.ts';
import type { Trainer } from './trainer.ts';
import { FitRun } from './training-run.ts';

/** `Model.fit`. */
export async function fit(trainer: Trainer, x: unknown, y: unknown, options: FitOptions): Promise<History> {
  const method = 'fit';
  const { model } = trainer;
  trainer.requireCompiled(method);
  checkOptions(method, options, FIT_KEYS);
  checkFitOptions(options);
  const verbose = resolveVerbose(options.verbose, method);
  const { training, validation } = makeSources(trainer, x, y, options);
  const pacer = new Pacer(options.signal);
  const epochs = limitedEpochs(options.epochs ?? 1);
  const history = new History();
  const bar = verbose === 0 ? [] : [new ProgbarLogger()];
  const hooks = new CallbackList(callbackList(options.callbacks, [history, ...bar]), {
    model,
    verbose,
    epochs,
    steps: training.steps,
    validates: validation !== null,
  });
  const tracer = options.debugNaN ? new NanTracer() : null;
  const every = trainer.options!.stepsPerExecution ?? 1;
  const run = new FitRun(trainer, { training, validation }, hooks.callbacks, options.initialEpoch ?? 0);
  model.stopTraining = false;
  model.history = history;
  model.training = run;
  try {
    await hooks.call('onTrainBegin', {});
    let logs: Logs = {};
    for (let { epoch } = run; epoch < epochs && !model.stopTraining; epoch++) {
      const done = run.beginEpoch(epoch);
      trainer.resetMetrics();
      if (hooks.has('onEpochBegin')) await hooks.call('onEpochBegin', epoch, {});
      if (done > 0) await run.restoreAgain();
      const step = (batch: Batch) => {
        const program = trainer.program('train', batch);
        const at = run.beginStep(program);
        if (tracer === null) return program.run(batch);
        tracer.before(program);
        return program.run(batch, () => tracer.after(program, batch, epoch, at));
      };
      await runPass(
        training,
        hooks,
        'Train',
        every,
        pacer,
        step,
        () => trainer.lazyLogs(),
        () => model.stopTraining,
        done,
      );
      run.endSteps();
      logs = trainer.logs();
      if (validation !== null && isValidationEpoch(options.validationFreq ?? 1, epoch)) {
        const found = await evaluateSource(trainer, validation, hooks, pacer);
        for (const [key, value] of Object.entries(found)) logs[`val_${key}`] = value;
      }
      run.endEpoch();
      await hooks.call('onEpochEnd', epoch, logs);
    }
    trainer.optimizer!.finalizeVariableValues();
    await hooks.call('onTrainEnd', logs);
  } finally {
    model.training = null;
    await training.close();
    await validation?.close();
  }
  return history;
}

function checkFitOptions(options: FitOptions): void {
  checkCount(options.batchSize, 'batchSize', 'fit');
  checkCount(options.epochs, 'epochs', 'fit', 0);
  checkCount(options.initialEpoch, 'initialEpoch', 'fit', 0);
  checkCount(options.stepsPerEpoch, 'stepsPerEpoch', 'fit');
  checkCount(options.validationSteps, 'validationSteps', 'fit');
  checkCount(options.validationBatchSize, 'validationBatchSize', 'fit');
  const { validationFreq: freq, validationSplit: split } = options;
  for (const f of Array.isArray(freq) ? freq : [freq]) checkCount(f, 'validationFreq', 'fit');
  if (options.debugNaN !== undefined && typeof options.debugNaN !== 'boolean')
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `fit: debugNaN must be true or false, got ${describe(options.debugNaN)}`,
    );
  if (split !== undefined && !(split >= 0 && split < 1))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `fit: validationSplit must be from 0 to below 1, got ${describe(split)}`,
    );
  if (options.shuffle !== undefined && typeof options.shuffle !== 'boolean' && options.shuffle !== 'batch')
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `fit: shuffle must be true, false or 'batch', got ${describe(options.shuffle)}`,
    );
}

function isValidationEpoch(freq: number | readonly number[], epoch: number): boolean {
  return typeof freq === 'number' ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1);
}
