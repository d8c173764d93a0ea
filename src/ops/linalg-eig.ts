import { type Tensor, type TensorLike, tensor } from '../trace/index.ts';
import { concreteData } from './known.ts';
import { matrices } from './linalg-core.ts';

/** A complex matrix, row by row, in float64. */
class ComplexMatrix {
  readonly n: number;
  readonly re: Float64Array;
  readonly im: Float64Array;

  constructor(n: number) {
    this.n = n;
    this.re = new Float64Array(n * n);
    this.im = new Float64Array(n * n);
  }

  at(i: number, j: number): readonly [number, number] {
    const k = i * this.n + j;
    return [this.re[k]!, this.im[k]!];
  }

  set(i: number, j: number, [re, im]: readonly [number, number]): void {
    const k = i * this.n + j;
    this.re[k] = re;
    this.im[k] = im;
  }

  size(i: number, j: number): number {
    return Math.hypot(...this.at(i, j));
  }
}

type Complex = readonly [number, number];

const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const plus = ([a, b]: Complex, [c, d]: Complex): Complex => [a + c, b + d];
const minus = ([a, b]: Complex, [c, d]: Complex): Complex => [a - c, b - d];

function over([a, b]: Complex, [c, d]: Complex): Complex {
  // By the larger part, so that squares do not overflow (Smith 1962).
  if (Math.abs(c) >= Math.abs(d)) {
    const [r, s] = [d / c, c + d * (d / c)];
    return [(a + b * r) / s, (b - a * r) / s];
  }
  const [r, s] = [c / d, c * (c / d) + d];
  return [(a * r + b) / s, (b * r - a) / s];
}

function squareRoot([a, b]: Complex): Complex {
  const r = Math.hypot(a, b);
  if (r === 0) return [0, 0];
  const re = Math.sqrt((r + Math.abs(a)) / 2);
  return a >= 0 ? [re, b / (2 * re)] : [Math.abs(b) / (2 * re), b < 0 ? -re : re];
}

/** H = Q' A Q with zeros below the first subdiagonal, by Householder reflections (Golub and Van Loan, algorithm 7.4.2). */
function hessenberg(h: ComplexMatrix, q: ComplexMatrix): void {
  const n = h.n;
  for (let k = 0; k + 2 < n; k++) {
    const v = new Float64Array(n);
    let length = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = h.re[i * n + k]!;
      length = Math.hypot(length, v[i]!);
    }
    if (length === 0) continue;
    v[k + 1]! += v[k + 1]! < 0 ? -length : length;
    const square = v.reduce((s, x) => s + x * x, 0);
    const fromLeft = (m: Float64Array, j: number) => {
      let dot = 0;
      for (let i = k + 1; i < n; i++) dot += v[i]! * m[i * n + j]!;
      for (let i = k + 1; i < n; i++) m[i * n + j]! -= (2 * dot * v[i]!) / square;
    };
    const fromRight = (m: Float64Array, i: number) => {
      let dot = 0;
      for (let j = k + 1; j < n; j++) dot += m[i * n + j]! * v[j]!;
      for (let j = k + 1; j < n; j++) m[i * n + j]! -= (2 * dot * v[j]!) / square;
    };
    for (let j = 0; j < n; j++) fromLeft(h.re, j);
    for (let i = 0; i < n; i++) {
      fromRight(h.re, i);
      fromRight(q.re, i);
    }
    for (let i = k + 2; i < n; i++) h.re[i * n + k] = 0;
  }
}

/** The eigenvalue of the last 2 x 2 block that is nearer to its last element (Wilkinson's shift). */
function shiftOf(t: ComplexMatrix, hi: number): Complex {
  const [a, b, c, d] = [t.at(hi - 1, hi - 1), t.at(hi - 1, hi), t.at(hi, hi - 1), t.at(hi, hi)];
  const half = minus(a, d).map((x) => x / 2) as unknown as Complex;
  const root = squareRoot(plus(times(half, half), times(b, c)));
  const [one, two] = [plus(half, root), minus(half, root)];
  const larger = Math.hypot(...one) >= Math.hypot(...two) ? one : two;
  return Math.hypot(...larger) === 0 ? d : minus(d, over(times(b, c), larger));
}

/** Rows or columns i and i + 1 turned by [[c, s], [-conj(s), c]], c real. */
function turn(m: ComplexMatrix, c: number, s: Complex, one: (k: number) => [number, number], from: number, to: number) {
  for (let k = from; k < to; k++) {
    const [i, j] = one(k);
    const [x, y]: [Complex, Complex] = [
      [m.re[i]!, m.im[i]!],
      [m.re[j]!, m.im[j]!],
    ];
    const sy = times(s, y);
    const sx = times([s[0], -s[1]], x);
    m.re[i] = c * x[0] + sy[0];
    m.im[i] = c * x[1] + sy[1];
    m.re[j] = c * y[0] - sx[0];
    m.im[j] = c * y[1] - sx[1];
  }
}

/** One step of the shifted QR method on rows and columns lo to hi, by Givens rotations. */
function step(t: ComplexMatrix, q: ComplexMatrix, lo: number, hi: number, shift: Complex): void {
  const n = t.n;
  const shifted = (sign: number) => {
    for (let i = lo; i <= hi; i++) t.set(i, i, plus(t.at(i, i), [sign * shift[0], sign * shift[1]]));
  };
  shifted(-1);
  const rotations: { c: number; s: Complex }[] = [];
  for (let k = lo; k < hi; k++) {
    const [a, b] = [t.at(k, k), t.at(k + 1, k)];
    const [size, length] = [Math.hypot(...a), Math.hypot(...a, ...b)];
    // Makes b zero: c = |a| / r, s = (a / |a|) conj(b) / r.
    const unit: Complex = size === 0 ? [1, 0] : [a[0] / size, a[1] / size];
    const c = length === 0 ? 1 : size / length;
    const s: Complex = length === 0 ? [0, 0] : times(unit, [b[0] / length, -b[1] / length]);
    turn(t, c, s, (j) => [k * n + j, (k + 1) * n + j], k, n);
    rotations.push({ c, s });
  }
  rotations.forEach(({ c, s }, i) => {
    const k = lo + i;
    const back: Complex = [s[0], -s[1]];
    const columns = (row: number): [number, number] => [row * n + k, row * n + k + 1];
    turn(t, c, back, columns, 0, Math.min(k + 2, hi + 1));
    turn(q, c, back, columns, 0, n);
  });
  shifted(1);
}

/** The Schur form: T upper triangular, A = Q T Q'. False where the method does not come to an end. */
function schur(t: ComplexMatrix, q: ComplexMatrix): boolean {
  hessenberg(t, q);
  let hi = t.n - 1;
  for (let tries = 0; hi > 0; ) {
    let lo = hi;
    while (lo > 0 && t.size(lo, lo - 1) > Number.EPSILON * (t.size(lo, lo) + t.size(lo - 1, lo - 1))) lo--;
    if (lo > 0) t.set(lo, lo - 1, [0, 0]);
    if (lo === hi) {
      hi--;
      tries = 0;
      continue;
    }
    if (++tries > 60) return false;
    // Now and then another shift, against cycles.
    step(t, q, lo, hi, tries % 10 === 0 ? [t.size(hi, hi - 1) + t.size(hi, hi), 0] : shiftOf(t, hi));
  }
  return true;
}

/** The eigenvector of the `k`-th eigenvalue: back substitution in T, then Q; of length 1, its largest element real. */
function vector(t: ComplexMatrix, q: ComplexMatrix, k: number, least: number): Complex[] {
  const n = t.n;
  const x: Complex[] = Array.from({ length: n }, () => [0, 0]);
  x[k] = [1, 0];
  for (let i = k - 1; i >= 0; i--) {
    let sum: Complex = [0, 0];
    for (let j = i + 1; j <= k; j++) sum = plus(sum, times(t.at(i, j), x[j]!));
    const gap = minus(t.at(k, k), t.at(i, i));
    x[i] = over(sum, Math.hypot(...gap) < least ? [least, 0] : gap);
  }
  const v = x.map((_, i) => x.reduce<Complex>((sum, y, j) => plus(sum, times(q.at(i, j), y)), [0, 0]));
  const sizes = v.map((y) => Math.hypot(...y));
  const length = Math.hypot(...sizes);
  const largest = v[sizes.indexOf(Math.max(...sizes))]!;
  const size = Math.hypot(...largest) * length;
  const phase: Complex = [largest[0] / size, -largest[1] / size];
  return v.map((y) => times(y, phase));
}

/** Eigenvalues and eigenvectors of one matrix, written where they belong. */
function decompose(a: ArrayLike<number>, n: number, write: (place: number, k: number, value: Complex) => void): void {
  const [t, q] = [new ComplexMatrix(n), new ComplexMatrix(n)];
  for (let i = 0; i < n * n; i++) t.re[i] = a[i]!;
  for (let i = 0; i < n; i++) q.re[i * n + i] = 1;
  const norm = Math.hypot(...t.re);
  const known = Number.isFinite(norm) && schur(t, q);
  // Rounding alone makes a real eigenvalue complex by so much.
  const least = Math.max(norm * Number.EPSILON * n, Number.MIN_VALUE);
  for (let k = 0; k < n; k++) {
    const value = t.at(k, k);
    const real = Math.abs(value[1]) <= least;
    write(0, k, known ? [value[0], real ? 0 : value[1]] : [Number.NaN, Number.NaN]);
    const v = known ? vector(t, q, k, least) : Array.from({ length: n }, (): Complex => [Number.NaN, Number.NaN]);
    v.forEach((y, i) => {
      write(1, i * n + k, real && known ? [y[0], 0] : y);
    });
  }
}

/**
 * Eigenvalues [..., n] and eigenvectors [..., n, n] (the columns, of length 1, the largest element real and positive) of square
 * matrices: two pairs `[real, imaginary]`, in no certain order. For symmetric matrices use `eigh`.
 *
 * They are computed at once, on the host, in float64 (Householder reflections, then the shifted QR method), so they have no
 * gradient and cannot be part of a compiled program or functional model. NaN and infinities give NaN.
 *
 * @throws OlifantError `SHAPE` where x holds no square matrices, `NO_VALUE` inside of a trace.
 */
export function eig(x: TensorLike): [[Tensor, Tensor], [Tensor, Tensor]] {
  const { x: a, batch, count, rows: n } = matrices('eig', x, true);
  const data = concreteData('eig', a.node, 'eigenvalues of matrices that are not symmetric are computed on the host');
  const make = (size: number) => [new Float32Array(count * size), new Float32Array(count * size)] as const;
  const results = [make(n), make(n * n)] as const;
  for (let b = 0; b < count; b++)
    decompose(data.subarray(b * n * n, (b + 1) * n * n), n, (place, k, [re, im]) => {
      const at = b * (place === 0 ? n : n * n) + k;
      results[place as 0 | 1][0][at] = re;
      results[place as 0 | 1][1][at] = im;
    });
  const [w, v] = results;
  const pair = ([re, im]: typeof w, shape: number[]): [Tensor, Tensor] => [tensor(re, shape), tensor(im, shape)];
  return [pair(w, [...batch, n]), pair(v, [...batch, n, n])];
}
