/** What the code may rely on. */
export interface WasmOptions {
  /** Relaxed SIMD is there and may be used: `fma` is `f32x4.relaxed_madd`, a select is one blend. */
  readonly relaxed: boolean;
  /**
   * With `relaxed`: `i32x4.relaxed_trunc_f32x4_s` gives -2^31 for everything that does not fit, which is what `f2i` means
   * (x86 does, ARM saturates).
   */
  readonly truncGivesMin: boolean;
  /** No buffer lies below this address. Pointers may be this many bytes before their buffer without wrapping. */
  readonly lowestAddress: number;
}

/** Lanes of a v128. */
export const LANES = 4;
