import { expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { DType } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { deserializeLayer, Input, type Layer, type SymbolicTensor, serializeLayer } from '../../src/layers/index.ts';
import * as ops from '../../src/ops/index.ts';
import { evaluateGraph } from '../../src/runtime/reference/graph.ts';
import { compileFunction, runTrace, setRandomSeed, Tensor, tensor } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { Rng } from './rng.ts';

type Sizes = readonly (number | null)[];

export interface LayerTest {
  /** Makes the layer; called anew for each check. */
  readonly make: () => Layer;
  /** Shape of the inputs with the batch; several for merging layers. */
  readonly input: readonly number[] | readonly (readonly number[])[];
  /** Expected shape of the outputs. */
  readonly output: readonly number[];
  /** Expected shapes of the weights by name, trainable ones first. Default: none. */
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  /** How many of the weights are not trainable. Default 0. */
  readonly fixed?: number;
  /** Range of the random inputs. Default [-2, 2]. */
  readonly range?: readonly [number, number];
  /** Default `'float32'`; gradients are taken of float32 alone. */
  readonly dtype?: DType;
  /** Expected dtype of the outputs. Default `'float32'`. */
  readonly outputDType?: DType;
  /** Whether it lets a mask through. Default `false`. */
  readonly masks?: boolean;
  /** Weights are set to random numbers in this range before gradients are checked. Default [-1, 1]. */
  readonly weightRange?: readonly [number, number];
  /** In which modes gradients are checked. Default: inference and training. */
  readonly modes?: readonly boolean[];
  /** Bound of the gradients. Default 1e-5. */
  readonly tolerance?: number;
}

/** Declares the tests that every layer must pass; `title` says which options it has. */
export function runLayerTest(title: string, test: LayerTest): void {
  it(`${title}: configuration goes round`, () => {
    checkConfig(test);
  });
  it(`${title}: shapes, dtype and weights`, () => {
    checkShapes(test);
  });
  if ((test.dtype ?? 'float32') === 'float32' || test.weights !== undefined)
    it.each((test.modes ?? [false, true]).map((training) => ({ training })))(
      `${title}: gradient, training $training`,
      ({ training }) => {
        checkGradient(test, training);
      },
    );
  it(`${title}: trains`, () => {
    checkTraining(test);
  });
}

const isList = (input: LayerTest['input']): input is readonly (readonly number[])[] => Array.isArray(input[0]);
const shapesOf = (t: LayerTest): readonly (readonly number[])[] => (isList(t.input) ? t.input : [t.input]);
const like = <T>(t: LayerTest, list: readonly T[]): T | readonly T[] => (isList(t.input) ? list : list[0]!);

function randomInputs(t: LayerTest, r: Rng): Tensor[] {
  const [low, high] = t.range ?? [-2, 2];
  const dtype = t.dtype ?? 'float32';
  const one = () => (dtype === 'float32' ? r.float(low, high) : r.int(low, high));
  return shapesOf(t).map((shape) => tensor(Float64Array.from({ length: sizeOf(shape) }, one), shape, dtype));
}

function checkConfig(t: LayerTest): void {
  const layer = t.make();
  const saved = JSON.parse(JSON.stringify(serializeLayer(layer)));
  const again = deserializeLayer(saved);
  expect(again.constructor).toBe(layer.constructor);
  expect(JSON.parse(JSON.stringify(again.getConfig()))).toEqual(saved.config);
  expect(again.name).toBe(layer.name);
}

function checkShapes(t: LayerTest): void {
  const withBatch = (batch: number | null, shape: readonly number[]): Sizes => [batch, ...shape.slice(1)];
  const symbolic = t.make();
  const inputs = shapesOf(t).map((s) => Input({ batchShape: withBatch(null, s), dtype: t.dtype ?? 'float32' }));
  const y = symbolic.apply(like(t, inputs) as SymbolicTensor) as SymbolicTensor;
  expect(y.shape).toEqual(withBatch(null, t.output));
  expect(y.dtype).toBe(t.outputDType ?? 'float32');

  const layer = t.make();
  expect(layer.supportsMasking).toBe(t.masks ?? false);
  const out = layer.apply(like(t, randomInputs(t, new Rng())) as Tensor) as Tensor;
  expect(out.shape).toEqual(t.output);
  expect(out.dtype).toBe(t.outputDType ?? 'float32');
  expect(layer.computeOutputShape(like(t, shapesOf(t)) as Sizes)).toEqual(t.output);
  expect(layer.built).toBe(true);

  const weights = t.weights ?? {};
  expect(Object.fromEntries(layer.weights.map((w) => [w.name, [...w.shape]]))).toEqual(weights);
  expect(layer.nonTrainableWeights.length).toBe(t.fixed ?? 0);
  expect(layer.countParams()).toBe(Object.values(weights).reduce((n, s) => n + sizeOf(s), 0));
  layer.trainable = false;
  expect(layer.trainableWeights).toEqual([]);
  // A second call with the same layer gives the same.
  expect(layer.apply(like(t, randomInputs(t, new Rng())) as Tensor).dataSync()).toEqual(out.dataSync());
}

function randomWeights(layer: Layer, t: LayerTest, r: Rng): void {
  const [low, high] = t.weightRange ?? [-1, 1];
  for (const v of layer.trainableWeights) v.write(Float32Array.from({ length: v.size }, () => r.float(low, high)));
}

/** The gradient of a random weighting of the outputs against central differences, both in double precision. */
function checkGradient(t: LayerTest, training: boolean): void {
  const r = new Rng();
  setRandomSeed(1);
  const layer = t.make();
  const values = randomInputs(t, r);
  layer.ensureBuilt(like(t, shapesOf(t)) as Sizes);
  randomWeights(layer, t, r);
  const inputs = values.map((x) => node('input', [], { name: 'x', shape: x.shape, dtype: x.dtype }));
  const { result: loss } = runTrace(() => {
    const y = layer.apply(
      like(
        t,
        inputs.map((n) => new Tensor(n)),
      ) as Tensor,
      { training },
    ) as Tensor;
    const weight = tensor(
      Float32Array.from({ length: y.size }, () => r.float(-1, 1)),
      y.shape,
    );
    return ops.sum(ops.multiply(y, weight)).node;
  });
  const bind = new Map<Node, Float64Array>();
  inputs.forEach((n, i) => bind.set(n, Float64Array.from(values[i]!.dataSync())));
  for (const v of layer.weights) bind.set(v.input, Float64Array.from(v.read()));
  const generators = Object.values(layer).flatMap((f) => (f?.state?.input ? [f.state] : []));
  for (const state of generators) bind.set(state.input, Float64Array.from(state.read()));
  const wrt: Node[] = [...inputs.filter((n) => n.dtype === 'float32'), ...layer.trainableWeights.map((v) => v.input)];
  compareWithDifferences(loss, wrt, bind, t.tolerance ?? 1e-5);
}

function compareWithDifferences(
  loss: Node,
  wrt: readonly Node[],
  bind: Map<Node, Float64Array>,
  tolerance: number,
): void {
  const at = () => evaluateGraph([loss], bind, { precision: 'float64' })[0]![0]!;
  const found = evaluateGraph(gradient(loss, wrt), bind, { precision: 'float64' });
  wrt.forEach((n, k) => {
    const x = bind.get(n)!;
    for (let i = 0; i < x.length; i++) {
      const here = x[i]!;
      const h = 1e-5 * Math.max(1, Math.abs(here));
      x[i] = here + h;
      const above = at();
      x[i] = here - h;
      const expected = (above - at()) / (2 * h);
      x[i] = here;
      const got = found[k]![i]!;
      const close = Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected));
      const name = n.op === 'input' ? (n as Node<'input'>).attrs.name : n.op;
      expect(close, `${name}, element ${i}: gradient ${got}, central difference ${expected}`).toBe(true);
    }
  });
}

/** Gradient descent on random targets, compiled: everything stays finite, and what can be learned is learned. */
function checkTraining(t: LayerTest): void {
  const r = new Rng();
  setRandomSeed(2);
  const layer = t.make();
  const inputs = randomInputs(t, r);
  layer.ensureBuilt(like(t, shapesOf(t)) as Sizes);
  const learns = layer.trainableWeights.length > 0;
  const target = tensor(
    Float32Array.from({ length: sizeOf(t.output) }, () => r.float(0.1, 1)),
    t.output,
  );
  const step = compileFunction(
    (...xs) => {
      const y = layer.apply(like(t, xs) as Tensor, { training: true }) as Tensor;
      const loss = ops.mean(ops.square(ops.subtract(y, target)));
      const weights = layer.trainableWeights;
      const slopes = gradient(
        loss.node,
        weights.map((v) => v.input),
      );
      weights.forEach((v, i) => {
        v.assignSub(ops.multiply(new Tensor(slopes[i]!), 0.05));
      });
      return [loss];
    },
    inputs.map((x) => ({ shape: x.shape, dtype: x.dtype })),
  );
  inputs.forEach((x, i) => {
    step.input(i).set(x.dataSync());
  });
  const losses = Array.from({ length: learns ? 30 : 2 }, () => {
    step.run();
    return step.output(0)[0]!;
  });
  step.dispose();
  expect(losses.every(Number.isFinite)).toBe(true);
  if (learns) expect(losses.at(-1)!).toBeLessThan(losses[0]!);
}
