import type { Variable } from '../trace/variable.ts';
import { Layer } from './layer.ts';
import type { EnableLoraOptions, Lora } from './lora.ts';

/** A layer of one large weight, which can learn by an addition of low rank. */
export abstract class LowRankLayer extends Layer {
  /** @internal */
  protected abstract readonly lora: Lora;

  /** @internal The weight; undefined before it is made. */
  protected abstract get adapted(): Variable;

  /**
   * Freezes the weight and lets an addition of low rank learn: weight + (alpha / rank) a b (Hu et al. 2021). A model that is
   * compiled heeds it at its next `compile`. Files hold the sum, as in Keras.
   *
   * @param rank Of the addition.
   * @param options.loraAlpha Default: the rank.
   * @param options.aInitializer Default `'he_uniform'`; `options.bInitializer` `'zeros'`.
   * @throws OlifantError `INVALID_ARGUMENT` where it has one already or the weight has a constraint, `NOT_BUILT` where there is no
   *   weight yet.
   */
  enableLora(rank: number, options: EnableLoraOptions = {}): void {
    this.lora.enable(this, this.adapted, (w) => this.addWeight(w), rank, options);
  }

  get loraEnabled(): boolean {
    return this.lora.enabled;
  }

  get loraRank(): number | null {
    return this.lora.rank;
  }

  get loraAlpha(): number | null {
    return this.lora.alpha;
  }

  /** @internal */
  override get storedVariables(): ReturnType<Lora['stored']> {
    return this.lora.stored(this.adapted, this.ownVariables);
  }
}
