import type { KNode } from '../kusto-api.ts';
import { kindName } from './library.ts';

/** The kind of a node by name. */
export function kindOf(node: KNode): string {
  return kindName(node.Kind);
}

/** A named child, such as `Expression`, or undefined when the text leaves it out. */
export function child(node: KNode, name: string): KNode | undefined {
  const value = (node as unknown as Record<string, unknown>)[name];
  return value ? (value as KNode) : undefined;
}

/** A named child that the grammar guarantees. */
export function must(node: KNode, name: string): KNode {
  const value = child(node, name);
  if (!value) throw new Error(`${kindOf(node)} has no ${name}`);
  return value;
}

function unwrap(node: KNode): KNode {
  return kindOf(node) === 'SeparatedElement' ? node.GetChild(0)! : node;
}

/** The members of a list node, without separators. */
export function members(node: KNode | undefined): KNode[] {
  if (!node) return [];
  const out: KNode[] = [];
  for (let i = 0; i < node.ChildCount; i++) {
    const c = node.GetChild(i);
    if (c) out.push(unwrap(c));
  }
  return out;
}

/** The members of a named list child. */
export function list(node: KNode, name: string): KNode[] {
  return members(child(node, name));
}

/** All direct children, tokens included. */
export function children(node: KNode): KNode[] {
  const out: KNode[] = [];
  for (let i = 0; i < node.ChildCount; i++) {
    const c = node.GetChild(i);
    if (c) out.push(c);
  }
  return out;
}

/** The declared or referenced name of a name node. */
export function nameOf(node: KNode): string {
  return node.SimpleName ?? textOf(node);
}

/** The text of a node without leading trivia. */
export function textOf(node: KNode): string {
  return node.ToString(1).trim();
}

/** `name=value` parameters of an operator, value as text. */
export function parameters(node: KNode, listName = 'Parameters'): Map<string, { value: string; node: KNode }> {
  const out = new Map<string, { value: string; node: KNode }>();
  for (const p of list(node, listName)) {
    const name = child(p, 'Name');
    const value = child(p, 'Expression');
    if (name && value) out.set(nameOf(name), { value: textOf(value), node: value });
  }
  return out;
}

/** Strips parentheses. */
export function bare(node: KNode): KNode {
  let n = node;
  while (kindOf(n) === 'ParenthesizedExpression') n = must(n, 'Expression');
  return n;
}

/** The tree as indented lines, for `explain(text, options, 'syntax')`. */
export function printSyntax(node: KNode, depth = 0): string {
  const token = node.ChildCount === 0 && node.Text !== undefined;
  const type = node.ResultType?.Name ? ` : ${node.ResultType.Name}` : '';
  const line = `${'  '.repeat(depth)}${kindOf(node)}${token ? ` ${JSON.stringify(node.Text)}` : type}\n`;
  return (
    line +
    children(node)
      .map((c) => printSyntax(c, depth + 1))
      .join('')
  );
}
