/**
 * The function reference from the declarations: `npx tsx packages/kql/scripts/reference.ts` writes
 * docs/reference/functions.md, `--check` only says whether it is current, `--print` prints the page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AGGREGATES } from '../src/aggregates/registry.ts';
import { kusto } from '../src/bind/library.ts';
import type { ResultType } from '../src/functions/declare.ts';
import { SCALAR_FAMILIES } from '../src/functions/registry.ts';
import { PLUGINS } from '../src/plan/operators/plugins/registry.ts';
import { specialFunctionNames } from '../src/plan/special-functions.ts';

export const REFERENCE_PAGE = fileURLToPath(new URL('../../../docs/reference/functions.md', import.meta.url));

interface Line {
  readonly name: string;
  readonly also?: readonly string[];
  readonly args: string;
  readonly result: string;
  readonly doc: string;
}

/** Functions that are no declarations, because they depend on where they stand in the text. */
const SPECIAL: Readonly<Record<string, Omit<Line, 'name'>>> = {
  now: { args: 'timespan?', result: 'datetime', doc: 'The instant of the query, moved by a timespan.' },
  ago: { args: 'timespan', result: 'datetime', doc: 'The instant of the query less a timespan.' },
  column_ifexists: {
    also: ['columnifexists'],
    args: 'string any',
    result: 'as the arguments',
    doc: 'The column of that name, or the second value when there is none.',
  },
  column_names_of: { args: 'table', result: 'dynamic', doc: 'Names of the columns of a table.' },
  gettype: { args: 'any', result: 'string', doc: 'Name of the type of a value.' },
  ingestion_time: { args: '', result: 'datetime', doc: 'When a row of a table arrived.' },
  pack_all: { args: 'bool?', result: 'dynamic', doc: 'A bag of all columns.' },
  bag_pack_columns: { args: 'any*', result: 'dynamic', doc: 'A bag of the named columns.' },
  max_of: { args: 'same same*', result: 'as the arguments', doc: 'The largest of the values.' },
  min_of: { args: 'same same*', result: 'as the arguments', doc: 'The smallest of the values.' },
  prev: { args: 'any long? any?', result: 'as the first', doc: 'The value some rows before, else a default.' },
  next: { args: 'any long? any?', result: 'as the first', doc: 'The value some rows after, else a default.' },
  row_number: { args: 'long? bool?', result: 'long', doc: 'Number of the row; counting starts again where asked.' },
  row_cumsum: { args: 'number bool?', result: 'as the first', doc: 'Sum up to this row; it starts again where asked.' },
  row_window_session: {
    args: 'datetime timespan timespan bool?',
    result: 'datetime',
    doc: 'Start of the session a row belongs to: longest time from its start, longest pause.',
  },
  row_rank_dense: {
    args: 'any bool?',
    result: 'long',
    doc: 'Rank of the row; equal values share one, none is left out.',
  },
  row_rank_min: { args: 'any bool?', result: 'long', doc: 'Rank of the row; equal values share the lowest.' },
};

/** Spellings of those that stand behind the first one. */
const ALIASES = new Set(Object.values(SPECIAL).flatMap((l) => l.also ?? []));

function argumentsOf(pattern: string): string {
  const words = pattern.split(' ').filter(Boolean);
  return words
    .map((word) => {
      const bare = word.replace(/[?*]$/, '');
      return word.endsWith('?') ? `[${bare}]` : word.endsWith('*') ? `${bare}, …` : bare;
    })
    .join(', ');
}

function resultOf(type: ResultType): string {
  if (typeof type === 'function') return 'as the arguments';
  return type === 'first' ? 'as the first' : type === 'same' ? 'as the arguments' : type;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(lines: readonly Line[]): string {
  const rows = [...lines]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((l) => {
      const also = l.also?.length ? ` (also ${l.also.map((n) => `\`${n}\``).join(', ')})` : '';
      return `| \`${l.name}(${argumentsOf(l.args)})\`${also} | ${l.result} | ${cell(l.doc)} |`;
    });
  return ['| Function | Result | What it gives |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Names that a text can use: what the language library knows and our own extras, not the inner ones of plans. */
function nameable(): (name: string) => boolean {
  const globals = kusto().GlobalState.Default;
  return (name) => globals.GetFunction(name) !== null || globals.GetAggregate(name) !== null;
}

/** The whole page. */
export function functionReference(): string {
  const known = nameable();
  const names = (all: readonly string[] | undefined): string[] => (all ?? []).filter(known);
  const special = specialFunctionNames().filter((n) => known(n) && !ALIASES.has(n));
  const missing = special.filter((n) => !SPECIAL[n]);
  if (missing.length > 0) throw new Error(`The reference says nothing about ${missing.join(', ')}.`);
  const sections = SCALAR_FAMILIES.map(({ title, functions }) => {
    const lines = functions
      .filter((f) => known(f.name))
      .map((f) => ({ name: f.name, also: names(f.aliases), args: f.args, result: resultOf(f.returns), doc: f.doc }));
    return `## ${title}\n\n${table(lines)}`;
  });
  const aggregates = AGGREGATES.filter((a) => known(a.name)).map((a) => ({
    name: a.name,
    also: names([...(a.aliases ?? []), ...(a.conditional ?? [])]),
    args: a.args,
    result: resultOf(a.returns),
    doc: a.doc,
  }));
  const plugins = Object.entries(PLUGINS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, p]) => `| \`${name}(${cell(p.args)})\` | ${cell(p.doc)} |`);
  const places = table(special.map((name) => ({ name, ...SPECIAL[name]! })));
  return [
    '# Functions of the query language',
    'Made from the declarations in `packages/kql`; `npm run docs` writes it again.',
    'Square brackets mark arguments that may be left out, `…` ones that may be repeated. `any` takes every type, `number` every number, `scalar` everything but dynamic; arguments marked `same` are brought to one type. Other spellings stand behind the name; those of aggregates that end in `if` take a condition as a further argument.',
    ...sections,
    `## Depending on the place in the query\n\n${places}`,
    `## Aggregates\n\n${table(aggregates)}`,
    ['## Plugins of evaluate\n', '| Plugin | What it gives |', '| --- | --- |', ...plugins].join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = functionReference();
  if (process.argv.includes('--print')) process.stdout.write(page);
  else if (process.argv.includes('--check')) {
    if (readFileSync(REFERENCE_PAGE, 'utf8') !== page) {
      console.error('docs/reference/functions.md is stale: run npm run docs.');
      process.exitCode = 1;
    }
  } else writeFileSync(REFERENCE_PAGE, page);
}
