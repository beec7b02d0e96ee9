import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { csvChunks, jsonChunks } from '../src/features/results-grid/csv.ts';
import { moveCursor } from '../src/features/results-grid/grid-keys.ts';
import {
  emptyColumns,
  filterRows,
  groupLines,
  groupRows,
  sortRows,
  tabbed,
  timespanSeconds,
  valueCounts,
} from '../src/features/results-grid/model.ts';
import { parquetFile } from '../src/features/results-grid/parquet.ts';
import { cellTarget, rowEntities } from '../src/features/results-grid/row-entities.ts';
import { movedColumn } from '../src/features/results-grid/useGridState.ts';
import { addOperator, addWhere, condition, extendPath, stringLiteral } from '../src/features/results-grid/where.ts';

const string = (name: string) => ({ name, type: 'string' as const });

describe('conditions', () => {
  it('quotes what must be quoted', () => {
    expect(condition(string('FileName'), 'eq', 'a"b\\c\nd')).toBe('FileName == "a\\"b\\\\c\\nd"');
    expect(condition(string('odd name'), 'ne', "it's")).toBe("['odd name'] != \"it's\"");
    expect(condition(string("o'dd"), 'eq', 'x')).toBe("['o\\'dd'] == \"x\"");
    expect(stringLiteral('a\u0000b\u0007')).toBe('"a\\u0000b\\u0007"');
  });

  it('writes literals of the column type', () => {
    expect(condition({ name: 'ProcessId', type: 'long' }, 'eq', '9007199254740993')).toBe(
      'ProcessId == 9007199254740993',
    );
    expect(condition({ name: 'Timestamp', type: 'datetime' }, 'eq', '2026-01-02T03:04:05.1234567Z')).toBe(
      'Timestamp == datetime(2026-01-02T03:04:05.1234567Z)',
    );
    expect(condition({ name: 'Ok', type: 'bool' }, 'ne', false)).toBe('Ok != false');
    expect(condition({ name: 'Took', type: 'timespan' }, 'eq', '0.00:01:00')).toBe('Took == time(0.00:01:00)');
  });

  it('asks for emptiness, not for an empty value', () => {
    expect(condition(string('FileName'), 'eq', '')).toBe('isempty(FileName)');
    expect(condition(string('FileName'), 'ne', null)).toBe('isnotempty(FileName)');
  });

  it('reaches into dynamic values', () => {
    const column = { name: 'AdditionalFields', type: 'dynamic' as const };
    expect(condition(column, 'ne', 'x', ['a', 'odd key', 0])).toBe('tostring(AdditionalFields.a["odd key"][0]) != "x"');
    expect(extendPath('T', 'AdditionalFields', ['a', 'odd key'])).toBe(
      'T\n| extend AdditionalFields_odd_key = tostring(AdditionalFields.a["odd key"])',
    );
  });
});

describe('rewriting a query', () => {
  it('appends to a plain query', () => {
    expect(addWhere('DeviceEvents', 'A == 1')).toBe('DeviceEvents\n| where A == 1');
  });

  it('goes before take, sort, top and render, but after operators that change columns', () => {
    expect(addWhere('T | project A | take 5', 'A == 1')).toBe('T | project A\n| where A == 1\n| take 5');
    expect(addWhere('T\n| summarize count() by A\n| sort by A\n| render piechart', 'A == 1')).toBe(
      'T\n| summarize count() by A\n| where A == 1\n| sort by A\n| render piechart',
    );
  });

  it('touches only the last statement and never a pipe inside brackets or strings', () => {
    expect(addWhere('let x = T | take 5;\nU | join (V | take 1) on A', 'A == 1')).toBe(
      'let x = T | take 5;\nU | join (V | take 1) on A\n| where A == 1',
    );
    expect(addWhere('T | where B == "| take 5"', 'A == 1')).toBe('T | where B == "| take 5"\n| where A == 1');
  });

  it('survives comments and a closing semicolon', () => {
    expect(addWhere('T // all\n| take 5 // five', 'A == 1')).toBe('T // all\n| where A == 1\n| take 5 // five');
    expect(addWhere('T | extend A = 1; // done', 'A == 1')).toBe('T | extend A = 1\n| where A == 1; // done');
    expect(addOperator('T | count // rows', 'where Count > 1')).toBe('T | count\n| where Count > 1 // rows');
  });
});

const columns = [
  { name: 'Name', type: 'string' as const },
  { name: 'Size', type: 'long' as const },
  { name: 'More', type: 'dynamic' as const },
  { name: 'Void', type: 'string' as const },
];
const rows = [
  ['=cmd|calc', 10, { a: 1 }, ''],
  ['b,"c"', '9007199254740993', null, null],
  ['', -5, [], ''],
  ['-3', 9, 'x', null],
];

describe('export', () => {
  it('guards formulas, quotes, and leaves numbers alone', () => {
    expect(csvChunks(columns, rows).join('')).toBe(
      [
        'Name,Size,More,Void',
        '\'=cmd|calc,10,"{""a"":1}",',
        '"b,""c""",9007199254740993,,',
        ',-5,[],',
        "'-3,9,x,",
        '',
      ].join('\r\n'),
    );
  });

  it('writes parseable JSON in the order asked for, with unique keys', () => {
    const text = jsonChunks([...columns, { name: 'Name', type: 'string' }], rows, [3, 0]).join('');
    const parsed = JSON.parse(text) as Record<string, unknown>[];
    expect(parsed.map((row) => row.Name)).toEqual(['-3', '=cmd|calc']);
    expect(Object.keys(parsed[0]!)).toEqual(['Name', 'Size', 'More', 'Void', 'Name_2']);
  });
});

describe('sorting and filtering the returned set', () => {
  it('sorts by type and keeps empty cells last in both directions', () => {
    const order = rows.map((_, index) => index);
    expect(sortRows(order, columns, rows, [{ column: 1, descending: false }])).toEqual([2, 3, 0, 1]);
    expect(sortRows(order, columns, rows, [{ column: 0, descending: true }]).at(-1)).toBe(2);
    expect(sortRows(order, columns, rows, [{ column: 0, descending: false }]).at(-1)).toBe(2);
    expect(timespanSeconds('1.02:03:04.5')).toBe(93_784.5);
    expect(timespanSeconds('-00:00:01')).toBe(-1);
  });

  it('filters to and out, and searches any cell', () => {
    expect(filterRows(rows, [{ column: 0, exclude: false, values: ['-3', ''] }])).toEqual([2, 3]);
    expect(filterRows(rows, [{ column: 0, exclude: true, values: ['-3'] }])).toEqual([0, 1, 2]);
    expect(filterRows(rows, [], '"a":1')).toEqual([0]);
  });

  it('counts values and finds empty columns', () => {
    expect(valueCounts(rows, 3)).toEqual([{ value: '', count: 4 }]);
    expect([...emptyColumns(columns, rows)]).toEqual([3]);
  });
});

describe('what a row names', () => {
  const row = {
    DeviceId: 'D1',
    DeviceName: 'ws1',
    AccountName: 'ann',
    AccountDomain: 'CORP',
    InitiatingProcessAccountName: 'system',
    InitiatingProcessId: 42,
    InitiatingProcessCreationTime: '2026-01-01T00:00:00Z',
    InitiatingProcessFileName: 'cmd.exe',
    RemoteIP: '10.0.0.1',
    LocalIP: '-',
    SHA256: 'A'.repeat(64),
    FileName: 'x.exe',
    AlertId: 'al-1',
  };

  it('links cells to what they name', () => {
    expect(cellTarget('DeviceName', row)).toMatchObject({ kind: 'entity', entity: { type: 'device', key: 'd1' } });
    expect(cellTarget('AccountDomain', row)).toMatchObject({ entity: { type: 'user', key: 'corp\\ann' } });
    expect(cellTarget('RemoteIP', row)).toMatchObject({ entity: { type: 'ip' } });
    expect(cellTarget('LocalIP', row)).toBeUndefined();
    expect(cellTarget('AlertId', row)).toEqual({ kind: 'alert', id: 'al-1' });
    expect(cellTarget('FileName', row)).toBeUndefined();
  });

  it('lists each entity once', () => {
    const found = rowEntities(row).map((entity) => `${entity.type}:${entity.label}`);
    expect(found).toEqual([
      'device:ws1',
      'user:CORP\\ann',
      'user:system',
      'process:cmd.exe',
      'ip:10.0.0.1',
      'file:x.exe',
    ]);
  });
});

describe('moving in the grid', () => {
  const size = { rows: 100, places: 10, page: 20 };

  it('moves by cell, page and edge, and stays inside', () => {
    expect(moveCursor('ArrowDown', { row: 0, place: 3 }, size)).toEqual({ row: 1, place: 3 });
    expect(moveCursor('ArrowUp', { row: 0, place: 3 }, size)).toEqual({ row: -1, place: 3 });
    expect(moveCursor('PageUp', { row: 5, place: 3 }, size)).toEqual({ row: 0, place: 3 });
    expect(moveCursor('PageDown', { row: 95, place: 3 }, size)).toEqual({ row: 99, place: 3 });
    expect(moveCursor('End', { row: 5, place: 3 }, size, true)).toEqual({ row: 99, place: 9 });
    expect(moveCursor('Home', { row: 5, place: 3 }, size)).toEqual({ row: 5, place: -1 });
    expect(moveCursor('x', { row: 5, place: 3 }, size)).toBeUndefined();
  });

  it('has no row number in the header', () => {
    expect(moveCursor('ArrowUp', { row: 0, place: -1 }, size)).toEqual({ row: -1, place: 0 });
  });
});

describe('groups, copies and files', () => {
  const columns = [string('A'), { name: 'N', type: 'long' as const }];
  const rows = [
    ['x', 1],
    ['y', 2],
    ['x', 3],
    [null, 4],
  ];

  it('groups rows by a value, largest first, and lists open groups only', () => {
    const groups = groupRows(rows, 0, [2, 1, 0, 3]);
    expect(groups).toEqual([
      { value: 'x', rows: [2, 0] },
      { value: '', rows: [3] },
      { value: 'y', rows: [1] },
    ]);
    expect(groupLines(groups, new Set())).toEqual([-1, -2, -3]);
    expect(groupLines(groups, new Set(['x']))).toEqual([-1, 2, 0, -2, -3]);
  });

  it('moves columns among their own kind', () => {
    const names = ['P', 'Q', 'A', 'B', 'C'];
    expect(movedColumn(names, ['P', 'Q'], 'B', -1).columnOrder).toEqual(['B', 'A', 'C']);
    expect(movedColumn(names, ['P', 'Q'], 'P', 1).pinned).toEqual(['Q', 'P']);
    expect(movedColumn(names, ['P', 'Q'], 'A', -1).columnOrder).toEqual(['A', 'B', 'C']);
  });

  it('copies rows with tabs that values cannot break', () => {
    expect(tabbed(columns, [['a\tb\r\nc', 1]], [1, 0], [0])).toBe('N\tA\n1\ta b c');
  });

  it('writes Parquet that keeps types, nulls, repeated names and large numbers', async () => {
    const file = await parquetFile(
      [
        string('A'),
        string('A'),
        { name: 'L', type: 'long' },
        { name: 'R', type: 'real' },
        { name: 'B', type: 'bool' },
        { name: 'T', type: 'datetime' },
        { name: 'D', type: 'dynamic' },
        { name: 'S', type: 'timespan' },
      ],
      [
        ['=1+1', '\u{1f600}', '9007199254740993', 0.5, true, '2026-01-02T03:04:05.1234567Z', { a: [1] }, '1.00:00:00'],
        [null, '', null, null, null, null, null, null],
        ['left out', '', 1, 1, false, '2026-01-02T03:04:05Z', 1, ''],
      ],
      [1, 0],
    );
    const read = await parquetReadObjects({ file });
    expect(read).toEqual([
      { A: null, A_2: '', L: null, R: null, B: null, T: null, D: null, S: null },
      {
        A: '=1+1',
        A_2: '\u{1f600}',
        L: 9007199254740993n,
        R: 0.5,
        B: true,
        T: new Date('2026-01-02T03:04:05.123Z'),
        D: '{"a":[1]}',
        S: '1.00:00:00',
      },
    ]);
  });
});
