import type { Tensor } from '../trace/tensor.ts';

/** Values of the metrics by name, such as `{ loss: 0.3, accuracy: 0.9, val_loss: 0.4 }`. */
export type Logs = Record<string, number>;

/** What callbacks may do with the model that is being trained. */
export interface TrainedModel {
  readonly name: string;
  /** Set it to `true` to end training after this step. */
  stopTraining: boolean;
  readonly optimizer: { learningRate: unknown } | null;
  getWeights(): Tensor[];
  setWeights(weights: readonly Tensor[]): void;
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
  onTestBegin?(logs: Logs): Done;
  onTestEnd?(logs: Logs): Done;
  onTestBatchBegin?(batch: number, logs: Logs): Done;
  onTestBatchEnd?(batch: number, logs: Logs): Done;
  onPredictBegin?(logs: Logs): Done;
  onPredictEnd?(logs: Logs): Done;
  onPredictBatchBegin?(batch: number, logs: Logs): Done;
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

  onTrainBegin(_logs: Logs): Done {}
  onTrainEnd(_logs: Logs): Done {}
  onEpochBegin(_epoch: number, _logs: Logs): Done {}
  onEpochEnd(_epoch: number, _logs: Logs): Done {}
  onTrainBatchBegin(_batch: number, _logs: Logs): Done {}
  onTrainBatchEnd(_batch: number, _logs: Logs): Done {}
  onTestBegin(_logs: Logs): Done {}
  onTestEnd(_logs: Logs): Done {}
  onTestBatchBegin(_batch: number, _logs: Logs): Done {}
  onTestBatchEnd(_batch: number, _logs: Logs): Done {}
  onPredictBegin(_logs: Logs): Done {}
  onPredictEnd(_logs: Logs): Done {}
  onPredictBatchBegin(_batch: number, _logs: Logs): Done {}
  onPredictBatchEnd(_batch: number, _logs: Logs): Done {}
}
