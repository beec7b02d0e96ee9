import type { Queryable } from '@parapet/state';

/**
 * Make everything that moves alerts between incidents or sums them up take turns, also between servers: two placements
 * at once could each open an incident for the same activity.
 */
export async function lockPlacement(tx: Queryable): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('parapet.incidents.placement'))`);
}
