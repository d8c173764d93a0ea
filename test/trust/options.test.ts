import { describe, expect, it } from 'vitest';
import * as constraints from '../../src/constraints/index.ts';
import { OlifantError } from '../../src/errors.ts';
import * as initializers from '../../src/initializers/index.ts';
import { builtinLayers } from '../../src/layers/index.ts';
import * as losses from '../../src/losses/index.ts';
import * as metrics from '../../src/metrics/index.ts';
import * as optimizers from '../../src/optimizers/index.ts';
import * as regularizers from '../../src/regularizers/index.ts';
import { camelKey } from '../../src/trace/names.ts';

type Options = Record<string, unknown>;

interface Made {
  getConfig(): Options;
}

interface Class {
  readonly name: string;
  readonly className?: string;
  new (options?: unknown): Made;
  fromConfig(config: Options): unknown;
}

const ROOMS: Record<string, object> = {
  constraints,
  initializers,
  losses,
  metrics,
  optimizers,
  regularizers,
  schedules: optimizers.schedules,
};

const RATE = { initialLearningRate: 0.1, decaySteps: 10 };

/** What the classes need that cannot be made of nothing. */
const NEEDED: Record<string, Options> = {
  CosineDecay: RATE,
  CosineDecayRestarts: { initialLearningRate: 0.1, firstDecaySteps: 10 },
  ExponentialDecay: { ...RATE, decayRate: 0.5 },
  InverseTimeDecay: { ...RATE, decayRate: 0.5 },
  PiecewiseConstantDecay: { boundaries: [1], values: [0.1, 0.2] },
  PolynomialDecay: RATE,
  ConfusionMatrix: { numClasses: 3 },
  IoU: { numClasses: 3, targetClassIds: [0, 2] },
  MeanIoU: { numClasses: 3 },
  OneHotIoU: { numClasses: 3, targetClassIds: [0, 2] },
  OneHotMeanIoU: { numClasses: 3 },
  PrecisionAtRecall: { recall: 0.5 },
  RecallAtPrecision: { precision: 0.5 },
  SensitivityAtSpecificity: { specificity: 0.5 },
  SpecificityAtSensitivity: { sensitivity: 0.5 },
};

/** Those that the others extend, and those that wrap what the user gives. */
const NOT_WALKED = [
  'Constraint',
  'Initializer',
  'LearningRateSchedule',
  'Loss',
  'LossFunctionWrapper',
  'LossScaleOptimizer',
  'MeanMetricWrapper',
  'Metric',
  'MultiOptimizer',
  'Optimizer',
  'OptimizerMap',
  'RandomInitializer',
  'Regularizer',
];

function isClass(x: unknown): x is Class {
  return typeof x === 'function' && /^class\b/.test(Function.prototype.toString.call(x));
}

const CLASSES = Object.entries(ROOMS).flatMap(([room, exports]) =>
  Object.entries(exports)
    // Other names of the same class are not tried again.
    .filter(([name, cls]) => isClass(cls) && !NOT_WALKED.includes(name) && (cls.className ?? cls.name) === name)
    .map(([name, cls]): [string, string, Class] => [room, name, cls as Class]),
);

function refusal(run: () => unknown): OlifantError {
  let error: unknown;
  try {
    run();
  } catch (e) {
    error = e;
  }
  expect(error, 'nothing was refused').toBeInstanceOf(OlifantError);
  return error as OlifantError;
}

describe.each(CLASSES)('%s: %s', (_room, name, cls) => {
  const needed = NEEDED[name] ?? {};
  const config = new cls(needed).getConfig();
  const keys = Object.keys(config);

  it('takes what it writes', () => {
    cls.fromConfig(config);
  });

  it('refuses an option that nothing resembles', () => {
    const error = refusal(() => new cls({ ...needed, qqqqqqqqqq: 1 }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(name);
    expect(error.message).toContain("'qqqqqqqqqq'");
    expect(error.message).not.toContain('Did you mean');
  });

  it.each(keys)('refuses %s misspelt', (key) => {
    const option = camelKey(key);
    const error = refusal(() => new cls({ ...needed, [`${option}x`]: config[key] }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(name);
    expect(error.message).toContain(`Did you mean '${option}'?`);
  });

  it.each(keys.filter((key) => camelKey(key) !== key))("refuses Keras's %s", (key) => {
    const error = refusal(() => new cls({ ...needed, [key]: config[key] }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(`Did you mean '${camelKey(key)}'?`);
  });

  it.each(keys)('refuses %s of a wrong type', (key) => {
    for (const odd of [() => 1, Symbol('odd')]) {
      const error = refusal(() => new cls({ ...needed, [camelKey(key)]: odd }));
      expect(error.message).toMatch(/expected|must|unknown/);
    }
  });

  it.each([[['a', 'b']], [true]])('refuses %j in the place of options', (odd) => {
    expect(refusal(() => new cls(odd)).message).toContain(name);
  });
});

describe.each(builtinLayers().map((cls) => [cls.className || cls.name, cls as unknown as Class] as const))(
  'layers: %s',
  (name, cls) => {
    it('refuses an option that nothing resembles', () => {
      const error = refusal(() => new cls({ qqqqqqqqqq: 1 }));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain(name);
      expect(error.message).toContain("'qqqqqqqqqq'");
    });
  },
);
