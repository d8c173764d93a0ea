import { expect } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { showShape, sizeOf } from '../../src/graph/shape.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { Rng } from './rng.ts';

/** The point at which a gradient is checked: one float32 operand. */
export interface Operand {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** A random operand with values in [low, high]. */
export function operand(r: Rng, shape: readonly number[], low = -2, high = 2): Operand {
  return { shape, values: Array.from({ length: sizeOf(shape) }, () => r.float(low, high)) };
}

/**
 * Compares the (simplified) gradient of a random weighting of the outputs of `f` with central differences, in double precision:
 * |g - d| <= tolerance * max(1, |d|) for each element of each operand.
 */
export function checkGradient(
  f: (...inputs: Node[]) => Node | Node[],
  operands: readonly Operand[],
  { tolerance = 1e-5, step = 1e-5, seed = 7 } = {},
): void {
  const inputs = operands.map((o, i) => node('input', [], { name: `x${i}`, shape: o.shape, dtype: 'float32' }));
  const r = new Rng(seed);
  const outputs = [f(...inputs)].flat().filter((y) => y.dtype === 'float32');
  const loss = outputs.map((y) => weighted(y, r)).reduce((a, b) => node('add', [a, b], {}));
  const values = operands.map((o) => Float64Array.from(o.values));
  const bind = new Map<Node, Float64Array>(inputs.map((x, i) => [x, values[i]!]));
  const at = () => evaluateGraph([loss], bind, { precision: 'float64' })[0]![0]!;
  const graph = simplify([loss, ...gradient(loss, inputs)]);
  checkGraph(graph);
  const gradients = evaluateGraph(graph, bind, { precision: 'float64' }).slice(1);
  values.forEach((x, k) => {
    for (let i = 0; i < x.length; i++) {
      const here = x[i]!;
      const h = step * Math.max(1, Math.abs(here));
      x[i] = here + h;
      const above = at();
      x[i] = here - h;
      const below = at();
      x[i] = here;
      const expected = (above - below) / (2 * h);
      const got = gradients[k]![i]!;
      const close = Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected));
      const where = `operand ${k} ${showShape(operands[k]!.shape)}, element ${i}`;
      expect(close, `${where}: gradient ${got}, central difference ${expected}`).toBe(true);
    }
  });
}

function weighted(y: Node, r: Rng): Node {
  const data = Float32Array.from({ length: sizeOf(y.shape) }, () => r.float(-1, 1));
  const weights = node('literal', [], { data, shape: y.shape, dtype: 'float32' });
  return node('reduceSum', [node('mul', [y, weights], {})], { axes: y.shape.map((_, i) => i) });
}
