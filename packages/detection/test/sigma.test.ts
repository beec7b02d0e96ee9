import { fileURLToPath } from 'node:url';
import { convertRow, KQL_RESULT_SETTINGS } from '@parapet/kql';
import { loadHuntingSchema } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertSigma, documentText, loadPipelines, type SigmaResult } from '../src/sigma/index.ts';
import { openTestEngine } from './harness.ts';
import { SIGMA_CASES, type SigmaCase } from './sigma-cases.ts';

const pipelines = loadPipelines(fileURLToPath(new URL('../../../content/sigma', import.meta.url)));
const uuid = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
let engine: Awaited<ReturnType<typeof openTestEngine>>;

beforeAll(async () => {
  engine = await openTestEngine();
});
afterAll(() => engine?.close());

const ruleText = ({ name, logsource, detection }: SigmaCase, index: number): string =>
  `title: '${index} ${name.replaceAll("'", "''")}'\nid: ${uuid(index)}\nlevel: high\nlogsource: ${logsource}\ndetection:\n  ${detection.replaceAll('\n', '\n  ')}\n`;

const convert = async (...texts: string[]): Promise<readonly SigmaResult[]> =>
  (
    await convertSigma(
      texts.map((text, index) => ({ name: `${index}.yml`, text })),
      { pipelines },
    )
  ).results;

/** A rule about command lines, with more keys. */
const simple = (index: number, more = '', detection = 'sel: { CommandLine: x }\n  condition: sel'): string =>
  `title: rule ${index}\nid: ${uuid(index)}\nlogsource: { product: windows, category: process_creation }\ndetection:\n  ${detection}\n${more}`;

/** A text column of the table that no rule looks at. */
const markerOf = (table: string): string =>
  ['TenantId', 'SourceSystem', 'SourceComputerId', 'Category'].find((name) =>
    loadHuntingSchema()
      .byName.get(table)
      ?.columns.some((column) => column.name === name),
  ) ?? '';

async function run(query: string): Promise<Record<string, unknown>[]> {
  const compiled = await engine.hunting.compile(query);
  if (!compiled.ok) throw new Error(`${compiled.errors[0]?.message}\n${query}`);
  const result = await engine.store.query(compiled.sql, { params: compiled.params, settings: KQL_RESULT_SETTINGS });
  return result.rows.map((cells) => {
    const values = convertRow(cells, compiled.columns);
    return Object.fromEntries(compiled.columns.map((column, index) => [column.name, values[index]]));
  });
}

describe('the meaning of translated rules', () => {
  it('is that of Sigma: each of the rules finds exactly its rows', async () => {
    expect(SIGMA_CASES.length).toBeGreaterThanOrEqual(100);
    const results = await convert(...SIGMA_CASES.map(ruleText));
    const byTable = new Map<string, Record<string, unknown>[]>();
    for (const [index, { table, hits, misses }] of SIGMA_CASES.entries())
      for (const [number, row] of [...hits, ...misses].entries()) {
        const time = loadHuntingSchema().byName.get(table)?.timeColumn ?? 'Timestamp';
        const defaults =
          table === 'DeviceProcessEvents'
            ? { ActionType: 'ProcessCreated', FolderPath: 'C:\\Windows\\some.exe', FileName: 'some.exe' }
            : {};
        byTable.set(table, [
          ...(byTable.get(table) ?? []),
          {
            [time]: '2020-01-01T00:00:00Z',
            ...defaults,
            ...row,
            [markerOf(table)]: `${index}:${number < hits.length ? 'hit' : 'miss'}:${number}`,
          },
        ]);
      }
    for (const [table, rows] of byTable) await engine.store.insertRows(table, rows);
    const wrong: string[] = [];
    for (const [index, { name, table, hits }] of SIGMA_CASES.entries()) {
      const result = results[index] as SigmaResult;
      if (!result.rule) {
        wrong.push(`${name}: ${result.reasons.join('; ')}`);
        continue;
      }
      const rows = await run(
        `${result.rule.query}\n| where ${markerOf(table)} startswith "${index}:"\n| project Marker = ${markerOf(table)}`,
      );
      const found = rows.map(({ Marker }) => String(Marker).replace(/^\d+:/, '')).sort();
      const expected = hits.map((_, number) => `hit:${number}`).sort();
      if (found.join() !== expected.join()) wrong.push(`${name}: found ${found.join(', ')}\n${result.rule.query}`);
    }
    expect(wrong).toEqual([]);
  });

  it('keeps a rule row-wise, so that it runs on every arriving batch', async () => {
    const results = await convert(...SIGMA_CASES.map(ruleText));
    for (const result of results) {
      const compiled = await engine.hunting.compile(result.rule?.query ?? '');
      expect(compiled.ok && compiled.rowWise, result.title).toBe(true);
    }
  });
});

describe('correlations', () => {
  const failed = simple(
    900,
    'name: failed_logon\n',
    'sel: { CommandLine|startswith: logon-failed }\n  condition: sel',
  ).replace('rule 900', 'failed');
  const correlation = (index: number, body: string): string =>
    `title: correlation ${index}\nid: ${uuid(index)}\nlevel: high\ncorrelation:\n  ${body.replaceAll('\n', '\n  ')}\n`;
  const rows = (list: readonly [time: string, command: string, account: string][]): Record<string, unknown>[] =>
    list.map(([time, ProcessCommandLine, AccountName], index) => ({
      Timestamp: time,
      ReportId: index + 1,
      DeviceId: 'd',
      ActionType: 'ProcessCreated',
      FolderPath: 'C:\\a.exe',
      ProcessCommandLine,
      AccountName,
      AccountDomain: 'corp',
    }));
  const alertsOf = async (texts: string[]): Promise<Record<string, unknown>[]> => {
    const result = (await convert(...texts)).find(({ kind }) => kind === 'correlation');
    if (!result?.rule) throw new Error(result?.reasons.join('; '));
    expect(result.rule.kind).toBe('scheduled');
    return run(result.rule.query);
  };

  it('event_count fires once across the edge of an hour, and not for events that are too far apart', async () => {
    await engine.store.insertRows('DeviceProcessEvents', [
      ...rows(
        ['09:56', '09:58', '09:59', '10:01', '10:04'].map((at) => [`2021-01-01T${at}:00Z`, 'logon-failed', 'ada']),
      ),
      ...rows(
        ['09:00', '09:09', '09:18', '09:27', '09:36'].map((at) => [`2021-01-01T${at}:00Z`, 'logon-failed', 'bob']),
      ),
    ]);
    const found = await alertsOf([
      failed,
      correlation(
        901,
        'type: event_count\nrules: [failed_logon]\ngroup-by: [User]\ntimespan: 10m\ncondition: { gte: 5 }',
      ),
    ]);
    expect(found.map((row) => [row.Group1_User, row.EventCount, row.FirstActivity, row.LastActivity])).toEqual([
      ['corp\\ada', 5n, '2021-01-01T09:56:00.0000000Z', '2021-01-01T10:04:00.0000000Z'].map((value) =>
        typeof value === 'bigint' ? (typeof found[0]?.EventCount === 'number' ? Number(value) : value) : value,
      ),
    ]);
  });

  it('value_count counts different values, value_sum adds them up', async () => {
    await engine.store.insertRows('DeviceProcessEvents', [
      ...rows([
        ['2021-02-01T09:00:00Z', 'spray 1', 'ada'],
        ['2021-02-01T09:01:00Z', 'spray 1', 'ada'],
        ['2021-02-01T09:02:00Z', 'spray 2', 'ada'],
      ]),
      ...rows([
        ['2021-02-01T09:00:00Z', 'spray 1', 'bob'],
        ['2021-02-01T09:01:00Z', 'spray 2', 'bob'],
        ['2021-02-01T09:02:00Z', 'spray 3', 'bob'],
      ]),
      ...rows([
        ['2021-02-01T09:00:00Z', 'spray 1', 'eve'],
        ['2021-02-01T09:01:00Z', 'spray 2', 'eve'],
        ['2021-02-01T09:30:00Z', 'spray 3', 'eve'],
      ]),
    ]);
    const base = simple(902, 'name: spray\n', 'sel: { CommandLine|startswith: spray }\n  condition: sel');
    const distinct = await alertsOf([
      base,
      correlation(
        903,
        'type: value_count\nrules: [spray]\ngroup-by: [User]\ntimespan: 5m\ncondition: { field: CommandLine, gte: 3 }',
      ),
    ]);
    expect(distinct.map((row) => row.Group1_User)).toEqual(['corp\\bob']);
    await engine.store.insertRows(
      'DeviceProcessEvents',
      rows([
        ['2021-02-02T09:00:00Z', '40', 'sum'],
        ['2021-02-02T09:01:00Z', '70', 'sum'],
        ['2021-02-02T09:00:00Z', '40', 'less'],
      ]),
    );
    const numbers = simple(904, 'name: numbers\n', "sel: { CommandLine|re: '^[0-9]+$' }\n  condition: sel");
    const sums = await alertsOf([
      numbers,
      correlation(
        905,
        'type: value_sum\nrules: [numbers]\ngroup-by: [User]\ntimespan: 5m\ncondition: { field: CommandLine, gt: 100 }',
      ),
    ]);
    expect(sums.map((row) => row.Group1_User)).toEqual(['corp\\sum']);
  });

  it('temporal wants every rule, temporal_ordered their order, with fields of different names under one alias', async () => {
    await engine.store.insertRows(
      'DeviceProcessEvents',
      rows([
        ['2021-03-01T09:00:00Z', 'step-one', 'ada'],
        ['2021-03-01T09:03:00Z', 'step-two', 'ada'],
        ['2021-03-01T09:00:00Z', 'step-two', 'bob'],
        ['2021-03-01T09:03:00Z', 'step-one', 'bob'],
        ['2021-03-01T09:00:00Z', 'step-one', 'eve'],
        ['2021-03-01T10:00:00Z', 'step-two', 'eve'],
      ]),
    );
    await engine.store.insertRows('DeviceFileEvents', [
      {
        Timestamp: '2021-03-01T09:02:00Z',
        ReportId: 77,
        DeviceId: 'd',
        ActionType: 'FileCreated',
        FolderPath: 'C:\\step-file',
        FileName: 'step-file',
        InitiatingProcessAccountName: 'ada',
        InitiatingProcessAccountDomain: 'corp',
      },
    ]);
    const one = simple(906, 'name: one\n', 'sel: { CommandLine: step-one }\n  condition: sel');
    const two = simple(907, 'name: two\n', 'sel: { CommandLine: step-two }\n  condition: sel');
    const file = simple(
      908,
      'name: file\n',
      "sel: { TargetFilename|endswith: '\\step-file' }\n  condition: sel",
    ).replace('process_creation', 'file_event');
    const users = (found: Record<string, unknown>[]): unknown[] =>
      found.map((row) => row.Group1_User ?? row.Group1_who).sort();
    expect(
      users(
        await alertsOf([
          one,
          two,
          correlation(909, 'type: temporal\nrules: [one, two]\ngroup-by: [User]\ntimespan: 5m'),
        ]),
      ),
    ).toEqual(['corp\\ada', 'corp\\bob']);
    expect(
      users(
        await alertsOf([
          one,
          two,
          correlation(910, 'type: temporal_ordered\nrules: [one, two]\ngroup-by: [User]\ntimespan: 5m'),
        ]),
      ),
    ).toEqual(['corp\\ada']);
    const across = await alertsOf([
      one,
      file,
      two,
      correlation(
        911,
        'type: temporal_ordered\nrules: [one, file, two]\ngroup-by: [who]\ntimespan: 5m\naliases:\n  who: { one: User, file: User, two: User }',
      ),
    ]);
    expect(users(across)).toEqual(['corp\\ada']);
  });

  it('keeps the rules it names from alerting twice, unless it says generate', async () => {
    const body = 'type: event_count\nrules: [failed_logon]\ngroup-by: [User]\ntimespan: 10m\ncondition: { gte: 5 }';
    expect((await convert(failed, correlation(912, body)))[0]?.rule).toBeUndefined();
    expect((await convert(failed, correlation(912, `${body}\ngenerate: true`)))[0]?.rule).toBeDefined();
  });
});

describe('documents', () => {
  it('become rules that keep id, level, tags, false positives', async () => {
    const [result] = await convert(
      simple(
        1,
        'level: critical\ndescription: What happens\nauthor: Ada\nfalsepositives: [Admins]\ntags: [attack.execution, attack.t1059.001, attack.persistence, cve.2021-44228]\n',
      ),
    );
    expect(result?.rule).toMatchObject({
      id: uuid(1),
      title: 'rule 1',
      severity: 'high',
      category: 'Persistence',
      techniques: ['T1059.001'],
      falsePositives: ['Admins'],
      kind: 'continuous',
    });
    expect(documentText(result?.rule as never)).toContain('query: |');
    expect(result?.source).toContain('title: rule 1');
  });

  it('of one file share what a global document says; filters exclude', async () => {
    const global = `action: global\nlevel: low\nlogsource: { product: windows, category: process_creation }\n---\ntitle: a\nid: ${uuid(2)}\ndetection: { sel: { CommandLine: a }, condition: sel }\n---\ntitle: b\nid: ${uuid(3)}\nlevel: high\ndetection: { sel: { CommandLine: b }, condition: sel }\n`;
    const filter = `title: not for us\nid: ${uuid(4)}\nlogsource: { product: windows, category: process_creation }\nfilter:\n  rules: [${uuid(2)}]\n  sel: { User|startswith: 'CORP\\svc' }\n  condition: not sel\n`;
    const results = await convert(global, filter);
    expect(results.map(({ title, status, rule }) => [title, status, rule?.severity])).toEqual([
      ['a', 'translated', 'low'],
      ['b', 'translated', 'high'],
      ['not for us', 'translated', undefined],
    ]);
    expect(results[0]?.rule?.query).toContain('not(');
    expect(results[1]?.rule?.query).not.toContain('not(');
  });

  it('that are wrong are refused one by one, and the batch goes on', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
      .join('\n')}\n`;
    const cases: [string, RegExp][] = [
      [simple(10, '', 'sel: { CommandLine|nonsense: x }\n  condition: sel'), /modifier "nonsense" is not known/],
      [simple(11, '', 'sel: { CommandLine: x }'), /no condition/],
      [simple(12, '', 'sel: { CommandLine: x }\n  condition: sel and other'), /no such selection/],
      [simple(13, '', 'sel: { CommandLine|re: "(?=x)y" }\n  condition: sel'), /RE2/],
      [simple(14, '', "sel: { CommandLine|re: '(a)\\1' }\n  condition: sel"), /back reference/],
      [simple(15, '', 'sel: { CommandLine: x }\n  condition: (sel'), /parenthesis/],
      [simple(16, '', 'sel: { CommandLine: x }\n  condition: 1 of other*'), /no selection has such a name/],
      [simple(17, '', 'sel: { CommandLine: x }\n  condition: sel | count() > 5'), /correlation document/],
      [simple(18, '', "sel: { CommandLine|expand: '%admins%' }\n  condition: sel"), /%admins% has no values/],
      [
        simple(19, '', 'sel: { NoSuchField: x }\n  condition: sel').replace('process_creation', 'wmi_event'),
        /no column for NoSuchField/,
      ],
      [simple(20).replace('process_creation', 'unheard_of'), /no table holds the log source windows\/unheard_of/],
      [simple(21, 'level: enormous\n'), /level "enormous"/],
      [simple(22).replace(/^title.*\n/, ''), /no title/],
      [simple(23).replace(uuid(23), '23'), /not a UUID/],
      [simple(24).replace(/^detection[\s\S]*/m, ''), /no "detection"/],
      [`title: 'open\nid: ${uuid(25)}\n`, /YAML is not valid/],
      [bomb, /YAML is refused/],
      [`title: big\n# ${'x'.repeat(5_000_000)}\n`, /larger than 1 MB/],
      ['- just\n- a list\n', /mapping/],
      ['', /empty/],
      [simple(26, '', 'sel: { DestinationIp|cidr: 300.1.1.1/8 }\n  condition: sel'), /not a network/],
    ];
    const good = simple(99);
    const results = await convert(...cases.map(([text]) => text), good, good.replace('rule 99', 'again'));
    for (const [index, [, expected]] of cases.entries()) {
      expect(results[index]?.status, results[index]?.title).toBe('refused');
      expect(results[index]?.reasons.join()).toMatch(expected);
    }
    expect(results.at(-2)?.status).toBe('translated');
    expect(results.at(-1)).toMatchObject({ status: 'refused', reasons: ['the id is the same as that of 21.yml'] });
  });

  it('quote whatever a rule says', async () => {
    const hostile = `sel:\n    '"]) ; take 1 //|contains': 'x"); print 1 //'\n  condition: sel`;
    const [result] = await convert(simple(30, '', hostile).replace('category: process_creation', 'service: system'));
    const compiled = await engine.hunting.compile(result?.rule?.query ?? '');
    expect(compiled.ok && compiled.tables).toEqual(['WindowsEvent']);
  });
});
