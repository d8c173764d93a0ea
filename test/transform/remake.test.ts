import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { nodesOf } from '../../src/graph/order.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { checkGraph } from '../../src/graph/spec.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { zeros } from '../../src/transform/gradient-parts.ts';
import { remake } from '../../src/transform/remake.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { input, relu, total } from '../support/nodes.ts';
import { randomGraph } from '../support/random-graph.ts';
import { Rng } from '../support/rng.ts';

const CONV = { strides: [1, 1], padLow: [1, 1], padHigh: [1, 1], dilation: [1, 1], groups: 1 };
const over = (x: Node, shape: readonly number[]) =>
  node('broadcast', [node('reshape', [x], { shape: [1, 1, 1, x.shape[0]!] })], { shape });
const scaled = (x: Node, shape: readonly number[]) =>
  node('broadcast', [node('reshape', [x], { shape: shape.map(() => 1) })], { shape });
const count = (outputs: readonly Node[], op: string) => nodesOf(outputs).filter((n) => n.op === op).length;

/** The channels of `x` times their sums over the batch. */
const weighed = (x: Node) => node('mul', [x, over(node('reduceSum', [x], { axes: [0, 1, 2] }), x.shape)], {});

/** A convolution, weighed and rectified, then `last` of that and of weights, weighed; the loss and all gradients. */
function normalized(
  weights: readonly (readonly number[])[],
  last: (x: Node, weights: readonly Node[]) => Node,
): { inputs: Node<'input'>[]; outputs: Node[] } {
  const inputs = [[4, 6, 6, 5], [3, 3, 5, 3], ...weights].map(input);
  const [x, filter, ...others] = inputs as [Node, Node, ...Node[]];
  const top = weighed(last(relu(weighed(node('conv', [x, filter], CONV))), others));
  const loss = total(node('mul', [top, node('mul', [top, top], {})], {}));
  return { inputs, outputs: simplify([loss, ...gradient(loss, inputs)]) };
}

function values(inputs: readonly Node[], outputs: readonly Node[]): unknown[] {
  const r = new Rng(7);
  const bind = new Map(inputs.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, () => r.float(-1, 1))]));
  return evaluateGraph(outputs, bind).map((v) => Array.from(v));
}

describe('remake', () => {
  it('makes the result of a normalization again, from the convolution that is kept anyway', () => {
    const { inputs, outputs } = normalized([[3, 3, 3, 2]], (x, [w]) => node('conv', [x, w!], CONV));
    const made = remake(outputs, 0);
    checkGraph(made);
    expect(count(made, 'conv')).toBe(count(outputs, 'conv'));
    expect(count(made, 'mul')).toBe(count(outputs, 'mul') + 1);
    expect(values(inputs, made)).toEqual(values(inputs, outputs));
  });

  it('makes a depthwise convolution again, and its operand', () => {
    const shapes = [
      [3, 3, 1, 3],
      [5, 5, 3, 2],
    ];
    const { inputs, outputs } = normalized(shapes, (x, [taps, w]) => {
      return node('conv', [node('conv', [x, taps!], { ...CONV, groups: 3 }), w!], {
        ...CONV,
        padLow: [2, 2],
        padHigh: [2, 2],
      });
    });
    const made = remake(outputs, 0);
    checkGraph(made);
    expect(count(made, 'conv')).toBe(count(outputs, 'conv') + 1);
    expect(values(inputs, made)).toEqual(values(inputs, outputs));
  });

  it('keeps small tensors, functions that take long, and what nothing sums in between', () => {
    const { outputs } = normalized([[3, 3, 3, 2]], (x, [w]) => node('conv', [x, w!], CONV));
    expect(remake(outputs)).toEqual(outputs);
    const costly = normalized([[3, 3, 3, 2]], (x, [w]) => node('conv', [node('exp', [x], {}), w!], CONV)).outputs;
    expect(count(remake(costly, 0), 'exp')).toBe(count(costly, 'exp'));
    const x = input([4, 8]);
    const y = relu(node('add', [x, x], {}));
    const apart = [node('mul', [y, y], {}), node('add', [y, zeros(y.shape)], {})];
    expect(remake(apart, 0)).toEqual(apart);
  });

  it(`changes no bit of random graphs (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    let changed = 0;
    for (let i = 0; i < 300; i++) {
      const { inputs, outputs: ends } = randomGraph(r, 'any', 30);
      // Everything is read again after a sum of all.
      const later = node('broadcast', [node('reshape', [total(ends[0]!)], { shape: [1] })], { shape: [1] });
      const all = nodesOf(ends).filter((n) => n.dtype === 'float32' && n.shape.length > 0 && sizeOf(n.shape) > 0);
      const outputs = all.slice(-4).map((n) => node('mul', [n, scaled(later, n.shape)], {}));
      const made = remake(outputs, 0);
      checkGraph(made);
      if (made.some((n, k) => n !== outputs[k])) changed++;
      expect(values(inputs, made)).toEqual(values(inputs, outputs));
    }
    expect(changed).toBeGreaterThan(0);
  });
});
