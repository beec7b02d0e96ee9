/**
 * Reads of every table with only the columns that the text names. A text that ends a `union *` in a `summarize` never sees
 * the thousands of other columns: they need not be planned, mapped into the union and thrown away again.
 */
import { child, children, kindOf, list, textOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';

/** Operators that hand on columns without looking at those they do not name. */
const HANDS_ON: ReadonlySet<string> = new Set([
  'FilterOperator',
  'ExtendOperator',
  'TakeOperator',
  'SortOperator',
  'TopOperator',
  'SerializeOperator',
  'ProjectRenameOperator',
]);

/** Operators whose result has the columns they name and no others. */
const FIXES: ReadonlySet<string> = new Set([
  'ProjectOperator',
  'SummarizeOperator',
  'DistinctOperator',
  'CountOperator',
  'MakeSeriesOperator',
  'TopNestedOperator',
]);

/** Functions that read every column of a row, or one whose name is computed. */
const WHOLE_ROW = /\b(pack_all|column_?ifexists)\b/;

function hasStar(node: KNode): boolean {
  return kindOf(node) === 'StarExpression' || children(node).some(hasStar);
}

const looksAtAll = (operator: KNode): boolean => WHOLE_ROW.test(textOf(operator)) || hasStar(operator);

/** A condition of `search` or `find` that looks for a word in any column. */
function hasWord(condition: KNode): boolean {
  const kind = kindOf(condition);
  if (kind === 'StringLiteralExpression' || kind === 'CompoundStringLiteralExpression') return true;
  if (/^(And|Or)Expression$|^Parenthesized/.test(kind)) return children(condition).some(hasWord);
  if (kind === 'SearchExpression') return kindOf(child(condition, 'Left')!) === 'StarExpression';
  if (kind === 'FunctionCallExpression') {
    const args = child(condition, 'ArgumentList');
    return args !== undefined && list(args, 'Expressions').some(hasWord);
  }
  return kind !== 'StarExpression' && hasStar(condition);
}

/** True when the result of a `union`, `search` or `find` over every table depends on columns that the text names only. */
export function readsNamedColumns(source: KNode): boolean {
  const kind = kindOf(source);
  const condition = child(source, 'Condition');
  if (condition && (hasWord(condition) || WHOLE_ROW.test(textOf(condition)))) return false;
  if (kind === 'FindOperator') {
    const clause = child(source, 'Project');
    const columns = clause ? list(clause, 'Columns') : [];
    if (!clause || textOf(clause).startsWith('project-smart')) return false;
    return columns.every((c) => kindOf(c) !== 'PackExpression') && !hasStar(clause);
  }
  let below = source;
  for (let n = source.Parent; n; n = n.Parent) {
    if (kindOf(n) === 'PipeExpression') {
      const operator = child(n, 'Operator')!;
      if (operator !== below) {
        const fixes = FIXES.has(kindOf(operator));
        if (!fixes && !HANDS_ON.has(kindOf(operator))) return false;
        if (looksAtAll(operator)) return false;
        if (fixes) return true;
      }
    } else if (kindOf(n) !== 'ParenthesizedExpression') return false;
    below = n;
  }
  return false;
}
