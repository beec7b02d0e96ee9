/** Keeps stored risk scores true: what alerts and behaviours touch is computed again soon, what fades a few times a day. */
import { criticalityName, RISK_DAYS, type RiskResult, riskOf } from '@parapet/detection';
import type { Behavior, Criticality, RiskLevel } from '@parapet/schema';
import { appendOutbox, type Queryable } from '@parapet/state';
import { MIRROR_TOPIC, type MirrorPayload } from '../mirror/outbox.ts';
import type { Context } from '../types.ts';
import { criticalitiesOf, NOT_CRITICAL } from './criticality.ts';
import { type EntityName, type EntitySignals, nameOf, signalsOf } from './signals.ts';

/** Entities in one computation. */
const BATCH = 100;
const SOON_MS = 500;
/** Looks at what has faded. */
const SWEEP_MS = 60_000;
const BEHAVIOR_DAYS = 90;
/** Contributions in a row of the hunting table. */
const MIRRORED = 10;

interface Due extends EntityName {
  readonly seq: number | null;
}

interface Stored {
  readonly type: string;
  readonly key: string;
  readonly score: number;
  readonly level: RiskLevel;
}

export class RiskKeeper {
  readonly #context: Context;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  /** What the last look took: the pauses grow with the work, so that a flood of alerts leaves nine tenths of the database to others. */
  #tookMs = 0;
  readonly #sweep: NodeJS.Timeout;

  constructor(context: Context) {
    this.#context = context;
    this.#sweep = setInterval(() => this.wake(), SWEEP_MS);
    this.#sweep.unref();
  }

  /** Something changed: compute soon. */
  wake(): void {
    if (this.#closed || this.#timer) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.flush().catch((error) =>
          this.#context.log.warn({ err: error }, 'Risk scores could not be computed; they are tried again in a minute'),
        );
      },
      Math.max(SOON_MS, 9 * this.#tookMs),
    );
    this.#timer.unref();
  }

  /** Compute everything that is due now. */
  async flush(): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
    this.#running = this.#computeAll();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#sweep);
    await this.#running?.catch(() => undefined);
  }

  /** Keep behaviours for pages and scores. Those that are known already are left as they are. */
  async noteBehaviors(behaviors: readonly Behavior[]): Promise<void> {
    if (behaviors.length === 0) return;
    const { db } = this.#context;
    await db.transaction(async (tx) => {
      await tx.query(
        `insert into behavior (id, kind, score, start_at, end_at, body)
         select id, kind, score, start_at, end_at, body from jsonb_to_recordset($1::jsonb)
           as b(id text, kind text, score real, start_at timestamptz, end_at timestamptz, body jsonb)
         on conflict (id) do nothing`,
        [
          JSON.stringify(
            behaviors.map(({ entities: _, ...body }) => ({
              id: body.id,
              kind: body.kind,
              score: body.score,
              start_at: body.start,
              end_at: body.end,
              body,
            })),
          ),
        ],
      );
      const entities = behaviors.flatMap(({ id, entities }) => entities.map((entity) => ({ id, ...entity })));
      await tx.query(
        `insert into behavior_entity (behavior_id, type, key, label)
         select id, type, key, label from jsonb_to_recordset($1::jsonb) as e(id text, type text, key text, label text)
         on conflict do nothing`,
        [JSON.stringify(entities)],
      );
      await touch(tx, entities);
    });
    this.wake();
  }

  async #computeAll(): Promise<void> {
    const { db, now } = this.#context;
    const began = performance.now();
    for (;;) {
      if (this.#closed) return;
      const due = await db.query<Due>(
        `(select type, key, seq from entity_risk_due order by seq limit ${BATCH})
         union all
         (select r.type, r.key, null::bigint as seq from entity_risk r
          where r.next_at <= $1 and not exists (select 1 from entity_risk_due d where d.type = r.type and d.key = r.key)
          order by r.next_at limit ${BATCH})`,
        [now()],
      );
      if (due.length === 0) break;
      await this.#compute(due);
      this.#context.committed();
    }
    this.#tookMs = performance.now() - began;
    await db.query(`delete from behavior where end_at < $1::timestamptz - interval '${BEHAVIOR_DAYS} days'`, [now()]);
  }

  async #compute(due: readonly Due[]): Promise<void> {
    const { db, store, now, log } = this.#context;
    const at = now();
    const signals = await signalsOf(db, due, at, true);
    const found = [...signals.values()];
    // What the engine knows of roles is worth waiting for, not failing for.
    const critical = await criticalitiesOf({ db, store }, found, at).catch((error) => {
      log.warn({ err: error }, 'Criticality could not be looked up; scores are computed without it');
      return new Map<string, never>();
    });
    const results = found.map((entity) => {
      const criticality = critical.get(nameOf(entity)) ?? NOT_CRITICAL;
      return {
        entity,
        criticality: criticality.level,
        result: riskOf(entity.signals, criticality, at, entity.type === 'device'),
      };
    });
    await db.transaction(async (tx) => {
      const before = new Map(
        (
          await tx.query<Stored>(
            `select r.type, r.key, r.score, r.level from entity_risk r join jsonb_to_recordset($1::jsonb) as w(type text, key text)
             on w.type = r.type and w.key = r.key`,
            [JSON.stringify(due.map(({ type, key }) => ({ type, key })))],
          )
        ).map((row) => [nameOf(row), row]),
      );
      const kept = results.filter(({ result }) => result.score > 0 || result.level !== 'none');
      const gone = results.filter(({ result }) => result.score === 0 && result.level === 'none');
      await tx.query(
        `insert into entity_risk (type, key, label, score, level, criticality, open_alerts, reason, changed_at, computed_at, next_at)
         select type, key, label, score, level, criticality, open_alerts, reason, $2::timestamptz, $2::timestamptz, next_at
         from jsonb_to_recordset($1::jsonb) as r(type text, key text, label text, score smallint, level text, criticality text,
           open_alerts integer, reason text, next_at timestamptz)
         on conflict (type, key) do update set label = excluded.label, score = excluded.score, level = excluded.level,
           criticality = excluded.criticality, open_alerts = excluded.open_alerts, reason = excluded.reason,
           computed_at = excluded.computed_at, next_at = excluded.next_at,
           changed_at = case when (entity_risk.score, entity_risk.level) is distinct from (excluded.score, excluded.level)
             then excluded.changed_at else entity_risk.changed_at end`,
        [
          JSON.stringify(
            kept.map(({ entity, criticality, result }) => ({
              type: entity.type,
              key: entity.key,
              label: entity.label,
              score: result.score,
              level: result.level,
              criticality,
              open_alerts: result.openAlerts,
              reason: result.contributions[0]?.title ?? '',
              next_at: result.nextChange,
            })),
          ),
          at,
        ],
      );
      if (gone.length > 0)
        await tx.query(
          `delete from entity_risk r using jsonb_to_recordset($1::jsonb) as w(type text, key text) where w.type = r.type and w.key = r.key`,
          [JSON.stringify(gone.map(({ entity: { type, key } }) => ({ type, key })))],
        );
      await tx.query(
        `delete from entity_risk_due d using jsonb_to_recordset($1::jsonb) as w(type text, key text, seq bigint)
         where w.type = d.type and w.key = d.key and w.seq = d.seq`,
        [JSON.stringify(due)],
      );
      const changed = results.filter(({ entity, result }) => {
        const old = before.get(nameOf(entity));
        return (old?.score ?? 0) !== result.score || (old?.level ?? 'none') !== result.level;
      });
      if (changed.length > 0)
        await appendOutbox(tx, MIRROR_TOPIC, {
          ParapetEntityRisk: changed.map(({ entity, criticality, result }) =>
            mirrored(entity, criticality, result, before.get(nameOf(entity))?.score ?? 0, at),
          ),
        } satisfies MirrorPayload);
    });
  }
}

/** Mark entities for computation. */
export async function touch(
  tx: Queryable,
  entities: readonly { readonly type: string; readonly key: string }[],
): Promise<void> {
  await tx.query(
    `insert into entity_risk_due (type, key) select distinct type, key from jsonb_to_recordset($1::jsonb) as w(type text, key text)
     on conflict (type, key) do update set seq = nextval('entity_risk_seq')`,
    [JSON.stringify(entities.map(({ type, key }) => ({ type, key })))],
  );
}

const named = (level: RiskLevel): string => level.charAt(0).toUpperCase() + level.slice(1);

/** Row of ParapetEntityRisk. */
function mirrored(
  { type, key, label, fields }: EntitySignals,
  criticality: Criticality,
  result: RiskResult,
  previous: number,
  at: Date,
): Record<string, unknown> {
  return {
    Timestamp: at.toISOString(),
    EntityType: type,
    EntityKey: key,
    EntityName: label,
    RiskScore: result.score,
    PreviousRiskScore: previous,
    RiskLevel: named(result.level),
    Criticality: criticalityName(criticality),
    OpenAlerts: result.openAlerts,
    Reason: result.contributions[0]?.title ?? `Nothing of the last ${RISK_DAYS} days counts any more`,
    Contributions: result.contributions.slice(0, MIRRORED),
    DeviceId: fields.deviceId,
    DeviceName: fields.deviceName,
    AccountName: fields.accountName,
    AccountDomain: fields.accountDomain,
    AccountUpn: fields.accountUpn ?? fields.mailboxAddress,
    AccountSid: fields.accountSid,
    AccountObjectId: fields.accountObjectId,
    IPAddress: fields.ip,
    ReportId: `${type}:${key}:${at.getTime()}`,
  };
}
