import type {
  WatchlistEvent,
  WatchlistInfo,
  WatchlistItem,
  WatchlistMode,
  WatchlistRequest,
  WatchlistUploadResult,
} from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import type { FileHead } from './file.ts';

const ROOT = '/api/watchlists';
const pathOf = (id: string): string => `${ROOT}/${encodeURIComponent(id)}`;
const itemPath = (list: string, item: string): string => `${pathOf(list)}/items/${encodeURIComponent(item)}`;

export function useWatchlists() {
  return useQuery({
    queryKey: [ROOT],
    queryFn: async ({ signal }) =>
      (await api.get<{ readonly items: readonly WatchlistInfo[] }>(ROOT, undefined, signal)).items,
  });
}

export function useWatchlist(id: string) {
  return useQuery({
    queryKey: [ROOT, id],
    queryFn: ({ signal }) => api.get<WatchlistInfo>(pathOf(id), undefined, signal),
  });
}

export function useWatchlistHistory(id: string) {
  return useQuery({
    queryKey: [ROOT, id, 'history'],
    queryFn: async ({ signal }) =>
      (await api.get<{ readonly items: readonly WatchlistEvent[] }>(`${pathOf(id)}/history`, undefined, signal)).items,
  });
}

/** Changes of watchlists; what they touch is loaded anew, and what can be taken back offers it. */
export function useWatchlistChanges() {
  const client = useQueryClient();
  const refresh = async (): Promise<void> => {
    await Promise.all([
      client.invalidateQueries({ queryKey: [ROOT] }),
      // The editor completes aliases and columns.
      client.invalidateQueries({ queryKey: ['hunting', 'schema'] }),
    ]);
  };
  const done = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    await refresh();
    return result;
  };
  const restore = (list: WatchlistInfo): void => {
    void done(api.post(`${pathOf(list.id)}/restore`)).catch((error: unknown) =>
      notify.failure(`${list.name} was not brought back`, error),
    );
  };
  const restoreItem = (list: string, item: WatchlistItem): void => {
    void done(api.post(`${itemPath(list, item.id)}/restore`)).catch((error: unknown) =>
      notify.failure('The row was not brought back', error),
    );
  };
  return {
    create: (request: WatchlistRequest) => done(api.post<WatchlistInfo>(ROOT, request)),
    change: (id: string, change: Partial<WatchlistRequest>) => done(api.patch<WatchlistInfo>(pathOf(id), change)),
    createFrom: (
      file: File,
      head: FileHead,
      values: {
        readonly alias: string;
        readonly name: string;
        readonly description: string;
        readonly searchKey: string;
        readonly itemLifeDays: number | null;
        readonly duplicates: 'refuse' | 'keep';
      },
    ) =>
      done(
        api.upload<WatchlistUploadResult>(
          `${ROOT}/upload`,
          { ...values, format: head.format, source: file.name },
          file,
        ),
      ),
    upload: (id: string, file: File, head: FileHead, mode: WatchlistMode, duplicates: 'refuse' | 'keep') =>
      done(
        api.upload<WatchlistUploadResult>(
          `${pathOf(id)}/upload`,
          { mode, duplicates, format: head.format, source: file.name },
          file,
        ),
      ),
    remove: async (list: WatchlistInfo): Promise<void> => {
      await done(api.delete(pathOf(list.id)));
      notify.undoable(`Deleted ${list.name}`, () => restore(list), 'It can be brought back for seven days.');
    },
    addItem: (list: string, cells: Readonly<Record<string, string>>) =>
      done(api.post<WatchlistItem>(`${pathOf(list)}/items`, { cells })),
    changeItem: (list: string, item: string, cells: Readonly<Record<string, string>>) =>
      done(api.put<WatchlistItem>(itemPath(list, item), { cells })),
    removeItem: async (list: string, item: WatchlistItem): Promise<void> => {
      await done(api.delete(itemPath(list, item.id)));
      notify.undoable('Deleted the row', () => restoreItem(list, item));
    },
  };
}
