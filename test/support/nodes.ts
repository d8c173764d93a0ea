import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { zeros } from '../../src/transform/gradient-parts.ts';

/** A node that a test feeds. */
export const input = (shape: readonly number[]): Node<'input'> =>
  node('input', [], { name: 'x', shape, dtype: 'float32' }) as Node<'input'>;

/** max(x, 0); NaN stays NaN. */
export const relu = (x: Node): Node => node('select', [node('le', [x, zeros(x.shape)], {}), zeros(x.shape), x], {});

/** The sum of all elements. */
export const total = (x: Node): Node => node('reduceSum', [x], { axes: x.shape.map((_, i) => i) });
