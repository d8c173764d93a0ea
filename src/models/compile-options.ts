import { describe, OlifantError } from '../errors.ts';
import type { DynamicShape } from '../layers/symbolic.ts';
import * as losses from '../losses/index.ts';
import * as metrics from '../metrics/index.ts';
import type * as optimizers from '../optimizers/index.ts';
import type { Tensor } from '../trace/tensor.ts';

export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
export type LossLike = losses.LossId | losses.Loss | LossFunction | 'crossentropy' | 'ce';
export type MetricLike = metrics.MetricId | metrics.Metric | LossFunction | 'accuracy' | 'acc' | 'crossentropy' | 'ce';

/** One for all outputs, one an output in order, or by the outputs' names; `null` for outputs without. */
export type LossSpec = LossLike | null | readonly LossOfOutput[] | { readonly [output: string]: LossOfOutput };
type LossOfOutput = LossLike | null | readonly [LossLike];
type MetricsOfOutput = MetricLike | null | readonly (MetricLike | null)[];
export type MetricSpec = readonly MetricsOfOutput[] | { readonly [output: string]: MetricsOfOutput };

export interface CompileOptions {
  /** Default `'rmsprop'`. */
  optimizer?: optimizers.OptimizerId | optimizers.Optimizer;
  loss?: LossSpec;
  /** Factors of the outputs' losses. */
  lossWeights?: number | readonly number[] | { readonly [output: string]: number } | null;
  /** With one output a list of metrics; with several one entry an output, or a record by their names. */
  metrics?: MetricSpec | null;
  /** Metrics that sample weights apply to. */
  weightedMetrics?: MetricSpec | null;
  /** Traces and compiles each step anew, to debug what `call` does. Default `false`. */
  runEagerly?: boolean;
  /** Steps between calls of the callbacks for batches. Default 1. */
  stepsPerExecution?: number;
  /** Has no effect: every step is compiled. */
  jitCompile?: boolean | 'auto';
  /**
   * Whether the optimizer of a model of the policy `'mixed_float16'` is wrapped in a `LossScaleOptimizer`, unless it is one.
   * Default `true`.
   */
  autoScaleLoss?: boolean;
}

/** What is known of an output and of its targets when losses and metrics are chosen. */
export interface OutputSpec {
  readonly name: string | null;
  readonly shape: DynamicShape;
  /** Shape of the targets; `null` for an output without. */
  readonly target: DynamicShape | null;
}

type Kind = 'binary' | 'sparse' | 'categorical';

/** Which of the three kinds of classification the shapes mean, by Keras's rule. */
function kindOf({ shape, target }: OutputSpec): Kind {
  const classes = shape.at(-1);
  if (classes === 1) return 'binary';
  if (target === null) return 'categorical';
  const sparse = target.length < shape.length || (target.at(-1) === 1 && (classes ?? 2) > 1);
  return sparse ? 'sparse' : 'categorical';
}

function isName(id: unknown, ...names: string[]): boolean {
  return typeof id === 'string' && names.includes(id.toLowerCase());
}

const CROSSENTROPY = {
  binary: 'binary_crossentropy',
  sparse: 'sparse_categorical_crossentropy',
  categorical: 'categorical_crossentropy',
} as const;

/** A loss object for an id, an object or a function. */
export function resolveLoss(id: LossLike, output: OutputSpec): losses.Loss {
  if (isName(id, 'crossentropy', 'ce')) return losses.get(CROSSENTROPY[kindOf(output)]) as losses.Loss;
  if (id instanceof losses.Loss) return id;
  if (typeof id === 'function') return new losses.LossFunctionWrapper(id as never, { name: nameOf(id, 'loss') });
  return losses.get(id as losses.LossId) as losses.Loss;
}

function nameOf(f: LossFunction, fallback: string): string {
  return f.name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase() || fallback;
}

/** A metric object of one's own for an id, an object or a function; its name is the id. */
export function resolveMetric(id: MetricLike, output: OutputSpec): metrics.Metric {
  if (id instanceof metrics.Metric) return id;
  if (typeof id === 'function') return new metrics.MeanMetricWrapper(id as never, { name: nameOf(id, 'metric') });
  const options = { name: id as string };
  if (isName(id, 'accuracy', 'acc')) {
    const kind = kindOf(output);
    if (kind === 'binary') return new metrics.BinaryAccuracy(options);
    return kind === 'sparse'
      ? new metrics.SparseCategoricalAccuracy(options)
      : new metrics.CategoricalAccuracy(options);
  }
  const real = isName(id, 'crossentropy', 'ce') ? CROSSENTROPY[kindOf(output)] : (id as metrics.MetricId);
  const metric = metrics.get(real as metrics.MetricId) as metrics.Metric;
  (metric as { name: string }).name = id as string;
  return metric;
}

/** Spreads a specification over the outputs. */
export function perOutput<T>(
  spec: unknown,
  outputs: readonly OutputSpec[],
  what: string,
  single: (x: unknown) => boolean,
): (T | null)[] {
  if (spec === null || spec === undefined) return outputs.map(() => null);
  if (single(spec)) return outputs.map(() => spec as T);
  const names = outputs.map((o) => o.name);
  if (Array.isArray(spec)) {
    if (spec.length !== outputs.length)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `compile: ${what} has ${spec.length} entries for ${outputs.length} output(s) (${names.join(', ')})`,
      );
    return spec as (T | null)[];
  }
  if (typeof spec !== 'object')
    throw new OlifantError('INVALID_ARGUMENT', `compile: ${what}: cannot use ${describe(spec)}`);
  const record = spec as Record<string, T>;
  const unknown = Object.keys(record).filter((k) => !names.includes(k));
  if (unknown.length > 0)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `compile: ${what} names '${unknown[0]}', which is no output of the model. Outputs: ${names.join(', ')}`,
    );
  return names.map((n) => (n === null ? null : (record[n] ?? null)));
}
