import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONNECTORS, type Laboratory, laboratory, SENDER } from './setup.ts';

/** One attack as three recorders tell it, and the places each class of OCSF belongs to. */
const USED = ['microsoft/windows-events.yaml', 'elastic/ecs.yaml', 'ocsf/ocsf.yaml'];
const dir = mkdtempSync(join(tmpdir(), 'parapet-connectors-'));
for (const folder of ['.', ...USED.map((file) => dirname(file))])
  for (const name of readdirSync(join(CONNECTORS, folder)).filter((item) => item.startsWith('_'))) {
    mkdirSync(join(dir, folder), { recursive: true });
    cpSync(join(CONNECTORS, folder, name), join(dir, folder, name));
  }
for (const file of USED) cpSync(join(CONNECTORS, file), join(dir, file));

const HOST = 'PC-7.corp.example';
const SHA256 = 'a'.repeat(64);
const at = (second: number): { sysmon: string; iso: string; ms: number } => ({
  sysmon: `2024-05-06 10:00:0${second}.250`,
  iso: `2024-05-06T10:00:0${second}.250Z`,
  ms: Date.UTC(2024, 4, 6, 10, 0, second, 250),
});
const ACTOR = 'C:\\Temp\\loader.exe';

const sysmon = (id: number, second: number, data: Record<string, unknown>): Record<string, unknown> => ({
  EventID: id,
  Channel: 'Microsoft-Windows-Sysmon/Operational',
  SourceName: 'Microsoft-Windows-Sysmon',
  Hostname: HOST,
  '@timestamp': at(second).iso,
  UtcTime: at(second).sysmon,
  RecordNumber: 100 + second,
  ...data,
});
const sysmonActor = { Image: ACTOR, ProcessId: '500', ProcessGuid: '{g-500}', User: 'CORP\\ada' };
const ecs = (second: number, event: Record<string, unknown>, data: Record<string, unknown>) => ({
  '@timestamp': at(second).iso,
  ecs: { version: '8.11.0' },
  event: { kind: 'event', ...event },
  host: { name: HOST, id: 'machine-1', ip: ['10.0.0.7', 'fe80::7'] },
  ...data,
});
const ecsActor = {
  process: { executable: ACTOR, pid: 500, entity_id: 'g-500' },
  user: { name: 'ada', domain: 'CORP' },
};
const ocsf = (second: number, classUid: number, activity: number, data: Record<string, unknown>) => ({
  class_uid: classUid,
  category_uid: Math.trunc((classUid % 100_000) / 1_000),
  activity_id: activity,
  time: at(second).ms,
  severity_id: 1,
  metadata: { version: '1.3.0', product: { name: 'Example Agent', vendor_name: 'Example' } },
  device: { hostname: HOST, uid: 'machine-1' },
  ...data,
});
const ocsfActor = {
  actor: { process: { pid: 500, uid: 'g-500', file: { path: ACTOR } }, user: { name: 'ada', domain: 'CORP' } },
};

const recordings: Record<string, Record<string, unknown>[]> = {
  sysmon: [
    sysmon(1, 1, {
      Image: 'C:\\Windows\\System32\\whoami.exe',
      CommandLine: 'whoami /all',
      ProcessId: '600',
      ProcessGuid: '{g-600}',
      User: 'CORP\\ada',
      LogonId: '0x3e7',
      Hashes: `SHA256=${SHA256.toUpperCase()}`,
      ParentImage: ACTOR,
      ParentProcessId: '500',
      ParentCommandLine: 'loader.exe -q',
      ParentUser: 'CORP\\ada',
    }),
    sysmon(11, 2, { ...sysmonActor, TargetFilename: 'C:\\Temp\\b.dll' }),
    sysmon(7, 3, { ...sysmonActor, ImageLoaded: 'C:\\Temp\\b.dll', Hashes: `SHA256=${SHA256}` }),
    sysmon(13, 4, {
      ...sysmonActor,
      EventType: 'SetValue',
      TargetObject: 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\updater',
      Details: 'C:\\Temp\\loader.exe',
    }),
    sysmon(3, 5, {
      ...sysmonActor,
      Protocol: 'tcp',
      Initiated: 'true',
      SourceIp: '10.0.0.7',
      SourcePort: '50000',
      DestinationIp: '203.0.113.9',
      DestinationPort: '443',
      DestinationHostname: 'c2.example.net',
    }),
    sysmon(22, 6, { ...sysmonActor, QueryName: 'c2.example.net', QueryResults: '203.0.113.9' }),
    sysmon(23, 7, { ...sysmonActor, TargetFilename: 'C:\\Temp\\b.dll' }),
  ],
  ecs: [
    ecs(
      1,
      { category: ['process'], type: ['start'], action: 'exec' },
      {
        user: { name: 'ada', domain: 'CORP' },
        process: {
          executable: 'C:\\Windows\\System32\\whoami.exe',
          command_line: 'whoami /all',
          pid: 600,
          entity_id: 'g-600',
          hash: { sha256: SHA256 },
          Ext: { authentication_id: '0x3e7' },
          parent: { executable: ACTOR, pid: 500, command_line: 'loader.exe -q', user: { name: 'ada', domain: 'CORP' } },
        },
      },
    ),
    ecs(2, { category: 'file', type: 'creation' }, { ...ecsActor, file: { path: 'C:\\Temp\\b.dll' } }),
    ecs(
      3,
      { category: ['library'], type: ['start'], action: 'load' },
      {
        ...ecsActor,
        dll: { path: 'C:\\Temp\\b.dll', hash: { sha256: SHA256 } },
      },
    ),
    ecs(
      4,
      { category: ['configuration', 'registry'], type: ['change'] },
      {
        ...ecsActor,
        registry: {
          hive: 'HKLM',
          key: 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\updater',
          path: 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\updater',
          value: 'updater',
          data: { strings: ['C:\\Temp\\loader.exe'], type: 'REG_SZ' },
        },
      },
    ),
    ecs(
      5,
      { category: ['network'], type: ['start', 'connection'] },
      {
        ...ecsActor,
        network: { transport: 'tcp', direction: 'egress' },
        source: { ip: '10.0.0.7', port: 50000 },
        destination: { ip: '203.0.113.9', port: 443, domain: 'c2.example.net' },
      },
    ),
    ecs(
      6,
      { category: ['network'], type: ['protocol'] },
      {
        ...ecsActor,
        dns: { question: { name: 'c2.example.net' }, resolved_ip: ['203.0.113.9'] },
      },
    ),
    ecs(7, { category: ['file'], type: ['deletion'] }, { ...ecsActor, file: { path: 'C:\\Temp\\b.dll' } }),
  ],
  ocsf: [
    ocsf(1, 1007, 1, {
      process: {
        name: 'whoami.exe',
        cmd_line: 'whoami /all',
        pid: 600,
        uid: 'g-600',
        file: {
          path: 'C:\\Windows\\System32\\whoami.exe',
          hashes: [{ algorithm_id: 3, algorithm: 'SHA-256', value: SHA256.toUpperCase() }],
        },
        user: { name: 'ada', domain: 'CORP' },
        parent_process: {
          pid: 500,
          cmd_line: 'loader.exe -q',
          file: { path: ACTOR },
          user: { name: 'ada', domain: 'CORP' },
        },
      },
      actor: { session: { uid: '0x3e7' } },
    }),
    ocsf(2, 1001, 1, { ...ocsfActor, file: { path: 'C:\\Temp\\b.dll', name: 'b.dll' } }),
    ocsf(3, 1005, 1, {
      ...ocsfActor,
      module: { file: { path: 'C:\\Temp\\b.dll', hashes: [{ algorithm_id: 3, value: SHA256 }] } },
    }),
    ocsf(4, 201_002, 2, {
      ...ocsfActor,
      reg_value: {
        path: 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run',
        name: 'updater',
        data: 'C:\\Temp\\loader.exe',
        type: 'REG_SZ',
      },
    }),
    ocsf(5, 4001, 1, {
      ...ocsfActor,
      connection_info: { protocol_name: 'tcp', direction_id: 2 },
      src_endpoint: { ip: '10.0.0.7', port: 50000 },
      dst_endpoint: { ip: '203.0.113.9', port: 443, hostname: 'c2.example.net' },
    }),
    ocsf(6, 4003, 2, { ...ocsfActor, query: { hostname: 'c2.example.net' }, answers: [{ rdata: '203.0.113.9' }] }),
    ocsf(7, 1001, 4, { ...ocsfActor, file: { path: 'C:\\Temp\\b.dll', name: 'b.dll' } }),
  ],
};

/** Where the specification puts each class; `''` is for classes that no table is named for. */
const CLASSES: readonly (readonly [number, string, Record<string, unknown>])[] = [
  [1002, 'DeviceEvents', { driver: { file: { path: '/lib/x.ko' } } }],
  [1004, 'DeviceEvents', {}],
  [1006, 'DeviceEvents', { job: { name: 'j' } }],
  [1008, 'DeviceEvents', {}],
  [1009, 'DeviceEvents', { script: { script_content: 'x' } }],
  [1010, 'DeviceEvents', {}],
  [201_001, 'DeviceRegistryEvents', { reg_key: { path: 'HKLM\\SOFTWARE\\x' } }],
  [4002, 'ASimWebSessionLogs', { http_request: { url: { url_string: 'http://www.example.com/' } } }],
  [4004, 'ASimDhcpEventLogs', { src_endpoint: { ip: '10.0.0.7', mac: '02:00:5e:10:00:01' } }],
  [4009, 'EmailEvents', { email: { from: 'a@example.com', to: ['b@example.com'], subject: 's' } }],
  [4011, 'EmailAttachmentInfo', { email_uid: 'm-1', file: { name: 'a.pdf' } }],
  [4012, 'EmailUrlInfo', { email_uid: 'm-1', url: { url_string: 'http://www.example.com/' } }],
  [3001, 'IdentityDirectoryEvents', { user: { name: 'new' } }],
  [3006, 'ASimUserManagementActivityLogs', { group: { name: 'admins' }, user: { name: 'new' } }],
  [3007, 'IdentityDirectoryEvents', { user: { name: 'new' } }],
  [3002, 'DeviceLogonEvents', { user: { name: 'ada' }, status_id: 1 }],
  [6003, 'CloudAppEvents', { api: { operation: 'Share' } }],
  [6005, 'CloudStorageAggregatedEvents', { databucket: { name: 'bucket' } }],
  [6006, 'CloudAppEvents', { file: { name: 'a.pdf' } }],
  [2004, 'AlertInfo', { finding_info: { title: 't', uid: 'u' } }],
  [2002, 'DeviceTvmSoftwareVulnerabilities', { vulnerabilities: [{ cve: { uid: 'CVE-2024-0001' } }] }],
  [2003, 'DeviceTvmSecureConfigurationAssessment', { compliance: { control: 'c-1', status: 'Pass' } }],
  [2005, 'SecurityIncident', { finding_info: { title: 'i', uid: 'u' } }],
  [5001, 'DeviceInfo', {}],
  [5003, 'IdentityInfo', { user: { name: 'ada', email_addr: 'ada@example.com' } }],
  [5020, 'DeviceTvmSoftwareInventory', { package: { name: 'tool', version: '1' } }],
  [5004, 'DeviceTvmSoftwareVulnerabilities', { vulnerabilities: [{ cve: { uid: 'CVE-2024-0002' } }] }],
  [4007, 'OCSF_CL', {}],
  [999_001, 'OCSF_CL', {}],
];

let lab: Laboratory;

beforeAll(async () => {
  lab = await laboratory({ connectorsDir: dir });
  const groups = new Map(
    Object.entries(recordings).map(([name, events]) => [name, events.map((e) => JSON.stringify(e))]),
  );
  CLASSES.forEach(([classUid, , data], i) => {
    groups.set(`class-${i}`, [JSON.stringify(ocsf(1, classUid, 1, data))]);
  });
  groups.set('contradiction', [
    JSON.stringify({ ...ocsf(1, 1007, 1, { process: { pid: 1, cmd_line: 'odd' } }), category_uid: 4 }),
  ]);
  groups.set('lists', [
    JSON.stringify(
      ecs(
        1,
        { category: 'process', type: 'start' },
        { host: { name: ['pc-8', 'other'] }, process: { name: ['x.exe', 'y.exe'], pid: 9 } },
      ),
    ),
  ]);
  groups.set('not-ecs', [
    JSON.stringify({ '@timestamp': at(1).iso, message: 'a line nobody knows', ecs: { version: '8.11.0' } }),
  ]);
  await lab.ingest.appendRequest(SENDER, { groups });
  await lab.ingest.idle();
}, 300_000);
afterAll(async () => {
  await lab.close();
  rmSync(dir, { recursive: true, force: true });
});

const TABLES = [
  'DeviceProcessEvents',
  'DeviceFileEvents',
  'DeviceImageLoadEvents',
  'DeviceRegistryEvents',
  'DeviceNetworkEvents',
  'DeviceEvents',
];
/** Ids a recorder makes up, and the bag where each keeps what has no column. */
const OWN = /^_|^ReportId$|UniqueId$|^AdditionalFields$/;

async function rows(table: string, index: string): Promise<Record<string, unknown>[]> {
  const found = await lab.store.query(
    `SELECT t.* FROM hunting.\`${table}\` AS t WHERE arrayStringConcat(arraySlice(splitByChar(':', t._ItemId), 1, 2), ':') IN (SELECT _ItemId FROM hunting.ParapetRawEvents WHERE IndexName = {index:String}) ORDER BY t.${TABLES.includes(table) ? 'Timestamp' : '_ItemId'}`,
    { params: { index: { type: 'String', value: index } } },
  );
  return found.rows.map((row) => Object.fromEntries(found.columns.map((column, i) => [column.name, row[i]])));
}

const withoutOwn = (list: readonly Record<string, unknown>[]): Record<string, unknown>[] =>
  list.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !OWN.test(name))));

describe('one attack in three schemas', () => {
  for (const table of TABLES)
    it(`gives the same rows of ${table}, apart from ids`, async () => {
      const expected = withoutOwn(await rows(table, 'sysmon'));
      expect(expected.length).toBe(table === 'DeviceFileEvents' ? 2 : 1);
      expect(withoutOwn(await rows(table, 'ecs'))).toEqual(expected);
      expect(withoutOwn(await rows(table, 'ocsf'))).toEqual(expected);
    });

  it('keeps the DNS question where hunts look for it', async () => {
    for (const index of ['sysmon', 'ecs', 'ocsf']) {
      const [row] = await rows('DeviceEvents', index);
      expect(JSON.parse(String(row?.AdditionalFields))).toMatchObject({ DnsQueryString: 'c2.example.net' });
    }
  });
});

describe('OCSF', () => {
  CLASSES.forEach(([classUid, table], i) => {
    it(`class ${classUid} goes to ${table}`, async () => {
      expect((await rows(table, `class-${i}`)).length).toBe(1);
    });
  });

  it('keeps the rows of a class that contradicts its category, with a warning', async () => {
    expect(await rows('DeviceProcessEvents', 'contradiction')).toMatchObject([{ ProcessCommandLine: 'odd' }]);
    expect(
      await lab.query(
        "SELECT Reason, Detail FROM hunting.ParapetDeadLetter WHERE Connector = 'ocsf' AND Reason = 'mapping_warning'",
      ),
    ).toEqual([['mapping_warning', 'Warning: class_uid contradicts category_uid; the class counts.']]);
  });
});

describe('ECS', () => {
  it('reads the first of a list where one value is due, with a warning', async () => {
    expect(await rows('DeviceProcessEvents', 'lists')).toMatchObject([{ DeviceName: 'pc-8', FileName: 'x.exe' }]);
    expect(
      await lab.query("SELECT Reason, count() FROM hunting.ParapetDeadLetter WHERE Connector = 'ecs' GROUP BY Reason"),
    ).toEqual([['mapping_warning', '1']]);
  });

  it('leaves a document alone that says nothing of what happened', async () => {
    expect(await lab.query("SELECT Connector FROM hunting.ParapetRawEvents WHERE IndexName = 'not-ecs'")).toEqual([
      [''],
    ]);
  });
});
