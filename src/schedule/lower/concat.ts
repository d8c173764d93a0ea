import type { Node } from '../../graph/node.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { copyCall } from './copy.ts';
import type { Surroundings } from './emitter.ts';
import type { Lowered, LoweredCall } from './lowered.ts';

/** A copy of each operand to its place, all side by side. */
export function lowerConcat(n: Node<'concat'>, world: Surroundings, facts: TargetFacts): Lowered {
  const strides = stridesOf(n.shape);
  const calls: LoweredCall[] = [];
  let offset = 0;
  for (const x of n.inputs) {
    const to = { source: n, offset, strides };
    if (sizeOf(x.shape) > 0) calls.push(copyCall('concat', world, facts, x.shape, world.viewOf(x), to));
    offset += x.shape[n.attrs.axis]! * strides[n.attrs.axis]!;
  }
  return { phases: calls.length > 0 ? [{ calls }] : [], scratch: [] };
}
