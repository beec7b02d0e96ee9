import type { AttackStory, Evidence } from '@parapet/schema';
import { describe, expect, test } from 'vitest';
import type { StoryAlert } from '../src/story/relations.ts';
import { attackStory } from '../src/story/story.ts';
import { at, evidence } from './support.ts';

let n = 0;
const alert = (minute: number, list: readonly Evidence[], more: Partial<StoryAlert> = {}): StoryAlert => ({
  id: `da${String(++n).padStart(4, '0')}`,
  title: 'Thing',
  severity: 'medium',
  status: 'new',
  category: 'Execution',
  techniques: [],
  incidentId: '1',
  incidentName: 'x',
  ruleId: 'r',
  serviceSource: 's',
  detectionSource: 'd',
  productName: 'p',
  impactedAssets: [],
  assignedTo: null,
  classification: null,
  determination: null,
  firstActivity: at(minute),
  lastActivity: at(minute),
  createdAt: at(minute),
  lastUpdate: at(minute),
  eventCount: 1,
  tags: [],
  mergeReason: { codes: [], text: '', matchedAlertId: null, keys: [], score: 0 },
  evidence: list,
  processAncestors: [],
  ...more,
});
const device = (name: string, ...roles: Evidence['roles']) =>
  evidence('device', { deviceId: `id-${name}`, deviceName: name }, ...(roles.length ? roles : (['attacked'] as const)));
const process = (name: string, id: string, on = 'ws5', more = {}) =>
  evidence('process', { deviceId: `id-${on}`, processUniqueId: id, fileName: name, ...more }, 'suspicious');
const user = evidence('user', { accountDomain: 'corp', accountName: 'ann' }, 'compromised');
const told = (story: AttackStory): string[] => {
  const label = new Map(story.nodes.map((node) => [node.id, node.label]));
  return story.edges.map((edge) => `${label.get(edge.source)} ${edge.label} ${label.get(edge.target)}`).sort();
};

describe('attack story', () => {
  test('says who did what to whom', () => {
    const story = attackStory([
      alert(0, [
        device('ws5'),
        user,
        process('powershell.exe', 'g1'),
        evidence('ip', { ip: '203.0.113.7' }, 'commandAndControl'),
        evidence('file', { fileName: 'a.dll', sha256: 'a'.repeat(64) }, 'created'),
        evidence('registry', { registryKey: 'HKLM\\Run', registryValueName: 'x' }),
      ]),
    ]);
    expect(told(story)).toEqual([
      'corp\\ann started powershell.exe',
      'powershell.exe changed HKLM\\Run\\x',
      'powershell.exe connected to 203.0.113.7',
      'powershell.exe wrote a.dll',
      'ws5 ran powershell.exe',
    ]);
    expect(story.steps[0]?.narrative).toBe(
      'Thing: corp\\ann ran powershell.exe on ws5, which connected to 203.0.113.7, wrote a.dll and changed HKLM\\Run\\x.',
    );
  });

  test('marks where it began and links alerts through ancestors and lateral movement', () => {
    const story = attackStory([
      alert(0, [device('ws5'), process('word.exe', 'g1')]),
      alert(5, [device('ws5'), process('cmd.exe', 'g2')], { processAncestors: ['id-ws5|g9', 'id-ws5|g1'] }),
      alert(9, [device('dc1'), device('ws5', 'source'), user], { category: 'LateralMovement', severity: 'high' }),
    ]);
    expect(story.nodes.filter((node) => node.patientZero).map((node) => node.label)).toEqual(['ws5']);
    expect(told(story)).toEqual(
      expect.arrayContaining(['word.exe led to cmd.exe', 'ws5 reached dc1', 'corp\\ann logged on to dc1']),
    );
    expect(story.nodes.find((node) => node.label === 'ws5')).toMatchObject({
      severity: 'high',
      firstActivity: at(0),
      lastActivity: at(9),
    });
    expect(story.steps.map((step) => step.time)).toEqual([at(0), at(5), at(9)]);
  });

  test('every node hangs together with something, also in cloud alerts', () => {
    const story = attackStory([
      alert(0, [
        evidence('cloudIdentity', { resourceId: 'arn:aws:iam::1:user/ops', accountName: 'ops' }, 'compromised'),
        evidence('cloudAccount', { cloudAccountId: '1' }),
        evidence('cloudResource', { resourceId: 'arn:aws:s3:::b' }, 'attacked'),
        evidence('ip', { ip: '198.51.100.4' }, 'source'),
        evidence('mailbox', { mailboxAddress: 'a@b.example' }),
      ]),
    ]);
    const touched = new Set(story.edges.flatMap((edge) => [edge.source, edge.target]));
    expect(story.nodes.every((node) => touched.has(node.id))).toBe(true);
    expect(told(story)).toContain('198.51.100.4 connected to ops');
    expect(told(story)).toContain('ops acted on arn:aws:s3:::b');
    expect(story.steps[0]?.narrative).toBe(
      'Thing: ops acted on arn:aws:s3:::b, opened a@b.example and came from 198.51.100.4.',
    );
  });

  test('folds what says the same, keeps everything and stays the same between visits', () => {
    const alerts = Array.from({ length: 90 }, (_, i) =>
      alert(i, [
        device(`ws${i % 3}`),
        process('tool.exe', `p${i % 3}`, `ws${i % 3}`),
        evidence('file', { fileName: `f${i}.txt`, sha256: String(i).padStart(64, '0') }, 'created'),
      ]),
    );
    const story = attackStory(alerts);
    expect(story.nodes.length).toBeLessThanOrEqual(60);
    const files = story.nodes.filter((node) => node.type === 'file');
    expect(files.flatMap((node) => node.entities)).toHaveLength(90);
    expect(files.some((node) => node.label === '30 files on 1 device')).toBe(true);
    const ids = new Set(story.nodes.map((node) => node.id));
    expect(story.edges.every((edge) => ids.has(edge.source) && ids.has(edge.target))).toBe(true);
    expect(story.steps.every((step) => step.nodeIds.every((id) => ids.has(id)))).toBe(true);
    expect(attackStory(alerts)).toEqual(story);
  });

  test('folds across devices when that is not enough, and never folds patient zero', () => {
    const alerts = Array.from({ length: 400 }, (_, i) =>
      alert(i, [
        device(`ws${i}`),
        process('tool.exe', `p${i}`, `ws${i}`),
        evidence('file', { fileName: `f${i}.txt`, sha256: String(i).padStart(64, '0') }, 'created'),
      ]),
    );
    const started = performance.now();
    const story = attackStory(alerts);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(story.nodes.length).toBeLessThanOrEqual(60);
    expect(story.nodes.find((node) => node.patientZero)?.entities).toHaveLength(1);
    expect(story.nodes.some((node) => node.label === '400 files on 400 devices')).toBe(true);
    expect(story.nodes.flatMap((node) => node.entities)).toHaveLength(1200);
  });

  test('draws a process that two sensors named differently once, and a reused number twice', () => {
    const seen = (id: string, time: string) =>
      evidence('process', {
        deviceId: 'id-ws5',
        processUniqueId: id,
        fileName: 'reg.exe',
        processId: 77,
        processCreationTime: time,
      });
    const story = attackStory([
      alert(0, [device('ws5'), seen('sysmon', at(0))]),
      alert(1, [device('ws5'), seen('security', at(0))]),
      alert(60, [device('ws5'), seen('later', at(60))]),
    ]);
    expect(story.nodes.filter((node) => node.type === 'process').map((node) => node.alertIds.length)).toEqual([2, 1]);
  });

  test('an incident without evidence has a story too', () => {
    expect(attackStory([alert(0, [])])).toMatchObject({ nodes: [], edges: [], steps: [{ narrative: 'Thing.' }] });
  });
});
