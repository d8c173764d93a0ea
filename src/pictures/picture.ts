import { OlifantError } from '../errors.ts';

/**
 * What the numbers of a pixel are: grey, red green blue, the same with how opaque it is, grey of 16 bits, grey of 32 bits with a sign.
 * Named as in the Python library that Keras uses.
 */
export type PictureMode = 'L' | 'LA' | 'RGB' | 'RGBA' | 'I;16' | 'I';

const CHANNELS: Readonly<Record<PictureMode, number>> = { L: 1, LA: 2, RGB: 3, RGBA: 4, 'I;16': 1, I: 1 };

export type PictureData = Uint8Array | Uint16Array | Int32Array;

/** Pictures with more pixels than this are taken for a mistake or malice, and refused before anything is allocated. */
export const MAX_PIXELS = 89_478_485;

/** The pixels of a picture, row by row from the top: what Keras has PIL's `Image` for. */
export class Picture {
  readonly width: number;
  readonly height: number;
  readonly mode: PictureMode;
  /** The numbers of each pixel one after the other. */
  readonly data: PictureData;

  /** @throws OlifantError `INVALID_ARGUMENT` where the data are not as many as the pixels need. */
  constructor(width: number, height: number, mode: PictureMode, data: PictureData) {
    if (data.length !== width * height * CHANNELS[mode])
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `Picture: ${width} x ${height} pixels of mode ${mode} need ${width * height * CHANNELS[mode]} numbers, got ${data.length}`,
      );
    this.width = width;
    this.height = height;
    this.mode = mode;
    this.data = data;
  }

  /** Numbers a pixel: 1 to 4. */
  get channels(): number {
    return CHANNELS[this.mode];
  }
}

/** Grey as ITU-R BT.601 has it, in whole numbers: (19595 r + 38470 g + 7471 b) / 65536, rounded. */
const luma = (r: number, g: number, b: number): number => (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16;

/** The red, green, blue and opacity of pixel `at`, as bytes. */
type PixelReader = (at: number) => readonly [number, number, number, number];

function readerOf({ mode, data }: Picture): PixelReader {
  const grey = (v: number, opacity = 255) => [v, v, v, opacity] as const;
  const readers: Readonly<Record<PictureMode, PixelReader>> = {
    L: (i) => grey(data[i]!),
    LA: (i) => grey(data[2 * i]!, data[2 * i + 1]!),
    RGB: (i) => [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!, 255],
    RGBA: (i) => [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!, data[4 * i + 3]!],
    // Not the upper byte: so PIL has it.
    'I;16': (i) => grey(Math.min(255, data[i]!)),
    I: (i) => grey(Math.min(255, Math.max(0, data[i]!))),
  };
  return readers[mode];
}

/** The picture in another mode of bytes. What is opaque or not is forgotten where the mode has no place for it. */
export function converted(picture: Picture, mode: 'L' | 'RGB' | 'RGBA'): Picture {
  if (picture.mode === mode) return picture;
  const { width, height } = picture;
  const channels = CHANNELS[mode];
  const out = new Uint8Array(width * height * channels);
  const read = readerOf(picture);
  const isGrey = picture.channels < 3;
  for (let i = 0; i < width * height; i++) {
    const [r, g, b, opacity] = read(i);
    if (channels === 1) out[i] = isGrey ? r : luma(r, g, b);
    else {
      out[i * channels] = r;
      out[i * channels + 1] = g;
      out[i * channels + 2] = b;
      if (channels === 4) out[i * 4 + 3] = opacity;
    }
  }
  return new Picture(width, height, mode, out);
}
