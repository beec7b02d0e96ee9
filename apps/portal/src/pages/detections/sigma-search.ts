import { SIGMA_STATUSES } from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { url } from '../../lib/urlState.ts';

/** Address of the import of Sigma rules: which check, and what of it is shown. */
export const sigmaSchema = v.object({
  check: url.text(),
  status: url.list(SIGMA_STATUSES),
  search: url.text(),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type SigmaState = v.InferOutput<typeof sigmaSchema>;

export function sigmaQuery({ check: _check, row: _row, search, ...rest }: SigmaState): QueryValues {
  return { ...rest, search: search.trim() };
}

export const SIGMA_STATUS_LABEL = { translated: 'Translated', warning: 'With a warning', refused: 'Refused' } as const;

/** Sigma's levels as our severities; ours ends at high. */
export const severityOfLevel = (level: string) =>
  level === 'critical' || level === 'high'
    ? ('high' as const)
    : level === 'low'
      ? ('low' as const)
      : level === 'informational'
        ? ('informational' as const)
        : ('medium' as const);
