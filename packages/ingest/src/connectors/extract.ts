import type { KqlColumn } from '@parapet/kql';
import { quoteIdentifier, quoteString } from '@parapet/store';

/**
 * Text properties of a JSON column, read together. A transform says `tostring(D.Image)` forty times; left alone, each
 * would be its own search through the document and the statement would grow with them. Here all paths of one column
 * become one typed tuple, extracted once a record, and each `tostring(…)` a plain column.
 *
 * A path that goes on below one that is read as well (`actor` and `actor.name`) cannot be in the same tuple. Such paths
 * make a second tuple, which is extracted only from records where one of those above is an object; paths with a position
 * (`records[0].category`) are looked up where what stands before the position is an array.
 */
export interface Extraction {
  /** Columns that stand for the paths. */
  readonly columns: readonly KqlColumn[];
  /** Rows with what the columns read. */
  extract(rows: string): string;
  /** Replace the paths in a text, keeping its length so that error positions stay true. */
  rewrite(text: string): string;
}

type Path = readonly (string | number)[];

interface Node {
  readonly children: Map<string, Node>;
}

/** More levels than this are left to the compiler. */
const MAX_LEVELS = 4;

/**
 * Plan the extraction of every `tostring(<base>.<path>)` in some texts.
 * @param base column of the documents
 * @param tuple name of the tuple column
 * @param document SQL of the documents when it is not the column
 */
export function planExtraction(
  texts: readonly string[],
  base: string,
  tuple: string,
  document: string = quoteIdentifier(base),
): Extraction | null {
  const pattern = new RegExp(
    `\\btostring\\(${base}((?:\\.[A-Za-z_]\\w*|\\["[^"\\\\]+"\\])(?:\\.[A-Za-z_]\\w*|\\["[^"\\\\]+"\\]|\\[\\d{1,4}\\])*)\\)`,
    'g',
  );
  const found = new Map<string, Path>();
  for (const text of texts)
    for (const match of text.matchAll(pattern)) found.set(match[1] ?? '', pathOf(match[1] ?? ''));
  if (found.size === 0) return null;

  /** Paths without positions; what stands before a position is one of them. */
  const plain = new Map<string, readonly string[]>();
  for (const path of found.values()) {
    const head = headOf(path);
    plain.set(keyOf(head), head);
  }
  const levelOf = (path: readonly string[]): number => prefixesOf(path, plain).length;
  const levels: Node[] = [];
  const sqlOf = new Map<string, string>();
  /** Condition under which the tuple of a level has anything. */
  const above: Set<string>[] = [];
  for (const [key, path] of plain) {
    const level = levelOf(path);
    if (level >= MAX_LEVELS) continue;
    while (levels.length <= level) {
      levels.push({ children: new Map() });
      above.push(new Set());
    }
    let node = levels[level] as Node;
    let sql = quoteIdentifier(levelName(tuple, level));
    for (const part of path) {
      let next = node.children.get(part);
      if (!next) {
        next = { children: new Map() };
        node.children.set(part, next);
      }
      // By position: names with dots in them would be taken for paths.
      sql = `tupleElement(${sql}, ${[...node.children.keys()].indexOf(part) + 1})`;
      node = next;
    }
    sqlOf.set(key, sql);
    const parent = prefixesOf(path, plain).at(-1);
    if (parent !== undefined) above[level]?.add(parent);
  }

  const names = new Map<string, string>();
  const columns: KqlColumn[] = [];
  for (const [text, path] of found) {
    const head = sqlOf.get(keyOf(headOf(path)));
    if (head === undefined) continue;
    const name = `${tuple}${columns.length}`;
    const keys = path.map((part) => (typeof part === 'number' ? String(part + 1) : quoteString(part))).join(', ');
    const sql = path.some((part) => typeof part === 'number')
      ? `if(startsWith(${head}, '['), JSONExtract(${document}, ${keys}, 'String'), '')`
      : head;
    names.set(text, name);
    columns.push({ name, type: 'string', sql, hidden: true });
  }
  return {
    columns,
    extract: (rows) =>
      levels.reduce((inner, node, level) => {
        const type = quoteString(tupleType(node));
        const any = [...(above[level] ?? [])].map((key) => `startsWith(${sqlOf.get(key)}, '{')`).join(' OR ');
        const value = `JSONExtract(${document}, ${type})`;
        const lazy = level === 0 ? value : `if(${any}, ${value}, defaultValueOfTypeName(${type}))`;
        return `(SELECT *, ${lazy} AS ${levelName(tuple, level)} FROM ${inner})`;
      }, rows),
    rewrite: (text) =>
      text.replace(pattern, (all, key: string) => {
        const name = names.get(key);
        return name === undefined ? all : name.padEnd(all.length);
      }),
  };
}

const keyOf = (path: readonly string[]): string => path.join('\u0000');
const levelName = (tuple: string, level: number): string => (level === 0 ? tuple : `${tuple}_${level}`);

/** The names of a path before its first position. */
function headOf(path: Path): string[] {
  const head: string[] = [];
  for (const part of path) {
    if (typeof part === 'number') break;
    head.push(part);
  }
  return head;
}

/** Keys of the known paths that are a beginning of this one, shortest first. */
function prefixesOf(path: readonly string[], known: ReadonlyMap<string, unknown>): string[] {
  const prefixes: string[] = [];
  for (let end = 1; end < path.length; end++) {
    const key = keyOf(path.slice(0, end));
    if (known.has(key)) prefixes.push(key);
  }
  return prefixes;
}

function pathOf(text: string): Path {
  return [...text.matchAll(/\.([A-Za-z_]\w*)|\["([^"]+)"\]|\[(\d+)\]/g)].map((match) =>
    match[3] === undefined ? (match[1] ?? match[2] ?? '') : Number(match[3]),
  );
}

function tupleType(node: Node): string {
  if (node.children.size === 0) return 'String';
  return `Tuple(${[...node.children].map(([key, child]) => `${quoteIdentifier(key)} ${tupleType(child)}`).join(', ')})`;
}
