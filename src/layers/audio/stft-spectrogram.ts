import { OlifantError } from '../../errors.ts';
import { isFloating } from '../../graph/dtype.ts';
import { STFT, type STFTOptions } from '../../initializers/stft.ts';
import type { DataFormat } from '../../ops/index.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { Variable } from '../../trace/variable.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, oneOf, readDataFormat, readFlag, readOptions, show, wholeNumber } from '../options.ts';
import { windows } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';

/** What of the transform is given. */
export type STFTMode = 'log' | 'magnitude' | 'psd' | 'real' | 'imag' | 'angle' | 'stft';

export interface STFTSpectrogramOptions extends LayerOptions {
  /** Default `'log'`. */
  mode?: STFTMode;
  /** Values in each window. Default 256. */
  frameLength?: number;
  /** Values from one window to the next. Default: half of `frameLength`. */
  frameStep?: number | null;
  /** Frequencies are whole multiples of 1 / fftLength. Default: the power of 2 at or above `frameLength`. */
  fftLength?: number | null;
  /** Default `'hann'`; see the initializer `STFT`. */
  window?: STFTOptions['window'];
  /** Whether the window is one period of a longer one. Default false. */
  periodic?: boolean;
  /** Default `'density'`. */
  scaling?: STFTOptions['scaling'];
  /** Default `'valid'`. */
  padding?: 'valid' | 'same';
  /** Whether channels and frequencies have axes of their own. Default false. */
  expandDims?: boolean;
  /** Default `'channels_last'`. */
  dataFormat?: DataFormat | null;
}

const MODES: readonly STFTMode[] = ['log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft'];

const DEFAULTS: Defaults<STFTSpectrogramOptions> = {
  mode: 'log',
  frameLength: 256,
  frameStep: null,
  fftLength: null,
  window: 'hann',
  periodic: false,
  scaling: 'density',
  padding: 'valid',
  expandDims: false,
  dataFormat: null,
};

/** Keras's smallest number that is added or compared with. */
const EPSILON = 1e-7;

/**
 * The short-time Fourier transform of signals, as convolutions whose kernels start as windowed cosines and sines and can be
 * trained. Keras's `STFTSpectrogram`.
 *
 * Inputs [batch, time, channels], outputs [batch, frames, channels * frequencies] (channel by channel), or with `expandDims`
 * [batch, frames, frequencies, channels]; for `'channels_first'` [batch, channels, time] and [batch, channels * frequencies,
 * frames] or [batch, channels, frames, frequencies]. There are floor(fftLength / 2) + 1 frequencies, twice as many for `'stft'`.
 *
 * @param options.mode `'real'` and `'imag'` parts, both one after the other (`'stft'`), the `'angle'`, the `'magnitude'`, its
 *   logarithm (`'log'`, default), or the power of both sides of the spectrum (`'psd'`).
 * @param options.frameLength Default 256; `options.frameStep` half of it, `options.fftLength` the next power of 2.
 * @param options.window Default `'hann'`; `options.periodic` false, `options.scaling` `'density'`.
 * @param options.padding `'valid'` (default) or `'same'`.
 * @param options.expandDims Default false.
 * @throws OlifantError `INVALID_ARGUMENT` for a step beyond the frame, or a transform shorter than it; `DTYPE` for signals of
 *   whole numbers.
 * @example
 * const layer = new STFTSpectrogram({ mode: 'magnitude', frameLength: 4, frameStep: 2 });
 * layer.apply(ops.ones([1, 10, 1])).shape; // [1, 4, 3]
 */
export class STFTSpectrogram extends Layer {
  static override className = 'STFTSpectrogram';
  static override moduleName = 'keras.layers';

  readonly mode: STFTMode;
  readonly frameLength: number;
  readonly frameStep: number | null;
  readonly fftLength: number | null;
  readonly window: STFTOptions['window'];
  readonly periodic: boolean;
  readonly scaling: STFTOptions['scaling'];
  readonly padding: 'valid' | 'same';
  readonly expandDims: boolean;
  readonly dataFormat: DataFormat;
  realKernel: Variable | null = null;
  imagKernel: Variable | null = null;
  readonly #step: number;
  readonly #frequencies: number;

  constructor(options?: STFTSpectrogramOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<STFTSpectrogramOptions>(owner, [], DEFAULTS, args);
    super(o);
    this.mode = oneOf(owner, 'mode', o.mode, MODES);
    this.frameLength = wholeNumber(owner, 'frameLength', o.frameLength);
    this.frameStep = o.frameStep === null ? null : wholeNumber(owner, 'frameStep', o.frameStep);
    this.fftLength = o.fftLength === null ? null : wholeNumber(owner, 'fftLength', o.fftLength);
    this.padding = oneOf(owner, 'padding', o.padding, ['valid', 'same']);
    this.expandDims = readFlag(owner, 'expandDims', o.expandDims);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    // The initializer checks the window and its options.
    const { window, periodic, scaling } = new STFT({ window: o.window, periodic: o.periodic, scaling: o.scaling });
    this.window = window;
    this.periodic = periodic;
    this.scaling = scaling;
    this.#step = this.frameStep ?? Math.max(1, Math.floor(this.frameLength / 2));
    if (this.#step > this.frameLength)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: frameStep must not be greater than frameLength, got ${show(o.frameStep)} and ${this.frameLength}`,
      );
    const length = this.fftLength ?? 2 ** Math.ceil(Math.log2(this.frameLength));
    if (length < this.frameLength)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: fftLength must be at least frameLength, got ${length} and ${this.frameLength}`,
      );
    this.#frequencies = Math.floor(length / 2) + 1;
    this.inputSpec = { ndim: 3 };
  }

  override build(): void {
    const make = (name: string, side: 'real' | 'imag') =>
      this.addWeight({
        name,
        shape: [this.frameLength, 1, this.#frequencies],
        initializer: new STFT({
          side,
          window: this.window ?? null,
          scaling: this.scaling ?? null,
          periodic: this.periodic,
        }),
      });
    if (this.mode !== 'imag') this.realKernel = make('real_kernel', 'real');
    if (this.mode !== 'real') this.imagKernel = make('imag_kernel', 'imag');
  }

  override call(inputs: Tensor): Tensor {
    if (!isFloating(inputs.dtype))
      throw new OlifantError(
        'DTYPE',
        `${this.label}: expected signals of a floating dtype, got ${inputs.dtype}; cast them by ops.cast(x, 'float32')`,
      );
    const last = this.dataFormat === 'channels_last';
    const signals = last ? ops.transpose(inputs, [0, 2, 1]) : inputs;
    const [batch, channels, time] = signals.shape as [number, number, number];
    const rows = ops.reshape(signals, [batch * channels, time, 1]);
    const part = (kernel: Variable | null) =>
      kernel === null
        ? null
        : ops.conv(rows, kernel, { strides: this.#step, padding: this.padding, dataFormat: 'channels_last' });
    const y = this.#combine(part(this.realKernel), part(this.imagKernel));
    const [frames, frequencies] = y.shape.slice(1) as [number, number];
    const apart = ops.reshape(y, [batch, channels, frames, frequencies]);
    if (this.expandDims) return last ? ops.transpose(apart, [0, 2, 3, 1]) : apart;
    if (last) return ops.reshape(ops.transpose(apart, [0, 2, 1, 3]), [batch, frames, channels * frequencies]);
    return ops.reshape(ops.transpose(apart, [0, 1, 3, 2]), [batch, channels * frequencies, frames]);
  }

  /** What `mode` asks for of both parts, [signals, frames, frequencies] each. */
  #combine(real: Tensor | null, imag: Tensor | null): Tensor {
    if (this.mode === 'real') return real!;
    if (this.mode === 'imag') return imag!;
    const [re, im] = [real!, imag!];
    if (this.mode === 'stft') return ops.concatenate([re, im], 2);
    if (this.mode === 'angle') return ops.arctan2(im, re);
    const power = ops.add(ops.square(re), ops.square(im));
    if (this.mode === 'psd') {
      const [n, frames, frequencies] = power.shape as [number, number, number];
      if (frequencies < 3) return power;
      const inner = ops.slice(power, [0, 0, 1], [n, frames, frequencies - 2]);
      return ops.add(
        power,
        ops.pad(inner, [
          [0, 0],
          [0, 0],
          [1, 1],
        ]),
      );
    }
    const magnitude = ops.sqrt(ops.maximum(power, EPSILON));
    return this.mode === 'magnitude' ? magnitude : ops.log(ops.maximum(magnitude, EPSILON));
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const last = this.dataFormat === 'channels_last';
    const [batch, a, b] = inputShape as [number | null, number | null, number | null];
    const [time, channels] = last ? [a, b] : [b, a];
    const frames = time === null ? null : windows(time, this.frameLength, this.#step, this.padding);
    const frequencies = this.#frequencies * (this.mode === 'stft' ? 2 : 1);
    if (this.expandDims) return last ? [batch, frames, frequencies, channels] : [batch, channels, frames, frequencies];
    const all = channels === null ? null : channels * frequencies;
    return last ? [batch, frames, all] : [batch, all, frames];
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      mode: this.mode,
      frame_length: this.frameLength,
      frame_step: this.frameStep,
      fft_length: this.fftLength,
      window: this.window ?? null,
      periodic: this.periodic,
      scaling: this.scaling ?? null,
      padding: this.padding,
      data_format: this.dataFormat,
      expand_dims: this.expandDims,
    };
  }
}
