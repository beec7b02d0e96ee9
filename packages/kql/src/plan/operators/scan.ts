/** `scan`: its rows are prepared in SQL, its state machine runs as a table algorithm. */
import { child, list, must, nameOf, textOf } from '../../bind/syntax.ts';
import { canInterpret } from '../../host/interpret.ts';
import type { ScanOptions, ScanStep } from '../../host/scan.ts';
import type { KNode } from '../../kusto-api.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import { freeName, type Scope } from '../scope.ts';
import { typeName } from '../type-name.ts';
import { isSerialized, usesWindow } from './order.ts';
import type { OperatorPlan } from './registry.ts';

const column = (c: Pick<Column, 'id' | 'type'>): Expr => ({ op: 'column', id: c.id, type: c.type });

/** Moves everything that does not depend on state into columns of the input. */
class Hoist {
  readonly parts: { readonly id: string; readonly name: string; readonly expr: Expr }[] = [];
  private readonly stateful: ReadonlySet<string>;
  private readonly planner: Planner;

  constructor(stateful: ReadonlySet<string>, planner: Planner) {
    this.stateful = stateful;
    this.planner = planner;
  }

  private depends(e: Expr): boolean {
    if (e.op === 'column') return this.stateful.has(e.id);
    if (e.op === 'call' || e.op === 'window') return e.args.some((a) => this.depends(a));
    return e.op === 'path' ? this.depends(e.of) : false;
  }

  rewrite(e: Expr, at: KNode): Expr {
    if (e.op === 'column' || (e.op === 'literal' && e.type !== 'guid')) return e;
    if (!this.depends(e)) {
      const made = this.planner.context.column('hoisted', e.type);
      this.parts.push({ id: made.id, name: made.name, expr: e });
      return column(made);
    }
    if (e.op === 'path') return { ...e, of: this.rewrite(e.of, at) };
    if (e.op !== 'call' || !canInterpret(e.fn)) {
      const name = e.op === 'call' || e.op === 'window' ? e.fn : e.op;
      throw new PlanError(
        at,
        'KQL0083',
        `'${name}' cannot be used over values of the scan's own steps.`,
        'iff, case, comparisons, arithmetic, strcat',
      );
    }
    return { ...e, args: e.args.map((a) => this.rewrite(a, at)) };
  }
}

const scan: OperatorPlan = (n, given, scope, planner) => {
  if (!isSerialized(given!))
    throw new PlanError(n.GetChild(0) ?? n, 'KQL0030', 'scan needs rows in a fixed order.', 'sort by … | scan');
  const stepNodes = list(n, 'Steps');
  const window = stepNodes.find(usesWindow);
  if (window)
    throw new PlanError(
      window,
      'KQL0085',
      'Window functions such as prev() are not possible inside scan.',
      'serialize p = prev(…) | scan',
    );
  const input = given!;
  const shown = input.columns.filter((c) => !c.hidden);

  const declareNode = child(n, 'DeclareClause');
  const declared = (declareNode ? list(declareNode, 'Declarations') : []).map((d) => {
    const nameAndType = must(d, 'NameAndType');
    const type = typeName(must(nameAndType, 'Type'));
    const fallback = child(d, 'DefaultValue');
    const value = fallback ? planExpression(must(fallback, 'Value'), { env: scope.env }, planner) : undefined;
    return {
      column: planner.context.column(nameOf(must(nameAndType, 'Name')), type),
      value: value ? cast(value, type) : ({ op: 'literal', type, value: type === 'string' ? '' : null } as Expr),
    };
  });

  const names = stepNodes.map((s) => nameOf(must(s, 'Name')));
  const visible = [...shown, ...declared.map((d) => d.column)];
  const state: { id: string; step: number; column: Column }[] = [];
  const property = (step: string, name: string, at: KNode): Expr | undefined => {
    const index = names.indexOf(step);
    if (index < 0) return undefined;
    const target = visible.find((c) => c.name === name);
    if (!target) throw new PlanError(at, 'KS142', `There is no column named '${name}' in a step of this scan.`);
    let known = state.find((s) => s.step === index && s.column === target);
    if (!known) {
      known = { id: planner.context.column(`${step}_${name}`, target.type).id, step: index, column: target };
      state.push(known);
    }
    return column({ id: known.id, type: target.type });
  };
  const inner: Scope = {
    env: scope.env,
    columns: [...input.columns, ...declared.map((d) => d.column)],
    rel: input,
    variables: { property },
  };

  const planned = stepNodes.map((s) => {
    const output = child(s, 'ScanStepOutput');
    const clause = child(s, 'ComputationClause');
    return {
      node: s,
      name: nameOf(must(s, 'Name')),
      output: (output ? textOf(must(output, 'OutputKind')) : 'all') as ScanStep['output'],
      condition: cast(planExpression(must(s, 'Condition'), inner, planner), 'bool'),
      assign: (clause ? list(clause, 'Assignments') : []).map((a) => {
        const target = nameOf(must(a, 'Name'));
        const index = declared.findIndex((d) => d.column.name === target);
        if (index < 0)
          throw new PlanError(a, 'KQL0084', `'${target}' is not declared by this scan.`, `declare (${target}: …)`);
        const expr = planExpression(must(a, 'Expression'), inner, planner);
        return { declared: index, expr: cast(expr, declared[index]!.column.type), node: a };
      }),
    };
  });

  const stateful = new Set([...declared.map((d) => d.column.id), ...state.map((s) => s.id)]);
  const hoist = new Hoist(stateful, planner);
  const steps: ScanStep[] = planned.map((s) => ({
    name: s.name,
    output: s.output,
    condition: hoist.rewrite(s.condition, s.node),
    assign: s.assign.map((a) => ({ declared: a.declared, expr: hoist.rewrite(a.expr, a.node) })),
  }));
  const same = (c: Column) => ({ ...c, expr: column(c) });
  const items = [
    ...shown.map(same),
    ...input.columns.filter((c) => c.hidden).map(same),
    ...hoist.parts.map((p) => ({ id: p.id, name: p.name, type: p.expr.type, hidden: true, expr: p.expr })),
  ];
  const feed: Rel = { op: 'select', input, items, columns: items.map(({ expr: _, ...c }) => c) };
  const options: Omit<ScanOptions, 'matchId'> = {
    columns: feed.columns.map(({ id, type }) => ({ id, type })),
    shown: shown.length,
    declared: declared.map((d) => ({ id: d.column.id, type: d.column.type, value: d.value })),
    steps,
    state: state.map((s) => {
      const own = shown.indexOf(s.column);
      const index = own >= 0 ? own : feed.columns.length + declared.findIndex((d) => d.column === s.column);
      return { id: s.id, step: s.step, index };
    }),
  };
  const taken = new Set(visible.map((c) => c.name));
  const matchNode = list(n, 'Parameters').find((p) => /with_match_id/.test(textOf(p)));
  const matchName = matchNode && textOf(must(matchNode, 'Expression'));
  const columns = visible.map((c) => planner.context.column(c.name, c.type));
  if (matchName) columns.push(planner.context.column(freeName(matchName, taken), 'long'));
  return { op: 'host', fn: 'scan', inputs: [feed], options: { ...options, matchId: matchName !== undefined }, columns };
};

export const SCAN_OPERATORS: Readonly<Record<string, OperatorPlan>> = { ScanOperator: scan };
