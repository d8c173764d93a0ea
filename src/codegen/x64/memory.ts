import type { Mnemonic } from '../../asm/x64/assembler.ts';
import type { GatherStmt, LoadStmt, StoreStmt } from '../../kernel/ir.ts';
import { type Inst, type Mem, NONE, type VReg } from './machine.ts';
import type { Selector } from './select.ts';

/** All lanes of consecutive elements. */
export function isWhole(s: LoadStmt | StoreStmt, lanes: number): boolean {
  return (s.count ?? lanes) === lanes && (s.stride ?? 1) === 1;
}

/** Loads of this many lanes need no mask: one instruction of that width clears the rest. */
const EXACT: ReadonlyMap<number, readonly [name: Mnemonic, widths: string]> = new Map([
  [1, ['vmovss', 'X']],
  [2, ['vmovsd', 'X']],
  [4, ['vmovups', 'X']],
  [8, ['vmovups', 'Y']],
] as const);

export function emitLoad(s: Selector, load: LoadStmt): VReg {
  const bytes = s.pointers.bytesOf(load.buf);
  const count = load.count ?? s.lanes;
  const stride = load.stride ?? 1;
  if (load.splat || (stride === 0 && count === s.lanes)) return loadSplat(s, load, bytes);
  if (stride !== 1) return loadStrided(s, load, bytes, count, stride);
  if (bytes === 4) return loadWords(s, load, count);
  return bytes === 1 ? loadBytes(s, load, count) : loadHalves(s, load, count);
}

/** Remembers that a load of memory which the kernel does not write can be repeated. */
function repeatable(s: Selector, load: LoadStmt, v: VReg): VReg {
  if (s.kernel.buffers[load.buf]!.access === 'r') s.regs.origin[v] = s.code.at(-1) as Inst;
  return v;
}

function loadSplat(s: Selector, load: LoadStmt, bytes: number): VReg {
  const mem = s.memory(load.buf, load.at);
  if (bytes === 4) return repeatable(s, load, s.make('vbroadcastss', [NONE], { mem, memAt: 0 }));
  if (bytes === 2)
    return widenHalves(s, s.make('vpbroadcastw', [NONE], { mem, memAt: 0, widths: s.avx512 ? 'Y' : 'X' }));
  const byte = s.make('vpbroadcastb', [NONE], { mem, memAt: 0, widths: 'X' });
  return s.make('vpmovzxbd', [byte], { widths: 'VX' });
}

function loadWords(s: Selector, load: LoadStmt, count: number): VReg {
  const mem = s.memory(load.buf, load.at);
  if (count === s.lanes) return repeatable(s, load, s.make('vmovups', [NONE], { mem, memAt: 0 }));
  const exact = EXACT.get(count);
  if (exact) return repeatable(s, load, s.make(exact[0], [NONE], { mem, memAt: 0, widths: exact[1] }));
  const mask = s.countMask(count);
  if (s.avx512) return s.make('vmovups', [NONE], { mem, memAt: 0, mask, zero: true });
  return s.make('vmaskmovps', [mask, NONE], { mem, memAt: 1 });
}

function loadBytes(s: Selector, load: LoadStmt, count: number): VReg {
  const mem = s.memory(load.buf, load.at);
  if (count === s.lanes) return s.make('vpmovzxbd', [NONE], { mem, memAt: 0 });
  if (s.avx512) return s.make('vpmovzxbd', [NONE], { mem, memAt: 0, mask: s.countMask(count), zero: true });
  return s.make('vpmovzxbd', [insertBytes(s, mem, count, 1)], { widths: 'VX' });
}

/** `count` bytes, `stride` apart, in the low bytes of a register. */
function insertBytes(s: Selector, mem: Mem, count: number, stride: number): VReg {
  let v = s.splat(0);
  for (let i = 0; i < count; i++) {
    const at = { ...mem, disp: mem.disp + i * stride };
    v = s.make('vpinsrb', [v, NONE], { mem: at, memAt: 1, imm: i, widths: 'XX' });
  }
  return v;
}

/** The words in the lower half of a register, one a lane. */
function widenHalves(s: Selector, words: VReg): VReg {
  return s.make('vpmovzxwd', [words], { widths: s.avx512 ? 'VY' : 'VX' });
}

function loadHalves(s: Selector, load: LoadStmt, count: number): VReg {
  const mem = s.memory(load.buf, load.at);
  if (count === s.lanes) return s.make('vpmovzxwd', [NONE], { mem, memAt: 0 });
  if (s.avx512) return s.make('vpmovzxwd', [NONE], { mem, memAt: 0, mask: s.countMask(count), zero: true });
  return widenHalves(s, insertHalves(s, mem, count, 1));
}

/**
 * Every second word: the lower halves of words of 32 bits. The last one is read by itself, since what follows it may be out of
 * bounds.
 */
function loadEveryOther(s: Selector, mem: Mem, count: number): VReg {
  const last = count - 1;
  const end = { ...mem, disp: mem.disp + 4 * last };
  const word = s.make('vpinsrw', [s.splat(0), NONE], { mem: end, memAt: 1, imm: 2 * (last & 3), widths: 'XX' });
  if (last === 0) return word;
  const quarter = last >> 2;
  const placed = quarter === 0 ? word : s.make('vinserti32x4', [s.splat(0), word], { imm: quarter, widths: 'VVX' });
  const others = s.make('vmovups', [NONE], { mem, memAt: 0, mask: s.countMask(last), zero: true });
  const lower = s.make('vpandd', [others, s.splat(0xffff)], { fold: 2 });
  return s.make('vpord', [lower, placed]);
}

/** Up to eight words, `stride` apart, in the low words of a register. */
function insertHalves(s: Selector, mem: Mem, count: number, stride: number): VReg {
  let v = s.splat(0);
  for (let i = 0; i < count; i++) {
    const at = { ...mem, disp: mem.disp + 2 * i * stride };
    v = s.make('vpinsrw', [v, NONE], { mem: at, memAt: 1, imm: i, widths: 'XX' });
  }
  return v;
}

/** Lane by lane: gathers are slower than this on most CPUs, and never faster by much. */
function loadStrided(s: Selector, load: LoadStmt, bytes: number, count: number, stride: number): VReg {
  const mem = s.memory(load.buf, load.at);
  if (bytes === 1) return s.make('vpmovzxbd', [insertBytes(s, mem, count, stride)], { widths: 'VX' });
  if (bytes === 2) {
    if (s.avx512 && stride === 2) return loadEveryOther(s, mem, count);
    const low = insertHalves(s, mem, Math.min(8, count), stride);
    if (!s.avx512) return widenHalves(s, low);
    const high = insertHalves(s, { ...mem, disp: mem.disp + 16 * stride }, Math.max(0, count - 8), stride);
    return widenHalves(s, joinQuarters(s, [low, high]));
  }
  const quarters: VReg[] = [];
  for (let i = 0; i < count; i += 4) {
    quarters.push(loadQuarter(s, { ...mem, disp: mem.disp + 4 * i * stride }, Math.min(4, count - i), stride));
  }
  return joinQuarters(s, quarters);
}

function loadQuarter(s: Selector, mem: Mem, count: number, stride: number): VReg {
  let v = s.make('vmovss', [NONE], { mem, memAt: 0, widths: 'X' });
  for (let j = 1; j < count; j++) {
    const at = { ...mem, disp: mem.disp + 4 * j * stride };
    v = s.make('vinsertps', [v, NONE], { mem: at, memAt: 1, imm: j << 4, widths: 'XX' });
  }
  return v;
}

/** Up to four registers of four lanes as one; what is missing is zero, as instructions of 128 bits clear the rest. */
function joinQuarters(s: Selector, [q0, q1, q2, q3]: readonly VReg[]): VReg {
  const pair = s.avx512 ? 'vinsertf32x4' : 'vinsertf128';
  if (q1 === undefined) return q0!;
  const low = s.make(pair, [q0!, q1], { imm: 1, widths: 'YYX' });
  if (q2 === undefined) return low;
  if (q3 === undefined) return s.make('vinsertf32x4', [low, q2], { imm: 2, widths: 'VVX' });
  const high = s.make(pair, [q2, q3], { imm: 1, widths: 'YYX' });
  return s.make('vinsertf64x4', [low, high], { imm: 1, widths: 'VVY' });
}

export function emitGather(s: Selector, g: GatherStmt): VReg {
  const indices = s.operand(g.indices);
  const mem = s.memory(g.buf, g.at);
  const count = g.count ?? s.lanes;
  if (s.pointers.bytesOf(g.buf) === 2)
    return s.make('vmovups', [indices], { shape: 'gatherHalves', mem, imm: count, late: true });
  if (s.pointers.bytesOf(g.buf) === 1) {
    const bytes = s.make('vpinsrb', [indices], { shape: 'gatherBytes', mem, imm: count, late: true });
    return s.make('vpmovzxbd', [bytes], { widths: 'VX' });
  }
  // the instruction clears its mask, so it gets one of its own
  const mask = s.avx512 ? s.fresh('k') : s.fresh();
  if (s.avx512) s.inst('kmovw', mask, [s.countMask(count)]);
  else s.inst('vmovaps', mask, [s.countMask(count)], { fold: 1 });
  return s.make('vgatherdps', [indices, mask], { shape: 'gather', mem, late: true });
}

export function emitStore(s: Selector, store: StoreStmt, value: VReg): void {
  const bytes = s.pointers.bytesOf(store.buf);
  const mem = s.memory(store.buf, store.at);
  const count = store.count ?? s.lanes;
  const stride = store.stride ?? 1;
  if (bytes === 1) storeBytes(s, mem, value, count, stride);
  else if (bytes === 2) storeHalves(s, mem, value, count, stride);
  else if (stride !== 1) storeStrided(s, mem, value, count, stride);
  else storeWords(s, mem, value, count);
}

function put(s: Selector, name: Mnemonic, mem: Mem, offset: number, value: VReg, width: string, imm = -1): void {
  s.inst(name, NONE, [value], {
    shape: 'store',
    mem: { ...mem, disp: mem.disp + offset },
    imm,
    widths: `V${width}`,
  });
}

function quarter(s: Selector, value: VReg, q: number): VReg {
  if (q === 0) return value;
  return s.make(s.avx512 ? 'vextractf32x4' : 'vextractf128', [value], { imm: q, widths: 'XV' });
}

function storeWords(s: Selector, mem: Mem, value: VReg, count: number): void {
  const exact = EXACT.get(count);
  if (count === s.lanes) put(s, 'vmovups', mem, 0, value, 'V');
  else if (exact) put(s, exact[0], mem, 0, value, exact[1]);
  else if (s.avx512) {
    s.inst('vmovups', NONE, [value], { shape: 'store', mem, mask: s.countMask(count), widths: 'VV' });
  } else storePieces(s, mem, value, count);
}

/** A masked store is slow on some CPUs with AVX2; these are at most four plain ones. */
function storePieces(s: Selector, mem: Mem, value: VReg, count: number): void {
  if (count > 4) put(s, 'vmovups', mem, 0, value, 'X');
  const rest = count & 3;
  const offset = count > 4 ? 16 : 0;
  const part = quarter(s, value, offset / 16);
  if (rest === 1) put(s, 'vmovss', mem, offset, part, 'X');
  if (rest >= 2) put(s, 'vmovsd', mem, offset, part, 'X');
  if (rest === 3) put(s, 'vextractps', mem, offset + 8, part, 'X', 2);
}

function storeStrided(s: Selector, mem: Mem, value: VReg, count: number, stride: number): void {
  let part = value;
  for (let i = 0; i < count; i++) {
    if ((i & 3) === 0) part = quarter(s, value, i >> 2);
    if ((i & 3) === 0) put(s, 'vmovss', mem, 4 * i * stride, part, 'X');
    else put(s, 'vextractps', mem, 4 * i * stride, part, 'X', i & 3);
  }
}

function storeBytes(s: Selector, mem: Mem, value: VReg, count: number, stride: number): void {
  if (s.avx512 && stride === 1) {
    const mask = count === s.lanes ? NONE : s.countMask(count);
    s.inst('vpmovdb', NONE, [value], { shape: 'store', mem, mask, widths: 'VV' });
    return;
  }
  const bytes = s.avx512 ? s.make('vpmovdb', [value], { widths: 'XV' }) : packBytes(s, value);
  if (stride !== 1) {
    for (let i = 0; i < count; i++) put(s, 'vpextrb', mem, i * stride, bytes, 'X', i);
    return;
  }
  if (count === 8) {
    put(s, 'vmovq', mem, 0, bytes, 'X');
    return;
  }
  if (count >= 4) put(s, 'vmovd', mem, 0, bytes, 'X');
  for (let i = count & 4; i < count; i++) put(s, 'vpextrb', mem, i, bytes, 'X', i);
}

/** The low byte of each of eight lanes, in the low eight bytes. */
function packBytes(s: Selector, value: VReg): VReg {
  const cut = s.make('vpand', [value, s.splat(255)], { fold: 2 });
  const high = s.make('vextracti128', [cut], { imm: 1, widths: 'XV' });
  const words = s.make('vpackusdw', [cut, high], { widths: 'XXX' });
  return s.make('vpackuswb', [words, words], { widths: 'XXX' });
}

function storeHalves(s: Selector, mem: Mem, value: VReg, count: number, stride: number): void {
  if (s.avx512 && stride === 1) {
    const mask = count === s.lanes ? NONE : s.countMask(count);
    s.inst('vpmovdw', NONE, [value], { shape: 'store', mem, mask, widths: 'VV' });
    return;
  }
  let words = s.avx512 ? s.make('vpmovdw', [value], { widths: 'YV' }) : packHalves(s, value);
  const together = stride === 1 ? count & 12 : 0;
  if (together === 8) put(s, 'vmovups', mem, 0, words, 'X');
  if (together === 4) put(s, 'vmovq', mem, 0, words, 'X');
  for (let i = together; i < count; i++) {
    if (i === 8) words = s.make('vextracti32x4', [words], { imm: 1, widths: 'XY' });
    put(s, 'vpextrw', mem, 2 * i * stride, words, 'X', i & 7);
  }
}

/** The low word of each of eight lanes. */
function packHalves(s: Selector, value: VReg): VReg {
  const cut = s.make('vpand', [value, s.splat(0xffff)], { fold: 2 });
  const high = s.make('vextracti128', [cut], { imm: 1, widths: 'XV' });
  return s.make('vpackusdw', [cut, high], { widths: 'XXX' });
}
