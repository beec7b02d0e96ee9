import type { KqlColumn } from '@parapet/kql';
import { quoteIdentifier } from '@parapet/store';

/**
 * Text properties of a JSON column, read together. A transform says `tostring(D.Image)` forty times; left alone, each
 * would be its own search through the document and the statement would grow with them. Here all paths of one column
 * become one typed tuple, extracted once a record, and each `tostring(…)` a plain column.
 */
export interface Extraction {
  /** ClickHouse type of the tuple. */
  readonly type: string;
  /** Columns that stand for the paths. */
  readonly columns: readonly KqlColumn[];
  /** Replace the paths in a text, keeping its length so that error positions stay true. */
  rewrite(text: string): string;
}

interface Node {
  readonly children: Map<string, Node>;
}

/**
 * Plan the extraction of every `tostring(<base>.<path>)` in some texts. A path that is the beginning of another one
 * keeps its place; the longer one is left to the compiler.
 * @param base column of the documents
 * @param tuple name of the tuple column
 */
export function planExtraction(texts: readonly string[], base: string, tuple: string): Extraction | null {
  const pattern = new RegExp(`\\btostring\\(${base}((?:\\.[A-Za-z_]\\w*|\\["[^"\\\\]+"\\])+)\\)`, 'g');
  const found = new Map<string, readonly string[]>();
  for (const text of texts)
    for (const match of text.matchAll(pattern)) found.set(match[1] ?? '', pathOf(match[1] ?? ''));
  const paths = [...found].filter(
    ([, path]) =>
      ![...found.values()].some((other) => other.length < path.length && other.every((key, i) => key === path[i])),
  );
  if (paths.length === 0) return null;
  const root: Node = { children: new Map() };
  const names = new Map<string, string>();
  const columns: KqlColumn[] = [];
  paths.forEach(([key, path], i) => {
    let node = root;
    for (const part of path) {
      let next = node.children.get(part);
      if (!next) {
        next = { children: new Map() };
        node.children.set(part, next);
      }
      node = next;
    }
    names.set(key, `${tuple}${i}`);
  });
  paths.forEach(([, path], i) => {
    columns.push({ name: `${tuple}${i}`, type: 'string', sql: elementSql(root, path, tuple), hidden: true });
  });
  return {
    type: tupleType(root),
    columns,
    rewrite: (text) =>
      text.replace(pattern, (all, key: string) => {
        const name = names.get(key);
        return name === undefined ? all : name.padEnd(all.length);
      }),
  };
}

/** By position: `id.orig_h` may be a key of its own and one inside `id` at once, and names with dots would mix them up. */
function elementSql(root: Node, path: readonly string[], tuple: string): string {
  let node = root;
  let sql = quoteIdentifier(tuple);
  for (const part of path) {
    sql = `tupleElement(${sql}, ${[...node.children.keys()].indexOf(part) + 1})`;
    node = node.children.get(part) ?? node;
  }
  return sql;
}

function pathOf(text: string): string[] {
  return [...text.matchAll(/\.([A-Za-z_]\w*)|\["([^"]+)"\]/g)].map((match) => match[1] ?? match[2] ?? '');
}

function tupleType(node: Node): string {
  if (node.children.size === 0) return 'String';
  return `Tuple(${[...node.children].map(([key, child]) => `${quoteIdentifier(key)} ${tupleType(child)}`).join(', ')})`;
}
