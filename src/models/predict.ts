import type { Logs } from '../callbacks/callback.ts';
import { CallbackList } from '../callbacks/callback-list.ts';
import { ProgbarLogger } from '../callbacks/progbar-logger.ts';
import type { Batch } from '../data/batches.ts';
import { checkOptions, formatShape, OlifantError } from '../errors.ts';
import type { HostTensor } from '../trace/host.ts';
import { Pacer } from './pacer.ts';
import { callbackList, checkCount, type PredictOptions, RUN_KEYS, resolveVerbose } from './run-options.ts';
import { runPass } from './run-pass.ts';
import { makeSource } from './sources.ts';
import type { Trainer } from './trainer.ts';

/** Values of an output of all batches, one after the other. */
class Rows {
  readonly #parts: HostTensor[] = [];
  #rows = 0;

  add(part: HostTensor): void {
    this.#parts.push(part);
    this.#rows += part.shape[0] ?? 0;
  }

  join(): HostTensor {
    const first = this.#parts[0]!;
    const odd = this.#parts.find((p) => String(p.shape.slice(1)) !== String(first.shape.slice(1)));
    if (odd !== undefined)
      throw new OlifantError(
        'SHAPE',
        `predict: batches gave outputs of different shapes, ${formatShape(first.shape)} and ${formatShape(odd.shape)}; predict them one by one`,
      );
    if (this.#parts.length === 1) return first;
    const Kind = first.data.constructor as new (size: number) => HostTensor['data'];
    const data = new Kind(this.#parts.reduce((n, p) => n + p.data.length, 0));
    let at = 0;
    for (const p of this.#parts) {
      data.set(p.data, at);
      at += p.data.length;
    }
    return { data, shape: [this.#rows, ...first.shape.slice(1)], dtype: first.dtype };
  }
}

/** Logs whose `outputs` are made only when somebody looks; the type of logs does not say them. */
function lazyOutputs(make: () => unknown): Logs {
  let made: unknown;
  const get = () => {
    made ??= make();
    return made;
  };
  return Object.defineProperty({}, 'outputs', { enumerable: true, configurable: true, get });
}

/** `Model.predict`: one array an output. */
export async function predict(trainer: Trainer, x: unknown, options: PredictOptions): Promise<HostTensor[]> {
  const method = 'predict';
  checkOptions(method, options, [...RUN_KEYS, 'steps']);
  checkCount(options.batchSize, 'batchSize', method);
  checkCount(options.steps, 'steps', method);
  const verbose = resolveVerbose(options.verbose, method);
  const source = makeSource(
    trainer,
    'predict',
    { x },
    { batchSize: options.batchSize, shuffle: false, steps: options.steps },
    method,
  );
  const { model } = trainer;
  model.stopPredicting = false;
  const bar = verbose === 0 ? [] : [new ProgbarLogger()];
  const params = { model, verbose, epochs: 1, steps: source.steps };
  const hooks = new CallbackList(callbackList(options.callbacks, bar), params);
  const hears = hooks.has('onPredictBatchEnd');
  const outputs: Rows[] = [];
  // What the batches gave since the callbacks were last told.
  let recent: Rows[] = [];
  const told = (): Logs => {
    const parts = recent;
    recent = [];
    return lazyOutputs(() => model.wrapOutputs(parts.map((o) => o.join())));
  };
  const step = (batch: Batch) => {
    const program = trainer.program('predict', batch);
    return program.run(batch, () => {
      program.compiled.traced.outputs.forEach((n, i) => {
        const part = { data: program.compiled.output(i), shape: n.shape, dtype: n.dtype };
        for (const rows of hears ? [outputs, recent] : [outputs]) {
          rows[i] ??= new Rows();
          rows[i].add(part);
        }
      });
    });
  };
  try {
    await hooks.call('onPredictBegin', {});
    await runPass(
      source,
      hooks,
      'Predict',
      trainer.options?.stepsPerExecution ?? 1,
      new Pacer(options.signal),
      step,
      told,
      () => model.stopPredicting,
    );
    await hooks.call('onPredictEnd', {});
  } finally {
    await source.close();
  }
  return outputs.map((o) => o.join());
}
