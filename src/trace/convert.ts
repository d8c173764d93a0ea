import { describe, OlifantError } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { DType } from '../graph/dtype.ts';
import { floatx } from '../settings.ts';
import { type AnyTypedArray, isTypedArray, type NestedArray } from './host.ts';
import { Tensor, tensor } from './tensor.ts';
import { Variable } from './variable.ts';

/** What operations take: tensors, variables, numbers, typed arrays (one axis), nested arrays. */
export type TensorLike = Tensor | Variable | AnyTypedArray | NestedArray;

export function isTensorLike(x: unknown): x is TensorLike {
  return (
    x instanceof Tensor ||
    x instanceof Variable ||
    typeof x === 'number' ||
    typeof x === 'boolean' ||
    Array.isArray(x) ||
    isTypedArray(x)
  );
}

/**
 * The tensor of a value, cast to `dtype` where that is given. A plain number is floating by itself, a boolean bool.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for anything that is no numbers.
 */
export function asTensor(x: TensorLike, dtype?: DType): Tensor {
  if (x instanceof Tensor) return castTo(x, dtype);
  if (x instanceof Variable) return castTo(x.value(), dtype);
  if (typeof x === 'number' || typeof x === 'boolean') {
    const type = dtype ?? (typeof x === 'number' ? floatx() : 'bool');
    return new Tensor(node('constant', [], { value: Number(x), dtype: type }));
  }
  if (Array.isArray(x) || isTypedArray(x)) return tensor(x as NestedArray, undefined, dtype);
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `expected a tensor, numbers or arrays of them, got ${describe(x)}${hintFor(x)}`,
  );
}

/** The likely mistake. */
function hintFor(x: unknown): string {
  if (x === undefined)
    return '. Is this a weight of a layer that is not built yet? Call the layer by `apply`, which builds it';
  if (typeof x === 'object' && x !== null && 'history' in x && 'shape' in x)
    return '. This operation cannot stand in a functional model: use it in the `call` of a layer of your own';
  return x instanceof Promise ? '. Is an `await` missing?' : '';
}

function castTo(x: Tensor, dtype: DType | undefined): Tensor {
  return dtype === undefined || x.dtype === dtype ? x : new Tensor(node('cast', [x.node], { dtype }));
}
