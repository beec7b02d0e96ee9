import {
  type Category,
  ENTITY_TYPES,
  INCIDENT_STATUSES,
  type IncidentSummary,
  OTHER_CATEGORIES,
  type Page,
  ParapetError,
  SEVERITIES,
  TACTICS,
} from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { INCIDENT_COLUMNS, severityRank, toIncidentSummary } from '../rows.ts';
import { contains, instant, Where } from '../sql.ts';
import { ALL_DETERMINATIONS, listOf, members } from '../validate.ts';

type Text = string | readonly string[];

/** Query string of GET /api/incidents. Lists are repeated or comma-separated. */
export interface IncidentListQuery {
  readonly status?: Text;
  readonly severity?: Text;
  /** `me`, `unassigned` or user names. `assignedTo` is the same filter. */
  readonly assignee?: Text;
  readonly assignedTo?: Text;
  readonly category?: Text;
  readonly tag?: Text;
  /** `source` is the same filter. */
  readonly detectionSource?: Text;
  readonly source?: Text;
  readonly ruleId?: Text;
  readonly classification?: Text;
  readonly determination?: Text;
  readonly technique?: Text;
  readonly serviceSource?: Text;
  readonly product?: Text;
  /** Only incidents that several detection sources saw. */
  readonly multipleSources?: boolean;
  /** Only incidents of several categories. */
  readonly multipleCategories?: boolean;
  /** User names that a comment calls; `me` is the caller. */
  readonly mention?: Text;
  /** Key or label of anything its alerts name, exactly. */
  readonly asset?: Text;
  /** `type:key`, any of them. */
  readonly entity?: Text;
  /** `include` or `only` incidents that wait in the background; left out otherwise, unless an entity, a rule or a text is asked for. */
  readonly background?: string;
  readonly search?: string;
  readonly from?: string;
  readonly to?: string;
  /** `high` (over 85), `medium` (15 to 85), `low` (below 15). */
  readonly priority?: Text;
  /** A column, or `-column` for descending. */
  readonly sort?: string;
  readonly order?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

export const CATEGORIES: readonly Category[] = [...TACTICS, ...OTHER_CATEGORIES];
const BANDS = ['high', 'medium', 'low'] as const;
const BAND_SQL = {
  high: 'i.priority_score > 85',
  medium: 'i.priority_score between 15 and 85',
  low: 'i.priority_score < 15',
} as const;
const SORT = {
  priorityScore: 'i.priority_score',
  id: 'i.id',
  name: 'lower(i.name)',
  severity: 'i.severity',
  status: 'i.status',
  assignedTo: 'lower(i.assigned_to)',
  activeAlerts: 'i.active_alerts',
  totalAlerts: 'i.total_alerts',
  firstActivity: 'i.first_activity',
  lastActivity: 'i.last_activity',
  createdAt: 'i.created_at',
  lastUpdate: 'i.last_update',
} as const;
const SORT_NAMES = Object.keys(SORT) as (keyof typeof SORT)[];
/** Six months (spec A 2.4). */
const DEFAULT_DAYS = 183;

/**
 * One page of the incident queue. Without any filter it is the default queue of spec A 2.4: active and in progress, high to
 * low, updated in the last six months. With filters it is exactly what they say, except that merged incidents
 * are only listed when `status` asks for them.
 */
export async function listIncidents(
  db: Queryable,
  query: IncidentListQuery,
  caller: { readonly username: string },
  now: Date,
): Promise<Page<IncidentSummary>> {
  const where = new Where();
  const status = members('status', query.status, INCIDENT_STATUSES);
  if (status.length > 0) where.add(status, (p) => `i.status = any(${p}::text[])`);
  else where.raw("i.status <> 'redirected'");
  const background = query.background
    ? members('background', query.background, ['include', 'only', 'leaveOut'] as const)[0]
    : undefined;
  const asked = (['entity', 'ruleId', 'search'] as const).some((name) => listOf(query[name]).length > 0);
  if (background === 'only') where.raw('not i.in_queue');
  else if (background === 'leaveOut' || (background === undefined && !asked)) where.raw('i.in_queue');
  addIncidentFilters(where, query, caller);
  if (!hasFilter(query)) {
    where.raw("i.status in ('active', 'inProgress')");
    where.raw('i.severity >= 1');
    // By update, not by activity: history that was loaded today is today's work.
    where.add(new Date(now.getTime() - DEFAULT_DAYS * 86_400_000), (p) => `i.last_update >= ${p}::timestamptz`);
  }
  return page(db, where, query, {
    from: 'incident i',
    columns: INCIDENT_COLUMNS,
    map: toIncidentSummary,
    order: orderBy(query, SORT, SORT_NAMES, 'i.last_update', 'i.id'),
  });
}

const FILTERS = [
  'determination',
  'technique',
  'serviceSource',
  'product',
  'mention',
  'asset',
  'status',
  'severity',
  'assignee',
  'assignedTo',
  'category',
  'tag',
  'detectionSource',
  'source',
  'ruleId',
  'background',
  'classification',
  'entity',
  'search',
  'from',
  'to',
  'priority',
] as const;

function hasFilter(query: IncidentListQuery): boolean {
  return (
    query.multipleSources === true ||
    query.multipleCategories === true ||
    FILTERS.some((name) => listOf(query[name]).length > 0)
  );
}

function addIncidentFilters(where: Where, query: IncidentListQuery, caller: { readonly username: string }): void {
  const severity = members('severity', query.severity, SEVERITIES).map(severityRank);
  if (severity.length > 0) where.add(severity, (p) => `i.severity = any(${p}::smallint[])`);
  addAssignees(where, [...listOf(query.assignee), ...listOf(query.assignedTo)], 'i.assigned_to', caller.username);
  const categories = members('category', query.category, CATEGORIES);
  if (categories.length > 0) where.add(categories, (p) => `i.categories && ${p}::text[]`);
  const tags = listOf(query.tag).map((tag) => tag.toLowerCase());
  if (tags.length > 0)
    where.add(tags, (p) => `exists (select 1 from unnest(i.tags) tag where lower(tag) = any(${p}::text[]))`);
  const sources = [...listOf(query.detectionSource), ...listOf(query.source)];
  if (sources.length > 0) where.add(sources, (p) => `i.detection_sources && ${p}::text[]`);
  const products = listOf(query.product);
  if (products.length > 0) where.add(products, (p) => `i.product_names && ${p}::text[]`);
  if (query.multipleSources) where.raw('cardinality(i.detection_sources) > 1');
  if (query.multipleCategories) where.raw('cardinality(i.categories) > 1');
  const withAlert = (values: readonly string[], condition: (place: string) => string): void => {
    if (values.length > 0)
      where.add(values, (p) => `exists (select 1 from alert a where a.incident_id = i.id and ${condition(p)})`);
  };
  withAlert(listOf(query.ruleId), (p) => `a.rule_id = any(${p}::text[])`);
  withAlert(listOf(query.serviceSource), (p) => `a.service_source = any(${p}::text[])`);
  withAlert(
    listOf(query.technique).map((each) => each.toUpperCase()),
    techniqueCondition,
  );
  withAlert(
    listOf(query.asset).map((each) => each.toLowerCase()),
    (p) => assetCondition('a.id', p),
  );
  const mentioned = listOf(query.mention).map((name) => (name === 'me' ? caller.username : name).toLowerCase());
  if (mentioned.length > 0)
    where.add(
      mentioned,
      (p) => `exists (select 1 from incident_comment c left join alert ca on ca.id = c.alert_id
                where coalesce(c.incident_id, ca.incident_id) = i.id and c.mentions && ${p}::text[])`,
    );
  const determinations = members('determination', query.determination, ALL_DETERMINATIONS);
  if (determinations.length > 0) where.add(determinations, (p) => `i.determination = any(${p}::text[])`);
  addClassification(where, query.classification, 'i.classification');
  const entities = listOf(query.entity).map(parseEntity);
  if (entities.length > 0) {
    const types = where.place(entities.map(({ type }) => type));
    const keys = where.place(entities.map(({ key }) => key));
    where.raw(
      `exists (select 1 from alert a join alert_evidence e on e.alert_id = a.id
               join unnest(${types}::text[], ${keys}::text[]) as wanted(type, key) on e.type = wanted.type and e.key = wanted.key
               where a.incident_id = i.id)`,
    );
  }
  const search = query.search?.trim();
  if (search) {
    const pattern = where.place(contains(search.toLowerCase()));
    const id = where.place(search.replace(/^#/, ''));
    where.raw(
      `(i.id::text = ${id} or lower(i.name) like ${pattern}
        or exists (select 1 from alert a where a.incident_id = i.id and a.search_text like ${pattern}))`,
    );
  }
  const bands = members('priority', query.priority, BANDS);
  if (bands.length > 0) where.raw(`(${bands.map((band) => BAND_SQL[band]).join(' or ')})`);
  addTimes(where, query, 'i');
}

/** A technique includes its sub-techniques. */
export const techniqueCondition = (place: string): string =>
  `exists (select 1 from unnest(a.techniques) t where t = any(${place}::text[]) or split_part(t, '.', 1) = any(${place}::text[]))`;

/** What is named exactly so: an ARN, a resource id, a host or user name. @param place array of lower case texts */
export const assetCondition = (alertId: string, place: string): string =>
  `exists (select 1 from alert_evidence e where e.alert_id = ${alertId}
     and (e.key = any(${place}::text[]) or lower(e.label) = any(${place}::text[])))`;

/** `me` is the caller, `unassigned` nobody. */
export function addAssignees(where: Where, names: readonly string[], column: string, me: string): void {
  if (names.length === 0) return;
  const people = names.filter((name) => name !== 'unassigned').map((name) => (name === 'me' ? me : name));
  const parts = names.includes('unassigned') ? [`${column} is null`] : [];
  if (people.length > 0) parts.push(`${column} = any(${where.place(people)}::text[])`);
  where.raw(`(${parts.join(' or ')})`);
}

/** `unknown` is "not set" (spec A 1.2). */
export function addClassification(where: Where, value: Text | undefined, column: string): void {
  const wanted = members('classification', value, [
    'truePositive',
    'informationalExpectedActivity',
    'falsePositive',
    'unknown',
  ] as const);
  if (wanted.length === 0) return;
  const parts = wanted.includes('unknown') ? [`${column} is null`] : [];
  parts.push(`${column} = any(${where.place(wanted)}::text[])`);
  where.raw(`(${parts.join(' or ')})`);
}

/**
 * A closed range is about activity: what ended inside it. A start alone means "since": what was active or worked on
 * since then, so that history loaded today is found under "last 30 days".
 */
export function addTimes(
  where: Where,
  query: { readonly from?: string; readonly to?: string },
  table: 'i' | 'a',
): void {
  if (query.from) {
    const newest = query.to ? `${table}.last_activity` : `greatest(${table}.last_activity, ${table}.last_update)`;
    where.add(instant('from', query.from), (p) => `${newest} >= ${p}::timestamptz`);
  }
  if (query.to) where.add(instant('to', query.to), (p) => `${table}.last_activity < ${p}::timestamptz`);
}

/** @throws ParapetError `invalid_request` 400 */
export function parseEntity(text: string): { readonly type: string; readonly key: string } {
  const at = text.indexOf(':');
  const type = text.slice(0, at);
  const key = text.slice(at + 1).toLowerCase();
  if (at < 1 || key === '')
    throw new ParapetError(
      'invalid_request',
      400,
      `entity ${JSON.stringify(text.slice(0, 100))} is not of the form type:key.`,
    );
  return { type: members('entity', type, ENTITY_TYPES)[0] ?? type, key };
}

export function orderBy<K extends string>(
  query: { readonly sort?: string; readonly order?: string },
  columns: Readonly<Record<K, string>>,
  names: readonly K[],
  fallback: string,
  tie: string,
): string {
  const descendingSort = query.sort?.startsWith('-') ?? false;
  const asked = query.sort?.replace(/^-/, '');
  const name = asked ? members('sort', asked, names)[0] : undefined;
  const order = query.order ? members('order', query.order, ['asc', 'desc'] as const)[0] : undefined;
  const direction = order ?? (descendingSort || name === undefined ? 'desc' : 'asc');
  // Nulls last either way: "not set" is never what people sort for.
  return `order by ${name === undefined ? fallback : columns[name]} ${direction} nulls last, ${tie} ${direction}`;
}

export async function page<R, T>(
  db: Queryable,
  where: Where,
  query: { readonly page?: number; readonly pageSize?: number },
  list: { readonly from: string; readonly columns: string; readonly map: (row: R) => T; readonly order: string },
): Promise<Page<T>> {
  const pageNumber = query.page ?? 1;
  const pageSize = query.pageSize ?? 50;
  const conditions = where.toString();
  const [count] = await db.query<{ total: number }>(
    `select count(*) as total from ${list.from} ${conditions}`,
    where.params,
  );
  const rows = await db.query<R>(
    `select ${list.columns} from ${list.from} ${conditions} ${list.order}
     limit ${where.place(pageSize)} offset ${where.place((pageNumber - 1) * pageSize)}`,
    where.params,
  );
  return { items: rows.map(list.map), total: count?.total ?? 0, page: pageNumber, pageSize };
}
