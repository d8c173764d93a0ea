import { describe, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { TensorLike } from '../../trace/convert.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { readLayer } from '../core/wrapper.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import { type CustomObjects, deserializeLayer, type LayerClass, serializeLayer } from '../registry.ts';
import { flatten, type Struct } from '../struct.ts';
import type { DynamicShape } from '../symbolic.ts';
import { buildConfig, type RNN, type RNNCallOptions } from './rnn.ts';

export type MergeMode = 'sum' | 'mul' | 'concat' | 'ave';

export interface BidirectionalOptions extends LayerOptions {
  /** A recurrent layer. */
  layer?: Layer;
  /** How the outputs of both are made one; `null`: they stay two. Default `'concat'`. */
  mergeMode?: MergeMode | null;
  /** First values of the weights: those of the forward layer, then those of the backward layer. */
  weights?: readonly TensorLike[] | null;
  /** The layer for the other direction. Default: one like `layer`. */
  backwardLayer?: Layer | null;
}

const DEFAULTS: Defaults<BidirectionalOptions> = {
  layer: REQUIRED,
  mergeMode: 'concat',
  weights: null,
  backwardLayer: null,
};

const MODES: readonly unknown[] = ['sum', 'mul', 'ave', 'concat', null];

/**
 * A recurrent layer in both directions of time, with weights for each. Keras's `Bidirectional`. The layer that is given is
 * copied, with new weights: `forward_<name>`, and `backward_<name>` with `goBackwards` the other way.
 *
 * Inputs [batch, time, ...]; outputs as those of the layer, with `'concat'` twice as wide, with `null` a list of two; the
 * backward outputs of all steps are put into the order of time. With `returnState` the states of both follow, which
 * `initialState` gives in the same order.
 *
 * @param layer The layer, such as an `LSTM`.
 * @param options.mergeMode `'concat'` (the default), `'sum'`, `'mul'`, `'ave'` or `null`.
 * @param options.backwardLayer The layer for the other direction. Default: one like `layer`.
 * @param options.weights First values of the weights.
 * @throws OlifantError `INVALID_ARGUMENT` for a layer that is not recurrent, an unknown mode, or two layers that do not fit.
 * @example
 * const layer = new Bidirectional(new LSTM(4, { returnSequences: true }));
 * layer.apply(ops.ones([2, 3, 5])).shape; // [2, 3, 8]
 */
export class Bidirectional extends Layer {
  static override className = 'Bidirectional';
  static override moduleName = 'keras.layers';
  static override callArguments: readonly string[] = ['sequences', 'initialState', 'mask', 'training'];

  readonly forwardLayer: RNN;
  readonly backwardLayer: RNN;
  readonly mergeMode: MergeMode | null;
  #initial: readonly TensorLike[] | null;

  constructor(layer: Layer, options?: BidirectionalOptions);
  constructor(options: BidirectionalOptions & { layer: Layer });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<BidirectionalOptions>(owner, ['layer'], DEFAULTS, args);
    super(o);
    const layer = readRecurrent(owner, 'layer', o.layer);
    if (!MODES.includes(o.mergeMode))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: mergeMode must be 'concat', 'sum', 'mul', 'ave' or null, got ${describe(o.mergeMode)}`,
      );
    this.mergeMode = o.mergeMode;
    this.#initial = o.weights;
    this.forwardLayer = copyOf(layer, { name: `forward_${layer.name.replace(/^forward_/, '')}` });
    this.backwardLayer =
      o.backwardLayer === null
        ? copyOf(layer, { name: `backward_${layer.name.replace(/^backward_/, '')}`, go_backwards: true })
        : readRecurrent(owner, 'backwardLayer', o.backwardLayer);
    this.#checkPair(owner);
    // A sum of both directions must not hold a repeated output where there is nothing.
    for (const one of this.#both) one.zeroOutputForMask = one.returnSequences;
    this.supportsMasking = true;
    this.inputSpec = layer.inputSpec;
  }

  #checkPair(owner: string): void {
    const { forwardLayer: a, backwardLayer: b } = this;
    if (a.goBackwards === b.goBackwards)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: the two layers must have different goBackwards, got ${a.goBackwards} for both`,
      );
    for (const key of ['stateful', 'returnSequences', 'returnState'] as const)
      if (a[key] !== b[key])
        throw new OlifantError(
          'INVALID_ARGUMENT',
          `${owner}: the two layers must have the same ${key}, got ${a[key]} forward and ${b[key]} backward`,
        );
  }

  get #both(): readonly [RNN, RNN] {
    return [this.forwardLayer, this.backwardLayer];
  }

  get returnSequences(): boolean {
    return this.forwardLayer.returnSequences;
  }

  get returnState(): boolean {
    return this.forwardLayer.returnState;
  }

  get stateful(): boolean {
    return this.forwardLayer.stateful;
  }

  /** The kept states of both layers. */
  get states(): readonly Variable[] | null {
    const [a, b] = this.#both.map((l) => l.states);
    return a && b ? [...a, ...b] : null;
  }

  override build(inputShape: DynamicShape): void {
    for (const one of this.#both) one.ensureBuilt(inputShape);
    if (this.#initial !== null) this.setWeights(this.#initial);
    this.#initial = null;
  }

  override call(sequences: Tensor, { initialState, mask, training }: RNNCallOptions = {}): Tensor | Tensor[] {
    const given = initialState === null || initialState === undefined ? null : flatten<unknown>(initialState);
    const half = given === null ? 0 : given.length / 2;
    const run = (layer: RNN, own: unknown[] | undefined) => {
      const made = layer.apply<Struct<Tensor>>(sequences, { mask: mask ?? null, training, initialState: own ?? null });
      const [output, ...states] = (this.returnState ? made : [made]) as Tensor[];
      return { output: output!, states };
    };
    const forward = run(this.forwardLayer, given?.slice(0, half));
    const backward = run(this.backwardLayer, given?.slice(half));
    const turned = this.returnSequences ? ops.flip(backward.output, 1) : backward.output;
    const own = (t: Tensor) => ops.cast(t, this.floatDtype);
    const outputs = this.#merge(own(forward.output), own(turned));
    if (this.returnState) return [...outputs, ...forward.states, ...backward.states];
    return this.mergeMode === null ? outputs : outputs[0]!;
  }

  #merge(forward: Tensor, backward: Tensor): Tensor[] {
    switch (this.mergeMode) {
      case 'concat':
        return [ops.concatenate([forward, backward], -1)];
      case 'sum':
        return [ops.add(forward, backward)];
      case 'ave':
        return [ops.divide(ops.add(forward, backward), 2)];
      case 'mul':
        return [ops.multiply(forward, backward)];
      default:
        return [forward, backward];
    }
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape | DynamicShape[] {
    const [a, b] = this.#both.map((layer) => {
      const shapes = layer.computeOutputShape(inputShape);
      return (this.returnState ? shapes : [shapes]) as DynamicShape[];
    }) as [DynamicShape[], DynamicShape[]];
    const wide = [...a[0]!.slice(0, -1), a[0]!.at(-1)! + b[0]!.at(-1)!];
    const outputs = this.mergeMode === null ? [a[0]!, b[0]!] : [this.mergeMode === 'concat' ? wide : a[0]!];
    if (this.returnState) return [...outputs, ...a.slice(1), ...b.slice(1)];
    return this.mergeMode === null ? outputs : outputs[0]!;
  }

  override computeMask(_inputs: Tensor, mask: Tensor | null | (Tensor | null)[]): Tensor | null | (Tensor | null)[] {
    const first = (Array.isArray(mask) ? mask[0] : mask) ?? null;
    const own = this.returnSequences ? first : null;
    return this.mergeMode === null ? [own, own] : this.returnState ? [own] : own;
  }

  /** Sets the kept states of both layers to zeros. */
  resetState(): void {
    if (!this.stateful)
      throw new OlifantError('INVALID_ARGUMENT', `${this.label} keeps no states: make its layer with stateful: true`);
    for (const one of this.#both) one.resetState();
  }

  /** Another name of `resetState`. */
  resetStates(): void {
    this.resetState();
  }

  override getBuildConfig(): Config | null {
    return buildConfig(this);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      merge_mode: this.mergeMode,
      layer: serializeLayer(this.forwardLayer),
      backward_layer: serializeLayer(this.backwardLayer),
    };
  }

  static override fromConfig(config: Config, customObjects: CustomObjects = {}): Layer {
    const layer = deserializeLayer(config.layer, customObjects);
    const backward = config.backward_layer ?? null;
    const backwardLayer = backward === null ? null : deserializeLayer(backward, customObjects);
    const { backward_layer: _, merge_mode: mode, ...rest } = config;
    return super.fromConfig({ ...rest, merge_mode: mode, layer, backward_layer: backwardLayer }, customObjects);
  }
}

/** A layer of the same configuration, but for some of it, with weights of its own. */
function copyOf(layer: RNN, changes: Config): RNN {
  const cls = layer.constructor as unknown as LayerClass;
  return cls.fromConfig({ ...layer.getConfig(), ...changes }) as RNN;
}

const ASKED = ['goBackwards', 'returnSequences', 'returnState', 'stateful'] as const;

function readRecurrent(owner: string, name: string, value: unknown): RNN {
  const layer = readLayer(owner, name, value) as RNN;
  const lacks = ASKED.find((key) => typeof layer[key] !== 'boolean');
  if (lacks === undefined) return layer;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a recurrent layer, such as an LSTM, got ${layer.label}, which has no ${lacks}`,
  );
}
