import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestState } from '@parapet/state/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createDetection,
  type Detection,
  type DetectionLog,
  detectionMigrations,
  type HistoryAlert,
} from '../src/index.ts';
import type { AlertDraft } from '../src/types.ts';
import { openTestEngine } from './harness.ts';

const quiet: DetectionLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ann = { username: 'ann' };
const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 1, 12);

let engine: Awaited<ReturnType<typeof openTestEngine>>;
let state: Awaited<ReturnType<typeof openTestState>>;
let contentDir: string;
let detection: Detection;
let alerts: AlertDraft[];
let past: HistoryAlert[];
let now = START;
let batch = 1;
const audited: { action: string }[] = [];

const sink = {
  accept: async (drafts: readonly AlertDraft[]) => {
    const known = new Set(alerts.map(({ dedupeKey }) => dedupeKey));
    const fresh = drafts.filter(({ dedupeKey }) => !known.has(dedupeKey));
    alerts.push(...fresh);
    return { created: fresh.length, repeated: drafts.length - fresh.length };
  },
};

const start = async (): Promise<Detection> => {
  detection = await createDetection({
    hunting: engine.hunting,
    store: engine.store,
    state,
    contentDir,
    sink,
    log: quiet,
    clock: () => new Date(now),
    history: { recent: async () => past, statistics: async () => [] },
    audit: async (entry) => void audited.push(entry),
  });
  return detection;
};

const store = async (table: string, rows: readonly Record<string, unknown>[]): Promise<void> => {
  batch += 1;
  await engine.store.insertRows(
    table,
    rows.map((row, index) => ({
      DeviceId: 'd1',
      DeviceName: 'ws1',
      ReportId: batch * 1000 + index,
      Timestamp: new Date(now - 60_000).toISOString(),
      _TimeReceived: new Date(now).toISOString(),
      _Batch: batch,
      ...row,
    })),
  );
  await detection.onBatch({ batch, receivedAt: '', tables: { [table]: rows.length }, acknowledgedAt: now });
};

const base = {
  title: 'Tool {{FileName}} on {{DeviceName}}',
  description: 'A tool ran.',
  severity: 'medium',
  category: 'Execution',
  techniques: ['T1059'],
  entities: [{ preset: 'device', roles: ['attacked'] }],
};
const toolQuery = 'DeviceProcessEvents\n| where FileName startswith "tool"';
const hourly = { ...base, kind: 'scheduled', trigger: 'clock', frequency: '1h', lookback: '1h', query: toolQuery };

beforeAll(async () => {
  [engine, state] = await Promise.all([openTestEngine(), openTestState(detectionMigrations)]);
  contentDir = mkdtempSync(join(tmpdir(), 'parapet-own-'));
  mkdirSync(join(contentDir, 'endpoint'));
  writeFileSync(
    join(contentDir, 'endpoint', 'library.yaml'),
    `id: 33333333-3333-4333-8333-333333333333
title: 'Delivered {{FileName}}'
description: Delivered.
severity: low
category: Execution
techniques: [T1059]
kind: continuous
query: |
  DeviceProcessEvents
  | where FileName =~ "delivered.exe"
entities:
  - { preset: device, roles: [attacked] }
groupBy: [DeviceId]
recommendedActions: [Look]
falsePositives: [None]
blindSpots: [None]
tests:
  - { name: a, expect: hit, rows: { DeviceProcessEvents: [{ FileName: delivered.exe }] } }
  - { name: b, expect: miss, rows: { DeviceProcessEvents: [{ FileName: x.exe }] } }
`,
  );
});
afterAll(async () => {
  await engine?.close();
  await state?.close();
  rmSync(contentDir, { recursive: true, force: true });
});
beforeEach(async () => {
  alerts = [];
  past = [];
  audited.length = 0;
  now += 1000 * HOUR;
  for (const { table_name } of await state.query<{ table_name: string }>(
    "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'detection\\_%'",
  ))
    await state.query(`DELETE FROM ${table_name}`);
  for (const table of ['DeviceProcessEvents', 'DeviceLogonEvents'])
    await engine.store.command(`TRUNCATE TABLE hunting.${table}`);
  await start();
});
afterEach(() => detection?.close());

const reopen = async (): Promise<void> => {
  await detection.close();
  await start();
};

describe('a rule made by a person', () => {
  it('runs at once, survives a restart, has versions that can be gone back to, and goes away', async () => {
    const { service } = detection;
    const rule = await service.create({ definition: { ...base, kind: 'continuous', query: toolQuery } }, ann);
    await store('DeviceProcessEvents', [{ FileName: 'tool.exe' }]);
    expect(alerts.map(({ title, detectionSource }) => [title, detectionSource])).toEqual([
      ['Tool tool.exe on ws1', 'customDetection'],
    ]);
    await service.update(
      rule.id,
      { definition: { ...base, kind: 'continuous', query: 'DeviceProcessEvents | where FileName == "other.exe"' } },
      ann,
      { version: 1, comment: 'narrower' },
    );
    await store('DeviceProcessEvents', [
      { FileName: 'tool.exe', DeviceId: 'd2' },
      { FileName: 'other.exe', DeviceId: 'd3' },
    ]);
    expect(alerts.map(({ title }) => title)).toEqual(['Tool tool.exe on ws1', 'Tool other.exe on ws1']);
    await expect(service.update(rule.id, { text: service.textOf(rule.id) }, ann, { version: 1 })).rejects.toMatchObject(
      { code: 'rule_changed', status: 409 },
    );
    await reopen();
    expect((await detection.service.versions(rule.id)).map(({ version, comment }) => [version, comment])).toEqual([
      [2, 'narrower'],
      [1, 'Created'],
    ]);
    await detection.service.revert(rule.id, 1, ann);
    await store('DeviceProcessEvents', [{ FileName: 'tool.exe', DeviceId: 'd4' }]);
    expect(alerts.at(-1)?.evidence[0]?.key).toBe('d4');
    expect(await detection.get(rule.id)).toMatchObject({
      origin: 'own',
      version: 3,
      owner: 'ann',
      name: 'Tool',
      status: 'ok',
    });
    await detection.service.remove(rule.id, ann);
    await reopen();
    expect(await detection.get(rule.id)).toBeUndefined();
    expect(audited.map(({ action }) => action)).toEqual([
      'detection.created',
      'detection.changed',
      'detection.changed',
      'detection.deleted',
    ]);
  });

  it.each<[string, Record<string, unknown>, number, RegExp]>([
    ['a name that is taken', { name: 'Delivered' }, 409, /rule with this name already/],
    [
      'a lost identity',
      { query: 'DeviceProcessEvents | project Timestamp, DeviceId, DeviceName, FileName' },
      400,
      /no column ReportId.*"project Timestamp, DeviceId, DeviceName, FileName" on line 1 of the query drops it/,
    ],
    [
      'a lost time',
      { ...hourly, query: 'DeviceProcessEvents\n| summarize n = count() by DeviceId, DeviceName, FileName' },
      400,
      /no column Timestamp.*"summarize n = count\(\) by DeviceId, DeviceName, FileName" on line 2/,
    ],
    ['an unknown technique', { techniques: ['T9999'] }, 400, /no technique T9999/],
    ['a revoked technique', { techniques: ['T1086'] }, 400, /T1059.001 \(PowerShell\) took its place/],
    ['no entity', { entities: [] }, 400, /at least one entity/],
    ['a short look-back', { ...hourly, frequency: '2h' }, 400, /shorter than frequency/],
    ['a high frequency', { ...hourly, frequency: '1m' }, 400, /between 5m and 14d/],
    ['every table', { query: 'search * | where FileName == "x"' }, 400, /reads every table/],
    [
      '100 kB',
      { query: `DeviceProcessEvents | where FileName in (${'"x",'.repeat(25_000)}"y")` },
      400,
      /characters long/,
    ],
    [
      'eleven columns',
      { description: Array.from({ length: 11 }, (_, i) => `{{C${i}}}`).join('') },
      400,
      /at most 10 columns/,
    ],
    ['a detail that is not there', { customDetails: { Gone: 'NoSuchColumn' } }, 400, /does not produce NoSuchColumn/],
  ])('is refused with %s, and told why', async (_, change, status, message) => {
    const definition = { ...base, kind: 'continuous', query: toolQuery, ...change };
    await expect(detection.service.create({ definition }, ann)).rejects.toMatchObject({
      status,
      message: expect.stringMatching(message),
    });
    expect((await detection.service.check({ definition })).ok).toBe(false);
  });

  it('is copied from a delivered one, which itself stays as it is, and told when that one changes', async () => {
    const id = '33333333-3333-4333-8333-333333333333';
    await expect(detection.service.update(id, { definition: base }, ann)).rejects.toMatchObject({
      code: 'rule_is_delivered',
    });
    const copy = await detection.service.duplicate(id, ann);
    expect(await detection.get(copy.id)).toMatchObject({
      name: 'Delivered (copy)',
      enabled: false,
      template: { id, version: 1, latest: 1 },
    });
    const file = join(contentDir, 'endpoint', 'library.yaml');
    const { readFileSync } = await import('node:fs');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('severity: low', 'severity: high'));
    await reopen();
    expect(await detection.get(copy.id)).toMatchObject({ severity: 'low', template: { version: 1, latest: 2 } });
    await detection.service.updateFromTemplate(copy.id, ann);
    expect(await detection.get(copy.id)).toMatchObject({
      severity: 'high',
      name: 'Delivered (copy)',
      template: { version: 2, latest: 2 },
    });
    writeFileSync(file, before);
  });

  it('leaves alone what an exclusion names, until it expires', async () => {
    const { service } = detection;
    const rule = await service.create({ definition: { ...base, kind: 'continuous', query: toolQuery } }, ann);
    await expect(
      service.saveExclusion(rule.id, { conditions: [{ column: 'Nope', values: ['x'] }], reason: 'r' }, ann),
    ).rejects.toMatchObject({ code: 'invalid_exclusion' });
    await expect(
      service.saveExclusion(rule.id, { conditions: [{ column: 'FileName', values: ['x'] }] }, ann),
    ).rejects.toThrow(/Say why/);
    await service.saveExclusion(
      rule.id,
      {
        conditions: [
          { column: 'FileName', operator: 'matches', values: ['TOOL"\\*.exe'] },
          { column: 'DeviceId', operator: 'equals', values: ['d1', 'D2'] },
        ],
        reason: 'Known',
        expiresAt: new Date(now + HOUR).toISOString(),
      },
      ann,
    );
    await store('DeviceProcessEvents', [
      { FileName: 'tool"\\a.exe' },
      { FileName: 'tool"\\b.exe', DeviceId: 'd2' },
      { FileName: 'tool"\\b.exe', DeviceId: 'd3' },
      { FileName: 'toolx.exe' },
    ]);
    expect(alerts.map(({ evidence }) => evidence[0]?.key).sort()).toEqual(['d1', 'd3']);
    now += 2 * HOUR;
    await store('DeviceProcessEvents', [{ FileName: 'tool"\\a.exe' }]);
    expect(alerts).toHaveLength(3);
  });

  it('in shadow counts and alerts nobody; out of it, it alerts on the same events', async () => {
    const rule = await detection.service.create(
      { definition: { ...base, kind: 'continuous', query: toolQuery, shadow: true } },
      ann,
    );
    await store('DeviceProcessEvents', [{ FileName: 'tool.exe' }]);
    expect(alerts).toEqual([]);
    const { items } = await detection.records.runs(rule.id, 1, 10);
    expect(items).toMatchObject([{ kind: 'arrival', rows: 1, alerts: 0, hidden: 1 }]);
    expect(items[0]?.rowsRead).toBeGreaterThan(0);
    await detection.setShadow(rule.id, false, ann);
    await detection.runOverHistory(rule.id, {}, { signal: new AbortController().signal, progress: () => undefined });
    expect(alerts).toMatchObject([{ backfilled: true }]);
  });

  it('goes out as a file and comes back as the same rule, or is refused with its problems', async () => {
    const { service } = detection;
    const rule = await service.create(
      {
        definition: {
          ...hourly,
          threshold: { operator: 'greater', count: 2 },
          suppressFor: '2h',
          customDetails: { File: 'FileName' },
        },
      },
      ann,
    );
    const text = service.textOf(rule.id);
    expect(await service.importRules([{ name: 'a.yaml', text }], ann, false)).toMatchObject([
      { outcome: 'unchanged', id: rule.id },
    ]);
    await service.remove(rule.id, ann);
    expect(
      await service.importRules(
        [
          { name: 'a.yaml', text },
          { name: 'b.yaml', text: text.replace('DeviceProcessEvents', 'NoSuchTable').replace(rule.id, 'x') },
        ],
        ann,
        false,
      ),
    ).toMatchObject([
      { outcome: 'created', id: rule.id },
      { outcome: 'refused', problems: [{ message: expect.stringContaining('NoSuchTable') }] },
    ]);
    expect(service.textOf(rule.id)).toBe(text);
  });
});

describe('a rule on the clock', () => {
  const tick = async (ms: number): Promise<void> => {
    now += ms;
    await detection.settle();
  };

  it('runs when it is due over what arrived, never twice on an event, and makes up for what it missed', async () => {
    const rule = await detection.service.create({ definition: hourly }, ann);
    await tick(60_000);
    await store('DeviceProcessEvents', [{ FileName: 'tool1.exe' }]);
    await tick(HOUR);
    expect(alerts.map(({ title }) => title)).toEqual(['Tool tool1.exe on ws1']);
    // Late by its own time, in time by arrival.
    await store('DeviceProcessEvents', [{ FileName: 'tool2.exe', Timestamp: new Date(now - 90 * HOUR).toISOString() }]);
    await tick(HOUR);
    await tick(HOUR);
    expect(alerts.map(({ title }) => title)).toEqual(['Tool tool1.exe on ws1', 'Tool tool2.exe on ws1']);
    await detection.close();
    now += 3 * HOUR;
    await start();
    await store('DeviceProcessEvents', [{ FileName: 'tool3.exe' }]);
    await detection.settle();
    expect(alerts).toHaveLength(3);
    const { items } = await detection.records.runs(rule.id, 1, 20);
    expect(items.map(({ kind }) => kind)).toEqual([
      'planned',
      'gap',
      'gap',
      'planned',
      'planned',
      'planned',
      'planned',
    ]);
    expect(items[1]?.note).toContain('Made up for a run that was due');
    expect(items[0]?.rowsRead).toBeGreaterThan(0);
    const next = Date.parse((await detection.get(rule.id))?.nextRun ?? '');
    expect(next).toBeGreaterThan(now);
    expect(next).toBeLessThanOrEqual(now + HOUR);
    // The clock of the machine is set back by a day: the rule goes on.
    now -= 24 * HOUR;
    await store('DeviceProcessEvents', [{ FileName: 'tool4.exe' }]);
    await detection.settle();
    expect(alerts).toHaveLength(4);
  });

  it('by event time looks at rows that arrive after their window with what surrounds them', async () => {
    const rule = await detection.service.create({ definition: { ...hourly, window: 'event' } }, ann);
    await tick(60_000);
    await tick(HOUR);
    await store('DeviceProcessEvents', [
      { FileName: 'tool-late.exe', Timestamp: new Date(now - 5 * HOUR).toISOString() },
    ]);
    await tick(HOUR);
    await tick(HOUR);
    expect(alerts.map(({ title }) => title)).toEqual(['Tool tool-late.exe on ws1']);
    expect((await detection.records.runs(rule.id, 1, 20)).items.map(({ kind, alerts: n }) => [kind, n])).toContainEqual(
      ['late', 1],
    );
  });

  it('with a threshold and one alert a row gives 150 of 200, the last of which holds all; suppression stops it for as long', async () => {
    const definition = {
      ...hourly,
      threshold: { operator: 'greater', count: 5 },
      eventGrouping: 'row',
      suppressFor: '2h',
      customDetails: { Program: 'FileName' },
    };
    const rule = await detection.service.create({ definition }, ann);
    await store(
      'DeviceProcessEvents',
      Array.from({ length: 5 }, (_, n) => ({ FileName: `tool${n}.exe` })),
    );
    await tick(60_000);
    expect(alerts).toEqual([]);
    await store(
      'DeviceProcessEvents',
      Array.from({ length: 200 }, (_, n) => ({ FileName: `tool-x${n}.exe` })),
    );
    await tick(HOUR);
    expect(alerts).toHaveLength(150);
    expect(alerts.at(-1)).toMatchObject({ eventCount: 200, overflow: true });
    expect(alerts[0]?.customDetails).toEqual({ Program: [expect.stringMatching(/^tool/)] });
    await store(
      'DeviceProcessEvents',
      Array.from({ length: 9 }, (_, n) => ({ FileName: `tool-y${n}.exe` })),
    );
    await tick(HOUR);
    expect(alerts).toHaveLength(150);
    expect(await detection.get(rule.id)).toMatchObject({ status: 'suppressed', lastError: null });
    await tick(HOUR);
    await store(
      'DeviceProcessEvents',
      Array.from({ length: 9 }, (_, n) => ({ FileName: `tool-z${n}.exe` })),
    );
    await tick(HOUR);
    expect(alerts.length).toBeGreaterThan(150);
    expect((await detection.records.runs(rule.id, 1, 20)).items.map(({ kind }) => kind)).toContain('suppressed');
  });

  it('divides by zero without failing, and fails visibly when the engine refuses its pattern', async () => {
    const { service } = detection;
    await service.create(
      {
        definition: {
          ...hourly,
          name: 'Zero',
          title: 'Zero',
          query: `${toolQuery}\n| extend R = ReportId / (ProcessId - ProcessId), D = 1.0 / 0\n| where isnull(R)`,
        },
      },
      ann,
    );
    await store('DeviceProcessEvents', [{ FileName: 'tool.exe', ProcessId: 4 }]);
    await tick(60_000);
    expect(alerts).toHaveLength(1);
    // RE2 has no backtracking: a bomb is refused or slow nowhere.
    const bomb = {
      ...base,
      name: 'Bomb',
      title: 'Bomb',
      kind: 'continuous',
      query: 'DeviceProcessEvents\n| where FileName matches regex @"^(((a+)+)+)+$"',
    };
    await service.create({ definition: bomb }, ann);
    const started = performance.now();
    await store('DeviceProcessEvents', [{ FileName: `${'a'.repeat(50_000)}!` }]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('shows before it is saved what it would raise, on written events and on stored rows', async () => {
    const { service } = detection;
    await store(
      'DeviceProcessEvents',
      Array.from({ length: 8 }, (_, n) => ({
        FileName: `tool${n % 2}.exe`,
        Timestamp: new Date(now - n * HOUR).toISOString(),
      })),
    );
    const definition = { ...hourly, threshold: { operator: 'greater', count: 0 } };
    const written = await service.previewEvents(
      { definition },
      { DeviceProcessEvents: [{ FileName: 'tool"x\\.exe', AdditionalFields: { a: 1 } }, { FileName: 'other.exe' }] },
    );
    expect(written).toMatchObject({
      rows: 1,
      alertCount: 1,
      alerts: [{ title: 'Tool tool"x\\.exe on ws1.corp.example' }],
    });
    await expect(service.previewEvents({ definition }, { DeviceProcessEvents: [{ Nope: 1 }] })).rejects.toThrow(
      /no column Nope/,
    );
    const stored = await service.previewHistory({ definition }, 30, {});
    expect(stored).toMatchObject({ rows: 8, alertCount: 2, perDay: { runs: 24 } });
    expect(stored.simulation).toHaveLength(50);
    expect(stored.simulation.filter((run) => run.alerts).length).toBe(8);
    expect(stored.cost.rowsRead).toBeGreaterThan(0);
    expect(alerts).toEqual([]);
  });
});

describe('many findings', () => {
  it('of one rule within ten minutes become 150 alerts and one that counts the rest, over several batches, said on the rule', async () => {
    const rule = await detection.service.create({ definition: { ...base, kind: 'continuous', query: toolQuery } }, ann);
    const at = new Date(Math.floor(now / 600_000) * 600_000).toISOString();
    for (let part = 0; part < 3; part++)
      await store(
        'DeviceProcessEvents',
        Array.from({ length: 100 }, (_, n) => ({ FileName: 'tool.exe', DeviceId: `m${part}-${n}`, Timestamp: at })),
      );
    expect(alerts).toHaveLength(151);
    expect(alerts.filter(({ overflow }) => overflow)).toHaveLength(1);
    expect(await detection.get(rule.id)).toMatchObject({
      status: 'warning',
      warning: expect.stringContaining('more than 150'),
    });
    expect(await detection.records.notices()).toMatchObject([{ kind: 'overflow', ruleId: rule.id, owner: 'ann' }]);
  });

  it('beyond what a run reads are counted and said', async () => {
    const rule = await detection.service.create({ definition: { ...base, kind: 'continuous', query: toolQuery } }, ann);
    await store(
      'DeviceProcessEvents',
      Array.from({ length: 10_500 }, () => ({ FileName: 'tool.exe' })),
    );
    expect(alerts).toHaveLength(1);
    const { items } = await detection.records.runs(rule.id, 1, 5);
    expect(items).toMatchObject([
      {
        state: 'partiallyFailed',
        errorCode: 'queryExceededResultSize',
        note: expect.stringContaining('10,500 rows were found'),
      },
    ]);
  });
});

describe('tuning', () => {
  const condition = { evidence: 'device', fields: [{ field: 'deviceName', operator: 'matches', values: ['LAB-*'] }] };
  const alert = (n: number, extra: Partial<HistoryAlert> = {}): HistoryAlert => ({
    id: `a${n}`,
    ruleId: 'r1',
    title: 'T',
    severity: 'medium',
    status: 'resolved',
    serviceSource: 's',
    createdAt: new Date(now).toISOString(),
    classification: null,
    evidence: [{ type: 'device', fields: { deviceName: `lab-${n}` } }],
    ...extra,
  });

  it('hides, resolves or changes findings at their creation, counts each once, and shows beforehand what it would take', async () => {
    await detection.service.create({ definition: { ...base, kind: 'continuous', query: toolQuery } }, ann);
    past = [
      ...Array.from({ length: 20 }, (_, n) => alert(n)),
      ...Array.from({ length: 30 }, (_, n) => alert(n + 20, { evidence: [] })),
    ];
    await expect(detection.tuning.save({ name: 'Lab', action: 'hide', condition }, 'ann')).rejects.toMatchObject({
      code: 'tuning_rule_is_broad',
      status: 409,
    });
    const hide = await detection.tuning.save({ name: 'Lab', action: 'hide', condition, confirmed: true }, 'ann');
    await detection.tuning.save(
      {
        name: 'Srv',
        action: 'resolve',
        tags: ['known'],
        comment: 'backup',
        condition: {
          all: [{ evidence: 'any', fields: [{ field: 'deviceName', operator: 'startsWith', values: ['srv'] }] }],
        },
      },
      'ann',
    );
    await store('DeviceProcessEvents', [
      { FileName: 'tool.exe', DeviceId: 'l1', DeviceName: 'lab-1' },
      { FileName: 'tool.exe', DeviceId: 's1', DeviceName: 'SRV-1' },
      { FileName: 'tool.exe', DeviceId: 'w1', DeviceName: 'ws-1' },
    ]);
    expect(alerts.map(({ title, resolvedBy, tags }) => [title, resolvedBy?.name, tags])).toEqual(
      expect.arrayContaining([
        ['Tool tool.exe on SRV-1', 'Srv', ['known']],
        ['Tool tool.exe on ws-1', undefined, undefined],
      ]),
    );
    expect(alerts).toHaveLength(2);
    await reopen();
    expect(detection.tuning.get(hide.id)).toMatchObject({ matched: 1 });
    expect(await detection.tuning.hidden(hide.id, 1, 10)).toMatchObject({
      total: 1,
      items: [{ title: 'Tool tool.exe on lab-1', action: 'hide' }],
    });
    await expect(
      detection.tuning.save({ name: 'x', action: 'hide', condition: { evidence: 'car', fields: [] } }, 'ann'),
    ).rejects.toMatchObject({ code: 'invalid_tuning_rule' });
  });

  it('is suggested from what people closed as false, never where an attack was confirmed', async () => {
    const closed = (n: number, classification: string, command: string) =>
      alert(n, { classification, evidence: [{ type: 'process', fields: { processCommandLine: command } }] });
    past = [1, 2, 3, 4].map((n) => closed(n, 'falsePositive', 'backup.exe /all'));
    expect(await detection.tuning.suggest()).toMatchObject([
      {
        ruleId: 'r1',
        benign: 4,
        matched: 4,
        condition: {
          all: [{ evidence: 'process', fields: [{ field: 'processCommandLine', values: ['backup.exe /all'] }] }],
        },
      },
    ]);
    past = [...past, closed(9, 'truePositive', 'backup.exe /all')];
    expect(await detection.tuning.suggest()).toEqual([]);
  });
});
