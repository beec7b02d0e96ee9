import { canonicalIp, parseSearch, refang, searchTarget } from '@parapet/schema/wire';
import { describe, expect, test } from 'vitest';

const read = (text: string) => parseSearch(text).alternatives;
const words = (text: string) =>
  read(text).map((terms) =>
    terms.map((t) => `${t.negate ? '-' : ''}${t.field ?? ''}:${t.value}${t.wildcard ? '~' : ''}`),
  );

describe('the language of the search', () => {
  test('reads words, phrases, operators, exclusion and OR', () => {
    expect(words('type:device name:web* tag:finance -os:linux "exact phrase" plain')).toEqual([
      ['type:device', 'name:web*~', 'tag:finance', '-os:linux', ':exact phrase', ':plain'],
    ]);
    expect(words('a OR b c')).toEqual([[':a'], [':b', ':c']]);
    expect(words('"a*b" or')).toEqual([[':a*b', ':or']]);
    expect(words('name:"two words"')).toEqual([['name:two words']]);
    expect(words('  OR OR x OR ')).toEqual([[':x']]);
  });

  test('paths, addresses and URLs are words, not operators', () => {
    for (const text of ['C:\\temp\\a.exe', 'http://a.example/x', '2001:db8::1', 'fe80::1', 'cafe:1::2'])
      expect([parseSearch(text).problems, words(text)]).toEqual([[], [[`:${text}`]]]);
  });

  test('names the nearest operator and searches for the rest', () => {
    const { problems, alternatives } = parseSearch('oss:linux web');
    expect(problems).toEqual([
      {
        start: 0,
        length: 4,
        message: 'There is no operator oss: Did you mean os:?',
        mended: 'os:linux web',
        fatal: false,
      },
    ]);
    expect(alternatives).toEqual([[{ value: 'web', negate: false, wildcard: false }]]);
  });

  test('refuses ranges and values that mean nothing', () => {
    expect(parseSearch('ip:10.0.0.0/33').problems).toMatchObject([
      { start: 0, length: 14, message: 'The prefix must be 0–32.', fatal: true },
    ]);
    expect(parseSearch('ip:2001:db8::/129').problems).toMatchObject([{ message: 'The prefix must be 0–128.' }]);
    expect(parseSearch('ip:10.0.').problems).toEqual([]);
    expect(parseSearch('risk:huge').problems).toMatchObject([{ fatal: true }]);
    expect(parseSearch('seen:yesterday').problems).toMatchObject([{ fatal: true }]);
    // Somebody is still typing.
    expect(parseSearch('os:').problems).toMatchObject([{ fatal: false }]);
  });

  test('stays bounded on anything', () => {
    expect(words('a '.repeat(2_500))[0]).toHaveLength(12);
    for (const text of ['"', ':', '-', '-:', '"" ""', '\u0000:x', ':::'.repeat(500)])
      expect(() => parseSearch(text)).not.toThrow();
  });
});

describe('exact identifiers', () => {
  test.each([
    ['10.0.0.7', 'ip', '10.0.0.7'],
    ['10[.]0[.]0[.]7', 'ip', '10.0.0.7'],
    ['2001:DB8:0:0::1', 'ip', '2001:db8::1'],
    ['[2001:db8::1]', 'ip', '2001:db8::1'],
    ['::ffff:192.0.2.1', 'ip', '192.0.2.1'],
    ['hxxps://Evil[.]example/A?b', 'url', 'https://evil.example/a?b'],
    ['http://bücher.example/', 'url', 'http://xn--bcher-kva.example/'],
    [`${'AB'.repeat(32)}`, 'file', 'ab'.repeat(32)],
    ['cve-2024-3094', 'cve', 'CVE-2024-3094'],
    ['#12', 'incident', '12'],
    ['<a.b@mail.example>', 'message', '<a.b@mail.example>'],
  ])('%s', (text, kind, key) => {
    expect(searchTarget(text)).toMatchObject({ kind, key });
  });

  test.each(['10.0.0.256', '1.2.3', 'web-1', '12', 'abc', 'http://', ':', 'ab'.repeat(30), '10.0.0.7 x'])(
    'not %s',
    (text) => expect(searchTarget(text)).toBeUndefined(),
  );

  test('addresses and harmless spellings have one form', () => {
    expect(canonicalIp('0:0:0:0:0:0:0:1')).toBe('::1');
    expect(canonicalIp('1:2')).toBeUndefined();
    expect(refang('user(at)mail[dot]example')).toBe('user@mail.example');
  });
});
