/** Rows of coefficients. */
export type Matrix = readonly (readonly number[])[];

/**
 * The matrices of F(m, r), which gives m results of a filter of r taps by m + r - 1 multiplications: results =
 * at [(g filter) * (bt pixels)]. Filter and results are polynomials that are multiplied at `points` (m + r - 2 of them) and at
 * infinity (the Toom-Cook algorithm, transposed). `bt` depends on the points alone.
 */
export function minimalFiltering(
  m: number,
  r: number,
  points: readonly number[],
): { readonly at: Matrix; readonly g: Matrix; readonly bt: Matrix } {
  const last = points.length;
  const rows = <T>(n: number, f: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => f(i));
  const others = (j: number) => points.filter((_, l) => l !== j);
  /** The i-th power of point j; infinity has the highest alone. */
  const power = (j: number, i: number, top: number) => (j < last ? points[j]! ** i : Number(i === top));
  const scale = (j: number) => (j < last ? others(j).reduce((s, q) => s * (points[j]! - q), 1) : 1);
  return {
    at: rows(m, (i) => rows(last + 1, (j) => power(j, i, m - 1))),
    g: rows(last + 1, (j) => rows(r, (i) => power(j, i, r - 1) / scale(j))),
    bt: rows(last + 1, (j) => {
      const polynomial = others(j).reduce<number[]>(timesRoot, [1]);
      return rows(last + 1, (i) => polynomial[i] ?? 0);
    }),
  };
}

/** Coefficients of a polynomial times (x - root), the lowest first. */
function timesRoot(c: readonly number[], root: number): number[] {
  return Array.from({ length: c.length + 1 }, (_, i) => (c[i - 1] ?? 0) - root * (c[i] ?? 0));
}
