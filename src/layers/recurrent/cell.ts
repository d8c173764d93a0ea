import { formatShape, OlifantError } from '../../errors.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import type { CallOptions, Layer } from '../layer.ts';
import { flatten, type Struct } from '../struct.ts';

/** Size of a cell's state; several sizes where it has several; nested for stacks of cells. */
export type StateSize = number | readonly StateSize[];

/** The states of a cell: [batch, size] each, nested as its `stateSize`. */
export type State = Struct<Tensor>;

/** What a cell is told at a call beside its inputs. */
export interface CellCallOptions extends CallOptions {
  /** The states after the step before, one for each number in `stateSize`. */
  readonly states: readonly Tensor[];
}

/**
 * A layer that computes one time step: `call(inputs, { states, training })` gives `[output, newStates]`. Any layer with a
 * `stateSize` and such a `call` can be the cell of an `RNN`.
 */
export interface RNNCell extends Layer {
  readonly stateSize: StateSize;
  /** Size of the outputs' last axis. Default: that of the first state. */
  readonly outputSize?: number;
  /** The states before the first step. Default: zeros. */
  getInitialState?(batchSize: number): State;
}

/** What a cell computes of a whole sequence before the loop, and what remains for each step. */
export interface CellPlan {
  /** What the steps go through, [batch, time, ...] each. */
  readonly rows: readonly Tensor[];
  /** One step: from the rows' [batch, ...] and the states to the output and the new states. */
  step(rows: readonly Tensor[], states: State): readonly [output: Tensor, states: State];
}

/** @throws OlifantError `INVALID_ARGUMENT` for anything that no RNN can use as a cell. */
export function checkCell(owner: string, cell: unknown): RNNCell {
  const it = cell as Partial<RNNCell> | null | undefined;
  if (typeof it?.call === 'function' && typeof it.apply === 'function' && isStateSize(it.stateSize))
    return cell as RNNCell;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: a cell must be a layer with a method \`call(inputs, { states })\` and a stateSize (a whole number, or several), ` +
      `got ${it?.className ?? typeof cell}${typeof it?.call === 'function' ? ' without a stateSize' : ''}`,
  );
}

function isStateSize(x: unknown): x is StateSize {
  return Array.isArray(x) ? x.length > 0 && x.every(isStateSize) : Number.isSafeInteger(x) && (x as number) > 0;
}

/** The sizes of the states in a list, as an RNN keeps them. */
export const stateSizes = (cell: RNNCell): readonly StateSize[] =>
  typeof cell.stateSize === 'number' ? [cell.stateSize] : cell.stateSize;

/** Size of a cell's outputs. */
export function outputSizeOf(cell: RNNCell): number {
  return cell.outputSize ?? flatten<number>(cell.stateSize as Struct<number>)[0]!;
}

/** The states before the first step, as a list. */
export function initialState(cell: RNNCell, batchSize: number): readonly State[] {
  if (cell.getInitialState !== undefined) {
    const given = cell.getInitialState(batchSize);
    return Array.isArray(given) ? given : [given];
  }
  const zeros = (size: StateSize): State => (typeof size === 'number' ? ops.zeros([batchSize, size]) : size.map(zeros));
  return stateSizes(cell).map(zeros);
}

/** Given states in the form that a cell has them, checked against the states that it begins with otherwise. */
export function checkState(owner: string, given: Struct<Tensor>, expected: readonly State[]): readonly State[] {
  const list = flatten<Tensor>(given);
  const shapes = flatten<Tensor>(expected as Struct<Tensor>).map((t) => t.shape);
  const fits = list.length === shapes.length && list.every((t, i) => formatShape(t.shape) === formatShape(shapes[i]!));
  if (!fits)
    throw new OlifantError(
      'SHAPE',
      `${owner}: initialState: expected ${shapes.length} tensor(s) of shape ${shapes.map(formatShape).join(', ')}, ` +
        `got ${list.map((t) => formatShape(t.shape)).join(', ')}`,
    );
  let at = 0;
  const pack = (state: State): State => (Array.isArray(state) ? state.map(pack) : list[at++]!);
  return expected.map(pack);
}
