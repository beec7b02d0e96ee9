import { ALERT_STATUSES, type AlertSummary, type Page, SEVERITIES } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import {
  addAssignees,
  addClassification,
  addTimes,
  assetCondition,
  CATEGORIES,
  orderBy,
  page,
  parseEntity,
  techniqueCondition,
} from '../incidents/list.ts';
import { ALERT_COLUMNS, type AlertRow, severityRank, toAlertSummary } from '../rows.ts';
import { contains, decimalId, Where } from '../sql.ts';
import { ALL_DETERMINATIONS, listOf, members } from '../validate.ts';

type Text = string | readonly string[];

/** Query string of GET /api/alerts. Lists are repeated or comma-separated. */
export interface AlertListQuery {
  readonly status?: Text;
  readonly severity?: Text;
  readonly assignee?: Text;
  readonly assignedTo?: Text;
  readonly category?: Text;
  readonly technique?: Text;
  readonly classification?: Text;
  readonly determination?: Text;
  readonly tag?: Text;
  /** Key or label of anything the alert names, exactly. */
  readonly asset?: Text;
  readonly detectionSource?: Text;
  readonly source?: Text;
  readonly serviceSource?: Text;
  readonly product?: Text;
  readonly ruleId?: Text;
  readonly incidentId?: Text;
  /** `type:key`, any of them. */
  readonly entity?: Text;
  readonly search?: string;
  readonly from?: string;
  readonly to?: string;
  readonly sort?: string;
  readonly order?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

const SORT = {
  title: 'lower(a.title)',
  id: 'a.id',
  severity: 'a.severity',
  status: 'a.status',
  category: 'a.category',
  detectionSource: 'a.detection_source',
  productName: 'a.product_name',
  assignedTo: 'lower(a.assigned_to)',
  incidentId: 'a.incident_id',
  incidentName: 'lower(i.name)',
  eventCount: 'a.event_count',
  firstActivity: 'a.first_activity',
  lastActivity: 'a.last_activity',
  createdAt: 'a.created_at',
  lastUpdate: 'a.last_update',
} as const;
const SORT_NAMES = Object.keys(SORT) as (keyof typeof SORT)[];

const FILTERS = [
  'determination',
  'tag',
  'asset',
  'status',
  'severity',
  'assignee',
  'assignedTo',
  'category',
  'technique',
  'classification',
  'detectionSource',
  'source',
  'serviceSource',
  'product',
  'ruleId',
  'incidentId',
  'entity',
  'search',
  'from',
  'to',
] as const;

/**
 * One page of the alert queue, newest activity first. Without any filter: new and in progress. With filters it is exactly
 * what they say.
 */
export function listAlertQueue(
  db: Queryable,
  query: AlertListQuery,
  caller: { readonly username: string },
): Promise<Page<AlertSummary>> {
  const where = alertFilters(query, caller);
  return page(db, where, query, {
    from: 'alert a join incident i on i.id = a.incident_id',
    columns: ALERT_COLUMNS,
    map: (row: AlertRow) => toAlertSummary(row),
    order: orderBy(query, SORT, SORT_NAMES, 'a.last_activity', 'a.id'),
  });
}

export function alertFilters(query: AlertListQuery, caller: { readonly username: string }): Where {
  const where = new Where();
  const anyOf = (values: readonly unknown[], column: string, type = 'text'): void => {
    if (values.length > 0) where.add(values, (p) => `${column} = any(${p}::${type}[])`);
  };
  if (FILTERS.every((name) => listOf(query[name]).length === 0)) where.raw("a.status in ('new', 'inProgress')");
  anyOf(members('status', query.status, ALERT_STATUSES), 'a.status');
  anyOf(members('severity', query.severity, SEVERITIES).map(severityRank), 'a.severity', 'smallint');
  addAssignees(where, [...listOf(query.assignee), ...listOf(query.assignedTo)], 'a.assigned_to', caller.username);
  anyOf(members('category', query.category, CATEGORIES), 'a.category');
  const techniques = listOf(query.technique).map((each) => each.toUpperCase());
  if (techniques.length > 0) where.add(techniques, techniqueCondition);
  addClassification(where, query.classification, 'a.classification');
  anyOf(members('determination', query.determination, ALL_DETERMINATIONS), 'a.determination');
  const tags = listOf(query.tag).map((each) => each.toLowerCase());
  if (tags.length > 0)
    where.add(
      tags,
      (p) =>
        `exists (select 1 from jsonb_array_elements_text(coalesce(a.extras->'tags', '[]')) t where lower(t) = any(${p}::text[]))`,
    );
  const assets = listOf(query.asset).map((each) => each.toLowerCase());
  if (assets.length > 0) where.add(assets, (p) => assetCondition('a.id', p));
  anyOf([...listOf(query.detectionSource), ...listOf(query.source)], 'a.detection_source');
  anyOf(listOf(query.serviceSource), 'a.service_source');
  anyOf(listOf(query.product), 'a.product_name');
  anyOf(listOf(query.ruleId), 'a.rule_id');
  const incidents = listOf(query.incidentId);
  if (incidents.length > 0)
    anyOf(
      incidents.map((id) => decimalId(id) ?? '0'),
      'a.incident_id',
      'bigint',
    );
  const entities = listOf(query.entity).map(parseEntity);
  if (entities.length > 0) {
    const types = where.place(entities.map(({ type }) => type));
    const keys = where.place(entities.map(({ key }) => key));
    where.raw(
      `exists (select 1 from alert_evidence e
               join unnest(${types}::text[], ${keys}::text[]) as wanted(type, key) on e.type = wanted.type and e.key = wanted.key
               where e.alert_id = a.id)`,
    );
  }
  const search = query.search?.trim().toLowerCase();
  if (search) where.add(contains(search), (p) => `a.search_text like ${p}`);
  addTimes(where, query, 'a');
  return where;
}
