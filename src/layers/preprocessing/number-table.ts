import * as ops from '../../ops/index.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';

/** Tables over all numbers between the smallest and the largest may have so many times as many places as there are terms. */
const SPARSEST = 8;
/** And so many at any rate. */
const SMALL = 4096;

/**
 * For each number its place in `terms` plus `first`, or `unknown`; as operations, for compiled programs: a table over the whole
 * range of the terms where they lie close, else a binary search in the sorted terms.
 *
 * @param x int32 of any shape.
 */
export function lookUpNumbers(x: Tensor, terms: readonly number[], first: number, unknown: Tensor | number): Tensor {
  if (terms.length === 0) return ops.add(ops.zerosLike(x), unknown);
  const order = terms.map((_, i) => i).sort((a, b) => terms[a]! - terms[b]!);
  const low = terms[order[0]!]!;
  const high = terms[order.at(-1)!]!;
  const range = high - low + 1;
  const inside = ops.logicalAnd(ops.greaterEqual(x, low), ops.lessEqual(x, high));
  const found =
    range <= Math.max(SMALL, SPARSEST * terms.length)
      ? denseTable(x, terms, first, low, range, inside)
      : search(x, terms, first, order);
  return ops.where(ops.logicalAnd(inside, ops.greaterEqual(found, 0)), found, unknown);
}

function denseTable(x: Tensor, terms: readonly number[], first: number, low: number, range: number, inside: Tensor) {
  const table = new Int32Array(range).fill(-1);
  terms.forEach((t, i) => {
    table[t - low] = first + i;
  });
  return ops.take(tensor(table), ops.where(inside, ops.subtract(x, low), 0));
}

/** The last of the sorted terms that is not above the number, found bit by bit; -1 unless it is the number. */
function search(x: Tensor, terms: readonly number[], first: number, order: readonly number[]): Tensor {
  const sorted = tensor(Int32Array.from(order, (i) => terms[i]!));
  let at: Tensor = ops.zerosLike(x);
  for (let step = 2 ** Math.floor(Math.log2(terms.length)); step >= 1; step /= 2) {
    const next = ops.add(at, step);
    const possible = ops.less(next, terms.length);
    const value = ops.take(sorted, ops.where(possible, next, 0));
    at = ops.where(ops.logicalAnd(possible, ops.lessEqual(value, x)), next, at);
  }
  const places = tensor(Int32Array.from(order, (i) => first + i));
  return ops.where(ops.equal(ops.take(sorted, at), x), ops.take(places, at), -1);
}
