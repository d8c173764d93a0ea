import type { Samples } from '../data/columns.ts';
import { formatShape, OlifantError } from '../errors.ts';
import { isFloating } from '../graph/dtype.ts';
import { sizeOf } from '../graph/shape.ts';
import { Embedding } from '../layers/core/embedding.ts';
import type { DynamicShape, SymbolicTensor } from '../layers/symbolic.ts';
import * as losses from '../losses/index.ts';
import type { HostTensor } from '../trace/host.ts';
import type { OutputSpec } from './compile-options.ts';
import type { LayerGraph } from './graph.ts';
import type { Objective } from './objective.ts';

const sameSizes = (a: DynamicShape, b: DynamicShape) =>
  a.length === b.length && a.every((d, i) => d === null || b[i] === null || d === b[i]);

/** How to say that a size varies. */
export function sizesFix(expected: DynamicShape, shape: DynamicShape): string {
  const sizes = expected.slice(1).map((d, i) => (d === shape[i + 1] ? d : null));
  return `. Sizes that vary are null in the shape of Input: [${sizes.map(String).join(', ')}]`;
}

/** Whether data has as many axes as an input; an axis of size 1 at the end may be there or not. */
export function fitsRank(expected: DynamicShape, shape: DynamicShape): boolean {
  const more = shape.length - expected.length;
  return more === 0 || (more === 1 && shape.at(-1) === 1) || (more === -1 && expected.at(-1) === 1);
}

/** Whether data of a shape can be fed to an input; an axis of size 1 at the end may be there or not. */
export function fitsInput(expected: DynamicShape, shape: DynamicShape): boolean {
  const [e, s] = [expected.slice(1), shape.slice(1)];
  if (sameSizes(e, s)) return true;
  if (s.length === e.length + 1 && s.at(-1) === 1) return sameSizes(e, s.slice(0, -1));
  return s.length === e.length - 1 && e.at(-1) === 1 && sameSizes(e.slice(0, -1), s);
}

/** The error that data does not fit the inputs, with the likely fix; nothing where it does by `fits`. */
export function inputsMisfit(
  inputs: readonly SymbolicTensor[],
  x: readonly (HostTensor | null)[],
  model: string,
  method: string,
  fits = fitsInput,
): OlifantError | undefined {
  const i = inputs.findIndex((input, k) => x[k] && !fits(input.shape, x[k].shape));
  if (i < 0) return undefined;
  const [input, { shape }] = [inputs[i]!, x[i]!];
  return new OlifantError(
    'SHAPE',
    `${method}: model '${model}' expects data of shape ${formatShape(input.shape)}` +
      `${inputs.length > 1 ? ` for the input '${input.name}'` : ''}, got ${formatShape(shape)}${inputFix(input.shape, shape)}`,
  );
}

function inputFix(expected: DynamicShape, shape: DynamicShape): string {
  const sample = expected.slice(1);
  if (sameSizes(sample, shape)) return `. A single sample needs a batch axis: shape ${formatShape([1, ...shape])}`;
  if (sample.every((d) => d !== null) && shape.every((d) => d !== null)) {
    const size = sizeOf(sample as number[]);
    const all = sizeOf(shape as number[]);
    if (shape.length > 0 && size === all / shape[0]!)
      return `. Reshape it: ops.reshape(x, [${[shape[0], ...sample].join(', ')}])`;
    if (shape.length === 1 && size > 0 && all % size === 0)
      return `. Give the array its shape: tensor(x, [${[all / size, ...sample].join(', ')}])`;
  }
  return '';
}

/** @throws OlifantError `INVALID_DATA` for the first number among the inputs for which an Embedding has no vector. */
export function checkIndices(graph: LayerGraph, x: readonly (HostTensor | null)[], method: string): void {
  for (const { layer, inputTensors } of graph.levels.flat()) {
    const column = layer instanceof Embedding ? x[graph.inputs.indexOf(inputTensors[0]!)] : undefined;
    if (column) checkEmbedded(layer as Embedding, column, method);
  }
}

function checkEmbedded(layer: Embedding, { data, shape }: HostTensor, method: string): void {
  const { inputDim } = layer;
  for (let i = 0; i < data.length; i++) {
    const index = data[i]!;
    // Fractions are cut off.
    if (index > -1 && index < inputDim) continue;
    throw new OlifantError(
      'INVALID_DATA',
      `${method}: x has ${index} in sample ${Math.floor(i / sizeOf(shape.slice(1)))}, but ${layer.label} has vectors for ` +
        `0 to ${inputDim - 1} only: inputDim must be greater than every number in the data`,
    );
  }
}

/** @throws OlifantError `INVALID_DATA` for the first NaN in the inputs. */
export function checkFinite(columns: readonly (HostTensor | null)[], what: string, method: string): void {
  columns.forEach((c, i) => {
    if (c === null || !isFloating(c.dtype)) return;
    const at = findNaN(c.data as Float32Array);
    if (at < 0) return;
    const row = sizeOf(c.shape.slice(1));
    throw new OlifantError(
      'INVALID_DATA',
      `${method}: ${what}${columns.length > 1 ? `[${i}]` : ''} has NaN in sample ${Math.floor(at / row)}` +
        `${row > 1 ? ` (element ${at % row})` : ''}. Replace or drop missing values before training`,
    );
  });
}

/**
 * A sum is NaN where anything in it is (or infinities cancel), so most data is passed by adding up; four sums, since each
 * addition would wait for the one before.
 */
function findNaN(data: Float32Array): number {
  const block = 4096;
  for (let start = 0; start < data.length; start += block) {
    const end = Math.min(data.length, start + block);
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = start;
    for (; i + 3 < end; i += 4) {
      a += data[i]!;
      b += data[i + 1]!;
      c += data[i + 2]!;
      d += data[i + 3]!;
    }
    for (; i < end; i++) a += data[i]!;
    if (!Number.isNaN(a + b + c + d)) continue;
    for (let i = start; i < end; i++) if (Number.isNaN(data[i])) return i;
  }
  return -1;
}

/** @throws OlifantError where targets do not fit the losses of their outputs. */
export function checkTargets(
  objective: Objective,
  outputs: readonly OutputSpec[],
  samples: Samples,
  method: string,
): void {
  outputs.forEach((output, i) => {
    const loss = objective.losses[i]?.loss;
    const target = samples.y[i];
    if (loss === undefined) return;
    if (!target)
      throw new OlifantError(
        'INVALID_DATA',
        `${method}: y is missing${output.name && outputs.length > 1 ? ` for the output '${output.name}'` : ''}, but the model has a loss`,
      );
    checkTarget(loss, output, target, method, outputs.length > 1 ? `y of the output '${output.name}'` : 'y');
  });
}

function checkTarget(loss: losses.Loss, output: OutputSpec, target: HostTensor, method: string, what: string): void {
  if (loss instanceof losses.SparseCategoricalCrossentropy) {
    checkSparseShape(output.shape, target.shape, method, what);
    checkClassNumbers(target, output.shape.at(-1) ?? null, ignoredClass(loss), method, what);
  } else if (loss instanceof losses.CategoricalCrossentropy || loss instanceof losses.KLDivergence) {
    checkOneHot(output.shape, target.shape, method, what);
    checkFinite([target], what, method);
  } else if (comparesElements(loss)) {
    checkSameShape(loss, output.shape, target.shape, method, what);
    checkFinite([target], what, method);
    if (loss instanceof losses.BinaryCrossentropy) checkProbabilities(target, method, what);
  }
}

function ignoredClass(loss: losses.Loss): number | null {
  const { ignore_class } = loss.getConfig() as { ignore_class?: number | null };
  return ignore_class ?? null;
}

/** Losses that compare targets and outputs of one shape; functions of the user's may do anything. */
function comparesElements(loss: losses.Loss): boolean {
  const name = (loss.constructor as { className?: string }).className ?? loss.constructor.name;
  return /^(Mean|Binary|Huber|LogCosh|Poisson|Hinge|SquaredHinge|CategoricalHinge|CosineSimilarity|Dice|Tversky)/.test(
    name,
  );
}

function checkSparseShape(output: DynamicShape, target: DynamicShape, method: string, what: string): void {
  const classes = output.at(-1);
  const column = target.length === output.length && target.at(-1) === 1;
  if (target.length === output.length - 1 || column) return;
  if (target.length === output.length && target.at(-1) === classes)
    throw new OlifantError(
      'SHAPE',
      `${method}: ${what} looks one-hot, of shape ${formatShape(target)}: use 'categorical_crossentropy', ` +
        `or the class numbers: ops.argmax(y, -1)`,
    );
  throw new OlifantError(
    'SHAPE',
    `${method}: 'sparse_categorical_crossentropy' needs class numbers of shape ${formatShape(output.slice(0, -1))}, ` +
      `but ${what} has shape ${formatShape(target)}`,
  );
}

function checkClassNumbers(
  target: HostTensor,
  classes: number | null,
  ignored: number | null,
  method: string,
  what: string,
): void {
  const { data, shape } = target;
  const limit = classes ?? Number.POSITIVE_INFINITY;
  const row = sizeOf(shape.slice(1));
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if ((label >= 0 && label < limit && Number.isInteger(label)) || label === ignored) continue;
    const fix = label === limit ? '. Do the class numbers start at 1? They must start at 0' : '';
    throw new OlifantError(
      'INVALID_DATA',
      `${method}: ${what} has the class ${label} in sample ${Math.floor(i / row)}; the model has ${classes} outputs, ` +
        `so classes must be whole numbers from 0 to ${limit - 1}${fix}`,
    );
  }
}

function checkOneHot(output: DynamicShape, target: DynamicShape, method: string, what: string): void {
  if (sameSizes(output.slice(1), target.slice(1))) return;
  const classes = output.at(-1);
  const sparse = target.length === output.length - 1 || (target.length === output.length && target.at(-1) === 1);
  throw new OlifantError(
    'SHAPE',
    sparse
      ? `${method}: labels look like class indices of shape ${formatShape(target)}: ` +
          `use 'sparse_categorical_crossentropy' or toCategorical(y, ${classes})`
      : `${method}: ${what} must have the shape of the output, ${formatShape(output)}, got ${formatShape(target)}`,
  );
}

function checkSameShape(
  loss: losses.Loss,
  output: DynamicShape,
  target: DynamicShape,
  method: string,
  what: string,
): void {
  const [o, t] = [output.slice(1), target.slice(1)];
  const squeezed = (a: DynamicShape) => (a.at(-1) === 1 ? a.slice(0, -1) : a);
  if (sameSizes(o, t) || (Math.abs(o.length - t.length) === 1 && sameSizes(squeezed(o), squeezed(t)))) return;
  const classes = output.at(-1);
  const looksSparse = t.length === o.length - 1 && (classes ?? 1) > 1;
  throw new OlifantError(
    'SHAPE',
    `${method}: ${what} must have the shape of the output, ${formatShape(output)}, got ${formatShape(target)}` +
      (looksSparse
        ? `. For class numbers use the loss 'sparse_categorical_crossentropy', or toCategorical(y, ${classes}) with '${loss.name}'`
        : ''),
  );
}

function checkProbabilities(target: HostTensor, method: string, what: string): void {
  const { data, shape } = target;
  const row = sizeOf(shape.slice(1));
  for (let i = 0; i < data.length; i++)
    if (data[i]! < 0 || data[i]! > 1)
      throw new OlifantError(
        'INVALID_DATA',
        `${method}: ${what} has ${data[i]} in sample ${Math.floor(i / row)}; 'binary_crossentropy' needs targets from 0 to 1. ` +
          "For several classes use 'sparse_categorical_crossentropy' and one output a class",
      );
}
