import { formatShape, OlifantError } from '../errors.ts';
import * as ops from '../ops/index.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';

/** The logarithm of an impossible path: finite, so that differences of two stay numbers. */
const IMPOSSIBLE = -1e30;

/**
 * -log of the probability of all ways to write a label sequence over time, with blanks (class 0) between and repetitions
 * (Graves et al. 2006, section 4.1).
 *
 * @param yTrue Class numbers [batch, length], padded with 0 at the end.
 * @param yPred Scores before the softmax [batch, time, classes].
 */
export function ctc(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [labels, scores] = [asTensor(yTrue, 'int32'), asTensor(yPred, 'float32')];
  if (labels.rank !== 2 || scores.rank !== 3 || labels.shape[0] !== scores.shape[0])
    throw new OlifantError(
      'SHAPE',
      `ctc: expected targets [batch, length] and predictions [batch, time, classes], got ` +
        `${formatShape(labels.shape)} and ${formatShape(scores.shape)}`,
    );
  const [batch, length] = labels.shape as [number, number];
  const classes = scores.shape[2]!;
  const states = 2 * length + 1;
  // blank, label, blank, label ... blank
  const written = ops.pad(ops.reshape(ops.stack([ops.zerosLike(labels), labels], 2), [batch, 2 * length]), [
    [0, 0],
    [0, 1],
  ]);
  const emission = ops.matmul(ops.logSoftmax(scores), ops.transpose(ops.oneHot(written, classes), [0, 2, 1]));
  const first = ops.less(ops.broadcastTo(ops.arange(states), [batch, states]), 1);
  // Before the first step all paths stand in front of the first blank; the label after it is one step ahead of that.
  const start = ops.where(first, ops.zeros([]), IMPOSSIBLE);
  const forward = run(start, ops.transpose(emission, [1, 0, 2]), skippable(written));
  const ends = ops.multiply(ops.sum(ops.notEqual(labels, 0), 1), 2);
  return ops.negative(ops.logaddexp(pick(forward, ends), pick(forward, ops.subtract(ends, 1))));
}

/** A label may follow another label at once where they differ: bool [batch, states], false for blanks. */
function skippable(written: Tensor): Tensor {
  const before = shift(written, 2, 0);
  return ops.logicalAnd(ops.notEqual(written, 0), ops.notEqual(written, before));
}

/** Columns moved to the right, `fill` in those that become free. */
function shift(x: Tensor, by: number, fill: number): Tensor {
  const [rows, columns] = x.shape as [number, number];
  const kept = Math.max(0, columns - by);
  return ops.pad(
    ops.slice(x, [0, 0], [rows, kept]),
    [
      [0, 0],
      [columns - kept, 0],
    ],
    { constantValues: fill },
  );
}

/** Logarithms of the paths' probabilities [batch, states] after all steps of `emission` [time, batch, states]. */
function run(start: Tensor, emission: Tensor, skip: Tensor): Tensor {
  const loop = ops.scan(
    ([paths], [emit]) => {
      const jump = ops.where(skip, shift(paths!, 2, IMPOSSIBLE), IMPOSSIBLE);
      const sum = ops.logaddexp(ops.logaddexp(paths!, shift(paths!, 1, IMPOSSIBLE)), jump);
      return { carry: [ops.add(sum, emit!)] };
    },
    [start],
    [emission],
  );
  return loop.carry[0]!;
}

/** The column that `place` names in each row; `IMPOSSIBLE` for -1. */
function pick(x: Tensor, place: Tensor): Tensor {
  const columns = ops.broadcastTo(ops.arange(x.shape[1]!), x.shape);
  const here = ops.equal(columns, ops.expandDims(place, 1));
  return ops.where(ops.less(place, 0), IMPOSSIBLE, ops.sum(ops.where(here, x, 0), 1));
}
