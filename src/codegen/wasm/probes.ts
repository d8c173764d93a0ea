import { ModuleBuilder } from '../../asm/wasm/module.ts';

/** A module that is valid only where 128-bit SIMD is. */
export function simdProbe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const { builder } = module.function('probe', ['v128'], ['v128']);
  builder.get(0).emit('f32x4.sqrt').end();
  return module.toBytes();
}

/**
 * A module that is valid only where relaxed SIMD is. Exports `trunc(x)`, one lane of the relaxed truncation, whose
 * treatment of what does not fit depends on the machine, and `madd(a, b, c)`, which may round once or twice.
 */
export function relaxedProbe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const trunc = module.function('trunc', ['f32'], ['i32']);
  trunc.builder.get(0).emit('f32x4.splat').emit('i32x4.relaxed_trunc_f32x4_s').emit('i32x4.extract_lane', 0).end();
  const madd = module.function('madd', ['f32', 'f32', 'f32'], ['f32']);
  for (const operand of [0, 1, 2]) madd.builder.get(operand).emit('f32x4.splat');
  madd.builder.emit('f32x4.relaxed_madd').emit('f32x4.extract_lane', 0).end();
  return module.exportFunction('trunc', trunc.index).exportFunction('madd', madd.index).toBytes();
}
