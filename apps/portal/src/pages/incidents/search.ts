import {
  CLASSIFICATIONS,
  DETERMINATIONS,
  INCIDENT_STATUSES,
  OTHER_CATEGORIES,
  SEVERITIES,
  TACTICS,
} from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { rangeStart, TIME_RANGES } from '../../lib/time.ts';
import { url } from '../../lib/urlState.ts';

export const PRIORITY_BANDS = ['high', 'medium', 'low'] as const;
export const ALL_CATEGORIES = [...TACTICS, ...OTHER_CATEGORIES] as const;
export const SORTABLE = [
  'priorityScore',
  'id',
  'name',
  'severity',
  'status',
  'assignedTo',
  'activeAlerts',
  'firstActivity',
  'lastActivity',
  'createdAt',
  'lastUpdate',
] as const;

const ALL_DETERMINATIONS = [...new Set(Object.values(DETERMINATIONS).flat())];
/** Seen by several detection sources, or of several categories. */
export const SEVERAL = ['sources', 'categories'] as const;

/** Address of the incident queue. A filter that is absent lets everything through. */
export const queueSchema = v.object({
  status: url.list(INCIDENT_STATUSES),
  severity: url.list(SEVERITIES),
  priority: url.list(PRIORITY_BANDS),
  /** `me`, `unassigned` or user names. */
  assignedTo: url.strings(),
  category: url.list(ALL_CATEGORIES),
  source: url.strings(),
  serviceSource: url.strings(),
  product: url.strings(),
  tag: url.strings(),
  classification: url.list([...CLASSIFICATIONS, 'unknown']),
  determination: url.list(ALL_DETERMINATIONS),
  technique: url.strings(),
  /** Exact names or ids of anything the alerts name. */
  asset: url.strings(),
  /** `type:key` of links that count incidents of an entity. */
  entity: url.strings(),
  ruleId: url.strings(),
  mention: url.list(['me']),
  several: url.list(SEVERAL),
  /** Incidents of alerts that only support others; left out unless they are asked for. */
  background: url.list(['include', 'only']),
  /** Instants of a range of one's own; they win over `range`. */
  from: url.text(),
  to: url.text(),
  search: url.text(),
  range: url.choice(TIME_RANGES, 'all'),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], '-lastUpdate'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type QueueState = v.InferOutput<typeof queueSchema>;

/** Where the bare address `/incidents` leads (spec A 2.4): open work of the last six months; informational incidents wait. */
export const QUEUE_START = { status: 'active,inProgress', severity: 'low,medium,high', range: '180d' } as const;

/** Words of the filters, so that "Reset filters" knows whether there is anything to reset. */
export function differsFromStart(raw: Readonly<Record<string, string>>): boolean {
  const { sort: _sort, page: _page, pageSize: _size, row: _row, ...filters } = raw;
  return JSON.stringify(Object.entries(filters).sort()) !== JSON.stringify(Object.entries(QUEUE_START).sort());
}

/** What the API is asked for the state of the address. Times are made absolute here, `me` becomes a name. */
export function queueQuery(state: QueueState, username: string, now: number): QueryValues {
  const { row: _row, range, from, to, assignedTo, search, status, mention, several, background, ...rest } = state;
  return {
    ...rest,
    // A question without any filter would be answered with the default queue.
    status: status.length ? status : INCIDENT_STATUSES.filter((each) => each !== 'redirected'),
    search: search.trim(),
    assignedTo: assignedTo.map((name) => (name === 'me' ? username : name)),
    background: background.at(-1),
    mention: mention.map(() => username),
    multipleSources: several.includes('sources'),
    multipleCategories: several.includes('categories'),
    from: from || rangeStart(range, now),
    to,
  };
}
