/**
 * The plan: a typed relational tree in plain JSON. Columns are referred to by an id that is unique in a whole plan, so
 * that a name may be redefined at every stage without ever meaning two things.
 */
import type { ReadScope } from '../data-scope.ts';
import type { KqlType } from '../types.ts';

export interface Column {
  readonly id: string;
  readonly name: string;
  readonly type: KqlType;
  /** Resolves by name but is not part of `*`. */
  readonly hidden?: boolean;
}

export type Expr =
  | { readonly op: 'column'; readonly id: string; readonly type: KqlType }
  /** bool: boolean; int, long, timespan (ticks): decimal text; real: number text; datetime: ISO text with 7 digits. */
  | { readonly op: 'literal'; readonly type: KqlType; readonly value: string | boolean | null }
  | { readonly op: 'call'; readonly fn: string; readonly args: readonly Expr[]; readonly type: KqlType }
  /** Property path of a dynamic value; numbers are 0-based array indexes. */
  | { readonly op: 'path'; readonly of: Expr; readonly path: readonly (string | number)[]; readonly type: 'dynamic' }
  /** Aggregate, only inside `aggregate`. */
  | {
      readonly op: 'aggregate';
      readonly fn: string;
      readonly args: readonly Expr[];
      readonly condition?: Expr;
      readonly type: KqlType;
    }
  /** prev, next, row_number…, over the order of the nearest `sort` below. */
  | {
      readonly op: 'window';
      readonly fn: string;
      readonly args: readonly Expr[];
      readonly type: KqlType;
      /** Each combination of these values is numbered by itself. */
      readonly by?: readonly Expr[];
    }
  /** First column of the first row. */
  | { readonly op: 'scalarQuery'; readonly rel: Rel; readonly type: KqlType }
  /** First column of all rows, as a JSON array. */
  | { readonly op: 'listQuery'; readonly rel: Rel; readonly type: 'dynamic' }
  /** Membership in the first column of a query. */
  | {
      readonly op: 'inQuery';
      readonly left: Expr;
      readonly rel: Rel;
      readonly negated: boolean;
      readonly ignoreCase: boolean;
      readonly type: 'bool';
    };

export interface Item extends Column {
  readonly expr: Expr;
}

export interface SortKey {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type JoinKind =
  | 'inner'
  | 'innerunique'
  | 'leftouter'
  | 'rightouter'
  | 'fullouter'
  | 'leftsemi'
  | 'leftanti'
  | 'rightsemi'
  | 'rightanti'
  | 'cross';

export type Rel =
  | {
      readonly op: 'read';
      readonly table: string;
      readonly columns: readonly Column[];
      /** Column id → name of the stored column it reads; absent ids read as empty (open tables). */
      readonly sources: Readonly<Record<string, string>>;
      /** Rows the caller may see; its columns are out of the query's reach. */
      readonly scope?: ReadScope;
    }
  | { readonly op: 'rows'; readonly columns: readonly Column[]; readonly rows: readonly (readonly Expr[])[] }
  /** Rows of text cells that come with a parameter (`externaldata`). */
  | { readonly op: 'external'; readonly param: string; readonly columns: readonly Column[] }
  | {
      readonly op: 'range';
      readonly columns: readonly Column[];
      readonly from: Expr;
      readonly to: Expr;
      readonly step: Expr;
    }
  | { readonly op: 'where'; readonly input: Rel; readonly condition: Expr; readonly columns: readonly Column[] }
  | { readonly op: 'select'; readonly input: Rel; readonly items: readonly Item[]; readonly columns: readonly Column[] }
  | {
      readonly op: 'aggregate';
      readonly input: Rel;
      readonly keys: readonly Item[];
      readonly values: readonly Item[];
      readonly columns: readonly Column[];
    }
  | { readonly op: 'sort'; readonly input: Rel; readonly keys: readonly SortKey[]; readonly columns: readonly Column[] }
  | {
      readonly op: 'limit';
      readonly input: Rel;
      readonly count: number;
      /** Column ids: that many rows for each combination of their values. */
      readonly by?: readonly string[];
      readonly columns: readonly Column[];
    }
  | {
      readonly op: 'join';
      readonly kind: JoinKind;
      readonly left: Rel;
      readonly right: Rel;
      readonly on: readonly { readonly left: Expr; readonly right: Expr }[];
      readonly columns: readonly Column[];
      /** Where each output column comes from. */
      readonly outputs: readonly { readonly id: string; readonly side: 'left' | 'right'; readonly from: string }[];
    }
  | {
      readonly op: 'union';
      readonly inputs: readonly { readonly rel: Rel; readonly map: Readonly<Record<string, Expr>> }[];
      readonly columns: readonly Column[];
    }
  | {
      readonly op: 'expand';
      readonly input: Rel;
      readonly expands: readonly { readonly id: string; readonly expr: Expr; readonly type: KqlType }[];
      readonly indexId?: string;
      readonly limit?: number;
      /** Bags become `[key, value]` pairs instead of one-property bags. */
      readonly pairs?: boolean;
      readonly columns: readonly Column[];
    }
  /** A table algorithm that runs outside SQL: whole inputs in, whole result out (`src/host`). */
  | {
      readonly op: 'host';
      /** Name in the `relation` family. */
      readonly fn: string;
      /** Cells of `inputs` arrive in the order of their `columns`; hidden columns too. */
      readonly inputs: readonly Rel[];
      /** Plain JSON for the algorithm. */
      readonly options: unknown;
      /**
       * The algorithm runs once for each combination of the `keys` columns of its one input. Its cells are the first
       * `cells` columns; `keys` and `carried` (one value in a group) are handed on under their own ids.
       */
      readonly each?: { readonly cells: number; readonly keys: readonly string[]; readonly carried: readonly string[] };
      readonly columns: readonly Column[];
    }
  /** A table that is computed once and read in several places. References are the same object. */
  | { readonly op: 'shared'; readonly name: string; readonly input: Rel; readonly columns: readonly Column[] };

/** The relations a relation reads directly. */
export function inputsOf(rel: Rel): readonly Rel[] {
  switch (rel.op) {
    case 'read':
    case 'rows':
    case 'range':
    case 'external':
      return [];
    case 'join':
      return [rel.left, rel.right];
    case 'union':
      return rel.inputs.map((i) => i.rel);
    case 'host':
      return rel.inputs;
    default:
      return [rel.input];
  }
}

/** The visible columns of a relation. */
export function visible(rel: Rel): Column[] {
  return rel.columns.filter((c) => !c.hidden);
}
