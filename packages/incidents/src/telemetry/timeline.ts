import type { SqlParam } from '@parapet/kql';
import { TIMELINE_GROUPS, type TimelineEvent, type TimelineGroup, type TimelinePage } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import { instant } from '../sql.ts';
import { listOf, members } from '../validate.ts';
import { EVENT_TABLES, type EventTable } from './device-id.ts';
import { entitiesOf, titleOf } from './event-text.ts';
import { rowQuery } from './kql.ts';
import { otherEntities, otherTitle } from './other-text.ts';
import {
  eventId,
  inOrder,
  type Position,
  placeId,
  readCursor,
  ticks,
  writeCursor,
  writePosition,
} from './positions.ts';
import { millis } from './process-rows.ts';
import { num, number, type Row, select, shown, str, string, strings, toTime } from './rows.ts';
import type { Subject, SubjectPlace } from './subject.ts';
import { ALERT_TABLE, alertEvents, alertHistogram, raisedFrom } from './timeline-alerts.ts';
import { flagsOf, type StoredFlag } from './timeline-flags.ts';

/** Query string of the timelines. */
export interface TimelineQuery {
  readonly from?: string;
  readonly to?: string;
  /** Groups: process, network, file, registry, logon, imageLoad, … */
  readonly types?: string | readonly string[];
  readonly actionType?: string | readonly string[];
  readonly search?: string;
  /** Only rows that someone flagged. */
  readonly flagged?: boolean;
  /** Begin at this instant instead of at the newest event. */
  readonly at?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DEFAULT_DAYS = 30;
const BUCKETS = 120;
/** Where the timeline's search looks, as far as the table has the column. */
const SEARCHED = [
  'ActionType',
  'OperationName',
  'EventName',
  'EventID',
  'FileName',
  'FolderPath',
  'ProcessCommandLine',
  'AccountName',
  'AccountUpn',
  'UserPrincipalName',
  'InitiatingProcessFileName',
  'InitiatingProcessCommandLine',
  'InitiatingProcessAccountName',
  'RemoteIP',
  'IPAddress',
  'SourceIpAddress',
  'RemoteUrl',
  'Url',
  'RegistryKey',
  'RegistryValueName',
  'RegistryValueData',
  'RemoteDeviceName',
  'SHA1',
  'SHA256',
  'Application',
  'AppDisplayName',
  'ObjectName',
  'ResourceId',
  'NetworkMessageId',
  'Subject',
  'SenderFromAddress',
  'RecipientEmailAddress',
  'SyslogMessage',
  'RenderedDescription',
  'CommandLine',
  'UserIdentityArn',
  'Query',
  'TargetAccountUpn',
  'AdditionalFields',
];

interface Dependencies {
  readonly db: Queryable;
  readonly store: TelemetryStore;
}

/**
 * One page of what happened to an entity, newest first, alerts among the events. Without a range: the 30 days up to its newest event,
 * however long ago that is. The first page counts the whole range by time and by kind; the counts say how far back the page has to
 * look, later pages widen their view until they are full.
 * @throws ParapetError `invalid_request` 400
 */
export async function entityTimeline(
  dependencies: Dependencies,
  subject: Subject,
  query: TimelineQuery,
): Promise<TimelinePage> {
  const { db } = dependencies;
  const limit = query.limit ?? 100;
  const after = query.cursor ? readCursor(query.cursor) : undefined;
  const groups = members('types', query.types, TIMELINE_GROUPS);
  const range = await rangeOf(dependencies, subject, query);
  if (!range)
    return {
      items: [],
      nextCursor: null,
      histogram: [],
      bucketSeconds: 1,
      total: 0,
      from: '',
      to: '',
      groups: [],
      leftOut: [],
    };
  const flags = await flagsOf(db, range.from, range.to);
  const search = new PlaceSearch(dependencies.store, subject.places, query, range, query.flagged ? flags : undefined);
  const bucketSeconds = Math.max(1, Math.ceil((Date.parse(range.to) - Date.parse(range.from)) / 1000 / BUCKETS));
  const flaggedAlerts = query.flagged
    ? flags.filter(({ table }) => table === ALERT_TABLE).map(({ tie }) => tie)
    : undefined;
  const alertsOf = { names: subject.names, only: flaggedAlerts };

  // Which kinds are shown must be the same on every page: raw records stand back only where something else is there.
  const [counts, alertCounts] = after
    ? [undefined, undefined]
    : await Promise.all([
        search.counts(range.from, bucketSeconds),
        alertHistogram(db, alertsOf, query, range.from, range.to, bucketSeconds),
      ]);
  const logsStandBack = groups.length === 0 && (await search.hasMoreThanLogs(counts));
  const wanted = (group: TimelineGroup): boolean =>
    groups.length > 0 ? groups.includes(group) : !(group === 'log' && logsStandBack);
  const places = subject.places.filter(({ group }) => wanted(group));

  const start =
    after ??
    (query.at
      ? { time: ticks(instant('at', query.at).toISOString()), table: '', tie: '', spanMs: HOUR_MS }
      : undefined);
  const alerts = wanted('alert') ? await alertEvents(db, alertsOf, query, range.from, range.to, start, limit + 1) : [];
  const [found, spanMs] = await search.page(places, start, limit + 1, counts ? [counts, bucketSeconds] : undefined);
  const alertById = new Map(alerts.map((event) => [event.alertId ?? '', event]));
  const merged = [
    ...found,
    ...alerts.map((event): Position => ({ time: ticks(event.time), table: ALERT_TABLE, tie: event.alertId ?? '' })),
  ]
    .sort(inOrder)
    .slice(0, limit + 1);
  const page = merged.slice(0, limit);
  const rows = await search.rows(page.filter(({ table }) => table !== ALERT_TABLE));
  const raised = await raisedFrom(db, alertsOf, page, rows);
  const flagged = new Map(flags.map((flag) => [placeId(flag), flag]));
  const last = page.at(-1);
  const shownCounts = countsShown(counts, alertCounts, wanted);
  return {
    items: page.flatMap((place): TimelineEvent[] => {
      const flag = flagged.get(placeId(place));
      const more = flag ? { flag: flag.shown } : {};
      if (place.table === ALERT_TABLE) {
        const event = alertById.get(place.tie);
        return event ? [{ ...event, ...more }] : [];
      }
      const row = rows.get(placeId(place));
      return row
        ? [{ ...toEvent(search.place(place.table), place, row), ...(raised.get(placeId(place)) ?? {}), ...more }]
        : [];
    }),
    nextCursor: merged.length > limit && last ? writeCursor({ ...last, spanMs }) : null,
    histogram: [...shownCounts]
      .sort(([a], [b]) => a - b)
      .map(([bucket, count]) => ({
        start: new Date(Date.parse(range.from) + bucket * bucketSeconds * 1000).toISOString(),
        count,
      })),
    bucketSeconds,
    total: [...shownCounts.values()].reduce((sum, count) => sum + count, 0),
    from: range.from,
    to: range.to,
    groups: counts ? groupCounts(counts, alertCounts) : [],
    leftOut: logsStandBack ? ['log'] : [],
  };
}

type Counts = ReadonlyMap<TimelineGroup, ReadonlyMap<number, number>>;

function countsShown(
  counts: Counts | undefined,
  alerts: ReadonlyMap<number, number> | undefined,
  wanted: (group: TimelineGroup) => boolean,
): Map<number, number> {
  const result = new Map<number, number>();
  const add = (buckets: ReadonlyMap<number, number>): void => {
    for (const [bucket, count] of buckets) result.set(bucket, (result.get(bucket) ?? 0) + count);
  };
  for (const [group, buckets] of counts ?? []) if (wanted(group)) add(buckets);
  if (alerts && wanted('alert')) add(alerts);
  return result;
}

function groupCounts(counts: Counts, alerts: ReadonlyMap<number, number> | undefined): TimelinePage['groups'] {
  const sum = (buckets: ReadonlyMap<number, number>): number => [...buckets.values()].reduce((all, n) => all + n, 0);
  return [...counts, ['alert' as const, alerts ?? new Map<number, number>()] as const]
    .map(([group, buckets]) => ({ group, count: sum(buckets) }))
    .filter(({ count }) => count > 0);
}

interface Range {
  readonly from: string;
  readonly to: string;
}

/** Thirty days before the newest event, or from the oldest if that is later: the histogram then shows more of them. */
async function rangeOf(dependencies: Dependencies, subject: Subject, query: TimelineQuery): Promise<Range | undefined> {
  const extent = query.from && query.to ? undefined : await extentOf(dependencies, subject);
  const to = query.to ? instant('to', query.to).toISOString() : extent?.newest;
  if (!to) return undefined;
  if (query.from) return { from: instant('from', query.from).toISOString(), to };
  const start = new Date(Date.parse(to) - DEFAULT_DAYS * DAY_MS).toISOString();
  const oldest = query.to ? undefined : extent?.oldest;
  return { from: oldest !== undefined && oldest > start ? oldest : start, to };
}

/** Times around the events and alerts of an entity, in whole milliseconds; undefined when there is nothing. */
async function extentOf(
  { db, store }: Dependencies,
  subject: Subject,
): Promise<{ readonly oldest: string; readonly newest: string } | undefined> {
  const [[row], [alert]] = await Promise.all([
    subject.places.length > 0
      ? select(
          store,
          `SELECT min(tableFirst) AS first, max(tableLast) AS last, count() AS n FROM (${subject.places
            .map(
              ({ table, time, match }) =>
                `SELECT min(${time}) AS tableFirst, max(${time}) AS tableLast FROM hunting.${table} WHERE ${match.sql} HAVING count() > 0`,
            )
            .join(' UNION ALL ')})`,
          { params: paramsOf(subject.places) },
        )
      : [],
    db.query<{ first: Date | null; last: Date | null }>(
      `select min(a.first_activity) as first, max(a.first_activity) as last from alert a join alert_evidence e on e.alert_id = a.id
       where (e.type, e.key) in (select * from unnest($1::text[], $2::text[]))`,
      [subject.names.map(({ type }) => type), subject.names.map(({ key }) => key)],
    ),
  ]);
  const seen = row !== undefined && num(row, 'n') !== 0;
  const times = [
    ...(seen ? [millis(row.first), millis(row.last)] : []),
    ...(alert?.first && alert.last ? [alert.first.getTime(), alert.last.getTime()] : []),
  ];
  if (times.length === 0) return undefined;
  // A millisecond later, because a range of milliseconds must not cut off 100 ns ticks.
  return { oldest: new Date(Math.min(...times)).toISOString(), newest: new Date(Math.max(...times) + 1).toISOString() };
}

const paramsOf = (places: readonly SubjectPlace[]): Record<string, SqlParam> =>
  Object.assign({}, ...places.map(({ match }) => match.params));

/** The questions a timeline asks the engine. */
export class PlaceSearch {
  readonly #store: TelemetryStore;
  readonly #places: readonly SubjectPlace[];
  readonly #params: Record<string, SqlParam>;
  readonly #range: Range;
  readonly #conditions: (place: SubjectPlace) => string[];

  constructor(
    store: TelemetryStore,
    places: readonly SubjectPlace[],
    query: TimelineQuery,
    range: Range,
    only?: readonly StoredFlag[],
  ) {
    this.#store = store;
    this.#range = range;
    this.#params = { ...paramsOf(places), from: toTime(range.from), to: toTime(range.to) };
    this.#places = only ? places.filter(({ table }) => only.some((flag) => flag.table === table)) : places;
    const actions = listOf(query.actionType);
    if (actions.length > 0) this.#params.actions = strings(actions);
    const text = query.search?.trim();
    if (text) this.#params.search = string(text);
    if (only) {
      this.#params.flagTies = strings(only.map(({ tie }) => tie));
      this.#params.flagTimes = strings([...new Set(only.map(({ time }) => toTime(time).value))]);
    }
    this.#conditions = (place) => [
      ...(actions.length > 0
        ? [actionColumn(place) ? `toString(${actionColumn(place)}) IN ({actions:Array(String)})` : '0']
        : []),
      ...(text
        ? [`positionCaseInsensitiveUTF8(concatWithSeparator('\\n', ${parts(place)}), {search:String}) > 0`]
        : []),
      ...(only
        ? [`toString(${place.time}) IN ({flagTimes:Array(String)}) AND ${tie(place)} IN ({flagTies:Array(String)})`]
        : []),
    ];
  }

  place(table: string): SubjectPlace {
    const place = this.#places.find((each) => each.table === table);
    if (!place) throw new Error(`no place ${table}`);
    return place;
  }

  #where(place: SubjectPlace, more: readonly string[] = []): string {
    return [
      `${place.time} >= {from:DateTime64(7, 'UTC')} AND ${place.time} <= {to:DateTime64(7, 'UTC')}`,
      `(${place.match.sql})`,
      ...this.#conditions(place),
      ...more,
    ].join(' AND ');
  }

  /** Rows of every kind per bucket of time. */
  async counts(from: string, bucketSeconds: number): Promise<Counts> {
    const result = new Map<TimelineGroup, Map<number, number>>();
    if (this.#places.length === 0) return result;
    const rows = await select(
      this.#store,
      this.#places
        .map(
          (
            place,
          ) => `SELECT '${place.table}' AS source, intDiv(toUnixTimestamp64Milli(${place.time}) - {start:Int64}, {step:Int64}) AS bucket,
            count() AS n FROM hunting.${place.table} WHERE ${this.#where(place)} GROUP BY bucket`,
        )
        .join(' UNION ALL '),
      { params: { ...this.#params, start: number(Date.parse(from)), step: number(bucketSeconds * 1000) } },
    );
    for (const row of rows) {
      const { group } = this.place(str(row, 'source'));
      const buckets = result.get(group) ?? new Map<number, number>();
      const bucket = num(row, 'bucket') ?? 0;
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + (num(row, 'n') ?? 0));
      result.set(group, buckets);
    }
    return result;
  }

  /** Whether anything but records as they were logged is in range; filters do not count. */
  async hasMoreThanLogs(counts: Counts | undefined): Promise<boolean> {
    if (counts && [...counts.keys()].some((group) => group !== 'log')) return true;
    const others = this.#places.filter(({ group }) => group !== 'log');
    if (others.length === 0) return false;
    const rows = await select(
      this.#store,
      others
        .map(
          (place) =>
            `SELECT * FROM (SELECT 1 AS found FROM hunting.${place.table} WHERE ${place.time} >= {from:DateTime64(7, 'UTC')} AND ${place.time} <= {to:DateTime64(7, 'UTC')} AND (${place.match.sql}) LIMIT 1)`,
        )
        .join(' UNION ALL '),
      { params: this.#params },
    );
    return rows.length > 0;
  }

  /**
   * The next positions in the order.
   * @param counted counts of the whole range: they say how far back the first page has to look
   * @returns positions, and the milliseconds that were looked at to find them
   */
  async page(
    places: readonly SubjectPlace[],
    start: (Position & { readonly spanMs: number }) | undefined,
    limit: number,
    counted?: readonly [Counts, number],
  ): Promise<[Position[], number]> {
    const asked = this.#places.filter((place) => places.includes(place));
    const first = Date.parse(this.#range.from);
    const begin = Math.min(
      start ? Date.parse(start.time.replace(/(\.\d{3})\d+Z$/, '$1Z')) : Number.POSITIVE_INFINITY,
      Date.parse(this.#range.to),
    );
    if (asked.length === 0) return [[], HOUR_MS];
    let span = start?.spanMs ?? HOUR_MS;
    if (counted && !start) span = Math.max(1000, begin - startOfNewest(counted, asked, first, limit));
    const found: Position[] = [];
    for (let upper = begin, seen = false; ; ) {
      const lower = Math.max(first, upper - span);
      found.push(...(await this.#window(asked, start, limit, lower, upper, seen)));
      if (found.length >= limit || lower <= first)
        return [found.sort(inOrder).slice(0, limit), Math.max(1000, (begin - lower) * 2)];
      upper = lower;
      seen = true;
      span *= 8;
    }
  }

  /** Positions between two instants; the upper one is left out when it was looked at before. */
  async #window(
    places: readonly SubjectPlace[],
    start: Position | undefined,
    limit: number,
    lower: number,
    upper: number,
    exclusive: boolean,
  ): Promise<Position[]> {
    const params: Record<string, SqlParam> = {
      ...this.#params,
      limit: number(limit),
      lower: toTime(new Date(lower).toISOString()),
      // A millisecond more: instants have seven digits.
      upper: toTime(new Date(exclusive ? upper : upper + 1).toISOString()),
    };
    if (start)
      Object.assign(params, { at: toTime(start.time), atTable: string(start.table), atTie: string(start.tie) });
    const parts = places.map((place) => {
      const window = `${place.time} >= {lower:DateTime64(7, 'UTC')} AND ${place.time} < {upper:DateTime64(7, 'UTC')}${
        start ? ` AND ${place.time} <= {at:DateTime64(7, 'UTC')}` : ''
      }`;
      // The newest times are found by the time column alone; only rows from there on are read whole.
      const bound = `(SELECT min(t) FROM (SELECT ${place.time} AS t FROM hunting.${place.table} WHERE ${this.#where(place, [window])} ORDER BY t DESC LIMIT {limit:Int64}))`;
      const beyond = start
        ? `WHERE time < {at:DateTime64(7, 'UTC')} OR time = {at:DateTime64(7, 'UTC')} AND (source, tie) > ({atTable:String}, {atTie:String})`
        : '';
      // Rows at the cursor's own instant that were shown take places of the limit: they are left out of the bound.
      const whole = start ? `${window} AND ${place.time} < {at:DateTime64(7, 'UTC')}` : window;
      const boundOf = start
        ? `(SELECT min(t) FROM (SELECT ${place.time} AS t FROM hunting.${place.table} WHERE ${this.#where(place, [whole])} ORDER BY t DESC LIMIT {limit:Int64}))`
        : bound;
      const from = start
        ? `(${place.time} = {at:DateTime64(7, 'UTC')} OR ${place.time} >= ${boundOf})`
        : `${place.time} >= ${bound}`;
      return `SELECT * FROM (SELECT * FROM (SELECT ${place.time} AS time, '${place.table}' AS source, ${tie(place)} AS tie FROM hunting.${place.table}
          WHERE ${this.#where(place, [window, from])}) ${beyond} ORDER BY time DESC, tie LIMIT {limit:Int64})`;
    });
    const rows = await select(
      this.#store,
      `SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY time DESC, source, tie LIMIT {limit:Int64}`,
      { params },
    );
    return rows.map((row) => ({ time: ticks(str(row, 'time')), table: str(row, 'source'), tie: str(row, 'tie') }));
  }

  /** Whole rows of the positions of one page. */
  async rows(positions: readonly Position[]): Promise<Map<string, Row>> {
    const found = new Map<string, Row>();
    await Promise.all(
      this.#places.map(async (place) => {
        const mine = positions.filter(({ table }) => table === place.table);
        if (mine.length === 0) return;
        const times = mine.map(({ time }) => time).sort();
        const rows = await select(
          this.#store,
          `SELECT *, ${place.time} AS _time, ${tie(place)} AS _tie FROM hunting.${place.table}
           WHERE ${place.time} >= {oldest:DateTime64(7, 'UTC')} AND ${place.time} <= {newest:DateTime64(7, 'UTC')} AND (${place.match.sql})
             AND toString(${place.time}) IN ({times:Array(String)}) AND _tie IN ({ties:Array(String)})
           ORDER BY _ItemId LIMIT 1 BY ${place.time}, _tie`,
          {
            params: {
              ...this.#params,
              times: strings([...new Set(times.map((time) => toTime(time).value))]),
              ties: strings(mine.map((each) => each.tie)),
              oldest: toTime(times[0] ?? ''),
              newest: toTime(times.at(-1) ?? ''),
            },
          },
        );
        for (const row of rows)
          found.set(placeId({ time: ticks(str(row, '_time')), table: place.table, tie: str(row, '_tie') }), row);
      }),
    );
    return found;
  }
}

/** Whether any of the places has a row. */
export async function occursIn(store: TelemetryStore, places: readonly SubjectPlace[]): Promise<boolean> {
  if (places.length === 0) return false;
  const rows = await select(
    store,
    places
      .map(({ table, match }) => `SELECT * FROM (SELECT 1 AS found FROM hunting.${table} WHERE ${match.sql} LIMIT 1)`)
      .join(' UNION ALL '),
    { params: paramsOf(places) },
  );
  return rows.length > 0;
}

const actionColumn = (place: SubjectPlace): string | undefined =>
  ['ActionType', 'OperationName', 'EventName', 'Operation', 'EventID'].find((name) => place.columns.has(name));

const parts = (place: SubjectPlace): string =>
  SEARCHED.filter((name) => place.columns.has(name))
    .map((name) => `ifNull(toString(${name}), '')`)
    .join(', ') || "''";

const tie = (place: SubjectPlace): string =>
  `hex(sipHash64(concatWithSeparator('\\n', _ItemId, ${place.columns.has('ReportId') ? "ifNull(toString(ReportId), '')" : "''"}, ${parts(place)})))`;

/** Start of the bucket back to which the newest `limit` rows reach. */
function startOfNewest(
  [counts, bucketSeconds]: readonly [Counts, number],
  places: readonly SubjectPlace[],
  first: number,
  limit: number,
): number {
  const groups = new Set(places.map(({ group }) => group));
  const all = countsShown(counts, undefined, (group) => groups.has(group));
  let sum = 0;
  for (const [bucket, count] of [...all].sort(([a], [b]) => b - a)) {
    sum += count;
    if (sum >= limit) return first + bucket * bucketSeconds * 1000;
  }
  return first;
}

function toEvent(place: SubjectPlace, position: Position, row: Row): TimelineEvent {
  const { table } = place;
  const isEvent = (EVENT_TABLES as readonly string[]).includes(table);
  const action = actionColumn(place);
  return {
    id: eventId(position),
    position: writePosition(position),
    time: position.time,
    group: place.group,
    table,
    actionType: action ? str(row, action) : '',
    title: isEvent ? titleOf(table as EventTable, row) : otherTitle(table, place.group, row),
    entities: isEvent ? entitiesOf(table as EventTable, row) : otherEntities(row),
    huntingQuery: rowQuery(table, {
      time: position.time,
      timeColumn: place.time,
      ...(place.columns.has('DeviceId') ? { deviceId: str(row, 'DeviceId') } : {}),
      ...(place.columns.has('DeviceName') ? { deviceName: str(row, 'DeviceName') } : {}),
      ...(isEvent ? { reportId: row.ReportId as number | string | null } : {}),
      ...(place.columns.has('ActionType') ? { actionType: str(row, 'ActionType') } : {}),
      itemId: str(row, '_ItemId'),
    }),
    row: shown(row),
  };
}
