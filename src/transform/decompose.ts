import { node } from '../graph/build.ts';
import type { ConvAttrs, Node, NodeOf } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import { rewriteBody, rewriteNodes } from './rewrite.ts';

/**
 * Rewrites what the schedule does not know into what it knows: padding of convolutions and windows becomes a `pad`, an
 * iota becomes a repeated one-dimensional iota, one-element literals become constants. Likewise in the bodies of loops.
 */
export function decompose(outputs: readonly Node[]): Node[] {
  const padded: Padded = new Map();
  return rewriteNodes(outputs, (n, inputs) => rewrite(n, inputs, padded));
}

/** What has been padded, by what is said of it: a convolution and the gradient of its filter pad the same image. */
type Padded = Map<string, Node>;

function rewrite(n: Node, inputs: readonly Node[], padded: Padded): Node | undefined {
  switch (n.op) {
    case 'literal':
      return sizeOf(n.shape) === 1 ? scalar(n.attrs.data[0]!, n) : undefined;
    case 'iota':
      return n.shape.length > 1 ? repeatedIota(n) : undefined;
    case 'scan':
      // Made anew in any case: the schedule takes clusters by the numbers of their nodes.
      return rewriteBody(n as NodeOf<'scan'>, inputs, decompose) ?? node('scan', inputs, n.attrs);
    case 'conv':
    case 'convFilterGrad': {
      if (!isPadded(n.attrs)) return undefined;
      const x = padSpatial(inputs[0]!, n.attrs, padded);
      return node(n.op, [x, inputs[1]!], { ...n.attrs, ...unpadded(n.attrs) } as never);
    }
    case 'convInputGrad':
      return turnedInputGrad(n, inputs, padded) ?? (isPadded(n.attrs) ? croppedInputGrad(n, inputs) : undefined);
    case 'windowReduce': {
      if (!isPadded(n.attrs)) return undefined;
      const { padLow, padHigh, kind } = n.attrs;
      const x = pad(inputs[0]!, padLow, padHigh, kind === 'max' ? Number.NEGATIVE_INFINITY : 0, padded);
      return node('windowReduce', [x], { ...n.attrs, ...unpadded(n.attrs) });
    }
    case 'windowArgmax': {
      if (!isPadded(n.attrs)) return undefined;
      const { padLow, padHigh } = n.attrs;
      const x = pad(inputs[0]!, padLow, padHigh, Number.NEGATIVE_INFINITY, padded);
      return node('windowArgmax', [x], { ...n.attrs, ...unpadded(n.attrs) });
    }
    case 'windowPut': {
      if (!isPadded(n.attrs)) return undefined;
      const { padLow, padHigh } = n.attrs;
      const shape = n.shape.map((d, i) => d + padLow[i]! + padHigh[i]!);
      return crop(node('windowPut', inputs, { ...n.attrs, ...unpadded(n.attrs), shape }), padLow, n.shape);
    }
    default:
      return undefined;
  }
}

function scalar(value: number, like: Node): Node {
  const constant = node('constant', [], { value, dtype: like.dtype });
  return like.shape.length === 0 ? constant : node('reshape', [constant], { shape: like.shape });
}

function repeatedIota(n: Node<'iota'>): Node {
  const { shape, axis } = n.attrs;
  const line = node('iota', [], { shape: [shape[axis]!], axis: 0 });
  const thin = node('reshape', [line], { shape: shape.map((d, i) => (i === axis ? d : 1)) });
  return node('broadcast', [thin], { shape });
}

interface Padding {
  readonly padLow: readonly number[];
  readonly padHigh: readonly number[];
}

function isPadded({ padLow, padHigh }: Padding): boolean {
  return padLow.some((p) => p !== 0) || padHigh.some((p) => p !== 0);
}

function unpadded({ padLow, padHigh }: Padding): Padding {
  return { padLow: padLow.map(() => 0), padHigh: padHigh.map(() => 0) };
}

function pad(x: Node, low: readonly number[], high: readonly number[], value: number, padded: Padded): Node {
  const key = [x.id, ...low, ...high, value].join(' ');
  const known = padded.get(key) ?? node('pad', [x], { low, high, interior: low.map(() => 0), value });
  padded.set(key, known);
  return known;
}

function padSpatial(x: Node, { padLow, padHigh }: ConvAttrs, padded: Padded): Node {
  return pad(x, [0, ...padLow, 0], [0, ...padHigh, 0], 0, padded);
}

function crop(x: Node, start: readonly number[], shape: readonly number[]): Node {
  return node('slice', [x], { start, limit: shape.map((d, i) => d + start[i]!), step: shape.map(() => 1) });
}

/**
 * Where every channel has a filter of its own, adding each product to memory would take longer than the products. Without
 * strides, the gradient is the convolution of the output's gradient with the filter turned round.
 */
function turnedInputGrad(n: Node<'convInputGrad'>, [dy, filter]: readonly Node[], frames: Padded): Node | undefined {
  const { padLow, padHigh, inputSize, ...attrs } = n.attrs;
  const spatial = filter!.shape.slice(0, -2);
  const [ic, oc] = filter!.shape.slice(-2) as [number, number];
  if (ic !== 1 || oc !== attrs.groups || oc === 1 || attrs.strides.some((s) => s !== 1)) return undefined;
  const reach = spatial.map((k, i) => (k - 1) * attrs.dilation[i]!);
  const low = reach.map((r, i) => r - padLow[i]!);
  const high = reach.map((r, i) => inputSize[i]! - dy!.shape[i + 1]! - low[i]! + r);
  if ([...low, ...high].some((p) => p < 0) || sizeOf(n.shape) === 0 || sizeOf(dy!.shape) === 0) return undefined;
  const padded = padSpatial(dy!, { ...n.attrs, padLow: low, padHigh: high }, frames);
  const turned = node('reverse', [filter!], { axes: spatial.map((_, i) => i) });
  return node('conv', [padded, turned], { ...attrs, ...unpadded({ padLow, padHigh }) });
}

/** The gradient of the padded input, of which the middle is kept. */
function croppedInputGrad(n: Node<'convInputGrad'>, inputs: readonly Node[]): Node {
  const { padLow, padHigh, inputSize } = n.attrs;
  const size = inputSize.map((d, i) => d + padLow[i]! + padHigh[i]!);
  if (size.some((d) => d < 0) || padLow.some((p) => p < 0)) return n;
  const whole = node('convInputGrad', inputs, { ...n.attrs, ...unpadded(n.attrs), inputSize: size });
  return crop(whole, [0, ...padLow, 0], n.shape);
}
