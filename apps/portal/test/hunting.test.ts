import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeQuery, encodeQuery, huntHref, readHuntAddress } from '../src/features/hunt-link/share-link.ts';
import { tokenize } from '../src/features/kusto-editor/lexer.ts';
import { toShowSchema } from '../src/features/kusto-editor/schema.ts';
import { filtersTime, queryAt, runnableSpan, splitQueries } from '../src/features/kusto-editor/statements.ts';

const parts = (text: string) => splitQueries(text).map((span) => text.slice(span.start, span.end));

describe('the lexer', () => {
  it('covers every character of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(
          tokenize(text)
            .map((token) => token.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('keeps strings, comments and hyphenated operators whole', () => {
    const kinds = tokenize('T | mv-expand x // a | b\n| where y == @"c:\\" and z == "a\\"|b"')
      .filter((token) => token.kind !== 'space')
      .map((token) => `${token.kind}:${token.text}`);
    expect(kinds).toContain('word:mv-expand');
    expect(kinds).toContain('comment:// a | b');
    expect(kinds).toContain('string:@"c:\\"');
    expect(kinds).toContain('string:"a\\"|b"');
  });
});

describe('queries of a tab', () => {
  it('splits at blank lines', () => {
    expect(parts('DeviceEvents\n| take 1\n\n\nDeviceInfo\n| take 2\n')).toEqual([
      'DeviceEvents\n| take 1',
      'DeviceInfo\n| take 2',
    ]);
  });

  it('runs a let chain with blank lines whole', () => {
    const text =
      'let names = dynamic(["a"]);\n\nlet recent = DeviceEvents\n| where Timestamp > ago(1d);\n\nrecent\n| where FileName in (names)';
    expect(parts(text)).toEqual([text]);
  });

  it('goes on across a blank line inside brackets, before a pipe and after an open operator', () => {
    for (const text of [
      'union (\n\nDeviceEvents\n\n), DeviceInfo',
      'DeviceEvents\n\n| take 5',
      'DeviceEvents |\n\ntake 5',
      'T | where A == 1 and\n\nB == 2',
    ])
      expect(parts(text)).toEqual([text]);
  });

  it('does not split inside a multi-line string, nor at a pipe in a string', () => {
    const text = 'print x = ```one\n\n| two```';
    expect(parts(text)).toEqual([text]);
  });

  it('takes finished statements for one list when each ends with a semicolon, and keeps others apart', () => {
    expect(parts('DeviceEvents | take 1;\n\nDeviceInfo | take 2')).toHaveLength(1);
    expect(parts('DeviceEvents | take 1\n\nDeviceInfo | take 2;')).toHaveLength(2);
  });

  it('puts a comment that stands alone before the query it introduces, and ignores one at the end', () => {
    expect(parts('A\n\n// about B\n\nB\n\n// end')).toEqual(['A', '// about B\n\nB']);
  });

  it('finds the query at the cursor, on the blank line after it too', () => {
    const text = 'A | take 1\n\nB | take 2';
    const at = (offset: number) => {
      const span = queryAt(text, offset);
      return span && text.slice(span.start, span.end);
    };
    expect(at(0)).toBe('A | take 1');
    expect(at(11)).toBe('A | take 1');
    expect(at(12)).toBe('B | take 2');
    expect(at(text.length)).toBe('B | take 2');
  });

  it('runs a selection alone, but not an empty one', () => {
    const text = 'A | take 1\n\nB';
    expect(runnableSpan(text, 0, { start: 0, end: 1 })).toEqual({ start: 0, end: 1 });
    expect(runnableSpan(text, 12, { start: 10, end: 12 })).toEqual({ start: 12, end: 13 });
    expect(runnableSpan(' \n // nothing', 3)).toBeUndefined();
  });

  it('handles Windows line ends', () => {
    expect(parts('A\r\n| take 1\r\n\r\nB')).toEqual(['A\r\n| take 1', 'B']);
  });

  it('sees a time filter in the text, and no filter in a projection', () => {
    expect(filtersTime('DeviceEvents | where Timestamp > ago(1d)')).toBe(true);
    expect(filtersTime('SigninLogs | where TimeGenerated between (ago(2d) .. now())')).toBe(true);
    expect(filtersTime('T | where ago(1h) < Timestamp')).toBe(true);
    expect(filtersTime('DeviceEvents | project Timestamp, DeviceName | sort by Timestamp desc')).toBe(false);
    expect(filtersTime('T // where Timestamp > ago(1d)')).toBe(false);
  });
});

describe('share links', () => {
  const open = async (href: string) => {
    const url = new URL(href, 'https://portal.example');
    const address = readHuntAddress(url.search, url.hash);
    return { ...address, text: address.encoded && (await decodeQuery(address.encoded)) };
  };

  it('round-trips quotes, emoji, right-to-left text and line ends', async () => {
    const query = 'print "\'👩‍💻 שלום\' \\"=+/&#?%"\r\n| take 1';
    const opened = await open(huntHref({ query, run: true, range: '7d' }));
    expect(opened).toMatchObject({ text: query, run: true, range: '7d' });
  });

  it('round-trips any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), async (text) => {
        const wellFormed = text.replace(/\p{Surrogate}/gu, '');
        if (wellFormed === '') return;
        expect((await open(huntHref({ query: wellFormed }))).text).toBe(wellFormed);
      }),
    );
  });

  it('round-trips 30 KB and keeps the part a server sees short', async () => {
    const query = `DeviceEvents\n| where FileName in (${Array.from({ length: 2800 }, (_, i) => `"名${i}-é"`).join(',')})`;
    expect(new TextEncoder().encode(query).length).toBeGreaterThan(28_000);
    const href = huntHref({ query, run: true });
    expect(new URL(href, 'https://portal.example').search.length).toBeLessThan(8_000);
    expect(await open(href)).toMatchObject({ text: query, run: true });
  });

  it('opens the public form: gzip of UTF-16LE, runQuery, timeRangeId', async () => {
    const query = 'DeviceProcessEvents\r\n| where FileName =~ "é👍.exe"';
    const encoded = gzipSync(Buffer.from(query, 'utf16le')).toString('base64url');
    const opened = await open(`/hunting?query=${encoded}&runQuery=true&timeRangeId=week`);
    expect(opened).toMatchObject({ text: query, run: true, range: '7d' });
  });

  it('says that a damaged link is damaged', async () => {
    expect(await decodeQuery('%%%')).toBeUndefined();
    expect(await decodeQuery(Buffer.from([0x1f, 0x8b, 1, 2, 3]).toString('base64url'))).toBeUndefined();
    expect(await decodeQuery(Buffer.from([0xff, 0xfe, 0xfd]).toString('base64url'))).toBeUndefined();
    expect(encodeQuery('')).toBe('');
  });
});

describe('the schema the editor knows', () => {
  it('carries types, values to offer and the standard columns, each once', () => {
    const schema = toShowSchema({
      version: '1',
      functions: [],
      watchlists: [],
      tableAliases: {},
      columnAliases: {},
      standardColumns: [
        { name: '_ItemId', type: 'string' },
        { name: '_TimeReceived', type: 'datetime' },
        { name: 'Type', type: 'string' },
      ],
      tables: [
        {
          name: 'DeviceEvents',
          category: 'Devices',
          description: 'd',
          origin: 'hunting',
          timeColumn: 'Timestamp',
          actionTypes: ['A"b'],
          rows: 0,
          newest: null,
          columns: [
            { name: 'ActionType', type: 'string' },
            { name: 'Type', type: 'string' },
            { name: 'ReportId', type: 'long' },
          ],
        },
      ],
    }) as { Databases: { hunting: { Tables: Record<string, { OrderedColumns: Record<string, unknown>[] }> } } };
    const columns = schema.Databases.hunting.Tables.DeviceEvents!.OrderedColumns;
    expect(columns.map(({ Name }) => Name)).toEqual([
      'ActionType',
      'Type',
      'ReportId',
      '_ItemId',
      '_TimeReceived',
      'Timestamp',
      'TimeGenerated',
    ]);
    expect(columns[0]).toMatchObject({ CslType: 'string', Examples: ['"A\\"b"'] });
    expect(columns[2]).toMatchObject({ Type: 'System.Int64', CslType: 'long' });
  });
});
