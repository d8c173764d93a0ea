import { describe, expect, it } from 'vitest';
import { type BaseImagePreprocessingLayer, type Config, deserializeLayer } from '../../src/layers/index.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Case {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly images: GoldenTensor;
  readonly transformation: unknown;
  readonly output: GoldenTensor;
  readonly labels?: GoldenTensor;
  readonly labels_after?: GoldenTensor;
  readonly boxes?: Record<'boxes' | 'labels', { tensor: GoldenTensor }>;
  readonly boxes_after?: Record<'boxes' | 'labels', { tensor: GoldenTensor }>;
  readonly masks?: GoldenTensor;
  readonly masks_after?: GoldenTensor;
}

const camel = (s: string): string => s.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** A transformation of Keras's as it is here: tensors, and names in camelCase. */
function revived(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(revived);
  if (typeof x === 'string') return camel(x);
  if (typeof x !== 'object' || x === null) return x;
  if ('tensor' in x) return fromGolden(x.tensor as GoldenTensor);
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [camel(k), revived(v)]));
}

/** These know from the images alone what to do, and describe it in another way. */
const KNOWN = ['Resizing', 'CenterCrop'];

const close = (got: Tensor, expected: GoldenTensor, what: string) => {
  expect(got.shape, what).toEqual(expected.shape);
  expectCloseToScale(got.dataSync(), numbers(expected), TOLERANCES.layer.relative, what);
};

describe('the same transformation gives what Keras gives', () => {
  it.each(golden<Case>('image_layers').cases)('$name', (c) => {
    const { class_name, config } = c;
    const saved = { module: 'keras.layers', class_name, config, registered_name: null };
    const layer = deserializeLayer(saved) as BaseImagePreprocessingLayer<unknown>;
    const images = fromGolden(c.images);
    const t = KNOWN.includes(class_name) ? layer.getRandomTransformation(images) : revived(c.transformation);
    close(layer.transformImages(images, t), c.output, 'images');
    if (c.labels) close(layer.transformLabels(fromGolden(c.labels), t), c.labels_after!, 'labels');
    if (c.masks) close(layer.transformSegmentationMasks(fromGolden(c.masks), t), c.masks_after!, 'masks');
    if (c.boxes) {
      const { boxes, labels } = c.boxes;
      const given = { boxes: fromGolden(boxes.tensor), labels: fromGolden(labels.tensor) };
      const after = layer.transformBoundingBoxes(given, t);
      close(after.boxes, c.boxes_after!.boxes.tensor, 'boxes');
      close(after.labels, c.boxes_after!.labels.tensor, 'labels of boxes');
    }
  });
});
