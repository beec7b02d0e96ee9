import type { TelemetryStore } from '@parapet/store';
import { LIVE } from '../connectors/place.ts';
import type { ConnectorStatements } from '../connectors/statements.ts';

/** Records that wait for the rest of their event, as one batch leaves them to the next. */
export class Waiting {
  /** Records left by the last stored batch, by connector; null before it was asked. */
  private left: ReadonlyMap<string, number> | null = null;

  constructor(private readonly store: TelemetryStore) {}

  get known(): boolean {
    return this.left !== null;
  }

  /** Records wait for this connector. */
  has(connector: string): boolean {
    return this.left?.has(connector) ?? false;
  }

  /** The connectors changed. */
  forget(): void {
    this.left = null;
  }

  /**
   * Look up what a batch left waiting and drop what waited before it; tells when the first of it is due, in milliseconds.
   * @param connectors those that may have left something
   */
  async settle(batch: number, connectors: readonly ConnectorStatements[]): Promise<number | null> {
    const left = new Map<string, number>();
    let due: number | null = null;
    for (const { id, assemble } of connectors) {
      if (!assemble) continue;
      const params = { batch: { type: 'UInt64', value: batch } };
      const [at, parts] = (await this.store.query(assemble.due.sql, { params, lane: 'background' })).rows[0] ?? [];
      if (at === undefined || at === null) continue;
      due = due === null ? Number(at) : Math.min(due, Number(at));
      left.set(id, Number(parts));
    }
    if ((this.left?.size ?? 1) > 0) await this.drop(`Batch < ${Math.trunc(batch)}`);
    this.left = left;
    return due;
  }

  /** Drop what some batches left. */
  async drop(where: string): Promise<void> {
    const found = await this.store.query(`SELECT DISTINCT Batch FROM ${LIVE.waiting} WHERE ${where}`, {
      lane: 'background',
    });
    for (const [batch] of found.rows)
      await this.store.command(`ALTER TABLE ${LIVE.waiting} DROP PARTITION ${Math.trunc(Number(batch))}`);
  }
}
