import type { FunctionBuilder } from '../../asm/wasm/function.ts';
import type { Constant } from './context.ts';

const bits = (value: number): number => new Int32Array(new Float32Array([value]).buffer)[0]!;

/** The bits of one lane. */
function laneBits(c: Exclude<Constant, 'iota'>): number {
  if (c.type === 'f32') return bits(c.value);
  return c.type === 'i32' ? c.value | 0 : c.value === 0 ? 0 : -1;
}

/**
 * Constants in locals, set once at the beginning of the function. All zeros and all ones take one instruction from
 * nothing, so they are written where they are used.
 */
export class ConstantPool {
  private readonly locals = new Map<string, number>();

  /** Emits the constant and remembers its local. */
  add(f: FunctionBuilder, c: Constant): void {
    const key = keyOf(c);
    if (key === 'bits 0' || key === 'bits -1' || this.locals.has(key)) return;
    const local = f.local('v128');
    if (c === 'iota') f.emit('v128.const', [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    else f.emit('i32.const', laneBits(c)).emit('i32x4.splat');
    f.set(local);
    this.locals.set(key, local);
  }

  push(f: FunctionBuilder, c: Constant): void {
    const key = keyOf(c);
    const local = this.locals.get(key);
    if (local !== undefined) f.get(local);
    else if (key === 'bits 0') f.emit('v128.const', Array(16).fill(0));
    else if (key === 'bits -1') f.emit('v128.const', Array(16).fill(255));
    else throw new Error(`constant ${key} was not announced`);
  }
}

const keyOf = (c: Constant): string => (c === 'iota' ? c : `bits ${laneBits(c)}`);
