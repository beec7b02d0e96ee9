import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer, MESSAGE_LIMIT } from '../src/syslog/framing.ts';
import { originJson, syslogRecord, syslogText } from '../src/syslog/parse.ts';
import { allowedPeers } from '../src/syslog/peers.ts';
import { RelpReader } from '../src/syslog/relp.ts';
import { named } from '../src/syslog/stream.ts';
import { zoneOf } from '../src/syslog/zone.ts';

const NOW = Date.parse('2024-03-05T10:00:00Z');
const origin = { json: originJson({ ip: '192.0.2.1' }), zone: zoneOf('Europe/Berlin'), now: NOW };
interface Parsed {
  readonly '@timestamp': string;
  readonly message: string;
  readonly event: { readonly original: string };
  readonly log: { readonly syslog: Record<string, unknown>; readonly flags?: string[] };
  readonly host?: { readonly hostname: string };
}
const parse = (text: string): Parsed => JSON.parse(syslogRecord(text, origin)) as Parsed;

describe('a syslog message', () => {
  it('of RFC 5424 gives its header, its structured data and its text without the byte-order mark', () => {
    expect(
      parse(
        '<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.9 app 8710 ID47 [ex@32473 iut="3" note="a \\"b\\" \\] \\\\" x="1" x="2"][empty] \ufeffText [1]\nsecond line',
      ),
    ).toEqual({
      '@timestamp': '2003-08-24T12:14:15.000003Z',
      message: 'Text [1]\nsecond line',
      event: { original: expect.stringContaining('<165>1 2003') },
      log: {
        syslog: {
          priority: 165,
          facility: { code: 20, name: 'local4' },
          severity: { code: 5, name: 'notice' },
          version: '1',
          hostname: '192.0.2.9',
          appname: 'app',
          procid: '8710',
          msgid: 'ID47',
          structured_data: { 'ex@32473': { iut: '3', note: 'a "b" ] \\', x: ['1', '2'] }, empty: {} },
        },
      },
      host: { hostname: '192.0.2.9' },
      source: { ip: '192.0.2.1' },
    });
    expect(parse('<34>1 - - - - - -')).toMatchObject({
      '@timestamp': '2024-03-05T10:00:00.000Z',
      message: '',
      log: { syslog: { priority: 34 } },
    });
    // Broken structured data is text.
    expect(parse('<34>1 2024-03-01T10:00:00Z h a - - [x a="1" open').message).toBe('[x a="1" open');
  });

  it('of RFC 3164 and its dialects gives time, host and program', () => {
    const cases: [string, string, string | undefined, string | undefined, string | undefined, string][] = [
      [
        "<34>Oct 11 22:14:15 box su[12]: 'su root' failed",
        '2023-10-11T20:14:15.000Z',
        'box',
        'su',
        '12',
        "'su root' failed",
      ],
      ['Oct 11 22:14:15 box su: no priority', '2023-10-11T20:14:15.000Z', 'box', 'su', undefined, 'no priority'],
      ['<13>Mar  5 10:59:00 box app: ahead', '2024-03-05T09:59:00.000Z', 'box', 'app', undefined, 'ahead'],
      ['<13>Jan  1 00:00:00 box app: x', '2023-12-31T23:00:00.000Z', 'box', 'app', undefined, 'x'],
      [
        '<189>123: Mar  1 10:00:00.123: %SYS-5-CONFIG_I: C',
        '2024-03-01T09:00:00.123Z',
        undefined,
        undefined,
        undefined,
        '%SYS-5-CONFIG_I: C',
      ],
      [
        '<189>45: rtr1: *Mar  1 2024 10:00:00.123 UTC: %SYS-5-C: C',
        '2024-03-01T10:00:00.123Z',
        'rtr1',
        undefined,
        undefined,
        '%SYS-5-C: C',
      ],
      [
        '<166>Mar 01 2024 10:00:00 asa1 : %ASA-6-302013: Built',
        '2024-03-01T09:00:00.000Z',
        'asa1',
        undefined,
        undefined,
        '%ASA-6-302013: Built',
      ],
      [
        '<166>Mar 01 2024 10:00:00: %ASA-6-302013: Built',
        '2024-03-01T09:00:00.000Z',
        undefined,
        undefined,
        undefined,
        '%ASA-6-302013: Built',
      ],
      [
        '<166>%ASA-6-302013: Built',
        '2024-03-05T10:00:00.000Z',
        undefined,
        undefined,
        undefined,
        '%ASA-6-302013: Built',
      ],
      ['<13>2024-03-01T10:00:00.123456+01:00 box app[1]: x', '2024-03-01T09:00:00.123456Z', 'box', 'app', '1', 'x'],
      ['<13>2024-07-01 10:00:00 box app: summer', '2024-07-01T08:00:00.000Z', 'box', 'app', undefined, 'summer'],
      [
        '<14>Mar  1 10:00:00 box CEF:0|v|p|1|c|n|5|x=1',
        '2024-03-01T09:00:00.000Z',
        'box',
        undefined,
        undefined,
        'CEF:0|v|p|1|c|n|5|x=1',
      ],
      [
        '<14>LEEF:2.0|v|p|1|c|^|a=1',
        '2024-03-05T10:00:00.000Z',
        undefined,
        undefined,
        undefined,
        'LEEF:2.0|v|p|1|c|^|a=1',
      ],
      [
        '<13>Mar  1 10:00:00 postfix/smtpd[9]: connect',
        '2024-03-01T09:00:00.000Z',
        undefined,
        'postfix/smtpd',
        '9',
        'connect',
      ],
      [
        '<134>date=2024-03-01 devname="x"',
        '2024-03-05T10:00:00.000Z',
        undefined,
        undefined,
        undefined,
        'date=2024-03-01 devname="x"',
      ],
      ['anything at all', '2024-03-05T10:00:00.000Z', undefined, undefined, undefined, 'anything at all'],
    ];
    for (const [text, time, hostname, appname, procid, message] of cases) {
      const record = parse(text);
      expect([record['@timestamp'], record.host?.hostname, record.message], text).toEqual([time, hostname, message]);
      expect([record.log.syslog.appname, record.log.syslog.procid], text).toEqual([appname, procid]);
      expect(record.event.original).toBe(text);
    }
  });

  it('knows the clock changes of its zone, and refuses zones that do not exist', () => {
    const berlin = zoneOf('Europe/Berlin');
    const local = (text: string): string => new Date(berlin.toUtc(Date.parse(`${text}Z`))).toISOString();
    expect(local('2024-03-31T01:59:59')).toBe('2024-03-31T00:59:59.000Z');
    expect(local('2024-03-31T03:00:00')).toBe('2024-03-31T01:00:00.000Z');
    expect(local('2024-10-27T03:00:00')).toBe('2024-10-27T02:00:00.000Z');
    expect(zoneOf('-03:30').toUtc(0)).toBe(3.5 * 3_600_000);
    expect(() => zoneOf('Europe/Nowhere')).toThrow(/no time zone/);
  });

  it('of any text is JSON that keeps the text', () => {
    const parts = fc.constantFrom(
      '<34>',
      '1 ',
      '- ',
      'Mar  1 10:00:00 ',
      '2024-03-01T10:00:00Z ',
      'h ',
      '[a b="c"]',
      '\\"',
      '%X-1-Y: ',
      '\u0000',
      '\ud800',
      ': ',
      '9: ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string({ unit: 'binary' })), { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        const record = parse(text);
        expect(record.event.original).toBe(text);
        expect(text.endsWith(record.message)).toBe(true);
        expect(Number.isNaN(Date.parse(record['@timestamp']))).toBe(false);
      }),
      { numRuns: 500 },
    );
    expect(syslogText(Buffer.from([0x61, 0xff, 0x62, 13, 10, 0]))).toBe('a\ufffdb');
  });
});

describe('framing', () => {
  const cut = (bytes: Buffer, size: number): { texts: string[]; problems: number } => {
    const framer = new Framer();
    const texts: string[] = [];
    for (let at = 0; at < bytes.length; at += size)
      for (const frame of framer.push(bytes.subarray(at, at + size)))
        texts.push(frame.bytes.toString() + (frame.truncated ? '…' : ''));
    for (const frame of framer.finish()) texts.push(frame.bytes.toString() + (frame.truncated ? '…' : ''));
    return { texts, problems: framer.problems };
  };

  it('is told message by message: counted, lines, and both in one connection', () => {
    const counted = (text: string): string => `${Buffer.byteLength(text)} ${text}`;
    const mixed = `${counted('<1>a\nb')}${counted('<2>é')}\n<3>line\r\n\n2024-01-01 no count\n${counted('<4>x')}12345 not a count\n<5>end`;
    const expected = ['<1>a\nb', '<2>é', '<3>line\r', '2024-01-01 no count', '<4>x', '12345 not a count', '<5>end'];
    for (const size of [1, 2, 3, 5, 11, 1_000])
      expect(cut(Buffer.from(mixed), size).texts, `pieces of ${size}`).toEqual(expected);
  });

  it('holds a message up to its limit, and goes on behind it', () => {
    const long = Buffer.alloc(3 * MESSAGE_LIMIT, 0x61);
    for (const stream of [
      Buffer.concat([Buffer.from('<1>'), long, Buffer.from('\n<2>b\n')]),
      Buffer.concat([Buffer.from(`${long.length + 3} <1>`), long, Buffer.from('5 <2>b\n')]),
    ]) {
      const { texts } = cut(stream, 1_000);
      expect(texts.map((text) => text.trimEnd().length)).toEqual([MESSAGE_LIMIT + 1, 4]);
      expect(texts[0]?.endsWith('…')).toBe(true);
      expect(texts[1]).toMatch(/^<2>b/);
    }
  });

  it('counts announcements that cannot be, and finds the next line', () => {
    const { texts, problems } = cut(Buffer.from('5 <1>ab99999999 <2>x\n3 <3>\n'), 7);
    expect(problems).toBeGreaterThan(0);
    expect(texts).toEqual(['<1>ab', '99999999 <2>x', '<3>']);
    expect(cut(Buffer.from('100 <1>cut off'), 4).texts).toEqual(['<1>cut off…']);
  });

  it('of RELP gives transactions, in pieces of any size', () => {
    const stream = Buffer.from(
      '1 open 14 relp_version=0\n2 syslog 8 <1>a\nb é\n3 syslog 0\n4 close 0\n'.replace(
        '8 <1>',
        `${Buffer.byteLength('<1>a\nb é')} <1>`,
      ),
    );
    for (const size of [1, 2, 3, 9, 1_000]) {
      const reader = new RelpReader(100);
      const frames: string[] = [];
      for (let at = 0; at < stream.length; at += size)
        for (const frame of reader.push(stream.subarray(at, at + size)))
          frames.push(`${frame.transaction} ${frame.command} ${frame.data.toString()}`);
      expect(frames, `pieces of ${size}`).toEqual([
        '1 open relp_version=0',
        '2 syslog <1>a\nb é',
        '3 syslog ',
        '4 close ',
      ]);
    }
    expect(() => [...new RelpReader(100).push(Buffer.from('<34>Oct 11 22:14:15 box su: x\n'))]).toThrow(/no RELP/);
    expect(() => [...new RelpReader(100).push(Buffer.from('1 syslog 3 abcd\n'))]).toThrow(/RELP/);
  });
});

describe('allowed senders', () => {
  it('are addresses and ranges, of both families', () => {
    const allows = allowedPeers('192.0.2.0/24, 198.51.100.7\n2001:db8::/32');
    expect(['192.0.2.9', '::ffff:192.0.2.9', '198.51.100.7', '2001:db8::1'].map(allows)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['192.0.3.1', '198.51.100.8', '::1', '2001:db9::1'].map(allows)).toEqual([false, false, false, false]);
    expect(allowedPeers('')('203.0.113.1')).toBe(true);
    for (const wrong of ['192.0.2.0/33', 'example.com', '192.0.2.0/', '::/x'])
      expect(() => allowedPeers(wrong)).toThrow(/neither/);
  });
});

describe('names of client certificates', () => {
  it('are whole attributes: a value that looks like another attribute does not count', () => {
    const parts = ['CN=edge, O=Example', 'O=Elsewhere'];
    expect(named(parts, ['O=Example'])).toBe(false);
    expect(named(parts, ['edge, O=Example'])).toBe(true);
    expect(named(parts, ['O=Elsewhere'])).toBe(true);
    expect(named(parts, ['edge'])).toBe(false);
    expect(named(parts, [])).toBe(true);
  });
});
