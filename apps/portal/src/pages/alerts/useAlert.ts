import type { AlertChanges, AlertDetail, Comment, ProcessTree } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { notify } from '../../components/Notifier.tsx';
import { useGuardedChange } from '../../features/triage/change.ts';

export const alertKey = (id: string) => ['/api/alerts', 'detail', id] as const;
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

/** Change the opened alert. */
export function useAlertChange(id: string) {
  const key = useMemo(() => alertKey(id), [id]);
  return useGuardedChange<AlertDetail, AlertChanges>(path(id), key, 'alert');
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
