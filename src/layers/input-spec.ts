import { formatShape, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { DynamicShape, SymbolicDType } from './symbolic.ts';

/** What a layer expects of an input; what is left out may be anything. */
export interface InputSpec {
  readonly ndim?: number;
  readonly minNdim?: number;
  readonly maxNdim?: number;
  /** Sizes of some axes, negative ones counted from the end. */
  readonly axes?: Readonly<Record<number, number | null>>;
  readonly shape?: DynamicShape;
  readonly dtype?: DType;
}

function complaint(spec: InputSpec, shape: DynamicShape, dtype: SymbolicDType): string | undefined {
  const rank = shape.length;
  if (spec.ndim !== undefined && rank !== spec.ndim) return `${spec.ndim} axes`;
  if (spec.minNdim !== undefined && rank < spec.minNdim) return `at least ${spec.minNdim} axes`;
  if (spec.maxNdim !== undefined && rank > spec.maxNdim) return `at most ${spec.maxNdim} axes`;
  if (spec.dtype !== undefined && dtype !== spec.dtype) return `dtype ${spec.dtype}`;
  for (const [key, size] of Object.entries(spec.axes ?? {})) {
    const got = shape.at(Number(key));
    if (size !== null && got !== null && got !== size) return `size ${size} along axis ${key}`;
  }
  if (spec.shape === undefined) return undefined;
  const fits = spec.shape.length === rank && spec.shape.every((d, i) => d === null || !shape[i] || shape[i] === d);
  return fits ? undefined : `shape ${formatShape(spec.shape)}`;
}

/** @throws OlifantError `SHAPE` where an input is not what the layer takes. */
export function checkInputSpec(
  specs: InputSpec | readonly (InputSpec | null)[] | undefined | null,
  inputs: readonly { readonly shape: DynamicShape; readonly dtype: SymbolicDType }[],
  layer: string,
): void {
  if (specs === undefined || specs === null) return;
  const list = Array.isArray(specs) ? (specs as readonly (InputSpec | null)[]) : [specs as InputSpec];
  if (list.length !== inputs.length)
    throw new OlifantError('SHAPE', `${layer}: expected ${list.length} input(s), got ${inputs.length}`);
  inputs.forEach((x, i) => {
    const spec = list[i];
    const expected = spec ? complaint(spec, x.shape, x.dtype) : undefined;
    if (expected === undefined) return;
    const which = inputs.length > 1 ? `input ${i}: ` : '';
    const got = spec?.dtype !== undefined && x.dtype !== spec.dtype ? `${x.dtype} ` : '';
    const fix = spec?.ndim === x.shape.length + 1 ? '. Is the batch axis or the channel axis missing?' : '';
    throw new OlifantError(
      'SHAPE',
      `${layer}: ${which}expected an input with ${expected}, got ${got}shape ${formatShape(x.shape)}${fix}`,
    );
  });
}
