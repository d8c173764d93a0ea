import type { Kernel, Stmt } from './ir.ts';

const known = new WeakMap<Kernel, string>();

/** A text that two kernels share if they do the same, whatever their names and those of their buffers. */
export function kernelKey(kernel: Kernel): string {
  let key = known.get(kernel);
  if (key === undefined) {
    const { name: _, buffers, ...rest } = kernel;
    const special: string[] = [];
    collectSpecial(kernel.body, special);
    key = JSON.stringify([buffers.map((b) => [b.mem, b.access]), rest, special]);
    known.set(kernel, key);
  }
  return key;
}

/** Constants for which JSON has no words, and what they are: NaN, the infinities and -0. */
function collectSpecial(body: readonly Stmt[], special: string[]): void {
  for (const s of body) {
    if (s.k === 'loop') collectSpecial(s.body, special);
    else if (s.k === 'if') {
      collectSpecial(s.then, special);
      collectSpecial(s.otherwise, special);
    } else if (s.k === 'const' && !(Number.isFinite(s.value) && !Object.is(s.value, -0)))
      special.push(`${s.id}: ${Object.is(s.value, -0) ? '-0' : s.value}`);
  }
}
