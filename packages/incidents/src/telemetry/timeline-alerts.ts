import type { TimelineEvent } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { ALERT_COLUMNS, type AlertRow, severityName } from '../rows.ts';
import { contains, iso, Where } from '../sql.ts';
import { listOf } from '../validate.ts';
import type { DeviceRef } from './device-id.ts';
import { kqlString } from './kql.ts';
import type { Position, TimelineQuery } from './timeline.ts';

/** Alerts take part in the order under the name of the table that lists them. */
export const ALERT_TABLE = 'AlertInfo';

function alertWhere(device: DeviceRef, query: TimelineQuery, from: string, to: string): Where {
  const where = new Where();
  where.add(
    device.key,
    (p) => `exists (select 1 from alert_evidence e where e.alert_id = a.id and e.type = 'device' and e.key = ${p})`,
  );
  where.add(new Date(from), (p) => `a.first_activity >= ${p}::timestamptz`);
  where.add(new Date(to), (p) => `a.first_activity <= ${p}::timestamptz`);
  const search = query.search?.trim().toLowerCase();
  if (search) where.add(contains(search), (p) => `a.search_text like ${p}`);
  // Alerts have no action type, so that a filter on it asks for events only.
  if (listOf(query.actionType).length > 0) where.raw('false');
  return where;
}

/** Alerts of the device in the order of the timeline. */
export async function alertEvents(
  db: Queryable,
  device: DeviceRef,
  query: TimelineQuery,
  from: string,
  to: string,
  after: Position | undefined,
  limit: number,
): Promise<TimelineEvent[]> {
  const where = alertWhere(device, query, from, to);
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
    time: iso(row.first_activity),
    group: 'alert',
    table: ALERT_TABLE,
    actionType: '',
    title: row.title,
    entities: row.assets,
    severity: severityName(row.severity),
    alertId: row.id,
    huntingQuery: `AlertInfo\n| where AlertId == ${kqlString(row.id)}`,
    row: { AlertId: row.id, Title: row.title, Category: row.category, IncidentId: row.incident_id, Status: row.status },
  }));
}

/** Alerts per bucket. */
export async function alertHistogram(
  db: Queryable,
  device: DeviceRef,
  query: TimelineQuery,
  from: string,
  to: string,
  bucketSeconds: number,
): Promise<Map<number, number>> {
  const where = alertWhere(device, query, from, to);
  const start = where.place(new Date(from));
  const step = where.place(bucketSeconds);
  const rows = await db.query<{ bucket: number; n: number }>(
    `select floor(extract(epoch from a.first_activity - ${start}::timestamptz) / ${step}::integer)::integer as bucket, count(*) as n
     from alert a ${where} group by 1`,
    where.params,
  );
  return new Map(rows.map((row) => [row.bucket, row.n]));
}
