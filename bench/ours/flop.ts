import type { Affine, IndexId, IndexStmt, Kernel, Stmt } from '../../src/kernel/ir.ts';

type Indices = Map<IndexId, number>;

/** Operations that count; everything else (comparisons, conversions, shuffles) is not arithmetic of float32. */
const FLOP: Readonly<Record<string, number>> = { fma: 2, fnma: 2, add: 1, sub: 1, mul: 1, div: 1, sqrt: 1 };

/** Floating-point operations of all items of a kernel, lanes that are thrown away included. */
export function flopOfKernel(kernel: Kernel): number {
  return kernel.lanes * repeat(kernel.body, kernel.item, 0, kernel.domain, 1, new Map());
}

/** Bodies whose course does not depend on the index are counted once and multiplied. */
function repeat(body: readonly Stmt[], index: IndexId, begin: number, end: number, step: number, at: Indices): number {
  const times = Math.max(0, Math.ceil((end - begin) / step));
  if (times === 0) return 0;
  if (!steers(body, new Set([index]))) return times * count(body, at);
  let sum = 0;
  for (let i = begin; i < end; i += step) sum += count(body, new Map(at).set(index, i));
  return sum;
}

function count(body: readonly Stmt[], at: Indices): number {
  let sum = 0;
  for (const s of body) {
    if (s.k === 'op') sum += s.type === 'f32' ? (FLOP[s.op] ?? 0) : 0;
    else if (s.k === 'loop') sum += repeat(s.body, s.index, value(s.begin, at), value(s.end, at), s.step, at);
    else if (s.k === 'if') sum += count(holds(s.rel, value(s.value, at)) ? s.then : s.otherwise, at);
    else if (s.k === 'index') at.set(s.id, indexValue(s, at));
    else if (s.k === 'loadIndex') at.set(s.id, s.lo);
  }
  return sum;
}

/** Whether loops or branches depend on one of the indices. */
function steers(body: readonly Stmt[], on: Set<IndexId>): boolean {
  const uses = (a: Affine) => a.terms.some(([index]) => on.has(index));
  return body.some((s) => {
    if (s.k === 'index') {
      if (uses(s.a) || (typeof s.b !== 'number' && uses(s.b))) on.add(s.id);
      return false;
    }
    if (s.k === 'loop') return uses(s.begin) || uses(s.end) || steers(s.body, on);
    if (s.k === 'if') return uses(s.value) || steers(s.then, on) || steers(s.otherwise, on);
    return false;
  });
}

function value(a: Affine, at: Indices): number {
  return a.terms.reduce((sum, [index, factor]) => sum + factor * (at.get(index) ?? 0), a.c);
}

function indexValue(s: IndexStmt, at: Indices): number {
  const a = value(s.a, at);
  switch (s.op) {
    case 'div':
      return Math.floor(a / s.b);
    case 'mod':
      return a - s.b * Math.floor(a / s.b);
    case 'min':
      return Math.min(a, value(s.b, at));
    case 'max':
      return Math.max(a, value(s.b, at));
  }
}

function holds(rel: 'lt' | 'ge' | 'eq', v: number): boolean {
  return rel === 'lt' ? v < 0 : rel === 'ge' ? v >= 0 : v === 0;
}
