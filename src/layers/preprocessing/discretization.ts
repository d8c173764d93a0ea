import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { optionsOf } from '../layer-options.ts';
import { type Defaults, readOptions, show, wholeNumber } from '../options.ts';
import type { CustomObjects } from '../registry.ts';
import type { DynamicShape, SymbolicDType } from '../symbolic.ts';
import { type AdaptData, type AdaptOptions, eachBatch, numbersOf } from './adapt-data.ts';
import {
  type CategoryMode,
  encodeCategories,
  encodedShape,
  readOutputMode,
  refuseSparse,
} from './encode-categories.ts';
import { binBounds, EMPTY, mergeSummaries, type Summary, summarize } from './quantiles.ts';
import { tableChanged } from './tables-revision.ts';

const MODES = ['int', 'one_hot', 'multi_hot', 'count'] as const;

export interface DiscretizationOptions extends LayerOptions {
  /** The bounds between bins, ascending: n bounds make n + 1 bins. Without them, `adapt` finds some. */
  binBoundaries?: readonly number[] | null;
  /** For `adapt`: the number of bins. */
  numBins?: number | null;
  /** For `adapt`: how exact the quantiles are, as a share of the data. Default 0.01. */
  epsilon?: number;
  /** `'int'` (default): the number of the bin. `'one_hot'`: a vector for each. For a sample: `'multi_hot'`, `'count'`. */
  outputMode?: CategoryMode | 'binary';
  /** Sparse outputs are not supported. */
  sparse?: boolean;
}

const DEFAULTS = {
  binBoundaries: null,
  numBins: null,
  epsilon: 0.01,
  outputMode: 'int',
  sparse: false,
} as unknown as Defaults<DiscretizationOptions>;

/**
 * Numbers to the bins in which they lie. Keras's `Discretization`.
 *
 * Bin i holds binBoundaries[i - 1] <= x < binBoundaries[i]; NaN is in the last bin. `adapt` finds bounds with about equally
 * many elements between them, by quantile summaries, so the data may come in batches.
 *
 * Inputs of any shape; outputs int32 of that shape in mode `'int'`, else float32 vectors of as many elements as there are bins.
 *
 * @throws OlifantError `INVALID_ARGUMENT` unless there is one of `binBoundaries` and `numBins`, `NOT_BUILT` without bounds.
 * @example
 * new Discretization({ binBoundaries: [0, 1, 2] }).apply([[-1.5, 1, 3.4, 0.5]]).arraySync(); // [[0, 2, 3, 1]]
 */
export class Discretization extends Layer {
  static override className = 'Discretization';
  static override moduleName = 'keras.layers';

  readonly numBins: number | null;
  readonly epsilon: number;
  readonly outputMode: CategoryMode;
  #boundaries: readonly number[] | null;

  constructor(options: DiscretizationOptions = {}) {
    const owner = 'Discretization';
    const o = readOptions<DiscretizationOptions>(owner, [], DEFAULTS, [options]);
    super(o);
    this.numBins = o.numBins === null ? null : wholeNumber(owner, 'numBins', o.numBins);
    if ((o.binBoundaries === null) === (o.numBins === null))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: give binBoundaries, or numBins and then adapt; got ${o.numBins === null ? 'neither' : 'both'}`,
      );
    if (typeof o.epsilon !== 'number' || !(o.epsilon > 0 && o.epsilon <= 1))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: epsilon must be above 0 and at most 1, got ${show(o.epsilon)}`,
      );
    this.epsilon = o.epsilon;
    this.outputMode = readOutputMode(owner, o.outputMode, MODES);
    refuseSparse(owner, 'sparse', o.sparse);
    this.#boundaries = o.binBoundaries === null ? null : readBounds(owner, o.binBoundaries);
  }

  /** @internal Whether the bounds are to be found by `adapt`, and were not given. */
  get adapts(): boolean {
    return this.numBins !== null;
  }

  /** The bounds between bins; null before there are any. */
  get binBoundaries(): readonly number[] | null {
    return this.#boundaries;
  }

  /**
   * Finds the bounds in data. To be awaited.
   *
   * @param data Numbers of any shape, or batches of them (see `AdaptData`).
   * @throws OlifantError `INVALID_ARGUMENT` where the bounds were given.
   */
  async adapt(data: AdaptData, options: AdaptOptions = {}): Promise<void> {
    const { numBins, epsilon } = this;
    if (numBins === null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${this.label}: its bounds were given, so it cannot adapt; make it with numBins instead`,
      );
    let summary: Summary = EMPTY;
    await eachBatch(this.label, data, options, (batch) => {
      const numbers = numbersOf(batch, `${this.label}: adapt`);
      summary = mergeSummaries(summarize(numbers.data, epsilon), summary, epsilon);
    });
    if (summary.values.length === 0) throw new OlifantError('INVALID_DATA', `${this.label}: adapt: the data is empty`);
    const hadTable = this.#boundaries !== null;
    this.#boundaries = binBounds(summary, numBins);
    if (hadTable) tableChanged();
  }

  #bounds(): readonly number[] {
    if (this.#boundaries !== null) return this.#boundaries;
    throw new OlifantError(
      'NOT_BUILT',
      `${this.label} has no bounds yet: give it binBoundaries, or call \`await layer.adapt(data)\` first`,
    );
  }

  override call(inputs: Tensor): Tensor {
    const bounds = this.#bounds();
    const x = ops.cast(inputs, 'float32');
    return encodeCategories(binOf(x, bounds), this.outputMode, bounds.length + 1);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const bins = this.#boundaries === null ? this.numBins! : this.#boundaries.length + 1;
    return encodedShape(inputShape, this.outputMode, bins);
  }

  override computeOutputDType(): SymbolicDType {
    return this.outputMode === 'int' ? 'int32' : 'float32';
  }

  override getConfig(): Config {
    return {
      bin_boundaries: this.#boundaries,
      num_bins: this.numBins,
      epsilon: this.epsilon,
      output_mode: this.outputMode,
      sparse: false,
      name: this.name,
      dtype: this.dtype,
    };
  }

  static override fromConfig(config: Config, _customObjects?: CustomObjects): Layer {
    const { bin_boundaries: bounds, ...rest } = config;
    // Files have both once a layer is adapted.
    if (bounds === null || bounds === undefined || rest.num_bins === null || rest.num_bins === undefined)
      return new Discretization(optionsOf(config) as DiscretizationOptions);
    const layer = new Discretization(optionsOf(rest) as DiscretizationOptions);
    layer.#boundaries = readBounds('Discretization', bounds);
    return layer;
  }
}

/** How many bounds are not above x; all of them for NaN, of which nothing can be said. */
function binOf(x: Tensor, bounds: readonly number[]): Tensor {
  if (bounds.length === 0) return ops.zerosLike(ops.cast(x, 'int32'));
  const below = ops.logicalNot(ops.less(ops.expandDims(x, -1), tensor(Float32Array.from(bounds))));
  return ops.sum(ops.cast(below, 'int32'), { axis: -1 });
}

function readBounds(owner: string, value: unknown): readonly number[] {
  const fits = Array.isArray(value) && value.every((v, i) => typeof v === 'number' && (i === 0 || v >= value[i - 1]));
  if (fits) return [...value];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: binBoundaries must be an ascending array of numbers, got ${show(value)}`,
  );
}
