import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { TensorLike } from '../../trace/convert.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { oneOf } from '../options.ts';

const FORMATS = [
  'xyxy',
  'yxyx',
  'xywh',
  'center_xywh',
  'center_yxhw',
  'rel_xyxy',
  'rel_yxyx',
  'rel_xywh',
  'rel_center_xywh',
] as const;

/**
 * What the four numbers of a box are: two opposite corners, a corner and width and height, or the centre and width and
 * height; `'rel_...'` as shares of the image's width and height.
 */
export type BoundingBoxFormat = (typeof FORMATS)[number];

/** Boxes in images, and what is in them. */
export interface BoundingBoxes {
  /** [batch, boxes, 4], or [boxes, 4] of one image. */
  readonly boxes: Tensor;
  /** [batch, boxes], or [boxes] of one image; -1 where there is no box. */
  readonly labels: Tensor;
}

/** Width and height of images, or of each image: [batch, 1, 1]. */
export interface ImageSize {
  readonly height: TensorLike;
  readonly width: TensorLike;
}

export function readBoundingBoxFormat(owner: string, value: unknown): BoundingBoxFormat | null {
  return value === null || value === undefined ? null : oneOf(owner, 'boundingBoxFormat', value, FORMATS);
}

type Four = readonly [Tensor, Tensor, Tensor, Tensor];

/** The four columns of boxes [..., 4], each [..., 1]. */
export const columns = (boxes: Tensor): Four => ops.split(boxes, 4, -1) as unknown as Four;
export const joined = (four: readonly Tensor[]): Tensor => ops.concatenate(four, -1);

/** From each layout to corners x1, y1, x2, y2, and back. */
const LAYOUTS: Readonly<Record<string, { to: (b: Four) => Four; from: (b: Four) => Four }>> = {
  xyxy: { to: (b) => b, from: (b) => b },
  yxyx: { to: ([b, a, d, c]) => [a, b, c, d], from: ([a, b, c, d]) => [b, a, d, c] },
  xywh: {
    to: ([x, y, w, h]) => [x, y, ops.add(x, w), ops.add(y, h)],
    from: ([a, b, c, d]) => [a, b, ops.subtract(c, a), ops.subtract(d, b)],
  },
  center_xywh: { to: ([x, y, w, h]) => aroundCentre(x, y, w, h), from: (b) => centred(b) },
  center_yxhw: {
    to: ([y, x, h, w]) => aroundCentre(x, y, w, h),
    from: (b) => {
      const [x, y, w, h] = centred(b);
      return [y, x, h, w];
    },
  },
};

function aroundCentre(x: Tensor, y: Tensor, w: Tensor, h: Tensor): Four {
  const [p, q] = [ops.divide(w, 2), ops.divide(h, 2)];
  return [ops.subtract(x, p), ops.subtract(y, q), ops.add(x, p), ops.add(y, q)];
}

function centred([a, b, c, d]: Four): Four {
  const [w, h] = [ops.subtract(c, a), ops.subtract(d, b)];
  return [ops.add(a, ops.divide(w, 2)), ops.add(b, ops.divide(h, 2)), w, h];
}

const isRelative = (format: BoundingBoxFormat): boolean => format.startsWith('rel_');
const layoutOf = (format: BoundingBoxFormat) => LAYOUTS[format.replace('rel_', '')]!;

/** Boxes [..., 4] of one format as those of another. Keras's `utils.bounding_boxes.convert_format`. */
export function convertFormat(
  boxes: Tensor,
  source: BoundingBoxFormat,
  target: BoundingBoxFormat,
  { height, width }: ImageSize,
): Tensor {
  if (boxes.shape.at(-1) !== 4)
    throw new OlifantError('SHAPE', `bounding boxes: expected shape [..., 4], got [${boxes.shape.join(', ')}]`);
  const given = ops.cast(boxes, 'float32');
  if (source === target) return given;
  const scaled = (four: Four, f: (a: TensorLike, b: TensorLike) => Tensor): Four => [
    f(four[0], width),
    f(four[1], height),
    f(four[2], width),
    f(four[3], height),
  ];
  let corners = layoutOf(source).to(columns(given));
  if (isRelative(source) && !isRelative(target)) corners = scaled(corners, ops.multiply);
  if (!isRelative(source) && isRelative(target)) corners = scaled(corners, ops.divide);
  return joined(layoutOf(target).from(corners));
}

/** Boxes x1, y1, x2, y2 within the image; what is empty then is labelled -1. Keras's `clip_to_image_size`. */
export function clipToImage({ boxes, labels }: BoundingBoxes, { height, width }: ImageSize): BoundingBoxes {
  const [a, b, c, d] = columns(boxes);
  const within = (x: Tensor, most: TensorLike) => ops.minimum(ops.maximum(x, 0), most);
  const four = [within(a, width), within(b, height), within(c, width), within(d, height)] as const;
  const area = ops.multiply(ops.subtract(four[2], four[0]), ops.subtract(four[3], four[1]));
  return { boxes: joined(four), labels: ops.where(ops.greater(ops.squeeze(area, -1), 0), labels, -1) };
}

/** The smallest upright boxes around the corners of boxes after `move` has moved them. */
export function aroundMoved(boxes: Tensor, move: (x: Tensor, y: Tensor) => readonly [Tensor, Tensor]): Tensor {
  const [x1, y1, x2, y2] = columns(boxes);
  const corners = [move(x1, y1), move(x2, y2), move(x1, y2), move(x2, y1)];
  const least = (k: 0 | 1) => corners.map((p) => p[k]).reduce((a, b) => ops.minimum(a, b));
  const most = (k: 0 | 1) => corners.map((p) => p[k]).reduce((a, b) => ops.maximum(a, b));
  return joined([least(0), least(1), most(0), most(1)]);
}
