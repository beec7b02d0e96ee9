import type { BulkResult } from '@parapet/schema/wire';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { api, type QueryValues } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { plural } from '../../lib/time.ts';

/** The server takes this many at once. */
export const MOST_AT_ONCE = 1_000;

/** What was refused, for people to look at: which items, why, and the way to try again. */
export interface Outcome {
  readonly title: string;
  readonly done: number;
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

/** @param what "Assigned to you" @param noun "incident" */
export function outcomeOf(result: BulkResult, what: string, noun: string): Outcome {
  const failed = result.results
    .filter((each) => !each.ok)
    .map(({ id, error }) => ({ id, reason: error?.message ?? 'No reason given' }));
  const done = result.results.length - failed.length;
  return {
    title:
      failed.length === 0
        ? `${what}: ${plural(done, noun)}`
        : `${what}: ${done} of ${plural(result.results.length, noun)}`,
    done,
    failed,
  };
}

/** The values that put a row back to what it was before `changes`. */
export function inverse<R extends object, C extends object>(row: R, changes: C): C {
  const before: Record<string, unknown> = {};
  for (const field of Object.keys(changes)) {
    if (field === 'resolvingComment' || field === 'withAlerts') continue;
    const now = row as Record<string, unknown>;
    // A value that the server worked out is worked out again.
    before[field] = now[`${field}IsAutomatic`] === true ? null : (now[field] ?? null);
  }
  // What was resolved along comes back along.
  if ((changes as { status?: unknown }).status === 'resolved' && 'activeAlerts' in row) before.withAlerts = true;
  return before as C;
}

export interface BulkOptions<R, C> {
  /** `/api/incidents` */
  readonly path: string;
  readonly noun: string;
  readonly rowId: (row: R) => string;
  readonly onDone: () => void;
  /** Defaults to the fields of the change as they were. */
  readonly back?: (row: R, changes: C) => C;
}

/** Change many rows: one report per item, and the way back for ten seconds. */
export function useBulk<R extends object, C extends object>({ path, noun, rowId, onDone, back }: BulkOptions<R, C>) {
  const client = useQueryClient();
  const [outcome, setOutcome] = useState<Outcome>();
  const run = useCallback(
    async (rows: readonly R[], changes: C, what: string, comment?: string): Promise<boolean> => {
      const send = (ids: readonly string[], body: C, text?: string) =>
        api.post<BulkResult>(`${path}/bulk` as string, { ids, changes: body, ...(text ? { comment: text } : {}) });
      const settled = () => {
        onDone();
        refreshTriage(client);
      };
      try {
        const report = outcomeOf(await send(rows.map(rowId), changes, comment), what, noun);
        settled();
        const failed = new Set(report.failed.map(({ id }) => id));
        const undo = () => {
          // Rows that differed before need different calls to go back.
          const groups = new Map<string, string[]>();
          for (const row of rows) {
            if (failed.has(rowId(row))) continue;
            const body = JSON.stringify((back ?? inverse)(row, changes));
            groups.set(body, [...(groups.get(body) ?? []), rowId(row)]);
          }
          void undoAll(
            [...groups].map(
              ([body, ids]) =>
                () =>
                  send(ids, JSON.parse(body) as C),
            ),
          )
            .then(
              (left) =>
                left.length === 0
                  ? notify.success('Undone')
                  : setOutcome({
                      title: 'Not everything could be undone',
                      done: rows.length - left.length,
                      failed: left,
                    }),
              (error: unknown) => notify.failure('It could not be undone', error),
            )
            .finally(settled);
        };
        if (failed.size > 0) setOutcome(report);
        if (report.done > 0 && Object.keys(changes).length > 0) notify.undoable(report.title, undo);
        else if (report.done > 0) notify.success(report.title);
        return failed.size === 0;
      } catch (error) {
        notify.failure('Nothing was changed', error);
        return false;
      }
    },
    [path, noun, rowId, onDone, back, client],
  );
  return { run, outcome, dismiss: () => setOutcome(undefined) };
}

async function undoAll(calls: readonly (() => Promise<BulkResult>)[]): Promise<Outcome['failed']> {
  const left: { id: string; reason: string }[] = [];
  for (const call of calls)
    for (const each of (await call()).results)
      if (!each.ok) left.push({ id: each.id, reason: each.error?.message ?? 'No reason given' });
  return left;
}

/** Everything that shows alerts or incidents asks anew when it is looked at. */
export function refreshTriage(client: QueryClient): void {
  for (const key of ['/api/incidents', '/api/alerts', '/api/home']) void client.invalidateQueries({ queryKey: [key] });
}

/** The rows of every page of a list, in its order, at most `most`. */
export async function collectAll<R>(path: string, query: QueryValues, most: number): Promise<readonly R[]> {
  const rows: R[] = [];
  const pageSize = 200;
  for (let page = 1; rows.length < most; page += 1) {
    const answer = await api.get<{ readonly items: readonly R[]; readonly total: number }>(path as string, {
      ...query,
      page,
      pageSize,
    });
    rows.push(...answer.items);
    if (answer.items.length < pageSize) break;
  }
  return rows.slice(0, most);
}
