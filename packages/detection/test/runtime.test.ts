import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Behavior } from '@parapet/schema';
import { openTestState } from '@parapet/state/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACTIVITIES,
  behaviourMigrations,
  createDetection,
  type Detection,
  type DetectionLog,
  detectionMigrations,
  openBehaviours,
} from '../src/index.ts';
import type { AlertDraft } from '../src/types.ts';
import { openTestEngine } from './harness.ts';

const CONTINUOUS = '11111111-1111-4111-8111-111111111111';
const SCHEDULED = '22222222-2222-4222-8222-222222222222';
const RULE = `
id: ${CONTINUOUS}
title: 'Tool {{FileName}} on {{DeviceName}}'
description: A tool ran.
severity: high
category: Execution
techniques: [T1059]
kind: continuous
query: |
  DeviceProcessEvents
  | where FileName startswith "tool"
entities:
  - { preset: device, roles: [attacked] }
  - { preset: account, roles: [compromised] }
  - { preset: process, roles: [suspicious] }
groupBy: [DeviceId]
recommendedActions: [Look]
falsePositives: [None]
blindSpots: [None]
tests:
  - { name: a, expect: hit, rows: { DeviceProcessEvents: [{ FileName: tool.exe }] } }
  - { name: b, expect: miss, rows: { DeviceProcessEvents: [{ FileName: x.exe }] } }
`;
const COUNTING = `
id: ${SCHEDULED}
title: 'Many failures on {{DeviceName}}'
description: Failures.
severity: medium
category: CredentialAccess
techniques: [T1110]
kind: scheduled
frequency: 10m
lookback: 1h
query: |
  DeviceLogonEvents
  | where ActionType == "LogonFailed"
  | summarize arg_max(Timestamp, ReportId, DeviceName), FirstActivity = min(Timestamp), LastActivity = max(Timestamp), EventCount = count(), Accounts = make_set(AccountName) by DeviceId
  | where EventCount >= 3
entities:
  - { preset: device, roles: [attacked] }
  - { type: user, roles: [attacked], fields: { accountName: Accounts } }
groupBy: [DeviceId]
recommendedActions: [Look]
falsePositives: [None]
blindSpots: [None]
tests:
  - { name: a, expect: hit, rows: { DeviceLogonEvents: [{ ActionType: LogonFailed }, { ActionType: LogonFailed }, { ActionType: LogonFailed }] } }
  - { name: b, expect: miss, rows: { DeviceLogonEvents: [{ ActionType: LogonFailed }] } }
`;
const quiet: DetectionLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

let engine: Awaited<ReturnType<typeof openTestEngine>>;
let state: Awaited<ReturnType<typeof openTestState>>;
let contentDir: string;
let detection: Detection | undefined;
/** What packages/incidents would keep: drafts by key. */
let alerts: Map<string, AlertDraft>;
let deliveries: number;
let batch = 1000;

beforeAll(async () => {
  [engine, state] = await Promise.all([
    openTestEngine(),
    openTestState([...detectionMigrations, ...behaviourMigrations]),
  ]);
});
afterAll(async () => {
  await engine?.close();
  await state?.close();
});
beforeEach(async () => {
  contentDir = mkdtempSync(join(tmpdir(), 'parapet-rules-'));
  mkdirSync(join(contentDir, 'endpoint'));
  writeFileSync(join(contentDir, 'endpoint', 'tool.yaml'), RULE);
  writeFileSync(join(contentDir, 'endpoint', 'counting.yaml'), COUNTING);
  alerts = new Map();
  deliveries = 0;
  for (const table of ['detection_rules', 'detection_events', 'detection_groups'])
    await state.query(`DELETE FROM ${table}`);
  for (const table of ['DeviceProcessEvents', 'DeviceLogonEvents', 'DeviceNetworkEvents'])
    await engine.store.command(`TRUNCATE TABLE hunting.${table}`);
});
afterEach(async () => {
  await detection?.close();
  detection = undefined;
  rmSync(contentDir, { recursive: true, force: true });
});

const sink = {
  accept: async (drafts: readonly AlertDraft[]) => {
    deliveries += 1;
    let created = 0;
    for (const draft of drafts) {
      if (!alerts.has(draft.dedupeKey)) created += 1;
      alerts.set(draft.dedupeKey, draft);
    }
    return { created, repeated: drafts.length - created };
  },
};

const start = async (overrides: Partial<Parameters<typeof createDetection>[0]> = {}): Promise<Detection> => {
  detection = await createDetection({
    hunting: engine.hunting,
    store: engine.store,
    state,
    contentDir,
    sink,
    log: quiet,
    ...overrides,
  });
  return detection;
};

/** Store rows as one committed batch, without telling anybody. */
const store = async (table: string, rows: readonly Record<string, unknown>[]) => {
  batch += 1;
  await engine.store.insertRows(
    table,
    rows.map((row, index) => ({
      DeviceId: 'd1',
      DeviceName: 'ws1',
      ReportId: batch * 100 + index,
      Timestamp: '2026-02-01T10:00:00Z',
      _Batch: batch,
      ...row,
    })),
  );
  return { batch, receivedAt: new Date().toISOString(), tables: { [table]: rows.length }, acknowledgedAt: Date.now() };
};
const failure = (minute: number, account = 'ann', extra = {}) => ({
  ActionType: 'LogonFailed',
  AccountName: account,
  Timestamp: `2026-02-01T10:${String(minute).padStart(2, '0')}:00Z`,
  ...extra,
});
const job = (signal = new AbortController().signal) => ({ signal, progress: () => undefined });

describe('continuous rules', () => {
  it('turn the rows of a batch into one alert per group, with evidence and a query that returns exactly the row', async () => {
    const running = await start();
    const row = {
      FileName: 'tool"\\.exe',
      ProcessId: 7,
      ProcessUniqueId: 'p7',
      AccountName: 'ann',
      AccountDomain: 'corp',
      Timestamp: '2026-02-01T10:00:00.1234567Z',
      DeviceId: 'd"1',
    };
    await running.onBatch(
      await store('DeviceProcessEvents', [row, { ...row, ReportId: 5 }, { FileName: 'other.exe', DeviceId: 'd2' }]),
    );
    expect([...alerts.values()]).toHaveLength(1);
    const [alert] = [...alerts.values()];
    expect(alert).toMatchObject({
      ruleId: CONTINUOUS,
      title: 'Tool tool"\\.exe on ws1',
      eventCount: 2,
      serviceSource: 'microsoftDefenderForEndpoint',
      firstActivity: '2026-02-01T10:00:00.1234567Z',
    });
    expect(alert?.evidence.map(({ type, key, roles }) => [type, key, roles])).toEqual([
      ['device', 'd"1', ['attacked']],
      ['user', 'corp\\ann', ['compromised']],
      ['process', 'd"1|p7', ['suspicious']],
    ]);
    for (const event of alert?.events ?? []) {
      const found = await engine.hunting.run(event.huntingQuery);
      expect(found.rows).toHaveLength(1);
      expect(String(found.rows[0]?.[found.columns.findIndex((column) => column.name === 'ReportId')])).toBe(
        event.reportId,
      );
    }
  });

  it('see what was stored while nobody looked, once', async () => {
    await (await start()).close();
    await store('DeviceProcessEvents', [{ FileName: 'tool.exe' }]);
    await (await start()).close();
    expect(alerts.size).toBe(1);
    await start();
    expect(deliveries).toBe(1);
  });

  it('leave one alert when the process dies between delivery and remembering', async () => {
    const dying = await start({
      sink: {
        accept: async (drafts) => {
          await sink.accept(drafts);
          throw new Error('connection lost');
        },
      },
    });
    const first = await store('DeviceProcessEvents', [{ FileName: 'tool.exe' }]);
    await dying.onBatch(first);
    await dying.close();
    expect((await dying.get(CONTINUOUS))?.lastError).toMatch(/^alertCreationFailed: connection lost/);
    // More rows of the same group arrive before the restart: they must not change the key of the first alert.
    await store('DeviceProcessEvents', [{ FileName: 'tool2.exe' }]);
    await start();
    expect(deliveries).toBe(3);
    expect(alerts.size).toBe(2);
  });

  it('alert once on an event that is sent twice', async () => {
    const running = await start();
    await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool.exe', ReportId: 1 }]));
    await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool.exe', ReportId: 1 }]));
    expect(deliveries).toBe(1);
  });

  it('do not look at a batch twice but do look at one whose number comes late', async () => {
    const running = await start();
    const early = await store('DeviceProcessEvents', [{ FileName: 'tool1.exe' }]);
    const late = await store('DeviceProcessEvents', [{ FileName: 'tool2.exe', DeviceId: 'd2' }]);
    await running.onBatch(late);
    expect(alerts.size).toBe(2);
    await running.onBatch(early);
    expect(deliveries).toBe(1);
  });

  it('fail alone, are retried from their mark and are switched off visibly after ten failures', async () => {
    const OTHER = '33333333-3333-4333-8333-333333333333';
    const fuse = RULE.replace('startswith "tool"', 'startswith "tool" and DeviceName != "fuse"');
    writeFileSync(join(contentDir, 'endpoint', 'tool.yaml'), fuse);
    writeFileSync(
      join(contentDir, 'endpoint', 'other.yaml'),
      RULE.replace(CONTINUOUS, OTHER).replace('Tool {{', 'Other {{'),
    );
    let broken = true;
    const audited: unknown[] = [];
    const running = await start({
      store: {
        ...engine.store,
        schema: engine.store.schema,
        query: (sql, options) =>
          broken && Object.values(options?.params ?? {}).some(({ value }) => value === 'fuse')
            ? Promise.reject(new Error('disk on fire'))
            : engine.store.query(sql, options),
      },
      audit: async (entry) => void audited.push(entry),
    });
    const feed = async (times: number) => {
      for (let index = 0; index < times; index++)
        await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool.exe' }]));
    };
    const ofRule = (id: string) => [...alerts.values()].filter((alert) => alert.ruleId === id);
    await feed(9);
    expect(await running.get(CONTINUOUS)).toMatchObject({
      enabled: true,
      lastError: 'queryExecutionFailed: disk on fire',
    });
    expect(await running.get(OTHER)).toMatchObject({ enabled: true, lastError: null });
    expect([ofRule(CONTINUOUS).length, ofRule(OTHER).length]).toEqual([0, 9]);
    broken = false;
    await feed(1);
    expect(ofRule(CONTINUOUS).map((alert) => alert.eventCount)).toEqual([10]);
    broken = true;
    await feed(10);
    const off = { enabled: false, lastError: expect.stringContaining('Switched off after 10 failures in a row') };
    expect(await running.get(CONTINUOUS)).toMatchObject(off);
    expect(audited).toContainEqual(expect.objectContaining({ action: 'detection.switchedOff', target: CONTINUOUS }));
    broken = false;
    expect(await running.setEnabled(CONTINUOUS, true, { username: 'ann' })).toMatchObject({
      enabled: true,
      lastError: null,
    });
    expect(audited).toContainEqual(expect.objectContaining({ actor: 'ann', action: 'detection.enabled' }));
  });

  it('put what is beyond 150 alerts of a run into one', async () => {
    const running = await start();
    await running.onBatch(
      await store(
        'DeviceProcessEvents',
        Array.from({ length: 200 }, (_, index) => ({ FileName: 'tool.exe', DeviceId: `d${index}` })),
      ),
    );
    expect(alerts.size).toBe(150);
    expect([...alerts.values()].reduce((sum, alert) => sum + alert.eventCount, 0)).toBe(200);
    expect([...alerts.values()].at(-1)?.title).toContain('51 further alerts in one');
  });

  it('are not run while switched off, and start with what comes next', async () => {
    const running = await start();
    await running.setEnabled(CONTINUOUS, false, { username: 'ann' });
    await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool1.exe' }]));
    await running.setEnabled(CONTINUOUS, true, { username: 'ann' });
    await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool2.exe' }]));
    expect([...alerts.values()].map((alert) => alert.title)).toEqual(['Tool tool2.exe on ws1']);
    await expect(running.setEnabled('nope', true, { username: 'ann' })).rejects.toMatchObject({
      code: 'detection_not_found',
      status: 404,
    });
  });
});

describe('what surrounds an alert', () => {
  it('is found in other rows: ancestors up to the shared ones', async () => {
    const running = await start();
    const chain = (unique: string, parent: string, parentName: string, FileName = 'x.exe') => ({
      FileName,
      ProcessUniqueId: unique,
      ProcessId: 1,
      InitiatingProcessUniqueId: parent,
      InitiatingProcessFileName: parentName,
    });
    await running.onBatch(
      await store('DeviceProcessEvents', [
        chain('P1', 'p0', 'explorer.exe'),
        chain('p2', 'p1', 'winword.exe'),
        chain('p3', 'p2', 'powershell.exe'),
        chain('p4', 'p3', 'cmd.exe', 'tool.exe'),
      ]),
    );
    expect([...alerts.values()][0]?.processAncestors).toEqual(['d1|p3', 'd1|p2', 'd1|p1']);
  });

  it('names who logged on to the device just before a lateral movement, and from which device', async () => {
    writeFileSync(join(contentDir, 'endpoint', 'tool.yaml'), RULE.replace('Execution', 'LateralMovement'));
    const running = await start();
    await store('DeviceNetworkEvents', [
      { DeviceId: 'd9', DeviceName: 'ws9', LocalIP: '10.0.0.9', Timestamp: '2026-02-01T09:00:00Z' },
    ]);
    await store('DeviceLogonEvents', [
      {
        ActionType: 'LogonSuccess',
        LogonType: 'Network',
        AccountName: 'ann',
        AccountDomain: 'corp',
        RemoteIP: '10.0.0.9',
        Timestamp: '2026-02-01T09:59:30Z',
      },
      {
        ActionType: 'LogonSuccess',
        LogonType: 'Network',
        AccountName: 'ws9$',
        AccountDomain: 'corp',
        RemoteIP: '10.0.0.8',
        Timestamp: '2026-02-01T09:59:30Z',
      },
      {
        ActionType: 'LogonSuccess',
        LogonType: 'Network',
        AccountName: 'bob',
        AccountDomain: 'corp',
        RemoteIP: '10.0.0.7',
        Timestamp: '2026-02-01T09:00:00Z',
      },
    ]);
    await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool.exe' }]));
    const sources = [...alerts.values()][0]?.evidence
      .filter(({ roles }) => roles.includes('source'))
      .map(({ type, key }) => [type, key]);
    expect(sources).toEqual([
      ['user', 'corp\\ann'],
      ['ip', '10.0.0.9'],
      ['device', 'd9'],
    ]);
  });

  it('names the machine that the process of a movement talked to, and none when it talked to many', async () => {
    writeFileSync(join(contentDir, 'endpoint', 'tool.yaml'), RULE.replace('Execution', 'LateralMovement'));
    const running = await start();
    const talk = (pid: number, ip: string, port = 135) => ({
      ActionType: 'ConnectionSuccess',
      InitiatingProcessId: pid,
      RemoteIP: ip,
      RemotePort: port,
      Timestamp: '2026-02-01T10:00:20Z',
    });
    const hosts = [2, 3, 4, 5].map((n) => `10.0.0.${n}`);
    await store('DeviceNetworkEvents', [
      ...hosts.map((ip, n) => ({ DeviceId: `t${n + 2}`, DeviceName: `srv${n + 2}`, LocalIP: ip })),
      talk(7, '10.0.0.2'),
      talk(7, '10.0.0.3', 443),
      talk(8, '10.0.0.4'),
      ...hosts.map((ip) => talk(9, ip)),
    ]);
    const targets = async (pid: number) => {
      alerts.clear();
      await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool.exe', ProcessId: pid }]));
      return [...alerts.values()][0]?.evidence
        .filter(({ roles }) => roles.includes('destination'))
        .map(({ key }) => key);
    };
    expect(await targets(7)).toEqual(['t2']);
    expect(await targets(9)).toEqual([]);
    expect(await targets(10)).toEqual([]);
  });
});

describe('scheduled rules', () => {
  it('look at the stretch of event time that new rows cover, whenever it was', async () => {
    const running = await start();
    await running.onBatch(await store('DeviceLogonEvents', [failure(0), failure(1, 'bob')]));
    await running.settle();
    expect(alerts.size).toBe(0);
    await running.onBatch(await store('DeviceLogonEvents', [failure(50, 'cid')]));
    await running.settle();
    expect([...alerts.values()]).toMatchObject([
      { title: 'Many failures on ws1', eventCount: 3, firstActivity: '2026-02-01T10:00:00.0000000Z' },
    ]);
    expect(
      [...alerts.values()][0]?.evidence
        .filter(({ type }) => type === 'user')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['ann', 'bob', 'cid']);
  });

  it('alert exactly once when an event is late, and again when it happens another day', async () => {
    const running = await start();
    await running.onBatch(await store('DeviceLogonEvents', [failure(10), failure(12)]));
    await running.settle();
    await running.onBatch(await store('DeviceLogonEvents', [failure(11)]));
    await running.settle();
    await running.onBatch(await store('DeviceLogonEvents', [failure(5)]));
    await running.settle();
    await running.onBatch(await store('DeviceLogonEvents', [failure(40)]));
    await running.settle();
    expect(deliveries).toBe(1);
    const next = (minute: number) => failure(minute, 'ann', { Timestamp: `2026-02-02T10:${minute}:00Z` });
    await running.onBatch(await store('DeviceLogonEvents', [next(10), next(11), next(12)]));
    await running.settle();
    expect(alerts.size).toBe(2);
  });

  it('run by themselves within seconds', async () => {
    const running = await start();
    await running.onBatch(await store('DeviceLogonEvents', [failure(1), failure(2), failure(3)]));
    await expect.poll(() => alerts.size, { timeout: 5000, interval: 100 }).toBe(1);
  });
});

describe('a run over history', () => {
  it('finds what was stored before the rule, and repeats nothing', async () => {
    await store('DeviceProcessEvents', [
      { FileName: 'tool.exe' },
      { FileName: 'tool.exe', DeviceId: 'd2', Timestamp: '2026-01-01T00:00:00Z' },
    ]);
    await store('DeviceLogonEvents', [failure(1), failure(2), failure(3)]);
    const running = await start();
    expect(alerts.size).toBe(0);
    expect(await running.runOverHistory('all', {}, job())).toEqual({
      rules: 2,
      created: 3,
      repeated: 0,
      hidden: 0,
      failed: [],
    });
    expect(await running.runOverHistory('all', {}, job())).toMatchObject({ created: 0, repeated: 0 });
    expect(alerts.size).toBe(3);
    await running.onBatch(await store('DeviceProcessEvents', [{ FileName: 'tool.exe', DeviceId: 'd3' }]));
    expect(await running.runOverHistory(CONTINUOUS, {}, job())).toMatchObject({ rules: 1, created: 0 });
  });

  it('keeps to the range and stops when asked', async () => {
    await store('DeviceProcessEvents', [
      { FileName: 'tool.exe' },
      { FileName: 'tool.exe', DeviceId: 'd2', Timestamp: '2026-01-01T00:00:00Z' },
    ]);
    const running = await start();
    expect(await running.runOverHistory(CONTINUOUS, { from: new Date('2026-01-15T00:00:00Z') }, job())).toMatchObject({
      created: 1,
    });
    await expect(running.runOverHistory('all', {}, job(AbortSignal.abort()))).rejects.toMatchObject({
      code: 'query_cancelled',
    });
    await expect(running.runOverHistory('nope', {}, job())).rejects.toMatchObject({ code: 'detection_not_found' });
  });
});

describe('alerts of other products', () => {
  /** Reports as a connector writes them: a row of each and one of evidence for each entity. */
  const report = async (
    id: string,
    time: string,
    more: { title?: string; service?: string; host?: string; ip?: string; severity?: string } = {},
  ) => {
    const {
      title = 'Port scan',
      service = 'Example Sensor',
      host = 'web-1',
      ip = '198.51.100.9',
      severity = 'Medium',
    } = more;
    const shared = {
      Timestamp: time,
      AlertId: id,
      Title: title,
      Severity: severity,
      ServiceSource: service,
      DetectionSource: service,
    };
    batch += 1;
    const rows = [
      { ...shared, _Batch: batch, EntityType: 'Machine', EvidenceRole: 'Impacted', DeviceName: host },
      {
        ...shared,
        _Batch: batch,
        EntityType: 'Ip',
        EvidenceRole: 'Related',
        EvidenceDirection: 'Source',
        RemoteIP: ip,
      },
    ];
    await engine.store.insertRows('AlertEvidence', rows);
    await engine.store.insertRows('AlertInfo', [
      { ...shared, _Batch: batch, Category: 'Discovery', AttackTechniques: '["Scanning (T1046)"]' },
    ]);
    return { batch, receivedAt: time, tables: { AlertInfo: 1, AlertEvidence: 2 }, acknowledgedAt: Date.now() };
  };
  beforeEach(async () => {
    for (const table of ['AlertInfo', 'AlertEvidence', 'DeviceInfo'])
      await engine.store.command(`TRUNCATE TABLE hunting.${table}`);
  });

  it('become alerts of their product; equal ones of an hour are one, whatever their order and however often they come', async () => {
    const running = await start();
    const first = await report('a1', '2026-02-01T10:20:00.000Z');
    await running.onBatch(first);
    expect([...alerts.values()]).toMatchObject([
      {
        title: 'Port scan',
        severity: 'medium',
        category: 'Discovery',
        techniques: ['T1046'],
        serviceSource: 'Example Sensor',
        productName: 'Example Sensor',
        eventCount: 1,
        evidence: [
          { type: 'device', key: 'web-1', roles: ['attacked'] },
          { type: 'ip', key: '198.51.100.9', roles: ['source'] },
        ],
      },
    ]);
    await running.onBatch(await report('a2', '2026-02-01T10:05:00.000Z'));
    await running.onBatch(await report('a2', '2026-02-01T10:05:00.000Z'));
    await running.onBatch(first);
    expect(
      [...alerts.values()].map(({ eventCount, firstActivity, lastActivity }) => [
        eventCount,
        firstActivity.slice(11, 16),
        lastActivity.slice(11, 16),
      ]),
    ).toEqual([[2, '10:05', '10:20']]);
    const [event] = [...alerts.values()][0]?.events ?? [];
    expect((await engine.hunting.run(event?.huntingQuery ?? '')).rows.length).toBeGreaterThan(0);
    // Another host, another title and another hour are alerts of their own; a later delivery of a known alert is not.
    await running.onBatch(await report('a3', '2026-02-01T10:06:00.000Z', { host: 'web-2' }));
    await running.onBatch(await report('a4', '2026-02-01T10:06:00.000Z', { title: 'Brute force' }));
    await running.onBatch(await report('a5', '2026-02-01T11:06:00.000Z'));
    expect(alerts.size).toBe(4);
    await running.onBatch(await report('a5', '2026-02-01T13:00:00.000Z'));
    expect(alerts.size).toBe(4);
  });

  it('are taken in after a restart, and what the product itself announces is not', async () => {
    await (await start()).close();
    await report('b1', '2026-02-01T10:20:00.000Z');
    await engine.store.insertRows('AlertInfo', [
      { Timestamp: '2026-02-01T10:20:00Z', AlertId: 'own', Title: 'Own', ServiceSource: 'x' },
    ]);
    await start();
    expect([...alerts.values()].map(({ title }) => title)).toEqual(['Port scan']);
  });

  it('do not flood: beyond fifty sets of entities of one title in an hour there is one alert for the rest', async () => {
    const running = await start();
    let last = await report('c0', '2026-02-01T10:00:00.000Z', { ip: '203.0.113.1' });
    for (let n = 1; n < 55; n++)
      last = await report(`c${n}`, `2026-02-01T10:${String(n).padStart(2, '0')}:00.000Z`, { ip: `203.0.113.${n + 1}` });
    await running.onBatch(last);
    expect(alerts.size).toBe(50);
    const overflow = [...alerts.values()].filter((each) => each.overflow);
    expect(overflow.map(({ eventCount }) => eventCount)).toEqual([6]);
  });

  it('name the device that tables of devices know by its id, under whichever name', async () => {
    await engine.store.insertRows('DeviceInfo', [
      { Timestamp: '2026-02-01T10:00:00Z', DeviceId: 'id-web', DeviceName: 'web-1.corp.example' },
      { Timestamp: '2026-02-01T10:00:00Z', DeviceId: 'id-db-a', DeviceName: 'db.a.example' },
      { Timestamp: '2026-02-01T10:00:00Z', DeviceId: 'id-db-b', DeviceName: 'db.b.example' },
    ]);
    const running = await start();
    await running.onBatch(await report('d1', '2026-02-01T10:20:00.000Z', { host: 'WEB-1' }));
    await running.onBatch(await report('d2', '2026-02-01T10:20:00.000Z', { host: 'db', title: 'Other' }));
    await running.onBatch(await report('d3', '2026-02-01T10:20:00.000Z', { host: 'db.b.example', title: 'Third' }));
    expect([...alerts.values()].map(({ evidence }) => evidence.find(({ type }) => type === 'device')?.key)).toEqual([
      'id-web',
      'db',
      'id-db-b',
    ]);
  });
});

describe('behaviours', () => {
  const day = (n: number, hour: number, minute = 0): string =>
    new Date(Date.UTC(2026, 2, n, hour, minute)).toISOString();
  const PLACES = { DE: [52.5, 13.4], BR: [-23.5, -46.6] } as const;
  const signIn = (user: string, time: string, country: keyof typeof PLACES = 'DE', app = 'Mail') => ({
    TimeGenerated: time,
    ResultType: '0',
    UserPrincipalName: `${user}@contoso.example`,
    AppDisplayName: app,
    DeviceDetail: { browser: 'Edge 120.0' },
    LocationDetails: {
      countryOrRegion: country,
      geoCoordinates: { latitude: PLACES[country][0], longitude: PLACES[country][1] },
    },
  });
  const download = (user: string, time: string) => ({
    TimeGenerated: time,
    UserId: `${user}@contoso.example`,
    OfficeWorkload: 'OneDrive',
    Operation: 'FileDownloaded',
  });
  const people = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon', 'kim'];
  const insert = (table: string, number: number, rows: readonly object[]) =>
    engine.store.insertRows(
      table,
      rows.map((row) => ({ ...row, _Batch: number })),
    );

  it('come from baselines of the entity and its peers, once, and alert nobody', async () => {
    const history = (from: number, to: number) => {
      const days = Array.from({ length: to - from + 1 }, (_, n) => from + n);
      return {
        signIns: days.flatMap((n) => people.flatMap((user) => [signIn(user, day(n, 9)), signIn(user, day(n, 15))])),
        downloads: days.flatMap((n) =>
          people.flatMap((user) => Array.from({ length: 5 }, (_, m) => download(user, day(n, 10, m)))),
        ),
      };
    };
    const first = history(1, 20);
    const second = history(21, 30);
    await insert('SigninLogs', 1, first.signIns);
    await insert('OfficeActivity', 1, first.downloads);
    await insert('SigninLogs', 2, [...second.signIns, signIn('new', day(28, 9))]);
    await insert('OfficeActivity', 2, second.downloads);
    const noted = new Map<string, Behavior>();
    const warnings: unknown[] = [];
    const open = () =>
      openBehaviours({
        store: engine.store,
        hunting: engine.hunting,
        state,
        log: {
          info: () => undefined,
          warn: (...all) => void warnings.push(all),
          error: (...all) => void warnings.push(all),
        },
        note: async (found) => {
          for (const each of found) noted.set(each.id, each);
        },
      });
    let behaviours = await open();
    await behaviours.settle();
    expect([warnings, [...noted.values()]]).toEqual([[], []]);

    await insert('SigninLogs', 3, [
      signIn('ann', day(31, 9)),
      signIn('ann', day(31, 10), 'BR'),
      signIn('bob', day(31, 3)),
      // Too young to be judged, whatever it does.
      signIn('new', day(31, 2), 'DE', 'Admin'),
    ]);
    await insert(
      'OfficeActivity',
      3,
      Array.from({ length: 200 }, (_, n) => download('cid', day(31, 11, n % 60))),
    );
    behaviours.onBatch({ tables: { SigninLogs: 4, OfficeActivity: 200 } });
    await behaviours.settle();
    const told = [...noted.values()].map(
      ({ kind, actionType, entities }) => `${entities[0]?.key} ${kind} ${actionType}`,
    );
    expect(told.sort()).toEqual([
      'ann@contoso.example impossibleTravel ImpossibleTravel',
      'ann@contoso.example rareAmongPeers FirstTimeUserConnectedFromCountry',
      'bob@contoso.example unusualHour UserActiveAtUnusualHour',
      'cid@contoso.example spike UnusualUserActivityVolume',
      'cid@contoso.example spike UnusualUserActivityVolume',
    ]);
    const country = [...noted.values()].find(({ kind }) => kind === 'rareAmongPeers');
    expect(country?.baseline).toContainEqual({ label: 'Days with activity before', value: '30' });
    expect((await engine.hunting.run(country?.huntingQuery ?? '')).rows.length).toBe(61);
    const stored = () =>
      engine.hunting.run(
        'BehaviorInfo | join kind=inner BehaviorEntities on BehaviorId | project ActionType, AccountUpn1',
      );
    expect((await stored()).rows).toHaveLength(5);

    // Another process, and rows that arrive late: what was told is not told again, and a habit is none yet.
    await behaviours.close();
    noted.clear();
    behaviours = await open();
    await insert('SigninLogs', 4, [signIn('ann', day(31, 10, 30), 'BR')]);
    await behaviours.settle();
    expect([...noted.values()].map(({ kind }) => kind)).toEqual(['impossibleTravel']);
    expect((await stored()).rows).toHaveLength(5);
    expect(warnings).toEqual([]);
    await behaviours.close();
    expect(deliveries).toBe(0);
  }, 240_000);

  it.each(ACTIVITIES.map((activity) => [activity.id, activity] as const))(
    'the source %s compiles, and its hunting query',
    async (_, activity) => {
      const compiled = await engine.hunting.compile(activity.query);
      expect(compiled.ok ? [] : compiled.errors.map(({ message }) => message)).toEqual([]);
      if (!compiled.ok) return;
      expect(compiled.rowWise).toBe(true);
      const columns = compiled.columns.map(({ name }) => name);
      for (const column of ['At', 'Entity', 'Label', ...activity.features.map(({ column }) => column)])
        expect(columns).toContain(column);
      const again = await engine.hunting.compile(`${activity.table} | where ${activity.same.replace('{}', '"x"')}`);
      expect(again.ok ? [] : again.errors.map(({ message }) => message)).toEqual([]);
    },
  );
});
