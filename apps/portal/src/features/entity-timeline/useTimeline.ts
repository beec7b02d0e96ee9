import type { TimelinePage } from '@parapet/schema/wire';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../api/client.ts';
import { mergePages } from './model.ts';

export interface TimelineFilter {
  readonly types: readonly string[];
  readonly actionType: readonly string[];
  readonly search: string;
  /** ISO instants; empty for no limit. */
  readonly from: string;
  readonly to: string;
  /** Instant to begin at instead of the newest event; empty for none. */
  readonly at: string;
  readonly flagged: boolean;
}

const PAGE = 200;

/**
 * Events of an entity, newest first, read page by page as they are scrolled to. A changed filter keeps the old events
 * on screen until the new ones arrive.
 * @param path API path, for example `/api/devices/<id>/timeline`
 */
export function useTimeline(path: string, filter: TimelineFilter) {
  const query = useInfiniteQuery({
    queryKey: [path, filter],
    queryFn: ({ pageParam, signal }) =>
      api.get<TimelinePage>(
        path,
        {
          from: filter.from,
          to: filter.to,
          types: filter.types,
          actionType: filter.actionType,
          search: filter.search.trim(),
          at: filter.at,
          flagged: filter.flagged ? 'true' : '',
          cursor: pageParam ?? '',
          limit: PAGE,
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const pages = query.data?.pages;
  const events = useMemo(() => mergePages(pages ?? []), [pages]);
  return { query, events, first: pages?.[0] };
}
