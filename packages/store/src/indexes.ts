/**
 * Skip indexes of the hunting tables. A text index answers `has` and long `contains` by itself; a bloom filter leaves out
 * blocks that cannot hold a hash or an address. Only columns that hunts search are worth their cost at ingest; the
 * measurements behind the choice are in `bench/README.md`.
 */
import { termIndexExpression } from '@parapet/kql';
import { quoteIdentifier } from './sql.ts';

/** Long texts with many different terms. JSON documents are left out: their indexes would cost as much as all others together. */
const SEARCHED: ReadonlySet<string> = new Set([
  'ProcessCommandLine',
  'InitiatingProcessCommandLine',
  'FolderPath',
  'RemoteUrl',
  'Url',
  'RegistryKey',
  'RegistryValueData',
  'Subject',
  'CommandLine',
  'SyslogMessage',
]);

/** Values that one looks up whole, each in few rows: hashes, addresses, people, devices, messages. */
const LOOKED_UP: ReadonlySet<string> = new Set([
  'SHA1',
  'SHA256',
  'MD5',
  'InitiatingProcessSHA1',
  'InitiatingProcessSHA256',
  'InitiatingProcessMD5',
  'FileHash',
  'RemoteIP',
  'LocalIP',
  'IPAddress',
  'IpAddress',
  'CallerIpAddress',
  'ClientIP',
  'ClientIp',
  'SourceIP',
  'DestinationIP',
  'SrcIpAddr',
  'DstIpAddr',
  'SenderIPv4',
  'AccountName',
  'AccountUpn',
  'AccountObjectId',
  'InitiatingProcessAccountName',
  'InitiatingProcessAccountUpn',
  'UserPrincipalName',
  'UserId',
  'TargetUserName',
  'SubjectUserName',
  'DeviceName',
  'RemoteDeviceName',
  'Computer',
  'NetworkMessageId',
  'RecipientEmailAddress',
  'SenderFromAddress',
]);

/** Kinds of event: the common ones are in every block, the rare ones that hunts ask for are in few. */
const KINDS: ReadonlySet<string> = new Set(['ActionType', 'EventID', 'OperationName', 'EventName']);

/** Raw events are read by batch, never searched: no index beside the text itself. */
const WITHOUT = new Set(['ParapetRawEvents', 'ParapetDeadLetter']);

export interface SkipIndex {
  readonly name: string;
  /** `INDEX …` without the word, for a column list or an `ALTER TABLE … ADD INDEX`. */
  readonly sql: string;
}

/** True when whole terms of the column are indexed. */
export const searchesTerms = (table: string, column: string, storedAs: string): boolean =>
  !WITHOUT.has(table) && SEARCHED.has(column) && storedAs.startsWith('String');

/** The skip indexes of a table's stored columns, given with their engine types. */
export function skipIndexes(
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): SkipIndex[] {
  if (WITHOUT.has(table)) return [];
  return columns.flatMap(({ name, type }): SkipIndex[] => {
    const column = quoteIdentifier(name);
    if (KINDS.has(name)) {
      const index = `kinds_${name}`;
      return [{ name: index, sql: `${quoteIdentifier(index)} ${column} TYPE set(256) GRANULARITY 1` }];
    }
    if (!/^(LowCardinality\()?String/.test(type)) return [];
    if (searchesTerms(table, name, type)) {
      const index = quoteIdentifier(`terms_${name}`);
      const sql = `${index} ${termIndexExpression(column)} TYPE text(tokenizer = 'splitByNonAlpha')`;
      return [{ name: `terms_${name}`, sql }];
    }
    if (!LOOKED_UP.has(name)) return [];
    return [
      {
        name: `values_${name}`,
        sql: `${quoteIdentifier(`values_${name}`)} ${column} TYPE bloom_filter(0.01) GRANULARITY 1`,
      },
    ];
  });
}
