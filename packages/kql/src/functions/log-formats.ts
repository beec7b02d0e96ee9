/** Texts of security devices as bags: the Common Event Format, LEEF, and pairs of keys and values. */
import { constant, type FunctionDecl, type SqlArg, type SqlContext } from './declare.ts';

const pair = (name: string, sql: string) => `'"${name}":', toJSONString(${sql})`;

/** Marks of the writer's own, taken out of the text first so that a sender cannot forge them. */
const NEXT = "'\\x01'";
const SIGN = "'\\x02'";
const BACKSLASH = "'\\x03'";
const EQUALS = "'\\x04'";

/** JSON of an array of marked pairs `key SIGN value`; `value` is SQL over `v`, the raw value. */
function bag(pairs: string, value: string): string {
  const key = `trim(substring(p, 1, position(p, ${SIGN}) - 1))`;
  const own = value.replaceAll('$v', `trim(substring(p, position(p, ${SIGN}) + 1))`);
  return `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(${key}), ':', toJSONString(${own})), arrayFilter(p -> position(p, ${SIGN}) > 1, ${pairs})), ','), '}')`;
}

/** Pairs of a text in which a key is a word before `=` that follows a blank, so that values may hold blanks. */
function spacedPairs(text: string, c: SqlContext): string {
  const clean = `replaceAll(replaceAll(replaceRegexpAll(${text}, '[\\x01-\\x04]', ''), '\\\\\\\\', ${BACKSLASH}), '\\\\=', ${EQUALS})`;
  // Runs of blanks between pairs belong to neither.
  return c.once(
    `splitByChar(${NEXT}, replaceRegexpAll(concat(' ', ${clean}), '\\\\s+([A-Za-z0-9_.\\\\-]{1,100}(?:\\\\[[A-Za-z0-9_.]*\\\\])?)=', '\\x01\\\\1\\x02'))`,
  );
}

/** Escapes of CEF values: `\\n`, `\\r`, `\\t`, `\\|`, `\\=` and `\\\\`. */
const CEF_VALUE = `replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll($v, '\\\\n', '\\n'), '\\\\r', '\\r'), '\\\\t', '\\t'), '\\\\|', '|'), ${EQUALS}, '='), ${BACKSLASH}, '\\\\')`;

const headerText = (sql: string): string =>
  `replaceAll(replaceAll(replaceAll(${sql}, '\\\\\\\\', ${BACKSLASH}), '\\\\|', '|'), ${BACKSLASH}, '\\\\')`;

/**
 * CEF (implementation standard, revision 25): `CEF:Version|Vendor|Product|Version|Class|Name|Severity|Extension`.
 * A stray pipe in the name is found by the severity, which is a number or one of a few words.
 */
function cef([text]: readonly SqlArg[], c: SqlContext): string {
  const x = text!.sql;
  const part = '((?:[^|\\\\\\\\]|\\\\\\\\.)*)';
  const head = `(?s)CEF:\\\\s?([0-9]+(?:[.][0-9]+)?)\\\\|${part}\\\\|${part}\\\\|${part}\\\\|${part}\\\\|`;
  const severity =
    '\\\\s*((?i:[0-9]{1,3}(?:[.][0-9]+)?|unknown|none|info|informational|information|notice|low|medium|moderate|warning|warn|high|very-high|severe|critical|fatal|error|err|alert|emergency|emerg|debug|minor|major)?)\\\\s*';
  const strict = c.once(`extractGroups(${x}, '${head}(.*?)\\\\|${severity}(?:\\\\|(.*))?$')`);
  const loose = `extractGroups(${x}, '${head}${part}\\\\|${part}(?:\\\\|(.*))?$')`;
  const g = c.once(`if(empty(${strict}), ${loose}, ${strict})`);
  const parts = [
    pair('Version', `${g}[1]`),
    pair('DeviceVendor', headerText(`${g}[2]`)),
    pair('DeviceProduct', headerText(`${g}[3]`)),
    pair('DeviceVersion', headerText(`${g}[4]`)),
    pair('DeviceEventClassID', headerText(`${g}[5]`)),
    pair('Name', headerText(`${g}[6]`)),
    pair('Severity', `trim(${g}[7])`),
    `'"Extension":', ${bag(spacedPairs(`${g}[8]`, c), CEF_VALUE)}`,
  ];
  return `if(empty(${g}), '', concat('{', ${parts.join(`, ',', `)}, '}'))`;
}

/**
 * LEEF (QRadar DSM guide): 1.0 separates attributes by tabs, 2.0 by a character of its header, as itself or as hex.
 * Relays turn tabs into blanks: then keys are found as in CEF.
 */
function leef([text]: readonly SqlArg[], c: SqlContext): string {
  const part = '([^|]*)';
  const g = c.once(
    `extractGroups(${text!.sql}, '(?s)LEEF:\\\\s?([0-9]+(?:[.][0-9]+)?)\\\\|${part}\\\\|${part}\\\\|${part}\\\\|${part}\\\\|(.*)$')`,
  );
  const named = c.once(`extract(${g}[6], '^((?:0?[xX][0-9A-Fa-f]{1,4}|[^|=A-Za-z0-9]?)\\\\|)')`);
  const hasDelimiter = `(startsWith(${g}[1], '2') AND ${named} != '')`;
  const own = c.once(`if(${hasDelimiter}, substring(${named}, 1, length(${named}) - 1), '')`);
  const hex = `extract(${own}, '^0?[xX]0*([0-9A-Fa-f]+)$')`;
  const delimiter = c.once(
    `multiIf(${own} = '', '\\t', match(${own}, '^0?[xX][0-9A-Fa-f]+$'), unhex(leftPad(${hex}, toInt64(2), '0')), ${own})`,
  );
  const rest = c.once(
    `replaceRegexpAll(if(${hasDelimiter}, substring(${g}[6], length(${named}) + 1), ${g}[6]), '[\\x01-\\x04]', '')`,
  );
  const literal = c.once(`if(position(${rest}, ${delimiter}) = 0 AND ${delimiter} = '\\t', '\\\\t', ${delimiter})`);
  const byDelimiter = `arrayMap(p -> if(position(p, '=') > 1, concat(substring(p, 1, position(p, '=') - 1), ${SIGN}, substring(p, position(p, '=') + 1)), ''), splitByChar(${NEXT}, replaceAll(${rest}, ${literal}, ${NEXT})))`;
  const pairs = c.once(`if(position(${rest}, ${literal}) > 0, ${byDelimiter}, ${spacedPairs(rest, c)})`);
  const parts = [
    pair('Version', `${g}[1]`),
    pair('DeviceVendor', `${g}[2]`),
    pair('DeviceProduct', `${g}[3]`),
    pair('DeviceVersion', `${g}[4]`),
    pair('DeviceEventClassID', `${g}[5]`),
    `'"Extension":', ${bag(pairs, `replaceAll(replaceAll($v, ${EQUALS}, '='), ${BACKSLASH}, '\\\\')`)}`,
  ];
  return `if(empty(${g}), '', concat('{', ${parts.join(`, ',', `)}, '}'))`;
}

/** Pairs such as `user="Ada Lovelace" action=deny`; constants say what separates pairs and what a key from its value. */
function keyValues([text, between, sign]: readonly SqlArg[], c: SqlContext): string {
  const literalOf = (s: string): string => s.replace(/[\\\][^.*+?(){}|$-]/g, '\\$&').replaceAll(' ', '\\s');
  const separators = literalOf(String(constant(between) ?? ' '));
  const equals = literalOf(String(constant(sign) ?? '='));
  const regex = `(?:^|[${separators}\\s])([A-Za-z_@][\\w.\\-/@]{0,99})\\s*${equals}${separators.includes('\\s') ? '' : '\\s*'}(?:"((?:[^"\\\\]|\\\\.)*)"|([^${separators}"\\r\\n]?[^${separators}\\r\\n]*))`;
  const all = `extractAllGroupsVertical(${text!.sql}, ${c.param(regex)})`;
  const value = `if(g[2] != '', replaceAll(replaceAll(g[2], '\\\\"', '"'), '\\\\\\\\', '\\\\'), trim(g[3]))`;
  return `concat('{', arrayStringConcat(arrayMap(g -> concat(toJSONString(g[1]), ':', toJSONString(${value})), ${all}), ','), '}')`;
}

/** Longest document that references are put into, so that a hostile one cannot grow without end. */
const REFERENCE_LIMIT = 262_144;

/**
 * Lists of entities as .NET writes them: an object has a number (`"$id":"2"`), and stands elsewhere as `{"$ref":"2"}`.
 * Objects are looked for in the list and directly inside its elements; references inside what was put in are resolved
 * by calling the function again.
 */
function references([list]: readonly SqlArg[], c: SqlContext): string {
  const top = c.once(`arraySlice(JSONExtractArrayRaw(${list!.sql}), 1, 500)`);
  const inner = `arrayFlatten(arrayMap(e -> arrayFilter(v -> startsWith(v, '{'), arrayMap(p -> p.2, JSONExtractKeysAndValuesRaw(e))), ${top}))`;
  const known = c.once(
    `arrayFilter(e -> length(e) <= 4096 AND JSONExtractString(e, '$id') != '', arrayConcat(${top}, ${inner}))`,
  );
  const text = `concat('[', arrayStringConcat(${top}, ','), ']')`;
  return `arrayFold((t, e) -> if(length(t) > ${REFERENCE_LIMIT}, t, replaceAll(t, concat('{"$ref":"', JSONExtractString(e, '$id'), '"}'), e)), ${known}, ${text})`;
}

export const LOG_FORMAT_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'parse_cef_dictionary',
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: cef,
    doc: 'Header fields and the Extension, as a bag, of a text in the Common Event Format; null for another text.',
  },
  {
    name: 'parse_leef_dictionary',
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: leef,
    doc: 'Header fields and the Extension, as a bag, of a text in the Log Event Extended Format 1.0 or 2.0; null for another text.',
  },
  {
    name: 'parse_keyvalue_dictionary',
    args: 'string string string',
    returns: 'dynamic',
    total: true,
    sql: keyValues,
    check: (args) =>
      [args[1], args[2]].every((a) => typeof constant(a) === 'string' && constant(a) !== '')
        ? undefined
        : 'parse_keyvalue_dictionary needs constant texts: the characters between pairs, and the sign between key and value.',
    doc: 'A bag of the pairs in a text; the second argument holds the characters between pairs, the third the sign between key and value; values may be quoted.',
  },
  {
    name: 'format_keyvalue_dictionary',
    args: 'dynamic string string',
    returns: 'string',
    total: true,
    sql: (a) =>
      `arrayStringConcat(arrayMap(p -> concat(p.1, ${a[2]!.sql}, if(startsWith(p.2, '"'), JSONExtractString(p.2), p.2)), arrayFilter(p -> p.2 NOT IN ('""', 'null'), JSONExtractKeysAndValuesRaw(${a[0]!.sql}))), ${a[1]!.sql})`,
    doc: 'The text of a bag: its pairs joined by the second argument, key and value by the third; empty values are left out.',
  },
  {
    name: 'resolve_references',
    args: 'dynamic',
    returns: 'dynamic',
    total: true,
    sql: references,
    doc: 'A list of objects in which every {"$ref": …} is replaced by the object that has this $id.',
  },
  {
    name: 'bag_first_values',
    args: 'dynamic',
    returns: 'dynamic',
    total: true,
    sql: (a) => {
      const value = `if(startsWith(p.2, '"[\\\\"'), JSONExtractArrayRaw(JSONExtractString(p.2))[1], p.2)`;
      return `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', if(${value} = '', p.2, ${value})), JSONExtractKeysAndValuesRaw(${a[0]!.sql})), ','), '}')`;
    },
    doc: 'A bag in which every text that is a list of texts is replaced by the first of them.',
  },
];

/** Functions the language itself does not have: the binder needs their number of arguments and what they give. */
export const OWN_LOG_FORMAT_FUNCTIONS: readonly {
  readonly name: string;
  readonly arguments: number;
  readonly returns: 'dynamic' | 'string';
}[] = [
  { name: 'parse_cef_dictionary', arguments: 1, returns: 'dynamic' },
  { name: 'parse_leef_dictionary', arguments: 1, returns: 'dynamic' },
  { name: 'parse_keyvalue_dictionary', arguments: 3, returns: 'dynamic' },
  { name: 'format_keyvalue_dictionary', arguments: 3, returns: 'string' },
  { name: 'resolve_references', arguments: 1, returns: 'dynamic' },
  { name: 'bag_first_values', arguments: 1, returns: 'dynamic' },
];
