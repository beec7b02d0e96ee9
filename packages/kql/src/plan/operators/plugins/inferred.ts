/** Names that a text uses as columns although nothing before declares them. */
import { children, kindOf, nameOf } from '../../../bind/syntax.ts';
import type { KNode } from '../../../kusto-api.ts';

/**
 * Columns that the text after a plugin reads and that only its data could have made. While there is no data, these are the
 * columns it is expected to make.
 * @param call the plugin's call
 */
export function inferredColumns(call: KNode): string[] {
  let root = call;
  while (root.Parent) root = root.Parent;
  const read: KNode[] = [];
  /** Where the first declaration of a name is complete; reads before that mean something else. */
  const declared = new Map<string, number>();
  const walk = (n: KNode): void => {
    const kind = kindOf(n);
    if (kind === 'NameDeclaration') {
      const name = nameOf(n);
      const end = n.Parent?.End ?? n.End;
      declared.set(name, Math.min(declared.get(name) ?? end, end));
    }
    const selector = n.Parent && kindOf(n.Parent) === 'PathExpression' && children(n.Parent).indexOf(n) > 0;
    const unknown = kind === 'NameReference' && n.ResultType?.Name === 'unknown';
    if (unknown && n.TextStart >= call.End && !selector) read.push(n);
    for (const c of children(n)) walk(c);
  };
  walk(root);
  const free = read.filter((n) => (declared.get(nameOf(n)) ?? Number.POSITIVE_INFINITY) > n.TextStart);
  return [...new Set(free.map(nameOf))];
}
