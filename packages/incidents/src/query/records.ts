import type { Queryable } from '@parapet/state';
import { groupBy } from '../group.ts';
import {
  ALERT_COLUMNS,
  type AlertRow,
  type EvidenceRow,
  INCIDENT_COLUMNS,
  type IncidentRow,
  severityRank,
} from '../rows.ts';
import { decimalId, iso, Where } from '../sql.ts';
import { afterSql, type Condition, conditionSql, type FieldColumn, type FieldTable, type Order } from './condition.ts';

/** A stored alert with everything the public API tells of it. */
export interface AlertRecord extends AlertRow {
  /** Changes with every change of the row; for `If-Match`. */
  readonly version: string;
  readonly wire: AlertWire | null;
  readonly evidence: readonly EvidenceRecord[];
  readonly comments: readonly CommentRecord[];
}

/** What an imported alert said beyond what the product itself keeps. */
export type AlertWire = Readonly<Record<string, unknown>>;

export interface EvidenceRecord extends EvidenceRow {
  /** Evidence of an imported alert exactly as it came; null for the product's own. */
  readonly wire: Readonly<Record<string, unknown>> | null;
}

export interface CommentRecord {
  readonly text: string;
  readonly author: string;
  readonly createdAt: string;
}

export interface IncidentRecord extends IncidentRow {
  readonly version: string;
  readonly description: string;
  readonly summary: string;
  readonly comments: readonly CommentRecord[];
}

export interface RecordQuery {
  readonly condition?: Condition;
  readonly order: readonly Order[];
  readonly limit: number;
  readonly skip?: number;
  /** Where the last page ended, as `next` of it said. */
  readonly after?: readonly string[];
  readonly count?: boolean;
  /** Counts may be taken from the tallies, which are of all rows: the caller sees every one. */
  readonly tallies?: boolean;
  /** Alerts of one incident. */
  readonly incidentId?: string;
  readonly ids?: readonly string[];
}

export interface RecordPage<T> {
  readonly items: readonly T[];
  /** Place of the last row; absent when nothing follows. */
  readonly next?: readonly string[];
  /** Everything that fits the condition; only when asked for. */
  readonly total?: number;
}

const severity = { type: 'smallint', store: (value: string | number) => severityRank(String(value) as never) } as const;
const text = (sql: string, nullable = false) => ({ sql, type: 'text', nullable }) as const;
const time = (sql: string, nullable = false) => ({ sql, type: 'timestamptz', nullable }) as const;

/** What an alert can be asked by. */
export const ALERT_FIELDS = {
  id: text('a.id'),
  incidentId: { sql: 'a.incident_id', type: 'bigint', store: (value) => decimalId(String(value)) ?? '0' },
  title: text('a.title'),
  ruleId: text('a.rule_id'),
  category: text('a.category'),
  productName: text('a.product_name'),
  assignedTo: text('a.assigned_to', true),
  classification: text('a.classification', true),
  determination: text('a.determination', true),
  createdAt: time('a.created_at'),
  lastUpdate: time('a.last_update'),
  resolvedAt: time('a.resolved_at', true),
  firstActivity: time('a.first_activity'),
  lastActivity: time('a.last_activity'),
  severity: { sql: 'a.severity', ...severity },
  serviceSource: text('a.service_source'),
  detectionSource: text('a.detection_source'),
  status: text('a.status'),
} as const satisfies FieldTable;

/** What an incident can be asked by. */
export const INCIDENT_FIELDS = {
  id: { sql: 'i.id', type: 'bigint', store: (value) => decimalId(String(value)) ?? '0' },
  name: text('i.name'),
  assignedTo: text('i.assigned_to', true),
  classification: text('i.classification', true),
  determination: text('i.determination', true),
  createdAt: time('i.created_at'),
  lastUpdate: time('i.last_update'),
  severity: { sql: 'i.severity', ...severity },
  status: text('i.status'),
  priorityScore: { sql: 'i.priority_score', type: 'smallint' },
} as const satisfies FieldTable;

interface Kind<Row> {
  readonly from: string;
  readonly columns: string;
  readonly fields: FieldTable;
  readonly tie: { readonly sql: string; readonly type: string };
  /** Table of counts, and the fields that it knows. */
  readonly tally: string;
  readonly tallied: Readonly<Record<string, FieldColumn>>;
  readonly row?: Row;
}

const nothingAsEmpty = (column: string): FieldColumn => ({
  sql: `nullif(t.${column}, '')`,
  type: 'text',
  nullable: true,
});
const TALLIED = {
  severity: { sql: 't.severity', ...severity },
  status: text('t.status'),
  classification: nothingAsEmpty('classification'),
  determination: nothingAsEmpty('determination'),
  assignedTo: nothingAsEmpty('assigned_to'),
} as const;

const ALERTS: Kind<AlertRow> = {
  from: 'alert a join incident i on i.id = a.incident_id',
  columns: `${ALERT_COLUMNS}, a.version::text as version, a.wire`,
  fields: ALERT_FIELDS,
  tally: 'alert_tally',
  tallied: { ...TALLIED, serviceSource: text('t.service_source') },
  tie: { sql: 'a.id', type: 'text' },
};
const INCIDENTS: Kind<IncidentRow> = {
  from: 'incident i',
  columns: `${INCIDENT_COLUMNS}, i.version::text as version, i.description, i.summary`,
  fields: INCIDENT_FIELDS,
  tally: 'incident_tally',
  tallied: TALLIED,
  tie: { sql: 'i.id', type: 'bigint' },
};

/** Add what the caller may see to a query's conditions. */
export type Visibility = (where: Where) => void;

/** Alerts with evidence and comments, a page at a time. */
export async function findAlerts(
  db: Queryable,
  query: RecordQuery,
  visible: Visibility = () => undefined,
): Promise<RecordPage<AlertRecord>> {
  const page = await find<Omit<AlertRecord, 'evidence' | 'comments'>>(db, ALERTS, query, (where) => {
    visible(where);
    if (query.incidentId !== undefined)
      where.add(decimalId(query.incidentId) ?? '0', (p) => `a.incident_id = ${p}::bigint`);
    if (query.ids) where.add(query.ids, (p) => `a.id = any(${p}::text[])`);
  });
  return { ...page, items: await complete(db, page.items) };
}

/** Alerts of several incidents by incident, in order of activity. */
export async function alertsOfIncidents(
  db: Queryable,
  incidentIds: readonly string[],
  visible: Visibility = () => undefined,
): Promise<ReadonlyMap<string, readonly AlertRecord[]>> {
  const where = new Where();
  where.add(incidentIds, (p) => `a.incident_id = any(${p}::bigint[])`);
  visible(where);
  const rows = await db.query<Omit<AlertRecord, 'evidence' | 'comments'>>(
    `select ${ALERTS.columns} from ${ALERTS.from} ${where} order by a.incident_id, a.first_activity, a.id`,
    where.params,
  );
  return groupBy(await complete(db, rows), (row) => row.incident_id);
}

/** Incidents with comments, a page at a time. */
export async function findIncidents(
  db: Queryable,
  query: RecordQuery,
  visible: Visibility = () => undefined,
): Promise<RecordPage<IncidentRecord>> {
  const page = await find<Omit<IncidentRecord, 'comments'>>(db, INCIDENTS, query, (where) => {
    visible(where);
    if (query.ids)
      where.add(
        query.ids.map((id) => decimalId(id) ?? '0'),
        (p) => `i.id = any(${p}::bigint[])`,
      );
  });
  const comments = await commentsFor(
    db,
    'incident_id',
    page.items.map(({ id }) => id),
  );
  return { ...page, items: page.items.map((row) => ({ ...row, comments: comments.get(row.id) ?? [] })) };
}

async function complete(
  db: Queryable,
  rows: readonly Omit<AlertRecord, 'evidence' | 'comments'>[],
): Promise<AlertRecord[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const evidence = groupBy(
    await db.query<EvidenceRecord & { readonly alert_id: string }>(
      `select alert_id, type, key, label, fields, roles, wire from alert_evidence where alert_id = any($1::text[])
       order by alert_id, position`,
      [ids],
    ),
    (row) => row.alert_id,
  );
  const comments = await commentsFor(db, 'alert_id', ids);
  return rows.map((row) => ({
    ...row,
    evidence: evidence.get(row.id) ?? [],
    comments: comments.get(row.id) ?? [],
  }));
}

async function commentsFor(
  db: Queryable,
  column: 'alert_id' | 'incident_id',
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly CommentRecord[]>> {
  if (ids.length === 0) return new Map();
  const type = column === 'alert_id' ? 'text' : 'bigint';
  const rows = await db.query<{ owner: string; text: string; author: string; created_at: Date }>(
    `select ${column}::text as owner, text, author, created_at from incident_comment
     where ${column} = any($1::${type}[]) order by created_at, incident_comment.id`,
    [ids],
  );
  const records = new Map<string, CommentRecord[]>();
  for (const row of rows) {
    const own = records.get(row.owner) ?? [];
    own.push({ text: row.text, author: row.author, createdAt: iso(row.created_at) });
    records.set(row.owner, own);
  }
  return records;
}

/** Everything a query without its place fits. */
async function countOf(db: Queryable, kind: Kind<unknown>, query: RecordQuery, where: Where): Promise<number> {
  const asked = query.condition ? fieldsOf(query.condition) : [];
  if (query.tallies && query.ids === undefined && query.incidentId === undefined) {
    const columns = Object.fromEntries(asked.map((field) => [field, kind.tallied[field]]));
    if (Object.values(columns).every((column) => column !== undefined)) {
      const own = new Where();
      if (query.condition) own.raw(conditionSql(query.condition, columns as FieldTable, own));
      const [row] = await db.query<{ total: number }>(
        `select coalesce(sum(n), 0)::bigint as total from ${kind.tally} t ${own}`,
        own.params,
      );
      return Number(row?.total ?? 0);
    }
  }
  // The join only adds the incident's name: what it would count is the same.
  const from = kind.from.split(' join ')[0];
  const [row] = await db.query<{ total: number }>(`select count(*) as total from ${from} ${where}`, where.params);
  return row?.total ?? 0;
}

function fieldsOf(condition: Condition): string[] {
  if ('part' in condition) return fieldsOf(condition.part);
  return 'parts' in condition ? condition.parts.flatMap(fieldsOf) : [condition.field];
}

async function find<R extends { readonly id: string }>(
  db: Queryable,
  kind: Kind<unknown>,
  query: RecordQuery,
  restrict: (where: Where) => void,
): Promise<RecordPage<R>> {
  const where = new Where();
  restrict(where);
  if (query.condition) where.raw(conditionSql(query.condition, kind.fields, where));
  let total: number | undefined;
  if (query.count) {
    total = await countOf(db, kind, query, where);
  }
  const last = query.order.at(-1)?.descending ?? true;
  const order = [
    ...query.order.map(({ field, descending }) => ({ ...(kind.fields[field] as FieldTable[string]), descending })),
    { ...kind.tie, descending: last },
  ];
  if (query.after) where.raw(afterSql(order, query.after, where));
  const keys = order.map(({ sql }, index) => `${sql}::text as k${index}`).join(', ');
  const by = order.map(({ sql, descending }) => `${sql} ${descending ? 'desc' : 'asc'}`).join(', ');
  const rows = await db.query<R & Record<string, unknown>>(
    `select ${kind.columns}, ${keys} from ${kind.from} ${where} order by ${by}
     limit ${where.place(query.limit + 1)} offset ${where.place(query.skip ?? 0)}`,
    where.params,
  );
  const items = rows.slice(0, query.limit);
  const end = items.at(-1);
  const next = rows.length > query.limit && end ? order.map((_, index) => String(end[`k${index}`])) : undefined;
  return {
    items,
    ...(next ? { next } : {}),
    ...(total === undefined ? {} : { total }),
  };
}
