import { describe, expect, it } from 'vitest';
import { compile, type DataScope, mergeScopes, scopedSchema } from '../src/index.ts';
import { NOW, run, SCHEMA } from './engine.ts';

/** One device's rows; the column that decides is itself hidden. */
const scope: DataScope = {
  hiddenTables: ['source'],
  hiddenColumns: { '*': ['ProcessCommandLine'], AzureDiagnostics: ['Category'] },
  rows: {
    DeviceProcessEvents: { column: 'DeviceName', in: ['pc1'] },
    DeviceNetworkEvents: { all: [{ column: 'DeviceName', in: ['pc1'] }, { not: { column: 'RemotePort', in: [53] } }] },
  },
};
const blind: DataScope = { ...scope, hiddenColumns: { '*': ['DeviceName'] } };

const codes = (text: string, given: DataScope = scope): string[] => {
  const result = compile(text, { schema: SCHEMA, now: NOW, scope: given });
  return result.ok ? [] : result.errors.map((error) => error.code);
};

describe('rows', () => {
  const onePc = [
    'DeviceProcessEvents | distinct DeviceName',
    'DeviceNetworkEvents | join kind=inner DeviceProcessEvents on DeviceName | distinct DeviceName',
    'DeviceNetworkEvents | join kind=fullouter DeviceProcessEvents on DeviceName | distinct DeviceName',
    'DeviceNetworkEvents | lookup kind=leftouter DeviceProcessEvents on DeviceName | distinct DeviceName',
    'union DeviceNetworkEvents, DeviceProcessEvents | distinct DeviceName',
    'union withsource=T Device* | distinct DeviceName',
    'union isfuzzy=true Device*, Nowhere | distinct DeviceName',
    'search "pc*" | distinct DeviceName',
    'search in (Device*) DeviceName startswith "pc" | distinct DeviceName',
    'find in (DeviceProcessEvents, DeviceNetworkEvents) where DeviceName startswith "pc" project DeviceName | distinct DeviceName',
    'let m = materialize(DeviceProcessEvents); union m, (m | where ProcessId > 0) | distinct DeviceName',
    'let f = (T:(DeviceName:string)) { T | distinct DeviceName }; f(DeviceNetworkEvents)',
    'print DeviceName = toscalar(DeviceNetworkEvents | summarize max(DeviceName))',
    'DeviceProcessEvents | where DeviceName in ((DeviceNetworkEvents | project DeviceName)) | distinct DeviceName',
    'table("DeviceProcessEvents") | distinct DeviceName',
    'ProcessCreationEvents | distinct ComputerName',
    'DeviceProcessEvents | partition by DeviceName (take 5) | distinct DeviceName',
    'DeviceProcessEvents | mv-apply t = AdditionalFields.tags on (take 1) | distinct DeviceName',
    'DeviceProcessEvents | make-graph DeviceName --> FileName with DeviceNetworkEvents on DeviceName | graph-match (a)-[e]->(b) project n = e.DeviceName | distinct n',
  ];
  for (const text of onePc)
    it(text, async () => {
      expect((await run(text, { scope })).rows).toEqual([['pc1']]);
    });

  it('are limited by a column the caller cannot see, and a null is no match', async () => {
    expect((await run('DeviceProcessEvents | count', { scope: blind })).rows).toEqual([[2]]);
    expect((await run('DeviceNetworkEvents | count', { scope: blind })).rows).toEqual([[1]]);
    const none: DataScope = {
      rows: { DeviceProcessEvents: { any: [] }, DeviceNetworkEvents: { column: 'RemotePort', in: [] } },
    };
    expect((await run('union Device* | count', { scope: none })).rows).toEqual([[0]]);
  });

  it('stand in the plan as data, with values bound', () => {
    const result = compile('DeviceProcessEvents | count', { schema: SCHEMA, now: NOW, scope });
    if (!result.ok) throw new Error('does not compile');
    expect(JSON.stringify(result.plan)).toContain('"scope":{');
    expect(result.sql).not.toContain('pc1');
    expect(Object.values(result.params).map((param) => param.value)).toContain('pc1');
  });
});

describe('columns', () => {
  it('that are hidden do not exist under any name', async () => {
    expect(codes('DeviceProcessEvents | project ProcessCommandLine')).toEqual(['KS142']);
    expect(codes('DeviceProcessEvents | where DeviceName == "pc1"', blind)).toEqual(['KS142']);
    expect(codes('DeviceProcessEvents | project ComputerName', blind)).toEqual(['KS142']);
    expect(codes("DeviceProcessEvents | project ['ProcessCommandLine']")).toEqual(['KS142']);
    expect((await run('DeviceProcessEvents', { scope })).columns.map((column) => column.name)).not.toContain(
      'ProcessCommandLine',
    );
    // Nor where names are read out of values.
    for (const text of [
      'DeviceProcessEvents | extend x = column_ifexists("DeviceName", "none") | distinct x',
      'DeviceProcessEvents | extend x = column_ifexists("DeviceName$1", "none") | distinct x',
      'DeviceProcessEvents | extend x = tostring(pack_all().DeviceName) | extend x = iff(x == "", "none", x) | distinct x',
      'DeviceProcessEvents | getschema | where ColumnName == "DeviceName" | count | project x = iff(Count == 0, "none", "there")',
    ])
      expect((await run(text, { scope: blind })).rows, text).toEqual([['none']]);
    expect(
      (
        await run('search "netsh" | count', {
          scope: { ...scope, hiddenColumns: { '*': ['ProcessCommandLine', 'FileName'] } },
        })
      ).rows,
    ).toEqual([[0]]);
    // In an open table an unknown column is empty, and so is a hidden one.
    expect((await run('AzureDiagnostics | project Category', { scope })).rows).toEqual([['']]);
  });

  it('take their other names with them', () => {
    const { tables } = scopedSchema(SCHEMA, { hiddenColumns: { DeviceProcessEvents: ['TimeGenerated'] } });
    expect(tables[0]?.columns.map((column) => column.name)).not.toContain('Timestamp');
    expect(tables[1]?.columns.map((column) => column.name)).toContain('Timestamp');
  });
});

describe('tables', () => {
  it('that are hidden do not exist, in no wildcard and no suggestion', async () => {
    expect(codes('source | count')).not.toEqual([]);
    expect(codes('table("source") | count')).not.toEqual([]);
    expect(codes("['source'] | count")).not.toEqual([]);
    expect(codes('let a = sourc; a')).not.toEqual([]);
    const near = compile('sourcee | count', { schema: SCHEMA, now: NOW, scope });
    expect(JSON.stringify(near)).not.toContain('source"');
    expect((await run('search "Security" | count', { scope })).rows).toEqual([[0]]);
    expect(
      (await run('union * | count', { scope: { ...scope, rows: {}, tables: ['DeviceNetworkEvents'] } })).rows,
    ).toEqual([[3]]);
  });

  it('of the engine are out of reach by any spelling', () => {
    for (const name of [
      'system.tables',
      "['system.tables']",
      "['`system`.`tables`']",
      "['t.source']",
      "['x`y']",
      'table("system.tables")',
      'table("`t`.`source`")',
      'table("t.source")',
      "file('/etc/passwd')",
      "url('http://localhost')",
      'numbers(10)',
      "['(SELECT 1)']",
      'database("system").tables',
      'database("system").table("tables")',
      'cluster("c").database("t").source',
      'external_table("system.tables")',
      'materialized_view("system.tables")',
    ]) {
      const result = compile(`${name} | take 1`, { schema: SCHEMA, now: NOW, scope });
      // Data held elsewhere is an empty table; anything else is refused.
      if (result.ok) expect(result.sql, name).not.toMatch(/system`?\.`?tables|`t`\.|numbers\(|file\(|url\(/);
    }
  });
});

describe('two scopes together', () => {
  it('hide what either hides', async () => {
    const both = mergeScopes(scope, {
      tables: ['DeviceProcessEvents', 'source'],
      rows: { DeviceProcessEvents: { column: 'ProcessId', in: [101, 103] } },
    });
    expect((await run('union * | project DeviceName, ProcessId', { scope: both })).rows).toEqual([['pc1', 101]]);
  });
});
