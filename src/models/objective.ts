import { OlifantError } from '../errors.ts';
import { maskOf } from '../layers/mask.ts';
import * as losses from '../losses/index.ts';
import * as metrics from '../metrics/index.ts';
import * as ops from '../ops/index.ts';
import type { Tensor } from '../trace/tensor.ts';
import type { Variable } from '../trace/variable.ts';
import {
  type CompileOptions,
  type LossLike,
  type MetricLike,
  type OutputSpec,
  perOutput,
  resolveLoss,
  resolveMetric,
} from './compile-options.ts';

interface OutputLoss {
  readonly loss: losses.Loss;
  readonly weight: number;
  /** Its own mean, shown where there are several losses. */
  readonly tracker: metrics.Metric | null;
}

interface OutputMetric {
  readonly key: string;
  readonly output: number;
  readonly metric: metrics.Metric;
  readonly weighted: boolean;
}

/** What training minimizes and what it reports: losses and metrics of all outputs, in Keras's order and with its names. */
export class Objective {
  readonly losses: readonly (OutputLoss | null)[];
  readonly metrics: readonly OutputMetric[];
  /** Mean of the total loss over samples. */
  readonly total: metrics.Metric = new metrics.Mean({ name: 'loss' });
  /** Metrics with the names under which they are reported: the loss first. */
  readonly entries: readonly { readonly key: string; readonly metric: metrics.Metric }[];

  constructor(options: CompileOptions, outputs: readonly OutputSpec[]) {
    const specs = perOutput<LossLike>(options.loss, outputs, 'loss', (x) => isLeaf(x)).map(onlyOne);
    const several = specs.filter((s) => s !== null).length > 1;
    const weights = lossWeights(options.lossWeights, outputs);
    this.losses = specs.map((spec, i) => {
      if (spec === null) return null;
      const loss = resolveLoss(spec, outputs[i]!);
      const name = outputs[i]!.name ?? loss.name;
      return { loss, weight: weights[i]!, tracker: several ? new metrics.Mean({ name: `${name}_loss` }) : null };
    });
    const plain = resolveMetrics(options.metrics, outputs, 'metrics');
    const weighted = resolveMetrics(options.weightedMetrics, outputs, 'weightedMetrics');
    this.metrics = named(plain, weighted, outputs);
    const trackers = this.losses.flatMap((l) => (l?.tracker ? [{ key: l.tracker.name, metric: l.tracker }] : []));
    this.entries = [{ key: 'loss', metric: this.total }, ...this.metrics, ...trackers];
  }

  /** The scalar to be minimized but for what layers add, or `null` if there is no loss. Updates the losses' own means. */
  loss(
    yTrue: readonly (Tensor | null)[],
    yPred: readonly Tensor[],
    weights: readonly (Tensor | null)[],
  ): Tensor | null {
    let total: Tensor | null = null;
    this.losses.forEach((part, i) => {
      if (part === null) return;
      const prediction = yPred[i]!;
      const target = yTrue[i];
      if (!target) throw new OlifantError('INVALID_DATA', `the loss of output ${i} has no targets; give them in y`);
      const value = ops.cast(part.loss.apply(target, prediction, weights[i], maskOf(prediction)), 'float32');
      part.tracker?.updateState(value, prediction.shape[0]!);
      const term: Tensor = part.weight === 1 ? value : ops.multiply(value, part.weight);
      total = total === null ? term : ops.add(total, term);
    });
    return total;
  }

  /** Adds a batch to the metrics. */
  update(yTrue: readonly (Tensor | null)[], yPred: readonly Tensor[], weights: readonly (Tensor | null)[]): void {
    for (const { metric, output, weighted } of this.metrics) {
      const target = yTrue[output];
      if (!target)
        throw new OlifantError(
          'INVALID_DATA',
          `the metric '${metric.name}' of output ${output} has no targets; give them in y`,
        );
      const prediction = yPred[output]!;
      const given = weighted ? (weights[output] ?? null) : null;
      // As in Keras, padding counts for nothing in means of a function; other metrics know no masks.
      const mask = metric instanceof metrics.MeanMetricWrapper ? (maskOf(prediction) ?? null) : null;
      metric.updateState(target, prediction, losses.maskedWeights(given, mask, 'sum') ?? undefined);
    }
  }

  get variables(): Variable[] {
    return this.entries.flatMap((e) => e.metric.variables);
  }
}

/** A list of one stands for what is in it. */
function onlyOne(spec: LossLike | null): LossLike | null {
  return Array.isArray(spec) && spec.length === 1 ? (spec[0] as LossLike) : spec;
}

/** One that is not a list or a record by outputs. */
function isLeaf(x: unknown): boolean {
  return typeof x !== 'object' || x === null || Object.getPrototypeOf(x) !== Object.prototype
    ? !Array.isArray(x)
    : false;
}

function lossWeights(spec: CompileOptions['lossWeights'], outputs: readonly OutputSpec[]): number[] {
  const weights = perOutput<number>(spec, outputs, 'lossWeights', (x) => typeof x === 'number').map((w) => w ?? 1);
  const bad = weights.find((w) => typeof w !== 'number' || !Number.isFinite(w));
  if (bad !== undefined)
    throw new OlifantError('INVALID_ARGUMENT', `compile: lossWeights must be finite numbers, got ${bad}`);
  return weights;
}

function resolveMetrics(
  spec: CompileOptions['metrics'],
  outputs: readonly OutputSpec[],
  what: string,
): metrics.Metric[][] {
  if (spec === null || spec === undefined) return outputs.map(() => []);
  if (typeof spec !== 'object' || isLeaf(spec))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `compile: ${what} must be a list, like ['accuracy'], or a record by outputs`,
    );
  const lists =
    outputs.length === 1 && Array.isArray(spec) ? [spec.flat()] : perOutput<unknown>(spec, outputs, what, () => false);
  return lists.map((list, i) =>
    (Array.isArray(list) ? list : list === null ? [] : [list])
      .filter((m) => m !== null)
      .map((m) => resolveMetric(m as MetricLike, outputs[i]!)),
  );
}

/** Names as Keras makes them unique: a second `accuracy` is `accuracy_1`, a weighted second one `weighted_accuracy`. */
function named(
  plain: metrics.Metric[][],
  weighted: metrics.Metric[][],
  outputs: readonly OutputSpec[],
): OutputMetric[] {
  const counts = new Map<string, number>();
  const prefix = (output: number, name: string) =>
    outputs.length > 1 && outputs[output]!.name !== null ? `${outputs[output]!.name}_${name}` : name;
  const unique = (key: string): string => {
    const n = counts.get(key) ?? 0;
    counts.set(key, n + 1);
    return n === 0 ? key : `${key}_${n}`;
  };
  const add = (lists: metrics.Metric[][], isWeighted: boolean) =>
    lists.flatMap((list, output) =>
      list.map((metric) => {
        const plainKey = prefix(output, metric.name);
        const key = isWeighted && counts.has(plainKey) ? prefix(output, `weighted_${metric.name}`) : plainKey;
        return { key: unique(key), output, metric, weighted: isWeighted };
      }),
    );
  return [...add(plain, false), ...add(weighted, true)];
}
