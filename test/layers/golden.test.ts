import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtinLayers, type Config, deserializeLayer, type Layer } from '../../src/layers/index.ts';
import type { DynamicShape } from '../../src/layers/symbolic.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction, Tensor } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface GoldenWeight extends GoldenTensor {
  readonly path: string;
  readonly name: string;
  readonly trainable: boolean;
}

interface Case {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly build_config: { readonly input_shape: DynamicShape };
  readonly training: boolean;
  readonly inputs_as_list: boolean;
  readonly inputs: readonly GoldenTensor[];
  readonly mask: GoldenTensor | null;
  readonly weights: readonly GoldenWeight[];
  readonly output: GoldenTensor;
  /** Null where gradients are not compared. */
  readonly output_gradient: GoldenTensor | null;
  readonly weight_gradients: readonly GoldenWeight[];
  readonly input_gradients: readonly (GoldenTensor | null)[];
  readonly state_after: readonly GoldenWeight[];
}

/** Layers in the golden files that do not exist here, with the reason. Empty: all of them do. */
const MISSING: Readonly<Record<string, string>> = {};

const { relative: BOUND } = TOLERANCES.layer;

const names = readdirSync(new URL('../golden/layers/', import.meta.url))
  .filter((f) => f.endsWith('.json'))
  .map((f) => f.slice(0, -'.json'.length));

function build(c: Case): Layer {
  const { class_name, config } = c;
  const layer = deserializeLayer({ module: 'keras.layers', class_name, config, registered_name: null });
  layer.ensureBuilt(c.build_config.input_shape);
  layer.setWeights(c.weights.map(fromGolden));
  return layer;
}

/** One traced call: the output, the gradients of sum(output * output_gradient), and the updates that it makes. */
function run(layer: Layer, c: Case): { output: ArrayLike<number>; gradients: ArrayLike<number>[] } {
  const wrt = (inputs: readonly Tensor[]) => [
    ...layer.trainableWeights.map((v) => v.input),
    ...inputs.filter((x) => x.dtype === 'float32').map((x) => x.node),
  ];
  const f = compileFunction(
    (...inputs) => {
      const mask = c.mask ? ops.cast(fromGolden(c.mask), 'bool') : undefined;
      const y = layer.apply(c.inputs_as_list ? inputs : inputs[0]!, { training: c.training, mask });
      if (c.output_gradient === null) return [y];
      const loss = ops.sum(ops.multiply(y, fromGolden(c.output_gradient)));
      return [y, ...gradient(loss.node, wrt(inputs)).map((n) => new Tensor(n))];
    },
    c.inputs.map((x) => ({ shape: x.shape, dtype: x.dtype === 'float32' ? 'float32' : 'int32' })),
  );
  c.inputs.forEach((x, i) => {
    f.input(i).set(numbers(x));
  });
  f.run();
  const results = f.traced.outputs.map((_, i) => f.output(i));
  f.dispose();
  return { output: results[0]!, gradients: results.slice(1) };
}

it('every layer with golden values exists, or is listed with a reason', () => {
  const built = new Set(builtinLayers().map((c) => c.className));
  expect(names.filter((n) => !built.has(n) && !(n in MISSING))).toEqual([]);
  expect(Object.keys(MISSING).filter((n) => built.has(n))).toEqual([]);
});

/** Those of each layer, and those of inputs with NaN and infinities. */
const files = [...names.filter((n) => !(n in MISSING)).map((n) => `layers/${n}`), 'specials'];

describe.each(files)('%s', (file) => {
  it.each(golden<Case>(file).cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const layer = build(c);
    expect(JSON.parse(JSON.stringify(layer.getConfig()))).toEqual(c.config);
    expect(layer.weights.map((v) => [v.path, v.trainable, [...v.shape]])).toEqual(
      c.weights.map((w) => [w.path, w.trainable, w.shape]),
    );
    const shapes = c.inputs.map((x) => x.shape);
    const shape = layer.computeOutputShape((c.inputs_as_list ? shapes : shapes[0]) as DynamicShape);
    expect(shape).toEqual(c.output.shape);

    const { output, gradients } = run(layer, c);
    expectCloseToScale(output, numbers(c.output), BOUND, 'output');
    const expected = [...c.weight_gradients, ...c.input_gradients.filter((g) => g !== null)];
    expect(gradients.length).toBe(expected.length);
    expected.forEach((g, i) => {
      const what = i < c.weight_gradients.length ? `gradient of ${layer.trainableWeights[i]!.name}` : 'input gradient';
      expectCloseToScale(gradients[i]!, numbers(g), BOUND, what);
    });
    layer.nonTrainableWeights.forEach((v, i) => {
      expectCloseToScale(v.read(), numbers(c.state_after[i]!), BOUND, v.name);
    });
  });
});
