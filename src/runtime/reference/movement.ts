import type { Attrs } from '../../graph/node.ts';
import { type Shape, stridesOf } from '../../graph/shape.ts';
import { type Values, viewAxis, walkRows } from './values.ts';

/** out[i0, i1, ...] = x[offset + sum_k i_k * strides_k] */
function readStrided(x: Values, offset: number, strides: readonly number[], out: Values, shape: Shape): void {
  const last = shape.length - 1;
  const n = last >= 0 ? shape[last]! : 1;
  const step = last >= 0 ? strides[last]! : 0;
  walkRows(shape, { offset, strides }, { offset: 0, strides: stridesOf(shape) }, (p, q) => {
    for (let i = 0; i < n; i++) out[q + i] = x[p + i * step]!;
  });
}

export function evalPermute(x: Values, from: Shape, { perm }: Attrs['permute'], out: Values, shape: Shape): void {
  const strides = stridesOf(from);
  const permuted = perm.map((p) => strides[p]!);
  readStrided(x, 0, permuted, out, shape);
}

export function evalBroadcast(x: Values, from: Shape, out: Values, shape: Shape): void {
  const strides = stridesOf(from).map((s, i) => (from[i] === 1 ? 0 : s));
  readStrided(x, 0, strides, out, shape);
}

export function evalSlice(x: Values, from: Shape, { start, step }: Attrs['slice'], out: Values, shape: Shape): void {
  const strides = stridesOf(from);
  const offset = strides.reduce((sum, s, i) => sum + s * start[i]!, 0);
  const stepped = strides.map((s, i) => s * step[i]!);
  readStrided(x, offset, stepped, out, shape);
}

export function evalReverse(x: Values, from: Shape, { axes }: Attrs['reverse'], out: Values): void {
  const strides = stridesOf(from);
  const offset = strides.reduce((sum, s, i) => (axes.includes(i) ? sum + s * (from[i]! - 1) : sum), 0);
  const turned = strides.map((s, i) => (axes.includes(i) ? -s : s));
  readStrided(x, offset, turned, out, from);
}

/** Element i of an axis lands at low + i * (interior + 1); what lands outside is cut. */
export function evalPad(x: Values, from: Shape, attrs: Attrs['pad'], out: Values, shape: Shape): void {
  out.fill(attrs.value);
  const first: number[] = [];
  const count: number[] = [];
  for (let i = 0; i < from.length; i++) {
    const gap = attrs.interior[i]! + 1;
    const a = Math.max(0, Math.ceil(-attrs.low[i]! / gap));
    const b = Math.min(from[i]! - 1, Math.floor((shape[i]! - 1 - attrs.low[i]!) / gap));
    first.push(a);
    count.push(Math.max(0, b - a + 1));
  }
  const source = stridesOf(from);
  const target = stridesOf(shape);
  const spread = target.map((s, i) => s * (attrs.interior[i]! + 1));
  const a = { offset: source.reduce((sum, s, i) => sum + s * first[i]!, 0), strides: source };
  const start = target.reduce((sum, s, i) => sum + s * attrs.low[i]! + spread[i]! * first[i]!, 0);
  const last = from.length - 1;
  const n = last >= 0 ? count[last]! : 1;
  const gap = last >= 0 ? spread[last]! : 0;
  walkRows(count, a, { offset: start, strides: spread }, (p, q) => {
    for (let i = 0; i < n; i++) out[q + i * gap] = x[p + i]!;
  });
}

export function evalConcat(parts: readonly Values[], shapes: readonly Shape[], axis: number, out: Values): void {
  const rows = parts.map((_, i) => {
    const { size, inner } = viewAxis(shapes[i]!, axis);
    return size * inner;
  });
  const { outer } = viewAxis(shapes[0]!, axis);
  let at = 0;
  for (let o = 0; o < outer; o++)
    parts.forEach((part, k) => {
      const n = rows[k]!;
      out.set(part.subarray(o * n, (o + 1) * n), at);
      at += n;
    });
}
