import { createHash } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { Migration, Queryable } from './types.ts';

/** A transaction that may also run several statements at once, which migrations are made of. */
export interface MigrationTransaction extends Queryable {
  exec(sql: string): Promise<void>;
}

/**
 * Apply what is missing, one transaction each, in the order given.
 * @throws ParapetError `migration_changed` when the text of an applied migration is no longer what ran,
 *   `migration_failed` naming the one PostgreSQL refused; those before it stay applied
 */
export async function applyMigrations(
  migrations: readonly Migration[],
  transaction: <T>(work: (tx: MigrationTransaction) => Promise<T>) => Promise<T>,
): Promise<void> {
  const twice = migrations.find(({ id }, index) => migrations.findIndex((other) => other.id === id) !== index);
  if (twice) throw new ParapetError('migration_changed', 500, `Migration ${twice.id} is listed twice.`);

  const applied = await transaction(async (tx) => {
    await tx.exec(`create table if not exists applied_migration (
      id text primary key, hash text not null, applied_at timestamptz not null default now())`);
    const rows = await tx.query<{ id: string; hash: string }>('select id, hash from applied_migration');
    return new Map(rows.map(({ id, hash }) => [id, hash]));
  });

  // All are compared before any runs: a changed one must not leave half of a release applied.
  for (const migration of migrations) {
    const known = applied.get(migration.id);
    if (known !== undefined && known !== contentHash(migration)) {
      throw new ParapetError(
        'migration_changed',
        500,
        `Migration ${migration.id} was changed after it had been applied to this data folder.`,
        'Put its text back as it was and add a new migration for the change.',
      );
    }
  }

  for (const migration of migrations) {
    if (applied.has(migration.id)) continue;
    try {
      await transaction(async (tx) => {
        await tx.exec(migration.sql);
        await tx.query('insert into applied_migration (id, hash) values ($1, $2)', [
          migration.id,
          contentHash(migration),
        ]);
      });
    } catch (error) {
      if (error instanceof ParapetError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ParapetError('migration_failed', 500, `Migration ${migration.id} failed: ${reason}`);
    }
  }
}

function contentHash(migration: Migration): string {
  return createHash('sha256').update(migration.sql.replaceAll('\r\n', '\n').trim()).digest('hex');
}
