import { describe, expect, it } from 'vitest';
import { compile, type ExternalTable, externalRows, type StoredFunction, splitQueries } from '../src/index.ts';
import { NOW, run, SCHEMA } from './engine.ts';

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
