import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import type { Shape } from '../../src/graph/shape.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { type Tensor, tensor } from '../../src/trace/index.ts';

const folder = new URL('../golden/models/', import.meta.url);

export interface GoldenTensor {
  shape: number[];
  dtype: string;
  values: (number | string)[];
}

export interface GoldenWeight extends GoldenTensor {
  path: string;
  name: string;
}

export interface GoldenModel {
  inputs: GoldenTensor[];
  targets: GoldenTensor[];
  predictions: GoldenTensor[];
  weights: GoldenWeight[];
  optimizer_variables: GoldenWeight[];
  compile_config: {
    optimizer: { class_name: string; config: Record<string, unknown> };
    loss: unknown;
    loss_weights: number[] | null;
    metrics: unknown;
  } | null;
  evaluate: Record<string, number>;
  sgd_step: { rows: number; learning_rate: number; loss: number; weights: GoldenWeight[] };
  fit: {
    options: { batch_size: number; epochs: number; shuffle: boolean; validation_split: number };
    history: Record<string, (number | string)[]>;
    weights: GoldenWeight[];
    optimizer_variables: GoldenWeight[];
  };
}

export function goldenModel(name: string): GoldenModel {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
}

/** The configuration in a .keras file. */
export function goldenConfig(name: string): { class_name: string; config: Record<string, unknown> } {
  const files = unzipSync(readFileSync(new URL(`${name}.keras`, folder)));
  return JSON.parse(strFromU8(files['config.json']!));
}

export function toArray(t: GoldenTensor): Float32Array | Int32Array {
  return t.dtype === 'int32' ? Int32Array.from(t.values as number[]) : Float32Array.from(t.values, Number);
}

export function toTensor(t: GoldenTensor): Tensor {
  return tensor(toArray(t), t.shape as Shape);
}

export function unlist<T>(items: T[]): T | T[] {
  return items.length === 1 ? items[0]! : items;
}

/** The model of a golden file with its weights. */
export function loadGolden(name: string): { model: Model; golden: GoldenModel } {
  const golden = goldenModel(name);
  const { class_name, config } = goldenConfig(name);
  const model = class_name === 'Sequential' ? Sequential.fromConfig(config) : Model.fromConfig(config);
  model.setWeights(golden.weights.map(toTensor));
  return { model, golden };
}
