import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { type Affine, KernelBuilder, scale } from '../../kernel/builder.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { identityView } from '../view.ts';
import { columns } from './columns.ts';
import { copyCall } from './copy.ts';
import { Emitter, type Surroundings } from './emitter.ts';
import { INDEX, indexAt, partsOf } from './indices.ts';
import { inSequence, type Lowered, type LoweredCall, NOTHING } from './lowered.ts';
import { makeSpace } from './space.ts';

/**
 * The operand is copied, then each item adds its columns of the updates, row by row in order: a result does not depend on
 * how items are shared out.
 */
export function lowerScatterAdd(n: Node<'scatterAdd'>, world: Surroundings, facts: TargetFacts): Lowered {
  if (sizeOf(n.shape) === 0) return NOTHING;
  const [x, , updates] = n.inputs as [Node, Node, Node];
  const copy = copyCall('scatterAdd', world, facts, n.shape, world.viewOf(x), identityView(n));
  return inSequence(sizeOf(updates.shape) === 0 ? [copy] : [copy, addUpdates(n, world, facts)]);
}

function addUpdates(n: Node<'scatterAdd'>, world: Surroundings, facts: TargetFacts): LoweredCall {
  const [, indices, updates] = n.inputs as [Node, Node, Node];
  const { axis } = n.attrs;
  const parts = partsOf(n.shape.length, axis, indices.shape.length);
  const { view: out, stride } = parts.lift({ source: n, offset: 0, strides: stridesOf(n.shape) });
  const from = world.viewOf(updates);
  const order = parts.liftIndices(world.viewOf(indices));
  const space = makeSpace(updates.shape, [out.strides, from.strides, order.strides], parts.tags);
  const b = new KernelBuilder('scatterAdd', facts.lanes, facts.fma);
  const home = world.storageOf(n);
  const e = new Emitter(b, world, [home, ...[from, order].map((v) => world.storageOf(v.source))], [home]);
  const add = n.dtype === 'float32' ? 'add' : 'iadd';
  const loops = space.sizes.map((_, i) => i);
  const along = loops.filter((i) => space.tags[i] === INDEX);
  const kept = loops.filter((i) => space.tags[i] !== INDEX);
  const domain = columns(b, space, kept, (points) => {
    const walk = (axes: readonly number[], at: readonly Affine[]): void => {
      const [loop, ...rest] = axes;
      if (loop !== undefined) {
        return b.times(space.sizes[loop]!, 1, (i) =>
          walk(
            rest,
            at.map((a, k) => (k === loop ? i : a)),
          ),
        );
      }
      const row = scale(indexAt(e, space, order, at, n.shape[axis]!), stride);
      for (const p of points) {
        const point = { ...p, at: p.at.map((a, k) => (space.tags[k] === INDEX ? at[k]! : a)) };
        const added = b.op(add, e.viewed(space, out, point, row), e.viewed(space, from, point));
        e.storeInto(space, out, point, added, row);
      }
    };
    walk(along, points[0]!.at);
  });
  return { kernel: b.finish(domain), args: e.args, cost: 2 + sizeOf(updates.shape) / 4 };
}
