import type { DType } from '../graph/dtype.ts';
import { uniqueName } from '../trace/names.ts';
import type { Layer } from './layer.ts';
import type { Struct } from './struct.ts';

/** Sizes where `null` stands for a size that is known only when data comes, such as that of the batch. */
export type DynamicShape = readonly (number | null)[];

/** The dtype of a place in a model's graph; strings there are data of the host, for preprocessing layers alone. */
export type SymbolicDType = DType | 'string';

/** Shape and dtype. A class, since plain objects are structures of tensors. */
export class TensorSpec {
  readonly shape: DynamicShape;
  readonly dtype: SymbolicDType;

  constructor(shape: DynamicShape, dtype: SymbolicDType) {
    this.shape = shape;
    this.dtype = dtype;
  }
}

/** Where a symbolic tensor comes from: output `tensorIndex` of the layer's call number `nodeIndex`. */
export interface History {
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly tensorIndex: number;
}

/** A place in a model's graph: what `Input` and a layer's `apply` give while a functional model is put together. */
export class SymbolicTensor {
  readonly shape: DynamicShape;
  readonly dtype: SymbolicDType;
  readonly name: string;
  /** @internal Set when the call is recorded. */
  history!: History;

  /** @internal */
  constructor(shape: DynamicShape, dtype: SymbolicDType, name = uniqueName('keras_tensor')) {
    this.shape = shape;
    this.dtype = dtype;
    this.name = name;
  }

  get rank(): number {
    return this.shape.length;
  }

  toString(): string {
    return `SymbolicTensor(shape=[${this.shape.map((d) => d ?? 'null').join(', ')}], dtype=${this.dtype}, name=${this.name})`;
  }
}

/** One recorded call of a layer. */
export interface CallNode {
  readonly layer: Layer;
  readonly index: number;
  readonly inputs: Struct<SymbolicTensor>;
  /** The other arguments of the call, in which there may be symbolic tensors too. */
  readonly options: Readonly<Record<string, unknown>>;
  /** All symbolic tensors among the arguments. */
  readonly inputTensors: readonly SymbolicTensor[];
  readonly outputs: Struct<SymbolicTensor>;
  readonly outputTensors: readonly SymbolicTensor[];
}
