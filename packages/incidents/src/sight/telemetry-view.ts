/** Telemetry as a caller sees it: tables that do not exist, and conditions on the rows of those that do. */
import {
  type DataScope,
  type KqlTable,
  mergeScopes,
  type RowRestriction,
  type SqlParam,
  scopedSchema,
} from '@parapet/kql';
import {
  ACROSS_SOURCES,
  DATA_SOURCES,
  dataSourceOfTable,
  ENVIRONMENT_COLUMNS,
  MAIL_CONTENT_TABLES,
  PERMISSION_OF_TABLE,
  type Permission,
} from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { type Part, type Reached, reachesAll } from './reach.ts';

/** Conditions by table. A table with `false` does not exist for the caller. */
export interface TableLimits {
  readonly hidden: readonly string[];
  readonly rows: Readonly<Record<string, RowRestriction>>;
}

export interface TelemetryRights {
  /** What each permission of reading reaches. */
  reached(permission: Permission): Reached;
  /** Tables each connector fills. */
  readonly connectors: ReadonlyMap<string, readonly string[]>;
  categoryOf(table: string): string | undefined;
}

/** Parameter whose value is looked up only for queries that read these tables. */
export const ALERT_IDS = 'sight_alerts';
export const INCIDENT_IDS = 'sight_incidents';
/** Column that holds the id, by table of alerts and incidents. */
const ID_COLUMN: Readonly<Record<string, string>> = {
  AlertInfo: 'AlertId',
  AlertEvidence: 'AlertId',
  SecurityAlert: 'SystemAlertId',
  SecurityIncident: 'ProviderIncidentId',
};

const strings = (value: readonly string[]): SqlParam => ({ type: 'Array(String)', value });

const NO_ROWS: RowRestriction = { sql: '0' };

/**
 * Limits of every table.
 * @param unfiltered what the caller reaches without the scope filter they set: a table that only the filter leaves empty still exists
 */
export function tableLimits(
  tables: readonly KqlTable[],
  rights: TelemetryRights,
  unfiltered?: TelemetryRights['reached'],
): TableLimits {
  const hidden: string[] = [];
  const rows: Record<string, RowRestriction> = {};
  const add = (table: KqlTable, limit: ReturnType<typeof limitOf>): void => {
    if (limit === 'hidden') hidden.push(table.name);
    else if (limit) rows[table.name] = limit;
  };
  const copies = tables.filter(({ name }) => ACROSS_SOURCES[name] === 'events');
  for (const table of tables) {
    if (copies.includes(table)) continue;
    const filtered = limitOf(table, rights);
    const exists =
      filtered !== 'hidden' || !unfiltered || limitOf(table, { ...rights, reached: unfiltered }) === 'hidden';
    add(table, exists ? filtered : NO_ROWS);
  }
  for (const table of copies) add(table, copiesLimit(tables, { hidden, rows }));
  return { hidden, rows };
}

/** Copies of events: those of tables that are seen whole. */
function copiesLimit(
  tables: readonly KqlTable[],
  { hidden, rows }: TableLimits,
): 'hidden' | RowRestriction | undefined {
  const gone = new Set(hidden);
  const limited = tables.filter(({ name }) => gone.has(name) || Object.hasOwn(rows, name));
  if (limited.length === 0) return undefined;
  const whole = tables.filter(({ name }) => !gone.has(name) && !Object.hasOwn(rows, name)).map(({ name }) => name);
  if (whole.length === 0) return 'hidden';
  return { sql: 'has({sight_events:Array(String)}, toString(EventTable))', params: { sight_events: strings(whole) } };
}

function limitOf(table: KqlTable, rights: TelemetryRights): 'hidden' | RowRestriction | undefined {
  const across = Object.hasOwn(ACROSS_SOURCES, table.name) ? ACROSS_SOURCES[table.name] : undefined;
  const own = Object.hasOwn(PERMISSION_OF_TABLE, table.name) ? PERMISSION_OF_TABLE[table.name] : undefined;
  if (own) return rights.reached(own).whole.size > 0 ? undefined : 'hidden';
  const data = rights.reached('SecData.Read');
  const mail = rights.reached('EmailMeta.Read').whole.has('email');
  if (across === 'everything') {
    if (table.columns.some(({ name }) => name === 'Connector')) return rawLimit(rights);
    return reachesAll(data) && mail ? undefined : 'hidden';
  }
  if (across) {
    if (reachesAll(data)) return undefined;
    if (data.whole.size + data.parts.size === 0) return 'hidden';
    const param = across === 'alerts' ? ALERT_IDS : INCIDENT_IDS;
    return { sql: `has({${param}:Array(String)}, toString(${ID_COLUMN[table.name]}))` };
  }
  const category = rights.categoryOf(table.name);
  const source = dataSourceOfTable({ name: table.name, ...(category ? { category } : {}) }) ?? 'siem';
  const permission: Permission =
    category === 'Vulnerability management' ? 'VM.Read' : source === 'exposure' ? 'Exposure.Read' : 'SecData.Read';
  if (source === 'email' && !mail) return 'hidden';
  if (MAIL_CONTENT_TABLES.includes(table.name) && !rights.reached('EmailContent.Read').whole.has('email'))
    return 'hidden';
  const reached = rights.reached(permission);
  if (reached.whole.has(source)) return undefined;
  const part = reached.parts.get(source);
  return part ? partLimit(table, part) : 'hidden';
}

/** Events as they were sent: those of connectors whose tables are all seen whole. Mail as it was sent has its text in it. */
function rawLimit(rights: TelemetryRights): 'hidden' | RowRestriction | undefined {
  const data = rights.reached('SecData.Read');
  const content =
    rights.reached('EmailMeta.Read').whole.has('email') && rights.reached('EmailContent.Read').whole.has('email');
  const seen = (table: string): boolean => {
    const category = rights.categoryOf(table);
    const source = dataSourceOfTable({ name: table, ...(category ? { category } : {}) });
    return source === undefined ? reachesAll(data) : data.whole.has(source) && (source !== 'email' || content);
  };
  const names = [...rights.connectors];
  if (reachesAll(data)) {
    const closed = names.filter(([, tables]) => !tables.every(seen)).map(([name]) => name);
    if (closed.length === 0) return undefined;
    return {
      sql: 'NOT has({sight_closed:Array(String)}, toString(Connector))',
      params: { sight_closed: strings(closed) },
    };
  }
  const open = names.filter(([, tables]) => tables.length > 0 && tables.every(seen)).map(([name]) => name);
  if (open.length === 0) return 'hidden';
  return { sql: 'has({sight_open:Array(String)}, toString(Connector))', params: { sight_open: strings(open) } };
}

function partLimit(table: KqlTable, part: Part): 'hidden' | RowRestriction | undefined {
  const has = (name: string): boolean => table.columns.some((column) => column.name === name);
  if (part.devices) {
    const [id, name] = [has('DeviceId'), has('DeviceName')];
    // Tables without a device describe software or settings, not devices.
    if (!id && !name) return undefined;
    const params = { sight_ids: strings(part.devices.ids), sight_names: strings(part.devices.names) };
    const byName = 'has({sight_names:Array(String)}, toString(DeviceName))';
    if (!id) return { sql: byName, params };
    const byId = 'has({sight_ids:Array(String)}, toString(DeviceId))';
    return { sql: name ? `(${byId} OR toString(DeviceId) = '' AND ${byName})` : byId, params };
  }
  if (part.environments) {
    const columns = (ENVIRONMENT_COLUMNS[table.name] ?? []).filter((path) => has(path.split('.')[0] ?? ''));
    if (columns.length === 0) return 'hidden';
    const values = columns.map((path) => {
      const [column = '', key] = path.split('.');
      return key ? `JSONExtractString(toString(${column}), '${key}')` : `toString(${column})`;
    });
    const value = values.length === 1 ? values[0] : `coalesce(${values.map((v) => `nullIf(${v}, '')`).join(', ')}, '')`;
    return {
      sql: `has({sight_environments:Array(String)}, lowerUTF8(${value}))`,
      params: { sight_environments: strings(part.environments) },
    };
  }
  const rules = (part.rows ?? []).filter((rule) => rule.table === table.name && has(rule.column));
  if (rules.length === 0) return 'hidden';
  const params: Record<string, SqlParam> = {};
  const tests = rules.map(({ column, values }, n) => {
    // Tables are read together in one statement: names of their parameters must differ.
    const name = `sight_${table.name}_${n}`;
    params[name] = strings(values.map(String));
    return `has({${name}:Array(String)}, toString(\`${column}\`))`;
  });
  return { sql: `(${tests.join(' OR ')})`, params };
}

/** The scope of the plan: what does not exist. */
export const scopeOf = ({ hidden }: TableLimits, more?: DataScope): DataScope | undefined => {
  const own: DataScope | undefined = hidden.length > 0 ? { hiddenTables: hidden } : undefined;
  return own && more ? mergeScopes(own, more) : (more ?? own);
};

const READS = /\bhunting\.`?([A-Za-z_]\w*)`?/g;

/**
 * The store for statements that pages write themselves: each table they read stands for its rows in scope. People's text reaches such
 * statements through parameters alone.
 */
export function telemetryView(store: TelemetryStore, limits: TableLimits): TelemetryStore {
  const hidden = new Set(limits.hidden);
  const within = (sql: string): { sql: string; params: Record<string, SqlParam> } => {
    const params: Record<string, SqlParam> = {};
    const text = sql.replace(READS, (read: string, table: string) => {
      if (hidden.has(table)) return `(SELECT * FROM ${read} WHERE 0)`;
      const limit = Object.hasOwn(limits.rows, table) ? limits.rows[table] : undefined;
      if (!limit) return read;
      if (Object.hasOwn(ID_COLUMN, table)) return `(SELECT * FROM ${read} WHERE 0)`;
      Object.assign(params, limit.params);
      return `(SELECT * FROM ${read} WHERE ${limit.sql})`;
    });
    return { sql: text, params };
  };
  return {
    query: (sql, options = {}) => {
      const { sql: text, params } = within(sql);
      return store.query(text, { ...options, params: { ...options.params, ...params } });
    },
    command: (sql, options) => store.command(sql, options),
    insertRows: (table, rows, options) => store.insertRows(table, rows, options),
    insertLines: (table, lines) => store.insertLines(table, lines),
    get schema() {
      return scopedSchema(store.schema, scopeOf(limits));
    },
    reshape: (tables) => store.reshape(tables),
    filesDir: store.filesDir,
    health: () => store.health(),
    status: () => store.status(),
    onRestart: (listener) => store.onRestart(listener),
    close: async () => undefined,
  };
}

/** Every source whole for the permissions of reading: nothing to limit. */
export const seesAll = (rights: TelemetryRights): boolean =>
  DATA_SOURCES.every((source) => rights.reached('SecData.Read').whole.has(source));
