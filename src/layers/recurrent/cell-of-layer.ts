import { OlifantError } from '../../errors.ts';
import * as regularizers from '../../regularizers/index.ts';
import type { Config, Layer, LayerOptions } from '../layer.ts';
import { type Defaults, readOptions } from '../options.ts';
import type { RNNCell } from './cell.ts';
import { RECURRENCE_DEFAULTS, type RecurrenceOptions, type RNNOptions } from './rnn.ts';

/** Whether to use a library for graphics cards. There is none here, so `true` is refused. */
export interface CudnnOptions {
  /** `'auto'` (the default) and `false` mean the same here. */
  useCudnn?: 'auto' | boolean;
}

/** The options of a layer that makes its own cell: those of the cell and those of the loop. */
export type OwnCellOptions<C extends LayerOptions> = C & RecurrenceOptions;

/** Own keys of the loop's options. */
const LOOP_KEYS = Object.keys(RECURRENCE_DEFAULTS);
const COMMON_KEYS = ['name', 'trainable', 'autocast', 'activityRegularizer', 'inputShape', 'batchInputShape'];

/**
 * Reads the arguments of a layer that makes its own cell.
 *
 * @param defaults The defaults of the cell's options.
 * @param make Makes the cell of its options.
 * @returns What the constructor of `RNN` takes.
 */
export function readOwnCell<C extends LayerOptions>(
  owner: string,
  positional: readonly string[],
  defaults: Defaults<C>,
  make: (options: C) => RNNCell,
  args: readonly unknown[],
  more: CudnnOptions = {},
): RNNOptions & { cell: RNNCell } {
  const all = { ...defaults, ...RECURRENCE_DEFAULTS, ...more } as unknown as Defaults<OwnCellOptions<C>>;
  const o = readOptions<OwnCellOptions<C>>(owner, positional, all, args) as Record<string, unknown>;
  if (more.useCudnn !== undefined) checkCudnn(owner, o.useCudnn);
  const own = Object.entries(o).filter(([k]) => k in defaults);
  const loop = Object.entries(o).filter(([k]) => LOOP_KEYS.includes(k) || COMMON_KEYS.includes(k));
  const { dtype, trainable } = o as LayerOptions;
  const cell = make({ ...Object.fromEntries(own), dtype, trainable } as C);
  return { ...Object.fromEntries(loop), dtype, cell };
}

function checkCudnn(owner: string, value: unknown): void {
  if (value === 'auto' || value === false) return;
  if (value === true) throw new OlifantError('UNSUPPORTED', `${owner}: useCudnn: there is no cuDNN here; leave it out`);
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: useCudnn must be 'auto', true or false`);
}

const CELL_BASE = new Set(['name', 'trainable', 'dtype']);

/** What Keras writes of the cell into the configuration of a layer that makes its own. */
export function ownCellConfig(layer: Layer & { cell: RNNCell }): Config {
  return {
    ...Object.fromEntries(Object.entries(layer.cell.getConfig()).filter(([k]) => !CELL_BASE.has(k))),
    activity_regularizer: regularizers.serialize(layer.activityRegularizer as never),
  };
}
