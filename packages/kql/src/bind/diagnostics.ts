import { aggregateNames } from '../aggregates/registry.ts';
import { scalarFunctionNames } from '../functions/registry.ts';
import type { KDiagnostic, KNode } from '../kusto-api.ts';
import { items, type KType } from '../kusto-api.ts';
import type { KqlDiagnostic } from '../types.ts';
import { decidedByPlanner } from './accepted.ts';
import { type BoundText, located } from './bind.ts';
import { nearest } from './nearest.ts';
import type { BoundSchema } from './schema.ts';
import { child, children, kindOf, nameOf, parameters } from './syntax.ts';

/** Codes of findings that our own rules decide instead: types of dynamic values, functions we know and the library does not. */
const OURS: ReadonlySet<string> = new Set(['KS234', 'KS147', 'KS208']);

/** Inside `count(x)`, an old spelling that counts rows, the library wants a truth value. */
function insideCount(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'FunctionCallExpression') return nameOf(child(n, 'Name')!) === 'count';
  }
  return false;
}

/** What plugins take is checked by the planner: the library does not know all of them, nor all of their argument types. */
const PLUGIN_CODES: ReadonlySet<string> = new Set([
  'KS105',
  'KS107',
  'KS108',
  'KS119',
  'KS124',
  'KS129',
  'KS138',
  'KS141',
]);

/** An argument of the plugin of an `evaluate`, or its name. */
function pluginArgument(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'FunctionCallExpression') return n.Parent !== null && kindOf(n.Parent) === 'EvaluateOperator';
  }
  return false;
}

/** Inside `not(…)` of search and find, where words are conditions but the library wants truth values. */
function searchWord(node: KNode): boolean {
  let negated = false;
  for (let n: KNode | null = node; n; n = n.Parent) {
    const kind = kindOf(n);
    if (kind === 'FunctionCallExpression') {
      if (nameOf(child(n, 'Name')!) !== 'not') return false;
      negated = true;
    } else if (kind === 'SearchOperator' || kind === 'FindOperator') return negated;
    else if (kind === 'PipeExpression') return false;
  }
  return false;
}

/** Seconds of a timespan may have a fraction, which the library does not know. */
function insideTimespan(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'FunctionCallExpression') return /^make_(timespan|datetime)$/.test(nameOf(child(n, 'Name')!));
  }
  return false;
}

/** The smallest node that covers a place. */
function nodeAt(root: KNode, start: number, length: number): KNode {
  let node = root;
  for (;;) {
    const next = children(node).find((c) => c.TextStart <= start && c.End >= start + length && c.Width > 0);
    if (!next || next === node) return node;
    node = next;
  }
}

/** Columns in reach of a place: those of the nearest pipe input. */
function columnsInReach(node: KNode): string[] {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'PipeExpression') {
      const type: KType | null | undefined = child(n, 'Expression')?.ResultType;
      const names = items(type?.Columns).map((c) => c.Name);
      if (names.length) return names;
    }
  }
  return [];
}

function insideFuzzyUnion(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'UnionOperator') return parameters(n).get('isfuzzy')?.value === 'true';
    if (kindOf(n) === 'PipeExpression' || kindOf(n) === 'FunctionCallExpression') return false;
  }
  return false;
}

/** Properties of nodes and edges inside graph operators are the planner's to find. */
function insideGraph(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (/^Graph(Match|ShortestPaths|WhereNodes|WhereEdges)Operator$/.test(kindOf(n))) return true;
    if (kindOf(n) === 'PipeExpression' || kindOf(n).endsWith('Statement')) return false;
  }
  return false;
}

/** Arguments of `invoke` may be columns of the input; the planner knows which functions take them. */
function insideInvoke(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'InvokeOperator') return true;
    if (kindOf(n) === 'PipeExpression') return false;
  }
  return false;
}

function insideSelector(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'BracketedExpression') return true;
    if (kindOf(n) === 'FunctionCallExpression' || kindOf(n) === 'PipeExpression') return false;
  }
  return false;
}

/** JSON text is expanded without a parse function before it. */
function insideExpand(node: KNode): boolean {
  for (let n: KNode | null = node; n; n = n.Parent) {
    if (kindOf(n) === 'MvExpandExpression' || kindOf(n) === 'MvApplyExpression') return true;
    if (kindOf(n) === 'FunctionCallExpression') return false;
  }
  return false;
}

function message(
  d: KDiagnostic,
  bound: BoundText,
  schema: BoundSchema,
): { message: string; suggestion?: string } | undefined {
  const name = bound.text.slice(d.Start, d.Start + d.Length).replace(/^\['?|'?\]$/g, '');
  const node = nodeAt(bound.root, d.Start, d.Length);
  if (d.Code === 'KS142' || d.Code === 'KS204') {
    if (insideFuzzyUnion(node)) return undefined;
    const before = bound.text.slice(0, d.Start).trimEnd();
    const tableFirst =
      d.Code === 'KS204' || before === '' || /;$|union.*,$|\b(in|join|lookup|union)\b[^|]*\($/.test(before);
    const columns = columnsInReach(node);
    const near =
      (tableFirst ? undefined : nearest(name, columns)) ?? nearest(name, schema.tableNames) ?? nearest(name, columns);
    const what = columns.length && !tableFirst ? 'column or variable' : 'table';
    return {
      message: `There is no ${what} named '${name}'.${near ? ` Did you mean '${near}'?` : ''}`,
      ...(near ? { suggestion: near } : {}),
    };
  }
  if (d.Code === 'KS211') {
    const near = nearest(name, [...scalarFunctionNames(), ...aggregateNames()]);
    return {
      message: `There is no function named '${name}'.${near ? ` Did you mean '${near}'?` : ''}`,
      ...(near ? { suggestion: near } : {}),
    };
  }
  if (d.Code === 'KS106' && /'[-+*/%]'/.test(d.Message) && d.Message.includes('string')) {
    return { message: d.Message, suggestion: 'tolong()' };
  }
  return { message: d.Message };
}

/** The library's findings as errors with suggestions; findings that our own rules decide are left out. */
export function bindErrors(bound: BoundText, schema: BoundSchema): KqlDiagnostic[] {
  const out: KqlDiagnostic[] = [];
  for (const d of bound.diagnostics) {
    if (d.Severity !== 'Error' || OURS.has(d.Code)) continue;
    if (d.Code === 'KS141' && /string|dynamic/.test(d.Message) && dynamicAt(bound, d)) continue;
    if (d.Code === 'KS141' && insideExpand(nodeAt(bound.root, d.Start, d.Length))) continue;
    // The library guesses bags and arrays of literals; an index of the wrong kind is simply missing.
    if (d.Code === 'KS141' && insideSelector(nodeAt(bound.root, d.Start, d.Length))) continue;
    if (/^KS10[67]$/.test(d.Code) && searchWord(nodeAt(bound.root, d.Start, d.Length))) continue;
    if (d.Code === 'KS142' && insideInvoke(nodeAt(bound.root, d.Start, d.Length))) continue;
    if (d.Code === 'KS142' && insideGraph(nodeAt(bound.root, d.Start, d.Length))) continue;
    if (PLUGIN_CODES.has(d.Code) && pluginArgument(nodeAt(bound.root, d.Start, d.Length))) continue;
    // Whole constants are longs to the library, also where it wants an int.
    if (d.Code === 'KS107' && d.Message.includes('type int ') && wholeAt(bound, d)) continue;
    if (d.Code === 'KS134' && insideTimespan(nodeAt(bound.root, d.Start, d.Length))) continue;
    if (d.Code === 'KS107' && insideCount(nodeAt(bound.root, d.Start, d.Length))) continue;
    if (decidedByPlanner(d, nodeAt(bound.root, d.Start, d.Length), bound, schema)) continue;
    const m = message(d, bound, schema);
    if (m)
      out.push(located(bound.text, { start: d.Start, length: d.Length }, { code: d.Code, severity: 'error', ...m }));
  }
  return out;
}

function wholeAt(bound: BoundText, d: KDiagnostic): boolean {
  const node = nodeAt(bound.root, d.Start, d.Length);
  return (node.ResultType ?? node.Parent?.ResultType)?.Name === 'long';
}

function dynamicAt(bound: BoundText, d: KDiagnostic): boolean {
  const type = nodeAt(bound.root, d.Start, d.Length).ResultType?.Name ?? '';
  return type === 'dynamic' || type.startsWith('dynamic') || type === 'unknown';
}
