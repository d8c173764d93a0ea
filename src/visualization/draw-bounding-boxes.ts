import { checkOptions, describe, OlifantError } from '../errors.ts';
import { isFloating } from '../graph/dtype.ts';
import { checkNumber, checkWhole } from '../keras-object.ts';
import { readDataFormat } from '../layers/options.ts';
import * as ops from '../ops/index.ts';
import { Canvas, type Color } from '../pictures/canvas.ts';
import type { ImageDataFormat } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike, tensor } from '../trace/index.ts';
import { type BoundingBoxFormat, convertFormat } from '../utils/bounding-boxes.ts';
import { invalid, type Names, nameOf, readColor, readImages } from './options.ts';

/** Boxes of a batch of images. */
export interface ShownBoxes {
  /** [batch, boxes, 4]. */
  readonly boxes: TensorLike;
  /** [batch, boxes]; -1 where there is no box. */
  readonly labels: TensorLike;
  /** [batch, boxes]; written behind the names. */
  readonly confidences?: TensorLike;
}

export interface DrawBoundingBoxesOptions {
  /** Names by labels; they are written beside the boxes. Default `null`: nothing is written. */
  classMapping?: Names | null;
  /** Red, green and blue. Default `[128, 128, 128]`. */
  color?: Color;
  /** Default 2; below 0, boxes are filled. */
  lineThickness?: number;
  /** Default 1; 0 and `null`: that of the lines. */
  textThickness?: number | null;
  /** Capitals are 21 times as many pixels high. Default 1. */
  fontScale?: number;
  /** Default `null`: that of `config.imageDataFormat`. */
  dataFormat?: ImageDataFormat | null;
}

export const DRAW_BOX_OPTIONS = [
  'classMapping',
  'color',
  'lineThickness',
  'textThickness',
  'fontScale',
  'dataFormat',
] as const;

/**
 * Images with boxes drawn on them, as whole numbers 0 to 255: Keras's `draw_bounding_boxes`. Images of fractions that are all at most 1
 * are taken times 255. Lines are as OpenCV draws them; letters are strokes of a pen, not those of a font.
 *
 * @param images [batch, height, width, channels] of 1, 3 or 4 channels; they are not changed.
 * @param boundingBoxes `boxes`, `labels`, and where wanted `confidences`, which are written where there are names.
 * @returns uint8, in the shape of the images.
 * @throws OlifantError `SHAPE` and `INVALID_ARGUMENT` for what does not fit.
 * @example
 * const boxes = { boxes: [[[2, 2, 5, 6]]], labels: [[0]] };
 * const drawn = visualization.drawBoundingBoxes(ops.zeros([1, 8, 8, 3]), boxes, 'xyxy', { color: [255, 0, 0], lineThickness: 1 });
 */
export function drawBoundingBoxes(
  images: TensorLike,
  boundingBoxes: ShownBoxes,
  boundingBoxFormat: BoundingBoxFormat,
  options: DrawBoundingBoxesOptions = {},
): Tensor {
  const owner = 'drawBoundingBoxes';
  checkOptions(owner, options, DRAW_BOX_OPTIONS);
  const format = readDataFormat(owner, options.dataFormat);
  const x = readImages(owner, images, format);
  const pen = readPen(owner, options);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shown = readBoxes(owner, boundingBoxes, boundingBoxFormat, batch, { height, width });
  const bytes = bytesOf(x);
  const size = height * width * channels;
  for (let i = 0; i < batch; i++) {
    const canvas = new Canvas(width, height, channels, bytes.subarray(i * size, (i + 1) * size));
    for (let k = 0; k < shown.count; k++) drawBox(canvas, shown, i * shown.count + k, pen);
  }
  const drawn = tensor(bytes, x.shape, 'uint8');
  return format === 'channels_last' ? drawn : ops.transpose(drawn, [0, 3, 1, 2]);
}

interface Pen {
  readonly color: Color;
  readonly lineThickness: number;
  readonly textThickness: number;
  readonly fontScale: number;
  readonly names: Names | null;
}

function readPen(owner: string, options: DrawBoundingBoxesOptions): Pen {
  const { color = [128, 128, 128], lineThickness = 2, textThickness = 1, fontScale = 1, classMapping } = options;
  if (lineThickness === 0) throw invalid(owner, 'lineThickness must be 1 or more, or below 0 for filled boxes');
  checkWhole(owner, 'lineThickness', Math.abs(lineThickness));
  checkWhole(owner, 'textThickness', textThickness ?? 0);
  checkNumber(owner, 'fontScale', fontScale, { above: 0 });
  return {
    color: readColor(owner, 'color', color),
    lineThickness,
    textThickness: textThickness || Math.max(1, lineThickness),
    fontScale,
    names: classMapping ?? null,
  };
}

interface Shown {
  readonly count: number;
  /** x1, y1, x2, y2. */
  readonly corners: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly confidences: ArrayLike<number> | null;
}

function readBoxes(
  owner: string,
  given: ShownBoxes,
  format: BoundingBoxFormat,
  batch: number,
  size: { height: number; width: number },
): Shown {
  if (typeof given !== 'object' || given === null || !('boxes' in given) || !('labels' in given))
    throw invalid(owner, `expected an object with boxes and labels, got ${describe(given)}`);
  const boxes = asTensor(given.boxes);
  if (boxes.rank !== 3 || boxes.shape[0] !== batch)
    throw new OlifantError(
      'SHAPE',
      `${owner}: expected boxes of shape [${batch}, boxes, 4], got [${boxes.shape.join(', ')}]`,
    );
  const count = boxes.shape[1]!;
  const beside = (name: string, x: TensorLike) => {
    const t = asTensor(x);
    if (t.size !== batch * count)
      throw new OlifantError(
        'SHAPE',
        `${owner}: expected ${name} of shape [${batch}, ${count}], got [${t.shape.join(', ')}]`,
      );
    return t.dataSync();
  };
  return {
    count,
    corners: convertFormat(boxes, format, 'xyxy', size).dataSync(),
    labels: beside('labels', given.labels),
    confidences: given.confidences === undefined ? null : beside('confidences', given.confidences),
  };
}

/** The images as whole numbers 0 to 255, a copy. */
function bytesOf(images: Tensor): Uint8Array {
  const data = images.dataSync();
  if (!isFloating(images.dtype)) return Uint8Array.from(data);
  let most = 0;
  for (const v of data) most = Math.max(most, v);
  const scale = most <= 1 ? 255 : 1;
  return Uint8Array.from(data, (v) => Math.min(255, Math.max(0, Math.fround(v * scale))));
}

function drawBox(canvas: Canvas, { corners, labels, confidences }: Shown, at: number, pen: Pen): void {
  const label = Math.trunc(labels[at]!);
  const four = [0, 1, 2, 3].map((k) => Math.trunc(corners[4 * at + k]!)) as [number, number, number, number];
  if (label === -1 || four.some((v) => !Number.isFinite(v))) return;
  const [x, y] = four;
  const { color, lineThickness, textThickness, fontScale, names } = pen;
  canvas.rectangle(...four, color, lineThickness);
  const name = nameOf(names, label);
  if (name === undefined) return;
  const text = confidences === null ? name : `${name} | ${confidences[at]!.toFixed(2)}`;
  // Above the box, or, where there is no room, inside.
  const line = Math.trunc(fontScale * 12);
  const above = y - 8 - 2 * line > 0;
  const place = above ? ([x, y - 8] as const) : ([x + 3, y + 2 * line + textThickness + 3] as const);
  canvas.text(text, ...place, color, fontScale, textThickness);
}
