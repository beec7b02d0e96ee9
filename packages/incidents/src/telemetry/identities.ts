import type { SqlParam } from '@parapet/kql';
import {
  CRITICALITIES,
  type Criticality,
  type EntityMarks,
  IDENTITY_KINDS,
  type IdentityKind,
  type IdentitySummary,
  type InventorySummary,
  type Page,
  type RiskLevel,
  SEVERITIES,
} from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { severityRank } from '../rows.ts';
import { listOf, member, members } from '../validate.ts';
import { num, number, select, str, string, strings } from './rows.ts';
import type { TimedTable } from './tables.ts';

/** Query string of GET /api/identities. */
export interface IdentityListQuery {
  readonly search?: string;
  readonly kind?: string | readonly string[];
  readonly risk?: string | readonly string[];
  readonly criticality?: string | readonly string[];
  readonly tag?: string | readonly string[];
  readonly domain?: string | readonly string[];
  readonly source?: string | readonly string[];
  /** Accounts that the directory says are on or off. */
  readonly enabled?: boolean;
  readonly sort?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

const SORT = {
  name: 'name',
  displayName: 'displayName',
  domain: 'domain',
  upn: 'upn',
  kind: 'kind',
  firstSeen: 'first',
  lastSeen: 'last',
  riskLevel: 'risk',
  openAlerts: 'open',
} as const;
const LEVELS = [...SEVERITIES, 'none'] as const;
const SOURCES = ['onPremises', 'cloud', 'hybrid'] as const;
const rank = (risk: RiskLevel): number => (risk === 'none' ? 0 : severityRank(risk) + 1);

export interface IdentityRisk {
  readonly key: string;
  readonly riskLevel: RiskLevel;
  readonly openAlerts: number;
}

export interface IdentityContext {
  readonly risks: ReadonlyMap<string, IdentityRisk>;
  /** As people set it. */
  readonly critical: ReadonlyMap<string, Criticality>;
  readonly marks: ReadonlyMap<string, EntityMarks>;
  readonly tables: readonly TimedTable[];
}

/** Where accounts come up, and whether the table tells of a directory of one's own or of a cloud. */
const PLACES: readonly {
  readonly table: string;
  readonly cloud: boolean;
  readonly upn?: string;
  readonly plain?: true;
}[] = [
  { table: 'DeviceLogonEvents', cloud: false, plain: true },
  { table: 'DeviceProcessEvents', cloud: false, plain: true },
  { table: 'IdentityLogonEvents', cloud: false, plain: true, upn: 'AccountUpn' },
  { table: 'IdentityDirectoryEvents', cloud: false, plain: true, upn: 'AccountUpn' },
  { table: 'IdentityInfo', cloud: false, plain: true, upn: 'AccountUpn' },
  { table: 'EntraIdSignInEvents', cloud: true, upn: 'AccountUpn' },
  { table: 'AADSignInEventsBeta', cloud: true, upn: 'AccountUpn' },
  { table: 'SigninLogs', cloud: true, upn: 'UserPrincipalName' },
];

/** The key of the user entity (`makeEntity`) of a row; user principal names count where there is no account name. */
const keySql = (place: (typeof PLACES)[number]): string => {
  const upn = place.upn ? `lowerUTF8(trimBoth(toString(${place.upn})))` : "''";
  if (!place.plain) return upn;
  const name = 'lowerUTF8(trimBoth(toString(AccountName)))';
  const domain = "lowerUTF8(splitByChar('.', toString(AccountDomain))[1])";
  return `multiIf(${name} = '', ${upn}, ${domain} = '', ${name}, concat(${domain}, '\\\\', ${name}))`;
};

/** Every account, one row each. Empty when no table of accounts has rows. */
function accountsSql(tables: readonly TimedTable[]): string | undefined {
  const parts = PLACES.flatMap((place) => {
    const table = tables.find(({ name }) => name === place.table);
    if (!table) return [];
    const has = (name: string): boolean => table.columns.some((column) => column.name === name);
    const directory = place.table === 'IdentityInfo';
    const newest = (column: string): string =>
      has(column) ? `argMaxIf(toString(${column}), ${table.timeColumn}, toString(${column}) != '')` : "''";
    return [
      `SELECT ${keySql(place)} AS key, min(${table.timeColumn}) AS f, max(${table.timeColumn}) AS l,
        ${place.plain ? newest('AccountName') : "''"} AS n, ${place.plain ? newest('AccountDomain') : "''"} AS d, ${place.upn ? newest(place.upn) : "''"} AS u,
        ${newest('AccountSid')} AS s, ${directory ? newest('AccountDisplayName') : "''"} AS dn, ${directory ? newest('Department') : "''"} AS dep,
        ${directory ? `argMax(if(IsAccountEnabled IS NULL, '', if(IsAccountEnabled, '1', '0')), ${table.timeColumn})` : "''"} AS e,
        ${directory ? newest('Type') : "''"} AS t, ${place.cloud ? 1 : 0} AS c, ${place.cloud || directory ? 0 : 1} AS o
       FROM hunting.${place.table} GROUP BY key`,
    ];
  });
  if (parts.length === 0) return undefined;
  // Sums first, words after: the engine does not resolve some aggregates inside conditions.
  return `SELECT key, first, last, multiIf(n != '', n, u != '', u, key) AS name, d AS domain, u AS upn, s AS sid, dn AS displayName,
      dep AS department, e AS enabled,
      multiIf(startsWith(key, 'nt authority') OR startsWith(key, 'window manager') OR startsWith(key, 'font driver host')
          OR key IN ('system', 'local service', 'network service', 'root', 'anonymous logon'), 'system',
        endsWith(key, '$'), 'machine',
        positionCaseInsensitive(t, 'service') > 0 OR match(splitByChar('\\\\', key)[-1], '^(svc|srv|sa|service)[-_.]') OR match(key, '[-_.]svc$'),
        'service', 'person') AS kind,
      multiIf(c = 1 AND o = 1, 'hybrid', c = 1, 'cloud', 'onPremises') AS source,
      transform(key, {keys:Array(String)}, {risks:Array(Int64)}, toInt64(0)) AS risk,
      transform(key, {keys:Array(String)}, {opens:Array(Int64)}, toInt64(0)) AS open
    FROM (SELECT key, min(f) AS first, max(l) AS last, max(n) AS n, max(d) AS d, max(u) AS u, max(s) AS s, max(dn) AS dn, max(dep) AS dep,
        max(e) AS e, max(t) AS t, max(c) AS c, max(o) AS o
      FROM (${parts.join(' UNION ALL ')}) WHERE key NOT IN ('', '-') GROUP BY key)`;
}

function riskParams(risks: ReadonlyMap<string, IdentityRisk>): Record<string, SqlParam> {
  const pairs =
    risks.size > 0 ? [...risks.values()] : [{ key: '', riskLevel: 'informational' as const, openAlerts: 0 }];
  return {
    keys: strings(pairs.map(({ key }) => key)),
    risks: { type: 'Array(Int64)', value: pairs.map(({ riskLevel, key }) => (key ? rank(riskLevel) : 0)) },
    opens: { type: 'Array(Int64)', value: pairs.map(({ openAlerts }) => openAlerts) },
  };
}

function conditionsOf({ risks, marks, critical }: IdentityContext, query: IdentityListQuery) {
  const params: Record<string, SqlParam> = riskParams(risks);
  const conditions: string[] = [];
  const within = (name: string, column: string, values: readonly string[]): void => {
    if (values.length === 0) return;
    params[name] = strings(values.map((value) => value.toLowerCase()));
    conditions.push(`has({${name}:Array(String)}, lowerUTF8(${column}))`);
  };
  const marked = (name: string, wanted: (mark: EntityMarks) => boolean): string => {
    const found = [...marks].filter(([, mark]) => wanted(mark)).map(([key]) => key);
    if (found.length === 0) return '0';
    params[name] = strings(found);
    return `key IN ({${name}:Array(String)})`;
  };
  const search = query.search?.trim();
  if (search) {
    params.search = string(search);
    conditions.push(
      'arrayExists(x -> positionCaseInsensitiveUTF8(x, {search:String}) > 0, [key, name, upn, displayName, sid, department])',
    );
  }
  within('kinds', 'kind', members('kind', query.kind, IDENTITY_KINDS));
  within('domains', 'domain', listOf(query.domain));
  within('sources', 'source', members('source', query.source, SOURCES));
  const levels = members('risk', query.risk, LEVELS);
  if (levels.length > 0) {
    params.levels = { type: 'Array(Int64)', value: levels.map(rank) };
    conditions.push('has({levels:Array(Int64)}, risk)');
  }
  const criticalities = members('criticality', query.criticality, CRITICALITIES);
  if (criticalities.length > 0) {
    const keyed = (name: string, wanted: (level: Criticality) => boolean): string => {
      const found = [...critical].filter(([, level]) => wanted(level)).map(([key]) => key);
      if (found.length === 0) return '0';
      params[name] = strings(found);
      return `key IN ({${name}:Array(String)})`;
    };
    const own = keyed('criticals', (level) => criticalities.includes(level));
    const any = keyed('anyCritical', (level) => level !== 'none');
    conditions.push(criticalities.includes('none') ? `(${own} OR NOT ${any})` : own);
  }
  const tags = listOf(query.tag).map((tag) => tag.toLowerCase());
  if (tags.length > 0)
    conditions.push(marked('tagged', (mark) => mark.tags.some((tag) => tags.includes(tag.toLowerCase()))));
  if (query.enabled !== undefined) conditions.push(`enabled = '${query.enabled ? 1 : 0}'`);
  return { params, where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '' };
}

/** One page of the identity inventory, riskiest first unless sorted otherwise. @throws ParapetError 400 `invalid_request` */
export async function listIdentities(
  store: TelemetryStore,
  context: IdentityContext,
  query: IdentityListQuery,
): Promise<Page<IdentitySummary>> {
  const page = query.page ?? 1;
  const pageSize = query.pageSize ?? 50;
  const { params, where } = conditionsOf(context, query);
  const asked = query.sort?.replace(/^-/, '');
  const column = asked ? SORT[member('sort', asked, Object.keys(SORT) as (keyof typeof SORT)[])] : 'risk';
  const direction = query.sort?.startsWith('-') || !asked ? 'desc' : 'asc';
  const accounts = accountsSql(context.tables);
  if (!accounts) return { items: [], total: 0, page, pageSize };
  params.limit = number(pageSize);
  params.offset = number((page - 1) * pageSize);
  const rows = await select(
    store,
    `SELECT *, count() OVER () AS total FROM (${accounts}) ${where}
     ORDER BY ${column} ${direction}${column === 'risk' ? `, open ${direction}` : ''}, name, key LIMIT {limit:Int64} OFFSET {offset:Int64}`,
    { params },
  );
  let total = num(rows[0] ?? {}, 'total') ?? 0;
  if (rows.length === 0 && page > 1)
    total =
      num((await select(store, `SELECT count() AS total FROM (${accounts}) ${where}`, { params }))[0] ?? {}, 'total') ??
      0;
  return {
    items: rows.map((row): IdentitySummary => {
      const key = str(row, 'key');
      const mark = context.marks.get(key);
      const risk = context.risks.get(key);
      const enabled = str(row, 'enabled');
      return {
        id: key,
        name: str(row, 'name'),
        displayName: str(row, 'displayName'),
        domain: str(row, 'domain'),
        upn: str(row, 'upn'),
        sid: str(row, 'sid'),
        kind: str(row, 'kind') as IdentityKind,
        source: str(row, 'source') as IdentitySummary['source'],
        department: str(row, 'department'),
        enabled: enabled === '' ? null : enabled === '1',
        firstSeen: str(row, 'first'),
        lastSeen: str(row, 'last'),
        riskLevel: risk?.riskLevel ?? 'none',
        openAlerts: risk?.openAlerts ?? 0,
        criticality: context.critical.get(key) ?? 'none',
        tags: mark?.tags ?? [],
      };
    }),
    total,
    page,
    pageSize,
  };
}

/** Figures over the whole inventory; each link lists exactly what was counted. */
export async function summariseIdentities(store: TelemetryStore, context: IdentityContext): Promise<InventorySummary> {
  const accounts = accountsSql(context.tables);
  const { params } = conditionsOf(context, {});
  const vital = [...context.critical].filter(([, level]) => ['veryHigh', 'high'].includes(level));
  // An empty name is nobody's: the lists must not be empty.
  params.vital = strings(['', ...vital.map(([key]) => key)]);
  params.known = strings(['', ...context.marks.keys()]);
  const [row = {}] = accounts
    ? await select(
        store,
        `SELECT count() AS total, countIf(kind = 'person') AS people, countIf(kind = 'service') AS services, countIf(risk = ${rank('high')}) AS high,
           countIf(key IN ({vital:Array(String)})) AS critical, groupUniqArrayIf(100000)(key, key IN ({known:Array(String)})) AS present, countIf(enabled = '0') AS disabled,
           arraySort(groupUniqArrayIf(200)(domain, domain != '')) AS domains FROM (${accounts})`,
        { params },
      )
    : [];
  const figure = (id: string, label: string, column: string, query: string) => ({
    id,
    label,
    count: num(row, column) ?? 0,
    href: `/identities${query}`,
  });
  // Only accounts that the caller sees give tags.
  const present = Array.isArray(row.present) ? row.present.map(String) : [];
  const tags = [...new Set(present.flatMap((key) => context.marks.get(key)?.tags ?? []))].sort().slice(0, 500);
  return {
    figures: [
      figure('total', 'Accounts', 'total', ''),
      figure('people', 'People', 'people', '?kind=person'),
      figure('services', 'Services', 'services', '?kind=service'),
      figure('critical', 'Critical', 'critical', '?criticality=veryHigh,high'),
      figure('high', 'High risk', 'high', '?risk=high'),
      figure('disabled', 'Disabled', 'disabled', '?enabled=false'),
    ],
    values: { tag: tags, domain: Array.isArray(row.domains) ? row.domains.map(String) : [] },
  };
}
