import { readFileSync } from 'node:fs';
import { type DType, type Tensor, tensor } from '../../src/trace/index.ts';

/** A tensor in a golden file: NaN and infinities are strings. */
export interface GoldenTensor {
  readonly shape: number[];
  readonly dtype: string;
  readonly values: (number | string)[];
}

export function golden<Case>(name: string): { cases: Case[] } & Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8'));
}

export const numbers = (t: GoldenTensor): number[] => t.values.map(Number);

export function fromGolden(t: GoldenTensor): Tensor {
  const dtype = (t.dtype === 'float64' ? 'float32' : t.dtype === 'int64' ? 'int32' : t.dtype) as DType;
  return tensor(Float64Array.from(numbers(t)), t.shape, dtype);
}

/** snake_case keys as the options of a class here. */
export function camelOptions(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([k, v]) => [k.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase()), v]),
  );
}
