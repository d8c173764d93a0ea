/**
 * Fingerprint64 of Google's FarmHash (namespace `farmhashna`), from its public description: what TensorFlow's
 * `string_to_hash_bucket_fast` hashes with. All arithmetic is modulo 2^64; words are read little-endian.
 */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const MASK = 0xffffffffffffffffn;

const wrap = (x: bigint): bigint => x & MASK;
const rotate = (x: bigint, by: bigint): bigint => (by === 0n ? x : wrap((x >> by) | (x << (64n - by))));
const shiftMix = (x: bigint): bigint => x ^ (x >> 47n);

/** The bytes of one string, read as words. */
class Words {
  readonly length: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(at: number): bigint {
    return BigInt(this.#view.getUint8(at));
  }

  word32(at: number): bigint {
    return BigInt(this.#view.getUint32(at, true));
  }

  word64(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }
}

/** Two words into one, after Murmur. */
function mix(u: bigint, v: bigint, multiplier: bigint): bigint {
  const a = shiftMix(wrap((u ^ v) * multiplier));
  const b = shiftMix(wrap((v ^ a) * multiplier));
  return wrap(b * multiplier);
}

function hashTo16(s: Words): bigint {
  const n = s.length;
  const size = BigInt(n);
  if (n >= 8) {
    const mul = wrap(K2 + size * 2n);
    const a = wrap(s.word64(0) + K2);
    const b = s.word64(n - 8);
    const c = wrap(rotate(b, 37n) * mul + a);
    const d = wrap((rotate(a, 25n) + b) * mul);
    return mix(c, d, mul);
  }
  if (n >= 4) return mix(wrap(size + (s.word32(0) << 3n)), s.word32(n - 4), wrap(K2 + size * 2n));
  if (n === 0) return K2;
  const y = s.byte(0) + (s.byte(n >> 1) << 8n);
  const z = size + (s.byte(n - 1) << 2n);
  return wrap(shiftMix(wrap(y * K2) ^ wrap(z * K0)) * K2);
}

function hash17to32(s: Words): bigint {
  const n = s.length;
  const mul = wrap(K2 + BigInt(n) * 2n);
  const a = wrap(s.word64(0) * K1);
  const b = s.word64(8);
  const c = wrap(s.word64(n - 8) * mul);
  const d = wrap(s.word64(n - 16) * K2);
  return mix(wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d), wrap(a + rotate(wrap(b + K2), 18n) + c), mul);
}

function hash33to64(s: Words): bigint {
  const n = s.length;
  const mul = wrap(K2 + BigInt(n) * 2n);
  const a = wrap(s.word64(0) * K2);
  const b = s.word64(8);
  const c = wrap(s.word64(n - 8) * mul);
  const d = wrap(s.word64(n - 16) * K2);
  const y = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d);
  const z = mix(y, wrap(a + rotate(wrap(b + K2), 18n) + c), mul);
  const e = wrap(s.word64(16) * mul);
  const f = s.word64(24);
  const g = wrap((y + s.word64(n - 32)) * mul);
  const h = wrap((z + s.word64(n - 24)) * mul);
  return mix(wrap(rotate(wrap(e + f), 43n) + rotate(g, 30n) + h), wrap(e + rotate(wrap(f + a), 18n) + g), mul);
}

/** 32 bytes and two seeds into two words. */
function weak32(s: Words, at: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const [w, x, y, z] = [s.word64(at), s.word64(at + 8), s.word64(at + 16), s.word64(at + 24)];
  const a = wrap(seedA + w);
  const b = rotate(wrap(seedB + a + z), 21n);
  const c = a;
  const d = wrap(a + x + y);
  return [wrap(d + z), wrap(wrap(b + rotate(d, 44n)) + c)];
}

/** More than 64 bytes: blocks of 64 go through a state of 56, and the last 64 bytes are mixed in differently. */
function hashLong(s: Words): bigint {
  const seed = 81n;
  const n = s.length;
  let x = seed;
  let y = wrap(seed * K1 + 113n);
  let z = wrap(shiftMix(wrap(y * K2 + 113n)) * K2);
  let v: [bigint, bigint] = [0n, 0n];
  let w: [bigint, bigint] = [0n, 0n];
  x = wrap(x * K2 + s.word64(0));
  const end = Math.floor((n - 1) / 64) * 64;
  const last = end + ((n - 1) & 63) - 63;
  const round = (at: number, mul: bigint, weight: bigint) => {
    x = wrap(rotate(wrap(x + y + v[0] + s.word64(at + 8)), 37n) * mul);
    y = wrap(rotate(wrap(y + v[1] + s.word64(at + 48)), 42n) * mul);
    x ^= wrap(w[1] * weight);
    y = wrap(y + wrap(v[0] * weight) + s.word64(at + 40));
    z = wrap(rotate(wrap(z + w[0]), 33n) * mul);
    v = weak32(s, at, wrap(v[1] * mul), wrap(x + w[0]));
    w = weak32(s, at + 32, wrap(z + w[1]), wrap(y + s.word64(at + 16)));
    [x, z] = [z, x];
  };
  for (let at = 0; at < end; at += 64) round(at, K1, 1n);
  const mul = wrap(K1 + ((z & 0xffn) << 1n));
  w = [wrap(w[0] + BigInt((n - 1) & 63)), w[1]];
  v = [wrap(v[0] + w[0]), v[1]];
  w = [wrap(w[0] + v[0]), w[1]];
  round(last, mul, 9n);
  return mix(wrap(mix(v[0], w[0], mul) + wrap(shiftMix(y) * K0) + z), wrap(mix(v[1], w[1], mul) + x), mul);
}

/** The 64-bit FarmHash fingerprint of some bytes, the same on every machine. */
export function fingerprint64(bytes: Uint8Array): bigint {
  const s = new Words(bytes);
  if (s.length <= 16) return hashTo16(s);
  if (s.length <= 32) return hash17to32(s);
  if (s.length <= 64) return hash33to64(s);
  return hashLong(s);
}

const CAT = 0xc6a4a7935bd1e995n;

/** One fingerprint of two, in order; what crosses of features are hashed with (TensorFlow's `FingerprintCat64`). */
export function joinFingerprints(a: bigint, b: bigint): bigint {
  let result = a ^ CAT;
  result ^= wrap(shiftMix(wrap(b * CAT)) * CAT);
  result = wrap(result * CAT);
  result = wrap(shiftMix(result) * CAT);
  return shiftMix(result);
}
