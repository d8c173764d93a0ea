import { describe, expect, it } from 'vitest';
import { topologicalOrder } from '../../src/graph/structure.ts';
import * as ops from '../../src/ops/index.ts';
import { gradient, type Tensor, tensor } from '../../src/trace/index.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { golden } from './golden.ts';
import { checkCase, type DecompositionCase, type Run } from './linalg-golden.ts';

type Options = { ord?: never; axis?: never; keepdims?: boolean } & Record<string, never>;

const RUN: Record<string, Run> = {
  inv: ([x]) => ops.inv(x!),
  det: ([x]) => ops.det(x!),
  slogdet: ([x]) => ops.slogdet(x!),
  logdet: ([x]) => ops.logdet(x!),
  solve: ([a, b]) => ops.solve(a!, b!),
  cholesky: ([x], _, { upper }) => ops.cholesky(x!, upper as boolean),
  cholesky_inverse: ([x], _, { upper }) => ops.choleskyInverse(x!, upper as boolean),
  solve_triangular: ([a, b], _, { lower }) => ops.solveTriangular(a!, b!, lower as boolean),
  lu_factor: ([x]) => ops.luFactor(x!),
  eigh: ([x]) => ops.eigh(x!),
  qr: ([x], _, { mode }) => ops.qr(x!, mode as 'reduced'),
  svd: ([x], _, { computeUv }) => ops.svd(x!, false, computeUv as boolean | undefined),
  pinv: ([x], [rcond]) => ops.pinv(x!, rcond),
  lstsq: ([a, b]) => ops.lstsq(a!, b!),
  matrix_rank: ([x], [tol]) => ops.matrixRank(x!, tol),
  norm: ([x], _, options) => ops.norm(x!, options as Options),
};

/** The generator compares squares of what has no sign of its own. */
function comparable(c: DecompositionCase, got: Tensor | readonly Tensor[]): readonly Tensor[] {
  const list = [got].flat() as Tensor[];
  if (c.op === 'eigh') return c.outputs.length === 1 ? [list[0]!] : [list[0]!, ops.square(list[1]!)];
  if (c.op === 'svd' && list.length === 3) return [ops.square(list[0]!), list[1]!, ops.square(list[2]!)];
  return list;
}

describe('linear algebra has the values and gradients of Keras', () => {
  for (const c of golden<DecompositionCase>('linalg').cases)
    it(c.name, () => {
      checkCase(c, (...given) => comparable(c, RUN[c.op]!(...given)), /hilbert|singular/.test(c.name) ? 1e-4 : 1e-5);
    });
});

/** Normal-like numbers of a fixed sequence. */
function matrices(...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => 2 * Math.sin(i * 12.9898 + size) * Math.cos(i * 4.1414)),
    shape,
  );
}

const t = (x: Tensor): Tensor => ops.swapaxes(x, -1, -2);
const unit = (x: Tensor): Tensor => ops.broadcastTo(ops.eye(x.shape.at(-1)!), x.shape);
const distance = (a: Tensor, b: Tensor): number => {
  expect(a.shape).toEqual(b.shape);
  return a.size === 0 ? 0 : ops.max(ops.abs(ops.subtract(a, b))).item();
};

/** Largest distances with their bounds, computed by one program. */
class Checks {
  readonly #distances: Tensor[] = [];
  readonly #bounds: number[] = [];

  near(a: Tensor, b: Tensor, bound: number): void {
    expect(a.shape).toEqual(b.shape);
    if (a.size === 0) return;
    this.#distances.push(ops.max(ops.abs(ops.subtract(a, b))));
    this.#bounds.push(bound);
  }

  run(): void {
    if (this.#distances.length === 0) return;
    ops
      .stack(this.#distances)
      .dataSync()
      .forEach((d, i) => {
        expect(d, `check ${i}`).toBeLessThan(this.#bounds[i]!);
      });
  }
}

describe('decompositions of every size', () => {
  for (const n of [0, 1, 2, 15, 16, 17, 33])
    it(`${n} rows`, () => {
      const checks = new Checks();
      const a = ops.add(matrices(2, n, n), ops.multiply(ops.eye(n), 3));
      const positive = ops.add(ops.matmul(a, t(a)), ops.eye(n));
      const size = 4 * Math.max(1, n);
      checks.near(ops.matmul(a, ops.inv(a)), unit(a), 1e-5 * size);
      const b = matrices(2, n, 3);
      checks.near(ops.matmul(a, ops.solve(a, b)), b, 1e-5 * size);
      const lower = ops.cholesky(positive);
      checks.near(ops.matmul(lower, t(lower)), positive, 2e-6 * size);
      const symmetric = ops.add(a, t(a));
      const [w, v] = ops.eigh(symmetric);
      checks.near(ops.matmul(ops.multiply(v, ops.expandDims(w, 1)), t(v)), symmetric, 1e-6 * size);
      checks.near(ops.matmul(t(v), v), unit(v), 1e-5);
      checkRectangle(checks, matrices(2, n, n), false);
      checkRectangle(checks, matrices(2, n + 2, n), true);
      checkRectangle(checks, matrices(2, n, n + 2), n % 2 === 0);
      checks.run();
    }, 60_000);

  function checkRectangle(checks: Checks, x: Tensor, full: boolean): void {
    const [, m, n] = x.shape as [number, number, number];
    const k = Math.min(m, n);
    const [q, r] = ops.qr(x, full ? 'complete' : 'reduced');
    expect(q.shape).toEqual([2, m, full ? m : k]);
    checks.near(ops.matmul(q, r), x, 1e-5);
    const square = (y: Tensor) => ops.matmul(t(y), y);
    checks.near(square(q), unit(square(q)), 1e-5);
    const [u, s, vh] = ops.svd(x, full);
    expect(u.shape).toEqual([2, m, full ? m : k]);
    expect(vh.shape).toEqual([2, full ? n : k, n]);
    const first = (y: Tensor, shape: number[]) => ops.slice(y, [0, 0, 0], shape);
    const scaled = ops.multiply(first(u, [2, m, k]), ops.expandDims(s, 1));
    checks.near(ops.matmul(scaled, first(vh, [2, k, n])), x, 3e-5);
    checks.near(square(u), unit(square(u)), 1e-5);
    checks.near(ops.matmul(vh, t(vh)), unit(ops.matmul(vh, t(vh))), 1e-5);
  }

  it('a matrix of rank 1 has a complete basis of singular vectors', () => {
    const x = ops.outer(tensor([1, 2, 3, 4]), tensor([1, -1, 2]));
    const [u, s] = ops.svd(x);
    expect(distance(ops.matmul(t(u), u), ops.eye(4))).toBeLessThan(1e-6);
    expect(s.dataSync()[0]).toBeCloseTo(Math.sqrt(30 * 6), 4);
    expect(s.dataSync()[1]).toBeLessThan(1e-5);
  });

  it('equal eigenvalues, zeros, and numbers near the ends of float32', () => {
    const [w, v] = ops.eigh(ops.multiply(ops.eye(5), 2));
    expect(Array.from(w.dataSync())).toEqual([2, 2, 2, 2, 2]);
    expect(distance(ops.matmul(t(v), v), ops.eye(5))).toBe(0);
    expect(Array.from(ops.svd(ops.zeros([3, 2]), true, false).dataSync())).toEqual([0, 0]);
    for (const scale of [1e-30, 1e30]) {
      const s = ops
        .svd(
          ops.multiply(
            tensor([
              [3, 0],
              [4, 5],
            ]),
            scale,
          ),
          true,
          false,
        )
        .dataSync();
      expect(s[0]! / scale).toBeCloseTo(Math.sqrt(45), 4);
      expect(s[1]! / scale).toBeCloseTo(Math.sqrt(5), 4);
      const [, r] = ops.qr(ops.multiply(tensor([[3], [4]]), scale));
      expect(Math.abs(r.dataSync()[0]!) / scale).toBeCloseTo(5, 4);
    }
  });
});

describe('right-hand sides', () => {
  const a = ops.add(matrices(3, 2, 2), ops.multiply(ops.eye(2), 4));

  it('are vectors, matrices, or broadcast against the matrices', () => {
    const b = matrices(2, 3);
    const one = ops.solve(a, b);
    expect(one.shape).toEqual([3, 2, 3]);
    expect(distance(ops.matmul(a, one), ops.broadcastTo(b, [3, 2, 3]))).toBeLessThan(1e-5);
    const vector = ops.solve(a, tensor([1, 2]));
    expect(vector.shape).toEqual([3, 2]);
    const vectors = matrices(3, 2);
    const x = ops.solve(a, vectors);
    expect(distance(ops.sum(ops.multiply(a, ops.expandDims(x, 1)), 2), vectors)).toBeLessThan(1e-5);
    const many = ops.solveTriangular(ops.eye(2), matrices(4, 2, 1), true);
    expect(distance(many, matrices(4, 2, 1))).toBe(0);
    // As in Keras, [2, 2] are the columns of one matrix, not a vector for each of two.
    expect(ops.solve(ops.stack([ops.eye(2), ops.eye(2)]), matrices(2, 2)).shape).toEqual([2, 2, 2]);
  });
});

describe('eig', () => {
  it('A V = V W for sizes of every kind, eigenvalues in conjugate pairs', () => {
    for (const n of [0, 1, 2, 3, 15, 16, 17]) {
      const a = matrices(2, n, n);
      const [[wr, wi], [vr, vi]] = ops.eig(a);
      const row = (w: Tensor) => ops.expandDims(w, 1);
      const real = ops.subtract(ops.multiply(vr, row(wr)), ops.multiply(vi, row(wi)));
      const imaginary = ops.add(ops.multiply(vr, row(wi)), ops.multiply(vi, row(wr)));
      expect(distance(ops.matmul(a, vr), real)).toBeLessThan(1e-5);
      expect(distance(ops.matmul(a, vi), imaginary)).toBeLessThan(1e-5);
      expect(Math.abs(ops.sum(wi).item())).toBeLessThan(1e-5);
      expect(distance(ops.sum(wr, 1), ops.trace(a, 0, 1, 2))).toBeLessThan(1e-4);
    }
  });

  it('finds the eigenvalues of rotations, cycles and matrices without a basis of eigenvectors', () => {
    const sorted = (m: number[][]) => {
      const [[re, im]] = ops.eig(tensor(m));
      const pairs = Array.from(re.dataSync(), (r, i) => [r, im.dataSync()[i]!]);
      return pairs.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!).flat();
    };
    expect(
      sorted([
        [0, 1],
        [-1, 0],
      ]),
    ).toEqual([0, -1, 0, 1]);
    expect(
      sorted([
        [2, 1],
        [0, 2],
      ]),
    ).toEqual([2, 0, 2, 0]);
    const root = Math.sqrt(3) / 2;
    sorted([
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ]).forEach((v, i) => {
      expect(v).toBeCloseTo([-0.5, -root, -0.5, root, 1, 0][i]!, 6);
    });
    expect(
      sorted([
        [1, Number.NaN],
        [0, 1],
      ]).every(Number.isNaN),
    ).toBe(true);
  });
});

describe('what cannot be computed', () => {
  const bad = tensor([
    [1, Number.NaN],
    [2, 3],
  ]);
  const endless = tensor([
    [Number.POSITIVE_INFINITY, 1],
    [1, 1],
  ]);

  it('NaN and infinities (but for the inverse, where 1 / Infinity is 0) give NaN, and other matrices of the batch stay as they are', () => {
    for (const x of [bad, endless]) {
      const both = ops.stack([x, ops.eye(2)]);
      const results = [
        ...(x === bad ? [ops.inv(both)] : []),
        ops.det(both),
        ...ops.eigh(both),
        ...ops.svd(both),
        ...ops.qr(both),
        ops.pinv(both),
      ];
      for (const y of results) {
        const values = Array.from(y.dataSync());
        const half = values.length / 2;
        expect(values.slice(0, half).some((v) => !Number.isFinite(v))).toBe(true);
        expect(values.slice(half).every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('a matrix that is not positive definite has NaN below its diagonal, zeros above', () => {
    const y = Array.from(
      ops
        .cholesky(
          tensor([
            [1, 2, 0],
            [2, 1, 0],
            [0, 0, 1],
          ]),
        )
        .dataSync(),
    );
    expect(y).toEqual([NaN, 0, 0, NaN, NaN, 0, NaN, NaN, NaN]);
  });

  it('refuses shapes and options that do not fit', () => {
    expect(() => ops.inv(tensor([1, 2]))).toThrow(/ops.inv: expected matrices/);
    expect(() => ops.det(ops.zeros([2, 3]))).toThrow(/square matrices, got the shape \[2, 3\]/);
    expect(() => ops.solve(ops.eye(2), ops.zeros([3]))).toThrow(/\[2\] or \[2, k\], got \[3\]/);
    expect(() => ops.qr(ops.eye(2), 'raw' as never)).toThrow(/'reduced' or 'complete'/);
    expect(() => ops.lstsq(ops.zeros([1, 2, 2]), ops.zeros([2]))).toThrow(/one matrix/);
    expect(() => ops.norm(ops.zeros([2, 2, 2]), { ord: 1 })).toThrow(/one axis, or two/);
    expect(() => ops.norm(ops.zeros([2]), { ord: 'nuc' })).toThrow(/norm of matrices/);
    expect(() => ops.norm(ops.zeros([2, 2]), { ord: 3 })).toThrow(/'fro', 'nuc'/);
  });
});

describe('what the derivatives of decompositions need', () => {
  const x = () => tensor([2, 1, 0, 1, 3, 1, 0, 1, 4], [3, 3]);
  const loops = (...results: Tensor[]) =>
    topologicalOrder(simplify(results.map((t) => t.node))).filter((n) => n.op === 'scan').length;

  // One loop eliminates or factors, each substitution is another.
  const table: [string, () => Tensor | readonly Tensor[], number][] = [
    ['det', () => ops.det(x()), 1],
    ['slogdet', () => ops.slogdet(x()), 1],
    ['luFactor', () => ops.luFactor(x()), 1],
    ['solve', () => ops.solve(x(), [1, 2, 3]), 3],
    ['cholesky', () => ops.cholesky(x()), 1],
    ['solveTriangular', () => ops.solveTriangular(x(), [1, 2, 3]), 1],
    ['qr', () => ops.qr(x()), 2],
  ];
  it.each(table)('is not computed where %s alone is asked for', (_, run, expected) => {
    expect(loops(...([run()].flat() as Tensor[]))).toBe(expected);
  });

  it('is there for the gradient', () => {
    const a = x();
    expect(loops(gradient(ops.det(a), [a])[0]!)).toBeGreaterThan(1);
  });
});
