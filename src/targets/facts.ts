/** What the lowering needs to know of a target: facts, no names. */
export interface TargetFacts {
  /** float32 lanes of a vector register: 16, 8 or 4. */
  readonly lanes: number;
  /** Vector registers: 32 or 16. */
  readonly registers: number;
  /** Has a fused multiply-add, and may use it. */
  readonly fma: boolean;
}
