/**
 * Comparing rows with indicators. What a row holds is turned into keys inside the engine, and the keys are looked up in the sorted
 * table of indicators: the cost of a batch depends on its rows, hardly on the number of indicators, and no row comes to Node that
 * matched nothing.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SqlParam } from '@parapet/kql';
import { INTEL_KINDS, type IntelKind, loadHuntingSchema } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { parse } from 'yaml';
import type { Indicators } from './indicators.ts';

/** Most rows one run stores; a list that matches more than this is wrong, and the rest says nothing new. */
const MAX_MATCHES = 10_000;
/** Asked for when it is needed: a bundle finds the schema file only after its start. */
const hasColumn = (column: string): boolean =>
  loadHuntingSchema()
    .byName.get('ThreatIntelMatches')
    ?.columns.some(({ name }) => name === column) ?? false;

interface Table {
  readonly name: string;
  readonly time: string;
  readonly observables: readonly { readonly column: string; readonly kind: IntelKind }[];
  /** Column of a match → column of the table. */
  readonly row: readonly (readonly [string, string])[];
  readonly blocked: readonly (readonly [column: string, values: readonly string[]])[];
}

/** Which rows to look at. */
export interface MatchWindow {
  readonly batches?: { readonly from: number; readonly to: number };
  /** Milliseconds since the epoch, by event time. */
  readonly since?: number;
  /** Only tables that got rows. */
  readonly tables?: readonly string[];
  /** Only indicators of this version or later. */
  readonly version?: number;
}

/**
 * Read which columns are looked at.
 * @throws Error for a table or column that does not exist
 */
export function loadObservables(file: string): Table[] {
  const data = parse(readFileSync(file, 'utf8')) as {
    tables: {
      table: string;
      observables: Record<string, IntelKind>;
      row: Record<string, string>;
      blocked?: Record<string, string[]>;
    }[];
  };
  return data.tables.map(({ table, observables, row, blocked }) => {
    const known = loadHuntingSchema().byName.get(table);
    const names = new Set(known?.columns.map(({ name }) => name));
    for (const column of [...Object.keys(observables), ...Object.values(row), ...Object.keys(blocked ?? {})])
      if (!names.has(column)) throw new Error(`${file}: ${table} has no column ${column}`);
    for (const kind of Object.values(observables))
      if (!(INTEL_KINDS as readonly string[]).includes(kind))
        throw new Error(`${file}: ${table}: there is no kind ${kind}`);
    for (const column of Object.keys(row))
      if (!hasColumn(column)) throw new Error(`${file}: ThreatIntelMatches has no column ${column}`);
    return {
      name: table,
      time: known?.timeColumn ?? 'Timestamp',
      observables: Object.entries(observables).map(([column, kind]) => ({ column, kind })),
      row: Object.entries(row),
      blocked: Object.entries(blocked ?? {}),
    };
  });
}

const hash = (kind: string, sql: string): string => `cityHash64(concat('${kind}|', ${sql}))`;

/** An address by itself and every network of a length that some indicator has. */
const ipKeys = (sql: string): string =>
  `arrayConcat([${hash('ip', `lower(${sql})`)}], arrayMap(l -> ${hash('cidr', `IPv4NumToString(toUInt32(bitAnd(IPv4StringToNumOrDefault(${sql}), toUInt32(4294967296 - bitShiftLeft(toUInt64(1), 32 - l))))), '/', toString(l)`)}, if(isIPv4String(${sql}), {lengths:Array(UInt8)}, [])))`;

/** A name and every name above it with at least two parts. */
const domainKeys = (sql: string): string =>
  `arrayMap(i -> ${hash('domain', `arrayStringConcat(arraySlice(splitByChar('.', ${sql}), i), '.')`)}, range(1, toUInt32(greatest(1, least(10, length(splitByChar('.', ${sql})))))))`;

/** Keys under which a value can be known to an indicator, as an SQL array of UInt64. The value is not empty. */
function keysSql(kind: IntelKind, column: string): string {
  const raw = `toString(${column})`;
  const lower = `lower(trim(${raw}))`;
  switch (kind) {
    case 'ip':
    case 'cidr':
      return ipKeys(`trim(${raw})`);
    case 'domain':
      return domainKeys(`trimRight(${lower}, '.')`);
    case 'email':
      return `arrayConcat([${hash('email', lower)}], ${domainKeys(`splitByChar('@', ${lower})[2]`)})`;
    case 'url': {
      const bare = `trimRight(replaceRegexpOne(cutFragment(${lower}), '^[a-z][a-z0-9+.-]*://', ''), '/')`;
      const host = `replaceRegexpOne(replaceRegexpOne(splitByChar('/', splitByChar('?', ${bare})[1])[1], '^[^@]*@', ''), ':[0-9]+$', '')`;
      return `arrayConcat([${hash('url', bare)}, ${hash('url', `trimRight(cutQueryString(${bare}), '/')`)}], ${domainKeys(host)}, if(isIPv4String(${host}), ${ipKeys(host)}, []))`;
    }
    default:
      return `[${hash(kind, lower)}]`;
  }
}

/** An indicator that can match now. */
interface Live {
  readonly id: string;
  readonly source: string;
  readonly kind: IntelKind;
  readonly value: string;
  readonly name: string;
  readonly confidence: number;
  readonly validUntil: string;
  readonly tags: readonly string[];
  /** All sources that know it. */
  readonly sources: readonly string[];
}

export class Matcher {
  constructor(
    private readonly store: TelemetryStore,
    private readonly indicators: Pick<Indicators, 'lengths'>,
    private readonly tables: readonly Table[],
    private readonly now: () => Date,
  ) {}

  #physical(name: string): string {
    const table = this.store.schema.tables.find((candidate) => candidate.name === name);
    if (!table) throw new Error(`The store has no table ${name}.`);
    return table.physical;
  }

  /** The rows of a table and window, one for each observable in them. */
  #observed(table: Table, window: MatchWindow): string {
    const conditions = [
      ...(window.batches ? ['_Batch >= {from:UInt64}', '_Batch <= {to:UInt64}'] : []),
      ...(window.since === undefined ? [] : [`\`${table.time}\` >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')`]),
    ];
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    return table.observables
      .map(
        ({ column, kind }) =>
          `SELECT arrayJoin(${keysSql(kind, 'v')}) AS k FROM (SELECT DISTINCT toString(\`${column}\`) AS v FROM ${this.#physical(table.name)} ${where}) WHERE v != ''`,
      )
      .join(' UNION ALL ');
  }

  async #parameters(window: MatchWindow): Promise<Record<string, SqlParam>> {
    return {
      lengths: { type: 'Array(UInt8)', value: [...(await this.indicators.lengths())] },
      from: { type: 'UInt64', value: window.batches?.from ?? 0 },
      to: { type: 'UInt64', value: window.batches?.to ?? 0 },
      since: { type: 'Int64', value: window.since ?? 0 },
      version: { type: 'UInt64', value: window.version ?? 0 },
    };
  }

  /**
   * Find and store the matches of a window.
   * @param batch number that the stored matches carry
   * @returns how many were stored
   */
  async run(window: MatchWindow, batch: number, retro: boolean, signal?: AbortSignal): Promise<number> {
    const tables = this.tables.filter(({ name }) => !window.tables || window.tables.includes(name));
    if (tables.length === 0) return 0;
    const options = {
      params: await this.#parameters(window),
      lane: 'background',
      ...(signal ? { signal } : {}),
    } as const;
    const live = await this.#live(tables, window, options);
    if (live.size === 0) return 0;
    let stored = 0;
    for (const table of tables) {
      signal?.throwIfAborted();
      stored += await this.#store(table, window, live, options, batch, retro, MAX_MATCHES - stored);
      if (stored >= MAX_MATCHES) break;
    }
    return stored;
  }

  /** Indicators that stand in the rows and count now, by key; allowed ones are left out where the value itself is compared. */
  async #live(tables: readonly Table[], window: MatchWindow, options: object): Promise<Map<string, Live>> {
    const seen = tables.map((table) => `SELECT DISTINCT k FROM (${this.#observed(table, window)})`).join(' UNION ALL ');
    const { rows } = await this.store.query(
      `SELECT toString(Key), any(Kind), any(Value), argMax(Id, c), argMax(Source, c), argMax(Name, c), max(c), formatDateTime(max(until), '%FT%TZ'), argMax(tags, c), groupUniqArray(Source)
       FROM (
         SELECT Key, Source, Id, argMax(Kind, Version) AS Kind, argMax(Value, Version) AS Value, argMax(Name, Version) AS Name, argMax(Confidence, Version) AS c,
           argMax(ValidUntil, Version) AS until, argMax(ValidFrom, Version) AS start, argMax(Tags, Version) AS tags, argMax(Deleted, Version) AS gone, argMax(Revoked, Version) AS revoked, max(Version) AS v
         FROM intel.indicators WHERE Key IN (${seen}) GROUP BY Key, Source, Id)
       WHERE gone = 0 AND revoked = 0 AND until > now64(3) AND start <= now64(3) AND v >= {version:UInt64}
       GROUP BY Key LIMIT 100000`,
      options as never,
    );
    return new Map(
      rows.map((row) => [
        String(row[0]),
        {
          kind: row[1] as IntelKind,
          value: String(row[2]),
          id: String(row[3]),
          source: String(row[4]),
          name: String(row[5]),
          confidence: Number(row[6]),
          validUntil: String(row[7]),
          tags: row[8] as string[],
          sources: row[9] as string[],
        },
      ]),
    );
  }

  async #store(
    table: Table,
    window: MatchWindow,
    live: ReadonlyMap<string, Live>,
    options: { readonly params: Record<string, SqlParam> },
    batch: number,
    retro: boolean,
    room: number,
  ): Promise<number> {
    const params: Record<string, SqlParam> = {
      ...options.params,
      keys: { type: 'Array(String)', value: [...live.keys()] },
      room: { type: 'UInt64', value: room },
    };
    const conditions = [
      ...(window.batches ? ['_Batch >= {from:UInt64}', '_Batch <= {to:UInt64}'] : []),
      ...(window.since === undefined ? [] : [`\`${table.time}\` >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')`]),
    ];
    const kept = table.row.map(([, column]) => `toString(\`${column}\`)`);
    const blocked = table.blocked.map(([column], index) => {
      params[`blocked${index}`] = { type: 'Array(String)', value: [...(table.blocked[index]?.[1] ?? [])] };
      return `has({blocked${index}:Array(String)}, toString(\`${column}\`))`;
    });
    const parts = table.observables.map(
      ({ column, kind }) =>
        `SELECT formatDateTime(\`${table.time}\`, '%FT%T.%fZ') AS t, '${column}' AS col, toString(\`${column}\`) AS val, ${keysSql(kind, `\`${column}\``)} AS ks, ${blocked.length > 0 ? blocked.join(' OR ') : '0'} AS stopped, [${kept.join(', ')}] AS kept
         FROM ${this.#physical(table.name)} WHERE ${[...conditions, `\`${column}\` != ''`, `hasAny(ks, arrayMap(x -> toUInt64(x), {keys:Array(String)}))`].join(' AND ')}
           AND NOT hasAny(ks, (SELECT groupArray(Key) FROM intel.allowed FINAL WHERE Deleted = 0))`,
    );
    const { rows } = await this.store.query(
      `SELECT t, col, val, arrayMap(k -> toString(k), arrayIntersect(ks, arrayMap(x -> toUInt64(x), {keys:Array(String)}))) AS hits, stopped, kept FROM (${parts.join(' UNION ALL ')}) LIMIT {room:UInt64}`,
      { ...options, params } as never,
    );
    const at = this.now().toISOString();
    const matches: Record<string, unknown>[] = [];
    for (const [time, column, value, hits, stopped, cells] of rows as [
      string,
      string,
      string,
      string[],
      number,
      string[],
    ][]) {
      // The most telling of several: an URL says more than its domain.
      const found = hits.map((key) => live.get(key)).filter((each): each is Live => each !== undefined);
      const best = found.sort(
        (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.confidence - a.confidence,
      )[0];
      if (!best) continue;
      const kind = OBSERVED[best.kind];
      matches.push({
        ...Object.fromEntries(table.row.map(([name], index) => [name, cells[index] ?? ''])),
        Timestamp: time,
        MatchTime: at,
        ReportId: createHash('sha256')
          .update([table.name, time, column, value, best.kind, best.value, ...cells].join('\u0000'))
          .digest('hex')
          .slice(0, 32),
        IsRetroMatch: retro,
        IndicatorId: best.id,
        IndicatorSource: best.sources.join(', '),
        IndicatorName: best.name,
        ObservableType: kind,
        ObservableValue: best.value,
        MatchedColumn: column,
        MatchedValue: value,
        Confidence: best.confidence,
        Severity: severityOf(best.confidence, stopped > 0),
        Outcome: stopped > 0 ? 'blocked' : 'allowed',
        Tags: best.tags.join(', '),
        ValidUntil: best.validUntil,
        EventTable: table.name,
        _Batch: batch,
      });
    }
    for (let start = 0; start < matches.length; start += 5_000)
      await this.store.insertRows('ThreatIntelMatches', matches.slice(start, start + 5_000));
    return matches.length;
  }
}

/** From the most to the least telling. */
const ORDER: readonly IntelKind[] = ['sha256', 'sha1', 'md5', 'certificate', 'url', 'email', 'ip', 'domain', 'cidr'];
const OBSERVED: Readonly<Record<IntelKind, string>> = {
  sha256: 'file hash',
  sha1: 'file hash',
  md5: 'file hash',
  certificate: 'certificate',
  url: 'URL',
  email: 'mail address',
  ip: 'address',
  domain: 'domain',
  cidr: 'network',
};

/** What came through is worse than what was stopped. */
function severityOf(confidence: number, blocked: boolean): string {
  if (blocked) return confidence >= 75 ? 'medium' : 'low';
  return confidence >= 50 ? 'high' : 'medium';
}
