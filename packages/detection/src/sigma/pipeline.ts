/** Log sources of Sigma and where our tables hold them: data of `content/sigma/*.yaml`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HuntingTable, loadHuntingSchema } from '@parapet/schema';
import { parse } from 'yaml';
import { kqlString } from '../runtime/kql-text.ts';
import type { LogSource } from './types.ts';

export type ColumnType = 'string' | 'int' | 'long' | 'real' | 'bool' | 'datetime' | 'dynamic';

/** Where the value of a Sigma field stands. Several kinds need more than an expression. */
export interface FieldTarget {
  /** KQL expression of the value. */
  readonly kql: string;
  readonly type: ColumnType;
  /** Column of the last part of a path, compared by itself where that says the same. */
  readonly name?: string;
  /** Only that column exists; the folder is not recorded. */
  readonly nameOnly?: boolean;
  /** The value is a text or document that contains the field among others: equality becomes "contains". */
  readonly inside?: boolean;
  /** Like `inside`, and this word must stand there as well. */
  readonly insideAs?: string;
  /** Value (lower case) → condition. */
  readonly values?: Readonly<Record<string, string>>;
  /** Every test of it holds for every row of the source. */
  readonly always?: boolean;
  readonly hashes?: Readonly<Record<string, string>>;
  readonly registry?: boolean;
  readonly registryData?: boolean;
  /** Number written as 0x… in the rule. */
  readonly hex?: boolean;
  /** Spellings of the beginning of a value; `*` in `to` stands for anything. */
  readonly replace?: readonly { readonly from: string; readonly to: string }[];
}

export interface SigmaSource {
  readonly name: string;
  readonly when: readonly LogSource[];
  readonly table: string;
  /** Condition every row of the source fulfils; empty when the table holds nothing else. */
  readonly where: string;
  /** KQL of an `extend` before the conditions. */
  readonly extend?: string;
  readonly domain: string;
  readonly entities: readonly unknown[];
  readonly groupBy: readonly string[];
  readonly keywords?: string;
  readonly warning?: string;
  readonly fallback?: SigmaSource;
  target(field: string): FieldTarget | undefined;
}

interface RawSource {
  readonly name: string;
  readonly when?: readonly LogSource[];
  readonly product?: string;
  readonly services?: Readonly<Record<string, readonly string[]>>;
  readonly table: string;
  readonly where?: string;
  readonly extend?: string;
  readonly domain: string;
  readonly entities: readonly unknown[];
  readonly groupBy: readonly string[];
  readonly keywords?: string;
  readonly warning?: string;
  readonly others?: readonly string[];
  readonly raw?: number;
  readonly fields?: Readonly<Record<string, string | Partial<RawField>>>;
}
interface RawField extends Omit<FieldTarget, 'kql'> {
  readonly kql: string;
  readonly path: string;
}

const REGISTRY =
  'strcat(RegistryKey, iff(isempty(RegistryValueName), iff(ActionType == "RegistryValueSet", @"\\(Default)", ""), strcat(@"\\", RegistryValueName)))';
const REGISTRY_ROOTS = [
  { from: 'HKLM\\', to: 'HKEY_LOCAL_MACHINE\\' },
  { from: 'HKU\\', to: 'HKEY_USERS\\' },
  { from: 'HKCR\\', to: 'HKEY_CLASSES_ROOT\\' },
  { from: 'HKCU\\', to: 'HKEY_USERS\\*\\' },
  { from: 'HKEY_CURRENT_USER\\', to: 'HKEY_USERS\\*\\' },
  { from: '\\REGISTRY\\MACHINE\\', to: 'HKEY_LOCAL_MACHINE\\' },
  { from: '\\REGISTRY\\USER\\', to: 'HKEY_USERS\\' },
];

/** The rows of a source, as the beginning of a query. */
export const rowsOf = ({ table, where, extend }: SigmaSource): string =>
  `${table}${where ? `\n| where ${where}` : ''}${extend ? `\n| extend ${extend}` : ''}`;

/** Set of log sources, from files. */
export class Pipelines {
  constructor(readonly sources: readonly SigmaSource[]) {}

  /** The source of a rule's log source: the most specific whose every part fits. */
  find(logsource: LogSource): SigmaSource | undefined {
    let best: { source: SigmaSource; parts: number } | undefined;
    for (const source of this.sources)
      for (const when of source.when) {
        const fits =
          (!when.product || when.product === logsource.product) &&
          when.category === logsource.category &&
          when.service === logsource.service &&
          // A source that names no product holds the category of all of them.
          (when.product !== undefined || logsource.product === undefined || when.category !== undefined);
        const parts = Object.keys(when).length;
        if (fits && (!best || parts > best.parts)) best = { source, parts };
      }
    return best?.source;
  }
}

/**
 * Read the mappings.
 * @param folder `content/sigma`
 * @throws Error for a file that names a table or column that does not exist
 */
export function loadPipelines(folder: string): Pipelines {
  const schema = loadHuntingSchema();
  const sources: SigmaSource[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!/\.ya?ml$/.test(file)) continue;
    const data = parse(readFileSync(join(folder, file), 'utf8'), { merge: true }) as { sources?: RawSource[] };
    for (const raw of data.sources ?? []) {
      const table = schema.byName.get(raw.table);
      if (!table) throw new Error(`${file}: ${raw.name}: there is no table ${raw.table}`);
      for (const expanded of services(raw)) sources.push(sourceOf(expanded, table, file));
    }
  }
  const windows = sources.find((source) => source.name === 'windows-any');
  return new Pipelines(
    sources.map((source) => {
      const id = RAW_IDS.get(source);
      return id === undefined || !windows ? source : { ...source, fallback: rawSource(windows, id) };
    }),
  );
}

const RAW_IDS = new WeakMap<SigmaSource, number>();

/** Where a sensor's table has no column for a field, the raw Sysmon record has it. */
function rawSource(windows: SigmaSource, id: number): SigmaSource {
  const ids = id === 12 ? '12, 13, 14' : id === 17 ? '17, 18' : id === 23 ? '23, 26' : String(id);
  return {
    ...windows,
    name: `sysmon-${id}`,
    where: `Channel has "Sysmon" and EventID in (${ids})`,
    warning: 'some of its fields are only in raw Sysmon records, so other sensors are not looked at',
  };
}

function services(raw: RawSource): RawSource[] {
  if (!raw.services) return [raw];
  return Object.entries(raw.services).map(([service, values]) => ({
    ...raw,
    name: `${raw.name}-${service}`,
    when: [{ ...(raw.product ? { product: raw.product } : {}), service }],
    where: (raw.where ?? '').replace('{values}', values.map(kqlString).join(', ')),
  }));
}

function sourceOf(raw: RawSource, table: HuntingTable, file: string): SigmaSource {
  const columns = new Map(table.columns.map((column) => [column.name.toLowerCase(), column]));
  const fields = new Map<string, FieldTarget>();
  const families: { prefix: string; target: (rest: string) => FieldTarget }[] = [];
  const columnTarget = (name: string): FieldTarget | undefined => {
    const column = columns.get(name.toLowerCase());
    return column ? ofColumn(column.name, column.type as ColumnType) : undefined;
  };
  for (const [field, value] of Object.entries(raw.fields ?? {})) {
    const given = typeof value === 'string' ? { kql: value } : value;
    const make = (rest: string): FieldTarget => {
      const kql = (
        given.path ??
        given.kql ??
        (given.registry ? REGISTRY : given.registryData ? 'RegistryValueData' : '""')
      ).replaceAll('{rest}', rest);
      const plain = columnTarget(kql);
      if (/^[A-Za-z_]\w*$/.test(kql) && !plain && !raw.extend?.startsWith(`${kql} `))
        throw new Error(`${file}: ${raw.name}: ${raw.table} has no column ${kql}`);
      const values = given.values
        ? Object.fromEntries(Object.entries(given.values).map(([key, condition]) => [key.toLowerCase(), condition]))
        : undefined;
      return {
        ...given,
        kql: plain && plain.type !== 'dynamic' ? plain.kql : (plain?.kql ?? kql),
        type: given.type ?? plain?.type ?? 'string',
        ...(values ? { values } : {}),
        ...(given.registry ? { replace: REGISTRY_ROOTS } : {}),
      };
    };
    if (field.endsWith('.*')) families.push({ prefix: field.slice(0, -1).toLowerCase(), target: make });
    else {
      fields.set(field, make(''));
      if (!fields.has(field.toLowerCase())) fields.set(field.toLowerCase(), make(''));
    }
  }
  families.sort((a, b) => b.prefix.length - a.prefix.length);
  const source: SigmaSource = {
    name: raw.name,
    when: raw.when ?? [],
    table: raw.table,
    where: raw.where ?? '',
    ...(raw.extend ? { extend: raw.extend } : {}),
    domain: raw.domain,
    entities: raw.entities,
    groupBy: raw.groupBy,
    ...(raw.keywords ? { keywords: raw.keywords } : {}),
    ...(raw.warning ? { warning: raw.warning } : {}),
    target(field) {
      const known = fields.get(field) ?? fields.get(field.toLowerCase());
      if (known) return known;
      for (const family of families)
        if (field.toLowerCase().startsWith(family.prefix))
          return family.target(path(field.slice(family.prefix.length)));
      for (const template of raw.others ?? []) {
        if (template === 'column') {
          const column = columnTarget(field);
          if (column) return column;
          continue;
        }
        return { kql: filled(template, field), type: 'string' };
      }
      return undefined;
    },
  };
  if (raw.raw !== undefined) RAW_IDS.set(source, raw.raw);
  return source;
}

/** Names of fields come from the rule: they only enter a query as quoted text. */
const path = (field: string): string =>
  field
    .split('.')
    .map((part) => `[${kqlString(part)}]`)
    .join('');

const filled = (template: string, field: string): string =>
  template
    .replaceAll('{path}', path(field))
    .replaceAll('{name}', kqlString(field))
    .replaceAll('{pattern}', kqlString(`\\b${field.replace(/[^\w-]/g, '.')}="?([^\\s"]+)`))
    .replaceAll('{upper}', kqlString(field.toUpperCase()));

function ofColumn(name: string, type: ColumnType): FieldTarget {
  const kql = /^[A-Za-z_]\w*$/.test(name) && !RESERVED.has(name.toLowerCase()) ? name : `['${name}']`;
  return type === 'dynamic' ? { kql: `tostring(${kql})`, type: 'string', inside: true } : { kql, type };
}

/** Column names that are words of the language. */
const RESERVED = new Set([
  'user',
  'uid',
  'group',
  'key',
  'exit',
  'type',
  'data',
  'path',
  'name',
  'table',
  'database',
  'res',
  'result',
  'op',
  'by',
  'on',
  'of',
  'to',
  'with',
  'where',
  'and',
  'or',
  'not',
  'in',
  'has',
  'between',
  'contains',
  'filter',
  'project',
  'extend',
  'take',
  'limit',
  'count',
  'sort',
  'order',
  'top',
  'range',
  'print',
  'view',
  'pattern',
  'declare',
  'set',
  'let',
  'alias',
  'restrict',
  'access',
  'as',
  'from',
  'hint',
  'kind',
  'step',
  'title',
  'default',
  'external',
  'long',
  'int',
  'real',
  'string',
  'bool',
  'datetime',
  'timespan',
  'dynamic',
  'guid',
]);
