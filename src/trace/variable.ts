import { describe, formatShape, OlifantError } from '../errors.ts';
import { node } from '../graph/build.ts';
import { bytesPerElement, type DType, hostArray, isFloating, isHalf, type TypedArray } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Shape, sameShape, sizeOf } from '../graph/shape.ts';
import { floatx } from '../settings.ts';
import type { Block } from '../targets/target.ts';
import { autocastType } from './autocast.ts';
import { blankValue } from './blank.ts';
import { copyBlock, writeBlock } from './blocks.ts';
import { currentTrace } from './context.ts';
import { asTensor, type TensorLike } from './convert.ts';
import { type AnyTypedArray, convertHost, fromTypedArray } from './host.ts';
import { uniqueName, variablePath } from './names.ts';
import { OwnedBlock } from './owned-block.ts';
import { setHolder } from './program-cache.ts';
import { Tensor } from './tensor.ts';

/** A function of a weight: a regularizer's penalty, a constraint's projection. */
export interface VariableFunction {
  call(x: Tensor): Tensor;
}

export interface VariableOptions {
  /** Sizes; default: those of the initial value. A typed array needs them where it has more than one axis. */
  shape?: Shape;
  /** Default: that of the initial value. */
  dtype?: DType;
  /** Whether optimizers change it. Default `true`. */
  trainable?: boolean;
  /** Whether layers that compute in another floating type read it in that one. Default `true`. */
  autocast?: boolean;
  /** Default: `variable`, `variable_1` ... */
  name?: string;
}

/** Numbers that the dtype has. */
function exactly(dtype: DType, values: TypedArray): TypedArray {
  return isHalf(dtype) ? convertHost(values, 'float32', dtype) : values;
}

/**
 * A tensor that keeps its place and changes its value: weights, optimizer states, metrics' sums. In a compiled step its
 * values are updated where they lie.
 */
export class Variable {
  /** The last part of `path`. */
  name: string;
  /** Name with the layers around it: `dense/kernel`. */
  path: string;
  readonly shape: Shape;
  readonly dtype: DType;
  trainable: boolean;
  /** Whether layers that compute in another floating type read it in that one. */
  autocast: boolean;
  /** Adds a scalar to the loss. */
  regularizer?: VariableFunction | null;
  /** Applied by the optimizer after each update. */
  constraint?: VariableFunction | null;
  /** @internal The node that stands for it in traces. */
  readonly input: Node<'input'>;

  /** Where the values are: in the target's memory, on the host, or nowhere, being all alike. */
  #host: TypedArray | undefined;
  readonly #everywhere: number | undefined;
  #owned: OwnedBlock | undefined;
  /** Programs that find the values at the block's address. */
  #users = 0;
  #snapshot: Node | undefined;

  /** @param initial The first value: anything `tensor` takes, or a function of shape and dtype (its number is that of all elements). */
  constructor(
    initial: TensorLike | ((shape: Shape, dtype: DType) => TypedArray | number),
    options: VariableOptions = {},
  ) {
    this.name = options.name ?? uniqueName('variable');
    this.path = variablePath(this.name);
    this.trainable = options.trainable ?? true;
    this.autocast = options.autocast ?? true;
    if (typeof initial === 'function') {
      this.shape = [...(options.shape ?? [])];
      this.dtype = options.dtype ?? floatx();
      const value = blankValue(this.shape, this.dtype) ?? initial(this.shape, this.dtype);
      if (typeof value === 'number') this.#everywhere = value;
      else this.#host = exactly(this.dtype, value);
    } else {
      const value = asTensor(initial, options.dtype);
      this.shape = [...(options.shape ?? value.shape)];
      this.dtype = value.dtype;
      this.#host = value.dataSync().slice();
    }
    if (this.#host !== undefined && this.#host.length !== sizeOf(this.shape))
      throw new OlifantError(
        'SHAPE',
        `variable ${this.path}: shape ${formatShape(this.shape)} needs ${sizeOf(this.shape)} values, got ${this.#host.length}`,
      );
    this.input = node('input', [], { name: this.path, shape: this.shape, dtype: this.dtype });
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** @internal The value at this point: in a trace symbolic, outside a snapshot. */
  get node(): Node {
    const trace = currentTrace();
    if (trace !== undefined) {
      trace.variables.add(this);
      return trace.updates.get(this) ?? this.input;
    }
    if (this.#snapshot === undefined) {
      this.#snapshot = node('literal', [], { data: this.read(), shape: this.shape, dtype: this.dtype });
      setHolder(this.#snapshot, this);
    }
    return this.#snapshot;
  }

  /** @internal Whether `n` is the value as it is now, which is what the block has. */
  holds(n: Node): boolean {
    return n === this.#snapshot;
  }

  /** The value as a tensor, which later assignments do not change; in the `call` of a mixed layer of the type it computes in. */
  value(): Tensor {
    const to = this.autocast && isFloating(this.dtype) ? autocastType() : null;
    const { node: n } = this;
    return new Tensor(to === null || to === this.dtype ? n : node('cast', [n], { dtype: to }));
  }

  /**
   * Sets the value; in a trace, for the operations that follow and for the next run.
   *
   * @throws OlifantError `SHAPE` where the shapes differ.
   */
  assign(value: TensorLike): void {
    const next = asTensor(value, this.dtype);
    this.#checkShape(next.shape, 'assign');
    const trace = currentTrace();
    if (trace !== undefined) {
      trace.variables.add(this);
      trace.updates.set(this, next.node);
      return;
    }
    this.write(next.dataSync());
  }

  /** Adds to the value. */
  assignAdd(value: TensorLike): void {
    this.#assignSum(value, 'add');
  }

  /** Subtracts from the value. */
  assignSub(value: TensorLike): void {
    this.#assignSum(value, 'sub');
  }

  #assignSum(value: TensorLike, op: 'add' | 'sub'): void {
    const delta = asTensor(value, this.dtype);
    this.#checkShape(delta.shape, op === 'add' ? 'assignAdd' : 'assignSub');
    this.assign(new Tensor(node(op, [this.node, delta.node], {})));
  }

  #checkShape(shape: Shape, method: string): void {
    if (!sameShape(shape, this.shape))
      throw new OlifantError(
        'SHAPE',
        `variable ${this.path}: ${method} expected a value of shape ${formatShape(this.shape)}, got ${formatShape(shape)}`,
      );
  }

  /** A copy of the values. */
  read(): TypedArray {
    const block = this.#owned?.block;
    return block === undefined ? this.#onHost().slice() : copyBlock(block, this.dtype, this.size);
  }

  #onHost(): TypedArray {
    this.#host ??= exactly(this.dtype, hostArray(this.dtype, this.size).fill(this.#everywhere!));
    return this.#host;
  }

  /** Sets the values, in row-major order. */
  write(data: AnyTypedArray): void {
    if (data.length !== this.size)
      throw new OlifantError('SHAPE', `variable ${this.path}: expected ${this.size} values, got ${describe(data)}`);
    const from = fromTypedArray(data);
    const values = convertHost(from.data, from.dtype, this.dtype);
    const block = this.#owned?.block;
    if (block === undefined) this.#onHost().set(values);
    else writeBlock(block, this.dtype, values);
    this.#snapshot = undefined;
  }

  /** @internal The target's memory in which programs find and update the values. */
  block(): Block {
    if (this.#owned !== undefined) return this.#owned.block;
    const owned = new OwnedBlock(Math.max(1, this.size) * bytesPerElement(this.dtype));
    // Memory begins with zeros.
    if (this.#host !== undefined || !Object.is(this.#everywhere, 0))
      writeBlock(owned.block, this.dtype, this.#onHost());
    this.#owned = owned;
    this.#host = undefined;
    return owned.block;
  }

  /** @internal A program begins to use the block. */
  retain(): void {
    this.#users++;
  }

  /** @internal A program that used the block is gone. */
  release(): void {
    this.#users--;
  }

  /** @internal A program has changed the block. */
  changed(): void {
    this.#snapshot = undefined;
  }

  /**
   * Moves the values back to the host and gives the target's memory back, unless programs still use it (those of another
   * model with the same layers). It happens by itself when nobody refers to the variable any more.
   */
  dispose(): void {
    if (this.#owned === undefined || this.#users > 0) return;
    this.#host = this.read();
    this.#owned.free();
    this.#owned = undefined;
  }

  toString(): string {
    return `Variable(path=${this.path}, shape=[${this.shape.join(', ')}], dtype=${this.dtype})`;
  }
}
