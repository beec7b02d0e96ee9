import { ParapetError } from '@parapet/schema';

/** Spec B 4.7. */
export type RunErrorCode =
  | 'queryExecutionFailed'
  | 'queryExecutionThrottling'
  | 'queryExceededResultSize'
  | 'queryLimitsExceeded'
  | 'queryTimeout'
  | 'alertCreationFailed'
  | 'alertReportNotFound'
  | 'partialRowsFailed';

const CODES: Readonly<Record<string, RunErrorCode>> = {
  query_timeout: 'queryTimeout',
  query_memory: 'queryLimitsExceeded',
  query_result_size: 'queryExceededResultSize',
  too_many_queries: 'queryExecutionThrottling',
  query_queue_full: 'queryExecutionThrottling',
};

export interface RunFailure {
  readonly code: RunErrorCode;
  readonly message: string;
  /** False when the rule is not to blame: the engine restarted, the run was cancelled, alerts could not be stored. */
  readonly counts: boolean;
}

/** Thrown around the sink, so that its failures are told from those of the query. */
export class AlertCreationError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What a failed run is called and whether it counts towards switching the rule off. */
export function classifyFailure(error: unknown): RunFailure {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
  if (error instanceof AlertCreationError) return { code: 'alertCreationFailed', message, counts: false };
  const code = error instanceof ParapetError ? error.code : '';
  const counts = ![
    'engine_restarted',
    'query_cancelled',
    'engine_start_failed',
    'store_closed',
    'engine_closed',
  ].includes(code);
  return { code: CODES[code] ?? 'queryExecutionFailed', message, counts };
}
