/** Tables and columns that an organisation adds while the product runs. */
import { ParapetError } from './errors.ts';
import type { HuntingColumn, HuntingSchema, HuntingTable, KqlType } from './hunting.ts';

/** Types a custom column may have (spec B 1.2). */
export const CUSTOM_TYPES = ['string', 'int', 'long', 'real', 'bool', 'datetime', 'dynamic', 'guid'] as const;
export const MAX_CUSTOM_NAME = 45;

const invalid = (message: string, hint?: string): ParapetError =>
  new ParapetError('name_not_allowed', 400, message, hint);

/** What every name must keep to, with the reason when it does not. */
function checkName(name: string, what: string): void {
  if (name === '') throw invalid(`${what} needs a name.`);
  if (!/^[A-Za-z]/.test(name)) throw invalid(`${name}: the name of ${what.toLowerCase()} must start with a letter.`);
  if (/[^A-Za-z0-9_]/.test(name)) throw invalid(`${name}: only letters, digits and underscores are allowed.`);
  if (name.length > MAX_CUSTOM_NAME)
    throw invalid(`${name}: a name has at most ${MAX_CUSTOM_NAME} characters; this one has ${name.length}.`);
}

/**
 * Check the name of a custom table: `<name>_CL`.
 * @throws ParapetError `name_not_allowed` or `name_taken` with the reason
 */
export function checkTableName(schema: HuntingSchema, name: string): void {
  checkName(name, 'A table');
  if (!name.endsWith('_CL')) throw invalid(`${name}: the name of a custom table ends with _CL.`, `Call it ${name}_CL.`);
  if (name === '_CL' || name.length === 3) throw invalid(`${name}: something must stand before _CL.`);
  const lower = name.toLowerCase();
  const other =
    schema.tables.find((table) => table.name.toLowerCase() === lower)?.name ??
    Object.keys(schema.tableAliases).find((alias) => alias.toLowerCase() === lower);
  if (other) throw new ParapetError('name_taken', 409, `${name}: there is a table named ${other} already.`);
}

/**
 * Check the name of a column. Columns added to a standard table end with `_CF`; those of a custom table are free.
 * @throws ParapetError `name_not_allowed` or `name_taken` with the reason
 */
export function checkColumnName(
  schema: HuntingSchema,
  name: string,
  table: Pick<HuntingTable, 'name' | 'origin' | 'columns'>,
): void {
  checkName(name, 'A column');
  if (table.origin === 'parapet') throw invalid(`${table.name} is one of Parapet's own tables; it takes no columns.`);
  if (!table.name.endsWith('_CL') && !/^.+_CF$/.test(name))
    throw invalid(`${name}: a column added to ${table.name} ends with _CF.`, `Call it ${name}_CF.`);
  const lower = name.toLowerCase();
  const standard = [
    ...schema.standardColumns.map((column) => column.name),
    'Timestamp',
    'TimeGenerated',
    'AdditionalFields',
  ];
  const taken =
    table.columns.find((column) => column.name.toLowerCase() === lower)?.name ??
    standard.find((one) => one.toLowerCase() === lower);
  if (taken) throw new ParapetError('name_taken', 409, `${name}: ${table.name} has a column named ${taken} already.`);
}

export function checkColumnType(type: string): asserts type is KqlType {
  if (!(CUSTOM_TYPES as readonly string[]).includes(type))
    throw invalid(`${type}: a column is one of ${CUSTOM_TYPES.join(', ')}.`);
}

/** A custom table as the schema holds it: a time, what was asked for, and a bag that also takes values of a wrong type. */
export function customTable(
  name: string,
  description: string,
  columns: readonly Pick<HuntingColumn, 'name' | 'type'>[],
): HuntingTable {
  return {
    name,
    category: 'Custom',
    description,
    origin: 'custom',
    timeColumn: 'TimeGenerated',
    columns: [
      { name: 'TimeGenerated', type: 'datetime' },
      ...columns.map(({ name: column, type }) => ({ name: column, type })),
      { name: 'AdditionalFields', type: 'dynamic' },
    ],
  };
}

interface LiveSchema {
  readonly tables: HuntingTable[];
  readonly byName: Map<string, HuntingTable>;
  revision: number;
}

/**
 * Put a table, new or changed, in the schema. The schema of a process is one object that everything reads, so that what is
 * added is there for all at once; `revision` tells those who keep something made from it.
 */
export function putTable(schema: HuntingSchema, table: HuntingTable): void {
  const live = schema as unknown as LiveSchema;
  const at = live.tables.findIndex((one) => one.name === table.name);
  if (at >= 0) live.tables[at] = table;
  else live.tables.push(table);
  live.byName.set(table.name, table);
  live.revision += 1;
}

export function removeTable(schema: HuntingSchema, name: string): void {
  const live = schema as unknown as LiveSchema;
  live.tables.splice(0, live.tables.length, ...live.tables.filter((table) => table.name !== name));
  live.byName.delete(name);
  live.revision += 1;
}
