import { node } from '../graph/build.ts';
import { windowCount } from '../graph/infer-window.ts';
import type { ConvAttrs, Node } from '../graph/node.ts';
import { type Shape, showShape } from '../graph/shape.ts';
import { imageDataFormat } from '../settings.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { fail, floatType, lift, permuteTo, reshapeTo, wrap } from './core.ts';

export type DataFormat = 'channels_last' | 'channels_first';
export type Padding = 'valid' | 'same';
export type ConvPadding = Padding | 'causal';

export interface ConvOptions {
  /** One for all spatial axes, or one each. Default 1. */
  readonly strides?: number | readonly number[];
  /** Default `'valid'`; `'causal'` (one spatial axis) pads only before. */
  readonly padding?: ConvPadding;
  /** Default: that of `config.imageDataFormat`, `'channels_last'` at first: [batch, spatial..., channels]. */
  readonly dataFormat?: DataFormat;
  /** The distance of the kernel's taps. Default 1. */
  readonly dilationRate?: number | readonly number[];
}

export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding'> {
  readonly padding?: Padding;
  /** Rows added at the end; default: what makes the result `strides` times as large. */
  readonly outputPadding?: number | readonly number[] | null;
}

/** One number each for `rank` spatial axes. */
export function perAxis(op: string, name: string, value: number | readonly number[], rank: number): number[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : [...value];
  if (list.length !== rank || list.some((v) => !Number.isInteger(v) || v < 1))
    fail(
      op,
      `${name}: expected a positive whole number or ${rank} of them, got ${JSON.stringify(value)}`,
      'INVALID_ARGUMENT',
    );
  return list;
}

/** [batch, spatial..., channels] of a tensor in either format. */
export function toChannelsLast(op: string, x: Node, format: DataFormat | undefined): Node {
  const rank = x.shape.length;
  if (rank < 3) fail(op, `expected [batch, spatial..., channels], got shape ${showShape(x.shape)}`);
  const chosen = format ?? imageDataFormat();
  if (chosen === 'channels_last') return x;
  if (chosen !== 'channels_first')
    fail(op, `dataFormat: expected 'channels_last' or 'channels_first', got '${format}'`, 'INVALID_ARGUMENT');
  return permuteTo(x, [0, ...spatialAxes(rank).map((a) => a + 1), 1]);
}

export function fromChannelsLast(x: Node, format: DataFormat | undefined): Node {
  const rank = x.shape.length;
  return (format ?? imageDataFormat()) === 'channels_first' ? permuteTo(x, [0, rank - 1, ...spatialAxes(rank)]) : x;
}

const spatialAxes = (rank: number): number[] => Array.from({ length: rank - 2 }, (_, i) => i + 1);

/**
 * Zeros before and after an axis. 'same' gives ceil(size / stride) windows; an odd number of zeros has the extra one
 * after, as in TensorFlow.
 */
export function paddingOf(
  op: string,
  padding: ConvPadding,
  size: number,
  window: number,
  stride: number,
  dilation = 1,
): [number, number] {
  const reach = (window - 1) * dilation + 1;
  if (padding === 'valid') return [0, 0];
  if (padding === 'causal') return [reach - 1, 0];
  if (padding !== 'same')
    fail(op, `padding: expected 'valid', 'same' or 'causal', got '${String(padding)}'`, 'INVALID_ARGUMENT');
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function geometry(op: string, spatial: Shape, window: Shape, options: ConvOptions): Omit<ConvAttrs, 'groups'> {
  const rank = spatial.length;
  const strides = perAxis(op, 'strides', options.strides ?? 1, rank);
  const dilation = perAxis(op, 'dilationRate', options.dilationRate ?? 1, rank);
  const padding = options.padding ?? 'valid';
  if (padding === 'causal' && rank !== 1)
    fail(op, `padding 'causal' needs one spatial axis, got ${rank}`, 'INVALID_ARGUMENT');
  const pads = spatial.map((d, i) => paddingOf(op, padding, d, window[i]!, strides[i]!, dilation[i]!));
  spatial.forEach((d, i) => {
    if (windowCount(d, window[i]!, strides[i]!, pads[i]![0], pads[i]![1], dilation[i]!) < 1)
      fail(
        op,
        `a kernel of ${showShape(window)}${dilation.some((v) => v > 1) ? ` with dilation ${showShape(dilation)}` : ''} ` +
          `does not fit an input of ${showShape(spatial)} with padding '${padding}'; pad the input or use 'same'`,
      );
  });
  return { strides, dilation, padLow: pads.map((p) => p[0]), padHigh: pads.map((p) => p[1]) };
}

/** Of the dtype in which both meet. */
const inputsOf = (inputs: TensorLike, kernel: TensorLike): Node => lift(inputs, floatType(inputs, kernel));

function checkKernel(op: string, x: Node, kernel: Node, layout: string): void {
  if (kernel.shape.length !== x.shape.length)
    fail(
      op,
      `expected a kernel of shape ${layout} for an input of ${showShape(x.shape)}, got ${showShape(kernel.shape)}`,
    );
}

/**
 * Convolution: inputs [batch, spatial..., channels], kernel [spatial..., channels / groups, filters]. The number of
 * groups follows from the channels of both.
 */
export function conv(inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const x = toChannelsLast('conv', inputsOf(inputs, kernel), options.dataFormat);
  const k = lift(kernel, x.dtype);
  checkKernel('conv', x, k, '[spatial..., channels / groups, filters]');
  const channels = x.shape.at(-1)!;
  const [inner, filters] = k.shape.slice(-2) as [number, number];
  const groups = channels / inner;
  if (!Number.isInteger(groups) || filters % groups !== 0)
    fail(
      'conv',
      `a kernel of shape ${showShape(k.shape)} does not fit ${channels} channels: they must divide by ${inner}, and ${filters} filters by the quotient`,
    );
  const attrs = geometry('conv', x.shape.slice(1, -1), k.shape.slice(0, -2), options);
  return wrap(fromChannelsLast(node('conv', [x, k], { ...attrs, groups }), options.dataFormat));
}

/**
 * Each channel by its own filters: kernel [spatial..., channels, multiplier]; the result has channels * multiplier
 * channels, those of one input channel side by side.
 */
export function depthwiseConv(inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const x = toChannelsLast('depthwiseConv', inputsOf(inputs, kernel), options.dataFormat);
  const k = lift(kernel, x.dtype);
  checkKernel('depthwiseConv', x, k, '[spatial..., channels, multiplier]');
  const [channels, multiplier] = k.shape.slice(-2) as [number, number];
  if (channels !== x.shape.at(-1))
    fail('depthwiseConv', `a kernel for ${channels} channels, but the input has ${x.shape.at(-1)}`);
  const window = k.shape.slice(0, -2);
  const attrs = geometry('depthwiseConv', x.shape.slice(1, -1), window, options);
  const filter = reshapeTo(k, [...window, 1, channels * multiplier]);
  return wrap(fromChannelsLast(node('conv', [x, filter], { ...attrs, groups: channels }), options.dataFormat));
}

/** A depthwise convolution, then one of 1 x 1 that mixes the channels (no strides, no dilation). */
export function separableConv(
  inputs: TensorLike,
  depthwiseKernel: TensorLike,
  pointwiseKernel: TensorLike,
  options: ConvOptions = {},
): Tensor {
  const deep = depthwiseConv(inputs, depthwiseKernel, options);
  return conv(deep, pointwiseKernel, { dataFormat: options.dataFormat });
}

/**
 * Sizes before and after which a transposed convolution is cut, and its size, along one axis. Uncut it has
 * (size - 1) * stride + reach elements.
 */
export function transposedAxis(
  size: number,
  window: number,
  stride: number,
  dilation: number,
  padding: Padding,
  outputPadding: number | null,
): { readonly low: number; readonly size: number } {
  const reach = (window - 1) * dilation + 1;
  if (padding === 'valid') {
    const extra = outputPadding ?? Math.max(reach, stride) - reach;
    return { low: 0, size: (size - 1) * stride + reach + extra };
  }
  // 'same': size * stride by default; with an output padding (size - 1) * stride + reach % 2 + that.
  const padded = outputPadding === null ? stride + reach - 2 : reach + (reach % 2) - 2 + outputPadding;
  const before = Math.min(Math.ceil(padded / 2), reach - 1);
  return { low: reach - 1 - before, size: (size - 1) * stride + 1 - reach + 1 + padded };
}

/**
 * The transposed convolution, the gradient of `conv` with respect to its input: inputs [batch, spatial..., channels],
 * kernel [spatial..., filters, channels]; spatial sizes grow by the strides.
 */
export function convTranspose(inputs: TensorLike, kernel: TensorLike, options: ConvTransposeOptions = {}): Tensor {
  const x = toChannelsLast('convTranspose', inputsOf(inputs, kernel), options.dataFormat);
  const k = lift(kernel, x.dtype);
  checkKernel('convTranspose', x, k, '[spatial..., filters, channels]');
  if (k.shape.at(-1) !== x.shape.at(-1))
    fail(
      'convTranspose',
      `a kernel of shape ${showShape(k.shape)} for ${x.shape.at(-1)} channels: its last size must be that`,
    );
  const spatial = x.shape.slice(1, -1);
  const window = k.shape.slice(0, -2);
  const strides = perAxis('convTranspose', 'strides', options.strides ?? 1, spatial.length);
  const dilation = perAxis('convTranspose', 'dilationRate', options.dilationRate ?? 1, spatial.length);
  const extra = options.outputPadding ?? null;
  const axes = spatial.map((d, i) =>
    transposedAxis(
      d,
      window[i]!,
      strides[i]!,
      dilation[i]!,
      options.padding ?? 'valid',
      extra === null ? null : [extra].flat()[typeof extra === 'number' ? 0 : i]!,
    ),
  );
  // The padding after the result that makes a convolution of it have the size of x; what is less than a stride over
  // needs none, since windows that do not fit are dropped.
  const padHigh = axes.map(({ low, size }, i) => {
    const reach = (window[i]! - 1) * dilation[i]! + 1;
    const high = (spatial[i]! - 1) * strides[i]! + reach - size - low;
    if (-high >= strides[i]!)
      fail(
        'convTranspose',
        `outputPadding ${JSON.stringify(extra)} must be less than the strides ${showShape(strides)}`,
        'INVALID_ARGUMENT',
      );
    return Math.max(0, high);
  });
  const attrs = {
    strides,
    dilation,
    padLow: axes.map((a) => a.low),
    padHigh,
    groups: 1,
    inputSize: axes.map((a) => a.size),
  };
  return wrap(fromChannelsLast(node('convInputGrad', [x, k], attrs), options.dataFormat));
}
