import { type Tensor, tensor } from '../trace/index.ts';
import { add, multiply, negative, subtract } from './elementwise.ts';
import { matmul } from './linalg.ts';
import { concatenate, flip, pad, reshape, slice, transpose } from './movement.ts';

/** Real and imaginary parts, of one shape; without the latter it is 0. */
export interface Complex {
  readonly re: Tensor;
  readonly im?: Tensor | undefined;
}

/** Transforms up to this length are one product with a matrix: shorter steps would leave the lanes empty. */
const LARGEST_MATRIX = 32;
/** Prime lengths up to this one, too; beyond it a convolution costs less. */
const LARGEST_PRIME = 128;

/** cos and sin of -2 pi k / n, with k taken modulo n first: exact to the last bit for long ones, too. */
function root(k: number, n: number): [number, number] {
  const angle = (-2 * Math.PI * (k % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

function table(rows: number, columns: number, of: (i: number, j: number) => number): Tensor {
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = of(i, j);
  return tensor(data, [rows, columns]);
}

/** The largest divisor of `n` up to the limit; for a prime beyond it, 1. */
function divisor(n: number): number {
  for (let d = Math.min(n, LARGEST_MATRIX); d > 1; d--) if (n % d === 0) return d;
  return 1;
}

export function timesComplex(a: Complex, b: Complex & { im: Tensor }): { re: Tensor; im: Tensor } {
  if (a.im === undefined) return { re: multiply(a.re, b.re), im: multiply(a.re, b.im) };
  return {
    re: subtract(multiply(a.re, b.re), multiply(a.im, b.im)),
    im: add(multiply(a.re, b.im), multiply(a.im, b.re)),
  };
}

/** [rows, n] by the matrix of the transform: [re | im] [[C, S], [-S, C]], one product. */
function dense({ re, im }: Complex): { re: Tensor; im: Tensor } {
  const [rows, n] = re.shape as [number, number];
  const matrix = table(im ? 2 * n : n, 2 * n, (i, j) => {
    const [cos, sin] = root((i % n) * (j % n), n);
    if (i < n) return j < n ? cos : sin;
    return j < n ? -sin : cos;
  });
  const y = matmul(im ? concatenate([re, im], 1) : re, matrix);
  return { re: slice(y, [0, 0], [rows, n]), im: slice(y, [0, n], [rows, n]) };
}

/** The same for both parts. */
const each = (x: Complex, f: (part: Tensor) => Tensor): Complex => ({ re: f(x.re), im: x.im && f(x.im) });

/**
 * X_k = sum_t x_t exp(-2 pi i k t / n) for each row of [rows, n].
 *
 * Cooley and Tukey 1965, with n = r m, t = t1 m + t2 and k = k1 + r k2:
 * X_k = sum_t2 w_m^(t2 k2) w_n^(t2 k1) sum_t1 w_r^(t1 k1) x_t, so m transforms of length r, a turn by w_n^(t2 k1), and r
 * transforms of length m.
 */
export function transform(x: Complex): { re: Tensor; im: Tensor } {
  const [rows, n] = x.re.shape as [number, number];
  if (n <= LARGEST_MATRIX) return dense(x);
  const r = divisor(n);
  if (r === 1) return n <= LARGEST_PRIME ? dense(x) : chirp(x);
  const m = n / r;
  const columns = each(x, (p) => reshape(transpose(reshape(p, [rows, r, m]), [0, 2, 1]), [rows * m, r]));
  const first = each(dense(columns), (p) => transpose(reshape(p, [rows, m, r]), [0, 2, 1]));
  const turn = { re: table(r, m, (k, t) => root(k * t, n)[0]), im: table(r, m, (k, t) => root(k * t, n)[1]) };
  const turned = timesComplex(first, turn);
  const last = transform(each(turned, (p) => reshape(p, [rows * r, m])));
  const order = (p: Tensor) => reshape(transpose(reshape(p, [rows, r, m]), [0, 2, 1]), [rows, n]);
  return { re: order(last.re), im: order(last.im) };
}

/**
 * A transform of prime length as a convolution (Bluestein 1970): with k t = (k^2 + t^2 - (k - t)^2) / 2 and
 * c_t = exp(-pi i t^2 / n), X_k = c_k sum_t (x_t c_t) conj(c_(k - t)). The convolution is done by transforms whose length is
 * a power of 2.
 */
function chirp(x: Complex): { re: Tensor; im: Tensor } {
  const [rows, n] = x.re.shape as [number, number];
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1));
  // t^2 modulo 2 n, which float64 holds exactly.
  const at = (t: number) => root((t * t) % (2 * n), 2 * n);
  const c = { re: table(1, n, (_, t) => at(t)[0]), im: table(1, n, (_, t) => at(t)[1]) };
  const around = (part: 0 | 1) =>
    table(1, size, (_, t) => (t < n ? at(t)[part] : t > size - n ? at(size - t)[part] : 0) * (part === 0 ? 1 : -1));
  const longer = (p: Tensor) =>
    pad(p, [
      [0, 0],
      [0, size - n],
    ]);
  const chirped = timesComplex(x, c);
  const signal = transform({ re: longer(chirped.re), im: longer(chirped.im) });
  const filter = transform({ re: around(0), im: around(1) });
  const y = inverse(timesComplex(signal, filter));
  const first = (p: Tensor) => slice(p, [0, 0], [rows, n]);
  return timesComplex({ re: first(y.re), im: first(y.im) }, c);
}

/** x_t = (1 / n) sum_k X_k exp(2 pi i k t / n) for each row: the transform of the conjugate, conjugated. */
export function inverse({ re, im }: { re: Tensor; im: Tensor }): { re: Tensor; im: Tensor } {
  const y = transform({ re, im: negative(im) });
  const n = re.shape[1]!;
  return { re: multiply(y.re, 1 / n), im: multiply(y.im, -1 / n) };
}

/** The whole spectrum [rows, n] of real values from its first half [rows, floor(n / 2) + 1]: X_(n - k) = conj(X_k). */
export function mirrored({ re, im }: { re: Tensor; im: Tensor }, n: number): { re: Tensor; im: Tensor } {
  const rows = re.shape[0]!;
  const count = n - re.shape[1]!;
  if (count === 0) return { re, im };
  const rest = (p: Tensor) => flip(slice(p, [0, 1], [rows, count]), 1);
  return { re: concatenate([re, rest(re)], 1), im: concatenate([im, negative(rest(im))], 1) };
}
