import { bare, child, kindOf, list, must, nameOf, parameters, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { cast, meet } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression, unknownName } from '../expressions.ts';
import type { Column, Expr, JoinKind, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import { freeName, type Scope } from '../scope.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';

const KINDS: Readonly<Record<string, JoinKind>> = {
  inner: 'inner',
  innerunique: 'innerunique',
  leftouter: 'leftouter',
  rightouter: 'rightouter',
  fullouter: 'fullouter',
  leftsemi: 'leftsemi',
  leftanti: 'leftanti',
  anti: 'leftanti',
  leftantisemi: 'leftanti',
  rightsemi: 'rightsemi',
  rightanti: 'rightanti',
  rightantisemi: 'rightanti',
};

interface Pair {
  readonly left: Expr;
  readonly right: Expr;
  /** Same name on both sides: `on Key`. */
  readonly shared?: string;
}

function pairs(nodes: readonly KNode[], left: Rel, right: Rel, scope: Scope, planner: Planner): Pair[] {
  const both: Scope = { env: scope.env, left: left.columns, right: right.columns, leftRel: left, rightRel: right };
  return nodes.flatMap((node): Pair[] => {
    const n = bare(node);
    if (kindOf(n) === 'NameReference') {
      const name = nameOf(n);
      const at = (rel: Rel) =>
        rel.columns.find((c) => c.name === name) ??
        planner.legacyColumn(name, rel.columns) ??
        planner.open.column(name, { env: scope.env, rel });
      const [l, r] = [at(left), at(right)];
      if (!l) throw unknownName(n, name, { env: scope.env, columns: left.columns });
      if (!r) throw unknownName(n, name, { env: scope.env, columns: right.columns });
      return [aligned(n, col(l), col(r), name)];
    }
    if (kindOf(n) === 'AndExpression') return pairs([must(n, 'Left'), must(n, 'Right')], left, right, scope, planner);
    if (kindOf(n) === 'EqualExpression') {
      const [a, b] = [must(n, 'Left'), must(n, 'Right')];
      const first = planExpression(a, both, planner);
      const second = planExpression(b, both, planner);
      const flipped = textOf(a).startsWith('$right');
      return [flipped ? aligned(n, second, first) : aligned(n, first, second)];
    }
    throw new PlanError(n, 'KQL0053', 'A join condition compares a column of each side.', '$left.a == $right.b');
  });
}

function aligned(n: KNode, left: Expr, right: Expr, shared?: string): Pair {
  const type =
    left.type === right.type
      ? left.type
      : (meet([left.type, right.type]) ?? (left.type === 'string' || right.type === 'string' ? undefined : undefined));
  if (!type)
    throw new PlanError(n, 'KQL0054', `The keys are of different types: ${left.type} and ${right.type}.`, 'tostring()');
  const key = type === 'dynamic' ? 'string' : type;
  return { left: cast(left, key), right: cast(right, key), ...(shared ? { shared } : {}) };
}

function build(kind: JoinKind, left: Rel, right: Rel, on: readonly Pair[], dropKeys: boolean, planner: Planner): Rel {
  planner.context.rowWise = false;
  const columns: Column[] = [];
  const outputs: { id: string; side: 'left' | 'right'; from: string }[] = [];
  const taken = new Set<string>();
  const add = (c: Column, side: 'left' | 'right'): void => {
    if (c.hidden && taken.has(c.name)) return;
    const name = c.hidden ? c.name : freeName(c.name, taken);
    if (!c.hidden) taken.add(name);
    const made = planner.context.column(name, c.type, c.hidden ?? false);
    columns.push(made);
    outputs.push({ id: made.id, side, from: c.id });
  };
  const semi = kind === 'leftsemi' || kind === 'leftanti';
  const rightOnly = kind === 'rightsemi' || kind === 'rightanti';
  if (!rightOnly) for (const c of left.columns) add(c, 'left');
  const rightKeys = new Set(dropKeys ? on.flatMap((p) => rightKey(p)) : []);
  if (!semi) for (const c of right.columns) if (!rightKeys.has(c.id) && !(c.hidden && !rightOnly)) add(c, 'right');
  return {
    op: 'join',
    kind,
    left,
    right,
    on: on.map(({ left: l, right: r }) => ({ left: l, right: r })),
    columns,
    outputs,
  };
}

/** The right-hand key column of a lookup, which the result leaves out. */
function rightKey(p: Pair): string[] {
  const e = p.right.op === 'call' ? p.right.args[0]! : p.right;
  return e.op === 'column' ? [e.id] : [];
}

const join: OperatorPlan = (n, input, scope, planner) => {
  const kindParameter = parameters(n).get('kind');
  const word = kindParameter?.value ?? 'innerunique';
  const right = planner.table(must(n, 'Expression'), { env: scope.env });
  const clause = child(n, 'ConditionClause');
  if (word === 'cross') return build('cross', input!, right, [], false, planner);
  const kind = KINDS[word];
  if (!kind)
    throw new PlanError(
      kindParameter?.node ?? n,
      'KQL0055',
      `The join kind '${word}' is not supported.`,
      Object.keys(KINDS).join(', '),
    );
  if (!clause) throw new PlanError(n.GetChild(0) ?? n, 'KQL0053', 'A join needs a condition.', 'on Key');
  if (kindOf(clause) === 'JoinWhereClause') return joinWhere(clause, kind, input!, right, scope, planner);
  return build(kind, input!, right, pairs(list(clause, 'Expressions'), input!, right, scope, planner), false, planner);
};

/** `join … where condition`: pairs of rows for which any condition holds. */
function joinWhere(clause: KNode, kind: JoinKind, left: Rel, right: Rel, scope: Scope, planner: Planner): Rel {
  const node = must(clause, 'Expression');
  if (kind !== 'inner' && kind !== 'innerunique')
    throw new PlanError(node, 'KQL0055', `A join of kind ${kind} needs equal keys.`, 'on $left.a == $right.b');
  const pairsOf = build('cross', left, right, [], false, planner);
  if (pairsOf.op !== 'join') return pairsOf;
  const made = (side: 'left' | 'right') =>
    (side === 'left' ? left : right).columns.flatMap((c): Column[] => {
      const out = pairsOf.outputs.find((o) => o.side === side && o.from === c.id);
      return out ? [{ ...c, id: out.id }] : [];
    });
  const both = { env: scope.env, left: made('left'), right: made('right'), columns: pairsOf.columns, rel: pairsOf };
  const condition = cast(planExpression(node, both, planner), 'bool');
  return { op: 'where', input: pairsOf, condition, columns: pairsOf.columns };
}

const lookup: OperatorPlan = (n, input, scope, planner) => {
  const word = parameters(n).get('kind')?.value ?? 'leftouter';
  const right = planner.table(must(n, 'Expression'), { env: scope.env });
  const on = pairs(list(must(n, 'LookupClause'), 'Expressions'), input!, right, scope, planner);
  return build(word === 'inner' ? 'inner' : 'leftouter', input!, right, on, true, planner);
};

export const JOIN_OPERATORS: Readonly<Record<string, OperatorPlan>> = { JoinOperator: join, LookupOperator: lookup };
