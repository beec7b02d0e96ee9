import { openState } from './open.ts';
import { cachedTemplate } from './template.ts';
import type { Migration, StateDb } from './types.ts';

/**
 * A real, empty database for one test file, in memory, opened from the shared template.
 * @param migrations applied before it is handed over
 */
export async function openTestState(migrations: readonly Migration[] = []): Promise<StateDb> {
  const db = await openState({ dataDir: 'memory://', templatePath: await cachedTemplate() });
  if (migrations.length > 0) await db.migrate(migrations);
  return db;
}

/** Empty it for the next test, migrations included: a hundred times quicker than opening another one. */
export async function resetTestState(db: StateDb): Promise<void> {
  await db.query('drop schema public cascade');
  await db.query('create schema public');
}

export { cachedTemplate } from './template.ts';
