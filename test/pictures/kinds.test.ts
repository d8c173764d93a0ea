import { deflateSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { FileError, utils } from '../../src/index.ts';
import { readPicture, writePicture } from '../../src/pictures/files.ts';
import { expectLittleEffort } from '../saving/effort.ts';
import { bmpFile, fileBytes, type GifOptions, gifFile, joined, pngChunk, pngFile, pngHeader } from './files.ts';

const SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 33];
const sizes = SIZES.flatMap((width) => [1, 5, 8, 9].map((height) => ({ width, height })));
/** Something without a pattern. */
const noise = (x: number, y: number) => (x * 7919 + y * 104_729 + ((x * y) % 13) * 31) >>> 0;
const u32 = (...values: readonly number[]) =>
  values.flatMap((v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24]);

const each = <T>(width: number, height: number, f: (x: number, y: number) => T): T[] =>
  Array.from({ length: width * height }, (_, i) => f(i % width, Math.floor(i / width)));

describe('PNG pictures of every depth', () => {
  for (const depth of [1, 2, 4, 8])
    for (const interlaced of [false, true]) {
      const title = `${depth} bits${interlaced ? ', interlaced' : ''}`;
      const most = 2 ** depth - 1;
      it(`grey, ${title}`, async () => {
        for (const { width, height } of sizes) {
          const value = (x: number, y: number) => noise(x, y) % (most + 1);
          const picture = await readPicture(pngFile({ width, height, depth, kind: 0, interlaced }, value));
          expect([picture.mode, picture.width, picture.height]).toEqual(['L', width, height]);
          expect([...picture.data]).toEqual(each(width, height, (x, y) => (value(x, y) * 255) / most));
        }
      });

      it(`of a palette with colours missing, ${title}`, async () => {
        // As many as are named but one, and opacity for some.
        const colours = Array.from({ length: Math.min(most, 40) }, (_, i) => [i * 3 + 1, 255 - i, (i * i) & 255]);
        const opacities = colours.slice(0, Math.ceil(colours.length / 2)).map((_, i) => (i * 50) & 255);
        const palette = pngChunk('PLTE', Uint8Array.from(colours.flat()));
        const clear = pngChunk('tRNS', Uint8Array.from(opacities));
        for (const { width, height } of sizes.filter((_, i) => i % 3 === 0))
          for (const before of [[palette], [palette, clear]]) {
            const value = (x: number, y: number) => noise(x, y) % (colours.length + 1);
            const picture = await readPicture(pngFile({ width, height, depth, kind: 3, interlaced, before }, value));
            expect(picture.mode).toBe(before.length === 1 ? 'RGB' : 'RGBA');
            const colour = (n: number) => [
              ...(colours[n] ?? [0, 0, 0]),
              ...(before.length === 1 ? [] : [opacities[n] ?? 255]),
            ];
            expect([...picture.data]).toEqual(each(width, height, (x, y) => colour(value(x, y))).flat());
          }
      });

      it(`one grey that cannot be seen, ${title}`, async () => {
        const before = [pngChunk('tRNS', Uint8Array.of(0, 1))];
        const [width, height] = [17, 9];
        const value = (x: number, y: number) => noise(x, y) % (most + 1);
        const picture = await readPicture(pngFile({ width, height, depth, kind: 0, interlaced, before }, value));
        expect(picture.mode).toBe('LA');
        const pixel = (v: number) => [(v * 255) / most, v === 1 ? 0 : 255];
        expect([...picture.data]).toEqual(each(width, height, (x, y) => pixel(value(x, y))).flat());
      });
    }
});

describe('what libraries would believe in a PNG file', () => {
  const size = { width: 3, height: 2, depth: 8, kind: 0 };
  const expected = each(3, 2, (x, y) => noise(x, y) % 256);
  const read = async (before: readonly Uint8Array[], more: Partial<typeof size> = {}) =>
    (await readPicture(pngFile({ ...size, ...more, before }, (x, y) => noise(x, y) % 256))).data;

  it('is not handed over', async () => {
    const bomb = deflateSync(new Uint8Array(2 ** 26));
    const profile = pngChunk('iCCP', joined([[65, 0, 0], bomb]));
    const text = pngChunk('tEXt', Uint8Array.of(65, 66));
    await expectLittleEffort('a profile that is a bomb', async () => {
      for (let i = 0; i < 20; i++) expect([...(await read([profile, text]))]).toEqual(expected);
    });
    expect([...(await read([pngHeader({ ...size, width: 50_000, height: 50_000 })]))]).toEqual(expected);
    expect([...(await read([pngChunk('PLTE', Uint8Array.of(1, 2))]))]).toEqual(expected);
  });

  it('and data are as many as the size needs', async () => {
    const file = (bytes: number) =>
      joined([
        fileBytes('rgb.png').subarray(0, 8),
        pngHeader(size),
        pngChunk('IDAT', deflateSync(new Uint8Array(bytes))),
        pngChunk('IEND', new Uint8Array(0)),
      ]);
    expect((await readPicture(file(8))).data).toEqual(new Uint8Array(6));
    await expect(readPicture(file(7))).rejects.toThrow(/give 7 bytes, 8 are declared/);
    await expect(readPicture(file(9))).rejects.toThrow(/more than the 8 bytes/);
    await expectLittleEffort('a bomb', () =>
      expect(readPicture(file(2 ** 28))).rejects.toThrow(/more than the 8 bytes/),
    );
  });

  it('names what the library says', async () => {
    const lines = deflateSync(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0));
    const end = pngChunk('IEND', new Uint8Array(0));
    const file = joined([fileBytes('rgb.png').subarray(0, 8), pngHeader(size), pngChunk('IDAT', lines), end]);
    await expect(readPicture(file)).rejects.toThrow(/the PNG data are damaged: .*9/);
    await expect(readPicture(file)).rejects.toThrow(FileError);
  });

  it('and interlaced pictures of few bits are not too large', async () => {
    const header = pngHeader({ width: 4097, height: 4096, depth: 1, kind: 0, interlaced: true });
    const file = joined([fileBytes('rgb.png').subarray(0, 8), header]);
    await expect(readPicture(file)).rejects.toThrow(/4097 x 4096 pixels is too large; at most 16777216/);
  });
});

describe('GIF pictures', () => {
  const palette = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];
  const clear = [4, 3] as const;
  const end = [5, 3] as const;
  const base: GifOptions = {
    screen: [2, 1],
    frame: [0, 0, 2, 1],
    palette,
    first: 2,
    codes: [clear, [1, 3], [2, 3], end],
  };
  const read = async (more: Partial<GifOptions>) => readPicture(gifFile({ ...base, ...more }));

  it('with and without the mark of the end, and with more after the last pixel', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const expected = [40, 50, 60, 70, 80, 90];
    expect([...(await read({})).data]).toEqual(expected);
    expect([...(await read({ codes: base.codes.slice(0, 3) })).data]).toEqual(expected);
    expect([...(await read({ codes: [...base.codes.slice(0, 3), [3, 3], [1, 3], [7, 3], [7, 3]] })).data]).toEqual(
      expected,
    );
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it('smaller than the whole, and beyond it', async () => {
    const inside = await read({ screen: [3, 2], frame: [1, 1, 2, 1] });
    expect([inside.width, inside.height]).toEqual([3, 2]);
    const around = [10, 20, 30];
    expect([...inside.data]).toEqual([...around, ...around, ...around, ...around, 40, 50, 60, 70, 80, 90]);
    const beyond = await read({ screen: [1, 1], frame: [1, 1, 2, 1] });
    expect([beyond.width, beyond.height]).toEqual([3, 2]);
    expect(beyond.data).toEqual(inside.data);
    await expect(read({ frame: [65_535, 0, 2, 1] })).rejects.toThrow(/outside/);
  });

  it('with numbers of colours that are not there', async () => {
    const colours = palette.slice(0, 6);
    expect([...(await read({ palette: colours })).data]).toEqual([40, 50, 60, 0, 0, 0]);
  });

  it('refuse codes that are made of themselves, or stand for too few pixels or too many', async () => {
    const circle = [clear, [0, 3], [7, 3], [6, 3], [7, 4], [7, 4]] as const;
    const large = { screen: [100, 100], frame: [0, 0, 100, 100] } as const;
    await expect(read({ ...large, codes: circle })).rejects.toThrow(/an unknown code 7/);
    await expect(read({ ...large })).rejects.toThrow(/cut off: 2 of 10000/);
    await expect(read({ codes: [clear, [1, 3], [6, 3], end] })).rejects.toThrow(/too many for 2 pixels/);
    await expect(read({ first: 9 })).rejects.toThrow(/codes of 9 bits/);
  });
});

describe('BMP pictures', () => {
  const palette = (bits: number) =>
    Array.from({ length: 2 ** bits }, (_, i) => [i * 7, 255 - i * 3, i * 11].map((v) => v & 255));

  for (const bits of [1, 4, 8])
    it.each([false, true])(`of ${bits} bits, downward: %s`, async (downward) => {
      const colours = palette(bits);
      const between = colours.flatMap(([r, g, b]) => [b!, g!, r!, 0]);
      for (const { width, height } of sizes) {
        const value = (x: number, y: number) => noise(x, y) % colours.length;
        const picture = await readPicture(bmpFile({ width, height, bits, between, downward }, value));
        expect([picture.mode, picture.width, picture.height]).toEqual(['RGB', width, height]);
        expect([...picture.data]).toEqual(each(width, height, (x, y) => colours[value(x, y)]!).flat());
      }
    });

  it('with the old header, whose palette has three bytes a colour', async () => {
    const colours = palette(4);
    const between = colours.flatMap(([r, g, b]) => [b!, g!, r!]);
    const picture = await readPicture(bmpFile({ width: 7, height: 3, bits: 4, between, old: true }, (x, y) => x + y));
    expect([...picture.data]).toEqual(each(7, 3, (x, y) => colours[x + y]!).flat());
  });

  it('of 16 bits, with 5 or 6 for each colour', async () => {
    for (const green of [5, 6]) {
      const masks = green === 5 ? [0x7c00, 0x3e0, 0x1f] : [0xf800, 0x7e0, 0x1f];
      const value = (x: number, y: number) => (x * 2 + y * 4099) & (2 ** (green + 10) - 1);
      const part = (v: number, from: number, bits: number) =>
        Math.floor((((v >> from) & (2 ** bits - 1)) * 255) / (2 ** bits - 1));
      const options = { width: 33, height: 16, bits: 16, packing: 3, between: u32(...masks) };
      const expected = each(33, 16, (x, y) => {
        const v = value(x, y);
        return [part(v, 5 + green, 5), part(v, 5, green), part(v, 0, 5)];
      }).flat();
      expect([...(await readPicture(bmpFile(options, value))).data]).toEqual(expected);
      if (green === 5) {
        const plain = bmpFile({ ...options, packing: 0, between: [] }, value);
        expect([...(await readPicture(plain)).data]).toEqual(expected);
      }
    }
  });

  it('of 32 bits, in any order', async () => {
    for (const order of ['rgb', 'bgr', 'grb']) {
      const shift = (c: string) => 8 * order.indexOf(c) + 8;
      const masks = ['r', 'g', 'b'].map((c) => (0xff << shift(c)) >>> 0);
      const options = { width: 5, height: 3, bits: 32, packing: 3, between: u32(...masks) };
      const value = (x: number, y: number) => (noise(x, y) * 2_654_435_761) >>> 0;
      const picture = await readPicture(bmpFile(options, value));
      const pixel = (v: number) => ['r', 'g', 'b'].map((c) => (v >>> shift(c)) & 255);
      expect([...picture.data]).toEqual(each(5, 3, (x, y) => pixel(value(x, y))).flat());
    }
  });

  it('of other bits, or compressed, are refused', async () => {
    const read = (more: object) => readPicture(bmpFile({ width: 2, height: 2, bits: 16, ...more }, () => 0));
    await expect(read({ packing: 3, between: u32(0xff00, 0xf0, 0xf) })).rejects.toThrow(/bits ff00, f0, f are not/);
    await expect(read({ bits: 32, packing: 3, between: u32(0x3ff, 0xffc00, 0x3ff00000) })).rejects.toThrow(
      /not supported/,
    );
    await expect(read({ bits: 8, packing: 1, between: u32(...new Array(256).fill(0)) })).rejects.toThrow(/compressed/);
    await expect(read({ bits: 2 })).rejects.toThrow(/pixels of 2 bits/);
  });
});

describe('what was written', () => {
  it('with opacity keeps it in BMP files', async () => {
    const picture = new utils.Picture(3, 1, 'RGBA', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 255));
    expect(await readPicture(await writePicture(picture, 'bmp'))).toEqual(picture);
  });
});
