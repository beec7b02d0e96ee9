import { nearest } from '../bind/nearest.ts';
import { bare, child, kindOf, list, members, must, nameOf, textOf } from '../bind/syntax.ts';
import { scalarFunction } from '../functions/registry.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlTable, KqlType } from '../types.ts';
import { cast, coerceArguments } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import { graphPipe, tryGraph } from './graph/plan.ts';
import type { GraphValue } from './graph/value.ts';
import type { Column, Expr, Item, Rel } from './ir.ts';
import { resultName } from './names.ts';
import { isSerialized, markSerialized } from './operators/order.ts';
import { operatorFor } from './operators/registry.ts';
import { sourceOperator } from './operators/sources.ts';
import { Env, type FunctionValue, freeName, type PlanContext, type Scope, type Value } from './scope.ts';
import { severalColumns } from './several.ts';
import { statement } from './statements.ts';
import { inStored, needsArguments, rowArguments, watchlistCall } from './stored.ts';
import { stubOf, stubValue } from './stubs.ts';

const SUFFIX_TYPES: Readonly<Record<string, KqlType>> = {
  s: 'string',
  d: 'real',
  b: 'bool',
  t: 'datetime',
  g: 'string',
};
/** Columns that tell when a row arrived, the best first. */
const ARRIVAL: readonly string[] = ['_TimeReceived', 'TimeGenerated', 'Timestamp'];
const MAX_DEPTH = 60;
const ROW_WISE: ReadonlySet<string> = new Set(['read', 'rows', 'where', 'select']);

/** Turns bound syntax into the plan. One instance per statement. */
export class Planner {
  readonly context: PlanContext;
  /** Columns added on demand to reads of open tables, by the columns array they belong to. */
  /** Problems that planning went on after; with any of them there is no result. */
  readonly problems: PlanError[] = [];
  private strict = 0;
  private let: { readonly node: KNode; readonly name: string; readonly value: Value } | undefined;
  private readonly keeping = new WeakSet<Rel>();
  private readonly given = new WeakMap<Rel, string>();
  private readonly openReads = new Map<Rel, { columns: Column[] }>();
  private readonly stars = new WeakMap<Rel, (c: Column) => Expr>();

  constructor(context: PlanContext) {
    this.context = context;
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
    if (kindOf(n) === 'NameReference') throw this.unknownTable(n);
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
      ? this.keepOpen({ op: 'select', input: rel, items: kept, columns: [...rel.columns] })
      : { ...rel };
    this.given.set(copy, name);
    if (isSerialized(rel)) markSerialized(copy);
    return copy;
  }

  /** The table a view gives, when it needs no arguments. */
  view(name: string, scope: Scope): Rel | undefined {
    const value = scope.env.get(name);
    if (value?.kind !== 'function') return undefined;
    if (list(must(value.declaration, 'Parameters'), 'Parameters').some((p) => !child(p, 'DefaultValue')))
      return undefined;
    return this.tableOf(this.callFunction(value.declaration, value, [], scope));
  }

  unknownTable(n: KNode): PlanError {
    const name = nameOf(n);
    const near = nearest(name, this.context.schema.tableNames);
    return new PlanError(
      n,
      'KS204',
      `There is no table named '${name}'.${near ? ` Did you mean '${near}'?` : ''}`,
      near,
    );
  }

  /** The table a node stands for, or undefined when it is a scalar. */
  tryTable(node: KNode, scope: Scope): Rel | undefined {
    const n = bare(node);
    const kind = kindOf(n);
    if (++this.context.depth > MAX_DEPTH * 8) throw new PlanError(n, 'KQL0042', 'The query is nested too deeply.');
    try {
      if (kind === 'PipeExpression') return this.pipe(n, scope);
      if (kind === 'NameReference') return this.tableReference(n, scope);
      if (kind === 'FunctionCallExpression') return this.tableFunction(n, scope);
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

  private tableReference(n: KNode, scope: Scope): Rel | undefined {
    const name = nameOf(n);
    const value = scope.env.get(name);
    if (value?.kind === 'table') return value.rel;
    if (value?.kind === 'function') {
      if (value.stored && (scope.columns?.some((c) => c.name === name) || needsArguments(value))) return undefined;
      if (value.view) this.checkAccess(n, name, scope);
      return this.tableOf(this.callFunction(n, value, [], scope));
    }
    if (value || scope.columns?.some((c) => c.name === name)) return undefined;
    const table = this.context.schema.table(name);
    if (!table) return name === '_GetWatchlistAlias' ? watchlistCall(name, n, [], scope, this) : undefined;
    this.checkAccess(n, table.name, scope);
    return this.read(table);
  }

  /** `restrict access to` hides every table and view that it does not name. */
  private checkAccess(n: KNode, name: string, scope: Scope): void {
    const { access } = scope.env;
    if (access && !access.has(name))
      throw new PlanError(
        n,
        'KQL0045',
        `'${name}' is not among the tables that this query may read.`,
        'restrict access to',
      );
  }

  private tableOf(v: Value): Rel | undefined {
    return v.kind === 'table' ? v.rel : undefined;
  }

  /**
   * Reads a table; hidden and retired names resolve, `*` shows the rest.
   * @param named the names that matter, when no others do
   */
  read(table: KqlTable, named?: ReadonlySet<string>): Rel {
    this.context.tables.add(table.name);
    this.context.reads++;
    const columns: Column[] = [];
    const sources: Record<string, string> = {};
    const add = (name: string, source: string, type: KqlType, hidden: boolean): void => {
      const c = this.context.column(name, type, hidden);
      columns.push(c);
      sources[c.id] = source;
    };
    const aliases = [...this.context.schema.aliases(table)].filter(([alias]) => !named || named.has(alias));
    const wanted = named && new Set([...ARRIVAL, ...aliases.map(([, current]) => current)]);
    for (const c of table.columns)
      if (!wanted || wanted.has(c.name) || named.has(c.name)) add(c.name, c.name, c.type, c.hidden ?? false);
    for (const [alias, current] of aliases) {
      const c = table.columns.find((x) => x.name === current);
      if (c) add(alias, current, c.type, true);
    }
    const scope = this.context.rowScope?.(table.name, (name, type) => this.context.column(name, type).id);
    const rel: Rel = { op: 'read', table: table.name, columns, sources, ...(scope ? { scope } : {}) };
    if (table.open) this.openReads.set(rel, { columns });
    return rel;
  }

  /** An empty table of that name; columns that are asked for appear as empty. */
  emptyTable(name: string): Rel {
    this.context.rowWise = false;
    const table = this.context.schema.table(name);
    const columns = table
      ? table.columns.map((c) => this.context.column(c.name, c.type, c.hidden ?? false))
      : [this.context.column('TimeGenerated', 'datetime')];
    const rel: Rel = { op: 'rows', columns, rows: [] };
    this.openReads.set(rel, { columns });
    return rel;
  }

  private tableFunction(n: KNode, scope: Scope): Rel | undefined {
    const name = nameOf(must(n, 'Name'));
    const args = list(must(n, 'ArgumentList'), 'Expressions');
    const user = scope.env.get(name);
    if (user?.kind === 'function') {
      const v = this.callFunction(n, user, args, scope);
      return v.kind === 'table' ? v.rel : undefined;
    }
    if (user?.kind === 'table' && args.length === 0) return user.rel;
    const watchlist = watchlistCall(name, n, args, scope, this);
    if (watchlist) return watchlist;
    if (name === 'table' && args[0]) {
      const e = planExpression(args[0], { env: scope.env }, this);
      const wanted = e.op === 'literal' ? String(e.value) : '';
      const table = this.context.schema.table(wanted);
      if (!table) {
        const near = nearest(wanted, this.context.schema.tableNames);
        throw new PlanError(
          args[0],
          'KS204',
          `There is no table named '${wanted}'.${near ? ` Did you mean '${near}'?` : ''}`,
          near,
        );
      }
      this.checkAccess(args[0], table.name, scope);
      return this.read(table);
    }
    return undefined;
  }

  /** Calls a function made by `let`: parameters become names, the body is planned in place. */
  callFunction(n: KNode, fn: FunctionValue, nodes: readonly KNode[], scope: Scope, invokedOn?: Rel): Value {
    const env = new Env(fn.env);
    let first = invokedOn;
    let argNodes = nodes;
    let taken: ReadonlySet<string> = new Set();
    if (fn.stored?.rowParameters) {
      if (!first && argNodes[0]) {
        first = this.table(argNodes[0], scope);
        argNodes = argNodes.slice(1);
      }
      if (!first) throw new PlanError(n, 'KQL0016', `${fn.name}() needs a table.`, `invoke ${fn.name}()`);
      ({ input: first, rest: argNodes, taken } = rowArguments(n, fn, argNodes, first, scope, this));
    }
    const params = list(must(fn.declaration, 'Parameters'), 'Parameters').concat();
    const named = new Map<string, KNode>();
    const positional: KNode[] = [];
    for (const a of argNodes) {
      if (kindOf(a) === 'SimpleNamedExpression') named.set(nameOf(must(a, 'Name')), must(a, 'Expression'));
      else positional.push(a);
    }
    let at = 0;
    for (const [i, p] of params.entries()) {
      const declared = must(p, 'NameAndType');
      const name = nameOf(must(declared, 'Name'));
      const typeNode = must(declared, 'Type');
      if (i === 0 && first) {
        env.set(name, { kind: 'table', rel: first });
        continue;
      }
      if (taken.has(name)) continue;
      const arg = named.get(name) ?? positional[at++];
      const fallback = child(p, 'DefaultValue');
      if (!arg && !fallback) throw new PlanError(n, 'KQL0016', `${fn.name}() needs a value for '${name}'.`);
      if (kindOf(typeNode) === 'SchemaTypeExpression') env.set(name, { kind: 'table', rel: this.table(arg!, scope) });
      else {
        const e = arg
          ? planExpression(arg, scope, this)
          : planExpression(must(fallback!, 'Value'), { env: fn.env }, this);
        env.set(name, { kind: 'scalar', expr: cast(e, typeName(typeNode)) });
      }
    }
    const body = must(fn.declaration, 'Body');
    if (++this.context.depth > MAX_DEPTH) throw new PlanError(n, 'KQL0042', 'Functions call each other too deeply.');
    try {
      return inStored(n, fn, this, () => {
        this.statements(members(child(body, 'Statements')), env);
        const last = child(body, 'Expression');
        if (!last) throw new PlanError(n, 'KQL0044', `The function ${fn.name}() gives no value.`);
        return this.value(last, { env });
      });
    } finally {
      this.context.depth--;
    }
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

  /** A named or nameable expression; `generated` marks names such as `Column1`. */
  named(node: KNode, scope: Scope, _prefix: string): { name: string; expr: Expr; generated: boolean } {
    if (kindOf(node) === 'SimpleNamedExpression') {
      return {
        name: nameOf(must(node, 'Name')),
        expr: planExpression(must(node, 'Expression'), scope, this),
        generated: false,
      };
    }
    const expr = planExpression(node, scope, this);
    const name = resultName(node, this.context.schema, scope.aggregates);
    return { name: name ?? '', expr, generated: name === undefined };
  }

  /** The items of project, extend and print, with names that do not clash. */
  parts(
    nodes: readonly KNode[],
    scope: Scope,
    prefix: string,
    existing: ReadonlySet<string>,
    replace = false,
  ): { name: string; expr: Expr }[] {
    const taken = new Set(replace ? [] : existing);
    for (const n of nodes) if (kindOf(n) === 'SimpleNamedExpression') taken.add(nameOf(must(n, 'Name')));
    let count = 0;
    const out: { name: string; expr: Expr }[] = [];
    for (const [i, n] of nodes.entries()) {
      if (kindOf(n) === 'StarExpression') {
        for (const c of scope.columns ?? [])
          if (!c.hidden) out.push({ name: c.name, expr: { op: 'column', id: c.id, type: c.type } });
        continue;
      }
      const several = this.several(n, scope, prefix, replace);
      if (several) {
        for (const p of several) {
          const name = p.given ? p.name : freeName(p.name, new Set([...taken, ...existing]));
          taken.add(name);
          out.push({ name, expr: p.expr });
        }
        continue;
      }
      const p = this.named(n, scope, prefix);
      const given = kindOf(n) === 'SimpleNamedExpression';
      const base =
        p.generated || (prefix === 'print_' && !given)
          ? prefix === 'print_'
            ? `print_${i}`
            : `Column${++count}`
          : p.name;
      const plainReplace = replace && !p.generated && !given && existing.has(base);
      const name =
        given || (plainReplace && p.expr.op === 'column')
          ? base
          : freeName(base, replace ? new Set([...taken, ...existing]) : taken);
      taken.add(name);
      out.push({ name, expr: p.expr });
    }
    return out;
  }

  /**
   * The columns of a call with several values, or of `(a, b) = …`. Values without a name keep their own in `project`;
   * `extend` and `print` drop them once a name is given. A dynamic array on the right gives its elements.
   */
  private several(
    n: KNode,
    scope: Scope,
    prefix: string,
    extend: boolean,
  ): { name: string; expr: Expr; given: boolean }[] | undefined {
    const compound = kindOf(n) === 'CompoundNamedExpression';
    const given = compound
      ? list(must(n, 'Names'), 'Names').map(nameOf)
      : kindOf(n) === 'SimpleNamedExpression'
        ? [nameOf(must(n, 'Name'))]
        : [];
    const inner = given.length ? must(n, 'Expression') : n;
    const columns = severalColumns(inner, scope, this);
    if (columns) {
      if (given.length > columns.length)
        throw new PlanError(n, 'KQL0053', `There are ${given.length} names for ${columns.length} values.`);
      const kept = given.length && (extend || prefix === 'print_') ? columns.slice(0, given.length) : columns;
      return kept.map((c, i) => ({ name: given[i] ?? c.name, expr: c.expr, given: i < given.length }));
    }
    if (!compound) return undefined;
    const e = cast(planExpression(inner, scope, this), 'dynamic');
    return given.map((name, i) => ({ name, expr: { op: 'path', of: e, path: [i], type: 'dynamic' }, given: true }));
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

  /** A column of an open table that the schema does not know: empty, typed by the suffix of its name. */
  openColumn(name: string, scope: Scope): Column | undefined {
    return scope.rel && this.addOpen(name, scope.rel);
  }

  /** Adds a column to an open table and to the stages above it that keep its columns. */
  private addOpen(name: string, rel: Rel): Column | undefined {
    const columns = rel.columns as Column[];
    const known = columns.find((c) => c.name === name);
    switch (rel.op) {
      case 'read':
      case 'rows': {
        if (!this.openReads.has(rel)) return undefined;
        if (known) return known;
        const suffix = /_([sdbtg])$/.exec(name)?.[1];
        const column = this.context.column(name, suffix ? SUFFIX_TYPES[suffix]! : 'string', true);
        columns.push(column);
        return column;
      }
      case 'where':
      case 'limit':
      case 'sort':
      case 'shared':
      case 'expand': {
        const column = this.addOpen(name, rel.input);
        // Most stages share the list of their input.
        if (column && !columns.includes(column)) columns.push(column);
        return column;
      }
      case 'select': {
        if (known || !this.keeping.has(rel)) return undefined;
        const column = this.addOpen(name, rel.input);
        if (!column) return undefined;
        const item = { ...this.context.column(name, column.type, true) };
        (rel.items as Item[]).push({ ...item, expr: { op: 'column', id: column.id, type: column.type } });
        columns.push(item);
        return item;
      }
      case 'aggregate': {
        const value = this.stars.get(rel);
        if (known || !value) return known;
        const column = this.addOpen(name, rel.input);
        if (!column) return undefined;
        const item = this.context.column(name, column.type, true);
        (rel.values as Item[]).push({ ...item, expr: value(column) });
        columns.push(item);
        return item;
      }
      case 'union': {
        if (known) return known;
        const found = rel.inputs.map((i) => this.addOpen(name, i.rel));
        const first = found.find((c) => c !== undefined);
        if (!first) return undefined;
        const item = this.context.column(name, first.type, true);
        found.forEach((c, i) => {
          if (c)
            (rel.inputs[i]!.map as Record<string, Expr>)[item.id] = cast(
              { op: 'column', id: c.id, type: c.type },
              item.type,
            );
        });
        columns.push(item);
        return item;
      }
      case 'join': {
        const left = this.addOpen(name, rel.left);
        const column = left ?? this.addOpen(name, rel.right);
        if (!column || known) return known;
        const item = this.context.column(name, column.type, true);
        (rel.outputs as { id: string; side: 'left' | 'right'; from: string }[]).push({
          id: item.id,
          side: left ? 'left' : 'right',
          from: column.id,
        });
        columns.push(item);
        return item;
      }
      default:
        return undefined;
    }
  }

  /** Notes that a summarize also gives further columns of its open table, and how. */
  openStar(rel: Rel, value: (c: Column) => Expr): void {
    this.stars.set(rel, value);
  }

  /** Marks a select as one that keeps whatever columns its input has: `extend`, `project-away`. */
  keepOpen(rel: Rel): Rel {
    this.keeping.add(rel);
    return rel;
  }

  /** The column that tells when a row arrived. */
  ingestionTime(scope: Scope): Column | undefined {
    const has = (name: string) => scope.columns?.find((c) => c.name === name && c.type === 'datetime');
    return ARRIVAL.map(has).find((c) => c !== undefined);
  }

  /** A running number of the groups that a restart condition makes. */
  /** A call of a declared function over planned arguments, brought to the types it asks for. */
  scalarCall(n: KNode, name: string, args: readonly Expr[], type: KqlType): Expr {
    const decl = scalarFunction(name)!;
    const { args: ready, error } = coerceArguments(decl, args);
    if (error) throw new PlanError(n, 'KQL0016', error);
    const wrong = decl.check?.(ready);
    if (wrong) throw new PlanError(n, 'KQL0017', wrong);
    return { op: 'call', fn: decl.name, args: ready, type };
  }

  restartGroup(condition: Expr, scope: Scope): Expr {
    const order: Expr = { op: 'column', id: scope.rowOrder!.id, type: 'long' };
    return { op: 'window', fn: 'row_group', args: [condition, order], type: 'long' };
  }
}

/** The type a type node names. */
export function typeName(node: KNode): KqlType {
  const t = textOf(node).toLowerCase();
  const names: Readonly<Record<string, KqlType>> = {
    double: 'real',
    float: 'real',
    boolean: 'bool',
    date: 'datetime',
    time: 'timespan',
    int64: 'long',
    int32: 'int',
    uniqueid: 'guid',
    uuid: 'guid',
    object: 'dynamic',
  };
  return names[t] ?? (t as KqlType);
}
