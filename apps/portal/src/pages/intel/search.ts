import { INTEL_KINDS, INTEL_STATES } from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { url } from '../../lib/urlState.ts';

const SORTABLE = ['value', 'kind', 'source', 'confidence', 'validUntil', 'modified'] as const;

/** Address of threat intelligence. */
export const intelSchema = v.object({
  tab: url.choice(['indicators', 'feeds', 'allowed'], 'indicators'),
  search: url.text(),
  kind: url.list(INTEL_KINDS),
  source: url.strings(),
  state: url.list(INTEL_STATES, ['active']),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], '-modified'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type IntelState = v.InferOutput<typeof intelSchema>;

export function intelQuery({ tab: _tab, row: _row, search, ...rest }: IntelState): QueryValues {
  return { ...rest, search: search.trim() };
}

export const KIND_LABEL = {
  sha256: 'SHA-256',
  sha1: 'SHA-1',
  md5: 'MD5',
  ip: 'Address',
  cidr: 'Network',
  domain: 'Domain',
  url: 'URL',
  email: 'Mail address',
  certificate: 'Certificate',
} as const;

export const STATE_LABEL = { active: 'Active', expired: 'Expired', revoked: 'Revoked' } as const;
