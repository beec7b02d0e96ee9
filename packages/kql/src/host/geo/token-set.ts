/**
 * The reference engine collects cell tokens in a hash set of texts and returns them in the order that set walks them
 * (found by comparing its recorded answers with the order cells are computed in). The order is that of the C++ library of
 * GCC: Murmur hash, prime number of buckets, the bucket used last first, and in a bucket the newest first.
 */

const MASK = (1n << 64n) - 1n;
const FACTOR = 0xc6a4a7935bd1e995n;
const SEED = 0xc70f6907n;

const shifted = (v: bigint): bigint => v ^ (v >> 47n);

/** MurmurHash64A of an ASCII text. */
export function murmur(text: string): bigint {
  const bytes = Buffer.from(text, 'latin1');
  let h = SEED ^ ((BigInt(bytes.length) * FACTOR) & MASK);
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    const d = (shifted((bytes.readBigUInt64LE(i) * FACTOR) & MASK) * FACTOR) & MASK;
    h = ((h ^ d) * FACTOR) & MASK;
  }
  if (i < bytes.length) {
    let d = 0n;
    for (let k = bytes.length - 1; k >= i; k--) d = (d << 8n) | BigInt(bytes[k]!);
    h = ((h ^ d) * FACTOR) & MASK;
  }
  return shifted((shifted(h) * FACTOR) & MASK);
}

/** Bucket counts the set may have. */
const BUCKETS = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 103, 109, 113, 127,
  137, 139, 149, 157, 167, 179, 193, 199, 211, 227, 241, 257, 277, 293, 313, 337, 359, 383, 409, 439, 467, 503, 541,
  577, 619, 661, 709, 761, 823, 887, 953, 1031, 1109, 1193, 1289, 1381, 1493, 1613, 1741, 1879, 2029, 2179, 2357, 2549,
  2753, 2971, 3209, 3469, 3739, 4027, 4349, 4703, 5087, 5503, 5953, 6427, 6949, 7517, 8123, 8783, 9497, 10273, 11113,
  12011, 12983, 14033, 15173, 16411, 17749, 19183, 20753, 22447, 24281, 26267, 28411, 30727, 33223, 35933, 38873, 42043,
  45481, 49201, 53201, 57557, 62233, 67307,
];

/** Distinct tokens in the order the reference engine returns them, given in the order they are computed. */
export function inSetOrder(tokens: readonly string[]): string[] {
  const count = BigInt(BUCKETS.find((n) => n >= tokens.length) ?? BUCKETS.at(-1)!);
  const buckets = new Map<bigint, string[]>();
  for (const t of new Set(tokens)) {
    const at = murmur(t) % count;
    const list = buckets.get(at);
    if (list) list.push(t);
    else buckets.set(at, [t]);
  }
  return [...buckets.values()].reverse().flatMap((list) => list.reverse());
}
