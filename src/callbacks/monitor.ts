import { OlifantError, unknownId } from '../errors.ts';

export type MonitorMode = 'auto' | 'min' | 'max';

const MODES: readonly MonitorMode[] = ['auto', 'min', 'max'];

/** Parts of the names of metrics of which more is better. */
const MORE_IS_BETTER =
  /acc|auc|precision|recall|f1|fbeta|r2|iou|dice|cosine_similarity|cosine_proximity|true_positives|true_negatives|sensitivity|specificity/;

export function checkMode(mode: MonitorMode, callback: string): void {
  if (!MODES.includes(mode)) {
    const error = unknownId('mode', mode, MODES);
    throw new OlifantError(error.code, `${callback}: ${error.message}`);
  }
}

/** Whether `value` is better than `best` by more than `minDelta`. In mode `auto` the name of the metric decides. */
export function isBetter(
  value: number,
  best: number | null,
  options: { monitor: string; mode: MonitorMode; minDelta: number },
): boolean {
  if (Number.isNaN(value)) return false;
  if (best === null) return true;
  const more = options.mode === 'max' || (options.mode === 'auto' && MORE_IS_BETTER.test(options.monitor));
  return more ? value - options.minDelta > best : value + options.minDelta < best;
}
