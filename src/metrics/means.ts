import { checkOptions } from '../errors.ts';
import type { Config } from '../keras-object.ts';
import { checkValues } from '../losses/check-values.ts';
import {
  binaryCrossentropy,
  type CrossentropyOptions,
  categoricalCrossentropy,
  categoricalHinge,
  hinge,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  type SparseCrossentropyOptions,
  sparseCategoricalCrossentropy,
  squaredHinge,
} from '../losses/index.ts';
import * as ops from '../ops/index.ts';
import { snakeKey, type Tensor } from '../trace/index.ts';
import {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  type SparseTopKOptions,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './accuracy.ts';
import { MeanMetricWrapper } from './mean.ts';
import type { MetricOptions } from './metric.ts';
import { concordanceCorrelation, cosineSimilarity, pearsonCorrelation } from './regression.ts';

type Options = Readonly<Record<string, unknown>>;

/** The mean of one of this package's functions, with the options that stand in a configuration. */
abstract class FunctionMean extends MeanMetricWrapper {
  readonly #options: Options;

  constructor(options: MetricOptions, name: string, fn: (t: Tensor, p: Tensor) => Tensor, own: Options = {}) {
    checkOptions(new.target.name, options, ['name', 'dtype', ...Object.keys(own)]);
    checkValues(new.target.name, own);
    super(fn, { name: options.name ?? name, dtype: options.dtype });
    this.#options = own;
  }

  override getConfig(): Config {
    const own = Object.entries(this.#options).map(([k, v]) => [snakeKey(k), v]);
    return { ...super.getConfig(), ...Object.fromEntries(own) };
  }
}

/** How often predictions equal targets. */
export class Accuracy extends FunctionMean {
  static override readonly className: string = 'Accuracy';
  constructor(options: MetricOptions = {}) {
    super(options, 'accuracy', accuracy);
  }
}

/** How often predictions, rounded at a threshold, equal targets of 0 and 1. */
export class BinaryAccuracy extends FunctionMean {
  static override readonly className: string = 'BinaryAccuracy';
  constructor(options: MetricOptions & { threshold?: number } = {}) {
    const { threshold = 0.5 } = options;
    super(options, 'binary_accuracy', (t, p) => binaryAccuracy(t, p, { threshold }), { threshold });
  }
}

/** How often the likeliest class is that of one-hot targets. */
export class CategoricalAccuracy extends FunctionMean {
  static override readonly className: string = 'CategoricalAccuracy';
  constructor(options: MetricOptions = {}) {
    super(options, 'categorical_accuracy', categoricalAccuracy);
  }
}

/** How often the likeliest class is that whose number the target is. */
export class SparseCategoricalAccuracy extends FunctionMean {
  static override readonly className: string = 'SparseCategoricalAccuracy';
  constructor(options: MetricOptions = {}) {
    super(options, 'sparse_categorical_accuracy', sparseCategoricalAccuracy);
  }
}

/** How often the class of one-hot targets is among the k likeliest. */
export class TopKCategoricalAccuracy extends FunctionMean {
  static override readonly className: string = 'TopKCategoricalAccuracy';
  constructor(options: MetricOptions & { k?: number } = {}) {
    const { k = 5 } = options;
    super(options, 'top_k_categorical_accuracy', (t, p) => topKCategoricalAccuracy(t, p, { k }), { k });
  }
}

/** How often the class whose number the target is is among the k likeliest. */
export class SparseTopKCategoricalAccuracy extends FunctionMean {
  static override readonly className: string = 'SparseTopKCategoricalAccuracy';
  constructor(options: MetricOptions & SparseTopKOptions = {}) {
    const { k = 5, fromSortedIds = false } = options;
    super(
      options,
      'sparse_top_k_categorical_accuracy',
      (t, p) => sparseTopKCategoricalAccuracy(t, p, { k, fromSortedIds }),
      { k, ...(fromSortedIds ? { fromSortedIds } : {}) },
    );
  }
}

/** The mean squared difference. */
export class MeanSquaredError extends FunctionMean {
  static override readonly className: string = 'MeanSquaredError';
  constructor(options: MetricOptions = {}) {
    super(options, 'mean_squared_error', meanSquaredError);
  }
}

/** The mean absolute difference. */
export class MeanAbsoluteError extends FunctionMean {
  static override readonly className: string = 'MeanAbsoluteError';
  constructor(options: MetricOptions = {}) {
    super(options, 'mean_absolute_error', meanAbsoluteError);
  }
}

/** The mean absolute difference in percent of the target. */
export class MeanAbsolutePercentageError extends FunctionMean {
  static override readonly className: string = 'MeanAbsolutePercentageError';
  constructor(options: MetricOptions = {}) {
    super(options, 'mean_absolute_percentage_error', meanAbsolutePercentageError);
  }
}

/** The mean squared difference of the logarithms. */
export class MeanSquaredLogarithmicError extends FunctionMean {
  static override readonly className: string = 'MeanSquaredLogarithmicError';
  constructor(options: MetricOptions = {}) {
    super(options, 'mean_squared_logarithmic_error', meanSquaredLogarithmicError);
  }
}

/** The mean logarithm of the hyperbolic cosine of the difference. */
export class LogCoshError extends FunctionMean {
  static override readonly className: string = 'LogCoshError';
  constructor(options: MetricOptions = {}) {
    super(options, 'logcosh', logCosh);
  }
}

/** The mean cosine between targets and predictions. */
export class CosineSimilarity extends FunctionMean {
  static override readonly className: string = 'CosineSimilarity';
  constructor(options: MetricOptions & { axis?: number } = {}) {
    const { axis = -1 } = options;
    super(options, 'cosine_similarity', (t, p) => cosineSimilarity(t, p, { axis }), axis === -1 ? {} : { axis });
  }
}

/** Pearson’s correlation, mean over the samples. */
export class PearsonCorrelation extends FunctionMean {
  static override readonly className: string = 'PearsonCorrelation';
  constructor(options: MetricOptions & { axis?: number } = {}) {
    const { axis = -1 } = options;
    super(options, 'pearson_correlation', (t, p) => pearsonCorrelation(t, p, { axis }), { axis });
  }
}

/** Lin’s concordance, mean over the samples. */
export class ConcordanceCorrelation extends FunctionMean {
  static override readonly className: string = 'ConcordanceCorrelation';
  constructor(options: MetricOptions & { axis?: number } = {}) {
    const { axis = -1 } = options;
    super(options, 'concordance_correlation', (t, p) => concordanceCorrelation(t, p, { axis }), { axis });
  }
}

/** Kullback and Leibler’s divergence. */
export class KLDivergence extends FunctionMean {
  static override readonly className: string = 'KLDivergence';
  constructor(options: MetricOptions = {}) {
    super(options, 'kl_divergence', klDivergence);
  }
}

/** The Poisson loss. */
export class Poisson extends FunctionMean {
  static override readonly className: string = 'Poisson';
  constructor(options: MetricOptions = {}) {
    super(options, 'poisson', poisson);
  }
}

/** The crossentropy of yes-or-no targets. */
export class BinaryCrossentropy extends FunctionMean {
  static override readonly className: string = 'BinaryCrossentropy';
  constructor(options: MetricOptions & Omit<CrossentropyOptions, 'axis'> = {}) {
    const { fromLogits = false, labelSmoothing = 0 } = options;
    super(options, 'binary_crossentropy', (t, p) => binaryCrossentropy(t, p, { fromLogits, labelSmoothing }), {
      fromLogits,
      labelSmoothing,
    });
  }
}

/** The crossentropy of one-hot targets. */
export class CategoricalCrossentropy extends FunctionMean {
  static override readonly className: string = 'CategoricalCrossentropy';
  constructor(options: MetricOptions & CrossentropyOptions = {}) {
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    super(
      options,
      'categorical_crossentropy',
      (t, p) => categoricalCrossentropy(t, p, { fromLogits, labelSmoothing, axis }),
      { fromLogits, labelSmoothing, axis },
    );
  }
}

/** The crossentropy of class numbers. */
export class SparseCategoricalCrossentropy extends FunctionMean {
  static override readonly className: string = 'SparseCategoricalCrossentropy';
  readonly #ignoreClass: number | null;
  readonly #axis: number;
  constructor(options: MetricOptions & SparseCrossentropyOptions = {}) {
    const { fromLogits = false, ignoreClass = null, axis = -1 } = options;
    super(
      options,
      'sparse_categorical_crossentropy',
      (t, p) => sparseCategoricalCrossentropy(t, p, { fromLogits, ignoreClass, axis }),
      { fromLogits, ignoreClass, axis },
    );
    this.#ignoreClass = ignoreClass;
    this.#axis = axis;
  }

  /** Weights of the ignored class's samples do not count. */
  protected override valueMask(yTrue: Tensor, yPred: Tensor): Tensor | null {
    if (this.#ignoreClass === null) return null;
    const squeezed = yTrue.rank === yPred.rank && yTrue.shape.at(this.#axis) === 1;
    return ops.notEqual(squeezed ? ops.squeeze(yTrue, this.#axis) : yTrue, this.#ignoreClass);
  }
}

/** The hinge loss. */
export class Hinge extends FunctionMean {
  static override readonly className: string = 'Hinge';
  constructor(options: MetricOptions = {}) {
    super(options, 'hinge', hinge);
  }
}

/** The squared hinge loss. */
export class SquaredHinge extends FunctionMean {
  static override readonly className: string = 'SquaredHinge';
  constructor(options: MetricOptions = {}) {
    super(options, 'squared_hinge', squaredHinge);
  }
}

/** The hinge loss of one-hot targets. */
export class CategoricalHinge extends FunctionMean {
  static override readonly className: string = 'CategoricalHinge';
  constructor(options: MetricOptions = {}) {
    super(options, 'categorical_hinge', categoricalHinge);
  }
}
