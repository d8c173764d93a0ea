import { expect, test } from 'vitest';
import { node } from '../../src/graph/build.ts';
import { countFlop } from '../../src/graph/flop.ts';
import type { Node } from '../../src/graph/node.ts';
import { gradient } from '../../src/transform/gradient.ts';

const input = (name: string, ...shape: number[]) => node('input', [], { name, shape, dtype: 'float32' });
const total = (x: Node) => node('reduceSum', [x], { axes: x.shape.map((_, i) => i) });

test('a product of matrices counts a multiplication and an addition for each term', () => {
  const dot = node('dot', [input('a', 3, 4, 5), input('b', 3, 5, 6)], {});
  expect(countFlop([dot])).toBe(2 * 3 * 4 * 5 * 6);
  expect(countFlop([dot, node('neg', [dot], {})])).toBe(2 * 3 * 4 * 5 * 6);
});

test('the gradients of a product cost as much as the product, each', () => {
  const a = input('a', 4, 5);
  const b = input('b', 5, 6);
  const loss = total(node('tanh', [node('dot', [a, b], {})], {}));
  expect(countFlop([loss, ...gradient(loss, [a, b])])).toBe(3 * 2 * 4 * 5 * 6);
});

test('so do those of a convolution', () => {
  const x = input('x', 2, 8, 8, 3);
  const filter = input('filter', 3, 3, 3, 4);
  const geometry = { strides: [1, 1], padLow: [0, 0], padHigh: [0, 0], dilation: [1, 1], groups: 1 };
  const loss = total(node('tanh', [node('conv', [x, filter], geometry)], {}));
  const forward = 2 * (2 * 6 * 6 * 4) * (3 * 3 * 3);
  expect(countFlop([loss])).toBe(forward);
  expect(countFlop([loss, ...gradient(loss, [x, filter])])).toBe(3 * forward);
});
