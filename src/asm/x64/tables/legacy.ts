import { CONDITIONS, type Condition, hex, type Row } from './row.ts';

/** The eight operations of the first opcode block; the `l` forms are the 32-bit ones. */
function alu<const N extends string>(name: N, n: number): Row<N | `${N}l`>[] {
  const l = `${name}l` as const;
  return [
    [name, 'r64/m64, r64', 'MR', `REX.W ${hex(8 * n + 1)}`],
    [name, 'r64, m64', 'RM', `REX.W ${hex(8 * n + 3)}`],
    [name, 'r64/m64, i8', 'MI', `REX.W 83 /${n}`],
    [name, 'r64/m64, s32', 'MI', `REX.W 81 /${n}`],
    [l, 'r32/m32, r32', 'MR', hex(8 * n + 1)],
    [l, 'r32, m32', 'RM', hex(8 * n + 3)],
    [l, 'r32/m32, i8', 'MI', `83 /${n}`],
    [l, 'r32/m32, i32', 'MI', `81 /${n}`],
  ];
}

function lockAlu<const N extends string>(name: N, n: number): Row<`lock ${N}` | `lock ${N}l`>[] {
  return [
    [`lock ${name}`, 'm64, r64', 'MR', `F0 REX.W ${hex(8 * n + 1)}`],
    [`lock ${name}`, 'm64, i8', 'MI', `F0 REX.W 83 /${n}`],
    [`lock ${name}`, 'm64, s32', 'MI', `F0 REX.W 81 /${n}`],
    [`lock ${name}l`, 'm32, r32', 'MR', `F0 ${hex(8 * n + 1)}`],
    [`lock ${name}l`, 'm32, i8', 'MI', `F0 83 /${n}`],
    [`lock ${name}l`, 'm32, i32', 'MI', `F0 81 /${n}`],
  ];
}

function shift<const N extends string>(name: N, n: number): Row<N | `${N}l`>[] {
  return [
    [name, 'r64/m64, u8', 'MI', `REX.W C1 /${n}`],
    [name, 'r64/m64, cl', 'M-', `REX.W D3 /${n}`],
    [`${name}l`, 'r32/m32, u8', 'MI', `C1 /${n}`],
    [`${name}l`, 'r32/m32, cl', 'M-', `D3 /${n}`],
  ];
}

function unary<const N extends string>(name: N, opcode: string): Row<N | `${N}l`>[] {
  return [
    [name, 'r64/m64', 'M', `REX.W ${opcode}`],
    [`${name}l`, 'r32/m32', 'M', opcode],
  ];
}

function conditional(
  c: Condition,
  n: number,
): Row<`j${Condition}` | `cmov${Condition}` | `cmov${Condition}l` | `set${Condition}`>[] {
  return [
    [`j${c}`, 'rel8', 'D', hex(0x70 + n)],
    [`j${c}`, 'rel32', 'D', `0F ${hex(0x80 + n)}`],
    [`cmov${c}`, 'r64, r64/m64', 'RM', `REX.W 0F ${hex(0x40 + n)}`],
    [`cmov${c}l`, 'r32, r32/m32', 'RM', `0F ${hex(0x40 + n)}`],
    [`set${c}`, 'r8/m8', 'M', `0F ${hex(0x90 + n)}`],
  ];
}

/**
 * General-purpose instructions. Without suffix they are 64 bits wide, with `l` 32 (the result zero-extended), `w` 16, `b` 8.
 * Rows of a mnemonic stand in the order in which they are tried: the shortest first.
 */
export const legacyRows = [
  ['mov', 'r64/m64, r64', 'MR', 'REX.W 89'],
  ['mov', 'r64, m64', 'RM', 'REX.W 8B'],
  ['mov', 'r32, u32', 'OI', 'B8'], // clears the upper half, so it loads any unsigned 32-bit value
  ['mov', 'r64/m64, s32', 'MI', 'REX.W C7 /0'],
  ['mov', 'r64, i64', 'OI', 'REX.W B8'],
  ['movl', 'r32/m32, r32', 'MR', '89'],
  ['movl', 'r32, m32', 'RM', '8B'],
  ['movl', 'r32, i32', 'OI', 'B8'],
  ['movl', 'm32, i32', 'MI', 'C7 /0'],
  ['movw', 'm16, r16', 'MR', '66 89'],
  ['movb', 'm8, r8', 'MR', '88'],
  ['movb', 'r8, m8', 'RM', '8A'],
  ['movb', 'm8, u8', 'MI', 'C6 /0'],
  ['movzx', 'r32, r8/m8', 'RM', '0F B6'],
  ['movzxw', 'r32, r16/m16', 'RM', '0F B7'],
  ['movsx', 'r64, r8/m8', 'RM', 'REX.W 0F BE'],
  ['movsxw', 'r64, r16/m16', 'RM', 'REX.W 0F BF'],
  ['movsxd', 'r64, r32/m32', 'RM', 'REX.W 63'],
  ['lea', 'r64, m', 'RM', 'REX.W 8D'],
  ['push', 'r64', 'O', '50'],
  ['pop', 'r64', 'O', '58'],

  ...alu('add', 0),
  ...alu('or', 1),
  ...alu('adc', 2),
  ...alu('sbb', 3),
  ...alu('and', 4),
  ...alu('sub', 5),
  ...alu('xor', 6),
  ...alu('cmp', 7),
  ['test', 'r64/m64, r64', 'MR', 'REX.W 85'],
  ['test', 'r64/m64, s32', 'MI', 'REX.W F7 /0'],
  ['testl', 'r32/m32, r32', 'MR', '85'],
  ['testl', 'r32/m32, i32', 'MI', 'F7 /0'],
  ['imul', 'r64, r64/m64', 'RM', 'REX.W 0F AF'],
  ['imul', 'r64, r64/m64, i8', 'RMI', 'REX.W 6B'],
  ['imul', 'r64, r64/m64, s32', 'RMI', 'REX.W 69'],
  ['imull', 'r32, r32/m32', 'RM', '0F AF'],
  ['imull', 'r32, r32/m32, i8', 'RMI', '6B'],
  ['imull', 'r32, r32/m32, i32', 'RMI', '69'],
  ...unary('inc', 'FF /0'),
  ...unary('dec', 'FF /1'),
  ...unary('not', 'F7 /2'),
  ...unary('neg', 'F7 /3'),
  ...unary('mul', 'F7 /4'),
  ...unary('div', 'F7 /6'),
  ...unary('idiv', 'F7 /7'),
  ...shift('rol', 0),
  ...shift('ror', 1),
  ...shift('shl', 4),
  ...shift('shr', 5),
  ...shift('sar', 7),
  ['cqo', '', '', 'REX.W 99'],
  ['cdq', '', '', '99'],
  ['popcnt', 'r64, r64/m64', 'RM', 'F3 REX.W 0F B8', 'POPCNT'],
  ['tzcnt', 'r64, r64/m64', 'RM', 'F3 REX.W 0F BC', 'BMI1'],
  ['lzcnt', 'r64, r64/m64', 'RM', 'F3 REX.W 0F BD', 'LZCNT'],

  ...CONDITIONS.flatMap(conditional),
  ['jmp', 'rel8', 'D', 'EB'],
  ['jmp', 'rel32', 'D', 'E9'],
  ['jmp', 'r64/m64', 'M', 'FF /4'],
  ['call', 'rel32', 'D', 'E8'],
  ['call', 'r64/m64', 'M', 'FF /2'],
  ['ret', '', '', 'C3'],

  ['xchg', 'r64/m64, r64', 'MR', 'REX.W 87'], // locked by itself where it touches memory
  ['xchgl', 'r32/m32, r32', 'MR', '87'],
  ...lockAlu('add', 0),
  ...lockAlu('or', 1),
  ...lockAlu('and', 4),
  ...lockAlu('sub', 5),
  ['lock xadd', 'm64, r64', 'MR', 'F0 REX.W 0F C1'],
  ['lock xaddl', 'm32, r32', 'MR', 'F0 0F C1'],
  ['lock cmpxchg', 'm64, r64', 'MR', 'F0 REX.W 0F B1'],
  ['lock cmpxchgl', 'm32, r32', 'MR', 'F0 0F B1'],
  ['lock inc', 'm64', 'M', 'F0 REX.W FF /0'],
  ['lock incl', 'm32', 'M', 'F0 FF /0'],
  ['lock dec', 'm64', 'M', 'F0 REX.W FF /1'],
  ['lock decl', 'm32', 'M', 'F0 FF /1'],
  ['mfence', '', '', '0F AE F0', 'SSE2'],
  ['lfence', '', '', '0F AE E8', 'SSE2'],
  ['sfence', '', '', '0F AE F8', 'SSE'],
  ['pause', '', '', 'F3 90'],

  ['prefetchnta', 'm8', 'M', '0F 18 /0', 'SSE'],
  ['prefetcht0', 'm8', 'M', '0F 18 /1', 'SSE'],
  ['prefetcht1', 'm8', 'M', '0F 18 /2', 'SSE'],
  ['prefetcht2', 'm8', 'M', '0F 18 /3', 'SSE'],
  ['prefetchw', 'm8', 'M', '0F 0D /1', 'PREFETCHW'],
  ['cpuid', '', '', '0F A2'],
  ['xgetbv', '', '', '0F 01 D0', 'XSAVE'],
  ['rdtsc', '', '', '0F 31'],
  ['syscall', '', '', '0F 05'],
  ['nop', '', '', '90'],
  ['ud2', '', '', '0F 0B'],
  ['int3', '', '', 'CC'],
] as const satisfies readonly Row[];
