import {
  ALERT_STATUSES,
  CLASSIFICATIONS,
  DETERMINATIONS,
  OTHER_CATEGORIES,
  SEVERITIES,
  TACTICS,
} from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { rangeStart, TIME_RANGES } from '../../lib/time.ts';
import { url } from '../../lib/urlState.ts';

export const ALL_CATEGORIES = [...TACTICS, ...OTHER_CATEGORIES] as const;

const ALL_DETERMINATIONS = [...new Set(Object.values(DETERMINATIONS).flat())];

const SORTABLE = [
  'title',
  'severity',
  'status',
  'category',
  'detectionSource',
  'productName',
  'assignedTo',
  'incidentName',
  'eventCount',
  'firstActivity',
  'lastActivity',
  'createdAt',
  'lastUpdate',
] as const;

/** Address of the alert queue. A filter that is absent lets everything through. */
export const queueSchema = v.object({
  status: url.list(ALERT_STATUSES),
  severity: url.list(SEVERITIES),
  category: url.list(ALL_CATEGORIES),
  /** `me`, `unassigned` or user names. */
  assignedTo: url.strings(),
  classification: url.list([...CLASSIFICATIONS, 'unknown']),
  determination: url.list(ALL_DETERMINATIONS),
  source: url.strings(),
  serviceSource: url.strings(),
  product: url.strings(),
  tag: url.strings(),
  technique: url.strings(),
  /** Exact names or ids of anything the alert names: an ARN, a resource id, a host. */
  asset: url.strings(),
  ruleId: url.strings(),
  incidentId: url.strings(),
  /** `type:key` */
  entity: url.strings(),
  search: url.text(),
  range: url.choice(TIME_RANGES, 'all'),
  /** Instants of a link that counted a part of a range; they win over `range`. */
  from: url.text(),
  to: url.text(),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], '-lastActivity'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type QueueState = v.InferOutput<typeof queueSchema>;

/** Where the bare address `/alerts` leads (spec A 1.5): open alerts of the last week. */
export const QUEUE_START = { status: 'new,inProgress', range: '7d' } as const;

export function differsFromStart(raw: Readonly<Record<string, string>>): boolean {
  const { sort: _sort, page: _page, pageSize: _size, row: _row, ...filters } = raw;
  return JSON.stringify(Object.entries(filters).sort()) !== JSON.stringify(Object.entries(QUEUE_START).sort());
}

/** What the API is asked for. Without a status filter every status is named: "all" must not mean the server's default. */
export function queueQuery(state: QueueState, username: string, now: number): QueryValues {
  const { row: _row, range, assignedTo, search, status, from, to, ...rest } = state;
  return {
    ...rest,
    status: status.length > 0 ? status : ALERT_STATUSES,
    search: search.trim(),
    assignedTo: assignedTo.map((name) => (name === 'me' ? username : name)),
    from: from || rangeStart(range, now),
    to,
  };
}
