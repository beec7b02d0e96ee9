import { beforeAll, describe, expect, it } from 'vitest';
import {
  compile,
  type ExternalTable,
  externalRows,
  type KqlSchema,
  type KqlTable,
  type StoredFunction,
  splitQueries,
} from '../src/index.ts';
import { engine, NOW, run, SCHEMA } from './engine.ts';

const fn = (name: string, parameters: string, body: string, rest: Partial<StoredFunction> = {}): StoredFunction => ({
  name,
  parameters,
  body,
  ...rest,
});
const FUNCTIONS = [
  fn('Net', '', "DeviceProcessEvents | where FileName startswith 'net'"),
  fn('OnDevice', "device: string = 'pc1'", 'Net | where DeviceName == device'),
  fn('Marked', "T:(*), key: string = 'FileName'", 'T | extend Mark = toupper(key)', { rowParameters: ['key'] }),
  fn('Loop', '', 'Again()'),
  fn('Again', '', 'Loop()'),
  fn('Broken', '', 'DeviceProcessEvents | where Nothing == 1'),
];
const refusal = (text: string) => {
  const result = compile(text, { schema: SCHEMA, now: NOW, functions: FUNCTIONS });
  return result.ok ? undefined : result.errors[0];
};

describe('saved functions', () => {
  it('are planned in place of the call, with and without parentheses, and call each other', async () => {
    const { rows } = await run('OnDevice() | project FileName', { functions: FUNCTIONS });
    expect(rows).toEqual([['netsh.exe']]);
    const named = await run("OnDevice(device = 'pc3') | project FileName", { functions: FUNCTIONS });
    expect(named.rows).toEqual([['Net.exe']]);
    expect((await run('Net | count', { functions: FUNCTIONS })).rows).toEqual([[2]]);
  });

  it('take a column of the input, or its name, for each row', async () => {
    for (const argument of ['DeviceName', "'DeviceName'"]) {
      const text = `DeviceProcessEvents | where ProcessId == 100 | invoke Marked(${argument}) | project Mark`;
      expect((await run(text, { functions: FUNCTIONS })).rows).toEqual([['PC1']]);
    }
    expect(refusal('DeviceProcessEvents | invoke Marked("DeviceNam")')?.suggestion).toBe('DeviceName');
  });

  it('are refused at the call when they go in circles or are wrong inside', () => {
    expect(refusal('Loop()')).toMatchObject({ code: 'KQL0101', start: 0 });
    expect(refusal('Net | take 1;\nBroken() | take 1')).toMatchObject({ code: 'KS142', line: 2 });
  });

  it('give way to columns of the same name', async () => {
    const { rows } = await run('print Net = 1 | where Net == 1', { functions: FUNCTIONS });
    expect(rows).toEqual([[1]]);
  });
});

describe('watchlists', () => {
  const watchlists = [
    {
      alias: 'devices',
      columns: [{ name: 'SearchKey', type: 'string' as const, sql: 'DeviceName' }],
      physical: '`t`.`DeviceNetworkEvents`',
    },
  ];

  it('are tables by alias', async () => {
    const text = "DeviceProcessEvents | where DeviceName in (_GetWatchlist('devices') | project SearchKey) | count";
    expect((await run(text, { watchlists })).rows).toEqual([[2]]);
  });

  it('say which alias is missing', () => {
    const result = compile("_GetWatchlist('device')", { schema: SCHEMA, now: NOW, watchlists });
    expect(result.ok ? undefined : result.errors[0]).toMatchObject({ code: 'KQL0103', suggestion: 'devices' });
  });
});

describe('externaldata', () => {
  const text = 'externaldata(a: string, n: long)["https://lists.example.org/x.csv"] with (ignoreFirstRecord = true)';

  it('is refused unless the host is allowed', () => {
    const result = compile(text, { schema: SCHEMA, now: NOW });
    expect(result.ok ? undefined : result.errors[0]?.code).toBe('KQL0070');
    const other = compile(text, { schema: SCHEMA, now: NOW, external: { hosts: ['*.example.com'] } });
    expect(other.ok).toBe(false);
  });

  it('names what to fetch and reads the rows that were fetched', async () => {
    const result = compile(text, { schema: SCHEMA, now: NOW, external: { hosts: ['*.example.org'] } });
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    const [table] = result.external ?? [];
    expect(table).toMatchObject({ format: 'csv', urls: ['https://lists.example.org/x.csv'], ignoreFirstRecord: true });
    expect(externalRows(table!, ['a,n\n"x, ""y""",1\r\n\nz,two\n'])).toBe('[["x, \\"y\\"","1"],["z","two"]]');
    const answer = await run(text, { external: { hosts: ['*'] } });
    expect(answer.rows).toEqual([]);
  });

  it('reads lines and JSON', () => {
    const table = (format: string, more: Partial<ExternalTable> = {}): ExternalTable => ({
      param: 'p',
      urls: [],
      format,
      ignoreFirstRecord: false,
      columns: [
        { name: 'a', type: 'string' },
        { name: 'b', type: 'dynamic' },
      ],
      ...more,
    });
    expect(externalRows(table('txt'), ['one\n\ntwo'])).toBe('[["one",""],["two",""]]');
    expect(externalRows(table('multijson'), ['[{"a":1,"b":"t"},{"b":{"c":2}}]'])).toBe(
      '[["1","\\"t\\""],["","{\\"c\\":2}"]]',
    );
    expect(externalRows(table('json'), ['{"a":"x"}\n{"a":"y"}'])).toBe('[["x",""],["y",""]]');
  });
});

describe('texts of several queries', () => {
  it('come apart at blank lines, unless they parse as one', () => {
    expect(splitQueries('let a = 1;\n\nprint a').length).toBe(1);
    expect(splitQueries('// first\nprint 1\n\n// second\nprint 2\n\n| extend b = 1').length).toBe(2);
  });

  it('give a result each', async () => {
    const result = compile('print a = 1\n\nprint b = 2', { schema: SCHEMA, now: NOW });
    expect(result.ok && [result.columns[0]?.name, result.more?.[0]?.columns[0]?.name]).toEqual(['a', 'b']);
  });
});

describe('stored texts and documents', () => {
  const table: KqlTable = {
    name: 'Docs',
    physical: '`t`.`docs`',
    timeColumn: null,
    columns: [
      { name: 'Id', type: 'long' },
      { name: 'Doc', type: 'dynamic' },
      { name: 'Line', type: 'string', terms: true },
    ],
  };
  const schema: KqlSchema = { version: 'docs', tables: [table] };
  const ids = async (text: string) => {
    const { rows } = await run(`Docs | ${text} | project Id | sort by Id asc`, { schema });
    return rows.map((r) => r[0]);
  };

  beforeAll(() => {
    engine().query('CREATE TABLE t.docs (Id Int64, Doc String, Line String) ENGINE = MergeTree ORDER BY Id');
    engine().query(String.raw`INSERT INTO t.docs VALUES
      (1, '{"Kind":"alpha","Score":96,"In":{"Ok":false},"List":[{"N":"x"},{"N":"y"}]}', 'vssadmin delete shadows /All /Quiet'),
      (2, '{"Kind":"\\u0061lpha","Score":"97","In":{"Ok":"false"},"List":[]}', 'delete shadows /ALL /QUIETLY then /all /quiet'),
      (3, '{"Kind":"beta","Note":"alpha","Score":98.5,"List":{"N":"z"}}', 'delete shadows /all /quietly'),
      (4, '["alpha"]', 'über /all /quietü'),
      (5, '', '/all /quiet'),
      (6, '{"Kind":"alpha","Score":3000000000,"List":"x"}', 'a/all /quiet_')`);
  });

  it('find a constant in a property however the document writes its letters', async () => {
    expect(await ids('where Doc.Kind == "alpha"')).toEqual([1, 2, 6]);
    expect(await ids('where Doc.Kind == "alpha" and toint(Doc.Score) > 95')).toEqual([1, 2]);
    expect(await ids('where Doc.Kind == "alpha" or toint(Doc.Score) == 98')).toEqual([1, 2, 3, 6]);
    expect(await ids('where Doc.Kind == "alpha" and tobool(Doc.In.Ok) == false')).toEqual([1, 2]);
    expect(await ids('where not(Doc.Kind == "alpha") and toint(Doc.Score) > 0')).toEqual([3]);
    expect(await ids('where Doc.Kind == "beta" and Doc.Note == "alpha"')).toEqual([3]);
  });

  it('find a phrase by its letters and look at its borders', async () => {
    expect(await ids('where Line has "/All /Quiet"')).toEqual([1, 2, 5, 6]);
    expect(await ids('where Line has "/all /quiet" and Line has_all ("delete", "shadows")')).toEqual([1, 2]);
    expect(await ids('where Line has_cs "/all /quiet"')).toEqual([2, 5, 6]);
    expect(await ids('where Line has "all /quietü"')).toEqual([4]);
    expect(await ids('where Line hasprefix "/all /qui"')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await ids('where Line hassuffix "all /quiet"')).toEqual([1, 2, 5, 6]);
  });

  it('give the elements of a list in a property, the members of a bag, and a value by itself', async () => {
    const { rows } = await run('Docs | mv-expand e = Doc.List | project Id, e | sort by Id asc, tostring(e) asc', {
      schema,
    });
    expect(rows).toEqual([
      [1, { N: 'x' }],
      [1, { N: 'y' }],
      [3, { N: 'z' }],
      [4, null],
      [5, null],
      [6, 'x'],
    ]);
  });
});

describe('texts that read every table', () => {
  const rows = async (text: string) => (await run(text)).rows;

  it('find retired and hidden names, and names that only a part of the tables has', async () => {
    expect(await rows('union * | where ComputerName == "pc1" | count')).toEqual([[4]]);
    expect(await rows('search ComputerName == "pc1" | summarize n = count()')).toEqual([[4]]);
    expect(
      await rows('union * | where TimeGenerated < datetime(2026-03-02) | summarize n = count() by DeviceName'),
    ).toEqual([['pc3', 1]]);
    expect(await rows('union withsource=T * | where RemotePort == 53 | distinct T, DeviceName')).toEqual([
      ['DeviceNetworkEvents', 'pc1'],
    ]);
    expect(await rows('find where RemotePort == 443 project DeviceName')).toEqual([['DeviceNetworkEvents', 'pc1']]);
  });

  it('see the columns that a text does not name where it asks for all of them', async () => {
    const newest = 'union * | where isnotempty(DeviceName) | summarize arg_max(Timestamp, *) | project FileName';
    expect(await rows(newest)).toEqual([['cmd.exe']]);
    expect(
      await rows('union * | where ProcessId == 101 | project p = pack_all() | project f = tostring(p.FileName)'),
    ).toEqual([['cmd.exe']]);
    expect(await rows('union * | where * has "netsh" | count')).toEqual([[1]]);
    expect(await rows('search "netsh" | distinct $table')).toEqual([['DeviceProcessEvents']]);
    expect(await rows('union * | extend f = column_ifexists("FileName", "") | where f == "Net.exe" | count')).toEqual([
      [1],
    ]);
  });
});
