import { checkOptions, describe, OlifantError } from '../errors.ts';
import { checkFlag, checkNumber, checkWhole } from '../keras-object.ts';
import { readDataFormat } from '../layers/options.ts';
import { Canvas, type Color, textWidth } from '../pictures/canvas.ts';
import { Picture } from '../pictures/picture.ts';
import { encodePng } from '../pictures/png.ts';
import { resized } from '../pictures/resize.ts';
import { writeFile } from '../saving/node-files.ts';
import type { ImageDataFormat } from '../settings.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';
import { escapeText } from '../utils/dot.ts';
import { invalid, type Names, nameOf, readColor, readImages } from './options.ts';

/** A colour and what it means. */
export interface LegendHandle {
  readonly color: Color;
  readonly label: string;
}

/** What all galleries take. */
export interface GalleryOptions {
  /** The classes of the images, shown above them; needs `labelMap`. Default `null`. */
  yTrue?: TensorLike | null;
  /** The predicted classes, likewise. Default `null`. */
  yPred?: TensorLike | null;
  /** Names of the classes. Default `null`. */
  labelMap?: Names | null;
  /** Default `null`: the square root of the number of images, rounded up. */
  rows?: number | null;
  /** Default `null`: the number of images divided by `rows`, rounded down as in Keras, so that some may be left out. */
  cols?: number | null;
  /** The smallest and largest number that images can have. Default `[0, 255]`. */
  valueRange?: readonly [number, number];
  /** Width and height of an image, in inches. Default 2. */
  scale?: number;
  /** A file that ends with `.svg` or `.png`. Default `null`: none is written. */
  path?: string | null;
  /** Nothing has a window to show pictures in: the result is returned. Default `null`. */
  show?: false | null;
  /** Whether there is no background; otherwise it is white. Default `true`. */
  transparent?: boolean;
  /** Pixels an inch. Default 60. */
  dpi?: number;
  /** Colours and what they mean, shown at the bottom. Default `null`. */
  legendHandles?: readonly LegendHandle[] | null;
  /** Default `null`: that of `config.imageDataFormat`. */
  dataFormat?: ImageDataFormat | null;
}

export const GALLERY_OPTIONS = [
  'yTrue',
  'yPred',
  'labelMap',
  'rows',
  'cols',
  'valueRange',
  'scale',
  'path',
  'show',
  'transparent',
  'dpi',
  'legendHandles',
  'dataFormat',
] as const;

/**
 * Images in rows and columns, with classes above them where told: Keras's `plot_image_gallery`.
 *
 * @param images [batch, height, width, channels] of 1, 3 or 4 channels.
 * @returns The text of an SVG picture, which holds the images.
 * @throws OlifantError for what does not fit; FileError for errors of the disk.
 * @example
 * const svg = await visualization.plotImageGallery(xTrain, { rows: 4, cols: 4, path: 'digits.svg' });
 */
export async function plotImageGallery(images: TensorLike, options: GalleryOptions = {}): Promise<string> {
  const owner = 'plotImageGallery';
  checkOptions(owner, options, GALLERY_OPTIONS);
  const page = readPage(owner, images, options);
  const kind = readPath(owner, options.path ?? null);
  const svg = await drawSvg(page);
  if (kind !== null)
    await writeFile(options.path!, kind === 'svg' ? new TextEncoder().encode(svg) : await drawPng(page));
  return svg;
}

function readPath(owner: string, path: unknown): 'svg' | 'png' | null {
  if (path === null) return null;
  const ending = typeof path === 'string' ? /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() : undefined;
  if (ending === 'svg' || ending === 'png') return ending;
  throw new OlifantError('UNSUPPORTED', `${owner}: path must end with .svg or .png, got ${describe(path)}`);
}

/** An image and what is written above it. */
interface Cell {
  readonly picture: Picture;
  readonly title: string;
}

/** All sizes in pixels. */
interface Page {
  readonly cells: readonly Cell[];
  readonly cols: number;
  /** Of a cell, without its title. */
  readonly side: number;
  /** Height of the line of a title; 0 where there are none. */
  readonly titleHeight: number;
  readonly width: number;
  readonly height: number;
  readonly legend: readonly LegendHandle[];
  readonly font: number;
  readonly transparent: boolean;
}

const TITLE_POINTS = 8;

function readPage(owner: string, images: TensorLike, options: GalleryOptions): Page {
  const { scale = 2, dpi = 60, transparent = true, legendHandles, labelMap = null, yTrue, yPred } = options;
  checkNumber(owner, 'scale', scale, { above: 0 });
  checkNumber(owner, 'dpi', dpi, { above: 0 });
  checkFlag(owner, 'transparent', transparent);
  if (options.show)
    throw invalid(owner, 'there is no window to show pictures in; give a path, or use the SVG that is returned');
  const titled = (yTrue !== null && yTrue !== undefined) || (yPred !== null && yPred !== undefined);
  if (titled && labelMap === null) throw invalid(owner, 'yTrue and yPred need names of the classes: labelMap');
  const x = readImages(owner, images, readDataFormat(owner, options.dataFormat));
  const batch = x.shape[0]!;
  if (batch === 0) throw invalid(owner, 'expected at least one image');
  const rows = options.rows || Math.ceil(Math.sqrt(batch));
  const cols = options.cols || Math.max(1, Math.floor(batch / rows));
  checkWhole(owner, 'rows', rows, 1);
  checkWhole(owner, 'cols', cols, 1);
  const titles = titlesOf(yTrue ?? null, yPred ?? null, labelMap);
  const cells = picturesOf(owner, x, options.valueRange ?? [0, 255], Math.min(batch, rows * cols)).map(
    (picture, i) => ({
      picture,
      title: titles(i),
    }),
  );
  const side = Math.max(1, Math.round(scale * dpi));
  const font = (TITLE_POINTS * dpi) / 72;
  const legend = (legendHandles ?? []).map(({ color, label }) => ({
    color: readColor(owner, 'legendHandles', color),
    label,
  }));
  const titleHeight = titled ? Math.ceil(2 * font) : 0;
  const height = rows * (side + titleHeight) + (legend.length > 0 ? Math.ceil(3 * font) : 0);
  return { cells, cols, side, titleHeight, width: cols * side, height, legend, font, transparent };
}

function titlesOf(yTrue: TensorLike | null, yPred: TensorLike | null, names: Names | null): (i: number) => string {
  const lists = [
    ['Label', yTrue],
    ['Pred', yPred],
  ] as const;
  const known = lists.flatMap(([word, labels]) =>
    labels === null ? [] : [[word, asTensor(labels).dataSync()] as const],
  );
  return (i) =>
    known
      .filter(([, labels]) => i < labels.length)
      .map(([word, labels]) => `${word}: ${nameOf(names, labels[i]!) ?? 'Unknown'}`)
      .join('  ');
}

function picturesOf(owner: string, images: Tensor, range: readonly [number, number], count: number): Picture[] {
  const [low, high] = range;
  if (!(Array.isArray(range) && range.length === 2 && low < high))
    throw invalid(owner, `valueRange must be two numbers, the smaller one first, got ${describe(range)}`);
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const data = images.dataSync();
  const size = height * width * channels;
  const mode = channels === 1 ? 'L' : channels === 3 ? 'RGB' : 'RGBA';
  const byte = (v: number) => Math.min(255, Math.max(0, Math.fround(Math.fround((v - low) / (high - low)) * 255)));
  return Array.from({ length: count }, (_, i) => {
    const part = data.subarray(i * size, (i + 1) * size);
    const bytes = low === 0 && high === 255 ? Uint8ClampedArray.from(part, Math.trunc) : Uint8Array.from(part, byte);
    return new Picture(width, height, mode, new Uint8Array(bytes));
  });
}

/** Where the image of a cell lies: as large as fits, in the middle. */
function placeOf({ cols, side, titleHeight }: Page, { picture: { width, height } }: Cell, i: number) {
  const fit = side / Math.max(width, height);
  const [w, h] = [Math.max(1, Math.round(width * fit)), Math.max(1, Math.round(height * fit))];
  const [left, top] = [(i % cols) * side, Math.floor(i / cols) * (side + titleHeight)];
  return {
    x: left + Math.floor((side - w) / 2),
    y: top + titleHeight + Math.floor((side - h) / 2),
    w,
    h,
    middle: left + side / 2,
    baseline: top + titleHeight * 0.75,
  };
}

/** Where the patches and words of the legend begin, from the left. */
function legendPlaces({ legend, width, font }: Page, lengthOf: (text: string) => number): number[] {
  const widths = legend.map(({ label }) => 3.5 * font + lengthOf(label));
  let at = (width - widths.reduce((a, b) => a + b, 0)) / 2;
  return widths.map((w) => {
    at += w;
    return at - w;
  });
}

async function drawSvg(page: Page): Promise<string> {
  const { cells, width, height, font, legend, transparent } = page;
  const parts: string[] = transparent ? [] : [`<rect width="${width}" height="${height}" fill="white"/>`];
  for (const [i, cell] of cells.entries()) {
    const { x, y, w, h, middle, baseline } = placeOf(page, cell, i);
    const data = base64(await encodePng(cell.picture));
    parts.push(
      `<image x="${x}" y="${y}" width="${w}" height="${h}" preserveAspectRatio="none" image-rendering="pixelated" href="data:image/png;base64,${data}"/>`,
    );
    if (cell.title !== '')
      parts.push(`<text x="${middle}" y="${n(baseline)}" text-anchor="middle">${escapeText(cell.title)}</text>`);
  }
  const places = legendPlaces(page, (text) => text.length * font * 0.58);
  legend.forEach(({ color, label }, i) => {
    const [x, y] = [places[i]!, height - 2 * font];
    parts.push(
      `<rect x="${n(x)}" y="${n(y)}" width="${n(2 * font)}" height="${n(font)}" fill="rgb(${color.slice(0, 3).join(', ')})"/>` +
        `<text x="${n(x + 2.5 * font)}" y="${n(y + font)}">${escapeText(label)}</text>`,
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="${n(font)}">`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const n = (x: number) => String(Math.round(x * 10) / 10);

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

const BLACK = [0, 0, 0, 255];
const WHITE = [255, 255, 255, 255];
/** Capitals are this part of a font's size, and 21 strokes high. */
const CAPITALS = 0.72;

async function drawPng(page: Page): Promise<Uint8Array> {
  const { cells, width, height, font, legend, transparent } = page;
  const canvas = new Canvas(width, height, 4);
  if (!transparent) canvas.fill(0, 0, width - 1, height - 1, WHITE);
  const scale = (font * CAPITALS) / 21;
  for (const [i, cell] of cells.entries()) {
    const { x, y, w, h, middle, baseline } = placeOf(page, cell, i);
    const { data, channels } = resized(cell.picture, w, h, 'nearest');
    for (let row = 0; row < h; row++)
      for (let col = 0; col < w; col++) {
        const at = (row * w + col) * channels;
        const color = channels === 1 ? [data[at]!, data[at]!, data[at]!] : Array.from(data.subarray(at, at + channels));
        canvas.fill(x + col, y + row, x + col, y + row, color);
      }
    canvas.text(cell.title, middle - textWidth(cell.title, scale) / 2, baseline, BLACK, scale, 1);
  }
  const places = legendPlaces(page, (text) => textWidth(text, scale));
  legend.forEach(({ color, label }, i) => {
    const [x, y] = [Math.round(places[i]!), Math.round(height - 2 * font)];
    canvas.fill(x, y, Math.round(x + 2 * font), Math.round(y + font), color);
    canvas.text(label, x + 2.5 * font, y + font, BLACK, scale, 1);
  });
  return encodePng(new Picture(width, height, 'RGBA', canvas.data));
}
