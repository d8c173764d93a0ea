import type { Node } from '../graph/node.ts';
import { showShape } from '../graph/shape.ts';
import { literal, type Tensor, type TensorLike } from '../trace/index.ts';
import { iotaAlong } from './arithmetic.ts';
import { equal, less, logicalOr, where } from './compare.ts';
import { fail, lift, wrap } from './core.ts';
import { add, logaddexp, multiply, negative, subtract } from './elementwise.ts';
import { argsort, oneHot, takeAlongAxis } from './indexing.ts';
import { concreteData } from './known.ts';
import { matmul } from './linalg.ts';
import { scan } from './loop.ts';
import { concatenate, expandDims, full, pad, sliceAxis, transpose } from './movement.ts';
import { logSoftmax } from './nn-activation.ts';
import { argmax, max, sum } from './reduce.ts';

/** The logarithm that stands for impossible, as in Keras (and Optax): finite, so that gradients are. */
const IMPOSSIBLE = -1e5;

function rank(op: string, name: string, n: Node, shape: string, axes: number): void {
  if (n.shape.length !== axes) fail(op, `${name}: expected ${shape}, got ${showShape(n.shape)}`);
}

/** x[:, low:high] */
const columns = (x: Tensor, low: number, high: number): Tensor => wrap(sliceAxis(x.node, 1, low, high));
/** 1 for the places that are not among the first `lengths` ones, [batch, places]. */
const beyond = (lengths: Tensor, count: number): Tensor => {
  const shape = [lengths.shape[0]!, count];
  const within = less(wrap(iotaAlong(shape, 1)), expandDims(lengths, 1));
  return where(within, 0, full([], 1));
};

/**
 * The negative logarithm of the probability that a sequence of classes, with blanks and repetitions removed, is the target:
 * connectionist temporal classification (Graves et al., 2006), by the forward algorithm.
 *
 * @param target Class numbers, [batch, labels]; those beyond `targetLength` count for nothing.
 * @param output Scores before the softmax, [batch, steps, classes].
 * @param targetLength Labels of each, [batch].
 * @param outputLength Steps of each, [batch].
 * @param maskIndex The number of the blank. Default 0.
 * @returns [batch].
 */
export function ctcLoss(
  target: TensorLike,
  output: TensorLike,
  targetLength: TensorLike,
  outputLength: TensorLike,
  maskIndex = 0,
): Tensor {
  const [t, scores] = [wrap(lift(target, 'int32')), wrap(lift(output, 'float32'))];
  const [labels, steps] = [wrap(lift(targetLength, 'int32')), wrap(lift(outputLength, 'int32'))];
  rank('ctcLoss', 'target', t.node, '[batch, labels]', 2);
  rank('ctcLoss', 'output', scores.node, '[batch, steps, classes]', 3);
  const [batch, most, classes] = scores.shape as [number, number, number];
  if (t.shape[0] !== batch || labels.shape.join() !== `${batch}` || steps.shape.join() !== `${batch}`)
    fail(
      'ctcLoss',
      `expected ${batch} targets and lengths, got ${[t, labels, steps].map((x) => showShape(x.shape)).join(', ')}`,
    );
  const count = t.shape[1]!;
  const logs = logSoftmax(scores);
  const blank = wrap(sliceAxis(logs.node, 2, maskIndex, maskIndex + 1));
  const emitted = matmul(logs, transpose(oneHot(t, classes), [0, 2, 1]));
  const repeated = repetitions(t, count);
  const rows = [
    transpose(emitted, [1, 0, 2]),
    transpose(blank, [1, 0, 2]),
    expandDims(transpose(beyond(steps, most)), 2),
  ];
  const start = concatenate([full([batch, 1], 0), full([batch, count], IMPOSSIBLE)], 1);
  const { carry } = scan(
    ([phi, emit], [logEmit, logBlank, over]) => ({
      carry: forwardStep(phi!, emit!, logEmit!, logBlank!, over!, repeated),
    }),
    [start, full([batch, count], IMPOSSIBLE)],
    rows,
  );
  const last = withAdded(carry[0]!, carry[1]!);
  return negative(sum(multiply(last, oneHot(labels, count + 1)), 1));
}

/** 1 where the label after this one is the same, [batch, labels]. */
function repetitions(t: Tensor, count: number): Tensor {
  if (count === 0) return full([t.shape[0]!, 0], 0);
  const same = equal(columns(t, 0, count - 1), columns(t, 1, count));
  return pad(where(same, full([], 1), 0), [
    [0, 0],
    [0, 1],
  ]);
}

/** phi with log-probabilities added in all places but the first. */
const withAdded = (phi: Tensor, more: Tensor): Tensor =>
  concatenate([columns(phi, 0, 1), logaddexp(columns(phi, 1, phi.shape[1]!), more)], 1);

/**
 * One step of time. `phi[n]`: n labels are out, and a blank (or nothing) came last; `emit[n]`: label n came last. A label that is
 * the same as the one before needs a blank between.
 */
function forwardStep(
  phi: Tensor,
  emit: Tensor,
  logEmit: Tensor,
  logBlank: Tensor,
  over: Tensor,
  repeated: Tensor,
): Tensor[] {
  const ready = withAdded(phi, add(emit, multiply(repeated, IMPOSSIBLE)));
  const count = emit.shape[1]!;
  const nextEmit = logaddexp(add(columns(ready, 0, count), logEmit), add(emit, logEmit));
  const viaBlank = add(add(emit, logBlank), multiply(subtract(1, repeated), IMPOSSIBLE));
  const nextPhi = withAdded(add(ready, logBlank), viaBlank);
  const isOver = equal(over, 1);
  return [where(isOver, phi, nextPhi), where(isOver, emit, nextEmit)];
}

export interface CtcDecodeOptions {
  /** The most likely class at each step, or the most likely sequences. Default `'greedy'`. */
  readonly strategy?: 'greedy' | 'beam_search';
  /** How many sequences a beam search keeps at each step. Default 100. */
  readonly beamWidth?: number;
  /** How many sequences a beam search gives. Default 1. */
  readonly topPaths?: number;
  /** Whether the greedy strategy takes classes that follow themselves as one. Default true. */
  readonly mergeRepeated?: boolean;
  /** The number of the blank. Default 0. */
  readonly maskIndex?: number | null;
}

/**
 * The classes that a network for `ctcLoss` has most likely seen, without blanks and repetitions.
 *
 * @param inputs Scores, [batch, steps, classes]: the greedy strategy takes them as they are, the beam search takes their softmax.
 * @param sequenceLengths Steps of each, [batch].
 * @returns Class numbers, -1 after the end: int32 [paths, batch, steps]; and for `'greedy'` minus the sum of the largest scores,
 *   for `'beam_search'` the logarithms of the probabilities, the best first: [batch, paths].
 * @throws OlifantError `NO_VALUE` for `'beam_search'` in a compiled program: it runs on known values only.
 */
export function ctcDecode(
  inputs: TensorLike,
  sequenceLengths: TensorLike,
  { strategy = 'greedy', beamWidth = 100, topPaths = 1, mergeRepeated = true, maskIndex = 0 }: CtcDecodeOptions = {},
): [Tensor, Tensor] {
  const x = wrap(lift(inputs, 'float32'));
  const lengths = wrap(lift(sequenceLengths, 'int32'));
  rank('ctcDecode', 'inputs', x.node, '[batch, steps, classes]', 3);
  if (lengths.shape.join() !== `${x.shape[0]}`)
    fail('ctcDecode', `expected ${x.shape[0]} lengths, got shape ${showShape(lengths.shape)}`);
  const blank = maskIndex ?? x.shape[2]! - 1;
  if (strategy === 'greedy') return greedy(x, lengths, mergeRepeated, blank);
  if (strategy !== 'beam_search')
    fail('ctcDecode', `strategy: expected 'greedy' or 'beam_search', got '${strategy}'`, 'INVALID_ARGUMENT');
  for (const [name, value] of Object.entries({ beamWidth, topPaths }))
    if (!Number.isSafeInteger(value) || value < 1)
      fail('ctcDecode', `${name}: expected a whole number of at least 1, got ${value}`, 'INVALID_ARGUMENT');
  const why = 'a beam search runs on known values only';
  const logs = concreteData('ctcDecode', logSoftmax(x).node, why) as Float32Array;
  const steps = concreteData('ctcDecode', lengths.node, why) as Int32Array;
  return beamSearch(logs, x.shape as [number, number, number], steps, { beamWidth, topPaths, blank });
}

function greedy(x: Tensor, lengths: Tensor, mergeRepeated: boolean, blank: number): [Tensor, Tensor] {
  const [batch, steps] = x.shape as [number, number];
  const over = equal(beyond(lengths, steps), 1);
  const best = where(over, blank, argmax(x, -1));
  const score = where(over, 0, max(x, -1));
  let silent = equal(best, blank);
  if (mergeRepeated && steps > 1) {
    const same = equal(columns(best, 1, steps), columns(best, 0, steps - 1));
    silent = logicalOr(silent, concatenate([full([batch, 1], 0, 'bool'), same], 1));
  }
  // What is left moves to the front, in its order.
  const order = argsort(where(silent, steps, wrap(iotaAlong([batch, steps], 1))), 1);
  const classes = takeAlongAxis(where(silent, -1, best), order, 1);
  return [expandDims(classes, 0), expandDims(negative(sum(score, 1)), 1)];
}

interface Beam {
  readonly path: readonly number[];
  /** The logarithm of the probability that the last step was the last class of the path, or a blank. */
  emit: number;
  blank: number;
}

const logSum = (a: number, b: number): number => {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
};
const total = (b: Beam): number => logSum(b.emit, b.blank);

/** The better one first; of equals the one with the smaller class at the first difference, the longer one where there is none. */
function byScore(a: Beam, b: Beam): number {
  const difference = total(b) - total(a);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  const at = a.path.findIndex((c, i) => c !== b.path[i]);
  if (at < 0) return b.path.length - a.path.length;
  return b.path[at] === undefined ? -1 : a.path[at]! - b.path[at]!;
}

class Beams {
  readonly #byPath = new Map<string, Beam>();

  add(path: readonly number[], kind: 'emit' | 'blank', score: number): void {
    const key = path.join();
    let beam = this.#byPath.get(key);
    if (beam === undefined) {
      beam = { path, emit: Number.NEGATIVE_INFINITY, blank: Number.NEGATIVE_INFINITY };
      this.#byPath.set(key, beam);
    }
    beam[kind] = logSum(beam[kind], score);
  }

  best(count: number): Beam[] {
    return [...this.#byPath.values()].sort(byScore).slice(0, count);
  }
}

interface SearchOptions {
  readonly beamWidth: number;
  readonly topPaths: number;
  readonly blank: number;
}

/** Prefixes and their probabilities, step by step (Hannun, Maas, Jurafsky and Ng, 2014, without a language model). */
function search(logs: Float32Array, steps: number, classes: number, { beamWidth, blank }: SearchOptions): Beam[] {
  const first = new Beams();
  // Keras takes the best classes of the first step as they are.
  const begin = Array.from({ length: classes }, (_, c) => c).sort((a, b) => logs[b]! - logs[a]! || a - b);
  for (const c of begin.slice(0, beamWidth))
    first.add(c === blank ? [] : [c], c === blank ? 'blank' : 'emit', logs[c]!);
  let beams = first.best(beamWidth);
  for (let t = 1; t < steps; t++) {
    const next = new Beams();
    for (const beam of beams)
      for (let c = 0; c < classes; c++) {
        const log = logs[t * classes + c]!;
        if (c === blank) next.add(beam.path, 'blank', total(beam) + log);
        else if (c === beam.path.at(-1)) {
          // The same class again: one with what came before, or, after a blank, a second one.
          next.add(beam.path, 'emit', beam.emit + log);
          next.add([...beam.path, c], 'emit', beam.blank + log);
        } else next.add([...beam.path, c], 'emit', total(beam) + log);
      }
    beams = next.best(beamWidth);
  }
  return beams;
}

function beamSearch(
  logs: Float32Array,
  [batch, steps, classes]: readonly [number, number, number],
  lengths: Int32Array,
  options: SearchOptions,
): [Tensor, Tensor] {
  const { topPaths } = options;
  const paths = new Int32Array(topPaths * batch * steps).fill(-1);
  const scores = new Float32Array(batch * topPaths).fill(Number.NEGATIVE_INFINITY);
  for (let b = 0; b < batch; b++) {
    const rows = logs.subarray(b * steps * classes, (b + 1) * steps * classes);
    search(rows, Math.min(lengths[b]!, steps), classes, options)
      .slice(0, topPaths)
      .forEach((beam, k) => {
        paths.set(beam.path, (k * batch + b) * steps);
        scores[b * topPaths + k] = total(beam);
      });
  }
  return [literal(paths, [topPaths, batch, steps], 'int32'), literal(scores, [batch, topPaths], 'float32')];
}
