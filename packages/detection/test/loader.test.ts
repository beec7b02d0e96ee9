import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem, loadRules } from '../src/index.ts';
import { openTestEngine } from './harness.ts';

const GOOD = `id: 11111111-1111-4111-8111-111111111111
title: 'Tool on {{DeviceName}}'
description: A tool ran.
severity: high
category: Execution
techniques: [T1059.001]
kind: continuous
query: |
  DeviceProcessEvents
  | where FileName startswith "tool"
entities:
  - { preset: device, roles: [attacked] }
groupBy: [DeviceId]
recommendedActions: [Look]
falsePositives: [None]
blindSpots: [None]
tests:
  - { name: a, expect: hit, rows: { DeviceProcessEvents: [{ FileName: tool.exe }] } }
  - { name: b, expect: miss, rows: { DeviceProcessEvents: [{ FileName: x.exe }] } }
`;

let engine: Awaited<ReturnType<typeof openTestEngine>>;
const folder = mkdtempSync(join(tmpdir(), 'parapet-loader-'));
beforeAll(async () => {
  engine = await openTestEngine();
});
afterAll(async () => {
  await engine?.close();
  rmSync(folder, { recursive: true, force: true });
});

let serial = 0;
async function problemsOf(files: Record<string, string>): Promise<string[]> {
  const dir = join(folder, String(++serial));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return (await loadRules(dir, engine.hunting)).problems.map(formatProblem);
}
const one = (from: string | RegExp, to: string) => problemsOf({ 'endpoint/a.yaml': GOOD.replace(from, to) });

describe('the rule loader', () => {
  it('takes a good rule', async () => {
    expect(await one('', '')).toEqual([]);
  });

  it.each([
    ['an id that is no UUID', /id: .*/, 'id: one', 'endpoint/a.yaml:1: id: must be a lower-case UUID'],
    [
      'an unknown key',
      'severity: high',
      'severity: high\nowner: me',
      'endpoint/a.yaml:5: owner: is not a key of a rule',
    ],
    ['an unknown severity', 'severity: high', 'severity: huge', 'endpoint/a.yaml:4: severity: must be one of'],
    [
      'an ATT&CK id of the wrong shape',
      'T1059.001',
      'T59',
      'endpoint/a.yaml:6: techniques.0: "T59" is not an ATT&CK id',
    ],
    ['a tactic without techniques', '[T1059.001]', '[]', 'names its techniques'],
    [
      'a schedule on a continuous rule',
      'kind: continuous',
      'kind: continuous\nlookback: 1h',
      'endpoint/a.yaml:8: lookback: only scheduled rules have it',
    ],
    [
      'a look-back shorter than the frequency',
      'kind: continuous',
      'kind: scheduled\nfrequency: 1h\nlookback: 10m',
      'endpoint/a.yaml:9: lookback: must not be shorter than frequency',
    ],
    [
      'a query error, on its own line',
      'FileName startswith',
      'FileNam startswith',
      'endpoint/a.yaml:10: query, column 9:',
    ],
    [
      'a lost time column',
      '"tool"\n',
      '"tool"\n  | project DeviceId, DeviceName, ReportId\n',
      'endpoint/a.yaml:11: query: the result has no column Timestamp, which says when it happened (keep the time column of the table); "project DeviceId, DeviceName, ReportId" on line 3 of the query drops it Fix: add Timestamp to the project',
    ],
    [
      'a lost identity',
      '"tool"\n',
      '"tool"\n  | project Timestamp, DeviceId, DeviceName\n',
      'the result has no column ReportId',
    ],
    [
      'an aggregation in a continuous rule',
      '"tool"\n',
      '"tool"\n  | summarize arg_max(Timestamp, ReportId) by DeviceId, DeviceName\n',
      'row-wise operators only',
    ],
    [
      'an entity column that the query does not produce',
      'preset: device',
      'preset: remoteIp',
      'endpoint/a.yaml:12: entities: the query does not produce RemoteIP',
    ],
    ['no asset among the entities', 'preset: device', 'preset: file', 'entities: must name an asset'],
    ['an unknown role', '[attacked]', '[villain]', 'endpoint/a.yaml:12: entities.0.roles: must list'],
    [
      'a grouping column that is not there',
      'groupBy: [DeviceId]',
      'groupBy: [Nope]',
      'endpoint/a.yaml:13: groupBy: the query does not produce Nope',
    ],
    [
      'a title column that is not there',
      '{{DeviceName}}',
      '{{Nope}}',
      'endpoint/a.yaml:2: title: the query does not produce Nope',
    ],
    ['no miss', 'expect: miss', 'expect: hit', 'tests: needs at least one miss'],
    [
      'a sample for an unknown table',
      'DeviceProcessEvents: [{ FileName: x.exe',
      'NoTable: [{ FileName: x.exe',
      'endpoint/a.yaml:19: tests: there is no table NoTable',
    ],
    [
      'a sample with an unknown column',
      '{ FileName: x.exe',
      '{ Nope: x.exe',
      'tests: DeviceProcessEvents has no column Nope',
    ],
    ['broken YAML', 'groupBy: [DeviceId]', 'groupBy: [DeviceId', 'endpoint/a.yaml:'],
    [
      'eleven template columns',
      'A tool ran.',
      "'{{A}}{{B}}{{C}}{{D}}{{E}}{{F}}{{G}}{{H}}{{I}}{{J}}'",
      'at most 10 columns',
    ],
  ])('refuses %s and says where', async (_, from, to, expected) => {
    const problems = await one(from, to);
    expect(problems.join('\n')).toContain(expected);
  });

  it('refuses a second rule with the same id or title, and a folder that is no domain', async () => {
    const problems = await problemsOf({
      'endpoint/a.yaml': GOOD,
      'endpoint/b.yaml': GOOD,
      'elsewhere/c.yaml': GOOD.replace(/1111/g, '2222').replace('Tool', 'Other'),
    });
    expect(problems).toEqual([
      expect.stringMatching(/^elsewhere\/c\.yaml:1: rule: must lie in one of the folders/),
      'endpoint/b.yaml:1: id: the same as in endpoint/a.yaml',
      'endpoint/b.yaml:2: title: the same as in endpoint/a.yaml',
    ]);
  });
});
