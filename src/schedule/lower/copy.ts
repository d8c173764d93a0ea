import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { type Shape, sizeOf } from '../../graph/shape.ts';
import { KernelBuilder } from '../../kernel/builder.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { identityView, type View } from '../view.ts';
import { constantOf, Emitter, type Surroundings } from './emitter.ts';
import type { LoweredCall } from './lowered.ts';
import { lowerMap, nest } from './map.ts';
import { makeSpace, rowTags } from './space.ts';

/** Copies the elements of `from` to the places of `to`, both over `shape`, which is not empty. */
export function copyCall(
  name: string,
  world: Surroundings,
  facts: TargetFacts,
  shape: Shape,
  from: View,
  to: View,
): LoweredCall {
  const space = makeSpace(shape, [from.strides, to.strides], rowTags(shape, facts));
  const b = new KernelBuilder(name, facts.lanes, facts.fma);
  const e = new Emitter(b, world, [world.storageOf(from.source)], [world.storageOf(to.source)]);
  const domain = nest(b, space, (p) => e.storeInto(space, to, p, e.viewed(space, from, p)), facts.byRows);
  return { kernel: b.finish(domain), args: e.args, cost: 2 + sizeOf(shape) / 8 };
}

/** Fills the places of `to` over `shape`, which is not empty. */
export function fillCall(
  name: string,
  world: Surroundings,
  facts: TargetFacts,
  shape: Shape,
  to: View,
  value: number,
): LoweredCall {
  const space = makeSpace(shape, [to.strides], rowTags(shape, facts));
  const b = new KernelBuilder(name, facts.lanes, facts.fma);
  const e = new Emitter(b, world, [], [world.storageOf(to.source)]);
  const constant = constantOf(b, to.source.dtype, value);
  const domain = nest(b, space, (p) => e.storeInto(space, to, p, constant), facts.byRows);
  return { kernel: b.finish(domain), args: e.args, cost: 2 + sizeOf(shape) / 16 };
}

/** Copies a node's elements, row-major, into the memory of `home`. */
export function copyInto(home: Node, x: Node, world: Surroundings, facts: TargetFacts): LoweredCall[] {
  const copy = node('reshape', [x], { shape: x.shape });
  const around: Surroundings = {
    viewOf: (n) => (n === copy ? identityView(n) : world.viewOf(n)),
    storageOf: (n) => (n === copy ? home : world.storageOf(n)),
    isStored: (n) => n === copy || world.isStored(n),
    pieceOf: (n) => (n === copy ? undefined : world.pieceOf(n)),
  };
  const { phases } = lowerMap({ id: -1, anchors: [], before: [], after: [copy] }, around, facts);
  return phases.flatMap((p) => ('calls' in p ? p.calls : []));
}
