import { describe, expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { threefry2x32 } from '../../src/runtime/reference/random.ts';
import { erf, roundEven, toInt32 } from '../../src/runtime/reference/scalar.ts';

const floats = (shape: readonly number[], data: readonly number[]): Node =>
  node('literal', [], { data: Float32Array.from(data), shape, dtype: 'float32' });
const ints = (shape: readonly number[], data: readonly number[]): Node =>
  node('literal', [], { data: Int32Array.from(data), shape, dtype: 'int32' });
const run = (n: Node): number[] => [...evaluateGraph([n], new Map())[0]!];

describe('evaluateGraph', () => {
  it('goes through a chain deeper than the stack', () => {
    let x = floats([], [0]);
    const one = node('constant', [], { value: 1, dtype: 'float32' });
    for (let i = 0; i < 200_000; i++) x = node('add', [x, one], {});
    expect(run(x)).toEqual([200_000]);
  });

  it('rounds to float32 after each primitive, or never', () => {
    const third = node('div', [floats([], [1]), floats([], [3])], {});
    expect(run(third)).toEqual([Math.fround(1 / 3)]);
    expect(evaluateGraph([third], new Map(), { precision: 'float64' })[0]).toEqual(Float64Array.of(1 / 3));
  });

  it('never hands out the arrays it was given', () => {
    const x = node('input', [], { name: 'x', shape: [2], dtype: 'float32' });
    const given = Float32Array.of(1, 2);
    const data = Float32Array.of(3, 4);
    const literal = node('literal', [], { data, shape: [2], dtype: 'float32' });
    const flat = node('reshape', [x], { shape: [2, 1] });
    const results = evaluateGraph([x, flat, literal], new Map([[x as Node, given]]));
    for (const r of results) r.fill(9);
    expect([...given, ...data]).toEqual([1, 2, 3, 4]);
  });

  it('names an input that has no array, or one of another size', () => {
    const x = node('input', [], { name: 'image', shape: [2, 3], dtype: 'float32' });
    expect(() => evaluateGraph([x], new Map())).toThrow(/image.*expected an array/);
    expect(() => evaluateGraph([x], new Map([[x as Node, new Float32Array(5)]]))).toThrow(/image.*6.*\[2, 3\].*5/);
  });
});

describe('scalars', () => {
  it('rounds ties to even and keeps signs', () => {
    const given = [0.5, 1.5, 2.5, -0.5, -1.5, -0.2, 2.6, Number.POSITIVE_INFINITY, 2 ** 52 + 1];
    const expected = [0, 2, 2, -0, -2, -0, 3, Number.POSITIVE_INFINITY, 2 ** 52 + 1];
    expect(given.map(roundEven)).toEqual(expected);
    expect(roundEven(Number.NaN)).toBeNaN();
  });

  it('has erf to double precision (values of Abramowitz & Stegun, table 7.1, and mpmath)', () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
    expect(erf(-1)).toBeCloseTo(-0.8427007929497149, 15);
    expect(erf(2)).toBeCloseTo(0.9953222650189527, 15);
    expect(erf(3.5)).toBeCloseTo(0.9999992569016276, 15);
    expect(erf(2.9999999) - erf(3.0000001)).toBeCloseTo(0, 9);
    expect([erf(0), erf(7), erf(Number.NEGATIVE_INFINITY), erf(Number.NaN)]).toEqual([0, 1, -1, Number.NaN]);
  });

  it('casts saturating', () => {
    expect([1.9, -1.9, 3e9, -3e9, Number.NaN].map(toInt32)).toEqual([1, -1, 2147483647, -2147483648, 0]);
    const x = floats([5], [300.7, -1.5, 0, Number.NaN, 1e20]);
    expect(run(node('cast', [x], { dtype: 'uint8' }))).toEqual([44, 255, 0, 0, 255]);
    expect(run(node('cast', [x], { dtype: 'bool' }))).toEqual([1, 1, 0, 1, 1]);
    expect(run(node('cast', [ints([2], [16777217, -5])], { dtype: 'float32' }))).toEqual([16777216, -5]);
  });

  it('is Threefry-2x32-13 (the known answers of Random123)', () => {
    const words = (k: number, c: number) => threefry2x32(k, k, c, c).map((w) => w >>> 0);
    expect(words(0, 0)).toEqual([0x9d1c5ec6, 0x8bd50731]);
    expect(words(-1, -1)).toEqual([0xfd36d048, 0x2d17272c]);
    const pi = threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3).map((w) => w >>> 0);
    expect(pi).toEqual([0xba3e4725, 0xf27d669e]);
  });
});
