import { describe } from '../errors.ts';
import { node } from '../graph/build.ts';
import { showShape, sizeOf } from '../graph/shape.ts';
import { isTensorLike, type Tensor, type TensorLike, tensor } from '../trace/index.ts';
import { arange } from './arithmetic.ts';
import { greater, where } from './compare.ts';
import { fail, lift, wrap } from './core.ts';
import { add, divide, multiply } from './elementwise.ts';
import { type Complex, inverse, mirrored, transform } from './fft-core.ts';
import { take } from './indexing.ts';
import { expandDims, pad, reshape, slice, swapaxes, zeros } from './movement.ts';

/** Real and imaginary part. */
export type ComplexPair = readonly [TensorLike, TensorLike];

/** Both parts as float32 tensors of one shape. */
function parts(op: string, x: ComplexPair, axes: number): { re: Tensor; im: Tensor } {
  if (!Array.isArray(x) || x.length !== 2 || !x.every((p) => isTensorLike(p)))
    fail(op, `expected a pair [real, imaginary] of tensors, got ${describe(x)}`, 'INVALID_ARGUMENT');
  const [re, im] = x.map((p) => wrap(lift(p, 'float32'))) as [Tensor, Tensor];
  if (showShape(re.shape) !== showShape(im.shape))
    fail(op, `both parts must have one shape, got ${showShape(re.shape)} and ${showShape(im.shape)}`);
  if (re.rank < axes || re.shape.slice(-axes).includes(0))
    fail(op, `expected at least ${axes} axes, the last with elements, got the shape ${showShape(re.shape)}`);
  return { re, im };
}

/** `f` of all rows along the last axis. */
function alongRows<T extends Complex>(x: T, f: (x: T) => Complex): { re: Tensor; im: Tensor } {
  const batch = x.re.shape.slice(0, -1);
  const rows = (p: Tensor) => reshape(p, [sizeOf(batch), p.shape.at(-1)!]);
  const y = f({ ...x, re: rows(x.re), im: x.im && rows(x.im) });
  const back = (p: Tensor) => reshape(p, [...batch, p.shape[1]!]);
  return { re: back(y.re), im: back(y.im!) };
}

function alongColumns(x: { re: Tensor; im: Tensor }, f: (x: { re: Tensor; im: Tensor }) => Complex) {
  const turn = (p: Tensor) => swapaxes(p, -1, -2);
  const { re, im } = alongRows({ re: turn(x.re), im: turn(x.im) }, f);
  return { re: turn(re), im: turn(im) };
}

const pairOf = ({ re, im }: { re: Tensor; im: Tensor }): [Tensor, Tensor] => [re, im];

/**
 * The discrete Fourier transform along the last axis, X_k = sum_t x_t exp(-2 pi i k t / n), of any length.
 *
 * @param x `[real, imaginary]`, [..., n] each.
 * @returns `[real, imaginary]`, [..., n] each.
 * @throws OlifantError `SHAPE` where the parts differ in shape or the axis is empty.
 */
export const fft = (x: ComplexPair): [Tensor, Tensor] => pairOf(alongRows(parts('fft', x, 1), transform));

/** The discrete Fourier transform over the last two axes of `[real, imaginary]`, [..., m, n] each. */
export const fft2 = (x: ComplexPair): [Tensor, Tensor] =>
  pairOf(alongColumns(alongRows(parts('fft2', x, 2), transform), transform));

/** The inverse of `fft2`: the same with the opposite sign in the exponent, divided by m n. */
export const ifft2 = (x: ComplexPair): [Tensor, Tensor] =>
  pairOf(alongColumns(alongRows(parts('ifft2', x, 2), inverse), inverse));

/** The last axis cut, or filled up with zeros, to `size`. */
function resized(x: Tensor, size: number): Tensor {
  const n = x.shape.at(-1)!;
  if (n > size)
    return slice(
      x,
      x.shape.map(() => 0),
      [...x.shape.slice(0, -1), size],
    );
  return n === size
    ? x
    : pad(
        x,
        x.shape.map((_, i) => [0, i === x.rank - 1 ? size - n : 0] as const),
      );
}

function checkLength(op: string, name: string, length: number): void {
  if (!Number.isInteger(length) || length < 1)
    fail(op, `${name} must be a whole number of at least 1, got ${describe(length)}`, 'INVALID_ARGUMENT');
}

/**
 * The Fourier transform of real values along the last axis: the first half of `fft`, floor(n / 2) + 1 frequencies.
 *
 * @param x [..., length].
 * @param fftLength n: values beyond are left out, missing ones count as 0. Default: the length.
 * @returns `[real, imaginary]`, [..., floor(n / 2) + 1] each.
 */
export function rfft(x: TensorLike, fftLength?: number | null): [Tensor, Tensor] {
  const t = wrap(lift(x, 'float32'));
  if (t.rank === 0) fail('rfft', 'expected at least one axis, got a scalar');
  const n = fftLength ?? t.shape.at(-1)!;
  checkLength('rfft', fftLength == null ? 'the length of the last axis' : 'fftLength', n);
  const { re, im } = alongRows({ re: resized(t, n) }, (rows) => transform({ re: rows.re }));
  const half = Math.floor(n / 2) + 1;
  return [resized(re, half), resized(im, half)];
}

/**
 * The inverse of `rfft`: real values from the first half of their spectrum. The imaginary parts of the first frequency, and of
 * the last one where n is even, do not count.
 *
 * @param x `[real, imaginary]`, [..., frequencies] each.
 * @param fftLength n, the length of the result. Default: 2 (frequencies - 1).
 */
export function irfft(x: ComplexPair, fftLength?: number | null): Tensor {
  const given = parts('irfft', x, 1);
  const n = fftLength ?? 2 * (given.re.shape.at(-1)! - 1);
  checkLength('irfft', fftLength == null ? '2 (frequencies - 1)' : 'fftLength', n);
  const half = Math.floor(n / 2) + 1;
  const spectrum = { re: resized(given.re, half), im: resized(given.im, half) };
  return alongRows(spectrum, (rows) => inverse(mirrored(rows, n))).re;
}

/** The numbers of the elements of each sequence: int32 [count, length]. */
const sequenceIndices = (count: number, length: number, stride: number): Tensor =>
  add(expandDims(multiply(arange(count), stride), 1), arange(length));

/**
 * Sequences of `sequenceLength` values along the last axis, every `sequenceStride` values one, as many as fit.
 *
 * @param x [..., length].
 * @returns [..., 1 + floor((length - sequenceLength) / sequenceStride), sequenceLength].
 */
export function extractSequences(x: TensorLike, sequenceLength: number, sequenceStride: number): Tensor {
  checkLength('extractSequences', 'sequenceLength', sequenceLength);
  checkLength('extractSequences', 'sequenceStride', sequenceStride);
  const t = wrap(lift(x));
  if (t.rank === 0) fail('extractSequences', 'expected at least one axis, got a scalar');
  const count = Math.max(0, 1 + Math.floor((t.shape.at(-1)! - sequenceLength) / sequenceStride));
  if (count === 0) return zeros([...t.shape.slice(0, -1), 0, sequenceLength], t.dtype);
  return take(t, sequenceIndices(count, sequenceLength, sequenceStride), -1);
}

/** `'hann'` or `'hamming'` (one period), the values of a window, or none. */
export type StftWindow = 'hann' | 'hamming' | TensorLike | null;

/** The window in the middle of `fftLength` values; null for none. */
function windowOf(op: string, window: StftWindow, length: number, fftLength: number): Tensor | null {
  if (window === null) return null;
  const low = Math.floor((fftLength - length) / 2);
  const centred = (w: Tensor) => pad(w, [[low, fftLength - length - low]]);
  if (typeof window === 'string') {
    if (window !== 'hann' && window !== 'hamming')
      fail(op, `window must be 'hann', 'hamming', a tensor or null, got ${describe(window)}`, 'UNKNOWN_ID');
    const [a, b] = window === 'hann' ? [0.5, 0.5] : [0.54, 0.46];
    return centred(tensor(Float32Array.from({ length }, (_, t) => a - b * Math.cos((2 * Math.PI * t) / length))));
  }
  const values = wrap(lift(window, 'float32'));
  if (values.rank !== 1 || values.shape[0] !== length)
    fail(op, `expected a window of shape [${length}] (sequenceLength), got ${showShape(values.shape)}`);
  return centred(values);
}

/** The ends mirrored without their outermost value, as often as needed. */
function reflected(x: Tensor, width: number): Tensor {
  const n = x.shape.at(-1)!;
  const period = Math.max(1, 2 * (n - 1));
  const at = (i: number) => {
    const place = (((i - width) % period) + period) % period;
    return Math.min(place, period - place);
  };
  if (width < n)
    return pad(
      x,
      x.shape.map((_, i) => [0, 0].fill(i === x.rank - 1 ? width : 0) as [number, number]),
      { mode: 'reflect' },
    );
  return take(x, tensor(Int32Array.from({ length: n + 2 * width }, (_, i) => at(i))), -1);
}

/** Options of `stft` and `istft`. */
export interface StftOptions {
  /** Default `'hann'`. */
  readonly window?: StftWindow;
  /** Whether the sequences stand around their times: the signal is mirrored at both ends by half of `fftLength`. Default true. */
  readonly center?: boolean;
}

function checkFrames(op: string, length: number, stride: number, fftLength: number): void {
  checkLength(op, 'sequenceLength', length);
  checkLength(op, 'sequenceStride', stride);
  checkLength(op, 'fftLength', fftLength);
  if (fftLength < length)
    fail(op, `fftLength must be at least sequenceLength, got ${fftLength} and ${length}`, 'INVALID_ARGUMENT');
}

/**
 * The short-time Fourier transform: `rfft` of windowed sequences.
 *
 * @param x float32 [..., length].
 * @param sequenceLength Values under the window.
 * @param sequenceStride Values from one sequence to the next.
 * @param fftLength At least `sequenceLength`; the window stands in its middle.
 * @returns `[real, imaginary]`, [..., sequences, floor(fftLength / 2) + 1] each.
 * @throws OlifantError `DTYPE` for integers.
 */
export function stft(
  x: TensorLike,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  { window = 'hann', center = true }: StftOptions = {},
): [Tensor, Tensor] {
  checkFrames('stft', sequenceLength, sequenceStride, fftLength);
  const t = wrap(lift(x));
  if (t.dtype !== 'float32') fail('stft', `expected float32, got ${t.dtype}; use ops.cast`, 'DTYPE');
  if (t.rank === 0 || t.shape.at(-1) === 0)
    fail('stft', `expected [..., length] with some values, got ${showShape(t.shape)}`);
  const w = windowOf('stft', window, sequenceLength, fftLength);
  const signal = center ? reflected(t, Math.floor(fftLength / 2)) : t;
  if (signal.shape.at(-1)! < fftLength)
    fail('stft', `the signal has ${signal.shape.at(-1)} values, fewer than fftLength, ${fftLength}`);
  const frames = extractSequences(signal, fftLength, sequenceStride);
  return rfft(w === null ? frames : multiply(frames, w));
}

/** Sequences [..., count, length] added up where they belong: [..., stride (count - 1) + length]. */
function overlapAdd(frames: Tensor, stride: number): Tensor {
  const [count, length] = frames.shape.slice(-2) as [number, number];
  const target = zeros([...frames.shape.slice(0, -2), stride * (count - 1) + length]);
  const indices = sequenceIndices(count, length, stride);
  return wrap(node('scatterAdd', [target.node, indices.node, frames.node], { axis: target.rank - 1 }));
}

/**
 * The inverse of `stft`: the sequences' values, windowed again, added up and divided by the sum of the squares of the windows.
 *
 * @param x `[real, imaginary]`, [..., sequences, frequencies] each.
 * @param length Values of the result; default: all there are (without the mirrored ends where `center` is set). Without a
 *   window the values are fftLength / sequenceStride times those of the signal, as in Keras on JAX.
 */
export function istft(
  x: ComplexPair,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  { length = null, window = 'hann', center = true }: StftOptions & { readonly length?: number | null } = {},
): Tensor {
  checkFrames('istft', sequenceLength, sequenceStride, fftLength);
  const { re } = parts('istft', x, 2);
  const w = windowOf('istft', window, sequenceLength, fftLength);
  const frames = irfft(x, fftLength);
  const count = re.shape.at(-2)!;
  const square = w === null ? add(zeros([fftLength]), 1) : multiply(w, w);
  const sum = overlapAdd(w === null ? frames : multiply(frames, w), sequenceStride);
  const weights = overlapAdd(multiply(square, add(zeros([count, 1]), 1)), sequenceStride);
  const signal = divide(sum, where(greater(weights, 1e-10), weights, 1));
  const scaled = w === null ? multiply(signal, fftLength / sequenceStride) : signal;
  const total = scaled.shape.at(-1)!;
  const start = center ? Math.floor(fftLength / 2) : 0;
  const end = Math.min(total, length === null ? (center ? total - start : total) : start + length);
  const from = scaled.shape.map((_, i) => (i === scaled.rank - 1 ? start : 0));
  return slice(scaled, from, [...scaled.shape.slice(0, -1), Math.max(0, end - start)]);
}
