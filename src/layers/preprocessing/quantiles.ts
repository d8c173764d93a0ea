/**
 * A summary of numbers: values in ascending order, each with the number of elements that it stands for. Summaries of parts of
 * the data are merged and made small again, so data of any size needs little memory.
 */
export interface Summary {
  readonly values: Float32Array;
  readonly weights: Float32Array;
}

export const EMPTY: Summary = { values: new Float32Array(0), weights: new Float32Array(0) };

/** The summary of some numbers: about 1 / `epsilon` of them at equal distances in their order. */
export function summarize(data: ArrayLike<number>, epsilon: number): Summary {
  const sorted = Float32Array.from(data).sort();
  const step = Math.max(sorted.length * epsilon, 1);
  const values: number[] = [];
  for (let i = Math.floor(step - 1); i < sorted.length; i += Math.floor(step)) values.push(sorted[i]!);
  return { values: Float32Array.from(values), weights: new Float32Array(values.length).fill(step) };
}

/** One summary of two. */
export function mergeSummaries(a: Summary, b: Summary, epsilon: number): Summary {
  const values = [...a.values, ...b.values];
  const weights = [...a.weights, ...b.weights];
  const order = values.map((_, i) => i).sort((i, j) => compare(values[i]!, values[j]!));
  return compress(
    { values: Float32Array.from(order, (i) => values[i]!), weights: Float32Array.from(order, (i) => weights[i]!) },
    epsilon,
  );
}

/** NaN stands behind all numbers. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** The bounds of `bins` bins with about as many elements each. */
export function binBounds(summary: Summary, bins: number): number[] {
  return Array.from(compress(summary, 1 / bins).values.slice(0, -1));
}

/** At most 1 / `epsilon` values: those at equal steps of the cumulated weights, between neighbours by proportion. */
function compress(summary: Summary, epsilon: number): Summary {
  const n = summary.values.length;
  if (n * epsilon < 1) return summary;
  const cumulated = new Float32Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum = Math.fround(sum + summary.weights[i]!);
    cumulated[i] = sum;
  }
  const shares = cumulated.map((c) => c / sum);
  // As many steps as NumPy's arange(0, 1, epsilon) has.
  const steps = Math.ceil(1 / epsilon);
  const values = new Float32Array(steps);
  const weights = new Float32Array(steps);
  let before = 0;
  for (let i = 0; i < steps; i++) {
    const share = epsilon + i * epsilon;
    values[i] = interpolate(share, shares, summary.values);
    const weight = interpolate(share, shares, cumulated);
    weights[i] = weight - before;
    before = weight;
  }
  return { values, weights };
}

/** The value at `x` of the polyline through the points (xs, ys), level beyond its ends. */
function interpolate(x: number, xs: Float32Array, ys: Float32Array): number {
  const last = xs.length - 1;
  if (x >= xs[last]!) return ys[last]!;
  if (x < xs[0]!) return ys[0]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= x) low = middle;
    else high = middle;
  }
  const slope = (ys[high]! - ys[low]!) / (xs[high]! - xs[low]!);
  return slope * (x - xs[low]!) + ys[low]!;
}
