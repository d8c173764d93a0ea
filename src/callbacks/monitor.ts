import { describe, OlifantError, unknownId } from '../errors.ts';
import type { Logs, TrainedModel } from './callback.ts';

export type MonitorMode = 'auto' | 'min' | 'max';

const MODES: readonly MonitorMode[] = ['auto', 'min', 'max'];

/** Parts of the names of metrics of which more is better, as Keras's classes say. */
const MORE =
  /acc|auc|precision|recall|f1|fbeta|r2|iou|io_u|dice|cosine_similarity|cosine_proximity|concordance|correlation|sensitivity|specificity|true_positives|true_negatives/;

/** And of which less is better. */
const LESS =
  /(^|_)loss$|crossentropy|entropy|hinge|divergence|poisson|logcosh|log_cosh|error|(^|_)(mse|mae|mape|msle|rmse|kld|bce)$|false_positives|false_negatives/;

/** What is watched, and how. */
export interface Monitored {
  readonly monitor: string;
  readonly mode: MonitorMode;
  readonly minDelta: number;
}

/** The options that all watching callbacks have, checked. */
export function checkMonitor(owner: string, monitor: unknown, mode: MonitorMode): void {
  if (typeof monitor !== 'string' || monitor === '')
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: monitor must be the name of a metric, got ${describe(monitor)}`,
    );
  if (MODES.includes(mode)) return;
  const error = unknownId('mode', mode, MODES);
  throw new OlifantError(error.code, `${owner}: ${error.message}`);
}

/** The class of a metric that somebody named otherwise, in snake case. */
function classOf(name: string, model: TrainedModel | undefined): string {
  const metric = model?.metrics.find((m) => m.name === name);
  if (metric === undefined) return name;
  return metric.constructor.name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}

/**
 * Whether more is better. In mode `auto` the name of the metric or its class decides.
 *
 * @throws OlifantError `INVALID_ARGUMENT` where neither says.
 */
export function moreIsBetter({ monitor, mode }: Monitored, owner: string, model?: TrainedModel): boolean {
  if (mode !== 'auto') return mode === 'max';
  const name = monitor.replace(/^val_/, '');
  for (const word of [name, classOf(name, model)]) {
    if (LESS.test(word)) return false;
    if (MORE.test(word)) return true;
  }
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: whether more or less of '${monitor}' is better cannot be told from its name; give mode: 'max' or 'min'`,
  );
}

/**
 * Whether `value` is better than `best` by more than `minDelta`, in float32 as in Keras. Anything is better than nothing; a
 * NaN is no better than any number, and no number better than it.
 */
export function isBetter(value: number, best: number | null, minDelta: number, more: boolean): boolean {
  if (best === null) return true;
  const [a, b] = [Math.fround(more ? value - minDelta : value + minDelta), Math.fround(best)];
  return more ? a > b : a < b;
}

/**
 * The value of a metric; nothing where this epoch has no validation (`validationFreq`).
 *
 * @throws OlifantError `UNKNOWN_ID` for a metric that does not exist.
 */
export function monitored(owner: string, monitor: string, logs: Logs, validates: boolean): number | undefined {
  const given: unknown = logs[monitor];
  const value = (Array.isArray(given) && given.length === 1 ? given[0] : given) as number | undefined;
  if (Array.isArray(value))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: the metric '${monitor}' gives several numbers, of which none can be watched; choose a metric that gives one`,
    );
  if (value !== undefined || (monitor.startsWith('val_') && validates)) return value;
  const why = monitor.startsWith('val_') ? ', because fit has no validation data' : '';
  const fix = why ? 'Give fit validationData or validationSplit, or watch one of' : 'Metrics:';
  throw new OlifantError(
    'UNKNOWN_ID',
    `${owner}: there is no metric '${monitor}' to watch${why}. ${fix} ${Object.keys(logs).join(', ')}`,
  );
}
