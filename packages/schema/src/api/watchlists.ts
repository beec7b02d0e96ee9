/** Rules of an alias: what `_GetWatchlist('alias')` names. No blanks; 3 to 64 characters. */
export const WATCHLIST_ALIAS = '^[A-Za-z0-9][A-Za-z0-9_-]{1,62}[A-Za-z0-9]$';

/** GET /api/watchlists/limits: how much a list may hold. */
export interface WatchlistLimits {
  /** Of one upload, in bytes. */
  readonly uploadBytes: number;
  /** Of one line of a file. */
  readonly lineCharacters: number;
  /** Of one row as it is stored. */
  readonly rowBytes: number;
  /** Of all lists together. */
  readonly items: number;
}

/** GET /api/watchlists, GET /api/watchlists/:id */
export interface WatchlistInfo {
  readonly id: string;
  readonly alias: string;
  readonly name: string;
  readonly description: string;
  readonly columns: readonly string[];
  /** The column whose values are SearchKey. */
  readonly searchKey: string;
  /** Days after their last change that rows count; null for ever. */
  readonly itemLifeDays: number | null;
  /** Rows it holds, those whose life is over included. */
  readonly items: number;
  /** Where the rows came from: a file name, or "portal". */
  readonly source: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedBy: string;
  readonly updatedAt: string;
  /** Set while it can still be brought back. */
  readonly deletedAt: string | null;
}

/** POST /api/watchlists: a list without rows. */
export interface WatchlistRequest {
  readonly alias: string;
  readonly name: string;
  readonly description?: string;
  readonly columns: readonly string[];
  readonly searchKey: string;
  readonly itemLifeDays?: number | null;
}

/** PATCH /api/watchlists/:id */
export type WatchlistChange = Partial<Pick<WatchlistRequest, 'alias' | 'name' | 'description' | 'itemLifeDays'>>;

export const WATCHLIST_FORMATS = ['csv', 'tsv', 'json'] as const;
export type WatchlistFormat = (typeof WATCHLIST_FORMATS)[number];

/** What an upload does to rows that are there: `upsert` changes those with the same key and adds the others. */
export const WATCHLIST_MODES = ['replace', 'upsert', 'append'] as const;
export type WatchlistMode = (typeof WATCHLIST_MODES)[number];

/** POST /api/watchlists/upload, POST /api/watchlists/:id/upload */
export interface WatchlistUploadResult {
  readonly watchlist: WatchlistInfo;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Keys that more than one row has, when that was allowed. */
  readonly duplicateKeys: number;
}

export interface WatchlistItem {
  readonly id: string;
  readonly updatedAt: string;
  /** In the order of the list's columns. */
  readonly cells: readonly string[];
  /** True when its life is over: queries do not see it any more. */
  readonly expired: boolean;
}

/** GET /api/watchlists/:id/history, newest first. */
export interface WatchlistEvent {
  readonly id: number;
  readonly at: string;
  readonly by: string;
  readonly action:
    | 'created'
    | 'changed'
    | 'deleted'
    | 'restored'
    | 'replaced'
    | 'upserted'
    | 'appended'
    | 'itemAdded'
    | 'itemChanged'
    | 'itemDeleted'
    | 'itemRestored';
  /** Numbers of an upload, or the cells before and after. */
  readonly detail: Readonly<Record<string, unknown>>;
}
