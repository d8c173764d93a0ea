import * as activations from '../../activations/index.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { refuseDilatedStrides } from '../convolution/convolution.ts';
import type { Config, LayerOptions } from '../layer.ts';
import {
  type Defaults,
  perAxis,
  REQUIRED,
  readActivation,
  readDataFormat,
  readFlag,
  readPadding,
  wholeNumber,
} from '../options.ts';
import { channelAxis, checkOutputSizes, knownSize, mapSpatial, spatialAxes, windows } from '../spatial.ts';
import type { DynamicShape } from '../symbolic.ts';
import type { CellPlan, State } from './cell.ts';
import { forgetBias } from './forget-bias.ts';
import { RECURRENT_CELL_DEFAULTS, RecurrentCell, type RecurrentCellOptions } from './recurrent-cell.ts';

export interface ConvLSTMCellOptions extends RecurrentCellOptions {
  /** Number of the outputs' channels. */
  filters?: number;
  /** Size of the window: one number for all axes, or one for each. */
  kernelSize?: number | readonly number[];
  /** Of the inputs' convolution. Default 1. */
  strides?: number | readonly number[];
  /** Of the inputs' convolution: `'valid'` (the default) or `'same'`. */
  padding?: 'valid' | 'same';
  /** Default `'channels_last'`. */
  dataFormat?: ops.DataFormat | null;
  /** Distance of the window's taps on the inputs. Default 1. */
  dilationRate?: number | readonly number[];
  /** Of the gates. Default `'sigmoid'`. */
  recurrentActivation?: activations.ActivationLike;
  /** Whether the bias of the forget gate is 1 at first. Default `true`. */
  unitForgetBias?: boolean;
}

export const CONV_LSTM_CELL_DEFAULTS: Defaults<ConvLSTMCellOptions> = {
  filters: REQUIRED,
  kernelSize: REQUIRED,
  strides: 1,
  padding: 'valid',
  dataFormat: null,
  dilationRate: 1,
  ...RECURRENT_CELL_DEFAULTS,
  recurrentActivation: 'sigmoid',
  unitForgetBias: true,
};

/**
 * One step of a convolutional long short-term memory (Shi et al. 2015): the LSTM's formulas with convolutions for products.
 * The inputs' one goes over all steps at once, with bias, before the loop; the states' one has padding and no strides.
 */
class ConvLSTMCell extends RecurrentCell {
  static override className = 'ConvLSTMCell';

  readonly filters: number;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: 'valid' | 'same';
  readonly dataFormat: ops.DataFormat;
  readonly dilationRate: readonly number[];
  readonly recurrentActivation: activations.Activation;
  readonly unitForgetBias: boolean;
  #stateShape: readonly number[] = [];

  constructor(owner: string, rank: number, o: LayerOptions & Defaults<ConvLSTMCellOptions>) {
    super(owner, o);
    this.filters = wholeNumber(owner, 'filters', o.filters);
    this.kernelSize = perAxis(owner, 'kernelSize', o.kernelSize, rank);
    this.strides = perAxis(owner, 'strides', o.strides, rank);
    this.padding = readPadding(owner, o.padding, ['valid', 'same']);
    this.dataFormat = readDataFormat(owner, o.dataFormat);
    this.dilationRate = perAxis(owner, 'dilationRate', o.dilationRate, rank);
    refuseDilatedStrides(owner, this);
    this.recurrentActivation = readActivation(o.recurrentActivation);
    this.unitForgetBias = readFlag(owner, 'unitForgetBias', o.unitForgetBias);
  }

  get stateSize(): readonly number[] {
    return [this.filters, this.filters];
  }

  /** The shape of outputs and states for the inputs of one step. */
  stepShape(inputShape: DynamicShape): DynamicShape {
    const { kernelSize, strides, padding, dilationRate, dataFormat } = this;
    const shape = mapSpatial(inputShape, dataFormat, (size, i) =>
      windows(size, kernelSize[i]!, strides[i]!, padding, dilationRate[i]!),
    );
    shape[dataFormat === 'channels_last' ? shape.length - 1 : 1] = this.filters;
    return checkOutputSizes(this, inputShape, shape, `a window of ${kernelSize.join(' x ')}`);
  }

  override build(inputShape: DynamicShape): void {
    const { kernelSize, filters, dataFormat } = this;
    const channels = knownSize(this, inputShape, channelAxis(dataFormat));
    for (const axis of spatialAxes(dataFormat, kernelSize.length)) knownSize(this, inputShape, axis);
    this.#stateShape = this.stepShape(inputShape).slice(1) as number[];
    const start = this.unitForgetBias ? forgetBias : undefined;
    const columns = 4 * filters;
    this.addWeights([...kernelSize, channels, columns], [...kernelSize, filters, columns], [columns], start);
  }

  override getInitialState(batchSize: number): State {
    return [1, 2].map(() => ops.zeros([batchSize, ...this.#stateShape], this.computeDtype));
  }

  override prepare(sequences: Tensor, training: boolean): CellPlan {
    const { activation, recurrentActivation: s, dataFormat } = this;
    const batch = sequences.shape[0]!;
    const axis = channelAxis(dataFormat);
    const masks = this.dropMasks(this.recurrentDropout, [batch, ...this.#stateShape], 4, training);
    const kernels = masks === null ? [this.recurrentKernel.value()] : ops.split(this.recurrentKernel, 4, -1);
    return {
      rows: [this.#project(sequences, training)],
      step: ([row], states) => {
        const [h, c] = states as readonly [Tensor, Tensor];
        const products = kernels.map((u, k) =>
          ops.conv(masks === null ? h : ops.multiply(h, masks[k]!), u, { padding: 'same', dataFormat }),
        );
        const product = masks === null ? products[0]! : ops.concatenate(products, axis);
        const [i, f, candidate, o] = ops.split(ops.add(row!, product), 4, axis) as [Tensor, Tensor, Tensor, Tensor];
        const memory = ops.add(ops.multiply(s(f), c), ops.multiply(s(i), activation(candidate)));
        const output = ops.multiply(s(o), activation(memory));
        return [output, [output, memory]];
      },
    };
  }

  /** The inputs' convolution with its bias, of all steps. */
  #project(sequences: Tensor, training: boolean): Tensor {
    const x = ops.cast(sequences, this.floatDtype);
    const [batch, time, ...rest] = x.shape as [number, number, ...number[]];
    const masks = this.dropMasks(this.dropout, [batch, ...rest], 4, training);
    const kernels = masks === null ? [this.kernel.value()] : ops.split(this.kernel, 4, -1);
    const { strides, padding, dataFormat, dilationRate } = this;
    const axis = channelAxis(dataFormat);
    const parts = kernels.map((k, gate) => {
      const seen = masks === null ? x : ops.multiply(x, ops.expandDims(masks[gate]!, 1));
      const steps = ops.reshape(seen, [batch * time, ...rest]);
      return ops.conv(steps, k, { strides, padding, dataFormat, dilationRate });
    });
    const y = parts.length === 1 ? parts[0]! : ops.concatenate(parts, axis);
    const bias =
      this.bias === null || axis === -1 ? this.bias : ops.reshape(this.bias, [1, -1, ...strides.map(() => 1)]);
    const all = bias === null ? y : ops.add(y, bias);
    return ops.reshape(all, [batch, time, ...all.shape.slice(1)]);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      filters: this.filters,
      kernel_size: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      data_format: this.dataFormat,
      dilation_rate: this.dilationRate,
      recurrent_activation: activations.serialize(this.recurrentActivation),
      unit_forget_bias: this.unitForgetBias,
    };
  }
}

export { ConvLSTMCell };
