import { formatShape, OlifantError } from '../errors.ts';
import * as ops from '../ops/index.ts';
import { asTensor, type Tensor, type TensorLike } from '../trace/index.ts';

/**
 * -log of the probability of all ways to write a label sequence over time, with blanks (class 0) between and repetitions
 * (Graves et al. 2006, section 4.1): `ops.ctcLoss` of all steps. As in Keras, a sequence is as long as it has labels other
 * than 0: a 0 before its end is a label that looks like a blank, and cuts one off its end.
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
  const [batch, time] = scores.shape as [number, number, number];
  const written = ops.sum(ops.cast(ops.notEqual(labels, 0), 'int32'), 1);
  return ops.ctcLoss(labels, scores, written, ops.full([batch], time, 'int32'));
}
