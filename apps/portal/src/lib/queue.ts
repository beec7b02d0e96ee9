import { useCallback, useMemo, useState } from 'react';
import type { LiveList } from './liveList.ts';

export interface QueueSort {
  readonly id: string;
  readonly descending: boolean;
}

/** `-lastUpdate` ↔ { id: 'lastUpdate', descending: true }, as the address and the API write it. */
export const parseSort = (text: string): QueueSort => ({
  id: text.replace(/^-/, ''),
  descending: text.startsWith('-'),
});
export const formatSort = (sort: QueueSort): string => (sort.descending ? `-${sort.id}` : sort.id);

/** What the address of a list page holds; `sort` where its columns sort. */
interface ListState {
  readonly page: number;
  readonly pageSize: number;
  readonly row: string;
  readonly sort?: string;
}

/**
 * Everything that ties a live list and the page's address to `QueueGrid`: rows, news, sorting, paging and the row in the pane.
 * @param setState the setter of `useUrlState`
 */
export function gridProps<T, S extends ListState>(
  list: LiveList<T>,
  state: S,
  setState: (patch: Partial<S>, options?: { push?: boolean }) => void,
) {
  const set = (patch: Partial<ListState>, options?: { push?: boolean }): void => setState(patch as Partial<S>, options);
  return {
    data: list.data,
    error: list.error,
    isFetching: list.isFetching,
    onRetry: list.retry,
    news: list.news,
    onLoadNews: list.refresh,
    ...(state.sort === undefined
      ? {}
      : { sort: parseSort(state.sort), onSort: (sort: QueueSort) => set({ sort: formatSort(sort), page: 1 }) }),
    onPage: (page: number) => set({ page, row: '' }, { push: true }),
    onPageSize: (pageSize: number) => set({ pageSize, page: 1 }),
    openId: state.row || undefined,
    onOpenDetails: (id: string | undefined) => set({ row: id ?? '' }),
  };
}

/** Rows that are selected, also those of pages that are not shown any more. */
export interface Selection<T> {
  readonly rows: readonly T[];
  readonly ids: ReadonlySet<string>;
  /** What `QueueGrid` says: of the ids it names, those that are known are kept. */
  readonly select: (ids: ReadonlySet<string>) => void;
  readonly setRows: (rows: readonly T[]) => void;
  readonly clear: () => void;
}

export function useSelection<T>(list: LiveList<T>, rowId: (row: T) => string): Selection<T> {
  const [selected, setSelected] = useState<ReadonlyMap<string, T>>(new Map());
  const shown = list.data?.items;
  const setRows = useCallback(
    (rows: readonly T[]) => setSelected(new Map(rows.map((row) => [rowId(row), row]))),
    [rowId],
  );
  return useMemo(() => {
    // What is shown is newer than what was selected a while ago.
    const fresh = new Map((shown ?? []).map((row) => [rowId(row), row]));
    const rows = [...selected].map(([id, row]) => fresh.get(id) ?? row);
    return {
      rows,
      ids: new Set(selected.keys()),
      select: (ids) => setRows([...ids].flatMap((id) => fresh.get(id) ?? selected.get(id) ?? [])),
      setRows,
      clear: () => setRows([]),
    };
  }, [selected, shown, rowId, setRows]);
}
