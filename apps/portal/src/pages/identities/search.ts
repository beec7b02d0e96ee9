import { CRITICALITIES, IDENTITY_KINDS } from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { url } from '../../lib/urlState.ts';

export const RISK_LEVELS = ['high', 'medium', 'low', 'informational', 'none'] as const;
export const SOURCES = ['onPremises', 'cloud', 'hybrid'] as const;
const SORTABLE = [
  'name',
  'displayName',
  'domain',
  'upn',
  'kind',
  'firstSeen',
  'lastSeen',
  'riskLevel',
  'openAlerts',
] as const;

/** Address of the identity inventory. */
export const identitiesSchema = v.object({
  search: url.text(),
  kind: url.list(IDENTITY_KINDS),
  risk: url.list(RISK_LEVELS),
  criticality: url.list(CRITICALITIES),
  tag: url.strings(),
  domain: url.strings(),
  source: url.list(SOURCES),
  enabled: url.choice(['', 'true', 'false'], ''),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], '-riskLevel'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type IdentitiesState = v.InferOutput<typeof identitiesSchema>;

export function identitiesQuery({ row: _row, search, ...rest }: IdentitiesState): QueryValues {
  return { ...rest, search: search.trim() };
}

/** The state without any filter. */
export const NO_FILTERS = {
  search: '',
  kind: [],
  risk: [],
  criticality: [],
  tag: [],
  domain: [],
  source: [],
  enabled: '',
  page: 1,
  row: '',
} as const satisfies Partial<IdentitiesState>;

export const isFiltered = (state: IdentitiesState): boolean =>
  Object.entries(NO_FILTERS).some(([name, empty]) => {
    const value = state[name as keyof IdentitiesState];
    return name !== 'page' && name !== 'row' && (Array.isArray(value) ? value.length > 0 : value !== empty);
  });
