import type { Layer } from '../layers/layer.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Tensor } from '../trace/tensor.ts';
import type { TrainingRun } from './training-run.ts';

/**
 * Values of the metrics by name, such as `{ loss: 0.3, accuracy: 0.9, val_loss: 0.4 }`. A metric that gives several numbers
 * (`FBetaScore` for each class) stands there as an array, nested as its result is, which the type does not say: nearly all are
 * one number, and are compared as such.
 */
export type Logs = Record<string, number>;

/** What callbacks may do with the model that is being trained. */
export interface TrainedModel {
  readonly name: string;
  /** Set it to `true` to end training after this step. */
  stopTraining: boolean;
  /** The same for evaluation, and for validation in `fit`. */
  stopEvaluating: boolean;
  /** The same for prediction. */
  stopPredicting: boolean;
  readonly built: boolean;
  readonly optimizer: Optimizer | null;
  readonly layers: readonly Layer[];
  readonly metrics: readonly Metric[];
  /** @internal What `fit` is doing; `null` outside of it. */
  readonly training: TrainingRun | null;
  getWeights(): Tensor[];
  setWeights(weights: readonly Tensor[]): void;
  /** Writes the whole model to a `.keras` file. */
  save(path: string): Promise<void>;
  /** Writes the weights to a `.weights.h5` file. */
  saveWeights(path: string): Promise<void>;
}

/** What a callback remembers: values that JSON can hold, and tensors. */
export interface CallbackState {
  readonly values: Readonly<Record<string, unknown>>;
  readonly tensors?: readonly Tensor[];
}

/** What is known when training, evaluation or prediction begins. */
export interface CallbackParams {
  verbose: 0 | 1 | 2;
  epochs: number;
  /** Steps in an epoch; `null` for streams of unknown length. */
  steps: number | null;
  /** Whether there are validation data. */
  validates?: boolean;
}

type Done = void | Promise<void>;

/** The moments at which callbacks are called. All may be async: training waits for them. */
export interface CallbackHooks {
  /**
   * What this callback must know to go on after an interruption. `BackupAndRestore` keeps it, and gives it back through
   * `setState` when training begins again.
   */
  getState?(): CallbackState | undefined;
  setState?(state: CallbackState): Done;
  setParams?(params: CallbackParams): void;
  setModel?(model: TrainedModel): void;
  onTrainBegin?(logs: Logs): Done;
  onTrainEnd?(logs: Logs): Done;
  onEpochBegin?(epoch: number, logs: Logs): Done;
  /** `logs` has the metrics of the epoch and, with `val_` before their names, those of the validation. */
  onEpochEnd?(epoch: number, logs: Logs): Done;
  onTrainBatchBegin?(batch: number, logs: Logs): Done;
  /** `logs` has the metrics since the beginning of the epoch. */
  onTrainBatchEnd?(batch: number, logs: Logs): Done;
  /** Another name of `onTrainBatchBegin`, called where that is not there. */
  onBatchBegin?(batch: number, logs: Logs): Done;
  /** Another name of `onTrainBatchEnd`, called where that is not there. */
  onBatchEnd?(batch: number, logs: Logs): Done;
  onTestBegin?(logs: Logs): Done;
  onTestEnd?(logs: Logs): Done;
  onTestBatchBegin?(batch: number, logs: Logs): Done;
  onTestBatchEnd?(batch: number, logs: Logs): Done;
  onPredictBegin?(logs: Logs): Done;
  onPredictEnd?(logs: Logs): Done;
  onPredictBatchBegin?(batch: number, logs: Logs): Done;
  /** `logs.outputs` is what the model gave for the batch (or for all batches since the last call): a tensor, or several. */
  onPredictBatchEnd?(batch: number, logs: Logs): Done;
}

/**
 * The base of callbacks: extend it and override the moments that matter, or pass a plain object with some of the methods
 * of `CallbackHooks`.
 *
 * @example
 * await model.fit(x, y, { callbacks: [{ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) }] });
 */
export class Callback implements CallbackHooks {
  #model: TrainedModel | undefined;
  /** @internal Whether its hooks are called after those of all others, the history included. */
  readonly comesLast: boolean = false;
  params: CallbackParams = { verbose: 0, epochs: 1, steps: null };

  /** The model that is being trained. */
  get model(): TrainedModel {
    if (this.#model === undefined) throw new Error(`${this.constructor.name}: it has no model outside of fit`);
    return this.#model;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  setParams(params: CallbackParams): void {
    this.params = params;
  }

  /** See `CallbackHooks`. Without an override there is nothing to be kept. */
  getState(): CallbackState | undefined {
    return undefined;
  }

  setState(_state: CallbackState): Done {}

  onTrainBegin(_logs: Logs): Done {}
  onTrainEnd(_logs: Logs): Done {}
  onEpochBegin(_epoch: number, _logs: Logs): Done {}
  onEpochEnd(_epoch: number, _logs: Logs): Done {}
  onTrainBatchBegin(batch: number, logs: Logs): Done {
    return this.onBatchBegin(batch, logs);
  }

  onTrainBatchEnd(batch: number, logs: Logs): Done {
    return this.onBatchEnd(batch, logs);
  }

  onBatchBegin(_batch: number, _logs: Logs): Done {}
  onBatchEnd(_batch: number, _logs: Logs): Done {}
  onTestBegin(_logs: Logs): Done {}
  onTestEnd(_logs: Logs): Done {}
  onTestBatchBegin(_batch: number, _logs: Logs): Done {}
  onTestBatchEnd(_batch: number, _logs: Logs): Done {}
  onPredictBegin(_logs: Logs): Done {}
  onPredictEnd(_logs: Logs): Done {}
  onPredictBatchBegin(_batch: number, _logs: Logs): Done {}
  onPredictBatchEnd(_batch: number, _logs: Logs): Done {}
}
