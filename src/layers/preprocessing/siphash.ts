const MASK = 0xffffffffffffffffn;

const wrap = (x: bigint): bigint => x & MASK;
const rotate = (x: bigint, by: bigint): bigint => wrap((x << by) | (x >> (64n - by)));

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of some bytes, keyed with two 64-bit words.
 *
 * @param key Two words; negative numbers stand for their two's complement.
 */
export function sipHash24(bytes: Uint8Array, key: readonly [bigint, bigint]): bigint {
  const [k0, k1] = [wrap(key[0]), wrap(key[1])];
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const round = () => {
    v0 = wrap(v0 + v1);
    v2 = wrap(v2 + v3);
    v1 = rotate(v1, 13n) ^ v0;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = rotate(v0, 32n);
    v2 = wrap(v2 + v1);
    v0 = wrap(v0 + v3);
    v1 = rotate(v1, 17n) ^ v2;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = rotate(v2, 32n);
  };
  const absorb = (word: bigint) => {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) absorb(view.getBigUint64(at, true));
  // The last word: what is left of the bytes, and the length modulo 256 in the highest byte.
  let rest = BigInt(bytes.length & 255) << 56n;
  for (let at = whole; at < bytes.length; at++) rest |= BigInt(bytes[at]!) << BigInt(8 * (at - whole));
  absorb(rest);
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}
