import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import { runTrace } from '../trace/context.ts';
import { Tensor } from '../trace/tensor.ts';
import { symbolicIn } from './call-arguments.ts';
import { flatten, mapStruct, type Struct } from './struct.ts';
import { SymbolicTensor, TensorSpec } from './symbolic.ts';

type Call = (inputs: Struct<Tensor>, options: Record<string, unknown>) => Struct<Tensor>;

/** Sizes that stand in for unknown ones. Both are uncommon, so that a size which differs must come from an unknown. */
const STAND_INS = [83, 89] as const;

type Spec = TensorSpec | SymbolicTensor;

/** null stands for what was left out. */
type Inputs = Struct<TensorSpec | null>;

/** The sizes with which a tensor is traced, with a stand-in for unknown ones. */
type Fill = (spec: Spec, standIn: number) => number[];

const plain: Fill = ({ shape }, standIn) => shape.map((d) => d ?? standIn);

/**
 * The shapes and dtypes of what `call` gives, found by tracing it: where an input's size is unknown, once with each of two
 * stand-ins; sizes of the outputs that differ between the two are unknown as well. Where that cannot be, because an unknown size
 * meets a known one of another input, both are taken for unknown.
 */
export function inferOutputs(call: Call, inputs: Inputs, options: Record<string, unknown>): Struct<TensorSpec> {
  const specs: Spec[] = [...flatten(inputs).filter((s) => s !== null), ...symbolicIn(options)];
  if (!specs.some((s) => s.shape.includes(null))) return traceWith(call, inputs, options, (s) => plain(s, 0));
  try {
    return inferUnknown(call, inputs, options, plain);
  } catch (error) {
    const fill = meeting(specs);
    if (specs.every((s) => fill(s, 0).join() === plain(s, 0).join())) throw error;
    try {
      return inferUnknown(call, inputs, options, fill);
    } catch {
      throw error;
    }
  }
}

function inferUnknown(call: Call, inputs: Inputs, options: Record<string, unknown>, fill: Fill): Struct<TensorSpec> {
  const [first, second] = STAND_INS.map((size) => traceWith(call, inputs, options, (s) => fill(s, size)));
  const others = flatten(second!);
  return mapStruct(first!, (spec, i) => {
    const shape = spec.shape.map((d, axis) => (d === others[i]!.shape[axis] ? d : null));
    return new TensorSpec(shape, spec.dtype);
  });
}

/** Sizes that meet an unknown one of another tensor, counted from the last axis, are taken for unknown, too, but for ones. */
function meeting(specs: readonly Spec[]): Fill {
  const unknownAt = (fromEnd: number) => specs.some((s) => s.shape.at(-fromEnd) === null && fromEnd <= s.shape.length);
  return ({ shape }, standIn) =>
    shape.map((d, i) => (d === null || (d !== 1 && unknownAt(shape.length - i)) ? standIn : d));
}

function traceWith(
  call: Call,
  inputs: Inputs,
  options: Record<string, unknown>,
  fill: (spec: Spec) => number[],
): Struct<TensorSpec> {
  const placeholder = (s: Spec) =>
    new Tensor(node('input', [], { name: 'placeholder', shape: fill(s), dtype: s.dtype as DType }));
  const replaced = Object.fromEntries(
    Object.entries(options).map(([k, v]) => [
      k,
      mapStruct(v as Struct<unknown>, (x) => (x instanceof SymbolicTensor ? placeholder(x) : x)),
    ]),
  );
  const { result } = runTrace(() => call(mapStruct(inputs, (s) => s && placeholder(s)) as Struct<Tensor>, replaced));
  return mapStruct(result, (t) => new TensorSpec(t.shape, t.dtype));
}
