import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import {
  Input,
  layers as L,
  loadModel,
  Model,
  OlifantError,
  ops,
  Sequential,
  saveModelToBytes,
  setRandomSeed,
  Tensor,
  tensor,
} from '../../src/index.ts';
import { type BaseImagePreprocessingLayer, builtinLayers, deserializeLayer } from '../../src/layers/index.ts';
import { SymbolicTensor } from '../../src/layers/symbolic.ts';
import { compileFunction } from '../../src/trace/index.ts';
import { checkGradient, operand } from '../support/gradcheck.ts';
import { Rng } from '../support/rng.ts';

type Any = BaseImagePreprocessingLayer<unknown>;

/** One of each random layer, strong enough to change images from 0 to 10. */
const RANDOM: Record<string, (seed?: number) => Any> = {
  RandomFlip: (seed) => new L.RandomFlip('horizontal', { seed }),
  RandomTranslation: (seed) => new L.RandomTranslation(0.4, 0.4, { seed }),
  RandomRotation: (seed) => new L.RandomRotation(0.5, { seed }),
  RandomZoom: (seed) => new L.RandomZoom(0.5, { seed }),
  RandomShear: (seed) => new L.RandomShear(0.5, { seed }),
  RandomPerspective: (seed) => new L.RandomPerspective([1, 1], { seed }),
  RandomElasticTransform: (seed) => new L.RandomElasticTransform({ factor: [1, 1], seed }),
  RandomContrast: (seed) => new L.RandomContrast(0.9, { seed }),
  RandomBrightness: (seed) => new L.RandomBrightness(0.01, { seed }),
  RandomHue: (seed) => new L.RandomHue(0.9, { valueRange: [0, 10], seed }),
  RandomSaturation: (seed) => new L.RandomSaturation([0.6, 0.9], { seed }),
  RandomSharpness: (seed) => new L.RandomSharpness(1, { seed }),
  RandomColorJitter: (seed) => new L.RandomColorJitter({ brightnessFactor: 0.1, hueFactor: 0.5, seed }),
  RandomColorDegeneration: (seed) => new L.RandomColorDegeneration([0.2, 0.9], { seed }),
  RandomGrayscale: (seed) => new L.RandomGrayscale(0.5, { seed }),
  RandomInvert: (seed) => new L.RandomInvert([0.5, 0.5], { valueRange: [0, 10], seed }),
  RandomPosterization: (seed) => new L.RandomPosterization(4, { valueRange: [0, 10], seed }),
  RandomGaussianBlur: (seed) => new L.RandomGaussianBlur([1, 1], { seed }),
  RandomErasing: (seed) => new L.RandomErasing([1, 1], { scale: [0.2, 0.6], seed }),
  Solarization: (seed) => new L.Solarization(0.01, { thresholdFactor: 0.05, seed }),
  MixUp: (seed) => new L.MixUp(1, { seed }),
  CutMix: (seed) => new L.CutMix({ seed }),
  AugMix: (seed) => new L.AugMix({ valueRange: [0, 10], seed }),
  RandAugment: (seed) => new L.RandAugment({ valueRange: [0, 10], seed }),
  RandomCrop: (seed) => new L.RandomCrop(6, 6, { seed }),
};
const NAMES = Object.keys(RANDOM);

const images = (shape: readonly number[], seed = 1, low = 0, high = 10): Tensor => {
  const r = new Rng(seed);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => r.float(low, high)),
    shape,
  );
};
const list = (x: Tensor): number[] => Array.from(x.dataSync());
/** A transformation with values instead of computations. */
const fixed = <T>(v: T): T => {
  if (v instanceof Tensor) return tensor(v.dataSync(), v.shape, v.dtype) as T;
  if (v === null || typeof v !== 'object' || Array.isArray(v)) return v;
  return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, fixed(w)])) as T;
};
const draw = (layer: Any, batch: number, shape: readonly number[] = [4, 4, 3]) =>
  layer.getRandomTransformation(ops.zeros([batch, ...shape])) as Record<string, Tensor>;
const moments = (x: readonly number[]) => {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return { mean, variance: x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length };
};

describe('random layers', () => {
  it.each(NAMES)('%s: called by itself it draws anew, by its seed; in inference nothing changes', (name) => {
    const layer = RANDOM[name]!(5);
    const x = images([8, 8, 8, 3]);
    const first = list(layer.apply(x));
    expect(first).not.toEqual(list(x));
    expect(list(RANDOM[name]!(5).apply(x))).toEqual(first);
    expect(list(layer.apply(x))).not.toEqual(first);
    if (name !== 'RandomCrop') expect(list(layer.apply(x, { training: false }))).toEqual(list(x));
    expect(layer.computeOutputShape(x.shape)).toEqual(name === 'RandomCrop' ? [8, 6, 6, 3] : [8, 8, 8, 3]);
  });

  it('draw the same after the same setRandomSeed', () => {
    const x = images([4, 8, 8, 3]);
    const once = () => {
      setRandomSeed(9);
      return list(new L.RandomBrightness(0.5).apply(x));
    };
    expect(once()).toEqual(once());
  });

  it.each(NAMES)('%s: goes through its configuration', (name) => {
    const layer = RANDOM[name]!(3);
    const saved = { module: 'keras.layers', class_name: name, config: layer.getConfig(), registered_name: null };
    const again = deserializeLayer(JSON.parse(JSON.stringify(saved))) as Any;
    expect(again.getConfig()).toEqual(layer.getConfig());
  });

  it.each(NAMES)('%s: one image is a batch of one; no images are none', (name) => {
    const x = images([8, 8, 3]);
    const batch = ops.expandDims(x, 0);
    expect(list(RANDOM[name]!(2).apply(x))).toEqual(list(RANDOM[name]!(2).apply(batch)));
    expect(RANDOM[name]!(2).apply(ops.zeros([0, 8, 8, 3])).shape[0]).toBe(0);
  });

  // The others are compared with Keras in both formats.
  it.each(['RandomElasticTransform', 'RandomGrayscale', 'RandomColorJitter', 'CutMix'])(
    '%s: channels first is the same, transposed',
    (name) => {
      const config = RANDOM[name]!(6).getConfig();
      const make = (data_format: string) =>
        deserializeLayer({
          module: 'keras.layers',
          class_name: name,
          config: { ...config, seed: 6, data_format },
        }) as Any;
      const x = images([3, 8, 8, 3]);
      const first = make('channels_first').apply(ops.transpose(x, [0, 3, 1, 2]));
      const last = make('channels_last').apply(x);
      const [a, b] = [list(ops.transpose(first, [0, 2, 3, 1])), list(last)];
      a.forEach((v, i) => {
        expect(Math.abs(v - b[i]!)).toBeLessThan(1e-4);
      });
    },
  );

  it('train in a model, in batches of any size, and let images pass in inference', { timeout: 120_000 }, async () => {
    setRandomSeed(1);
    const augmentation = NAMES.filter((n) => n !== 'RandomCrop').map((n) => RANDOM[n]!());
    for (const group of [augmentation.slice(0, 9), augmentation.slice(9, 18), augmentation.slice(18)]) {
      const flatten = new L.Flatten();
      const model = new Sequential([Input({ shape: [6, 6, 3] }), ...group, flatten, new L.Dense(1)]);
      model.compile({ optimizer: 'sgd', loss: 'mse' });
      const x = images([10, 6, 6, 3]);
      const { history } = await model.fit(x, ops.zeros([10, 1]), { batchSize: 4, epochs: 2, verbose: 0 });
      expect(history.loss!.every(Number.isFinite)).toBe(true);
      const passed = new Model({ inputs: model.inputs, outputs: flatten.output as SymbolicTensor });
      const y = (await passed.predict(x, { batchSize: 4 })) as Tensor;
      expect(list(y)).toEqual(list(x));
    }
  });

  it('train in a model with RandomCrop, which cuts the middle in inference', async () => {
    const model = new Sequential([
      Input({ shape: [6, 6, 1] }),
      new L.RandomCrop(2, 4),
      new L.Flatten(),
      new L.Dense(1),
    ]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    await model.fit(images([5, 6, 6, 1], 1, 0, 1), ops.zeros([5, 1]), { batchSize: 2, verbose: 0 });
    expect(((await model.predict(images([5, 6, 6, 1]))) as Tensor).shape).toEqual([5, 1]);
    const crop = new L.RandomCrop(2, 4, { seed: 1 });
    const x = images([2, 6, 6, 1]);
    expect(list(crop.apply(x, { training: false }))).toEqual(
      list(new L.Resizing(2, 4, { cropToAspectRatio: true }).apply(x)),
    );
    const starts = new Set(
      Array.from({ length: 40 }, () =>
        crop
          .getRandomTransformation(x)
          .map((s) => (s as Tensor).dataSync()[0])
          .join(),
      ),
    );
    expect([...starts].every((s) => /^[0-4],[0-2]$/.test(s))).toBe(true);
    expect(starts.size).toBeGreaterThan(10);
  });

  it('draws numbers over the ranges of their factors, one for each image', () => {
    const many = 4000;
    const even = (x: Tensor, low: number, high: number) => {
      const values = list(x);
      expect(values.length).toBe(many);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-4);
      expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-4);
      const { mean, variance } = moments(values);
      const width = high - low;
      // Six standard errors.
      expect(Math.abs(mean - (low + high) / 2)).toBeLessThan((6 * width) / Math.sqrt(12 * many));
      expect(Math.abs(variance / ((width * width) / 12) - 1)).toBeLessThan(0.1);
    };
    even(draw(new L.RandomBrightness(0.2, { seed: 1 }), many).rgbDelta!, -51, 51);
    even(draw(new L.RandomContrast([0.3, 0.6], { seed: 1 }), many).contrastFactor!, 0.7, 1.6);
    even(draw(new L.RandomHue(0.4, { seed: 1 }), many).factor!, -0.2, 0.2);
    even(draw(new L.RandomRotation([0.1, 0.3], { seed: 1 }), many).angle!, 36, 108);
    even(draw(new L.RandomZoom(0.2, { seed: 1 }), many).heightZoom!, 0.8, 1.2);
    even(draw(new L.Solarization(0.5, { seed: 1 }), many).additions!, 0, 127.5);
    const zoom = new L.RandomZoom(0.2, { seed: 1 });
    const drawn = draw(zoom, many);
    expect(list(drawn.widthZoom!)).toEqual(list(drawn.heightZoom!));
    const flips = list(draw(new L.RandomFlip({ seed: 1 }), many).flips!);
    expect(Math.abs(moments(flips).mean - 0.5)).toBeLessThan(0.05);
    const bits = list(draw(new L.RandomPosterization([2, 5], { seed: 1 }), many).shiftFactor!);
    expect(new Set(bits)).toEqual(new Set([4, 5, 6]));
  });

  it('draws from the beta distribution: mean 1/2, variance 1 / (8 alpha + 4)', () => {
    for (const alpha of [0.2, 1, 5]) {
      const { mean, variance } = moments(list(draw(new L.MixUp(alpha, { seed: 2 }), 4000).mixWeight!));
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.04);
      expect(Math.abs(variance * (8 * alpha + 4) - 1)).toBeLessThan(0.12);
    }
    const order = list(draw(new L.MixUp({ seed: 2 }), 50).permutationOrder!);
    expect([...order].sort((a, b) => a - b)).toEqual(order.map((_, i) => i));
  });

  it('MixUp takes a transformation of plain numbers', () => {
    const layer = new L.MixUp({ boundingBoxFormat: 'xyxy' });
    const t = { mixWeight: 0.25, permutationOrder: [1, 0] } as never;
    const x = tensor([[[[4]]], [[[8]]]]);
    expect(list(layer.transformImages(x, t))).toEqual([7, 5]);
    expect(list(layer.transformLabels(tensor([[0], [4]]), t))).toEqual([3, 1]);
    const boxes = { boxes: ops.reshape(ops.arange(8), [2, 1, 4]), labels: tensor([[1], [2]]) };
    const after = layer.transformBoundingBoxes(boxes, t);
    expect(list(after.boxes)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 0, 1, 2, 3]);
    expect(list(after.labels)).toEqual([1, 2, 2, 1]);
  });

  it('MixUp and CutMix mix labels as they mix images', () => {
    const x = ops.reshape(ops.oneHot(tensor([0, 1, 2, 3], undefined, 'int32'), 4), [4, 1, 1, 4]);
    const wide = ops.tile(x, [1, 40, 40, 1]);
    const labels = ops.oneHot(tensor([0, 1, 2, 3], undefined, 'int32'), 4);
    for (const layer of [new L.MixUp(1, { seed: 3 }), new L.CutMix({ seed: 3 })]) {
      const y = layer.apply<{ images: Tensor; labels: Tensor }>({ images: wide, labels } as never);
      const shares = list(ops.mean(y.images, { axis: [1, 2] }));
      list(y.labels).forEach((v, i) => {
        // A rectangle of whole pixels is not quite as large as it was drawn.
        expect(Math.abs(v - shares[i]!)).toBeLessThan(layer instanceof L.MixUp ? 1e-5 : 0.06);
      });
    }
  });

  it.each(['RandomRotation', 'RandomErasing', 'MixUp'])(
    '%s: a compiled program draws anew at each run, as calls do',
    (name) => {
      const x = images([4, 6, 6, 3]);
      const alone = RANDOM[name]!(12);
      const layer = RANDOM[name]!(12);
      const program = compileFunction(
        (y) => [layer.apply(y, { training: true })],
        [{ shape: x.shape, dtype: 'float32' }],
      );
      program.input(0).set(x.dataSync());
      const runs = [0, 1].map(() => {
        program.run();
        return Array.from(program.output(0));
      });
      program.dispose();
      expect(runs[0]).not.toEqual(runs[1]);
      for (const run of runs) {
        const expected = list(alone.apply(x));
        run.forEach((v, i) => {
          expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-2);
        });
      }
    },
  );

  it('RandAugment chooses in a compiled program as it does outside', () => {
    const layer = new L.RandAugment({ valueRange: [0, 10], numOps: 3, seed: 8 });
    const x = images([2, 6, 6, 3]);
    const t = layer.getRandomTransformation(x)!;
    const outside = list(layer.transformImages(x, t));
    const known = fixed(t);
    const program = compileFunction((y) => [layer.transformImages(y, known)], [{ shape: x.shape, dtype: 'float32' }]);
    program.input(0).set(x.dataSync());
    program.run();
    program.output(0).forEach((v, i) => {
      expect(Math.abs(v - outside[i]!)).toBeLessThan(1e-4);
    });
    program.dispose();
  });

  it('RandAugment of no layers leaves images as they are', () => {
    const layer = new L.RandAugment({ numOps: 0 });
    const x = images([2, 3, 3, 3]);
    expect(list(layer.apply(x))).toEqual(list(x));
    const program = compileFunction(
      (y) => [layer.apply(y, { training: true })],
      [{ shape: x.shape, dtype: 'float32' }],
    );
    program.input(0).set(x.dataSync());
    program.run();
    expect([...program.output(0)]).toEqual(list(x));
    program.dispose();
  });

  it('RandomColorJitter is brightness, contrast, saturation and hue in this order', () => {
    const jitter = new L.RandomColorJitter({
      valueRange: [0, 10],
      brightnessFactor: 0.2,
      contrastFactor: 0.5,
      saturationFactor: [0.4, 0.6],
      hueFactor: 0.3,
    });
    const x = images([3, 4, 4, 3]);
    const t = jitter.getRandomTransformation(x)!;
    let y = jitter.randomBrightness!.transformImages(x, t.brightness);
    y = jitter.randomContrast!.transformImages(y, t.contrast);
    y = jitter.randomSaturation!.transformImages(y, t.saturation);
    y = jitter.randomHue!.transformImages(y, t.hue);
    expect(list(jitter.transformImages(x, t))).toEqual(list(y));
  });
});

describe('data with more than images', () => {
  const data = () => ({
    images: images([2, 6, 6, 1]),
    labels: tensor([[1], [2]]),
    boundingBoxes: { boxes: tensor([[[0, 0, 2, 3]], [[1, 1, 6, 6]]]), labels: tensor([[4], [5]], undefined, 'int32') },
    segmentationMasks: ops.ones([2, 6, 6, 1]),
  });

  it('comes back with everything, transformed alike', () => {
    const layer = new L.CenterCrop(4, 4, { boundingBoxFormat: 'xyxy' });
    const y = layer.apply(data() as never) as unknown as ReturnType<typeof data>;
    expect(y.images.shape).toEqual([2, 4, 4, 1]);
    expect(y.segmentationMasks.shape).toEqual([2, 4, 4, 1]);
    expect(list(y.labels)).toEqual([1, 2]);
    expect(y.boundingBoxes.boxes.arraySync()).toEqual([[[0, 0, 1, 2]], [[0, 0, 4, 4]]]);
  });

  it('boxes of one image need no batch', () => {
    const layer = new L.RandomTranslation([0.5, 0.5], [0.25, 0.25], { boundingBoxFormat: 'xyxy' });
    const one = { boxes: tensor([[2, 1, 4, 3]]), labels: tensor([7]) };
    const after = layer.transformBoundingBoxes(one, layer.getRandomTransformation(ops.ones([8, 8, 1])));
    expect([after.boxes.arraySync(), after.labels.arraySync()]).toEqual([[[4, 5, 6, 7]], [7]]);
  });

  it('of one image has no batch', () => {
    const { boundingBoxes, ...all } = data();
    const one = Object.fromEntries(
      Object.entries(all).map(([k, v]) => [
        k,
        ops.squeeze(
          ops.slice(
            v,
            v.shape.map(() => 0),
            [1, ...v.shape.slice(1)],
          ),
          0,
        ),
      ]),
    );
    const y = new L.RandomFlip({ seed: 1 }).apply(one as never) as unknown as ReturnType<typeof data>;
    expect(y.images.shape).toEqual([6, 6, 1]);
    expect(y.labels.shape).toEqual([1]);
    expect(boundingBoxes.boxes.rank).toBe(3);
  });

  it('MaxNumBoundingBoxes cuts and fills', () => {
    const y = (n: number) =>
      (
        new L.MaxNumBoundingBoxes(n, { boundingBoxFormat: 'xyxy' }).apply(data() as never) as unknown as ReturnType<
          typeof data
        >
      ).boundingBoxes;
    expect(y(2).labels.arraySync()).toEqual([
      [4, -1],
      [5, -1],
    ]);
    expect(y(2).boxes.arraySync()).toEqual([
      [
        [0, 0, 2, 3],
        [-1, -1, -1, -1],
      ],
      [
        [1, 1, 6, 6],
        [-1, -1, -1, -1],
      ],
    ]);
    expect(y(1).labels.shape).toEqual([2, 1]);
  });

  it('needs a format for boxes', () => {
    expect(() => new L.RandomFlip().apply(data() as never)).toThrow(/boundingBoxFormat/);
    const cut = new L.CutMix({ boundingBoxFormat: 'xyxy' });
    expect(() => cut.apply(data() as never)).toThrow(/bounding boxes are not supported/);
  });
});

describe('what is refused', () => {
  const refused: [() => unknown, RegExp][] = [
    [() => new L.RandomBrightness(2), /RandomBrightness: factor must be a number from -1 to 1/],
    [() => new L.RandomContrast([1, 2, 3] as never), /factor/],
    [() => new L.RandomZoom(-1), /heightFactor must be a number above -1/],
    [() => new L.RandomFlip('diagonal' as never), /mode/],
    [() => new L.RandomRotation(0.1, { fillMode: 'mirror' as never }), /fillMode/],
    [() => new L.RandomGaussianBlur({ kernelSize: 4 }), /kernelSize must be odd/],
    [() => new L.RandomErasing({ fillValue: [1, 2] }), /fillValue/],
    [() => new L.RandomBrightness(0.1, { valueRange: [1] as never }), /valueRange must be two numbers/],
    [() => new L.RandomBrightness(0.1, { seed: -1 }), /seed/],
    [() => new L.RandomFlip({ factor: 1 } as never), /factor/],
    [() => new L.RandomFlip({ boundingBoxFormat: 'corners' as never }), /boundingBoxFormat/],
    [() => new L.Resizing(0, 3), /height/],
    [() => new L.Resizing(3, 3, { interpolation: 'area' as never }), /interpolation/],
    [() => new L.Resizing(3, 3, { cropToAspectRatio: true, padToAspectRatio: true }), /exclude/],
    [() => new L.MixUp(0), /alpha/],
    [() => new L.RandomFlip().apply(ops.zeros([2, 3])), /expected one image/],
    [() => new L.RandomFlip().apply(Input({ shape: [3, 4, 5, 6] })), /expected one image/],
    [() => new L.RandomFlip().apply({ images: Input({ shape: [3, 4, 5] }) }), /in a model it takes images alone/],
    [() => new L.RandomHue(0.1).apply(ops.zeros([1, 2, 2, 4])), /3 channels/],
    [() => ops.image.resize(ops.zeros([2, 2, 1]), [0, 1]), /size/],
    [() => ops.image.affineTransform(ops.zeros([2, 2, 2, 1]), ops.zeros([3, 8])), /transform/],
    [() => ops.image.mapCoordinates(ops.zeros([2, 2]), ops.zeros([3, 1]), 1), /coordinates/],
    [() => ops.image.cropImages(ops.zeros([2, 2, 1]), { topCropping: 3, bottomCropping: 0 }), /topCropping/],
    [() => ops.image.rgbToHsv(ops.cast(ops.zeros([2, 2, 3]), 'uint8')), /float32/],
    [() => ops.image.ssim(ops.zeros([5, 5, 1]), ops.zeros([5, 5, 1])), /smaller than the filter/],
    [() => ops.image.elasticTransform(ops.zeros([5, 5, 1]), { sigma: 0 }), /sigma/],
  ];
  it.each(refused.map(([f, message]) => ({ f, message })))('$message', ({ f, message }) => {
    expect(f).toThrow(OlifantError);
    expect(f).toThrow(message);
  });
});

describe('whole numbers and odd values', () => {
  it('Resizing keeps bytes, rounded and within their range', () => {
    const x = tensor([0, 255, 255, 0], [2, 2, 1], 'uint8');
    const y = new L.Resizing(4, 4, { interpolation: 'bicubic' }).apply(x);
    expect(y.dtype).toBe('uint8');
    expect(new L.Resizing(1, 1).apply(x).arraySync()).toEqual([[[0]]].map(() => [[128]]));
    expect(new L.Resizing(4, 4, { interpolation: 'nearest' }).apply(ops.cast(x, 'int32')).dtype).toBe('int32');
  });

  it('other layers make float32 of bytes', () => {
    const x = tensor([10, 20, 30], [1, 1, 3], 'uint8');
    expect(list(new L.RandomBrightness([0.1, 0.1]).apply(x))).toEqual([35.5, 45.5, 55.5]);
    expect(new L.CenterCrop(1, 1).apply(x).dtype).toBe('float32');
  });

  it('NaN stays where it is', () => {
    const x = ops.reshape(tensor([1, Number.NaN, 3, 4]), [1, 2, 2, 1]);
    const flipped = list(
      new L.RandomFlip('horizontal', { seed: 1 }).transformImages(x, {
        flips: ops.ones([1, 1, 1, 1]),
        inputShape: [1, 2, 2, 1],
      } as never),
    );
    expect(flipped).toEqual([Number.NaN, 1, 4, 3]);
    expect(list(ops.image.mapCoordinates(tensor([1, 2]), tensor([[Number.NaN, 1]]), 1))).toEqual([Number.NaN, 2]);
  });

  it.each([1, 15, 16, 17, 33])('resizes and transforms lines of %i pixels', (n) => {
    const x = images([1, n, 1, 1]);
    const there = ops.image.resize(x, [2 * n, 1], { interpolation: 'nearest' });
    expect(list(ops.image.resize(there, [n, 1], { interpolation: 'nearest' }))).toEqual(list(x));
    const up = ops.image.affineTransform(x, [1, 0, 0, 0, 1, 1, 0, 0], { fillMode: 'wrap' });
    expect(list(up)).toEqual([...list(x).slice(1), list(x)[0]]);
  });
});

describe('elastic transforms', () => {
  it('move nothing for alpha 0, and much for a large one', () => {
    const x = images([2, 12, 10, 2]);
    expect(list(ops.image.elasticTransform(x, { alpha: 0, sigma: 1, seed: 3 }))).toEqual(list(x));
    const moved = ops.image.elasticTransform(x, { alpha: 3, sigma: 1, seed: 3 });
    expect(list(moved)).not.toEqual(list(x));
    expect(list(ops.image.elasticTransform(x, { alpha: 3, sigma: 1, seed: 3 }))).toEqual(list(moved));
  });

  it('are the same for a sigma that is known and one that is a tensor with a bound', () => {
    const x = images([2, 12, 10, 2]);
    const known = list(ops.image.elasticTransform(x, { alpha: 3, sigma: 0.7, seed: 3 }));
    const bounded = list(
      ops.image.elasticTransform(x, { alpha: 3, sigma: ops.multiply(0.7, 1), seed: 3, largestSigma: 1.4 }),
    );
    known.forEach((v, i) => {
      expect(Math.abs(v - bounded[i]!)).toBeLessThan(1e-4);
    });
  });
});

describe('gradients', () => {
  const graph =
    (f: (...x: Tensor[]) => Tensor) =>
    (...nodes: Node[]) =>
      f(...nodes.map((n) => new Tensor(n))).node;
  const smooth = [
    'RandomFlip',
    'RandomTranslation',
    'RandomRotation',
    'RandomZoom',
    'RandomShear',
    'RandomPerspective',
    'RandomElasticTransform',
    'RandomContrast',
    'RandomBrightness',
    'RandomHue',
    'RandomSaturation',
    'RandomSharpness',
    'RandomColorDegeneration',
    'RandomGrayscale',
    'RandomGaussianBlur',
    'MixUp',
    'CutMix',
  ];
  it.each(smooth)('of %s are central differences', (name) => {
    const layer = RANDOM[name]!(11);
    const shape = [2, 3, 4, 3];
    const t = fixed(layer.getRandomTransformation(ops.zeros(shape)));
    checkGradient(
      graph((x) => layer.transformImages(x, t)),
      [operand(new Rng(), shape, 3, 7)],
    );
  });

  it('of transforms, coordinates, scales and points are central differences', () => {
    const r = new Rng();
    const x = operand(r, [1, 4, 5, 2]);
    const one = (values: number[], shape: number[]) => ({ shape, values });
    const { image } = ops;
    checkGradient(
      graph((im, t) => image.affineTransform(im, t, { fillMode: 'reflect' })),
      [x, one([0.9, 0.21, 0.33, -0.17, 1.1, -0.47, 0.1, 0.2], [1, 8])],
    );
    checkGradient(
      graph((im, at) => image.mapCoordinates(im, at, 1, { fillMode: 'wrap' })),
      [operand(r, [4, 5]), operand(r, [2, 7], -4, 9)],
    );
    checkGradient(
      graph((im, scale, move) => image.scaleAndTranslate(im, [1, 3, 6, 2], scale, move, [1, 2], 'cubic')),
      [x, one([0.7, 1.3], [2]), one([0.21, -0.33], [2])],
    );
    checkGradient(
      graph((im, from, to) => image.perspectiveTransform(im, from, to)),
      [x, one([0, 0, 4, 0, 0, 3, 4, 3], [1, 4, 2]), one([0.2, 0.1, 3.7, 0.3, -0.4, 3.2, 4.3, 2.6], [1, 4, 2])],
      { tolerance: 1e-4 },
    );
    checkGradient(
      graph((im, sigma) => image.gaussianBlur(im, { kernelSize: [3, 5], sigma })),
      [x, one([0.8, 1.4], [2])],
    );
  });
});

describe('operations on images of symbolic tensors', () => {
  const { image } = ops;
  // biome-ignore lint/suspicious/noExplicitAny: called with symbolic tensors and with others.
  type F = (x: any) => any;
  const calls: Record<string, F> = {
    resize: (x) => image.resize(x, [3, 5], { interpolation: 'bicubic' }),
    affineTransform: (x) => image.affineTransform(x, tensor([[1, 0.2, 0.3, 0, 1.1, 0, 0, 0]]), { fillMode: 'wrap' }),
    perspectiveTransform: (x) =>
      image.perspectiveTransform(
        x,
        tensor([
          [0, 0],
          [3, 0],
          [0, 3],
          [3, 3],
        ]),
        tensor([
          [0, 1],
          [3, 0],
          [0.5, 3],
          [3, 2],
        ]),
      ),
    mapCoordinates: (x) =>
      image.mapCoordinates(
        x,
        tensor([
          [0, 1],
          [1, 1.5],
          [2, 0.5],
          [0, 1],
        ]),
        1,
      ),
    gaussianBlur: (x) => image.gaussianBlur(x, { kernelSize: [3, 5], dataFormat: 'channels_last' }),
    sobelEdges: (x) => image.sobelEdges(x),
    ssim: (x) => image.ssim(x, ops.square(x), { filterSize: 3 }),
    rgbToGrayscale: (x) => image.rgbToGrayscale(x),
    rgbToHsv: (x) => image.rgbToHsv(x),
    hsvToRgb: (x) => image.hsvToRgb(x),
    cropImages: (x) => image.cropImages(x, { topCropping: 1, leftCropping: 0, targetHeight: 2, targetWidth: 2 }),
    padImages: (x) => image.padImages(x, { topPadding: 1, leftPadding: 0, targetHeight: 8, targetWidth: 9 }),
    extractPatches: (x) => image.extractPatches(x, 2),
    extractPatches3d: (x) => image.extractPatches3d(ops.expandDims(x, 1), [1, 2, 2]),
    scaleAndTranslate: (x) => image.scaleAndTranslate(x, [2, 3, 5, 3], [0.5, 1.2], [0, 0.5], [1, 2], 'linear'),
    elasticTransform: (x) => image.elasticTransform(x, { sigma: 1, seed: 3 }),
  };

  it('are all there', () => {
    const all = Object.entries(image)
      .filter(([, f]) => typeof f === 'function')
      .map(([name]) => name);
    expect(all.sort()).toEqual(Object.keys(calls).sort());
  });

  it.each(Object.keys(calls))('%s computes the same in a model, before and after a file', async (name) => {
    const x = images([2, 4, 4, 3], 1, 0, 1);
    const expected = calls[name]!(x) as Tensor;
    expect(expected).toBeInstanceOf(Tensor);
    const input = Input({ batchShape: [2, 4, 4, 3] });
    const output = calls[name]!(input) as SymbolicTensor;
    expect(output).toBeInstanceOf(SymbolicTensor);
    expect(output.shape).toEqual(expected.shape);
    const model = new Model({ inputs: input, outputs: output });
    const again = await loadModel(await saveModelToBytes(model));
    for (const m of [model, again]) expect(list(m.apply(x) as Tensor)).toEqual(list(expected));
  });
});

it('files may name every layer for images', () => {
  const names = builtinLayers().map((c) => c.className);
  const others = [
    'Resizing',
    'CenterCrop',
    'AutoContrast',
    'Equalization',
    'MaxNumBoundingBoxes',
    'ContrastLimitedAdaptiveHistogramEqualization',
  ];
  expect([...NAMES, ...others].filter((n) => !names.includes(n))).toEqual([]);
});
