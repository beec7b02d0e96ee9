import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type CompileOptions, compile, createKqlWorker, explain } from '../src/index.ts';
import { NOW, run, SCHEMA } from './engine.ts';

const restrict: CompileOptions['restrict'] = (table) =>
  table.startsWith('Device')
    ? { sql: 'DeviceName = {scope:String}', params: { scope: { type: 'String', value: 'pc1' } } }
    : undefined;
const timeRange = { from: new Date('2026-03-10T00:00:00Z'), to: NOW };

function compiled(text: string, options: Partial<CompileOptions> = {}) {
  const c = compile(text, { schema: SCHEMA, now: NOW, ...options });
  if (!c.ok) throw new Error(JSON.stringify(c.errors));
  return c;
}

describe('row restrictions', () => {
  const everywhere = [
    'DeviceProcessEvents | distinct DeviceName',
    'DeviceNetworkEvents | join kind=inner DeviceProcessEvents on DeviceName | distinct DeviceName',
    'union DeviceNetworkEvents, DeviceProcessEvents | distinct DeviceName',
    'union withsource=T Device* | distinct DeviceName',
    'let all = DeviceProcessEvents | project DeviceName; all | distinct DeviceName',
    'let f = () { DeviceNetworkEvents }; f() | distinct DeviceName',
    'search in (DeviceProcessEvents) "pc1" or "pc2" or "pc3" | distinct DeviceName',
    'print DeviceName = toscalar(DeviceNetworkEvents | summarize max(DeviceName))',
    'DeviceProcessEvents | where DeviceName in ((DeviceNetworkEvents | project DeviceName)) | distinct DeviceName',
    'table("DeviceProcessEvents") | distinct DeviceName',
    'ProcessCreationEvents | distinct ComputerName',
    'DeviceProcessEvents | as X | union DeviceNetworkEvents, X | distinct DeviceName',
  ];
  for (const text of everywhere) {
    it(text, async () => {
      expect((await run(text, { restrict })).rows).toEqual([['pc1']]);
    });
  }

  it('holds on every table read of the statement', () => {
    const { sql } = compiled(
      'DeviceNetworkEvents | join kind=leftanti (DeviceProcessEvents | where DeviceName in ((DeviceNetworkEvents | project DeviceName))) on DeviceName',
      { restrict },
    );
    expect(sql.match(/\{scope:String\}/g)).toHaveLength(3);
  });
});

describe('time range', () => {
  it('applies to every table the text does not filter itself', async () => {
    expect((await run('DeviceProcessEvents | count', { timeRange })).rows).toEqual([[2]]);
    expect((await run('union DeviceProcessEvents, DeviceNetworkEvents | count', { timeRange })).rows).toEqual([[5]]);
    expect(
      (await run('let a = DeviceProcessEvents; a | join kind=inner a on FileName | count', { timeRange })).rows,
    ).toEqual([[2]]);
  });

  it('gives way to the text', async () => {
    const text = 'DeviceProcessEvents | where Timestamp > ago(30d) | count';
    expect((await run(text, { timeRange })).rows).toEqual([[4]]);
    expect(compiled(text).filtersTime).toBe(true);
    expect(compiled('DeviceProcessEvents | where TimeGenerated between (ago(30d) .. now())').filtersTime).toBe(true);
    expect(compiled('DeviceProcessEvents | project FileName').filtersTime).toBe(false);
  });

  it('gives way only for the table that is filtered', async () => {
    const text =
      'DeviceProcessEvents | where Timestamp > ago(30d) | project DeviceName | union (DeviceNetworkEvents | project DeviceName) | count';
    const narrow = { from: new Date('2026-03-10T09:02:30Z'), to: NOW };
    expect((await run(text, { timeRange: narrow })).rows).toEqual([[5]]);
  });

  it('puts constants beside the stored column, so that the primary key is used', () => {
    const { sql } = compiled('let since = ago(1d); DeviceProcessEvents | where Timestamp > since | summarize count()');
    expect(sql).toContain("`Timestamp` > toDateTime64('2026-03-09 12:00:00.0000000', 7, 'UTC')");
  });
});

describe('results', () => {
  it('asks for one row more than the cap', async () => {
    expect((await run('range x from 1 to 100 step 1 | sort by x desc', { maxRows: 3 })).rows).toEqual([
      [100],
      [99],
      [98],
      [97],
    ]);
  });

  it('reads only the columns it needs', () => {
    const { sql } = compiled('DeviceProcessEvents | where FileName == "x" | project DeviceName');
    expect(sql).not.toContain('ProcessCommandLine');
    expect(sql).not.toContain('AdditionalFields');
  });

  it('says what a continuous rule may use', () => {
    expect(
      compiled('DeviceProcessEvents | where FileName has "x" | extend y = tolower(FileName) | project y').rowWise,
    ).toBe(true);
    expect(
      compiled('let n = "x"; DeviceProcessEvents // note\n| where FileName has n | parse FileName with a "." b')
        .rowWise,
    ).toBe(true);
    for (const text of [
      'DeviceProcessEvents | summarize count()',
      'DeviceProcessEvents | take 5',
      'DeviceProcessEvents | join DeviceNetworkEvents on DeviceName',
      'DeviceProcessEvents | where DeviceName in ((DeviceNetworkEvents | project DeviceName))',
      'DeviceProcessEvents | mv-expand AdditionalFields.tags',
    ]) {
      expect(compiled(text).rowWise, text).toBe(false);
    }
  });

  it('names tables, types and the chart', () => {
    const c = compiled(
      'ProcessCreationEvents | summarize n = count() by bin(Timestamp, 1h) | render timechart with (title="T")',
    );
    expect(c.tables).toEqual(['DeviceProcessEvents']);
    expect(c.columns).toEqual([
      { name: 'Timestamp', type: 'datetime' },
      { name: 'n', type: 'long' },
    ]);
    expect(c.render).toEqual({ visualization: 'timechart', properties: { title: 'T' } });
    expect(JSON.parse(JSON.stringify(c.plan))).toEqual(c.plan);
  });

  it('hides hidden columns from stars', () => {
    expect(compiled('DeviceProcessEvents').columns.map((c) => c.name)).not.toContain('TimeGenerated');
    expect(compiled('DeviceProcessEvents | project TimeGenerated').columns).toEqual([
      { name: 'TimeGenerated', type: 'datetime' },
    ]);
  });

  it('extracts all static properties with one parse', () => {
    const { sql } = compiled(
      'source | extend e = todynamic(RawEventData) | where tostring(e.a) == "1" | project b = tostring(e.b), c = toint(e.c.d), f = tolong(e.c.f)',
    );
    expect(sql.match(/JSONExtract/g)).toHaveLength(1);
  });

  it('prints each stage', () => {
    const options = { schema: SCHEMA, now: NOW };
    expect(explain('print 1', options, 'syntax')).toContain('PrintOperator');
    expect(explain('print 1', options, 'plan')).toContain('"rows"');
    expect(explain('print 1', options, 'sql')).toContain('SELECT');
  });
});

describe('worker', () => {
  const worker = createKqlWorker();
  afterAll(() => worker.close());

  it('compiles off the event loop, with restrictions as data', async () => {
    const restrictions = {
      DeviceProcessEvents: { sql: 'DeviceName = {scope:String}', params: { scope: { type: 'String', value: 'pc1' } } },
    };
    const [a, b] = await Promise.all([
      worker.compile('DeviceProcessEvents | count', SCHEMA, { now: NOW, restrictions }),
      worker.compile('Nope | count', SCHEMA, { now: NOW }),
    ]);
    expect(a).toEqual(
      compile('DeviceProcessEvents | count', {
        schema: SCHEMA,
        now: NOW,
        restrict: (t) => (t === 'DeviceProcessEvents' ? restrictions.DeviceProcessEvents : undefined),
      }),
    );
    expect(b.ok).toBe(false);
  });
});

describe('the example of the README', () => {
  it('answers its question', () => {
    const file = fileURLToPath(new URL('../examples/embed.ts', import.meta.url));
    const printed = execFileSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual({
      columns: ['Ip', 'Slot', 'Failed', 'Agents'],
      rows: [
        ['192.0.2.7', '2026-03-01T10:00:00.0000000Z', 0, ['curl']],
        ['192.0.2.9', '2026-03-01T10:00:00.0000000Z', 1, ['python']],
        ['192.0.2.9', '2026-03-01T10:05:00.0000000Z', 1, ['python']],
      ],
    });
  }, 180_000);
});
