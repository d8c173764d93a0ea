import { describe, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { DType } from '../../src/graph/dtype.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { expectOnTargets } from '../support/each-target.ts';
import { Operands, SIZES } from '../support/operands.ts';
import { Rng } from '../support/rng.ts';

const DTYPES: readonly DType[] = ['float32', 'float32', 'int32', 'bool', 'uint8'];

const repeat = (name: string, times: number, f: (r: Rng) => void) =>
  it(`${name} (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (let i = 0; i < times; i++) f(r);
  });

/** Axes before, the indexed one, and behind; one of all has a size around the vector width. */
function indexed(r: Rng): { shape: number[]; axis: number } {
  const [pre, post] = [r.shape(0, 2, 4), r.shape(0, 2, 4)];
  const shape = [...pre, r.int(1, 5), ...post];
  shape[r.int(0, shape.length - 1)] = r.pick(SIZES);
  return { shape, axis: pre.length };
}

function indexShape(r: Rng): number[] {
  const shape = r.shape(0, 2, 4);
  if (shape.length > 0 && r.unit() < 0.5) shape[r.int(0, shape.length - 1)] = r.pick(SIZES);
  return shape;
}

describe('gather', () => {
  repeat('of rows and of single elements, with indices that must be clamped', 60, (r) => {
    const x = new Operands(r, 0.1);
    const { shape, axis } = indexed(r);
    const operand = x.any(shape, r.pick(DTYPES));
    const indices = x.any(indexShape(r), 'int32', -2, shape[axis]! + 1);
    expectOnTargets([node('gather', [operand, indices], { axis })], x.bind);
  });

  it('extreme indices', () => {
    const x = new Operands(new Rng());
    const data = Int32Array.of(-2147483648, 2147483647, 3, -1, 1 << 30);
    const indices = node('literal', [], { data, shape: [5], dtype: 'int32' });
    const rows = node('gather', [x.input([4, 17], 'float32'), indices], { axis: 0 });
    const single = node('gather', [x.input([3, 4], 'float32'), indices], { axis: 1 });
    expectOnTargets([rows, single], x.bind);
  });

  it('of and by what has no memory', () => {
    const x = new Operands(new Rng());
    const line = node('iota', [], { shape: [19], axis: 0 });
    const grid = node('iota', [], { shape: [3, 19], axis: 1 });
    const picked = x.input([21], 'int32', -3, 22);
    const outputs = [
      node('gather', [line, picked], { axis: 0 }),
      node('gather', [grid, picked], { axis: 1 }),
      node('gather', [grid, picked], { axis: 0 }),
      node('gather', [x.input([5, 18], 'float32'), node('slice', [line], { start: [2], limit: [19], step: [3] })], {
        axis: 0,
      }),
    ];
    expectOnTargets(outputs, x.bind);
  });

  it('long rows, many rows', () => {
    const x = new Operands(new Rng());
    const few = node('gather', [x.input([4, 4100], 'float32'), x.input([3], 'int32', 0, 3)], { axis: 0 });
    const many = node('gather', [x.input([20, 5], 'float32'), x.input([64, 9], 'int32', 0, 19)], { axis: 0 });
    expectOnTargets([few, many], x.bind);
  });
});

describe('scatterAdd', () => {
  repeat('in order, with indices that must be clamped', 60, (r) => {
    const x = new Operands(r);
    const { shape, axis } = indexed(r);
    const dtype = r.pick(['float32', 'int32'] as const);
    const at = indexShape(r);
    const operand = x.any(shape, dtype);
    const indices = x.any(at, 'int32', -2, shape[axis]! + 1);
    const updates = x.any([...shape.slice(0, axis), ...at, ...shape.slice(axis + 1)], dtype);
    expectOnTargets([node('scatterAdd', [operand, indices, updates], { axis })], x.bind);
  });

  it('the gradient of an embedding', () => {
    const x = new Operands(new Rng());
    const inputs = [x.input([20, 130], 'float32'), x.input([64, 9], 'int32', 0, 19), x.input([64, 9, 130], 'float32')];
    expectOnTargets([node('scatterAdd', inputs, { axis: 0 })], x.bind);
  });
});

describe('cumulative', () => {
  repeat('sum, product, maximum, minimum, both ways', 60, (r) => {
    const kind = r.pick(['sum', 'prod', 'max', 'min'] as const);
    const dtype = r.pick(['float32', 'int32'] as const);
    const x = new Operands(r, 0.05);
    const shape = r.shape(1, 3, 4);
    shape[r.int(0, shape.length - 1)] = kind === 'prod' ? r.int(0, 8) : r.pick(SIZES);
    const operand = kind === 'prod' ? x.any(shape, dtype, -2, 2) : x.any(shape, dtype);
    const axis = r.int(0, shape.length - 1);
    expectOnTargets([node('cumulative', [operand], { kind, axis, reverse: r.unit() < 0.5 })], x.bind, {
      anyZero: true,
    });
  });

  it('along rows of a matrix and down its columns', () => {
    const x = new Operands(new Rng(), 0.01);
    const operand = x.input([70, 133], 'float32');
    const outputs = [0, 1].map((axis) => node('cumulative', [operand], { kind: 'max', axis, reverse: axis === 1 }));
    expectOnTargets(outputs, x.bind, { anyZero: true });
  });
});

describe('argsort', () => {
  repeat('is stable, NaN last, upwards and downwards', 60, (r) => {
    const x = new Operands(r, 0.2);
    const shape = r.shape(1, 3, 4);
    const axis = r.int(0, shape.length - 1);
    shape[axis] = r.pick([...SIZES, 31, 32, 64, 100]);
    const operand = x.any(shape, r.pick(['float32', 'int32'] as const));
    expectOnTargets([node('argsort', [operand], { axis, descending: r.unit() < 0.5 })], x.bind);
  });

  it('tells extreme keys from what fills rows up', () => {
    const x = new Operands(new Rng());
    const operand = x.input([2, 37], 'int32');
    x.bind.get(operand)!.fill(2147483647, 20, 60);
    x.bind.get(operand)!.fill(-2147483648, 60);
    const outputs = [true, false].map((descending) => node('argsort', [operand], { axis: 1, descending }));
    expectOnTargets(outputs, x.bind);
  });

  it('long rows', () => {
    const x = new Operands(new Rng());
    const operand = x.input([3, 1500], 'float32', -2000, 2000);
    const data = x.bind.get(operand)!;
    for (let i = 0; i < sizeOf(operand.shape); i += 7) data[i]! /= 1024;
    const outputs = [true, false].map((descending) => node('argsort', [operand], { axis: 1, descending }));
    expectOnTargets(outputs, x.bind);
  });
});
