import type { SqlParam } from '@parapet/kql';
import {
  CRITICALITIES,
  type Criticality,
  type DeviceSummary,
  type EntityMarks,
  type InventorySummary,
  type Page,
  ParapetError,
  SEVERITIES,
  type Severity,
} from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { severityRank } from '../rows.ts';
import { instant } from '../sql.ts';
import { listOf, member, members } from '../validate.ts';
import { DEVICE_KEY_SQL, DEVICE_TABLES, EVENT_TABLES } from './device-id.ts';
import type { DeviceRisk } from './risk.ts';
import { num, number, select, str, string, strings, toTime } from './rows.ts';

/** Query string of GET /api/devices. */
export interface DeviceListQuery {
  readonly search?: string;
  /** Risk levels and `none`. */
  readonly risk?: string | readonly string[];
  readonly os?: string | readonly string[];
  readonly criticality?: string | readonly string[];
  /** Tags that people gave; a device with any of them. */
  readonly tag?: string | readonly string[];
  /** Names of device groups; `none` for devices in none. */
  readonly group?: string | readonly string[];
  readonly health?: string | readonly string[];
  readonly cloud?: string | readonly string[];
  readonly excluded?: boolean;
  /** Seen since. */
  readonly from?: string;
  /** First seen since. */
  readonly newSince?: string;
  readonly sort?: string;
  readonly order?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

const SORT = {
  name: 'name',
  firstSeen: 'first',
  lastSeen: 'last',
  risk: 'risk',
  riskLevel: 'risk',
  openAlerts: 'open',
  osPlatform: 'os',
  domain: 'domain',
  osVersion: 'osVersion',
  deviceType: 'deviceType',
} as const;
/** After this silence a device counts as inactive (spec D 2.4). */
export const INACTIVE_DAYS = 7;
const HEALTH = ['active', 'inactive'] as const;

/** What is known of devices beside their telemetry. */
export interface DeviceContext {
  readonly now: Date;
  readonly risks: ReadonlyMap<string, DeviceRisk>;
  readonly marks: ReadonlyMap<string, EntityMarks>;
  /** As people set it. */
  readonly critical: ReadonlyMap<string, Criticality>;
  /** Name of the group by device. */
  readonly groups: ReadonlyMap<string, string>;
}
const LEVELS = [...SEVERITIES, 'none'] as const;
/** Rank in SQL: none 0, informational 1 … high 4. */
const sqlRank = (risk: Severity | 'none'): number => (risk === 'none' ? 0 : severityRank(risk) + 1);

/** What only the inventory table says of a device. */
const FACTS = [
  ['osVersion', 'OSVersion'],
  ['deviceType', 'DeviceType'],
  ['cloudPlatform', 'CloudPlatforms'],
  ['onboarding', 'OnboardingStatus'],
  ['registryTag', 'RegistryDeviceTag'],
  ['internetFacing', 'IsInternetFacing'],
] as const;

/** Every device of the telemetry, one row each. `{keys}`, `{risks}` and `{opens}` bring what the alerts say. */
function inventorySql(): string {
  const union = DEVICE_TABLES.map((table) => {
    const info = table === 'DeviceInfo';
    const os = info ? 'argMax(toString(OSPlatform), Timestamp)' : "''";
    const facts = FACTS.map(
      ([name, column]) =>
        `${info ? `argMaxIf(toString(${column}), Timestamp, toString(${column}) != '')` : "''"} AS table_${name}`,
    ).join(', ');
    // Where no inventory says it, the shape of paths tells the family of the system.
    const path = {
      DeviceProcessEvents: 'FolderPath',
      DeviceNetworkEvents: 'InitiatingProcessFolderPath',
      DeviceEvents: 'InitiatingProcessFolderPath',
    }[table as string];
    const family = path
      ? `multiIf(countIf(substring(${path}, 2, 1) = ':') > 0, 'Windows', countIf(startsWith(${path}, '/')) > 0, 'Linux or macOS', '')`
      : "''";
    // Inner names differ from outer ones: the engine would take an alias for the column of the same name.
    return `SELECT ${DEVICE_KEY_SQL} AS key, argMax(toString(DeviceName), Timestamp) AS tableName, min(Timestamp) AS tableFirst,
      max(Timestamp) AS tableLast, ${os} AS tableOs, ${family} AS tableFamily, ${facts} FROM hunting.${table} WHERE DeviceId != '' OR DeviceName != '' GROUP BY key`;
  }).join(' UNION ALL ');
  return `SELECT key, argMax(tableName, tableLast) AS name, min(tableFirst) AS first, max(tableLast) AS last, if(max(tableOs) != '', max(tableOs), max(tableFamily)) AS os,
      arrayStringConcat(arraySlice(splitByChar('.', lowerUTF8(name)), 2), '.') AS domain,
      ${FACTS.map(([name]) => `max(table_${name}) AS ${name}`).join(', ')},
      transform(key, {keys:Array(String)}, {risks:Array(Int64)}, toInt64(0)) AS risk,
      transform(key, {keys:Array(String)}, {opens:Array(Int64)}, toInt64(0)) AS open
    FROM (${union}) GROUP BY key`;
}

function riskParams(risks: ReadonlyMap<string, DeviceRisk>): Record<string, SqlParam> {
  const all = [...risks.values()];
  // transform() wants at least one pair.
  const pairs = all.length > 0 ? all : [{ key: '', riskLevel: 'informational' as const, openAlerts: 0 }];
  return {
    keys: strings(pairs.map(({ key }) => key)),
    risks: { type: 'Array(Int64)', value: pairs.map(({ riskLevel, key }) => (key ? sqlRank(riskLevel) : 0)) },
    opens: { type: 'Array(Int64)', value: pairs.map(({ openAlerts }) => openAlerts) },
  };
}

/** Conditions of a query over the inventory, with their parameters. */
function conditionsOf(context: DeviceContext, query: DeviceListQuery, only: string | undefined) {
  const { risks, marks, critical, groups, now } = context;
  const params: Record<string, SqlParam> = riskParams(risks);
  const conditions: string[] = [];
  const keysWhere = (name: string, wanted: (key: string) => boolean, keys: Iterable<string>): string => {
    const found = [...keys].filter(wanted);
    if (found.length === 0) return '0';
    params[name] = strings(found);
    return `key IN ({${name}:Array(String)})`;
  };
  const search = query.search?.trim();
  if (search) {
    params.search = string(search);
    params.address = string(search);
    conditions.push(
      `(positionCaseInsensitiveUTF8(name, {search:String}) > 0 OR key = lowerUTF8({search:String}) OR key IN (${addressSql()}))`,
    );
  }
  if (only !== undefined) {
    params.only = string(only);
    conditions.push('key = {only:String}');
  }
  const levels = members('risk', query.risk, LEVELS);
  if (levels.length > 0) {
    params.levels = { type: 'Array(Int64)', value: levels.map(sqlRank) };
    conditions.push('has({levels:Array(Int64)}, risk)');
  }
  const systems = listOf(query.os);
  if (systems.length > 0) {
    params.systems = strings(systems.map((each) => each.toLowerCase()));
    conditions.push('has({systems:Array(String)}, lowerUTF8(os))');
  }
  const clouds = listOf(query.cloud);
  if (clouds.length > 0) {
    params.clouds = strings(clouds.map((each) => each.toLowerCase()));
    conditions.push('has({clouds:Array(String)}, lowerUTF8(cloudPlatform))');
  }
  const criticalities = members('criticality', query.criticality, CRITICALITIES);
  if (criticalities.length > 0) {
    const own = keysWhere('criticals', (key) => criticalities.includes(critical.get(key) ?? 'none'), critical.keys());
    const unmarked = keysWhere('marked', (key) => critical.get(key) !== 'none', critical.keys());
    conditions.push(criticalities.includes('none') ? `(${own} OR NOT ${unmarked})` : own);
  }
  const tags = listOf(query.tag).map((tag) => tag.toLowerCase());
  if (tags.length > 0)
    conditions.push(
      `(${keysWhere('tagged', (key) => marks.get(key)?.tags.some((tag) => tags.includes(tag.toLowerCase())) ?? false, marks.keys())} OR has({tags:Array(String)}, lowerUTF8(registryTag)))`,
    );
  if (tags.length > 0) params.tags = strings(tags);
  const wanted = listOf(query.group);
  if (wanted.length > 0) {
    const inside = keysWhere('grouped', (key) => wanted.includes(groups.get(key) ?? ''), groups.keys());
    const any = keysWhere('anyGroup', () => true, groups.keys());
    conditions.push(wanted.includes('none') ? `(${inside} OR NOT ${any})` : inside);
  }
  if (query.excluded !== undefined) {
    const excluded = keysWhere('excluded', (key) => marks.get(key)?.excluded != null, marks.keys());
    conditions.push(query.excluded ? excluded : `NOT ${excluded}`);
  }
  const health = members('health', query.health, HEALTH);
  params.silent = toTime(silentSince(now).toISOString());
  if (health.length === 1) conditions.push(`last ${health[0] === 'active' ? '>=' : '<'} {silent:DateTime64(7, 'UTC')}`);
  if (query.from) {
    params.from = toTime(instant('from', query.from).toISOString());
    conditions.push("last >= {from:DateTime64(7, 'UTC')}");
  }
  if (query.newSince) {
    params.newSince = toTime(instant('newSince', query.newSince).toISOString());
    conditions.push("first >= {newSince:DateTime64(7, 'UTC')}");
  }
  return { params, where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '' };
}

const silentSince = (now: Date): Date => new Date(now.getTime() - INACTIVE_DAYS * 86_400_000);

/**
 * One page of the device inventory, riskiest first unless sorted otherwise.
 * @param only key of the one device that is wanted
 */
export async function listDevices(
  store: TelemetryStore,
  context: DeviceContext,
  query: DeviceListQuery,
  only?: string,
): Promise<Page<DeviceSummary>> {
  const { risks, marks, critical, groups, now } = context;
  const page = query.page ?? 1;
  const pageSize = query.pageSize ?? 50;
  const { params, where } = conditionsOf(context, query, only);
  const descending = query.sort?.startsWith('-') ?? false;
  const asked = query.sort?.replace(/^-/, '');
  const column = asked ? SORT[member('sort', asked, Object.keys(SORT) as (keyof typeof SORT)[])] : 'risk';
  const order = query.order ? member('order', query.order, ['asc', 'desc'] as const) : undefined;
  const direction = order ?? (descending || !asked ? 'desc' : 'asc');
  params.limit = number(pageSize);
  params.offset = number((page - 1) * pageSize);
  const rows = await select(
    store,
    `SELECT *, count() OVER () AS total FROM (${inventorySql()}) ${where}
     ORDER BY ${column} ${direction}${column === 'risk' ? `, open ${direction}` : ''}, name, key
     LIMIT {limit:Int64} OFFSET {offset:Int64}`,
    { params },
  );
  let total = num(rows[0] ?? {}, 'total') ?? 0;
  if (rows.length === 0 && page > 1)
    total =
      num(
        (await select(store, `SELECT count() AS total FROM (${inventorySql()}) ${where}`, { params }))[0] ?? {},
        'total',
      ) ?? 0;
  const more = await deviceFacts(
    store,
    rows.map((row) => str(row, 'key')),
  );
  return {
    items: rows.map((row): DeviceSummary => {
      const key = str(row, 'key');
      const facts = more.get(key);
      return {
        id: key,
        name: str(row, 'name') || key,
        domain: str(row, 'domain'),
        osPlatform: str(row, 'os'),
        ips: facts?.ips ?? [],
        firstSeen: str(row, 'first'),
        lastSeen: str(row, 'last'),
        riskLevel: risks.get(key)?.riskLevel ?? 'none',
        openAlerts: risks.get(key)?.openAlerts ?? 0,
        loggedOnUsers: facts?.users ?? [],
        health: str(row, 'last') >= silentSince(now).toISOString() ? 'active' : 'inactive',
        criticality: critical.get(key) ?? 'none',
        tags: [...new Set([...(marks.get(key)?.tags ?? []), str(row, 'registryTag')])].filter(Boolean),
        excluded: marks.get(key)?.excluded != null,
        group: groups.get(key) ?? '',
        osVersion: str(row, 'osVersion'),
        deviceType: str(row, 'deviceType'),
        cloudPlatform: str(row, 'cloudPlatform'),
        onboarding: str(row, 'onboarding'),
        internetFacing: ['1', 'true'].includes(str(row, 'internetFacing')),
      };
    }),
    total,
    page,
    pageSize,
  };
}

/** Figures over the whole inventory; each link lists exactly what was counted. */
export async function summariseDevices(store: TelemetryStore, context: DeviceContext): Promise<InventorySummary> {
  const { marks, critical, groups, now } = context;
  const week = new Date(Math.floor(silentSince(now).getTime() / 60_000) * 60_000).toISOString();
  const { params } = conditionsOf(context, {}, undefined);
  const vital = new Set<Criticality>(['veryHigh', 'high']);
  // An empty name is nobody's: the lists must not be empty.
  params.vital = strings(['', ...[...critical].filter(([, level]) => vital.has(level)).map(([key]) => key)]);
  params.out = strings(['', ...[...marks].filter(([, mark]) => mark.excluded).map(([key]) => key)]);
  params.known = strings(['', ...new Set([...marks.keys(), ...groups.keys()])]);
  params.week = toTime(week);
  const [row = {}] = await select(
    store,
    `SELECT count() AS total, countIf(risk = ${sqlRank('high')}) AS high, countIf(key IN ({vital:Array(String)})) AS critical,
       countIf(last < {silent:DateTime64(7, 'UTC')}) AS inactive, countIf(first >= {week:DateTime64(7, 'UTC')}) AS fresh,
       countIf(key IN ({out:Array(String)})) AS excluded,
       groupUniqArrayIf(100000)(key, key IN ({known:Array(String)})) AS present,
       arraySort(groupUniqArrayIf(100)(os, os != '')) AS systems, arraySort(groupUniqArrayIf(20)(cloudPlatform, cloudPlatform != '')) AS clouds,
       groupUniqArrayIf(200)(registryTag, registryTag != '') AS registryTags
     FROM (${inventorySql()})`,
    { params },
  );
  const figure = (id: string, label: string, column: string, query: string) => ({
    id,
    label,
    count: num(row, column) ?? 0,
    href: `/devices${query}`,
  });
  const list = (column: string): string[] => (Array.isArray(row[column]) ? (row[column] as unknown[]).map(String) : []);
  // Only devices that the caller sees give names of groups and tags.
  const present = list('present');
  return {
    figures: [
      figure('total', 'Devices', 'total', ''),
      figure('critical', 'Critical', 'critical', '?criticality=veryHigh,high'),
      figure('high', 'High risk', 'high', '?risk=high'),
      figure('inactive', 'Inactive', 'inactive', '?health=inactive'),
      figure('new', 'New in 7 days', 'fresh', `?newSince=${encodeURIComponent(week)}`),
      figure('excluded', 'Excluded', 'excluded', '?excluded=true'),
    ],
    values: {
      os: list('systems'),
      cloud: list('clouds'),
      group: [...new Set(present.flatMap((key) => groups.get(key) ?? []))].sort(),
      tag: [...new Set([...present.flatMap((key) => marks.get(key)?.tags ?? []), ...list('registryTags')])]
        .sort()
        .slice(0, 500),
    },
  };
}

/** Keys of devices that used an address themselves. */
function addressSql(): string {
  return `SELECT DISTINCT ${DEVICE_KEY_SQL} FROM hunting.DeviceNetworkEvents WHERE LocalIP = {address:String}`;
}

export async function countDevices(store: TelemetryStore): Promise<number> {
  const union = DEVICE_TABLES.map(
    (table) =>
      `SELECT DISTINCT ${DEVICE_KEY_SQL} AS key FROM hunting.${table} WHERE DeviceId != '' OR DeviceName != ''`,
  ).join(' UNION ALL ');
  const [row] = await select(store, `SELECT uniqExact(key) AS n FROM (${union})`);
  return num(row ?? {}, 'n') ?? 0;
}

export interface MoreFacts {
  readonly ips: readonly string[];
  readonly users: readonly string[];
}

/**
 * Addresses and people of a few devices, from what happens on them: own addresses of connections, the most
 * used first; accounts of successful interactive and remote logons, people only.
 */
export async function deviceFacts(store: TelemetryStore, keys: readonly string[]): Promise<Map<string, MoreFacts>> {
  if (keys.length === 0) return new Map();
  const params = { keys: strings(keys) };
  const mine = `${DEVICE_KEY_SQL} IN ({keys:Array(String)})`;
  const [addresses, people] = await Promise.all([
    select(
      store,
      `SELECT ${DEVICE_KEY_SQL} AS key, LocalIP AS value, count() AS n FROM hunting.DeviceNetworkEvents
       WHERE ${mine} AND LocalIP != '' AND NOT match(LocalIP, '^(127\\\\.|169\\\\.254\\\\.|224\\\\.|239\\\\.|255\\\\.|0\\\\.0\\\\.0\\\\.0|::$|::1$|0:0:0:0:0:0:0:[01]$|fe80:|ff[0-9a-f][0-9a-f]:)|\\\\.255$')
       GROUP BY key, value ORDER BY n DESC, value LIMIT 5 BY key`,
      { params },
    ),
    select(
      store,
      `SELECT ${DEVICE_KEY_SQL} AS key, max(if(AccountDomain = '', AccountName, concat(AccountDomain, '\\\\', AccountName))) AS value,
              max(Timestamp) AS last
       FROM hunting.DeviceLogonEvents
       WHERE ${mine} AND ActionType = 'LogonSuccess' AND AccountName != '' AND NOT endsWith(AccountName, '$')
         AND LogonType IN ('Interactive', 'RemoteInteractive', 'CachedInteractive', 'Unlock', 'CachedRemoteInteractive')
         AND lowerUTF8(toString(AccountDomain)) NOT IN ('nt authority', 'window manager', 'font driver host')
       GROUP BY key, lowerUTF8(toString(AccountDomain)), lowerUTF8(AccountName) ORDER BY last DESC LIMIT 5 BY key`,
      { params },
    ),
  ]);
  const result = new Map(keys.map((key) => [key, { ips: [] as string[], users: [] as string[] }]));
  const most = new Map<string, number>();
  for (const row of addresses) {
    const [key, n] = [str(row, 'key'), num(row, 'n') ?? 0];
    if (!most.has(key)) most.set(key, n);
    // A few records name the other end as local; an address of the device's own comes up all the time.
    if (n * 10 >= (most.get(key) ?? 0)) result.get(key)?.ips.push(str(row, 'value'));
  }
  for (const row of people) result.get(str(row, 'key'))?.users.push(str(row, 'value'));
  return result;
}

/** @throws ParapetError 404 `not_found` */
export function unknownDevice(id: string): ParapetError {
  return new ParapetError(
    'not_found',
    404,
    `No telemetry and no alert names the device ${JSON.stringify(id.slice(0, 100))}.`,
    'Devices appear here when their first event arrives.',
  );
}

/** Rows per table of the device in a time range. */
export async function tableCounts(
  store: TelemetryStore,
  on: { readonly sql: string; readonly params: Record<string, SqlParam> },
  from: string,
  to: string,
): Promise<{ table: string; rows: number }[]> {
  const rows = await select(
    store,
    EVENT_TABLES.map(
      (table) => `SELECT '${table}' AS source, count() AS n FROM hunting.${table}
        WHERE ${on.sql} AND Timestamp >= {from:DateTime64(7, 'UTC')} AND Timestamp <= {to:DateTime64(7, 'UTC')}`,
    ).join(' UNION ALL '),
    { params: { ...on.params, from: toTime(from), to: toTime(to) } },
  );
  return rows.map((row) => ({ table: str(row, 'source'), rows: num(row, 'n') ?? 0 })).filter((each) => each.rows > 0);
}
