import { OlifantError } from '../errors.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { greater } from './compare.ts';
import { convertToTensor } from './creation.ts';
import { add, cast, cos, divide, maximum, minimum, multiply, negative, sin, subtract, tan } from './elementwise.ts';
import { concatenate, expandDims, reshape, split, squeeze } from './movement.ts';
import { where } from './selection.ts';

export const BOUNDING_BOX_FORMATS = [
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
export type BoundingBoxFormat = (typeof BOUNDING_BOX_FORMATS)[number];

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

type Four = readonly [Tensor, Tensor, Tensor, Tensor];

/** The four columns of boxes [..., 4], each [..., 1]. */
export const columns = (boxes: Tensor): Four => split(boxes, 4, -1) as unknown as Four;
export const joined = (four: readonly Tensor[]): Tensor => concatenate(four, -1);

/** From each layout to corners x1, y1, x2, y2, and back. */
const LAYOUTS: Readonly<Record<string, { to: (b: Four) => Four; from: (b: Four) => Four }>> = {
  xyxy: { to: (b) => b, from: (b) => b },
  yxyx: { to: ([b, a, d, c]) => [a, b, c, d], from: ([a, b, c, d]) => [b, a, d, c] },
  xywh: {
    to: ([x, y, w, h]) => [x, y, add(x, w), add(y, h)],
    from: ([a, b, c, d]) => [a, b, subtract(c, a), subtract(d, b)],
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
  const [p, q] = [divide(w, 2), divide(h, 2)];
  return [subtract(x, p), subtract(y, q), add(x, p), add(y, q)];
}

function centred([a, b, c, d]: Four): Four {
  const [w, h] = [subtract(c, a), subtract(d, b)];
  return [add(a, divide(w, 2)), add(b, divide(h, 2)), w, h];
}

const isRelative = (format: BoundingBoxFormat): boolean => format.startsWith('rel_');
const layoutOf = (format: BoundingBoxFormat) => LAYOUTS[format.replace('rel_', '')]!;

/** @throws OlifantError `SHAPE` for what are no boxes. */
export function checkBoxes(boxes: Tensor): void {
  if (boxes.shape.at(-1) !== 4)
    throw new OlifantError('SHAPE', `bounding boxes: expected shape [..., 4], got [${boxes.shape.join(', ')}]`);
}

/** Boxes [..., 4] of one format as those of another, float32 unless told otherwise. */
export function convertFormat(
  boxes: Tensor,
  source: BoundingBoxFormat,
  target: BoundingBoxFormat,
  { height, width }: ImageSize,
  dtype: 'float32' | 'int32' = 'float32',
): Tensor {
  checkBoxes(boxes);
  const given = cast(boxes, dtype);
  if (source === target) return given;
  const scaled = ([a, b, c, d]: Four, f: (a: TensorLike, b: TensorLike) => Tensor): Four => [
    f(a, width),
    f(b, height),
    f(c, width),
    f(d, height),
  ];
  let corners = layoutOf(source).to(columns(given));
  if (isRelative(source) && !isRelative(target)) corners = scaled(corners, multiply);
  if (!isRelative(source) && isRelative(target)) corners = scaled(corners, divide);
  return joined(layoutOf(target).from(corners));
}

const within = (x: Tensor, most: TensorLike) => minimum(maximum(x, 0), most);

/** Boxes x1, y1, x2, y2 within an image. */
export function clipBoxes(boxes: Tensor, { height, width }: ImageSize): Tensor {
  const [a, b, c, d] = columns(boxes);
  return joined([within(a, width), within(b, height), within(c, width), within(d, height)]);
}

/** The labels of boxes x1, y1, x2, y2; -1 for those that are empty. */
export function labelsOfFull(boxes: Tensor, labels: Tensor): Tensor {
  const [a, b, c, d] = columns(boxes);
  const area = multiply(subtract(c, a), subtract(d, b));
  return where(greater(squeeze(area, -1), 0), labels, -1);
}

/** Boxes x1, y1, x2, y2 within the image; what is empty then is labelled -1. Keras's `clip_to_image_size`. */
export function clipToImage({ boxes, labels }: BoundingBoxes, size: ImageSize): BoundingBoxes {
  const clipped = clipBoxes(boxes, size);
  return { boxes: clipped, labels: labelsOfFull(clipped, labels) };
}

/** Boxes x1, y1, x2, y2 seen from another origin. */
export function shifted(boxes: Tensor, right: TensorLike, down: TensorLike): Tensor {
  const [a, b, c, d] = columns(boxes);
  return joined([add(a, right), add(b, down), add(c, right), add(d, down)]);
}

/** The smallest upright boxes around the corners of boxes after `move` has moved them. */
export function aroundMoved(boxes: Tensor, move: (x: Tensor, y: Tensor) => readonly [Tensor, Tensor]): Tensor {
  const [x1, y1, x2, y2] = columns(boxes);
  const corners = [move(x1, y1), move(x2, y2), move(x1, y2), move(x2, y1)];
  const least = (k: 0 | 1) => corners.map((p) => p[k]).reduce((a, b) => minimum(a, b));
  const most = (k: 0 | 1) => corners.map((p) => p[k]).reduce((a, b) => maximum(a, b));
  return joined([least(0), least(1), most(0), most(1)]);
}

/** What is done to images; numbers, or one for each image. */
export interface AffineParts {
  /** Degrees. */
  readonly angle: TensorLike;
  /** Shares of width and height. */
  readonly translateX: TensorLike;
  readonly translateY: TensorLike;
  readonly scale: TensorLike;
  /** Degrees. */
  readonly shearX: TensorLike;
  readonly shearY: TensorLike;
  /** Shares of width and height: what stays where it is. */
  readonly centerX: TensorLike;
  readonly centerY: TensorLike;
  readonly height: number;
  readonly width: number;
}

/**
 * Boxes [batch, boxes, 4], x1, y1, x2, y2, of images that are turned, slanted, scaled and moved. With r the angle, p and q
 * the shears, all negated, and t the movement against the direction given:
 *
 *     a = cos(r - q) / cos q    b = a tan p + sin r
 *     c = -sin(r - q) / cos q   d = cos r - c tan p
 *     [x y]' = centre + scale [[d, -b], [-c, a]] ([x y] - centre - t)
 */
export function affineBoxes(boxes: Tensor, parts: AffineParts): Tensor {
  const each = (x: TensorLike) => {
    const t = cast(convertToTensor(x), 'float32');
    return t.rank === 0 ? t : reshape(t, [t.size, 1, 1]);
  };
  const radians = (x: TensorLike) => multiply(each(x), -Math.PI / 180);
  const [r, p, q] = [radians(parts.angle), radians(parts.shearX), radians(parts.shearY)];
  const along = (centre: TensorLike, move: TensorLike, size: number) => {
    const middle = multiply(each(centre), size - 1);
    return [middle, add(middle, multiply(negative(each(move)), size - 1))] as const;
  };
  const [cx, fromX] = along(parts.centerX, parts.translateX, parts.width);
  const [cy, fromY] = along(parts.centerY, parts.translateY, parts.height);
  const turned = subtract(r, q);
  const a = divide(cos(turned), cos(q));
  const b = add(multiply(a, tan(p)), sin(r));
  const c = divide(negative(sin(turned)), cos(q));
  const d = subtract(cos(r), multiply(c, tan(p)));
  const scale = each(parts.scale);
  const row = (u: Tensor, v: Tensor, centre: Tensor) => {
    const [m, n] = [multiply(u, scale), multiply(v, scale)];
    const rest = subtract(subtract(centre, multiply(m, fromX)), multiply(n, fromY));
    return (x: Tensor, y: Tensor) => add(add(multiply(m, x), multiply(n, y)), rest);
  };
  const [toX, toY] = [row(d, negative(b), cx), row(negative(c), a, cy)];
  return aroundMoved(boxes, (x, y) => [toX(x, y), toY(x, y)]);
}

/** Boxes x1, y1, x2, y2 as columns [..., boxes, 1], and as rows [..., 1, boxes]. */
const asRow = (column: Tensor): Tensor => expandDims(squeeze(column, -1), -2);

/** Width times height of boxes x1, y1, x2, y2, each [..., 1]. */
const areaOf = ([a, b, c, d]: Four): Tensor => multiply(subtract(d, b), subtract(c, a));

/** Shares [..., n, m] of what each two boxes of [..., n, 4] and [..., m, 4] (x1, y1, x2, y2) have in common. */
export function pairwiseIou(boxes1: Tensor, boxes2: Tensor, epsilon: number): Tensor {
  const first = columns(boxes1);
  const others = columns(boxes2);
  const [a, b, c, d] = others.map(asRow) as unknown as Four;
  const overlap = (least: Tensor, most: Tensor) => maximum(subtract(most, least), 0);
  const high = overlap(maximum(first[1], b), minimum(first[3], d));
  const wide = overlap(maximum(first[0], a), minimum(first[2], c));
  const common = multiply(high, wide);
  const union = subtract(add(areaOf(first), asRow(areaOf(others))), common);
  return divide(common, add(union, epsilon));
}
