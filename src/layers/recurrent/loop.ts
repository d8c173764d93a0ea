import { OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import { Tensor } from '../../trace/tensor.ts';
import { flatten, mapStruct, type Struct } from '../struct.ts';
import { type CellPlan, outputSizeOf, type RNNCell, type State } from './cell.ts';
import { RecurrentCell } from './recurrent-cell.ts';
import { StackedRNNCells } from './stacked-rnn-cells.ts';

export interface LoopOptions {
  /** Which steps count, bool [batch, time]. */
  readonly mask: Tensor | null;
  readonly goBackwards: boolean;
  /** Where a masked step comes before any other, Keras's unrolled loop gives 0, its other loop the initial state. */
  readonly unroll: boolean;
  readonly zeroOutputForMask: boolean;
  readonly training: boolean;
}

export interface LoopResult {
  /** The output of the last step. */
  readonly last: Tensor;
  /** The outputs of all steps [batch, time, ...], each where its input stands. */
  readonly outputs: Tensor;
  readonly states: State;
}

/**
 * Runs a cell over a sequence [batch, time, ...]: one loop for a cell, one after the other for a stack. What does not depend
 * on the states is computed before the loop, for all steps at once.
 */
export function runCell(cell: RNNCell, sequences: Tensor, states: State, options: LoopOptions): LoopResult {
  if (cell instanceof StackedRNNCells && cell.isPlain) return runStack(cell, sequences, states, options);
  const { training } = options;
  const plan = cell instanceof RecurrentCell ? cell.prepare(sequences, training) : anyCell(cell, sequences, training);
  return runLoop(cell, plan, states, options);
}

/** Masked steps change no state of any cell, so the cells of a stack may run one after the other. */
function runStack(stack: StackedRNNCells, sequences: Tensor, states: State, options: LoopOptions): LoopResult {
  const left: State[] = [];
  let result: LoopResult | undefined;
  stack.cells.forEach((cell, i) => {
    const own = (states as readonly State[])[i]!;
    const list = Array.isArray(own) ? own : [own];
    result = runCell(cell, result?.outputs ?? sequences, list, options);
    left.push(Array.isArray(own) ? result.states : (result.states as readonly State[])[0]!);
  });
  return { ...result!, states: left };
}

function anyCell(cell: RNNCell, sequences: Tensor, training: boolean): CellPlan {
  return {
    rows: [sequences],
    step: ([inputs], states) => {
      const made = cell.apply<Struct<Tensor>>(inputs!, { states, training }) as readonly State[];
      if (!Array.isArray(made) || made.length !== 2 || !(made[0] instanceof Tensor))
        throw new OlifantError(
          'INVALID_ARGUMENT',
          `${cell.label}: the call of a cell must return [output, states], the output a tensor`,
        );
      const next = made[1]!;
      return [made[0], Array.isArray(next) ? next : [next]];
    },
  };
}

const swapTime = (x: Tensor): Tensor => ops.swapaxes(x, 0, 1);

/** [batch, time, 1]: whether a step counts; of a mask with more axes, whether any of it does. */
function keepOf(mask: Tensor): Tensor {
  const keep = ops.cast(mask, 'bool');
  return keep.rank === 2 ? ops.expandDims(keep, -1) : ops.any(keep, { axis: -1, keepdims: true });
}

/** `value` where `keep` [batch, 1], else `other`. */
function choose(keep: Tensor, value: Tensor, other: Tensor | number): Tensor {
  const shape = [keep.shape[0]!, ...value.shape.slice(1).map(() => 1)];
  return ops.where(ops.broadcastTo(ops.reshape(keep, shape), value.shape), value, other);
}

/** The state that Keras takes for the output of the step before: the first one, of the last cell in a stack. */
function previousOutput(states: State): Tensor {
  const list = states as readonly State[];
  return (Array.isArray(list[0]) ? (list.at(-1) as readonly Tensor[])[0] : list[0]) as Tensor;
}

function runLoop(cell: RNNCell, plan: CellPlan, states: State, options: LoopOptions): LoopResult {
  const { mask, goBackwards: reverse, unroll, zeroOutputForMask } = options;
  const rows = plan.rows.map(swapTime);
  if (mask !== null) rows.push(swapTime(keepOf(mask)));
  const carried = flatten<Tensor>(states);
  const init = [...carried];
  const remember = mask !== null && unroll;
  if (remember) init.push(firstOutput(cell, carried[0]!));
  // Where the output is one of the new states, the last one need not be looked up among all outputs.
  let outputState = -1;
  const { carry, outputs } = ops.scan(
    (now, inputs) => {
      const before = mapStruct(states, (_, i) => now[i]!);
      const [output, next] = plan.step(inputs.slice(0, plan.rows.length), before);
      const made = checkStates(cell, flatten<Tensor>(next), carried);
      const same = made.findIndex((s) => s.node === output.node);
      if (mask === null) {
        outputState = same;
        return { carry: made, outputs: [output] };
      }
      const keep = inputs.at(-1)!;
      const kept = made.map((s, i) => choose(keep, s, now[i]!));
      if (remember) {
        const shown = choose(keep, output, now.at(-1)!);
        outputState = kept.length;
        return { carry: [...kept, shown], outputs: [shown] };
      }
      if (zeroOutputForMask) return { carry: kept, outputs: [choose(keep, output, 0)] };
      const earlier = previousOutput(before);
      if (same >= 0 && now[same]!.node === earlier.node) outputState = same;
      return { carry: kept, outputs: [outputState >= 0 ? kept[same]! : choose(keep, output, earlier)] };
    },
    init,
    rows,
    { reverse },
  );
  const all = outputs[0]!;
  const last = outputState >= 0 ? carry[outputState]! : lastRow(cell, all, reverse);
  return { last, outputs: swapTime(all), states: mapStruct(states, (_, i) => carry[i]!) };
}

function firstOutput(cell: RNNCell, state: Tensor): Tensor {
  return cell instanceof RecurrentCell ? ops.zerosLike(state) : ops.zeros([state.shape[0]!, outputSizeOf(cell)]);
}

function lastRow(cell: RNNCell, outputs: Tensor, reverse: boolean): Tensor {
  const length = outputs.shape[0]!;
  if (length === 0)
    throw new OlifantError('SHAPE', `${cell.label}: a sequence of no time steps has no last output; give at least one`);
  const row = ops.slice(
    outputs,
    outputs.shape.map((_, i) => (i === 0 && !reverse ? length - 1 : 0)),
    [1, ...outputs.shape.slice(1)],
  );
  return ops.squeeze(row, 0);
}

function checkStates(cell: RNNCell, made: readonly Tensor[], expected: readonly Tensor[]): readonly Tensor[] {
  const shapes = (list: readonly Tensor[]) => list.map((t) => `[${t.shape.join(', ')}]`).join(', ');
  if (shapes(made) !== shapes(expected))
    throw new OlifantError(
      'SHAPE',
      `${cell.label}: a step must give states of the shapes that it was given, ${shapes(expected)}, got ${shapes(made)}`,
    );
  return made.map((t, i) => (t.dtype === expected[i]!.dtype ? t : ops.cast(t, expected[i]!.dtype)));
}
