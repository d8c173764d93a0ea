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

/**
 * The shapes and dtypes of what `call` gives, found by tracing it: where an input's size is unknown, once with each of two
 * stand-ins; sizes of the outputs that differ between the two are unknown as well.
 */
export function inferOutputs(
  call: Call,
  inputs: Struct<TensorSpec>,
  options: Record<string, unknown>,
): Struct<TensorSpec> {
  const unknowns = [...flatten(inputs), ...symbolicIn(options)].some((s) => s.shape.includes(null));
  const first = traceWith(call, inputs, options, STAND_INS[0]);
  if (!unknowns) return first;
  const second = flatten(traceWith(call, inputs, options, STAND_INS[1]));
  return mapStruct(first, (spec, i) => {
    const shape = spec.shape.map((d, axis) => (d === second[i]!.shape[axis] ? d : null));
    return new TensorSpec(shape, spec.dtype);
  });
}

function traceWith(
  call: Call,
  inputs: Struct<TensorSpec>,
  options: Record<string, unknown>,
  size: number,
): Struct<TensorSpec> {
  const placeholder = (s: TensorSpec | SymbolicTensor) =>
    new Tensor(
      node('input', [], { name: 'placeholder', shape: s.shape.map((d) => d ?? size), dtype: s.dtype as DType }),
    );
  const replaced = Object.fromEntries(
    Object.entries(options).map(([k, v]) => [
      k,
      mapStruct(v as Struct<unknown>, (x) => (x instanceof SymbolicTensor ? placeholder(x) : x)),
    ]),
  );
  const { result } = runTrace(() => call(mapStruct(inputs, placeholder), replaced));
  return mapStruct(result, (t) => new TensorSpec(t.shape, t.dtype));
}
