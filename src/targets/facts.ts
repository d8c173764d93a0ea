/** What the lowering needs to know of a target: facts, no names. */
export interface TargetFacts {
  /** float32 lanes of a vector register: 16, 8 or 4. */
  readonly lanes: number;
  /** Vector registers: 32 or 16. */
  readonly registers: number;
  /**
   * The target's own compiler places all loads of a loop's body before its arithmetic, so that a register tile must leave
   * room for all of them.
   */
  readonly loadsFirst?: boolean;
  /** Has a fused multiply-add, and may use it. */
  readonly fma: boolean;
}
