import { describe, formatShape, OlifantError } from '../errors.ts';
import { windowCount } from '../graph/infer-window.ts';
import { type ConvPadding, type DataFormat, paddingOf } from '../ops/index.ts';
import { isShape } from './call-arguments.ts';
import type { Layer } from './layer.ts';
import type { DynamicShape } from './symbolic.ts';

/** The axis of the channels. */
export const channelAxis = (format: DataFormat): number => (format === 'channels_last' ? -1 : 1);

/** The axes of `rank` spatial sizes. */
export function spatialAxes(format: DataFormat, rank: number): number[] {
  const first = format === 'channels_last' ? 1 : 2;
  return Array.from({ length: rank }, (_, i) => first + i);
}

/** The shape with other spatial sizes; unknown ones stay unknown. */
export function mapSpatial(
  shape: DynamicShape,
  format: DataFormat,
  f: (size: number, i: number) => number,
): (number | null)[] {
  const out = [...shape];
  spatialAxes(format, shape.length - 2).forEach((axis, i) => {
    const size = shape[axis]!;
    out[axis] = size === null ? null : f(size, i);
  });
  return out;
}

/** A number of windows along one axis. */
export function windows(size: number, window: number, stride: number, padding: ConvPadding, dilation = 1): number {
  const [low, high] = paddingOf('windows', padding, size, window, stride, dilation);
  return windowCount(size, window, stride, low, high, dilation);
}

/** The size of an axis that weights depend on. */
export function knownSize(layer: Layer, shape: DynamicShape, axis: number): number {
  if (!isShape(shape))
    throw new OlifantError(
      'SHAPE',
      `${layer.label}: build needs the shape of the input, with the batch axis, like [null, 784], got ${describe(shape)}`,
    );
  const size = shape.at(axis);
  if (typeof size === 'number' && size > 0) return size;
  const what = size === undefined ? `has no axis ${axis}` : `has ${size ?? 'no known'} size along axis ${axis}`;
  throw new OlifantError(
    'SHAPE',
    `${layer.label}: the weights depend on axis ${axis} of the input, but the shape ${formatShape(shape)} ${what}; ` +
      'give that size in Input or inputShape',
  );
}

/** @throws OlifantError `SHAPE` where a size of the outputs is not positive. */
export function checkOutputSizes(
  layer: Layer,
  input: DynamicShape,
  output: readonly (number | null)[],
  cause: string,
): DynamicShape {
  if (output.slice(1).some((d) => d !== null && d < 1))
    throw new OlifantError(
      'SHAPE',
      `${layer.label}: an input of shape ${formatShape(input)} is too small for ${cause}: the output would have the ` +
        `shape ${formatShape(output)}. Use a larger input, a smaller window, or padding 'same'`,
    );
  return output;
}

/** @throws OlifantError `SHAPE` where an axis is not one of the input's. */
export function axisOf(layer: Layer, shape: DynamicShape, axis: number): number {
  const rank = shape.length;
  if (axis < -rank || axis >= rank)
    throw new OlifantError('SHAPE', `${layer.label}: the input of shape ${formatShape(shape)} has no axis ${axis}`);
  return axis < 0 ? axis + rank : axis;
}
