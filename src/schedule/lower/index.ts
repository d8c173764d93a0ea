import type { Node } from '../../graph/node.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import type { Surroundings } from './emitter.ts';
import { lowerFilterGrad } from './filter-grad.ts';
import type { Lowered } from './lowered.ts';
import { lowerMap } from './map.ts';
import { planConv, planConvInputGrad, planDot } from './product.ts';
import { lowerReduce } from './reduce.ts';
import { lowerContraction } from './tiles.ts';
import { lowerWindow } from './window.ts';
import { lowerWindowMaxGrad } from './window-grad.ts';

/** Turns a cluster into kernels. */
export function lower(cluster: Cluster, world: Surroundings, facts: TargetFacts): Lowered {
  const anchor = cluster.anchors[0];
  if (!anchor) return lowerMap(cluster, world, facts);
  const operands = (n: Node) => [world.viewOf(n.inputs[0]!), world.viewOf(n.inputs[1]!)] as const;
  switch (anchor.op) {
    case 'reduceSum':
    case 'reduceProd':
    case 'reduceMax':
    case 'reduceMin':
    case 'argmax':
      return lowerReduce(cluster, world, facts);
    case 'dot':
      return lowerContraction(planDot(anchor, operands(anchor)), cluster, world, facts);
    case 'conv':
      return lowerContraction(planConv(anchor, operands(anchor)), cluster, world, facts);
    case 'convInputGrad':
      return lowerContraction(planConvInputGrad(anchor, operands(anchor)), cluster, world, facts);
    case 'convFilterGrad':
      return lowerFilterGrad(anchor, cluster, operands(anchor), world, facts);
    case 'windowReduce':
      return lowerWindow(cluster, world, facts);
    case 'windowMaxGrad':
      return lowerWindowMaxGrad(cluster, world, facts);
    default:
      throw new Error(`${anchor.op}: no lowering`);
  }
}
