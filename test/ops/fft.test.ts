import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { tensor } from '../../src/trace/index.ts';
import { golden } from './golden.ts';
import { checkCase, type DecompositionCase, type Run } from './linalg-golden.ts';

type Frames = [number, number, number];

const RUN: Record<string, Run> = {
  fft: ([re, im]) => ops.fft([re!, im!]),
  fft2: ([re, im]) => ops.fft2([re!, im!]),
  ifft2: ([re, im]) => ops.ifft2([re!, im!]),
  rfft: ([x], _, { fftLength }) => ops.rfft(x!, fftLength as number | null),
  irfft: ([re, im], _, { fftLength }) => ops.irfft([re!, im!], fftLength as number | null),
  extract_sequences: ([x], args) => ops.extractSequences(x!, ...(args as unknown as [number, number])),
  stft: ([x], args, options) => ops.stft(x!, ...(args as unknown as Frames), options),
  istft: ([re, im], args, options) => ops.istft([re!, im!], ...(args as unknown as Frames), options),
};

describe('Fourier transforms have the values and gradients of Keras', () => {
  for (const c of golden<DecompositionCase>('fft').cases)
    it(c.name, () => {
      const window = Array.isArray(c.options.window) ? { window: tensor(c.options.window as number[]) } : {};
      checkCase(c, (x, args, options) => RUN[c.op]!(x, args, { ...options, ...window }), 3e-6, 1e-5);
    });
});

describe('fft', () => {
  it('agrees with the sum of its definition for lengths of every kind', () => {
    for (const n of [1, 31, 32, 34, 96, 127, 128, 149, 274, 1024, 1031]) {
      const re = Float32Array.from({ length: n }, (_, t) => Math.sin(t * 1.7) + (t % 3));
      const im = Float32Array.from({ length: n }, (_, t) => Math.cos(t * 2.3));
      const [a, b] = ops.fft([tensor(re), tensor(im)]).map((y) => y.dataSync()) as [Float32Array, Float32Array];
      for (const k of [0, 1 % n, n >> 1, n - 1]) {
        let [x, y] = [0, 0];
        for (let t = 0; t < n; t++) {
          const angle = (-2 * Math.PI * ((t * k) % n)) / n;
          x += re[t]! * Math.cos(angle) - im[t]! * Math.sin(angle);
          y += re[t]! * Math.sin(angle) + im[t]! * Math.cos(angle);
        }
        expect(Math.hypot(a[k]! - x, b[k]! - y), `length ${n}, frequency ${k}`).toBeLessThan(4e-6 * n);
      }
    }
  });

  it('goes there and back', () => {
    const x = ops.reshape(ops.sin(ops.arange(0, 90, 1)), [2, 5, 9]);
    const [re, im] = ops.ifft2(ops.fft2([x, ops.zerosLike(x)]));
    expect(ops.max(ops.abs(ops.subtract(re, x))).item()).toBeLessThan(1e-6);
    expect(ops.max(ops.abs(im)).item()).toBeLessThan(1e-6);
    expect(ops.max(ops.abs(ops.subtract(ops.irfft(ops.rfft(x), 9), x))).item()).toBeLessThan(1e-6);
  });

  it('NaN reaches every frequency; empty batches stay empty', () => {
    const [re] = ops.fft([tensor([1, Number.NaN, 2]), tensor([0, 0, 0])]);
    expect(Array.from(re.dataSync())).toEqual([NaN, NaN, NaN]);
    const [none] = ops.rfft(ops.zeros([0, 6]));
    expect(none.shape).toEqual([0, 4]);
    expect(none.dataSync().length).toBe(0);
    expect(ops.extractSequences(ops.zeros([2, 3]), 4, 1).shape).toEqual([2, 0, 4]);
  });

  it('refuses what it cannot transform', () => {
    expect(() => ops.fft(tensor([1, 2]) as never)).toThrow(/ops.fft: expected a pair/);
    expect(() => ops.fft([tensor([1, 2]), tensor([1])])).toThrow(/one shape, got \[2\] and \[1\]/);
    expect(() => ops.fft([ops.zeros([0]), ops.zeros([0])])).toThrow(/with elements/);
    expect(() => ops.rfft(tensor([1, 2]), 0)).toThrow(/fftLength must be a whole number/);
    expect(() => ops.stft(tensor([1, 2, 3]), 4, 1, 2)).toThrow(/at least sequenceLength, got 2 and 4/);
    expect(() => ops.stft(ops.arange(4), 2, 1, 2)).toThrow(/expected float32, got int32/);
    expect(() => ops.stft(tensor([1, 2, 3, 4]), 2, 1, 2, { window: 'kaiser' as never })).toThrow(/'hann', 'hamming'/);
    expect(() => ops.stft(tensor([1, 2, 3, 4]), 2, 1, 2, { window: tensor([1]) })).toThrow(/window of shape \[2\]/);
  });
});
