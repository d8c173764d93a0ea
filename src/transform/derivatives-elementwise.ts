import { node } from '../graph/build.ts';
import type { Node, NodeOf, Primitive } from '../graph/node.ts';
import { uniformValue } from '../graph/structure.ts';
import {
  type Derivative,
  div,
  eq,
  fill,
  lt,
  mul,
  neg,
  none,
  plus,
  select,
  sub,
  times,
  zeros,
} from './gradient-parts.ts';

type Elementwise =
  | ('neg' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round' | 'sqrt' | 'exp' | 'log' | 'log1p' | 'expm1')
  | ('sin' | 'cos' | 'atan' | 'tanh' | 'sigmoid' | 'erf' | 'not' | 'cast' | 'bitcast' | 'pair')
  | ('add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'and' | 'or' | 'xor' | 'shl' | 'shr')
  | ('eq' | 'lt' | 'le' | 'select');

/** One operand x, result y. */
function unary<P extends Primitive>(dx: (dy: Node, x: Node, y: Node) => Node): Derivative<P> {
  return (n, dy) => [() => dx(dy, n.inputs[0]!, n as Node)];
}

const square = (x: Node) => node('mul', [x, x], {});

export const ELEMENTWISE: { readonly [P in Elementwise]: Derivative<P> } = {
  neg: unary((dy) => neg(dy)),
  // sign x: 0 at 0
  abs: unary((dy, x) => mul(dy, node('sign', [x], {}))),
  sign: none,
  floor: none,
  ceil: none,
  round: none,
  // 1 / (2 sqrt x)
  sqrt: unary((dy, _, y) => div(times(dy, 0.5), y)),
  // e^x
  exp: unary((dy, _, y) => mul(dy, y)),
  // 1 / x
  log: unary((dy, x) => div(dy, x)),
  // 1 / (1 + x)
  log1p: unary((dy, x) => div(dy, plus(x, 1))),
  // e^x = y + 1
  expm1: unary((dy, _, y) => mul(dy, plus(y, 1))),
  sin: unary((dy, x) => mul(dy, node('cos', [x], {}))),
  cos: unary((dy, x) => neg(mul(dy, node('sin', [x], {})))),
  // 1 / (1 + x^2)
  atan: unary((dy, x) => div(dy, plus(square(x), 1))),
  // 1 - tanh^2 x
  tanh: unary((dy, _, y) => mul(dy, sub(fill(1, y.shape), square(y)))),
  // s' = s (1 - s)
  sigmoid: unary((dy, _, y) => mul(dy, mul(y, sub(fill(1, y.shape), y)))),
  // 2 / sqrt(pi) e^(-x^2)
  erf: unary((dy, x) => mul(dy, times(node('exp', [neg(square(x))], {}), 2 / Math.sqrt(Math.PI)))),
  not: none,
  // only float32 flows, and from float32 to float32 is the identity
  cast: unary((dy, x) => (x.dtype === dy.dtype ? dy : node('cast', [dy], { dtype: x.dtype }))),
  bitcast: none,
  pair: none,

  add: (_, dy) => [() => dy, () => dy],
  sub: (_, dy) => [() => dy, () => neg(dy)],
  // b, a
  mul: ({ inputs: [a, b] }, dy) => [() => mul(dy, b!), () => mul(dy, a!)],
  // 1 / b, -y / b
  div: (y, dy) => {
    const b = y.inputs[1]!;
    return [() => div(dy, b), () => neg(mul(div(dy, b), y))];
  },
  pow: (y, dy) => [() => powBase(y, dy), () => powExponent(y, dy)],
  // 1 where greater (less), 1/2 where equal
  max: ({ inputs: [a, b] }, dy) => [() => choose(lt(b!, a!), a!, b!, dy), () => choose(lt(a!, b!), a!, b!, dy)],
  min: ({ inputs: [a, b] }, dy) => [() => choose(lt(a!, b!), a!, b!, dy), () => choose(lt(b!, a!), a!, b!, dy)],
  and: none,
  or: none,
  xor: none,
  shl: none,
  shr: none,
  eq: none,
  lt: none,
  le: none,
  // the chosen one
  select: ({ inputs: [c, a] }, dy) => [
    undefined,
    () => select(c!, dy, zeros(a!.shape)),
    () => select(c!, zeros(a!.shape), dy),
  ],
};

function choose(wins: Node, a: Node, b: Node, dy: Node): Node {
  return select(wins, dy, select(eq(a, b), times(dy, 0.5), zeros(dy.shape)));
}

/** d x^e / dx = e x^(e - 1), and 0 where e = 0, even at x = 0 or NaN. */
function powBase({ inputs: [x, e] }: NodeOf<'pow'>, dy: Node): Node {
  const power = uniformValue(e!);
  if (power === 2) return mul(times(dy, 2), x!);
  const rest = power === undefined ? plus(e!, -1) : fill(power - 1, e!.shape);
  const slope = mul(e!, node('pow', [x!, rest], {}));
  if (power !== undefined && power !== 0) return mul(dy, slope);
  const flat = eq(e!, zeros(e!.shape));
  return select(flat, zeros(dy.shape), mul(dy, slope));
}

/** d x^e / de = x^e log x, and 0 where x = 0. */
function powExponent(y: NodeOf<'pow'>, dy: Node): Node {
  const x = y.inputs[0]!;
  const safe = select(eq(x, zeros(x.shape)), fill(1, x.shape), x);
  return mul(dy, mul(y, node('log', [safe], {})));
}
