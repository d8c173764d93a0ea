import { describe, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { DType } from '../../src/graph/dtype.ts';
import { expectOnTargets } from '../support/each-target.ts';
import { Operands, SIZES } from '../support/operands.ts';
import { Rng } from '../support/rng.ts';

const DTYPES: readonly DType[] = ['float32', 'float32', 'int32', 'bool', 'uint8'];

const repeat = (name: string, times: number, f: (r: Rng) => void) =>
  it(`${name} (seed ${new Rng().seed})`, () => {
    const r = new Rng();
    for (let i = 0; i < times; i++) f(r);
  });

/** Up to 3 axes; one of them has a size around the vector width. */
function shapeOf(r: Rng): number[] {
  const shape = r.shape(1, 3, 4);
  shape[r.int(0, shape.length - 1)] = r.pick(SIZES);
  return shape;
}

describe('pad', () => {
  repeat('between constants, cut, with gaps', 40, (r) => {
    const dtype = r.pick(DTYPES);
    const x = new Operands(r, 0.1);
    const operand = x.any(shapeOf(r), dtype);
    const gaps = r.unit() < 0.5;
    const interior = operand.shape.map(() => (gaps ? r.int(0, 2) : 0));
    const inner = operand.shape.map((d, i) => d + Math.max(0, d - 1) * interior[i]!);
    const low = operand.shape.map(() => (r.unit() < 0.4 ? 0 : r.int(-2, 3)));
    const high = low.map((l, i) => Math.max(r.unit() < 0.4 ? 0 : r.int(-3, 17), -(inner[i]! + l)));
    const value = r.pick([0, 1, 3, Number.NEGATIVE_INFINITY]);
    const fitting = dtype === 'float32' ? value : Math.min(dtype === 'bool' ? 1 : 3, Math.max(0, value));
    expectOnTargets([node('pad', [operand], { low, high, interior, value: fitting })], x.bind);
  });

  it('tells constants apart that JSON does not', () => {
    const x = new Operands(new Rng());
    const operand = x.input([3], 'float32');
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
    const outputs = values.map((value) => node('pad', [operand], { low: [2], high: [1], interior: [0], value }));
    expectOnTargets(outputs, x.bind);
  });

  it('around an image', () => {
    const x = new Operands(new Rng());
    const attrs = { low: [0, 1, 1, 0], high: [0, 2, 1, 0], interior: [0, 0, 0, 0], value: 0 };
    expectOnTargets([node('pad', [x.input([9, 7, 6, 17], 'float32')], attrs)], x.bind);
  });
});

describe('concat', () => {
  repeat('of views', 40, (r) => {
    const dtype = r.pick(DTYPES);
    const x = new Operands(r, 0.1);
    const shape = shapeOf(r);
    const axis = r.int(0, shape.length - 1);
    const parts = Array.from({ length: r.int(1, 4) }, () =>
      x.any(
        shape.map((d, i) => (i === axis ? r.pick(SIZES) : d)),
        dtype,
      ),
    );
    expectOnTargets([node('concat', parts, { axis })], x.bind);
  });
});
