import { toJson } from './casts.ts';
import { constant, type FunctionDecl, type SqlArg, type SqlContext, stringLike } from './declare.ts';
import { host } from './host.ts';

/** JSON of a value inside an array or bag: null is written out. */
export function jsonMember(a: SqlArg, c: SqlContext): string {
  const json = toJson(a.sql, a.type, c);
  if (a.type === 'string' || a.type === 'guid') return json;
  const x = c.once(json);
  return `if(${x} = '', 'null', ${x})`;
}

const elements = (sql: string) => `JSONExtractArrayRaw(${sql})`;
const array = (sql: string) => `concat('[', arrayStringConcat(${sql}, ','), ']')`;
const isArray = (sql: string) => `startsWith(${sql}, '[')`;
const isBag = (sql: string) => `startsWith(${sql}, '{')`;

function pack(args: readonly SqlArg[], c: SqlContext): string {
  const parts: string[] = [];
  for (let i = 0; i + 1 < args.length; i += 2) {
    parts.push(`toJSONString(${args[i]!.sql})`, `':'`, jsonMember(args[i + 1]!, c));
    if (i + 3 < args.length) parts.push(`','`);
  }
  return parts.length ? `concat('{', ${parts.join(', ')}, '}')` : `'{}'`;
}

function packArray(args: readonly SqlArg[], c: SqlContext): string {
  if (args.length === 0) return `'[]'`;
  return array(`[${args.map((a) => jsonMember(a, c)).join(', ')}]`);
}

const setOp = (sql: (all: string[]) => string) => (args: readonly SqlArg[]) =>
  array(sql(args.map((a) => elements(a.sql))));
const members = (sql: string) => `arrayDistinct(${sql})`;

function textList(args: readonly SqlArg[]): string {
  return `arrayStringConcat(arrayMap(e -> multiIf(startsWith(e, '"'), JSONExtractString(e), e = 'null', '', e), ${elements(args[0]!.sql)}), ${args[1]?.sql ?? "''"})`;
}

export const DYNAMIC_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'bag_pack',
    aliases: ['pack', 'pack_dictionary'],
    args: 'any*',
    returns: 'dynamic',
    total: true,
    sql: pack,
    doc: 'A bag of names and values.',
  },
  { name: 'pack_array', args: 'any*', returns: 'dynamic', total: true, sql: packArray, doc: 'An array of values.' },
  {
    name: 'strcat_array',
    aliases: ['array_strcat'],
    args: 'dynamic string',
    returns: 'string',
    textArgs: [0],
    sql: textList,
    doc: 'Elements joined to a text.',
  },
  {
    name: 'bag_keys',
    args: 'dynamic',
    returns: 'dynamic',
    textArgs: [0],
    sql: (a) => `if(${isBag(a[0]!.sql)}, toJSONString(JSONExtractKeys(${a[0]!.sql})), '')`,
    doc: 'Names of the properties.',
  },
  {
    name: 'bag_has_key',
    args: 'dynamic string',
    returns: 'bool',
    sql: 'JSONHas($1, $2)',
    doc: 'True when the property is there.',
  },
  {
    name: 'bag_merge',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    sql: mergeBags,
    doc: 'One bag; the first value of a key stays.',
  },
  {
    name: 'bag_remove_keys',
    args: 'dynamic dynamic',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      const keys = c.once(`JSONExtract(${a[1]!.sql}, 'Array(String)')`);
      const plain = `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), arrayFilter(p -> NOT has(${keys}, p.1), JSONExtractKeysAndValuesRaw(${x}))), ','), '}')`;
      const known = constant(a[1]);
      if (typeof known === 'string' && !/"\$[.[]/.test(known)) return `if(${isBag(x)}, ${plain}, '')`;
      // Paths into nested bags need the whole tree.
      const text: SqlArg = { ...a[0]!, sql: x, type: 'string' };
      return `if(arrayExists(k -> match(k, '^[$][.[]'), ${keys}), ${host('bag.removeKeys', [text, a[1]!], c, 'string')}, if(${isBag(x)}, ${plain}, ''))`;
    },
    doc: 'A bag without some properties, named or given as paths such as `$.a.b`.',
  },
  {
    name: 'bag_set_key',
    args: 'dynamic string any',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      const key = constant(a[1]);
      const value = jsonMember(a[2]!, c);
      if (typeof key === 'string' && !/^\$[.[]/.test(key)) {
        const pairs = c.once(`JSONExtractKeysAndValuesRaw(${x})`);
        const k = a[1]!.sql;
        const all = `if(arrayExists(p -> p.1 = ${k}, ${pairs}), arrayMap(p -> if(p.1 = ${k}, (p.1, ${value}), p), ${pairs}), arrayConcat(${pairs}, [(${k}, ${value})]))`;
        return `if(${isBag(x)}, concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), ${all}), ','), '}'), '')`;
      }
      const text: SqlArg = { ...a[0]!, sql: x, type: 'string' };
      return host('bag.setKey', [text, a[1]!, { ...a[2]!, sql: value, type: 'string' }], c, 'string');
    },
    doc: 'A bag with one property set, named or given as a path such as `$.a.b`.',
  },
  {
    name: 'bag_zip',
    args: 'dynamic dynamic',
    returns: 'dynamic',
    textArgs: [0],
    total: true,
    sql: (a, c) => {
      const keys = c.once(elements(a[0]!.sql));
      const values = c.once(elements(a[1]!.sql));
      const value = `if(i <= length(${values}), ${values}[i], 'null')`;
      const named = `arrayFilter((i, k) -> startsWith(k, '"'), arrayEnumerate(${keys}), ${keys})`;
      return `if(${isArray(a[0]!.sql)}, concat('{', arrayStringConcat(arrayMap(i -> concat(${keys}[i], ':', ${value}), ${named}), ','), '}'), '')`;
    },
    doc: 'A bag of the names in one array and the values in another.',
  },
  {
    name: 'set_has_element',
    args: 'dynamic any',
    returns: 'bool',
    textArgs: [0],
    sql: (a, c) => `has(${elements(a[0]!.sql)}, ${jsonMember(a[1]!, c)})`,
    doc: 'True when the array holds the value.',
  },
  {
    name: 'set_union',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    sql: setOp((all) => members(`arrayConcat(${all.join(', ')})`)),
    doc: 'Different values of all arrays.',
  },
  {
    name: 'set_intersect',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    sql: setOp((all) =>
      all.length === 1
        ? members(all[0]!)
        : `arrayFilter(e -> ${all
            .slice(1)
            .map((x) => `has(${x}, e)`)
            .join(' AND ')}, ${members(all[0]!)})`,
    ),
    doc: 'Values that all arrays hold.',
  },
  {
    name: 'set_difference',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    sql: setOp((all) =>
      all.length === 1
        ? members(all[0]!)
        : `arrayFilter(e -> NOT (${all
            .slice(1)
            .map((x) => `has(${x}, e)`)
            .join(' OR ')}), ${members(all[0]!)})`,
    ),
    doc: 'Values of the first array that no other holds.',
  },
  {
    name: 'set_equals',
    args: 'dynamic dynamic',
    returns: 'bool',
    sql: (a) => `(arraySort(${members(elements(a[0]!.sql))}) = arraySort(${members(elements(a[1]!.sql))}))`,
    doc: 'True when both hold the same values.',
  },
  {
    name: 'jaccard_index',
    args: 'dynamic dynamic',
    returns: 'real',
    sql: (a) =>
      `(length(arrayIntersect(${elements(a[0]!.sql)}, ${elements(a[1]!.sql)})) / length(arrayDistinct(arrayConcat(${elements(a[0]!.sql)}, ${elements(a[1]!.sql)}))))`,
    doc: 'Similarity of two sets.',
  },
  {
    name: 'element_at',
    args: 'dynamic any',
    returns: 'dynamic',
    sql: elementAt,
    doc: 'Element or property chosen at run time.',
  },
  {
    name: 'dynamic_type',
    args: 'dynamic',
    returns: 'string',
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      return `multiIf(${x} IN ('', 'null'), 'null', ${isArray(x)}, 'array', ${isBag(x)}, 'dictionary', startsWith(${x}, '"'), 'string', ${x} IN ('true', 'false'), 'bool', match(${x}, '^-?[0-9]+$'), 'long', 'double')`;
    },
    doc: 'Kind of a dynamic value.',
  },
  {
    name: 'repeat',
    args: 'any long',
    check: (a) => (a[0]!.type === 'dynamic' ? 'A dynamic value cannot be repeated.' : undefined),
    returns: 'dynamic',
    sql: (a, c) => array(`arrayWithConstant(toUInt64(greatest(ifNull(${a[1]!.sql}, 0), 0)), ${jsonMember(a[0]!, c)})`),
    doc: 'An array of equal values.',
  },
  {
    name: 'range',
    args: 'same same any?',
    returns: 'dynamic',
    check: (a) => {
      const [from, step] = [a[0]!.type, a[2]?.type];
      const span = from === 'datetime' || from === 'timespan';
      if (step === undefined || step === 'dynamic') return undefined;
      return span === (step === 'timespan') ? undefined : `The step of a range of ${from} values cannot be a ${step}.`;
    },
    sql: rangeArray,
    doc: 'An array of equally spaced values.',
  },
  {
    name: 'zip',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    sql: (a) => {
      const all = a.map((x) => elements(x.sql));
      const n = all.length === 1 ? `length(${all[0]})` : `greatest(${all.map((x) => `length(${x})`).join(', ')})`;
      return array(
        `arrayMap(i -> ${array(`[${all.map((x) => `if(i <= length(${x}), ${x}[i], 'null')`).join(', ')}]`)}, range(1, ${n} + 1))`,
      );
    },
    doc: 'Arrays of the elements at each position.',
  },
  {
    name: 'treepath',
    args: 'dynamic',
    returns: 'dynamic',
    sql: (a, c) => host('bag.paths', [{ ...a[0]!, type: 'string' }], c, 'dynamic'),
    doc: 'Paths of everything inside a bag or array.',
  },
  {
    name: 'extract_json',
    aliases: ['extractjson'],
    args: 'string string any?',
    returns: 'string',
    sql: extractJson,
    doc: 'Value at a JSON path.',
  },
];

/** Steps of a JSON path: names and indexes after `$`, also where a dot is left out. Undefined when it is none. */
function pathSteps(path: string): (string | number)[] | undefined {
  const out: (string | number)[] = [];
  const step = /\.?(?:\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]|([^.[\]'"]+))/y;
  step.lastIndex = path.startsWith('$') ? 1 : 0;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (!found) return undefined;
    const name = found[1] ?? found[2] ?? found[4];
    out.push(name ?? Number(found[3]));
  }
  return out;
}

/** The value at a path as text; empty where the path leads nowhere or is none. */
function extractJson(args: readonly SqlArg[], c: SqlContext): string {
  const [path, text] = [args[0]!, args[1]!];
  const fixed = constant(path);
  if (typeof fixed !== 'string') return `JSON_VALUE(${text.sql}, ${path.sql})`;
  const steps = pathSteps(fixed.trim());
  if (!steps) return "''";
  const keys = steps.map((s) => `, ${typeof s === 'number' ? s + 1 : c.param(s)}`).join('');
  const raw = c.once(`JSONExtractRaw(${text.sql}${keys})`);
  return `multiIf(startsWith(${raw}, '"'), JSONExtractString(${raw}), ${raw} = 'null', '', ${raw})`;
}

function mergeBags(args: readonly SqlArg[], c: SqlContext): string {
  const all = c.once(`arrayConcat(${args.map((a) => `JSONExtractKeysAndValuesRaw(${a.sql})`).join(', ')})`);
  return `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), arrayFilter((p, i) -> i = 1, ${all}, arrayEnumerateUniq(arrayMap(p -> p.1, ${all})))), ','), '}')`;
}

function elementAt(args: readonly SqlArg[], c: SqlContext): string {
  const [x, key] = [c.once(args[0]!.sql), args[1]!];
  if (key.type === 'dynamic') return `JSONExtractRaw(${x}, JSONExtractString(${key.sql}))`;
  if (stringLike(key.type)) return `if(${isBag(x)}, JSONExtractRaw(${x}, ${key.sql}), '')`;
  const i = c.once(`ifNull(toInt64(${key.sql}), 9223372036854775806)`);
  const found = c.once(`if(${isArray(x)}, JSONExtractArrayRaw(${x})[if(${i} < 0, ${i}, ${i} + 1)], '')`);
  return `if(${found} = 'null', '', ${found})`;
}

function rangeArray(args: readonly SqlArg[], c: SqlContext): string {
  const [from, to] = [args[0]!, args[1]!];
  const type = from.type;
  const raw = (a: SqlArg) => (type === 'datetime' ? `reinterpretAsInt64(${a.sql})` : a.sql);
  const step = c.once(args[2] ? raw(args[2]) : type === 'datetime' || type === 'timespan' ? '36000000000' : '1');
  const count = `toUInt64(greatest(ifNull(floor((${raw(to)} - ${raw(from)}) / ${step}) + 1, 0), 0))`;
  const value = `${raw(from)} + i * ${step}`;
  const typed =
    type === 'datetime'
      ? `reinterpret(toInt64(${value}), 'DateTime64(7,\\'UTC\\')')`
      : type === 'real'
        ? `toFloat64(${value})`
        : `toInt64(${value})`;
  return array(`arrayMap(i -> ${toJson(typed, type, { once: (s) => s })}, range(least(${count}, 1048576)))`);
}
