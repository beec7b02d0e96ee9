/** Functions without a declaration of their own, because their meaning depends on where they stand, and plugins. */

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

/** Plugins of `evaluate`, by name. */
export const PLUGIN_DOCS: Calls = {
  bag_unpack: {
    form: 'bag_unpack(Column, [prefix], [conflict], [ignore])',
    doc: 'Turns the properties of a bag into columns.',
  },
  pivot: {
    form: 'pivot(Column, [aggregate], [Key, …])',
    doc: 'Turns the values of a column into columns, filled with an aggregate.',
  },
  narrow: { form: 'narrow()', doc: 'One row for each cell: row number, column name and value as text.' },
  schema_merge: { form: 'schema_merge([PreserveOrder])', doc: 'Puts table schemas together into one.' },
  rows_near: {
    form: 'rows_near(condition, before, [RowsAfter = after])',
    doc: 'The rows that fulfil a condition and those around them.',
  },
  preview: { form: 'preview(number)', doc: 'The first rows, and the number of all rows as a second table.' },
  estimate_rows_count: { form: 'estimate_rows_count()', doc: 'The number of rows.' },
  identity: { form: 'identity()', doc: 'Passes the rows on unchanged.' },
  ipv4_lookup: {
    form: 'ipv4_lookup(Table, Address, NetworkColumn, [Key, …], [return_unmatched = true])',
    doc: 'Joins addresses with the networks of a table that hold them.',
  },
  ipv6_lookup: {
    form: 'ipv6_lookup(Table, Address, NetworkColumn, [return_unmatched = true])',
    doc: 'Joins IPv6 or IPv4 addresses with the networks of a table that hold them.',
  },
  geo_polygon_lookup: {
    form: 'geo_polygon_lookup(Table, PolygonColumn, longitude, latitude)',
    doc: 'Joins places with the polygons of a table that hold them.',
  },
  geo_line_lookup: {
    form: 'geo_line_lookup(Table, LineColumn, longitude, latitude, radius)',
    doc: 'Joins places with the lines of a table that pass near them.',
  },
  activity_counts_metrics: {
    form: 'activity_counts_metrics(Id, Time, start, end, step, [Key, …])',
    doc: 'Counts, distinct counts and new distinct counts for each step.',
  },
  activity_metrics: {
    form: 'activity_metrics(Id, Time, [start, end,] step, [Key, …])',
    doc: 'Distinct and new ids, retention and churn for each step.',
  },
  activity_engagement: {
    form: 'activity_engagement(Id, Time, [start, end,] inner, outer, [Key, …])',
    doc: 'Ids active in a short window as a share of those in a long one.',
  },
  active_users_count: {
    form: 'active_users_count(Id, Time, start, end, lookback, step, minimum, active, [Key, …])',
    doc: 'Ids that were active in at least so many periods before.',
  },
  session_count: {
    form: 'session_count(Id, Time, start, end, step, lookback, [Key, …])',
    doc: 'Sessions for each step, ended by silence.',
  },
  sliding_window_counts: {
    form: 'sliding_window_counts(Id, Time, start, end, window, step, [Key, …])',
    doc: 'Counts and distinct counts over a window that moves by steps.',
  },
  rolling_percentile: {
    form: 'rolling_percentile(value, percent, Time, step, windows, [Key, …])',
    doc: 'A percentile over a window that moves by steps.',
  },
  new_activity_metrics: {
    form: 'new_activity_metrics(Id, Time, start, end, step, [lookback], [Key, …])',
    doc: 'Retention and churn of each cohort of new ids.',
  },
  dcount_intersect: { form: 'dcount_intersect(hll, hll, …)', doc: 'How many values several sketches have in common.' },
  funnel_sequence: {
    form: 'funnel_sequence(Id, Time, start, end, window, step, State, sequence)',
    doc: 'Ids by the states before and after a sequence of states.',
  },
  funnel_sequence_completion: {
    form: 'funnel_sequence_completion(Id, Time, start, end, step, State, sequence, windows)',
    doc: 'Ids that went through a sequence of states, for several window sizes.',
  },
  sequence_detect: {
    form: 'sequence_detect(Time, longest gap, longest whole, Name = condition, …, Key, …)',
    doc: 'Sequences of rows that fulfil conditions one after the other.',
  },
  autocluster: {
    form: 'autocluster([size], [weight], [seeds], [wildcards, …])',
    doc: 'Patterns of discrete values that cover many rows.',
  },
  basket: {
    form: 'basket([threshold], [weight], [dimensions], [wildcards, …])',
    doc: 'All frequent combinations of discrete values.',
  },
  diffpatterns: {
    form: "diffpatterns(SplitColumn, 'A', 'B', [weight], [threshold], …)",
    doc: 'Patterns that part two sets of rows.',
  },
  diffpatterns_text: {
    form: 'diffpatterns_text(TextColumn, condition, [terms], [threshold], [tries])',
    doc: 'Text patterns that part two sets of rows.',
  },
};
