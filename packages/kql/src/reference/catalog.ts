import { aggregateFunction, aggregateNames } from '../aggregates/registry.ts';
import { kusto } from '../bind/library.ts';
import type { AggregateDecl, FunctionDecl } from '../functions/declare.ts';
import { scalarFunction, scalarFunctionNames } from '../functions/registry.ts';
import { HUNTING_FUNCTIONS } from '../hunting/functions.ts';
import { items } from '../kusto-api.ts';
import { PLUGINS } from '../plan/operators/plugins/registry.ts';
import { operatorFor } from '../plan/operators/registry.ts';
import { specialFunctionNames } from '../plan/special-functions.ts';
import type { StoredFunction } from '../types.ts';
import { SCALAR_OPERATORS, STATEMENT_WORDS, TABULAR_OPERATORS } from './operators.ts';
import { type CallDoc, SPECIAL_AGGREGATE_DOCS, SPECIAL_FUNCTION_DOCS, WATCHLIST_FUNCTION_DOCS } from './special.ts';

/** One word of the language that the compiler supports, as a person reads it. */
export interface LanguageEntry {
  readonly name: string;
  /** `operator` follows a pipe or begins a query; `word` stands between values; `saved` is a function written in the language. */
  readonly kind: 'function' | 'aggregate' | 'plugin' | 'operator' | 'statement' | 'word' | 'saved';
  /** How it is written: `substring(source: string, start: long, [length: long])`. */
  readonly form: string;
  /** A type by name, or what it depends on. */
  readonly returns?: string;
  readonly doc: string;
  /** This is an old spelling of that name. */
  readonly aliasOf?: string;
}

/** The language as an editor needs it. */
export interface LanguageCatalog {
  readonly items: readonly LanguageEntry[];
  /** What the library knows and this compiler refuses. */
  readonly unsupported: readonly string[];
}

const TYPE_WORDS: Readonly<Record<string, string>> = { any: '', scalar: 'no dynamic', same: '', number: 'number' };

/** Names of the parameters in the longest signature the library knows. */
function parameterNames(name: string): readonly string[] {
  const { Default } = kusto().GlobalState;
  const symbol = Default.GetFunction(name) ?? Default.GetAggregate(name);
  const all = items(symbol?.Signatures).map((s) => items(s.Parameters).map((p) => p.Name));
  return all.sort((a, b) => b.length - a.length)[0] ?? [];
}

/** An argument pattern of a declaration as it is written in a query. */
function formOf(name: string, pattern: string): string {
  const names = parameterNames(name);
  if (pattern === 'case') return `${name}(condition, value, …, otherwise)`;
  const all = pattern.split(' ').filter(Boolean);
  // `count` may be given an argument that `countif` has no place for.
  const spare = names.length > 0 ? all.length - names.length : 0;
  const optional = all.findIndex((part) => part.endsWith('?'));
  const parts = spare > 0 && optional >= 0 ? all.filter((_, index) => index !== optional) : all;
  const written = parts.flatMap((part, index) => {
    const type = part.replace(/[?*]$/, '');
    const word = TYPE_WORDS[type] ?? type;
    const called = names[index] ?? (part.endsWith('*') ? 'more' : `arg${index + 1}`);
    const one = word ? `${called}: ${word}` : called;
    if (part.endsWith('*')) return names.length > parts.length ? names.slice(index).map((n) => `[${n}]`) : ['…'];
    return [part.endsWith('?') ? `[${one}]` : one];
  });
  return `${name}(${written.join(', ')})`;
}

function returnsOf(decl: FunctionDecl | AggregateDecl): string {
  if (typeof decl.returns === 'function') return 'depends on the arguments';
  if (decl.returns === 'first') return 'the type of the first argument';
  if (decl.returns === 'same') return 'the type its arguments have in common';
  return decl.returns;
}

function declared(name: string, decl: FunctionDecl | AggregateDecl, kind: 'function' | 'aggregate'): LanguageEntry {
  const conditional = 'conditional' in decl && decl.conditional?.includes(name);
  const pattern = decl.args.split(' ').filter(Boolean);
  if (conditional) pattern.splice(decl.conditionAt ?? pattern.length, 0, 'bool');
  const form = formOf(name, pattern.join(' '));
  const doc = conditional ? `${decl.doc} Only rows for which the condition is true count.` : decl.doc;
  const alias = name !== decl.name && !conditional ? { aliasOf: decl.name } : {};
  return { name, kind, form, returns: returnsOf(decl), doc, ...alias };
}

function calls(docs: Readonly<Record<string, CallDoc>>, kind: LanguageEntry['kind']): LanguageEntry[] {
  return Object.entries(docs).map(([name, doc]) => ({ name, kind, ...doc }));
}

/** A saved function as an entry. */
export function savedEntry(f: StoredFunction): LanguageEntry {
  return { name: f.name, kind: 'saved', form: `${f.name}(${f.parameters})`, doc: f.description ?? 'A saved function.' };
}

/**
 * Everything a query may say: functions, aggregates, plugins and operators, read from the declarations that bind and
 * emit them, so a word is listed here exactly when the compiler knows it.
 * @param saved functions besides the built-in ones
 */
export function languageCatalog(saved: readonly StoredFunction[] = []): LanguageEntry[] {
  const special = new Set(specialFunctionNames());
  const scalar = scalarFunctionNames().filter((name) => !name.startsWith('__') && !special.has(name));
  const words = (docs: typeof SCALAR_OPERATORS, kind: LanguageEntry['kind']): LanguageEntry[] =>
    Object.entries(docs)
      .filter(([, doc]) => !doc.kind || operatorFor(doc.kind))
      .map(([name, { form, doc }]) => ({ name, kind, form, doc }));
  const out = [
    ...scalar.map((name) => declared(name, scalarFunction(name)!, 'function')),
    ...calls(SPECIAL_FUNCTION_DOCS, 'function').filter((entry) => special.has(entry.name)),
    ...calls(WATCHLIST_FUNCTION_DOCS, 'function'),
    ...aggregateNames().map((name) => declared(name, aggregateFunction(name)!, 'aggregate')),
    ...calls(SPECIAL_AGGREGATE_DOCS, 'aggregate').filter((entry) => !aggregateFunction(entry.name)),
    ...Object.entries(PLUGINS).map(
      ([name, { args, doc }]): LanguageEntry => ({ name, kind: 'plugin', form: `${name}(${args})`, doc }),
    ),
    ...words(TABULAR_OPERATORS, 'operator'),
    ...words(STATEMENT_WORDS, 'statement'),
    ...words(SCALAR_OPERATORS, 'word'),
    ...[...HUNTING_FUNCTIONS, ...saved].map(savedEntry),
  ];
  return out.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Functions, aggregates and plugins that the library knows and this compiler refuses. */
export function unsupportedWords(catalog: readonly LanguageEntry[]): string[] {
  const known = new Set(catalog.map((entry) => entry.name));
  const { Default } = kusto().GlobalState;
  const all = [...items(Default.Functions), ...items(Default.Aggregates), ...items(Default.PlugIns)];
  const operators = Object.keys(TABULAR_OPERATORS);
  return [...new Set([...all.map((symbol) => symbol.Name), ...operators])].filter((name) => !known.has(name)).sort();
}
