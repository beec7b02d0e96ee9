/** The plan as an indented tree that a person can read. */

type Node = { readonly op: string; readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).op === 'string';

/** Relations have columns; expressions have a type. */
const isRel = (value: unknown): boolean => isNode(value) && Array.isArray(value.columns);

/** Longest list of a node that is written out; a long table of constants says how long it is. */
const MOST_ROWS = 20;
const MOST_ENTRIES = 8;

const WORDS: ReadonlySet<string> = new Set(['and', 'or', '==', '!=', '<', '>', '<=', '>=', '+', '-', '*', '/', '%']);

function literal(value: unknown, type: unknown): string {
  if (value === null) return `${String(type)}(null)`;
  if (type === 'string') return JSON.stringify(value);
  return type === 'long' || type === 'int' || type === 'bool' ? String(value) : `${String(type)}(${String(value)})`;
}

function args(list: unknown): string {
  return Array.isArray(list) ? list.map(expression).join(', ') : '';
}

function expression(value: unknown): string {
  if (!isNode(value)) return plain(value);
  if (isRel(value)) return `(${value.op} …)`;
  switch (value.op) {
    case 'column':
      return String(value.id);
    case 'literal':
      return literal(value.value, value.type);
    case 'path':
      return `${expression(value.of)}${(value.path as readonly (string | number)[])
        .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
        .join('')}`;
    case 'call': {
      const list = value.args as readonly unknown[];
      if (WORDS.has(String(value.fn)) && list.length === 2)
        return `(${expression(list[0])} ${String(value.fn)} ${expression(list[1])})`;
      return `${String(value.fn)}(${args(list)})`;
    }
    case 'aggregate':
      return `${String(value.fn)}(${args(value.args)})${value.condition ? ` if ${expression(value.condition)}` : ''}`;
    case 'window':
      return `${String(value.fn)}(${args(value.args)})${value.by ? ` by ${args(value.by)}` : ''}`;
    default: {
      const rest = Object.entries(value).filter(([key]) => key !== 'op' && key !== 'type');
      return `${value.op}(${rest.map(([, part]) => expression(part)).join(', ')})`;
    }
  }
}

/** Anything else of a node: short and on one line. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(expression).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const { id, name, type, expr, ...rest } = value as Record<string, unknown>;
    if (isNode(expr)) {
      const order = 'descending' in rest ? (rest.descending ? ' desc' : ' asc') : '';
      return id === undefined ? `${expression(expr)}${order}` : `${String(id)} = ${expression(expr)}`;
    }
    if (typeof id === 'string' && typeof type === 'string' && name !== undefined) return `${id}:${type}`;
    const entries = Object.entries(value);
    if (entries.length > MOST_ENTRIES) return `${entries.length} entries`;
    return `{${entries.map(([key, part]) => `${key}: ${expression(part)}`).join(', ')}}`;
  }
  return typeof value === 'string' ? value : String(value);
}

/** Relations inside a value, in order: `input`, `left` and `right`, members of unions, subqueries of expressions. */
function inputs(value: unknown, out: Node[]): void {
  if (Array.isArray(value)) for (const one of value) inputs(one, out);
  else if (isRel(value)) out.push(value as Node);
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) inputs(one, out);
}

function line(node: Node): string {
  if (node.op === 'read') {
    const count = Array.isArray(node.columns) ? node.columns.length : 0;
    return `read ${String(node.table)} (${count} columns in reach)`;
  }
  const parts: string[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === 'op' || key === 'columns' || key === 'outputs' || isRel(value)) continue;
    if (Array.isArray(value) && value.some(isRel)) continue;
    if (Array.isArray(value) && value.length > MOST_ROWS) parts.push(`${key}: ${value.length} entries`);
    else if (key === 'items' || key === 'condition') parts.push(Array.isArray(value) ? args(value) : expression(value));
    else if (!(typeof value === 'object' && value !== null && Object.keys(value).length === 0))
      parts.push(`${key}: ${Array.isArray(value) ? args(value) : expression(value)}`);
  }
  return `${node.op}${parts.length ? ` ${parts.join('; ')}` : ''}`;
}

function lines(node: Node, depth: number, shown: Set<unknown>, out: string[]): void {
  out.push(`${'  '.repeat(depth)}${line(node)}`);
  if (node.op === 'shared') {
    if (shown.has(node.name)) return;
    shown.add(node.name);
  }
  const below: Node[] = [];
  for (const [key, value] of Object.entries(node)) if (key !== 'columns') inputs(value, below);
  for (const one of below) lines(one, depth + 1, shown, out);
}

/**
 * The plan, one relation on a line, what it reads indented below it. Columns are written by their ids, which are unique
 * in the plan; a relation that is computed once is written out where it is first read.
 */
export function printPlan(plan: unknown): string {
  const out: string[] = [];
  if (isNode(plan)) lines(plan, 0, new Set(), out);
  return out.join('\n');
}
