import type { RetentionRun, StoreRestart, StoreStatus, StoreTable } from '@parapet/schema';
import { ARCHIVE_CODEC } from '../physical.ts';
import { DATABASE } from '../tables.ts';
import type { Context } from './context.ts';
import type { Holds } from './holds.ts';
import { param } from './removal.ts';
import type { Rules } from './rules.ts';

const DB = { db: param('String', DATABASE) };
const MAX_RESTARTS = 50;

/** The engine's own time text as ISO 8601; the epoch and an empty text mean "none". */
function iso(value: unknown): string | null {
  const text = String(value ?? '');
  if (text === '' || text.startsWith('1970-01-01 00:00:00')) return null;
  return `${text.replace(' ', 'T').slice(0, 19)}Z`;
}

const SIZES = `SELECT table, sum(rows), sum(bytes_on_disk), sum(data_uncompressed_bytes), count(),
  toString(min(min_time)), toString(max(max_time)), sumIf(bytes_on_disk, default_compression_codec = {archive:String})
  FROM system.parts WHERE database = {db:String} AND active GROUP BY table`;

export class Status {
  constructor(
    private readonly context: Context,
    private readonly rules: Rules,
    private readonly holds: Holds,
  ) {}

  private async counted(sql: string): Promise<ReadonlyMap<string, number>> {
    const found = await this.context.store.query(sql, { params: DB, lane: 'background' });
    return new Map(found.rows.map(([table, count]) => [String(table), Number(count)]));
  }

  async tables(): Promise<StoreTable[]> {
    const { store, schema, db } = this.context;
    const [sizes, merges, pending, own, fallback, runs] = await Promise.all([
      store.query(SIZES, { params: { ...DB, archive: param('String', ARCHIVE_CODEC) }, lane: 'background' }),
      this.counted('SELECT table, count() FROM system.merges WHERE database = {db:String} GROUP BY table'),
      this.counted(
        'SELECT table, count() FROM system.mutations WHERE database = {db:String} AND NOT is_done AND NOT is_killed GROUP BY table',
      ),
      this.rules.own(),
      this.rules.defaults(),
      db.query<{
        table_name: string;
        at: Date;
        removed_rows: number;
        removed_bytes: number;
        held_rows: number;
        error: string | null;
      }>('select * from store_retention_run'),
    ]);
    const bySize = new Map(sizes.rows.map((row) => [String(row[0]), row]));
    const lastRuns = new Map(
      runs.map((run): [string, RetentionRun] => [
        run.table_name,
        {
          at: run.at.toISOString(),
          removedRows: Number(run.removed_rows),
          removedBytes: Number(run.removed_bytes),
          heldRows: Number(run.held_rows),
          error: run.error,
        },
      ]),
    );
    return Promise.all(
      schema.tables.map(async (table): Promise<StoreTable> => {
        const size = bySize.get(table.name) ?? [];
        const ownRules = own.get(table.name) ?? null;
        return {
          name: table.name,
          category: table.category,
          origin: table.origin,
          rows: Number(size[1] ?? 0),
          bytes: Number(size[2] ?? 0),
          plainBytes: Number(size[3] ?? 0),
          parts: Number(size[4] ?? 0),
          merges: merges.get(table.name) ?? 0,
          pending: pending.get(table.name) ?? 0,
          archivedBytes: Number(size[7] ?? 0),
          oldest: iso(size[5]),
          newest: iso(size[6]),
          timeColumn: table.timeColumn,
          rules: ownRules ?? fallback,
          ownRules,
          holds: await this.holds.names(table),
          lastRun: lastRuns.get(table.name) ?? null,
        };
      }),
    );
  }

  async engine(): Promise<StoreStatus> {
    const { store } = this.context;
    const engine = await store.status();
    const [total, merges, restarts, defaultRules] = await Promise.all([
      engine.ok
        ? store.query(
            'SELECT sum(rows), sum(bytes_on_disk), sum(data_uncompressed_bytes), count() FROM system.parts WHERE database = {db:String} AND active',
            { params: DB, lane: 'background' },
          )
        : undefined,
      engine.ok ? this.counted("SELECT '', count() FROM system.merges WHERE database = {db:String}") : undefined,
      this.restarts(),
      this.rules.defaults(),
    ]);
    const [rows = 0, bytes = 0, plainBytes = 0, parts = 0] = (total?.rows[0] ?? []).map(Number);
    return {
      kind: engine.kind,
      ok: engine.ok,
      version: engine.version,
      startedAt: engine.startedAt?.toISOString() ?? null,
      memoryBytes: engine.memoryBytes,
      memoryLimitBytes: engine.memoryLimitBytes,
      diskFreeBytes: engine.disk?.freeBytes ?? null,
      diskTotalBytes: engine.disk?.totalBytes ?? null,
      rows,
      bytes,
      plainBytes,
      parts,
      merges: merges?.get('') ?? 0,
      restarts,
      tiers: tiers(engine.kind),
      defaultRules,
    };
  }

  async restarts(): Promise<StoreRestart[]> {
    const rows = await this.context.db.query<{
      id: string;
      at: Date;
      reason: string;
      interrupted: number;
      back_after_ms: number | null;
    }>('select * from store_restart order by at desc, id limit $1', [MAX_RESTARTS]);
    return rows.map((row) => ({
      id: row.id,
      at: row.at.toISOString(),
      reason: row.reason,
      interrupted: row.interrupted,
      backAfterMs: row.back_after_ms === null ? null : Number(row.back_after_ms),
    }));
  }
}

function tiers(kind: 'embedded' | 'cluster'): StoreStatus['tiers'] {
  return [
    {
      name: 'Analytics',
      available: true,
      detail: 'Every table starts here: full KQL, indexes, rules on arrival.',
    },
    {
      name: 'Archive',
      available: true,
      detail: `Parts older than the chosen days are packed again with ${ARCHIVE_CODEC}. They stay in the same table, on the same disk, and answer the same queries.`,
    },
    {
      name: 'Object storage',
      available: false,
      detail:
        kind === 'embedded'
          ? 'The embedded engine has one disk. On a cluster, moving old parts to object storage is set up in the storage policy of the servers.'
          : 'Moving old parts to object storage is set up in the storage policy of the servers; Parapet does not change it.',
    },
    {
      name: 'Basic and lake',
      available: false,
      detail: 'There is no cheaper table with fewer query operators: the engine has one kind of table and one price.',
    },
  ];
}
