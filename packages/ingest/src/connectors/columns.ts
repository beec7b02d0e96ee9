import type { HuntingTable } from '@parapet/schema';
import { insertableColumns, quoteString } from '@parapet/store';

/**
 * Reading table columns by name from a JSON document: for records that are rows of a table already (an export, a
 * streaming API), and for the many columns of a wide table that a source names as the table does.
 */

/** Type suffixes with which a union of tables tells columns of one name and different types apart. */
const UNION_SUFFIX = '_(string|dynamic|long|int|real|bool|datetime|guid)';

/** `IPAddress` to `ipAddress`: how the same property is written inside diagnostic records. */
function camelCase(name: string): string {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z]|$|_|\d)|^[A-Z]/, (head) => head.toLowerCase());
}

/**
 * Spellings of a column in documents that {@link columnsByName} reads, the usual ones.
 * @param loose also as camel case and in small letters
 */
export function spellings(name: string, type: string, loose: boolean): string[] {
  const union = type === 'dynamic' ? ['dynamic', 'string'] : type === 'string' ? ['string', 'dynamic'] : [type];
  const found = [name, ...union.map((suffix) => `${name}_${suffix}`)];
  if (loose) found.push(camelCase(name), name.toLowerCase());
  const bare = loose ? bareName(name) : null;
  if (bare) found.push(bare, camelCase(bare));
  return [...new Set(found)];
}

/** What stands behind a column's name in exports: the type in a union, and the zone of a time in a spreadsheet. */
const KEY_TAIL = `(?:${UNION_SUFFIX})?(?: \\\\[UTC\\\\])?$`;

/**
 * Columns of a table read from a JSON document, as texts that the caller casts. The document becomes one small map of
 * its filled keys: a tuple with a member for each spelling of each column took the engine seconds to plan.
 * @param document SQL of the JSON text
 * @param given columns to leave out
 * @param loose match keys in any case, as records (not rows) of a product write them
 * @param map name of the map: `layer` makes it, `columns` are read from it
 */
export function columnsByName(
  table: HuntingTable,
  document: string,
  given: ReadonlySet<string>,
  loose: boolean,
  map: string,
): { readonly layer: string; readonly columns: ReadonlyMap<string, string> } {
  const columns = new Map<string, string>();
  const read = (key: string): string => `${map}[${quoteString(loose ? key.toLowerCase() : key)}]`;
  for (const name of insertableColumns(table).keys()) {
    if (given.has(name)) continue;
    const bare = loose ? bareName(name) : null;
    columns.set(name, bare ? `if(${read(name)} != '', ${read(name)}, ${read(bare)})` : read(name));
  }
  const plain = `replaceRegexpOne(p.1, '${KEY_TAIL}', '')`;
  const key = loose ? `lower(${plain})` : plain;
  const filled = `arrayFilter(p -> p.2 != '', JSONExtractKeysAndValues(${document}, 'String'))`;
  return { layer: `CAST(arrayMap(p -> (${key}, p.2), ${filled}) AS Map(String, String)) AS ${map}`, columns };
}

/** Open tables (AzureDiagnostics) name a property with a letter for its type behind it. */
function bareName(name: string): string | null {
  return /^(.+)_[sdbtg]$/.exec(name)?.[1] ?? null;
}

/** Names that rows of every table may carry. */
const EVERYWHERE = ['TenantId', 'SourceSystem', 'Type', 'TimeGenerated', 'Timestamp', 'MG', 'ManagementGroupName'];
const WORD = 62;

/**
 * SQL that names the table whose row a document is, told by its keys, else an empty text. An export of one table has
 * exactly its columns; a row of a union has those of several tables, most of them empty, and a query may have added
 * some. So: three of four filled keys must be columns of the table; of the tables with the most, a known action and then
 * the fewest foreign keys decide.
 * @param document SQL of the JSON text
 */
export function inferTable(document: string, tables: readonly HuntingTable[]): string {
  const words = Math.ceil(tables.length / WORD);
  const masks = new Map<string, bigint[]>();
  const actions = new Map<string, bigint[]>();
  const note = (target: Map<string, bigint[]>, name: string, index: number): void => {
    const mask = target.get(name) ?? Array.from({ length: words }, () => 0n);
    const word = Math.floor(index / WORD);
    mask[word] = (mask[word] ?? 0n) | (1n << BigInt(index % WORD));
    target.set(name, mask);
  };
  tables.forEach((table, i) => {
    for (const name of [...EVERYWHERE, ...table.columns.map((column) => column.name)]) note(masks, name, i);
    for (const action of table.actionTypesSeen ?? []) note(actions, action, i);
  });
  const lookup = (value: string, from: ReadonlyMap<string, bigint[]>, word: number): string =>
    `transform(${value}, [${[...from.keys()].map(quoteString).join(',')}], [${[...from.values()].map((mask) => `toUInt64(${mask[word] ?? 0n})`).join(',')}], toUInt64(0))`;
  const pairs = `arrayMap(p -> (replaceRegexpOne(replaceRegexpOne(p.1, ' \\\\[UTC\\\\]$', ''), '${UNION_SUFFIX}$', ''), p.2 NOT IN ('null', '""', '[]', '{}', 'false', '0')), JSONExtractKeysAndValuesRaw(${document}))`;
  const scores = Array.from({ length: words }, (_none, word) => {
    const count = Math.min(WORD, tables.length - word * WORD);
    return `arrayMap(i -> (10000 * arrayCount(k, f -> f AND NOT bitTest(k, i), masks${word}, filled) + if(bitTest(action${word}, i), 0, 300) + arrayCount(k -> NOT bitTest(k, i), masks${word}), i + ${word * WORD}), range(${count}))`;
  });
  const names = `[${tables.map((table) => quoteString(table.name)).join(',')}]`;
  const each = (text: (word: number) => string): string =>
    Array.from({ length: words }, (_none, word) => text(word)).join(', ');
  // Nested lambdas name each value once; the engine computes them once a document.
  const chosen = `arrayMap((${['pairs', 'filled', ...Array.from({ length: words }, (_n, w) => `masks${w}`), ...Array.from({ length: words }, (_n, w) => `action${w}`)].join(', ')}) -> arrayMap(best -> if(arrayCount(f -> f, filled) < 4 OR 4 * intDiv(best.1, 10000) > arrayCount(f -> f, filled), '', ${names}[best.2 + 1]), [arrayMin(arrayConcat(${scores.join(', ')}))])[1], [rows], [arrayMap(p -> p.2, rows)], ${each((w) => `[arrayMap(p -> ${lookup('p.1', masks, w)}, rows)]`)}, ${each((w) => `[${lookup(`JSONExtractString(${document}, 'ActionType')`, actions, w)}]`)})[1]`;
  return `arrayMap(rows -> ${chosen}, [${pairs}])[1]`;
}
