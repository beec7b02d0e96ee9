import { describe, expect, it } from 'vitest';
import { type CompileOptions, compile, type KqlDiagnostic } from '../src/index.ts';
import { NOW, run, SCHEMA } from './engine.ts';

function problems(text: string, options: Partial<CompileOptions> = {}): readonly KqlDiagnostic[] {
  const result = compile(text, { schema: SCHEMA, now: NOW, ...options });
  if (result.ok) throw new Error('This text should not compile.');
  return result.errors;
}

function compiled(text: string, options: Partial<CompileOptions> = {}) {
  const result = compile(text, { schema: SCHEMA, now: NOW, ...options });
  if (!result.ok) throw new Error(result.errors.map((e) => e.message).join('\n'));
  return result;
}

/** Where the squiggle must be is marked by «…». */
const refused: readonly [string, string][] = [
  ['KQL0040', '«declare pattern App = (a:string)[b:string] { ("x").["y"] = { DeviceProcessEvents }; }»; App("x").y'],
  ['KQL0043', '«macro-expand» entity_group [cluster("a").database("b")] as X (X.T | count)'],
  ['KQL0045', 'restrict access to (DeviceProcessEvents); «DeviceNetworkEvents» | count'],
  ['KQL0045', 'restrict access to (DeviceProcessEvents); table(«"DeviceNetworkEvents"») | count'],
  ['KQL0048', 'declare query_parameters(«n:long»); print n'],
  ['KQL0050', 'DeviceProcessEvents | take «-1»'],
  ['KQL0056', 'DeviceProcessEvents | top-nested 2 of DeviceName by «arg_max(ProcessId, *)»'],
  ['KQL0057', 'DeviceProcessEvents | project-by-names «tostring(rand())»'],
  [
    'KQL0064',
    'let V = view () { print RemotePort = "x" }; find in (DeviceNetworkEvents, V) where "x" project «RemotePort»',
  ],
  ['KQL0065', 'DeviceProcessEvents | «fork» (count) (take 1) | count'],
  ['KQL0067', 'DeviceProcessEvents | sort by FileName «granny-asc»'],
  [
    'KQL0081',
    'DeviceProcessEvents | «partition by DeviceName (join kind=fullouter DeviceNetworkEvents on DeviceName)»',
  ],
  ['KQL0091', "DeviceProcessEvents | «parse-kv FileName as (a:string) with (pair_delimiter=',')»"],
];

describe('refusals', () => {
  for (const [code, marked] of refused) {
    it(`${code} ${marked.slice(0, 60)}`, () => {
      const start = marked.indexOf('«');
      const length = marked.indexOf('»') - start - 1;
      const [error] = problems(marked.replace('«', '').replace('»', ''));
      expect(error).toMatchObject({ start, length });
      expect(error!.code).toBe(code);
    });
  }

  it('tells several problems at once, each once and in order', () => {
    const found = problems(
      [
        'let a = DeviceProcessEvents | take -1;',
        'let f = (t: (FileName: string)) { t | sort by FileName granny-asc };',
        'union a, f(DeviceProcessEvents), f(a) | top -2 by FileName | take -3',
      ].join('\n'),
    );
    expect(found.map((e) => [e.code, e.line])).toEqual([
      ['KQL0050', 1],
      ['KQL0067', 2],
      ['KQL0050', 3],
      ['KQL0050', 3],
    ]);
  });
});

describe('statements', () => {
  it('takes query parameters from the caller, as text, and from defaults', async () => {
    const text = `declare query_parameters(n:long = 5, s:string, at:datetime = datetime(2020-01-01), d:dynamic);
      print n, s, at, d`;
    const parameters = { s: "it's; drop", d: '{"a": [1]}', n: 'long(7)' };
    const answer = await run(text, { parameters });
    expect(answer.rows).toEqual([[7, "it's; drop", '2020-01-01T00:00:00.0000000Z', { a: [1] }]]);
    expect(answer.sql).not.toContain('drop');
  });

  it('warns about what has no effect or no data, and goes on', () => {
    const { warnings } = compiled(
      'set foo = 1; set notruncation; union DeviceNetworkEvents, workspace("w").DeviceNetworkEvents',
    );
    expect(warnings.map((w) => w.code)).toEqual(['KQL0047', 'KQL0073']);
  });

  it('hides from wildcards what restrict does not name', () => {
    const { tables } = compiled('restrict access to (DeviceProcess*); union Device* | count');
    expect(tables).toEqual(['DeviceProcessEvents']);
  });

  it('lets a view read what the text itself may not', () => {
    const text = 'let v = view () { DeviceNetworkEvents | take 1 }; restrict access to (v); union * | count';
    expect(compiled(text).tables).toEqual(['DeviceNetworkEvents']);
  });

  it('gives the tables of fork and facet one after the other', () => {
    const forked = compiled('DeviceProcessEvents | fork (count) (take 1 | as Sample) named=(distinct FileName)');
    expect(forked.columns.map((c) => c.name)).toEqual(['Count']);
    expect(forked.more?.map((m) => m.name)).toEqual(['Sample', 'named']);
    const facets = compiled('DeviceProcessEvents | facet by DeviceName, FileName with (count)');
    expect([facets, ...facets.more!].map((t) => t.columns.map((c) => c.name))).toEqual([
      ['Count'],
      ['DeviceName', 'count_DeviceName'],
      ['FileName', 'count_FileName'],
    ]);
  });

  it('refuses a union that would be too wide to read', () => {
    const many = Array.from({ length: 600 }, (_, i) => ({
      name: `T${i}`,
      physical: `t.T${i}`,
      timeColumn: null,
      columns: [{ name: `c${i}`, type: 'string' as const }],
    }));
    const schema = { version: 'wide', tables: many };
    const started = performance.now();
    const [error] = problems('search "x"', { schema });
    expect(error!.code).toBe('KQL0066');
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(compile('search "x" | summarize count() by $table', { schema, now: NOW }).ok).toBe(true);
  });
});
