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
  const bar = verbose === 0 ? [] : [new ProgbarLogger()];
  const params = { model: trainer.model, verbose, epochs: 1, steps: source.steps };
  const hooks = new CallbackList(callbackList(options.callbacks, bar), params);
  const outputs: Rows[] = [];
  const step = (batch: Batch) => {
    const program = trainer.program('predict', batch);
    return program.run(batch, () => {
      program.compiled.traced.outputs.forEach((n, i) => {
        outputs[i] ??= new Rows();
        outputs[i].add({ data: program.compiled.output(i), shape: n.shape, dtype: n.dtype });
      });
    });
  };
  try {
    await hooks.call('onPredictBegin', {});
    await runPass(
      source,
      hooks,
      'Predict',
      1,
      new Pacer(options.signal),
      step,
      () => ({}),
      () => false,
    );
    await hooks.call('onPredictEnd', {});
  } finally {
    await source.close();
  }
  return outputs.map((o) => o.join());
}
