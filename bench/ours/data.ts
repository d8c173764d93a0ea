import type { ModelKind } from '../workloads.ts';

/** Numbers in [0, 1), the same in each run (a linear congruential generator; Numerical Recipes, section 7.1). */
export function uniform(size: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

export interface Examples {
  readonly x: { data: Float32Array; shape: number[] };
  readonly y: { data: Float32Array | Int32Array; shape: number[] };
}

const SHAPES = { mlp: [784], cnn: [28, 28, 1] };

/** `rows` examples for a network. */
export function examplesFor(kind: ModelKind, rows: number): Examples {
  if (kind === 'xor') return xorTable(rows);
  const x = { data: uniform(rows * 784, 1), shape: [rows, ...SHAPES[kind]] };
  const labels = Int32Array.from(uniform(rows, 2), (v) => Math.floor(10 * v));
  return { x, y: { data: labels, shape: [rows] } };
}

function xorTable(rows: number): Examples {
  const inputs = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? (i >> 2) & 1 : (i >> 1) & 1));
  const outputs = Float32Array.from({ length: rows }, (_, i) => inputs[2 * i]! ^ inputs[2 * i + 1]!);
  return { x: { data: inputs, shape: [rows, 2] }, y: { data: outputs, shape: [rows, 1] } };
}
