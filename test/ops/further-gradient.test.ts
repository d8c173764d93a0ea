import { describe, it } from 'vitest';
import type { Node } from '../../src/graph/node.ts';
import * as ops from '../../src/ops/index.ts';
import { Tensor, tensor } from '../../src/trace/index.ts';
import { checkGradient, operand } from '../support/gradcheck.ts';
import { Rng } from '../support/rng.ts';

const ids = tensor([0, 2, 2, 0, 5, -1], undefined, 'int32');
const rows = tensor([[2], [0], [2]], undefined, 'int32');

/** What has no reference in JAX's own gradients, or is put together of parts that have. */
const CASES: Record<
  string,
  { shapes: number[][]; f: (...x: Tensor[]) => Tensor | Tensor[]; low?: number; high?: number }
> = {
  segmentMax: {
    shapes: [[6, 2]],
    f: (x) => ops.getItem(ops.segmentMax(x!, ids, 3), tensor([0, 2], undefined, 'int32')),
  },
  segmentMin: {
    shapes: [[6, 2]],
    f: (x) => ops.getItem(ops.segmentMin(x!, ids, 3), tensor([0, 2], undefined, 'int32')),
  },
  segmentProd: { shapes: [[6, 2]], f: (x) => ops.segmentProd(x!, ids, 4) },
  'scatterUpdate max': {
    shapes: [
      [4, 2],
      [3, 2],
    ],
    f: (x, u) => ops.scatterUpdate(x!, rows, u!, { reduction: 'max' }),
  },
  'scatterUpdate min': {
    shapes: [
      [4, 2],
      [3, 2],
    ],
    f: (x, u) => ops.scatterUpdate(x!, rows, u!, { reduction: 'min' }),
  },
  'scatterUpdate mul': {
    shapes: [
      [4, 2],
      [3, 2],
    ],
    f: (x, u) => ops.scatterUpdate(x!, rows, u!, { reduction: 'mul' }),
  },
  scatterUpdate: {
    shapes: [
      [4, 2],
      [3, 2],
    ],
    f: (x, u) => ops.scatterUpdate(x!, rows, u!),
  },
  getItem: {
    shapes: [[4, 5]],
    f: (x) =>
      ops.getItem(x!, [
        { start: 3, step: -2 },
        { start: 1, stop: -1, step: 2 },
      ]),
  },
  'sliceUpdate at a place in a tensor': {
    shapes: [
      [4, 5],
      [2, 2],
    ],
    f: (x, u) => ops.sliceUpdate(x!, tensor([1, 9], undefined, 'int32'), u!),
  },
  nanquantile: { shapes: [[3, 5]], f: (x) => ops.nanquantile(x!, [0.2, 0.9], { axis: 1 }) },
  cbrt: { shapes: [[7]], f: (x) => ops.cbrt(x!), low: 0.2, high: 9 },
  i0: { shapes: [[7]], f: (x) => ops.i0(x!), low: -3, high: 3 },
  vectorize: {
    shapes: [[3, 1], [4]],
    f: (x, y) => ops.vectorize((a: Tensor, b: Tensor) => ops.multiply(a, ops.exp(b)))(x!, y!),
  },
  foriLoop: {
    shapes: [[3]],
    f: (x) => ops.foriLoop(0, 4, (_, v: Tensor) => ops.sin(ops.multiply(v, x!)), x!) as Tensor,
  },
  'whileLoop with an end that depends on data': {
    shapes: [[3]],
    f: (x) =>
      ops.whileLoop(
        (v: Tensor) => ops.less(ops.sum(v), 50),
        (v: Tensor) => ops.square(ops.add(v, 1)),
        x!,
        {
          maximumIterations: 4,
        },
      ) as Tensor,
    low: 0.5,
    high: 1,
  },
  cond: {
    shapes: [[3]],
    f: (x) =>
      ops.cond(
        ops.less(ops.sum(x!), 100),
        () => ops.square(x!),
        () => ops.log(ops.negative(x!)),
      ),
  },
  associativeScan: {
    shapes: [[7]],
    f: (x) => ops.associativeScan((a: Tensor, b: Tensor) => ops.multiply(a, b), x!) as Tensor,
  },
};

describe('gradients agree with central differences', () => {
  const r = new Rng();
  for (const [name, { shapes, f, low, high }] of Object.entries(CASES))
    it(`${name} (seed ${r.seed})`, () => {
      const nodes = (...x: Node[]) => [f(...x.map((n) => new Tensor(n)))].flat().map((t) => t.node);
      checkGradient(
        nodes,
        shapes.map((s) => operand(r, s, low, high)),
        { tolerance: 1e-4 },
      );
    });
});
