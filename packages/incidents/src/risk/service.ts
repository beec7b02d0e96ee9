import { riskOf } from '@parapet/detection';
import {
  type Behavior,
  CRITICALITIES,
  type Criticality,
  type CriticalityRequest,
  type EntityCriticality,
  type EntityRisk,
  type EntityRiskSummary,
  type EntityType,
  type Page,
  ParapetError,
  RISK_LEVELS,
  RISK_TYPES,
  type RiskLevel,
  type RiskType,
} from '@parapet/schema';
import { contains, decimalId, instant, iso, notFound, Where } from '../sql.ts';
import { kqlString } from '../telemetry/kql.ts';
import { select, str, string, toTime } from '../telemetry/rows.ts';
import type { Actor, Context } from '../types.ts';
import { member, members } from '../validate.ts';
import { criticalitiesOf, NOT_CRITICAL } from './criticality.ts';
import { touch } from './keeper.ts';
import { type EntityName, nameOf, signalsOf } from './signals.ts';

const LISTED = 50;
const HISTORY_DAYS = 30;
const MOST_HISTORY = 200;
/** Entities of a caller who does not see everything that are scored for a list, the most severe first. */
const MOST_LIVE = 500;
const MAX_REASON = 1000;
const DAY = 86_400_000;

export interface RiskListQuery {
  readonly type?: string | readonly string[];
  readonly level?: string | readonly string[];
  readonly search?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

export interface BehaviorQuery {
  readonly from?: string;
  readonly to?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

interface SummaryRow {
  readonly type: RiskType;
  readonly key: string;
  readonly label: string;
  readonly score: number;
  readonly level: RiskLevel;
  readonly criticality: Criticality;
  readonly open_alerts: number;
  readonly reason: string;
  readonly changed_at: Date;
}

/** Risk of entities, their criticality and what was unusual about them, through one caller's eyes. */
export class RiskService {
  readonly #context: Context;
  readonly #all: boolean;

  /** @param seesAll whether nothing of alerts is hidden from the caller: only then stored scores and behaviours are shown */
  constructor(context: Context, seesAll: boolean) {
    this.#context = context;
    this.#all = seesAll;
  }

  /**
   * Entities by score, highest first. Who sees a part of the alerts gets scores from that part, over the 500 entities most severely
   * concerned.
   * @throws ParapetError 400 `invalid_request` for an unknown filter value
   */
  async list(query: RiskListQuery): Promise<Page<EntityRiskSummary>> {
    const types = members('type', query.type, RISK_TYPES);
    const levels = members('level', query.level, RISK_LEVELS);
    const { page = 1, pageSize = 25 } = query;
    if (!this.#all) return this.#listLive(types, levels, query.search ?? '', page, pageSize);
    const where = new Where();
    if (types.length > 0) where.add(types, (place) => `type = any(${place}::text[])`);
    if (levels.length > 0) where.add(levels, (place) => `level = any(${place}::text[])`);
    if (query.search) where.add(contains(query.search), (place) => `(label ilike ${place} or key ilike ${place})`);
    const rows = await this.#context.db.query<SummaryRow & { readonly total: number }>(
      `select type, key, label, score, level, criticality, open_alerts, reason, changed_at, count(*) over () as total
       from entity_risk ${where} order by score desc, label, type, key
       limit ${pageSize} offset ${(page - 1) * pageSize}`,
      where.params,
    );
    const total = rows[0]?.total ?? (page > 1 ? (await this.list({ ...query, page: 1, pageSize: 1 })).total : 0);
    return {
      items: rows.map((row) => ({
        type: row.type,
        key: row.key,
        label: row.label,
        score: row.score,
        level: row.level,
        criticality: row.criticality,
        openAlerts: row.open_alerts,
        reason: row.reason,
        changedAt: iso(row.changed_at),
      })),
      total,
      page,
      pageSize,
    };
  }

  async #listLive(
    types: readonly RiskType[],
    levels: readonly RiskLevel[],
    search: string,
    page: number,
    pageSize: number,
  ): Promise<Page<EntityRiskSummary>> {
    const { db, store, now } = this.#context;
    const at = now();
    const names = await db.query<EntityName>(
      `select e.type, e.key from alert_evidence e join alert a on a.id = e.alert_id
       where e.type = any($1::text[]) and e.roles <> '{contextual}'
         and ($2 = '' or e.label ilike $3 or e.key ilike $3)
         and greatest(a.last_activity, a.created_at) >= $4::timestamptz - interval '180 days'
       group by e.type, e.key order by max(a.severity) desc, count(*) desc, e.type, e.key limit ${MOST_LIVE}`,
      [types.length > 0 ? types : RISK_TYPES, search, contains(search), at],
    );
    const signals = [...(await signalsOf(db, names, at, false)).values()];
    const critical = await criticalitiesOf({ db, store }, signals, at);
    const scored = signals
      .map((entity): EntityRiskSummary => {
        const criticality = critical.get(nameOf(entity)) ?? NOT_CRITICAL;
        const result = riskOf(entity.signals, criticality, at, entity.type === 'device');
        const newest = Math.max(0, ...entity.signals.map((signal) => signal.at.getTime()));
        return {
          type: entity.type,
          key: entity.key,
          label: entity.label,
          score: result.score,
          level: result.level,
          criticality: criticality.level,
          openAlerts: result.openAlerts,
          reason: result.contributions[0]?.title ?? '',
          changedAt: new Date(newest).toISOString(),
        };
      })
      .filter(({ score, level }) => (score > 0 || level !== 'none') && (levels.length === 0 || levels.includes(level)))
      .sort((a, b) => b.score - a.score || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
    return { items: scored.slice((page - 1) * pageSize, page * pageSize), total: scored.length, page, pageSize };
  }

  /**
   * Score of one entity with everything that goes into it, computed now. An entity nothing is known of has the score 0.
   * @throws ParapetError 400 `invalid_request` for a type that has no score
   */
  async get(type: string, rawKey: string): Promise<EntityRisk> {
    const { db, store, now } = this.#context;
    const entity = { type: member('type', type, RISK_TYPES), key: rawKey.trim().toLowerCase() };
    const at = now();
    const [found] = (await signalsOf(db, [entity], at, this.#all)).values();
    const known = found ?? { ...entity, label: entity.key, fields: {}, signals: [] };
    // Who sees nothing of an entity is not told what others wrote about it.
    const criticality =
      this.#all || known.signals.length > 0
        ? ((await criticalitiesOf({ db, store }, [known], at)).get(nameOf(entity)) ?? NOT_CRITICAL)
        : NOT_CRITICAL;
    const result = riskOf(known.signals, criticality, at, entity.type === 'device');
    const rest = result.contributions.slice(LISTED);
    const huntingQuery = `ParapetEntityRisk\n| where EntityType == ${kqlString(entity.type)} and EntityKey == ${kqlString(entity.key)}\n| sort by Timestamp desc`;
    return {
      ...entity,
      label: known.label,
      score: result.score,
      level: result.level,
      levelReason: result.levelReason,
      openAlerts: result.openAlerts,
      criticality,
      contributions: result.contributions.slice(0, LISTED),
      more: { count: rest.length, points: Math.round(rest.reduce((sum, { points }) => sum + points, 0) * 10) / 10 },
      history: this.#all ? await this.#history(entity, at) : [],
      huntingQuery,
      computedAt: at.toISOString(),
    };
  }

  async #history({ type, key }: EntityName, at: Date): Promise<EntityRisk['history']> {
    const { store } = this.#context;
    if (store.schema.tables.length === 0) return [];
    const rows = await select(
      store,
      `SELECT Timestamp, RiskScore, RiskLevel FROM hunting.ParapetEntityRisk
       WHERE EntityType = {type:String} AND EntityKey = {key:String} AND Timestamp > {from:DateTime64(7, 'UTC')}
       ORDER BY Timestamp DESC LIMIT ${MOST_HISTORY}`,
      {
        params: {
          type: string(type),
          key: string(key),
          from: toTime(new Date(at.getTime() - HISTORY_DAYS * DAY).toISOString()),
        },
      },
    );
    return rows.reverse().map((row) => ({
      at: str(row, 'Timestamp'),
      score: Number(row.RiskScore ?? 0),
      level: member('level', str(row, 'RiskLevel') || 'none', RISK_LEVELS),
    }));
  }

  /**
   * Unusual behaviour of one entity, newest first. Empty for callers who do not see all data: behaviours are made from rows of every source.
   * @throws ParapetError 400 `invalid_request` for a time that is none
   */
  async behaviors(type: EntityType, rawKey: string, query: BehaviorQuery): Promise<Page<Behavior>> {
    return this.#behaviors(
      'exists (select 1 from behavior_entity w where w.behavior_id = b.id and w.type = $1 and w.key = $2)',
      [type, rawKey.trim().toLowerCase()],
      query,
    );
  }

  /**
   * Unusual behaviour of the assets of an incident, from a day before its first activity to a day after its last, newest first.
   * @throws ParapetError 404 `not_found`
   */
  async behaviorsOfIncident(id: string, query: BehaviorQuery): Promise<Page<Behavior>> {
    const key = decimalId(id);
    const [incident] = key
      ? await this.#context.db.query<{ first_activity: Date; last_activity: Date }>(
          'select first_activity, last_activity from incident i where i.id = $1::bigint',
          [key],
        )
      : [];
    if (!incident) throw notFound('incident', id);
    return this.#behaviors(
      `b.end_at >= $1::timestamptz - interval '1 day' and b.start_at <= $2::timestamptz + interval '1 day'
       and exists (select 1 from behavior_entity w join alert_evidence e on e.type = w.type and e.key = w.key
                   join alert a on a.id = e.alert_id where w.behavior_id = b.id and a.incident_id = $3::bigint and e.roles <> '{contextual}')`,
      [incident.first_activity, incident.last_activity, key],
      query,
    );
  }

  async #behaviors(condition: string, given: readonly unknown[], query: BehaviorQuery): Promise<Page<Behavior>> {
    const { page = 1, pageSize = 25 } = query;
    const from = query.from ? instant('from', query.from) : null;
    const to = query.to ? instant('to', query.to) : null;
    if (!this.#all) return { items: [], total: 0, page, pageSize };
    const n = given.length;
    const rows = await this.#context.db.query<{
      body: Omit<Behavior, 'entities'>;
      entities: Behavior['entities'];
      total: number;
    }>(
      `select b.body, count(*) over () as total,
              (select jsonb_agg(jsonb_build_object('type', x.type, 'key', x.key, 'label', x.label) order by x.type, x.key)
               from behavior_entity x where x.behavior_id = b.id) as entities
       from behavior b where ${condition} and ($${n + 1}::timestamptz is null or b.end_at >= $${n + 1})
         and ($${n + 2}::timestamptz is null or b.start_at <= $${n + 2})
       order by b.end_at desc, b.score desc, b.id limit ${pageSize} offset ${(page - 1) * pageSize}`,
      [...given, from, to],
    );
    return {
      items: rows.map(({ body, entities }) => ({ ...body, entities })),
      total:
        rows[0]?.total ??
        (page > 1 ? (await this.#behaviors(condition, given, { ...query, page: 1, pageSize: 1 })).total : 0),
      page,
      pageSize,
    };
  }

  /**
   * Set how critical an entity is, or take it back. The score follows.
   * @throws ParapetError 400 `invalid_request`
   */
  async setCriticality(
    type: string,
    rawKey: string,
    request: CriticalityRequest,
    actor: Actor,
  ): Promise<EntityCriticality> {
    const { db, store, now, audit, committed } = this.#context;
    const entity = { type: member('type', type, RISK_TYPES), key: rawKey.trim().toLowerCase() };
    const reason = request.reason.trim();
    const level = request.level === null ? null : member('level', request.level, CRITICALITIES);
    if (level !== null && (reason === '' || reason.length > MAX_REASON))
      throw new ParapetError(
        'invalid_request',
        400,
        `Say why, in at most ${MAX_REASON} characters.`,
        'The reason is shown wherever the level is.',
        { field: 'reason' },
      );
    const at = now();
    const expires = request.expiresAt ? instant('expiresAt', request.expiresAt) : null;
    if (expires && expires <= at)
      throw new ParapetError('invalid_request', 400, 'expiresAt lies in the past.', 'Choose a later time, or none.', {
        field: 'expiresAt',
      });
    await db.transaction(async (tx) => {
      const [before] = await tx.query<{ level: string; reason: string }>(
        'select level, reason from entity_criticality where type = $1 and key = $2',
        [entity.type, entity.key],
      );
      if (level === null)
        await tx.query('delete from entity_criticality where type = $1 and key = $2', [entity.type, entity.key]);
      else
        await tx.query(
          `insert into entity_criticality (type, key, level, reason, set_by, set_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (type, key) do update set level = excluded.level, reason = excluded.reason, set_by = excluded.set_by,
             set_at = excluded.set_at, expires_at = excluded.expires_at`,
          [entity.type, entity.key, level, reason, actor.username, at, expires],
        );
      await touch(tx, [entity]);
      await audit(
        {
          actor: actor.username,
          action: 'entity.criticality',
          target: `${entity.type} ${entity.key}`,
          before: before ?? null,
          after: level === null ? null : { level, reason, expiresAt: expires },
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
    });
    committed();
    const [known] = (await signalsOf(db, [entity], at, false)).values();
    return (
      (await criticalitiesOf({ db, store }, [known ?? { ...entity, label: entity.key, fields: {} }], at)).get(
        nameOf(entity),
      ) ?? NOT_CRITICAL
    );
  }
}
