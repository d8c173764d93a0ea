import type { Attrs, Node } from './node.ts';
import { sizeOf } from './shape.ts';
import { topologicalOrder } from './structure.ts';

/**
 * The additions and multiplications in the products (dot and convolution) of a graph; two for a multiply-add. Taps of a
 * filter that lie in the padding count as the others. Everything that is no product is left out, as in the figures that
 * libraries publish, so that time at the processor's peak of multiply-adds is a lower bound.
 */
export function countFlop(outputs: readonly Node[]): number {
  return topologicalOrder(outputs).reduce((sum, n) => sum + flopOf(n), 0);
}

function flopOf(n: Node): number {
  const [a, b] = n.inputs;
  switch (n.op) {
    case 'dot':
      return 2 * sizeOf(n.shape) * a!.shape.at(-1)!;
    case 'conv':
      return 2 * sizeOf(n.shape) * sizeOf(b!.shape.slice(0, -1));
    case 'convInputGrad':
      return 2 * sizeOf(a!.shape) * sizeOf(b!.shape.slice(0, -1));
    case 'convFilterGrad':
      return 2 * sizeOf(b!.shape) * sizeOf(n.shape.slice(0, -1));
    case 'scan': {
      const { body, length } = n.attrs as Attrs['scan'];
      return length * countFlop([...body.next, ...body.stacked]);
    }
    default:
      return 0;
  }
}
