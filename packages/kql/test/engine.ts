import type { Session } from 'chdb';
import type { CompileOptions, KqlSchema } from '../src/index.ts';
import { compileOn, openSession, runTable } from './session.ts';

/** The instant all tests run at. */
export const NOW = new Date('2026-03-10T12:00:00Z');

const time = { name: 'Timestamp', type: 'datetime', notNull: true } as const;
const twin = { name: 'TimeGenerated', type: 'datetime', sql: '`Timestamp`', notNull: true, hidden: true } as const;

export const SCHEMA: KqlSchema = {
  version: 'test',
  tables: [
    {
      name: 'DeviceProcessEvents',
      physical: '`t`.`DeviceProcessEvents`',
      timeColumn: 'Timestamp',
      columns: [
        time,
        twin,
        { name: 'DeviceName', type: 'string' },
        { name: 'FileName', type: 'string' },
        { name: 'ProcessCommandLine', type: 'string' },
        { name: 'ProcessId', type: 'long' },
        { name: 'AdditionalFields', type: 'dynamic' },
      ],
    },
    {
      name: 'DeviceNetworkEvents',
      physical: '`t`.`DeviceNetworkEvents`',
      timeColumn: 'Timestamp',
      columns: [
        time,
        twin,
        { name: 'DeviceName', type: 'string' },
        { name: 'RemoteIP', type: 'string' },
        { name: 'RemotePort', type: 'int' },
      ],
    },
    {
      name: 'AzureDiagnostics',
      physical: '`t`.`AzureDiagnostics`',
      timeColumn: 'TimeGenerated',
      open: true,
      columns: [
        { name: 'TimeGenerated', type: 'datetime', notNull: true },
        { name: 'Category', type: 'string' },
      ],
    },
    { name: 'source', physical: '`t`.`source`', timeColumn: null, columns: [{ name: 'RawEventData', type: 'string' }] },
  ],
  tableAliases: { ProcessCreationEvents: 'DeviceProcessEvents' },
  columnAliases: { ComputerName: 'DeviceName', EventTime: 'Timestamp' },
};

const DDL = [
  'CREATE DATABASE IF NOT EXISTS t',
  "CREATE TABLE t.DeviceProcessEvents (Timestamp DateTime64(7,'UTC'), DeviceName String, FileName String, ProcessCommandLine String, ProcessId Nullable(Int64), AdditionalFields String) ENGINE = MergeTree ORDER BY Timestamp",
  "CREATE TABLE t.DeviceNetworkEvents (Timestamp DateTime64(7,'UTC'), DeviceName String, RemoteIP String, RemotePort Nullable(Int32)) ENGINE = MergeTree ORDER BY Timestamp",
  "CREATE TABLE t.AzureDiagnostics (TimeGenerated DateTime64(7,'UTC'), Category String) ENGINE = MergeTree ORDER BY TimeGenerated",
  'CREATE TABLE t.source (RawEventData String) ENGINE = MergeTree ORDER BY tuple()',
  `INSERT INTO t.DeviceProcessEvents VALUES
    ('2026-03-10 09:00:00', 'pc1', 'netsh.exe', 'netsh advfirewall set', 100, '{"PipeName":"pipe1","n":5,"user":{"name":"ann"},"tags":["a","b"]}'),
    ('2026-03-10 10:30:00', 'pc1', 'cmd.exe', 'cmd /c net user', 101, '{"n":"7","user":{"name":"bob"}}'),
    ('2026-03-09 23:59:59.9999999', 'pc2', 'powershell.exe', 'powershell -EncodedCommand AAA', NULL, ''),
    ('2026-03-01 08:00:00', 'pc3', 'Net.exe', 'NET VIEW', 103, '{"n":null,"tags":[]}')`,
  `INSERT INTO t.DeviceNetworkEvents VALUES
    ('2026-03-10 09:01:00', 'pc1', '10.0.0.5', 443), ('2026-03-10 09:02:00', 'pc1', '8.8.8.8', 53), ('2026-03-10 09:03:00', 'pc9', '203.0.113.7', NULL)`,
  "INSERT INTO t.AzureDiagnostics VALUES ('2026-03-10 09:00:00', 'Audit')",
  `INSERT INTO t.source VALUES
    ('{"Channel":"Security","EventID":4688,"UtcTime":"2026-03-10 08:00:00.123","Image":"C:\\\\\\\\Windows\\\\\\\\cmd.exe","ProcessId":"0x1a4"}'),
    ('{"Channel":"security","EventID":"4688","UtcTime":"2026-03-10 08:00:01","Image":"D:\\\\\\\\x.exe","ProcessId":7}'),
    ('{"Channel":"System","EventID":1}'), ('not json')`,
];

let session: Session | undefined;

/** One engine for a test file, with a few rows in each table. */
export function engine(): Session {
  if (session) return session;
  session = openSession();
  for (const statement of DDL) session.query(statement);
  return session;
}

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly sql: string;
}

/** Compiles and runs a query; fails on any diagnostic. */
export async function run(text: string, options: Partial<CompileOptions> = {}): Promise<Answer> {
  const compiled = await compileOn(engine(), text, { schema: SCHEMA, now: NOW, ...options });
  if (!compiled.ok)
    throw new Error(compiled.errors.map((e) => `${e.line}:${e.column} ${e.code} ${e.message}`).join('\n'));
  return { columns: compiled.columns, rows: await runTable(engine(), compiled), sql: compiled.sql };
}
