import { wordsOf } from '../bind/named.ts';
import type { BoundSchema } from '../bind/schema.ts';
import type { ReadScope } from '../data-scope.ts';
import type { KNode } from '../kusto-api.ts';
import type { ExternalAccess, ExternalTable, KqlDiagnostic, KqlType, RenderInfo, StoredFunction } from '../types.ts';
import type { GraphValue } from './graph/value.ts';
import type { Column, Expr, Rel } from './ir.ts';

export interface FunctionValue {
  readonly kind: 'function';
  readonly declaration: KNode;
  readonly env: Env;
  readonly name: string;
  /** Made with `view`: wildcards of union, search and find see it. */
  readonly view?: boolean;
  /** Saved beside the query rather than made in it. */
  readonly stored?: StoredFunction;
}

export type Value =
  | { readonly kind: 'scalar'; readonly expr: Expr }
  | { readonly kind: 'table'; readonly rel: Rel }
  | GraphValue
  | FunctionValue;

/** Rows of a relation as values of the language. */
export type Facts = readonly (readonly unknown[])[];

/** Thrown by `PlanContext.data`; caught by `compile`. */
export class DataNeeded extends Error {
  readonly rel: Rel;

  constructor(rel: Rel) {
    super('The plan depends on data.');
    this.rel = rel;
  }
}

/** Names made by `let`, function parameters and `as`. */
export class Env {
  private readonly values = new Map<string, Value>();
  private readonly parent: Env | undefined;
  /** The tables and views that may be read, when `restrict access to` names them. */
  readonly access: ReadonlySet<string> | undefined;

  constructor(parent?: Env, access?: ReadonlySet<string>) {
    this.parent = parent;
    this.access = access ?? parent?.access;
  }

  get(name: string): Value | undefined {
    return this.values.get(name) ?? this.parent?.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** All names in reach with their values, the nearest first. */
  entries(): [string, Value][] {
    const out = new Map(this.values);
    for (const [name, value] of this.parent?.entries() ?? []) if (!out.has(name)) out.set(name, value);
    return [...out];
  }

  names(): string[] {
    return [...this.values.keys(), ...(this.parent?.names() ?? [])];
  }
}

/** Names that have properties of their own: the steps of `scan`, the nodes and edges of a graph pattern. */
export interface Variables {
  /** `variable.name`; undefined when there is no such variable. */
  property(variable: string, name: string, at: KNode): Expr | undefined;
  /** The variable by itself, as one value. */
  whole?(variable: string): Expr | undefined;
  /** A function that is about variables, such as `map(edge, expression)`; undefined for any other. */
  call?(name: string, args: readonly KNode[], at: KNode, scope: Scope): Expr | undefined;
}

/** Where names of an expression are looked up. */
export interface Scope {
  readonly variables?: Variables;
  readonly env: Env;
  /** Columns of the input, or undefined where none are in reach. */
  readonly columns?: readonly Column[];
  /** The two sides inside a join condition. */
  readonly left?: readonly Column[];
  readonly right?: readonly Column[];
  /** Their relations, where open tables may have further columns. */
  readonly leftRel?: Rel;
  readonly rightRel?: Rel;
  /** Where a function that adds columns to its input does so: `row_window_session`. */
  readonly source?: { rel: Rel };
  /** The relation rows come from; window functions need its order. */
  readonly rel?: Rel;
  /** Set where aggregates are allowed. */
  readonly aggregates?: boolean;
  /** Set where window functions are allowed: the column that holds the row order. */
  readonly rowOrder?: Column;
}

/** Names as far as an id may hold them: a union of all tables asks for thousands, always the same. */
const PLAIN = new Map<string, string>();
const MOST_PLAIN = 50_000;

/** Columns that tell when a row arrived, the best first. */
export const ARRIVAL: readonly string[] = ['_TimeReceived', 'TimeGenerated', 'Timestamp'];

/** State of one planning run. */
export class PlanContext {
  readonly schema: BoundSchema;
  /** What `now()` means; `set query_now` changes it. */
  now: Date;
  /** Most rows of the result, from `set query_take_max_records`. */
  take: number | undefined;
  /** Values of `declare query_parameters`. */
  readonly parameters: Readonly<Record<string, string | number | boolean | null>>;
  readonly warnings: KqlDiagnostic[] = [];
  readonly tables = new Set<string>();
  /** Row condition of a read of the named table, when the caller may not see every row. */
  readonly rowScope:
    | ((table: string, fresh: (name: string, type: KqlType) => string) => ReadScope | undefined)
    | undefined;
  /** Set as soon as something other than row-wise work over one table occurs. */
  rowWise = true;
  reads = 0;
  render: RenderInfo | undefined;
  depth = 0;
  /** Saved functions being planned, outermost first. */
  readonly calls: string[] = [];
  /** What `externaldata` may read; undefined refuses it. */
  readonly externalAccess: ExternalAccess | undefined;
  readonly external: ExternalTable[] = [];
  /** Further result tables of the text: `fork`, `facet`, several statements. */
  readonly more: { readonly name: string; readonly rel: Rel }[] = [];
  /** What the text calls the first result table, when there are several and it has a name. */
  firstName: string | undefined;
  /** Rows of small relations the plan depends on, in the order the planner asks for them. */
  readonly facts: readonly Facts[];
  /** Every word of the text and of the saved functions it calls: the names it can mean. */
  readonly words: () => ReadonlySet<string>;
  private asked = 0;
  private counter = 0;

  constructor(
    schema: BoundSchema,
    now: Date,
    facts: readonly Facts[] = [],
    parameters: Readonly<Record<string, string | number | boolean | null>> = {},
    externalAccess?: ExternalAccess,
    rowScope?: PlanContext['rowScope'],
    text = '',
  ) {
    let words: ReadonlySet<string> | undefined;
    this.words = () => {
      words ??= wordsOf(text, schema.functions);
      return words;
    };
    this.rowScope = rowScope;
    this.externalAccess = externalAccess;
    this.schema = schema;
    this.now = now;
    this.facts = facts;
    this.parameters = parameters;
  }

  /**
   * The rows of a relation, needed to go on planning: the properties that `bag_unpack` finds, the values `pivot` turns
   * into columns. Planning stops at the first that is not known; the caller runs it and compiles again.
   */
  data(rel: Rel): Facts {
    const known = this.facts[this.asked++];
    if (!known) throw new DataNeeded(rel);
    return known;
  }

  /** A column with an id of its own. */
  column(name: string, type: KqlType, hidden = false): Column {
    let plain = PLAIN.get(name);
    if (plain === undefined) {
      plain = `${name.replace(/[^A-Za-z0-9_]/g, '').slice(0, 40) || 'c'}$`;
      if (PLAIN.size < MOST_PLAIN) PLAIN.set(name, plain);
    }
    const id = plain + ++this.counter;
    return hidden ? { id, name, type, hidden } : { id, name, type };
  }
}

/** A name not yet taken: `x`, then `x1`, `x2`… */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let i = 1;
  while (taken.has(`${name}${i}`)) i++;
  return `${name}${i}`;
}
