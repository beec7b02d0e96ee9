import { ParapetError } from '@parapet/schema';

/**
 * Letters of other scripts that cannot be told from Latin ones in the fonts of screens (the one-letter lines of Unicode's
 * confusables data, UTS 39, for Cyrillic, Greek, Armenian and Cherokee). Keys are lower case.
 */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  е: 'e',
  ё: 'e',
  з: '3',
  і: 'i',
  ї: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  т: 't',
  у: 'y',
  ү: 'y',
  х: 'x',
  һ: 'h',
  ѕ: 's',
  ԁ: 'd',
  ԛ: 'q',
  ԝ: 'w',
  ӏ: 'l',
  ѵ: 'v',
  г: 'r',
  п: 'n',
  ь: 'b',
  α: 'a',
  β: 'b',
  γ: 'y',
  ε: 'e',
  η: 'n',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  σ: 'o',
  τ: 't',
  υ: 'u',
  χ: 'x',
  ω: 'w',
  ϲ: 'c',
  ϳ: 'j',
  ա: 'w',
  հ: 'h',
  ո: 'n',
  ս: 'u',
  ց: 'g',
  օ: 'o',
  զ: 'q',
  յ: 'j',
  ք: 'p',
  ı: 'i',
  ɑ: 'a',
  ɡ: 'g',
  ɩ: 'i',
  ʋ: 'u',
  ⅼ: 'l',
  ꭵ: 'i',
  ꮃ: 'w',
  ꮯ: 'c',
  ꮪ: 's',
  ꭺ: 'a',
  ꮇ: 'm',
  ꭼ: 'e',
  ꭻ: 'j',
  ꮲ: 'p',
  ꭲ: 't',
};

/** Scripts whose letters stand for one another; a name written in two of them is a disguise, not a name. */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
];

/** What a name looks like: equal for names that people cannot tell apart. */
export function lookKey(username: string): string {
  const folded = username.normalize('NFKC').trim().toLowerCase().normalize('NFC');
  return [...folded].map((letter) => LOOKS_LIKE[letter] ?? letter).join('');
}

/** @throws ParapetError `invalid_request` 400 when letters of two scripts that look alike are mixed */
export function refuseMixedScripts(username: string): void {
  const used = SCRIPTS.filter(([, letters]) => letters.test(username)).map(([name]) => name);
  if (used.length < 2) return;
  throw new ParapetError(
    'invalid_request',
    400,
    `The user name mixes ${used.join(' and ')} letters, which look like one another.`,
    'Write the whole name in one script.',
    { field: 'username' },
  );
}
