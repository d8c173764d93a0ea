import type { ModelKind } from '../model-flop.ts';
import { inputOf } from '../workloads.ts';

/** Numbers in [0, 1), the same in each run (a linear congruential generator; Numerical Recipes, section 7.1). */
export function uniform(size: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** Whole numbers from 0 to `below` - 1; rounded to float32, the largest of the numbers in [0, 1) may be 1. */
function whole(size: number, seed: number, below: number): Int32Array {
  return Int32Array.from(uniform(size, seed), (v) => Math.min(below - 1, Math.floor(below * v)));
}

export interface Examples {
  readonly x: { data: Float32Array | Int32Array; shape: number[] };
  readonly y: { data: Float32Array | Int32Array; shape: number[] };
}

/** `rows` examples for a network. */
export function examplesFor(kind: ModelKind, rows: number): Examples {
  if (kind === 'xor') return xorTable(rows);
  const { input, tokens, classes } = inputOf(kind);
  const size = input.reduce((a, b) => a * b, rows);
  const labels = whole(rows, 2, classes);
  return {
    x: { data: tokens === undefined ? uniform(size, 1) : whole(size, 1, tokens), shape: [rows, ...input] },
    y: classes === 2 ? { data: Float32Array.from(labels), shape: [rows, 1] } : { data: labels, shape: [rows] },
  };
}

function xorTable(rows: number): Examples {
  const inputs = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? (i >> 2) & 1 : (i >> 1) & 1));
  const outputs = Float32Array.from({ length: rows }, (_, i) => inputs[2 * i]! ^ inputs[2 * i + 1]!);
  return { x: { data: inputs, shape: [rows, 2] }, y: { data: outputs, shape: [rows, 1] } };
}
