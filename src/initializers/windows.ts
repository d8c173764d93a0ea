/** Windows as sums of cosines: a0 - a1 cos(2 pi t) + a2 cos(4 pi t) ... */
const COSINES = {
  boxcar: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  nuttall: [0.3635819, 0.4891775, 0.1365995, 0.0106411],
  blackmanharris: [0.35875, 0.48829, 0.14128, 0.01168],
  flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
} as const;

/** The value at place `t` of `n`, of which there are at least two: as in scipy.signal.windows, with its defaults. */
type Window = (t: number, n: number) => number;

const sum = (terms: readonly number[], f: (term: number, k: number) => number): number =>
  terms.reduce((s, a, k) => s + f(a, k), 0);

/** From -1 at the first place to 1 at the last one. */
const across = (t: number, n: number): number => (2 * t) / (n - 1) - 1;

const parzen: Window = (t, n) => {
  const x = Math.abs(t - (n - 1) / 2);
  const share = (2 * x) / n;
  return x <= (n - 1) / 4 ? 1 - 6 * share ** 2 + 6 * share ** 3 : 2 * (1 - share) ** 3;
};

const bohman: Window = (t, n) => {
  const x = Math.abs(across(t, n));
  return x === 1 ? 0 : (1 - x) * Math.cos(Math.PI * x) + Math.sin(Math.PI * x) / Math.PI;
};

const barthann: Window = (t, n) => {
  const x = Math.abs(across(t, n)) / 2;
  return 0.62 - 0.48 * x + 0.38 * Math.cos(2 * Math.PI * x);
};

/** Half of it is flat. */
const tukey: Window = (t, n) => {
  const side = Math.min(t, n - 1 - t);
  return side > Math.floor((n - 1) / 4) ? 1 : (1 - Math.cos((4 * Math.PI * side) / (n - 1))) / 2;
};

const lanczos: Window = (t, n) => {
  const x = Math.PI * across(t, n);
  return x === 0 ? 1 : Math.sin(x) / x;
};

/** Taylor's window with four nearly equal side lobes, 30 decibels below the main one; 1 in the middle. */
const taylor: Window = (t, n) => {
  const lobes = 4;
  const others = [1, 2, 3];
  const a2 = (Math.acosh(10 ** (30 / 20)) / Math.PI) ** 2;
  const s2 = lobes ** 2 / (a2 + (lobes - 0.5) ** 2);
  const factor = (m: number): number =>
    others.reduce(
      (p, k) => {
        const above = 1 - m ** 2 / s2 / (a2 + (k - 0.5) ** 2);
        return (p * above) / (k === m ? 2 : 1 - m ** 2 / k ** 2);
      },
      m % 2 === 1 ? 1 : -1,
    );
  const at = (x: number) => 1 + 2 * sum(others, (m) => factor(m) * Math.cos((2 * Math.PI * m * (x + 0.5 - n / 2)) / n));
  return at(t) / at((n - 1) / 2);
};

const WINDOWS: Readonly<Record<string, Window>> = {
  ...Object.fromEntries(
    Object.entries(COSINES).map(([name, terms]): [string, Window] => [
      name,
      (t, n) => sum(terms, (a, k) => (k % 2 === 0 ? a : -a) * Math.cos((2 * Math.PI * k * t) / (n - 1))),
    ]),
  ),
  triang: (t, n) => (n % 2 === 1 ? (2 * Math.min(t + 1, n - t)) / (n + 1) : (2 * Math.min(t, n - 1 - t) + 1) / n),
  bartlett: (t, n) => 1 - Math.abs(across(t, n)),
  parzen,
  bohman,
  barthann,
  cosine: (t, n) => Math.sin((Math.PI * (t + 0.5)) / n),
  exponential: (t, n) => Math.exp(-Math.abs(t - (n - 1) / 2)),
  tukey,
  taylor,
  lanczos,
};

/** The names of the windows. */
export const windowNames = (): string[] => Object.keys(WINDOWS);

/**
 * The values of a window, 1 where there is one place.
 *
 * @param periodic Whether it is one period of a longer one, or symmetric.
 */
export function windowValues(name: string, n: number, periodic: boolean): number[] {
  const f = WINDOWS[name]!;
  return Array.from({ length: n }, (_, t) => (n === 1 ? 1 : f(t, periodic ? n + 1 : n)));
}
