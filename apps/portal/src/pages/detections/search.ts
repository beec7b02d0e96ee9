import { OTHER_CATEGORIES, SEVERITIES, TACTICS } from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { url } from '../../lib/urlState.ts';

export const ALL_CATEGORIES = [...TACTICS, ...OTHER_CATEGORIES] as const;
const SORTABLE = ['title', 'severity', 'category', 'kind', 'enabled', 'lastRun', 'alerts'] as const;

/** Address of the list of rules. */
export const rulesSchema = v.object({
  search: url.text(),
  severity: url.list(SEVERITIES),
  category: url.list(ALL_CATEGORIES),
  kind: url.choice(['', 'continuous', 'scheduled'], ''),
  enabled: url.choice(['', 'yes', 'no'], ''),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], 'title'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type RulesState = v.InferOutput<typeof rulesSchema>;

/** This API takes the direction of the sort apart from its column. */
export function rulesQuery({ row: _row, sort, search, enabled, ...rest }: RulesState): QueryValues {
  return {
    ...rest,
    search: search.trim(),
    enabled: enabled === '' ? '' : String(enabled === 'yes'),
    sort: sort.replace(/^-/, ''),
    order: sort.startsWith('-') ? 'desc' : 'asc',
  };
}
