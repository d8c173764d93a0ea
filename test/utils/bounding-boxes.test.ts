import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Tensor, tensor, utils } from '../../src/index.ts';

const { boundingBoxes } = utils;

interface Values {
  shape: number[];
  dtype: 'float32' | 'int32' | 'uint8';
  values: (number | string)[];
}
interface Case {
  name: string;
  args: (Values | number | string)[];
  options: Record<string, unknown>;
  output: Values;
  labels?: Values;
  labels_after?: Values;
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/boxes.json'), 'utf8')) as { cases: Case[] };
const camel = (name: string) => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());
const made = (x: unknown): unknown =>
  typeof x === 'object' && x !== null && 'shape' in x
    ? tensor((x as Values).values.map(Number), (x as Values).shape, (x as Values).dtype)
    : x;
const optionsOf = ({ options }: Case) =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), made(value)]));

function compare(got: Tensor, { shape, dtype, values }: Values, message: string): void {
  expect([got.shape, got.dtype], message).toEqual([shape, dtype]);
  const scale = Math.max(1, ...values.map((v) => Math.abs(Number(v))));
  got.dataSync().forEach((v, i) => {
    expect(Math.abs(v - Number(values[i])) / scale, `${message} [${i}]: ${v} for ${values[i]}`).toBeLessThan(1e-6);
  });
}

const cases = golden.cases.filter((c) => camel(c.name) in boundingBoxes);
const functions = boundingBoxes as unknown as Record<string, (...args: unknown[]) => Tensor>;

describe('bounding boxes as Keras has them', () => {
  it.each(Object.keys(boundingBoxes).map((name) => [name]))('%s', (name) => {
    const own = cases.filter((c) => camel(c.name) === name);
    expect(own.length).toBeGreaterThan(1);
    own.forEach((c, i) => {
      const message = `${name} ${i} ${JSON.stringify(c.options)}`;
      const args = c.args.map(made);
      if (name !== 'clipToImageSize') return compare(functions[name]!(...args, optionsOf(c)), c.output, message);
      const boxes = { boxes: args[0] as Tensor, labels: made(c.labels) as Tensor, confidence: [1] };
      const clipped = boundingBoxes.clipToImageSize(boxes, optionsOf(c));
      compare(clipped.boxes, c.output, message);
      compare(clipped.labels, c.labels_after!, message);
      expect(clipped.confidence).toEqual([1]);
    });
  });

  it('takes objects with boxes', () => {
    const { boxes, labels } = boundingBoxes.convertFormat({ boxes: [[1, 2, 3, 4]], labels: [5] }, 'xyxy', 'yxyx');
    expect([boxes.arraySync(), labels]).toEqual([[[2, 1, 4, 3]], [5]]);
    const clipped = boundingBoxes.clipToImageSize({ boxes: [[-1, 0, 5, 5]] }, { height: 4, width: 4 });
    expect([Object.keys(clipped), clipped.boxes.arraySync()]).toEqual([['boxes'], [[0, 0, 4, 4]]]);
  });

  it('takes levels of anchors', () => {
    const anchors = { P3: [[0, 0, 10, 10]], P4: [[5, 5, 9, 9]] };
    const deltas = { P3: [[0, 0.5, 0, 0]], P4: [[0, 0, 0, 0]] };
    const decoded = boundingBoxes.decodeDeltasToBoxes(anchors, deltas, 'xyxy', 'xyxy');
    expect(decoded.P3!.arraySync()).toEqual([[5, 0, 15, 10]]);
    expect(decoded.P4!.arraySync()).toEqual([[5, 5, 9, 9]]);
    expect(() => boundingBoxes.decodeDeltasToBoxes(anchors, { P3: [[0, 0, 0, 0]] }, 'xyxy', 'xyxy')).toThrow(/'P4'/);
  });

  it('takes no boxes at all', () => {
    const none = tensor([], [0, 4]);
    expect(boundingBoxes.convertFormat(none, 'xyxy', 'xywh').shape).toEqual([0, 4]);
    expect(boundingBoxes.computeIou(none, [[0, 0, 1, 1]], 'xyxy').shape).toEqual([0, 1]);
  });

  it('takes relative formats in computeCiou, where Keras refuses them', () => {
    const [a, b] = [[[0.1, 0.1, 0.5, 0.5]], [[0.2, 0.1, 0.5, 0.9]]];
    const whole = (x: number[][]) => x.map((r) => r.map((v) => v * 10));
    const relative = boundingBoxes.computeCiou(a, b, 'rel_xyxy', { imageShape: [10, 10, 3] });
    const absolute = boundingBoxes.computeCiou(whole(a), whole(b), 'xyxy');
    expect(relative.dataSync()[0]).toBeCloseTo(absolute.dataSync()[0]!, 5);
  });

  it('refuses what cannot be', () => {
    const box = [[0, 0, 1, 1]];
    const f = boundingBoxes;
    expect(() => f.convertFormat([[1, 2, 3]], 'xyxy', 'xywh')).toThrow(/\[\.\.\., 4\], got \[1, 3\]/);
    expect(() => f.convertFormat(box, 'xyyx' as never, 'xywh')).toThrow(/'xyxy'/);
    expect(() => f.convertFormat(box, 'xyxy', 'rel_xyxy', { height: 3 })).toThrow(/height and width/);
    expect(() => f.convertFormat('x' as never, 'xyxy', 'xyxy')).toThrow(/expected boxes/);
    expect(() => f.clipToImageSize({ boxes: box })).toThrow(/height and width/);
    expect(() => f.clipToImageSize({ boxes: box }, { boundingBoxFormat: 'xywh' as never })).toThrow(/convertFormat/);
    expect(() => f.crop(box, 0, 0, 1, 1, { boundingBoxFormat: 'yxyx' as never })).toThrow(/'xyxy'/);
    expect(() => f.affineTransform(box, 0, 0, 0, 1, 0, 0, 4, 4)).toThrow(/\[batch, boxes, 4\]/);
    expect(() => f.affineTransform([box], [0, 1], 0, 0, 1, 0, 0, 4, 4)).toThrow(/angle: expected a number, or 1/);
    expect(() => f.encodeBoxToDeltas(box, box, 'xyxy', 'xyxy', { variance: [1, 2] })).toThrow(/four numbers/);
    expect(() => f.encodeBoxToDeltas(box, box, 'xyxy', 'xyxy', { encodingFormat: 'xyxy' as never })).toThrow(
      /'center_yxhw'/,
    );
    expect(() => f.computeIou([0, 0, 1, 1], box, 'xyxy')).toThrow(/\[boxes, 4\]/);
    expect(() => f.computeIou(box, box, 'rel_xyxy')).toThrow(/height and width/);
    expect(() => f.computeIou(box, box, 'xyxy', { mask: 1 } as never)).toThrow(/maskVal/);
  });
});
