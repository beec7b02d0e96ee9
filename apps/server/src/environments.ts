/** Cloud environments that data has come from: what cloud scopes and the scope filter can be made of. */
import { ENVIRONMENT_COLUMNS, type Environment } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { quoteIdentifier, type TelemetryStore } from '@parapet/store';

/** The newest rows of a table that are looked at; older environments are typed by hand. */
const NEWEST_ROWS = 500_000;
const MOST = 500;
const REMEMBER_MS = 5 * 60_000;
/** Where nothing has come yet, something may at any moment. */
const REMEMBER_NONE_MS = 10_000;

/** What an id of a column is the id of. */
function kindOf(column: string): Environment['kind'] {
  if (/Subscription/i.test(column)) return 'azureSubscription';
  return /Project/i.test(column) ? 'gcpProject' : 'awsAccount';
}

/** By the platform that evidence about an account names. */
const OF_PLATFORM: Readonly<Record<string, Environment['kind']>> = {
  azure: 'azureSubscription',
  gcp: 'gcpProject',
  google: 'gcpProject',
};

async function read(store: TelemetryStore, db: StateDb): Promise<readonly Environment[]> {
  const found: Environment[] = [];
  const accounts = await db.query<{ id: string; platform: string | null }>(
    `select distinct fields->>'cloudAccountId' as id, lower(fields->>'cloudPlatform') as platform
     from alert_evidence where type = 'cloudAccount' and fields->>'cloudAccountId' <> '' limit ${MOST}`,
  );
  for (const { id, platform } of accounts) found.push({ kind: OF_PLATFORM[platform ?? ''] ?? 'awsAccount', id });
  for (const [table, paths] of Object.entries(ENVIRONMENT_COLUMNS)) {
    const held = store.schema.tables.find(({ name }) => name === table);
    if (!held) continue;
    const columns = held.columns.map(({ name }) => name);
    const newest = held.timeColumn ? ` ORDER BY ${quoteIdentifier(held.timeColumn)} DESC` : '';
    for (const path of paths) {
      const [column = '', key] = path.split('.');
      if (!columns.includes(column)) continue;
      const value = key ? `JSONExtractString(toString(${column}), '${key}')` : `toString(${column})`;
      const { rows } = await store.query(
        `SELECT DISTINCT ${value} AS id FROM (SELECT ${column} FROM hunting.${table}${newest} LIMIT ${NEWEST_ROWS})
         WHERE id != '' LIMIT ${MOST}`,
      );
      for (const [id] of rows) found.push({ kind: kindOf(key ?? column), id: String(id) });
    }
  }
  const known = new Map(found.map((each) => [`${each.kind}:${each.id.toLowerCase()}`, each]));
  return [...known.values()].filter(({ id }) => /^[^\s\p{Cc}]{1,200}$/u.test(id)).slice(0, MOST);
}

/** Reads them at most every few minutes. */
export function environmentsOf(store: TelemetryStore, db: StateDb): () => Promise<readonly Environment[]> {
  let known: { until: number; readonly list: Promise<readonly Environment[]> } | undefined;
  return () => {
    if (!known || Date.now() > known.until) {
      const list = read(store, db);
      const mine = { until: Date.now() + REMEMBER_MS, list };
      known = mine;
      list.then(
        (found) => {
          if (found.length === 0) mine.until = Date.now() + REMEMBER_NONE_MS;
        },
        () => {
          known = undefined;
        },
      );
    }
    return known.list;
  };
}
