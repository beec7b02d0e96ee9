import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { parseSort } from '../../lib/queue.ts';
import { url } from '../../lib/urlState.ts';

/** Address of the list of watchlists. */
export const watchlistsSchema = v.object({ search: url.text() });

/** Address of one watchlist. `sort` is a column of it, with `-` before it for descending. */
export const watchlistSchema = v.object({
  tab: url.choice(['rows', 'history'], 'rows'),
  search: url.text(),
  sort: url.text(),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type WatchlistState = v.InferOutput<typeof watchlistSchema>;

/** What the rows are asked for with. */
export function itemsQuery({ search, sort, page, pageSize }: WatchlistState): QueryValues {
  const { id, descending } = parseSort(sort);
  return { page, pageSize, search: search.trim(), ...(id ? { sort: id, descending } : {}) };
}
