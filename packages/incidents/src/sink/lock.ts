import { ParapetError } from '@parapet/schema';
import type { Queryable } from '@parapet/state';

/**
 * Make everything that moves alerts between incidents or sums them up take turns, also between servers: two placements
 * at once could each open an incident for the same activity.
 */
export async function lockPlacement(tx: Queryable): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('parapet.incidents.placement'))`);
}

/**
 * Refuse a change of a row that is no longer what its caller saw.
 * @throws ParapetError `version_conflict` 412
 */
export async function checkVersion(
  tx: Queryable,
  table: 'alert' | 'incident',
  id: string,
  version: string,
): Promise<void> {
  const [row] = await tx.query<{ version: string }>(
    `select version::text as version from ${table} where id::text = $1 for update`,
    [id],
  );
  // A row that is not there is the caller's next answer.
  if (row && row.version !== version)
    throw new ParapetError(
      'version_conflict',
      412,
      `The ${table} was changed by someone else since you read it.`,
      'Read it again and repeat the change on what it is now.',
    );
}
