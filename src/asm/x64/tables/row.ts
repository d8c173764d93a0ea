/**
 * One line of an instruction table, in the notation of Intel's manual (volume 2):
 *
 * `[mnemonic, operands, Op/En, encoding, CPU features]`
 *
 * - **operands**, comma-separated, alternatives by `/`:
 *   `r8 r16 r32 r64` general-purpose registers; `x y z` vectors of 128, 256, 512 bits; `v` a vector of the row's length, `h` and
 *   `q` one of half or a quarter of it (never below 128 bits); `k` a mask register;
 *   `m8` .. `m512` memory of so many bits, `mv mh mq` memory as long as the row's vector, its half, its quarter, `m` an address alone;
 *   `b32 b64` an embedded broadcast of one element; `vm32v` memory addressed by a vector of 32-bit indices;
 *   `i8` -128..127, `u8` 0..255, `s32` and `u32` 32 bits to be sign- and zero-extended, `i32` 32 bits of either sign, `i64` 64 bits;
 *   `rel8 rel32` a label; `cl` that register and no other.
 *   Behind the operand that is masked: `{k}` merging, `{kz}` merging or zeroing, `{k!}` a mask is required.
 * - **Op/En**, a letter an operand: `R` ModRM.reg, `M` ModRM.rm, `V` VEX.vvvv, `O` the opcode's low bits, `I` immediate, `S` a
 *   register in the immediate's high bits (/is4), `D` relative address, `-` implied.
 * - **encoding**: `[66|F2|F3|F0] [REX.W] opcode [/digit]`, or `VEX|EVEX.length[.pp].map.W opcode [/digit]`. The length is a subset of `xyz`, for
 *   which the row is repeated, or `L0`, `L1` where it is fixed or ignored. `WIG` is encoded as 0.
 * - **features**: one name; `AVX:AVX2` for 128 and 256 bits. EVEX rows of 128 and 256 bits also need AVX512VL.
 *
 * The factor of EVEX's compressed displacement (disp8*N) has no column: the manual's tuple types say how many bytes the memory
 * operand touches, which the operand says already.
 */
export type Row<N extends string = string> = readonly [
  mnemonic: N,
  operands: string,
  opEn: string,
  encoding: string,
  features?: string,
];

/** Condition codes in the order of their numbers. */
// biome-ignore format: sixteen in a row
export const CONDITIONS = [
  'o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g',
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Two hexadecimal digits. */
export function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
