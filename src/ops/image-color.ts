import { isFloating } from '../graph/dtype.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { equal, greater, less, where } from './compare.ts';
import { fail, inFloat32, lift, wrap } from './core.ts';
import { abs, add, cast, clip, divide, maximum, minimum, multiply, reciprocal, subtract } from './elementwise.ts';
import { asFloat, type ImageOptions, imageAxes } from './image-core.ts';
import { split, squeeze, stack } from './movement.ts';
import { mod } from './remainder.ts';

/** The share of red, green and blue in the brightness (ITU-R BT.601, as Keras rounds it). */
const BRIGHTNESS = [0.2989, 0.587, 0.114] as const;

function planes(op: string, x: Tensor, axis: number): [Tensor, Tensor, Tensor] {
  if (x.shape[axis] !== 3)
    fail(op, `expected 3 channels, got ${x.shape[axis]} in images of shape [${x.shape.join(', ')}]`);
  return split(x, 3, axis).map((p) => squeeze(p, axis)) as [Tensor, Tensor, Tensor];
}

/**
 * The brightness 0.2989 red + 0.5870 green + 0.1140 blue, as one channel; images of one channel stay as they are. Keras's
 * `ops.image.rgb_to_grayscale`.
 *
 * @param images [height, width, 3], or a batch of them.
 * @returns The same dtype, one channel.
 */
export function rgbToGrayscale(images: TensorLike, { dataFormat }: ImageOptions = {}): Tensor {
  const x = wrap(lift(images));
  const { channels } = imageAxes('rgbToGrayscale', x, dataFormat);
  if (x.shape[channels] === 1) return x;
  if (x.shape[channels] !== 3)
    fail('rgbToGrayscale', `expected 3 channels (or 1), got ${x.shape[channels]} in shape [${x.shape.join(', ')}]`);
  const [red, green, blue] = split(asFloat(x), 3, channels) as [Tensor, Tensor, Tensor];
  const [r, g, b] = BRIGHTNESS;
  return cast(add(add(multiply(red, r), multiply(green, g)), multiply(blue, b)), x.dtype);
}

function floats(op: string, images: TensorLike): Tensor {
  const x = wrap(lift(images));
  if (!isFloating(x.dtype))
    fail(op, `expected images of a floating type, such as float32, got ${x.dtype}; cast them before`, 'DTYPE');
  return x;
}

/**
 * Hue, saturation and value of colours, each from 0 to 1 where the colours are. Keras's `ops.image.rgb_to_hsv`.
 *
 * @param images Floating [height, width, 3], or a batch of them, from 0 to 1.
 */
export function rgbToHsv(images: TensorLike, { dataFormat }: ImageOptions = {}): Tensor {
  const given = floats('rgbToHsv', images);
  const { channels } = imageAxes('rgbToHsv', given, dataFormat);
  return inFloat32(given, (t) => {
    const x = where(less(abs(t), 2 ** -23), 0, t);
    return hueAndMore(planes('rgbToHsv', x, channels), channels);
  });
}

function hueAndMore([red, green, blue]: readonly [Tensor, Tensor, Tensor], channels: number): Tensor {
  const value = maximum(maximum(red, green), blue);
  const range = subtract(value, minimum(minimum(red, green), blue));
  const coloured = greater(range, 0);
  const lit = greater(value, 0);
  const saturation = where(lit, divide(range, where(lit, value, 1)), 0);
  const norm = reciprocal(multiply(where(coloured, range, 1), 6));
  const fromGreen = add(multiply(norm, subtract(blue, red)), 2 / 6);
  const fromBlue = add(multiply(norm, subtract(red, green)), 4 / 6);
  const fromRed = multiply(norm, subtract(green, blue));
  const angle = where(equal(value, red), fromRed, where(equal(value, green), fromGreen, fromBlue));
  const hue = add(where(coloured, angle, 0), cast(less(angle, 0), 'float32'));
  return stack([hue, saturation, value], channels);
}

/**
 * Colours of hue, saturation and value. Keras's `ops.image.hsv_to_rgb`.
 *
 * @param images Floating [height, width, 3], or a batch of them, from 0 to 1.
 */
export function hsvToRgb(images: TensorLike, { dataFormat }: ImageOptions = {}): Tensor {
  const x = floats('hsvToRgb', images);
  const { channels } = imageAxes('hsvToRgb', x, dataFormat);
  return inFloat32(x, (t) => colours(planes('hsvToRgb', t, channels), channels));
}

function colours([hue, saturation, value]: readonly [Tensor, Tensor, Tensor], channels: number): Tensor {
  const sextant = multiply(mod(hue, 1), 6);
  const shares = [
    clip(subtract(abs(subtract(sextant, 3)), 1), 0, 1),
    clip(subtract(2, abs(subtract(sextant, 2))), 0, 1),
    clip(subtract(2, abs(subtract(sextant, 4))), 0, 1),
  ];
  const white = subtract(1, saturation);
  return stack(
    shares.map((share) => multiply(value, add(white, multiply(saturation, share)))),
    channels,
  );
}
