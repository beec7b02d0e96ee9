import type { IngestSource, SourceActivityBins, SourceState } from '@parapet/schema';
import type { Ingest } from '../types.ts';
import type { Receivers } from './receivers.ts';
import { NO_LIMITS, type SourceRegistry } from './registry.ts';
import { totalsOf, WARNINGS } from './totals.ts';
import type { Source } from './types.ts';

type Mutable = { -readonly [K in keyof IngestSource]: IngestSource[K] };

const GONE: SourceState = { state: 'off', detail: 'Removed; its events are still here' };

/**
 * Every configured source, and every one whose events are stored, with what they sent. Totals are counted from stored
 * rows, so they survive restarts.
 */
export async function describeSources(
  ingest: Ingest,
  registry: SourceRegistry | undefined,
  receivers: Receivers | undefined,
): Promise<IngestSource[]> {
  const totals = await totalsOf(ingest.options.store, () => ingest.lastCommittedBatch()).get();
  const rates = ingest.rates();
  const found = new Map<string, Mutable>();
  const one = (id: string, name: string, source?: Source): Mutable => {
    let known = found.get(id);
    if (!known) {
      known = { ...described(id, name, source, registry, receivers), ...ingest.activity(id), rate: rates.get(id) ?? 0 };
      found.set(id, known);
    }
    return known;
  };
  for (const source of registry?.list() ?? []) one(source.id, source.name, source);
  for (const [id, total] of totals) {
    const source = one(id, total.name);
    for (const [connector, events] of total.connectors) {
      source.accepted += events;
      if (connector === '') source.unclaimed += events;
    }
    source.connectors = [...total.connectors]
      .filter(([connector]) => connector !== '')
      .map(([connector, events]) => ({ id: connector, events }))
      .sort((a, b) => b.events - a.events || a.id.localeCompare(b.id));
    source.rejected = total.rejected;
    source.bytes = total.bytes;
    source.firstEventAt = total.firstEventAt;
    source.lastEventAt = total.lastEventAt;
  }
  return [...found.values()].sort(
    (a, b) => (b.lastEventAt ?? '').localeCompare(a.lastEventAt ?? '') || a.name.localeCompare(b.name),
  );
}

function described(
  id: string,
  name: string,
  source: Source | undefined,
  registry: SourceRegistry | undefined,
  receivers: Receivers | undefined,
): Mutable {
  const kind = source ? registry?.kind(source.kind) : undefined;
  const hidden = new Set(kind?.fields.filter((field) => field.type === 'secret').map((field) => field.name));
  return {
    id,
    name: source?.name ?? name,
    protocol: kind?.title ?? (source ? source.kind : 'Removed source'),
    kind: source?.kind ?? null,
    enabled: source?.enabled ?? false,
    connector: source?.connector ?? null,
    limits: source?.limits ?? NO_LIMITS,
    settings: Object.fromEntries(Object.entries(source?.settings ?? {}).filter(([field]) => !hidden.has(field))),
    state: source ? (receivers?.state(source) ?? { state: 'ready', detail: 'Served by the main port' }) : GONE,
    createdAt: source?.createdAt ?? null,
    createdBy: source?.createdBy ?? '',
    firstEventAt: null,
    lastEventAt: null,
    accepted: 0,
    rejected: 0,
    bytes: 0,
    rate: 0,
    connectors: [],
    unclaimed: 0,
    lagMs: null,
    refused: 0,
  };
}

/** Bins of a chart, whatever the span. */
const BINS = 48;

/** Events of one source over the last hours by the time they were accepted. Empty bins are filled in. */
export async function sourceActivity(
  ingest: Ingest,
  id: string,
  hours: number,
  now = Date.now(),
): Promise<SourceActivityBins> {
  const binMinutes = Math.max(1, Math.round((hours * 60) / BINS));
  const width = binMinutes * 60_000;
  const last = Math.floor(now / width) * width;
  const first = last - (BINS - 1) * width;
  const params = {
    source: { type: 'String', value: id },
    minutes: { type: 'UInt32', value: binMinutes },
    first: { type: 'Int64', value: first },
  };
  const since = "_TimeReceived >= fromUnixTimestamp64Milli({first:Int64}, 'UTC')";
  const bin = 'toUnixTimestamp(toStartOfInterval(_TimeReceived, toIntervalMinute({minutes:UInt32}))) AS bin';
  const { store } = ingest.options;
  const [stored, dead] = await Promise.all([
    store.query(
      `SELECT ${bin}, countIf(Connector != ''), countIf(Connector = '') FROM hunting.ParapetRawEvents WHERE SourceId = {source:String} AND ${since} GROUP BY bin`,
      { params },
    ),
    store.query(
      `SELECT ${bin}, count() FROM hunting.ParapetDeadLetter WHERE SourceId = {source:String} AND ${since} AND Reason NOT IN {warnings:Array(String)} GROUP BY bin`,
      { params: { ...params, warnings: { type: 'Array(String)', value: WARNINGS } } },
    ),
  ]);
  const events = new Map(
    stored.rows.map(([at, mapped, unclaimed]) => [Number(at), [Number(mapped), Number(unclaimed)]]),
  );
  const rejects = new Map(dead.rows.map(([at, count]) => [Number(at), Number(count)]));
  return {
    binMinutes,
    bins: Array.from({ length: BINS }, (_, i) => {
      const at = (first + i * width) / 1_000;
      const [mapped = 0, unclaimed = 0] = events.get(at) ?? [];
      return { from: new Date(at * 1_000).toISOString(), mapped, unclaimed, rejected: rejects.get(at) ?? 0 };
    }),
  };
}
