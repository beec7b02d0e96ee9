import { readFileSync } from 'node:fs';
import { growsWithItsSender, supplemented } from './supplement.ts';

/** The eight scalar KQL types that occur in hunting tables (spec B 1.2), plus `timespan`, which only expressions have. */
export type KqlType =
  | 'string'
  | 'int'
  | 'long'
  | 'real'
  | 'bool'
  | 'datetime'
  | 'dynamic'
  | 'guid'
  | 'timespan'
  | 'decimal';

/** One column as analysts name it. */
export interface HuntingColumn {
  readonly name: string;
  readonly type: KqlType;
  /** Name of the column of the same table that stores the value; both names resolve. */
  readonly aliasOf?: string;
  /** Values that published queries compare this column with; used for completion only. */
  readonly valuesSeen?: readonly string[];
  readonly unverified?: boolean;
}

/** One hunting or workspace table. */
export interface HuntingTable {
  readonly name: string;
  readonly category: string;
  readonly description: string;
  /** `parapet` marks the product's own tables (raw events, dead letters). */
  readonly origin: 'hunting' | 'workspace' | 'custom' | 'parapet';
  /** Column the time picker filters; null for reference tables. */
  readonly timeColumn: string | null;
  readonly columns: readonly HuntingColumn[];
  readonly actionTypesSeen?: readonly string[];
  readonly additionalFieldKeysSeen?: readonly string[];
}

export interface HuntingSchema {
  /** Grows with every table or column that is added while the product runs; see `putTable`. */
  readonly revision: number;
  readonly schemaDate: string;
  readonly tables: readonly HuntingTable[];
  readonly byName: ReadonlyMap<string, HuntingTable>;
  /** Retired table name → current name (for example MiscEvents → DeviceEvents). */
  readonly tableAliases: Readonly<Record<string, string>>;
  /** Retired column name → current name, valid in every table that has the current one. */
  readonly legacyColumnAliases: Readonly<Record<string, string>>;
  readonly standardColumns: readonly HuntingColumn[];
  /** Tables where an unknown column reads as empty instead of failing. */
  readonly openTables: readonly string[];
}

interface SchemaFile {
  readonly meta: {
    readonly schemaDate: string;
    readonly standardColumns: readonly HuntingColumn[];
    readonly tableAliases: Record<string, string>;
    readonly legacyColumnAliases: Record<string, string>;
    readonly openTables: readonly string[];
  };
  readonly tables: readonly HuntingTable[];
}

/**
 * Parapet's own tables. They live beside the published ones so that a rejected or unmapped
 * event can be hunted like any other row.
 */
const PARAPET_TABLES: readonly HuntingTable[] = [
  {
    name: 'ParapetRawEvents',
    category: 'Ingestion',
    description: 'Every accepted event as the sender wrote it, with the connector that claimed it (empty: unclaimed)',
    origin: 'parapet',
    timeColumn: 'TimeGenerated',
    columns: [
      { name: 'TimeGenerated', type: 'datetime' },
      { name: 'BatchId', type: 'string' },
      { name: 'Sequence', type: 'long' },
      { name: 'SourceId', type: 'string' },
      { name: 'SourceName', type: 'string' },
      { name: 'IndexName', type: 'string' },
      { name: 'Connector', type: 'string' },
      { name: 'RawEventData', type: 'dynamic' },
      { name: 'RawBytes', type: 'int' },
    ],
  },
  {
    name: 'ParapetDeadLetter',
    category: 'Ingestion',
    description: 'Events that could not be stored, with the reason',
    origin: 'parapet',
    timeColumn: 'TimeGenerated',
    columns: [
      { name: 'TimeGenerated', type: 'datetime' },
      { name: 'SourceId', type: 'string' },
      { name: 'SourceName', type: 'string' },
      { name: 'Reason', type: 'string' },
      { name: 'Detail', type: 'string' },
      { name: 'Connector', type: 'string' },
      { name: 'BatchId', type: 'string' },
      { name: 'Sequence', type: 'long' },
      { name: 'RawText', type: 'string' },
    ],
  },
  {
    name: 'ParapetAuditEvents',
    category: 'Apps and identities',
    description: 'What people and programs did in Parapet itself, refused calls included, as the audit log holds it',
    origin: 'parapet',
    timeColumn: 'Timestamp',
    columns: [
      { name: 'Timestamp', type: 'datetime' },
      { name: 'ActionType', type: 'string' },
      { name: 'Application', type: 'string' },
      { name: 'AccountName', type: 'string' },
      { name: 'ObjectType', type: 'string' },
      { name: 'ObjectName', type: 'string' },
      { name: 'Outcome', type: 'string' },
      { name: 'IPAddress', type: 'string' },
      { name: 'UserAgent', type: 'string' },
      { name: 'SignInMethod', type: 'string' },
      { name: 'Before', type: 'dynamic' },
      { name: 'After', type: 'dynamic' },
      { name: 'ChangedFields', type: 'dynamic' },
      { name: 'AuditId', type: 'long' },
      { name: 'Hash', type: 'string' },
      { name: 'PreviousHash', type: 'string' },
      { name: 'ReportId', type: 'string' },
    ],
  },
  {
    name: 'ParapetEntityRisk',
    category: 'Apps and identities',
    description:
      'Risk scores of devices, accounts and addresses: one row for every change of a score, the newest row is the present one',
    origin: 'parapet',
    timeColumn: 'Timestamp',
    columns: [
      { name: 'Timestamp', type: 'datetime' },
      { name: 'EntityType', type: 'string', valuesSeen: ['device', 'user', 'mailbox', 'cloudIdentity', 'ip'] },
      { name: 'EntityKey', type: 'string' },
      { name: 'EntityName', type: 'string' },
      { name: 'RiskScore', type: 'int' },
      { name: 'PreviousRiskScore', type: 'int' },
      { name: 'RiskLevel', type: 'string', valuesSeen: ['None', 'Informational', 'Low', 'Medium', 'High'] },
      { name: 'Criticality', type: 'string', valuesSeen: ['None', 'Low', 'Medium', 'High', 'Very high'] },
      { name: 'OpenAlerts', type: 'int' },
      { name: 'Reason', type: 'string' },
      { name: 'Contributions', type: 'dynamic' },
      { name: 'DeviceId', type: 'string' },
      { name: 'DeviceName', type: 'string' },
      { name: 'AccountName', type: 'string' },
      { name: 'AccountDomain', type: 'string' },
      { name: 'AccountUpn', type: 'string' },
      { name: 'AccountSid', type: 'string' },
      { name: 'AccountObjectId', type: 'string' },
      { name: 'IPAddress', type: 'string' },
      { name: 'ReportId', type: 'string' },
    ],
  },
  {
    name: 'ThreatIntelMatches',
    category: 'Threat intelligence',
    description:
      'Events in which an observable of a threat intelligence indicator was seen, on arrival or when the indicator came later',
    origin: 'parapet',
    timeColumn: 'Timestamp',
    columns: [
      { name: 'Timestamp', type: 'datetime' },
      { name: 'MatchTime', type: 'datetime' },
      { name: 'ReportId', type: 'string' },
      { name: 'IsRetroMatch', type: 'bool' },
      { name: 'IndicatorId', type: 'string' },
      { name: 'IndicatorSource', type: 'string' },
      { name: 'IndicatorName', type: 'string' },
      { name: 'ObservableType', type: 'string' },
      { name: 'ObservableValue', type: 'string' },
      { name: 'MatchedColumn', type: 'string' },
      { name: 'MatchedValue', type: 'string' },
      { name: 'Confidence', type: 'int' },
      { name: 'Severity', type: 'string' },
      { name: 'Outcome', type: 'string' },
      { name: 'Tags', type: 'string' },
      { name: 'ValidUntil', type: 'datetime' },
      { name: 'EventTable', type: 'string' },
      { name: 'EventReportId', type: 'string' },
      { name: 'ActionType', type: 'string' },
      { name: 'DeviceId', type: 'string' },
      { name: 'DeviceName', type: 'string' },
      { name: 'AccountName', type: 'string' },
      { name: 'AccountDomain', type: 'string' },
      { name: 'AccountUpn', type: 'string' },
      { name: 'LocalIP', type: 'string' },
      { name: 'RemoteIP', type: 'string' },
      { name: 'RemoteUrl', type: 'string' },
      { name: 'FileName', type: 'string' },
      { name: 'FolderPath', type: 'string' },
      { name: 'SHA1', type: 'string' },
      { name: 'SHA256', type: 'string' },
      { name: 'MD5', type: 'string' },
      { name: 'SenderFromAddress', type: 'string' },
      { name: 'RecipientEmailAddress', type: 'string' },
      { name: 'NetworkMessageId', type: 'string' },
    ],
  },
  {
    name: 'OCSF_CL',
    category: 'Ingestion',
    description: 'Events in the Open Cybersecurity Schema Framework whose class belongs to no other table',
    origin: 'parapet',
    timeColumn: 'TimeGenerated',
    columns: [
      { name: 'TimeGenerated', type: 'datetime' },
      { name: 'ClassUid', type: 'int' },
      { name: 'ClassName', type: 'string' },
      { name: 'CategoryUid', type: 'int' },
      { name: 'CategoryName', type: 'string' },
      { name: 'ActivityId', type: 'int' },
      { name: 'ActivityName', type: 'string' },
      { name: 'SeverityId', type: 'int' },
      { name: 'Status', type: 'string' },
      { name: 'Message', type: 'string' },
      { name: 'DeviceName', type: 'string' },
      { name: 'UserName', type: 'string' },
      { name: 'SrcIp', type: 'string' },
      { name: 'DstIp', type: 'string' },
      { name: 'VendorName', type: 'string' },
      { name: 'ProductName', type: 'string' },
      { name: 'EventUid', type: 'string' },
      { name: 'RawEventData', type: 'dynamic' },
    ],
  },
];

let cached: HuntingSchema | undefined;

/** Path of the data file; a bundle may move it, so the server passes its own. */
export function defaultSchemaPath(): URL {
  return new URL('../data/hunting-schema.json', import.meta.url);
}

/**
 * Load the hunting schema (spec B 1.1): 368 tables and 14,427 columns plus Parapet's own.
 * The file is read once per process.
 * @param path location of `hunting-schema.json`; defaults to the copy in this package
 * @throws Error when the file is missing or is not JSON
 */
export function loadHuntingSchema(path: URL | string = defaultSchemaPath()): HuntingSchema {
  if (cached) return cached;
  const file = JSON.parse(readFileSync(path, 'utf8')) as SchemaFile;
  const tables = [...file.tables.map(supplemented), ...PARAPET_TABLES];
  cached = {
    revision: 0,
    schemaDate: file.meta.schemaDate,
    tables,
    byName: new Map(tables.map((table) => [table.name, table])),
    tableAliases: file.meta.tableAliases,
    legacyColumnAliases: file.meta.legacyColumnAliases,
    standardColumns: file.meta.standardColumns,
    openTables: [...file.meta.openTables, ...file.tables.filter(growsWithItsSender).map((table) => table.name)],
  };
  return cached;
}
