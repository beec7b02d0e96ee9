import * as v from 'valibot';
import { middle } from '../../lib/text.ts';
import { url } from '../../lib/urlState.ts';

export const OUTCOMES = ['ok', 'denied', 'failed'] as const;
export const RANGES = ['day', 'week', 'month', 'all'] as const;

export const auditSchema = v.object({
  search: url.text(),
  actor: url.text(),
  action: url.text(),
  target: url.text(),
  outcome: url.list(OUTCOMES),
  range: url.choice(RANGES, 'month'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});
export type AuditState = v.InferOutput<typeof auditSchema>;

const DAYS = { day: 1, week: 7, month: 30 } as const;

/** The question for the API. @param today start of the present minute, so that the question stays the same for a while */
export function auditQuery({ row: _row, range, search, ...state }: AuditState, today: Date): Record<string, unknown> {
  const from = range === 'all' ? '' : new Date(today.getTime() - DAYS[range] * 86_400_000).toISOString();
  return { ...state, search: search.trim(), from };
}

/** What differs between before and after; values that did not change are left out. */
export function changedFields(
  before: unknown,
  after: unknown,
): { readonly name: string; from: unknown; to: unknown }[] {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(before) && !isRecord(after)) {
    return before === null && after === null ? [] : [{ name: '', from: before, to: after }];
  }
  const from = isRecord(before) ? before : {};
  const to = isRecord(after) ? after : {};
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]))
    .map((name) => ({ name, from: from[name], to: to[name] }));
}

/** "role: reader → operator". */
export function changeText(before: unknown, after: unknown): string {
  return changedFields(before, after)
    .map(({ name, from, to }) => `${name ? `${name}: ` : ''}${before ? `${short(from)} → ` : ''}${short(to)}`)
    .join('; ');
}

function short(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return middle(typeof value === 'string' ? value : JSON.stringify(value), 120);
}
