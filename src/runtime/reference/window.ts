import type { Attrs, WindowAttrs } from '../../graph/node.ts';
import { type Shape, sizeOf, stridesOf } from '../../graph/shape.ts';
import { foldRule } from './reduce.ts';
import { type Values, viewAxis } from './values.ts';

/** Both folds split by axes: one axis after the other, in double precision. Padding takes no part. */
export function evalWindowReduce(x: Values, from: Shape, a: Attrs['windowReduce'], out: Values, shape: Shape): void {
  const { start, step } = foldRule(a.kind, 'float32');
  const sizes = [...from];
  let values: Values = x;
  for (let axis = 0; axis < from.length; axis++) {
    const [window, stride, low] = [a.window[axis]!, a.strides[axis]!, a.padLow[axis]!];
    const { outer, size, inner } = viewAxis(sizes, axis);
    const windows = shape[axis]!;
    if (window === 1 && stride === 1 && low === 0 && windows === size) continue;
    const next = new Float64Array(outer * windows * inner).fill(start + 0);
    for (let o = 0; o < outer; o++)
      for (let w = 0; w < windows; w++) {
        const to = (o * windows + w) * inner;
        const first = Math.max(0, w * stride - low);
        const end = Math.min(size, w * stride - low + window);
        for (let k = first; k < end; k++) {
          const at = (o * size + k) * inner;
          for (let i = 0; i < inner; i++) next[to + i] = step(next[to + i]!, values[at + i]!);
        }
      }
    values = next;
    sizes[axis] = windows;
  }
  out.set(values);
}

/** The taps of a window, and where each of them lies for the window at hand; -1 in the padding. */
class Taps {
  readonly at: number[];
  readonly #offsets: readonly (readonly number[])[];
  readonly #from: Shape;
  readonly #strides: readonly number[];
  readonly #attrs: WindowAttrs;

  constructor(from: Shape, a: WindowAttrs) {
    const strides = stridesOf(a.window);
    const offset = (tap: number, axis: number) => Math.floor(tap / strides[axis]!) % a.window[axis]!;
    this.#offsets = Array.from({ length: sizeOf(a.window) }, (_, t) => a.window.map((_, axis) => offset(t, axis)));
    this.#from = from;
    this.#strides = stridesOf(from);
    this.#attrs = a;
    this.at = this.#offsets.map(() => -1);
  }

  /** Calls `body` with the number of each window of `shape`. */
  everyWindow(shape: Shape, body: (window: number) => void): void {
    const index = shape.map(() => 0);
    for (let w = 0; w < sizeOf(shape); w++) {
      this.#move(index);
      body(w);
      for (let i = index.length - 1; i >= 0 && ++index[i]! === shape[i]; i--) index[i] = 0;
    }
  }

  #move(index: readonly number[]): void {
    const { strides, padLow } = this.#attrs;
    this.#offsets.forEach((offset, tap) => {
      let at = 0;
      for (let i = 0; i < offset.length && at >= 0; i++) {
        const p = index[i]! * strides[i]! - padLow[i]! + offset[i]!;
        at = p < 0 || p >= this.#from[i]! ? -1 : at + p * this.#strides[i]!;
      }
      this.at[tap] = at;
    });
  }
}

/** The first maximum of each window in row-major order; a NaN is the maximum. A window of padding alone has place 0. */
export function evalWindowArgmax(x: Values, from: Shape, a: WindowAttrs, out: Values, shape: Shape): void {
  const taps = new Taps(from, a);
  taps.everyWindow(shape, (w) => {
    let best = -1;
    taps.at.forEach((at, tap) => {
      if (at < 0) return;
      const [v, top] = [x[at]!, best < 0 ? Number.NaN : x[taps.at[best]!]!];
      if (best < 0 || v > top || (Number.isNaN(v) && !Number.isNaN(top))) best = tap;
    });
    out[w] = Math.max(0, best);
  });
}

/** Adds each window's value at its place. */
export function evalWindowPut(
  places: Values,
  values: Values,
  shape: Shape,
  a: WindowAttrs,
  out: Values,
  to: Shape,
): void {
  const sums = new Float64Array(out.length);
  const taps = new Taps(to, a);
  taps.everyWindow(shape, (w) => {
    const at = taps.at[places[w]!] ?? -1;
    if (at >= 0) sums[at] = sums[at]! + values[w]!;
  });
  out.set(sums);
}
