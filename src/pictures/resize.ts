import { Picture, type PictureData } from './picture.ts';

/** A part of a picture: from the left and top edge to the right and bottom one. */
export type Part = readonly [left: number, top: number, right: number, bottom: number];

/** How far a filter reaches at the size of the picture, and its weight there. */
interface Filter {
  readonly reach: number;
  weight(x: number): number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Keys' cubic with a = -1/2. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

const FILTERS = {
  box: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { reach: 1, weight: (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0) },
  bicubic: { reach: 2, weight: cubic },
  lanczos: { reach: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Readonly<Record<string, Filter>>;

/** How pixels of another size are found. */
export type PictureInterpolation = 'nearest' | keyof typeof FILTERS;

export const INTERPOLATIONS: readonly PictureInterpolation[] = [
  'nearest',
  'bilinear',
  'bicubic',
  'hamming',
  'box',
  'lanczos',
];

/**
 * A part of a picture at another size, as PIL makes it, byte for byte: where pictures shrink, filters reach as much further, so that
 * every pixel counts. First along rows, then along columns, rounded to bytes in between; weights are whole 2^-22ths.
 */
export function resized(
  picture: Picture,
  width: number,
  height: number,
  interpolation: PictureInterpolation,
  part: Part = [0, 0, picture.width, picture.height],
): Picture {
  if (interpolation === 'nearest') return nearest(picture, width, height, part);
  // Of what cannot be seen, the colour must not count.
  const weighed = picture.mode === 'RGBA' || picture.mode === 'LA';
  const source = weighed ? new Picture(picture.width, picture.height, picture.mode, premultiplied(picture)) : picture;
  const rows = along(source, width, part[0], part[2], FILTERS[interpolation], true);
  const both = along(rows, height, part[1], part[3], FILTERS[interpolation], false);
  return weighed ? new Picture(width, height, picture.mode, divided(both)) : both;
}

/** The pixels that are taken for `size` ones of a stretch. Steps are added up as PIL does, so that rounding is the same. */
function places(from: number, to: number, size: number): Int32Array {
  const step = (to - from) / size;
  let at = from + step * 0.5;
  return Int32Array.from({ length: size }, () => {
    const place = Math.min(Math.floor(at), to - 1);
    at += step;
    return place;
  });
}

function nearest(picture: Picture, width: number, height: number, [left, top, right, bottom]: Part): Picture {
  const { channels, data } = picture;
  const out = emptyLike(data, width * height * channels);
  const [xs, ys] = [places(left, right, width), places(top, bottom, height)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (ys[y]! * picture.width + xs[x]!) * channels;
      for (let c = 0; c < channels; c++) out[(y * width + x) * channels + c] = data[from + c]!;
    }
  return new Picture(width, height, picture.mode, out);
}

const emptyLike = (data: PictureData, length: number): PictureData =>
  new (data.constructor as new (n: number) => PictureData)(length);

/** The first pixel that counts for one of the result, and the weights of this and the next ones. */
interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

function windows(size: number, from: number, to: number, end: number, filter: Filter): Window[] {
  const scale = (to - from) / size;
  const stretch = Math.max(scale, 1);
  const reach = filter.reach * stretch;
  return Array.from({ length: size }, (_, i) => {
    const centre = from + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const last = Math.min(end, Math.trunc(centre + reach + 0.5));
    const raw = Array.from({ length: last - first }, (_, k) => filter.weight((first + k - centre + 0.5) / stretch));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: sum === 0 ? raw : raw.map((w) => w / sum) };
  });
}

/** Weights of bytes are rounded to these. */
const UNIT = 2 ** 22;

/** Resizes along rows, or along columns. */
function along(picture: Picture, size: number, from: number, to: number, filter: Filter, rows: boolean): Picture {
  const { width, height, channels, data } = picture;
  const length = rows ? width : height;
  if (size === length && from === 0 && to === length) return picture;
  const [outWidth, outHeight] = rows ? [size, height] : [width, size];
  const out = emptyLike(data, outWidth * outHeight * channels);
  const bytes = data instanceof Uint8Array;
  const limit = data instanceof Uint16Array ? 65535 : 2 ** 31 - 1;
  const table = windows(size, from, to, length, filter).map(({ first, weights }) => ({
    first,
    weights: bytes ? weights.map((w) => Math.trunc(w * UNIT + (w < 0 ? -0.5 : 0.5))) : weights,
  }));
  const step = rows ? channels : width * channels;
  for (let y = 0; y < outHeight; y++)
    for (let x = 0; x < outWidth; x++) {
      const { first, weights } = table[rows ? x : y]!;
      const start = rows ? (y * width + first) * channels : (first * width + x) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += data[start + c + k * step]! * weights[k]!;
        out[(y * outWidth + x) * channels + c] = bytes
          ? Math.min(255, Math.max(0, Math.floor((sum + UNIT / 2) / UNIT)))
          : Math.min(limit, Math.max(data instanceof Uint16Array ? 0 : -limit, Math.floor(sum + 0.5)));
      }
    }
  return new Picture(outWidth, outHeight, picture.mode, out);
}

/** Colours times how opaque they are: a b / 255, rounded. */
function premultiplied({ data, channels }: Picture): Uint8Array {
  const out = Uint8Array.from(data);
  const last = channels - 1;
  for (let i = 0; i < out.length; i += channels)
    for (let c = 0; c < last; c++) {
      const product = out[i + c]! * out[i + last]! + 128;
      out[i + c] = ((product >> 8) + product) >> 8;
    }
  return out;
}

/** And back. */
function divided({ data, channels }: Picture): Uint8Array {
  const out = Uint8Array.from(data);
  const last = channels - 1;
  for (let i = 0; i < out.length; i += channels) {
    const opacity = out[i + last]!;
    if (opacity === 0 || opacity === 255) continue;
    for (let c = 0; c < last; c++) out[i + c] = Math.min(255, Math.floor((255 * out[i + c]!) / opacity));
  }
  return out;
}
