import type { FunctionBuilder } from '../../asm/wasm/function.ts';
import type { Affine, Kernel, ValueId } from '../../kernel/ir.ts';
import type { WasmOptions } from './options.ts';

/** A constant of all lanes, or the lane numbers. */
export type Constant = { readonly type: 'f32' | 'i32' | 'mask'; readonly value: number } | 'iota';

/** What the code of single statements needs of the kernel around them. */
export interface Context {
  readonly f: FunctionBuilder;
  readonly kernel: Kernel;
  readonly options: WasmOptions;
  /** Pushes a value. */
  value(id: ValueId): void;
  /** Pushes a constant. */
  constant(c: Constant): void;
  /** Pushes an i32 to which the result, the offset of the memory instruction, must be added. */
  address(buf: number, at: Affine): number;
  /** Pushes the low 32 bits of an index expression. */
  affine(a: Affine): void;
  /** A v128 local that no code uses across statements. */
  scratch(): number;
}
