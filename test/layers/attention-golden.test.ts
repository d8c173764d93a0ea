import { describe, expect, it } from 'vitest';
import { type Config, deserializeLayer, type Layer } from '../../src/layers/index.ts';
import { maskOf, withMask } from '../../src/layers/mask.ts';
import type { DynamicShape } from '../../src/layers/symbolic.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction, Tensor } from '../../src/trace/index.ts';
import { camelKey } from '../../src/trace/names.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface GoldenWeight extends GoldenTensor {
  readonly path: string;
  readonly trainable: boolean;
}

/** A layer called with query, value and key. */
interface Case {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly build_config: Config;
  readonly inputs_as_list: boolean;
  readonly inputs: readonly GoldenTensor[];
  /** Those that come with the inputs, and those that are arguments. */
  readonly masks: readonly (GoldenTensor | null)[];
  readonly bools: Readonly<Record<string, GoldenTensor>>;
  readonly call: Readonly<Record<string, boolean>>;
  readonly weights: readonly GoldenWeight[];
  readonly outputs: readonly GoldenTensor[];
  readonly output_mask: GoldenTensor | null;
  readonly output_gradient: GoldenTensor;
  /** Flat, in the order of the trainable weights and of the inputs. */
  readonly weight_gradients: readonly (readonly (number | string)[])[];
  readonly input_gradients: readonly (readonly (number | string)[])[];
}

const { cases } = golden<Case>('attention');
const bool = (x: GoldenTensor) => ops.cast(fromGolden(x), 'bool');

function make(c: Case): Layer {
  const { class_name, config } = c;
  return deserializeLayer({ module: 'keras.layers', class_name, config, registered_name: null });
}

function call(layer: Layer, c: Case, inputs: readonly Tensor[]): Tensor[] {
  const masked = inputs.map((x, i) => withMask(x, c.masks[i] ? bool(c.masks[i]) : null));
  const options = {
    ...Object.fromEntries(Object.entries(c.call).map(([k, v]) => [camelKey(k), v])),
    ...Object.fromEntries(Object.entries(c.bools).map(([k, v]) => [camelKey(k), bool(v)])),
  };
  const [query, value, key] = masked as [Tensor, Tensor, Tensor?];
  const outputs = layer.apply<Tensor | Tensor[]>(
    c.inputs_as_list ? masked : query,
    c.inputs_as_list ? options : { ...options, value, ...(key ? { key } : {}) },
  );
  return [outputs].flat();
}

function run(layer: Layer, c: Case): { results: ArrayLike<number>[]; mask: Tensor | undefined } {
  let mask: Tensor | undefined;
  const f = compileFunction(
    (...inputs) => {
      const outputs = call(layer, c, inputs);
      mask = maskOf(outputs[0]!);
      const loss = ops.sum(ops.multiply(outputs[0]!, fromGolden(c.output_gradient)));
      const wrt = [...layer.trainableWeights.map((v) => v.input), ...inputs.map((x) => x.node)];
      return [...outputs, ...gradient(loss.node, wrt).map((n) => new Tensor(n))];
    },
    c.inputs.map((x) => ({ shape: x.shape, dtype: 'float32' })),
  );
  c.inputs.forEach((x, i) => {
    f.input(i).set(numbers(x));
  });
  f.run();
  const results = f.traced.outputs.map((_, i) => f.output(i).slice());
  f.dispose();
  return { results, mask };
}

function build(layer: Layer, c: Case): void {
  const shapes = c.inputs.map((x) => x.shape);
  const [query, value, key] = shapes as readonly DynamicShape[] as [DynamicShape, DynamicShape, DynamicShape?];
  if (c.inputs_as_list) layer.ensureBuilt(shapes);
  else layer.ensureBuilt(query, { value, ...(key ? { key } : {}) });
  layer.setWeights(c.weights.map(fromGolden));
}

describe.each([...new Set(cases.map((c) => c.class_name))])('%s as in Keras', (cls) => {
  it.each(cases.filter((c) => c.class_name === cls).map((c) => [c.name, c] as const))('%s', (_, c) => {
    const layer = make(c);
    build(layer, c);
    expect(JSON.parse(JSON.stringify(layer.getConfig()))).toEqual(c.config);
    expect(JSON.parse(JSON.stringify(layer.getBuildConfig()))).toEqual(c.build_config);
    expect(layer.weights.map((v) => [v.path, v.trainable, [...v.shape]])).toEqual(
      c.weights.map((w) => [w.path, w.trainable, w.shape]),
    );
    const { results, mask } = run(layer, c);
    c.outputs.forEach((y, i) => {
      expectCloseToScale(results[i]!, numbers(y), TOLERANCES.layer.relative, i === 0 ? 'output' : 'scores');
    });
    const slopes = results.slice(c.outputs.length);
    const expected = [...c.weight_gradients, ...c.input_gradients].map((g) => g.map(Number));
    expect(slopes.map((g) => g.length)).toEqual(expected.map((g) => g.length));
    // All together: the gradient of the key's bias is 0 (softmax does not see what is added to all scores of a query).
    expectCloseToScale(
      slopes.flatMap((g) => [...(g as Float32Array)]),
      expected.flat(),
      TOLERANCES.layer.relative,
      'gradients',
    );
    expect(mask?.dataSync() ?? null).toEqual(c.output_mask && bool(c.output_mask).dataSync());
  });
});
