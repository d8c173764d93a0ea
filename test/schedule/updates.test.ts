import { afterAll, describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import type { FuzzGraph } from '../support/fuzz-graph.ts';
import { difference, equalBits, makeTarget, makeTargets, runCompiled, runDefined } from '../support/fuzz-run.ts';
import { Rng } from '../support/rng.ts';
import { ShuffledTarget } from '../support/shuffled-target.ts';

const facts = { lanes: 16, registers: 32, fma: false };
const targets = [...makeTargets(false, { threads: 2 }), new ShuffledTarget(new Rng(), facts)];
afterAll(() => {
  for (const target of targets) target.dispose();
});

type Variable = Node<'input'>;
interface Step {
  readonly outputs?: readonly Node[];
  readonly updates: readonly (readonly [target: Variable, value: Node])[];
}

const variable = (name: string, shape: readonly number[]): Variable =>
  node('input', [], { name, shape, dtype: 'float32' });
const add = (a: Node, b: Node) => node('add', [a, b], {});
const turned = (x: Node) => node('permute', [x], { perm: [1, 0] });
const reversed = (x: Node) => node('reverse', [x], { axes: [0] });
const total = (x: Node) => node('reduceSum', [x], { axes: x.shape.map((_, i) => i) });
const spread = (x: Node, shape: readonly number[]) =>
  node('broadcast', [node('reshape', [x], { shape: shape.map(() => 1) })], { shape });
const dot = (a: Node, b: Node) => node('dot', [a, b], {});

/** Runs a step three times on every target; small integers, so that every order of sums is exact. */
function expectDefined(inputs: readonly Variable[], { outputs = [], updates }: Step): void {
  const r = new Rng();
  const bind = new Map<Variable, TypedArray>(
    inputs.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, () => r.int(-3, 3))]),
  );
  const changes = updates.map(([target, value]) => ({ target, value }));
  const g: FuzzGraph = { inputs, outputs, updates: changes, bind, boundOf: () => 0 };
  const expected = runDefined(g, 3, 'float32');
  for (const target of targets) expect(difference(g, runCompiled(target, g, 3), expected, equalBits)).toBeUndefined();
}

describe('updates see every variable as it was before the run', () => {
  for (const n of [1, 15, 16, 17, 33]) {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => variable(name, [n])) as [Variable, Variable, Variable];
    const [p, q] = ['p', 'q'].map((name) => variable(name, [n, n])) as [Variable, Variable];

    it(`swaps and rotates, ${n} elements`, () => {
      expectDefined([a, b], {
        updates: [
          [a, b],
          [b, a],
        ],
      });
      expectDefined([a, b, c], {
        updates: [
          [a, b],
          [b, c],
          [c, a],
        ],
      });
      expectDefined([a, b], {
        updates: [
          [a, add(a, b)],
          [b, add(a, a)],
        ],
      });
    });

    it(`takes views of itself, ${n} elements`, () => {
      expectDefined([a], { updates: [[a, reversed(a)]] });
      expectDefined([p], { updates: [[p, turned(p)]] });
      expectDefined([p, q], {
        updates: [
          [p, add(p, turned(p))],
          [q, add(turned(p), reversed(q))],
        ],
      });
      expectDefined([a, b], {
        updates: [
          [a, reversed(b)],
          [b, reversed(a)],
        ],
      });
    });

    it(`reads the old value elsewhere, ${n} elements`, () => {
      expectDefined([a, b], { outputs: [total(a)], updates: [[a, add(a, b)]] });
      expectDefined([a, b], { outputs: [a, a], updates: [[a, add(a, b)]] });
      expectDefined([a, b], {
        outputs: [add(a, b)],
        updates: [
          [a, b],
          [b, spread(total(a), [n])],
        ],
      });
      expectDefined([a], { updates: [[a, add(a, spread(total(a), [n]))]] });
    });

    it(`multiplies by itself, ${n} x ${n}`, () => {
      const small = (x: Node) => node('sign', [x], {});
      expectDefined([p, q], {
        updates: [
          [p, small(dot(p, q))],
          [q, small(dot(turned(p), q))],
        ],
      });
      expectDefined([p], { outputs: [dot(p, p)], updates: [[p, small(dot(p, turned(p)))]] });
    });

    it(`stores one value in several variables, ${n} elements`, () => {
      const sum = add(a, b);
      expectDefined([a, b, c], {
        outputs: [sum, sum],
        updates: [
          [a, sum],
          [b, sum],
          [c, sum],
        ],
      });
      expectDefined([a, b, c], {
        updates: [
          [a, c],
          [b, c],
          [c, a],
        ],
      });
      expectDefined([a], { outputs: [spread(total(a), [n])], updates: [[a, a]] });
    });

    it(`updates what it gathers from and scatters into, ${n} elements`, () => {
      const data = Int32Array.from({ length: n }, (_, i) => (i * 7) % n);
      const places = node('literal', [], { data, shape: [n], dtype: 'int32' });
      expectDefined([a, b], { updates: [[a, node('gather', [a, places], { axis: 0 })]] });
      expectDefined([a, b], {
        updates: [
          [a, node('scatterAdd', [a, places, b], { axis: 0 })],
          [b, reversed(a)],
        ],
      });
      expectDefined([a], {
        updates: [[a, node('cumulative', [reversed(a)], { kind: 'max', axis: 0, reverse: true })]],
      });
    });
  }
});

describe('found by random graphs', () => {
  const strict = makeTarget('reference', true)!;
  const compare = (inputs: readonly Variable[], outputs: readonly Node[], bind: FuzzGraph['bind']) => {
    const g: FuzzGraph = { inputs, outputs, updates: [], bind, boundOf: () => 0 };
    for (const target of [strict, ...targets])
      expect(difference(g, runCompiled(target, g, 1), runDefined(g, 1, 'float32'), equalBits)).toBeUndefined();
  };
  const ones = (shape: readonly number[]) => spread(node('constant', [], { value: 1, dtype: 'float32' }), shape);

  it('multiplies constants', () => {
    const x = variable('x', [31, 16]);
    const bind = new Map([[x, new Float32Array(31 * 16).fill(2)]]);
    compare([x], [dot(ones([16, 31]), x), dot(x, ones([16, 1])), dot(x, ones([16, 33]))], bind);
  });

  it('makes a key of random bits in a kernel of its own', () => {
    const x = variable('x', [2]);
    const key = node('cast', [x], { dtype: 'int32' });
    const iota = node('reverse', [node('iota', [], { shape: [2], axis: 0 })], { axes: [0] });
    const outputs = [[], [2], [2, 2], [4, 3]].flatMap((shape) =>
      [key, iota].map((k) => node('randomBits', [k], { shape })),
    );
    compare([x], outputs, new Map([[x, Float32Array.of(6, 7)]]));
  });

  it('writes zeros where a gradient has no rows', () => {
    const [dy, f] = [variable('dy', [2, 4, 0, 0, 4]), variable('f', [2, 2, 2, 1, 4])];
    const geometry = { strides: [1, 1, 1], dilation: [1, 1, 1], padLow: [0, 0, 0], padHigh: [1, 0, 0], groups: 2 };
    const gradient = node('convInputGrad', [dy, f], { ...geometry, inputSize: [4, 1, 1] });
    const one = add(gradient, ones(gradient.shape));
    compare(
      [dy, f],
      [gradient, one],
      new Map([
        [dy, new Float32Array(0)],
        [f, new Float32Array(32).fill(3)],
      ]),
    );
  });
});
