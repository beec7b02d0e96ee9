/** Indicators in the telemetry engine: one keyed table, so that a batch of rows is compared with a million of them in one statement. */

import type { SqlParam } from '@parapet/kql';
import {
  INTEL_KINDS,
  type IntelAllowed,
  type IntelIndicator,
  type IntelKind,
  type IntelState,
  type IntelSummary,
  type Page,
} from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { DEFAULT_DAYS, OBSERVABLE_KEYS } from './observables.ts';
import type { IndicatorInput, ObjectInput } from './types.ts';

const DAY = 86_400_000;
const PER_INSERT = 20_000;
const MAX_PAGE = 500;

const text = (value: string): SqlParam => ({ type: 'String', value });
const number = (value: number): SqlParam => ({ type: 'UInt64', value });

/** Newest state of every indicator; `Live` is what can match now. */
const CURRENT = `(SELECT * FROM intel.indicators FINAL WHERE Deleted = 0)`;
const STATE = `multiIf(Revoked = 1, 'revoked', ValidUntil <= now64(3), 'expired', 'active')`;

export interface IndicatorFilter {
  readonly search?: string;
  readonly kinds?: readonly IntelKind[];
  readonly sources?: readonly string[];
  readonly states?: readonly IntelState[];
  readonly minimumConfidence?: number;
  readonly sort?: string;
  readonly page: number;
  readonly pageSize: number;
}

const SORTS: Readonly<Record<string, string>> = {
  value: 'Value',
  kind: 'Kind',
  source: 'Source',
  confidence: 'Confidence',
  validUntil: 'ValidUntil',
  modified: 'Modified',
};

export class Indicators {
  #version = 0;
  #lengths: { readonly version: number; readonly list: readonly number[] } | undefined;

  private constructor(
    private readonly store: TelemetryStore,
    private readonly now: () => Date,
  ) {}

  static async open(store: TelemetryStore, now: () => Date): Promise<Indicators> {
    await store.command('CREATE DATABASE IF NOT EXISTS intel');
    await store.command(`CREATE TABLE IF NOT EXISTS intel.indicators (
      Key UInt64 DEFAULT cityHash64(concat(Kind, '|', Value)), Source LowCardinality(String), Id String, Kind LowCardinality(String), Value String,
      Pattern String, Name String, Description String, Confidence UInt8, ValidFrom DateTime64(3, 'UTC'), ValidUntil DateTime64(3, 'UTC'),
      Created DateTime64(3, 'UTC'), Modified DateTime64(3, 'UTC'), AddedBy LowCardinality(String), Tags Array(LowCardinality(String)),
      Revoked UInt8, Deleted UInt8, Version UInt64)
      ENGINE = ReplacingMergeTree(Version) ORDER BY (Key, Source, Id) SETTINGS index_granularity = 1024`);
    await store.command(`CREATE TABLE IF NOT EXISTS intel.allowed (
      Key UInt64 DEFAULT cityHash64(concat(Kind, '|', Value)), Kind LowCardinality(String), Value String, Note String, AddedBy String,
      At DateTime64(3, 'UTC'), Deleted UInt8, Version UInt64) ENGINE = ReplacingMergeTree(Version) ORDER BY Key`);
    const indicators = new Indicators(store, now);
    const { rows } = await store.query(
      'SELECT max(v) FROM (SELECT max(Version) AS v FROM intel.indicators UNION ALL SELECT max(Version) FROM intel.allowed)',
    );
    indicators.#version = Number(rows[0]?.[0] ?? 0);
    return indicators;
  }

  /** Whether anything was ever stored; without, nothing needs to be compared. */
  get empty(): boolean {
    return this.#version === 0;
  }

  /** Lengths of the networks that indicators name. */
  async lengths(): Promise<readonly number[]> {
    const version = this.#version;
    if (this.#lengths?.version !== version) {
      const { rows } = await this.store.query(
        `SELECT groupUniqArray(toUInt8OrZero(splitByChar('/', Value)[2])) FROM intel.indicators WHERE Kind = 'cidr'`,
        { lane: 'background' },
      );
      this.#lengths = { version, list: (rows[0]?.[0] as number[]) ?? [] };
    }
    return this.#lengths.list;
  }

  /** Numbers of changes grow also when the clock does not. */
  #next(): number {
    this.#version = Math.max(this.#version + 1, this.now().getTime());
    return this.#version;
  }

  /**
   * Store indicators, all under one version. One that its source sends again is replaced; one whose value changed leaves the old value.
   * @returns the version, for looking for what came with it
   */
  async put(source: string, list: readonly IndicatorInput[], by: string, signal?: AbortSignal): Promise<number> {
    const version = this.#next();
    const modified = this.now().toISOString();
    for (let start = 0; start < list.length; start += PER_INSERT) {
      signal?.throwIfAborted();
      await this.store.insertLines(
        'intel.indicators',
        list.slice(start, start + PER_INSERT).map((each) =>
          JSON.stringify({
            Source: source,
            Id: each.id,
            Kind: each.kind,
            Value: each.value,
            Pattern: each.pattern || patternOf(each.kind, each.value),
            Name: each.name.slice(0, 500),
            Description: each.description.slice(0, 4_000),
            Confidence: each.confidence,
            ValidFrom: each.validFrom,
            ValidUntil:
              each.validUntil ?? new Date(Date.parse(each.validFrom) + DEFAULT_DAYS[each.kind] * DAY).toISOString(),
            Created: each.created,
            Modified: modified,
            AddedBy: by,
            Tags: each.tags,
            Revoked: each.revoked ? 1 : 0,
            Deleted: 0,
            Version: version,
          }),
        ),
      );
    }
    const params = { source: text(source), version: number(version), gone: number(this.#next()) };
    await this.store.command(
      // In a query of its own: names in WHERE would mean what REPLACE makes of them.
      `INSERT INTO intel.indicators SELECT * REPLACE (1 AS Deleted, {gone:UInt64} AS Version) FROM (
         SELECT * FROM intel.indicators FINAL WHERE Source = {source:String} AND Version < {version:UInt64} AND Deleted = 0
           AND Id IN (SELECT Id FROM intel.indicators WHERE Source = {source:String} AND Version = {version:UInt64})
           AND (Id, Key) NOT IN (SELECT Id, Key FROM intel.indicators WHERE Source = {source:String} AND Version = {version:UInt64}))`,
      { params },
    );
    await this.#mirror(version);
    return version;
  }

  /** Copy what changed to the table people hunt in. */
  async #mirror(version: number): Promise<void> {
    const keys = INTEL_KINDS.map((kind) => `'${kind}', '${OBSERVABLE_KEYS[kind].replaceAll("'", "\\'")}'`).join(', ');
    await this.store.command(
      `INSERT INTO hunting.ThreatIntelIndicators (TimeGenerated, Id, SourceSystem, LastUpdateMethod, IsDeleted, IsActive, Revoked, ValidFrom, ValidUntil, Created, Modified, Tags, Confidence, Pattern, ObservableKey, ObservableValue, Data)
       SELECT now64(7), Id, Source, AddedBy, Deleted = 1, Deleted = 0 AND Revoked = 0 AND ValidUntil > now64(3), Revoked = 1, ValidFrom, ValidUntil, Created, Modified, arrayStringConcat(Tags, ', '), Confidence, Pattern,
         if(Kind = 'ip' AND position(Value, ':') > 0, 'ipv6-addr:value', map(${keys})[Kind]), Value,
         toJSONString(map('name', Name, 'description', Description))
       FROM intel.indicators WHERE Version = {version:UInt64}`,
      { params: { version: number(version) } },
    );
  }

  /** Other STIX objects, for hunting. */
  async putObjects(source: string, list: readonly ObjectInput[]): Promise<void> {
    const at = this.now().toISOString();
    for (let start = 0; start < list.length; start += 5_000)
      await this.store.insertRows(
        'ThreatIntelObjects',
        list.slice(start, start + 5_000).map(({ id, type, data, revoked }) => ({
          TimeGenerated: at,
          Id: id,
          SourceSystem: source,
          StixType: type,
          IsDeleted: revoked,
          Data: data,
        })),
      );
  }

  /**
   * Change what is stored of chosen indicators.
   * @returns how many there were
   */
  async change(
    ids: readonly { readonly source: string; readonly id: string }[],
    change: {
      readonly validUntil?: string;
      readonly confidence?: number;
      readonly tags?: readonly string[];
      readonly description?: string;
      readonly name?: string;
      readonly deleted?: boolean;
    },
    by: string,
  ): Promise<number> {
    const version = this.#next();
    const set = [
      `{by:String} AS AddedBy`,
      `{version:UInt64} AS Version`,
      `now64(3) AS Modified`,
      ...(change.validUntil === undefined ? [] : [`parseDateTime64BestEffort({until:String}, 3, 'UTC') AS ValidUntil`]),
      ...(change.confidence === undefined ? [] : ['{confidence:UInt8} AS Confidence']),
      ...(change.tags === undefined ? [] : ['{tags:Array(String)} AS Tags']),
      ...(change.description === undefined ? [] : ['{description:String} AS Description']),
      ...(change.name === undefined ? [] : ['{name:String} AS Name']),
      ...(change.deleted ? ['1 AS Deleted'] : []),
    ];
    await this.store.command(
      `INSERT INTO intel.indicators SELECT * REPLACE (${set.join(', ')}) FROM ${CURRENT}
       WHERE (Source, Id) IN (SELECT arrayJoin(arrayZip({sources:Array(String)}, {ids:Array(String)})))`,
      {
        params: {
          by: text(by),
          version: number(version),
          until: text(change.validUntil ?? ''),
          confidence: { type: 'UInt8', value: change.confidence ?? 0 },
          tags: { type: 'Array(String)', value: [...(change.tags ?? [])] },
          description: text(change.description ?? ''),
          name: text(change.name ?? ''),
          sources: { type: 'Array(String)', value: ids.map(({ source }) => source) },
          ids: { type: 'Array(String)', value: ids.map(({ id }) => id) },
        },
      },
    );
    await this.#mirror(version);
    const { rows } = await this.store.query('SELECT count() FROM intel.indicators WHERE Version = {version:UInt64}', {
      params: { version: number(version) },
    });
    return Number(rows[0]?.[0] ?? 0);
  }

  async page(filter: IndicatorFilter): Promise<Page<IntelIndicator>> {
    const params: Record<string, SqlParam> = {};
    const where = ['1'];
    if (filter.search) {
      params.search = text(filter.search.toLowerCase());
      where.push(
        `(positionCaseInsensitive(Value, {search:String}) > 0 OR positionCaseInsensitive(Name, {search:String}) > 0 OR arrayExists(t -> positionCaseInsensitive(t, {search:String}) > 0, Tags))`,
      );
    }
    for (const [name, column, values] of [
      ['kinds', 'Kind', filter.kinds],
      ['sources', 'Source', filter.sources],
      ['states', STATE, filter.states],
    ] as const)
      if (values && values.length > 0) {
        params[name] = { type: 'Array(String)', value: [...values] };
        where.push(`has({${name}:Array(String)}, toString(${column}))`);
      }
    if (filter.minimumConfidence) {
      params.least = number(filter.minimumConfidence);
      where.push('Confidence >= {least:UInt64}');
    }
    const size = Math.min(MAX_PAGE, filter.pageSize);
    const sort = SORTS[(filter.sort ?? '').replace(/^-/, '')] ?? 'Modified';
    const order = filter.sort && !filter.sort.startsWith('-') ? 'ASC' : 'DESC';
    params.limit = number(size);
    params.offset = number((filter.page - 1) * size);
    const from = `FROM ${CURRENT} WHERE ${where.join(' AND ')}`;
    const [found, counted] = await Promise.all([
      this.store.query(
        `SELECT Id, Source, Kind, Value, Name, Description, Confidence, formatDateTime(ValidFrom, '%FT%TZ'), formatDateTime(ValidUntil, '%FT%TZ'), formatDateTime(Modified, '%FT%TZ'), AddedBy, Tags, ${STATE}
         ${from} ORDER BY ${sort} ${order}, Key, Source, Id LIMIT {limit:UInt64} OFFSET {offset:UInt64}`,
        { params },
      ),
      this.store.query(`SELECT count() ${from}`, { params }),
    ]);
    return {
      items: found.rows.map((row) => ({
        id: String(row[0]),
        source: String(row[1]),
        kind: row[2] as IntelKind,
        value: String(row[3]),
        name: String(row[4]),
        description: String(row[5]),
        confidence: Number(row[6]),
        validFrom: String(row[7]),
        validUntil: String(row[8]),
        modified: String(row[9]),
        addedBy: String(row[10]),
        tags: row[11] as string[],
        state: row[12] as IntelState,
      })),
      total: Number(counted.rows[0]?.[0] ?? 0),
      page: filter.page,
      pageSize: size,
    };
  }

  /** @param seen where matches are counted */
  async summary(seen: Pick<TelemetryStore, 'query'> = this.store): Promise<IntelSummary> {
    const [states, sources, kinds, matches] = await Promise.all([
      this.store.query(`SELECT ${STATE} AS s, count() FROM ${CURRENT} GROUP BY s`),
      this.store.query(
        `SELECT Source, countIf(${STATE} = 'active') AS n FROM ${CURRENT} GROUP BY Source ORDER BY n DESC LIMIT 100`,
      ),
      this.store.query(
        `SELECT Kind, count() AS n FROM ${CURRENT} WHERE ${STATE} = 'active' GROUP BY Kind ORDER BY n DESC`,
      ),
      seen.query('SELECT count() FROM hunting.ThreatIntelMatches WHERE MatchTime > now() - INTERVAL 1 DAY'),
    ]);
    const of = (state: string): number => Number(states.rows.find((row) => row[0] === state)?.[1] ?? 0);
    return {
      active: of('active'),
      expired: of('expired'),
      revoked: of('revoked'),
      bySource: sources.rows.map((row) => ({ source: String(row[0]), active: Number(row[1]) })),
      byKind: kinds.rows.map((row) => ({ kind: row[0] as IntelKind, active: Number(row[1]) })),
      matches24h: Number(matches.rows[0]?.[0] ?? 0),
    };
  }

  async allowed(): Promise<IntelAllowed[]> {
    const { rows } = await this.store.query(
      `SELECT Kind, Value, Note, AddedBy, formatDateTime(At, '%FT%TZ') FROM intel.allowed FINAL WHERE Deleted = 0 ORDER BY Value LIMIT 10000`,
    );
    return rows.map((row) => ({
      kind: row[0] as IntelKind,
      value: String(row[1]),
      note: String(row[2]),
      by: String(row[3]),
      at: String(row[4]),
    }));
  }

  async allow(kind: IntelKind, value: string, note: string, by: string, deleted = false): Promise<void> {
    await this.store.insertLines('intel.allowed', [
      JSON.stringify({
        Kind: kind,
        Value: value,
        Note: note,
        AddedBy: by,
        At: this.now().toISOString(),
        Deleted: deleted ? 1 : 0,
        Version: this.#next(),
      }),
    ]);
  }
}

const STIX_PATH: Readonly<Partial<Record<IntelKind, string>>> = OBSERVABLE_KEYS;

function patternOf(kind: IntelKind, value: string): string {
  const path = kind === 'ip' && value.includes(':') ? 'ipv6-addr:value' : STIX_PATH[kind];
  return `[${path} = '${value.replace(/[\\']/g, '\\$&')}']`;
}
