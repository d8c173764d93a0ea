import type { Config } from '../layer.ts';
import type { DynamicShape } from '../symbolic.ts';
import { ownCellConfig, readOwnCell } from './cell-of-layer.ts';
import { CONV_LSTM_CELL_DEFAULTS, ConvLSTMCell, type ConvLSTMCellOptions } from './conv-lstm-cell.ts';
import { type RecurrenceOptions, RNN } from './rnn.ts';

export interface ConvLSTMOptions extends ConvLSTMCellOptions, RecurrenceOptions {}

type Complete = ConstructorParameters<typeof ConvLSTMCell>[2];

/** What the convolutional LSTMs share. */
export abstract class BaseConvLSTM extends RNN {
  declare readonly cell: ConvLSTMCell;

  /** @param rank Number of spatial axes. */
  constructor(owner: string, rank: number, args: readonly unknown[]) {
    const make = (options: ConvLSTMCellOptions) =>
      new ConvLSTMCell(owner, rank, { ...options, name: 'conv_lstm_cell' } as Complete);
    super(readOwnCell<ConvLSTMCellOptions>(owner, ['filters', 'kernelSize'], CONV_LSTM_CELL_DEFAULTS, make, args));
    this.inputSpec = { ndim: rank + 3 };
  }

  /** Number of the outputs' channels. */
  get filters(): number {
    return this.cell.filters;
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape | DynamicShape[] {
    const [batch = null, , ...rest] = inputShape;
    const step = this.cell.stepShape([batch, ...rest]).slice(1);
    return this.outputShapes(inputShape, step, () => [batch, ...step]);
  }

  override getConfig(): Config {
    return { ...this.recurrenceConfig(), ...ownCellConfig(this) };
  }
}
