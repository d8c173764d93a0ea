import { describe, OlifantError } from '../errors.ts';
import * as ops from '../ops/index.ts';
import type { Color } from '../pictures/canvas.ts';
import type { ImageDataFormat } from '../settings.ts';
import { asTensor, isTensorLike, type Tensor, type TensorLike } from '../trace/index.ts';

export function invalid(owner: string, message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', `${owner}: ${message}`);
}

/** A batch of images [batch, height, width, channels] of 1, 3 or 4 channels. */
export function readImages(owner: string, images: unknown, format: ImageDataFormat = 'channels_last'): Tensor {
  if (!isTensorLike(images)) throw invalid(owner, `expected a batch of images, got ${describe(images)}`);
  const given = asTensor(images as TensorLike);
  if (given.rank !== 4)
    throw new OlifantError(
      'SHAPE',
      `${owner}: expected a batch of images (4 axes), got shape [${given.shape.join(', ')}]; of one image, make a batch by ops.expandDims(image, 0)`,
    );
  const x = format === 'channels_last' ? given : ops.transpose(given, [0, 2, 3, 1]);
  const channels = x.shape[3]!;
  if (![1, 3, 4].includes(channels))
    throw new OlifantError(
      'SHAPE',
      `${owner}: expected 1, 3 or 4 channels, got ${channels}; dataFormat is '${format}'`,
    );
  return x;
}

export function readColor(owner: string, name: string, color: unknown): Color {
  const fine =
    Array.isArray(color) && color.length >= 1 && color.every((v) => typeof v === 'number' && v >= 0 && v <= 255);
  if (fine) return color as Color;
  throw invalid(owner, `${name}: expected red, green and blue from 0 to 255, got ${describe(color)}`);
}

/** Texts by the numbers of classes. */
export type Names = Readonly<Record<number, string>> | ReadonlyMap<number, string>;

export function nameOf(names: Names | null | undefined, label: number): string | undefined {
  if (names === null || names === undefined) return undefined;
  if (names instanceof Map) return names.get(label);
  return Object.hasOwn(names, label) ? (names as Readonly<Record<number, string>>)[label] : undefined;
}
