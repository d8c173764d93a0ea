import { checkOptions, OlifantError } from '../errors.ts';
import { checkFlag } from '../keras-object.ts';
import { Callback, type CallbackState } from './callback.ts';
import { optimizersOf } from './learning-rates.ts';

/**
 * Lets a model be evaluated, and with `swapOnEpoch` saved, with the moving averages of its weights, which an optimizer with
 * `useEma: true` keeps (Keras's `SwapEMAWeights`). Weights and averages change places when evaluation begins and when it ends;
 * with `swapOnEpoch` also at the end of each epoch, until the next begins, so that callbacks that come after this one save the
 * averages. Unlike in Keras, the weights come back after `predict`, too.
 */
export class SwapEMAWeights extends Callback {
  readonly swapOnEpoch: boolean;
  #swapped = false;

  constructor(options: { swapOnEpoch?: boolean } = {}) {
    super();
    checkOptions('SwapEMAWeights', options, ['swapOnEpoch']);
    this.swapOnEpoch = checkFlag('SwapEMAWeights', 'swapOnEpoch', options.swapOnEpoch ?? false);
  }

  #pairs() {
    const { optimizer } = this.model;
    if (optimizer === null || !optimizersOf(optimizer).some((o) => o.useEma))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        'SwapEMAWeights: the optimizer keeps no averages; make it with useEma: true, like new Adam({ useEma: true })',
      );
    return optimizer.averages;
  }

  #swap(swapped: boolean): void {
    if (this.#swapped === swapped) return;
    for (const { weight, average } of this.#pairs()) {
      const kept = weight.read().slice();
      weight.write(average.read());
      average.write(kept);
    }
    this.#swapped = swapped;
  }

  override onTrainBegin(): void {
    this.#pairs();
    this.#swapped = false;
  }

  override onEpochBegin(): void {
    if (this.swapOnEpoch) this.#swap(false);
  }

  override onEpochEnd(epoch: number): void {
    if (!this.swapOnEpoch) return;
    this.#swap(true);
    // What makes the weights their averages when training ends must find the averages there.
    if (epoch === this.params.epochs - 1) for (const { weight, average } of this.#pairs()) average.write(weight.read());
  }

  override onTestBegin(): void {
    this.#swap(true);
  }

  override onTestEnd(): void {
    this.#swap(false);
  }

  override onPredictBegin(): void {
    this.#swap(true);
  }

  override onPredictEnd(): void {
    this.#swap(false);
  }

  override getState(): CallbackState {
    return { values: { swapped: this.#swapped } };
  }

  override setState({ values }: CallbackState): void {
    this.#swapped = values.swapped === true;
  }
}
