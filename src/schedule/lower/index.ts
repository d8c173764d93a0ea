import type { Node } from '../../graph/node.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import { lowerArgsort } from './argsort.ts';
import { lowerConcat } from './concat.ts';
import { lowerCumulative } from './cumulative.ts';
import type { Surroundings } from './emitter.ts';
import { lowerGather } from './gather.ts';
import type { Compile, Lowered } from './lowered.ts';
import { lowerMap } from './map.ts';
import { lowerPad } from './pad.ts';
import { lowerFilterGrad, lowerLongDot } from './pieces.ts';
import { planConv, planConvInputGrad, planDot } from './product.ts';
import { lowerReduce } from './reduce.ts';
import { lowerRows } from './rows.ts';
import { lowerScan } from './scan.ts';
import { lowerScatterAdd } from './scatter.ts';
import { lowerContraction } from './tiles.ts';
import { lowerWindow } from './window.ts';
import { lowerWindowPut } from './window-put.ts';

/** Turns a cluster into kernels; `compile` is for the bodies of loops. */
export function lower(cluster: Cluster, world: Surroundings, facts: TargetFacts, compile: Compile): Lowered {
  if (cluster.rows) return lowerRows(cluster.rows, world, facts);
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
      return (
        lowerLongDot(anchor, cluster, operands(anchor), world, facts) ??
        lowerContraction(planDot(anchor, operands(anchor)), cluster, world, facts)
      );
    case 'conv':
      return lowerContraction(planConv(anchor, operands(anchor)), cluster, world, facts);
    case 'convInputGrad':
      return lowerContraction(planConvInputGrad(anchor, operands(anchor)), cluster, world, facts);
    case 'convFilterGrad':
      return lowerFilterGrad(anchor, cluster, operands(anchor), world, facts);
    case 'windowReduce':
    case 'windowArgmax':
      return lowerWindow(cluster, world, facts);
    case 'windowPut':
      return lowerWindowPut(cluster, world, facts);
    case 'pad':
      return lowerPad(anchor, world, facts);
    case 'concat':
      return lowerConcat(anchor, world, facts);
    case 'gather':
      return lowerGather(anchor, world, facts);
    case 'scatterAdd':
      return lowerScatterAdd(anchor, world, facts);
    case 'cumulative':
      return lowerCumulative(anchor, world, facts);
    case 'argsort':
      return lowerArgsort(anchor, world, facts);
    case 'scan':
      return lowerScan(anchor, cluster, world, facts, compile);
    default:
      throw new Error(`${anchor.op}: no lowering`);
  }
}
