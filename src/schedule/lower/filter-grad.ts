import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import { identityView } from '../view.ts';
import { sumAccumulator } from './accumulate.ts';
import type { Surroundings } from './emitter.ts';
import { type Lowered, NOTHING } from './lowered.ts';
import { filterGradPieces, type Operands, planConvFilterGrad } from './product.ts';
import { lowerReductions } from './reduce.ts';
import { lowerContraction } from './tiles.ts';

/** The gradient of a filter: a sum for each piece of the batch, then the sum of the pieces and what follows. */
export function lowerFilterGrad(
  n: Node<'convFilterGrad'>,
  cluster: Cluster,
  operands: Operands,
  world: Surroundings,
  facts: TargetFacts,
): Lowered {
  if (sizeOf(n.shape) === 0) return NOTHING;
  const pieces = filterGradPieces(n);
  const rank = n.shape.length;
  const [kw, ic, oc] = n.shape.slice(-3) as [number, number, number];
  const joined = [pieces, ...n.shape.slice(0, rank - 3), kw * ic, oc];
  const partial = node('input', [], { name: 'partial', shape: joined, dtype: 'float32' });
  const own: Cluster = { id: -1, anchors: [partial], before: [], after: [] };
  const around: Surroundings = {
    viewOf: (x) => (x === partial ? identityView(x) : world.viewOf(x)),
    storageOf: (x) => (x === partial ? x : world.storageOf(x)),
    isStored: (x) => x === partial || world.isStored(x),
    pieceOf: (x) => (x === partial ? undefined : world.pieceOf(x)),
  };
  const first = lowerContraction(planConvFilterGrad(n, partial, pieces, operands), own, around, facts);
  const operand = node('reshape', [partial], { shape: [pieces, ...n.shape] });
  const reading: Surroundings = {
    ...around,
    viewOf: (x) => (x === operand ? { ...identityView(operand), source: partial } : world.viewOf(x)),
  };
  const reduction = { anchor: n, operand, axes: [0], accumulator: sumAccumulator };
  const second = lowerReductions(cluster, [reduction], reading, facts);
  return {
    phases: [...first.phases, ...second.phases],
    scratch: [partial, ...first.scratch, ...second.scratch],
    ofThread: first.ofThread,
  };
}
