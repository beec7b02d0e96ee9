import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type HuntingSchema, loadHuntingSchema } from '@parapet/schema';
import type { Hunting } from '@parapet/store';
import { checkColumns, type QueryFacts } from './columns.ts';
import { type ParsedRule, parseRule, requiredColumns } from './parse.ts';
import type { Rule, RuleProblem } from './types.ts';

/** A rule whose query compiles and yields what its entities need. */
export interface CheckedRule extends Rule, QueryFacts {}

export interface LoadedRules {
  readonly rules: readonly CheckedRule[];
  readonly problems: readonly RuleProblem[];
  /** Text of each file that holds a good rule, by rule id. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Queries that read everything are refused: their cost grows with every new table (spec B 5.2). */
const READS_ALL = /(^|[\s(|;])(search\s+\*|search\s+"|union\s+(\w+\s*=\s*\S+\s+)*\*)/m;

/**
 * Parse and check one rule.
 * @param file path that problems name; its first part is the domain, `own` for rules made in the portal
 */
export async function checkRule(
  file: string,
  text: string,
  hunting: Hunting,
): Promise<{ readonly rule?: CheckedRule; readonly parsed?: ParsedRule; readonly problems: readonly RuleProblem[] }> {
  const schema = loadHuntingSchema();
  const { parsed, problems } = parseRule(file, text);
  if (!parsed) return { problems };
  const { rule } = parsed;
  checkTests(parsed, schema, problems);
  if (READS_ALL.test(rule.query)) {
    problems.push({
      file,
      line: parsed.lineOf('query') + 1,
      message: 'query: reads every table (search * or union *)',
      path: 'query',
      fix: 'name the tables',
    });
    return { parsed, problems };
  }
  const compiled = await hunting.compile(rule.query);
  if (!compiled.ok) {
    // The text of a block starts on the line after its key.
    for (const error of compiled.errors)
      problems.push({
        file,
        line: parsed.lineOf('query') + error.line,
        message: `query, column ${error.column}: ${error.message}${error.suggestion ? ` (${error.suggestion})` : ''}`,
        path: 'query',
      });
    return { parsed, problems };
  }
  const facts = await checkColumns(parsed, compiled, requiredColumns(text), schema, hunting, problems);
  return problems.length === 0 && facts ? { rule: { ...rule, ...facts }, parsed, problems } : { parsed, problems };
}

/**
 * Read and check every `*.yaml` below a folder. A rule with a problem is left out; the others are returned.
 * @param contentDir the `detections` folder of the content
 */
export async function loadRules(contentDir: string, hunting: Hunting): Promise<LoadedRules> {
  const problems: RuleProblem[] = [];
  const rules: CheckedRule[] = [];
  const texts = new Map<string, string>();
  const ids = new Map<string, string>();
  const titles = new Map<string, string>();
  for (const path of yamlFiles(contentDir)) {
    const file = relative(contentDir, path).split(sep).join('/');
    const text = readFileSync(path, 'utf8');
    const { rule, parsed, problems: found } = await checkRule(file, text, hunting);
    const before = problems.length;
    problems.push(...found);
    if (!parsed) continue;
    const unique = (map: Map<string, string>, key: string, value: string) => {
      const other = map.get(value.toLowerCase());
      if (other) problems.push({ file, line: parsed.lineOf(key), message: `${key}: the same as in ${other}` });
      map.set(value.toLowerCase(), file);
    };
    unique(ids, 'id', parsed.rule.id);
    unique(titles, 'title', parsed.rule.title);
    if (!rule || problems.length > before) continue;
    rules.push(rule);
    texts.set(rule.id, text);
  }
  return { rules, problems, texts };
}

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function checkTests(parsed: ParsedRule, schema: HuntingSchema, problems: RuleProblem[]): void {
  const { rule } = parsed;
  for (const [index, test] of rule.tests.entries())
    for (const [table, rows] of Object.entries(test.rows)) {
      const known = schema.byName.get(table);
      const report = (message: string, ...path: (string | number)[]) =>
        problems.push({ file: rule.file, line: parsed.lineOf('tests', index, 'rows', table, ...path), message });
      if (!known) {
        report(`tests: there is no table ${table}`);
        continue;
      }
      const columns = new Set(known.columns.map((column) => column.name));
      for (const [number, row] of rows.entries())
        for (const column of Object.keys(row))
          if (!columns.has(column)) report(`tests: ${table} has no column ${column}`, number, column);
    }
}
