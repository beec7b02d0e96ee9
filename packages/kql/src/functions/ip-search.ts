/** Search for IPv4 addresses inside a text. They count only when no letter or digit touches them. */
import { constant, type FunctionDecl, type SqlArg, type SqlContext } from './declare.ts';

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const BEFORE = '(?:^|[^a-zA-Z0-9])';
const AFTER = '(?:$|[^a-zA-Z0-9])';
const WHOLE = new RegExp(`^${OCTET}(?:[.]${OCTET}){3}$`);
const START = new RegExp(`^(?:${OCTET}[.]){1,3}$`);

/** Regular expression that finds an address, or addresses under a prefix such as `10.1.`; undefined when it is neither. */
function pattern(needle: string, prefix: boolean): string | undefined {
  const quoted = needle.replaceAll('.', '[.]');
  if (WHOLE.test(needle)) return `${BEFORE}${quoted}${AFTER}`;
  if (!prefix || !START.test(needle)) return undefined;
  const rest = 4 - (needle.split('.').length - 1);
  return `${BEFORE}${quoted}${Array(rest).fill(OCTET).join('[.]')}${AFTER}`;
}

/** The same for a needle that is only known when the query runs. */
function search(text: string, needle: string, prefix: boolean): string {
  const whole = `match(${needle}, '^${OCTET}([.]${OCTET}){3}$')`;
  const quoted = `replaceAll(${needle}, '.', '[.]')`;
  const full = `${whole} AND match(${text}, concat('${BEFORE}', ${quoted}, '${AFTER}'))`;
  if (!prefix) return `(${full})`;
  const count = `(4 - countSubstrings(${needle}, '.'))`;
  const rest = `concat('(?:${OCTET}[.]){', toString(${count} - 1), '}${OCTET}')`;
  const start = `match(${needle}, '^(${OCTET}[.]){1,3}$') AND match(${text}, concat('${BEFORE}', ${quoted}, ${rest}, '${AFTER}'))`;
  return `((${full}) OR (${start}))`;
}

function one(text: SqlArg, needle: SqlArg, prefix: boolean, c: SqlContext): string {
  if (needle.type === 'dynamic')
    return `arrayExists(n -> ${search(text.sql, 'n', prefix)}, JSONExtract(${needle.sql}, 'Array(String)'))`;
  const k = constant(needle);
  if (typeof k !== 'string') return search(text.sql, needle.sql, prefix);
  const regex = pattern(k, prefix);
  // The plain search comes first: it is cheap, and an index may answer it.
  return regex ? `(position(${text.sql}, ${c.param(k)}) > 0 AND match(${text.sql}, ${c.param(regex)}))` : 'false';
}

const any = (prefix: boolean) => (args: readonly SqlArg[], c: SqlContext) =>
  `(${args
    .slice(1)
    .map((n) => one(args[0]!, n, prefix, c))
    .join(' OR ')})`;

export const IP_SEARCH_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'has_ipv4',
    args: 'string string',
    returns: 'bool',
    sql: any(false),
    doc: 'True when a text holds an address.',
  },
  {
    name: 'has_ipv4_prefix',
    args: 'string string',
    returns: 'bool',
    sql: any(true),
    doc: 'True when a text holds an address that starts like this, `10.1.`.',
  },
  {
    name: 'has_any_ipv4',
    args: 'string any any*',
    returns: 'bool',
    sql: any(false),
    doc: 'True when a text holds one of the addresses.',
  },
  {
    name: 'has_any_ipv4_prefix',
    args: 'string any any*',
    returns: 'bool',
    sql: any(true),
    doc: 'True when a text holds an address that starts like one of these.',
  },
];
