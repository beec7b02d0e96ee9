import type { KqlType } from '@parapet/schema/wire';
import { bracketStep, type KqlToken, tokenize } from '../kusto-editor/lexer.ts';

/** Operators after which the same columns are in scope: a filter may go before them, and then sees every row. */
const COLUMN_PRESERVING = new Set(['take', 'limit', 'sort', 'order', 'top', 'render', 'serialize', 'sample']);

const BARE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Words that must be quoted to be read as a column. */
const RESERVED = new Set(
  'and or not by in has contains where extend project summarize join union let on asc desc true false null between kind'.split(
    ' ',
  ),
);

/** A KQL string literal. Control characters are escaped, so the literal always stays on one line. */
export function stringLiteral(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being escaped
    .replace(/[\u0000-\u001f\u007f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

/** A column name as KQL reads it: bare where possible, else `['…']`. */
export function columnName(name: string): string {
  if (BARE_NAME.test(name) && !RESERVED.has(name.toLowerCase())) return name;
  return `['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`;
}

/** One step into a dynamic value. */
export type JsonPath = readonly (string | number)[];

/** `Column.key["odd key"][0]` */
export function dynamicPath(column: string, path: JsonPath): string {
  let text = columnName(column);
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += BARE_NAME.test(step) ? `.${step}` : `[${stringLiteral(step)}]`;
  }
  return text;
}

export type FilterOperator = 'eq' | 'ne' | 'contains' | 'notContains' | 'startsWith' | 'endsWith';

const STRING_OPERATORS: Readonly<Record<FilterOperator, string>> = {
  eq: '==',
  ne: '!=',
  contains: 'contains',
  notContains: '!contains',
  startsWith: 'startswith',
  endsWith: 'endswith',
};

function literal(type: KqlType, value: unknown): string {
  const text = String(value);
  switch (type) {
    case 'int':
      return /^-?\d+$/.test(text) ? text : `int(${text})`;
    case 'long':
      return /^-?\d+$/.test(text) ? text : `long(${text})`;
    case 'real':
      return `real(${text})`;
    case 'decimal':
      return `decimal(${text})`;
    case 'bool':
      return value === true || text === 'true' || text === '1' ? 'true' : 'false';
    case 'datetime':
      return `datetime(${text})`;
    case 'timespan':
      return `time(${text})`;
    case 'guid':
      return `guid(${text})`;
    default:
      return stringLiteral(text);
  }
}

/**
 * The condition that keeps (or drops) rows with this value.
 * @param path steps into the value when the column is dynamic; empty for the whole cell
 */
export function condition(
  column: { readonly name: string; readonly type: KqlType },
  operator: FilterOperator,
  value: unknown,
  path: JsonPath = [],
): string {
  const inside = column.type === 'dynamic';
  const target = inside ? `tostring(${dynamicPath(column.name, path)})` : columnName(column.name);
  const empty = value === null || value === undefined || value === '';
  if (empty) return operator === 'eq' ? `isempty(${target})` : `isnotempty(${target})`;
  if (inside) {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return `${target} ${STRING_OPERATORS[operator]} ${stringLiteral(text)}`;
  }
  if (column.type === 'string') return `${target} ${STRING_OPERATORS[operator]} ${stringLiteral(String(value))}`;
  if (operator === 'eq' || operator === 'ne')
    return `${target} ${STRING_OPERATORS[operator]} ${literal(column.type, value)}`;
  return `tostring(${target}) ${STRING_OPERATORS[operator]} ${stringLiteral(String(value))}`;
}

interface Pipe {
  readonly start: number;
  readonly operator: string;
}

/** Top-level pipes of the last statement, and where its text ends. */
function lastStatement(text: string): { pipes: Pipe[]; end: number; separator: boolean } {
  let depth = 0;
  let pipes: Pipe[] = [];
  let end = 0;
  let closed: { pipes: Pipe[]; end: number } | undefined;
  let pending: KqlToken | undefined;
  for (const token of tokenize(text)) {
    if (token.kind === 'space' || token.kind === 'comment') continue;
    depth = Math.max(0, depth + bracketStep(token));
    if (depth === 0 && token.text === ';') {
      closed = { pipes, end };
      pipes = [];
      continue;
    }
    closed = undefined;
    if (pending) pipes.push({ start: pending.start, operator: token.text.toLowerCase() });
    pending = depth === 0 && token.text === '|' ? token : undefined;
    end = token.end;
  }
  return closed ? { ...closed, separator: true } : { pipes, end, separator: false };
}

/**
 * Add an operator such as `where Col == "x"` to a query. It goes before a trailing `take`, `sort`, `top` or `render`,
 * which keep the columns, so that the filter works on all rows and the picture stays; else to the end.
 * @param text one query (`let` statements allowed)
 * @param operator without its pipe
 */
export function addOperator(text: string, operator: string): string {
  const { pipes, end } = lastStatement(text);
  let position = end;
  for (let index = pipes.length - 1; index >= 0; index -= 1) {
    const pipe = pipes[index]!;
    if (!COLUMN_PRESERVING.has(pipe.operator)) break;
    position = pipe.start;
  }
  const before = text.slice(0, position).replace(/[^\S\n]*\n?[^\S\n]*$/, '');
  // A comment line before the tail must not swallow the pipe: it always starts on its own line.
  const after = text.slice(position);
  return `${before}\n| ${operator}${position < end ? `\n${after}` : after}`;
}

/** Add a filter to a query; see `addOperator`. */
export function addWhere(text: string, clause: string): string {
  return addOperator(text, `where ${clause}`);
}

/** Add the value at a path of a dynamic column as a column of its own. */
export function extendPath(text: string, column: string, path: JsonPath): string {
  const last = [...path].reverse().find((step) => typeof step === 'string');
  const name = `${column}_${String(last ?? path.at(-1) ?? 'value').replace(/[^A-Za-z0-9_]+/g, '_')}`;
  return addOperator(text, `extend ${columnName(name)} = tostring(${dynamicPath(column, path)})`);
}
