import { INCIDENT_STATUSES, OTHER_CATEGORIES, SEVERITIES, TACTICS } from '@parapet/schema/wire';
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

/** Address of the incident queue. A filter that is absent lets everything through. */
export const queueSchema = v.object({
  status: url.list(INCIDENT_STATUSES),
  severity: url.list(SEVERITIES),
  priority: url.list(PRIORITY_BANDS),
  /** `me`, `unassigned` or user names. */
  assignedTo: url.strings(),
  category: url.list(ALL_CATEGORIES),
  source: url.strings(),
  search: url.text(),
  range: url.choice(TIME_RANGES, 'all'),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], '-lastUpdate'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type QueueState = v.InferOutput<typeof queueSchema>;

/** Where the bare address `/incidents` leads (spec A 2.4): open work of the last six months. */
export const QUEUE_START = { status: 'active,inProgress', range: '180d' } as const;

/** Words of the filters, so that "Reset filters" knows whether there is anything to reset. */
export function differsFromStart(raw: Readonly<Record<string, string>>): boolean {
  const { sort: _sort, page: _page, pageSize: _size, row: _row, ...filters } = raw;
  return JSON.stringify(Object.entries(filters).sort()) !== JSON.stringify(Object.entries(QUEUE_START).sort());
}

/** What the API is asked for the state of the address. Times are made absolute here, `me` becomes a name. */
export function queueQuery(state: QueueState, username: string, now: number): QueryValues {
  const { row: _row, range, assignedTo, search, status, ...rest } = state;
  return {
    ...rest,
    // A question without any filter would be answered with the default queue.
    status: status.length ? status : INCIDENT_STATUSES.filter((each) => each !== 'redirected'),
    search: search.trim(),
    assignedTo: assignedTo.map((name) => (name === 'me' ? username : name)),
    from: rangeStart(range, now),
  };
}
