import { Callback } from '../callbacks/index.ts';

/** Milliseconds of each epoch, without what comes between epochs. */
export class EpochTimes extends Callback {
  readonly milliseconds: number[] = [];
  #start = 0;

  override onEpochBegin(): void {
    this.#start = performance.now();
  }

  override onEpochEnd(): void {
    this.milliseconds.push(performance.now() - this.#start);
  }
}
