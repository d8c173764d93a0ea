import type { TypedArray } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { showShape } from '../graph/shape.ts';
import { inputsOf } from '../graph/structure.ts';
import { Tensor } from '../trace/index.ts';
import { fail, wrap } from './core.ts';

/** Whether a value is known now: it depends on no input of a trace. */
export const isConcrete = (n: Node): boolean => inputsOf([n]).length === 0;

/**
 * The values of what is known now.
 *
 * @param why What depends on them, and what to do instead.
 * @throws OlifantError `NO_VALUE` inside of a trace.
 */
export function concreteData(op: string, n: Node, why: string): TypedArray {
  if (!isConcrete(n)) fail(op, `${why}. The values here come only when the compiled program runs`, 'NO_VALUE');
  return wrap(n).dataSync();
}

/** A number, or several: also as a tensor whose values are known. */
export type Numbers = number | readonly number[] | Tensor;

/**
 * Numbers that an operation must know when it is called: shapes, places, shares.
 *
 * @param name What the argument is called.
 * @throws OlifantError `NO_VALUE` for a tensor inside of a trace, `SHAPE` for one of several axes.
 */
export function knownNumbers(op: string, name: string, x: Numbers): number | readonly number[] {
  if (!(x instanceof Tensor)) return x;
  if (x.rank > 1) fail(op, `${name}: expected a number or a list of them, got a tensor of shape ${showShape(x.shape)}`);
  const values = [...concreteData(op, x.node, `${name} must be known when the operation is called`)];
  return x.rank === 0 ? values[0]! : values;
}

/** `knownNumbers`, of one number. */
export function knownNumber(op: string, name: string, x: number | Tensor): number {
  const value = knownNumbers(op, name, x);
  if (typeof value !== 'object') return value;
  return fail(op, `${name}: expected a number, got a list of ${value.length}`);
}
