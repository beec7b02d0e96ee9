/** Readers of sketches that `tdigest()` and `hll()` make, and distributions; all of them run in a helper. */
import { constant, type FunctionDecl, type SqlArg, type SqlContext } from './declare.ts';
import { host } from './host.ts';

/** Several values as one array argument. */
const listed = (args: readonly SqlArg[]): string =>
  `concat('[', arrayStringConcat([${args.map((a) => `if(${a.sql} = '', 'null', ${a.sql})`).join(', ')}], ','), ']')`;

const mergeOf = (fn: string) => (args: readonly SqlArg[], c: SqlContext) =>
  host(fn, [{ ...args[0]!, sql: listed(args) }], c, 'dynamic');

const distribution = (name: string, fn: string, doc: string): FunctionDecl => ({
  name,
  args: 'real real real',
  returns: 'real',
  sql: (a, c) => host(`stat.${fn}`, a, c, 'real'),
  doc,
});

export const SKETCH_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'percentile_tdigest',
    args: 'dynamic real',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => host('sketch.percentile', a, c, 'dynamic'),
    doc: 'A percentile of a digest by nearest rank.',
  },
  {
    name: 'percentiles_array_tdigest',
    args: 'dynamic any any*',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => {
      const wanted = a.slice(1).map((x) => (x.type === 'dynamic' ? x.sql : `ifNull(toString(${x.sql}), 'null')`));
      const list = `concat('[', arrayStringConcat([${wanted.join(', ')}], ','), ']')`;
      return host('sketch.percentiles', [a[0]!, { ...a[0]!, sql: list }], c, 'dynamic');
    },
    doc: 'Percentiles of a digest as an array.',
  },
  {
    name: 'rank_tdigest',
    args: 'dynamic any',
    returns: 'real',
    sql: (a, c) => host('sketch.rank', a, c, 'real'),
    doc: 'Number of values in a digest that are not larger.',
  },
  {
    name: 'percentrank_tdigest',
    args: 'dynamic any',
    returns: 'real',
    sql: (a, c) => host('sketch.percentRank', a, c, 'real'),
    doc: 'Share of the values in a digest that are not larger, in percent.',
  },
  {
    name: 'merge_tdigest',
    aliases: ['tdigest_merge'],
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    total: true,
    sql: mergeOf('sketch.merge'),
    doc: 'One digest of several.',
  },
  {
    name: 'tdigest_isvalid',
    args: 'dynamic',
    returns: 'bool',
    sql: (a, c) => host('sketch.isDigest', a, c, 'bool'),
    doc: 'True for a digest.',
  },
  {
    name: 'hll_merge',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    total: true,
    sql: mergeOf('sketch.mergeCounts'),
    doc: 'One sketch of different values of several.',
  },
  {
    name: 'dcount_hll',
    args: 'dynamic',
    returns: 'long',
    sql: (a, c) => host('sketch.count', a, c, 'long'),
    doc: 'Number of different values in a sketch.',
  },
  {
    name: 'hll_isvalid',
    args: 'dynamic',
    returns: 'bool',
    sql: (a, c) => host('sketch.isCount', a, c, 'bool'),
    doc: 'True for a sketch of different values.',
  },
  distribution('beta_cdf', 'betaCdf', 'Cumulative beta distribution.'),
  distribution('beta_inv', 'betaInv', 'Inverse of the cumulative beta distribution.'),
  distribution('beta_pdf', 'betaPdf', 'Density of the beta distribution.'),
  {
    name: 'welch_test',
    args: 'real real real real real real',
    returns: 'real',
    sql: (a, c) => host('stat.welch', a, c, 'real'),
    doc: 'p-value of Welch’s t-test over means, variances and counts of two samples.',
  },
  {
    name: 'parse_xml',
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => host('text.xml', a, c, 'dynamic'),
    doc: 'XML as a bag: attributes are `@name`, text beside other content is `#text`.',
  },
  {
    name: 'parse_command_line',
    args: 'string string',
    returns: 'dynamic',
    total: true,
    check: (a) =>
      String(constant(a[1]) ?? '').toLowerCase() === 'windows'
        ? undefined
        : 'The only kind of command line is "windows".',
    sql: (a, c) => host('text.commandLine', [a[0]!], c, 'dynamic'),
    doc: 'Words of a command line by the rules of Windows.',
  },
  {
    name: 'format_bytes',
    args: 'real long? string?',
    returns: 'string',
    sql: formatBytes,
    doc: 'A size with a unit: `19.08 MB`.',
  },
];

const UNITS = ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

function formatBytes(args: readonly SqlArg[], c: SqlContext): string {
  const x = args[0]!.sql;
  const names = `[${UNITS.map((u) => `'${u}'`).join(', ')}]`;
  const fitting = `toInt64(greatest(0, least(6, floor(log2(greatest(abs(ifNull(${x}, 0)), 1)) / 10))))`;
  const at = c.once(args[2] ? `(toInt64(indexOf(${names}, ${args[2].sql})) - 1)` : fitting);
  const f = c.once(`pow(10, greatest(0, ifNull(${args[1]?.sql ?? '0'}, 0)))`);
  const v = `(abs(${x}) / pow(1024, ${at}))`;
  const text = `toString(floor(${v} * ${f} + 0.5) / ${f})`;
  return `if(isNull(${x}) OR ${at} < 0, '', concat(if(${x} < 0, '-', ''), ${text}, ' ', ${names}[${at} + 1]))`;
}
