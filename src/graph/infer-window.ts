import { GraphError } from './error.ts';
import type { Attrs, ConvAttrs, Node, WindowAttrs } from './node.ts';
import type { Inferred } from './primitives.ts';
import { sameShape, showShape, sizeOf } from './shape.ts';

function need(ok: boolean, expected: string, got: string): asserts ok {
  if (!ok) throw new GraphError(`expected ${expected}, got ${got}`);
}

/** Factors of a product: float32, or pairs (see `pair`). */
export function needFactors(a: Node, b: Node): void {
  const fits = (a.dtype === 'float32' || a.dtype === 'int32') && a.dtype === b.dtype;
  need(fits, 'float32 operands', `${a.dtype} and ${b.dtype}`);
}

/** Number of windows: floor((size + low + high - ((window - 1) * dilation + 1)) / stride) + 1, at least 0. */
export function windowCount(
  size: number,
  window: number,
  stride: number,
  low: number,
  high: number,
  dilation = 1,
): number {
  const reach = (window - 1) * dilation + 1;
  return Math.max(0, Math.floor((size + low + high - reach) / stride) + 1);
}

function outputSpatial(size: readonly number[], filter: readonly number[], a: ConvAttrs): number[] {
  const n = size.length;
  const lists = [a.strides, a.padLow, a.padHigh, a.dilation];
  need(
    lists.every((l) => l.length === n),
    `geometry of ${n} spatial axes`,
    lists.map((l) => l.length).join(', '),
  );
  return size.map((d, i) => windowCount(d, filter[i]!, a.strides[i]!, a.padLow[i]!, a.padHigh[i]!, a.dilation[i]!));
}

/** [n, spatial..., c] and [spatial..., c / groups, oc] -> [n, spatial..., oc] */
export function inferConv([x, filter]: readonly Node[], a: Attrs['conv']): Inferred {
  const rank = x!.shape.length;
  needFactors(x!, filter!);
  need(
    rank >= 3 && filter!.shape.length === rank,
    '[n, spatial..., c] and [spatial..., c / groups, oc]',
    `${showShape(x!.shape)} and ${showShape(filter!.shape)}`,
  );
  const c = x!.shape[rank - 1]!;
  const [ic, oc] = filter!.shape.slice(-2) as [number, number];
  need(
    ic * a.groups === c && oc % a.groups === 0,
    `a filter for ${c} channels in ${a.groups} groups`,
    showShape(filter!.shape),
  );
  return { shape: [x!.shape[0]!, ...outputSpatial(x!.shape.slice(1, -1), filter!.shape, a), oc], dtype: 'float32' };
}

/** (gradient of the output, filter) -> gradient of the input, whose spatial size is `inputSize`. */
export function inferConvInputGrad([dy, filter]: readonly Node[], a: Attrs['convInputGrad']): Inferred {
  const [ic, oc] = filter!.shape.slice(-2) as [number, number];
  const expected = [dy!.shape[0]!, ...outputSpatial(a.inputSize, filter!.shape, a), oc];
  need(sameShape(dy!.shape, expected), `an output gradient of shape ${showShape(expected)}`, showShape(dy!.shape));
  return { shape: [dy!.shape[0]!, ...a.inputSize, ic * a.groups], dtype: 'float32' };
}

/** (input, gradient of the output) -> gradient of the filter, whose spatial size is `filterSize`. */
export function inferConvFilterGrad([x, dy]: readonly Node[], a: Attrs['convFilterGrad']): Inferred {
  const c = x!.shape[x!.shape.length - 1]!;
  const oc = dy!.shape[dy!.shape.length - 1]!;
  const expected = [x!.shape[0]!, ...outputSpatial(x!.shape.slice(1, -1), a.filterSize, a), oc];
  need(sameShape(dy!.shape, expected), `an output gradient of shape ${showShape(expected)}`, showShape(dy!.shape));
  return { shape: [...a.filterSize, c / a.groups, oc], dtype: 'float32' };
}

export function inferWindow([x]: readonly Node[], a: Attrs['windowReduce']): Inferred {
  const n = x!.shape.length;
  const lists = [a.window, a.strides, a.padLow, a.padHigh];
  need(
    lists.every((l) => l.length === n),
    `geometry of ${n} axes`,
    lists.map((l) => l.length).join(', '),
  );
  need(x!.dtype === 'float32', 'float32', x!.dtype);
  return {
    shape: x!.shape.map((d, i) => windowCount(d, a.window[i]!, a.strides[i]!, a.padLow[i]!, a.padHigh[i]!)),
    dtype: x!.dtype,
  };
}

/** The type of places in a window. */
export function placeType(window: readonly number[]): 'uint8' | 'int32' {
  return sizeOf(window) <= 256 ? 'uint8' : 'int32';
}

export function inferWindowArgmax([x]: readonly Node[], a: Attrs['windowArgmax']): Inferred {
  return { shape: inferWindow([x!], { ...a, kind: 'max' }).shape, dtype: placeType(a.window) };
}

/** (places, values) of the windows -> what the windows lie over */
export function inferWindowPut([places, values]: readonly Node[], a: Attrs['windowPut']): Inferred {
  const expected = a.shape.map((d, i) => windowCount(d, a.window[i]!, a.strides[i]!, a.padLow[i]!, a.padHigh[i]!));
  const dtype = placeType(a.window);
  need(sameShape(places!.shape, expected), `places of shape ${showShape(expected)}`, showShape(places!.shape));
  need(places!.dtype === dtype, `places of ${dtype}`, places!.dtype);
  need(sameShape(values!.shape, expected), `values of shape ${showShape(expected)}`, showShape(values!.shape));
  need(values!.dtype === 'float32', 'values of float32', values!.dtype);
  return { shape: a.shape, dtype: 'float32' };
}

/** Whether windows lie in the same places. */
export function sameWindows(a: WindowAttrs, b: WindowAttrs): boolean {
  const lists = (x: WindowAttrs) => [x.window, x.strides, x.padLow, x.padHigh];
  return lists(a).every((l, i) => sameShape(l, lists(b)[i]!));
}
