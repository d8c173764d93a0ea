import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { affine, KernelBuilder, scale, sum } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import * as math from '../../kernel/math/index.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { identityView } from '../view.ts';
import { columns } from './columns.ts';
import { Emitter, type Surroundings } from './emitter.ts';
import { inSequence, type Lowered, NOTHING } from './lowered.ts';
import { makeSpace } from './space.ts';

const KEPT = 0;
const SCANNED = 1;

interface Fold {
  start(b: KernelBuilder): ValueId;
  step(b: KernelBuilder, state: ValueId, x: ValueId): ValueId;
}

/** A sum begins at -0, so that a first -0 stays what it is. */
const FLOAT: { readonly [kind: string]: Fold } = {
  sum: { start: (b) => b.float(-0), step: (b, s, x) => b.op('add', s, x) },
  prod: { start: (b) => b.float(1), step: (b, s, x) => b.op('mul', s, x) },
  max: { start: (b) => b.float(Number.NEGATIVE_INFINITY), step: math.maximum },
  min: { start: (b) => b.float(Number.POSITIVE_INFINITY), step: math.minimum },
};

const INT: { readonly [kind: string]: Fold } = {
  sum: { start: (b) => b.int(0), step: (b, s, x) => b.op('iadd', s, x) },
  prod: { start: (b) => b.int(1), step: (b, s, x) => b.op('imul', s, x) },
  max: { start: (b) => b.int(-2147483648), step: (b, s, x) => b.op('imax', s, x) },
  min: { start: (b) => b.int(2147483647), step: (b, s, x) => b.op('imin', s, x) },
};

/**
 * Running folds: a loop along the axis, lanes along another one. The order is the same on every target, so a float32 sum
 * along the only axis takes one element at a time.
 */
export function lowerCumulative(n: Node<'cumulative'>, world: Surroundings, facts: TargetFacts): Lowered {
  if (sizeOf(n.shape) === 0) return NOTHING;
  const { kind, axis, reverse } = n.attrs;
  const fold = (n.dtype === 'float32' ? FLOAT : INT)[kind]!;
  const from = world.viewOf(n.inputs[0]!);
  const to = identityView(n);
  const tags = n.shape.map((_, i) => (i === axis ? SCANNED : KEPT));
  const space = makeSpace(n.shape, [from.strides, to.strides], tags);
  const b = new KernelBuilder(`cumulative ${kind}`, facts.lanes, facts.fma);
  const e = new Emitter(b, world, [world.storageOf(from.source)], [world.storageOf(n)]);
  const kept = space.sizes.map((_, i) => i).filter((i) => space.tags[i] === KEPT);
  const size = n.shape[axis]!;
  const steps = { from: from.strides[axis]!, to: stridesOf(n.shape)[axis]! };
  const domain = columns(b, space, kept, (points) => {
    const inits = points.map(() => fold.start(b));
    b.loop(affine(0), affine(size), 1, inits, (i, states) => {
      const place = reverse ? sum([affine(size - 1), scale(i, -1)]) : i;
      return points.map((point, k) => {
        const next = fold.step(b, states[k]!, e.viewed(space, from, point, scale(place, steps.from)));
        e.storeInto(space, to, point, next, scale(place, steps.to));
        return next;
      });
    });
  });
  const alone = kept.length === 0 || space.sizes[kept[kept.length - 1]!]! < 4;
  return inSequence([{ kernel: b.finish(domain), args: e.args, cost: 2 + sizeOf(n.shape) / (alone ? 1 : 8) }]);
}
