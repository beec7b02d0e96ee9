/**
 * A `where` of KQL as one SQL expression over the stored columns of a table, for statements that cannot be queries:
 * `ALTER TABLE … DELETE WHERE`. The compiler writes the query; its parts are taken out of the statement's known shape, and
 * what has another shape is refused. Every text of a person is a parameter, so none of it can look like that shape.
 */
import type { SqlParam } from '@parapet/kql';
import { type HuntingTable, ParapetError, type RowFilter } from '@parapet/schema';
import type { Hunting } from '../hunting-types.ts';
import { quoteIdentifier } from '../sql.ts';
import { DATABASE } from '../tables.ts';

export interface Condition {
  /** UInt8, never NULL. */
  readonly sql: string;
  readonly params: Readonly<Record<string, SqlParam>>;
}

const refused = (table: string): ParapetError =>
  new ParapetError(
    'filter_not_possible',
    400,
    `This condition cannot be used here: it must test columns of ${table} row by row.`,
    'Write what would follow `where`, without other tables, other operators or a condition that is always the same.',
  );

/** The operators of a plan from the last to the first. */
function steps(plan: unknown): string {
  const names: string[] = [];
  let at = plan as { readonly op?: string; readonly input?: unknown } | undefined;
  for (; at?.op; at = at.input as typeof at) names.push(at.op);
  return names.join(' ');
}

/**
 * @param filter what follows `where`; relative times are taken at `now`
 * @param prefix begins the names of parameters, so that several conditions fit in one statement
 * @throws ParapetError `kql_error` with the compiler's findings, `filter_not_possible` for what is no row condition
 */
export async function compileCondition(
  hunting: Hunting,
  table: string,
  filter: string,
  now: Date,
  prefix: string,
): Promise<Condition> {
  const compiled = await hunting.compile(`${table}\n| where ${filter}\n| project _Batch`, { now });
  if (!compiled.ok) {
    const first = compiled.errors[0];
    throw new ParapetError(
      'kql_error',
      400,
      first?.message ?? 'The condition could not be understood.',
      first?.suggestion,
      compiled.errors,
    );
  }
  const physical = `${DATABASE}.${quoteIdentifier(table)}`;
  const shape =
    /^SELECT `[^`]+` AS `_Batch` FROM \((?:WITH (.+) )?SELECT \(?toInt64\(_Batch\)\)? AS `[^`]+` FROM (\S+) WHERE (.+)\)(?: LIMIT \d+)?$/s;
  const [, withs = '', from, where] = shape.exec(compiled.sql) ?? [];
  const nested = `${withs} ${where}`;
  const stages = steps(compiled.plan);
  if (!/^select (where )+read$/.test(stages) || where === 'true' || where === 'false') throw refused(table);
  if (from !== physical || where === undefined || compiled.more?.length || /\bSELECT\b|\bFROM\b/.test(nested))
    throw refused(table);
  const aliases = [...withs.matchAll(/ AS ([a-z]+\d+(?:p\d+)?)(?=, |$)/g)].map((found) => found[1] ?? '');
  const renamed = (sql: string): string => {
    const named = aliases.reduce(
      (text, name) => text.replace(new RegExp(`\\b${name}\\b`, 'g'), `${prefix}${name}`),
      sql,
    );
    return named.replace(/\{(p\d+):/g, (_all, name: string) => `{${prefix}${name}:`);
  };
  const parts = [`(${renamed(where)})`, ...(withs ? [renamed(withs)] : [])];
  return {
    sql: `ifNull(tupleElement(tuple(${parts.join(', ')}), 1), 0)`,
    params: Object.fromEntries(Object.entries(compiled.params).map(([name, value]) => [`${prefix}${name}`, value])),
  };
}

const DEVICES = ['DeviceName', 'DeviceId', 'Computer', 'HostName', 'RemoteDeviceName', 'TargetDeviceName'];
const USERS = [
  'AccountName',
  'AccountUpn',
  'AccountObjectId',
  'AccountSid',
  'AccountDisplayName',
  'AccountId',
  'InitiatingProcessAccountName',
  'InitiatingProcessAccountUpn',
  'InitiatingProcessAccountObjectId',
  'InitiatingProcessAccountSid',
  'UserPrincipalName',
  'UserId',
  'TargetUserName',
  'TargetAccountUpn',
  'SubjectUserName',
  'Account',
  'Caller',
  'RecipientEmailAddress',
  'SenderFromAddress',
  'SenderMailFromAddress',
];

const kqlText = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Names and times as the KQL of a table; undefined when the table has none of the columns, `true` never appears. */
export function filterText(table: HuntingTable, filter: RowFilter): string | undefined {
  if (filter.kql !== undefined) return filter.kql;
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const parts: string[] = [];
  for (const [names, values] of [
    [DEVICES, filter.devices],
    [USERS, filter.users],
  ] as const) {
    if (!values?.length) continue;
    const found = names.filter((name) => columns.has(name));
    if (found.length === 0) return undefined;
    const list = values.map(kqlText).join(', ');
    parts.push(`(${found.map((name) => `${name} in~ (${list})`).join(' or ')})`);
  }
  if (filter.from || filter.to) {
    if (!table.timeColumn) return undefined;
    if (filter.from) parts.push(`${table.timeColumn} >= datetime(${new Date(filter.from).toISOString()})`);
    if (filter.to) parts.push(`${table.timeColumn} < datetime(${new Date(filter.to).toISOString()})`);
  }
  return parts.length ? parts.join(' and ') : undefined;
}
