/**
 * The normalised layer (spec B 1.7): functions `_Im_<Schema>` and `_ASim_<Schema>` over every source that a document maps.
 * A folder of `content/asim` is a schema: `schema.yaml` names its table, parameters and filters, every other file maps one
 * table. Filters stand behind each source before the union, so that they reach its indexes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredFunction } from '@parapet/kql';
import { parse } from 'yaml';

interface SchemaDocument {
  readonly schema: string;
  /** The table that holds rows which are normalised already. */
  readonly table: string;
  /** What stands behind `im` and `ASim` in older names. */
  readonly aliases: readonly string[];
  readonly parameters: string;
  /** Conditions over the columns of the schema and the parameters. */
  readonly filters: readonly string[];
  /** Further schemas that are a part of this one. */
  readonly variants?: Readonly<Record<string, { readonly where: string; readonly aliases: readonly string[] }>>;
}

interface SourceDocument {
  readonly table: string;
  readonly where?: string;
  /** What AdditionalFields is when `pack` is asked for. */
  readonly additional?: string;
  /** Column of the schema → expression over the table. */
  readonly columns: Readonly<Record<string, string>>;
}

const NAME = /^[A-Za-z]\w*$/;

function read<T>(path: string): T {
  return parse(readFileSync(path, 'utf8')) as T;
}

/** Columns that the filters of a schema name: parameters and functions begin with a small letter. */
function filterColumns({ filters, variants }: SchemaDocument): string[] {
  const text = [...filters, ...Object.values(variants ?? {}).map(({ where }) => where)].join(' ');
  const names = text.replace(/'[^']*'|"[^"]*"/g, '').match(/\b[A-Z]\w*/g) ?? [];
  return [...new Set(names)].filter((name) => name !== 'TimeGenerated');
}

/** Rows of a source as rows of the schema. */
function mapped(source: SourceDocument, schema: SchemaDocument, packs: boolean): string {
  const columns: Record<string, string> = {
    // What a filter looks at is there, empty where the source does not have it.
    ...Object.fromEntries(filterColumns(schema).map((name) => [name, '""'])),
    EventStartTime: 'TimeGenerated',
    EventEndTime: 'TimeGenerated',
    ...source.columns,
  };
  const parts = Object.entries(columns).map(([name, value]) => `${name} = ${value}`);
  if (packs && source.additional) parts.push(`AdditionalFields = iff(pack, ${source.additional}, dynamic(null))`);
  return [
    source.table,
    ...(source.where ? [`| where ${source.where}`] : []),
    `| project TimeGenerated, EventCount = int(1), EventSchema = "${schema.schema}", Type = "${source.table}",`,
    `    ${parts.join(',\n    ')}`,
  ].join('\n');
}

function functionsOf(schema: SchemaDocument, sources: readonly SourceDocument[]): StoredFunction[] {
  const own = (packs: boolean): string[] => [
    `${schema.table} | extend EventSchema = "${schema.schema}"`,
    ...sources.map((source) => mapped(source, schema, packs)),
  ];
  const united = (rows: readonly string[], conditions: readonly string[]): string =>
    `union isfuzzy=true\n${rows
      .map((each) => `(${[each, ...conditions.map((condition) => `| where ${condition}`)].join('\n')})`)
      .join(',\n')}`;
  const pair = (name: string, aliases: readonly string[], part: readonly string[]): StoredFunction[] => {
    const all = united(own(false), part);
    const filtered = united(own(true), ['not(disabled)', ...part, ...schema.filters]);
    const made = (called: string, parameters: string, body: string, description: string): StoredFunction => ({
      name: called,
      parameters,
      body,
      description,
    });
    const about = `Normalised ${name} rows of every source: ${[schema.table, ...sources.map((s) => s.table)].join(', ')}.`;
    return [
      made(`_ASim_${name}`, '', all, about),
      made(
        `_Im_${name}`,
        schema.parameters.trim(),
        filtered,
        `${about} Parameters filter each source before it is mapped.`,
      ),
      ...aliases.flatMap((alias) => [
        made(`ASim${alias}`, '', `_ASim_${name}`, `Older name of _ASim_${name}.`),
        made(`im${alias}`, schema.parameters.trim(), filtered, `Older name of _Im_${name}.`),
      ]),
    ];
  };
  return [
    ...pair(schema.schema, schema.aliases, []),
    ...Object.entries(schema.variants ?? {}).flatMap(([name, { where, aliases }]) => pair(name, aliases, [where])),
  ];
}

/**
 * Functions of every schema under a folder. A schema that cannot be read is left out and told; the others work.
 * @param warn gets the folder and what is wrong
 */
export function loadAsim(folder: string, warn: (folder: string, problem: string) => void): StoredFunction[] {
  const out: StoredFunction[] = [];
  let schemas: string[];
  try {
    schemas = readdirSync(folder).sort();
  } catch {
    return out;
  }
  for (const name of schemas) {
    const path = join(folder, name);
    try {
      const schema = read<SchemaDocument>(join(path, 'schema.yaml'));
      const sources = readdirSync(path)
        .filter((file) => file.endsWith('.yaml') && file !== 'schema.yaml')
        .sort()
        .map((file) => read<SourceDocument>(join(path, file)));
      for (const each of [schema.schema, schema.table, ...sources.map((s) => s.table)])
        if (!NAME.test(each)) throw new Error(`${String(each)} is no name of a schema or table.`);
      out.push(...functionsOf(schema, sources));
    } catch (error) {
      warn(name, error instanceof Error ? error.message : String(error));
    }
  }
  return out;
}
