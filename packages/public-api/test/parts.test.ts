/** Pieces that need no database: addresses, times, the counts of calls, CEF. */
import { describe, expect, it } from 'vitest';
import { checkAddress } from '../src/notify/outbound.ts';
import { resourceOf } from '../src/notify/subscriptions.ts';
import { canonicalPath } from '../src/path.ts';
import { HuntingBudget, timeRange } from '../src/routes/hunting.ts';
import { ruleChanges } from '../src/rules/wire.ts';
import { cef } from '../src/stream/sinks.ts';
import { CallThrottle } from '../src/throttle.ts';

describe('addresses', () => {
  it('have one spelling, and ids keep theirs', () => {
    expect(canonicalPath('/V1.0/SECURITY/Alerts_V2/AbC?$top=1', false)).toBe('/v1.0/security/alerts_v2/AbC?$top=1');
    expect(canonicalPath('/beta/security/microsoft.graph.security.runHuntingQuery', false)).toBe(
      '/beta/security/runHuntingQuery',
    );
    expect(canonicalPath("/v1.0/security/incidents('12')/Alerts", false)).toBe('/v1.0/security/incidents/12/alerts');
    expect(canonicalPath('/v1.0/%24batch', false)).toBe('/v1.0/$batch');
    expect(canonicalPath('/api/incidents?page=1', false)).toBe('/api/incidents?page=1');
    expect(canonicalPath('/api/Incidents/12?$top=1', true)).toBe('/legacy/incidents/12?$top=1');
    expect(canonicalPath('/api/users', true)).toBe('/api/users');
  });

  it('of this machine are no place for notifications', () => {
    for (const url of [
      'http://soar.example/x',
      'https://localhost/x',
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://[::ffff:127.0.0.1]/x',
      'https://169.254.169.254/latest',
      'https://0.0.0.0/',
      'https://2130706433/',
      'https://user:pw@soar.example/',
      'file:///etc/passwd',
      'nonsense',
    ])
      expect(() => checkAddress(url, 'notificationUrl', false), url).toThrow(/notificationUrl/);
    expect(checkAddress('https://10.0.0.5/hook', 'notificationUrl', false).host).toBe('10.0.0.5');
  });

  it('of subscriptions are those of alerts and incidents', () => {
    expect(resourceOf("/security/incidents?$filter=severity eq 'high'")).toEqual({
      kind: 'incident',
      objectId: null,
      filter: "severity eq 'high'",
    });
    expect(resourceOf('security/alerts_v2/da1')).toMatchObject({ kind: 'alert', objectId: 'da1' });
    for (const text of [
      '/users',
      '/security/alerts',
      '/security/incidents?$top=1',
      "/security/incidents?$filter=title eq 'x'",
    ])
      expect(() => resourceOf(text), text).toThrow();
  });
});

it('timespans are durations, starts and intervals', () => {
  const now = Date.parse('2026-03-10T12:00:00Z');
  const range = (text: string): string[] => {
    const { from, to } = timeRange(text, now);
    return [from.toISOString(), to.toISOString()];
  };
  expect(range('')).toEqual(['2026-02-08T12:00:00.000Z', '2026-03-10T12:00:00.000Z']);
  expect(range('P1D')).toEqual(['2026-03-09T12:00:00.000Z', '2026-03-10T12:00:00.000Z']);
  expect(range('2026-03-01/2026-03-02')).toEqual(['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z']);
  expect(range('P1D/2026-03-02T00:00:00Z')).toEqual(['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z']);
  expect(range('2026-03-01T00:00:00Z/PT12H')).toEqual(['2026-03-01T00:00:00.000Z', '2026-03-01T12:00:00.000Z']);
  expect(range('2026-03-10T11:00:00+00:00')).toEqual(['2026-03-10T11:00:00.000Z', '2026-03-10T12:00:00.000Z']);
  for (const text of ['P', 'PT', 'tomorrow', '2026-03-02/2026-03-01', 'P1D/P1D', '1/2/3', '2027-01-01'])
    expect(() => timeRange(text, now), text).toThrow();
});

it('call 151 of a minute waits, and is let through afterwards', () => {
  let now = 0;
  const throttle = new CallThrottle(() => now);
  const count = () => throttle.count('app', { perMinute: 150 });
  for (let call = 1; call <= 150; call++) expect(count().remaining).toBe(150 - call);
  expect(count).toThrow(expect.objectContaining({ status: 429, details: { retryAfterSeconds: 60, limit: 150 } }));
  expect(throttle.count('other', { perMinute: 150 }).remaining).toBe(149);
  now = 60_000;
  expect(count().remaining).toBe(149);
  const hourly = () => throttle.count('old', { perMinute: 5, perHour: 6 });
  for (let call = 0; call < 5; call++) hourly();
  now += 60_000;
  hourly();
  expect(hourly).toThrow(/6 calls a hour/);
});

it('query time of fifteen minutes is a budget', () => {
  let now = 0;
  const budget = new HuntingBudget(10, () => now);
  budget.check('app');
  budget.spend('app', 10_000);
  expect(() => budget.check('app')).toThrow(
    expect.objectContaining({ status: 429, details: { retryAfterSeconds: 900 } }),
  );
  now = 15 * 60_000;
  budget.check('app');
});

it('CEF escapes what would break its form', () => {
  const line = cef('Alerts', {
    time: '2026-03-10T12:00:00Z',
    tenantId: 't',
    category: 'AdvancedHunting-Alerts',
    operationName: 'Publish',
    sequence: 7,
    properties: { title: 'a|b\\c\nd', severity: 'high', note: 'x=1\ny', empty: '', list: ['1'] },
  });
  expect(line).toBe(
    'CEF:0|Parapet|Parapet|1|Alerts|a\\|b\\\\c d|9|rt=1773144000000 externalId=7 title=a|b\\\\c\\nd severity=high note=x\\=1\\ny list=["1"]',
  );
});

describe('detection rules', () => {
  const asset = (kind: string, identifier: string) => ({
    '@odata.type': `#microsoft.graph.security.impacted${kind}Asset`,
    identifier,
  });
  const alertTemplate = {
    title: 'Quiet harbour',
    description: 'A word that nobody uses.',
    severity: 'medium',
    category: 'Execution',
    recommendedActions: null,
    mitreTechniques: ['T1059.001'],
    impactedAssets: [asset('Device', 'deviceId'), asset('User', 'accountSid')],
  };
  const body = {
    displayName: 'By hand',
    isEnabled: true,
    queryCondition: { queryText: 'DeviceProcessEvents' },
    schedule: { period: '0' },
    detectionAction: { alertTemplate, organizationalScope: null, responseActions: [] },
  };

  it('become rules of the product', () => {
    expect(ruleChanges(body, true)).toMatchObject({
      name: 'By hand',
      kind: 'continuous',
      enabled: true,
      techniques: ['T1059.001'],
      entities: [
        { type: 'device', fields: { deviceId: 'DeviceId' } },
        { type: 'user', fields: { accountSid: 'AccountSid' } },
      ],
    });
    expect(ruleChanges({ schedule: { period: '1H' } }, false)).toMatchObject({ kind: 'scheduled', frequency: '1h' });
    expect(ruleChanges({ displayName: 'Other' }, false)).toEqual({ name: 'Other' });
  });

  it.each([
    [{ ...body, displayName: '' }, /displayName/],
    [{ ...body, colour: 'red' }, /colour/],
    [{ ...body, schedule: { period: 'often' } }, /period/],
    [{ ...body, detectionAction: { alertTemplate, responseActions: [{}] } }, /responseActions/],
    [{ ...body, detectionAction: { alertTemplate: { ...alertTemplate, severity: 'critical' } } }, /severity/],
    [
      { ...body, detectionAction: { alertTemplate: { ...alertTemplate, impactedAssets: [asset('Moon', 'x')] } } },
      /Asset/,
    ],
    [{}, /displayName/],
    [null, /object/],
  ])('%# of a wrong form are refused by name', (wrong, named) => {
    expect(() => ruleChanges(wrong, true)).toThrow(named);
  });
});
