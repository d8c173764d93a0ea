import type { ConvAttrs } from '../../graph/node.ts';
import type { Shape } from '../../graph/shape.ts';
import type { Values } from './values.ts';

/** [batch..., m, k] x [batch..., k, n]; four rows of the right operand a pass, sums in double precision. */
export function evalDot(a: Values, aShape: Shape, b: Values, bShape: Shape, out: Values): void {
  const rank = aShape.length;
  const [m, k, n] = [aShape[rank - 2]!, aShape[rank - 1]!, bShape[rank - 1]!];
  const batch = aShape.slice(0, -2).reduce((p, d) => p * d, 1);
  const sums = new Float64Array(n);
  for (let row = 0; row < batch * m; row++) {
    const left = row * k;
    const right = Math.floor(row / m) * k * n;
    sums.fill(0);
    let p = 0;
    for (; p + 4 <= k; p += 4) {
      const [a0, a1, a2, a3] = [a[left + p]!, a[left + p + 1]!, a[left + p + 2]!, a[left + p + 3]!];
      const b0 = right + p * n;
      const b1 = b0 + n;
      const b2 = b1 + n;
      const b3 = b2 + n;
      for (let j = 0; j < n; j++)
        sums[j] = sums[j]! + (a0 * b[b0 + j]! + a1 * b[b1 + j]! + (a2 * b[b2 + j]! + a3 * b[b3 + j]!));
    }
    for (; p < k; p++) {
      const a0 = a[left + p]!;
      for (let j = 0; j < n; j++) sums[j] = sums[j]! + a0 * b[right + p * n + j]!;
    }
    out.set(sums, row * n);
  }
}

/** Sizes of a convolution: x [batch, spatial..., groups * ic], filter [taps..., ic, groups * oc], y [batch, ..., groups * oc]. */
interface ConvSizes {
  readonly batch: number;
  readonly input: readonly number[];
  readonly taps: readonly number[];
  readonly output: readonly number[];
  readonly groups: number;
  readonly ic: number;
  readonly oc: number;
}

export function convSizes(x: Shape, filter: Shape, y: Shape, groups: number): ConvSizes {
  return {
    batch: x[0]!,
    input: x.slice(1, -1),
    taps: filter.slice(0, -2),
    output: y.slice(1, -1),
    groups,
    ic: filter[filter.length - 2]!,
    oc: filter[filter.length - 1]! / groups,
  };
}

/** All (input position, tap, output position) of one axis with input = output * stride - padLow + tap * dilation. */
function axisTriples(size: number, taps: number, outputs: number, stride: number, low: number, dilation: number) {
  const triples: [number, number, number][] = [];
  for (let o = 0; o < outputs; o++)
    for (let t = 0; t < taps; t++) {
      const i = o * stride - low + t * dilation;
      if (i >= 0 && i < size) triples.push([i, t, o]);
    }
  return triples;
}

/**
 * Visits every (input position, tap, output position) that meet, batch by batch, as offsets of their channels in
 * x, filter and y. A convolution and both its gradients are the same sum over these triples.
 */
function walkConv(s: ConvSizes, a: ConvAttrs, meet: (x: number, filter: number, y: number) => void): void {
  const axes = s.input.map((d, i) =>
    axisTriples(d, s.taps[i]!, s.output[i]!, a.strides[i]!, a.padLow[i]!, a.dilation[i]!),
  );
  const [xc, fc, yc] = [s.groups * s.ic, s.ic * s.groups * s.oc, s.groups * s.oc];
  const walk = (axis: number, x: number, t: number, y: number): void => {
    if (axis === axes.length) meet(x * xc, t * fc, y * yc);
    for (const [i, k, o] of axes[axis] ?? [])
      walk(axis + 1, x * s.input[axis]! + i, t * s.taps[axis]! + k, y * s.output[axis]! + o);
  };
  for (let n = 0; n < s.batch; n++) walk(0, n, 0, n);
}

/** y[n, o, oc] = sum over taps t and ic of x[n, o * stride - pad + t * dilation, ic] * filter[t, ic, oc] */
export function evalConv(x: Values, filter: Values, s: ConvSizes, a: ConvAttrs, out: Values): void {
  const sums = new Float64Array(out.length);
  const row = s.groups * s.oc;
  walkConv(s, a, (px, pf, py) => {
    for (let g = 0; g < s.groups; g++)
      for (let i = 0; i < s.ic; i++) {
        const v = x[px + g * s.ic + i]!;
        const f = pf + i * row + g * s.oc;
        const y = py + g * s.oc;
        for (let j = 0; j < s.oc; j++) sums[y + j] = sums[y + j]! + v * filter[f + j]!;
      }
  });
  out.set(sums);
}

/** dx[n, i, ic] = the same sum with dy in the place of y. */
export function evalConvInputGrad(dy: Values, filter: Values, s: ConvSizes, a: ConvAttrs, out: Values): void {
  const sums = new Float64Array(out.length);
  const row = s.groups * s.oc;
  walkConv(s, a, (px, pf, py) => {
    for (let g = 0; g < s.groups; g++)
      for (let i = 0; i < s.ic; i++) {
        const f = pf + i * row + g * s.oc;
        const y = py + g * s.oc;
        let sum = 0;
        for (let j = 0; j < s.oc; j++) sum += dy[y + j]! * filter[f + j]!;
        const at = px + g * s.ic + i;
        sums[at] = sums[at]! + sum;
      }
  });
  out.set(sums);
}

/** dfilter[t, ic, oc] = the same sum over batch and positions of x * dy. */
export function evalConvFilterGrad(x: Values, dy: Values, s: ConvSizes, a: ConvAttrs, out: Values): void {
  const sums = new Float64Array(out.length);
  const row = s.groups * s.oc;
  walkConv(s, a, (px, pf, py) => {
    for (let g = 0; g < s.groups; g++)
      for (let i = 0; i < s.ic; i++) {
        const v = x[px + g * s.ic + i]!;
        const f = pf + i * row + g * s.oc;
        const y = py + g * s.oc;
        for (let j = 0; j < s.oc; j++) sums[f + j] = sums[f + j]! + v * dy[y + j]!;
      }
  });
  out.set(sums);
}
