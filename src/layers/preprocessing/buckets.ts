import { OlifantError } from '../../errors.ts';
import { show } from '../options.ts';
import { fingerprint64 } from './fingerprint64.ts';
import { sipHash24 } from './siphash.ts';

/** The key of SipHash: two whole numbers, or one for both. */
export type Salt = number | readonly [number, number];

const encoder = new TextEncoder();

/** A salt as two numbers, or null. */
export function readSalt(owner: string, value: unknown): [number, number] | null {
  if (value === null || value === undefined) return null;
  const pair = Array.isArray(value) ? value : [value, value];
  if (pair.length === 2 && pair.every((v) => Number.isSafeInteger(v))) return [pair[0], pair[1]];
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: salt must be a whole number or two of them, got ${show(value)}`,
  );
}

/**
 * The bucket, 0 to `buckets` - 1, of a string: its FarmHash fingerprint modulo `buckets`, or with a salt its SipHash-2-4. What
 * TensorFlow's `to_hash_bucket_fast` and `to_hash_bucket_strong` give.
 */
export function bucketOf(text: string, buckets: number, salt: readonly [number, number] | null): number {
  const bytes = encoder.encode(text);
  const hash = salt === null ? fingerprint64(bytes) : sipHash24(bytes, [BigInt(salt[0]), BigInt(salt[1])]);
  return Number(hash % BigInt(buckets));
}
