import { checkOptions } from '../errors.ts';
import { type Config, checkNumber } from '../keras-object.ts';
import type { Axis } from '../ops/index.ts';
import * as ops from '../ops/index.ts';
import { snakeKey, type Tensor } from '../trace/index.ts';
import { checkValues } from './check-values.ts';
import { ctc } from './ctc.ts';
import { Loss, type LossOptions } from './loss.ts';
import { type CircleOptions, circle, dice, type TverskyOptions, tversky } from './overlap.ts';
import {
  type BinaryFocalOptions,
  binaryCrossentropy,
  binaryFocalCrossentropy,
  type CategoricalFocalOptions,
  type CrossentropyOptions,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  type SparseCrossentropyOptions,
  sparseCategoricalCrossentropy,
} from './probability.ts';
import {
  categoricalHinge,
  cosineSimilarity,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  squaredHinge,
} from './regression.ts';
import { matchRanks } from './shapes.ts';

type Options = Readonly<Record<string, unknown>>;

/** Options that Keras leaves out of a configuration (and so loses) are written where they differ from the default. */
interface Extra {
  readonly values: Options;
  readonly defaults?: Options;
}

/** A loss by one of this module's functions and its options. */
abstract class FunctionLoss extends Loss {
  readonly #fn: (yTrue: Tensor, yPred: Tensor) => Tensor;
  readonly #extra: Extra;

  constructor(
    options: LossOptions,
    name: string,
    fn: (yTrue: Tensor, yPred: Tensor) => Tensor,
    extra: Extra = { values: {} },
  ) {
    const { values } = extra;
    checkOptions(new.target.name, options, ['name', 'reduction', 'dtype', ...Object.keys(values)]);
    checkValues(new.target.name, values);
    super({ ...options, name: options.name ?? name });
    this.#fn = fn;
    this.#extra = extra;
  }

  call(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.#fn(...matchRanks(yTrue, yPred));
  }

  override getConfig(): Config {
    const { values, defaults } = this.#extra;
    const kept = Object.entries(values).filter(([k, v]) => defaults === undefined || defaults[k] !== v);
    return { ...super.getConfig(), ...Object.fromEntries(kept.map(([k, v]) => [snakeKey(k), v])) };
  }
}

/** Mean squared difference. */
export class MeanSquaredError extends FunctionLoss {
  static readonly className: string = 'MeanSquaredError';
  constructor(options: LossOptions = {}) {
    super(options, 'mean_squared_error', meanSquaredError);
  }
}

/** Mean absolute difference. */
export class MeanAbsoluteError extends FunctionLoss {
  static readonly className: string = 'MeanAbsoluteError';
  constructor(options: LossOptions = {}) {
    super(options, 'mean_absolute_error', meanAbsoluteError);
  }
}

/** Mean absolute difference in percent of the target. */
export class MeanAbsolutePercentageError extends FunctionLoss {
  static readonly className: string = 'MeanAbsolutePercentageError';
  constructor(options: LossOptions = {}) {
    super(options, 'mean_absolute_percentage_error', meanAbsolutePercentageError);
  }
}

/** Mean squared difference of the logarithms. */
export class MeanSquaredLogarithmicError extends FunctionLoss {
  static readonly className: string = 'MeanSquaredLogarithmicError';
  constructor(options: LossOptions = {}) {
    super(options, 'mean_squared_logarithmic_error', meanSquaredLogarithmicError);
  }
}

/** Mean logarithm of the hyperbolic cosine of the difference. */
export class LogCosh extends FunctionLoss {
  static readonly className: string = 'LogCosh';
  constructor(options: LossOptions = {}) {
    super(options, 'log_cosh', logCosh);
  }
}

/** Kullback and Leibler’s divergence of two distributions. */
export class KLDivergence extends FunctionLoss {
  static readonly className: string = 'KLDivergence';
  constructor(options: LossOptions = {}) {
    super(options, 'kl_divergence', klDivergence);
  }
}

/** Negative log-likelihood of counts, up to a constant. */
export class Poisson extends FunctionLoss {
  static readonly className: string = 'Poisson';
  constructor(options: LossOptions = {}) {
    super(options, 'poisson', poisson);
  }
}

/** Hinge loss for targets of -1 and 1 (or 0 and 1). */
export class Hinge extends FunctionLoss {
  static readonly className: string = 'Hinge';
  constructor(options: LossOptions = {}) {
    super(options, 'hinge', hinge);
  }
}

/** Squared hinge loss for targets of -1 and 1 (or 0 and 1). */
export class SquaredHinge extends FunctionLoss {
  static readonly className: string = 'SquaredHinge';
  constructor(options: LossOptions = {}) {
    super(options, 'squared_hinge', squaredHinge);
  }
}

/** Hinge loss for one-hot targets. */
export class CategoricalHinge extends FunctionLoss {
  static readonly className: string = 'CategoricalHinge';
  constructor(options: LossOptions = {}) {
    super(options, 'categorical_hinge', categoricalHinge);
  }
}

/** Connectionist temporal classification (Graves et al. 2006): targets [batch, length] padded with 0, the blank; predictions [batch, time, classes] before the softmax. */
export class CTC extends FunctionLoss {
  static readonly className: string = 'CTC';
  constructor(options: LossOptions = {}) {
    super(options, 'ctc', ctc);
  }
}

/** Minus the cosine between targets and predictions. */
export class CosineSimilarity extends FunctionLoss {
  static readonly className: string = 'CosineSimilarity';
  constructor(options: LossOptions & { axis?: number } = {}) {
    const { axis = -1 } = options;
    super(options, 'cosine_similarity', (t, p) => cosineSimilarity(t, p, { axis }), {
      values: { axis },
      defaults: { axis: -1 },
    });
  }
}

/** Quadratic up to `delta`, linear beyond. */
export class Huber extends FunctionLoss {
  static readonly className: string = 'Huber';
  constructor(options: LossOptions & { delta?: number } = {}) {
    const { delta = 1 } = options;
    checkNumber('Huber', 'delta', delta, { above: 0 });
    super(options, 'huber_loss', (t, p) => huber(t, p, { delta }), { values: { delta }, defaults: { delta: 1 } });
  }
}

/** Crossentropy of yes-or-no targets. */
export class BinaryCrossentropy extends FunctionLoss {
  static readonly className: string = 'BinaryCrossentropy';
  constructor(options: LossOptions & CrossentropyOptions = {}) {
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    super(options, 'binary_crossentropy', (t, p) => binaryCrossentropy(t, p, { fromLogits, labelSmoothing, axis }), {
      values: { fromLogits, labelSmoothing, axis },
    });
  }
}

/** Binary crossentropy that counts what is already certain less. */
export class BinaryFocalCrossentropy extends FunctionLoss {
  static readonly className: string = 'BinaryFocalCrossentropy';
  constructor(options: LossOptions & BinaryFocalOptions = {}) {
    const {
      fromLogits = false,
      labelSmoothing = 0,
      axis = -1,
      applyClassBalancing = false,
      alpha = 0.25,
      gamma = 2,
    } = options;
    super(
      options,
      'binary_focal_crossentropy',
      (t, p) => binaryFocalCrossentropy(t, p, { fromLogits, labelSmoothing, axis, applyClassBalancing, alpha, gamma }),
      { values: { fromLogits, labelSmoothing, axis, applyClassBalancing, alpha, gamma } },
    );
  }
}

/** Crossentropy for one-hot targets. */
export class CategoricalCrossentropy extends FunctionLoss {
  static readonly className: string = 'CategoricalCrossentropy';
  constructor(options: LossOptions & CrossentropyOptions = {}) {
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    super(
      options,
      'categorical_crossentropy',
      (t, p) => categoricalCrossentropy(t, p, { fromLogits, labelSmoothing, axis }),
      { values: { fromLogits, labelSmoothing, axis } },
    );
  }
}

/** Categorical crossentropy that counts what is already certain less. */
export class CategoricalFocalCrossentropy extends FunctionLoss {
  static readonly className: string = 'CategoricalFocalCrossentropy';
  constructor(options: LossOptions & CategoricalFocalOptions = {}) {
    const { fromLogits = false, labelSmoothing = 0, axis = -1, alpha = 0.25, gamma = 2 } = options;
    super(
      options,
      'categorical_focal_crossentropy',
      (t, p) => categoricalFocalCrossentropy(t, p, { fromLogits, labelSmoothing, axis, alpha, gamma }),
      { values: { fromLogits, labelSmoothing, axis, alpha, gamma } },
    );
  }
}

/** Crossentropy for class numbers. */
export class SparseCategoricalCrossentropy extends FunctionLoss {
  static readonly className: string = 'SparseCategoricalCrossentropy';
  readonly #ignoreClass: number | null;
  readonly #axis: number;
  constructor(options: LossOptions & SparseCrossentropyOptions = {}) {
    const { fromLogits = false, ignoreClass = null, axis = -1 } = options;
    super(
      options,
      'sparse_categorical_crossentropy',
      (t, p) => sparseCategoricalCrossentropy(t, p, { fromLogits, ignoreClass, axis }),
      { values: { fromLogits, ignoreClass, ...(axis === -1 ? {} : { axis }) } },
    );
    this.#ignoreClass = ignoreClass;
    this.#axis = axis;
  }

  /** Samples of the ignored class do not count in a mean. */
  override mask(yTrue: Tensor, yPred: Tensor, losses: Tensor): Tensor | null {
    if (this.#ignoreClass === null) return null;
    const squeezed = yTrue.rank === yPred.rank && yTrue.shape.at(this.#axis) === 1;
    const numbers = squeezed ? ops.squeeze(yTrue, this.#axis) : yTrue;
    return ops.reshape(ops.notEqual(numbers, this.#ignoreClass), losses.shape);
  }
}

/** One minus the Dice coefficient of two areas. */
export class Dice extends FunctionLoss {
  static readonly className: string = 'Dice';
  constructor(options: LossOptions & { axis?: Axis } = {}) {
    const { axis = null } = options;
    super(options, 'dice', (t, p) => dice(t, p, { axis }), { values: { axis } });
  }
}

/** One minus the Tversky index of two areas. */
export class Tversky extends FunctionLoss {
  static readonly className: string = 'Tversky';
  constructor(options: LossOptions & TverskyOptions = {}) {
    const { alpha = 0.5, beta = 0.5, axis = null } = options;
    super(options, 'tversky', (t, p) => tversky(t, p, { alpha, beta, axis }), { values: { alpha, beta, axis } });
  }
}

/** Circle loss of vectors and their class numbers. */
export class Circle extends FunctionLoss {
  static readonly className: string = 'Circle';
  constructor(options: LossOptions & CircleOptions = {}) {
    const { gamma = 80, margin = 0.4, removeDiagonal = true } = options;
    super(options, 'circle', (t, p) => circle(t, p, { gamma, margin, removeDiagonal }), {
      values: { gamma, margin, removeDiagonal },
    });
  }

  /** Samples without a loss do not count in a mean. */
  override mask(_yTrue: Tensor, _yPred: Tensor, losses: Tensor): Tensor {
    return ops.greater(losses, 0);
  }
}

/** Between crossentropy (q near 0) and absolute error (q near 1). */
export class CategoricalGeneralizedCrossEntropy extends FunctionLoss {
  static readonly className: string = 'CategoricalGeneralizedCrossEntropy';
  constructor(options: LossOptions & { q?: number } = {}) {
    const { q = 0.5 } = options;
    checkNumber('CategoricalGeneralizedCrossEntropy', 'q', q, { above: 0, below: 1 });
    super(options, 'categorical_generalized_cross_entropy', (t, p) => categoricalGeneralizedCrossEntropy(t, p, { q }), {
      values: { q },
    });
  }
}
