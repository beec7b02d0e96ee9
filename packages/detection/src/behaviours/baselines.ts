/**
 * Baselines in the engine: how often each entity did what, a row a day, and the questions put to them. Everything is counted where the data lies;
 * what leaves the engine are findings.
 *
 * - New values: the chance of a new value on a day is estimated by Laplace's rule of succession, (days with something new + 1) / (days + 2), from
 *   the entity's own days; up to 10 % is told. A value that at most 5 % of at least ten peers have is told up to 50 %.
 * - Numbers: a day above the mean plus three standard deviations of up to 30 days before, above the 99th percentile of the peers' days, and above a floor
 *   (the formula of spec D 3.5, C07). Days on which the entity was active and did none of it count as zero.
 * - Hours: the share of days with activity within an hour of that time, by the same rule of succession; up to 5 % is told.
 * - Travel: two places one after the other, further apart than 900 km/h could bring anybody (spec D 3.5, C01), and 500 km.
 * - An entity of less than seven days, or five days with activity, is not judged (spec B 5.5).
 */
import type { SqlParam } from '@parapet/kql';
import type { TelemetryStore } from '@parapet/store';
import type { Activity } from './activities.ts';

const DATABASE = 'baseline';
const PROFILE = `${DATABASE}.profile`;
const FRESH = `${DATABASE}.fresh`;
const PEERS = `${DATABASE}.peers`;
/** What was not seen for so long is forgotten, by arrival: history that is loaded today stays as long. */
const KEPT_DAYS = 180;
const VALUE_LENGTH = 300;
/** Findings of one question that leave the engine. */
const MOST = 500;
const LIMITS = { timeoutMs: 300_000, maxMemoryBytes: 2 * 2 ** 30 };
const SPILL = { max_bytes_before_external_group_by: 512 * 2 ** 20, max_threads: 2 };

const COLUMNS = `Activity LowCardinality(String), Feature LowCardinality(String), Entity String, Value String, Day Date`;
const VALUES = 'Activity, Feature, Entity, Value, Day, Events, Amount, First, Last, Label';

export async function createBaselines(store: TelemetryStore): Promise<void> {
  await store.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await store.command(
    `CREATE TABLE IF NOT EXISTS ${PROFILE} (${COLUMNS}, Events SimpleAggregateFunction(sum, UInt64), Amount SimpleAggregateFunction(sum, Float64),
      First SimpleAggregateFunction(min, DateTime64(3, 'UTC')), Last SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
      Label SimpleAggregateFunction(anyLast, String), Seen SimpleAggregateFunction(max, Date) DEFAULT today())
     ENGINE = AggregatingMergeTree ORDER BY (Activity, Feature, Entity, Value, Day)
     TTL Seen + toIntervalDay(${KEPT_DAYS}) SETTINGS non_replicated_deduplication_window = 10000`,
  );
  await store.command(
    `CREATE TABLE IF NOT EXISTS ${FRESH} (${COLUMNS}, Events UInt64, Amount Float64, First DateTime64(3, 'UTC'), Last DateTime64(3, 'UTC'), Label String)
     ENGINE = MergeTree ORDER BY (Feature, Entity, Value, Day)`,
  );
  await store.command(
    `CREATE TABLE IF NOT EXISTS ${PEERS} (Entity String, Peers String) ENGINE = MergeTree ORDER BY Entity`,
  );
}

/** Who is compared with whom: people of one department, devices of one system. Others are compared with all of their source. */
export async function refreshPeers(store: TelemetryStore): Promise<void> {
  await store.command(`TRUNCATE TABLE ${PEERS}`);
  const key = `concat(splitByChar('.', lowerUTF8(toString(AccountDomain)))[1], '\\\\', lowerUTF8(toString(AccountName)))`;
  const people = (entity: string): string =>
    `SELECT ${entity} AS e, argMax(lowerUTF8(toString(Department)), Timestamp) AS p FROM hunting.IdentityInfo WHERE ${entity} NOT IN ('', '\\\\') GROUP BY e HAVING p != ''`;
  await store.command(
    `INSERT INTO ${PEERS} SELECT e, any(p) FROM (${people('lowerUTF8(toString(AccountUpn))')} UNION ALL ${people(key)} UNION ALL
       SELECT lowerUTF8(toString(if(DeviceId = '', DeviceName, DeviceId))) AS e, argMax(lowerUTF8(concat(toString(OSPlatform), ' ', toString(DeviceType))), Timestamp) AS p
       FROM hunting.DeviceInfo WHERE OSPlatform != '' GROUP BY e) GROUP BY e`,
  );
}

/**
 * Count the rows of a batch range into the baselines. Repeating a range changes nothing.
 * @param sql the activity's query over the range, compiled
 */
export async function count(
  store: TelemetryStore,
  activity: Activity,
  source: {
    readonly sql: string;
    readonly params: Readonly<Record<string, SqlParam>>;
    readonly columns: readonly string[];
  },
  token: string,
): Promise<void> {
  const has = (column: string): boolean => source.columns.includes(column);
  const features = activity.features.map(({ column }) => `('${column}', ifNull(toString(${column}), ''))`);
  if (activity.hours) features.push(`('hour', toString(toHour(toTimeZone(At, 'UTC'))))`);
  if (has('Place')) features.push(`('place', ifNull(toString(Place), ''))`);
  features.push(`('', '')`);
  await store.command(`TRUNCATE TABLE ${FRESH}`);
  await store.command(
    `INSERT INTO ${FRESH} (${VALUES})
     SELECT {activity:String}, f.1 AS feature, e, substringUTF8(f.2, 1, ${VALUE_LENGTH}) AS v, toDate(t) AS d, count(), sum(a), min(t), max(t), any(l)
     FROM (SELECT toDateTime64(At, 3, 'UTC') AS t, ifNull(toString(Entity), '') AS e, ifNull(toString(Label), '') AS l,
             ${has('Amount') ? 'ifNull(toFloat64(Amount), 0)' : '0'} AS a, arrayJoin([${features.join(', ')}]) AS f FROM (${source.sql}) WHERE At IS NOT NULL)
     WHERE e != '' AND t >= toDateTime64('2000-01-01 00:00:00', 3, 'UTC') AND (f.1 = '' OR f.2 != '')
     GROUP BY feature, e, v, d`,
    { params: { ...source.params, activity: text(activity.id) }, settings: SPILL, timeoutMs: LIMITS.timeoutMs },
  );
  await store.command(`INSERT INTO ${PROFILE} (${VALUES}, Seen) SELECT ${VALUES}, today() FROM ${FRESH} ORDER BY ALL`, {
    deduplicationToken: token,
    timeoutMs: LIMITS.timeoutMs,
  });
}

const text = (value: string): SqlParam => ({ type: 'String', value });
const texts = (value: readonly string[]): SqlParam => ({ type: 'Array(String)', value });

const TOUCHED = `(SELECT DISTINCT Entity FROM ${FRESH})`;
/** Days with any activity, by entity. */
const DAYS = `(SELECT Entity AS de, arraySort(groupUniqArray(Day)) AS days FROM ${PROFILE}
   WHERE Activity = {activity:String} AND Feature = '' AND Entity IN ${TOUCHED} GROUP BY Entity)`;

type Cells = readonly (readonly unknown[])[];
async function ask(
  store: TelemetryStore,
  activity: Activity,
  sql: string,
  features: readonly string[] = [],
): Promise<Cells> {
  const { rows } = await store.query(sql, {
    params: { activity: text(activity.id), features: texts(features) },
    limits: LIMITS,
    settings: { ...SPILL, join_use_nulls: 0 },
    lane: 'background',
  });
  return rows;
}

export interface Novelty {
  readonly feature: string;
  readonly entity: string;
  readonly label: string;
  readonly value: string;
  readonly first: string;
  readonly last: string;
  readonly events: number;
  /** Days with activity before. */
  readonly days: number;
  readonly newDays: number;
  readonly values: number;
  readonly peers: number;
  readonly peersWith: number;
  readonly group: string;
  readonly chance: number;
}

/** Values that the range brought for the first time. */
export async function findNew(store: TelemetryStore, activity: Activity): Promise<Novelty[]> {
  const features = activity.features.filter(({ novel }) => novel).map(({ column }) => column);
  if (features.length === 0) return [];
  const own = `Activity = {activity:String} AND Feature IN {features:Array(String)}`;
  const candidates = `
    SELECT n.kf AS feature, n.ke AS entity, n.kv AS value, n.since AS first, n.until AS last, n.events AS events, n.label AS label,
      arrayCount(x -> x < toDate(n.since), days) AS before, arrayFilter(x -> x < toDate(n.since) AND x > days[1], s.starts) AS earlier,
      length(arrayDistinct(earlier)) AS newDays, arrayCount(x -> x < toDate(n.since), s.starts) AS values,
      (newDays + 1) / (before + 2) AS chance
    FROM (SELECT k.kf AS kf, k.ke AS ke, k.kv AS kv, k.since AS since, f.until AS until, f.events AS events, f.label AS label
      FROM (SELECT Feature AS kf, Entity AS ke, Value AS kv, min(First) AS since FROM ${PROFILE}
            WHERE ${own} AND (Feature, Entity, Value) IN (SELECT Feature, Entity, Value FROM ${FRESH}) GROUP BY kf, ke, kv) AS k
      INNER JOIN (SELECT Feature AS ff, Entity AS fe, Value AS fv, min(First) AS since, max(Last) AS until, sum(Events) AS events, any(Label) AS label
            FROM ${FRESH} GROUP BY ff, fe, fv) AS f ON k.kf = f.ff AND k.ke = f.fe AND k.kv = f.fv AND k.since = f.since) AS n
    INNER JOIN ${DAYS} AS g ON g.de = n.ke
    INNER JOIN (SELECT sf, se, groupArray(toDate(since)) AS starts FROM (SELECT Feature AS sf, Entity AS se, Value, min(First) AS since FROM ${PROFILE}
        WHERE ${own} AND Entity IN ${TOUCHED} GROUP BY sf, se, Value) GROUP BY sf, se) AS s ON s.sf = n.kf AND s.se = n.ke
    WHERE before >= 5 AND dateDiff('day', days[1], toDate(n.since)) >= 7 AND chance <= 0.5`;
  const rows = await ask(
    store,
    activity,
    `WITH c AS (${candidates})
     SELECT feature, entity, label, value, toString(first), toString(last), events, before, newDays, values, total, having_it, grp, chance
     FROM (SELECT c.*, ifNull(p.Peers, '') AS grp FROM c LEFT JOIN ${PEERS} AS p ON p.Entity = c.entity) AS w
     LEFT JOIN (SELECT grp AS tg, uniqExact(e) AS total FROM (SELECT DISTINCT Entity AS e FROM ${PROFILE} WHERE Activity = {activity:String} AND Feature = '') AS a
        LEFT JOIN (SELECT Entity AS pe, Peers AS grp FROM ${PEERS}) AS p ON p.pe = a.e GROUP BY tg) AS t ON t.tg = w.grp
     LEFT JOIN (SELECT f AS hf, v AS hv, grp AS hg, uniqExact(e) AS having_it FROM (SELECT DISTINCT Feature AS f, Value AS v, Entity AS e FROM ${PROFILE}
          WHERE ${own} AND (Feature, Value) IN (SELECT feature, value FROM c)) AS a
        LEFT JOIN (SELECT Entity AS pe, Peers AS grp FROM ${PEERS}) AS p ON p.pe = a.e GROUP BY hf, hv, hg) AS h ON h.hf = w.feature AND h.hv = w.value AND h.hg = w.grp
     WHERE chance <= 0.1 OR (total >= 10 AND (having_it - 1) <= 0.05 * (total - 1))
     ORDER BY chance, having_it, entity, feature, value LIMIT ${MOST}`,
    features,
  );
  return rows.map((row) => ({
    feature: String(row[0]),
    entity: String(row[1]),
    label: String(row[2]),
    value: String(row[3]),
    first: iso(row[4]),
    last: iso(row[5]),
    events: Number(row[6]),
    days: Number(row[7]),
    newDays: Number(row[8]),
    values: Number(row[9]),
    peers: Math.max(0, Number(row[10]) - 1),
    peersWith: Math.max(0, Number(row[11]) - 1),
    group: String(row[12]),
    chance: Number(row[13]),
  }));
}

export interface Surge {
  /** Empty: all of the entity's activity. */
  readonly feature: string;
  readonly entity: string;
  readonly label: string;
  readonly value: string;
  readonly day: string;
  readonly first: string;
  readonly last: string;
  readonly amount: number;
  readonly days: number;
  readonly mean: number;
  readonly deviation: number;
  readonly peers99: number;
}

const FLOOR_EVENTS = 50;
const FLOOR_BYTES = 100_000_000;

/** Days of the range with far more than usual. */
export async function findSurges(store: TelemetryStore, activity: Activity, byAmount: boolean): Promise<Surge[]> {
  const features = ['', ...activity.features.filter(({ volume }) => volume).map(({ column }) => column)];
  const worth = byAmount ? 'sum(Amount)' : 'toFloat64(sum(Events))';
  const own = `Activity = {activity:String} AND Feature IN {features:Array(String)}`;
  const rows = await ask(
    store,
    activity,
    `WITH c AS (
       SELECT f.feature AS feature, f.entity AS entity, f.value AS value, f.day AS day, f.label AS label,
         arrayFilter(x -> x.1 < f.day AND x.1 >= f.day - 30, series) AS prior, arrayFirst(x -> x.1 = f.day, series) AS present,
         arrayCount(x -> x < f.day AND x >= f.day - 30, days) AS n, arraySum(x -> x.2, prior) / n AS mean,
         sqrt(greatest(0, arraySum(x -> x.2 * x.2, prior) / n - mean * mean)) AS deviation
       FROM (SELECT Feature AS feature, Entity AS entity, Value AS value, Day AS day, any(Label) AS label FROM ${FRESH}
             WHERE Feature IN {features:Array(String)} GROUP BY feature, entity, value, day) AS f
       INNER JOIN (SELECT sf, se, sv, groupArray((d, w, first, last)) AS series FROM (SELECT Feature AS sf, Entity AS se, Value AS sv, Day AS d, ${worth} AS w,
             min(First) AS first, max(Last) AS last FROM ${PROFILE} WHERE ${own} AND Entity IN ${TOUCHED} GROUP BY sf, se, sv, d) GROUP BY sf, se, sv) AS s
         ON s.sf = f.feature AND s.se = f.entity AND s.sv = f.value
       INNER JOIN ${DAYS} AS g ON g.de = f.entity
       WHERE n >= 7 AND present.2 > ${byAmount ? FLOOR_BYTES : FLOOR_EVENTS} AND present.2 > mean + 3 * deviation)
     SELECT feature, c.entity, label, value, toString(day), toString(present.3), toString(present.4), present.2, n, mean, deviation, ifNull(p99, 0)
     FROM c LEFT JOIN (SELECT pf, pv, quantile(0.99)(w) AS p99 FROM (SELECT Feature AS pf, Value AS pv, Entity, Day, ${worth} AS w FROM ${PROFILE}
          WHERE ${own} AND (Feature, Value) IN (SELECT feature, value FROM c) AND (Entity, Day) NOT IN (SELECT entity, day FROM c)
            AND Day >= (SELECT min(day) - 30 FROM c) GROUP BY pf, pv, Entity, Day) GROUP BY pf, pv) AS p ON p.pf = c.feature AND p.pv = c.value
     WHERE present.2 > ifNull(p99, 0)
     ORDER BY (present.2 - mean) / greatest(deviation, 1) DESC, entity, feature, value, day LIMIT ${MOST}`,
    features,
  );
  return rows.map((row) => ({
    feature: String(row[0]),
    entity: String(row[1]),
    label: String(row[2]),
    value: String(row[3]),
    day: String(row[4]),
    first: iso(row[5]),
    last: iso(row[6]),
    amount: Number(row[7]),
    days: Number(row[8]),
    mean: Number(row[9]),
    deviation: Number(row[10]),
    peers99: Number(row[11]),
  }));
}

export interface OddHour {
  readonly entity: string;
  readonly label: string;
  readonly day: string;
  readonly hour: number;
  readonly first: string;
  readonly last: string;
  readonly events: number;
  readonly days: number;
  readonly daysThen: number;
  readonly chance: number;
}

/** The oddest hour of each entity's day in the range. */
export async function findHours(store: TelemetryStore, activity: Activity): Promise<OddHour[]> {
  if (!activity.hours) return [];
  const rows = await ask(
    store,
    activity,
    `SELECT entity, label, toString(day), hour, toString(first), toString(last), events, n, k, chance FROM (
       SELECT f.entity AS entity, f.label AS label, f.day AS day, f.hour AS hour, f.first AS first, f.last AS last, f.events AS events,
         arrayCount(x -> x < f.day AND x >= f.day - 90, days) AS n,
         length(arrayDistinct(arrayMap(x -> x.1, arrayFilter(x -> x.1 < f.day AND x.1 >= f.day - 90 AND abs(x.2 - f.hour) IN (0, 1, 23), seen)))) AS k,
         (k + 1) / (n + 2) AS chance
       FROM (SELECT Entity AS entity, toInt32OrZero(Value) AS hour, Day AS day, any(Label) AS label, min(First) AS first, max(Last) AS last, sum(Events) AS events
             FROM ${FRESH} WHERE Feature = 'hour' GROUP BY entity, hour, day) AS f
       INNER JOIN (SELECT Entity AS se, groupUniqArray((Day, toInt32OrZero(Value))) AS seen FROM ${PROFILE}
             WHERE Activity = {activity:String} AND Feature = 'hour' AND Entity IN ${TOUCHED} GROUP BY se) AS s ON s.se = f.entity
       INNER JOIN ${DAYS} AS g ON g.de = f.entity
       WHERE chance <= 0.05)
     ORDER BY chance, entity, day, hour LIMIT 1 BY entity, day LIMIT ${MOST}`,
  );
  return rows.map((row) => ({
    entity: String(row[0]),
    label: String(row[1]),
    day: String(row[2]),
    hour: Number(row[3]),
    first: iso(row[4]),
    last: iso(row[5]),
    events: Number(row[6]),
    days: Number(row[7]),
    daysThen: Number(row[8]),
    chance: Number(row[9]),
  }));
}

export interface Travel {
  readonly entity: string;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly left: string;
  readonly arrived: string;
  readonly km: number;
  readonly kmh: number;
}

/** Places of the range that nobody reaches from the one before. */
export async function findTravel(store: TelemetryStore, activity: Activity): Promise<Travel[]> {
  const part = (n: number, of: string): string => `splitByChar('|', ${of})[${n}]`;
  const at = (of: string): string => `toFloat64OrZero(${part(3, of)}), toFloat64OrZero(${part(2, of)})`;
  const rows = await ask(
    store,
    activity,
    `SELECT entity, label, ${part(1, 'a.3')}, ${part(1, 'b.3')}, toString(leaving), toString(b.1), km, kmh FROM (
       SELECT entity, label, pair.1 AS a, pair.2 AS b, if(a.2 <= b.1, a.2, a.1) AS leaving, greatCircleDistance(${at('a.3')}, ${at('b.3')}) / 1000 AS km,
         km / (greatest(1, dateDiff('second', leaving, b.1)) / 3600) AS kmh
       FROM (SELECT entity, label, arrayJoin(arrayZip(arrayPopBack(places), arrayPopFront(places))) AS pair FROM (
         SELECT entity, any(l) AS label, arraySort(groupArray((first, last, value))) AS places FROM (
           SELECT Entity AS entity, Value AS value, Day, min(First) AS first, max(Last) AS last, any(Label) AS l FROM ${PROFILE}
           WHERE Activity = {activity:String} AND Feature = 'place' AND Entity IN ${TOUCHED}
             AND Day >= (SELECT min(Day) - 1 FROM ${FRESH}) AND Day <= (SELECT max(Day) + 1 FROM ${FRESH})
           GROUP BY entity, value, Day) GROUP BY entity))
       WHERE a.3 != b.3 AND ${part(1, 'a.3')} != ${part(1, 'b.3')} AND km > 500 AND kmh > 900)
     WHERE (entity, b.3, toDate(b.1)) IN (SELECT Entity, Value, Day FROM ${FRESH} WHERE Feature = 'place')
        OR (entity, a.3, toDate(a.1)) IN (SELECT Entity, Value, Day FROM ${FRESH} WHERE Feature = 'place')
     ORDER BY kmh DESC, entity LIMIT ${MOST}`,
  );
  return rows.map((row) => ({
    entity: String(row[0]),
    label: String(row[1]),
    from: String(row[2]),
    to: String(row[3]),
    left: iso(row[4]),
    arrived: iso(row[5]),
    km: Number(row[6]),
    kmh: Number(row[7]),
  }));
}

const iso = (time: unknown): string => `${String(time).replace(' ', 'T').slice(0, 23)}Z`;
