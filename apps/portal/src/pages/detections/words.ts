import type { DetectionInfo, DetectionRun, DetectionStatus } from '@parapet/schema/wire';
import { duration } from '../../lib/time.ts';

export const STATUS_LABEL: Readonly<Record<DetectionStatus, string>> = {
  ok: 'Running',
  new: 'Not run yet',
  failed: 'Failing',
  warning: 'Attention',
  throttled: 'Throttled',
  suppressed: 'Suppressed',
  off: 'Off',
  broken: 'Cannot run',
};

/** What a status means for the person who reads it. */
export const STATUS_HELP: Readonly<Record<DetectionStatus, string>> = {
  ok: 'Its last run succeeded.',
  new: 'Nothing has arrived for it, or it is not due yet.',
  failed: 'Its last run failed; after ten failures in a row it is switched off.',
  warning: 'Its runs succeed, but something was cut off or folded together.',
  throttled: 'It takes more of the engine than its share, so it runs less often than rows arrive. No alert is lost.',
  suppressed: 'An alert stops its runs for a while, as the rule says.',
  off: 'It is switched off and raises no alerts.',
  broken: 'Its text no longer fits the product.',
};

export const RUN_LABEL: Readonly<Record<DetectionRun['kind'], string>> = {
  arrival: 'On arrival',
  planned: 'Planned',
  gap: 'Gap filled',
  late: 'Late rows',
  catchUp: 'Caught up',
  history: 'Over history',
  manual: 'Run now',
  suppressed: 'Suppressed',
};

export const RUN_STATE: Readonly<Record<DetectionRun['state'], string>> = {
  completed: 'Completed',
  failed: 'Failed',
  partiallyFailed: 'Partly failed',
  skipped: 'Skipped',
};

export const ERROR_TEXT: Readonly<Record<string, string>> = {
  queryExecutionFailed: 'The query could not be run.',
  queryExecutionThrottling: 'The engine had no room for the query.',
  queryExceededResultSize: 'The query returned more than a run can read.',
  queryLimitsExceeded: 'The query needed more memory than a rule may use.',
  queryTimeout: 'The query took longer than a rule may.',
  alertCreationFailed: 'The alerts could not be stored; the run is repeated.',
  alertReportNotFound: 'Rows no longer name an event: time or identity was lost, usually in an aggregation.',
  partialRowsFailed: 'Some rows could not become alerts.',
};

/** When a rule runs, in a few words. */
export function scheduleText(rule: Pick<DetectionInfo, 'kind' | 'trigger' | 'frequencyMs'>): string {
  if (rule.kind === 'continuous') return 'On arrival';
  if (rule.kind === 'nearRealTime') return 'Every minute';
  return rule.trigger === 'clock' ? `Every ${span(rule.frequencyMs)}` : 'When rows arrived';
}

/** `1 hour`, `30 days`; whole units only. */
export function span(ms: number): string {
  for (const [unit, size] of [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const)
    if (ms >= size && ms % size === 0) return ms === size ? unit : `${ms / size} ${unit}s`;
  return duration(ms);
}

/** Milliseconds of the engine, short enough for a column. */
export function engineTime(ms: number): string {
  if (ms === 0) return '–';
  return ms < 10 ? `${Math.round(ms * 10) / 10} ms` : duration(ms);
}
