import { describe, OlifantError } from '../../errors.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { type CustomObjects, deserializeLayer, serializeLayer } from '../registry.ts';
import type { Struct } from '../struct.ts';
import type { DynamicShape } from '../symbolic.ts';
import {
  type CellCallOptions,
  checkCell,
  initialState,
  outputSizeOf,
  type RNNCell,
  type State,
  type StateSize,
} from './cell.ts';

export interface StackedRNNCellsOptions extends LayerOptions {
  /** Each takes the outputs of the one before. */
  cells?: readonly RNNCell[];
}

const DEFAULTS: Defaults<StackedRNNCellsOptions> = { cells: REQUIRED };

/**
 * Several cells as one: each takes the outputs of the one before. Keras's `StackedRNNCells`.
 *
 * Inputs [batch, features], outputs those of the last cell; a list of states for each cell.
 *
 * @param cells The cells.
 * @throws OlifantError `INVALID_ARGUMENT` for anything that is no list of cells.
 * @example
 * const layer = new RNN(new StackedRNNCells([new LSTMCell(4), new GRUCell(3)]));
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 3]
 */
export class StackedRNNCells extends Layer {
  static override className = 'StackedRNNCells';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = ['inputs', 'states', 'training'];

  readonly cells: readonly RNNCell[];

  constructor(cells: readonly RNNCell[], options?: StackedRNNCellsOptions);
  constructor(options: StackedRNNCellsOptions & { cells: readonly RNNCell[] });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<StackedRNNCellsOptions>(owner, ['cells'], DEFAULTS, args);
    super(o);
    if (!Array.isArray(o.cells) || o.cells.length === 0)
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: expected a list of cells, got ${describe(o.cells)}`);
    this.cells = o.cells.map((cell) => checkCell(owner, cell));
  }

  get stateSize(): readonly StateSize[] {
    return this.cells.map((c) => c.stateSize);
  }

  get outputSize(): number {
    return outputSizeOf(this.cells.at(-1)!);
  }

  /** @internal Whether a step is just the cells one after the other. */
  get isPlain(): boolean {
    return this.call === StackedRNNCells.prototype.call;
  }

  getInitialState(batchSize: number): State {
    return this.cells.map((cell) =>
      typeof cell.stateSize === 'number' ? initialState(cell, batchSize)[0]! : initialState(cell, batchSize),
    );
  }

  override build(inputShape: DynamicShape): void {
    let shape = inputShape;
    for (const cell of this.cells) {
      cell.ensureBuilt(shape);
      shape = [inputShape[0]!, outputSizeOf(cell)];
    }
  }

  /** One step: `[output, states]`, with the states of each cell. */
  override call(inputs: Tensor, { states, training = false }: CellCallOptions): [Tensor, Tensor[]] {
    let x = inputs;
    const next = this.cells.map((cell, i) => {
      const own = (states as readonly State[])[i]!;
      const made = cell.apply<Struct<Tensor>>(x, { states: Array.isArray(own) ? own : [own], training });
      const [output, after] = made as readonly [Tensor, State];
      x = output;
      return Array.isArray(after) && !Array.isArray(own) ? after[0] : after;
    });
    return [x, next as Tensor[]];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), cells: this.cells.map((c) => serializeLayer(c)) };
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Layer {
    const cells = (config.cells as unknown[]).map((c) => deserializeLayer(c, customObjects) as RNNCell);
    return super.fromConfig({ ...config, cells }, customObjects);
  }
}
