/** What the instructions compute, in JavaScript: an independent reading of the specification. */

type Scalar = (...args: never[]) => number | bigint | boolean | undefined;

const u = (x: number): number => x >>> 0;
const fr = Math.fround;
const asU = (x: bigint): bigint => BigInt.asUintN(64, x);
const asI = (x: bigint): bigint => BigInt.asIntN(64, x);

export function roundEven(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const floor = Math.floor(x);
  const rest = x - floor;
  const rounded = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

const saturate = (x: number, lo: number, hi: number): number =>
  Number.isNaN(x) ? 0 : Math.min(hi, Math.max(lo, Math.trunc(x)));
const popcount = (x: bigint): number => x.toString(2).replaceAll('0', '').length;
const copysign = (a: number, b: number): number => {
  const negative = b < 0 || Object.is(b, -0);
  return negative === (a < 0 || Object.is(a, -0)) ? a : -a;
};

const compare = <T>(type: string, signed: string, order: (x: T) => T): [string, Scalar][] =>
  (
    [
      ['lt', (a: T, b: T) => a < b],
      ['gt', (a: T, b: T) => a > b],
      ['le', (a: T, b: T) => a <= b],
      ['ge', (a: T, b: T) => a >= b],
    ] as [string, (a: T, b: T) => boolean][]
  ).map(([op, f]) => [`${type}.${op}${signed}`, ((a: T, b: T) => f(order(a), order(b))) as Scalar]);

const rotl32 = (a: number, n: number): number => (a << (n & 31)) | (n & 31 ? a >>> (32 - (n & 31)) : 0);
const rotl64 = (a: bigint, n: bigint): bigint => asI((asU(a) << (n & 63n)) | (asU(a) >> ((64n - (n & 63n)) & 63n)));

/** Pure scalar instructions; undefined where they trap or where NaN bits are free. */
export const SCALAR_MODELS: Record<string, (...args: (number | bigint)[]) => number | bigint | boolean | undefined> =
  Object.fromEntries([
    ...compare<number>('i32', '_s', (x) => x),
    ...compare<number>('i32', '_u', u),
    ...compare<bigint>('i64', '_s', (x) => x),
    ...compare<bigint>('i64', '_u', asU),
    ...compare<number>('f32', '', (x) => x),
    ...(Object.entries({
      'i32.eqz': (a: number) => a === 0,
      'i32.eq': (a: number, b: number) => a === b,
      'i32.ne': (a: number, b: number) => a !== b,
      'i64.eqz': (a: bigint) => a === 0n,
      'i64.eq': (a: bigint, b: bigint) => a === b,
      'i64.ne': (a: bigint, b: bigint) => a !== b,
      'f32.eq': (a: number, b: number) => a === b,
      'f32.ne': (a: number, b: number) => a !== b,
      'i32.clz': (a: number) => Math.clz32(a),
      'i32.ctz': (a: number) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
      'i32.popcnt': (a: number) => popcount(BigInt(u(a))),
      'i32.add': (a: number, b: number) => (a + b) | 0,
      'i32.sub': (a: number, b: number) => (a - b) | 0,
      'i32.mul': (a: number, b: number) => Math.imul(a, b),
      'i32.div_s': (a: number, b: number) => (b === 0 || (a === -(2 ** 31) && b === -1) ? undefined : (a / b) | 0),
      'i32.div_u': (a: number, b: number) => (b === 0 ? undefined : Math.floor(u(a) / u(b)) | 0),
      'i32.rem_s': (a: number, b: number) => (b === 0 ? undefined : (a % b) | 0),
      'i32.rem_u': (a: number, b: number) => (b === 0 ? undefined : (u(a) % u(b)) | 0),
      'i32.and': (a: number, b: number) => a & b,
      'i32.or': (a: number, b: number) => a | b,
      'i32.xor': (a: number, b: number) => a ^ b,
      'i32.shl': (a: number, b: number) => a << b,
      'i32.shr_s': (a: number, b: number) => a >> b,
      'i32.shr_u': (a: number, b: number) => (a >>> b) | 0,
      'i32.rotl': (a: number, b: number) => rotl32(a, b) | 0,
      'i32.rotr': (a: number, b: number) => rotl32(a, -b) | 0,
      'i64.clz': (a: bigint) => 64n - BigInt(a === 0n ? 0 : asU(a).toString(2).length),
      'i64.ctz': (a: bigint) => (a === 0n ? 64n : BigInt(asU(a & -a).toString(2).length - 1)),
      'i64.popcnt': (a: bigint) => popcount(asU(a)),
      'i64.add': (a: bigint, b: bigint) => asI(a + b),
      'i64.sub': (a: bigint, b: bigint) => asI(a - b),
      'i64.mul': (a: bigint, b: bigint) => asI(a * b),
      'i64.div_s': (a: bigint, b: bigint) => (b === 0n || (a === -(2n ** 63n) && b === -1n) ? undefined : a / b),
      'i64.div_u': (a: bigint, b: bigint) => (b === 0n ? undefined : asI(asU(a) / asU(b))),
      'i64.rem_s': (a: bigint, b: bigint) => (b === 0n ? undefined : a % b),
      'i64.rem_u': (a: bigint, b: bigint) => (b === 0n ? undefined : asI(asU(a) % asU(b))),
      'i64.and': (a: bigint, b: bigint) => a & b,
      'i64.or': (a: bigint, b: bigint) => a | b,
      'i64.xor': (a: bigint, b: bigint) => a ^ b,
      'i64.shl': (a: bigint, b: bigint) => asI(a << (b & 63n)),
      'i64.shr_s': (a: bigint, b: bigint) => a >> (b & 63n),
      'i64.shr_u': (a: bigint, b: bigint) => asI(asU(a) >> (b & 63n)),
      'i64.rotl': rotl64,
      'i64.rotr': (a: bigint, b: bigint) => rotl64(a, -b & 63n),
      'f32.abs': Math.abs,
      'f32.neg': (a: number) => -a,
      'f32.ceil': Math.ceil,
      'f32.floor': Math.floor,
      'f32.trunc': Math.trunc,
      'f32.nearest': roundEven,
      'f32.sqrt': (a: number) => fr(Math.sqrt(a)),
      'f32.add': (a: number, b: number) => fr(a + b),
      'f32.sub': (a: number, b: number) => fr(a - b),
      'f32.mul': (a: number, b: number) => fr(a * b),
      'f32.div': (a: number, b: number) => fr(a / b),
      'f32.min': Math.min,
      'f32.max': Math.max,
      'f32.copysign': (a: number, b: number) => (Number.isNaN(b) ? undefined : copysign(a, b)),
      'i32.wrap_i64': (a: bigint) => BigInt.asIntN(32, a),
      'i32.trunc_f32_s': (a: number) => (a >= -(2 ** 31) && a < 2 ** 31 ? Math.trunc(a) : undefined),
      'i32.trunc_f32_u': (a: number) => (a > -1 && a < 2 ** 32 ? Math.trunc(a) | 0 : undefined),
      'i64.extend_i32_s': (a: number) => BigInt(a),
      'i64.extend_i32_u': (a: number) => BigInt(u(a)),
      'f32.convert_i32_s': (a: number) => fr(a),
      'f32.convert_i32_u': (a: number) => fr(u(a)),
      'f32.convert_i64_s': (a: bigint) => fr(Number(a)),
      'f32.convert_i64_u': (a: bigint) => fr(Number(asU(a))),
      'i32.reinterpret_f32': (a: number) =>
        Number.isNaN(a) ? undefined : new Int32Array(new Float32Array([a]).buffer)[0],
      'f32.reinterpret_i32': (a: number) => new Float32Array(new Int32Array([a]).buffer)[0],
      'i32.extend8_s': (a: number) => (a << 24) >> 24,
      'i32.extend16_s': (a: number) => (a << 16) >> 16,
      'i64.extend8_s': (a: bigint) => BigInt.asIntN(8, a),
      'i64.extend16_s': (a: bigint) => BigInt.asIntN(16, a),
      'i64.extend32_s': (a: bigint) => BigInt.asIntN(32, a),
      'i32.trunc_sat_f32_s': (a: number) => saturate(a, -(2 ** 31), 2 ** 31 - 1),
      'i32.trunc_sat_f32_u': (a: number) => saturate(a, 0, 2 ** 32 - 1) | 0,
    }) as [string, Scalar][]),
  ]) as never;

/** How the 16 bytes of operands are filled: any numbers, floats that fit i32 and u32, truth values. */
export type Operand = 'f32' | 'i32' | 'tame' | 'mask';

interface VectorModel {
  readonly operand: Operand;
  readonly result: 'f32' | 'i32';
  readonly imm?: readonly unknown[];
  /** Undefined where the result is not defined. */
  readonly apply: (...args: ArrayBuffer[]) => ArrayBufferView | undefined;
}

const f32 = (b: ArrayBuffer) => new Float32Array(b, 0, 4);
const i32 = (b: ArrayBuffer) => new Int32Array(b, 0, 4);
const u32 = (b: ArrayBuffer) => new Uint32Array(b, 0, 4);
const u8 = (b: ArrayBuffer) => new Uint8Array(b, 0, 16);

const lanesF = (apply: (...x: number[]) => number): VectorModel => ({
  operand: 'f32',
  result: 'f32',
  apply: (...args) => Float32Array.from({ length: 4 }, (_, i) => apply(...args.map((a) => f32(a)[i]!))),
});
const lanesI = (apply: (...x: number[]) => number): VectorModel => ({
  operand: 'i32',
  result: 'i32',
  apply: (...args) => Int32Array.from({ length: 4 }, (_, i) => apply(...args.map((a) => i32(a)[i]!))),
});
const lanesU = (apply: (...x: number[]) => number): VectorModel => lanesI((...x) => apply(...x.map(u)) | 0);
const maskF = (test: (a: number, b: number) => boolean): VectorModel => ({
  operand: 'f32',
  result: 'i32',
  apply: (a, b) => Int32Array.from({ length: 4 }, (_, i) => (test(f32(a!)[i]!, f32(b!)[i]!) ? -1 : 0)),
});
const maskI = (test: (a: number, b: number) => boolean) => lanesI((a, b) => (test(a!, b!) ? -1 : 0));
const maskU = (test: (a: number, b: number) => boolean) => maskI((a, b) => test(u(a), u(b)));
const shift = (apply: (a: number, n: number) => number): VectorModel => ({
  operand: 'i32',
  result: 'i32',
  apply: (a, n) => i32(a!).map((x) => apply(x, i32(n!)[0]! & 31)),
});
const vector = (
  apply: (...args: ArrayBuffer[]) => ArrayBufferView | undefined,
  imm?: readonly unknown[],
): VectorModel => ({
  operand: 'i32',
  result: 'i32',
  apply,
  ...(imm ? { imm } : {}),
});

const SHUFFLE = [31, 0, 30, 1, 29, 2, 28, 3, 27, 4, 26, 5, 25, 6, 24, 7];
const BYTES = Array.from({ length: 16 }, (_, i) => (i * 37) & 255);
type Ints = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;
type IntsOf = new (b: ArrayBuffer) => Ints;
const widen = (From: IntsOf, To: new (n: number) => Ints, high: boolean) =>
  vector((a) => {
    const from = new From(a!);
    const to = new To(from.length / 2);
    for (let i = 0; i < to.length; i++) to[i] = from[i + (high ? to.length : 0)]!;
    return to;
  });
const narrow = (From: IntsOf, To: new (n: number) => Ints, lo: number, hi: number) =>
  vector((a, b) => {
    const from = [...new From(a!), ...new From(b!)];
    const to = new To(from.length);
    for (const [i, x] of from.entries()) to[i] = Math.min(hi, Math.max(lo, x));
    return to;
  });
const scalar = (read: (a: ArrayBuffer) => number, lane: number): VectorModel =>
  vector((a) => new Int32Array([read(a!)]), [lane]);
const fused = (sign: number): VectorModel => ({
  operand: 'f32',
  result: 'f32',
  // Both ways of rounding agree where the product is exact.
  apply: (a, b, c) => {
    const out = new Float32Array(4);
    for (let i = 0; i < 4; i++) {
      const product = sign * f32(a!)[i]! * f32(b!)[i]!;
      if (fr(product) !== product && !Number.isNaN(product)) return undefined;
      out[i] = product + f32(c!)[i]!;
    }
    return out;
  },
});
const looseOrder = (a: ArrayBuffer, b: ArrayBuffer): boolean =>
  f32(a).every((x, i) => !Number.isNaN(x + f32(b)[i]!) && !(x === 0 && f32(b)[i] === 0));

/** Instructions on vectors that need no memory. */
export const VECTOR_MODELS: Record<string, VectorModel> = {
  'v128.const': vector(() => Uint8Array.from(BYTES), [BYTES]),
  'i8x16.shuffle': vector(
    (a, b) => Uint8Array.from(SHUFFLE, (p) => (p < 16 ? u8(a!)[p]! : u8(b!)[p - 16]!)),
    [SHUFFLE],
  ),
  'i8x16.swizzle': vector((a, b) => Uint8Array.from(u8(b!), (p) => u8(a!)[p] ?? 0)),
  'i8x16.splat': vector((a) => new Uint8Array(16).fill(u8(a!)[0]!)),
  'i16x8.splat': vector((a) => new Uint16Array(8).fill(new Uint16Array(a!)[0]!)),
  'i32x4.splat': vector((a) => new Int32Array(4).fill(i32(a!)[0]!)),
  'i64x2.splat': vector((a) => new BigInt64Array(2).fill(new BigInt64Array(a!)[0]!)),
  'f32x4.splat': { operand: 'f32', result: 'f32', apply: (a) => new Float32Array(4).fill(f32(a!)[0]!) },
  'i8x16.extract_lane_s': scalar((a) => new Int8Array(a)[5]!, 5),
  'i8x16.extract_lane_u': scalar((a) => u8(a)[5]!, 5),
  'i16x8.extract_lane_s': scalar((a) => new Int16Array(a)[6]!, 6),
  'i16x8.extract_lane_u': scalar((a) => new Uint16Array(a)[6]!, 6),
  'i32x4.extract_lane': scalar((a) => i32(a)[2]!, 2),
  'i64x2.extract_lane': vector((a) => new BigInt64Array([new BigInt64Array(a!)[1]!]), [1]),
  'f32x4.extract_lane': { operand: 'f32', result: 'f32', imm: [3], apply: (a) => new Float32Array([f32(a!)[3]!]) },
  'i8x16.replace_lane': vector((a, b) => u8(a!).with(5, u8(b!)[0]!), [5]),
  'i16x8.replace_lane': vector((a, b) => new Uint16Array(a!).with(6, new Uint16Array(b!)[0]!), [6]),
  'i32x4.replace_lane': vector((a, b) => i32(a!).with(2, i32(b!)[0]!), [2]),
  'i64x2.replace_lane': vector((a, b) => new BigInt64Array(a!).with(1, new BigInt64Array(b!)[0]!), [1]),
  'f32x4.replace_lane': { operand: 'f32', result: 'f32', imm: [3], apply: (a, b) => f32(a!).with(3, f32(b!)[0]!) },
  'i32x4.eq': maskI((a, b) => a === b),
  'i32x4.ne': maskI((a, b) => a !== b),
  'i32x4.lt_s': maskI((a, b) => a < b),
  'i32x4.lt_u': maskU((a, b) => a < b),
  'i32x4.gt_s': maskI((a, b) => a > b),
  'i32x4.gt_u': maskU((a, b) => a > b),
  'i32x4.le_s': maskI((a, b) => a <= b),
  'i32x4.le_u': maskU((a, b) => a <= b),
  'i32x4.ge_s': maskI((a, b) => a >= b),
  'i32x4.ge_u': maskU((a, b) => a >= b),
  'f32x4.eq': maskF((a, b) => a === b),
  'f32x4.ne': maskF((a, b) => a !== b),
  'f32x4.lt': maskF((a, b) => a < b),
  'f32x4.gt': maskF((a, b) => a > b),
  'f32x4.le': maskF((a, b) => a <= b),
  'f32x4.ge': maskF((a, b) => a >= b),
  'v128.not': lanesI((a) => ~a!),
  'v128.and': lanesI((a, b) => a! & b!),
  'v128.andnot': lanesI((a, b) => a! & ~b!),
  'v128.or': lanesI((a, b) => a! | b!),
  'v128.xor': lanesI((a, b) => a! ^ b!),
  'v128.bitselect': lanesI((a, b, m) => (a! & m!) | (b! & ~m!)),
  'v128.any_true': vector((a) => new Int32Array([i32(a!).some((x) => x !== 0) ? 1 : 0])),
  'i8x16.narrow_i16x8_s': narrow(Int16Array, Int8Array, -128, 127),
  'i8x16.narrow_i16x8_u': narrow(Int16Array, Uint8Array, 0, 255),
  'i16x8.narrow_i32x4_s': narrow(Int32Array, Int16Array, -32768, 32767),
  'i16x8.narrow_i32x4_u': narrow(Int32Array, Uint16Array, 0, 65535),
  'i16x8.extend_low_i8x16_s': widen(Int8Array, Int16Array, false),
  'i16x8.extend_high_i8x16_s': widen(Int8Array, Int16Array, true),
  'i16x8.extend_low_i8x16_u': widen(Uint8Array, Int16Array, false),
  'i16x8.extend_high_i8x16_u': widen(Uint8Array, Int16Array, true),
  'i32x4.extend_low_i16x8_s': widen(Int16Array, Int32Array, false),
  'i32x4.extend_high_i16x8_s': widen(Int16Array, Int32Array, true),
  'i32x4.extend_low_i16x8_u': widen(Uint16Array, Int32Array, false),
  'i32x4.extend_high_i16x8_u': widen(Uint16Array, Int32Array, true),
  'f32x4.ceil': lanesF((a) => Math.ceil(a!)),
  'f32x4.floor': lanesF((a) => Math.floor(a!)),
  'f32x4.trunc': lanesF((a) => Math.trunc(a!)),
  'f32x4.nearest': lanesF((a) => roundEven(a!)),
  'f32x4.abs': lanesF((a) => Math.abs(a!)),
  'f32x4.neg': lanesF((a) => -a!),
  'f32x4.sqrt': lanesF((a) => Math.sqrt(a!)),
  'f32x4.add': lanesF((a, b) => a! + b!),
  'f32x4.sub': lanesF((a, b) => a! - b!),
  'f32x4.mul': lanesF((a, b) => a! * b!),
  'f32x4.div': lanesF((a, b) => a! / b!),
  'f32x4.min': lanesF((a, b) => Math.min(a!, b!)),
  'f32x4.max': lanesF((a, b) => Math.max(a!, b!)),
  // Not Math.min and Math.max: NaN and zeros of both signs differ.
  'f32x4.pmin': lanesF((a, b) => [a!, b!][Number(b! < a!)]!),
  'f32x4.pmax': lanesF((a, b) => [a!, b!][Number(a! < b!)]!),
  'i32x4.abs': lanesI((a) => Math.abs(a!)),
  'i32x4.neg': lanesI((a) => -a!),
  'i32x4.all_true': vector((a) => new Int32Array([i32(a!).every((x) => x !== 0) ? 1 : 0])),
  'i32x4.bitmask': vector((a) => new Int32Array([i32(a!).reduce((m, x, i) => m | (x < 0 ? 1 << i : 0), 0)])),
  'i32x4.shl': shift((a, n) => a << n),
  'i32x4.shr_s': shift((a, n) => a >> n),
  'i32x4.shr_u': shift((a, n) => a >>> n),
  'i32x4.add': lanesI((a, b) => a! + b!),
  'i32x4.sub': lanesI((a, b) => a! - b!),
  'i32x4.mul': lanesI((a, b) => Math.imul(a!, b!)),
  'i32x4.min_s': lanesI((a, b) => Math.min(a!, b!)),
  'i32x4.max_s': lanesI((a, b) => Math.max(a!, b!)),
  'i32x4.min_u': lanesU((a, b) => Math.min(a!, b!)),
  'i32x4.max_u': lanesU((a, b) => Math.max(a!, b!)),
  'i32x4.dot_i16x8_s': vector((a, b) => {
    const [x, y] = [new Int16Array(a!), new Int16Array(b!)];
    return Int32Array.from({ length: 4 }, (_, i) => x[2 * i]! * y[2 * i]! + x[2 * i + 1]! * y[2 * i + 1]!);
  }),
  'i32x4.trunc_sat_f32x4_s': {
    operand: 'f32',
    result: 'i32',
    apply: (a) => Int32Array.from(f32(a!), (x) => saturate(x, -(2 ** 31), 2 ** 31 - 1)),
  },
  'i32x4.trunc_sat_f32x4_u': {
    operand: 'f32',
    result: 'i32',
    apply: (a) => Uint32Array.from(f32(a!), (x) => saturate(x, 0, 2 ** 32 - 1)),
  },
  'f32x4.convert_i32x4_s': { operand: 'i32', result: 'f32', apply: (a) => Float32Array.from(i32(a!)) },
  'f32x4.convert_i32x4_u': { operand: 'i32', result: 'f32', apply: (a) => Float32Array.from(u32(a!)) },
  'i32x4.relaxed_trunc_f32x4_s': { operand: 'tame', result: 'i32', apply: (a) => Int32Array.from(f32(a!), Math.trunc) },
  'i32x4.relaxed_trunc_f32x4_u': {
    operand: 'tame',
    result: 'i32',
    apply: (a) => Uint32Array.from(f32(a!), Math.trunc),
  },
  'f32x4.relaxed_madd': fused(1),
  'f32x4.relaxed_nmadd': fused(-1),
  'i32x4.relaxed_laneselect': {
    operand: 'mask',
    result: 'i32',
    apply: (a, b, m) => i32(a!).map((x, i) => (i32(m!)[i] ? x : i32(b!)[i]!)),
  },
  'f32x4.relaxed_min': {
    operand: 'f32',
    result: 'f32',
    apply: (a, b) => (looseOrder(a!, b!) ? f32(a!).map((x, i) => Math.min(x, f32(b!)[i]!)) : undefined),
  },
  'f32x4.relaxed_max': {
    operand: 'f32',
    result: 'f32',
    apply: (a, b) => (looseOrder(a!, b!) ? f32(a!).map((x, i) => Math.max(x, f32(b!)[i]!)) : undefined),
  },
};

const memoryFamilies = ['i32', 'i64', 'f32', 'v128', 'i32.atomic', 'i64.atomic'].flatMap((t) =>
  ['', '8_s', '8_u', '16_s', '16_u', '32_s', '32_u', '8', '16', '32'].flatMap((w) => [
    `${t}.load${w}`,
    `${t}.store${w}`,
  ]),
);
const vectorMemory = ['8x8_s', '8x8_u', '16x4_s', '16x4_u', '32x2_s', '32x2_u'].map((w) => `v128.load${w}`);
const laneMemory = ['8', '16', '32', '64'].flatMap((w) => [
  `v128.load${w}_splat`,
  `v128.load${w}_zero`,
  `v128.load${w}_lane`,
  `v128.store${w}_lane`,
]);

/** Instructions that have their own tests: memory, atomics, constants, control. */
export const NO_RUN: readonly string[] = [
  ...memoryFamilies,
  ...vectorMemory,
  ...laneMemory,
  ...['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'].map((op) => `i32.atomic.rmw.${op}`),
  ...['memory.size', 'memory.grow', 'memory.copy', 'memory.fill'],
  ...['memory.atomic.notify', 'memory.atomic.wait32', 'atomic.fence'],
  ...['i32.const', 'i64.const', 'f32.const', 'f64.const', 'unreachable', 'nop'],
];
