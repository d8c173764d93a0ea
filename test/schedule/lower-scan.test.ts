import { describe, expect, it } from 'vitest';
import { compileGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { TypedArray } from '../../src/graph/dtype.ts';
import type { Node, ScanBody } from '../../src/graph/node.ts';
import { sameShape } from '../../src/graph/shape.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { simplify } from '../../src/transform/simplify.ts';
import { expectCloseToScale } from '../support/close.ts';
import { expectOnTargets, targets } from '../support/each-target.ts';
import { Operands } from '../support/operands.ts';
import { full } from '../support/random-graph.ts';
import { Rng } from '../support/rng.ts';
import { runGraph, viewBlock } from '../support/run-graph.ts';

const slot = (shape: readonly number[], dtype: 'float32' | 'int32' = 'float32') =>
  node('input', [], { name: 'slot', shape, dtype });

const add = (a: Node, b: Node) => node('add', [a, b], {});
const mul = (a: Node, b: Node) => node('mul', [a, b], {});
const dot = (a: Node, b: Node) => node('dot', [a, b], {});

function picks(loop: Node<'scan'>): Node[] {
  const { next, stacked } = loop.attrs.body;
  return [...next, ...stacked].map((_, index) => node('pick', [loop], { index }));
}

/** int32 steps that mix what they see: every result is exact. */
function randomStep(r: Rng, slots: readonly Node[], steps: number): Node[] {
  const all = [...slots];
  for (let i = 0; i < steps; i++) {
    const x = r.pick(all);
    const y = r.pick(all.filter((n) => sameShape(n.shape, x.shape)));
    const made = r.pick([
      () => add(x, y),
      () => mul(x, y),
      () => node('xor', [x, y], {}),
      () => node('reverse', [x], { axes: r.subset(x.shape.length) }),
      () => node('cumulative', [x], { kind: 'sum', axis: r.int(0, x.shape.length - 1), reverse: false }),
      () => add(x, full(r.int(1, 5), x.shape, 'int32')),
      () => {
        const axis = r.int(0, x.shape.length - 1);
        const kept = x.shape.map((d, k) => (k === axis ? 1 : d));
        const total = node('reduceSum', [x], { axes: [axis] });
        return node('broadcast', [node('reshape', [total], { shape: kept })], { shape: x.shape });
      },
      () => node('gather', [x, node('iota', [], { shape: [x.shape[0]!], axis: 0 })], { axis: 0 }),
    ])();
    all.push(made);
  }
  return all;
}

function randomScan(r: Rng, x: Operands, depth = 0): Node<'scan'> {
  const length = r.pick([0, 1, 2, 5]);
  const shape = [r.pick(depth > 0 ? [1, 3, 17] : [0, 1, 3, 17]), r.pick([1, 4, 16])];
  const some = (n: number) => Array.from({ length: n }, () => slot(shape, 'int32'));
  const [carry, slices, constants] = [some(r.int(1, 3)), some(r.int(0, 2)), some(r.int(0, 1))];
  const all = randomStep(r, [...carry, ...slices, ...constants], r.int(0, 6));
  if (depth > 0) {
    const inner = innerScan(r, all);
    all.push(...picks(inner).filter((p) => sameShape(p.shape, shape)));
  }
  // Nodes may be carried and stacked at the same time, carried as they are, or swapped.
  const body: ScanBody = {
    carry,
    slices,
    constants,
    next: carry.map(() => r.pick(all)),
    stacked: Array.from({ length: r.int(0, 3) }, () => r.pick(all)),
  };
  const operands = [
    ...carry.map(() => x.any(shape, 'int32')),
    ...slices.map(() => x.any([length, ...shape], 'int32')),
    ...constants.map(() => x.any(shape, 'int32')),
  ];
  return node('scan', operands, { body, length, reverse: r.unit() < 0.5 });
}

/** A loop in a loop: over the rows of something that the outer step sees. */
function innerScan(r: Rng, all: readonly Node[]): Node<'scan'> {
  const [outer, rows] = [r.pick(all), r.pick(all)];
  const [length, width] = rows.shape as [number, number];
  const [state, row, whole] = [slot(outer.shape, 'int32'), slot([width], 'int32'), slot(outer.shape, 'int32')];
  const wide = node('broadcast', [node('reshape', [row], { shape: [1, width] })], { shape: outer.shape });
  const next = add(mul(state, wide), whole);
  const last = node('reshape', [node('slice', [next], { start: [0, 0], limit: [1, width], step: [1, 1] })], {
    shape: [width],
  });
  const body: ScanBody = { carry: [state], slices: [row], constants: [whole], next: [next], stacked: [last, next] };
  return node('scan', [outer, rows, r.pick(all)], { body, length, reverse: r.unit() < 0.5 });
}

describe('scan', () => {
  it(`random loops (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (let i = 0; i < 40; i++) {
      const x = new Operands(r);
      const results = picks(randomScan(r, x));
      expectOnTargets([...results, r.pick(results)], x.bind);
    }
  });

  it(`random loops in loops (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (let i = 0; i < 20; i++) {
      const x = new Operands(r);
      expectOnTargets(picks(randomScan(r, x, 1)), x.bind);
    }
  });

  it('results that nobody reads, results read by others', () => {
    const r = new Rng();
    for (let i = 0; i < 20; i++) {
      const x = new Operands(r);
      const results = picks(randomScan(r, x)).filter(() => r.unit() < 0.5);
      const sums = results.map((p) => node('reduceSum', [p], { axes: p.shape.map((_, k) => k) }));
      if (sums.length > 0) expectOnTargets(sums, x.bind);
    }
  });

  it('scans what has no memory', () => {
    const [sum, i] = [slot([], 'int32'), slot([], 'int32')];
    const body: ScanBody = { carry: [sum], slices: [i], constants: [], next: [add(sum, i)], stacked: [sum] };
    const steps = node('iota', [], { shape: [9], axis: 0 });
    const loop = node('scan', [full(0, [], 'int32'), steps], { body, length: 9, reverse: true });
    expectOnTargets(picks(loop), new Map());
  });

  it('keeps constants of the body', () => {
    const x = new Operands(new Rng());
    const state = slot([17], 'int32');
    const data = Int32Array.from({ length: 17 }, (_, k) => k * k);
    const squares = node('literal', [], { data, shape: [17], dtype: 'int32' });
    const body: ScanBody = { carry: [state], slices: [], constants: [], next: [add(state, squares)], stacked: [] };
    expectOnTargets(picks(node('scan', [x.input([17], 'int32')], { body, length: 3, reverse: false })), x.bind);
  });
});

describe('what bodies may contain', () => {
  it('a mask that is read across its rows', () => {
    const x = new Operands(new Rng(), 0.1);
    const [state, row, keep] = [
      slot([17]),
      slot([17]),
      node('input', [], { name: 'keep', shape: [17], dtype: 'bool' }),
    ];
    const next = node('select', [keep, add(state, row), state], {});
    const body: ScanBody = { carry: [state], slices: [row, keep], constants: [], next: [next], stacked: [keep, next] };
    const turned = (n: Node) => node('permute', [n], { perm: [1, 0] });
    const operands = [x.input([17], 'float32'), turned(x.input([17, 5], 'float32')), turned(x.input([17, 5], 'bool'))];
    for (const reverse of [false, true]) {
      expectOnTargets(picks(node('scan', operands, { body, length: 5, reverse })), x.bind);
    }
  });

  it('padded convolutions', () => {
    const x = new Operands(new Rng());
    const [state, frame, filter] = [slot([2, 5, 6, 3]), slot([2, 5, 6, 3]), slot([3, 3, 3, 3])];
    const attrs = { strides: [1, 1], padLow: [1, 1], padHigh: [1, 1], dilation: [1, 1], groups: 1 };
    const both = add(frame, node('conv', [state, filter], attrs));
    const next = node('max', [full(-3, both.shape), node('min', [full(3, both.shape), both], {})], {});
    const body: ScanBody = { carry: [state], slices: [frame], constants: [filter], next: [next], stacked: [next] };
    const operands = [
      x.input([2, 5, 6, 3], 'float32'),
      x.input([4, 2, 5, 6, 3], 'float32'),
      x.any([3, 3, 3, 3], 'float32'),
    ];
    expectOnTargets(picks(node('scan', operands, { body, length: 4, reverse: false })), x.bind, { anyZero: true });
  });

  it('carries that outlive a run', () => {
    const bind = new Operands(new Rng());
    const [state, rows] = [bind.input([17], 'int32'), bind.input([6, 17], 'int32')] as Node<'input'>[];
    const [carry, row] = [slot([17], 'int32'), slot([17], 'int32')];
    const body: ScanBody = {
      carry: [carry],
      slices: [row],
      constants: [],
      next: [add(mul(carry, row), row)],
      stacked: [],
    };
    const [last] = picks(node('scan', [state!, rows!], { body, length: 6, reverse: false }));
    const once = evaluateGraph([last!], bind.bind)[0]!;
    const twice = evaluateGraph([last!], new Map([...bind.bind, [state!, once]]))[0]!;
    for (const target of targets()) {
      const block = (n: Node) => {
        const made = target.alloc(4 * bind.bind.get(n)!.length);
        made.bytesView().set(new Uint8Array(bind.bind.get(n)!.buffer));
        return made;
      };
      const blocks = new Map([state!, rows!].map((n) => [n, block(n)] as const));
      const fn = { inputs: [state!, rows!], outputs: [], updates: [{ target: state!, value: last! }] };
      const program = compileGraph(fn, blocks, target);
      program.run();
      program.run();
      expect(viewBlock(blocks.get(state!)!, 'int32', 17), target.name).toEqual(twice);
      program.dispose();
    }
  });
});

/** An LSTM over [batch, time, features], read as [time, batch, features]. */
function lstm(inputs: readonly Node[], time: number, units: number): Node[] {
  const [x, w, u, b] = inputs as [Node, Node, Node, Node];
  const batch = x.shape[0]!;
  const [h, c, row] = [slot([batch, units]), slot([batch, units]), slot([batch, 4 * units])];
  const [uSlot] = [slot(u.shape)];
  const z = add(row, dot(h, uSlot));
  const gate = (k: number) =>
    node('slice', [z], { start: [0, k * units], limit: [batch, (k + 1) * units], step: [1, 1] });
  const sigmoid = (v: Node) => {
    const one = full(1, v.shape);
    return node('div', [one, add(one, node('exp', [node('neg', [v], {})], {}))], {});
  };
  const tanh = (v: Node) => node('tanh', [v], {});
  const c2 = add(mul(sigmoid(gate(1)), c), mul(sigmoid(gate(0)), tanh(gate(2))));
  const h2 = mul(sigmoid(gate(3)), tanh(c2));
  const body: ScanBody = { carry: [h, c], slices: [row], constants: [uSlot], next: [h2, c2], stacked: [h2] };
  const flat = node('reshape', [x], { shape: [batch * time, x.shape[2]!] });
  const bias = node('broadcast', [node('reshape', [b], { shape: [1, 4 * units] })], {
    shape: [batch * time, 4 * units],
  });
  const projected = node('reshape', [add(dot(flat, w), bias)], { shape: [batch, time, 4 * units] });
  const rows = node('permute', [projected], { perm: [1, 0, 2] });
  const zero = full(0, [batch, units]);
  return picks(node('scan', [zero, zero, rows, u], { body, length: time, reverse: false }));
}

describe('recurrent networks', () => {
  it.each([
    [3, 5, 7, 4],
    [17, 4, 16, 9],
  ])('LSTM and its gradients: batch %i, %i steps, %i features, %i units', (batch, time, features, units) => {
    const r = new Rng();
    const bind = new Map<Node, TypedArray>();
    const input = (shape: readonly number[]) => {
      const n = slot(shape);
      bind.set(
        n,
        new Float32Array(shape.reduce((a, d) => a * d, 1)).map(() => r.float(-0.5, 0.5)),
      );
      return n;
    };
    const wrt = [input([batch, time, features]), input([features, 4 * units]), input([units, 4 * units])];
    const inputs = [...wrt, input([4 * units])];
    const [h, , all] = lstm(inputs, time, units) as [Node, Node, Node];
    const weight = input(all.shape);
    const sum = (n: Node) => node('reduceSum', [n], { axes: n.shape.map((_, k) => k) });
    const loss = add(sum(mul(h, h)), sum(mul(all, weight)));
    const outputs = [loss, all, ...gradient(loss, inputs)];
    const expected = evaluateGraph(outputs, bind, { precision: 'float64' });
    for (const target of targets()) {
      for (const graph of [outputs, simplify(outputs)]) {
        const got = runGraph(target, graph, bind, 2);
        got.forEach((g, i) => {
          expectCloseToScale(g, expected[i]!, 1e-5, `${target.name}, output ${i}`);
        });
        expect(got).toHaveLength(outputs.length);
      }
    }
  });
});
