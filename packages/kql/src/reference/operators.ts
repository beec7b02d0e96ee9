/** What the operators of the language do, in a line each: read by the editor and by the documentation. */

export interface WordDoc {
  /** How it is written, without the leading pipe. */
  readonly form: string;
  readonly doc: string;
  /** The syntax kind that plans it, for words that begin an operator. */
  readonly kind?: string;
}

type Words = Readonly<Record<string, WordDoc>>;

const op = (kind: string, form: string, doc: string): WordDoc => ({ kind, form, doc });

/** Operators over tables, by the word that begins them. */
export const TABULAR_OPERATORS: Words = {
  where: op(
    'FilterOperator',
    'where condition',
    'Keeps the rows for which the condition is true; rows where it is null go.',
  ),
  filter: op('FilterOperator', 'filter condition', 'Another name of where.'),
  extend: op('ExtendOperator', 'extend Name = expression, …', 'Adds columns, or replaces those of the same name.'),
  project: op('ProjectOperator', 'project Name = expression, …', 'Gives exactly these columns, in this order.'),
  'project-away': op('ProjectAwayOperator', 'project-away Column, Prefix*, …', 'Drops the named columns.'),
  'project-keep': op(
    'ProjectKeepOperator',
    'project-keep Column, Prefix*, …',
    'Keeps only the named columns, in the order of the table.',
  ),
  'project-rename': op(
    'ProjectRenameOperator',
    'project-rename New = Old, …',
    'Renames columns and leaves their order.',
  ),
  'project-reorder': op(
    'ProjectReorderOperator',
    'project-reorder Column, Prefix* asc, …',
    'Puts the named columns first; the others follow as they were.',
  ),
  'project-by-names': op(
    'ProjectByNamesOperator',
    'project-by-names names',
    'Gives the columns whose names a constant list holds.',
  ),
  summarize: op(
    'SummarizeOperator',
    'summarize Name = aggregate(…), … by Key, bin(Time, 1h)',
    'One row for each combination of the keys, with aggregates over its rows; without keys one row for all.',
  ),
  distinct: op('DistinctOperator', 'distinct Column, …', 'Each combination of the columns once.'),
  count: op('CountOperator', 'count', 'One row with the number of rows, in the column Count.'),
  take: op('TakeOperator', 'take number', 'At most that many rows, whichever come first.'),
  limit: op('TakeOperator', 'limit number', 'Another name of take.'),
  top: op('TopOperator', 'top number by expression desc', 'The first rows by an order; descending unless it says asc.'),
  'top-nested': op(
    'TopNestedOperator',
    'top-nested number of Column by aggregate(…), …',
    'The largest groups, and inside each the largest groups of the next level.',
  ),
  'top-hitters': op(
    'TopHittersOperator',
    'top-hitters number of Column by weight',
    'The values with the most rows, or with the largest sum of a weight.',
  ),
  sort: op('SortOperator', 'sort by Column desc nulls last, …', 'Orders the rows; descending unless it says asc.'),
  order: op('SortOperator', 'order by Column desc, …', 'Another name of sort.'),
  serialize: op(
    'SerializeOperator',
    'serialize Name = expression, …',
    'Fixes the present order of the rows, so that window functions may be used.',
  ),
  join: op(
    'JoinOperator',
    'join kind=inner (Table) on Key, $left.A == $right.B',
    'Rows of two tables that agree on the keys. Without a kind it is innerunique: of the left side one row for each key.',
  ),
  lookup: op(
    'LookupOperator',
    'lookup kind=leftouter (Table) on Key',
    'Adds the columns of a small table of facts; keys come once.',
  ),
  union: op(
    'UnionOperator',
    'union kind=outer withsource=Name isfuzzy=true Table, Prefix*',
    'All rows of several tables; columns of one name and type become one.',
  ),
  search: op(
    'SearchOperator',
    'search in (Tables) "text" or Column: "text"',
    'Rows in which a text occurs, in any column or in the named ones.',
  ),
  find: op(
    'FindOperator',
    'find in (Tables) where condition project Column, …',
    'Rows of several tables that fulfil a condition, with the table they come from.',
  ),
  'mv-expand': op(
    'MvExpandOperator',
    'mv-expand Name = array to typeof(type) limit number',
    'One row for each element of an array or property of a bag. Rows with an empty array go.',
  ),
  mvexpand: op('MvExpandOperator', 'mvexpand Column', 'Old name of mv-expand.'),
  'mv-apply': op(
    'MvApplyOperator',
    'mv-apply Item = array on (subquery)',
    'Expands each row by itself and runs a subquery over its elements.',
  ),
  parse: op(
    'ParseOperator',
    'parse Column with "text" Name:type "text" *',
    'Takes values out of a text by the constant pieces around them; rows that do not fit stay, with nulls.',
  ),
  'parse-where': op(
    'ParseWhereOperator',
    'parse-where Column with "text" Name:type *',
    'Like parse, but rows that do not fit go.',
  ),
  'parse-kv': op(
    'ParseKvOperator',
    "parse-kv Column as (Key:type, …) with (pair_delimiter=';', kv_delimiter='=')",
    'Takes values out of a text of keys and values.',
  ),
  'make-series': op(
    'MakeSeriesOperator',
    'make-series Name = aggregate(…) default=0 on Time from … to … step 1h by Key',
    'Aggregates over even steps of an axis, as one array for each key; steps without rows get the default.',
  ),
  evaluate: op('EvaluateOperator', 'evaluate plugin(…)', 'Runs a plugin over the rows.'),
  invoke: op('InvokeOperator', 'invoke function(…)', 'Calls a function that takes the rows as its first argument.'),
  as: op('AsOperator', 'as Name', 'Gives the rows a name, for use further on in the query.'),
  partition: op(
    'PartitionOperator',
    'partition by Column (subquery)',
    'Runs a subquery over the rows of each key and puts the results together.',
  ),
  scan: op(
    'ScanOperator',
    'scan with (step Name: condition => Column = expression; …)',
    'Finds sequences of rows by steps that follow each other.',
  ),
  fork: op(
    'ForkOperator',
    'fork Name = (subquery) …',
    'Several subqueries over the same rows, each with a result table of its own.',
  ),
  facet: op(
    'FacetOperator',
    'facet by Column, … with (subquery)',
    'The values of each column with their number of rows, as tables of their own.',
  ),
  reduce: op(
    'ReduceOperator',
    'reduce by Column with threshold=0.1',
    'Groups similar texts into patterns with their number of rows.',
  ),
  sample: op('SampleOperator', 'sample number', 'Rows picked at random.'),
  'sample-distinct': op(
    'SampleDistinctOperator',
    'sample-distinct number of Column',
    'Different values of a column, picked without order.',
  ),
  getschema: op('GetSchemaOperator', 'getschema', 'The columns of the table with their types.'),
  'assert-schema': op(
    'AssertSchemaOperator',
    'assert-schema (Column:type, …)',
    'Passes the rows on if they have these columns and refuses the query otherwise.',
  ),
  consume: op('ConsumeOperator', 'consume', 'Reads all rows and gives none.'),
  render: op(
    'RenderOperator',
    'render timechart with (title="…", ycolumns=…)',
    'Says how the result is drawn: timechart, columnchart, barchart, piechart, linechart, areachart, scatterchart, card, table.',
  ),
  print: op('PrintOperator', 'print Name = expression, …', 'One row of computed values, without a table.'),
  range: op(
    'RangeOperator',
    'range Name from start to end step step',
    'A table with one column of values at even steps.',
  ),
  'macro-expand': op(
    'MacroExpandOperator',
    'macro-expand entity_group […] as Name (subquery)',
    'Runs a subquery for each member of a group.',
  ),
  'execute-and-cache': op(
    'ExecuteAndCacheOperator',
    'execute-and-cache',
    'Passes the rows on; results are kept by the plan, not by this operator.',
  ),
  'make-graph': {
    form: 'make-graph Source --> Target with Nodes on Id',
    doc: 'Makes a graph of a table of edges, for the graph operators that follow.',
  },
  'graph-match': {
    form: 'graph-match (a)-[e]->(b) where condition project …',
    doc: 'Finds a pattern of nodes and edges in a graph; one row for each way it occurs.',
  },
  'graph-shortest-paths': {
    form: 'graph-shortest-paths (a)-[e*1..5]->(b) where condition project …',
    doc: 'The shortest paths between nodes of a graph.',
  },
  'graph-mark-components': {
    form: 'graph-mark-components kind=weak with_component_id=Name',
    doc: 'Numbers the connected parts of a graph.',
  },
  'graph-where-nodes': {
    form: 'graph-where-nodes condition',
    doc: 'Keeps the nodes that fulfil a condition, with the edges between them.',
  },
  'graph-where-edges': { form: 'graph-where-edges condition', doc: 'Keeps the edges that fulfil a condition.' },
  'graph-to-table': { form: 'graph-to-table nodes, edges', doc: 'The nodes or edges of a graph as tables.' },
};

/** Statements and other words that begin something. */
export const STATEMENT_WORDS: Words = {
  let: { form: 'let Name = expression;', doc: 'Names a value, a table or a function for the rest of the query.' },
  set: {
    form: 'set option;',
    doc: 'Sets an option of the query; truncation and time limits are read, others accepted.',
  },
  materialize: { form: 'materialize(Table)', doc: 'Computes a table once, however often the query reads it.' },
  toscalar: { form: 'toscalar(Table)', doc: 'The first column of the first row, as a value.' },
  datatable: { form: 'datatable(Name:type, …) [value, …]', doc: 'A table written in the query.' },
  externaldata: {
    form: 'externaldata(Name:type, …) ["https://…"] with (format="csv")',
    doc: 'A table read from an address that the administrator allows.',
  },
};

const test = (word: string, doc: string): WordDoc => ({ form: `text ${word} value`, doc });

/** Operators between values that are words. */
export const SCALAR_OPERATORS: Words = {
  has: test(
    'has',
    'The whole term occurs in the text, upper and lower case alike. Terms are runs of letters and digits.',
  ),
  '!has': test('!has', 'The term does not occur in the text, upper and lower case alike.'),
  has_cs: test('has_cs', 'The whole term occurs in the text, in this case.'),
  '!has_cs': test('!has_cs', 'The term does not occur in the text in this case.'),
  hasprefix: test('hasprefix', 'A term of the text begins with the value, upper and lower case alike.'),
  '!hasprefix': test('!hasprefix', 'No term of the text begins with the value.'),
  hasprefix_cs: test('hasprefix_cs', 'A term of the text begins with the value, in this case.'),
  hassuffix: test('hassuffix', 'A term of the text ends with the value, upper and lower case alike.'),
  '!hassuffix': test('!hassuffix', 'No term of the text ends with the value.'),
  hassuffix_cs: test('hassuffix_cs', 'A term of the text ends with the value, in this case.'),
  has_any: { form: 'text has_any (value, …)', doc: 'Any of the terms occurs in the text.' },
  has_all: { form: 'text has_all (value, …)', doc: 'All of the terms occur in the text.' },
  contains: test('contains', 'The value occurs anywhere in the text, upper and lower case alike. Slower than has.'),
  '!contains': test('!contains', 'The value does not occur in the text.'),
  contains_cs: test('contains_cs', 'The value occurs anywhere in the text, in this case.'),
  '!contains_cs': test('!contains_cs', 'The value does not occur in the text in this case.'),
  startswith: test('startswith', 'The text begins with the value, upper and lower case alike.'),
  '!startswith': test('!startswith', 'The text does not begin with the value.'),
  startswith_cs: test('startswith_cs', 'The text begins with the value, in this case.'),
  endswith: test('endswith', 'The text ends with the value, upper and lower case alike.'),
  '!endswith': test('!endswith', 'The text does not end with the value.'),
  endswith_cs: test('endswith_cs', 'The text ends with the value, in this case.'),
  'matches regex': { form: 'text matches regex @"pattern"', doc: 'The pattern (RE2) is found in the text.' },
  in: {
    form: 'value in (value, …)',
    doc: 'The value is one of the list, or of the first column of a subquery; case matters.',
  },
  'in~': { form: 'value in~ (value, …)', doc: 'The value is one of the list, upper and lower case alike.' },
  '!in': { form: 'value !in (value, …)', doc: 'The value is none of the list; case matters.' },
  '!in~': { form: 'value !in~ (value, …)', doc: 'The value is none of the list, upper and lower case alike.' },
  between: { form: 'value between (low .. high)', doc: 'The value lies between the bounds, both included.' },
  '!between': { form: 'value !between (low .. high)', doc: 'The value lies outside the bounds.' },
  and: { form: 'condition and condition', doc: 'Both conditions are true.' },
  or: { form: 'condition or condition', doc: 'At least one condition is true.' },
};
