import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { sizeOf } from '../../graph/shape.ts';
import { type Affine, affine, KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { identityView, type View } from '../view.ts';
import { Emitter, type Point, type Surroundings } from './emitter.ts';
import { unflatten } from './items.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { makeSpace, type Space } from './space.ts';

const INT_MAX = 0x7fffffff;
const SORTED = 1;

/** A vector of the row that is sorted: keys, and the places that they had. */
interface Keyed {
  readonly key: ValueId;
  readonly place: ValueId;
}

/**
 * A bitonic network (Batcher 1968) over each row, filled up to a power of two: passes of compare-exchanges at fixed
 * distances, between vectors and then inside of them. Keys are int32 in the order wanted, and equal ones are told apart by
 * their places, so the order is the stable one.
 */
export function lowerArgsort(n: Node<'argsort'>, world: Surroundings, facts: TargetFacts): Lowered {
  return sizeOf(n.shape) === 0 ? NOTHING : new ArgsortLowering(n, world, facts).run();
}

class ArgsortLowering {
  private readonly node: Node<'argsort'>;
  private readonly b: KernelBuilder;
  private readonly e: Emitter;
  private readonly from: View;
  private readonly space: Space;
  private readonly size: number;
  /** Elements of a row, those that fill it up included. */
  private readonly padded: number;
  private readonly keys: Node;
  private readonly places: Node;
  /** The lanes of the loop that is sorted, in a row: the rest of the point is the item's. */
  private row: readonly Affine[] = [];

  constructor(n: Node<'argsort'>, world: Surroundings, facts: TargetFacts) {
    this.node = n;
    this.from = world.viewOf(n.inputs[0]!);
    this.size = n.shape[n.attrs.axis]!;
    const tags = n.shape.map((_, i) => (i === n.attrs.axis ? SORTED : 0));
    this.space = makeSpace(n.shape, [this.from.strides, identityView(n).strides], tags);
    this.padded = facts.lanes;
    while (this.padded < this.size) this.padded *= 2;
    const shape = [sizeOf(n.shape) / this.size, this.padded];
    this.keys = node('input', [], { name: 'keys', shape, dtype: 'int32' });
    this.places = node('input', [], { name: 'places', shape, dtype: 'int32' });
    const around: Surroundings = {
      viewOf: (x) => world.viewOf(x),
      storageOf: (x) => (x === this.keys || x === this.places ? x : world.storageOf(x)),
      isStored: (x) => world.isStored(x),
      pieceOf: (x) => world.pieceOf(x),
    };
    this.b = new KernelBuilder('argsort', facts.lanes, facts.fma);
    const scratch = [this.keys, this.places];
    const reads = [world.storageOf(this.from.source), ...scratch];
    this.e = new Emitter(this.b, around, reads, [world.storageOf(n), ...scratch]);
  }

  run(): Lowered {
    const { b, space, padded } = this;
    const { lanes } = b;
    const loops = space.sizes.map((_, i) => i).filter((i) => space.tags[i] !== SORTED);
    const item = affine(0, [b.item, 1]);
    const places = unflatten(
      b,
      item,
      loops.map((i) => space.sizes[i]!),
    );
    this.row = space.sizes.map((_, i) => (loops.includes(i) ? places[loops.indexOf(i)]! : affine(0)));
    const rows = loops.reduce((k, i) => k * space.sizes[i]!, 1);
    const start = scale(item, padded);
    for (let bit = 1; bit < lanes; bit *= 2) this.upper(bit); // once, not in each loop
    this.everyVector((at, count) => {
      const sorted = this.sortVector(this.fetch(at, count));
      if (padded === lanes) this.deliver(at, count, sorted.place);
      else this.put(sum([start, at]), sorted);
    });
    for (let k = 2 * lanes; k <= padded; k *= 2) {
      this.mirrored(start, k);
      for (let distance = k / 4; distance >= lanes; distance /= 2) this.distant(start, distance);
      b.times(padded, lanes, (i) => {
        const at = sum([start, i]);
        this.put(at, this.within(this.get(at), lanes / 2));
      });
    }
    if (padded > lanes) {
      this.everyVector((at, count) => {
        if (count > 0) this.deliver(at, count, this.get(sum([start, at])).place);
      });
    }
    const passes = (Math.log2(padded) * (Math.log2(padded) + 1)) / 2;
    const cost = 2 + (rows * padded * passes) / 8;
    return inSequence(
      [{ kernel: b.finish(rows), args: this.e.args, cost }],
      padded > lanes ? [this.keys, this.places] : [],
    );
  }

  /** The vectors of a row with the number of its elements in them: full ones, one in part, and those that fill up. */
  private everyVector(body: (at: Affine, count: number) => void): void {
    const { b, size, padded } = this;
    const whole = size - (size % b.lanes);
    b.times(whole, b.lanes, (i) => body(i, b.lanes));
    if (size > whole) body(affine(whole), size - whole);
    const end = Math.ceil(size / b.lanes) * b.lanes;
    b.times(padded - end, b.lanes, (i) => body(sum([affine(end), i]), 0));
  }

  private point(at: Affine, count: number): Point {
    const lane = this.space.tags.indexOf(SORTED);
    return { at: this.row.map((a, i) => (i === lane ? at : a)), lane, count };
  }

  private fetch(at: Affine, count: number): Keyed {
    const { b } = this;
    const place = b.op('iadd', b.splatIndex(at), b.iota());
    if (count === 0) return { key: b.int(INT_MAX), place };
    const key = this.keyOf(this.e.viewed(this.space, this.from, this.point(at, count)));
    const missing = b.op('ilt', b.int(count - 1), b.iota());
    return { key: count < b.lanes ? b.op('iselect', missing, b.int(INT_MAX), key) : key, place };
  }

  private deliver(at: Affine, count: number, place: ValueId): void {
    this.e.storeInto(this.space, identityView(this.node), this.point(at, count), place);
  }

  /** int32 in the wanted order. Adding 0 makes zeros equal; the bits of negative numbers are in the reverse order. */
  private keyOf(x: ValueId): ValueId {
    const { b } = this;
    const downwards = (k: ValueId) => (this.node.attrs.descending ? b.op('ixor', k, b.int(-1)) : k);
    if (b.typeOf(x) !== 'f32') return downwards(x);
    const bits = b.op('f2bits', b.op('add', x, b.float(0)));
    const ordered = b.op('ixor', bits, b.op('iand', b.shift('isarImm', bits, 31), b.int(INT_MAX)));
    return b.op('iselect', b.op('unord', x, x), b.int(INT_MAX), downwards(ordered));
  }

  private get(at: Affine): Keyed {
    const { b, e } = this;
    return { key: b.load(e.buffer(this.keys), at), place: b.load(e.buffer(this.places), at) };
  }

  private put(at: Affine, { key, place }: Keyed): void {
    const { b, e } = this;
    b.store(e.buffer(this.keys), at, key);
    b.store(e.buffer(this.places), at, place);
  }

  private less(x: Keyed, y: Keyed): ValueId {
    const { b } = this;
    const earlier = b.op('mand', b.op('ieq', x.key, y.key), b.op('ilt', x.place, y.place));
    return b.op('mor', b.op('ilt', x.key, y.key), earlier);
  }

  private choose(mask: ValueId, x: Keyed, y: Keyed): Keyed {
    const { b } = this;
    return { key: b.op('iselect', mask, x.key, y.key), place: b.op('iselect', mask, x.place, y.place) };
  }

  private shuffled(x: Keyed, pattern: readonly number[]): Keyed {
    const { b } = this;
    return { key: b.shuffle(x.key, x.key, pattern), place: b.shuffle(x.place, x.place, pattern) };
  }

  /** Compares each lane with lane `lane ^ flip`; the one without `bit` gets the lesser one. */
  private exchange(x: Keyed, flip: number, bit: number): Keyed {
    const { b } = this;
    const other = this.shuffled(
      x,
      Array.from({ length: b.lanes }, (_, i) => i ^ flip),
    );
    return this.choose(b.op('mxor', this.less(other, x), this.upper(bit)), other, x);
  }

  /** The lanes whose number has `bit`. */
  private upper(bit: number): ValueId {
    const { b } = this;
    return b.op('ieq', b.op('iand', b.iota(), b.int(bit)), b.int(bit));
  }

  /** The last steps of a merge: distances below a vector's length. */
  private within(x: Keyed, from: number): Keyed {
    let sorted = x;
    for (let distance = from; distance >= 1; distance /= 2) sorted = this.exchange(sorted, distance, distance);
    return sorted;
  }

  /** Sorted halves of a block become one by comparing with the mirrored place first. */
  private sortVector(x: Keyed): Keyed {
    let sorted = x;
    for (let k = 2; k <= this.b.lanes; k *= 2) sorted = this.within(this.exchange(sorted, k - 1, k / 2), k / 4);
    return sorted;
  }

  /** The first step of merging blocks of `k` elements: place i with place k - 1 - i. */
  private mirrored(start: Affine, k: number): void {
    const { b, padded } = this;
    const backwards = Array.from({ length: b.lanes }, (_, i) => b.lanes - 1 - i);
    b.times(padded, k, (block) => {
      b.times(k / 2, b.lanes, (i) => {
        const low = sum([start, block, i]);
        const high = sum([start, block, affine(k - b.lanes), scale(i, -1)]);
        const [x, y] = [this.get(low), this.shuffled(this.get(high), backwards)];
        const swap = this.less(y, x);
        this.put(low, this.choose(swap, y, x));
        this.put(high, this.shuffled(this.choose(swap, x, y), backwards));
      });
    });
  }

  /** A step at a distance of whole vectors. */
  private distant(start: Affine, distance: number): void {
    const { b, padded } = this;
    b.times(padded, 2 * distance, (block) => {
      b.times(distance, b.lanes, (i) => {
        const low = sum([start, block, i]);
        const high = sum([low, affine(distance)]);
        const [x, y] = [this.get(low), this.get(high)];
        const swap = this.less(y, x);
        this.put(low, this.choose(swap, y, x));
        this.put(high, this.choose(swap, x, y));
      });
    });
  }
}
