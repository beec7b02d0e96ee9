import { items, type KCode, type KDiagnostic, type KGlobals, type KNode } from '../kusto-api.ts';
import type { KqlDiagnostic } from '../types.ts';
import { kusto } from './library.ts';
import { namedGlobals } from './named.ts';
import type { BoundSchema } from './schema.ts';
import { list } from './syntax.ts';

export interface BoundText {
  readonly text: string;
  readonly root: KNode;
  readonly statements: readonly KNode[];
  readonly diagnostics: readonly KDiagnostic[];
}

/** Texts bound before the library's cache is started afresh: it only grows. */
const CACHE_LIFE = 500;
const cached = new WeakMap<BoundSchema, { globals: KGlobals; uses: number }>();

/**
 * The schema's globals with a cache that outlives one text: without one the library makes a copy for each text and builds
 * its look-up tables again.
 */
function cachedGlobals(schema: BoundSchema): KGlobals {
  const known = cached.get(schema);
  if (known && known.uses++ < CACHE_LIFE) return known.globals;
  const globals = schema.globals.WithCache();
  cached.set(schema, { globals, uses: 0 });
  return globals;
}

/** Bound texts kept for each schema, the ones used last. */
const KEPT = 100;
const kept = new WeakMap<BoundSchema, Map<string, BoundText>>();

/**
 * Parses and binds a text. Never throws for what the text says. This is most of the work of a compile and depends on text
 * and schema only, not on the clock: a query that runs again a minute later is bound already.
 */
export function bind(text: string, schema: BoundSchema): BoundText {
  const known = kept.get(schema) ?? new Map<string, BoundText>();
  kept.set(schema, known);
  const bound = known.get(text) ?? analyse(text, schema);
  known.delete(text);
  known.set(text, bound);
  if (known.size > KEPT) known.delete(known.keys().next().value!);
  return bound;
}

function analyse(text: string, schema: BoundSchema): BoundText {
  const named = namedGlobals(text, schema);
  if (named) {
    const bound = analyseWith(text, named);
    if (!bound.diagnostics.some((d) => d.Severity === 'Error')) return bound;
  }
  return analyseWith(text, cachedGlobals(schema));
}

function analyseWith(text: string, globals: KGlobals): BoundText {
  const code: KCode = kusto().KustoCode.ParseAndAnalyze(text, globals);
  const root = code.Syntax;
  return { text, root, statements: list(root, 'Statements'), diagnostics: items(code.GetDiagnostics()) };
}

/** Line and column (from 1) of an offset. */
export function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/** A diagnostic with its place in the text. */
export function located(
  text: string,
  at: { readonly start: number; readonly length: number },
  d: Pick<KqlDiagnostic, 'code' | 'severity' | 'message' | 'suggestion'>,
): KqlDiagnostic {
  const start = Math.max(0, Math.min(at.start, text.length));
  const { suggestion, ...rest } = d;
  return {
    ...rest,
    start,
    length: Math.max(0, at.length),
    ...position(text, start),
    ...(suggestion ? { suggestion } : {}),
  };
}
