import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeSample, sampleEvents } from '../src/index.ts';
import { END, parse, SEED } from './stream.ts';

const SYSMON = 'Microsoft-Windows-Sysmon/Operational';
const BUILT_IN = new Set(['0x0', '0x3e7', '0x3e4', '0x3e5']);

function digest(options: { seed: string; days: number; end?: Date; scale?: number }): { hash: string; count: number } {
  const hash = createHash('sha256');
  let count = 0;
  for (const event of sampleEvents({ end: END, ...options })) {
    hash.update(event.index).update(String(event.time.getTime())).update(event.doc);
    count++;
  }
  return { hash: hash.digest('hex'), count };
}

describe('determinism', () => {
  it('gives the same bytes for the same options, others for another seed, and more for a larger scale', () => {
    const first = digest({ seed: 'a', days: 12, scale: 0.1 });
    expect(digest({ seed: 'a', days: 12, scale: 0.1 })).toEqual(first);
    expect(digest({ seed: 'b', days: 12, scale: 0.1 }).hash).not.toBe(first.hash);
    expect(digest({ seed: 'a', days: 12, scale: 0.3 }).count).toBeGreaterThan(first.count * 1.2);
  });

  it('refuses options out of range', () => {
    expect(() => describeSample({ seed: 1, end: END, days: 3 })).toThrow(RangeError);
    expect(() => describeSample({ seed: 1, end: new Date('x') })).toThrow(RangeError);
    expect(() => describeSample({ seed: 1, end: END, scale: 0 })).toThrow(RangeError);
  });
});

describe('the default month', () => {
  const problems: string[] = [];
  const note = (text: string) => {
    if (problems.length < 20) problems.push(text);
  };
  const processes = new Set<string>();
  const ended = new Map<string, number>();
  const logons = new Set<string>();
  const lastRecord = new Map<string, number>();
  const kinds = new Map<string, number>();
  const hosts = new Set<string>();
  const people = new Set<string>();
  const cloudAccounts = new Set<string>();
  const eventIds = new Set<string>();
  const stages = new Set<string>();
  const perHour = { day: 0, night: 0, weekend: 0 };
  const hashesByImage = new Map<string, Set<string>>();
  let last = 0;
  let newest = 0;
  let total = 0;

  for (const event of sampleEvents({ seed: SEED, end: END })) {
    total++;
    const doc = parse(event);
    if (doc.at < last) note(`time goes back at event ${total}`);
    last = doc.at;
    newest = doc.at;
    const weekday = event.time.getUTCDay();
    const hour = event.time.getUTCHours();
    if (weekday === 0 || weekday === 6) perHour.weekend++;
    else if (hour >= 8 && hour < 17) perHour.day++;
    else if (hour >= 22 || hour < 5) perHour.night++;

    if (doc.host === '') {
      const { eventID, recipientAccountId, eventTime } = doc.raw as {
        eventID: string;
        recipientAccountId: string;
        eventTime: string;
      };
      kinds.set(`aws ${doc.code}`, (kinds.get(`aws ${doc.code}`) ?? 0) + 1);
      if (eventIds.has(eventID)) note(`event id twice: ${eventID}`);
      eventIds.add(eventID);
      cloudAccounts.add(recipientAccountId);
      if (Math.abs(Date.parse(eventTime) - doc.at) >= 1000) note(`eventTime ${eventTime}`);
      continue;
    }
    kinds.set(`${doc.channel} ${doc.code}`, (kinds.get(`${doc.channel} ${doc.code}`) ?? 0) + 1);
    hosts.add(doc.host);
    const stamp = doc.raw['@timestamp'] as string;
    if (Date.parse(stamp) !== doc.at) note(`@timestamp ${stamp} is not ${doc.at}`);
    const channel = `${doc.host}/${doc.channel}`;
    if (doc.record <= (lastRecord.get(channel) ?? 0)) note(`record id ${doc.record} of ${channel}`);
    lastRecord.set(channel, doc.record);

    const { data } = doc;
    if (data.CommandLine?.includes('comsvcs.dll')) stages.add('memory dump');
    if (data.ServiceName === 'WinSyncHelper') stages.add('remote service');
    if (data.TargetFilename?.endsWith('.halq')) stages.add('encryption');
    if (data.Properties?.includes('1131f6ad') && !data.SubjectUserName!.endsWith('$')) stages.add('replication');
    if (doc.code === '1102') stages.add('cleared log');
    const key = (guid: string) => `${doc.host}/${guid}`;
    if (doc.code === '4624' && doc.channel === 'Security') {
      logons.add(key(data.TargetLogonId!));
      if (data.LogonType === '2') people.add(data.TargetUserName!);
    }
    if (doc.code === '4634' && !logons.has(key(data.TargetLogonId!))) note(`4634 without 4624: ${data.TargetLogonId}`);
    if (doc.channel === SYSMON) {
      if (doc.code === '1') {
        const program = `${data.Image!.replace(/\\Users\\[^\\]+/, '\\Users\\*')}|${data.FileVersion}`;
        hashesByImage.set(program, (hashesByImage.get(program) ?? new Set()).add(data.Hashes!));
        const fromKernel = data.ParentImage === 'System' && data.ParentProcessId === '4';
        if (!fromKernel && !processes.has(key(data.ParentProcessGuid!)))
          note(`parent unknown: ${data.Image} on ${doc.host}`);
        if (ended.has(key(data.ParentProcessGuid!)))
          note(`parent ended before: ${data.ParentImage} → ${data.CommandLine}`);
        if (processes.has(key(data.ProcessGuid!))) note(`process guid twice: ${data.ProcessGuid}`);
        processes.add(key(data.ProcessGuid!));
        if (!BUILT_IN.has(data.LogonId!) && !logons.has(key(data.LogonId!)))
          note(`logon unknown: ${data.LogonId} of ${data.Image} on ${doc.host}`);
      } else {
        for (const field of [
          'ProcessGuid',
          'SourceProcessGUID',
          'TargetProcessGUID',
          'SourceProcessGuid',
          'TargetProcessGuid',
        ]) {
          const guid = data[field];
          if (guid === undefined) continue;
          const kernel = data.ProcessId === '4' || data.Image === 'System';
          if (!kernel && !processes.has(key(guid)))
            note(`event ${doc.code}: ${field} unknown: ${data.Image ?? data.SourceImage} on ${doc.host}`);
          if (ended.has(key(guid))) note(`event ${doc.code} after the end of ${data.Image ?? data.SourceImage}`);
        }
        if (doc.code === '5') ended.set(key(data.ProcessGuid!), doc.at);
      }
    }
    if (doc.code === '4688') {
      const id = data.SubjectLogonId!;
      if (!BUILT_IN.has(id) && !logons.has(key(id))) note(`4688: logon unknown ${id}`);
    }
  }

  it('is sound: order, record ids, processes, parents, logons', () => {
    expect(problems).toEqual([]);
    expect(newest).toBeGreaterThan(END.getTime() - 10 * 60_000);
    expect(newest).toBeLessThanOrEqual(END.getTime() - 3 * 60_000);
  });

  it('has the size that is promised', () => {
    const description = describeSample({ seed: SEED, end: END });
    expect(total).toBeGreaterThan(250_000);
    expect(total).toBeLessThan(400_000);
    expect(hosts.size).toBe(description.devices);
    expect(description.devices).toBe(120);
    expect(description.people).toBe(90);
    expect(people.size).toBeGreaterThanOrEqual(description.people);
    expect(cloudAccounts.size).toBe(description.cloudAccounts);
    expect(description.campaigns).toHaveLength(3);
  });

  it('plays every campaign to its end', () => {
    expect([...stages].sort()).toEqual(['cleared log', 'encryption', 'memory dump', 'remote service', 'replication']);
    expect(kinds.get('aws ModifySnapshotAttribute')).toBe(1);
  });

  it('follows the working day and week', () => {
    const dayRate = perHour.day / 9;
    const nightRate = perHour.night / 7;
    expect(dayRate).toBeGreaterThan(nightRate * 2.5);
    expect(perHour.day / 22 / 9).toBeGreaterThan((perHour.weekend / 8 / 24) * 2);
    expect(nightRate).toBeGreaterThan(0);
  });

  it('gives one set of hashes to every program version', () => {
    expect([...hashesByImage].filter(([, sets]) => sets.size > 1)).toEqual([]);
  });

  it('uses documentation and private addresses, and invented names', () => {
    const addresses = new Set<string>();
    const names = new Set<string>();
    for (const event of sampleEvents({ seed: SEED, end: END, days: 12, scale: 0.5 })) {
      for (const [address] of event.doc.matchAll(/(?<![\d.v])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g))
        addresses.add(address);
      for (const [name] of event.doc.matchAll(
        /\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|dev|cloud|example|local)\b/gi,
      ))
        names.add(name.toLowerCase());
    }
    const allowed = /^(10\.|127\.0\.0\.1$|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/;
    const isAddress = (text: string) => text.split('.').every((n) => Number(n) < 256);
    expect([...addresses].filter((a) => isAddress(a) && !allowed.test(a) && !VERSIONS.has(a))).toEqual([]);
    expect(
      [...names].filter((n) => !n.endsWith('.example') && !n.endsWith('.amazonaws.com') && !FORMAT_NAMES.has(n)),
    ).toEqual([]);
  });

  it('contains every kind of record the shippers collect', () => {
    const sysmon = [1, 3, 5, 7, 8, 10, 11, 12, 13, 17, 18, 22, 23].map((id) => `${SYSMON} ${id}`);
    const security = [
      4624, 4625, 4634, 4648, 4662, 4672, 4688, 4697, 4698, 4719, 4720, 4728, 4732, 4768, 4769, 4771, 4776, 5140, 1102,
    ].map((id) => `Security ${id}`);
    const other = [
      'System 7045',
      'Microsoft-Windows-PowerShell/Operational 4104',
      'aws ConsoleLogin',
      'aws AssumeRole',
      'aws GetObject',
      'aws StopLogging',
      'aws ModifySnapshotAttribute',
    ];
    expect([...sysmon, ...security, ...other].filter((k) => !kinds.has(k))).toEqual([]);
  });
});

/** Product versions that look like addresses. */
const VERSIONS = new Set(['1.3.195.35', '2.47.0.2', '9.4.112.0', '11.0.3.77', '2.4.0.0', '131.0.0.0']);

/** Names that belong to a record's format (an XML namespace, a sign-in page) or to a class library. */
const FORMAT_NAMES = new Set(['console.aws.amazon.com', 'schemas.microsoft.com']);
