import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Config, deserializeLayer, type Layer } from '../../src/layers/index.ts';
import type { DynamicShape } from '../../src/layers/symbolic.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction, Tensor } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

/** What is the same under all policies: `layers/<Layer>.json`, `attention.json`. */
interface Plain {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly build_config: { readonly input_shape: DynamicShape };
  readonly training?: boolean;
  readonly inputs_as_list: boolean;
  readonly inputs: readonly GoldenTensor[];
  readonly mask?: GoldenTensor | null;
  readonly weights: readonly GoldenTensor[];
  readonly output_gradient: GoldenTensor;
}

interface Case {
  readonly name: string;
  readonly class_name: string;
  readonly policy: 'mixed_bfloat16' | 'mixed_float16';
  readonly dtype: string;
  readonly output: readonly number[];
  readonly weight_gradients: readonly (readonly number[])[];
  readonly input_gradients: readonly (readonly number[])[];
}

const BOUNDS = { mixed_bfloat16: TOLERANCES.bfloat16.relative, mixed_float16: TOLERANCES.float16.relative } as const;
/** Recurrences add what they round from step to step. */
const STEPS = 2;

const { cases } = golden<Case>('mixed');

function plainOf({ class_name: layer, name }: Case): Plain {
  const file = layer === 'MultiHeadAttention' ? 'attention' : `layers/${layer}`;
  return golden<Plain>(file).cases.find((c) => c.name === name)!;
}

function build(c: Case, plain: Plain): Layer {
  const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: c.policy }, registered_name: null };
  const config = { ...withPolicy(plain.config, policy), dtype: policy };
  const layer = deserializeLayer({
    module: 'keras.layers',
    class_name: plain.class_name,
    config,
    registered_name: null,
  });
  const shapes = plain.inputs.map((x) => x.shape);
  const [query, value, key] = shapes as readonly DynamicShape[] as [DynamicShape, DynamicShape?, DynamicShape?];
  if (value && layer.className === 'MultiHeadAttention') layer.ensureBuilt(query, { value, ...(key ? { key } : {}) });
  else layer.ensureBuilt(plain.build_config.input_shape);
  layer.setWeights(plain.weights.map(fromGolden));
  return layer;
}

/** Layers inside of others have the policy as well. */
function withPolicy(config: Config, policy: object): Config {
  return Object.fromEntries(
    Object.entries(config).map(([k, v]) => {
      if (k === 'dtype') return [k, policy];
      const isConfig = typeof v === 'object' && v !== null && !Array.isArray(v);
      return [k, isConfig ? withPolicy(v as Config, policy) : v];
    }),
  );
}

function run(layer: Layer, plain: Plain) {
  const f = compileFunction(
    (...inputs) => {
      const mask = plain.mask ? ops.cast(fromGolden(plain.mask), 'bool') : undefined;
      const isAttention = layer.className === 'MultiHeadAttention';
      const given = plain.inputs_as_list ? inputs : inputs[0]!;
      const [, value, key] = inputs;
      const options = isAttention ? { value, ...(key ? { key } : {}) } : { training: plain.training ?? false, mask };
      const y = layer.apply(given, options) as Tensor;
      const loss = ops.sum(ops.multiply(ops.cast(y, 'float32'), fromGolden(plain.output_gradient)));
      const floats = inputs.filter((x) => x.dtype === 'float32').map((x) => x.node);
      const wrt = [...layer.trainableWeights.map((v) => v.input), ...floats];
      return [y, ...gradient(loss.node, wrt).map((n) => new Tensor(n))];
    },
    plain.inputs.map((x) => ({ shape: x.shape, dtype: x.dtype === 'float32' ? 'float32' : 'int32' })),
  );
  plain.inputs.forEach((x, i) => {
    f.input(i).set(numbers(x));
  });
  f.run();
  const [output, ...gradients] = f.traced.outputs.map((_, i) => f.output(i));
  const { dtype } = f.traced.outputs[0]!;
  f.dispose();
  return { dtype, output: output!, gradients };
}

describe.each([...new Set(cases.map((c) => c.policy))])('%s as in Keras', (policy) => {
  it.each(cases.filter((c) => c.policy === policy).map((c) => [c.name, c] as const))('%s', (_, c) => {
    const plain = plainOf(c);
    const layer = build(c, plain);
    const { dtype, output, gradients } = run(layer, plain);
    expect(dtype).toBe(c.dtype);
    expect(layer.weights.every((v) => v.dtype === 'float32')).toBe(true);
    const isLoop = /RNN|LSTM|GRU|Bidirectional/.test(c.name);
    const bound = BOUNDS[policy] * (isLoop ? STEPS : 1);
    expectCloseToScale(output, c.output.map(Number), bound, 'output');
    const expected = [...c.weight_gradients, ...c.input_gradients].map((g) => g.map(Number));
    expect(gradients.map((g) => g.length)).toEqual(expected.map((g) => g.length));
    // All together: a gradient that is 0 but for rounding has no scale of its own.
    expectCloseToScale(
      gradients.flatMap((g) => [...g]),
      expected.flat(),
      bound,
      'gradients',
    );
  });
});

it.each(layerNames())('%s gives 16 bits under a mixed policy', (name) => {
  const plain = golden<Plain>(`layers/${name}`).cases[0]!;
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: 'mixed_bfloat16' },
    registered_name: null,
  };
  const config = { ...withPolicy(plain.config, policy), dtype: policy };
  const { class_name } = plain;
  const layer = deserializeLayer({ module: 'keras.layers', class_name, config, registered_name: null });
  layer.ensureBuilt(plain.build_config.input_shape);
  const inputs = plain.inputs.map(fromGolden);
  const mask = plain.mask ? ops.cast(fromGolden(plain.mask), 'bool') : undefined;
  const y = layer.apply<Tensor | Tensor[]>(plain.inputs_as_list ? inputs : inputs[0]!, { training: true, mask });
  const first = [y].flat()[0]!;
  expect([first.dtype, first.dataSync().length]).toEqual(['bfloat16', first.size]);
});

function layerNames(): string[] {
  const files = readdirSync(new URL('../golden/layers/', import.meta.url));
  return files.filter((f) => f.endsWith('.json')).map((f) => f.slice(0, -'.json'.length));
}
