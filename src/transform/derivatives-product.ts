import { node } from '../graph/build.ts';
import type { ConvAttrs, Node } from '../graph/node.ts';
import { type Derivative, transpose } from './gradient-parts.ts';

type Product = 'dot' | 'conv' | 'convInputGrad' | 'convFilterGrad';

const geometry = ({ strides, padLow, padHigh, dilation, groups }: ConvAttrs): ConvAttrs => ({
  strides,
  padLow,
  padHigh,
  dilation,
  groups,
});

/** x, filter -> y */
const conv = (x: Node, filter: Node, a: ConvAttrs) => node('conv', [x, filter], geometry(a));
/** The gradient of `x`; only its shape is used. */
const toInput = (dy: Node, filter: Node, x: Node, a: ConvAttrs) =>
  node('convInputGrad', [dy, filter], { ...geometry(a), inputSize: x.shape.slice(1, -1) });
/** The gradient of `filter`; only its shape is used. */
const toFilter = (x: Node, dy: Node, filter: Node, a: ConvAttrs) =>
  node('convFilterGrad', [x, dy], { ...geometry(a), filterSize: filter.shape.slice(0, -2) });

/** All are bilinear: sum over (x, filter, y) that meet. Each of the three convolutions leaves one of them open. */
export const PRODUCT: { readonly [P in Product]: Derivative<P> } = {
  // dy b', a' dy
  dot: ({ inputs: [a, b] }, dy) => [
    () => node('dot', [dy, transpose(b!)], {}),
    () => node('dot', [transpose(a!), dy], {}),
  ],
  conv: ({ inputs: [x, filter], attrs }, dy) => [
    () => toInput(dy, filter!, x!, attrs),
    () => toFilter(x!, dy, filter!, attrs),
  ],
  convInputGrad: ({ inputs: [y, filter], attrs }, dx) => [
    () => conv(dx, filter!, attrs),
    () => toFilter(dx, y!, filter!, attrs),
  ],
  convFilterGrad: ({ inputs: [x, y], attrs }, dfilter) => [
    () => toInput(y!, dfilter, x!, attrs),
    () => conv(x!, dfilter, attrs),
  ],
};
