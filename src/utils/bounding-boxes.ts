import { checkOptions, describe, OlifantError } from '../errors.ts';
import {
  affineBoxes,
  type BoundingBoxFormat,
  checkBoxes,
  clipBoxes,
  columns,
  convertFormat as convert,
  labelsOfFull,
  pairwiseIou,
  shifted,
} from '../ops/bounding-boxes.ts';
import * as ops from '../ops/index.ts';
import { epsilon } from '../settings.ts';
import { asTensor, isTensorLike, type Tensor, type TensorLike } from '../trace/index.ts';
import { readBoxFormat } from './box-format.ts';

export type { BoundingBoxFormat } from '../ops/bounding-boxes.ts';

/** Boxes [boxes, 4] or [batch, boxes, 4], with labels and whatever else belongs to them. */
export interface LabelledBoxes {
  readonly boxes: TensorLike;
  /** [boxes] or [batch, boxes]; -1 where there is no box. */
  readonly labels?: TensorLike;
}

/** Boxes and labels after an operation, and what else there was. */
export type Boxed<T> = Omit<T, 'boxes' | 'labels'> & {
  readonly boxes: Tensor;
  readonly labels: T extends { readonly labels: TensorLike } ? Tensor : Tensor | undefined;
};

function invalid(owner: string, message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', `boundingBoxes.${owner}: ${message}`);
}

function readFormat(owner: string, name: string, value: unknown): BoundingBoxFormat {
  return readBoxFormat(`boundingBoxes.${owner}`, name, value);
}

function readCorners(owner: string, format: unknown = 'xyxy', others: readonly string[] = []): BoundingBoxFormat {
  if (['xyxy', ...others].includes(format as string)) return format as BoundingBoxFormat;
  const known = ['xyxy', ...others].map((f) => `'${f}'`).join(' or ');
  throw invalid(
    owner,
    `boundingBoxFormat: expected ${known}, got ${describe(format)}; convert the boxes by convertFormat`,
  );
}

function readBoxes(boxes: TensorLike): Tensor {
  const t = asTensor(boxes);
  checkBoxes(t);
  return t;
}

type Size = { readonly height?: TensorLike | null; readonly width?: TensorLike | null };

function between(
  owner: string,
  boxes: TensorLike,
  source: BoundingBoxFormat,
  target: BoundingBoxFormat,
  { height, width }: Size,
  dtype: 'float32' | 'int32' = 'float32',
): Tensor {
  const relative = [source, target].find((format) => format.startsWith('rel_'));
  const known = height !== null && height !== undefined && width !== null && width !== undefined;
  if (relative !== undefined && !known)
    throw invalid(owner, `the format '${relative}' needs the image's height and width`);
  return convert(asTensor(boxes), source, target, { height: height ?? 1, width: width ?? 1 }, dtype);
}

export interface ConvertFormatOptions {
  /** The images' height, or one for each image as [batch, 1, 1]; needed for `'rel_...'`. Default `null`. */
  height?: TensorLike | null;
  /** The images' width, likewise. Default `null`. */
  width?: TensorLike | null;
  /** Default `'float32'`. */
  dtype?: 'float32' | 'int32';
}

/**
 * Boxes of one format as those of another: Keras's `utils.bounding_boxes.convert_format`. `'xyxy'` and `'yxyx'` are two opposite
 * corners, `'xywh'` a corner and width and height, `'center_xywh'` and `'center_yxhw'` the centre and those, `'rel_...'` the same as
 * shares of the image's width and height.
 *
 * @param boxes [..., 4], or an object with such `boxes`.
 * @returns Boxes of the same shape, or the object with them.
 * @throws OlifantError `SHAPE` for another last axis, `INVALID_ARGUMENT` for unknown formats and missing sizes.
 * @example
 * boundingBoxes.convertFormat([[10, 20, 30, 40]], 'xyxy', 'xywh').arraySync(); // [[10, 20, 20, 20]]
 */
export function convertFormat(
  boxes: TensorLike,
  source: BoundingBoxFormat,
  target: BoundingBoxFormat,
  options?: ConvertFormatOptions,
): Tensor;
export function convertFormat<T extends LabelledBoxes>(
  boxes: T,
  source: BoundingBoxFormat,
  target: BoundingBoxFormat,
  options?: ConvertFormatOptions,
): Omit<T, 'boxes'> & { readonly boxes: Tensor };
export function convertFormat(
  boxes: TensorLike | LabelledBoxes,
  source: BoundingBoxFormat,
  target: BoundingBoxFormat,
  options: ConvertFormatOptions = {},
): unknown {
  const owner = 'convertFormat';
  const { dtype = 'float32', ...size } = checkOptions(owner, options, ['height', 'width', 'dtype']);
  if (dtype !== 'float32' && dtype !== 'int32')
    throw invalid(owner, `dtype: expected 'float32' or 'int32', got ${describe(dtype)}`);
  const [from, to] = [readFormat(owner, 'source format', source), readFormat(owner, 'target format', target)];
  if (isTensorLike(boxes)) return between(owner, boxes, from, to, size, dtype);
  if (typeof boxes !== 'object' || boxes === null || !isTensorLike(boxes.boxes))
    throw invalid(owner, `expected boxes, or an object with boxes, got ${describe(boxes)}`);
  return { ...boxes, boxes: between(owner, boxes.boxes, from, to, size, dtype) };
}

export interface ClipOptions extends Size {
  /** `'xyxy'`, which needs height and width, or `'rel_xyxy'`. Default `'xyxy'`. */
  boundingBoxFormat?: 'xyxy' | 'rel_xyxy';
}

/**
 * Boxes cut to what is inside of the image; boxes that have no area then are labelled -1. Keras's `clip_to_image_size`.
 *
 * @param boundingBoxes `boxes`, `labels` (may be missing), and whatever else, which stays.
 * @throws OlifantError `INVALID_ARGUMENT` for other formats and missing sizes.
 * @example
 * boundingBoxes.clipToImageSize({ boxes: [[-10, 5, 150, 60]], labels: [1] }, { height: 100, width: 120 }).boxes.arraySync();
 * // [[0, 5, 120, 60]]
 */
export function clipToImageSize<T extends LabelledBoxes>(boundingBoxes: T, options: ClipOptions = {}): Boxed<T> {
  const owner = 'clipToImageSize';
  const { height, width, boundingBoxFormat } = checkOptions(owner, options, ['height', 'width', 'boundingBoxFormat']);
  const relative = readCorners(owner, boundingBoxFormat, ['rel_xyxy']) === 'rel_xyxy';
  if (!relative && (height === null || height === undefined || width === null || width === undefined))
    throw invalid(owner, "boxes of the format 'xyxy' need the image's height and width");
  const size = relative ? { height: 1, width: 1 } : { height: height!, width: width! };
  const boxes = clipBoxes(readBoxes(boundingBoxes.boxes), size);
  const { labels } = boundingBoxes;
  const changed = labels === undefined ? { boxes } : { boxes, labels: labelsOfFull(boxes, asTensor(labels)) };
  return { ...boundingBoxes, ...changed } as unknown as Boxed<T>;
}

export interface AffineTransformOptions {
  /** A share of the width: what stays where it is. Default `null`: the middle. */
  centerX?: TensorLike | null;
  /** A share of the height. Default `null`: the middle. */
  centerY?: TensorLike | null;
  /** Default `'xyxy'`, and nothing else. */
  boundingBoxFormat?: 'xyxy';
}

/**
 * The upright boxes around boxes that are turned, moved, scaled and slanted with their images: Keras's `affine_transform`.
 *
 * @param boxes [batch, boxes, 4], corners x1, y1, x2, y2.
 * @param angle Degrees; this and the next are numbers, or one for each image.
 * @param translateX A share of the width. @param translateY A share of the height.
 * @param shearX Degrees. @param shearY Degrees.
 * @param height Of the images. @param width Of the images.
 * @returns float32 [batch, boxes, 4].
 */
export function affineTransform(
  boxes: TensorLike,
  angle: TensorLike,
  translateX: TensorLike,
  translateY: TensorLike,
  scale: TensorLike,
  shearX: TensorLike,
  shearY: TensorLike,
  height: number,
  width: number,
  options: AffineTransformOptions = {},
): Tensor {
  const owner = 'affineTransform';
  const { centerX, centerY, boundingBoxFormat } = checkOptions(owner, options, [
    'centerX',
    'centerY',
    'boundingBoxFormat',
  ]);
  readCorners(owner, boundingBoxFormat);
  const t = ops.cast(readBoxes(boxes), 'float32');
  if (t.rank !== 3)
    throw new OlifantError(
      'SHAPE',
      `boundingBoxes.${owner}: expected boxes of shape [batch, boxes, 4], got [${t.shape.join(', ')}]`,
    );
  const parts = { angle, translateX, translateY, scale, shearX, shearY };
  for (const [name, value] of Object.entries(parts)) {
    const { size } = asTensor(value);
    if (size !== 1 && size !== t.shape[0])
      throw new OlifantError(
        'SHAPE',
        `boundingBoxes.${owner}: ${name}: expected a number, or ${t.shape[0]} of them, got ${size}`,
      );
  }
  return affineBoxes(t, { ...parts, height, width, centerX: centerX ?? 0.5, centerY: centerY ?? 0.5 });
}

/**
 * Boxes x1, y1, x2, y2 as seen in a part of the image, cut to what is inside of it: Keras's `crop`.
 *
 * @param top Where the part begins. @param left Where the part begins.
 * @param height Of the part. @param width Of the part.
 */
export function crop(
  boxes: TensorLike,
  top: TensorLike,
  left: TensorLike,
  height: TensorLike,
  width: TensorLike,
  options: { boundingBoxFormat?: 'xyxy' } = {},
): Tensor {
  readCorners('crop', checkOptions('crop', options, ['boundingBoxFormat']).boundingBoxFormat);
  const moved = shifted(readBoxes(boxes), ops.negative(left), ops.negative(top));
  return clipBoxes(moved, { height, width });
}

/**
 * Boxes x1, y1, x2, y2 in an image that grew at its top and left: Keras's `pad`.
 *
 * @param top Rows added above. @param left Columns added before.
 * @param options.height Not used, as in Keras. @param options.width Not used.
 */
export function pad(
  boxes: TensorLike,
  top: TensorLike,
  left: TensorLike,
  options: Size & { boundingBoxFormat?: 'xyxy' } = {},
): Tensor {
  readCorners('pad', checkOptions('pad', options, ['height', 'width', 'boundingBoxFormat']).boundingBoxFormat);
  return shifted(readBoxes(boxes), left, top);
}

/** The shape of an image: height, width, and channels, which do not matter. */
export type ImageShape = readonly [height: number, width: number, channels?: number | null];

function sizeOf(owner: string, shape: ImageShape | null | undefined): Size {
  if (shape === null || shape === undefined) return {};
  if (!Array.isArray(shape) || shape.length < 2)
    throw invalid(owner, `imageShape: expected [height, width, channels], got ${describe(shape)}`);
  return { height: shape[0], width: shape[1] };
}

export interface DeltaOptions {
  /** Four numbers that the deltas are divided by (and multiplied by again). Default `null`: none. */
  variance?: TensorLike | null;
  /** Needed for `'rel_...'`. Default `null`. */
  imageShape?: ImageShape | null;
}

/** What differences of boxes are said in. */
export type DeltaFormat = 'center_xywh' | 'center_yxhw';

/** The order, variance and size of images that options say; `name` is that of the order. */
function readDeltas<K extends string>(owner: string, name: K, options: DeltaOptions & { [N in K]?: DeltaFormat }) {
  checkOptions(owner, options, [name, 'variance', 'imageShape']);
  const format: unknown = options[name] ?? 'center_yxhw';
  if (format !== 'center_xywh' && format !== 'center_yxhw')
    throw invalid(owner, `${name}: expected 'center_xywh' or 'center_yxhw', got ${describe(format)}`);
  return {
    format: format as DeltaFormat,
    variance: readVariance(owner, options.variance),
    size: sizeOf(owner, options.imageShape),
  };
}

function readVariance(owner: string, variance: TensorLike | null | undefined): Tensor | null {
  if (variance === null || variance === undefined) return null;
  const four = asTensor(variance);
  if (four.shape.at(-1) !== 4)
    throw invalid(owner, `variance: expected four numbers, got shape [${four.shape.join(', ')}]`);
  return ops.cast(four, 'float32');
}

const halves = (boxes: Tensor): readonly [Tensor, Tensor] => ops.split(boxes, 2, -1) as unknown as [Tensor, Tensor];

/**
 * What leads from anchors to boxes: the way between the centres as shares of the anchor's width and height, and the logarithms of how
 * many times as wide and high the boxes are. Keras's `encode_box_to_deltas`.
 *
 * @param anchors [n, 4]. @param boxes [n, 4] or [batch, n, 4].
 * @param options.encodingFormat The order of x and y in the result. Default `'center_yxhw'`.
 * @example
 * boundingBoxes.encodeBoxToDeltas([[0, 0, 10, 10]], [[5, 0, 15, 10]], 'xyxy', 'xyxy').arraySync(); // [[0, 0.5, 0, 0]]
 */
export function encodeBoxToDeltas(
  anchors: TensorLike,
  boxes: TensorLike,
  anchorFormat: BoundingBoxFormat,
  boxFormat: BoundingBoxFormat,
  options: DeltaOptions & { encodingFormat?: DeltaFormat } = {},
): Tensor {
  const owner = 'encodeBoxToDeltas';
  const { format, variance, size } = readDeltas(owner, 'encodingFormat', options);
  const [at, extent] = halves(between(owner, anchors, readFormat(owner, 'anchorFormat', anchorFormat), format, size));
  const [to, wanted] = halves(between(owner, boxes, readFormat(owner, 'boxFormat', boxFormat), format, size));
  const [own, other] = [ops.maximum(extent, epsilon()), ops.maximum(wanted, epsilon())];
  const way = ops.divide(ops.subtract(to, at), own);
  const growth = ops.log(ops.divide(other, own));
  const shape = way.shape.length >= growth.shape.length ? way.shape : growth.shape;
  const deltas = ops.concatenate([ops.broadcastTo(way, shape), ops.broadcastTo(growth, shape)], -1);
  return variance === null ? deltas : ops.divide(deltas, variance);
}

/** Several levels: boxes under the same names. */
export type Levels = Readonly<Record<string, TensorLike>>;

/**
 * Boxes of anchors and what leads from them to the boxes: undoes `encodeBoxToDeltas`. Keras's `decode_deltas_to_boxes`.
 *
 * @param anchors [n, 4], or an object of several such, one a level. @param deltas [n, 4] or [batch, n, 4], or an object of them.
 * @param options.encodedFormat The order of x and y in the deltas. Default `'center_yxhw'`.
 */
export function decodeDeltasToBoxes(
  anchors: TensorLike,
  deltas: TensorLike,
  anchorFormat: BoundingBoxFormat,
  boxFormat: BoundingBoxFormat,
  options?: DeltaOptions & { encodedFormat?: DeltaFormat },
): Tensor;
export function decodeDeltasToBoxes(
  anchors: Levels,
  deltas: Levels,
  anchorFormat: BoundingBoxFormat,
  boxFormat: BoundingBoxFormat,
  options?: DeltaOptions & { encodedFormat?: DeltaFormat },
): Record<string, Tensor>;
export function decodeDeltasToBoxes(
  anchors: TensorLike | Levels,
  deltas: TensorLike | Levels,
  anchorFormat: BoundingBoxFormat,
  boxFormat: BoundingBoxFormat,
  options: DeltaOptions & { encodedFormat?: DeltaFormat } = {},
): Tensor | Record<string, Tensor> {
  const owner = 'decodeDeltasToBoxes';
  const { format, variance, size } = readDeltas(owner, 'encodedFormat', options);
  const [source, target] = [readFormat(owner, 'anchorFormat', anchorFormat), readFormat(owner, 'boxFormat', boxFormat)];
  const decode = (anchor: TensorLike, delta: TensorLike): Tensor => {
    const [at, extent] = halves(between(owner, anchor, source, format, size));
    const given = ops.cast(readBoxes(delta), 'float32');
    const [way, growth] = halves(variance === null ? given : ops.multiply(given, variance));
    const boxes = ops.concatenate([ops.add(ops.multiply(way, extent), at), ops.multiply(ops.exp(growth), extent)], -1);
    return between(owner, boxes, format, target, size);
  };
  if (isTensorLike(anchors) && isTensorLike(deltas)) return decode(anchors, deltas);
  const missing = Object.keys(anchors).find((level) => !Object.hasOwn(deltas as object, level));
  if (isTensorLike(anchors) || isTensorLike(deltas) || missing !== undefined)
    throw invalid(
      owner,
      `anchors and deltas must both be tensors, or objects with the same levels${missing === undefined ? '' : `; '${missing}' is in the anchors alone`}`,
    );
  return Object.fromEntries(Object.entries(anchors).map(([level, anchor]) => [level, decode(anchor, deltas[level]!)]));
}

export interface IouOptions {
  /** Whether pairs with a box that has nothing but negative numbers give `maskVal`. Default `false`. */
  useMasking?: boolean;
  /** Default -1. */
  maskVal?: number;
  /** Needed for `'rel_...'`. Default `null`. */
  imageShape?: ImageShape | null;
}

/**
 * How much each two boxes have in common: their intersection divided by their union, plus epsilon. Keras's `compute_iou`.
 *
 * @param boxes1 [n, 4] or [batch, n, 4]. @param boxes2 [m, 4] or [batch, m, 4].
 * @returns [n, m], or [batch, n, m] where one of them has a batch.
 * @throws OlifantError `SHAPE` for other numbers of axes.
 * @example
 * boundingBoxes.computeIou([[0, 0, 2, 2]], [[0, 0, 2, 2], [1, 0, 3, 2]], 'xyxy'); // [[1, 1 / 3]]
 */
export function computeIou(
  boxes1: TensorLike,
  boxes2: TensorLike,
  boundingBoxFormat: BoundingBoxFormat,
  options: IouOptions = {},
): Tensor {
  const owner = 'computeIou';
  const {
    useMasking = false,
    maskVal = -1,
    imageShape,
  } = checkOptions(owner, options, ['useMasking', 'maskVal', 'imageShape']);
  const format = readFormat(owner, 'boundingBoxFormat', boundingBoxFormat);
  const size = sizeOf(owner, imageShape);
  const [first, second] = [boxes1, boxes2].map((boxes) => {
    const { rank, shape } = readBoxes(boxes);
    if (rank !== 2 && rank !== 3)
      throw new OlifantError(
        'SHAPE',
        `boundingBoxes.${owner}: expected [boxes, 4] or [batch, boxes, 4], got [${shape.join(', ')}]`,
      );
    return between(owner, boxes, format, 'xyxy', size);
  }) as [Tensor, Tensor];
  const shares = pairwiseIou(first, second, epsilon());
  if (!useMasking) return shares;
  const empty = (boxes: Tensor) => ops.less(ops.max(boxes, { axis: -1 }), 0);
  const masked = ops.logicalOr(ops.expandDims(empty(first), -1), ops.expandDims(empty(second), -2));
  return ops.where(masked, maskVal, shares);
}

/**
 * The complete IoU of boxes and boxes at the same places: IoU less the squared distance of the centres as a share of the squared
 * diagonal around both, less what their proportions differ by, v^2 / (1 - IoU + v) with v = 4 / pi^2 (atan w2/h2 - atan w1/h1)^2 (Zheng
 * and others, 2020). Keras's `compute_ciou`, which refuses relative formats even with an `imageShape`.
 *
 * @param boxes1 [..., 4]. @param boxes2 [..., 4].
 * @returns [...].
 */
export function computeCiou(
  boxes1: TensorLike,
  boxes2: TensorLike,
  boundingBoxFormat: BoundingBoxFormat,
  options: { imageShape?: ImageShape | null } = {},
): Tensor {
  const owner = 'computeCiou';
  const size = sizeOf(owner, checkOptions(owner, options, ['imageShape']).imageShape);
  const format = readFormat(owner, 'boundingBoxFormat', boundingBoxFormat);
  const parts = [boxes1, boxes2].map((boxes) => {
    const [left, top, right, bottom] = columns(between(owner, boxes, format, 'xyxy', size));
    const wide = ops.subtract(right, left);
    const high = ops.add(ops.subtract(bottom, top), epsilon());
    return { left, top, right, bottom, wide, high };
  });
  const [p, q] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const overlap = (from: 'left' | 'top', to: 'right' | 'bottom') =>
    ops.maximum(ops.subtract(ops.minimum(p[to], q[to]), ops.maximum(p[from], q[from])), 0);
  const span = (from: 'left' | 'top', to: 'right' | 'bottom') =>
    ops.square(ops.subtract(ops.maximum(p[to], q[to]), ops.minimum(p[from], q[from])));
  const apart = (from: 'left' | 'top', to: 'right' | 'bottom') =>
    ops.square(ops.subtract(ops.divide(ops.add(p[from], p[to]), 2), ops.divide(ops.add(q[from], q[to]), 2)));
  const common = ops.multiply(overlap('left', 'right'), overlap('top', 'bottom'));
  const areas = ops.add(ops.multiply(p.wide, p.high), ops.multiply(q.wide, q.high));
  const union = ops.add(ops.subtract(areas, common), epsilon());
  const iou = ops.divide(common, ops.add(union, epsilon()));
  const diagonal = ops.add(ops.add(span('left', 'right'), span('top', 'bottom')), epsilon());
  const distance = ops.add(apart('left', 'right'), apart('top', 'bottom'));
  const slant = (b: typeof p) => ops.arctan(ops.divide(b.wide, b.high));
  const v = ops.multiply(ops.square(ops.subtract(slant(q), slant(p))), 4 / Math.PI ** 2);
  const alpha = ops.divide(v, ops.add(ops.subtract(v, iou), 1 + epsilon()));
  const lost = ops.add(ops.divide(distance, diagonal), ops.multiply(v, alpha));
  return ops.squeeze(ops.subtract(iou, lost), -1);
}
