import { describe, expect, it } from 'vitest';
import { scheduleGraph, transformGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import type { Values } from '../../src/runtime/reference/values.ts';
import type { FuzzGraph } from '../support/fuzz-graph.ts';
import { difference, equalBits, equalValues, makeTargets, runCompiled, runDefined } from '../support/fuzz-run.ts';
import { Rng } from '../support/rng.ts';

/** Sizes at which kernels are cut into items, blocks, panels and pieces, which small random graphs do not reach. */
type Make = (...inputs: Node[]) => Node;
type Case = readonly [name: string, make: Make, ...shapes: number[][]];

function each(cases: readonly Case[], what: string, test: (make: Make, shapes: readonly number[][]) => void): void {
  for (const [name, make, ...shapes] of cases) it(`${name}: ${what}`, () => test(make, shapes));
}

const GEOMETRY = { strides: [1, 1], dilation: [1, 1], padLow: [1, 1], padHigh: [1, 1], groups: 1 };
const dot: Make = (a, b) => node('dot', [a!, b!], {});
const turned = (x: Node): Node => node('permute', [x], { perm: [1, 0] });
const relu = (x: Node): Node => {
  const zero = node('reshape', [node('constant', [], { value: 0, dtype: 'float32' })], { shape: x.shape.map(() => 1) });
  return node('max', [x, node('broadcast', [zero], { shape: x.shape })], {});
};
const sum =
  (axes: number[]): Make =>
  (x) =>
    node('reduceSum', [x!], { axes });

/** The product of each step's rows with a matrix that all steps share. */
function products(x: Node, w: Node): Node {
  const [length, rows, inner] = x.shape as [number, number, number];
  const slot = (name: string, shape: readonly number[]) => node('input', [], { name, shape, dtype: 'float32' });
  const [slice, constant] = [slot('slice', [rows, inner]), slot('constant', w.shape)];
  const body = { carry: [], slices: [slice], constants: [constant], next: [], stacked: [dot(slice, constant)] };
  return node('pick', [node('scan', [x, w], { body, length, reverse: true })], { index: 0 });
}

const PRODUCTS: readonly Case[] = [
  ['a sum cut into pieces', dot, [130, 600], [600, 1400]],
  ['a packed panel', dot, [300, 128], [128, 300]],
  ['a packed panel, turned', (a, b) => dot(turned(a!), b!), [128, 200], [128, 513]],
  ['a packed panel in a loop', (x, w) => products(x!, w!), [3, 200, 128], [128, 300]],
  ['a turned operand', (a, b) => dot(a!, turned(b!)), [65, 200], [130, 200]],
  ['a batch', (a, b) => relu(dot(a!, b!)), [20, 33, 40], [20, 40, 31]],
  ['a few rows', (a, b) => relu(dot(a!, b!)), [3, 700], [700, 300]],
  ['one column', dot, [500, 300], [300, 1]],
  ['one row', dot, [1, 500], [500, 333]],
  ['few images', (x, f) => relu(node('conv', [x!, f!], GEOMETRY)), [2, 28, 28, 16], [3, 3, 16, 33]],
  ['many images', (x, f) => relu(node('conv', [x!, f!], GEOMETRY)), [17, 9, 9, 8], [3, 3, 8, 40]],
  ['many channels', (x, f) => node('conv', [x!, f!], GEOMETRY), [2, 14, 14, 64], [3, 3, 64, 256]],
  ['groups', (x, f) => node('conv', [x!, f!], { ...GEOMETRY, groups: 4 }), [4, 16, 16, 32], [3, 3, 8, 64]],
  ['each channel alone', (x, f) => node('conv', [x!, f!], { ...GEOMETRY, groups: 33 }), [4, 16, 16, 33], [3, 3, 1, 33]],
  [
    'an input gradient, each channel alone',
    (y, f) => node('convInputGrad', [y!, f!], { ...GEOMETRY, groups: 49, inputSize: [14, 14] }),
    ...[
      [9, 14, 14, 49],
      [3, 3, 1, 49],
    ],
  ],
  [
    'a filter gradient, each channel alone',
    (x, y) => node('convFilterGrad', [x!, y!], { ...GEOMETRY, groups: 49, filterSize: [3, 3] }),
    ...[
      [16, 14, 14, 49],
      [16, 14, 14, 49],
    ],
  ],
  [
    'an input gradient',
    (y, f) => node('convInputGrad', [y!, f!], { ...GEOMETRY, inputSize: [14, 14] }),
    ...[
      [9, 14, 14, 40],
      [3, 3, 24, 40],
    ],
  ],
  [
    'an input gradient of few images',
    (y, f) => node('convInputGrad', [y!, f!], { ...GEOMETRY, strides: [2, 2], inputSize: [28, 28] }),
    ...[
      [2, 14, 14, 40],
      [3, 3, 24, 40],
    ],
  ],
  [
    'a filter gradient',
    (x, y) => node('convFilterGrad', [x!, y!], { ...GEOMETRY, filterSize: [3, 3] }),
    ...[
      [16, 14, 14, 24],
      [16, 14, 14, 40],
    ],
  ],
  [
    'a filter gradient of 9 images',
    (x, y) => node('convFilterGrad', [x!, y!], { ...GEOMETRY, filterSize: [3, 3] }),
    ...[
      [9, 14, 14, 16],
      [9, 14, 14, 33],
    ],
  ],
];

const OTHERS: readonly Case[] = [
  ['a sum of all', sum([0]), [100_003]],
  ['a sum of all, in equal pieces', sum([0, 1]), [96, 1024]],
  ['a sum over rows', sum([0]), [3000, 40]],
  ['a sum over long rows', sum([1]), [40, 3000]],
  ['a sum over outer axes', sum([0, 2]), [7, 64, 200]],
  ['a maximum over rows', (x) => node('reduceMax', [x!], { axes: [0] }), [5000, 17]],
  ['the place of a maximum', (x) => node('argmax', [x!], { axis: 0 }), [20_000]],
  ['a long map', (x, y) => relu(node('add', [x!, y!], {})), [70_001], [70_001]],
  ['a transposition', (x) => node('reshape', [turned(x!)], { shape: [300 * 517] }), [300, 517]],
  ['a running sum', (x) => node('cumulative', [x!], { kind: 'sum', axis: 0, reverse: true }), [300, 50]],
  ['windows', (x) => node('windowReduce', [x!], WINDOW), [8, 28, 28, 33]],
  ['gradients of windows', (x, y) => maxGrad(x!, y!), [8, 28, 28, 33], [8, 14, 14, 33]],
];
const ROWS: readonly Case[] = [
  ['a softmax of long rows', (x) => softmax(x!), [40, 203]],
  ['long rows, brought to mean 0 and variance 1', (x, g) => standardized(x!, g!), [32, 1000], [1000]],
  ['masks from pass to pass', (x) => aboveMean(x!), [48, 77]],
];
const WINDOW = {
  window: [1, 2, 2, 1],
  strides: [1, 2, 2, 1],
  padLow: [0, 0, 0, 0],
  padHigh: [0, 0, 0, 0],
  kind: 'max',
} as const;

/** One value a row, in every column. */
function along(x: Node, shape: readonly number[]): Node {
  return node('broadcast', [node('reshape', [x], { shape: [shape[0]!, 1] })], { shape });
}

function softmax(x: Node): Node {
  const top = node('reduceMax', [x], { axes: [1] });
  const e = node('exp', [node('sub', [x, along(top, x.shape)], {})], {});
  return node('div', [e, along(node('reduceSum', [e], { axes: [1] }), x.shape)], {});
}

function mean(x: Node): Node {
  const count = node('constant', [], { value: x.shape[1]!, dtype: 'float32' });
  const counts = node('broadcast', [node('reshape', [count], { shape: [1] })], { shape: [x.shape[0]!] });
  return along(node('div', [node('reduceSum', [x], { axes: [1] }), counts], {}), x.shape);
}

function standardized(x: Node, scale: Node): Node {
  const centred = node('sub', [x, mean(x)], {});
  const deviation = node('sqrt', [mean(node('mul', [centred, centred], {}))], {});
  const wide = node('broadcast', [node('reshape', [scale], { shape: [1, x.shape[1]!] })], { shape: x.shape });
  return node('mul', [node('div', [centred, deviation], {}), wide], {});
}

/** What is above a row's mean, and else the row's greatest element, over the sum of it all. */
function aboveMean(x: Node): Node {
  const isBelow = node('le', [x, mean(x)], {});
  const kept = node('select', [isBelow, along(node('reduceMax', [x], { axes: [1] }), x.shape), x], {});
  const total = along(node('reduceSum', [kept], { axes: [1] }), x.shape);
  return node('select', [isBelow, total, kept], {});
}

function maxGrad(x: Node, dy: Node): Node {
  const { kind: _, ...geometry } = WINDOW;
  return node('windowPut', [node('windowArgmax', [x], geometry), dy], { ...geometry, shape: x.shape });
}

function graphOf(make: Make, shapes: readonly number[][], value: () => number): FuzzGraph {
  const inputs = shapes.map((shape, i) => node('input', [], { name: `x${i}`, shape, dtype: 'float32' }));
  const data = shapes.map((shape) => Float32Array.from({ length: sizeOf(shape) }, value));
  const bind = new Map(inputs.map((n, i) => [n, data[i]!]));
  return { inputs, outputs: [make(...inputs)], updates: [], bind, boundOf: () => 0 };
}

/** What a graph gives in double precision where its inputs are changed one by one. */
function precisely(g: FuzzGraph, change: (x: number) => number): Values {
  const bind = new Map([...g.bind].map(([n, data]) => [n, data.map(change)]));
  return runDefined({ ...g, bind }, 1, 'float64')[0]![0]!;
}

const fast = makeTargets(false, { threads: 2 }).filter((t) => t.name !== 'reference');
const strict = makeTargets(true, { threads: 2 }).filter((t) => t.name !== 'reference');
const reference = makeTargets(true).filter((t) => t.name === 'reference');
const slow = process.env.OLIFANT_LONG === '1';

describe('large kernels', () => {
  each([...PRODUCTS, ...OTHERS], 'integers are exact', (make, shapes) => {
    const r = new Rng();
    const g = graphOf(make, shapes, () => r.int(-4, 4));
    const expected = runDefined(g, 1, 'float32');
    for (const target of fast) {
      const d = difference(g, runCompiled(target, g, 1), expected, equalValues);
      expect(d, target.name).toBeUndefined();
    }
  });

  each(PRODUCTS, 'within 2 gamma_n sum |ab|', (make, shapes) => {
    const r = new Rng();
    const g = graphOf(make, shapes, () => r.float(-1, 1));
    const terms = Array.from(precisely(g, () => 1)).reduce((most, n) => Math.max(most, n), 0);
    const unit = 2 ** -24;
    const gamma = (terms * unit) / (1 - terms * unit);
    const expected = precisely(g, (x) => x);
    const scale = precisely(g, Math.abs);
    for (const target of fast) {
      const got = runCompiled(target, g, 1)[0]![0]!;
      for (let i = 0; i < got.length; i++) {
        const off = Math.abs(got[i]! - expected[i]!);
        if (!(off <= 2 * gamma * scale[i]!)) expect.fail(`${target.name}, element ${i}: ${got[i]}, not ${expected[i]}`);
      }
    }
  });

  each(ROWS, 'near the values in double precision', (make, shapes) => {
    const r = new Rng();
    const g = graphOf(make, shapes, () => r.float(-1, 1));
    const expected = precisely(g, (x) => x);
    const top = Math.max(...Array.from(expected, (x) => Math.abs(x)));
    for (const target of fast) {
      const program = scheduleGraph(transformGraph(g), target.facts);
      expect(program.kernels.map((k) => k.name.split(' ')[0])).toEqual(['rows']);
      const got = runCompiled(target, g, 1)[0]![0]!;
      for (let i = 0; i < got.length; i++) {
        if (!(Math.abs(got[i]! - expected[i]!) <= 1e-5 * top))
          expect.fail(`${target.name}, element ${i}: ${got[i]}, not ${expected[i]}`);
      }
    }
  });

  each([...PRODUCTS, ...ROWS, ...OTHERS], 'strict bits are equal', (make, shapes) => {
    const r = new Rng();
    const g = graphOf(make, shapes, () => r.float(-1, 1));
    const targets = slow ? [...reference, ...strict] : strict;
    const first = runCompiled(targets[0]!, g, 1);
    for (const target of targets.slice(1)) {
      const d = difference(g, runCompiled(target, g, 1), first, equalBits);
      expect(d, `${target.name} and ${targets[0]!.name}`).toBeUndefined();
    }
  });
});
