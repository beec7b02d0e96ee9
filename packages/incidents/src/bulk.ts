import { type BulkResult, ParapetError } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { lockPlacement } from './sink/lock.ts';
import type { Context } from './types.ts';

/** Items changed in one transaction, so that readers never wait for a whole bulk call. */
const BATCH = 25;

/**
 * Apply one change to many items. What is refused for one item is that item's result; the others are kept.
 * @param change refuses with a ParapetError before it writes anything
 * @param allowed refuses items the caller may not change, before the transaction
 */
export async function inBulk(
  context: Context,
  ids: readonly string[],
  change: (tx: Queryable, id: string) => Promise<void>,
  allowed?: (id: string) => Promise<void> | undefined,
): Promise<BulkResult> {
  const results: BulkResult['results'][number][] = [];
  const refused = (id: string, error: unknown): BulkResult['results'][number] => {
    if (!(error instanceof ParapetError) || error.status >= 500) throw error;
    return { id, ok: false, error: { code: error.code, message: error.message } };
  };
  const unique: string[] = [];
  for (const id of new Set(ids)) {
    try {
      await allowed?.(id);
      unique.push(id);
    } catch (error) {
      results.push(refused(id, error));
    }
  }
  for (let start = 0; start < unique.length; start += BATCH) {
    const batch = unique.slice(start, start + BATCH);
    const outcome: BulkResult['results'][number][] = [];
    try {
      await context.db.transaction(async (tx) => {
        await lockPlacement(tx);
        for (const id of batch) {
          try {
            await change(tx, id);
            outcome.push({ id, ok: true });
          } catch (error) {
            outcome.push(refused(id, error));
          }
        }
      });
      results.push(...outcome);
    } catch (error) {
      context.log.error({ err: error, items: batch.length }, 'a part of a bulk change failed');
      const message = 'This item and its neighbours were left as they were because the database refused the change.';
      results.push(...batch.map((id) => ({ id, ok: false, error: { code: 'internal', message } })));
    }
    context.committed();
  }
  return { results };
}
