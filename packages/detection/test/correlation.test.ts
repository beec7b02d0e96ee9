import type { Category, Evidence } from '@parapet/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deservesAttention, supports } from '../src/correlation/index.ts';
import { correlate, correlationKeys, incidentName } from '../src/index.ts';
import type { CorrelationAlert, CorrelationCandidate } from '../src/types.ts';
import { alertAt, evidence, type ModelIncident, partition, settle } from './correlation-model.ts';

const device = (name: string, role: 'attacked' | 'source' | 'destination' = 'attacked') =>
  evidence('device', { deviceId: `id-${name}`, deviceName: name }, role);
const user = (name: string, domain = 'corp') =>
  evidence('user', { accountName: name, accountDomain: domain }, 'compromised');
const processOn = (host: string, unique: string, fileName = 'tool.exe') =>
  evidence('process', { deviceId: `id-${host}`, processUniqueId: unique, fileName }, 'suspicious');
const sourceIp = (ip: string) => evidence('ip', { ip }, 'source');

const open = (
  alerts: readonly CorrelationAlert[],
  extra: Partial<CorrelationCandidate> = {},
): CorrelationCandidate => ({
  incidentId: '1',
  assignedTo: null,
  classification: null,
  determination: null,
  alertCount: alerts.length,
  alerts,
  ...extra,
});

const scoreOf = (a: CorrelationAlert, b: CorrelationAlert): number => {
  const decision = correlate(b, [open([a])]);
  if (decision.kind === 'join') return decision.reason.score;
  return decision.kind === 'new' ? (decision.similar[0]?.score ?? 0) : 0;
};

describe('rows of the scoring table', () => {
  it('joins an alert on a child process to the alert on its parent', () => {
    const parent = alertAt(0, 'Execution', [processOn('ws1', 'p1')], { title: 'Encoded PowerShell' });
    const child = alertAt(20 * 60, 'Execution', [processOn('ws1', 'p2')], { processAncestors: ['id-ws1|p1'] });
    const decision = correlate(child, [open([parent])]);
    expect(decision).toMatchObject({
      kind: 'join',
      reason: {
        codes: ['eventSequence', 'sameAsset'],
        score: 100,
        matchedAlertId: parent.id,
        keys: ['process:id-ws1|p1'],
      },
    });
    expect(decision.kind === 'join' && decision.reason.text).toContain("'Encoded PowerShell'");
    expect(
      correlate(alertAt(60 * 60, 'Execution', child.evidence, { processAncestors: ['id-ws1|p1'] }), [open([parent])])
        .kind,
    ).toBe('new');
  });

  it('knows a process by its number where sensors give it different ids', () => {
    const seen = (unique: string | undefined, pid: number) =>
      evidence(
        'process',
        { deviceId: 'id-ws1', processId: pid, fileName: 'tool.exe', ...(unique ? { processUniqueId: unique } : {}) },
        'suspicious',
      );
    expect(scoreOf(alertAt(0, 'Execution', [seen('p1', 77)]), alertAt(5, 'Execution', [seen(undefined, 77)]))).toBe(
      100,
    );
    expect(scoreOf(alertAt(0, 'Execution', [seen('p1', 77)]), alertAt(5, 'Execution', [seen(undefined, 78)]))).toBe(0);
  });

  it('ties the credentials of a cloud machine to what was done to the machine', () => {
    const session = evidence(
      'cloudIdentity',
      { resourceId: 'arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0' },
      'compromised',
    );
    const machine = evidence('cloudResource', { resourceId: 'i-0123456789abcdef0' }, 'attacked');
    expect(scoreOf(alertAt(0, 'Execution', [machine]), alertAt(5, 'CredentialAccess', [session]))).toBe(75);
  });

  it('joins a repeat of the same detector on the same device for a day', () => {
    const first = alertAt(0, 'Discovery', [device('ws1')], { ruleId: 'r' });
    expect(scoreOf(first, alertAt(23 * 60, 'Discovery', [device('ws1')], { ruleId: 'r' }))).toBe(100);
    expect(scoreOf(first, alertAt(25 * 60, 'Discovery', [device('ws1')], { ruleId: 'r' }))).toBe(0);
    expect(scoreOf(first, alertAt(5, 'Discovery', [device('ws2')], { ruleId: 'r' }))).toBe(0);
  });

  it('joins what one set of temporary credentials did', () => {
    const session = () =>
      evidence(
        'cloudIdentity',
        { resourceId: 'arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0' },
        'compromised',
      );
    expect(scoreOf(alertAt(0, 'Discovery', [session()]), alertAt(60, 'Discovery', [session()]))).toBeGreaterThanOrEqual(
      90,
    );
  });

  it('follows an account from one device to the next', () => {
    const onFirst = alertAt(0, 'CredentialAccess', [device('ws1'), user('ann')]);
    const onSecond = alertAt(30, 'LateralMovement', [device('srv1'), user('ann')]);
    const decision = correlate(onSecond, [open([onFirst])]);
    expect(decision).toMatchObject({ kind: 'join', reason: { codes: ['lateralMovementPath'], score: 80 } });
    expect(scoreOf(onFirst, alertAt(13 * 60, 'LateralMovement', [device('srv1'), user('ann')]))).toBe(75);
  });

  it('follows a host that telemetry names as the source', () => {
    const onFirst = alertAt(0, 'Execution', [device('ws1')]);
    const resolved = evidence('ip', { ip: '10.0.0.5', deviceId: 'id-ws1', deviceName: 'ws1' }, 'source');
    expect(scoreOf(onFirst, alertAt(5, 'LateralMovement', [device('srv1'), device('ws1', 'source')]))).toBe(80);
    expect(scoreOf(onFirst, alertAt(5, 'LateralMovement', [device('srv1'), resolved]))).toBe(80);
    expect(scoreOf(onFirst, alertAt(5, 'LateralMovement', [device('srv1'), sourceIp('10.0.0.5')]))).toBe(0);
  });

  it('joins the same unknown file and the same attacker address for three days', () => {
    const file = () => evidence('file', { fileName: 'x.dll', sha256: 'a'.repeat(64) }, 'suspicious');
    const c2 = () => evidence('ip', { ip: '203.0.113.9' }, 'commandAndControl');
    expect(scoreOf(alertAt(0, 'Execution', [file()]), alertAt(71 * 60, 'Execution', [file()]))).toBe(75);
    expect(scoreOf(alertAt(0, 'Execution', [c2()]), alertAt(71 * 60, 'Execution', [sourceIp('203.0.113.9')]))).toBe(75);
    expect(scoreOf(alertAt(0, 'Execution', [c2()]), alertAt(73 * 60, 'Execution', [c2()]))).toBe(0);
  });

  it('needs a step along the kill chain before one device or one account is enough', () => {
    const start = alertAt(0, 'Execution', [device('ws1')]);
    expect(scoreOf(start, alertAt(60, 'Execution', [device('ws1')]))).toBe(50);
    expect(scoreOf(start, alertAt(60, 'CredentialAccess', [device('ws1')]))).toBe(75);
    expect(scoreOf(start, alertAt(7 * 60, 'CredentialAccess', [device('ws1')]))).toBe(50);
    // On a device reached by lateral movement the chain starts again.
    expect(scoreOf(alertAt(0, 'LateralMovement', [device('ws1')]), alertAt(5, 'Execution', [device('ws1')]))).toBe(75);
    expect(scoreOf(alertAt(30, 'LateralMovement', [device('ws1')]), alertAt(0, 'Impact', [device('ws1')]))).toBe(50);
    const account = alertAt(0, 'Execution', [user('ann')]);
    expect(scoreOf(account, alertAt(60, 'InitialAccess', [user('ann')]))).toBe(60);
    expect(scoreOf(account, alertAt(60, 'Impact', [user('ann')]))).toBe(75);
    // Half of each further match: 60 for the account, 25 for the device.
    expect(
      scoreOf(
        alertAt(0, 'Execution', [device('ws1'), user('ann')]),
        alertAt(30, 'Execution', [device('ws1'), user('ann')]),
      ),
    ).toBe(85);
  });

  it('joins what happens on one device or to one account within minutes, unless different people are at work', () => {
    const at = (minute: number, ...list: Evidence[]) => alertAt(minute, 'Execution', list);
    expect(scoreOf(at(0, device('ws1')), at(10, device('ws1')))).toBe(70);
    expect(scoreOf(at(0, device('ws1')), at(11, device('ws1')))).toBe(50);
    expect(scoreOf(at(0, user('ann')), at(10, user('ann')))).toBe(70);
    // One side that names nobody says nothing against it; two strangers on a server do.
    expect(scoreOf(at(0, device('srv1'), user('ann')), at(3, device('srv1')))).toBe(70);
    expect(scoreOf(at(0, device('srv1'), user('ann')), at(3, device('srv1'), user('bob')))).toBe(50);
  });

  it('lists what is only similar', () => {
    const decision = correlate(alertAt(5, 'Execution', [sourceIp('198.51.100.7')]), [
      open([alertAt(0, 'Execution', [sourceIp('198.51.100.7')])]),
    ]);
    expect(decision).toMatchObject({ kind: 'new', similar: [{ incidentId: '1', score: 40 }] });
  });

  it('takes the names of one account as one match', () => {
    const named = () =>
      evidence('user', { accountName: 'ann', accountDomain: 'corp', accountSid: 'S-1-5-21-1-2-3-1104' }, 'compromised');
    expect(scoreOf(alertAt(0, 'Execution', [named()]), alertAt(30, 'Execution', [named()]))).toBe(60);
  });
});

describe('keys that are never used', () => {
  const never: [string, Evidence][] = [
    ['SYSTEM', evidence('user', { accountName: 'SYSTEM', accountDomain: 'NT AUTHORITY' }, 'compromised')],
    ['LOCAL SERVICE', evidence('user', { accountName: 'LOCAL SERVICE' }, 'compromised')],
    ['a built-in SID', evidence('user', { accountName: 'système', accountSid: 'S-1-5-18' }, 'compromised')],
    ['a computer account', evidence('user', { accountName: 'WS1$', accountDomain: 'corp' }, 'compromised')],
    ['a local Administrator without domain', evidence('user', { accountName: 'Administrator' }, 'compromised')],
    ['loopback', sourceIp('127.0.0.1')],
    ['loopback in IPv6 spelling', sourceIp('::ffff:127.0.0.1')],
    ['link-local', sourceIp('fe80::1%eth0')],
    ['a private address', sourceIp('192.168.10.20')],
    ['a service name in an address column', evidence('ip', { ip: 'cloudtrail.amazonaws.com' }, 'source')],
    ['a system binary by name', evidence('file', { fileName: 'svchost.exe', sha256: 'b'.repeat(64) }, 'suspicious')],
    [
      'a system binary by folder',
      evidence(
        'file',
        { fileName: 'odd.exe', folderPath: 'C:\\Windows\\System32\\odd.exe', sha1: 'b'.repeat(40) },
        'suspicious',
      ),
    ],
    [
      'an empty file',
      evidence(
        'file',
        { fileName: 'x', sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
        'suspicious',
      ),
    ],
    ['a file without hash', evidence('file', { fileName: 'x.ps1', folderPath: 'C:\\Temp\\x.ps1' }, 'suspicious')],
    ['services.exe as a process', processOn('ws1', 'svc', 'services.exe')],
    ['a device in the background', evidence('device', { deviceName: 'dc1' }, 'contextual')],
    ['a sharing domain', evidence('url', { url: 'https://www.dropbox.com/' }, 'suspicious')],
  ];
  it.each(never)('%s', (_, entity) => {
    expect(correlationKeys(alertAt(0, 'Execution', [entity])).filter((key) => !key.startsWith('detector:'))).toEqual(
      [],
    );
    expect(scoreOf(alertAt(0, 'Execution', [entity]), alertAt(1, 'Impact', [entity]))).toBe(0);
  });

  it('does not join two alerts because both asked the same domain controller', () => {
    const dc = () => device('dc1', 'destination');
    expect(
      scoreOf(alertAt(0, 'Discovery', [dc(), user('ann')]), alertAt(5, 'CredentialAccess', [dc(), user('bob')])),
    ).toBe(0);
  });

  it('keeps two unrelated users behind one address apart, and two hosts that share svchost.exe', () => {
    const nat = () => sourceIp('198.51.100.7');
    expect(
      settle([alertAt(0, 'InitialAccess', [user('ann'), nat()]), alertAt(5, 'Exfiltration', [user('bob'), nat()])]),
    ).toHaveLength(2);
    const svchost = () => evidence('file', { fileName: 'svchost.exe', sha256: 'c'.repeat(64) }, 'suspicious');
    expect(
      settle([alertAt(0, 'Execution', [device('ws1'), svchost()]), alertAt(5, 'Impact', [device('ws2'), svchost()])]),
    ).toHaveLength(2);
  });

  it('lets an internal address support an account but nothing else', () => {
    const inside = () => sourceIp('192.168.10.20');
    const both = (minute: number, name: string) => alertAt(minute, 'DefenseEvasion', [user(name), inside()]);
    expect(scoreOf(both(0, 'ann'), both(30, 'ann'))).toBe(80);
    expect(scoreOf(both(0, 'ann'), both(5, 'bob'))).toBe(0);
  });

  it('counts what more than ten open incidents share half and says so, and what more than twenty share not at all', () => {
    const shared = () => evidence('ip', { ip: '203.0.113.9' }, 'attacker');
    const many = Array.from({ length: 21 }, (_, index) =>
      open([alertAt(0, 'Execution', [shared(), device(`ws${index}`)])], { incidentId: String(index + 1) }),
    );
    const alone = alertAt(5, 'Execution', [shared()]);
    expect(correlate(alone, many.slice(0, 10)).kind).toBe('join');
    expect(correlate(alone, many.slice(0, 11)).kind).toBe('new');
    expect(correlate(alone, many)).toEqual({ kind: 'new', pull: [], similar: [] });
    // Half of a noisy address beside the same device further along the attack.
    const beside = correlate(alertAt(5, 'Impact', [shared(), device('ws3')]), many.slice(0, 11));
    expect(beside).toMatchObject({ kind: 'join', incidentId: '4', reason: { score: 94 } });
    expect(beside.kind === 'join' && beside.reason.text).toContain('is in 11 open incidents and counts half');
  });
});

describe('one thing under several names', () => {
  const named = (deviceName: string, deviceId?: string) =>
    evidence('device', deviceId ? { deviceId, deviceName } : { deviceName }, 'attacked');
  const near = (a: Evidence, b: Evidence) => scoreOf(alertAt(0, 'Execution', [a]), alertAt(5, 'Execution', [b]));

  it('knows a device by its id, its full name and its short name, and tells two domains apart', () => {
    expect(near(named('ws1.corp.example', 'id-1'), named('WS1.corp.example'))).toBe(70);
    expect(near(named('ws1.corp.example', 'id-1'), named('ws1'))).toBe(70);
    expect(near(named('ws1.corp.example', 'id-1'), named('ws1', 'id-2'))).toBe(70);
    expect(near(named('ws1.corp.example', 'id-1'), named('ws1.lab.example'))).toBe(0);
    expect(near(named('10.1.2.3'), named('10'))).toBe(0);
    expect(near(named('localhost'), named('localhost.corp.example'))).toBe(0);
    const masked = '00000000-0000-0000-0000-000000000000';
    expect(near(named('ws1', masked), named('ws2', masked))).toBe(0);
    expect(near(named('ws1', masked), named('ws1'))).toBe(70);
    // The same detector, told of by two tables.
    const repeat = (a: Evidence) => alertAt(0, 'Execution', [a], { ruleId: 'r' });
    expect(scoreOf(repeat(named('ws1.corp.example', 'id-1')), repeat(named('ws1')))).toBe(100);
  });

  it('counts a device with several shared names once, in scores and in names', () => {
    const both = [named('ws1.corp.example', 'id-1')];
    expect(scoreOf(alertAt(0, 'Execution', both), alertAt(60, 'Execution', both))).toBe(50);
    const title = incidentName([
      alertAt(0, 'Execution', both, { title: 'a' }),
      alertAt(1, 'Execution', [named('ws1')], { title: 'b' }),
    ]);
    expect(title).toContain('on one endpoint');
  });

  it('follows a process by the id that is unique in the world, whoever owns the record', () => {
    const guid = '{9F2C1A3B-0001-6000-0100-000000000500}';
    const one = evidence('process', { deviceName: 'ws1', processUniqueId: guid, fileName: 'tool.exe' }, 'suspicious');
    const child = alertAt(300, 'Execution', [], { processAncestors: [`id-1|${guid.toLowerCase()}`] });
    expect(scoreOf(alertAt(0, 'Execution', [one]), child)).toBe(100);
  });

  it('ties together what one logon session did, but not the sessions that every machine has', () => {
    const who = (logonId: string, host = 'ws1') => [
      device(host),
      evidence('user', { accountName: 'ann', accountDomain: 'corp', logonId }, 'compromised'),
    ];
    const at = (minute: number, list: Evidence[]) => alertAt(minute, 'Execution', list);
    // 90, half of the account's 60 and half of the device's 50, at most 100.
    expect(scoreOf(at(0, who('0x1a2b3c')), at(600, who(String(0x1a2b3c))))).toBe(100);
    const apart = (id: string) => {
      const decision = correlate(at(600, who(id)), [open([at(0, who(id))])]);
      return decision.kind === 'join' ? decision.reason.keys.filter((key) => key.startsWith('session:')) : [];
    };
    expect(apart('0x1a2b3c')).toHaveLength(1);
    expect(apart('0x3e7')).toEqual([]);
  });
});

describe('alerts that only support others', () => {
  const low = (minute: number, list: Evidence[], extra = {}) =>
    alertAt(minute, 'Execution', list, { severity: 'low', serviceSource: 'x', ...extra });

  it('join what they belong to, and wait with those of their asset and day until there is something', () => {
    const serious = alertAt(0, 'Execution', [device('ws1')]);
    expect(correlate(low(5, [device('ws1')]), [open([serious])])).toMatchObject({ kind: 'join', pull: [] });
    expect(correlate(low(5, [device('ws1')]), [])).toEqual({ kind: 'background', key: 'device:id-ws1|2026-03-01' });
    expect(correlate(low(5, [device('ws1')]), [open([low(0, [device('ws1')])], { background: true })])).toMatchObject({
      kind: 'background',
    });
  });

  it('are taken out of the background by what they belong to, unless somebody works there', () => {
    const quiet = [low(0, [device('ws1')]), low(300, [device('ws1')])];
    const serious = alertAt(5, 'Execution', [device('ws1')]);
    const decision = correlate(serious, [open(quiet, { background: true })]);
    expect(decision).toMatchObject({
      kind: 'new',
      pull: [{ alertId: quiet[0]?.id, incidentId: '1', reason: { matchedAlertId: serious.id, score: 70 } }],
    });
    expect(correlate(serious, [open(quiet, { background: true, touched: true })])).toMatchObject({ pull: [] });
  });

  it('never tie two incidents together', () => {
    const [left, right] = [alertAt(0, 'Execution', [device('ws1')]), alertAt(5, 'Execution', [device('srv1')])];
    const between = low(3, [device('ws1'), device('srv1')]);
    expect(partition(settle([left, right, between]))).toHaveLength(2);
    expect(partition(settle([between, left, right]))).toHaveLength(2);
  });

  it('open incidents when their rule says so, and serious ones do not when theirs does', () => {
    expect(correlate(low(0, [device('ws1')], { opensIncident: 'always' }), []).kind).toBe('new');
    expect(correlate(alertAt(0, 'Execution', [device('ws1')], { opensIncident: 'never' }), []).kind).toBe('background');
  });

  it('ask for a look together when three detectors of two tactics or two products agree', () => {
    const of = (ruleId: string, extra = {}) => low(0, [device('ws1')], { ruleId, ...extra });
    expect(deservesAttention([of('a'), of('b'), of('c')])).toBe(false);
    expect(deservesAttention([of('a'), of('b'), of('c', { category: 'Discovery' })])).toBe(true);
    expect(deservesAttention([of('a'), of('b'), of('c', { serviceSource: 'y' })])).toBe(true);
    expect(deservesAttention([of('a'), of('b'), of('c', { serviceSource: 'y', severity: 'informational' })])).toBe(
      false,
    );
  });
});

describe('a rule that is left out of correlation', () => {
  it('shares nothing but repeats of itself on the same asset', () => {
    const alone = (minute: number, extra = {}) =>
      alertAt(minute, 'Execution', [device('ws1'), user('ann')], { correlates: false, ruleId: 'r', ...extra });
    expect(correlationKeys(alone(0)).every((key) => key.startsWith('detector:r|'))).toBe(true);
    expect(scoreOf(alone(0), alertAt(1, 'Impact', [device('ws1'), user('ann')]))).toBe(0);
    expect(scoreOf(alone(0), alone(60))).toBe(100);
    expect(scoreOf(alone(0), alone(1, { ruleId: 'other' }))).toBe(0);
  });
});

describe('joining and merging', () => {
  const left = alertAt(0, 'Execution', [device('ws1')]);
  const right = alertAt(5, 'Execution', [device('srv1')]);
  const bridge = alertAt(10, 'CredentialAccess', [device('ws1'), device('srv1')]);
  const candidates = (a: Partial<CorrelationCandidate>, b: Partial<CorrelationCandidate>) => [
    open([left], { incidentId: '9', ...a }),
    open([right], { incidentId: '10', ...b }),
  ];

  it('merges the incidents that an alert bridges into the older one', () => {
    expect(correlate(bridge, candidates({}, {}))).toMatchObject({
      kind: 'join',
      incidentId: '9',
      merge: [{ incidentId: '10' }],
    });
  });
  it('prefers the assigned, then the larger incident as the survivor', () => {
    expect(correlate(bridge, candidates({}, { assignedTo: 'ann' }))).toMatchObject({
      incidentId: '10',
      merge: [{ incidentId: '9' }],
    });
    expect(correlate(bridge, candidates({}, { alertCount: 7 }))).toMatchObject({
      incidentId: '10',
      merge: [{ incidentId: '9' }],
    });
  });
  it.each([
    ['two assignees', { assignedTo: 'ann' }, { assignedTo: 'bob' }],
    ['two classifications', { classification: 'truePositive' }, { classification: 'falsePositive' }],
    ['two determinations', { determination: 'malware' }, { determination: 'phishing' }],
    ['more than 1,000 alerts together', { alertCount: 600 }, { alertCount: 400 }],
  ])('never merges with %s', (_, a, b) => {
    expect(correlate(bridge, candidates(a, b))).toMatchObject({ kind: 'join', merge: [] });
  });
  it('does not grow an incident beyond 1,000 alerts', () => {
    expect(correlate(bridge, [open([left], { alertCount: 1000 })])).toMatchObject({
      kind: 'new',
      similar: [{ score: 75 }],
    });
  });
});

describe('a whole attack', () => {
  const attack = [
    alertAt(0, 'Execution', [device('ws1'), user('ann'), processOn('ws1', 'p1', 'powershell.exe')]),
    alertAt(2, 'CredentialAccess', [device('ws1'), user('ann'), processOn('ws1', 'p2')], {
      processAncestors: ['id-ws1|p1'],
    }),
    alertAt(6, 'LateralMovement', [device('srv1'), device('ws1', 'source')]),
    alertAt(8, 'Execution', [device('srv1'), user('svc-backup'), processOn('srv1', 's1')]),
    alertAt(9, 'Impact', [device('srv1'), processOn('srv1', 's2')], { processAncestors: ['id-srv1|s1'] }),
    alertAt(11, 'CredentialAccess', [device('dc1', 'destination'), user('svc-backup')]),
  ];
  it('on three hosts ends as one incident', () => {
    const incidents = settle(attack);
    expect(partition(incidents)).toHaveLength(1);
    expect(incidentName(attack)).toBe(
      'Multi-stage incident involving Execution & Impact on multiple endpoints involving multiple users',
    );
  });
});

describe('order of arrival', () => {
  const hosts = ['ws1', 'ws2', 'ws3', 'srv1'];
  const users = ['ann', 'bob', 'cid'];
  const categories: Category[] = [
    'Execution',
    'CredentialAccess',
    'LateralMovement',
    'Exfiltration',
    'Malware',
    'SuspiciousActivity',
  ];
  const alertArbitrary = fc
    .record({
      minute: fc.integer({ min: 0, max: 3000 }),
      minutes: fc.integer({ min: 0, max: 90 }),
      category: fc.constantFrom(...categories),
      host: fc.option(fc.constantFrom(...hosts)),
      from: fc.option(fc.constantFrom(...hosts)),
      name: fc.option(fc.constantFrom(...users)),
      process: fc.option(fc.integer({ min: 0, max: 5 })),
      ip: fc.option(fc.constantFrom('198.51.100.7', '203.0.113.9', '10.1.1.1')),
      rule: fc.integer({ min: 0, max: 4 }),
      severity: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
      short: fc.boolean(),
    })
    .map(({ minute, minutes, category, host, from, name, process, ip, rule, severity, short }) => {
      const list: Evidence[] = [];
      // Some tables know the device by its name alone.
      if (host) list.push(short ? evidence('device', { deviceName: host }, 'attacked') : device(host));
      if (from && from !== host) list.push(device(from, 'source'));
      if (name) list.push(user(name));
      if (host && process !== null) list.push(processOn(host, `p${process}`));
      if (ip) list.push(sourceIp(ip));
      const end = new Date(Date.UTC(2026, 2, 1) + (minute + minutes) * 60_000).toISOString();
      return alertAt(minute, category, list, { ruleId: `rule-${rule}`, lastActivity: end, severity });
    });

  it('does not change the partition into incidents', () => {
    fc.assert(
      fc.property(
        fc
          .array(alertArbitrary, { minLength: 2, maxLength: 14 })
          .chain((alerts) => fc.tuple(fc.constant(alerts), fc.shuffledSubarray(alerts, { minLength: alerts.length }))),
        ([alerts, shuffled]) => {
          // Which of several incidents a supporting alert enriches may depend on what was there first; nothing else does.
          const [one, other] = [settle(shuffled), settle(alerts)];
          const serious = (incidents: readonly ModelIncident[]) =>
            partition(incidents.map((each) => ({ ...each, alerts: each.alerts.filter((alert) => !supports(alert)) })));
          expect(serious(one)).toEqual(serious(other));
          const waiting = (incidents: readonly ModelIncident[]) =>
            incidents.flatMap((each) => (each.waiting === undefined ? [] : each.alerts.map(({ id }) => id))).sort();
          expect(waiting(one)).toEqual(waiting(other));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('finds every join through the keys alone', () => {
    fc.assert(
      fc.property(alertArbitrary, alertArbitrary, (one, other) => {
        const [a, b] = [one, other].map((alert) => ({ ...alert, severity: 'medium' as const })) as [
          CorrelationAlert,
          CorrelationAlert,
        ];
        if (scoreOf(a, b) < 40) return;
        const keys = new Set(correlationKeys(a));
        expect(correlationKeys(b).some((key) => keys.has(key))).toBe(true);
      }),
    );
  });
});

describe('names', () => {
  it('is the title for one alert, and does not depend on the order', () => {
    const one = alertAt(0, 'Execution', [device('ws1')], { title: 'Encoded PowerShell' });
    const same = alertAt(1, 'Execution', [device('ws2')], {
      title: 'Encoded PowerShell',
      serviceSource: 'microsoftDefenderForEndpoint',
    });
    const cloud = alertAt(
      2,
      'Exfiltration',
      [evidence('cloudResource', { resourceId: 'arn:aws:s3:::b' }, 'attacked')],
      { serviceSource: 'microsoftDefenderForCloud' },
    );
    expect(incidentName([one])).toBe('Encoded PowerShell');
    expect(incidentName([one, same])).toBe('Encoded PowerShell on multiple endpoints reported by one source');
    expect(incidentName([cloud, same, one])).toBe(incidentName([one, same, cloud]));
    expect(incidentName([one, cloud, same])).toBe(
      'Multi-stage incident involving Execution & Exfiltration on multiple endpoints reported by multiple sources',
    );
    const other = alertAt(3, 'Exfiltration', [evidence('cloudResource', { resourceId: 'arn:aws:s3:::c' }, 'attacked')]);
    expect(incidentName([cloud, other])).toBe(
      'Exfiltration incident on multiple cloud resources reported by one source',
    );
  });
});
