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
  /** The target's own compiler makes slow code of kernels of more statements, so that none are joined to such. */
  readonly statements?: number;
  /**
   * Calls are joined item by item (see `schedule/hand-over.ts`) where what one hands to the other has at least so many bytes,
   * and the joined call so many items; by default, where it pays.
   */
  readonly joins?: { readonly bytes: number; readonly items: number };
  /** Every kernel's items are the rows along the first axis, as far as it can: see `schedule/lower/scan-rows.ts`. */
  readonly byRows?: boolean;
  /**
   * Calls of at most so many operations have rows as items, and products over so many bytes are summed sample by sample, so that
   * they can be joined with others (see `schedule/lower/tiles.ts`, `product.ts`); by default, where it pays.
   */
  readonly deals?: { readonly small: number; readonly long: number };
  /** Rows of at most so many elements are kept in registers where everything happens row by row; by default 64. */
  readonly rowInRegisters?: number;
  /** Multiplies pairs of bfloat16 at once, and may: see `kernel/ops.ts`, dot2. Denormals are 0 there. */
  readonly pairs?: boolean;
  /** Has a fused multiply-add, and may use it. */
  readonly fma: boolean;
}
