import { node } from '../graph/build.ts';
import { currentTrace } from '../trace/context.ts';
import { Tensor } from '../trace/tensor.ts';
import type { CallOptions } from './layer-options.ts';
import { maskOf } from './mask.ts';
import { flatten, mapStruct, type Struct } from './struct.ts';
import { type DynamicShape, SymbolicTensor } from './symbolic.ts';

/** A list of sizes, not of shapes. */
export function isShape(x: unknown): x is DynamicShape {
  return Array.isArray(x) && x.every((d) => d === null || typeof d === 'number');
}

/** Whether an array or record is several inputs, not the numbers (or strings) of one. */
export function isInputs(x: unknown): boolean {
  if (Array.isArray(x)) return x.length > 0 && typeof x[0] === 'object' && !isNumbers(x[0]);
  return typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;
}

function isNumbers(x: unknown): boolean {
  return (
    Array.isArray(x) && (x.length === 0 || ['number', 'boolean', 'string'].includes(typeof x[0]) || isNumbers(x[0]))
  );
}

/** The masks that travel with the inputs; nothing if there is none. */
export function masksOf(inputs: Struct<Tensor>): CallOptions['mask'] {
  if (inputs instanceof Tensor) return maskOf(inputs) ?? null;
  const masks = flatten(inputs).map((t) => maskOf(t) ?? null);
  return masks.some((m) => m !== null) ? masks : null;
}

/** The symbolic tensors among the options of a call. */
export function symbolicIn(options: CallOptions): SymbolicTensor[] {
  return Object.values(options).flatMap((v) =>
    flatten<unknown>(v as Struct<unknown>).filter((x) => x instanceof SymbolicTensor),
  );
}

/** Whether there are tensors among the options of a call, beside a mask. */
export function hasTensors(options: CallOptions): boolean {
  return Object.entries(options).some(
    ([key, v]) => key !== 'mask' && flatten<unknown>(v as Struct<unknown>).some((x) => x instanceof Tensor),
  );
}

/** A penalty divided by the number of samples. */
export function overBatch(loss: Tensor, outputs: Tensor): Tensor {
  const batch = outputs.shape[0];
  if (!batch) return loss;
  const size = node('constant', [], { value: batch, dtype: loss.dtype });
  return new Tensor(node('div', [loss.node, size], {}));
}

/** What to build for: in a trace the batch is one of several that will come. */
export function buildShape(t: Tensor): DynamicShape {
  return currentTrace() !== undefined && t.rank > 0 ? [null, ...t.shape.slice(1)] : t.shape;
}

/** Shapes of the tensors among the options, by name; of several tensors in an option, a list of shapes. */
export function shapesOf(options: CallOptions): Record<string, DynamicShape> | undefined {
  const isTensor = (x: unknown): x is Tensor | SymbolicTensor => x instanceof Tensor || x instanceof SymbolicTensor;
  const entries = Object.entries(options).flatMap(([k, v]): [string, DynamicShape][] => {
    const leaves = k === 'mask' ? [] : flatten<unknown>(v as Struct<unknown>);
    if (leaves.length === 0 || !leaves.every(isTensor)) return [];
    const shapes = mapStruct(v as Struct<Tensor | SymbolicTensor>, (t) => t.shape);
    return [[k, shapes as DynamicShape]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
