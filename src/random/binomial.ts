import type { Shape } from '../graph/shape.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import type { SampleOptions } from './distributions.ts';
import { beside, open, spread } from './gamma.ts';
import { floatType, keyOf } from './seed.ts';

/** Below this mean the number is found step by step from 0, above it by trial. */
const SMALL_MEAN = 10;
/** A number with a mean of 10 lies beyond 60 once in 10^23 times. */
const STEPS = 60;
/** Each trial takes at least 0.86 of 1 (its constant for means from 10 on), so that one in 10^17 numbers is left without. */
const TRIES = 20;

/**
 * How often something of probability `probabilities` happens in `counts` trials. No gradient flows to the parameters.
 *
 * @param counts Whole numbers; repeated to `shape`.
 * @param probabilities From 0 to 1; repeated to `shape`.
 * @returns Whole numbers, in the dtype of `config.setFloatx` unless another one is given.
 */
export function binomial(
  shape: Shape,
  counts: TensorLike,
  probabilities: TensorLike,
  { dtype, seed = null }: SampleOptions = {},
): Tensor {
  const to = dtype === 'int32' ? dtype : floatType('binomial', dtype);
  const key = keyOf('binomial', seed);
  const [n, p] = [spread(counts, shape), spread(probabilities, shape)];
  // The rarer of the two outcomes is counted.
  const swapped = ops.greater(p, 0.5);
  const rare = ops.where(swapped, ops.subtract(1, p), p);
  const isSmall = ops.less(ops.multiply(n, rare), SMALL_MEAN);
  const few = stepByStep(beside(key, 64), ops.where(isSmall, n, 1), ops.where(isSmall, rare, 0.5));
  const many = byTrial(beside(key, 128), ops.where(isSmall, 40, n), ops.where(isSmall, 0.5, rare));
  const found = ops.where(isSmall, few, many);
  return ops.stopGradient(ops.cast(ops.where(swapped, ops.subtract(n, found), found), to));
}

/** The inverse of the distribution: P(k + 1) = P(k) (n - k) / (k + 1) p / (1 - p), summed until it exceeds an even number. */
function stepByStep(key: Tensor, n: Tensor, p: Tensor): Tensor {
  const u = open(key, n.shape);
  const odds = ops.divide(p, ops.subtract(1, p));
  const zero = ops.zerosLike(n);
  const first = ops.exp(ops.multiply(n, ops.log1p(ops.negative(p))));
  const { carry } = ops.scan(
    ([count, left, term], [k]) => {
      const beyond = ops.greaterEqual(left!, term!);
      const next = ops.multiply(ops.multiply(term!, odds), ops.divide(ops.subtract(n, k!), ops.add(k!, 1)));
      return {
        carry: [ops.add(count!, ops.where(beyond, 1, 0)), ops.where(beyond, ops.subtract(left!, term!), -1), next],
      };
    },
    [zero, u, first],
    [ops.cast(ops.arange(STEPS), 'float32')],
  );
  return ops.minimum(carry[0]!, n);
}

/** log k! - log of Stirling's formula for it: the first terms of the series, exact to float32 from k = 9 on, a table below. */
const STIRLING = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.020790672103765, 0.0166446911898211, 0.0138761288230707,
  0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
];

function stirlingRest(k: Tensor): Tensor {
  const next = ops.add(k, 1);
  const square = ops.square(next);
  const series = ops.divide(
    ops.subtract(1 / 12, ops.divide(ops.subtract(1 / 360, ops.divide(1 / 1260, square)), square)),
    next,
  );
  const small = ops.take(STIRLING, ops.cast(ops.minimum(k, STIRLING.length - 1), 'int32'));
  return ops.where(ops.less(k, STIRLING.length), small, series);
}

/** Transformed rejection, BTRS of W. Hörmann, "The generation of binomial random variates" (1993), for n p >= 10 and p <= 1/2. */
function byTrial(key: Tensor, n: Tensor, p: Tensor): Tensor {
  const tries = [TRIES, ...n.shape];
  const q = ops.subtract(1, p);
  const sd = ops.sqrt(ops.multiply(ops.multiply(n, p), q));
  const b = ops.add(1.15, ops.multiply(2.53, sd));
  const a = ops.add(ops.add(-0.0873, ops.multiply(0.0248, b)), ops.multiply(0.01, p));
  const c = ops.add(ops.multiply(n, p), 0.5);
  const vr = ops.subtract(0.92, ops.divide(4.2, b));
  const alpha = ops.multiply(ops.add(2.83, ops.divide(5.1, b)), sd);
  const odds = ops.divide(p, q);
  const mode = ops.floor(ops.multiply(ops.add(n, 1), p));

  const u = ops.subtract(open(beside(key, 1), tries), 0.5);
  const v = open(beside(key, 2), tries);
  const us = ops.subtract(0.5, ops.abs(u));
  const k = ops.floor(ops.add(ops.multiply(ops.add(ops.divide(ops.multiply(2, a), us), b), u), c));
  const inside = ops.logicalAnd(ops.greaterEqual(k, 0), ops.lessEqual(k, n));
  const at = ops.where(inside, k, mode);
  const atOnce = ops.logicalAnd(ops.greaterEqual(us, 0.07), ops.lessEqual(v, vr));
  // log of v alpha / (a / us^2 + b) against log of P(k) / P(mode)
  const scaled = ops.log(ops.divide(ops.multiply(v, alpha), ops.add(ops.divide(a, ops.square(us)), b)));
  const failures = ops.subtract(n, at);
  const [m1, k1] = [ops.subtract(n, mode), ops.add(failures, 1)];
  const upper = ops.add(
    ops.add(
      ops.multiply(ops.add(mode, 0.5), ops.log(ops.divide(ops.add(mode, 1), ops.multiply(odds, ops.add(m1, 1))))),
      ops.multiply(ops.add(n, 1), ops.log(ops.divide(ops.add(m1, 1), k1))),
    ),
    ops.add(
      ops.multiply(ops.add(at, 0.5), ops.log(ops.divide(ops.multiply(k1, odds), ops.add(at, 1)))),
      ops.subtract(ops.add(stirlingRest(mode), stirlingRest(m1)), ops.add(stirlingRest(at), stirlingRest(failures))),
    ),
  );
  const taken = ops.logicalAnd(inside, ops.logicalOr(atOnce, ops.lessEqual(scaled, upper)));
  const first = ops.argmax(ops.cast(taken, 'int32'), { axis: 0, keepdims: true });
  const chosen = ops.squeeze(ops.takeAlongAxis(at, first, 0), 0);
  return ops.where(ops.any(taken, 0), chosen, mode);
}
