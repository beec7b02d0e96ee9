import type { HuntingLanguage, HuntingSchemaInfo, LanguageWord } from '@parapet/schema/wire';
import { type KqlToken, significant, tokenize } from './lexer.ts';

/** Help for one name: how it is written, what it gives, what it does. */
export interface Help {
  readonly title: string;
  readonly kind: string;
  readonly text: string;
  /** UTF-16 offsets of what the help is about. */
  readonly start: number;
  readonly end: number;
}

type Column = HuntingSchemaInfo['tables'][number]['columns'][number];

/** The words a query may use, for hover and completion: the language from the compiler, the names from the schema. */
export interface Lexicon {
  word(name: string, kinds?: readonly LanguageWord['kind'][]): LanguageWord | undefined;
  table(name: string): HuntingSchemaInfo['tables'][number] | undefined;
  /** Current name of a retired table. */
  retired(name: string): string | undefined;
  /** A column of one of these tables, else of any table. */
  column(name: string, tables?: readonly string[]): { readonly column: Column; readonly table: string } | undefined;
  unsupported(name: string): boolean;
  readonly watchlists: readonly string[];
}

export function createLexicon(language: HuntingLanguage | undefined, schema: HuntingSchemaInfo | undefined): Lexicon {
  const words = new Map<string, LanguageWord[]>();
  for (const word of language?.items ?? []) words.set(word.name, [...(words.get(word.name) ?? []), word]);
  const tables = new Map(schema?.tables.map((table) => [table.name, table]));
  const aliases = schema?.tableAliases ?? {};
  const unsupported = new Set(language?.unsupported);
  const table = (name: string) => tables.get(name) ?? tables.get(Object.hasOwn(aliases, name) ? aliases[name]! : '');
  const inTable = (name: string, of: string): Column | undefined => {
    const found = table(of);
    return (
      found?.columns.find((column) => column.name === name) ??
      (found ? schema?.standardColumns.find((column) => column.name === name) : undefined)
    );
  };
  return {
    word: (name, kinds) => {
      const all = words.get(name);
      return kinds ? all?.find((word) => kinds.includes(word.kind)) : all?.[0];
    },
    table,
    retired: (name) => (tables.has(name) || !Object.hasOwn(aliases, name) ? undefined : aliases[name]),
    column: (asked, among = []) => {
      const renamed = schema?.columnAliases ?? {};
      for (const name of [asked, ...(Object.hasOwn(renamed, asked) ? [renamed[asked]!] : [])]) {
        for (const one of [...among, ...tables.keys()]) {
          const column = inTable(name, one);
          if (column) return { column, table: one };
        }
      }
      return undefined;
    },
    unsupported: (name) => unsupported.has(name),
    watchlists: schema?.watchlists.map((list) => list.alias) ?? [],
  };
}

const rows = (count: number): string =>
  count === 0 ? 'empty' : `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`;

export function wordText(word: LanguageWord): string {
  const gives = word.returns ? ` Gives: ${word.returns}.` : '';
  const old = word.aliasOf ? ` Old spelling of ${word.aliasOf}.` : '';
  return `${word.doc}${gives}${old}`;
}

const KINDS: Readonly<Record<LanguageWord['kind'], string>> = {
  function: 'Function',
  aggregate: 'Aggregate',
  plugin: 'Plugin',
  operator: 'Operator',
  statement: 'Statement',
  word: 'Operator',
  saved: 'Saved function',
};

/** Words that the lexer cuts apart. */
function joined(tokens: readonly KqlToken[], index: number): { name: string; start: number; end: number } {
  const token = tokens[index]!;
  const [before, next] = [tokens[index - 1], tokens[index + 1]];
  let { start, end } = token;
  let name = token.text;
  if (before?.text === '!' && before.end === start) [name, start] = [`!${name}`, before.start];
  if (next?.text === '~' && next.start === end) [name, end] = [`${name}~`, next.end];
  if (name === 'matches' && next?.text === 'regex') [name, end] = ['matches regex', next.end];
  if (name === 'regex' && before?.text === 'matches') [name, start] = ['matches regex', before.start];
  return { name, start, end };
}

/** Names that `let` and `=` made in the text: help about a table's column of that name would be wrong. */
function madeHere(tokens: readonly KqlToken[]): ReadonlySet<string> {
  const made = new Set<string>();
  for (const [index, token] of tokens.entries())
    if (token.kind === 'word' && tokens[index + 1]?.text === '=') made.add(token.text);
  return made;
}

/**
 * Help for what stands at an offset of a query. What a name is follows from its place: after a pipe an operator, before
 * a bracket a call, else a table or a column of the tables the text names.
 */
export function helpAt(text: string, offset: number, lexicon: Lexicon): Help | undefined {
  const tokens = significant(tokenize(text));
  const index = tokens.findIndex((token) => token.start <= offset && offset < token.end);
  const token = tokens[index];
  if (token?.kind !== 'word') return undefined;
  const { name, start, end } = joined(tokens, index);
  const before = tokens[index - 1]?.text;
  const word = (...kinds: LanguageWord['kind'][]) => lexicon.word(name, kinds);
  const help = (found: LanguageWord | undefined): Help | undefined =>
    found && { title: found.form, kind: KINDS[found.kind], text: wordText(found), start, end };

  if (before === '|') return help(word('operator', 'statement', 'word'));
  if (before === '.') return undefined;
  if (tokens[index + 1]?.text === '(') {
    const call =
      before === 'evaluate'
        ? word('plugin')
        : (word('function', 'aggregate', 'saved', 'statement') ?? word('word', 'operator', 'plugin'));
    if (call) return help(call);
  }
  const table = lexicon.table(token.text);
  if (table) {
    const now = lexicon.retired(token.text);
    const time = table.timeColumn ? `time in ${table.timeColumn}` : 'no time column';
    return {
      title: table.name,
      kind: now ? `Retired name of ${now}` : 'Table',
      text: `${table.description}\n\n${table.category} · ${rows(table.rows)} · ${table.columns.length} columns · ${time}`,
      start: token.start,
      end: token.end,
    };
  }
  const begins = index === 0 || before === ';' || before === '(';
  const inText = word('statement', 'word') ?? (begins ? word('operator') : undefined);
  if (inText) return help(inText);
  if (madeHere(tokens).has(token.text)) return undefined;
  const named = tokens.filter((one) => one.kind === 'word' && lexicon.table(one.text)).map((one) => one.text);
  const found = lexicon.column(token.text, named);
  if (!found) return undefined;
  const values = found.column.values?.slice(0, 8).join(', ');
  const renamed = found.column.name === token.text ? '' : `Retired name of ${found.column.name}. `;
  return {
    title: `${token.text}: ${found.column.type}`,
    kind: named.length > 0 ? `Column of ${found.table}` : 'Column',
    text: `${renamed}${found.column.description ?? ''}${values ? `\n\nFor example: ${values}` : ''}`.trim(),
    start: token.start,
    end: token.end,
  };
}

/** The alias that is being typed, when the offset is inside the first argument of `_GetWatchlist`. */
export function watchlistArgument(before: string): string | undefined {
  return /_GetWatchlist\s*\(\s*(["'][^"'\n]*)?$/.exec(before)
    ? (/(["'][^"'\n]*)?$/.exec(before)?.[0] ?? '')
    : undefined;
}
