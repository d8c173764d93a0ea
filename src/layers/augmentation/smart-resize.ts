import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';

/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** The size of the largest part of an image that has the proportions of `target`, as Keras rounds it. */
export function cropSize({ height, width }: Size, target: Size): Size {
  const within = (size: number, wanted: number) => Math.max(Math.min(size, Math.trunc(wanted)), 1);
  return {
    height: within(height, (width * target.height) / target.width),
    width: within(width, (height * target.width) / target.height),
  };
}

/** The largest part in the middle that has the proportions of `target`, resized to it. Keras's `smart_resize`. */
export function smartResize(images: Tensor, { height, width }: Size, dataFormat: ops.DataFormat): Tensor {
  return ops.image.resize(images, [height, width], { cropToAspectRatio: true, dataFormat });
}

/** `length` places along an axis, or those that there are, from `start` on. */
export function cutOut(x: Tensor, axis: number, start: Tensor | number, length: number): Tensor {
  const size = x.shape[axis]!;
  if (typeof start !== 'number') return ops.take(x, ops.add(ops.arange(length), start), axis);
  const from = x.shape.map((_, i) => (i === axis ? start : 0));
  return ops.slice(
    x,
    from,
    x.shape.map((d, i) => (i === axis ? Math.min(length, size - start) : d)),
  );
}
