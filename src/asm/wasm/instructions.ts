/** Types of the operand stack. */
export type ValType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Binary codes of the value types. */
export const VAL_TYPES: { readonly [T in ValType]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** What follows an opcode, as arguments of `FunctionBuilder.emit`. */
export interface Immediates {
  none: [];
  i32: [value: number];
  i64: [value: bigint];
  f32: [value: number];
  f64: [value: number];
  /** Byte offset added to the address on the stack. */
  mem: [offset: number];
  /** Byte offset and lane. */
  memlane: [offset: number, lane: number];
  lane: [lane: number];
  /** 16 bytes. */
  v128: [bytes: readonly number[]];
  /** 16 byte positions, 0 .. 31, in the concatenation of both operands. */
  shuffle: [positions: readonly number[]];
  /** One zero byte (memory index or fence order). */
  zero: [];
  /** Two zero bytes (two memory indices). */
  zero2: [];
}

/** One instruction as in the index of the specification (core 7.2, threads, SIMD, relaxed SIMD). */
export interface Row<I extends keyof Immediates = keyof Immediates> {
  /** 0 or one of the prefixes 0xfc, 0xfd, 0xfe. */
  readonly prefix: number;
  readonly code: number;
  readonly imm: I;
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
  /** log2 of the bytes accessed, for `mem` and `memlane`; natural alignment is also the alignment hint. */
  readonly size: number;
  /** Lanes of the shape, for `lane` and `memlane`. */
  readonly lanes: number;
}

const types = (signature: string): readonly ValType[] => signature.split(' ').filter((t) => t !== '') as ValType[];

function row<I extends keyof Immediates>(
  prefix: number,
  code: number,
  imm: I,
  params: string,
  results: string,
  size = 0,
  lanes = 0,
): Row<I> {
  return { prefix, code, imm, params: types(params), results: types(results), size, lanes };
}

const plain = (code: number, params: string, results: string) => row(0, code, 'none', params, results);
const load = (code: number, result: string, size: number) => row(0, code, 'mem', 'i32', result, size);
const store = (code: number, value: string, size: number) => row(0, code, 'mem', `i32 ${value}`, '', size);
const simd = (code: number, params: string, results = 'v128') => row(0xfd, code, 'none', params, results);
const vload = (code: number, size: number) => row(0xfd, code, 'mem', 'i32', 'v128', size);
const vloadLane = (code: number, size: number) => row(0xfd, code, 'memlane', 'i32 v128', 'v128', size, 16 >> size);
const vstoreLane = (code: number, size: number) => row(0xfd, code, 'memlane', 'i32 v128', '', size, 16 >> size);
const extract = (code: number, result: string, lanes: number) => row(0xfd, code, 'lane', 'v128', result, 0, lanes);
const replace = (code: number, scalar: string, lanes: number) =>
  row(0xfd, code, 'lane', `v128 ${scalar}`, 'v128', 0, lanes);
const aload = (code: number, result: string, size: number) => row(0xfe, code, 'mem', 'i32', result, size);
const astore = (code: number, value: string, size: number) => row(0xfe, code, 'mem', `i32 ${value}`, '', size);
const armw = (code: number, t: string, size: number) => row(0xfe, code, 'mem', `i32 ${t}`, t, size);
const V1 = 'v128';
const V2 = 'v128 v128';
const V3 = 'v128 v128 v128';

/** Numeric, memory and vector instructions. Control, locals and calls are methods of `FunctionBuilder`. */
export const INSTRUCTIONS = {
  unreachable: plain(0x00, '', ''),
  nop: plain(0x01, '', ''),

  'i32.load': load(0x28, 'i32', 2),
  'i64.load': load(0x29, 'i64', 3),
  'f32.load': load(0x2a, 'f32', 2),
  'i32.load8_s': load(0x2c, 'i32', 0),
  'i32.load8_u': load(0x2d, 'i32', 0),
  'i32.load16_s': load(0x2e, 'i32', 1),
  'i32.load16_u': load(0x2f, 'i32', 1),
  'i64.load32_s': load(0x34, 'i64', 2),
  'i64.load32_u': load(0x35, 'i64', 2),
  'i32.store': store(0x36, 'i32', 2),
  'i64.store': store(0x37, 'i64', 3),
  'f32.store': store(0x38, 'f32', 2),
  'i32.store8': store(0x3a, 'i32', 0),
  'i32.store16': store(0x3b, 'i32', 1),
  'i64.store32': store(0x3e, 'i64', 2),
  'memory.size': row(0, 0x3f, 'zero', '', 'i32'),
  'memory.grow': row(0, 0x40, 'zero', 'i32', 'i32'),

  'i32.const': row(0, 0x41, 'i32', '', 'i32'),
  'i64.const': row(0, 0x42, 'i64', '', 'i64'),
  'f32.const': row(0, 0x43, 'f32', '', 'f32'),
  'f64.const': row(0, 0x44, 'f64', '', 'f64'),

  'i32.eqz': plain(0x45, 'i32', 'i32'),
  'i32.eq': plain(0x46, 'i32 i32', 'i32'),
  'i32.ne': plain(0x47, 'i32 i32', 'i32'),
  'i32.lt_s': plain(0x48, 'i32 i32', 'i32'),
  'i32.lt_u': plain(0x49, 'i32 i32', 'i32'),
  'i32.gt_s': plain(0x4a, 'i32 i32', 'i32'),
  'i32.gt_u': plain(0x4b, 'i32 i32', 'i32'),
  'i32.le_s': plain(0x4c, 'i32 i32', 'i32'),
  'i32.le_u': plain(0x4d, 'i32 i32', 'i32'),
  'i32.ge_s': plain(0x4e, 'i32 i32', 'i32'),
  'i32.ge_u': plain(0x4f, 'i32 i32', 'i32'),
  'i64.eqz': plain(0x50, 'i64', 'i32'),
  'i64.eq': plain(0x51, 'i64 i64', 'i32'),
  'i64.ne': plain(0x52, 'i64 i64', 'i32'),
  'i64.lt_s': plain(0x53, 'i64 i64', 'i32'),
  'i64.lt_u': plain(0x54, 'i64 i64', 'i32'),
  'i64.gt_s': plain(0x55, 'i64 i64', 'i32'),
  'i64.gt_u': plain(0x56, 'i64 i64', 'i32'),
  'i64.le_s': plain(0x57, 'i64 i64', 'i32'),
  'i64.le_u': plain(0x58, 'i64 i64', 'i32'),
  'i64.ge_s': plain(0x59, 'i64 i64', 'i32'),
  'i64.ge_u': plain(0x5a, 'i64 i64', 'i32'),
  'f32.eq': plain(0x5b, 'f32 f32', 'i32'),
  'f32.ne': plain(0x5c, 'f32 f32', 'i32'),
  'f32.lt': plain(0x5d, 'f32 f32', 'i32'),
  'f32.gt': plain(0x5e, 'f32 f32', 'i32'),
  'f32.le': plain(0x5f, 'f32 f32', 'i32'),
  'f32.ge': plain(0x60, 'f32 f32', 'i32'),

  'i32.clz': plain(0x67, 'i32', 'i32'),
  'i32.ctz': plain(0x68, 'i32', 'i32'),
  'i32.popcnt': plain(0x69, 'i32', 'i32'),
  'i32.add': plain(0x6a, 'i32 i32', 'i32'),
  'i32.sub': plain(0x6b, 'i32 i32', 'i32'),
  'i32.mul': plain(0x6c, 'i32 i32', 'i32'),
  'i32.div_s': plain(0x6d, 'i32 i32', 'i32'),
  'i32.div_u': plain(0x6e, 'i32 i32', 'i32'),
  'i32.rem_s': plain(0x6f, 'i32 i32', 'i32'),
  'i32.rem_u': plain(0x70, 'i32 i32', 'i32'),
  'i32.and': plain(0x71, 'i32 i32', 'i32'),
  'i32.or': plain(0x72, 'i32 i32', 'i32'),
  'i32.xor': plain(0x73, 'i32 i32', 'i32'),
  'i32.shl': plain(0x74, 'i32 i32', 'i32'),
  'i32.shr_s': plain(0x75, 'i32 i32', 'i32'),
  'i32.shr_u': plain(0x76, 'i32 i32', 'i32'),
  'i32.rotl': plain(0x77, 'i32 i32', 'i32'),
  'i32.rotr': plain(0x78, 'i32 i32', 'i32'),
  'i64.clz': plain(0x79, 'i64', 'i64'),
  'i64.ctz': plain(0x7a, 'i64', 'i64'),
  'i64.popcnt': plain(0x7b, 'i64', 'i64'),
  'i64.add': plain(0x7c, 'i64 i64', 'i64'),
  'i64.sub': plain(0x7d, 'i64 i64', 'i64'),
  'i64.mul': plain(0x7e, 'i64 i64', 'i64'),
  'i64.div_s': plain(0x7f, 'i64 i64', 'i64'),
  'i64.div_u': plain(0x80, 'i64 i64', 'i64'),
  'i64.rem_s': plain(0x81, 'i64 i64', 'i64'),
  'i64.rem_u': plain(0x82, 'i64 i64', 'i64'),
  'i64.and': plain(0x83, 'i64 i64', 'i64'),
  'i64.or': plain(0x84, 'i64 i64', 'i64'),
  'i64.xor': plain(0x85, 'i64 i64', 'i64'),
  'i64.shl': plain(0x86, 'i64 i64', 'i64'),
  'i64.shr_s': plain(0x87, 'i64 i64', 'i64'),
  'i64.shr_u': plain(0x88, 'i64 i64', 'i64'),
  'i64.rotl': plain(0x89, 'i64 i64', 'i64'),
  'i64.rotr': plain(0x8a, 'i64 i64', 'i64'),
  'f32.abs': plain(0x8b, 'f32', 'f32'),
  'f32.neg': plain(0x8c, 'f32', 'f32'),
  'f32.ceil': plain(0x8d, 'f32', 'f32'),
  'f32.floor': plain(0x8e, 'f32', 'f32'),
  'f32.trunc': plain(0x8f, 'f32', 'f32'),
  'f32.nearest': plain(0x90, 'f32', 'f32'),
  'f32.sqrt': plain(0x91, 'f32', 'f32'),
  'f32.add': plain(0x92, 'f32 f32', 'f32'),
  'f32.sub': plain(0x93, 'f32 f32', 'f32'),
  'f32.mul': plain(0x94, 'f32 f32', 'f32'),
  'f32.div': plain(0x95, 'f32 f32', 'f32'),
  'f32.min': plain(0x96, 'f32 f32', 'f32'),
  'f32.max': plain(0x97, 'f32 f32', 'f32'),
  'f32.copysign': plain(0x98, 'f32 f32', 'f32'),
  'i32.wrap_i64': plain(0xa7, 'i64', 'i32'),
  'i32.trunc_f32_s': plain(0xa8, 'f32', 'i32'),
  'i32.trunc_f32_u': plain(0xa9, 'f32', 'i32'),
  'i64.extend_i32_s': plain(0xac, 'i32', 'i64'),
  'i64.extend_i32_u': plain(0xad, 'i32', 'i64'),
  'f32.convert_i32_s': plain(0xb2, 'i32', 'f32'),
  'f32.convert_i32_u': plain(0xb3, 'i32', 'f32'),
  'f32.convert_i64_s': plain(0xb4, 'i64', 'f32'),
  'f32.convert_i64_u': plain(0xb5, 'i64', 'f32'),
  'i32.reinterpret_f32': plain(0xbc, 'f32', 'i32'),
  'f32.reinterpret_i32': plain(0xbe, 'i32', 'f32'),
  'i32.extend8_s': plain(0xc0, 'i32', 'i32'),
  'i32.extend16_s': plain(0xc1, 'i32', 'i32'),
  'i64.extend8_s': plain(0xc2, 'i64', 'i64'),
  'i64.extend16_s': plain(0xc3, 'i64', 'i64'),
  'i64.extend32_s': plain(0xc4, 'i64', 'i64'),

  'i32.trunc_sat_f32_s': row(0xfc, 0, 'none', 'f32', 'i32'),
  'i32.trunc_sat_f32_u': row(0xfc, 1, 'none', 'f32', 'i32'),
  'memory.copy': row(0xfc, 10, 'zero2', 'i32 i32 i32', ''),
  'memory.fill': row(0xfc, 11, 'zero', 'i32 i32 i32', ''),

  'v128.load': vload(0x00, 4),
  'v128.load8x8_s': vload(0x01, 3),
  'v128.load8x8_u': vload(0x02, 3),
  'v128.load16x4_s': vload(0x03, 3),
  'v128.load16x4_u': vload(0x04, 3),
  'v128.load32x2_s': vload(0x05, 3),
  'v128.load32x2_u': vload(0x06, 3),
  'v128.load8_splat': vload(0x07, 0),
  'v128.load16_splat': vload(0x08, 1),
  'v128.load32_splat': vload(0x09, 2),
  'v128.load64_splat': vload(0x0a, 3),
  'v128.store': row(0xfd, 0x0b, 'mem', 'i32 v128', '', 4),
  'v128.const': row(0xfd, 0x0c, 'v128', '', 'v128'),
  'i8x16.shuffle': row(0xfd, 0x0d, 'shuffle', V2, V1),
  'i8x16.swizzle': simd(0x0e, V2),
  'i8x16.splat': simd(0x0f, 'i32'),
  'i16x8.splat': simd(0x10, 'i32'),
  'i32x4.splat': simd(0x11, 'i32'),
  'i64x2.splat': simd(0x12, 'i64'),
  'f32x4.splat': simd(0x13, 'f32'),
  'i8x16.extract_lane_s': extract(0x15, 'i32', 16),
  'i8x16.extract_lane_u': extract(0x16, 'i32', 16),
  'i8x16.replace_lane': replace(0x17, 'i32', 16),
  'i16x8.extract_lane_s': extract(0x18, 'i32', 8),
  'i16x8.extract_lane_u': extract(0x19, 'i32', 8),
  'i16x8.replace_lane': replace(0x1a, 'i32', 8),
  'i32x4.extract_lane': extract(0x1b, 'i32', 4),
  'i32x4.replace_lane': replace(0x1c, 'i32', 4),
  'i64x2.extract_lane': extract(0x1d, 'i64', 2),
  'i64x2.replace_lane': replace(0x1e, 'i64', 2),
  'f32x4.extract_lane': extract(0x1f, 'f32', 4),
  'f32x4.replace_lane': replace(0x20, 'f32', 4),
  'i32x4.eq': simd(0x37, V2),
  'i32x4.ne': simd(0x38, V2),
  'i32x4.lt_s': simd(0x39, V2),
  'i32x4.lt_u': simd(0x3a, V2),
  'i32x4.gt_s': simd(0x3b, V2),
  'i32x4.gt_u': simd(0x3c, V2),
  'i32x4.le_s': simd(0x3d, V2),
  'i32x4.le_u': simd(0x3e, V2),
  'i32x4.ge_s': simd(0x3f, V2),
  'i32x4.ge_u': simd(0x40, V2),
  'f32x4.eq': simd(0x41, V2),
  'f32x4.ne': simd(0x42, V2),
  'f32x4.lt': simd(0x43, V2),
  'f32x4.gt': simd(0x44, V2),
  'f32x4.le': simd(0x45, V2),
  'f32x4.ge': simd(0x46, V2),
  'v128.not': simd(0x4d, V1),
  'v128.and': simd(0x4e, V2),
  'v128.andnot': simd(0x4f, V2),
  'v128.or': simd(0x50, V2),
  'v128.xor': simd(0x51, V2),
  'v128.bitselect': simd(0x52, V3),
  'v128.any_true': simd(0x53, V1, 'i32'),
  'v128.load8_lane': vloadLane(0x54, 0),
  'v128.load16_lane': vloadLane(0x55, 1),
  'v128.load32_lane': vloadLane(0x56, 2),
  'v128.load64_lane': vloadLane(0x57, 3),
  'v128.store8_lane': vstoreLane(0x58, 0),
  'v128.store16_lane': vstoreLane(0x59, 1),
  'v128.store32_lane': vstoreLane(0x5a, 2),
  'v128.store64_lane': vstoreLane(0x5b, 3),
  'v128.load32_zero': vload(0x5c, 2),
  'v128.load64_zero': vload(0x5d, 3),
  'i8x16.narrow_i16x8_s': simd(0x65, V2),
  'i8x16.narrow_i16x8_u': simd(0x66, V2),
  'f32x4.ceil': simd(0x67, V1),
  'f32x4.floor': simd(0x68, V1),
  'f32x4.trunc': simd(0x69, V1),
  'f32x4.nearest': simd(0x6a, V1),
  'i16x8.narrow_i32x4_s': simd(0x85, V2),
  'i16x8.narrow_i32x4_u': simd(0x86, V2),
  'i16x8.extend_low_i8x16_s': simd(0x87, V1),
  'i16x8.extend_high_i8x16_s': simd(0x88, V1),
  'i16x8.extend_low_i8x16_u': simd(0x89, V1),
  'i16x8.extend_high_i8x16_u': simd(0x8a, V1),
  'i32x4.abs': simd(0xa0, V1),
  'i32x4.neg': simd(0xa1, V1),
  'i32x4.all_true': simd(0xa3, V1, 'i32'),
  'i32x4.bitmask': simd(0xa4, V1, 'i32'),
  'i32x4.extend_low_i16x8_s': simd(0xa7, V1),
  'i32x4.extend_high_i16x8_s': simd(0xa8, V1),
  'i32x4.extend_low_i16x8_u': simd(0xa9, V1),
  'i32x4.extend_high_i16x8_u': simd(0xaa, V1),
  'i32x4.shl': simd(0xab, 'v128 i32'),
  'i32x4.shr_s': simd(0xac, 'v128 i32'),
  'i32x4.shr_u': simd(0xad, 'v128 i32'),
  'i32x4.add': simd(0xae, V2),
  'i32x4.sub': simd(0xb1, V2),
  'i32x4.mul': simd(0xb5, V2),
  'i32x4.min_s': simd(0xb6, V2),
  'i32x4.min_u': simd(0xb7, V2),
  'i32x4.max_s': simd(0xb8, V2),
  'i32x4.max_u': simd(0xb9, V2),
  'i32x4.dot_i16x8_s': simd(0xba, V2),
  'f32x4.abs': simd(0xe0, V1),
  'f32x4.neg': simd(0xe1, V1),
  'f32x4.sqrt': simd(0xe3, V1),
  'f32x4.add': simd(0xe4, V2),
  'f32x4.sub': simd(0xe5, V2),
  'f32x4.mul': simd(0xe6, V2),
  'f32x4.div': simd(0xe7, V2),
  'f32x4.min': simd(0xe8, V2),
  'f32x4.max': simd(0xe9, V2),
  'f32x4.pmin': simd(0xea, V2),
  'f32x4.pmax': simd(0xeb, V2),
  'i32x4.trunc_sat_f32x4_s': simd(0xf8, V1),
  'i32x4.trunc_sat_f32x4_u': simd(0xf9, V1),
  'f32x4.convert_i32x4_s': simd(0xfa, V1),
  'f32x4.convert_i32x4_u': simd(0xfb, V1),

  'i32x4.relaxed_trunc_f32x4_s': simd(0x101, V1),
  'i32x4.relaxed_trunc_f32x4_u': simd(0x102, V1),
  'f32x4.relaxed_madd': simd(0x105, V3),
  'f32x4.relaxed_nmadd': simd(0x106, V3),
  'i32x4.relaxed_laneselect': simd(0x10b, V3),
  'f32x4.relaxed_min': simd(0x10d, V2),
  'f32x4.relaxed_max': simd(0x10e, V2),

  'memory.atomic.notify': row(0xfe, 0x00, 'mem', 'i32 i32', 'i32', 2),
  'memory.atomic.wait32': row(0xfe, 0x01, 'mem', 'i32 i32 i64', 'i32', 2),
  'atomic.fence': row(0xfe, 0x03, 'zero', '', ''),
  'i32.atomic.load': aload(0x10, 'i32', 2),
  'i64.atomic.load': aload(0x11, 'i64', 3),
  'i32.atomic.store': astore(0x17, 'i32', 2),
  'i64.atomic.store': astore(0x18, 'i64', 3),
  'i32.atomic.rmw.add': armw(0x1e, 'i32', 2),
  'i32.atomic.rmw.sub': armw(0x25, 'i32', 2),
  'i32.atomic.rmw.and': armw(0x2c, 'i32', 2),
  'i32.atomic.rmw.or': armw(0x33, 'i32', 2),
  'i32.atomic.rmw.xor': armw(0x3a, 'i32', 2),
  'i32.atomic.rmw.xchg': armw(0x41, 'i32', 2),
  'i32.atomic.rmw.cmpxchg': row(0xfe, 0x48, 'mem', 'i32 i32 i32', 'i32', 2),
} as const satisfies Record<string, Row>;

export type InstructionName = keyof typeof INSTRUCTIONS;

/** The arguments that an instruction's immediates need. */
export type ImmediatesOf<N extends InstructionName> = Immediates[(typeof INSTRUCTIONS)[N]['imm']];
