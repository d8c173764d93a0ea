import { type Affine, type BufferParam, type Kernel, MEM_BYTES, type MemType } from '../../kernel/ir.ts';
import { countOf } from './uses.ts';

/** Bytes of an element in memory. */
export const elementBytes = (mem: MemType): 1 | 2 | 4 => MEM_BYTES[mem];

export function bufferOf(kernel: Kernel, buf: number): BufferParam {
  const found = kernel.buffers[buf];
  if (!found) throw new Error(`kernel "${kernel.name}": there is no buffer ${buf}`);
  return found;
}

/** `a` moved by `elements`. */
export const moved = (a: Affine, elements: number): Affine => ({ c: a.c + elements, terms: a.terms });

/** The elements that a memory statement names, by lane. */
export function lanesOf(s: { at: Affine; count?: number; stride?: number; splat?: boolean }): readonly Affine[] {
  if (s.splat) return [s.at];
  return Array.from({ length: countOf(s) }, (_, i) => moved(s.at, i * (s.stride ?? 1)));
}
