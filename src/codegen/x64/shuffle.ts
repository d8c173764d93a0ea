import type { OpStmt } from '../../kernel/ir.ts';
import type { VReg } from './machine.ts';
import type { Selector } from './select.ts';

/** A shuffle by the cheapest instruction that its pattern allows: in-lane ones first, they need no index vector. */
export function selectShuffle(s: Selector, op: OpStmt): VReg {
  const n = s.lanes;
  const [a, b] = [s.operand(op.args[0]!), s.operand(op.args[1]!)];
  const p = op.pattern!;
  if (a === b || p.every((x) => x < n))
    return one(
      s,
      a,
      p.map((x) => x % n),
    );
  if (p.every((x) => x >= n))
    return one(
      s,
      b,
      p.map((x) => x - n),
    );
  return two(s, a, b, p);
}

/** Whether every group of four lanes has the pattern `f(lane of the group)`, offset by its start. */
function inLane(p: readonly number[], n: number, f: (j: number) => number): boolean {
  return p.every((x, i) => x === f(i & 3) + (i & ~3) && x < 2 * n);
}

/** Source groups of four, if the pattern moves whole groups. */
function groups(p: readonly number[]): number[] | undefined {
  const g: number[] = [];
  for (let i = 0; i < p.length; i += 4) {
    if (p[i]! % 4 !== 0 || p[i + 1] !== p[i]! + 1 || p[i + 2] !== p[i]! + 2 || p[i + 3] !== p[i]! + 3) return undefined;
    g.push(p[i]! / 4);
  }
  return g;
}

/** Two-bit fields, the first in the low bits. */
function fields(values: readonly number[]): number {
  return values.reduce((imm, v, i) => imm | ((v & 3) << (2 * i)), 0);
}

function one(s: Selector, a: VReg, p: readonly number[]): VReg {
  const n = s.lanes;
  if (p.every((x, i) => x === i)) return a;
  if (p.every((x) => x === 0)) return s.make('vbroadcastss', [a], { widths: 'VX' });
  if (inLane(p, n, (j) => p[j]!) && p.slice(0, 4).every((x) => x < 4)) {
    return s.make('vpermilps', [a], { imm: fields(p.slice(0, 4)) });
  }
  const g = groups(p);
  if (g && s.avx512) return s.make('vshuff32x4', [a, a], { imm: fields(g) });
  if (g) return s.make('vperm2f128', [a, a], { imm: g[0]! | (g[1]! << 4) });
  return s.make('vpermps', [s.laneConstant(p), a]);
}

function two(s: Selector, a: VReg, b: VReg, p: readonly number[]): VReg {
  const n = s.lanes;
  if (p.every((x, i) => x % n === i)) return blend(s, a, b, p);
  const found =
    unpack(s, a, b, p) ??
    unpack(
      s,
      b,
      a,
      p.map((x) => (x + n) % (2 * n)),
    );
  if (found !== undefined) return found;
  const g = groups(p);
  if (g) {
    const moved =
      moveGroups(s, a, b, g) ??
      moveGroups(
        s,
        b,
        a,
        g.map((x) => (x + n / 4) % (n / 2)),
      );
    if (moved !== undefined) return moved;
  }
  if (s.avx512) return s.make('vpermt2ps', [a, s.laneConstant(p), b], { shape: 'permute2', late: true });
  const index = s.laneConstant(p.map((x) => x % n));
  const fromA = s.make('vpermps', [index, a]);
  const fromB = s.make('vpermps', [index, b]);
  return s.make('vblendps', [fromA, fromB], { imm: secondOperand(p, n) });
}

/** A bit for each lane that comes from the second operand. */
function secondOperand(p: readonly number[], n: number): number {
  return p.reduce((bits, x, i) => bits | (x >= n ? 1 << i : 0), 0);
}

function blend(s: Selector, a: VReg, b: VReg, p: readonly number[]): VReg {
  const bits = secondOperand(p, s.lanes);
  if (s.avx512) return s.make('vblendmps', [a, b], { mask: s.bitMask(bits) });
  return s.make('vblendps', [a, b], { imm: bits });
}

/** The interleaving instructions, and those that take two lanes of each operand. */
function unpack(s: Selector, a: VReg, b: VReg, p: readonly number[]): VReg | undefined {
  const n = s.lanes;
  const [p0, p1, p2, p3] = p as [number, number, number, number];
  if (!inLane(p, n, (j) => p[j]!) || p0 >= 4) return undefined;
  const is = (x0: number, x1: number, x2: number, x3: number) => p0 === x0 && p1 === x1 && p2 === x2 && p3 === x3;
  if (is(0, n, 1, n + 1)) return s.make('vunpcklps', [a, b]);
  if (is(2, n + 2, 3, n + 3)) return s.make('vunpckhps', [a, b]);
  if (is(0, 1, n, n + 1)) return s.make('vunpcklpd', [a, b]);
  if (is(2, 3, n + 2, n + 3)) return s.make('vunpckhpd', [a, b]);
  const fromB = (x: number) => x >= n && x < n + 4;
  if (p1 < 4 && fromB(p2) && fromB(p3)) return s.make('vshufps', [a, b], { imm: fields([p0, p1, p2 - n, p3 - n]) });
  return undefined;
}

/** Groups of four from both operands: any two with AVX2; with AVX-512 the first half from one, the second from the other. */
function moveGroups(s: Selector, a: VReg, b: VReg, g: readonly number[]): VReg | undefined {
  if (!s.avx512) return s.make('vperm2f128', [a, b], { imm: g[0]! | (g[1]! << 4) });
  if (g[0]! < 4 && g[1]! < 4 && g[2]! >= 4 && g[3]! >= 4) return s.make('vshuff32x4', [a, b], { imm: fields(g) });
  return undefined;
}
