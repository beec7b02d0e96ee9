/** Passwords that everybody tries first: common ones, and the same with digits around them or figures for letters. */
import { createHash } from 'node:crypto';
import { COMMON_PASSWORDS } from './common-passwords-data.ts';

/** The same as in scripts/common-passwords.mjs, which writes the filter. One word in a million is taken for a common one. */
const BITS = 2 ** 19;
const HASHES = 12;
const SHORTEST = 5;

let filter: Buffer | undefined;

function isListed(word: string): boolean {
  filter ??= Buffer.from(COMMON_PASSWORDS, 'base64');
  const digest = createHash('sha512').update(word).digest();
  for (let n = 0; n < HASHES; n++) {
    const bit = digest.readUInt32LE(n * 4) % BITS;
    if (!((filter[bit >> 3] ?? 0) & (1 << (bit & 7)))) return false;
  }
  return true;
}

const FIGURES: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '0': 'o',
  '3': 'e',
  '5': 's',
  $: 's',
  '7': 't',
};
const letters = (word: string): string => word.replaceAll(/[@4035$7]/g, (figure) => FIGURES[figure] ?? figure);
/** Without the digits and signs before and after it. */
const bare = (word: string): string => word.replaceAll(/^[^\p{L}@$]+|[^\p{L}@$]+$/gu, '');
/** What a word repeats from its beginning to its end: `abc` of `abcabcabc`. */
const unitOf = (word: string): string => /^(.+?)\1+$/u.exec(word)?.[1] ?? word;

/** Digits that go up or down one by one, over nine and zero too. */
function isRow(word: string): boolean {
  if (!/^\d+$/.test(word)) return false;
  const steps = new Set([...word].slice(1).map((digit, at) => (Number(digit) - Number(word[at]) + 10) % 10));
  return steps.size === 1 && (steps.has(1) || steps.has(9));
}

/** True for a common password, and for one that is no more than such a one dressed up. */
export function isCommonPassword(password: string): boolean {
  const word = password.normalize('NFKC').toLowerCase();
  const joined = word.replaceAll(/\s+/gu, '');
  if (isRow(joined)) return true;
  const forms = [word, bare(word), joined, unitOf(joined), unitOf(bare(joined))];
  return [...forms, ...forms.map(letters), ...forms.map((form) => bare(letters(form)))].some(
    (form) => form.length >= SHORTEST && isListed(form),
  );
}
