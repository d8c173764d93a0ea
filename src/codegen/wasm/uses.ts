import type { OpStmt, Stmt, ValueId } from '../../kernel/ir.ts';
import { LANES, type WasmOptions } from './options.ts';

/** Statements that define one value. */
export type ValueStmt = Extract<Stmt, { k: 'const' | 'iota' | 'splatIndex' | 'op' | 'load' | 'gather' }>;

export function isValueStmt(s: Stmt): s is ValueStmt {
  return (
    s.k === 'const' || s.k === 'iota' || s.k === 'splatIndex' || s.k === 'op' || s.k === 'load' || s.k === 'gather'
  );
}

/** Lanes that a memory statement touches. */
export const countOf = (s: { readonly count?: number }): number => s.count ?? LANES;

/**
 * The operands of a statement, each as often as its code pushes it: what is pushed twice cannot be left on the operand
 * stack by the code before it.
 */
export function operands(s: Stmt, options: WasmOptions): readonly ValueId[] {
  if (s.k === 'op') return opOperands(s, options);
  if (s.k === 'gather') return Array<ValueId>(Math.max(countOf(s), 1)).fill(s.indices);
  // Full and one-lane stores push their value once; the others store it piece by piece.
  if (s.k === 'store') {
    const whole = countOf(s) === 1 || (countOf(s) === LANES && (s.stride ?? 1) === 1);
    return whole ? [s.value] : [s.value, s.value];
  }
  return [];
}

function opOperands(s: OpStmt, options: WasmOptions): readonly ValueId[] {
  switch (s.op) {
    case 'unord':
    case 'ishl':
    case 'ishr':
    case 'isar':
    case 'irotlImm':
      return [...s.args, ...s.args];
    case 'f2i':
      return options.truncGivesMin ? s.args : [...s.args, ...s.args];
    default:
      return s.args;
  }
}
