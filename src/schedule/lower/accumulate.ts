import type { Node } from '../../graph/node.ts';
import type { KernelBuilder } from '../../kernel/builder.ts';
import type { ValueId } from '../../kernel/ir.ts';
import * as math from '../../kernel/math/index.ts';

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;

/**
 * A reduction as an algebra: the state of an empty one, one more element, two states joined. A state is a list of values
 * (argmax keeps the best and its place).
 */
export interface Accumulator {
  empty(b: KernelBuilder): ValueId[];
  /** What a lane that holds no element counts as. */
  neutral(b: KernelBuilder): ValueId;
  add(b: KernelBuilder, state: readonly ValueId[], x: ValueId, place: () => ValueId): ValueId[];
  join(b: KernelBuilder, state: readonly ValueId[], other: readonly ValueId[]): ValueId[];
  result(state: readonly ValueId[]): ValueId;
  readonly width: number;
}

function simple(
  empty: (b: KernelBuilder) => ValueId,
  join: (b: KernelBuilder, a: ValueId, x: ValueId) => ValueId,
): Accumulator {
  return {
    width: 1,
    empty: (b) => [empty(b)],
    neutral: empty,
    add: (b, [a], x) => [join(b, a!, x)],
    join: (b, [a], [x]) => [join(b, a!, x!)],
    result: ([a]) => a!,
  };
}

/** Lanes of the accumulation tree, the same on every target, so that sums come out alike. */
export const TREE = 16;

/** Joins the strands of a reduction, then the lanes, always in the same tree: i with i + 8, i + 4, i + 2, i + 1. */
export function joinStrands(b: KernelBuilder, acc: Accumulator, strands: readonly (readonly ValueId[])[]): ValueId {
  let parts = strands;
  while (parts.length > 1) {
    const half = parts.length / 2;
    parts = parts.slice(0, half).map((p, i) => acc.join(b, p, parts[i + half]!));
  }
  let joined = parts[0]!;
  for (let d = b.lanes / 2; d >= 1; d /= 2) {
    const pattern = Array.from({ length: b.lanes }, (_, i) => (i + d) % b.lanes);
    const turned = joined.map((v) => b.shuffle(v, v, pattern));
    joined = acc.join(b, joined, turned);
  }
  return acc.result(joined);
}

/** The sum of float32 numbers. */
export const sumAccumulator: Accumulator = simple(
  (b) => b.float(0),
  (b, a, x) => b.op('add', a, x),
);

/** The accumulator of a reduction node. */
export function accumulatorOf(n: Node): Accumulator {
  const float = n.inputs[0]!.dtype === 'float32';
  switch (n.op) {
    case 'reduceSum':
      if (float) return sumAccumulator;
      return simple(
        (b) => b.int(0),
        (b, a, x) => b.op('iadd', a, x),
      );
    case 'reduceProd':
      return simple(
        (b) => (float ? b.float(1) : b.int(1)),
        (b, a, x) => b.op(float ? 'mul' : 'imul', a, x),
      );
    case 'reduceMax':
      return simple(
        (b) => (float ? b.float(Number.NEGATIVE_INFINITY) : b.int(INT_MIN)),
        (b, a, x) => (float ? math.maximum(b, a, x) : b.op('imax', a, x)),
      );
    case 'reduceMin':
      return simple(
        (b) => (float ? b.float(Number.POSITIVE_INFINITY) : b.int(INT_MAX)),
        (b, a, x) => (float ? math.minimum(b, a, x) : b.op('imin', a, x)),
      );
    case 'argmax':
      return argmax(float);
    default:
      throw new Error(`${n.op} is no reduction`);
  }
}

/** The greatest value and its first place; NaN is greater than any number. */
function argmax(float: boolean): Accumulator {
  const least = (b: KernelBuilder) => (float ? b.float(Number.NEGATIVE_INFINITY) : b.int(INT_MIN));
  const join = (b: KernelBuilder, [a, i]: readonly ValueId[], [x, j]: readonly ValueId[]): ValueId[] => {
    const earlier = b.op('ilt', j!, i!);
    if (!float) {
      const take = b.op('mor', b.op('ilt', a!, x!), b.op('mand', b.op('ieq', a!, x!), earlier));
      return [b.op('iselect', take, x!, a!), b.op('iselect', take, j!, i!)];
    }
    const [an, xn] = [b.op('unord', a!, a!), b.op('unord', x!, x!)];
    const equal = b.op('mor', b.op('eq', a!, x!), b.op('mand', an, xn));
    const greater = b.op('mor', b.op('lt', a!, x!), b.op('mand', xn, b.op('mnot', an)));
    const take = b.op('mor', greater, b.op('mand', equal, earlier));
    return [b.op('select', take, x!, a!), b.op('iselect', take, j!, i!)];
  };
  return {
    width: 2,
    empty: (b) => [least(b), b.int(INT_MAX)],
    neutral: least,
    add: (b, state, x, place) => join(b, state, [x, place()]),
    join,
    result: ([, i]) => i!,
  };
}
