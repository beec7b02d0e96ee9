import { fileURLToPath } from 'node:url';
import type { DetectionInfo } from '@parapet/schema';
import { expect, test } from 'vitest';
import { coverageOf, levelOf, type TableState } from '../src/coverage/matrix.ts';
import { navigatorLayer } from '../src/coverage/navigator.ts';
import { loadScenarios } from '../src/coverage/scenarios.ts';
import { suggestionsOf } from '../src/coverage/suggest.ts';

const now = new Date('2026-05-10T12:00:00Z');
const ago = (days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString();
const rule = (id: string, more: Partial<DetectionInfo>): DetectionInfo =>
  ({
    id,
    name: id,
    severity: 'medium',
    techniques: [],
    kind: 'continuous',
    trigger: 'arrival',
    frequencyMs: 0,
    tables: ['DeviceProcessEvents'],
    enabled: true,
    shadow: false,
    status: 'ok',
    lastRun: ago(0.1),
    lastError: null,
    ...more,
  }) as DetectionInfo;
const table = (name: string, newest: string | null, more: Partial<TableState> = {}): TableState => ({
  name,
  origin: 'hunting',
  rows: newest ? 10 : 0,
  bytes: 1_000_000,
  oldest: ago(10),
  newest,
  ...more,
});
const tables = [
  table('DeviceProcessEvents', ago(0.1)),
  table('SigninLogs', null),
  table('OfficeActivity', ago(20)),
  table('DnsEvents', ago(0)),
];
const rules = [
  rule('sees', { techniques: ['T1059.001'] }),
  rule('blind', { techniques: ['T1110.003'], tables: ['SigninLogs'] }),
  rule('old', { techniques: ['T1114'], tables: ['OfficeActivity'] }),
  rule('partly', { techniques: ['T1078'], tables: ['DeviceProcessEvents', 'SigninLogs'] }),
  rule('off', { techniques: ['T1003.001'], enabled: false }),
  rule('fails', { techniques: ['T1486'], status: 'failed', lastError: 'no' }),
  rule('slow', { techniques: ['T1021'], trigger: 'clock', kind: 'scheduled', frequencyMs: 3_600_000, lastRun: ago(3) }),
  rule('dns', { techniques: ['T1071.004'], tables: ['DnsEvents'], enabled: false }),
];
const parts = {
  rules,
  tables,
  hits: new Map([
    ['T1059.001', { alerts: 3, last: ago(1) }],
    ['T1059', { alerts: 1, last: ago(2) }],
  ]),
  scenarios: [{ id: 's', name: 'S', description: '', techniques: ['T1059.001', 'T1110.003', 'T1003.001', 'T1566'] }],
  days: 7,
  now,
};
const coverage = coverageOf(parts);
const technique = (id: string) => coverage.techniques.find((one) => one.id === id);

test('a technique is covered only when a rule is on, runs, and its data arrives', () => {
  expect(Object.fromEntries(coverage.rules.map(({ id, sight }) => [id, sight]))).toEqual({
    sees: 'sees',
    blind: 'blind',
    old: 'blind',
    partly: 'partly',
    off: 'off',
    fails: 'failing',
    slow: 'waiting',
    dns: 'off',
  });
  const level = (id: string) => technique(id)?.level;
  expect(['T1059.001', 'T1110.003', 'T1003.001', 'T1486', 'T1078', 'T1566'].map(level)).toEqual([
    'covered',
    'blind',
    'available',
    'blind',
    'covered',
    'none',
  ]);
  expect(level('T1059'), 'a technique is covered through its sub-technique').toBe('covered');
  expect(technique('T1059')).toMatchObject({ alerts: 4, lastAlert: ago(1), rules: ['sees'] });
  expect(technique('T1059.003')?.level, 'a sub-technique is not covered through its sibling').toBe('none');
  expect(coverage.scenarios[0]).toMatchObject({ covered: 1, reachable: 3 });
  expect(levelOf([])).toBe('none');
});

test('turning a rule off lowers its technique at once', () => {
  const without = coverageOf({
    ...parts,
    rules: rules.map((one) => (one.id === 'sees' ? { ...one, enabled: false } : one)),
  });
  expect(without.techniques.find(({ id }) => id === 'T1059.001')?.level).toBe('available');
});

test('suggestions name the data, the rules and what would be gained', () => {
  const feeds = [{ id: 'entra', title: 'Entra sign-ins', tables: ['SigninLogs'] }];
  const found = suggestionsOf({ coverage, tables, feeds, hunted: ['DnsEvents | take 1'], now });
  const of = (id: string) => found.find((suggestion) => suggestion.id === id);
  expect(of('connect:SigninLogs')).toMatchObject({
    kind: 'connect',
    gained: ['T1110.003'],
    connectors: [{ id: 'entra', title: 'Entra sign-ins' }],
    rules: [{ id: 'blind', name: 'blind', enabled: true }],
  });
  expect(of('connect:OfficeActivity')?.reason).toContain(`nothing since ${ago(20).slice(0, 10)}`);
  expect(of('use:DnsEvents')).toMatchObject({ bytesPerDay: 100_000, gained: ['T1071.004'], rules: [{ id: 'dns' }] });
  expect(of('use:DnsEvents')?.reason).toContain('1 hunting query ');
  expect(of('enable:CredentialAccess')).toMatchObject({ gained: ['T1003.001'], rules: [{ id: 'off' }] });
  expect(of('repair')).toMatchObject({ rules: [{ id: 'fails' }], gained: ['T1486'] });
  // With a rule on that reads the table, its card is gone.
  const used = coverageOf({
    ...parts,
    rules: rules.map((one) => (one.id === 'dns' ? { ...one, enabled: true } : one)),
  });
  const next = suggestionsOf({ coverage: used, tables, feeds, hunted: [], now });
  expect(next.map(({ id }) => id)).not.toContain('use:DnsEvents');
});

test('the Navigator layer has a line for each tactic of each technique with rules', () => {
  const layer = navigatorLayer(coverage) as { techniques: { techniqueID: string; tactic: string; score: number }[] };
  const lines = layer.techniques.filter(({ techniqueID }) => techniqueID === 'T1078');
  expect(lines.map(({ tactic }) => tactic).sort()).toEqual([
    'defense-evasion',
    'initial-access',
    'persistence',
    'privilege-escalation',
  ]);
  expect(lines[0]?.score).toBe(1);
});

test('every shipped scenario is made of techniques in force', () => {
  const scenarios = loadScenarios(fileURLToPath(new URL('../../../content/scenarios', import.meta.url)));
  expect(scenarios.length).toBeGreaterThan(5);
  for (const { id, techniques } of scenarios) expect(new Set(techniques).size, id).toBe(techniques.length);
});
