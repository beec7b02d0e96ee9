import type { BoundSchema } from '../bind/schema.ts';
import { bare, child, kindOf, list, members, must, nameOf, textOf } from '../bind/syntax.ts';
import type { KFunctionSymbol, KNode } from '../kusto-api.ts';

/** How Microsoft's library says a function names its result. */
const PREFIX_AND_FIRST = new Set([1, 3]);
const PREFIX_ONLY = new Set([4, 6]);
const FIRST_ARGUMENT = new Set([5, 7, 8]);

/** The name an unnamed expression gives its column; undefined for `Column1`, `print_0` and the like. */
export function resultName(node: KNode, schema: BoundSchema, aggregates = false): string | undefined {
  const n = bare(node);
  switch (kindOf(n)) {
    case 'NameReference':
      return nameOf(n);
    case 'PathExpression': {
      const left = must(n, 'Expression');
      if (kindOf(left) === 'NameReference' && /^\$(left|right)$/.test(nameOf(left))) return nameOf(must(n, 'Selector'));
      return join(resultName(left, schema), selectorName(must(n, 'Selector')));
    }
    case 'ElementExpression':
      return join(resultName(must(n, 'Expression'), schema), selectorName(must(n, 'Selector')));
    // An argument that is given by name: `bin(Slot = Timestamp, 5m)` is a column `Slot`.
    case 'SimpleNamedExpression':
      return nameOf(must(n, 'Name'));
    case 'FunctionCallExpression':
      return functionName(n, schema, aggregates);
    default:
      return undefined;
  }
}

function join(left: string | undefined, right: string | undefined): string | undefined {
  if (right === undefined) return undefined;
  return left === undefined ? undefined : `${left}_${right}`;
}

function selectorName(node: KNode): string | undefined {
  const n = kindOf(node) === 'BracketedExpression' ? must(node, 'Expression') : node;
  if (kindOf(n) === 'NameReference') return nameOf(n);
  if (kindOf(n) === 'BracketedName') return textOf(n).replace(/^\[\s*["']|["']\s*\]$/g, '');
  if (kindOf(n) === 'StringLiteralExpression') return String(n.LiteralValue).replace(/[^A-Za-z0-9_]/g, '_');
  if (kindOf(n) === 'LongLiteralExpression') return textOf(n);
  return undefined;
}

function functionName(n: KNode, schema: BoundSchema, aggregates: boolean): string | undefined {
  const name = nameOf(must(n, 'Name'));
  const args = list(must(n, 'ArgumentList'), 'Expressions');
  const g = schema.globals;
  const symbol: KFunctionSymbol | null = aggregates
    ? (g.GetAggregate(name) ?? g.GetFunction(name))
    : g.GetFunction(name);
  if (!symbol) return undefined;
  const first = args[0] ? resultName(args[0], schema, aggregates) : undefined;
  const prefix = symbol.ResultNamePrefix || symbol.Name;
  if (PREFIX_AND_FIRST.has(symbol.ResultNameKind)) return `${prefix}_${first ?? ''}`;
  if (PREFIX_ONLY.has(symbol.ResultNameKind)) return prefix;
  if (FIRST_ARGUMENT.has(symbol.ResultNameKind)) return first;
  if (symbol.ResultNameKind === 0 && aggregates && g.GetAggregate(name)) return `${prefix}_${first ?? ''}`;
  return undefined;
}

export { child, members };
