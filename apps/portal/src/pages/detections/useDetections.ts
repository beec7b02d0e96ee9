import type { DetectionInfo, Job } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { visibleText } from '../../lib/text.ts';

const path = (id: string, part = '') => `/api/detections/${encodeURIComponent(id)}${part}`;
const detectionKey = (id: string) => ['/api/detections', 'detail', id] as const;

export function useDetection(id: string) {
  return useQuery({
    queryKey: detectionKey(id),
    queryFn: ({ signal }) => api.get<DetectionInfo>(path(id), undefined, signal),
    refetchInterval: 30_000,
  });
}

/** Switch a rule on or off: shows at once, goes back when the server refuses, offers an undo. */
export function useSetEnabled(onChanged?: () => void) {
  const client = useQueryClient();
  return useCallback(
    async (rule: DetectionInfo, enabled: boolean): Promise<void> => {
      const show = (value: boolean) =>
        client.setQueryData<DetectionInfo>(detectionKey(rule.id), (old) => (old ? { ...old, enabled: value } : old));
      const send = async (value: boolean) => {
        show(value);
        try {
          await api.patch<DetectionInfo>(path(rule.id), { enabled: value });
        } catch (error) {
          show(!value);
          throw error;
        } finally {
          onChanged?.();
          void client.invalidateQueries({ queryKey: ['/api/detections'] });
        }
      };
      const title = visibleText(rule.title);
      try {
        await send(enabled);
        notify.undoable(
          enabled ? `Enabled ${title}` : `Disabled ${title}`,
          () => void send(!enabled).catch((error: unknown) => notify.failure('It could not be undone', error)),
          enabled ? 'It looks at rows that arrive from now on.' : 'It raises no alerts until it is enabled again.',
        );
      } catch (error) {
        notify.failure(`${title} was not changed`, error);
      }
    },
    [client, onChanged],
  );
}

/** Run a rule over rows already stored. */
export async function runOverHistory(id: string, from: string | undefined): Promise<Job> {
  return api.post<Job>(path(id, '/run'), from ? { from } : {});
}
