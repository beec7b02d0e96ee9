import type { KeyRing, StateDb } from '@parapet/state';

const SEALED = /sealed:(?:1:[\w-]+|2:[0-9a-f]{8}:[\w-]+)/g;
/** Written once and never changed; nothing in them is sealed, whatever people wrote there. */
const LEFT = new Set(['audit_entry', 'audit_checkpoint', 'outbox']);
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Seal everything in the state database with the present key. Every text and JSON column is looked at, so that no room
 * has to say where it keeps secrets; what only looks sealed cannot be opened and stays as it is.
 */
export async function reseal(
  db: StateDb,
  keys: KeyRing,
): Promise<{ readonly values: number; readonly places: number; readonly unreadable: number }> {
  let values = 0;
  let places = 0;
  let unreadable = 0;
  const columns = await db.query<{ table_name: string; column_name: string; data_type: string }>(
    `select c.table_name, c.column_name, c.data_type from information_schema.columns c
       join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'jsonb')
     order by 1, 2`,
  );
  for (const { table_name, column_name, data_type } of columns) {
    if (LEFT.has(table_name)) continue;
    const [table, column] = [quoted(table_name), quoted(column_name)];
    let found = 0;
    await db.transaction(async (tx) => {
      const rows = await tx.query<{ at: string; value: string }>(
        `select ctid::text as at, ${column}::text as value from ${table} where ${column}::text like '%sealed:%' for update`,
      );
      for (const { at, value } of rows) {
        let next = value;
        for (const [old] of value.matchAll(SEALED)) {
          if (await keys.isCurrent(old)) continue;
          const secret = await keys.open(old).catch(() => undefined);
          if (secret === undefined) unreadable++;
          else {
            next = next.replace(old, await keys.seal(secret));
            found++;
          }
        }
        if (next !== value)
          await tx.query(`update ${table} set ${column} = $1::${data_type} where ctid = $2::tid`, [next, at]);
      }
    });
    values += found;
    if (found > 0) places++;
  }
  return { values, places, unreadable };
}
