/**
 * Findings of the library that our own rules decide: published queries rely on what the library refuses, and the planner
 * has an answer or a better message.
 */
import type { KDiagnostic, KNode } from '../kusto-api.ts';
import { items } from '../kusto-api.ts';
import type { BoundText } from './bind.ts';
import type { BoundSchema } from './schema.ts';
import { child, kindOf, nameOf } from './syntax.ts';

const TYPE_SUFFIX = /_(string|int|long|real|bool|datetime|dynamic|guid|timespan|decimal)$/;

const hiddenNames = new WeakMap<BoundSchema, ReadonlySet<string>>();
const dynamicNames = new WeakMap<BoundSchema, ReadonlySet<string>>();

/** Names that resolve without being shown: retired ones and twins. */
function hiddenIn(schema: BoundSchema): ReadonlySet<string> {
  const known = hiddenNames.get(schema);
  if (known) return known;
  const names = new Set(Object.keys(schema.schema.columnAliases ?? {}));
  for (const t of schema.schema.tables) for (const c of t.columns) if (c.hidden) names.add(c.name);
  hiddenNames.set(schema, names);
  return names;
}

/** The argument of a function that reads JSON: a value that is parsed already stays what it is. */
function readAsJson(node: KNode): boolean {
  for (let n = node.Parent; n; n = n.Parent) {
    if (kindOf(n) === 'FunctionCallExpression')
      return /^(todynamic|parse_json|parsejson|toobject)$/.test(nameOf(child(n, 'Name')!));
    if (kindOf(n) === 'PipeExpression') return false;
  }
  return false;
}

/** Stored columns that hold JSON. */
function dynamicIn(schema: BoundSchema): ReadonlySet<string> {
  const known = dynamicNames.get(schema);
  if (known) return known;
  const names = new Set(
    schema.schema.tables.flatMap((t) => t.columns.filter((c) => c.type === 'dynamic').map((c) => c.name)),
  );
  dynamicNames.set(schema, names);
  return names;
}

const typeOf = (node: KNode | null | undefined): string => node?.ResultType?.Name ?? '';

/** `Text.property`: text columns that hold JSON need no parse function before a property. */
function propertyOfText(node: KNode): boolean {
  const path = node.Parent;
  if (!path || kindOf(path) !== 'PathExpression' || child(path, 'Selector') !== node) return false;
  const left = child(path, 'Expression');
  return left !== undefined && kindOf(left) === 'NameReference' && typeOf(left) === 'string';
}

/** A name that a union split by type, as `Name_string` and `Name_long`. */
function splitByType(name: string, node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) !== 'PipeExpression') continue;
    const columns = items(child(n, 'Expression')?.ResultType?.Columns);
    if (columns.some((c) => c.Name.startsWith(`${name}_`) && c.Name.replace(TYPE_SUFFIX, '') === name)) return true;
  }
  return false;
}

/** A place inside a parameter such as `hint.strategy=…`: hints steer the reference engine only. */
function insideHint(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'NamedParameter') return /^hint\./.test(nameOf(child(n, 'Name')!));
    if (kindOf(n).endsWith('Operator')) return false;
  }
  return false;
}

function insideCrossJoin(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'JoinOperator') return /^\s*join\s+(hint\.\S+\s+)*kind\s*=\s*cross\b/.test(n.ToString(1));
    if (kindOf(n) === 'PipeExpression') return false;
  }
  return false;
}

/** `summarize … by Column` and `distinct Column` over stored JSON. */
function groupsByStored(name: string, node: KNode, schema: BoundSchema): boolean {
  if (kindOf(node) !== 'NameReference' || !dynamicIn(schema).has(name)) return false;
  for (let n: KNode | null = node.Parent; n; n = n.Parent) {
    const kind = kindOf(n);
    if (kind === 'SummarizeByClause' || kind === 'DistinctOperator') return true;
    if (kind === 'FunctionCallExpression' || kind.endsWith('Operator')) return false;
  }
  return false;
}

/** One side of `=~` and its kin is a constant number or truth value. */
function textTestOfConstant(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    const kind = kindOf(n);
    if (/^(EqualTilde|BangTilde)Expression$/.test(kind))
      return [child(n, 'Left'), child(n, 'Right')].some(
        (s) => s !== undefined && /^(Boolean|Long|Int|Real)Literal/.test(kindOf(s)),
      );
    if (kind === 'FunctionCallExpression' || kind.endsWith('Operator')) return false;
  }
  return false;
}

/** The largest node of the same place: a name rather than its token. */
function whole(node: KNode): KNode {
  let n = node;
  while (n.Parent && n.Parent.Width === n.Width && n.Parent.TextStart === n.TextStart && kindOf(n) !== 'NameReference')
    n = n.Parent;
  return n;
}

/** True when the planner is to decide what the library found wrong. */
export function decidedByPlanner(d: KDiagnostic, leaf: KNode, bound: BoundText, schema: BoundSchema): boolean {
  const node = whole(leaf);
  const name = bound.text.slice(d.Start, d.Start + d.Length).replace(/^\['?|'?\]$/g, '');
  switch (d.Code) {
    case 'KS250':
      // Lines that start with `#` speak to a client; here they are comments.
      return true;
    case 'KS142':
      return propertyOfText(node) || splitByType(name, node);
    case 'KS116':
      return groupsByStored(name, node, schema);
    case 'KS171':
      return hiddenIn(schema).has(name);
    case 'KS005':
      return insideHint(node) || insideCrossJoin(node);
    case 'KS006':
      return insideCrossJoin(node);
    case 'KS107':
      return /type string expected/.test(d.Message) && (typeOf(node).startsWith('dynamic') || readAsJson(node));
    case 'KS106':
      return textTestOfConstant(node);
    case 'KS183':
      return /^\$(left|right)\b/.test(name.trim());
    default:
      return false;
  }
}
