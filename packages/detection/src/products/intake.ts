import type { TelemetryStore } from '@parapet/store';
import type { Delivery } from '../runtime/deliver.ts';
import { NOTHING_YET, type RuleState } from '../runtime/state.ts';
import type { CommittedBatch, DetectionLog } from '../runtime/types.ts';
import { type EvidenceCells, type ProductGroup, productDraft } from './drafts.ts';

/** Under this name the intake's mark is kept beside the marks of the rules. */
const MARK = 'product-alerts';
/** Different sets of entities that one title may make alerts of in an hour; what is beyond is one alert. */
export const MAX_GROUPS = 50;
/** Alerts of a group whose rows are shown. */
const SAMPLES = 20;
/** A second delivery of an alert within this time updates it. */
const UPDATE_DAYS = 7;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MAX_TOUCHED = 5_000;
const EVIDENCE_ALERTS = 3;

/** What identifies an entity of an evidence row; empty for kinds that do not. */
const ENTITY_SQL = `multiIf(
  EntityType = 'Machine', lowerUTF8(if(DeviceName != '', toString(DeviceName), toString(DeviceId))),
  EntityType = 'User', lowerUTF8(multiIf(AccountUpn != '', toString(AccountUpn), AccountName != '', concat(toString(AccountDomain), '\\\\', toString(AccountName)), toString(AccountSid))),
  EntityType = 'Ip', toString(if(RemoteIP != '', RemoteIP, LocalIP)),
  EntityType = 'Url', toString(RemoteUrl),
  EntityType IN ('File', 'Process'), lowerUTF8(multiIf(SHA256 != '', toString(SHA256), SHA1 != '', toString(SHA1), toString(FileName))),
  EntityType IN ('Mailbox', 'MailMessage'), lowerUTF8(if(NetworkMessageId != '', toString(NetworkMessageId), toString(AccountUpn))),
  lowerUTF8(if(ResourceID != '', toString(ResourceID), toString(CloudResource))))`;

const CELLS = [
  ...'EntityType,EvidenceRole,EvidenceDirection,DeviceId,DeviceName,AccountName,AccountDomain,AccountSid,AccountUpn'.split(
    ',',
  ),
  ...'AccountObjectId,FileName,FolderPath,SHA1,SHA256,ProcessCommandLine,RemoteIP,LocalIP,RemoteUrl,RegistryKey'.split(
    ',',
  ),
  ...'RegistryValueName,RegistryValueData,CloudResource,CloudPlatform,ResourceType,ResourceID,SubscriptionId'.split(
    ',',
  ),
];

interface Touched {
  readonly service: string;
  readonly title: string;
  readonly hour: number;
}

/**
 * Alerts of other products. A connector writes them to `AlertInfo` and `AlertEvidence`; here they become alerts of the queue, equal ones of
 * an hour as one. What a batch touches is counted again from the tables, so a repeated batch, a crash and late rows change nothing twice.
 * Rows that are not from a batch are the product's own announcements and are left alone.
 */
export class ProductAlerts {
  #through: number | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly store: TelemetryStore,
    private readonly delivery: Delivery,
    private readonly log: DetectionLog,
  ) {}

  /**
   * Look at what was stored since the last run of the program.
   * @param known marks of all rules
   * @param stored highest batch in the store; where nothing is remembered the intake starts after it
   */
  async start(known: ReadonlyMap<string, RuleState>, stored: number): Promise<void> {
    const mark = known.get(MARK)?.through;
    this.#through = mark ?? stored;
    if (mark === undefined) await this.#remember();
    else if (mark < stored) await this.#queue(mark + 1, stored);
  }

  /** Resolves when the batch's alerts are placed; a failure is logged and made up for with the next batch. */
  onBatch({ batch, tables }: CommittedBatch): Promise<void> {
    if (!((tables.AlertInfo ?? 0) > 0)) return Promise.resolve();
    return this.#queue(Math.min(batch, (this.#through ?? 0) + 1), batch);
  }

  async settle(): Promise<void> {
    await this.#turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
  }

  #queue(from: number, to: number): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (this.#closed) return;
      // An earlier failure leaves the mark behind: what it missed is looked at too.
      const first = Math.min(from, (this.#through ?? 0) + 1);
      try {
        await this.#take(first, to);
        if (to > (this.#through ?? 0)) {
          this.#through = to;
          await this.#remember();
        }
      } catch (error) {
        this.log.error(
          { err: error, from: first, to },
          'alerts of other products could not be taken in; they are with the next batch',
        );
      }
    });
    return this.#turn;
  }

  async #remember(): Promise<void> {
    await this.delivery.state.save([
      {
        ruleId: MARK,
        enabled: true,
        through: this.#through ?? 0,
        attempt: null,
        failures: 0,
        lastRun: this.delivery.now().toISOString(),
        lastRunMs: null,
        lastErrorCode: null,
        lastError: null,
        ...NOTHING_YET,
        shadow: false,
        plannedThrough: null,
      },
    ]);
  }

  async #take(from: number, to: number): Promise<void> {
    const all = await this.#touched(from, to);
    if (all.length === MAX_TOUCHED && from < to) {
      const middle = Math.floor((from + to) / 2);
      await this.#take(from, middle);
      return this.#take(middle + 1, to);
    }
    if (all.length === MAX_TOUCHED)
      this.log.warn(
        { batch: from },
        `more than ${MAX_TOUCHED} kinds of alerts of other products in one batch; the rest is left out`,
      );
    const byHour = new Map<number, Touched[]>();
    for (const touched of all) byHour.set(touched.hour, [...(byHour.get(touched.hour) ?? []), touched]);
    for (const [hour, touched] of [...byHour].sort(([a], [b]) => a - b)) {
      if (this.#closed) return;
      const groups = capped(await this.#groups(hour, touched));
      const evidence = await this.#evidence(groups);
      const drafts = groups.map((group) =>
        productDraft(
          group,
          group.alerts.flatMap(({ id }) => evidence.get(id) ?? []),
        ),
      );
      const enriched = await this.delivery.enricher.enrich(drafts);
      const passed = this.delivery.tuner ? (await this.delivery.tuner.apply(enriched)).drafts : enriched;
      if (passed.length > 0) await this.delivery.sink.accept(passed);
    }
  }

  /** Titles and hours that alerts of the batches fall into, by the first time each alert was reported. */
  async #touched(from: number, to: number): Promise<Touched[]> {
    const { rows } = await this.store.query(
      `SELECT service, title, toUnixTimestamp(toStartOfHour(first)) AS hour FROM (
         SELECT AlertId, any(toString(ServiceSource)) AS service, any(toString(Title)) AS title, min(Timestamp) AS first
         FROM hunting.AlertInfo
         WHERE _Batch > 0 AND AlertId != '' AND Timestamp >= (
             SELECT min(Timestamp) - INTERVAL ${UPDATE_DAYS} DAY FROM hunting.AlertInfo WHERE _Batch BETWEEN {from:UInt64} AND {to:UInt64})
           AND AlertId IN (SELECT AlertId FROM hunting.AlertInfo WHERE _Batch BETWEEN {from:UInt64} AND {to:UInt64})
         GROUP BY AlertId)
       GROUP BY service, title, hour ORDER BY hour, service, title LIMIT ${MAX_TOUCHED}`,
      {
        params: { from: { type: 'UInt64', value: from }, to: { type: 'UInt64', value: to } },
        lane: 'background',
      },
    );
    return rows.map(([service, title, hour]) => ({
      service: String(service ?? ''),
      title: String(title ?? ''),
      hour: Number(hour) * 1_000,
    }));
  }

  async #groups(hour: number, touched: readonly Touched[]): Promise<ProductGroup[]> {
    const wanted = new Set(touched.map(({ service, title }) => `${service}\n${title}`));
    const within = `_Batch > 0 AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND Timestamp < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND Title IN ({titles:Array(String)}) AND ServiceSource IN ({services:Array(String)})`;
    const time = (column: string) => `formatDateTime(${column}, '%Y-%m-%dT%H:%i:%S.%f', 'UTC')`;
    const { rows } = await this.store.query(
      `WITH info AS (
         SELECT AlertId, any(toString(ServiceSource)) AS service, any(toString(DetectionSource)) AS detection, any(toString(Title)) AS title,
                any(toString(Category)) AS category, any(toString(Severity)) AS severity, any(toString(AttackTechniques)) AS techniques,
                min(Timestamp) AS at, max(Timestamp) AS until
         FROM hunting.AlertInfo WHERE ${within} AND AlertId NOT IN (
           SELECT AlertId FROM hunting.AlertInfo WHERE _Batch > 0 AND Timestamp >= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
             AND Timestamp < fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND Title IN ({titles:Array(String)}))
         GROUP BY AlertId
       ), named AS (
         SELECT AlertId, arrayStringConcat(arraySort(groupUniqArray(30)(concat(toString(EntityType), ':', ${ENTITY_SQL}))), '|') AS entities
         FROM hunting.AlertEvidence WHERE ${within} GROUP BY AlertId
       )
       SELECT service, detection, title, entities, argMax(category, severity), argMax(severity, indexOf(['Informational', 'Low', 'Medium', 'High'], severity)),
              max(techniques), count(), ${time('min(at)')}, ${time('max(until)')},
              arraySlice(arraySort(groupArray(1000)((${time('at')}, info.AlertId))), 1, ${SAMPLES})
       FROM info LEFT JOIN named ON named.AlertId = info.AlertId
       GROUP BY service, detection, title, entities ORDER BY service, title, min(at), entities LIMIT 20000`,
      {
        params: {
          from: { type: 'Int64', value: hour },
          to: { type: 'Int64', value: hour + HOUR },
          before: { type: 'Int64', value: hour - UPDATE_DAYS * DAY },
          titles: { type: 'Array(String)', value: [...new Set(touched.map(({ title }) => title))] },
          services: { type: 'Array(String)', value: [...new Set(touched.map(({ service }) => service))] },
        },
        lane: 'background',
      },
    );
    return rows.flatMap((row) => {
      const [service, detection, title, entities, category, severity, techniques, count, first, last] = row.map(
        (cell) => String(cell ?? ''),
      ) as string[];
      if (!wanted.has(`${service}\n${title}`)) return [];
      const alerts = (row[10] as readonly (readonly [string, string])[]).map(([at, id]) => ({ id, time: `${at}Z` }));
      return [
        {
          service: service ?? '',
          detection: detection ?? '',
          title: title ?? '',
          entities: entities ?? '',
          category: category ?? '',
          severity: severity ?? '',
          techniques: techniques ?? '',
          hour: new Date(hour).toISOString(),
          count: Number(count),
          first: `${first}Z`,
          last: `${last}Z`,
          alerts,
        },
      ];
    });
  }

  /** Evidence of the first alerts of each group, by alert. */
  async #evidence(groups: readonly ProductGroup[]): Promise<Map<string, EvidenceCells[]>> {
    const wanted = groups.flatMap(({ alerts }) => alerts.slice(0, EVIDENCE_ALERTS));
    const found = new Map<string, EvidenceCells[]>();
    if (wanted.length === 0) return found;
    const times = wanted.map(({ time }) => Date.parse(time));
    const { rows } = await this.store.query(
      `SELECT AlertId, ${CELLS.map((name) => `toString(${name})`).join(', ')},
              JSONExtractString(toString(AdditionalFields), 'ProcessId') AS pidText, JSONExtractInt(toString(AdditionalFields), 'ProcessId') AS pid
       FROM hunting.AlertEvidence
       WHERE _Batch > 0 AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND Timestamp <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
         AND AlertId IN ({ids:Array(String)}) LIMIT 100 BY AlertId`,
      {
        params: {
          from: { type: 'Int64', value: Math.min(...times) - 1_000 },
          to: { type: 'Int64', value: Math.max(...times) + 1_000 },
          ids: { type: 'Array(String)', value: [...new Set(wanted.map(({ id }) => id))] },
        },
        lane: 'background',
      },
    );
    for (const [id, ...cells] of rows) {
      const values: Record<string, string> = {};
      for (const [index, name] of CELLS.entries()) values[name] = String(cells[index] ?? '');
      const number = String(cells[CELLS.length] ?? '') || String(cells[CELLS.length + 1] ?? '');
      values.ProcessId = number === '0' ? '' : number;
      found.set(String(id), [...(found.get(String(id)) ?? []), values]);
    }
    return found;
  }
}

/** One title that names ever other entities does not flood the queue: beyond the cap they are one alert. */
export function capped(groups: readonly ProductGroup[]): ProductGroup[] {
  const byTitle = new Map<string, ProductGroup[]>();
  for (const group of groups) {
    const title = `${group.service}\n${group.detection}\n${group.title}`;
    byTitle.set(title, [...(byTitle.get(title) ?? []), group]);
  }
  return [...byTitle.values()].flatMap((own) => {
    if (own.length <= MAX_GROUPS) return own;
    const rest = own.slice(MAX_GROUPS - 1);
    const [head] = rest;
    if (!head) return own;
    return [
      ...own.slice(0, MAX_GROUPS - 1),
      {
        ...head,
        entities: '*',
        count: rest.reduce((sum, { count }) => sum + count, 0),
        first: rest.map(({ first }) => first).sort()[0] ?? head.first,
        last:
          rest
            .map(({ last }) => last)
            .sort()
            .at(-1) ?? head.last,
        alerts: rest.flatMap(({ alerts }) => alerts).slice(0, SAMPLES),
      },
    ];
  });
}
