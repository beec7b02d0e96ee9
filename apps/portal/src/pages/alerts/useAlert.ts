import type { AlertChanges, AlertDetail, AlertSummary, Comment, ProcessTree } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { notify } from '../../components/Notifier.tsx';
import { plural } from '../../lib/time.ts';

const alertKey = (id: string) => ['/api/alerts', 'detail', id] as const;
const path = (id: string, part = '') => `/api/alerts/${encodeURIComponent(id)}${part}`;

export function useAlert(id: string) {
  return useQuery({
    queryKey: alertKey(id),
    queryFn: ({ signal }) => api.get<AlertDetail>(path(id), undefined, signal),
    refetchInterval: POLL_MS,
  });
}

/** The tree is read from telemetry that does not change once the alert exists; late rows show after a while. */
export function useProcessTree(id: string) {
  return useQuery({
    queryKey: ['/api/alerts', 'process-tree', id],
    queryFn: ({ signal }) => api.get<ProcessTree>(path(id, '/process-tree'), undefined, signal),
    staleTime: 60_000,
  });
}

function inverse(row: AlertSummary, changes: AlertChanges): AlertChanges {
  const before: Record<string, unknown> = {};
  for (const field of Object.keys(changes)) before[field] = (row as unknown as Record<string, unknown>)[field] ?? null;
  return before as AlertChanges;
}

/** Change the opened alert: shows at once, goes back when the server refuses, offers an undo. */
export function useAlertChange(id: string) {
  const client = useQueryClient();
  return useCallback(
    async (changes: AlertChanges, what: string): Promise<boolean> => {
      const key = alertKey(id);
      const before = client.getQueryData<AlertDetail>(key);
      await client.cancelQueries({ queryKey: key });
      if (before) client.setQueryData<AlertDetail>(key, { ...before, ...changes });
      const refresh = () => {
        void client.invalidateQueries({ queryKey: ['/api/alerts'] });
        void client.invalidateQueries({ queryKey: ['/api/incidents'] });
      };
      try {
        await api.patch(path(id), changes);
        refresh();
        if (before)
          notify.undoable(what, () => {
            api.patch(path(id), inverse(before, changes)).then(
              () => {
                refresh();
                notify.success('Undone');
              },
              (error: unknown) => notify.failure('It could not be undone', error),
            );
          });
        return true;
      } catch (error) {
        if (before) client.setQueryData(key, before);
        notify.failure('The alert was not changed', error);
        return false;
      }
    },
    [client, id],
  );
}

export function useAddComment(id: string) {
  const client = useQueryClient();
  return useCallback(
    async (text: string): Promise<boolean> => {
      try {
        await api.post<Comment>(path(id, '/comments'), { text });
        await client.invalidateQueries({ queryKey: alertKey(id) });
        return true;
      } catch (error) {
        notify.failure('The comment was not saved; its text is still here', error);
        return false;
      }
    },
    [client, id],
  );
}

/** Change many alerts; reports per item and offers the way back for ten seconds. */
export function useBulkChange(onDone: () => void) {
  const client = useQueryClient();
  return useCallback(
    async (rows: readonly AlertSummary[], changes: AlertChanges, what: string): Promise<boolean> => {
      const send = (ids: readonly string[], body: AlertChanges) => api.post('/api/alerts/bulk', { ids, changes: body });
      try {
        const result = await send(
          rows.map((row) => row.id),
          changes,
        );
        onDone();
        void client.invalidateQueries({ queryKey: ['/api/alerts', 'detail'] });
        void client.invalidateQueries({ queryKey: ['/api/home'] });
        const failed = result.results.filter((each) => !each.ok);
        const changed = new Set(result.results.filter((each) => each.ok).map((each) => each.id));
        if (failed.length > 0) {
          const reasons = [...new Set(failed.map((each) => each.error?.message ?? 'No reason given'))];
          notify.warning(
            `${what}: ${changed.size} of ${plural(result.results.length, 'alert')}`,
            `Not changed: ${failed
              .slice(0, 5)
              .map((each) => each.id)
              .join(', ')}${failed.length > 5 ? ` and ${failed.length - 5} more` : ''}. ${reasons.join(' ')}`,
          );
          return false;
        }
        notify.undoable(`${what}: ${plural(changed.size, 'alert')}`, () => {
          // Rows that differed before need different calls to go back.
          const groups = new Map<string, string[]>();
          for (const row of rows) {
            const body = JSON.stringify(inverse(row, changes));
            groups.set(body, [...(groups.get(body) ?? []), row.id]);
          }
          void Promise.all([...groups].map(([body, ids]) => send(ids, JSON.parse(body) as AlertChanges))).then(
            () => {
              onDone();
              notify.success('Undone');
            },
            (error: unknown) => notify.failure('It could not be undone', error),
          );
        });
        return true;
      } catch (error) {
        notify.failure('Nothing was changed', error);
        return false;
      }
    },
    [client, onDone],
  );
}
