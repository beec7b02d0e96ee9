/** What a function must be before it is saved: well written, with a name of its own, and no caller of itself. */
import type { KqlSchema, StoredFunction } from '@parapet/kql';
import { FUNCTION_NAME, ParapetError } from '@parapet/schema';
import type { Hunting, HuntOptions } from '@parapet/store';
import type { Owner, SavedInput } from './store.ts';

/** Values that stand in for arguments while a function is tried. */
const SAMPLES: Readonly<Record<string, string>> = {
  string: '""',
  long: '1',
  int: 'int(1)',
  real: '1.0',
  double: '1.0',
  decimal: 'decimal(1)',
  bool: 'true',
  boolean: 'true',
  datetime: 'now()',
  date: 'now()',
  timespan: '1d',
  time: '1d',
  dynamic: 'dynamic(null)',
  guid: 'guid(null)',
};

export interface Parameter {
  readonly name: string;
  /** `(a:string, …)` for a table. */
  readonly type: string;
  /** Text of the default value. */
  readonly fallback?: string;
}

/** Parameters of a declaration, cut at commas outside of brackets and texts. */
export function parametersOf(text: string): Parameter[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let current = '';
  for (const c of text) {
    if (quote) quote = c === quote ? '' : quote;
    else if (c === '"' || c === "'") quote = c;
    else if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
    if (c === ',' && depth === 0 && !quote) {
      parts.push(current);
      current = '';
    } else current += c;
  }
  return [...parts, current]
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [, name = part, type = 'string', value] =
        /^([\w$]+)\s*:\s*(\([^)]*\)|\w+)\s*(?:=\s*([\s\S]*))?$/.exec(part) ?? [];
      return { name, type, ...(value === undefined ? {} : { fallback: value }) };
    });
}

/** A call that tries a function, and whether nothing is known of a table it takes. */
function trial(input: SavedInput): { readonly text: string; readonly open: boolean } {
  const parameters = parametersOf(input.parameters).filter((p) => p.fallback === undefined);
  const open = parameters.some((p) => /^\(\s*\*\s*\)$/.test(p.type));
  const values = parameters.map((p) =>
    p.type.startsWith('(')
      ? `(datatable(${/^\(\s*\*\s*\)$/.test(p.type) ? 'Column1:string' : p.type.slice(1, -1)})[])`
      : (SAMPLES[p.type.toLowerCase()] ?? '""'),
  );
  return { text: `${input.name}(${values.join(', ')})`, open };
}

const bad = (message: string, hint?: string, details?: unknown): ParapetError =>
  new ParapetError('kql_error', 400, message, hint, details);

/**
 * @throws ParapetError `bad_function_name`, `function_name_taken`, and `kql_error` whose details are places in the body
 */
export async function checkFunction(
  hunting: Hunting,
  schema: KqlSchema,
  input: SavedInput,
  owner: Owner,
  scope: Pick<HuntOptions, 'scope'>,
): Promise<void> {
  const { name, parameters, query: body } = input;
  if (!new RegExp(FUNCTION_NAME).test(name))
    throw new ParapetError(
      'bad_function_name',
      400,
      `'${name.slice(0, 100)}' cannot name a function.`,
      'Use letters, digits and underscores; begin with a letter or underscore.',
    );
  const known = schema.tables.some((t) => t.name === name) || schema.tableAliases?.[name];
  const word = (await hunting.language()).items.find(
    (item) => item.name === name && item.kind !== 'saved' && item.kind !== 'word',
  );
  if (known || word)
    throw new ParapetError(
      'function_name_taken',
      409,
      `${name} is ${known ? 'a table' : `a ${word?.kind} of the language`}.`,
      'Choose another name.',
    );

  // The body is read inside a declaration, so that what is wrong has its place; lines and places are those of the body.
  const head = `let ${name} = (${parameters}) {\n`;
  const own: StoredFunction = { name, parameters, body };
  const options = { owner: owner.id, functions: [own], ...scope };
  const found = await hunting.check(`${head}${body}\n};\nprint 1`, options);
  const lines = head.split('\n').length - 1;
  const errors = found.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length) {
    const inBody = errors.filter((d) => d.start >= head.length && d.start <= head.length + body.length);
    const first = inBody[0] ?? errors[0];
    if (!inBody.length)
      throw bad(`The parameters cannot be read: ${first?.message ?? ''}`, 'For example: device:string, days:long = 7');
    const details = inBody.map((d) => ({ ...d, start: d.start - head.length, line: d.line - lines }));
    throw bad(
      `${first?.message} (line ${(first?.line ?? 1) - lines}, column ${first?.column})`,
      first?.suggestion,
      details,
    );
  }

  const { text, open } = trial(input);
  const tried = await hunting.compile(text, options);
  // Columns of a table that the function takes are known at each call only.
  const wrong = tried.ok ? [] : tried.errors.filter((e) => !open || e.code === 'KQL0101');
  const first = wrong[0];
  if (first) throw bad(first.message, first.suggestion, []);
}

/** Names of the functions whose bodies name one. */
export function callersOf(name: string, functions: readonly StoredFunction[]): string[] {
  const word = new RegExp(`(?<![\\w.])${name}(?!\\w)`);
  const code = (body: string): string => body.replace(/\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, ' ');
  return functions.filter((f) => f.name !== name && word.test(code(f.body))).map((f) => f.name);
}
