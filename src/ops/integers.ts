import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { bitwiseNot, equal, leftShift, where } from './compare.ts';
import { alignShapes, castTo, commonType, fail, lift, wrap } from './core.ts';
import { absolute, alike, multiply } from './elementwise.ts';
import { scan } from './loop.ts';
import { wholeRemainder } from './remainder.ts';

export const bitwiseInvert = bitwiseNot;
export const bitwiseLeftShift = leftShift;

/** `x` shifted by `y` bits to the right; the sign stays, also beyond 31 bits. */
export function rightShift(x: TensorLike, y: TensorLike): Tensor {
  const dtype = commonType(x, y);
  if (dtype === 'float32') fail('rightShift', 'expected integers or booleans, got float32', 'DTYPE');
  const [a, b] = alignShapes('rightShift', [lift(x, 'int32'), lift(y, 'int32')]) as [Node, Node];
  const by = node('min', [b, alike(31, b)], {});
  const negative = node('lt', [a, alike(0, a)], {});
  // The bits of a negative number inverted are not negative: zeros come in for its ones.
  const positive = node('select', [negative, node('not', [a], {}), a], {});
  const moved = node('shr', [positive, by], {});
  const signed = node('select', [negative, node('not', [moved], {}), moved], {});
  return wrap(castTo(signed, dtype === 'bool' ? 'int32' : dtype));
}
export const bitwiseRightShift = rightShift;

function whole(op: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] {
  const dtype = commonType(x, y);
  if (dtype === 'float32' || dtype === 'bool') fail(op, `expected integers, got ${dtype}`, 'DTYPE');
  return alignShapes(op, [lift(x, 'int32'), lift(y, 'int32')]).map((n) => absolute(wrap(n))) as [Tensor, Tensor];
}

/** As many steps as Euclid's algorithm takes at most for 31 bits: two neighbours of Fibonacci's. */
const EUCLID_STEPS = 46;

function divisor(a: Tensor, b: Tensor): Tensor {
  const { carry } = scan(
    ([larger, smaller]) => {
      const done = equal(smaller!, 0);
      const rest = wholeRemainder(larger!, where(done, 1, smaller!));
      return { carry: [where(done, larger!, smaller!), where(done, 0, rest)] };
    },
    [a, b],
    [],
    { length: EUCLID_STEPS },
  );
  return carry[0]!;
}

/** The greatest common divisor, never negative; that of 0 and x is |x|. */
export function gcd(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = whole('gcd', x, y);
  return wrap(castTo(divisor(a, b).node, commonType(x, y)));
}

/** The least common multiple, never negative; that of 0 and x is 0. */
export function lcm(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = whole('lcm', x, y);
  const common = divisor(a, b);
  const parts = exactQuotient(a, where(equal(common, 0), 1, common));
  return wrap(castTo(multiply(parts, b).node, commonType(x, y)));
}

/** a / b where `b` divides `a`: what float32 misses of the quotient is found in what remains. */
function exactQuotient(a: Tensor, b: Tensor): Tensor {
  const quotient = (n: Node) =>
    node('cast', [node('round', [node('div', [castTo(n, 'float32'), castTo(b.node, 'float32')], {})], {})], {
      dtype: 'int32',
    });
  const first = quotient(a.node);
  const rest = node('sub', [a.node, node('mul', [first, b.node], {})], {});
  return wrap(node('add', [first, quotient(rest)], {}));
}
