import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeJson } from '../../src/models/write-json.ts';
import { parseJson } from '../../src/saving/json.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('JSON as Python has it', () => {
  it('is read as JSON.parse reads it', () => {
    const key = fc.string().filter((k) => !(k in Object.prototype) && k !== 'prototype');
    const leaf = [
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ];
    fc.assert(
      fc.property(fc.object({ key, values: leaf }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('comes back as it was written', () => {
    const value = {
      a: [1, -0.5, 1e-7, 1e300, null, true, 'é"\\\n\u2028'],
      b: { c: [] },
      d: {},
      e: Number.NaN,
      f: -1 / 0,
    };
    expect(parseJson(bytes(writeJson(value)))).toEqual(value);
  });

  it('has NaN and the infinities', () => {
    expect(parseJson(bytes('[NaN, Infinity, -Infinity]'))).toEqual([Number.NaN, 1 / 0, -1 / 0]);
    expect(writeJson([Number.NaN, 1 / 0, -1 / 0])).toBe('[NaN, Infinity, -Infinity]');
  });

  it('has floats where Keras has floats, and nowhere else', () => {
    expect(writeJson({ momentum: 0, units: 3, rate: 1, threshold: 0.5, scale: true, l2: -2, axis: [1] })).toBe(
      '{"momentum": 0.0, "units": 3, "rate": 1.0, "threshold": 0.5, "scale": true, "l2": -2.0, "axis": [1]}',
    );
  });

  it('knows of which operations the offset is a place', () => {
    const layers = ['Diagonal', 'Rescaling'].map((class_name) => ({ class_name, config: { offset: 1 } }));
    expect(layers.map((layer) => writeJson(layer))).toEqual([
      '{"class_name": "Diagonal", "config": {"offset": 1}}',
      '{"class_name": "Rescaling", "config": {"offset": 1.0}}',
    ]);
  });

  it('refuses what no file can hold, and leaves out what is undefined', () => {
    expect(() => writeJson({ f: () => 1 })).toThrow(/function f, which no file can hold/);
    expect(() => writeJson({ a: new Date() })).toThrow(/no file can hold/);
    expect(writeJson({ a: undefined, b: Float32Array.of(1, 2) })).toBe('{"b": [1, 2]}');
  });

  it('says at which byte it is wrong', () => {
    expect(() => parseJson(bytes('{"a": 1, "b": }'))).toThrow(/byte 14: expected a value/);
  });
});
