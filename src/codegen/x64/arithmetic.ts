import type { Mnemonic } from '../../asm/x64/assembler.ts';
import type { OpName, OpStmt, ValueId } from '../../kernel/ir.ts';
import { NONE, type VReg } from './machine.ts';
import type { Selector } from './select.ts';
import { selectShuffle } from './shuffle.ts';

/** Emits the instructions of an operation; gives the register of the result. */
type Rule = (s: Selector, op: OpStmt) => VReg;

const SIGN = 0x80000000;
/** Rounding modes of vroundps and vrndscaleps; 8 suppresses the precision exception. */
const ROUND = { floor: 9, ceil: 10, trunc: 11, round: 8 } as const;
/** Predicates of vcmpps, quiet ones; of vpcmpd and vpcmpud. */
const CMP = { eq: 0, ne: 4, lt: 0x11, le: 0x12, unord: 3 } as const;
const ICMP = { eq: 0, lt: 1 } as const;

function plain(name: Mnemonic, d: { commutes?: boolean; imm?: number } = {}): Rule {
  return (s, op) => s.operation(name, 'v', op.args, d);
}

/** Different instructions on AVX-512 and AVX2. */
function either(avx512: Rule, avx2: Rule): Rule {
  return (s, op) => (s.avx512 ? avx512 : avx2)(s, op);
}

function rounding(imm: number): Rule {
  return either(plain('vrndscaleps', { imm }), plain('vroundps', { imm }));
}

function compare(imm: number): Rule {
  return (s, op) => s.operation('vcmpps', s.classOf('mask'), op.args, { imm });
}

function compareInt(name: 'vpcmpd' | 'vpcmpud', imm: number): Rule {
  return (s, op) => s.operation(name, 'k', op.args, { imm });
}

function bitwise(avx512: Mnemonic, avx2: Mnemonic): Rule {
  return either(plain(avx512, { commutes: true }), plain(avx2, { commutes: true }));
}

function maskOp(avx512: Mnemonic, avx2: Mnemonic): Rule {
  return either(
    (s, op) =>
      s.inst(
        avx512,
        s.fresh('k'),
        op.args.map((a) => s.operand(a)),
      ),
    plain(avx2, { commutes: true }),
  );
}

/** The sign bit flipped or cleared, by a constant. */
function signs(name: Mnemonic, bits: number): Rule {
  return (s, op) => s.make(name, [s.operand(op.args[0]!), s.splat(bits)], { fold: 2 });
}

/** A shift by an immediate; the instruction takes memory with AVX-512 only. */
function shiftImm(name: Mnemonic): Rule {
  return either(
    (s, op) => s.operation(name, 'v', op.args, { imm: op.imm! }),
    (s, op) => s.make(name, [s.operand(op.args[0]!)], { imm: op.imm! }),
  );
}

/** `c + a * b` or `c - a * b`. Any one of the three may be memory; the form follows from the registers. */
function fused(shape: 'fma' | 'fnma'): Rule {
  return (s, op) => {
    const at = op.args.findIndex((a) => s.foldable(a));
    const src = op.args.map((a, i) => (i === at ? NONE : s.operand(a)));
    const name = shape === 'fma' ? 'vfmadd231ps' : 'vfnmadd231ps';
    if (at < 0) return s.make(name, src, { shape, fold: 7 });
    return s.make(name, src, { shape, mem: s.takeMem(op.args[at]!), memAt: at });
  };
}

/** `c + a . b` of pairs; either factor may be memory. */
const pairs: Rule = (s, op) => {
  if (!s.avx512) throw new Error(`kernel ${s.kernel.name}: dot2 needs AVX512-BF16`);
  const at = op.args.slice(0, 2).findIndex((a) => s.foldable(a));
  const src = op.args.map((a, i) => (i === at ? NONE : s.operand(a)));
  if (at < 0) return s.make('vdpbf16ps', src, { shape: 'dot', fold: 3, late: true });
  return s.make('vdpbf16ps', src, { shape: 'dot', mem: s.takeMem(op.args[at]!), memAt: at, late: true });
};

/** AVX2 has signed `a > b` only, so the operands change places. */
const greaterSwapped: Rule = (s, op) => s.operation('vpcmpgtd', 'v', [op.args[1]!, op.args[0]!]);

/** Unsigned order is signed order with the sign bits flipped. */
const unsignedLess: Rule = (s, op) => {
  const flip = (id: ValueId) => {
    const bits = s.constantBits(id);
    if (bits !== undefined) return s.splat(bits ^ SIGN);
    return s.make('vpxor', [s.operand(id), s.splat(SIGN)], { fold: 2 });
  };
  const [a, b] = [flip(op.args[0]!), flip(op.args[1]!)];
  return s.make('vpcmpgtd', [b, a], { fold: 2 });
};

const select: Rule = (s, op) => {
  const [mask, yes, no] = op.args as [ValueId, ValueId, ValueId];
  const m = s.operand(mask);
  if (!s.avx512) {
    const other = s.operand(no);
    if (s.foldable(yes)) return s.make('vblendvps', [other, NONE, m], { mem: s.takeMem(yes), memAt: 1 });
    return s.make('vblendvps', [other, s.operand(yes), m], { fold: 2 });
  }
  if (s.constantBits(no) === 0) return s.make('vmovaps', [s.operand(yes)], { mask: m, zero: true });
  const other = s.operand(no);
  if (s.foldable(yes)) return s.make('vblendmps', [other, NONE], { mem: s.takeMem(yes), memAt: 1, mask: m });
  return s.make('vblendmps', [other, s.operand(yes)], { mask: m, fold: 2 });
};

const rotate: Rule = either(shiftImm('vprold'), (s, op) => {
  const a = s.operand(op.args[0]!);
  const left = s.make('vpslld', [a], { imm: op.imm! });
  const right = s.make('vpsrld', [a], { imm: 32 - op.imm! });
  return s.make('vpor', [left, right]);
});

const reinterpret: Rule = (s, op) => s.operand(op.args[0]!);

/** The instructions of every operation. Counts of shifts that are too large give what `ops.ts` says on this machine. */
export const ARITHMETIC: { readonly [O in OpName]: Rule } = {
  neg: signs('vxorps', SIGN),
  abs: signs('vandps', ~SIGN),
  sqrt: plain('vsqrtps'),
  floor: rounding(ROUND.floor),
  ceil: rounding(ROUND.ceil),
  trunc: rounding(ROUND.trunc),
  round: rounding(ROUND.round),
  add: plain('vaddps', { commutes: true }),
  sub: plain('vsubps'),
  mul: plain('vmulps', { commutes: true }),
  div: plain('vdivps'),
  mins: plain('vminps'),
  maxs: plain('vmaxps'),
  fma: fused('fma'),
  fnma: fused('fnma'),
  eq: compare(CMP.eq),
  ne: compare(CMP.ne),
  lt: compare(CMP.lt),
  le: compare(CMP.le),
  unord: compare(CMP.unord),
  iadd: plain('vpaddd', { commutes: true }),
  isub: plain('vpsubd'),
  imul: plain('vpmulld', { commutes: true }),
  imin: plain('vpminsd', { commutes: true }),
  imax: plain('vpmaxsd', { commutes: true }),
  iand: bitwise('vpandd', 'vpand'),
  ior: bitwise('vpord', 'vpor'),
  ixor: bitwise('vpxord', 'vpxor'),
  ishl: plain('vpsllvd'),
  ishr: plain('vpsrlvd'),
  isar: plain('vpsravd'),
  ishlImm: shiftImm('vpslld'),
  ishrImm: shiftImm('vpsrld'),
  isarImm: shiftImm('vpsrad'),
  irotlImm: rotate,
  ieq: either(compareInt('vpcmpd', ICMP.eq), plain('vpcmpeqd', { commutes: true })),
  ilt: either(compareInt('vpcmpd', ICMP.lt), greaterSwapped),
  iltu: either(compareInt('vpcmpud', ICMP.lt), unsignedLess),
  mand: maskOp('kandw', 'vpand'),
  mor: maskOp('korw', 'vpor'),
  mxor: maskOp('kxorw', 'vpxor'),
  mnot: either(
    (s, op) => s.inst('knotw', s.fresh('k'), [s.operand(op.args[0]!)]),
    (s, op) => s.make('vpxor', [s.operand(op.args[0]!), s.splat(-1)], { fold: 2 }),
  ),
  i2f: plain('vcvtdq2ps'),
  f2i: plain('vcvttps2dq'),
  f2iRound: plain('vcvtps2dq'),
  f2bits: reinterpret,
  bits2f: reinterpret,
  dot2: pairs,
  select,
  iselect: select,
  shuffle: selectShuffle,
  ishuffle: selectShuffle,
};
