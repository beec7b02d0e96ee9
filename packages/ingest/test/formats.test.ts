import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { delimitedForm } from '../src/formats/delimited.ts';
import { splitDocuments } from '../src/formats/text.ts';

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
