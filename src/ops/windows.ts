import { floatx } from '../settings.ts';
import { literal, type Tensor } from '../trace/index.ts';
import { castTo, fail, wrap } from './core.ts';
import { knownNumber } from './known.ts';

/** `f` of every place 0 .. n-1, told what share of the way it is; a window of one place is 1. */
function window(op: string, places: number | Tensor, f: (share: number) => number): Tensor {
  const n = knownNumber(op, 'x', places);
  if (!Number.isSafeInteger(n) || n < 0) fail(op, `expected a whole number of places, got ${n}`, 'INVALID_ARGUMENT');
  const values = literal(
    Float32Array.from({ length: n }, (_, i) => (n === 1 ? 1 : f(i / (n - 1)))),
    [n],
    'float32',
  );
  return wrap(castTo(values.node, floatx()));
}

/** The triangular window of `n` places, 0 at both ends. */
export const bartlett = (n: number | Tensor): Tensor => window('bartlett', n, (t) => 1 - Math.abs(2 * t - 1));

/** 0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t), for `n` places t from 0 to 1. */
export const blackman = (n: number | Tensor): Tensor =>
  window('blackman', n, (t) => 0.42 - 0.5 * Math.cos(2 * Math.PI * t) + 0.08 * Math.cos(4 * Math.PI * t));

/** 0.54 - 0.46 cos(2 pi t), for `n` places t from 0 to 1. */
export const hamming = (n: number | Tensor): Tensor =>
  window('hamming', n, (t) => 0.54 - 0.46 * Math.cos(2 * Math.PI * t));

/** 0.5 - 0.5 cos(2 pi t), for `n` places t from 0 to 1. */
export const hanning = (n: number | Tensor): Tensor =>
  window('hanning', n, (t) => 0.5 - 0.5 * Math.cos(2 * Math.PI * t));

/** I0(beta sqrt(1 - (2 t - 1)^2)) / I0(beta), for `n` places t from 0 to 1; also for a beta with which Keras overflows. */
export function kaiser(n: number | Tensor, slope: number | Tensor): Tensor {
  const beta = knownNumber('kaiser', 'beta', slope);
  if (!Number.isFinite(beta)) fail('kaiser', `beta: expected a number, got ${beta}`, 'INVALID_ARGUMENT');
  // Both with the same factor exp(-|beta|), so that a large beta does not overflow.
  const scale = besselI0(beta, beta);
  return window('kaiser', n, (t) => besselI0(beta * Math.sqrt(Math.max(0, 1 - (2 * t - 1) ** 2)), beta) / scale);
}

/** I0(x) exp(-|damp|): the integral of exp(x cos a) over a half turn, by the trapezoid rule, which converges exponentially. */
function besselI0(x: number, damp: number): number {
  const parts = 64 + Math.ceil(8 * Math.sqrt(Math.abs(x)));
  let sum = 0;
  for (let i = 0; i < 2 * parts; i++) sum += Math.exp(x * Math.cos((Math.PI * i) / parts) - Math.abs(damp));
  return sum / (2 * parts);
}
