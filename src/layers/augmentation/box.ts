import * as ops from '../../ops/index.ts';
import type { SeedGenerator } from '../../trace/seed-generator.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Axes, perImage } from './base-image-preprocessing-layer.ts';

/** From and to along an axis, for each image. */
export type Span = readonly [start: Tensor, end: Tensor];

/** Where on an axis of `size` a part begins and ends that is a `share` of it, one for each image: somewhere. */
export function randomSpan(from: SeedGenerator, size: number, share: Tensor): Span {
  const length = ops.multiply(share, size);
  const start = ops.multiply(ops.uniform(from.next(), share.shape), ops.subtract(size, length));
  return [start, ops.add(start, length)];
}

/** True for the pixels of images of `shape` that are in the rectangle; channels are one. */
export function insideBox(shape: readonly number[], axes: Axes, x: Span, y: Span): Tensor {
  const within = (axis: number, [start, end]: Span): Tensor => {
    const sizes = [1, 1, 1, 1];
    sizes[axis] = shape[axis]!;
    const places = ops.reshape(ops.cast(ops.arange(shape[axis]!), 'float32'), sizes);
    return ops.logicalAnd(ops.greaterEqual(places, perImage(start)), ops.less(places, perImage(end)));
  };
  return ops.logicalAnd(within(axes.width, x), within(axes.height, y));
}
