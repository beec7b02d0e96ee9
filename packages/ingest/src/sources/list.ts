import type { IngestSource, SourceActivityBins, SourceState } from '@parapet/schema';
import type { Ingest } from '../types.ts';
import type { Receivers } from './receivers.ts';
import { NO_LIMITS, type SourceRegistry } from './registry.ts';
import type { Source } from './types.ts';

/** Reasons that warn about a row which was stored all the same; not counted as rejected. */
const WARNINGS = ['missing_timestamp', 'invalid_timestamp'];

/** ClickHouse prints `2026-11-21 10:00:00.0000000`; the wire has ISO 8601 with milliseconds. */
export const toIso = (value: unknown): string => `${String(value).replace(' ', 'T').slice(0, 23)}Z`;

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
  const { store } = ingest.options;
  const [stored, dead] = await Promise.all([
    store.query(
      `SELECT SourceId, any(SourceName), Connector, count(), min(_TimeReceived), max(_TimeReceived)
       FROM hunting.ParapetRawEvents GROUP BY SourceId, Connector ORDER BY SourceId, Connector LIMIT 10000`,
    ),
    store.query(
      `SELECT SourceId, any(SourceName), countIf(Reason NOT IN {warnings:Array(String)}) FROM hunting.ParapetDeadLetter GROUP BY SourceId LIMIT 10000`,
      { params: { warnings: { type: 'Array(String)', value: WARNINGS } } },
    ),
  ]);
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
  for (const [id, name, connector, count, first, last] of stored.rows) {
    const source = one(String(id), String(name));
    source.accepted += Number(count);
    if (connector === '') source.unclaimed += Number(count);
    else source.connectors = [...source.connectors, { id: String(connector), events: Number(count) }];
    const [from, to] = [toIso(first), toIso(last)];
    if (!source.firstEventAt || from < source.firstEventAt) source.firstEventAt = from;
    if (!source.lastEventAt || to > source.lastEventAt) source.lastEventAt = to;
  }
  for (const [id, name, count] of dead.rows) one(String(id), String(name)).rejected = Number(count);
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
