import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ops, type Tensor, tensor, utils, visualization } from '../../src/index.ts';
import { Canvas, textWidth } from '../../src/pictures/canvas.ts';

interface Values {
  shape: number[];
  dtype: 'float32' | 'int32' | 'uint8';
  values: number[];
}
const golden = (name: string) =>
  (JSON.parse(readFileSync(join(import.meta.dirname, `../golden/${name}.json`), 'utf8')) as { cases: never[] }).cases;
const made = ({ values, shape, dtype }: Values) => tensor(values, shape, dtype);
const camel = (name: string) => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());
const camelKeys = (options: object) => Object.fromEntries(Object.entries(options).map(([k, v]) => [camel(k), v]));
const rows = (c: Canvas) =>
  Array.from({ length: c.height }, (_, y) =>
    Array.from({ length: c.width }, (_, x) => (c.data[(y * c.width + x) * c.channels] ? '#' : '.')).join(''),
  );

describe('drawBoundingBoxes', () => {
  interface Case {
    name: string;
    images: Values;
    boxes: Values;
    labels: Values;
    format: 'xyxy';
    options: object;
    output: Values;
  }
  const cases = (golden('pictures') as Case[]).filter((c) => c.name === 'draw_bounding_boxes');

  it.each(cases.map((c, i) => [i, c] as const))('draws the pixels of Keras: %s', (_, c) => {
    const images = made(c.images);
    const boxes = { boxes: made(c.boxes), labels: made(c.labels) };
    const drawn = visualization.drawBoundingBoxes(images, boxes, c.format, camelKeys(c.options));
    expect([drawn.shape, drawn.dtype, [...drawn.dataSync()]]).toEqual([c.output.shape, 'uint8', c.output.values]);
    expect([...images.dataSync()]).toEqual(c.images.values.map(Math.fround));
    const first = visualization.drawBoundingBoxes(ops.transpose(images, [0, 3, 1, 2]), boxes, c.format, {
      ...camelKeys(c.options),
      dataFormat: 'channels_first',
    });
    expect([...ops.transpose(first, [0, 2, 3, 1]).dataSync()]).toEqual(c.output.values);
  });

  it('writes names above boxes, or inside where there is no room', () => {
    const pixels = (options: object, y = 30) => {
      const boxes = { boxes: [[[5, y, 60, y + 40]]], labels: [[1]], confidences: [[0.875]] };
      const drawn = visualization.drawBoundingBoxes(ops.zeros([1, 90, 200, 1]), boxes, 'xyxy', {
        color: [255],
        ...options,
      });
      return new Canvas(200, 90, 1, drawn.dataSync() as Uint8Array);
    };
    const plain = rows(pixels({ classMapping: { 2: 'dog' } }));
    expect(plain.slice(0, 28).join('')).not.toContain('#');
    const named = rows(pixels({ classMapping: { 1: 'cat' }, fontScale: 0.5 }));
    expect(named.slice(12, 23).join('')).toContain('#');
    const inside = rows(pixels({ classMapping: new Map([[1, 'cat']]), fontScale: 0.5 }, 10));
    expect(inside.slice(0, 9).join('')).not.toContain('#');
    expect(inside.slice(14, 28).some((row) => row.slice(9, 50).includes('#'))).toBe(true);
  });

  it('fills boxes, draws on opaque pixels, and leaves out what has no numbers', () => {
    const boxes = {
      boxes: [
        [
          [1, 1, 2, 2],
          [Number.NaN, 0, 3, 3],
        ],
      ],
      labels: [[0, 0]],
    };
    const drawn = visualization.drawBoundingBoxes(ops.zeros([1, 4, 4, 4]), boxes, 'xyxy', {
      lineThickness: -1,
      color: [1, 2, 3],
    });
    expect(ops.getItem(drawn, [0, 1, 1] as never).arraySync()).toEqual([1, 2, 3, 255]);
    expect(ops.sum(ops.cast(drawn, 'int32')).item()).toBe(4 * (6 + 255));
  });

  it('refuses what does not fit', () => {
    const draw = visualization.drawBoundingBoxes;
    const images = ops.zeros([1, 4, 4, 3]);
    const boxes = { boxes: [[[1, 1, 2, 2]]], labels: [[0]] };
    expect(() => draw(ops.zeros([4, 4, 3]), boxes, 'xyxy')).toThrow(/batch of images \(4 axes\)/);
    expect(() => draw(ops.zeros([1, 4, 4, 2]), boxes, 'xyxy')).toThrow(/channels, got 2/);
    expect(() => draw(images, [[[1, 1, 2, 2]]] as never, 'xyxy')).toThrow(/boxes and labels/);
    expect(() => draw(images, { ...boxes, labels: [[0, 1]] }, 'xyxy')).toThrow(/labels of shape \[1, 1\]/);
    expect(() => draw(images, { ...boxes, boxes: [[1, 1, 2, 2]] }, 'xyxy')).toThrow(/\[1, boxes, 4\]/);
    expect(() => draw(images, boxes, 'xxyy' as never)).toThrow(/'xyxy'|xyxy/);
    expect(() => draw(images, boxes, 'xyxy', { color: 'red' as never })).toThrow(/red, green and blue/);
    expect(() => draw(images, boxes, 'xyxy', { lineThickness: 0 })).toThrow(/lineThickness/);
    expect(() => draw(images, boxes, 'xyxy', { colour: [1] } as never)).toThrow(/color/);
  });
});

describe('drawSegmentationMasks', () => {
  interface Case {
    name: string;
    args: [Values, Values];
    options: Record<string, unknown>;
    output: Values;
  }
  const cases = (golden('boxes') as Case[]).filter((c) => c.name === 'draw_segmentation_masks');

  it.each(cases.map((c, i) => [i, c] as const))('gives the numbers of Keras: %s', (_, { args, options, output }) => {
    const [images, masks] = args.map(made) as [Tensor, Tensor];
    const drawn = visualization.drawSegmentationMasks(images, masks, camelKeys(options));
    expect([drawn.shape, drawn.dtype]).toEqual([output.shape, output.dtype]);
    expect([...drawn.dataSync()]).toEqual(output.values.map(Math.fround));
    if (options.data_format !== undefined) return;
    const flat = visualization.drawSegmentationMasks(images, ops.squeeze(masks, -1), camelKeys(options));
    expect(flat.dataSync()).toEqual(drawn.dataSync());
  });

  it('refuses what does not fit', () => {
    const draw = visualization.drawSegmentationMasks;
    const images = ops.zeros([1, 2, 2, 3]);
    const masks = ops.ones([1, 2, 2, 1], 'int32');
    expect(() => draw(images, ops.ones([1, 2, 2, 1]))).toThrow(/whole numbers, got float32/);
    expect(() => draw(images, ops.ones([1, 2, 3], 'int32'))).toThrow(/\[1, 2, 2, 1\]/);
    expect(() => draw(images, masks, { numClasses: 2, colorMapping: { 0: [1, 2, 3] } })).toThrow(/class 1/);
    expect(() => draw(images, masks, { alpha: 2 })).toThrow(/alpha/);
  });
});

describe('galleries', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'olifant-gallery-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const { plotImageGallery, plotBoundingBoxGallery, plotSegmentationMaskGallery } = visualization;
  const colors = tensor([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9], [4, 1, 1, 3]);
  const imagesOf = (svg: string) =>
    Promise.all(
      Array.from(svg.matchAll(/base64,([^"]+)"/g), ([, data]) =>
        utils.loadImg(Uint8Array.from(Buffer.from(data!, 'base64')), { colorMode: 'rgba' }),
      ),
    );

  it('hold the images, in rows and columns', async () => {
    const svg = await plotImageGallery(colors, { scale: 1, dpi: 10 });
    expect(svg).toContain('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"');
    expect(Array.from(svg.matchAll(/<image x="(\d+)" y="(\d+)"/g), ([, x, y]) => [Number(x), Number(y)])).toEqual([
      [0, 0],
      [10, 0],
      [0, 10],
      [10, 10],
    ]);
    const held = (await imagesOf(svg)).flatMap((p) => [...p.data]);
    expect(held).toEqual([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 9, 9, 255]);
    // As in Keras, what rows and columns have no place for is left out.
    expect(await imagesOf(await plotImageGallery(ops.zeros([5, 2, 2, 1])))).toHaveLength(3);
    expect(await imagesOf(await plotImageGallery(ops.zeros([5, 2, 2, 1]), { rows: 2, cols: 3 }))).toHaveLength(5);
  });

  it('take other ranges, and say classes', async () => {
    const options = { valueRange: [-1, 1] as const, labelMap: { 1: 'a<b' }, yTrue: [1, 2], rows: 1, cols: 2 };
    const svg = await plotImageGallery(tensor([-1, 1], [2, 1, 1, 1]), { ...options, yPred: [1] });
    expect((await imagesOf(svg)).map((p) => p.data[0])).toEqual([0, 255]);
    expect(Array.from(svg.matchAll(/<text [^>]*>([^<]*)</g), ([, text]) => text)).toEqual([
      'Label: a&lt;b  Pred: a&lt;b',
      'Label: Unknown',
    ]);
  });

  it('are written as SVG and PNG', async () => {
    const path = join(folder, 'a.svg');
    const svg = await plotImageGallery(colors, { path });
    expect(readFileSync(path, 'utf8')).toBe(svg);
    const options = { scale: 1, dpi: 10, path: join(folder, 'a.png') };
    await plotImageGallery(colors, { ...options, rows: 2, cols: 3 });
    const picture = await utils.loadImg(options.path, { colorMode: 'rgba' });
    const at = (x: number, y: number) => [...picture.data.subarray((y * 30 + x) * 4, (y * 30 + x) * 4 + 4)];
    expect([picture.width, picture.height]).toEqual([30, 20]);
    expect([at(0, 0), at(19, 9), at(29, 0), at(9, 19)]).toEqual([
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [0, 0, 255, 255],
      [9, 9, 9, 255],
    ]);
    expect(at(29, 19)).toEqual([0, 0, 0, 0]);
    await plotImageGallery(colors, {
      ...options,
      rows: 2,
      cols: 3,
      transparent: false,
      legendHandles: [{ color: [1, 2, 3], label: 'x' }],
      labelMap: { 0: 'zero' },
      yTrue: [0, 0, 0, 0],
    });
    const white = await utils.loadImg(options.path, { colorMode: 'rgba' });
    expect(white.height).toBeGreaterThan(20);
    expect([...white.data.slice(-4)]).toEqual([255, 255, 255, 255]);
  });

  it('draw boxes of both kinds', async () => {
    const boxes = (x: number) => ({ boxes: [[[x, 2, x + 3, 6]]], labels: [[0]] });
    const svg = await plotBoundingBoxGallery(ops.zeros([1, 10, 20, 3]), 'xyxy', {
      yTrue: boxes(2),
      yPred: boxes(12),
      lineThickness: 1,
      valueRange: [0, 1],
      legend: true,
    });
    const [picture] = await imagesOf(svg);
    const at = (x: number, y: number) => [...picture!.data.subarray((y * 20 + x) * 4, (y * 20 + x) * 4 + 3)];
    expect([at(2, 2), at(12, 2), at(0, 0)]).toEqual([
      [0, 188, 212],
      [255, 235, 59],
      [0, 0, 0],
    ]);
    expect(svg).toContain('Ground Truth');
    expect(svg).toContain('rgb(255, 235, 59)');
    const both = { legend: true, legendHandles: [{ color: [1, 1, 1], label: 'x' }] };
    await expect(plotBoundingBoxGallery(colors, 'xyxy', both)).rejects.toThrow(/not both/);
    const options = { legend: true } as unknown as 'xyxy';
    await expect(plotBoundingBoxGallery(colors, options)).rejects.toThrow(
      /unknown boundingBoxFormat an object with legend/,
    );
  });

  it('show masks beside images', async () => {
    const images = ops.full([2, 2, 2, 3], 100);
    const masks = tensor([0, 1, 1, 0, 1, 1, 1, 1], [2, 2, 2, 1], 'int32');
    const svg = await plotSegmentationMaskGallery(images, 2, {
      yTrue: masks,
      yPred: masks,
      alpha: 1,
      scale: 1,
      dpi: 20,
    });
    expect(svg).toContain('width="60" height="40"');
    const shown = await imagesOf(svg);
    expect(shown).toHaveLength(6);
    expect(shown.map((p) => p.data[0])).toEqual([100, 0, 0, 100, 1, 1]);
  });

  it('refuse what does not fit', async () => {
    await expect(plotImageGallery(colors, { path: 'a.jpg' })).rejects.toThrow(/\.svg or \.png/);
    await expect(plotImageGallery(colors, { show: true as never })).rejects.toThrow(/window/);
    await expect(plotImageGallery(colors, { yTrue: [1] })).rejects.toThrow(/labelMap/);
    await expect(plotImageGallery(colors, { valueRange: [1, 1] })).rejects.toThrow(/valueRange/);
    await expect(plotImageGallery(ops.zeros([0, 1, 1, 3]))).rejects.toThrow(/at least one/);
    await expect(plotImageGallery(colors, { rows: 1.5 })).rejects.toThrow(/rows/);
  });
});

describe('the pen', () => {
  it('writes capitals 21 pixels high, as wide as said', () => {
    const canvas = new Canvas(40, 30, 1);
    canvas.text('H', 2, 25, [255], 1, 1);
    const drawn = rows(canvas).map((row, y) => [row.indexOf('#'), row.lastIndexOf('#'), y] as const);
    const lines = drawn.filter(([from]) => from >= 0);
    expect([lines[0]![2], lines.at(-1)![2]]).toEqual([4, 25]);
    expect(lines.every(([from, to]) => from === 6 && to === 20)).toBe(true);
    expect(textWidth('H', 2)).toBe(44);
    expect(textWidth('é', 1)).toBe(textWidth('?', 1));
  });

  it('has a letter for every printable character', () => {
    for (let code = 33; code < 127; code++) {
      const canvas = new Canvas(40, 40, 1);
      canvas.text(String.fromCharCode(code), 2, 28, [255], 1, 1);
      expect(
        canvas.data.some((v) => v === 255),
        String.fromCharCode(code),
      ).toBe(true);
    }
  });
});
