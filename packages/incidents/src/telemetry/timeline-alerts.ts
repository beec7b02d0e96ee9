import type { TimelineEvent } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { ALERT_COLUMNS, type AlertRow, severityName } from '../rows.ts';
import { contains, iso, Where } from '../sql.ts';
import { listOf } from '../validate.ts';
import { kqlString } from './kql.ts';
import { type Position, placeId, ticks, writePosition } from './positions.ts';
import { type Row, str } from './rows.ts';
import type { EntityRef } from './subject.ts';
import type { TimelineQuery } from './timeline.ts';

/** Alerts take part in the order under the name of the table that lists them. */
export const ALERT_TABLE = 'AlertInfo';

/** Whose alerts; `only` limits them to these ids. */
export interface AlertsOf {
  readonly names: readonly EntityRef[];
  readonly only?: readonly string[] | undefined;
}

function alertWhere(of: AlertsOf, query: TimelineQuery, from: string, to: string): Where {
  const where = new Where();
  const types = where.place(of.names.map(({ type }) => type));
  where.add(
    of.names.map(({ key }) => key),
    (p) =>
      `exists (select 1 from alert_evidence e where e.alert_id = a.id and (e.type, e.key) in (select * from unnest(${types}::text[], ${p}::text[])))`,
  );
  if (of.only) where.add(of.only, (p) => `a.id = any(${p}::text[])`);
  where.add(new Date(from), (p) => `a.first_activity >= ${p}::timestamptz`);
  where.add(new Date(to), (p) => `a.first_activity <= ${p}::timestamptz`);
  const search = query.search?.trim().toLowerCase();
  if (search) where.add(contains(search), (p) => `a.search_text like ${p}`);
  // Alerts have no action type, so that a filter on it asks for events only.
  if (listOf(query.actionType).length > 0) where.raw('false');
  return where;
}

/** Alerts that name the entity in the order of the timeline. */
export async function alertEvents(
  db: Queryable,
  of: AlertsOf,
  query: TimelineQuery,
  from: string,
  to: string,
  after: Position | undefined,
  limit: number,
): Promise<TimelineEvent[]> {
  const where = alertWhere(of, query, from, to);
  if (after) {
    // Alert times are whole milliseconds; the cursor may lie between two of them.
    const time = where.place(new Date(after.time.replace(/(\.\d{3})\d+/, '$1')));
    if (after.table < ALERT_TABLE || !/0{4}Z$/.test(after.time)) where.raw(`a.first_activity <= ${time}::timestamptz`);
    else if (after.table > ALERT_TABLE) where.raw(`a.first_activity < ${time}::timestamptz`);
    else
      where.add(
        after.tie,
        (p) =>
          `(a.first_activity < ${time}::timestamptz or a.first_activity = ${time}::timestamptz and a.id collate "C" > ${p}::text)`,
      );
  }
  const rows = await db.query<AlertRow>(
    `select ${ALERT_COLUMNS} from alert a join incident i on i.id = a.incident_id ${where}
     order by a.first_activity desc, a.id collate "C" limit ${where.place(limit)}`,
    where.params,
  );
  return rows.map((row) => ({
    id: `alert:${row.id}`,
    position: writePosition({ time: ticks(iso(row.first_activity)), table: ALERT_TABLE, tie: row.id }),
    time: iso(row.first_activity),
    group: 'alert',
    table: ALERT_TABLE,
    actionType: '',
    title: row.title,
    entities: row.assets,
    severity: severityName(row.severity),
    alertId: row.id,
    ...(row.techniques.length > 0 ? { techniques: row.techniques } : {}),
    huntingQuery: `AlertInfo\n| where AlertId == ${kqlString(row.id)}`,
    row: { AlertId: row.id, Title: row.title, Category: row.category, IncidentId: row.incident_id, Status: row.status },
  }));
}

/** Alerts per bucket. */
export async function alertHistogram(
  db: Queryable,
  of: AlertsOf,
  query: TimelineQuery,
  from: string,
  to: string,
  bucketSeconds: number,
): Promise<Map<number, number>> {
  const where = alertWhere(of, query, from, to);
  const start = where.place(new Date(from));
  const step = where.place(bucketSeconds);
  const rows = await db.query<{ bucket: number; n: number }>(
    `select floor(extract(epoch from a.first_activity - ${start}::timestamptz) / ${step}::integer)::integer as bucket, count(*) as n
     from alert a ${where} group by 1`,
    where.params,
  );
  return new Map(rows.map((row) => [row.bucket, row.n]));
}

/** At most this many rows of alerts are compared with a page. */
const MOST_RAISED = 5000;

/** Rows of a page that alerts were raised from, with those alerts and their techniques. */
export async function raisedFrom(
  db: Queryable,
  of: AlertsOf,
  page: readonly Position[],
  rows: ReadonlyMap<string, Row>,
): Promise<Map<string, Pick<TimelineEvent, 'raised' | 'techniques'>>> {
  const places = page.filter(({ table }) => table !== ALERT_TABLE);
  const result = new Map<string, Pick<TimelineEvent, 'raised' | 'techniques'>>();
  const [newest, oldest] = [places[0], places.at(-1)];
  if (!newest || !oldest) return result;
  const minute = (time: string, by: number): Date =>
    new Date(Date.parse(time.replace(/(\.\d{3})\d+Z$/, '$1Z')) + by * 60_000);
  const found = await db.query<{
    table_name: string;
    time: string;
    report_id: string;
    device_id: string;
    id: string;
    title: string;
    severity: number;
    techniques: readonly string[];
  }>(
    `select v.table_name, v.time, v.report_id, v.device_id, a.id, a.title, a.severity, a.techniques
     from alert a join alert_event v on v.alert_id = a.id
     where a.first_activity <= $3::timestamptz and a.last_activity >= $4::timestamptz
       and exists (select 1 from alert_evidence e where e.alert_id = a.id
         and (e.type, e.key) in (select * from unnest($1::text[], $2::text[])))
     order by a.severity desc, a.id limit ${MOST_RAISED}`,
    [of.names.map(({ type }) => type), of.names.map(({ key }) => key), minute(newest.time, 1), minute(oldest.time, -1)],
  );
  const name = (table: string, time: string, device: string, report: string): string =>
    [table, ticks(time), device.toLowerCase(), report].join('|');
  const byRow = new Map<string, (typeof found)[number][]>();
  for (const each of found) {
    const key = name(each.table_name, each.time, each.device_id, each.report_id);
    byRow.set(key, [...(byRow.get(key) ?? []), each]);
  }
  for (const place of places) {
    const row = rows.get(placeId(place));
    if (!row) continue;
    const alerts = byRow.get(name(place.table, place.time, str(row, 'DeviceId'), str(row, 'ReportId'))) ?? [];
    // A behaviour names its techniques itself.
    const own = /T\d{4}(?:\.\d{3})?/g;
    const named = place.table === 'BehaviorInfo' ? (str(row, 'AttackTechniques').match(own) ?? []) : [];
    const techniques = [...new Set([...alerts.flatMap((alert) => alert.techniques), ...named])].sort();
    if (alerts.length === 0 && techniques.length === 0) continue;
    result.set(placeId(place), {
      ...(techniques.length > 0 ? { techniques } : {}),
      raised: [...new Map(alerts.map((alert) => [alert.id, alert])).values()].map(({ id, title, severity }) => ({
        id,
        title,
        severity: severityName(severity),
      })),
    });
  }
  return result;
}
