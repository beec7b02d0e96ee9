import type { Tables } from './cases.ts';

const L = 'let L = datatable(k:long, a:string)[1, "x", 1, "y", 2, "z", long(null), "n"];';
const R = 'let R = datatable(k:long, b:string)[1, "p", 1, "q", 3, "r", long(null), "m"];';

export const JOINS: Tables = [
  [
    `${L} ${R} L | join kind=inner R on k | project k, a, b | order by a asc, b asc`,
    'k,a,b',
    [
      [null, 'n', 'm'],
      [1, 'x', 'p'],
      [1, 'x', 'q'],
      [1, 'y', 'p'],
      [1, 'y', 'q'],
    ],
  ],
  [
    `${L} ${R} L | join R on k | project k, a, b | order by a asc, b asc`,
    'k,a,b',
    [
      [null, 'n', 'm'],
      [1, 'x', 'p'],
      [1, 'x', 'q'],
    ],
  ],
  [
    `${L} ${R} L | join kind=leftouter R on k | project a, k1, b | order by a asc, b asc`,
    'a,k1,b',
    [
      ['n', null, 'm'],
      ['x', 1, 'p'],
      ['x', 1, 'q'],
      ['y', 1, 'p'],
      ['y', 1, 'q'],
      ['z', null, ''],
    ],
  ],
  [
    `${L} ${R} L | join kind=rightouter R on k | project a, b | order by a asc, b asc`,
    'a,b',
    [
      ['', 'r'],
      ['n', 'm'],
      ['x', 'p'],
      ['x', 'q'],
      ['y', 'p'],
      ['y', 'q'],
    ],
  ],
  [`${L} ${R} L | join kind=fullouter R on k | summarize count()`, 'count_', [[7]]],
  [`${L} ${R} L | join kind=leftsemi R on k | project a | order by a asc`, 'a', [['n'], ['x'], ['y']]],
  [`${L} ${R} L | join kind=leftanti R on k | project a`, 'a', [['z']]],
  [`${L} ${R} L | join kind=rightanti R on k | project b`, 'b', [['r']]],
  [
    `${L} ${R} L | lookup R on k | project a, b | order by a asc, b asc`,
    'a,b',
    [
      ['n', 'm'],
      ['x', 'p'],
      ['x', 'q'],
      ['y', 'p'],
      ['y', 'q'],
      ['z', ''],
    ],
  ],
  [
    `${L} ${R} L | join kind=inner R on $left.k == $right.k | getschema | project ColumnName`,
    'ColumnName',
    [['k'], ['a'], ['k1'], ['b']],
  ],
];

const T =
  'let T = datatable(g:string, x:long, r:real)["a", 1, 1.5, "b", 2, real(nan), "a", 3, 2.5, "a", long(null), real(null)];';

export const AGGREGATES: Tables = [
  [
    `${T} T | summarize count(), sum(x), avg(x), min(x), max(x) by g`,
    'g,count_,sum_x,avg_x,min_x,max_x',
    [
      ['a', 3, 4, 2, 1, 3],
      ['b', 1, 2, 2, 2, 2],
    ],
  ],
  [`${T} T | summarize min(r), max(r), sum(r)`, 'min_r,max_r,sum_r', [['NaN', 'NaN', 'NaN']]],
  [
    `${T} T | where g == "a" | summarize min(r), max(r), avg(r), stdev(r)`,
    'min_r,max_r,avg_r,stdev_r',
    [[1.5, 2.5, 2, Math.SQRT1_2]],
  ],
  [
    `${T} T | where g == "c" | summarize count(), sum(x), avg(x), min(x), make_list(x), dcount(x)`,
    'count_,sum_x,avg_x,min_x,list_x,dcount_x',
    [[0, 0, 'NaN', null, [], 0]],
  ],
  [`${T} T | where g == "c" | summarize count() by g`, 'g,count_', []],
  [
    `${T} T | summarize arg_max(x, *) by g`,
    'g,x,r',
    [
      ['a', 3, 2.5],
      ['b', 2, 'NaN'],
    ],
  ],
  [`${T} T | summarize arg_min(r, x)`, 'r,x', [['NaN', 2]]],
  [
    `${T} T | summarize make_list(x), make_set(g), make_list_with_nulls(x)`,
    'list_x,set_g,list_x1',
    [
      [
        [1, 2, 3],
        ['a', 'b'],
        [1, 2, 3, null],
      ],
    ],
  ],
  [`${T} T | sort by x desc nulls last | summarize make_list(x)`, 'list_x', [[[3, 2, 1]]]],
  [
    `${T} T | summarize countif(x > 1), sumif(x, g == "a"), avgif(x, x > 1), dcountif(g, x > 0)`,
    'countif_,sumif_x,avgif_x,dcountif_g',
    [[2, 4, 2.5, 2]],
  ],
  [
    'range x from 1 to 100 step 1 | summarize percentile(x, 50), percentiles(x, 5, 95)',
    'percentile_x_50,percentile_x_5,percentile_x_95',
    [[50, 5, 95]],
  ],
  [
    'range x from 1 to 4 step 1 | summarize percentiles_array(x, 25, 50), percentilew(x, 1, 75)',
    'percentiles_x,percentile_x_75',
    [[[1, 2], 3]],
  ],
  [
    'datatable(v:long, w:long)[10, 8, 20, 6, 30, 3, 40, 1] | summarize percentilesw(v, w, 50, 75, 99.9)',
    'percentile_v_50,percentile_v_75,percentile_v_99_9',
    [[20, 20, 40]],
  ],
  [
    'range x from 1 to 100 step 1 | summarize variance(x), variancep(x), covariance(x, x)',
    'variance_x,variancep_x,covariance_x_x',
    [[841.6666666666666, 833.25, 841.6666666666666]],
  ],
  ['datatable(x:long)[5] | summarize stdev(x), variance(x)', 'stdev_x,variance_x', [[0, 0]]],
  [
    'datatable(x:long)[1, 2, 4] | summarize binary_all_or(x), binary_all_and(x), binary_all_xor(x)',
    'x,x1,x2',
    [[7, 0, 7]],
  ],
  [
    'range x from 1 to 1000 step 1 | summarize t=tdigest(x), h=hll(x % 10) | project percentile_tdigest(t, 90), rank_tdigest(t, 500), dcount_hll(h)',
    'percentile_tdigest_t,Column1,dcount_hll_h',
    [[900, 500, 10]],
  ],
  [
    'range x from 1 to 10 step 1 | summarize h=hll(x) by x % 2 | summarize hll_merge(h) | project dcount_hll(hll_merge_h)',
    'dcount_hll_hll_merge_h',
    [[10]],
  ],
  [
    'datatable(k:string)["a", "b", "a"] | summarize n = count(), seen = "", one = 1 by k | where k == "a"',
    'k,n,seen,one',
    [['a', 2, '', 1]],
  ],
  // An argument that is given by name names the key.
  [
    'datatable(t:datetime)[datetime(2026-03-01T00:07:00Z)] | summarize count() by bin(Slot = t, 5m)',
    'Slot,count_',
    [['2026-03-01T00:05:00.0000000Z', 1]],
  ],
  // A sketch with most of its registers in use keeps a character for each, and meets others of its kind.
  [
    'range x from 1 to 60000 step 1 | summarize h=hll(x, 0), k=hll(iff(x > 40000, x + 30000, x), 0), few=hll(x % 5 + 1, 1) | project size=estimate_data_size(h), a=dcount_hll(h) between (55000 .. 65000), b=dcount_hll(hll_merge(h, k)) between (74000 .. 86000), same=dcount_hll(hll_merge(h, few)) == dcount_hll(h)',
    'size,a,b,same',
    [[4142, true, true, true]],
  ],
  [
    'datatable(d:dynamic)[dynamic({"a":1}), dynamic({"a":"x","b":[1]})] | summarize buildschema(d)',
    'schema_d',
    [[{ a: ['long', 'string'], b: { '`indexer`': 'long' } }]],
  ],
  ['datatable(x:long, y:string)[1, "a"] | summarize take_any(x), take_any(y)', 'x,y', [[1, 'a']]],
  [
    'datatable(b:dynamic)[dynamic({"a":1}), dynamic({"a":2,"b":3})] | summarize make_bag(b)',
    'bag_b',
    [[{ a: 1, b: 3 }]],
  ],
  [
    'datatable(t:datetime)[datetime(2026-03-09 23:59:59.9999999), datetime(2026-03-10), datetime(2026-03-10 23:00)] | summarize count() by bin(t, 1d)',
    't,count_',
    [
      ['2026-03-09T00:00:00.0000000Z', 1],
      ['2026-03-10T00:00:00.0000000Z', 2],
    ],
  ],
  ['datatable(x:int)[1] | summarize gettype(sum(x)), gettype(avg(x))', 'type_sum_x,type_avg_x', [['long', 'real']]],
  [
    'datatable(g:string)["", "a", ""] | summarize count() by g',
    'g,count_',
    [
      ['', 2],
      ['a', 1],
    ],
  ],
  [
    'datatable(x:long)[1, long(null)] | summarize count(), countif(isnull(x)), count_distinct(x)',
    'count_,countif_,count_distinct_x',
    [[2, 1, 1]],
  ],
];

export const ROWS: Tables = [
  // Columns that only an open table has, by name, in every operator that takes names.
  ['AzureDiagnostics | project-rename A = x_s, B = Category | project A, B, y_d', 'A,B,y_d', [['', 'Audit', null]]],
  ['AzureDiagnostics | project-keep foo_g, Category | project-away Category', 'foo_g', [['']]],
  ['search Category == "Audit" and isempty(bar_s) | count', 'Count', [[1]]],
  ['search bar_s == "x" | count', 'Count', [[0]]],
  [
    'AzureDiagnostics | summarize arg_max(TimeGenerated, *) by Category | extend b = size_d * 2, s = name_s | project b, s',
    'b,s',
    [[null, '']],
  ],
  // A function without parameters needs no parentheses.
  [
    'let words = () { pack_array("netsh", "cmd") }; DeviceProcessEvents | where FileName has_any (words) | count',
    'Count',
    [[2]],
  ],
  ['let five = () { 5 }; print x = five + 1', 'x', [[6]]],
  // Numbers of rows that the data gives.
  ['DeviceProcessEvents | take toscalar(DeviceNetworkEvents | count) | count', 'Count', [[3]]],
  ['DeviceProcessEvents | top toscalar(print 1) by Timestamp | project DeviceName', 'DeviceName', [['pc1']]],
  // Window functions inside summarize count the rows before they are grouped.
  [
    'datatable(k:string)["a", "b", "a"] | serialize | summarize n = max(row_number()) by k | sort by k asc',
    'k,n',
    [
      ['a', 3],
      ['b', 2],
    ],
  ],
  [
    'range x from 1 to 4 step 1 | summarize count() by g = row_number() % 2 | sort by g asc',
    'g,count_',
    [
      [0, 2],
      [1, 2],
    ],
  ],
  ['datatable(x:long)[2, long(null), 1] | order by x', 'x', [[2], [1], [null]]],
  ['datatable(x:long)[2, long(null), 1] | order by x asc', 'x', [[null], [1], [2]]],
  ['datatable(x:long)[2, long(null), 1] | order by x asc nulls last', 'x', [[1], [2], [null]]],
  ['datatable(x:long)[2, long(null), 1] | top 2 by x', 'x', [[2], [1]]],
  ['datatable(x:long)[1, long(null)] | where x != 1', 'x', [[null]]],
  ['datatable(x:long)[1, long(null)] | where x == 1 or isnull(x) | count', 'Count', [[2]]],
  ['datatable(x:long)[1, long(null)] | where not(x == 1)', 'x', [[null]]],
  ['datatable(x:long, y:long)[1, 2, long(null), long(null)] | where not(x == y)', 'x,y', [[1, 2]]],
  ['datatable(x:long, y:long)[1, 2, long(null), long(null)] | where x != y', 'x,y', [[1, 2]]],
  ['datatable(x:long)[1, long(null)] | where x !in (1)', 'x', [[null]]],
  ['datatable(s:string)["a", "A", ""] | distinct s', 's', [['a'], ['A'], ['']]],
  [
    'datatable(x:long)[1, 2, 3] | serialize | extend p = prev(x), n = next(x, 1, -1), r = row_number(), s = row_cumsum(x)',
    'x,p,n,r,s',
    [
      [1, null, 2, 1, 1],
      [2, 1, 3, 2, 3],
      [3, 2, -1, 3, 6],
    ],
  ],
  ['datatable(d:dynamic)[dynamic([1,2]), dynamic([]), dynamic(null)] | mv-expand d', 'd', [[1], [2], [null]]],
  ['datatable(d:dynamic)[dynamic({"a":1,"b":2})] | mv-expand d', 'd', [[{ a: 1 }], [{ b: 2 }]]],
  [
    'print x=dynamic([1,2,3]) | mv-apply e=x to typeof(long) on (where e > 1 | summarize s=sum(e))',
    'x,s',
    [[[1, 2, 3], 5]],
  ],
  ['datatable(s:string)["a=1;b=x"] | parse s with "a=" a:long ";b=" b | project a, b', 'a,b', [[1, 'x']]],
  ['datatable(s:string)["a=q"] | parse s with "a=" a:long | project a', 'a', [[null]]],
  ['datatable(s:string)["abc12d"] | parse kind=regex s with w @"\\d" r | project w, r', 'w,r', [['abc1', 'd']]],
  ['print 1, "a", x=2', 'print_0,print_1,x', [[1, 'a', 2]]],
  ['datatable(a:long)[1] | project a + 1, strcat("x", a), tolong(a)', 'Column1,Column2,a', [[2, 'x1', 1]]],
  ['datatable(a:long)[1] | extend a = a + 1, b = a', 'a,b', [[2, 1]]],
  [
    'union (print x=1), (print x="a") | order by x_long asc',
    'x_long,x_string',
    [
      [null, 'a'],
      [1, ''],
    ],
  ],
  ['range x from 1 to 5 step 2', 'x', [[1], [3], [5]]],
  ['range t from datetime(2026-01-01) to datetime(2026-01-01 02:00) step 1h | count', 'Count', [[3]]],
  [
    'datatable(t:datetime)[datetime(2026-01-01 10:00), datetime(2026-01-01 10:04), datetime(2026-01-01 12:00)] | sort by t asc | extend s = row_window_session(t, 1h, 5m) | project s',
    's',
    [['2026-01-01T10:00:00.0000000Z'], ['2026-01-01T10:00:00.0000000Z'], ['2026-01-01T12:00:00.0000000Z']],
  ],
  ['datatable(a:string, b:long)["abc", 1] | summarize sum(estimate_data_size(*))', 'sum_', [[11]]],
  [
    'set query_bin_auto_size = 10; datatable(x:long)[7, 17] | summarize count() by bin_auto(x)',
    'x,count_',
    [
      [0, 1],
      [10, 1],
    ],
  ],
  [
    'let f = (n:long) { n * 2 }; let t = toscalar(range i from 1 to 3 step 1 | summarize max(i)); print f(t)',
    'print_0',
    [[6]],
  ],
  ['datatable(x:dynamic)[dynamic("b"), dynamic("a")] | sort by tostring(x) asc', 'x', [['a'], ['b']]],
  ['datatable(s:string)["b", "", "a"] | sort by s asc', 's', [[''], ['a'], ['b']]],
];
