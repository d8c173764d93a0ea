import { customObjectScope, findCustom } from '../custom-objects.ts';
import type { Config } from '../layers/layer.ts';
import type { CustomObjects } from '../layers/registry.ts';
import * as losses from '../losses/index.ts';
import * as metrics from '../metrics/index.ts';
import * as optimizers from '../optimizers/index.ts';
import { camelKey } from '../trace/names.ts';
import type { CompileOptions } from './compile-options.ts';

/** Leaves of lists and records replaced; strings, numbers and nothing stay as they are. */
function mapLeaves(x: unknown, f: (leaf: object | string) => unknown): unknown {
  if (x === null || x === undefined) return null;
  if (Array.isArray(x)) return x.map((v) => mapLeaves(v, f));
  if (typeof x === 'function') return f(x);
  // A name of the user's must become what it names here: outside of the scope nobody knows it.
  if (typeof x === 'string' && findCustom(x) !== undefined) return f(x);
  if (typeof x !== 'object') return x;
  const plain = Object.getPrototypeOf(x) === Object.prototype && !('class_name' in x);
  return plain ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, mapLeaves(v, f)])) : f(x);
}

/** What `compile` was given, as Keras writes it beside a model. */
export function compileConfig(options: CompileOptions, optimizer: optimizers.Optimizer): Config {
  return {
    optimizer: optimizers.serialize(optimizer),
    loss: mapLeaves(options.loss, (l) => losses.serialize(losses.get(l as losses.LossLike))),
    loss_weights: options.lossWeights ?? null,
    metrics: mapLeaves(options.metrics, (m) => metrics.serialize(metrics.get(m as never))),
    weighted_metrics: mapLeaves(options.weightedMetrics, (m) => metrics.serialize(metrics.get(m as never))),
    run_eagerly: options.runEagerly ?? false,
    steps_per_execution: options.stepsPerExecution ?? 1,
    jit_compile: options.jitCompile === undefined || options.jitCompile === 'auto' ? true : options.jitCompile,
  };
}

const KEYS = [
  'loss',
  'loss_weights',
  'metrics',
  'weighted_metrics',
  'run_eagerly',
  'steps_per_execution',
  'jit_compile',
];

/** What `compile` needs to be given for a configuration, this package's or Keras's. */
export function compileOptionsOf(config: Config, customObjects: CustomObjects = {}): CompileOptions {
  return customObjectScope(customObjects, () => readCompileConfig(config));
}

function readCompileConfig(config: Config): CompileOptions {
  const options: Record<string, unknown> = {};
  for (const key of KEYS) if (config[key] !== null && config[key] !== undefined) options[camelKey(key)] = config[key];
  options.loss = mapLeaves(config.loss, (l) => losses.deserialize(l as never));
  options.metrics = mapLeaves(config.metrics, (m) => metrics.deserialize(m as never));
  options.weightedMetrics = mapLeaves(config.weighted_metrics, (m) => metrics.deserialize(m as never));
  if (config.optimizer) options.optimizer = optimizers.deserialize(config.optimizer as never);
  return options as CompileOptions;
}
