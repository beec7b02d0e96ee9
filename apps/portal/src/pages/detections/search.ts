import { DETECTION_STATUSES, OTHER_CATEGORIES, SEVERITIES, TACTICS } from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { url } from '../../lib/urlState.ts';

export const ALL_CATEGORIES = [...TACTICS, ...OTHER_CATEGORIES] as const;
const SORTABLE = [
  'name',
  'severity',
  'category',
  'kind',
  'enabled',
  'status',
  'lastRun',
  'nextRun',
  'lastRows',
  'alerts',
  'alerts30d',
  'createdBy',
  'owner',
  'cost',
] as const;
export const ORIGINS = ['builtIn', 'own'] as const;
export const KINDS = ['continuous', 'nearRealTime', 'scheduled'] as const;

/** Address of the list of rules. */
export const rulesSchema = v.object({
  search: url.text(),
  severity: url.list(SEVERITIES),
  category: url.list(ALL_CATEGORIES),
  kind: url.list(KINDS),
  status: url.list(DETECTION_STATUSES),
  origin: url.choice(['', ...ORIGINS], ''),
  shadow: url.choice(['', 'yes'], ''),
  update: url.choice(['', 'yes'], ''),
  couldBeContinuous: url.choice(['', 'yes'], ''),
  table: url.text(),
  technique: url.text(),
  enabled: url.choice(['', 'yes', 'no'], ''),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], 'name'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type RulesState = v.InferOutput<typeof rulesSchema>;

/** This API takes the direction of the sort apart from its column. */
export function rulesQuery({
  row: _row,
  sort,
  search,
  enabled,
  shadow,
  update,
  couldBeContinuous,
  ...rest
}: RulesState): QueryValues {
  const yes = (value: string) => (value === 'yes' ? 'true' : '');
  return {
    ...rest,
    search: search.trim(),
    shadow: yes(shadow),
    update: yes(update),
    couldBeContinuous: yes(couldBeContinuous),
    enabled: enabled === '' ? '' : String(enabled === 'yes'),
    sort: sort.replace(/^-/, ''),
    order: sort.startsWith('-') ? 'desc' : 'asc',
  };
}
