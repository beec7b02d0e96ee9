import type { Page } from '@parapet/schema/wire';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { api, type QueryValues } from '../api/client.ts';
import { POLL_MS } from '../api/queryClient.ts';

/**
 * What a queue shows while news arrive: the rows people look at keep their places and take on newer values; rows that
 * were not there are only counted.
 */
export function mergeLive<T>(
  shown: Page<T>,
  latest: Page<T>,
  rowId: (row: T) => string,
): { readonly page: Page<T>; readonly news: number } {
  const byId = new Map(latest.items.map((row) => [rowId(row), row]));
  const known = new Set(shown.items.map(rowId));
  const fresh = latest.items.filter((row) => !known.has(rowId(row))).length;
  // On a page that is not full, or that rows left, what is "new" may only have moved up from the next page.
  const grown = Math.max(0, latest.total - shown.total);
  return {
    page: { ...shown, items: shown.items.map((row) => byId.get(rowId(row)) ?? row) },
    news: Math.min(fresh, Math.max(grown, shown.page === 1 && fresh > 0 ? 1 : 0)) || 0,
  };
}

export interface LiveList<T> {
  readonly data: Page<T> | undefined;
  readonly error: unknown;
  readonly isFetching: boolean;
  readonly news: number;
  /** Show the newest state now. */
  readonly refresh: () => void;
  readonly retry: () => void;
  /** Change a shown row at once, before the server confirms. */
  readonly patch: (ids: ReadonlySet<string>, change: (row: T) => T) => void;
}

/**
 * A server-paged list that looks for news every 15 s without moving rows.
 * @param path API path, for example `/api/incidents`
 * @param query page, pageSize, sort and filters; a change loads anew
 */
export function useLiveList<T>(path: string, query: QueryValues, rowId: (row: T) => string): LiveList<T> {
  const client = useQueryClient();
  const key = useMemo(() => [path, 'list', query] as const, [path, query]);
  const signature = JSON.stringify(key);
  const result = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Page<T>>(path, query, signal),
    refetchInterval: POLL_MS,
    placeholderData: keepPreviousData,
  });
  const [shown, setShown] = useState<{ readonly signature: string; readonly page: Page<T> } | undefined>(undefined);
  const latest = result.isPlaceholderData ? undefined : result.data;

  useEffect(() => {
    if (latest && shown?.signature !== signature) setShown({ signature, page: latest });
  }, [latest, shown, signature]);

  const merged = useMemo(
    () =>
      shown && latest && shown.signature === signature
        ? mergeLive(shown.page, latest, rowId)
        : { page: latest ?? shown?.page ?? result.data, news: 0 },
    [shown, latest, signature, rowId, result.data],
  );
  const { refetch } = result;
  const refresh = useCallback(() => {
    if (latest) setShown({ signature, page: latest });
    // Other pages of the list are asked for anew when someone goes there.
    void client.invalidateQueries({ queryKey: [path], refetchType: 'none' });
    void refetch().then((answer) => answer.data && setShown({ signature, page: answer.data }));
  }, [client, path, latest, signature, refetch]);
  const patch = useCallback(
    (ids: ReadonlySet<string>, change: (row: T) => T) => {
      const apply = (page: Page<T>): Page<T> => ({
        ...page,
        items: page.items.map((row) => (ids.has(rowId(row)) ? change(row) : row)),
      });
      setShown((previous) => (previous ? { ...previous, page: apply(previous.page) } : previous));
      client.setQueryData<Page<T>>(key, (previous) => (previous ? apply(previous) : previous));
    },
    [client, key, rowId],
  );
  return {
    data: merged.page,
    error: result.error,
    isFetching: result.isFetching && (result.isPlaceholderData || !result.data),
    news: merged.news,
    refresh,
    retry: () => void result.refetch(),
    patch,
  };
}
