import { affine, KernelBuilder } from '../../src/kernel/builder.ts';
import type { ValueId } from '../../src/kernel/ir.ts';
import { checkKernel } from '../../src/kernel/spec.ts';
import { interpretKernel } from '../../src/runtime/reference/kernel.ts';

const LANES = 16;

export type Emit = (b: KernelBuilder, ...x: ValueId[]) => ValueId;
type Words = Float32Array | Int32Array;

/** Applies what `emit` writes to the elements of `inputs`, which are of one length. */
export function apply<Out extends 'f32' | 'i32' = 'f32'>(
  emit: Emit,
  inputs: readonly Words[],
  fma: boolean,
  out: Out = 'f32' as Out,
): Out extends 'f32' ? Float32Array : Int32Array {
  const b = new KernelBuilder('math', LANES, fma);
  const mem = (x: Words) => (x instanceof Float32Array ? 'f32' : 'i32');
  const at = affine(0, [b.item, LANES]);
  const buffers = inputs.map((x, i) => b.buffer(`x${i}`, mem(x), 'r'));
  const target = b.buffer('y', out, 'w');
  const loaded = buffers.map((buffer) => b.load(buffer, at));
  b.store(target, at, emit(b, ...loaded));
  const length = inputs[0]!.length;
  const items = Math.ceil(length / LANES);
  const kernel = b.finish(items);
  checkKernel(kernel);
  const padded = inputs.map((x) => {
    const copy = x instanceof Float32Array ? new Float32Array(items * LANES) : new Int32Array(items * LANES);
    copy.set(x);
    return copy;
  });
  const y = out === 'f32' ? new Float32Array(items * LANES) : new Int32Array(items * LANES);
  interpretKernel(kernel, [...padded, y], 0, items);
  return y.subarray(0, length) as Out extends 'f32' ? Float32Array : Int32Array;
}

/** Every `step`-th bit pattern of float32: both signs, zeros, denormals, infinities and NaN included. */
export function everyFloat(step: number): Float32Array {
  const words = Uint32Array.from({ length: Math.ceil(2 ** 32 / step) }, (_, i) => i * step);
  return new Float32Array(words.buffer);
}

/** `count` consecutive float32 numbers around each of `centers`, and of their negatives. */
export function around(centers: readonly number[], count: number): Float32Array {
  const first = new Int32Array(Float32Array.from(centers).buffer);
  const words: number[] = [];
  for (const word of first)
    for (let i = 0; i < count; i++) {
      const near = Math.min(Math.max(word + i - (count >> 1), 0), 0x7f800000);
      words.push(near, near | 0x80000000);
    }
  return new Float32Array(Int32Array.from(words).buffer);
}

/** The distance of `y` from the true value in units of the last place of a float32 there; 0 where both are NaN. */
export function ulps(y: number, truth: number): number {
  if (Number.isNaN(truth) || Number.isNaN(y))
    return Number.isNaN(truth) && Number.isNaN(y) ? 0 : Number.POSITIVE_INFINITY;
  if (Object.is(Math.fround(truth), y)) return 0;
  if (truth === 0 || !Number.isFinite(truth)) return Number.POSITIVE_INFINITY;
  const finite = Number.isFinite(y) ? y : Math.sign(y) * 2 ** 128;
  return Math.abs(finite - truth) / ulpAt(truth);
}

function ulpAt(x: number): number {
  let exponent = Math.floor(Math.log2(Math.abs(x)));
  if (2 ** exponent > Math.abs(x)) exponent--;
  return 2 ** (Math.min(Math.max(exponent, -126), 127) - 23);
}

/** The worst error over `x`, with the argument it happens at. */
export function worst(
  y: Float32Array,
  truth: (i: number) => number,
): { readonly error: number; readonly index: number } {
  let error = 0;
  let index = -1;
  for (let i = 0; i < y.length; i++) {
    const e = ulps(y[i]!, truth(i));
    if (e > error) {
      error = e;
      index = i;
    }
  }
  return { error, index };
}
