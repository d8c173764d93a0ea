import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { type Shape, sizeOf } from '../../graph/shape.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import type { Cluster } from '../cluster.ts';
import { identityView } from '../view.ts';
import { sumAccumulator } from './accumulate.ts';
import type { Contraction } from './contraction.ts';
import type { Surroundings } from './emitter.ts';
import { type Lowered, NOTHING } from './lowered.ts';
import { cutLongSum, filterGradPieces, type Operands, planConvFilterGrad, planLongDot } from './product.ts';
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
  const pieces = filterGradPieces(n);
  const rank = n.shape.length;
  const [kw, ic, oc] = n.shape.slice(-3) as [number, number, number];
  const shape = [pieces, ...n.shape.slice(0, rank - 3), kw * ic, oc];
  const plan = (partial: Node) => planConvFilterGrad(n, partial, pieces, operands);
  return new InPieces(n, cluster, world, facts).run(shape, plan);
}

/** A product of two matrices with a long sum, likewise: as it is with the gradients of weights. Undefined where it is none. */
export function lowerLongDot(
  n: Node<'dot'>,
  cluster: Cluster,
  operands: Operands,
  world: Surroundings,
  facts: TargetFacts,
): Lowered | undefined {
  const cut = facts.byRows ? undefined : cutLongSum(n, facts.deals?.long);
  if (!cut) return undefined;
  const plan = (partial: Node) => planLongDot(n, partial, cut, operands);
  return new InPieces(n, cluster, world, facts).run([cut.pieces, ...n.shape], plan);
}

/** A sum of which each piece lies in memory of its own, and then the sum of the pieces. */
class InPieces {
  private readonly n: Node;
  private readonly cluster: Cluster;
  private readonly world: Surroundings;
  private readonly facts: TargetFacts;

  constructor(n: Node, cluster: Cluster, world: Surroundings, facts: TargetFacts) {
    this.n = n;
    this.cluster = cluster;
    this.world = world;
    this.facts = facts;
  }

  /** `shape`: that of all pieces, the number of pieces first. */
  run(shape: Shape, plan: (partial: Node) => Contraction): Lowered {
    const { n, cluster, world, facts } = this;
    if (sizeOf(n.shape) === 0) return NOTHING;
    const partial = node('input', [], { name: 'partial', shape, dtype: 'float32' });
    const own: Cluster = { id: -1, anchors: [partial], before: [], after: [] };
    const around: Surroundings = {
      viewOf: (x) => (x === partial ? identityView(x) : world.viewOf(x)),
      storageOf: (x) => (x === partial ? x : world.storageOf(x)),
      isStored: (x) => x === partial || world.isStored(x),
      pieceOf: (x) => (x === partial ? undefined : world.pieceOf(x)),
    };
    const first = lowerContraction(plan(partial), own, around, facts);
    const operand = node('reshape', [partial], { shape: [shape[0]!, ...n.shape] });
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
}
