import { describe, expect, it } from 'vitest';
import { transformGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { ConvAttrs, Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { topologicalOrder } from '../../src/graph/structure.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import type { Target } from '../../src/targets/target.ts';
import { decompose } from '../../src/transform/decompose.ts';
import { minimalFiltering } from '../../src/transform/minimal-filtering.ts';
import { winograd } from '../../src/transform/winograd.ts';
import { targets } from '../support/each-target.ts';
import { input } from '../support/nodes.ts';
import { Rng } from '../support/rng.ts';
import { runGraph } from '../support/run-graph.ts';

const PRODUCTS = ['conv', 'convInputGrad', 'convFilterGrad'];
const isLeft = (outputs: readonly Node[]) => topologicalOrder(outputs).some((n) => PRODUCTS.includes(n.op));

interface Case {
  readonly image: readonly [number, number, number];
  readonly channels: readonly [number, number];
  readonly filter: number;
  readonly low: readonly [number, number];
  readonly high: readonly [number, number];
}

/** The three directions of a convolution, each with its operands. */
function directions({ image, channels, filter, low, high }: Case): [Node, readonly Node<'input'>[]][] {
  const [n, h, w] = image;
  const [c, k] = channels;
  const attrs: ConvAttrs = { strides: [1, 1], padLow: low, padHigh: high, dilation: [1, 1], groups: 1 };
  const out = [h + low[0] + high[0] - filter + 1, w + low[1] + high[1] - filter + 1];
  const [x, f, dy] = [input([n, h, w, c]), input([filter, filter, c, k]), input([n, ...out, k])];
  return [
    [node('conv', [x, f], attrs), [x, f]],
    [node('convInputGrad', [dy, f], { ...attrs, inputSize: [h, w] }), [dy, f]],
    [node('convFilterGrad', [x, dy], { ...attrs, filterSize: [filter, filter] }), [x, dy]],
  ];
}

const CASES: readonly Case[] = [
  { image: [2, 8, 8], channels: [32, 33], filter: 3, low: [1, 1], high: [1, 1] },
  { image: [1, 9, 7], channels: [33, 32], filter: 3, low: [0, 1], high: [2, 0] },
  { image: [3, 6, 11], channels: [32, 32], filter: 3, low: [0, 0], high: [0, 0] },
  { image: [64, 4, 4], channels: [32, 40], filter: 3, low: [1, 1], high: [1, 1] },
  { image: [2, 10, 12], channels: [32, 32], filter: 5, low: [2, 2], high: [2, 2] },
  { image: [33, 8, 8], channels: [32, 32], filter: 5, low: [0, 0], high: [0, 0] },
  { image: [1, 64, 32], channels: [48, 32], filter: 3, low: [1, 1], high: [1, 1] },
];

const name = (c: Case) => `${c.image} x ${c.channels}, ${c.filter} x ${c.filter}, padding ${c.low} and ${c.high}`;

describe('minimal filtering', () => {
  const points = [0, 1, -1, 2, -2, 0.5, -0.5];
  for (const [m, r] of [
    [1, 2],
    [2, 3],
    [3, 2],
    [4, 3],
    [2, 5],
    [5, 2],
    [3, 4],
  ] as const) {
    it(`gives ${m} results of ${r} taps (seed ${new Rng().seed})`, () => {
      const rng = new Rng();
      const { at, g, bt } = minimalFiltering(m, r, points.slice(0, m + r - 2));
      const x = Array.from({ length: m + r - 1 }, () => rng.float(-1, 1));
      const f = Array.from({ length: r }, () => rng.float(-1, 1));
      const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, v, i) => s + v * b[i]!, 0);
      const products = bt.map((row, i) => dot(row, x) * dot(g[i]!, f));
      at.forEach((row, i) => {
        expect(dot(row, products)).toBeCloseTo(dot(f, x.slice(i, i + r)), 12);
      });
    });
  }
});

describe('convolutions by minimal filtering', () => {
  for (const c of CASES) {
    it(`are the same numbers: ${name(c)} (seed ${new Rng().seed})`, () => {
      const r = new Rng();
      let rewritten = 0;
      for (const [direct, operands] of directions(c)) {
        const [other] = winograd([direct]);
        if (!isLeft([other!])) rewritten++;
        checkGraph([other!]);
        expect(other!.shape).toEqual(direct.shape);
        const bind = new Map(
          operands.map((n) => [n, Float64Array.from({ length: sizeOf(n.shape) }, () => r.float(-1, 1))]),
        );
        const [a, b] = [direct, other!].map((n) => Array.from(evaluateGraph([n], bind, { precision: 'float64' })[0]!));
        const largest = a!.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
        const worst = a!.reduce((m, v, i) => Math.max(m, Math.abs(v - b![i]!)), 0);
        expect(worst / largest, direct.op).toBeLessThan(1e-13);
      }
      expect(rewritten).toBeGreaterThanOrEqual(2);
    });
  }

  it(`keep the bound of a sum in any order, on every target (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (const c of [CASES[0]!, CASES[3]!, CASES[4]!, CASES[5]!]) {
      for (const [direct, operands] of directions(c)) {
        const bind = new Map(
          operands.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, () => r.float(-1, 1))]),
        );
        const sizes = new Map([...bind].map(([n, v]) => [n, v.map(Math.abs)]));
        const inDouble = new Map([...bind].map(([n, v]) => [n, Float64Array.from(v)]));
        const exact = Array.from(evaluateGraph([direct], inDouble, { precision: 'float64' })[0]!);
        const largest = Array.from(evaluateGraph([direct], sizes)[0]!).reduce((m, v) => Math.max(m, v), 0);
        // gamma_n of the definition's sum, of terms as large as any of the tile: pixels share in their neighbours' results.
        const terms = operands[1]!.shape.slice(0, 3);
        const bound = 2 * sizeOf(terms) * 2 ** -24 * largest;
        for (const target of targets()) {
          const [got] = runGraph(target, winograd([direct]), bind);
          const worst = exact.reduce((m, v, i) => Math.max(m, Math.abs(v - got![i]!)), 0);
          expect(worst, `${target.name} ${direct.op} ${name(c)}`).toBeLessThan(bound);
        }
      }
    }
  });

  it(`are more exact for 3 x 3, and less by a few times for 5 x 5 (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (const [filter, most] of [
      [3, 1],
      [5, 4],
    ] as const) {
      const image = [2, 12, 12] as const;
      const [[direct, operands]] = directions({ image, channels: [64, 32], filter, low: [0, 0], high: [0, 0] }) as [
        [Node, readonly Node<'input'>[]],
      ];
      const bind = new Map(
        operands.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, () => r.float(-1, 1))]),
      );
      const inDouble = new Map([...bind].map(([n, v]) => [n, Float64Array.from(v)]));
      const exact = Array.from(evaluateGraph([direct], inDouble, { precision: 'float64' })[0]!);
      const error = (target: Target, outputs: readonly Node[]) => {
        const [got] = runGraph(target, outputs, bind);
        return Math.hypot(...exact.map((v, i) => v - got![i]!));
      };
      for (const target of targets()) {
        const ratio = error(target, winograd([direct])) / error(target, [direct]);
        expect(ratio, `${target.name}, ${filter} x ${filter}`).toBeLessThan(most);
      }
    }
  });

  it('are as they were where sums must keep their order', () => {
    const [[direct, inputs]] = directions(CASES[0]!) as [[Node, readonly Node<'input'>[]]];
    const fn = { inputs, outputs: [direct], updates: [] };
    expect(isLeft(transformGraph(fn, { fma: true }).outputs)).toBe(false);
    expect(isLeft(transformGraph(fn, { fma: false }).outputs)).toBe(true);
    expect(isLeft(transformGraph(fn).outputs)).toBe(true);
  });

  const attrs: ConvAttrs = { strides: [1, 1], padLow: [1, 1], padHigh: [1, 1], dilation: [1, 1], groups: 1 };
  const others: [string, readonly number[], readonly number[], Partial<ConvAttrs>][] = [
    ['strides', [2, 16, 16, 32], [3, 3, 32, 32], { strides: [2, 2] }],
    ['spaced taps', [2, 16, 16, 32], [3, 3, 32, 32], { dilation: [2, 2] }],
    ['groups', [2, 16, 16, 64], [3, 3, 32, 64], { groups: 2 }],
    ['few channels', [2, 16, 16, 3], [3, 3, 3, 64], {}],
    ['few filters', [2, 16, 16, 64], [3, 3, 64, 8], {}],
    ['one pixel', [2, 1, 1, 64], [3, 3, 64, 64], {}],
    ['a filter that is not square', [2, 16, 16, 32], [3, 1, 32, 32], { padLow: [1, 0], padHigh: [1, 0] }],
    ['other sizes', [2, 16, 16, 32], [2, 2, 32, 32], {}],
    ['one axis', [2, 16, 32], [3, 32, 32], { strides: [1], padLow: [1], padHigh: [1], dilation: [1] }],
    ['filters that no cache holds', [1, 16, 16, 512], [3, 3, 512, 512], {}],
    ['rows of tiles that no cache holds', [1, 8, 600, 256], [3, 3, 256, 256], {}],
    ['more items than calls are joined for', [64, 224, 224, 32], [3, 3, 32, 32], {}],
    ['no images', [0, 16, 16, 32], [3, 3, 32, 32], {}],
  ];
  for (const [what, x, filter, change] of others) {
    it(`are not made of ${what}`, () => {
      const conv = node('conv', [input(x), input(filter)], { ...attrs, ...change });
      const [same] = winograd([conv]);
      expect(same).toBe(conv);
      expect(isLeft(decompose([same!]))).toBe(true);
    });
  }
});
