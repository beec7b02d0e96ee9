/** Functions without a declaration of their own, because their meaning depends on where they stand. */

export interface CallDoc {
  readonly form: string;
  readonly returns?: string;
  readonly doc: string;
}

type Calls = Readonly<Record<string, CallDoc>>;

export const SPECIAL_FUNCTION_DOCS: Calls = {
  now: {
    form: 'now([offset: timespan])',
    returns: 'datetime',
    doc: 'The instant at which the query began, moved by an offset; the same in the whole query.',
  },
  ago: {
    form: 'ago(distance: timespan)',
    returns: 'datetime',
    doc: 'The instant that lies this long before the query began.',
  },
  column_ifexists: {
    form: "column_ifexists(name: 'Column', default)",
    doc: 'The column of this name if the table has it, else the default.',
  },
  gettype: { form: 'gettype(value)', returns: 'string', doc: 'The type of a value by its name.' },
  ingestion_time: { form: 'ingestion_time()', returns: 'datetime', doc: 'When the row was stored.' },
  column_names_of: {
    form: 'column_names_of(Table)',
    returns: 'dynamic',
    doc: 'The names of the columns of a table, as an array.',
  },
  pack_all: {
    form: 'pack_all([ignore_null_empty: bool])',
    returns: 'dynamic',
    doc: 'All columns of the row as a bag.',
  },
  bag_pack_columns: { form: 'bag_pack_columns(Column, …)', returns: 'dynamic', doc: 'The named columns as a bag.' },
  max_of: { form: 'max_of(value, value, …)', doc: 'The largest of the values.' },
  min_of: { form: 'min_of(value, value, …)', doc: 'The smallest of the values.' },
  prev: {
    form: 'prev(Column, [offset: long], [default])',
    doc: 'The value in a row before. The rows need a fixed order.',
  },
  next: {
    form: 'next(Column, [offset: long], [default])',
    doc: 'The value in a row after. The rows need a fixed order.',
  },
  row_number: {
    form: 'row_number([start: long], [restart: bool])',
    returns: 'long',
    doc: 'The number of the row, counted anew where the condition is true. The rows need a fixed order.',
  },
  row_cumsum: {
    form: 'row_cumsum(value, [restart: bool])',
    doc: 'The sum up to this row, begun anew where the condition is true. The rows need a fixed order.',
  },
  row_window_session: {
    form: 'row_window_session(time: datetime, longest: timespan, gap: timespan, [restart: bool])',
    returns: 'datetime',
    doc: 'The begin of the session a row belongs to. The rows need a fixed order.',
  },
  row_rank_dense: {
    form: 'row_rank_dense(value, [restart: bool])',
    returns: 'long',
    doc: 'The rank of the value without gaps, over sorted rows.',
  },
  row_rank_min: {
    form: 'row_rank_min(value, [restart: bool])',
    returns: 'long',
    doc: 'The rank of the value, equal ones sharing the smallest, over sorted rows.',
  },
};

export const WATCHLIST_FUNCTION_DOCS: Calls = {
  _GetWatchlist: {
    form: "_GetWatchlist('alias')",
    returns: 'table',
    doc: 'The rows of a watchlist, with its key in SearchKey.',
  },
  _GetWatchlistAlias: { form: '_GetWatchlistAlias()', returns: 'table', doc: 'The aliases of all watchlists.' },
};

/** Aggregates that give several columns and so have no single declaration. */
export const SPECIAL_AGGREGATE_DOCS: Calls = {
  percentiles: {
    form: 'percentiles(value, percent, percent, …)',
    doc: 'Several percentiles of the values, a column for each; nearest rank.',
  },
};
