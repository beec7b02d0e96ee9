import { createHash } from 'node:crypto';
import type { SqlParam } from '@parapet/kql';
import { ParapetError, type TimelineEvent, type TimelineGroup, type TimelinePage } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import { instant } from '../sql.ts';
import { listOf, members } from '../validate.ts';
import { type DeviceRef, EVENT_TABLES, type EventTable, onDevice } from './device-id.ts';
import { entitiesOf, GROUP_OF, titleOf } from './event-text.ts';
import { rowQuery } from './kql.ts';
import { millis } from './process-rows.ts';
import { num, number, type Row, select, shown, str, string, strings, toTime } from './rows.ts';
import { ALERT_TABLE, alertEvents, alertHistogram } from './timeline-alerts.ts';

/** Query string of GET /api/devices/:id/timeline. */
export interface TimelineQuery {
  readonly from?: string;
  readonly to?: string;
  /** Groups: process, network, file, registry, logon, imageLoad, other, alert. */
  readonly types?: string | readonly string[];
  readonly actionType?: string | readonly string[];
  readonly search?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

const GROUPS: readonly TimelineGroup[] = [...new Set(Object.values(GROUP_OF)), 'alert'];
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const BUCKETS = 120;
/** Where the timeline's search looks, as far as the table has the column. */
const SEARCHED = [
  'ActionType',
  'FileName',
  'FolderPath',
  'ProcessCommandLine',
  'AccountName',
  'InitiatingProcessFileName',
  'InitiatingProcessCommandLine',
  'InitiatingProcessAccountName',
  'RemoteIP',
  'RemoteUrl',
  'RegistryKey',
  'RegistryValueName',
  'RegistryValueData',
  'RemoteDeviceName',
  'SHA1',
  'SHA256',
  'AdditionalFields',
];

/** Place of an event in the order: newest first, then by table and by content. */
export interface Position {
  readonly time: string;
  readonly table: string;
  readonly tie: string;
}

/**
 * One page of what happened on a device, newest first, alerts among the events. Rows that are equal in everything people can
 * see are one event. Without a range: the 30 days up to the device's newest event, however long ago that is.
 */
export async function deviceTimeline(
  dependencies: { readonly db: Queryable; readonly store: TelemetryStore },
  device: DeviceRef,
  query: TimelineQuery,
): Promise<TimelinePage> {
  const { db, store } = dependencies;
  const limit = query.limit ?? 100;
  const after = query.cursor ? readCursor(query.cursor) : undefined;
  const extent = query.from && query.to ? undefined : await eventExtent(dependencies, device);
  const to = query.to ? instant('to', query.to).toISOString() : extent?.newest;
  if (!to) return { items: [], nextCursor: null, histogram: [], bucketSeconds: 1, total: 0 };
  const from = query.from
    ? instant('from', query.from).toISOString()
    : defaultStart(to, query.to ? undefined : extent?.oldest);
  const groups = members('types', query.types, GROUPS);
  const wanted = (group: TimelineGroup): boolean => groups.length === 0 || groups.includes(group);
  const filter = tableFilter(store, device, query, from, to);
  const tables = EVENT_TABLES.filter((table) => wanted(GROUP_OF[table]));
  const bucketSeconds = Math.max(1, Math.ceil((Date.parse(to) - Date.parse(from)) / 1000 / BUCKETS));

  const [places, alerts, counts, alertCounts] = await Promise.all([
    tables.length > 0 ? eventPlaces(store, tables, filter, after, limit + 1) : [],
    wanted('alert') ? alertEvents(db, device, query, from, to, after, limit + 1) : [],
    tables.length > 0 ? histogram(store, tables, filter, from, bucketSeconds) : new Map<number, number>(),
    wanted('alert') ? alertHistogram(db, device, query, from, to, bucketSeconds) : new Map<number, number>(),
  ]);
  const alertById = new Map(alerts.map((event) => [event.id.slice('alert:'.length), event]));
  const merged = [
    ...places,
    ...alerts.map((event): Position => ({ time: ticks(event.time), table: ALERT_TABLE, tie: event.alertId ?? '' })),
  ]
    .sort(inOrder)
    .slice(0, limit + 1);
  const pagePlaces = merged.slice(0, limit);
  const rows = await fetchRows(
    store,
    pagePlaces.filter(({ table }) => table !== ALERT_TABLE),
    filter,
  );
  const last = pagePlaces.at(-1);
  for (const [bucket, count] of alertCounts) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return {
    items: pagePlaces.flatMap((place) => {
      if (place.table === ALERT_TABLE) return alertById.get(place.tie) ?? [];
      const row = rows.get(placeId(place));
      return row ? toEvent(place, row) : [];
    }),
    nextCursor: merged.length > limit && last ? writeCursor(last) : null,
    histogram: [...counts]
      .sort(([a], [b]) => a - b)
      .map(([bucket, count]) => ({
        start: new Date(Date.parse(from) + bucket * bucketSeconds * 1000).toISOString(),
        count,
      })),
    bucketSeconds,
    total: [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}

const placeId = ({ time, table, tie }: Position): string => `${table}:${time}:${tie}`;
/** ISO with seven digits, so that text compares like time. */
const ticks = (time: string): string => {
  const match = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(time);
  return match ? `${match[1]}.${(match[2] ?? '').padEnd(7, '0').slice(0, 7)}Z` : time;
};

function inOrder(a: Position, b: Position): number {
  if (a.time !== b.time) return a.time < b.time ? 1 : -1;
  if (a.table !== b.table) return a.table < b.table ? -1 : 1;
  return a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0;
}

function writeCursor({ time, table, tie }: Position): string {
  return Buffer.from(JSON.stringify([time, table, tie])).toString('base64url');
}

/** @throws ParapetError `invalid_request` 400 */
function readCursor(cursor: string): Position {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 3 && parsed.every((each) => typeof each === 'string')) {
      const [time, table, tie] = parsed as [string, string, string];
      if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/.test(time)) return { time, table, tie };
    }
  } catch {
    // Falls through to the refusal.
  }
  throw new ParapetError(
    'invalid_request',
    400,
    'cursor is not one that this list gave out.',
    'Leave it out to start at the newest event.',
  );
}

interface TableFilter {
  sql(table: EventTable): string;
  tie(table: EventTable): string;
  readonly params: Record<string, SqlParam>;
}

function tableFilter(
  store: TelemetryStore,
  device: DeviceRef,
  query: TimelineQuery,
  from: string,
  to: string,
): TableFilter {
  const on = onDevice(device);
  const params: Record<string, SqlParam> = { ...on.params, from: toTime(from), to: toTime(to) };
  const actions = listOf(query.actionType);
  if (actions.length > 0) params.actions = strings(actions);
  const search = query.search?.trim();
  if (search) params.search = string(search);
  const columnsOf = (table: EventTable): Set<string> =>
    new Set(store.schema.tables.find(({ name }) => name === table)?.columns.map(({ name }) => name));
  const parts = (table: EventTable): string => {
    const columns = columnsOf(table);
    return SEARCHED.filter((name) => columns.has(name))
      .map((name) => `toString(${name})`)
      .join(', ');
  };
  return {
    params,
    sql: (table) =>
      [
        on.sql,
        "Timestamp >= {from:DateTime64(7, 'UTC')} AND Timestamp <= {to:DateTime64(7, 'UTC')}",
        ...(actions.length > 0 ? ['ActionType IN ({actions:Array(String)})'] : []),
        ...(search
          ? [`positionCaseInsensitiveUTF8(concatWithSeparator('\\n', ${parts(table)}), {search:String}) > 0`]
          : []),
      ].join(' AND '),
    tie: (table) =>
      `hex(sipHash64(concatWithSeparator('\\n', _ItemId, toString(ifNull(ReportId, 0)), ${parts(table)})))`,
  };
}

/** Thirty days before the end, or the device's oldest event if that is later: the histogram then shows more of them. */
function defaultStart(to: string, oldest: string | undefined): string {
  const start = new Date(Date.parse(to) - DEFAULT_DAYS * DAY_MS).toISOString();
  return oldest !== undefined && oldest > start ? oldest : start;
}

/** Times around the device's events and alerts, in whole milliseconds. */
async function eventExtent(
  { db, store }: { readonly db: Queryable; readonly store: TelemetryStore },
  device: DeviceRef,
): Promise<{ readonly oldest: string; readonly newest: string } | undefined> {
  const on = onDevice(device);
  const [row] = await select(
    store,
    `SELECT min(tableFirst) AS first, max(tableLast) AS last, count() AS n FROM (${EVENT_TABLES.map(
      (table) =>
        `SELECT min(Timestamp) AS tableFirst, max(Timestamp) AS tableLast FROM hunting.${table} WHERE ${on.sql} HAVING count() > 0`,
    ).join(' UNION ALL ')})`,
    { params: on.params },
  );
  const [alert] = await db.query<{ first: Date | null; last: Date | null }>(
    `select min(a.first_activity) as first, max(a.first_activity) as last from alert a join alert_evidence e on e.alert_id = a.id
     where e.type = 'device' and e.key = $1`,
    [device.key],
  );
  const seen = row !== undefined && num(row, 'n') !== 0;
  const times = [
    ...(seen ? [millis(row.first), millis(row.last)] : []),
    ...(alert?.first && alert.last ? [alert.first.getTime(), alert.last.getTime()] : []),
  ];
  if (times.length === 0) return undefined;
  // A millisecond later, because a range of milliseconds must not cut off 100 ns ticks.
  return { oldest: new Date(Math.min(...times)).toISOString(), newest: new Date(Math.max(...times) + 1).toISOString() };
}

async function eventPlaces(
  store: TelemetryStore,
  tables: readonly EventTable[],
  filter: TableFilter,
  after: Position | undefined,
  limit: number,
): Promise<Position[]> {
  const params: Record<string, SqlParam> = { ...filter.params, limit: number(limit) };
  if (after) Object.assign(params, { at: toTime(after.time), atTable: string(after.table), atTie: string(after.tie) });
  const keyset = after
    ? `AND (Timestamp < {at:DateTime64(7, 'UTC')} OR Timestamp = {at:DateTime64(7, 'UTC')} AND (source, tie) > ({atTable:String}, {atTie:String}))`
    : '';
  // Every table gives its own first rows: the engine sorts little and reads only what the range needs.
  const parts = tables.map(
    (table) =>
      `SELECT * FROM (SELECT DISTINCT Timestamp, '${table}' AS source, ${filter.tie(table)} AS tie FROM hunting.${table}
        WHERE ${filter.sql(table)} ${after ? "AND Timestamp <= {at:DateTime64(7, 'UTC')}" : ''})
       WHERE 1 ${keyset} ORDER BY Timestamp DESC, tie LIMIT {limit:Int64}`,
  );
  const rows = await select(
    store,
    `SELECT * FROM (${parts.map((part) => `SELECT * FROM (${part})`).join(' UNION ALL ')})
     ORDER BY Timestamp DESC, source, tie LIMIT {limit:Int64}`,
    { params },
  );
  return rows.map((row) => ({ time: str(row, 'Timestamp'), table: str(row, 'source'), tie: str(row, 'tie') }));
}

/** Whole rows of the places of one page. */
async function fetchRows(
  store: TelemetryStore,
  places: readonly Position[],
  filter: TableFilter,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  await Promise.all(
    EVENT_TABLES.map(async (table) => {
      const mine = places.filter((place) => place.table === table);
      if (mine.length === 0) return;
      const rows = await select(
        store,
        `SELECT *, ${filter.tie(table)} AS _tie FROM hunting.${table}
         WHERE ${filter.sql(table)} AND toString(Timestamp) IN ({times:Array(String)}) AND _tie IN ({ties:Array(String)})
           AND Timestamp >= {oldest:DateTime64(7, 'UTC')} AND Timestamp <= {newest:DateTime64(7, 'UTC')}
         ORDER BY _ItemId LIMIT 1 BY Timestamp, _tie`,
        {
          params: {
            ...filter.params,
            times: strings([...new Set(mine.map(({ time }) => toTime(time).value))]),
            ties: strings(mine.map(({ tie }) => tie)),
            oldest: toTime(mine.map(({ time }) => time).sort()[0] ?? ''),
            newest: toTime(
              mine
                .map(({ time }) => time)
                .sort()
                .at(-1) ?? '',
            ),
          },
        },
      );
      for (const row of rows) found.set(placeId({ time: str(row, 'Timestamp'), table, tie: str(row, '_tie') }), row);
    }),
  );
  return found;
}

function toEvent(place: Position, row: Row): TimelineEvent {
  const table = place.table as EventTable;
  return {
    id: createHash('sha256').update(placeId(place)).digest('hex').slice(0, 24),
    time: place.time,
    group: GROUP_OF[table],
    table,
    actionType: str(row, 'ActionType'),
    title: titleOf(table, row),
    entities: entitiesOf(table, row),
    huntingQuery: rowQuery(table, {
      time: place.time,
      deviceId: str(row, 'DeviceId'),
      deviceName: str(row, 'DeviceName'),
      reportId: row.ReportId as number | string | null,
      actionType: str(row, 'ActionType'),
      itemId: str(row, '_ItemId'),
    }),
    row: shown(row),
  };
}

async function histogram(
  store: TelemetryStore,
  tables: readonly EventTable[],
  filter: TableFilter,
  from: string,
  bucketSeconds: number,
): Promise<Map<number, number>> {
  const parts = tables.map(
    (table) =>
      `SELECT Timestamp, '${table}' AS source, ${filter.tie(table)} AS tie FROM hunting.${table} WHERE ${filter.sql(table)}`,
  );
  const rows = await select(
    store,
    `SELECT intDiv(toUnixTimestamp64Milli(Timestamp) - {start:Int64}, {step:Int64}) AS bucket, uniqExact(Timestamp, source, tie) AS n
     FROM (${parts.join(' UNION ALL ')}) GROUP BY bucket ORDER BY bucket`,
    { params: { ...filter.params, start: number(Date.parse(from)), step: number(bucketSeconds * 1000) } },
  );
  return new Map(rows.map((row) => [num(row, 'bucket') ?? 0, num(row, 'n') ?? 0]));
}
