import type { Logs } from '../callbacks/callback.ts';
import type { CallbackList } from '../callbacks/callback-list.ts';
import type { Batch, BatchSource } from '../data/batches.ts';
import type { Pacer } from './pacer.ts';

/** Runs a pass over batches, with the callbacks of training, evaluation or prediction around each. */
export async function runPass(
  source: BatchSource,
  hooks: CallbackList,
  kind: 'Train' | 'Test' | 'Predict',
  every: number,
  pacer: Pacer,
  step: (batch: Batch) => void,
  logs: () => Logs,
  stop: () => boolean,
): Promise<void> {
  let n = 0;
  let open = false;
  for await (const batch of source.pass()) {
    if (!open) await hooks.call(`on${kind}BatchBegin`, n, {});
    open = true;
    step(batch);
    n++;
    if (n % every === 0 || n === source.steps) {
      await hooks.call(`on${kind}BatchEnd`, n - 1, logs());
      open = false;
    }
    await pacer.breathe();
    if (stop()) break;
  }
  if (open) await hooks.call(`on${kind}BatchEnd`, n - 1, logs());
}
