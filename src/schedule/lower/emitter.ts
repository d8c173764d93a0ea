import { type DType, isHalf } from '../../graph/dtype.ts';
import { halfBits } from '../../graph/half.ts';
import type { Node } from '../../graph/node.ts';
import { type Shape, stridesOf } from '../../graph/shape.ts';
import { type Affine, affine, type KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { MemType, ValueId } from '../../kernel/ir.ts';
import * as math from '../../kernel/math/index.ts';
import { isFree } from '../cluster.ts';
import type { View } from '../view.ts';
import { POINTWISE } from './pointwise.ts';
import { loopStrides, type Space } from './space.ts';

/** Lanes at a place of a space: the index of each loop, which loop the lanes run along (-1: none), how many of them. */
export interface Point {
  readonly at: readonly Affine[];
  readonly lane: number;
  readonly count: number;
}

/** What lowering a cluster needs to know of the world. */
export interface Surroundings {
  viewOf(node: Node): View;
  /** The node whose memory holds the node's value: a value that updates a variable lies in the variable. */
  storageOf(node: Node): Node;
  /** Whether the node's value must be written to memory. */
  isStored(node: Node): boolean;
  /** Where a value is written that lies as a piece in the memory of another node. */
  pieceOf(node: Node): View | undefined;
}

export function memType(dtype: DType): MemType {
  if (dtype === 'float32') return 'f32';
  if (isHalf(dtype)) return 'u16';
  return dtype === 'int32' ? 'i32' : 'u8';
}

/** A number in the lanes, as what has its dtype is held. */
export function constantOf(b: KernelBuilder, dtype: DType, value: number): ValueId {
  if (dtype === 'float32') return b.float(value);
  if (isHalf(dtype)) return b.int(halfBits(dtype, value));
  return dtype === 'bool' ? b.bool(value !== 0) : b.int(value);
}

/** Writes loads, stores and pointwise nodes of a cluster into a kernel, and keeps the list of its buffers. */
export class Emitter {
  readonly b: KernelBuilder;
  /** The node whose memory each buffer of the kernel is, in order. */
  readonly args: Node[] = [];
  private readonly world: Surroundings;
  private readonly written: ReadonlySet<Node>;
  private readonly read: ReadonlySet<Node>;

  /** `read` and `written`: the storage of everything that the kernel touches. */
  constructor(b: KernelBuilder, world: Surroundings, read: Iterable<Node>, written: Iterable<Node>) {
    this.b = b;
    this.world = world;
    this.read = new Set(read);
    this.written = new Set(written);
  }

  /** The kernel's buffer for what holds `node`. */
  buffer(node: Node): number {
    const storage = this.world.storageOf(node);
    const known = this.args.indexOf(storage);
    if (known >= 0) return known;
    const written = this.written.has(storage);
    const access = written ? (this.read.has(storage) ? 'rw' : 'w') : 'r';
    this.args.push(storage);
    return this.b.buffer(`b${this.args.length - 1}`, memType(storage.dtype), access);
  }

  /** The address of a view at a point of a space. */
  address(space: Space, view: View, point: Point): Affine {
    const strides = loopStrides(space, view.strides);
    return sum([affine(view.offset), ...strides.map((s, i) => scale(point.at[i]!, s))]);
  }

  /** The value of a node that lies in memory, or is free, at a point of the space over the node's shape. */
  operand(space: Space, node: Node, point: Point): ValueId {
    const view = this.world.viewOf(node);
    return this.viewed(space, view, point);
  }

  /** The element of a view at a point, `beyond` elements further. */
  viewed(space: Space, view: View, point: Point, beyond: Affine = affine(0)): ValueId {
    const at = sum([this.address(space, view, point), beyond]);
    const stride = point.lane < 0 ? 0 : loopStrides(space, view.strides)[point.lane]!;
    if (isFree(view.source)) return this.freeValue(view.source, at, stride);
    const buf = this.buffer(view.source);
    const count = point.count < this.b.lanes ? { count: point.count } : {};
    const lanes = stride === 0 ? { splat: true } : stride === 1 ? count : { ...count, stride };
    const loaded = this.b.load(buf, at, lanes);
    return view.source.dtype === 'bool' ? this.b.op('iltu', this.b.int(0), loaded) : loaded;
  }

  /** Stores the value of `node` at a point of the space over `shape`; the node lies row-major. */
  store(space: Space, node: Node, point: Point, value: ValueId, shape: Shape = node.shape): void {
    this.storeInto(space, { source: node, offset: 0, strides: stridesOf(shape) }, point, value);
  }

  /** Stores into the place that a view has at a point, `beyond` elements further. */
  storeInto(space: Space, view: View, point: Point, value: ValueId, beyond: Affine = affine(0)): void {
    const b = this.b;
    const node = view.source;
    const at = sum([this.address(space, view, point), beyond]);
    const stride = point.lane < 0 ? 1 : loopStrides(space, view.strides)[point.lane]!;
    const held = node.dtype === 'bool' ? b.op('iselect', value, b.int(1), b.int(0)) : value;
    const count = point.lane < 0 ? 1 : point.count;
    b.store(this.buffer(node), at, held, {
      ...(count < b.lanes ? { count } : {}),
      ...(stride === 1 ? {} : { stride }),
    });
  }

  /**
   * Computes `nodes` (pointwise, in order) at a point of the space over their shape, from `values` and from memory, and
   * stores those that must be. Returns all values.
   */
  stage(space: Space, nodes: readonly Node[], point: Point, values: Map<Node, ValueId>): Map<Node, ValueId> {
    const late: Node[] = [];
    for (const n of nodes) {
      values.set(
        n,
        this.pointwise(space, n, point, (x) => values.get(x)),
      );
      if (!this.world.isStored(n)) continue;
      // What is stored at once needs no register any more; but what is read here must be read before it is changed.
      if (this.read.has(this.world.storageOf(this.world.pieceOf(n)?.source ?? n))) late.push(n);
      else this.put(space, n, point, values.get(n)!);
    }
    for (const n of late) this.put(space, n, point, values.get(n)!);
    return values;
  }

  /** Stores the value of a node where it belongs. */
  private put(space: Space, n: Node, point: Point, value: ValueId): void {
    const piece = this.world.pieceOf(n);
    if (piece) this.storeInto(space, piece, point, value);
    else this.store(space, n, point, value);
  }

  /** Computes one pointwise node at a point, from the values that are `known` and from memory. */
  pointwise(space: Space, n: Node, point: Point, known: (x: Node) => ValueId | undefined): ValueId {
    if (n.op === 'randomBits') return this.randomBits(space, n, point);
    const args = n.inputs.map((x) => known(x) ?? this.operand(space, x, point));
    return POINTWISE[n.op]!(this.b, args, n);
  }

  private freeValue(source: Node, at: Affine, stride: number): ValueId {
    if (source.op === 'constant') return constantOf(this.b, source.dtype, source.attrs.value);
    return this.place(at, stride);
  }

  /** The number of the element that each lane has. */
  private place(at: Affine, stride: number): ValueId {
    const b = this.b;
    const first = b.splatIndex(at);
    if (stride === 0) return first;
    const lane = b.iota();
    return b.op('iadd', first, stride === 1 ? lane : b.op('imul', lane, b.int(stride)));
  }

  private randomBits(space: Space, n: Node, point: Point): ValueId {
    const strides = stridesOf(n.shape);
    const at = this.address(space, { source: n, offset: 0, strides }, point);
    const stride = point.lane < 0 ? 0 : loopStrides(space, strides)[point.lane]!;
    const key = this.world.viewOf(n.inputs[0]!);
    const word = (i: number) => {
      const at = affine(key.offset + i * key.strides[0]!);
      if (isFree(key.source)) return this.freeValue(key.source, at, 0);
      return this.b.load(this.buffer(key.source), at, { splat: true });
    };
    return math.threefry(this.b, word(0), word(1), this.place(at, stride));
  }
}
