import { formatShape, OlifantError } from '../../errors.ts';
import { isFloating } from '../../graph/dtype.ts';
import * as ops from '../../ops/index.ts';
import { currentTrace } from '../../trace/context.ts';
import { asTensor, isTensorLike, type TensorLike } from '../../trace/convert.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { Variable } from '../../trace/variable.ts';
import { type CallOptions, type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readFlag, readOptions } from '../options.ts';
import { type CustomObjects, deserializeLayer, serializeLayer } from '../registry.ts';
import { flatten, mapStruct, type Struct } from '../struct.ts';
import type { DynamicShape, SymbolicTensor } from '../symbolic.ts';
import { checkCell, checkState, initialState, outputSizeOf, type RNNCell, type State, stateSizes } from './cell.ts';
import { runCell } from './loop.ts';
import { StackedRNNCells } from './stacked-rnn-cells.ts';

/** What all recurrent layers take. */
export interface RecurrenceOptions extends LayerOptions {
  /** Whether the outputs of all steps are given, not only the last one. Default `false`. */
  returnSequences?: boolean;
  /** Whether the last states are given after the output. Default `false`. */
  returnState?: boolean;
  /** Whether the last step comes first; the outputs are in the order of the steps then. Default `false`. */
  goBackwards?: boolean;
  /** Whether a batch begins with the states at which the batch before ended, row by row. Default `false`. */
  stateful?: boolean;
  /** Taken as in Keras; a loop is compiled as a loop all the same. Needs a known number of steps. Default `false`. */
  unroll?: boolean;
  /** Whether the outputs of masked steps are 0, not those of the step before. Default `false`. */
  zeroOutputForMask?: boolean;
}

export interface RNNOptions extends RecurrenceOptions {
  /** The cell, or several for a `StackedRNNCells`. */
  cell?: RNNCell | readonly RNNCell[];
}

export const RECURRENCE_DEFAULTS: Defaults<RecurrenceOptions> = {
  returnSequences: false,
  returnState: false,
  goBackwards: false,
  stateful: false,
  unroll: false,
  zeroOutputForMask: false,
};

const DEFAULTS: Defaults<RNNOptions> = { cell: REQUIRED, ...RECURRENCE_DEFAULTS };

/** How a recurrent layer is called. */
export interface RNNCallOptions extends CallOptions {
  /** The states before the first step, as many as the cell has. Default: zeros, or those of the batch before. */
  readonly initialState?: Struct<TensorLike> | Struct<SymbolicTensor> | null;
}

/**
 * Runs a cell over the time steps of sequences, from state to state. Keras's `RNN`.
 *
 * Inputs [batch, time, ...]; output [batch, size], or [batch, time, size] with `returnSequences`; with `returnState` a list of
 * the output and the last states. `apply(x, { initialState: [h, c] })` begins with other states than zeros, symbolic ones in
 * functional models. Where a mask [batch, time] is false, the states stay and the output is repeated.
 *
 * @param cell A layer with a `stateSize` whose `call(inputs, { states })` gives `[output, states]`; several make a stack.
 * @param options.returnSequences Whether the outputs of all steps are given. Default `false`.
 * @param options.returnState Whether the last states are given after the output. Default `false`.
 * @param options.goBackwards Whether the last step comes first. Default `false`.
 * @param options.stateful Whether a batch begins with the states at which the batch before ended. Default `false`. Needs a
 *   known size of the batch; `resetState()` sets them to zeros.
 * @param options.unroll Taken as in Keras; a loop is compiled as a loop all the same. Default `false`.
 * @param options.zeroOutputForMask Whether the outputs of masked steps are 0. Default `false`.
 * @throws OlifantError `INVALID_ARGUMENT` for anything that is no cell; `SHAPE` for states or a batch of another size, inputs of
 *   less than three axes, or an unknown number of steps with `unroll`.
 * @example
 * const layer = new RNN(new LSTMCell(4), { returnState: true });
 * layer.apply(ops.ones([2, 3, 5])).map((t) => t.shape); // [[2, 4], [2, 4], [2, 4]]
 */
export class RNN extends Layer {
  static override className = 'RNN';
  static override moduleName: string | undefined = 'keras.layers';
  static override callArguments: readonly string[] = ['sequences', 'initialState', 'mask', 'training'];
  static override refusedArguments = ['constants'];

  readonly cell: RNNCell;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly unroll: boolean;
  /** @internal Set by `Bidirectional`. */
  zeroOutputForMask: boolean;
  #states: readonly Variable[] | null = null;

  constructor(cell: RNNCell | readonly RNNCell[], options?: RNNOptions);
  constructor(options: RNNOptions & { cell: RNNCell | readonly RNNCell[] });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<RNNOptions>(owner, ['cell'], DEFAULTS, args);
    super(o);
    const { cell } = o;
    this.cell = Array.isArray(cell) ? new StackedRNNCells(cell) : checkCell(owner, cell);
    this.returnSequences = readFlag(owner, 'returnSequences', o.returnSequences);
    this.returnState = readFlag(owner, 'returnState', o.returnState);
    this.goBackwards = readFlag(owner, 'goBackwards', o.goBackwards);
    this.stateful = readFlag(owner, 'stateful', o.stateful);
    this.unroll = readFlag(owner, 'unroll', o.unroll);
    this.zeroOutputForMask = readFlag(owner, 'zeroOutputForMask', o.zeroOutputForMask);
    this.supportsMasking = true;
    this.inputSpec = { minNdim: 3 };
  }

  override build(inputShape: DynamicShape): void {
    const [batch, , ...rest] = inputShape;
    this.cell.ensureBuilt([batch ?? null, ...rest]);
    if (!this.stateful || this.#states !== null) return;
    if (typeof batch === 'number') this.#makeStates(batch);
    else if (currentTrace() === undefined)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: a stateful layer needs a known size of the batch, got inputs of shape ${formatShape(inputShape)}; ` +
          'give it with Input({ batchShape: [batch, time, features] })',
      );
  }

  #makeStates(batch: number): readonly Variable[] {
    const initial = flatten<Tensor>(initialState(this.cell, batch) as Struct<Tensor>);
    this.#states = initial.map((t) => new Variable(t, { name: 'rnn_state', trainable: false }));
    return this.#states;
  }

  override call(sequences: Tensor, options: RNNCallOptions = {}): Tensor | Tensor[] {
    const { training = false, mask } = options;
    if (options.constants !== undefined && options.constants !== null)
      throw new OlifantError(
        'UNSUPPORTED',
        `${this.label}: there are no constants in Keras 3; let the cell read what it needs, or put it beside the inputs`,
      );
    const { computeDtype } = this.cell;
    const init = mapStruct(this.#firstStates(sequences.shape[0]!, options.initialState ?? null), (t) =>
      isFloating(computeDtype) ? ops.cast(t, computeDtype) : t,
    );
    const result = runCell(this.cell, sequences, init, {
      mask: this.#stepMask(sequences, mask),
      goBackwards: this.goBackwards,
      unroll: this.unroll,
      zeroOutputForMask: this.zeroOutputForMask,
      training,
    });
    if (this.stateful)
      flatten<Tensor>(result.states).forEach((t, i) => {
        this.#states![i]!.assign(t);
      });
    // The policy of the cell may be another one: outputs are of the layer's.
    const own = (t: Tensor) => ops.cast(t, this.floatDtype);
    const all = this.goBackwards ? ops.flip(result.outputs, 1) : result.outputs;
    const output = own(this.returnSequences ? all : result.last);
    return this.returnState ? [output, ...(mapStruct(result.states, own) as readonly Tensor[])] : output;
  }

  #firstStates(batch: number, given: Struct<unknown> | null): State {
    const expected = initialState(this.cell, batch);
    if (given !== null) {
      const tensors = mapStruct(given, (x) => {
        if (isTensorLike(x)) return asTensor(x, this.floatDtype);
        throw new OlifantError('INVALID_ARGUMENT', `${this.label}: initialState must be tensors, one for each state`);
      });
      return checkState(this.label, tensors, expected);
    }
    if (!this.stateful) return expected;
    const states = this.#states ?? this.#makeStates(batch);
    const known = states[0]!.shape[0];
    if (known !== batch)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: it is stateful and keeps states for batches of ${known}, got a batch of ${batch}; ` +
          `give it batches of ${known} alone`,
      );
    let at = 0;
    return mapStruct(expected as Struct<Tensor>, () => states[at++]!.value());
  }

  #stepMask(sequences: Tensor, given: CallOptions['mask']): Tensor | null {
    const mask = flatten<Tensor | null>((given ?? null) as Struct<Tensor | null>)[0] ?? null;
    if (mask === null) return null;
    if (mask.rank >= 2 && mask.shape[0] === sequences.shape[0] && mask.shape[1] === sequences.shape[1]) return mask;
    throw new OlifantError(
      'SHAPE',
      `${this.label}: expected a mask of shape ${formatShape(sequences.shape.slice(0, 2))} (batch, time), ` +
        `got ${formatShape(mask.shape)}`,
    );
  }

  protected override checkSymbolic(inputs: Struct<SymbolicTensor>): void {
    const [sequences] = flatten<SymbolicTensor>(inputs);
    if (this.unroll && sequences!.shape[1] === null)
      throw new OlifantError(
        'SHAPE',
        `${this.label}: unroll needs a known number of time steps, got inputs of shape ${formatShape(sequences!.shape)}; ` +
          'give it in Input, or leave unroll out',
      );
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape | DynamicShape[] {
    const batch = inputShape[0] ?? null;
    return this.outputShapes(inputShape, [outputSizeOf(this.cell)], (size) => [batch, size]);
  }

  /** The shapes of the outputs for steps that give `step` after the batch axis, and states by their sizes. */
  protected outputShapes(
    inputShape: DynamicShape,
    step: DynamicShape,
    stateShape: (size: number) => DynamicShape,
  ): DynamicShape | DynamicShape[] {
    const [batch = null, time = null] = inputShape;
    const output = this.returnSequences ? [batch, time, ...step] : [batch, ...step];
    if (!this.returnState) return output;
    return [output, ...(mapStruct(stateSizes(this.cell) as Struct<number>, stateShape) as unknown as DynamicShape[])];
  }

  override computeMask(_inputs: Tensor, mask: Tensor | null | (Tensor | null)[]): Tensor | null | (Tensor | null)[] {
    const first = (Array.isArray(mask) ? mask[0] : mask) ?? null;
    const own = this.returnSequences ? first : null;
    return this.returnState ? [own, ...stateSizes(this.cell).map(() => null)] : own;
  }

  /** The states at which the last batch ended; null where it is not stateful, or before the first batch. */
  get states(): readonly Variable[] | null {
    return this.#states;
  }

  /** Sets the kept states to zeros. */
  resetState(): void {
    for (const state of this.#states ?? []) state.assign(ops.zeros(state.shape, state.dtype));
  }

  /** Another name of `resetState`. */
  resetStates(): void {
    this.resetState();
  }

  /** The configuration without the cell. */
  protected recurrenceConfig(): Config {
    return {
      ...super.getConfig(),
      return_sequences: this.returnSequences,
      return_state: this.returnState,
      go_backwards: this.goBackwards,
      stateful: this.stateful,
      unroll: this.unroll,
      zero_output_for_mask: this.zeroOutputForMask,
    };
  }

  override getBuildConfig(): Config | null {
    return buildConfig(this);
  }

  override getConfig(): Config {
    return { ...this.recurrenceConfig(), cell: serializeLayer(this.cell) };
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Layer {
    if (config.cell === undefined) return super.fromConfig(config, customObjects);
    return super.fromConfig({ ...config, cell: deserializeLayer(config.cell, customObjects) }, customObjects);
  }
}

/** As Keras writes it: with the shapes of the states that the first call gave. */
export function buildConfig({ buildShape, optionShapes }: Layer): Config | null {
  if (buildShape === undefined) return null;
  const states = optionShapes?.initialState;
  if (states === undefined) return { input_shape: buildShape };
  return { shapes_dict: { sequences_shape: buildShape, initial_state_shape: states } };
}
