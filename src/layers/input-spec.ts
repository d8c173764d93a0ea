import { checkOptions, formatShape, OlifantError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { DynamicShape, SymbolicDType } from './symbolic.ts';

const KEYS = ['ndim', 'minNdim', 'maxNdim', 'axes', 'shape', 'dtype', 'allowLastAxisSqueeze', 'name', 'optional'];

/**
 * What a layer expects of an input; what is left out may be anything. Keras's `InputSpec`. A layer's `inputSpec` may be a
 * plain object of the same fields, which are checked when one is made.
 *
 * @param options.ndim Number of axes; `options.minNdim` and `options.maxNdim` their bounds.
 * @param options.axes Sizes of some axes, negative ones counted from the end.
 * @param options.shape The whole shape, `null` for sizes that may be anything.
 * @param options.dtype
 * @param options.allowLastAxisSqueeze Whether a last axis of size 1 may be there or not. Default `false`.
 * @param options.name Of the input, for messages.
 * @param options.optional Taken as Keras's option.
 * @throws OlifantError `INVALID_ARGUMENT` for an unknown option, and for an axis beyond the number of axes.
 * @example
 * layer.inputSpec = new InputSpec({ shape: [null, 28, 28, 1], allowLastAxisSqueeze: true });
 */
export class InputSpec {
  /** Number of axes. */
  readonly ndim?: number;
  readonly minNdim?: number;
  readonly maxNdim?: number;
  /** Sizes of some axes, negative ones counted from the end. */
  readonly axes?: Readonly<Record<number, number | null>>;
  readonly shape?: DynamicShape;
  readonly dtype?: DType;
  /** Whether a last axis of size 1 may be there or not. */
  readonly allowLastAxisSqueeze?: boolean;
  readonly name?: string;
  readonly optional?: boolean;

  constructor(options: InputSpec = {}) {
    checkOptions('InputSpec', options, KEYS);
    const most = options.shape?.length ?? options.ndim ?? options.maxNdim;
    const beyond = Object.keys(options.axes ?? {}).find((a) => most !== undefined && Number(a) >= most);
    if (beyond !== undefined)
      throw new OlifantError('INVALID_ARGUMENT', `InputSpec: no axis ${beyond} in an input of at most ${most} axes`);
    Object.assign(this, options);
  }
}

/** Without a last axis of size 1. */
const squeezed = (shape: DynamicShape) => (shape.at(-1) === 1 ? shape.slice(0, -1) : shape);

function complaint(spec: InputSpec, shape: DynamicShape, dtype: SymbolicDType): string | undefined {
  const rank = shape.length;
  const loose = spec.allowLastAxisSqueeze === true;
  if (spec.ndim !== undefined && rank !== spec.ndim && !loose) return `${spec.ndim} axes`;
  if (spec.minNdim !== undefined && rank < spec.minNdim) return `at least ${spec.minNdim} axes`;
  if (spec.maxNdim !== undefined && rank > spec.maxNdim) return `at most ${spec.maxNdim} axes`;
  if (spec.dtype !== undefined && dtype !== spec.dtype) return `dtype ${spec.dtype}`;
  for (const [key, size] of Object.entries(spec.axes ?? {})) {
    const got = shape.at(Number(key));
    if (size !== null && got !== null && got !== size) return `size ${size} along axis ${key}`;
  }
  if (spec.shape === undefined) return undefined;
  const [expected, got] = loose ? [squeezed(spec.shape), squeezed(shape)] : [spec.shape, shape];
  const fits = expected.length === got.length && expected.every((d, i) => d === null || !got[i] || got[i] === d);
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
    const which = spec?.name ? `input '${spec.name}': ` : inputs.length > 1 ? `input ${i}: ` : '';
    const got = spec?.dtype !== undefined && x.dtype !== spec.dtype ? `${x.dtype} ` : '';
    const fix = spec?.ndim === x.shape.length + 1 ? '. Is the batch axis or the channel axis missing?' : '';
    throw new OlifantError(
      'SHAPE',
      `${layer}: ${which}expected an input with ${expected}, got ${got}shape ${formatShape(x.shape)}${fix}`,
    );
  });
}
