/** Runs of queries as rows of LAQueryLogs, so that they can be hunted like everything else (spec B 2.11). */
import { createHash, randomUUID } from 'node:crypto';
import type { TelemetryStore } from '@parapet/store';
import type { Owner } from './store.ts';
import type { RecordedRun } from './usage.ts';

const TABLE = 'LAQueryLogs';
/** Rows are written together: a part of the table for each query would be a part too many. */
const FLUSH_MS = 5_000;
const MOST_WAITING = 5_000;
const CODE = { completed: 200, failed: 400, cancelled: 499 } as const;

export interface QueryLog {
  add(owner: Owner, run: RecordedRun): void;
  /** Write what waits now. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function createQueryLog(
  store: Pick<TelemetryStore, 'insertRows'>,
  log: { warn(fields: object, message: string): void },
): QueryLog {
  let waiting: Record<string, unknown>[] = [];
  let lost = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const rows = waiting;
    waiting = [];
    try {
      await store.insertRows(TABLE, rows, { deduplicationToken: randomUUID() });
      if (lost > 0) log.warn({ lost }, 'Runs of queries were not written to LAQueryLogs: too many waited');
      lost = 0;
    } catch (error) {
      // The report has them all the same; the next rows are tried again.
      log.warn({ err: error, rows: rows.length }, 'Runs of queries could not be written to LAQueryLogs');
    }
  };
  const timer = setInterval(() => void flush(), FLUSH_MS);
  timer.unref();
  return {
    add(owner, run) {
      if (waiting.length >= MOST_WAITING) {
        lost += 1;
        return;
      }
      waiting.push({
        TimeGenerated: run.startedAt,
        CorrelationId: randomUUID(),
        AADObjectId: owner.id,
        AADEmail: owner.displayName,
        QueryText: run.query,
        QueryThumbprint: createHash('sha256').update(run.query).digest('hex').slice(0, 32),
        ...(run.timeRange
          ? {
              QueryTimeRangeStart: run.timeRange.from.toISOString(),
              QueryTimeRangeEnd: run.timeRange.to.toISOString(),
            }
          : {}),
        RequestClientApp: run.via === 'portal' ? 'Portal' : 'API',
        ResponseCode: CODE[run.state],
        ResponseRowCount: run.rows,
        ResponseDurationMs: run.elapsedMs,
        ScannedGB: run.bytesRead / 1e9,
      });
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
