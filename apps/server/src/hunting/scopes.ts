/** Who may see which stored telemetry: rules of a file, by role, person and key. */
import { readFileSync } from 'node:fs';
import { type Principal, roleNamed } from '@parapet/access';
import type { HuntSight } from '@parapet/incidents';
import { type DataScope, type KqlSchema, mergeScopes, type RowCondition, scopedSchema } from '@parapet/kql';
import { type HuntingSchemaInfo, ParapetError, type Role } from '@parapet/schema';

/** One rule: whom it is about, and what they do not see. Everyone it names is limited by it. */
interface ScopeRule extends DataScope {
  readonly roles?: readonly string[];
  /** User names; a query key is `key:<name>`. */
  readonly users?: readonly string[];
}

export interface Scopes {
  /** What the caller may see; undefined when nothing limits them. */
  of(principal: { readonly username: string; readonly role: Role | null }): DataScope | undefined;
}

const RULE_KEYS = new Set(['roles', 'users', 'tables', 'hiddenTables', 'hiddenColumns', 'rows']);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads and checks a file of rules. A mistake stops the start: a rule that silently did nothing would show what it should hide. */
export function loadScopes(path: string, schema: KqlSchema): Scopes {
  const bad = (message: string): ParapetError =>
    new ParapetError('bad_data_scopes', 400, `${path}: ${message}`, 'See docs/how-to/limit-what-people-see.md.');
  const columnsOf = new Map(
    schema.tables.map((table) => [table.name, new Map(table.columns.map((c) => [c.name, c.type]))]),
  );
  const table = (name: string): ReadonlyMap<string, string> => {
    const found = columnsOf.get(name);
    if (!found) throw bad(`there is no table ${name}.`);
    return found;
  };
  const condition = (value: unknown, name: string): void => {
    if (!isObject(value)) throw bad(`the row condition of ${name} is not an object.`);
    const key = Object.keys(value).find((each) => ['all', 'any', 'not', 'column'].includes(each));
    const allowed = key === 'column' ? ['column', 'in'] : [key];
    if (!key || Object.keys(value).some((each) => !allowed.includes(each)))
      throw bad(`a row condition of ${name} is one of {"column", "in"}, {"all"}, {"any"} and {"not"}.`);
    if (key === 'not') {
      condition(value.not, name);
      return;
    }
    if (key === 'all' || key === 'any') {
      if (!Array.isArray(value[key])) throw bad(`"${key}" of ${name} is not a list.`);
      for (const each of value[key]) condition(each, name);
      return;
    }
    const type = typeof value.column === 'string' ? table(name).get(value.column) : undefined;
    if (!type) throw bad(`${name} has no column ${String(value.column)}.`);
    const fits = (each: unknown): boolean =>
      type === 'string' || type === 'guid'
        ? typeof each === 'string'
        : type === 'bool'
          ? typeof each === 'boolean'
          : (type === 'int' || type === 'long') && Number.isSafeInteger(each);
    if (!Array.isArray(value.in) || !value.in.every(fits))
      throw bad(
        `the values for ${name}.${String(value.column)} do not fit its type ${type}; text, whole numbers, true and false can be compared.`,
      );
  };
  const read = (value: unknown): ScopeRule => {
    if (!isObject(value)) throw bad('a rule is not an object.');
    const odd = Object.keys(value).find((key) => !RULE_KEYS.has(key));
    if (odd) throw bad(`a rule has no ${odd}.`);
    for (const key of ['roles', 'users', 'tables', 'hiddenTables'] as const)
      if (value[key] !== undefined && !isTexts(value[key])) throw bad(`${key} is not a list of texts.`);
    const rule = value as ScopeRule & Record<string, unknown>;
    if (!rule.roles?.length && !rule.users?.length) throw bad('a rule names neither roles nor users.');
    for (const role of rule.roles ?? []) if (!roleNamed(role)) throw bad(`there is no role ${role}.`);
    for (const name of [...(rule.tables ?? []), ...(rule.hiddenTables ?? [])]) table(name);
    for (const [name, columns] of Object.entries(rule.hiddenColumns ?? {})) {
      if (!isTexts(columns)) throw bad(`hiddenColumns of ${name} is not a list of texts.`);
      if (name !== '*')
        for (const column of columns) if (!table(name).has(column)) throw bad(`${name} has no column ${column}.`);
    }
    for (const [name, rows] of Object.entries(rule.rows ?? {}) as [string, RowCondition][]) {
      table(name);
      condition(rows, name);
    }
    return rule;
  };

  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  if (!isObject(parsed) || !Array.isArray(parsed.scopes)) throw bad('the file is not {"scopes": [ … ]}.');
  const rules = parsed.scopes.map(read);
  return {
    of({ username, role }) {
      const own = rules.filter(
        (rule) => rule.roles?.some((name) => roleNamed(name) === role) || rule.users?.includes(username),
      );
      return own.length === 0
        ? undefined
        : own.map(({ roles: _, users: __, ...scope }): DataScope => scope).reduce(mergeScopes);
    },
  };
}

export const NO_SCOPES: Scopes = { of: () => undefined };

/** What a caller may see of telemetry: by their rights, and by the rules of the file. */
export type SightOf = (principal: Principal) => Promise<HuntSight>;

/** The schema pane without what the caller may not see. Row counts of tables with hidden rows would tell of them. */
export function scopedInfo(
  info: HuntingSchemaInfo,
  schema: KqlSchema,
  { scope, restrictions = {} }: HuntSight,
): HuntingSchemaInfo {
  const partly = { ...scope?.rows, ...restrictions };
  if (!scope && Object.keys(partly).length === 0) return info;
  const seen = new Map(
    scopedSchema(schema, scope).tables.map((table) => [
      table.name,
      new Set(table.columns.map((column) => column.name)),
    ]),
  );
  return {
    ...info,
    tables: info.tables
      .filter((table) => seen.has(table.name))
      .map((table) => ({
        ...table,
        columns: table.columns.filter((column) => seen.get(table.name)?.has(column.name)),
        ...(Object.hasOwn(partly, table.name) ? { rows: 0, newest: null } : {}),
      })),
  };
}
