import type { TimelineEvent, TimelineFlag, TimelinePage } from '@parapet/schema/wire';
import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';

/** Flags on rows of a timeline; everyone who sees the row sees its flag. */
export function useFlag(path: string): {
  readonly allowed: boolean;
  readonly set: (event: TimelineEvent, flagged: boolean, note?: string) => Promise<void>;
} {
  const client = useQueryClient();
  const allowed = useSession()?.permissions.includes('Alerts.Manage') ?? false;
  const set = useCallback(
    async (event: TimelineEvent, flagged: boolean, note = event.flag?.note ?? '') => {
      try {
        const { flag } = await api.put<{ flag: TimelineFlag | null }>(`${path}/flag`, {
          position: event.position,
          flagged,
          note,
        });
        client.setQueriesData<InfiniteData<TimelinePage>>({ queryKey: [path] }, (data) =>
          data
            ? {
                ...data,
                pages: data.pages.map((page) => ({
                  ...page,
                  items: page.items.map((item) => {
                    if (item.id !== event.id) return item;
                    const { flag: _before, ...rest } = item;
                    return flag ? { ...rest, flag } : rest;
                  }),
                })),
              }
            : data,
        );
        // The toast is what a screen reader hears.
        if (flagged) notify.success('Flagged', event.title);
        else notify.undoable('Flag removed', () => void set(event, true, note), event.title);
      } catch (error) {
        notify.failure(flagged ? 'The event was not flagged' : 'The flag was not removed', error);
      }
    },
    [client, path],
  );
  return { allowed, set };
}
