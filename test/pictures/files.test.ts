import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FileError, OlifantError, tensor, utils } from '../../src/index.ts';
import { writePicture } from '../../src/pictures/files.ts';
import { crc32 } from '../../src/saving/zip/crc32.ts';

const { arrayToImg, imgToArray, loadImg, saveImg, Picture } = utils;

interface Values {
  shape: number[];
  dtype: 'float32';
  values: number[];
}
interface Loaded {
  name: string;
  file: string;
  bytes: string;
  results: { options: Record<string, unknown>; mode: string; pixels: Values }[];
}
interface Made {
  name: string;
  input: Values;
  options: Record<string, unknown>;
  mode: string;
  pixels: Values;
  array: Values;
  first: Values;
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/pictures.json'), 'utf8')) as {
  cases: (Loaded | Made)[];
};
const files = golden.cases.filter((c): c is Loaded => c.name === 'load_img');
const camel = (options: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(options).map(([k, v]) => [k.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), v]),
  );
const bytesOf = (name: string) => Uint8Array.from(Buffer.from(files.find((c) => c.file === name)!.bytes, 'base64'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'olifant-pictures-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('loadImg gives the pixels of Keras', () => {
  it.each(files.map((c) => [c.file, c] as const))('%s', async (_, { bytes, results }) => {
    const data = Uint8Array.from(Buffer.from(bytes, 'base64'));
    for (const { options, mode, pixels } of results) {
      const picture = await loadImg(data, camel(options));
      const message = JSON.stringify(options);
      expect([picture.mode, picture.height, picture.width, picture.channels], message).toEqual([mode, ...pixels.shape]);
      expect([...picture.data], message).toEqual(pixels.values);
      expect(picture.data.constructor, message).toBe(mode === 'I;16' ? Uint16Array : Uint8Array);
    }
  });

  it('from a path, and from a Blob', async () => {
    const path = join(folder, 'a.png');
    writeFileSync(path, bytesOf('rgb.png'));
    const expected = (await loadImg(bytesOf('rgb.png'))).data;
    expect((await loadImg(path)).data).toEqual(expected);
    expect((await loadImg(new Blob([bytesOf('rgb.png')]))).data).toEqual(expected);
  });
});

describe('arrayToImg and imgToArray', () => {
  const made = golden.cases.filter((c): c is Made => c.name === 'array_to_img');
  it.each(made.map((c, i) => [i, c] as const))('as Keras: %s', (_, c) => {
    const picture = arrayToImg(tensor(c.input.values, c.input.shape), camel(c.options));
    expect([picture.mode, [...picture.data]]).toEqual([c.mode, c.pixels.values]);
    const array = imgToArray(picture);
    expect([array.shape, array.dtype, [...array.dataSync()]]).toEqual([c.array.shape, 'float32', c.array.values]);
    const first = imgToArray(picture, { dataFormat: 'channels_first', dtype: 'int32' });
    expect([first.shape, first.dtype, [...first.dataSync()]]).toEqual([c.first.shape, 'int32', c.first.values]);
  });

  it('take nothing else', () => {
    expect(() => arrayToImg([[1, 2]])).toThrow(/3 axes/);
    expect(() => arrayToImg([[[1, 2]]])).toThrow(/1, 3 or 4 channels, got 2/);
    expect(() => arrayToImg([[[1]]], { dataFormat: 'last' as never })).toThrow(/dataFormat/);
    expect(() => imgToArray(Promise.resolve() as never)).toThrow(/await/);
    expect(() => imgToArray([1])).toThrow(/2 or 3 axes/);
    expect(() => imgToArray([[1]], { dtype: 'bool' as never })).toThrow(/dtype/);
    expect(() => new Picture(2, 2, 'RGB', new Uint8Array(4))).toThrow(/12 numbers, got 4/);
  });
});

describe('saveImg', () => {
  it.each(['png', 'bmp'])('keeps all pixels in a %s file', async (ending) => {
    for (const name of ['rgb.png', 'rgba.png', 'grey.png'])
      for (const [width, height] of [
        [1, 1],
        [3, 2],
        [17, 5],
      ]) {
        const colorMode = name === 'grey.png' ? 'grayscale' : (name.split('.')[0] as 'rgb');
        const picture = await loadImg(bytesOf(name), { colorMode, targetSize: [height!, width!] });
        const path = join(folder, `x.${ending}`);
        await saveImg(path, picture);
        expect(await loadImg(path, { colorMode })).toEqual(picture);
      }
  });

  it('stretches numbers unless told otherwise', async () => {
    const path = join(folder, 'scaled.png');
    await saveImg(path, [[[1], [2], [3]]]);
    expect([...(await loadImg(path, { colorMode: 'grayscale' })).data]).toEqual([0, 127, 255]);
    await saveImg(path, [[[1.5], [2], [300]]], { scale: false });
    expect([...(await loadImg(path, { colorMode: 'grayscale' })).data]).toEqual([1, 2, 300]);
  });

  it('writes JPEG files of the quality asked for', async () => {
    const picture = await loadImg(bytesOf('grey.png'));
    const error = async (quality: number) => {
      const data = await writePicture(picture, 'jpeg', quality);
      const back = (await loadImg(data)).data;
      return Array.from(picture.data).reduce((sum, v, i) => sum + Math.abs(v - back[i]!), 0) / back.length;
    };
    const [low, high] = [await error(10), await error(100)];
    expect(high).toBeLessThan(1.5);
    expect(low).toBeGreaterThan(2 * high);
    const path = join(folder, 'a.JPG');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await saveImg(path, await loadImg(bytesOf('rgba.png'), { colorMode: 'rgba' }));
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    expect((await loadImg(path)).channels).toBe(3);
  });

  it('says what it cannot write', async () => {
    const x = [[[0], [1]]];
    await expect(saveImg('a.gif', x)).rejects.toThrow(/PNG, JPEG and BMP files can be written, got 'gif'/);
    await expect(saveImg('a', x)).rejects.toThrow(/fileFormat/);
    await expect(saveImg('a.jpg', x, { quality: 0 })).rejects.toThrow(/quality/);
    await expect(saveImg('a.bmp', [[[500]]], { scale: false })).rejects.toThrow(/PNG files only/);
    await expect(saveImg(join(folder, 'none', 'a.png'), x)).rejects.toThrow(FileError);
  });
});

describe('what is no picture', () => {
  const be32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  const patched = (name: string, at: number, ...values: number[]) => {
    const data = bytesOf(name);
    data.set(values, at);
    return data;
  };
  const frame = (data: Uint8Array) => Buffer.from(data).indexOf(Uint8Array.of(0xff, 0xc0)) + 5;

  it('is refused, with its name and what is wrong', async () => {
    const path = join(folder, 'broken.png');
    writeFileSync(path, patched('rgb.png', 45, 1, 2, 3));
    await expect(loadImg(path)).rejects.toThrow(/broken\.png: byte 33: the chunk 'IDAT' is damaged/);
    await expect(loadImg(join(folder, 'none.png'))).rejects.toThrow(/none\.png.*ENOENT/);
    await expect(loadImg(Uint8Array.of(1, 2, 3))).rejects.toThrow(/expected a PNG, JPEG, BMP or GIF file/);
    await expect(loadImg(new Uint8Array(0))).rejects.toThrow(FileError);
    await expect(loadImg(bytesOf('rgb.png').subarray(0, 60))).rejects.toThrow(/beyond the end/);
    await expect(loadImg(bytesOf('420.jpg').subarray(0, -40))).rejects.toThrow(/cut off/);
    await expect(loadImg(bytesOf('few.gif').subarray(0, -20))).rejects.toThrow(/cut off/);
    await expect(loadImg(bytesOf('rgb.bmp').subarray(0, -1))).rejects.toThrow(/the pixels reaches beyond the end/);
  });

  it('is refused where it would take all memory', async () => {
    const header = patched('rgb.png', 16, ...be32(65535), ...be32(65535));
    await expect(loadImg(header)).rejects.toThrow(/65535 x 65535 pixels is too large/);
    const jpeg = bytesOf('420.jpg');
    jpeg.set([0xff, 0xff, 0xff, 0xff], frame(jpeg));
    await expect(loadImg(jpeg)).rejects.toThrow(/too large/);
    await expect(loadImg(patched('rgb.bmp', 18, 255, 255, 0, 0, 255, 255, 0, 0))).rejects.toThrow(/too large/);
    await expect(loadImg(patched('few.gif', 6, 255, 255, 255, 255))).rejects.toThrow(/too large/);
    // Not too large, but more than so few bytes can hold.
    const many = patched('rgb.png', 16, ...be32(5000), ...be32(5000));
    many.set(be32(crc32(many.subarray(12, 29))), 29);
    await expect(loadImg(many)).rejects.toThrow(/too few for 5000 x 5000/);
    await expect(loadImg(bytesOf('rgb.png'), { targetSize: [60000, 60000] })).rejects.toThrow(/targetSize/);
  });

  it('refuses pictures of more scans than anybody needs', async () => {
    const data = bytesOf('progressive.jpg');
    const start = Buffer.from(data).lastIndexOf(Uint8Array.of(0xff, 0xda));
    const scan = data.subarray(start, -2);
    const many = Buffer.concat([data.subarray(0, start), ...new Array(40).fill(scan), Uint8Array.of(0xff, 0xd9)]);
    many.set([0x20, 0, 0x20, 0], Buffer.from(many).indexOf(Uint8Array.of(0xff, 0xc2)) + 5);
    await expect(loadImg(new Uint8Array(many))).rejects.toThrow(/scans of 8192 x 8192 pixels would take too long/);
  });

  it('and words that are not known', async () => {
    const data = bytesOf('rgb.png');
    await expect(loadImg(data, { colorMode: 'bgr' as never })).rejects.toThrow(/grayscale, rgb, rgba/);
    await expect(loadImg(data, { interpolation: 'linear' as never })).rejects.toThrow(/bilinear/);
    await expect(loadImg(data, { targetSize: [0, 3] })).rejects.toThrow(/above 0/);
    await expect(loadImg(data, { target_size: [2, 3] } as never)).rejects.toThrow(/targetSize/);
    await expect(loadImg(data, { targetSize: [1, 1000], keepAspectRatio: true })).rejects.toThrow(OlifantError);
  });
});
