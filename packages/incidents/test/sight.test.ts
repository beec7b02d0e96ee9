import { type Grant, Rights, type ScopeContents } from '@parapet/access';
import type { AlertDraft } from '@parapet/detection';
import { DATA_SOURCES, type DataSource, type DeviceGroup, type Permission, type ScopeRef } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../src/index.ts';
import { at, draft, evidence, openWorld, type World } from './support.ts';

/** Every row, alert and name of a part of the organisation carries its word: an answer with another part's word is a leak. */
const PARTS = ['quartz', 'basalt', 'mailmark', 'cloudone', 'cloudtwo', 'tagred', 'tagblue'] as const;
type PartName = (typeof PARTS)[number];
const ACCOUNTS = { cloudone: '111122223333', cloudtwo: '444455556666' } as const;

let world: World;
const group = (id: string, rank: number, start: string): DeviceGroup => ({
  id,
  name: id,
  description: '',
  rank,
  rules: [{ property: 'name', operator: 'startsWith', values: [start] }],
  automation: 'none',
  version: 1,
});
const GROUPS = [group('g-quartz', 1, 'quartz'), group('g-all', 2, 'quartz'), group('g-basalt', 3, 'basalt')];

const contents: Record<string, Partial<ScopeContents>> = {
  'g-quartz': { deviceGroups: ['g-quartz'] },
  'g-all': { deviceGroups: ['g-all'] },
  'g-basalt': { deviceGroups: ['g-basalt'] },
  one: { environments: [{ kind: 'awsAccount', id: ACCOUNTS.cloudone }] },
  two: { environments: [{ kind: 'awsAccount', id: ACCOUNTS.cloudtwo }] },
  red: { rows: [{ table: 'Syslog', column: 'HostName', values: ['tagred-host'] }] },
};

function caller(
  holds: readonly (readonly [Permission, readonly DataSource[]])[],
  scopes: readonly ScopeRef[] = [],
  scopeContents: Record<string, Partial<ScopeContents>> = contents,
): Caller {
  const grant: Grant = {
    roleId: 'r',
    roleName: 'r',
    roleKind: 'custom',
    holds: holds.map(([name, sources]) => ({ name, sources })),
    assignment: { id: 'a', name: 'a' },
    through: 'user',
    scopes,
  };
  const rights = new Rights([grant], (refs) => {
    const all = refs.map(({ id }) => scopeContents[id] ?? {});
    return {
      deviceGroups: all.flatMap((each) => each.deviceGroups ?? []),
      environments: all.flatMap((each) => each.environments ?? []),
      rows: all.flatMap((each) => each.rows ?? []),
    };
  });
  return {
    kind: 'user',
    id: 'u',
    username: 'u',
    displayName: 'U',
    role: null,
    groups: [],
    permissions: rights.permissions,
    rights,
  };
}
const reader = (sources: readonly DataSource[], ...scopes: ScopeRef[]): Caller =>
  caller([['SecData.Read', sources]], scopes);
/** The same person with a scope filter. */
const through = (who: Caller, account: string): Caller => ({
  ...who,
  rights: who.rights.through([{ kind: 'awsAccount', id: account }]),
});
const inGroup = (id: string): ScopeRef => ({ kind: 'deviceGroup', id });

/** Who sees what: the callers of the fuzz, and the words they may meet. */
const CALLERS: readonly { readonly name: string; readonly who: Caller; readonly sees: readonly PartName[] }[] = [
  { name: 'endpoint', who: reader(['endpoint']), sees: ['quartz', 'basalt'] },
  { name: 'one device group', who: reader(['endpoint'], inGroup('g-quartz')), sees: ['quartz'] },
  { name: 'a group whose devices an earlier one has', who: reader(['endpoint'], inGroup('g-all')), sees: [] },
  { name: 'mail without mail metadata', who: reader(['email']), sees: ['mailmark'] },
  {
    name: 'mail',
    who: caller([
      ['SecData.Read', ['email']],
      ['EmailMeta.Read', ['email']],
    ]),
    sees: ['mailmark'],
  },
  { name: 'one account', who: reader(['cloud'], { kind: 'cloudScope', id: 'one' }), sees: ['cloudone'] },
  {
    name: 'everything, looking at one account',
    who: through(reader(DATA_SOURCES), ACCOUNTS.cloudone),
    sees: ['quartz', 'basalt', 'mailmark', 'cloudone', 'tagred', 'tagblue'],
  },
  {
    name: 'one account, looking at another',
    who: through(reader(['cloud'], { kind: 'cloudScope', id: 'one' }), ACCOUNTS.cloudtwo),
    sees: [],
  },
  { name: 'one tag', who: reader(['siem'], { kind: 'rowTag', id: 'red' }), sees: ['tagred'] },
  {
    name: 'everything but cloud',
    who: reader(DATA_SOURCES.filter((source) => source !== 'cloud')),
    sees: ['quartz', 'basalt', 'mailmark', 'tagred', 'tagblue'],
  },
];

const ann = evidence(
  'user',
  { accountDomain: 'corp', accountName: 'ann', accountSid: 'S-1-5-21-1-2-3-1001' },
  'compromised',
);
const alertOf = (part: PartName, n: number, more: Partial<AlertDraft> & { shared?: true } = {}): AlertDraft => {
  const { shared, ...given } = more;
  const who = shared ? [ann] : [];
  const common = { title: `Alert about ${part} ${n}`, ruleId: `rule-${part}`, description: `${part} text` };
  if (part === 'quartz' || part === 'basalt') return draft(`${part}-${n}`, at(n), { ...common, ...given, extra: who });
  if (part === 'mailmark')
    return draft('x', at(n), {
      ...common,
      serviceSource: 'microsoftDefenderForOffice365',
      ...given,
      evidence: [evidence('mailbox', { mailboxAddress: `${part}${n}@contoso.example` }, 'attacked'), ...who],
    });
  if (part === 'cloudone' || part === 'cloudtwo')
    return draft('x', at(n), {
      ...common,
      serviceSource: 'microsoftDefenderForCloud',
      ...given,
      evidence: [
        evidence('cloudAccount', { cloudAccountId: ACCOUNTS[part], cloudPlatform: 'AWS' }, 'contextual'),
        evidence('cloudResource', { resourceId: `arn:aws:s3:::${part}-${n}` }, 'attacked'),
        ...who,
      ],
    });
  return draft('x', at(n), {
    ...common,
    serviceSource: 'microsoftSentinel',
    ...given,
    evidence: [evidence('ip', { ip: part === 'tagred' ? '192.0.2.10' : '192.0.2.20' }, 'source'), ...who],
    events: [
      { table: 'Syslog', time: at(n), reportId: '', deviceId: '', row: { HostName: `${part}-host` }, huntingQuery: '' },
    ],
  });
};

beforeAll(async () => {
  world = await openWorld({ telemetry: true });
  const { store } = world;
  const device = (part: string, n: number) => ({
    Timestamp: at(n),
    DeviceId: `id-${part}-${n}`,
    DeviceName: `${part}-${n}.corp.example`,
    ActionType: 'ProcessCreated',
    FileName: `${part}.exe`,
    ProcessCommandLine: `${part}.exe --run`,
    AccountName: `${part}user`,
    SHA256: 'ab'.repeat(32),
    _ItemId: `1:${part}${n}`,
  });
  const rows = [0, 1, 2].flatMap((n) => [device('quartz', n), device('basalt', n)]);
  await store.insertRows('DeviceProcessEvents', rows);
  await store.insertRows(
    'DeviceNetworkEvents',
    rows.map(({ ProcessCommandLine: _, SHA256: __, FileName, AccountName, ...row }) => ({
      ...row,
      InitiatingProcessFileName: FileName,
      InitiatingProcessAccountName: AccountName,
      RemoteIP: '198.51.100.1',
      LocalIP: '192.0.2.1',
    })),
  );
  await store.insertRows(
    'EmailEvents',
    [1, 2].map((n) => ({
      Timestamp: at(n),
      Subject: `mailmark ${n}`,
      RecipientEmailAddress: `mailmark${n}@contoso.example`,
    })),
  );
  await store.insertRows(
    'CloudAuditEvents',
    (['cloudone', 'cloudtwo'] as const).map((part) => ({
      Timestamp: at(1),
      ActionType: 'DeleteTrail',
      ResourceId: `arn:aws:s3:::${part}-1`,
      IPAddress: '198.51.100.1',
      AdditionalFields: { AccountId: ACCOUNTS[part], UserName: `${part}user` },
    })),
  );
  await store.insertRows(
    'Syslog',
    ['tagred', 'tagblue'].map((part) => ({
      TimeGenerated: at(1),
      HostName: `${part}-host`,
      SyslogMessage: `${part} said`,
    })),
  );
  await store.insertRows(
    'ThreatIntelMatches',
    [
      ['quartz', 'DeviceNetworkEvents'],
      ['mailmark', 'EmailUrlInfo'],
      ['cloudone', 'CloudAuditEvents'],
      ['tagblue', 'Syslog'],
    ].map(([part, table], n) => ({ Timestamp: at(n), MatchedValue: `${part}.example`, EventTable: table })),
  );
  await store.insertRows(
    'ParapetRawEvents',
    PARTS.map((part, n) => ({ TimeGenerated: at(n), Sequence: n, Connector: 'c', RawEventData: { text: part } })),
  );
  await world.incidents.accept(PARTS.flatMap((part) => [1, 2].map((n) => alertOf(part, n))));
  // One incident of alerts of several parts: the same person is in all of them.
  for (const [n, part] of (['quartz', 'cloudone', 'cloudtwo', 'mailmark', 'tagblue'] as const).entries())
    await world.incidents.accept([
      alertOf(part, 10 + n, {
        shared: true,
        severity: n === 2 ? 'high' : 'low',
        opensIncident: 'always',
        category: 'Exfiltration',
      }),
    ]);
  await world.incidents.noteBehaviors([
    {
      id: 'b1',
      kind: 'firstSeen',
      actionType: 'FirstTimeUserUsedDevice',
      title: `${PARTS.join(' ')} behaved oddly`,
      description: '',
      category: 'InitialAccess',
      techniques: [],
      score: 0.5,
      start: at(0),
      end: at(1),
      table: 'DeviceLogonEvents',
      baseline: [],
      huntingQuery: '',
      entities: [{ type: 'user', key: 'corp\\ann', label: 'corp\\ann' }],
    },
  ]);
  await world.incidents.idle();
  world.be(undefined, GROUPS);
});
afterAll(() => world.close());

const words = (text: string): PartName[] => PARTS.filter((part) => text.toLowerCase().includes(part));
const of = async (who: Caller, path: string) => {
  world.be(who);
  return world.call('GET', path);
};
const hunt = async (who: Caller, query: string) => {
  const { sight } = await world.incidents.as(who);
  return world.hunting.run(query, { ...sight.hunt(), maxRows: 1000 });
};
/** Alerts each caller sees, as who sees everything counts them. */
const seen = new Map<string, number>();

describe.each(CALLERS)('$name', ({ name, who, sees }) => {
  const leaks = (text: string): PartName[] => words(text).filter((part) => !sees.includes(part));

  test('sees exactly its alerts: lists, counts, figures, searches and ids agree', async () => {
    world.be();
    const all = (await world.get<{ items: { id: string; title: string }[] }>('/api/alerts?pageSize=200')).items;
    const mine = all.filter(({ title }) => words(title).some((part) => sees.includes(part)));
    seen.set(name, mine.length);
    const list = await of(who, '/api/alerts?pageSize=200');
    expect(list.body).toMatchObject({ total: mine.length });
    expect((list.body as unknown as { items: { id: string }[] }).items.map(({ id }) => id).sort()).toEqual(
      mine.map(({ id }) => id).sort(),
    );
    for (const { id } of all) {
      const answer = await of(who, `/api/alerts/${id}`);
      const visible = mine.some((each) => each.id === id);
      expect([id, answer.status]).toEqual([id, visible ? 200 : 404]);
      if (visible) continue;
      // What is outside and what does not exist answer alike.
      const missing = `da${'0'.repeat(id.length - 2)}`;
      const other = await of(who, `/api/alerts/${missing}`);
      expect(JSON.stringify(answer.body).replaceAll(id, '?')).toBe(JSON.stringify(other.body).replaceAll(missing, '?'));
      expect((await world.call('PATCH', `/api/alerts/${id}`, { status: 'resolved' })).status).toBe(404);
    }
  });

  test('an incident shows its alerts in scope alone, and says how many are outside', async () => {
    world.be();
    const all = (
      await world.get<{ items: { id: string; totalAlerts: number }[] }>('/api/incidents?pageSize=200&status=active')
    ).items;
    for (const { id, totalAlerts } of all) {
      world.be();
      const own = (await world.get<{ items: { title: string }[] }>(`/api/incidents/${id}/alerts`)).items;
      const visible = own.filter(({ title }) => words(title).some((part) => sees.includes(part)));
      const answer = await of(who, `/api/incidents/${id}`);
      expect([id, answer.status]).toEqual([id, visible.length > 0 ? 200 : 404]);
      if (visible.length === 0) continue;
      expect(answer.body).toMatchObject({
        totalAlerts: visible.length,
        outsideAlerts: totalAlerts - visible.length,
        counts: { alerts: visible.length },
      });
      for (const part of ['', '/alerts', '/assets', '/evidence', '/activity', '/graph']) {
        const body = JSON.stringify((await of(who, `/api/incidents/${id}${part}`)).body);
        expect([id, part, leaks(body)]).toEqual([id, part, []]);
      }
      if (visible.length < totalAlerts) {
        const closed = await world.call('PATCH', `/api/incidents/${id}`, { status: 'resolved' });
        expect(closed.status).toBe(403);
        expect(leaks(JSON.stringify(closed.body))).toEqual([]);
      }
    }
  });

  test('whatever is asked, no row of another part comes back', async () => {
    let state = 7;
    const next = (n: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state % n;
    };
    const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
    const text = () => pick([...PARTS, 'corp', 'alert', '198.51', 'exe', 'user', '%', '111122223333', '444455556666']);
    const paths = [
      () =>
        `/api/incidents?search=${text()}&sort=${pick(['name', '-severity', '-totalAlerts', 'lastUpdate', '-priorityScore'])}`,
      () =>
        `/api/incidents?entity=${pick(['device:id-basalt-1', 'cloudAccount:444455556666', 'user:s-1-5-21-1-2-3-1001'])}`,
      () => `/api/incidents?ruleId=rule-${pick(PARTS)}`,
      () => `/api/incidents?severity=${pick(['high', 'low', 'medium'])}&source=${pick(['customDetection', 'x'])}`,
      () => `/api/alerts?search=${text()}&sort=${pick(['title', '-severity', 'incidentName'])}`,
      () => `/api/alerts?incidentId=${1 + next(14)}`,
      () => `/api/alerts?entity=ip:192.0.2.${pick([10, 20])}`,
      () => `/api/alerts/${pick(['x', '0'])}/process-tree`,
      () => `/api/devices?search=${text()}&sort=${pick(['name', '-risk', 'openAlerts'])}`,
      () => `/api/devices/id-${pick(['quartz', 'basalt'])}-${next(3)}`,
      () => `/api/devices/${pick(['quartz', 'basalt'])}-1.corp.example/timeline?search=${text()}`,
      () => `/api/devices/${pick(['summary', 'export'])}`,
      () => `/api/identities${pick(['', '/summary', '/export'])}?search=${text()}`.replace(/summary.*/, 'summary'),
      () => `/api/entities/device/id-${pick(['quartz', 'basalt'])}-1/${pick(['marks', 'timeline', 'related'])}`,
      () => `/api/entities/user/${pick(['quartzuser', 'basaltuser'])}/${pick(['timeline', 'related', 'marks'])}`,
      () => `/api/entities/ip/198.51.100.1/${pick(['timeline', 'related', 'timeline/export?format=jsonl'])}`,
      () => `/api/entities/user/${pick(['quartzuser', 'basaltuser', 's-1-5-21-1-2-3-1001'])}`,
      () => `/api/entities/file/${'ab'.repeat(32)}`,
      () => `/api/entities/ip/198.51.100.1`,
      () => `/api/entities/cloudAccount/${pick(Object.values(ACCOUNTS))}`,
      () => `/api/entities/mailbox/mailmark1@contoso.example`,
      () => `/api/search?q=${text()}${pick(['', '-1', 'user'])}`,
      () => '/api/home',
      () => `/api/risk?search=${text()}`,
      () => `/api/risk/device/id-${pick(['quartz', 'basalt'])}-${1 + next(2)}`,
      () => `/api/risk/user/${encodeURIComponent('corp\\ann')}`,
      () => `/api/entities/user/${encodeURIComponent('corp\\ann')}/behaviors`,
      () => `/api/incidents/${1 + next(14)}/behaviors`,
      () => `/api/incidents/${1 + next(14)}${pick(['', '/graph', '/activity', '/evidence'])}`,
    ];
    for (let n = 0; n < 2 * paths.length; n++) {
      const path = paths[n % paths.length]?.() ?? '';
      const answer = await of(who, path);
      expect([path, answer.status]).toEqual([path, expect.toSatisfy((status: number) => status < 500)]);
      // The question itself may come back.
      const body = JSON.stringify(answer.body);
      const asked = words(decodeURIComponent(path));
      expect([path, leaks(body).filter((part) => !asked.includes(part))]).toEqual([path, []]);
      if (asked.some((part) => !sees.includes(part)) && /"total":/.test(body) && !/search=[a-z]*%/.test(path))
        expect([path, /"total":0/.test(body) || leaks(body).length === 0]).toEqual([path, true]);
    }
  });

  test('hunting finds its rows alone', async () => {
    const tables = [
      'DeviceProcessEvents',
      'DeviceNetworkEvents',
      'EmailEvents',
      'CloudAuditEvents',
      'Syslog',
      'ParapetRawEvents',
      'ThreatIntelMatches',
    ];
    const queries = [
      ...tables,
      ...tables.map(
        (table) =>
          `${table} | extend DeviceId = "id-quartz-1", HostName = "tagred-host" | project-away DeviceId, HostName | take 100`,
      ),
      `union isfuzzy=true ${tables.join(', ')} | take 100`,
      'DeviceProcessEvents | join kind=inner DeviceNetworkEvents on RemoteIP == RemoteIP',
      'DeviceProcessEvents | join kind=leftouter (DeviceNetworkEvents | project RemoteIP, A = InitiatingProcessAccountName, T = Timestamp) on $left.Timestamp == $right.T',
      'let x = materialize(DeviceProcessEvents | project FileName); x | union x',
      'DeviceProcessEvents | where FileName in ((DeviceNetworkEvents | project InitiatingProcessFileName))',
      'AlertInfo | project AlertId, Title',
      'AlertEvidence | project AlertId, Title, EntityType, DeviceName, AdditionalFields',
      'SecurityAlert | project DisplayName, Entities',
      'SecurityIncident | project Title, AlertIds, AdditionalData',
    ];
    for (const query of queries) {
      const found = await hunt(who, query).then(
        (rows) => JSON.stringify(rows.rows),
        (error: Error) => error.message,
      );
      expect([query, leaks(found)]).toEqual([query, []]);
    }
    const counted = await hunt(who, 'AlertInfo | summarize dcount(AlertId)').catch(() => undefined);
    if (counted) expect(Number(counted.rows[0]?.[0])).toBe(seen.get(name));
  });
});

test('a rule that reads mail metadata opens the mail tables, and nothing else does', async () => {
  const [, mail] = [CALLERS[3], CALLERS[4]];
  await expect(hunt(CALLERS[3]?.who as Caller, 'EmailEvents | count')).rejects.toThrow(/EmailEvents/);
  expect((await hunt(mail?.who as Caller, 'EmailEvents | count')).rows).toEqual([[2]]);
  await expect(hunt(mail?.who as Caller, 'FileMaliciousContentInfo | count')).rejects.toThrow(
    /FileMaliciousContentInfo/,
  );
});

test('an environment taken out of a scope is gone with the next rights', async () => {
  const changing: Record<string, Partial<ScopeContents>> = { one: contents.one as object };
  const now = (): Caller => caller([['SecData.Read', ['cloud']]], [{ kind: 'cloudScope', id: 'one' }], { ...changing });
  expect((await of(now(), '/api/alerts')).body).toMatchObject({ total: 3 });
  changing.one = { environments: [] };
  expect((await of(now(), '/api/alerts')).body).toMatchObject({ total: 0 });
  expect((await hunt(now(), 'CloudAuditEvents | count')).rows).toEqual([[0]]);
});

test('a scope filter leaves tables empty that rights open, and hides none of them', async () => {
  const all = DATA_SOURCES.filter((source) => source !== 'email');
  const who = caller([
    ['SecData.Read', all],
    ['EmailMeta.Read', ['email']],
    ['Exposure.Read', all],
  ]);
  expect((await hunt(through(who, ACCOUNTS.cloudone), 'CloudAuditEvents | count')).rows).toEqual([[1]]);
  expect((await hunt(through(who, '999999999999'), 'CloudAuditEvents | count')).rows).toEqual([[0]]);
  for (const table of ['CloudProcessEvents', 'ExposureGraphNodes'])
    expect([table, (await hunt(through(who, ACCOUNTS.cloudone), `${table} | count`)).rows]).toEqual([table, [[0]]]);
  await expect(hunt(through(who, ACCOUNTS.cloudone), 'EmailEvents | count')).rejects.toThrow(/EmailEvents/);
});

test('what people say of an entity is for those who see it, and changed by those who manage it', async () => {
  const path = '/api/entities/device/id-basalt-1';
  world.be();
  expect((await world.call('PATCH', `${path}/marks`, { tags: ['basalt tag'] })).status).toBe(200);
  expect((await world.call('POST', `${path}/notes`, { text: 'basalt note' })).status).toBe(201);
  world.be(reader(['endpoint'], inGroup('g-quartz')));
  expect((await world.call('GET', `${path}/marks`)).status).toBe(404);
  expect((await world.call('PATCH', `${path}/marks`, { tags: [] })).status).toBe(404);
  expect((await world.get<{ values: { tag: string[] } }>('/api/devices/summary')).values.tag).toEqual([]);
  world.be(reader(['endpoint']));
  expect((await world.call('GET', `${path}/marks`)).body).toMatchObject({ notes: [{ text: 'basalt note' }] });
  expect((await world.call('PATCH', `${path}/marks`, { tags: [] })).status).toBe(403);
});

test('matches of indicators are seen with the tables they were found in; so is what runs over tables tells', async () => {
  const found = async (who: Caller) =>
    (await hunt(who, 'ThreatIntelMatches | project EventTable | order by EventTable asc')).rows.flat();
  expect(await found(reader(['endpoint']))).toEqual(['DeviceNetworkEvents']);
  expect(await found(reader(DATA_SOURCES))).toEqual(['CloudAuditEvents', 'DeviceNetworkEvents', 'Syslog']);
  expect(
    await found(
      caller([
        ['SecData.Read', DATA_SOURCES],
        ['EmailMeta.Read', ['email']],
      ]),
    ),
  ).toHaveLength(4);
  const whole = async (who: Caller, ...tables: string[]) => (await world.incidents.as(who)).sight.seesWhole(tables);
  expect(await whole(reader(['endpoint']), 'DeviceProcessEvents', 'DeviceNetworkEvents')).toBe(true);
  expect(await whole(reader(['endpoint']), 'DeviceProcessEvents', 'EmailEvents')).toBe(false);
  expect(await whole(reader(['endpoint'], inGroup('g-quartz')), 'DeviceProcessEvents')).toBe(false);
});

test('reading is not managing: what one sees and does not manage is refused by name', async () => {
  const who = caller([
    ['SecData.Read', ['endpoint', 'email']],
    ['Alerts.Manage', ['endpoint']],
  ]);
  world.be(who);
  const items = (await world.get<{ items: { id: string; title: string }[] }>('/api/alerts?pageSize=200')).items;
  const mail = items.find(({ title }) => title.includes('mailmark'))?.id ?? '';
  const device = items.find(({ title }) => title.includes('basalt'))?.id ?? '';
  expect(await world.call('PATCH', `/api/alerts/${mail}`, { status: 'resolved' })).toMatchObject({ status: 403 });
  expect((await world.call('PATCH', `/api/alerts/${device}`, { status: 'inProgress' })).status).toBe(200);
  const bulk = await world.call('POST', '/api/alerts/bulk', {
    ids: [mail, device, 'none'],
    changes: { assignedTo: 'ann' },
  });
  expect(
    (bulk.body as unknown as { results: { id: string; ok: boolean }[] }).results.map(({ id, ok }) => [id, ok]),
  ).toEqual(
    expect.arrayContaining([
      [mail, false],
      [device, true],
      ['none', false],
    ]),
  );
});
