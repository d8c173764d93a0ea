import type { Logs } from '../callbacks/callback.ts';
import type { CallbackList } from '../callbacks/callback-list.ts';
import type { Batch, BatchSource } from '../data/batches.ts';
import type { Pacer } from './pacer.ts';

/**
 * Runs a pass over batches, with the callbacks of training, evaluation or prediction around each.
 *
 * @param done Batches of the pass that were run before it was interrupted.
 */
export async function runPass(
  source: BatchSource,
  hooks: CallbackList,
  kind: 'Train' | 'Test' | 'Predict',
  every: number,
  pacer: Pacer,
  step: (batch: Batch) => Promise<void> | undefined,
  logs: () => Logs,
  stop: () => boolean,
  done = 0,
): Promise<void> {
  const begin = `on${kind}BatchBegin` as const;
  const end = `on${kind}BatchEnd` as const;
  const [begins, ends] = [hooks.has(begin), hooks.has(end)];
  let n = done;
  let open = false;
  for await (const batch of source.pass()) {
    if (begins && !open) await hooks.call(begin, n, {});
    open = true;
    const running = step(batch);
    if (running !== undefined) await running;
    n++;
    if (n % every === 0 || n === source.steps) {
      if (ends) await hooks.call(end, n - 1, logs());
      open = false;
    }
    if (pacer.isDue()) await pacer.breathe();
    if (stop()) break;
  }
  if (ends && open) await hooks.call(end, n - 1, logs());
}
