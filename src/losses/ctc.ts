import { formatShape, OlifantError } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../ops/index.ts';
import { asTensor, Tensor, type TensorLike } from '../trace/index.ts';

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
  const [, time, classes] = scores.shape as [number, number, number];
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
  const forward = run(start, ops.transpose(emission, [1, 0, 2]), skippable(written), time);
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

/** Logarithms of the paths' probabilities [batch, states] after `time` steps. */
function run(start: Tensor, emission: Tensor, skip: Tensor, time: number): Tensor {
  const input = (x: Node, name: string, shape = x.shape) => node('input', [], { name, shape, dtype: x.dtype });
  const carry = input(start.node, 'paths');
  const slice = input(emission.node, 'emission', emission.shape.slice(1));
  const allowed = input(skip.node, 'skip');
  const [stay, emit] = [new Tensor(carry), new Tensor(slice)];
  const jump = ops.where(new Tensor(allowed), shift(stay, 2, IMPOSSIBLE), IMPOSSIBLE);
  const paths = ops.logaddexp(ops.logaddexp(stay, shift(stay, 1, IMPOSSIBLE)), jump);
  const next = ops.add(paths, emit).node;
  const body = { carry: [carry], slices: [slice], constants: [allowed], next: [next], stacked: [] };
  const loop = node('scan', [start.node, emission.node, skip.node], { body, length: time, reverse: false });
  return new Tensor(node('pick', [loop], { index: 0 }));
}

/** The column that `place` names in each row; `IMPOSSIBLE` for -1. */
function pick(x: Tensor, place: Tensor): Tensor {
  const columns = ops.broadcastTo(ops.arange(x.shape[1]!), x.shape);
  const here = ops.equal(columns, ops.expandDims(place, 1));
  return ops.where(ops.less(place, 0), IMPOSSIBLE, ops.sum(ops.where(here, x, 0), 1));
}
