import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { gradient, type Tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from './golden.ts';

interface Case {
  readonly name: string;
  readonly op: string;
  readonly images: readonly GoldenTensor[];
  readonly operands: Readonly<Record<string, GoldenTensor>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly output: GoldenTensor;
  readonly output_gradient: GoldenTensor;
  readonly input_gradient: GoldenTensor;
}

const camel = (s: string): string => s.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** Arguments of Keras's that come by position here, in order. */
const POSITIONS: Readonly<Record<string, readonly string[]>> = {
  resize: ['size'],
  scale_and_translate: ['output_shape', 'scale', 'translation', 'spatial_dims', 'method'],
  affine_transform: ['transform'],
  perspective_transform: ['start_points', 'end_points'],
  map_coordinates: ['coordinates', 'order'],
  extract_patches: ['size'],
  extract_patches_3d: ['size'],
};

function call(c: Case, images: readonly Tensor[]): Tensor {
  const operands = Object.fromEntries(Object.entries(c.operands).map(([k, v]) => [k, fromGolden(v)]));
  const all: Record<string, unknown> = { ...c.options, ...operands };
  const positions = POSITIONS[c.op] ?? [];
  const rest = Object.entries(all).filter(([k]) => !positions.includes(k));
  const options = Object.fromEntries(rest.map(([k, v]) => [camel(k), v]));
  const f = (ops.image as unknown as Record<string, (...args: unknown[]) => Tensor>)[camel(c.op)]!;
  return f(...images, ...positions.map((k) => all[k]), options);
}

describe('as Keras computes', () => {
  it.each(golden<Case>('image_ops').cases)('$name', (c) => {
    const images = c.images.map(fromGolden);
    const y = call(c, images);
    const [slope] = gradient(ops.sum(ops.multiply(y, fromGolden(c.output_gradient))), [images[0]!]) as [Tensor];
    expect(y.shape).toEqual(c.output.shape);
    expectCloseToScale(y.dataSync(), numbers(c.output), 1e-5, c.name);
    expectCloseToScale(slope.dataSync(), numbers(c.input_gradient), 1e-5, `${c.name}: gradient`);
  });
});
