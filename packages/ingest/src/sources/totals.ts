import type { SqlParam } from '@parapet/kql';
import type { TelemetryStore } from '@parapet/store';

/** Reasons that warn about a row which was stored all the same; not counted as rejected. */
export const WARNINGS = ['missing_timestamp', 'invalid_timestamp'];

/** Rows also leave the tables (retention, deletion), which only counting everything shows. */
const RECOUNT_MS = 15 * 60_000;

/** ClickHouse prints `2026-11-21 10:00:00.0000000`; the wire has ISO 8601 with milliseconds. */
export const toIso = (value: unknown): string => `${String(value).replace(' ', 'T').slice(0, 23)}Z`;

/** What one source sent, as far as it is stored. */
export interface SourceTotal {
  name: string;
  /** Events by connector; those nobody claimed under the empty name. */
  readonly connectors: Map<string, number>;
  rejected: number;
  /** Bytes of its records; those stored before they were counted are left out. */
  bytes: number;
  firstEventAt: string | null;
  lastEventAt: string | null;
}

/**
 * Totals of all sources, counted from stored rows. Pages ask every few seconds and the table has every event ever
 * received, so only batches that came since the last look are counted; everything is counted again from time to time.
 */
export class SourceTotals {
  private totals = new Map<string, SourceTotal>();
  private upTo = -1;
  private countedAt = 0;
  private running: Promise<ReadonlyMap<string, SourceTotal>> | undefined;

  constructor(
    private readonly store: TelemetryStore,
    private readonly lastBatch: () => number,
    private readonly now: () => number = Date.now,
  ) {}

  /** The totals up to the newest committed batch. Calls at the same time share one look. */
  get(): Promise<ReadonlyMap<string, SourceTotal>> {
    this.running ??= this.look().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async look(): Promise<ReadonlyMap<string, SourceTotal>> {
    const last = this.lastBatch();
    const again = this.upTo < 0 || this.now() - this.countedAt > RECOUNT_MS;
    if (!again && last === this.upTo) return this.totals;
    const from = again ? -1 : this.upTo;
    const params: Record<string, SqlParam> = {
      from: { type: 'Int64', value: from },
      last: { type: 'Int64', value: last },
      warnings: { type: 'Array(String)', value: WARNINGS },
    };
    const batches = 'WHERE _Batch > {from:Int64} AND _Batch <= {last:Int64}';
    const [stored, dead] = await Promise.all([
      this.store.query(
        `SELECT SourceId, any(SourceName), Connector, count(), min(_TimeReceived), max(_TimeReceived), sum(RawBytes)
         FROM hunting.ParapetRawEvents ${batches} GROUP BY SourceId, Connector LIMIT 100000`,
        { params, lane: 'background' },
      ),
      this.store.query(
        `SELECT SourceId, any(SourceName), countIf(Reason NOT IN {warnings:Array(String)})
         FROM hunting.ParapetDeadLetter ${batches} GROUP BY SourceId LIMIT 100000`,
        { params, lane: 'background' },
      ),
    ]);
    const totals = again ? new Map<string, SourceTotal>() : this.totals;
    const one = (id: unknown, name: unknown): SourceTotal => {
      const key = String(id);
      let known = totals.get(key);
      if (!known) {
        known = { name: '', connectors: new Map(), rejected: 0, bytes: 0, firstEventAt: null, lastEventAt: null };
        totals.set(key, known);
      }
      known.name = String(name);
      return known;
    };
    for (const [id, name, connector, count, first, newest, bytes] of stored.rows) {
      const total = one(id, name);
      total.connectors.set(String(connector), (total.connectors.get(String(connector)) ?? 0) + Number(count));
      total.bytes += Number(bytes ?? 0);
      const [oldest, latest] = [toIso(first), toIso(newest)];
      if (total.firstEventAt === null || oldest < total.firstEventAt) total.firstEventAt = oldest;
      if (total.lastEventAt === null || latest > total.lastEventAt) total.lastEventAt = latest;
    }
    for (const [id, name, count] of dead.rows) one(id, name).rejected += Number(count);
    this.totals = totals;
    this.upTo = last;
    if (again) this.countedAt = this.now();
    return totals;
  }
}

const known = new WeakMap<TelemetryStore, SourceTotals>();

/** One set of totals for a store, shared by everything that shows them. */
export function totalsOf(store: TelemetryStore, lastBatch: () => number): SourceTotals {
  let totals = known.get(store);
  if (!totals) {
    totals = new SourceTotals(store, lastBatch);
    known.set(store, totals);
  }
  return totals;
}
