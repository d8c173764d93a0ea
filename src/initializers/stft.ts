import { checkOptions, describe, formatShape, OlifantError } from '../errors.ts';
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import type { Shape } from '../graph/shape.ts';
import { type Config, checkFlag } from '../keras-object.ts';
import { Initializer } from './initializer.ts';
import { optionsOf } from './random.ts';
import { windowNames, windowValues } from './windows.ts';

export interface STFTOptions {
  /** Cosines or sines. Default `'real'`. */
  readonly side?: 'real' | 'imag';
  /**
   * One of scipy's windows without parameters: `'hann'` (default), `'hamming'`, `'blackman'`, `'tukey'` ...; the window's values,
   * or none.
   */
  readonly window?: string | readonly number[] | null;
  /** Default `'density'`: by the window's root of summed squares; `'spectrum'`: by its sum. */
  readonly scaling?: 'density' | 'spectrum' | null;
  /** Whether the window is one period of a longer one. Default false: it is symmetric. */
  readonly periodic?: boolean;
}

/** A kernel [frame, channels, frequencies] of the short-time Fourier transform: windowed cosines or sines. */
export class STFT extends Initializer {
  static readonly className: string = 'STFT';
  readonly side: 'real' | 'imag';
  readonly window: string | readonly number[] | null;
  readonly scaling: 'density' | 'spectrum' | null;
  readonly periodic: boolean;

  constructor(options: STFTOptions = {}) {
    super();
    checkOptions('STFT', options, ['side', 'window', 'scaling', 'periodic']);
    const { side = 'real', window = 'hann', scaling = 'density', periodic = false } = options;
    const bad = (name: string, value: unknown, known: string) => {
      throw new OlifantError('INVALID_ARGUMENT', `STFT: ${name} must be ${known}, got ${describe(value)}`);
    };
    if (side !== 'real' && side !== 'imag') bad('side', side, "'real' or 'imag'");
    if (scaling !== null && scaling !== 'density' && scaling !== 'spectrum')
      bad('scaling', scaling, "'density', 'spectrum' or null");
    const numbers = Array.isArray(window) && window.every((w) => typeof w === 'number');
    if (window !== null && !numbers && !windowNames().includes(window as string))
      bad('window', window, `an array of numbers, null or one of ${windowNames().join(', ')}`);
    this.side = side;
    this.window = window;
    this.scaling = scaling;
    this.periodic = checkFlag('STFT', 'periodic', periodic);
  }

  call(shape: Shape, dtype: DType = 'float32'): TypedArray {
    if (shape.length !== 3)
      throw new OlifantError('SHAPE', `STFT: expected [frame, channels, frequencies], got ${formatShape(shape)}`);
    const [frame, channels, frequencies] = shape as [number, number, number];
    const window = this.#values(frame);
    const scale = this.#scale(window);
    const period = (frequencies - 1) * 2;
    const out = hostArray(dtype, frame * channels * frequencies);
    for (let t = 0; t < frame; t++)
      for (let f = 0; f < frequencies; f++) {
        const angle = (-2 * Math.PI * t * f) / period;
        const value = ((this.side === 'real' ? Math.cos(angle) : Math.sin(angle)) * window[t]!) / scale;
        for (let c = 0; c < channels; c++) out[(t * channels + c) * frequencies + f] = value;
      }
    return out;
  }

  #values(n: number): readonly number[] {
    if (this.window === null) return new Array<number>(n).fill(1);
    if (typeof this.window !== 'string') {
      if (this.window.length === n) return this.window;
      throw new OlifantError('SHAPE', `STFT: the window has ${this.window.length} values, the kernel ${n} rows`);
    }
    return windowValues(this.window, n, this.periodic);
  }

  #scale(window: readonly number[]): number {
    if (this.window === null || this.scaling === null) return 1;
    if (this.scaling === 'spectrum') return window.reduce((s, w) => s + Math.abs(w), 0);
    return Math.sqrt(window.reduce((s, w) => s + w * w, 0));
  }

  getConfig(): Config {
    return { side: this.side, window: this.window, periodic: this.periodic, scaling: this.scaling };
  }

  static fromConfig(config: Config): STFT {
    return new STFT(optionsOf(config));
  }
}
