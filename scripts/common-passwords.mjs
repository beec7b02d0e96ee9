/**
 * `node scripts/common-passwords.mjs <list.json>` writes packages/access/src/common-passwords-data.ts anew: a Bloom filter over the
 * most common passwords of a list (JSON, the most common first). The list in use is `src/passwords.json` of the npm package
 * @zxcvbn-ts/language-common 4.1.3 (MIT licence).
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** The same as in packages/access/src/common-passwords.ts, which reads what this writes. */
const BITS = 2 ** 19;
const HASHES = 12;
const MOST = 20_000;
const SHORTEST = 5;

const list = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const words = [...new Set(list.map((word) => word.normalize('NFKC').toLowerCase()))]
  .filter((word) => word.length >= SHORTEST)
  .slice(0, MOST);
const filter = Buffer.alloc(BITS / 8);
for (const word of words) {
  const digest = createHash('sha512').update(word).digest();
  for (let n = 0; n < HASHES; n++) {
    const bit = digest.readUInt32LE(n * 4) % BITS;
    filter[bit >> 3] |= 1 << (bit & 7);
  }
}
const lines = filter.toString('base64').match(/.{1,118}/g);
writeFileSync(
  new URL('../packages/access/src/common-passwords-data.ts', import.meta.url),
  `/** Written by scripts/common-passwords.mjs: a Bloom filter over ${words.length} common passwords. */
export const COMMON_PASSWORDS =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`,
);
