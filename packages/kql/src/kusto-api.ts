/**
 * The few parts of Microsoft's library this package uses, typed. The library is generated code without useful types;
 * nothing outside `kusto-api.ts` and `bind/` may touch it directly.
 */

export interface KList<T> {
  readonly Count?: number;
  readonly length?: number;
  getItem?(index: number): T;
  readonly [index: number]: T;
}

export interface KType {
  readonly Name: string;
  readonly Columns?: KList<{ readonly Name: string; readonly Type: KType }>;
}

export interface KFunctionSymbol {
  readonly Name: string;
  readonly ResultNameKind: number;
  readonly ResultNamePrefix: string | null;
  readonly Signatures?: KList<{ readonly Parameters: KList<{ readonly Name: string }> }>;
}

/** A node or token of the syntax tree. Named children are read through `child()` and `list()` of `bind/syntax.ts`. */
export interface KNode {
  readonly Kind: number;
  readonly ChildCount: number;
  GetChild(index: number): KNode | null;
  readonly Parent: KNode | null;
  readonly TextStart: number;
  readonly Width: number;
  readonly End: number;
  readonly ResultType?: KType | null;
  readonly SimpleName?: string;
  readonly Text?: string;
  readonly LiteralValue?: unknown;
  /** 1 keeps the blanks and comments inside. */
  ToString(trivia?: number): string;
}

export interface KDiagnostic {
  readonly Code: string;
  readonly Severity: string;
  readonly Message: string;
  readonly Start: number;
  readonly Length: number;
}

export interface KCode {
  readonly Syntax: KNode;
  GetDiagnostics(): KList<KDiagnostic>;
}

export interface KGlobals {
  WithDatabase(database: unknown): KGlobals;
  WithCache(): KGlobals;
  GetFunction(name: string): KFunctionSymbol | null;
  GetAggregate(name: string): KFunctionSymbol | null;
  GetPlugIn(name: string): KFunctionSymbol | null;
  readonly Functions: KList<KFunctionSymbol>;
  readonly Aggregates: KList<KFunctionSymbol>;
  readonly PlugIns: KList<KFunctionSymbol>;
}

type Ctor<A extends readonly unknown[], R> = new (...args: A) => R;

export interface KLanguage {
  readonly KustoCode: {
    ParseAndAnalyze(text: string, globals: KGlobals): KCode;
    Parse(text: string, globals?: KGlobals): KCode;
  };
  readonly GlobalState: { readonly Default: KGlobals };
  readonly Syntax: { readonly SyntaxKind: Readonly<Record<string, unknown>> };
  readonly Symbols: {
    readonly ScalarTypes: { GetSymbol(name: string): unknown };
    readonly ColumnSymbol: Ctor<[string, unknown, null, null, null, null], unknown>;
    readonly TableSymbol: { readonly $ctor4: Ctor<[string, unknown[]], KTableSymbol> };
    readonly DatabaseSymbol: { readonly $ctor1: Ctor<[string, unknown[], boolean?], unknown> };
    readonly Parameter: { readonly $ctor2: Ctor<[string, unknown], unknown> };
    readonly FunctionSymbol: {
      readonly $ctor5: Ctor<[string, unknown, unknown[]], unknown>;
      /** Name, parameters in parentheses, body, description. */
      readonly $ctor16: Ctor<[string, string, string, string], unknown>;
      /** Name, result type by call, kind of result (2: table), parameters. */
      readonly ctor: Ctor<[string, (call: KCallContext) => unknown, number, unknown[]], unknown>;
    };
  };
}

/** What a function symbol knows of a call when it says what the call gives. */
export interface KCallContext {
  readonly Arguments: KList<{ readonly ConstantValue?: unknown }> | null;
}

export interface KTableSymbol {
  WithIsOpen(open: boolean): KTableSymbol;
}

/** A library list as an array. */
export function items<T>(list: KList<T> | null | undefined): T[] {
  if (!list) return [];
  if (Array.isArray(list)) return list as T[];
  const out: T[] = [];
  for (let i = 0; i < (list.Count ?? 0); i++) out.push(list.getItem!(i));
  return out;
}
