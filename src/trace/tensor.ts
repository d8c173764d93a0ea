import { describe, OlifantError, unknownId } from '../errors.ts';
import { node as makeNode } from '../graph/build.ts';
import { DTYPES, type DType, type TypedArray } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, sizeOf } from '../graph/shape.ts';
import { evaluate } from './evaluate.ts';
import {
  type AnyTypedArray,
  checkShape,
  convertHost,
  fromNested,
  fromTypedArray,
  isTypedArray,
  type NestedArray,
  toNested,
} from './host.ts';

/**
 * An immutable array of numbers with a shape. Tensors are lazy: an operation only notes what to compute, and the values
 * are computed, compiled as one program, when they are asked for (`data`, `array`). Nobody has to dispose of them.
 */
export class Tensor {
  #node: Node;
  #data: TypedArray | undefined;

  /** @internal Tensors are made by `tensor` and by operations. */
  constructor(node: Node) {
    this.#node = node;
    if (node.op === 'literal') this.#data = node.attrs.data;
  }

  /** Sizes along each axis; `[]` for a scalar. */
  get shape(): Shape {
    return this.#node.shape;
  }

  get dtype(): DType {
    return this.#node.dtype;
  }

  /** Number of axes. */
  get rank(): number {
    return this.#node.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.#node.shape);
  }

  /** @internal What computes it. */
  get node(): Node {
    return this.#node;
  }

  /**
   * The values in row-major order; `bool` as 0 and 1. Do not write into the array: the tensor keeps it.
   *
   * @throws OlifantError `NO_VALUE` for a tensor inside of a layer's `call` while it is being traced.
   */
  dataSync(): TypedArray {
    if (this.#data === undefined) {
      const data = evaluate([this.#node])[0]!;
      this.#data = data;
      this.#node = makeNode('literal', [], { data, shape: this.#node.shape, dtype: this.#node.dtype });
    }
    return this.#data;
  }

  /** The values in row-major order; `bool` as 0 and 1. */
  async data(): Promise<TypedArray> {
    return this.dataSync();
  }

  /** The values as nested arrays (a scalar as a number); `bool` as booleans. */
  arraySync(): NestedArray {
    return toNested({ data: this.dataSync(), shape: this.shape, dtype: this.dtype });
  }

  /** The values as nested arrays (a scalar as a number); `bool` as booleans. */
  async array(): Promise<NestedArray> {
    return this.arraySync();
  }

  /** The one value of a tensor of one element. */
  item(): number {
    if (this.size !== 1)
      throw new OlifantError('SHAPE', `item: expected a tensor of one element, got ${describe(this)}`);
    return this.dataSync()[0]!;
  }

  toString(): string {
    const inner = this.#data !== undefined && this.size <= 64 ? `, ${JSON.stringify(this.arraySync())}` : '';
    return `Tensor(shape=[${this.shape.join(', ')}], dtype=${this.dtype}${inner})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

export function checkDType(dtype: unknown, what: string): asserts dtype is DType {
  if (!DTYPES.includes(dtype as DType)) {
    const error = unknownId('dtype', dtype, DTYPES);
    throw new OlifantError(error.code, `${what}: ${error.message}`);
  }
}

/** @internal A tensor of host values. */
export function literal(data: TypedArray, shape: Shape, dtype: DType): Tensor {
  return new Tensor(makeNode('literal', [], { data, shape, dtype }));
}

/**
 * Makes a tensor of values.
 *
 * @param data A typed array, nested arrays of numbers or booleans, or one of them. A Float32Array, Int32Array or Uint8Array
 *   is taken as it is, without a copy: do not change it afterwards. Other typed arrays are converted (Float64Array to
 *   float32, the other integers to int32).
 * @param shape Default: one axis for a typed array, the nesting for nested arrays.
 * @param dtype Default: that of the typed array; for nested arrays `float32`, or `bool` where all are booleans.
 * @throws OlifantError `INVALID_DATA` where rows differ in length, `SHAPE` where the sizes do not fit.
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor(new Float32Array(6), [2, 3]);
 */
export function tensor(data: AnyTypedArray | NestedArray, shape?: Shape, dtype?: DType): Tensor {
  if (dtype !== undefined) checkDType(dtype, 'tensor');
  if (isTypedArray(data)) {
    const from = fromTypedArray(data);
    const to = dtype ?? from.dtype;
    const sizes = shape ?? [from.data.length];
    checkShape(sizes, from.data.length, 'tensor');
    return literal(convertHost(from.data, from.dtype, to), [...sizes], to);
  }
  if (typeof data !== 'number' && typeof data !== 'boolean' && !Array.isArray(data))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `tensor: expected numbers, nested arrays or a typed array, got ${describe(data)}` +
        ((data as unknown) instanceof Promise ? '. Is an `await` missing?' : ''),
    );
  const host = fromNested(data, dtype);
  const sizes = shape ?? host.shape;
  checkShape(sizes, host.data.length, 'tensor');
  return literal(host.data, [...sizes], host.dtype);
}

export { asTensor, type TensorLike } from './convert.ts';
