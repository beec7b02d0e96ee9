import { createOutboxRelay, type OutboxItem, type OutboxRelay } from '@parapet/state';
import type { IncidentsOptions } from '../types.ts';
import { MIRROR_TOPIC, type MirrorPayload, type MirrorTable } from './outbox.ts';

const TABLES: readonly MirrorTable[] = [
  'AlertInfo',
  'AlertEvidence',
  'SecurityAlert',
  'SecurityIncident',
  'ParapetEntityRisk',
];
/** Announcements in one delivery, of up to a hundred alerts each: one insert per table for all of them. */
const BATCH = 20;

/**
 * Carry announcements into the hunting tables. Deliveries may be repeated after a crash; the end of the one under way is
 * kept, so that its repetition has exactly the same rows and is dropped by the engine through the same token.
 */
export function createMirror({ db, store, log }: Pick<IncidentsOptions, 'db' | 'store' | 'log'>): OutboxRelay {
  const write = async (items: readonly OutboxItem<MirrorPayload>[]): Promise<void> => {
    const last = items.at(-1)?.id;
    if (last === undefined) return;
    for (const table of TABLES) {
      const rows = items.flatMap(({ payload }) => payload[table] ?? []);
      if (rows.length > 0) await store.insertRows(table, rows, { deduplicationToken: `${MIRROR_TOPIC}-${last}` });
    }
  };
  return createOutboxRelay<MirrorPayload>(
    db,
    MIRROR_TOPIC,
    async (items) => {
      const [mark] = await db.query<{ last_id: number }>('select last_id from mirror_delivery');
      const begun = mark?.last_id ?? 0;
      await write(items.filter(({ id }) => id <= begun));
      const fresh = items.filter(({ id }) => id > begun);
      const end = fresh.at(-1)?.id;
      if (end === undefined) return;
      await db.query('update mirror_delivery set last_id = $1', [end]);
      await write(fresh);
    },
    { batch: BATCH, log },
  );
}
