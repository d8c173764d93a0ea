/**
 * Fletcher's checksum as HDF5 has it (specification, the Fletcher32 filter): sums of big-endian 16-bit words and of these
 * sums, modulo 2^16 - 1 by adding the carry; a last byte alone is a high one. The sum of the sums is the high half.
 */
export function fletcher32(bytes: Uint8Array): number {
  // 360 words keep both sums below 2^32.
  const block = 720;
  const even = bytes.length - (bytes.length % 2);
  let sum = 0;
  let sums = 0;
  for (let start = 0; start < even; start += block) {
    const end = Math.min(even, start + block);
    for (let i = start; i < end; i += 2) {
      sum += (bytes[i]! << 8) | bytes[i + 1]!;
      sums += sum;
    }
    sum = fold(sum);
    sums = fold(sums);
  }
  if (even < bytes.length) {
    sum = fold(sum + (bytes[even]! << 8));
    sums = fold(sums + sum);
  }
  return ((fold(sums) << 16) | fold(sum)) >>> 0;
}

/** To 16 bits; 2^16 - 1 stays as it is and does not become 0. */
function fold(n: number): number {
  return (n & 0xffff) + (n >>> 16);
}

/** Both bytes of each 16 bits in the other order. */
export function swapHalves(n: number): number {
  return (((n & 0x00ff00ff) << 8) | ((n >>> 8) & 0x00ff00ff)) >>> 0;
}
