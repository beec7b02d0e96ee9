import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { openTestState } from '@parapet/state/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fields, readCsv } from '../src/intel/csv.ts';
import { intelMigrations } from '../src/intel/feeds.ts';
import { kindOf, normalised } from '../src/intel/observables.ts';
import { Intel } from '../src/intel/service.ts';
import { patternObservables, readStix } from '../src/intel/stix.ts';
import { openTestEngine } from './harness.ts';

const OBSERVABLES = fileURLToPath(new URL('../../../content/intel/observables.yaml', import.meta.url));
const quiet = { info: () => undefined, warn: () => undefined, error: (...args: unknown[]) => console.error(...args) };
const job = { signal: new AbortController().signal, progress: () => undefined };
const DAY = 86_400_000;
const ago = (days: number): string => new Date(Date.now() - days * DAY).toISOString();

let engine: Awaited<ReturnType<typeof openTestEngine>>;
let state: Awaited<ReturnType<typeof openTestState>>;
let intel: Intel;
const announced: Record<string, number>[] = [];

beforeAll(async () => {
  [engine, state] = await Promise.all([openTestEngine(), openTestState(intelMigrations)]);
  intel = await Intel.open({
    store: engine.store,
    db: state,
    sealer: { seal: async (secret) => `sealed:${secret}`, open: async (sealed) => sealed.replace('sealed:', '') },
    observablesFile: OBSERVABLES,
    log: quiet,
    announce: async ({ tables }) => void announced.push(tables as Record<string, number>),
  });
});
afterAll(async () => {
  await intel?.close();
  await engine?.close();
  await state?.close();
});

let batch = 100;
async function arrive(table: string, ...rows: Record<string, unknown>[]): Promise<number> {
  batch += 1;
  await engine.store.insertRows(
    table,
    rows.map((row, index) => ({
      [table.startsWith('ASim') || table === 'CommonSecurityLog' ? 'TimeGenerated' : 'Timestamp']:
        new Date().toISOString(),
      ...(table.startsWith('Device') ? { ReportId: index + 1, DeviceId: 'd', DeviceName: 'pc' } : {}),
      ...row,
      _Batch: batch,
    })),
  );
  const result = await intel.onBatch({ batch, receivedAt: '', tables: { [table]: rows.length }, acknowledgedAt: 0 });
  return result.tables.ThreatIntelMatches ?? 0;
}
const matches = async (): Promise<Record<string, unknown>[]> => {
  const compiled = await engine.hunting.compile(
    'ThreatIntelMatches | project ObservableType, ObservableValue, MatchedValue, Severity, Outcome, IsRetroMatch, IndicatorSource, Confidence, EventTable, DeviceName | sort by MatchedValue asc',
  );
  if (!compiled.ok) throw new Error(compiled.errors[0]?.message);
  const { rows } = await engine.store.query(compiled.sql, { params: compiled.params });
  return rows.map((row) => Object.fromEntries(compiled.columns.map(({ name }, index) => [name, row[index]])));
};
const clear = async (): Promise<void> => {
  for (const table of [
    'intel.indicators',
    'intel.allowed',
    'hunting.ThreatIntelMatches',
    'hunting.ThreatIntelIndicators',
  ])
    await engine.store.command(`TRUNCATE TABLE ${table}`);
};
const stixIndicator = (index: number, pattern: string, more: object = {}) => ({
  type: 'indicator',
  spec_version: '2.1',
  id: `indicator--00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  created: ago(1),
  modified: ago(1),
  pattern,
  pattern_type: 'stix',
  valid_from: ago(1),
  ...more,
});

describe('values', () => {
  it('are written so that equal things are equal, also out of reports', () => {
    expect(normalised('url', 'hxxps[:]//Bad[.]Example/Path?q=1#top')).toBe('bad.example/path?q=1');
    expect(normalised('domain', '*.Bad[.]example.')).toBe('bad.example');
    expect(normalised('cidr', '198.51.100.77/24')).toBe('198.51.100.0/24');
    expect(normalised('cidr', '0.0.0.0/0')).toBeUndefined();
    expect(normalised('ip', '2001:DB8:0:0::1')).toBe('2001:db8::1');
    expect(normalised('sha1', 'AA:BB'.padEnd(59, ':CC'))).toHaveLength(40);
    expect(
      [
        '203.0.113.5',
        '203.0.113.0/24',
        'a.example',
        'http://a.example',
        'a@b.example',
        'f'.repeat(32),
        'f'.repeat(64),
        'nothing',
      ].map(kindOf),
    ).toEqual(['ip', 'cidr', 'domain', 'url', 'email', 'md5', 'sha256', undefined]);
  });

  it('are read out of STIX patterns; what cannot be matched says why', () => {
    expect(
      patternObservables("[ipv4-addr:value = '203.0.113.5'] OR [domain-name:value IN ('a.example', 'B.example')]"),
    ).toEqual([
      { kind: 'ip', value: '203.0.113.5' },
      { kind: 'domain', value: 'a.example' },
      { kind: 'domain', value: 'b.example' },
    ]);
    expect(
      patternObservables(`[file:hashes.MD5 = '${'a'.repeat(32)}' AND file:hashes.'SHA-256' = '${'b'.repeat(64)}']`),
    ).toEqual([{ kind: 'sha256', value: 'b'.repeat(64) }]);
    expect(patternObservables("[url:value = 'http://a.example/it\\'s']")).toEqual([
      { kind: 'url', value: "a.example/it's" },
    ]);
    for (const [pattern, message] of [
      ["[ipv4-addr:value = '1.2.3.4' AND domain-name:value = 'a.example']", /several things at once/],
      ["[process:name = 'x']", /is not matched/],
      ["[ipv4-addr:value LIKE '1.%']", /LIKE/],
      ["[ipv4-addr:value = '1.2.3.4'", /expected/],
      ['', /expected/],
      ["[ipv4-addr:value = '999.2.3.4']", /is no ip/],
      ["[ipv4-addr:value = '1.2.3.4'] FOLLOWEDBY [ipv4-addr:value = '1.2.3.5']", /goes on/],
    ] as const)
      expect(() => patternObservables(pattern), pattern).toThrow(message);
  });

  it('of a mixed bundle load where they are good', () => {
    const result = readStix(
      {
        type: 'bundle',
        objects: [
          stixIndicator(1, "[domain-name:value = 'a.example']"),
          stixIndicator(2, '[broken'),
          { type: 'x-new', id: `x-new--${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}` },
          { type: 'threat-actor', id: 'threat-actor--00000000-0000-4000-8000-000000000009', name: 'Crew' },
          7,
        ],
      },
      new Date(),
    );
    expect([result.indicators.length, result.objects.length, result.verdicts.length]).toEqual([1, 1, 3]);
    expect(() => readStix({ a: 1 }, new Date())).toThrow(/no STIX bundle/);
  });

  it('come in tables of any shape, and as plain lists', () => {
    expect(fields('a,"b ""c"", d",', ',')).toEqual(['a', 'b "c", d', '']);
    const table = readCsv(
      '\ufeffIndicator;Type;Confidence;Expiration;Tags\n203.0.113.5;IPv4;80;2030-01-01;a,b\n"x";url;50;;\n\n# note\nbad.example;hostname;;;',
      new Date(),
    );
    expect(table.indicators.map(({ kind, value, confidence, tags }) => [kind, value, confidence, tags])).toEqual([
      ['ip', '203.0.113.5', 80, ['a', 'b']],
      ['domain', 'bad.example', 50, []],
    ]);
    expect(table.verdicts).toEqual([{ item: 'line 3', problem: '"x" is no url' }]);
    expect(readCsv('203.0.113.7\nhxxp://a[.]example/x\n', new Date()).indicators.map(({ kind }) => kind)).toEqual([
      'ip',
      'url',
    ]);
  });
});

describe('matching on arrival', () => {
  it('finds every kind of value in its column, parents of names and networks of addresses too, and nothing else', async () => {
    await clear();
    const sha = 'c'.repeat(64);
    await intel.importCsv(
      `value,type,confidence\n203.0.113.5,ip,80\n198.51.100.0/25,cidr,60\nbad.example,domain,40\nhttp://site.example/drop?x=1,url,90\n${sha},sha256,90\nspam@mail.example,email,70\n`,
      'list',
      'ada',
      job,
    );
    expect(
      await arrive(
        'DeviceNetworkEvents',
        { ActionType: 'ConnectionSuccess', RemoteIP: '203.0.113.5' },
        { ActionType: 'ConnectionFailed', RemoteIP: '198.51.100.77' },
        { ActionType: 'ConnectionSuccess', RemoteIP: '198.51.100.200' },
        { ActionType: 'ConnectionSuccess', RemoteUrl: 'a.b.BAD.example' },
        { ActionType: 'ConnectionSuccess', RemoteUrl: 'notbad.example' },
        { ActionType: 'ConnectionSuccess', RemoteUrl: 'https://site.example/drop?x=1#y' },
        { ActionType: 'ConnectionSuccess', RemoteUrl: 'https://site.example/other' },
        { ActionType: 'ConnectionSuccess', RemoteUrl: 'http://203.0.113.5:8080/x' },
      ),
    ).toBe(5);
    expect(
      await arrive(
        'DeviceFileEvents',
        { ActionType: 'FileCreated', FileName: 'x', SHA256: sha.toUpperCase() },
        { ActionType: 'FileCreated', SHA256: 'd'.repeat(64) },
      ),
    ).toBe(1);
    expect(await arrive('ASimDnsActivityLogs', { DnsQuery: 'bad.example.' }, { DnsQuery: 'good.example' })).toBe(1);
    expect(
      await arrive('EmailEvents', { ReportId: 'r', SenderFromAddress: 'Spam@mail.example', DeliveryAction: 'Blocked' }),
    ).toBe(1);
    expect(
      (await matches()).map(({ MatchedValue, ObservableType, Severity, Outcome }) => [
        MatchedValue,
        ObservableType,
        Severity,
        Outcome,
      ]),
    ).toEqual(
      [
        ['198.51.100.77', 'network', 'low', 'blocked'],
        ['203.0.113.5', 'address', 'high', 'allowed'],
        [sha.toUpperCase(), 'file hash', 'high', 'allowed'],
        ['Spam@mail.example', 'mail address', 'low', 'blocked'],
        ['a.b.BAD.example', 'domain', 'medium', 'allowed'],
        ['bad.example.', 'domain', 'medium', 'allowed'],
        ['http://203.0.113.5:8080/x', 'address', 'high', 'allowed'],
        ['https://site.example/drop?x=1#y', 'URL', 'high', 'allowed'],
      ].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    );
  });

  it('stops with expiry, revocation, deletion and the allow list; the highest confidence counts, all sources are named', async () => {
    await clear();
    await intel.importStix(
      {
        objects: [
          stixIndicator(1, "[ipv4-addr:value = '203.0.113.1']"),
          stixIndicator(2, "[ipv4-addr:value = '203.0.113.2']", { valid_until: ago(0.01) }),
          stixIndicator(3, "[domain-name:value = 'cdn.example']", { confidence: 30 }),
        ],
      },
      'feed',
      'ada',
      job,
    );
    await intel.importCsv('value,confidence\ncdn.example,90\n', 'other', 'ada', job);
    const seen = () =>
      arrive(
        'DeviceNetworkEvents',
        { RemoteIP: '203.0.113.1' },
        { RemoteIP: '203.0.113.2' },
        { RemoteUrl: 'x.cdn.example' },
      );
    expect(await seen()).toBe(2);
    expect((await matches()).find(({ ObservableType }) => ObservableType === 'domain')).toMatchObject({
      Confidence: 90,
      IndicatorSource: expect.stringMatching(/feed/),
    });
    await intel.indicators.allow('domain', 'x.cdn.example', 'ours', 'ada');
    expect(await seen()).toBe(1);
    await intel.importStix(
      { objects: [stixIndicator(1, "[ipv4-addr:value = '203.0.113.1']", { revoked: true })] },
      'feed',
      'ada',
      job,
    );
    expect(await seen()).toBe(0);
    await intel.importStix({ objects: [stixIndicator(1, "[ipv4-addr:value = '203.0.113.9']")] }, 'feed', 'ada', job);
    expect(await arrive('DeviceNetworkEvents', { RemoteIP: '203.0.113.9' }, { RemoteIP: '203.0.113.1' })).toBe(1);
    const page = await intel.indicators.page({ states: ['active'], page: 1, pageSize: 10, sort: 'value' });
    expect(page.items.map(({ value }) => value)).toEqual(['203.0.113.9', 'cdn.example', 'cdn.example']);
    expect(
      await intel.indicators.change([{ source: 'feed', id: stixIndicator(1, '').id }], { deleted: true }, 'ada'),
    ).toBe(1);
    expect(await arrive('DeviceNetworkEvents', { RemoteIP: '203.0.113.9' })).toBe(0);
    expect(await intel.indicators.summary()).toMatchObject({ active: 2, expired: 1, revoked: 0 });
    const { rows } = await engine.store.query(
      "SELECT ObservableKey, IsActive, IsDeleted FROM hunting.ThreatIntelIndicators WHERE ObservableValue = '203.0.113.9' ORDER BY Modified",
    );
    expect(rows).toEqual([
      ['ipv4-addr:value', true, false],
      ['ipv4-addr:value', false, true],
    ]);
  });

  it('looks back over history when an indicator arrives, marks it and tells the rules', async () => {
    await clear();
    await engine.store.insertRows('DnsEvents', [
      { TimeGenerated: ago(20), Computer: 'old', Name: 'late.example' },
      { TimeGenerated: ago(40), Computer: 'older', Name: 'late.example' },
    ]);
    announced.length = 0;
    const done = await intel.add({ value: 'late[.]example', confidence: 90 }, 'ada', job);
    expect(done).toMatchObject({ id: 'domain:late.example', indicators: 1, matches: 1 });
    expect(announced).toEqual([{ ThreatIntelMatches: 1 }]);
    expect(await matches()).toMatchObject([{ IsRetroMatch: true, DeviceName: 'old', EventTable: 'DnsEvents' }]);
    await expect(intel.add({ value: 'not a value' }, 'ada', job)).rejects.toThrow(/is no/);
  });
});

describe('TAXII', () => {
  let server: Server;
  let url: string;
  let answer: (
    path: URL,
    headers: Record<string, unknown>,
  ) => { status: number; headers?: Record<string, string>; body?: unknown };
  const asked: { path: string; headers: Record<string, unknown> }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://x');
      asked.push({ path: path.pathname + path.search, headers: request.headers });
      const { status, headers, body } = answer(path, request.headers);
      response.writeHead(status, { 'content-type': 'application/taxii+json;version=2.1', ...headers });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/root/`;
  });
  afterAll(() => server?.close());

  it('reads all pages, goes on where it ended, and sends its credentials', async () => {
    await clear();
    answer = (path): ReturnType<typeof answer> =>
      path.searchParams.get('next')
        ? {
            status: 200,
            headers: { 'x-taxii-date-added-last': '2024-05-02T00:00:00Z' },
            body: { more: false, objects: [stixIndicator(2, "[domain-name:value = 'two.example']")] },
          }
        : {
            status: 200,
            headers: { 'x-taxii-date-added-last': '2024-05-01T00:00:00Z', etag: '"a"' },
            body: { more: true, next: 'p2', objects: [stixIndicator(1, "[domain-name:value = 'one.example']")] },
          };
    const feed = await intel.feeds.save({
      name: 'Feed',
      url,
      collection: 'c 1',
      username: 'u',
      secret: 'p',
      everyMinutes: 60,
      enabled: true,
    });
    expect(JSON.stringify(feed)).not.toContain('"p"');
    expect(await intel.feeds.poll(feed.id)).toMatchObject({ indicators: 2, lastError: null });
    expect(asked.map(({ path }) => path)).toEqual([
      '/root/collections/c%201/objects/?limit=1000',
      '/root/collections/c%201/objects/?limit=1000&next=p2',
    ]);
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    asked.length = 0;
    answer = () => ({ status: 304 });
    await intel.feeds.poll(feed.id);
    expect(asked[0]?.path).toContain('added_after=2024-05-02');
    expect((await intel.indicators.page({ sources: ['Feed'], page: 1, pageSize: 10 })).total).toBe(2);
  });

  it('says what a server refuses, waits when asked to, and keeps its place', async () => {
    const [feed] = await intel.feeds.list();
    for (const [status, message] of [
      [401, /credentials/],
      [404, /no such collection/],
      [429, /asks to wait/],
      [500, /answers 500/],
    ] as const) {
      answer = () => ({ status, headers: { 'retry-after': '120' } });
      await expect(intel.feeds.poll(feed?.id ?? '')).rejects.toThrow(message);
      expect((await intel.feeds.list())[0]?.lastError).toMatch(message);
    }
    answer = () => ({
      status: 200,
      body: { objects: [stixIndicator(5, '[bad'), stixIndicator(6, "[domain-name:value = 'six.example']")] },
    });
    expect(await intel.feeds.poll(feed?.id ?? '')).toMatchObject({ indicators: 3, lastError: null });
    await expect(
      intel.feeds.save({ name: 'feed', url, collection: 'x', everyMinutes: 5, enabled: true }),
    ).rejects.toThrow(/already/);
  });
});
