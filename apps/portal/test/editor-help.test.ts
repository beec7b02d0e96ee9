import type { HuntingLanguage, HuntingSchemaInfo } from '@parapet/schema/wire';
import { describe, expect, it } from 'vitest';
import { mergeDiagnostics, replaces } from '../src/features/kusto-editor/fixes.ts';
import { createLexicon, helpAt, watchlistArgument } from '../src/features/kusto-editor/language.ts';
import { runnableSpan } from '../src/features/kusto-editor/statements.ts';
import { layoutSql } from '../src/lib/sql-layout.ts';

const language: HuntingLanguage = {
  items: [
    { name: 'where', kind: 'operator', form: 'where condition', doc: 'Keeps rows.' },
    { name: 'count', kind: 'operator', form: 'count', doc: 'Counts rows.' },
    { name: 'count', kind: 'aggregate', form: 'count()', returns: 'long', doc: 'Number of rows.' },
    { name: 'mv-expand', kind: 'operator', form: 'mv-expand x', doc: 'Expands.' },
    { name: '!has', kind: 'word', form: 'a !has b', doc: 'Lacks the term.' },
    { name: 'in~', kind: 'word', form: 'a in~ (b)', doc: 'One of.' },
    { name: 'pivot', kind: 'plugin', form: 'pivot(Column)', doc: 'Turns.' },
  ],
  unsupported: ['cluster'],
};
const schema: HuntingSchemaInfo = {
  version: '1',
  functions: [],
  watchlists: [{ alias: 'VIP', columns: [] }],
  tableAliases: { MiscEvents: 'DeviceEvents' },
  columnAliases: { ComputerName: 'DeviceName' },
  standardColumns: [{ name: '_ItemId', type: 'string', description: 'Identifier of the row.' }],
  tables: [
    {
      name: 'DeviceEvents',
      category: 'Devices',
      description: 'Other events.',
      origin: 'hunting',
      timeColumn: 'Timestamp',
      actionTypes: [],
      rows: 3,
      newest: null,
      columns: [{ name: 'DeviceName', type: 'string', description: 'Full name.' }],
    },
  ],
};
const lexicon = createLexicon(language, schema);
/** Help for the place that « marks. */
const help = (marked: string) => helpAt(marked.replace('«', ''), marked.indexOf('«'), lexicon);

describe('help for a word', () => {
  it('follows from the place of the word', () => {
    expect(help('DeviceEvents | «count')?.text).toBe('Counts rows.');
    expect(help('DeviceEvents | summarize «count()')).toMatchObject({ kind: 'Aggregate', title: 'count()' });
    expect(help('DeviceEvents | mv-«expand x')?.title).toBe('mv-expand x');
    expect(help('T | where A !«has "b" ')?.title).toBe('a !has b');
    expect(help('T | where A «in~ ("b")')?.title).toBe('a in~ (b)');
    expect(help('T | evaluate «pivot(A)')?.kind).toBe('Plugin');
  });

  it('tells of tables and columns, also by their retired names', () => {
    expect(help('«DeviceEvents')?.text).toContain('3 rows');
    expect(help('«MiscEvents')).toMatchObject({ title: 'DeviceEvents', kind: 'Retired name of DeviceEvents' });
    expect(help('DeviceEvents | where «DeviceName == 1')).toMatchObject({
      kind: 'Column of DeviceEvents',
      text: 'Full name.',
    });
    expect(help('DeviceEvents | where «ComputerName == 1')?.text).toBe('Retired name of DeviceName. Full name.');
    expect(help('DeviceEvents | where «_ItemId == 1')?.text).toBe('Identifier of the row.');
  });

  it('says nothing of names made in the query, properties, texts and comments', () => {
    expect(help('DeviceEvents | extend DeviceName = 1 | where «DeviceName == 1')).toBeUndefined();
    expect(help('DeviceEvents | extend X = Bag.«count')).toBeUndefined();
    expect(help('print "«count"')).toBeUndefined();
    expect(help('// «count')).toBeUndefined();
    expect(helpAt('', 0, lexicon)).toBeUndefined();
  });

  it('offers watchlists inside the call that reads them', () => {
    expect(watchlistArgument('_GetWatchlist(')).toBe('');
    expect(watchlistArgument("T | join _GetWatchlist('VI")).toBe("'VI");
    expect(watchlistArgument("_GetWatchlist('VIP')")).toBeUndefined();
    expect(watchlistArgument('strcat("')).toBeUndefined();
  });
});

describe('findings', () => {
  const one = { code: 'KS1', severity: 'error', line: 1, column: 1, start: 0, length: 3 } as const;
  it('offers to replace a name, not to follow advice', () => {
    expect(replaces({ ...one, message: "Did you mean 'abc'?", suggestion: 'abc' })).toBe(true);
    expect(replaces({ ...one, message: 'Write it so.', suggestion: 'sort by … | serialize' })).toBe(false);
    expect(replaces({ ...one, message: 'A column is needed here.', suggestion: 'extend' })).toBe(false);
  });

  it('keeps each place and code once, in the order of the text', () => {
    const later = { ...one, start: 9, message: 'b' };
    expect(
      mergeDiagnostics(
        [later],
        [
          { ...one, message: 'a' },
          { ...later, message: 'c' },
        ],
      ).map((d) => d.message),
    ).toEqual(['a', 'b']);
  });
});

describe('what Run takes', () => {
  it('follows the cut that the compiler made', () => {
    const text = 'a;\n\nb\n\nc';
    const spans = [
      { start: 0, end: 5 },
      { start: 7, end: 8 },
    ];
    expect(runnableSpan(text, 5, undefined, spans)).toEqual(spans[0]);
    expect(runnableSpan(text, 8, undefined, spans)).toEqual(spans[1]);
  });
});

describe('SQL over several lines', () => {
  it('changes blanks only and leaves texts and names alone', () => {
    const sql = "SELECT `a FROM` AS `b`, 'it''s WHERE' FROM (SELECT {p0:String} FROM t GROUP BY x) ORDER BY b LIMIT 3";
    const laid = layoutSql(sql);
    expect(laid.replace(/\s+/g, '')).toBe(sql.replace(/\s+/g, ''));
    expect(laid.split('\n')).toEqual([
      "SELECT `a FROM` AS `b`, 'it''s WHERE'",
      'FROM (',
      '  SELECT {p0:String}',
      '  FROM t',
      '  GROUP BY x',
      ')',
      'ORDER BY b',
      'LIMIT 3',
    ]);
  });
});
