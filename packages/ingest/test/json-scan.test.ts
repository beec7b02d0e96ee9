import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isJsonObject } from '../src/elastic/json-scan.ts';

const parses = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};
const scan = (text: string): boolean => isJsonObject(Buffer.from(text, 'utf8'));

it('agrees with the parser on objects', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(scan(text)).toBe(true);
      expect(scan(` \t${text}\r\n`)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('never accepts what the parser refuses, whatever is done to a document', () => {
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\\',
      '\\u12',
      '\\u00e9',
      '0',
      '01',
      '-',
      '1e',
      '1.',
      '.5',
      '1e+2',
      'true',
      'tru',
      'null',
    ],
    ...['\n', '\u0000', '\u0001', '\ufeff', 'é', '"a"', '{"a":1}', ' ', 'NaN', "'", '/**/', ',}', '"a":'],
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), pieces), { maxLength: 4 }),
      (value, edits) => {
        let text = JSON.stringify(value);
        for (const [at, cut, piece] of edits) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + piece + text.slice(place + cut);
        }
        if (scan(text)) expect(parses(text), text).toBe(true);
      },
    ),
    { numRuns: 5_000 },
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = `{${parts.join('')}`;
      if (scan(text)) expect(parses(text), text).toBe(true);
      else if (parses(text)) expect(scan(text), text).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

it('leaves what is too deep and anything else to the parser', () => {
  expect(scan(`${'{"a":'.repeat(600)}1${'}'.repeat(600)}`)).toBe(false);
  for (const text of ['', ' ', '[]', '1', '"a"', 'null', '{', '{}x', '{"a"}', '{"a":1,}', '{,}', '{"a":1]'])
    expect(scan(text), text).toBe(false);
  for (const text of ['{}', '{"a":[]}', '{"a":[{},[1,-0.5e-3]]}', '{"a":"\\u00e9\\"\\n"}'])
    expect(scan(text), text).toBe(true);
});
