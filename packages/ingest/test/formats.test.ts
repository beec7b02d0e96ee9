import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { delimitedForm } from '../src/formats/delimited.ts';
import { readDocuments } from '../src/formats/index.ts';
import { splitDocuments } from '../src/formats/text.ts';
import { DOCUMENT_LIMIT } from '../src/formats/types.ts';
import { Expansion } from '../src/formats/unpack.ts';
import { temporaryDir } from './setup.ts';

/** Rows and problems of a text, given to the reader in pieces of a few bytes after the head. */
async function read(
  text: string | Buffer,
  piece = 7,
): Promise<{ rows: Record<string, unknown>[]; problems: string[] }> {
  const bytes = Buffer.from(text);
  const head = bytes.subarray(0, 600);
  const chunks = [head];
  for (let at = head.length; at < bytes.length; at += piece) chunks.push(bytes.subarray(at, at + piece));
  const rows: Record<string, unknown>[] = [];
  const problems: string[] = [];
  for await (const found of splitDocuments('file', Readable.from(chunks, { objectMode: false })))
    if ('document' in found) rows.push(JSON.parse(found.document.bytes.toString()) as Record<string, unknown>);
    else problems.push(`${found.line}: ${found.problem}`);
  return { rows, problems };
}

describe('delimited files', () => {
  it('become one object a row, with quotes, line ends inside values, a byte-order mark and CRLF', async () => {
    const { rows, problems } = await read(
      '\ufeffTimeGenerated [UTC],Name,Text\r\n"4/28/2021, 2:08:45.221 PM",one,"first ""line""\r\nsecond, line"\r\n2,two,\r\n\r\n3,three,x,y\r\n4',
    );
    expect(problems).toEqual([]);
    expect(rows).toEqual([
      { 'TimeGenerated [UTC]': '4/28/2021, 2:08:45.221 PM', Name: 'one', Text: 'first "line"\nsecond, line' },
      { 'TimeGenerated [UTC]': '2', Name: 'two', Text: '' },
      { 'TimeGenerated [UTC]': '3', Name: 'three', Text: 'x', _extra: ['y'] },
      { 'TimeGenerated [UTC]': '4' },
    ]);
  });

  it('may be separated by tabs or semicolons, be in UTF-16, and start with a nameless index', async () => {
    expect((await read('a\tb\n1\t2\n')).rows).toEqual([{ a: '1', b: '2' }]);
    expect((await read('a;b\n1;2\n')).rows).toEqual([{ a: '1', b: '2' }]);
    expect((await read(',b\n0,x\n')).rows).toEqual([{ _index: '0', b: 'x' }]);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Größe,b\n1,ü\n', 'utf16le')]);
    expect((await read(utf16)).rows).toEqual([{ Größe: '1', b: 'ü' }]);
  });

  it('may be flow logs, whose columns stand between blanks', async () => {
    const { rows } = await read('version account-id interface-id srcaddr dstaddr\n2 1 eni-1 192.0.2.1 192.0.2.2\n');
    expect(rows).toEqual([
      { version: '2', 'account-id': '1', 'interface-id': 'eni-1', srcaddr: '192.0.2.1', dstaddr: '192.0.2.2' },
    ]);
    expect(delimitedForm(Buffer.from('these are words and no srcaddr header at all\nmore words\n'))).toBeNull();
  });

  it('keep the rows before a quote that is never closed, and the lines after it', async () => {
    const { rows } = await read('a,b\n1,2\n3,"open\n4,5\n');
    expect(rows).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '"open' },
      { a: '4', b: '5' },
    ]);
  });

  it('are not seen in log lines, JSON or prose that hold commas', () => {
    for (const text of [
      '1,2020/10/05 10:00:00,0011,TRAFFIC,end\n1,2020/10/05 10:00:01,0011,TRAFFIC,end\n',
      'Mar  1 10:00:00 host sshd[1]: one, two\nMar  1 10:00:01 host sshd[1]: one, two\n',
      '{"a":1,"b":2}\n{"a":1,"b":2}\n',
      'date=2024-01-01 time=10:00:00 a="x, y"\ndate=2024-01-01 time=10:00:01 a="x"\n',
      'First sentence, with a comma\nanother line without\n',
      '"2020-01-01 10:00:00","name","10.0.0.1"\n"2020-01-01 10:00:00","name","10.0.0.1"\n',
    ])
      expect(delimitedForm(Buffer.from(text)), text).toBeNull();
  });
});

describe('Zeek native logs', () => {
  it('become typed objects with their path', async () => {
    const { rows, problems } = await read(
      [
        '#separator \\x09',
        '#set_separator\t,',
        '#empty_field\t(empty)',
        '#unset_field\t-',
        '#path\tdns',
        '#open\t2024-01-01-00-00-00',
        '#fields\tts\tuid\tid.orig_h\tid.orig_p\tquery\tAA\trtt\tanswers\tTTLs\ttotal',
        '#types\ttime\tstring\taddr\tport\tstring\tbool\tinterval\tvector[string]\tvector[interval]\tcount',
        '1692161622.036086\tCabc\t192.0.2.7\t5353\texample.com\tF\t0.25\ta.example.com,192.0.2.9\t30.0,-\t18446744073709551615',
        '1692161623.000001\tCdef\t192.0.2.7\t5353\t-\tT\t-\t(empty)\t-\t-',
        '1692161624.000001\tCghi\t192.0.2.7\t5353\tx\\x09y\\xc3\\xbc\tT\t-\t-\t-\t1',
        '#close\t2024-01-01-01-00-00',
        '',
      ].join('\n'),
    );
    expect(problems).toEqual([]);
    expect(rows).toEqual([
      {
        _path: 'dns',
        ts: '1692161622.036086',
        uid: 'Cabc',
        'id.orig_h': '192.0.2.7',
        'id.orig_p': 5353,
        query: 'example.com',
        AA: false,
        rtt: 0.25,
        answers: ['a.example.com', '192.0.2.9'],
        TTLs: [30, null],
        total: '18446744073709551615',
      },
      {
        _path: 'dns',
        ts: '1692161623.000001',
        uid: 'Cdef',
        'id.orig_h': '192.0.2.7',
        'id.orig_p': 5353,
        AA: true,
        answers: [],
      },
      {
        _path: 'dns',
        ts: '1692161624.000001',
        uid: 'Cghi',
        'id.orig_h': '192.0.2.7',
        'id.orig_p': 5353,
        query: 'x\ty\u00fc',
        AA: true,
        total: 1,
      },
    ]);
  });

  it('say where a record stands before its header', async () => {
    expect((await read('#separator \\x09\n1\t2\n')).problems).toEqual(['2: a Zeek record before its #fields line']);
  });
});

describe('W3C extended logs', () => {
  it('follow the fields of their last header', async () => {
    const { rows } = await read(
      [
        '#Software: SGOS 6.7',
        '#Version: 1.0',
        '#Fields: date time c-ip cs-username cs(User-Agent) x-note',
        '2024-05-06 10:00:00 192.0.2.7 ada "Mozilla/5.0 (X11)" -',
        '#Date: 2024-05-07 00:00:00',
        '#Fields: time c-ip',
        '10:00:01 192.0.2.8',
      ].join('\r\n'),
    );
    expect(rows).toEqual([
      {
        _format: 'w3c',
        _software: 'SGOS 6.7',
        date: '2024-05-06',
        time: '10:00:00',
        'c-ip': '192.0.2.7',
        'cs-username': 'ada',
        'cs(User-Agent)': 'Mozilla/5.0 (X11)',
      },
      { _format: 'w3c', _software: 'SGOS 6.7', date: '2024-05-07', time: '10:00:01', 'c-ip': '192.0.2.8' },
    ]);
  });
});

describe('JSON', () => {
  it('is cut into records in every shape exports have, wherever the pieces of the file end', async () => {
    const shapes: [string, unknown[]][] = [
      ['[{"a":1},\n {"a":"]}\\"{"}, {"b":[{"c":[]}]}]', [{ a: 1 }, { a: ']}"{' }, { b: [{ c: [] }] }]],
      ['[]', []],
      ['{\n  "Records": [\n {"a":1},{"a":2}\n ]\n}', [{ a: 1 }, { a: 2 }]],
      ['{"Records":[{"a":1},{"a":2}],"next":{"items":[{"x":1}]}}', [{ a: 1 }, { a: 2 }]],
      ['{"records":[{"a":1}]}\n{"records":[{"a":2},{"a":3}]}\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
      ['{\n"kind": "EventList",\n"metadata": {"x":[1]},\n"items": [\n{"a":1}]\n}', [{ a: 1 }]],
      ['{\n"@odata.context":"x",\n"value":[{"a":1}]\n}', [{ a: 1 }]],
      ['{\n"name":"x",\n"value":[{"a":1}]\n}', [{ name: 'x', value: [{ a: 1 }] }]],
      ['{\n"Records": [1,2]\n}', [{ Records: [1, 2] }]],
      ['{\n"a": {"Records":[{"b":1}]}\n}\n{\n"a": 2\n}\n', [{ a: { Records: [{ b: 1 }] } }, { a: 2 }]],
      ['{"a":1}\r\n\r\n{"a":2}', [{ a: 1 }, { a: 2 }]],
    ];
    for (const [text, expected] of shapes)
      for (const piece of [1, 2, 3, 7, 1_000]) {
        const pieces = Array.from({ length: Math.ceil(text.length / piece) }, (_, i) =>
          Buffer.from(text.slice(i * piece, (i + 1) * piece)),
        );
        const rows: unknown[] = [];
        for await (const item of splitDocuments('f', Readable.from(pieces, { objectMode: false })))
          rows.push('document' in item ? JSON.parse(item.document.bytes.toString()) : item.problem);
        expect(rows, `${text} in pieces of ${piece}`).toEqual(expected);
      }
  });

  it('keeps numbers that no double holds, and says what is cut off, too long or no record', async () => {
    const rows: string[] = [];
    const long = `{"a":"${'x'.repeat(DOCUMENT_LIMIT)}"}`;
    const text = `[{"n":12345678901234567890.123456789},${long},{"b":1},"text", 5,{"c":`;
    for await (const item of splitDocuments('f', Readable.from(pieces(text, 60_000), { objectMode: false })))
      rows.push('document' in item ? item.document.bytes.toString() : `${item.line}: ${item.problem}`);
    expect(rows).toEqual([
      '{"n":12345678901234567890.123456789}',
      `2: the record has ${DOCUMENT_LIMIT + 8} bytes; the limit is ${DOCUMENT_LIMIT}`,
      '{"b":1}',
      '"text"',
      '5',
      '6: the file ends in the middle of a record',
    ]);
  });
});

describe('lines of text', () => {
  it('are messages, with JSON objects between them taken as such', async () => {
    const { rows, problems } = await read(
      'Mar  1 10:00:00 host app[1]: started "x"\r\n\r\n  indented\n{"a":1}\n{broken\n[Mon Oct 11] [error] \\ no array\nlast',
    );
    expect(problems).toEqual([]);
    expect(rows).toEqual([
      { message: 'Mar  1 10:00:00 host app[1]: started "x"' },
      { message: '  indented' },
      { a: 1 },
      { message: '{broken' },
      { message: '[Mon Oct 11] [error] \\ no array' },
      { message: 'last' },
    ]);
    expect((await read('[Mon Oct 11] [error] no array\n')).rows).toEqual([
      { message: '[Mon Oct 11] [error] no array' },
    ]);
    expect((await read(Buffer.from([0x61, 0xff, 0x62, 10]))).rows).toEqual([{ message: 'a\ufffdb' }]);
  });

  it('that never end are dropped with their length, and the next ones go on', async () => {
    const found: string[] = [];
    function* endless(): Generator<Buffer> {
      yield Buffer.from('first\n');
      for (let i = 0; i < 1_600; i++) yield Buffer.alloc(65_536, 0x61);
      yield Buffer.from('\nlast\n');
    }
    for await (const item of splitDocuments('f', Readable.from(endless(), { objectMode: false })))
      found.push('document' in item ? item.document.bytes.toString() : `${item.line}: ${item.problem}`);
    expect(found).toEqual([
      '{"message":"first"}',
      `2: the line has ${1_600 * 65_536} bytes; the limit is ${DOCUMENT_LIMIT}`,
      '{"message":"last"}',
    ]);
  });
});

describe('Windows events in XML', () => {
  it('are messages, one an event, with or without an envelope', async () => {
    const event = (n: number) =>
      `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventRecordID>${n}</EventRecordID></System>\n<EventData><Data Name="x">é</Data></EventData></Event>`;
    const expected = [1, 2, 3].map((n) => ({ message: event(n) }));
    const envelope = `\ufeff<?xml version="1.0" encoding="utf-8"?>\n<Events>${event(1)}\n${event(2)}${event(3)}</Events>`;
    expect((await read(envelope)).rows).toEqual(expected);
    expect((await read([1, 2, 3].map(event).join('\r\n'), 1)).rows).toEqual(expected);
    expect((await read(`${event(1)}<Event`)).problems).toEqual(['2: the file ends in the middle of an event']);
    expect((await read('<?xml version="1.0"?><report/>')).problems).toEqual([
      '0: an XML document that does not hold Windows events',
    ]);
  });
});

describe('packed files', () => {
  const lines = (n: number): string => Array.from({ length: n }, (_, i) => `{"n":${i}}\n`).join('');
  let work: ReturnType<typeof temporaryDir>;
  beforeEach(() => {
    work = temporaryDir();
    return () => work.remove();
  });
  async function unpack(bytes: Buffer): Promise<{ count: number; problems: string[] }> {
    writeFileSync(join(work.dir, 'file'), bytes);
    let count = 0;
    const problems: string[] = [];
    for await (const item of readDocuments(join(work.dir, 'file'), () => undefined, { name: 'file' }))
      if ('document' in item) count++;
      else problems.push(`${item.source}: ${item.problem}`);
    return { count, problems };
  }

  it('may be gzip in several members, gzip in gzip, or zstd', async () => {
    expect(await unpack(Buffer.concat([gzipSync(lines(10)), gzipSync(lines(5))]))).toEqual({ count: 15, problems: [] });
    expect(await unpack(gzipSync(gzipSync(lines(10))))).toEqual({ count: 10, problems: [] });
    // `{"n":1}` and `{"n":2}`, packed by the zstd command; twice, as frames that follow each other.
    const zstd = Buffer.from('KLUv/QRYgQAAeyJuIjoxfQp7Im4iOjJ9CkUsYJk=', 'base64');
    expect(await unpack(Buffer.concat([zstd, zstd]))).toEqual({ count: 4, problems: [] });
    expect(await unpack(zstd.subarray(0, 20))).toMatchObject({ problems: [expect.stringMatching(/zstd data/)] });
  });

  it('that are cut off or damaged give what they hold, and say so', async () => {
    const whole = gzipSync(lines(50_000));
    const cut = await unpack(whole.subarray(0, whole.length - 2_000));
    expect(cut.count).toBeGreaterThan(45_000);
    expect(cut.problems).toEqual(['file: the gzip data are cut off; what came before was read']);
    const damaged = Buffer.from(whole);
    damaged.fill(0, whole.length - 1_000, whole.length - 500);
    const broken = await unpack(damaged);
    expect(broken.count).toBeGreaterThan(40_000);
    expect(broken.problems[0]).toMatch(/damaged gzip data/);
    let nested = gzipSync('x');
    for (let i = 0; i < 6; i++) nested = gzipSync(nested);
    expect((await unpack(nested)).problems).toEqual(['file: packed more than 4 times']);
  });

  it('that grow without measure are stopped', async () => {
    const expansion = new Expansion(1_000, 1_000_000);
    expect(() => expansion.add(1_000_000)).not.toThrow();
    expect(() => expansion.add(1)).toThrow(/more than 250 times its size/);
  });
});

function* pieces(text: string, size: number): Generator<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}
