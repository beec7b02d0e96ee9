import { bare, child, kindOf, must, nameOf, textOf } from '../bind/syntax.ts';
import { scalarFunction } from '../functions/registry.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import { cast, coerceArguments } from './coerce.ts';
import { MAX_DEPTH, PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import { graphPipe, tryGraph } from './graph/plan.ts';
import type { GraphValue } from './graph/value.ts';
import type { Column, Expr, Item, Rel } from './ir.ts';
import { OpenColumns } from './open-columns.ts';
import { isSerialized, markSerialized } from './operators/order.ts';
import { operatorFor } from './operators/registry.ts';
import { sourceOperator } from './operators/sources.ts';
import { ARRIVAL, type Env, type FunctionValue, type PlanContext, type Scope, type Value } from './scope.ts';
import { statement } from './statements.ts';
import { stubOf, stubValue } from './stubs.ts';
import { tableFunction, tableReference, unknownTable } from './table-names.ts';

const ROW_WISE: ReadonlySet<string> = new Set(['read', 'rows', 'where', 'select']);

/** Turns bound syntax into the plan. One instance per statement. */
export class Planner {
  readonly context: PlanContext;
  /** Columns of open tables that the schema does not know. */
  readonly open: OpenColumns;
  /** Problems that planning went on after; with any of them there is no result. */
  readonly problems: PlanError[] = [];
  private strict = 0;
  private let: { readonly node: KNode; readonly name: string; readonly value: Value } | undefined;
  private readonly given = new WeakMap<Rel, string>();

  constructor(context: PlanContext) {
    this.context = context;
    this.open = new OpenColumns(context);
  }

  /**
   * Plans `statements` and returns the first query among them, undefined when there is none. Later ones are further
   * results. Problems of one statement do not hide those of the next.
   */
  statements(nodes: readonly KNode[], outer: Env): Value | undefined {
    let first: Value | undefined;
    let env = outer;
    for (const s of nodes) {
      const kind = kindOf(s);
      if (kind === 'LetStatement') {
        const name = nameOf(must(s, 'Name'));
        const node = must(s, 'Expression');
        const value = this.recover(
          () => this.letValue(node, name, env),
          () => stubValue(node, this),
        );
        env.set(name, value);
        this.let = { node: s, name, value };
      } else if (kind === 'ExpressionStatement') {
        const at = this.context.more.length;
        const node = must(s, 'Expression');
        const value = this.recover(
          () => this.value(node, { env }),
          () => stubValue(node, this),
        );
        if (!first) first = value;
        else if (value.kind === 'table' || value.kind === 'scalar')
          this.context.more.splice(at, 0, { name: `Result${at + 2}`, rel: this.asTable(value) });
      } else env = statement(s, env, this);
    }
    return first;
  }

  /**
   * The value of the last `let`, for a text that holds nothing else. The reference refuses such a text; people who keep
   * their lists in one want to see them.
   */
  lastLet(): Value | undefined {
    if (!this.let || this.let.value.kind === 'function') return undefined;
    this.warn(this.let.node, 'KQL0004', `The text ends without a query; this is the value of '${this.let.name}'.`);
    return this.let.value;
  }

  /** Runs a step of planning; after a problem goes on with a stand-in, where there is one. */
  private recover<T>(step: () => T, standIn: () => T | undefined): T {
    try {
      return step();
    } catch (e) {
      if (!(e instanceof PlanError) || this.strict > 0) throw e;
      const stub = standIn();
      if (stub === undefined) throw e;
      this.problems.push(e);
      return stub;
    }
  }

  /** Runs a step whose problems must come out at once. */
  strictly<T>(step: () => T): T {
    this.strict++;
    try {
      return step();
    } finally {
      this.strict--;
    }
  }

  /** A value as a relation: a scalar becomes one row, as `print` would give. */
  asTable(value: Exclude<Value, FunctionValue | GraphValue>): Rel {
    if (value.kind === 'table') return value.rel;
    return { op: 'rows', columns: [this.context.column('print_0', value.expr.type)], rows: [[value.expr]] };
  }

  private letValue(node: KNode, name: string, env: Env): Value {
    const n = bare(node);
    if (kindOf(n) === 'FunctionDeclaration')
      return { kind: 'function', declaration: n, env, name, ...(child(n, 'ViewKeyword') ? { view: true } : {}) };
    return this.value(n, { env });
  }

  /** A table, a scalar or a function, whichever the node is. */
  value(node: KNode, scope: Scope): Value {
    const n = bare(node);
    const graph = tryGraph(n, scope, this);
    if (graph) return graph;
    const rel = this.tryTable(n, scope);
    if (rel) return { kind: 'table', rel };
    return { kind: 'scalar', expr: planExpression(n, scope, this) };
  }

  /** Plans a node that must be a table. */
  table(node: KNode, scope: Scope): Rel {
    const rel = this.tryTable(node, scope);
    if (rel) return rel;
    const n = bare(node);
    if (kindOf(n) === 'NameReference') throw unknownTable(n, this);
    throw new PlanError(n, 'KQL0041', 'A table is needed here.');
  }

  /** The name `as` gave a relation. */
  givenName(rel: Rel): string | undefined {
    return this.given.get(rel);
  }

  /** A relation under a name: `as`. */
  nameRel(rel: Rel, name: string): Rel {
    const kept = rel.columns.map((c) => ({ ...c, expr: { op: 'column', id: c.id, type: c.type } as Expr }));
    // Tables and shared relations are known by identity.
    const whole = rel.op === 'read' || rel.op === 'shared';
    const copy: Rel = whole
      ? this.open.keep({ op: 'select', input: rel, items: kept, columns: [...rel.columns] })
      : { ...rel };
    this.given.set(copy, name);
    if (isSerialized(rel)) markSerialized(copy);
    return copy;
  }

  /** The table a node stands for, or undefined when it is a scalar. */
  tryTable(node: KNode, scope: Scope): Rel | undefined {
    const n = bare(node);
    const kind = kindOf(n);
    if (++this.context.depth > MAX_DEPTH * 8) throw new PlanError(n, 'KQL0042', 'The query is nested too deeply.');
    try {
      if (kind === 'PipeExpression') return this.pipe(n, scope);
      if (kind === 'NameReference') return tableReference(n, scope, this);
      if (kind === 'FunctionCallExpression') return tableFunction(n, scope, this);
      if (kind === 'MaterializeExpression') return this.shared(this.table(must(n, 'Expression'), scope));
      if (kind === 'DataScopeExpression') return this.table(must(n, 'Expression'), scope);
      return (
        sourceOperator(n, scope, this) ?? (kind.endsWith('Operator') ? this.apply(n, undefined, scope) : undefined)
      );
    } finally {
      this.context.depth--;
    }
  }

  /** A relation that is computed once however often it is read. */
  shared(input: Rel): Rel {
    return { op: 'shared', name: this.context.column('shared', 'long').id, input, columns: input.columns };
  }

  private pipe(n: KNode, scope: Scope): Rel {
    const read = graphPipe(n, scope, this);
    if (read) return read;
    const input = this.table(must(n, 'Expression'), scope);
    return this.apply(must(n, 'Operator'), input, scope);
  }

  /** Applies a query operator. */
  apply(operator: KNode, input: Rel | undefined, scope: Scope): Rel {
    const kind = kindOf(operator);
    const plan = operatorFor(kind);
    if (!plan) {
      const word = textOf(operator).split(/[\s(]/)[0]!;
      throw new PlanError(operator.GetChild(0) ?? operator, 'KQL0043', `The operator '${word}' is not supported.`);
    }
    const inner: Scope = { env: scope.env, ...(input ? { columns: input.columns, rel: input } : {}) };
    const rel = this.recover(
      () => plan(operator, input, inner, this),
      () => stubOf(operator, input, this),
    );
    if (!ROW_WISE.has(rel.op)) this.context.rowWise = false;
    return rel;
  }

  /** The single value of a query. */
  toScalar(node: KNode, scope: Scope): Expr {
    const v = this.value(node, { env: scope.env });
    if (v.kind === 'scalar') return v.expr;
    if (v.kind === 'table') return this.firstValue(v.rel);
    throw new PlanError(node, 'KQL0041', 'A table or a value is needed here.');
  }

  firstValue(rel: Rel): Expr {
    this.context.rowWise = false;
    const c = rel.columns.find((x) => !x.hidden) ?? rel.columns[0]!;
    const narrowed: Rel = { op: 'limit', input: this.project(rel, [c]), count: 1, columns: [c] };
    return { op: 'scalarQuery', rel: { ...narrowed, columns: narrowed.input.columns }, type: c.type };
  }

  warn(n: KNode, code: string, message: string): void {
    this.context.warnings.push({
      code,
      severity: 'warning',
      message,
      start: n.TextStart,
      length: n.Width,
      line: 0,
      column: 0,
    });
  }

  /** A relation with only these columns of it, under new ids. */
  project(rel: Rel, columns: readonly Column[]): Rel {
    return this.select(
      rel,
      columns.map((c) => ({ name: c.name, expr: { op: 'column', id: c.id, type: c.type } as Expr })),
    );
  }

  /** A select over a relation; every item gets an id of its own. */
  select(input: Rel, parts: readonly { readonly name: string; readonly expr: Expr; readonly hidden?: boolean }[]): Rel {
    const items: Item[] = parts.map((p) => ({
      ...this.context.column(p.name, p.expr.type, p.hidden ?? false),
      expr: p.expr,
    }));
    return { op: 'select', input, items, columns: items.map(({ expr: _, ...c }) => c) };
  }

  castFirst(rel: Rel, type: KqlType): Rel {
    const c = rel.columns[0]!;
    if (c.type === type) return rel;
    return this.select(rel, [{ name: c.name, expr: cast({ op: 'column', id: c.id, type: c.type }, type) }]);
  }

  /** Retired column names also resolve after the table stage, as long as the current one is still there. */
  legacyColumn(name: string, columns: readonly Column[] | undefined): Column | undefined {
    const current = this.context.schema.schema.columnAliases?.[name];
    return current ? columns?.find((c) => c.name === current) : undefined;
  }

  /** The column that tells when a row arrived. */
  ingestionTime(scope: Scope): Column | undefined {
    const has = (name: string) => scope.columns?.find((c) => c.name === name && c.type === 'datetime');
    return ARRIVAL.map(has).find((c) => c !== undefined);
  }

  /** A call of a declared function over planned arguments, brought to the types it asks for. */
  scalarCall(n: KNode, name: string, args: readonly Expr[], type: KqlType): Expr {
    const decl = scalarFunction(name)!;
    const { args: ready, error } = coerceArguments(decl, args);
    if (error) throw new PlanError(n, 'KQL0016', error);
    const wrong = decl.check?.(ready);
    if (wrong) throw new PlanError(n, 'KQL0017', wrong);
    return { op: 'call', fn: decl.name, args: ready, type };
  }

  /** A running number of the groups that a restart condition makes. */
  restartGroup(condition: Expr, scope: Scope): Expr {
    const order: Expr = { op: 'column', id: scope.rowOrder!.id, type: 'long' };
    return { op: 'window', fn: 'row_group', args: [condition, order], type: 'long' };
  }
}
