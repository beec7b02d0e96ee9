import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadHuntingSchema } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConnectors } from '../src/connectors/load.ts';
import { readDocuments } from '../src/formats/index.ts';
import { ChunkBuilder, evtxFile, LOGON, logonValues } from './evtx-builder.ts';
import { CONNECTORS, type Laboratory, laboratory, SENDER } from './setup.ts';

/** Every sample of every connector, through the real engine in one go. */
const { connectors, problems } = await loadConnectors(CONNECTORS);
const samples = connectors.flatMap(({ compiled }) =>
  compiled.definition.samples.map((sample, i) => ({
    connector: compiled.definition.id,
    file: compiled.definition.file,
    sample,
    index: `${compiled.definition.id}-${i}`,
    tables: [...new Set([...compiled.outputs.map((output) => output.table), ...Object.keys(sample.rows)])],
  })),
);
let lab: Laboratory;

const started = '2024-05-06 10:00:01.234';
/** One start of a process, seen by Sysmon and by the audit of the system. */
const sysmon = {
  '@timestamp': '2024-05-06T10:00:02.000Z',
  winlog: {
    channel: 'Microsoft-Windows-Sysmon/Operational',
    event_id: '1',
    record_id: 10,
    computer_name: 'PC-1.corp.example',
    event_data: {
      UtcTime: started,
      ProcessGuid: '{0A1B2C3D-0001-6638-0102-000000001000}',
      ProcessId: '5120',
      Image: 'C:\\Windows\\System32\\whoami.exe',
      CommandLine: 'whoami /all',
      User: 'CORP\\ada',
      LogonId: '0x3e7a1',
      ParentProcessId: '4000',
      ParentImage: 'C:\\Windows\\System32\\cmd.exe',
    },
  },
};
const audit = {
  '@timestamp': '2024-05-06T10:00:01.236Z',
  Channel: 'security',
  SourceName: 'Microsoft-Windows-Security-Auditing',
  Hostname: 'pc-1.corp.example',
  EventID: 4688,
  RecordNumber: 99,
  SubjectUserName: 'ada',
  SubjectDomainName: 'CORP',
  SubjectLogonId: '0x3e7a1',
  NewProcessId: '0x1400',
  NewProcessName: 'C:\\Windows\\System32\\whoami.exe',
  CommandLine: 'whoami /all',
  ProcessId: '0xfa0',
  ParentProcessName: 'C:\\Windows\\System32\\cmd.exe',
};

/** One alert of Suricata as a text inside what carries it, by the field and the way the carrier writes it. */
const alert = {
  timestamp: '2024-05-06T10:00:00.000000+0000',
  flow_id: 1,
  event_type: 'alert',
  src_ip: '10.0.0.9',
  src_port: 50000,
  dest_ip: '203.0.113.7',
  dest_port: 80,
  proto: 'TCP',
  alert: {
    action: 'allowed',
    gid: 1,
    signature_id: 2000001,
    rev: 1,
    signature: 'A "quoted" name',
    category: 'Misc',
    severity: 2,
  },
};
const inside = JSON.stringify(alert).replace('"flow_id":1', '"flow_id":12345678901234567');
const carrier = { '@timestamp': '2024-05-06T10:00:01Z', host: { hostname: 'sensor-1' } };
const wrapped = [
  JSON.stringify({ ...carrier, message: inside, log: { syslog: { appname: 'suricata' } } }),
  JSON.stringify({ ...carrier, message: `@cee: ${inside}` }),
  JSON.stringify({ log: `${JSON.stringify(alert, null, 1)}\n`, stream: 'stdout' }),
  JSON.stringify({ ...carrier, message: `not JSON: ${inside}` }),
  JSON.stringify({ ...carrier, message: inside, event: { kind: 'state' } }),
  JSON.stringify({ ...carrier, message: '{"a":1} and more {\\"' }),
];

/** Records of an event log file, by the reader of files. */
async function eventLog(dir: string): Promise<string[]> {
  const file = join(dir, 'Security.evtx');
  const chunk = new ChunkBuilder();
  for (const id of [1, 2, 3]) chunk.record(id, LOGON, logonValues(id, `user${id}`));
  writeFileSync(file, evtxFile([chunk.finish()]));
  const records: string[] = [];
  for await (const item of readDocuments(file, () => undefined))
    if ('document' in item) records.push(item.document.bytes.toString());
  return records;
}

beforeAll(async () => {
  lab = await laboratory();
  const groups = new Map(
    samples.map(({ index, sample }) => [index, sample.events.map((event) => JSON.stringify(event))]),
  );
  groups.set('windows-both', [JSON.stringify(sysmon), JSON.stringify(audit)]);
  groups.set('wrapped', wrapped);
  groups.set('windows-evtx', await eventLog(lab.dir));
  await lab.ingest.appendRequest(SENDER, { groups });
  await lab.ingest.idle();
  const raw = await lab.query('SELECT _ItemId, IndexName, Connector FROM hunting.ParapetRawEvents ORDER BY Sequence');
  records = new Map(raw.map(([id, index, by]) => [String(id), { index: String(index), connector: String(by) }]));
  // Every connector plans its statements once; on a busy machine that takes its time.
}, 600_000);
afterAll(() => lab.close());

/** Index and connector of every record, by its item id: asked once, as one query a sample and table takes minutes. */
let records: ReadonlyMap<string, { readonly index: string; readonly connector: string }>;
const byTable = new Map<string, Promise<ReadonlyMap<string, Record<string, unknown>[]>>>();

/** The rows of a table, by the index of the record they come from. */
async function readTable(table: string): Promise<ReadonlyMap<string, Record<string, unknown>[]>> {
  const result = await lab.store.query(`SELECT * FROM hunting.\`${table}\` ORDER BY _ItemId`);
  const types = new Map(
    loadHuntingSchema()
      .byName.get(table)
      ?.columns.map((column) => [column.name, column.type]),
  );
  const rows = new Map<string, Record<string, unknown>[]>();
  for (const values of result.rows) {
    const row = Object.fromEntries(
      result.columns.map((column, i) => [column.name, plain(values[i], types.get(column.name))]),
    );
    const index = records.get(String(row._ItemId).split(':').slice(0, 2).join(':'))?.index ?? '';
    rows.set(index, [...(rows.get(index) ?? []), row]);
  }
  return rows;
}

async function rowsOf(table: string, index: string): Promise<Record<string, unknown>[]> {
  const known = byTable.get(table) ?? readTable(table);
  byTable.set(table, known);
  return (await known).get(index) ?? [];
}

function plain(value: unknown, type: string | undefined): unknown {
  if (value === null || type === undefined) return value;
  if (type === 'long' || type === 'int') return Number(value);
  if (type === 'datetime') return `${String(value).replace(' ', 'T')}Z`;
  if (type === 'dynamic') return value === '' ? null : (JSON.parse(String(value)) as unknown);
  return value;
}

/** Whether a value has everything that is expected of it; objects may have more. */
function holds(value: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return value === expected;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(expected))
    return (
      Array.isArray(value) && value.length === expected.length && expected.every((item, i) => holds(value[i], item))
    );
  return Object.entries(expected).every(([key, item]) => holds((value as Record<string, unknown>)[key], item));
}

describe('connector files', () => {
  it('are all usable', () => {
    expect(problems).toEqual([]);
    expect(connectors.length).toBeGreaterThanOrEqual(2);
  });

  it('have setup text whose placeholders are known', () => {
    for (const { compiled } of connectors)
      for (const step of compiled.definition.setup)
        for (const [, name] of step.text.matchAll(/\{\{(\w+)\}\}/g)) expect(['url', 'key']).toContain(name);
  });

  for (const { sample, index, connector, tables } of samples)
    it(`${connector}: ${sample.name}`, async () => {
      const claimed = [...records.values()].filter((record) => record.index === index);
      expect(claimed.map((record) => record.connector)).toEqual(sample.events.map(() => connector));
      for (const table of tables) {
        const rows = await rowsOf(table, index);
        const expected = sample.rows[table] ?? [];
        expect(rows.length, `rows in ${table}`).toBe(expected.length);
        // Rows of one record have no order among themselves.
        const left = [...rows];
        for (const row of expected) {
          const at = left.findIndex((other) => holds(other, row));
          if (at === -1) expect(left[0]).toMatchObject(row);
          left.splice(at, 1);
        }
      }
    });

  it('sets nothing aside from the samples but the warning about the missing time', async () => {
    expect(await lab.query('SELECT Reason, count() FROM hunting.ParapetDeadLetter GROUP BY Reason')).toEqual([
      ['missing_timestamp', '1'],
    ]);
  });
});

describe('JSON inside the text of a record', () => {
  it('is what connectors see; the record as it was sent stays with it', async () => {
    const rows = await lab.query(
      "SELECT RawEventData, Connector FROM hunting.ParapetRawEvents WHERE IndexName = 'wrapped' ORDER BY Sequence",
    );
    expect(rows.map(([, by]) => by)).toEqual([
      'suricata-eve',
      'suricata-eve',
      'suricata-eve',
      '',
      expect.anything(),
      '',
    ]);
    const documents = rows.map(([text]) => JSON.parse(String(text)) as Record<string, unknown>);
    for (const i of [0, 1, 2]) expect(documents[i]?._outer).toEqual(JSON.parse(wrapped[i] ?? ''));
    // Numbers beyond 2^53 are copied, not read.
    expect(rows[0]?.[0]).toContain('"flow_id":12345678901234567');
    expect(documents[0]).toMatchObject({ ...carrier, event_type: 'alert' });
    expect(rows.slice(3).map(([text]) => text)).toEqual(wrapped.slice(3));
  });
});

describe('Windows events', () => {
  it('tell the same start of a process so that both records can be put together', async () => {
    const rows = await lab.query(
      "SELECT a.ProcessId, a.FileName, a.ProcessCommandLine, a.AccountName, a.LogonId, a.InitiatingProcessId, JSONExtractString(a.AdditionalFields, 'Source'), JSONExtractString(b.AdditionalFields, 'Source') FROM hunting.DeviceProcessEvents AS a INNER JOIN hunting.DeviceProcessEvents AS b ON a.DeviceId = b.DeviceId AND a.ProcessId = b.ProcessId AND a.FileName = b.FileName AND a.ProcessCommandLine = b.ProcessCommandLine AND a.AccountName = b.AccountName AND a.LogonId = b.LogonId AND a.InitiatingProcessId = b.InitiatingProcessId WHERE a.DeviceName = 'pc-1.corp.example' AND abs(dateDiff('millisecond', assumeNotNull(a.ProcessCreationTime), assumeNotNull(b.ProcessCreationTime))) < 1000 AND JSONExtractString(a.AdditionalFields, 'Source') < JSONExtractString(b.AdditionalFields, 'Source')",
    );
    expect(rows).toEqual([['5120', 'whoami.exe', 'whoami /all', 'ada', '255905', '4000', 'Security 4688', 'Sysmon']]);
  });

  it('of an event log file become rows with the names and types of the tables', async () => {
    expect(
      await lab.query(
        "SELECT TargetUserName, Computer, EventID, toString(TimeGenerated), EventRecordId FROM hunting.SecurityEvent WHERE Computer = 'pc-1.corp.example' AND EventID = 4624 ORDER BY EventRecordId",
      ),
    ).toEqual(
      [1, 2, 3].map((id) => [`user${id}`, 'pc-1.corp.example', 4624, '2024-05-06 12:00:01.2345678', String(id)]),
    );
    expect(
      await lab.query(
        "SELECT ActionType, AccountName, LogonId, DeviceName FROM hunting.DeviceLogonEvents WHERE DeviceName = 'pc-1.corp.example' ORDER BY AccountName LIMIT 1",
      ),
    ).toEqual([['LogonSuccess', 'user1', '999', 'pc-1.corp.example']]);
  });
});
