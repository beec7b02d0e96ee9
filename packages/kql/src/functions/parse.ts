import type { FunctionDecl, SqlArg, SqlContext } from './declare.ts';
import { host } from './host.ts';

const pair = (name: string, sql: string) => `'"${name}":', toJSONString(${sql})`;

function url(args: readonly SqlArg[], c: SqlContext): string {
  const x = args[0]!.sql;
  const g = c.once(
    `extractGroups(${x}, '^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^:/?#]*)(?::([0-9]+))?)?([^?#]*)(?:[?]([^#]*))?(?:#(.*))?$')`,
  );
  const query = queryJson(`${g}[7]`);
  const parts = [
    pair('Scheme', `${g}[1]`),
    pair('Host', `${g}[4]`),
    pair('Port', `${g}[5]`),
    pair('Path', `${g}[6]`),
    pair('Username', `${g}[2]`),
    pair('Password', `${g}[3]`),
    `'"Query Parameters":', ${query}`,
    pair('Fragment', `${g}[8]`),
  ];
  return `if(${x} = '', '', concat('{', ${parts.join(`, ',', `)}, '}'))`;
}

function queryJson(sql: string): string {
  const split = `arrayFilter(q -> q != '', splitByChar('&', ${sql}))`;
  return `concat('{', arrayStringConcat(arrayMap(q -> concat(toJSONString(splitByChar('=', q)[1]), ':', toJSONString(substring(q, length(splitByChar('=', q)[1]) + 2))), ${split}), ','), '}')`;
}

function path(args: readonly SqlArg[], c: SqlContext): string {
  const x = c.once(args[0]!.sql);
  const scheme = c.once(`extract(${x}, '^([a-zA-Z][a-zA-Z0-9+.-]+)://')`);
  const ads = c.once(`extract(${x}, '[^:/\\\\\\\\][/\\\\\\\\][^:]*(:[^:/\\\\\\\\]+)$')`);
  const file = c.once(
    `extract(if(${ads} = '', ${x}, substring(${x}, 1, length(${x}) - length(${ads}))), '([^/\\\\\\\\]*)$')`,
  );
  const dir = c.once(`substring(${x}, 1, length(${x}) - length(${file}) - length(${ads}))`);
  const body = c.once(`replaceRegexpOne(${dir}, '[/\\\\\\\\]$', '')`);
  const root = c.once(`extract(${x}, '^([a-zA-Z]:|/|\\\\\\\\\\\\\\\\[^/\\\\\\\\]+)')`);
  const ext = `extract(${file}, '[.]([^.]*)$')`;
  const alt = `if(${ads} = '', '', substring(${ads}, 2))`;
  const parts = [
    pair('Scheme', scheme),
    pair('RootPath', root),
    pair('DirectoryPath', body),
    pair('DirectoryName', `extract(${body}, '([^/\\\\\\\\]*)$')`),
    pair('Filename', file),
    pair('Extension', ext),
    pair('AlternateDataStreamName', alt),
  ];
  return `concat('{', ${parts.join(`, ',', `)}, '}')`;
}

export const PARSE_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'parse_user_agent',
    args: 'string dynamic',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => host('agent.user_agent', a, c, 'dynamic'),
    doc: 'Browser, operating system and device of a user-agent text; the second argument says which of "browser", "os" and "device" to look for.',
  },
  {
    name: 'parse_url',
    aliases: ['parseurl'],
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: url,
    doc: 'Parts of a URL.',
  },
  {
    name: 'parse_urlquery',
    aliases: ['parseurlquery'],
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: (a) => `concat('{"Query Parameters":', ${queryJson(a[0]!.sql)}, '}')`,
    doc: 'Parameters of a query text.',
  },
  { name: 'parse_path', args: 'string', returns: 'dynamic', total: true, sql: path, doc: 'Parts of a file path.' },
  {
    name: 'parse_version',
    args: 'string',
    returns: 'real',
    sql: (a, c) => {
      const p = c.once(`splitByChar('.', ${a[0]!.sql})`);
      const n = (i: number) => `toFloat64OrZero(${p}[${i}])`;
      return `if(match(${a[0]!.sql}, '^[0-9]+([.][0-9]+){0,3}$'), ((${n(1)} * 100000000 + ${n(2)}) * 100000000 + ${n(3)}) * 100000000 + ${n(4)}, NULL)`;
    },
    doc: 'A number that orders version texts.',
  },
  {
    name: 'parse_csv',
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => {
      // Only the first record counts; a line end inside quotes does not end it.
      const record = c.once(`extract(${a[0]!.sql}, '^((?:"(?:[^"]|"")*"|[^\\r\\n])*)')`);
      const fields = `extractAll(concat(',', ${record}), ',("(?:[^"]|"")*"|[^,]*)')`;
      return `toJSONString(arrayMap(v -> if(startsWith(v, '"') AND endsWith(v, '"') AND length(v) > 1, replaceAll(substring(v, 2, length(v) - 2), '""', '"'), v), ${fields}))`;
    },
    doc: 'Fields of a line of comma separated values.',
  },
];
