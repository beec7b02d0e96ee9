import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { CompiledQuery } from '@parapet/kql';
import { type HuntingSchema, loadHuntingSchema } from '@parapet/schema';
import type { Hunting } from '@parapet/store';
import { type ParsedRule, parseRule, requiredColumns, templateColumns } from './parse.ts';
import type { Rule, RuleProblem } from './types.ts';

/** A rule whose query compiles and yields what its entities need. */
export interface CheckedRule extends Rule {
  readonly tables: readonly string[];
  /** Table of the events of an alert. */
  readonly eventTable: string;
  /** Column of the event's time in the query's result. */
  readonly timeColumn: 'Timestamp' | 'TimeGenerated';
}

export interface LoadedRules {
  readonly rules: readonly CheckedRule[];
  readonly problems: readonly RuleProblem[];
}

const ASSETS = new Set(['device', 'user', 'mailbox', 'cloudResource', 'cloudAccount', 'cloudIdentity']);

/**
 * Read and check every `*.yaml` below a folder. A rule with a problem is left out; the others are returned.
 * @param contentDir the `detections` folder of the content
 */
export async function loadRules(contentDir: string, hunting: Hunting): Promise<LoadedRules> {
  const schema = loadHuntingSchema();
  const problems: RuleProblem[] = [];
  const rules: CheckedRule[] = [];
  const ids = new Map<string, string>();
  const titles = new Map<string, string>();
  for (const path of yamlFiles(contentDir)) {
    const file = relative(contentDir, path).split(sep).join('/');
    const text = readFileSync(path, 'utf8');
    const { parsed, problems: found } = parseRule(file, text);
    problems.push(...found);
    if (!parsed) continue;
    const { rule } = parsed;
    const before = problems.length;
    const unique = (map: Map<string, string>, key: string, value: string) => {
      const other = map.get(value.toLowerCase());
      if (other) problems.push({ file, line: parsed.lineOf(key), message: `${key}: the same as in ${other}` });
      map.set(value.toLowerCase(), file);
    };
    unique(ids, 'id', rule.id);
    unique(titles, 'title', rule.title);
    checkTests(parsed, schema, problems);
    const compiled = await hunting.compile(rule.query);
    if (!compiled.ok) {
      // The text of a block starts on the line after its key.
      for (const error of compiled.errors)
        problems.push({
          file,
          line: parsed.lineOf('query') + error.line,
          message: `query, column ${error.column}: ${error.message}${error.suggestion ? ` (${error.suggestion})` : ''}`,
        });
      continue;
    }
    const checked = checkColumns(parsed, compiled, requiredColumns(text), schema, problems);
    if (problems.length === before && checked) rules.push(checked);
  }
  return { rules, problems };
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

/** Spec B 4.1: time, identity of the event and an asset; and that everything the file names is there. */
function checkColumns(
  parsed: ParsedRule,
  compiled: CompiledQuery,
  required: readonly (readonly string[])[],
  schema: HuntingSchema,
  problems: RuleProblem[],
): CheckedRule | undefined {
  const { rule } = parsed;
  const columns = new Set(compiled.columns.map((column) => column.name));
  const report = (key: string, message: string, ...path: (string | number)[]) =>
    problems.push({ file: rule.file, line: parsed.lineOf(key, ...path), message: `${key}: ${message}` });
  const need = (column: string, why: string) => {
    if (!columns.has(column)) report('query', `the result has no column ${column}, ${why}`);
  };
  const eventTable = compiled.tables[0];
  if (!eventTable) {
    report('query', 'reads no table');
    return undefined;
  }
  if (rule.kind === 'continuous' && !compiled.rowWise)
    report('query', 'a continuous rule reads one table with row-wise operators only (where, extend, project, parse)');
  const timeColumn = schema.byName.get(eventTable)?.timeColumn === 'TimeGenerated' ? 'TimeGenerated' : 'Timestamp';
  need(timeColumn, 'which says when it happened (keep the time column of the table)');
  if (eventTable.startsWith('Device')) need('DeviceId', 'which with ReportId identifies the event');
  if (timeColumn === 'Timestamp' && !eventTable.startsWith('Alert'))
    need('ReportId', 'which identifies the event (with summarize, use arg_max(Timestamp, ReportId))');
  for (const [index, list] of required.entries())
    for (const column of list)
      if (!columns.has(column)) report('entities', `the query does not produce ${column}`, index);
  if (!rule.entities.some((entity) => ASSETS.has(entity.type)))
    report('entities', `must name an asset (${[...ASSETS].join(', ')})`);
  for (const [index, column] of rule.groupBy.entries())
    if (!columns.has(column)) report('groupBy', `the query does not produce ${column}`, index);
  for (const key of ['title', 'description'] as const)
    for (const column of templateColumns(rule[key]))
      if (!columns.has(column)) report(key, `the query does not produce ${column}`);
  return { ...rule, tables: compiled.tables, eventTable, timeColumn };
}
