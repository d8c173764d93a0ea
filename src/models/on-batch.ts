import type { Logs } from '../callbacks/callback.ts';
import { checkOptions } from '../errors.ts';
import type { HostTensor } from '../trace/host.ts';
import { withClassWeights } from './class-weights.ts';
import { checkReturnDict, type TrainOnBatchOptions } from './run-options.ts';
import { onHost, readSamples } from './sources.ts';
import type { Trainer } from './trainer.ts';

/** One step on one batch: `trainOnBatch`, `testOnBatch`. */
export async function runOnBatch(
  trainer: Trainer,
  mode: 'train' | 'test',
  x: unknown,
  y: unknown,
  options: TrainOnBatchOptions,
): Promise<Logs> {
  const method = mode === 'train' ? 'trainOnBatch' : 'testOnBatch';
  trainer.requireCompiled(method);
  checkOptions(method, options, ['sampleWeight', 'returnDict', ...(mode === 'train' ? ['classWeight'] : [])]);
  checkReturnDict(options.returnDict, method);
  const samples = withClassWeights(
    onHost(trainer, readSamples(trainer, x, y, options.sampleWeight, method), method),
    options.classWeight ?? null,
    method,
  );
  trainer.prepare(mode, samples, method);
  trainer.resetMetrics();
  const batch = { samples, order: null, start: 0, count: samples.rows };
  await trainer.program(mode, batch).run(batch);
  return trainer.readMetrics();
}

/** The outputs for one batch: `predictOnBatch`. */
export async function predictOnBatch(trainer: Trainer, x: unknown): Promise<HostTensor[]> {
  const samples = onHost(trainer, readSamples(trainer, x, null, null, 'predictOnBatch'), 'predictOnBatch');
  trainer.prepare('predict', samples, 'predictOnBatch');
  const batch = { samples, order: null, start: 0, count: samples.rows };
  const program = trainer.program('predict', batch);
  const { compiled } = program;
  const outputs: HostTensor[] = [];
  await program.run(batch, () => {
    compiled.traced.outputs.forEach((n, i) => {
      outputs.push({ data: compiled.output(i), shape: n.shape, dtype: n.dtype });
    });
  });
  return outputs;
}
