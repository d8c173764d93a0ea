import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, readFlag, readOptions, show, wholeNumber } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface MelSpectrogramOptions extends LayerOptions {
  /** Default 2048. */
  fftLength?: number;
  /** Values from one window to the next. Default 512. */
  sequenceStride?: number;
  /** Values in each window. Default: `fftLength`. */
  sequenceLength?: number | null;
  /** `'hann'` (default), `'hamming'`, the window's values, or none. */
  window?: 'hann' | 'hamming' | readonly number[] | null;
  /** Values a second. Default 16000. */
  samplingRate?: number;
  /** Default 128. */
  numMelBins?: number;
  /** The lower end of the lowest band, in hertz. Default 20. */
  minFreq?: number;
  /** The upper end of the highest band. Default: half of `samplingRate`. */
  maxFreq?: number | null;
  /** Whether decibels are given. Default true. */
  powerToDb?: boolean;
  /** How far below the greatest value others count, in decibels. Default 80. */
  topDb?: number;
  /** 1 for magnitudes, 2 (default) for power. */
  magExp?: number;
  /** Smaller values count as this before decibels are taken. Default 1e-10. */
  minPower?: number;
  /** What 0 decibels are. Default 1. */
  refPower?: number;
}

const DEFAULTS: Defaults<MelSpectrogramOptions> = {
  fftLength: 2048,
  sequenceStride: 512,
  sequenceLength: null,
  window: 'hann',
  samplingRate: 16000,
  numMelBins: 128,
  minFreq: 20,
  maxFreq: null,
  powerToDb: true,
  topDb: 80,
  magExp: 2,
  minPower: 1e-10,
  refPower: 1,
};

/** mel(f) = 1127 ln(1 + f / 700), the scale of the HTK book. */
const mel = (hertz: number): number => 1127 * Math.log1p(hertz / 700);

/**
 * Mel spectrograms of signals: the power of their short-time Fourier transform, summed in overlapping triangular bands that
 * are equally wide on the mel scale, in decibels. Keras's `MelSpectrogram`.
 *
 * Inputs [time] or [batch, time], outputs [numMelBins, frames] or [batch, numMelBins, frames], where
 * frames = 1 + floor(time / sequenceStride) for even `fftLength`. `topDb` counts from the greatest value of the whole batch.
 *
 * @param options.fftLength Default 2048; `options.sequenceStride` 512, `options.sequenceLength` that of `fftLength`,
 *   `options.window` `'hann'`.
 * @param options.samplingRate Default 16000; `options.numMelBins` 128, `options.minFreq` 20, `options.maxFreq` half the rate.
 * @param options.powerToDb Default true; `options.topDb` 80, `options.minPower` 1e-10, `options.refPower` 1.
 * @param options.magExp Default 2.
 * @throws OlifantError `INVALID_ARGUMENT` for a transform shorter than the sequences, or frequencies that do not rise.
 * @example
 * const layer = new MelSpectrogram({ fftLength: 16, sequenceStride: 8, numMelBins: 4 });
 * layer.apply(ops.ones([2, 40])).shape; // [2, 4, 6]
 */
export class MelSpectrogram extends Layer {
  static override className = 'MelSpectrogram';
  static override moduleName = 'keras.layers';

  readonly fftLength: number;
  readonly sequenceStride: number;
  readonly sequenceLength: number;
  readonly window: 'hann' | 'hamming' | readonly number[] | null;
  readonly samplingRate: number;
  readonly numMelBins: number;
  readonly minFreq: number;
  readonly maxFreq: number;
  readonly powerToDb: boolean;
  readonly topDb: number;
  readonly magExp: number;
  readonly minPower: number;
  readonly refPower: number;

  constructor(options?: MelSpectrogramOptions);
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<MelSpectrogramOptions>(owner, [], DEFAULTS, args);
    super(o);
    const number = (name: string, value: unknown, min = Number.NEGATIVE_INFINITY): number => {
      if (typeof value === 'number' && value >= min && value < Number.POSITIVE_INFINITY) return value;
      const least = min === Number.NEGATIVE_INFINITY ? '' : ` of at least ${min}`;
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${name} must be a number${least}, got ${show(value)}`);
    };
    this.fftLength = wholeNumber(owner, 'fftLength', o.fftLength);
    this.sequenceStride = wholeNumber(owner, 'sequenceStride', o.sequenceStride);
    this.sequenceLength = o.sequenceLength ? wholeNumber(owner, 'sequenceLength', o.sequenceLength) : this.fftLength;
    if (this.fftLength < this.sequenceLength)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: fftLength must be at least sequenceLength, got ${this.fftLength} and ${this.sequenceLength}`,
      );
    this.window = this.#checkWindow(owner, o.window);
    this.samplingRate = number('samplingRate', o.samplingRate, 1);
    this.numMelBins = wholeNumber(owner, 'numMelBins', o.numMelBins);
    this.minFreq = number('minFreq', o.minFreq, 0);
    this.maxFreq = number('maxFreq', o.maxFreq || Math.trunc(this.samplingRate / 2));
    if (this.maxFreq <= this.minFreq)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: maxFreq must be greater than minFreq, got ${this.maxFreq} and ${this.minFreq}`,
      );
    this.powerToDb = readFlag(owner, 'powerToDb', o.powerToDb);
    this.topDb = number('topDb', o.topDb);
    this.magExp = number('magExp', o.magExp);
    this.minPower = number('minPower', o.minPower);
    this.refPower = number('refPower', o.refPower);
    this.inputSpec = { minNdim: 1 };
  }

  #checkWindow(owner: string, window: MelSpectrogramOptions['window']): 'hann' | 'hamming' | readonly number[] | null {
    const values = Array.isArray(window) && window.every((w) => typeof w === 'number');
    if (window === null || window === 'hann' || window === 'hamming') return window;
    if (values && window.length === this.sequenceLength) return [...window];
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: window must be 'hann', 'hamming', null or ${this.sequenceLength} numbers (sequenceLength), got ${show(window)}`,
    );
  }

  override call(inputs: Tensor): Tensor {
    const { sequenceLength, sequenceStride, fftLength } = this;
    const window = typeof this.window === 'string' || this.window === null ? this.window : tensor([...this.window]);
    const signals = ops.cast(inputs, 'float32');
    const [re, im] = ops.stft(signals, sequenceLength, sequenceStride, fftLength, { window });
    const power = ops.add(ops.square(re), ops.square(im));
    // |X|^2 needs no root, whose slope is infinite where nothing sounds.
    const spectrum = this.magExp === 2 ? power : ops.power(ops.sqrt(power), this.magExp);
    const bands = ops.matmul(spectrum, this.#weights());
    return this.inComputeDtype(ops.swapaxes(this.powerToDb ? this.#decibels(bands) : bands, -1, -2));
  }

  #decibels(bands: Tensor): Tensor {
    const reference = 10 * Math.log10(Math.max(Math.abs(this.refPower), this.minPower));
    const db = ops.subtract(ops.multiply(ops.log10(ops.maximum(bands, this.minPower)), 10), reference);
    return ops.maximum(db, ops.subtract(ops.max(db), this.topDb));
  }

  /** What each frequency adds to each band, [frequencies, numMelBins]: triangles of height 1; nothing for frequency 0. */
  #weights(): Tensor {
    const frequencies = Math.floor(this.fftLength / 2) + 1;
    const [low, high] = [mel(this.minFreq), mel(this.maxFreq)];
    const width = (high - low) / (this.numMelBins + 1);
    const data = new Float32Array(frequencies * this.numMelBins);
    for (let k = 1; k < frequencies; k++) {
      const at = mel((k * this.samplingRate) / 2 / (frequencies - 1));
      for (let b = 0; b < this.numMelBins; b++) {
        const rising = (at - (low + b * width)) / width;
        data[k * this.numMelBins + b] = Math.max(0, Math.min(rising, 2 - rising));
      }
    }
    return tensor(data, [frequencies, this.numMelBins]);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    const time = inputShape.at(-1) ?? null;
    const padded = 2 * Math.floor(this.fftLength / 2) - this.fftLength;
    const frames = time === null ? null : 1 + Math.floor((time + padded) / this.sequenceStride);
    return [...inputShape.slice(0, -1), this.numMelBins, frames];
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      fft_length: this.fftLength,
      sequence_stride: this.sequenceStride,
      sequence_length: this.sequenceLength,
      window: this.window,
      sampling_rate: this.samplingRate,
      num_mel_bins: this.numMelBins,
      min_freq: this.minFreq,
      max_freq: this.maxFreq,
      power_to_db: this.powerToDb,
      top_db: this.topDb,
      mag_exp: this.magExp,
      min_power: this.minPower,
      ref_power: this.refPower,
    };
  }
}
