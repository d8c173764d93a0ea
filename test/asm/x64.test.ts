import { describe, expect, it } from 'vitest';
import {
  Assembler,
  type AssemblerOptions,
  bcast,
  type EmitOptions,
  k,
  type Mnemonic,
  mem,
  type Operand,
  r8,
  r9,
  r12,
  r13,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  ripRel,
  rsi,
  rsp,
  xmm,
  ymm,
  zmm,
} from '../../src/asm/x64/index.ts';

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ');
}

function one(name: Mnemonic, ops: Operand[], options?: EmitOptions, target?: AssemblerOptions): string {
  const a = new Assembler(target);
  a.emit(name, ops, options);
  return hex(a.finish());
}

describe('golden lines, as GNU as writes them', () => {
  const lines: [bytes: string, name: Mnemonic, ops: Operand[], options?: EmitOptions][] = [
    ['49 8b 84 cc 00 01 00 00', 'mov', [rax, mem(r12, 0x100, rcx, 8)]],
    ['49 89 e5', 'mov', [r13, rsp]],
    ['48 83 c4 80', 'add', [rsp, -128]],
    ['f0 48 0f c1 07', 'lock xadd', [mem(rdi), rax]],
    ['44 0f b6 4d 00', 'movzx', [r9, mem(rbp)]],
    ['40 88 33', 'movb', [mem(rbx), rsi]],
    ['62 f1 6c 48 58 48 01', 'vaddps', [zmm(1), zmm(2), mem(rax, 0x40)]],
    ['62 f1 6c 48 58 88 41 00 00 00', 'vaddps', [zmm(1), zmm(2), mem(rax, 0x41)]],
    ['62 41 6c db 58 7c 85 fe', 'vaddps', [zmm(31), zmm(2), bcast(mem(r13, -8, rax, 4))], { mask: k(3), zero: true }],
    ['c5 ec 58 4d 00', 'vaddps', [ymm(1), ymm(2), mem(rbp)]],
    ['62 72 0d 50 b8 46 7f', 'vfmadd231ps', [zmm(8), zmm(30), bcast(mem(rsi, 0x1fc))]],
    ['c4 e3 6d 4a cb c0', 'vblendvps', [ymm(1), ymm(2), ymm(3), ymm(12)]],
    ['62 f2 7d 41 92 6c a2 04', 'vgatherdps', [zmm(5), mem(rdx, 0x10, zmm(20), 4)], { mask: k(1) }],
    ['62 c2 7e 4a 31 48 80', 'vpmovdb', [mem(r8, -0x800), zmm(17)], { mask: k(2) }],
    ['62 a3 fd 48 1b da 01', 'vextractf64x4', [ymm(18), zmm(19), 1]],
    ['62 d1 74 4e c2 e9 0d', 'vcmpps', [k(5), zmm(1), zmm(9), 13], { mask: k(6) }],
    ['c5 f8 92 d8', 'kmovw', [k(3), rax]],
    ['c4 c1 35 72 d2 17', 'vpsrld', [ymm(9), ymm(10), 23]],
    ['62 f2 5e 48 52 dd', 'vdpbf16ps', [zmm(3), zmm(4), zmm(5)]],
    ['c4 e2 f0 f5 c3', 'bzhi', [rax, rbx, rcx]],
  ];
  it.each(lines)('%s  %s', (bytes, name, ops, options) => {
    expect(one(name, ops, options)).toBe(bytes);
  });
});

describe('choice of the form', () => {
  it('takes the shortest move of a constant', () => {
    expect(one('mov', [rax, 5])).toBe('b8 05 00 00 00');
    expect(one('mov', [rax, 0xffffffff])).toBe('b8 ff ff ff ff');
    expect(one('mov', [rax, -1])).toBe('48 c7 c0 ff ff ff ff');
    expect(one('mov', [rax, 0x123456789abcdef0n])).toBe('48 b8 f0 de bc 9a 78 56 34 12');
  });

  it('takes EVEX where its compressed displacement is shorter than VEX, unless it is forbidden', () => {
    const operands = [ymm(1), ymm(2), mem(rax, 0x80)];
    expect(one('vaddps', operands)).toBe('62 f1 6c 28 58 48 04');
    expect(one('vaddps', operands, {}, { evex: false })).toBe('c5 ec 58 88 80 00 00 00');
    expect(one('vaddps', [ymm(1), ymm(2), mem(rax, 0x81)])).toBe('c5 ec 58 88 81 00 00 00');
    expect(one('vaddps', [ymm(1), ymm(2), mem(rax, 0x60)])).toBe('c5 ec 58 48 60');
  });

  it('refuses everything of AVX-512 for an AVX2 target', () => {
    const avx2 = { evex: false };
    expect(() => one('vaddps', [zmm(1), zmm(2), zmm(3)], {}, avx2)).toThrow('not allowed for this target');
    expect(() => one('vaddps', [ymm(16), ymm(2), ymm(3)], {}, avx2)).toThrow('no such form');
    expect(() => one('vaddps', [ymm(1), ymm(2), bcast(mem(rax))], {}, avx2)).toThrow('no such form');
    expect(() => one('kmovw', [k(1), rax], {}, avx2)).toThrow('no such form');
  });

  it('refuses what a list of features lacks', () => {
    const features = ['AVX', 'AVX512F'];
    expect(one('vaddps', [zmm(1), zmm(2), zmm(3)], {}, { features })).toBe('62 f1 6c 48 58 cb');
    expect(() => one('vaddps', [ymm(17), ymm(2), ymm(3)], {}, { features })).toThrow('AVX512VL');
    expect(() => one('vpaddd', [ymm(1), ymm(2), ymm(3)], {}, { features })).toThrow('AVX2');
  });
});

describe('refusals', () => {
  it('names the forms there are', () => {
    expect(() => one('vaddps', [zmm(1), ymm(2), 3])).toThrow(
      /^vaddps zmm1, ymm2, 3: no such form; there are\n {2}vaddps xmm, xmm, xmm\/m128 \(AVX\)\n(.*\n)*.*zmm\{k\}\{z\}, zmm, zmm\/m512\/m32bcst/,
    );
  });
  it.each<[why: string, message: string, name: Mnemonic, ops: Operand[], options?: EmitOptions]>([
    ['an immediate out of range', 'no such form', 'vshufps', [xmm(1), xmm(2), xmm(3), 256]],
    ['a fraction as immediate', 'no such form', 'add', [rax, 1.5]],
    ['NaN as immediate', 'no such form', 'add', [rax, Number.NaN]],
    ['a 64-bit addend', 'no such form', 'add', [rax, 2 ** 31]],
    ['k0 as mask', 'k0', 'vaddps', [zmm(1), zmm(2), zmm(3)], { mask: k(0) }],
    ['zeroing without mask', 'no such form', 'vaddps', [zmm(1), zmm(2), zmm(3)], { zero: true }],
    ['zeroing of memory', 'no such form', 'vmovups', [mem(rax), zmm(3)], { mask: k(1), zero: true }],
    ['zeroing of a mask', 'no such form', 'vcmpps', [k(1), zmm(2), zmm(3), 1], { mask: k(1), zero: true }],
    ['a gather without mask', 'no such form', 'vgatherdps', [zmm(1), mem(rax, 0, zmm(2), 4)]],
    ['a gather into its index', 'different registers', 'vgatherdps', [zmm(1), mem(rax, 0, zmm(1))], { mask: k(1) }],
    ['a gather whose mask is its index', 'different', 'vgatherdps', [ymm(1), mem(rax, 0, ymm(2)), ymm(2)]],
    ['a vector index elsewhere', 'no such form', 'vaddps', [zmm(1), zmm(2), mem(rax, 0, zmm(3))]],
    ['a broadcast where there is none', 'no such form', 'vmovups', [zmm(1), bcast(mem(rax))]],
    ['rsp as index', 'rsp cannot be an index', 'mov', [rax, mem(rax, 0, rsp)]],
    ['a displacement of 33 bits', '32-bit', 'mov', [rax, mem(rax, 2 ** 31)]],
  ])('%s', (_, message, name, ops, options) => {
    expect(() => one(name, ops, options)).toThrow(message);
  });
});

describe('labels, alignment and constants', () => {
  it('branches forward with 32 bits and back with 8 where they reach', () => {
    const a = new Assembler();
    const [top, end] = [a.label(), a.label()];
    a.bind(top);
    a.jcc('ge', end);
    a.jmp(top);
    a.bind(end);
    a.ret();
    expect(hex(a.finish())).toBe('0f 8d 02 00 00 00 eb f8 c3');
  });

  it.each([
    [126, 'eb 80'],
    [127, 'e9 7c ff ff ff'],
  ])('%i bytes back', (bytes, expected) => {
    const a = new Assembler();
    const top = a.label();
    a.bind(top);
    for (let i = 0; i < bytes; i++) a.emit('nop');
    a.jmp(top);
    expect(hex(a.finish().subarray(bytes))).toBe(expected);
  });

  it('puts constants behind the code, aligned, equal ones once', () => {
    const a = new Assembler();
    const four = a.data(Uint8Array.of(1, 2, 3, 4), 4);
    const wide = a.data(new Uint8Array(16).fill(7), 16);
    expect(a.data(Uint8Array.of(1, 2, 3, 4), 8)).toBe(four);
    a.emit('vroundss', [xmm(1), xmm(2), ripRel(four), 3]);
    a.emit('vaddps', [xmm(1), xmm(2), ripRel(wide)]);
    const code = a.finish();
    expect(wide.offset).toBe(32);
    expect(four.offset).toBe(48);
    expect(code.length).toBe(52);
    const view = new DataView(code.buffer);
    // the immediate follows the displacement, and the distance counts from behind it
    expect(view.getInt32(5, true)).toBe(48 - 10);
    expect(view.getInt32(14, true)).toBe(32 - 18);
    expect([...code.subarray(18, 32)]).toEqual(new Array(14).fill(0xcc));
    expect([...code.subarray(48)]).toEqual([1, 2, 3, 4]);
  });

  it('throws for labels bound twice or never, and for work after the end', () => {
    const a = new Assembler();
    const l = a.label();
    a.jmp(l);
    expect(() => a.finish()).toThrow('never bound');
    expect(() => a.ret()).toThrow('finished');
    const b = new Assembler();
    const twice = b.label();
    b.bind(twice);
    expect(() => b.bind(twice)).toThrow('twice');
    expect(() => b.align(3)).toThrow('power of two');
  });
});
