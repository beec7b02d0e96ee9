import type { AlertDraft, CorrelationDecision, Pulled } from '@parapet/detection';
import type { MergeReason } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { lockIncident } from '../incidents/change.ts';
import { mirrorAlerts, mirrorIncidents } from '../mirror/outbox.ts';
import { severityRank } from '../rows.ts';
import type { Context } from '../types.ts';
import type { AlertCache } from './alert-cache.ts';
import { Board, type Planned, plan } from './board.ts';
import { alertId } from './identity.ts';
import { eventCount, insertAlerts, insertEvents, type Placed } from './insert.ts';
import { type NewActivity, writeActivity } from './journal.ts';
import { lockPlacement } from './lock.ts';
import { mergeIncidents } from './merge.ts';
import { recompute } from './recompute.ts';

/** Drafts placed in one transaction: small enough that readers never wait long, large enough to share the sums. */
const BATCH = 100;

interface Known {
  readonly id: string;
  readonly dedupe_key: string;
  readonly incident_id: string;
  readonly event_count: number;
  readonly first_activity: Date;
  readonly last_activity: Date;
}

/** Everything one transaction touched. */
interface Round {
  readonly at: Date;
  readonly touched: Set<string>;
  readonly opened: Set<string>;
  readonly redirected: Set<string>;
  readonly raised: string[];
  /** Alerts whose mirrored state is no longer right: repeats with news and alerts that a merge moved. */
  readonly changed: Set<string>;
  readonly activity: NewActivity[];
  created: number;
  repeated: number;
  /** Incident that alerts placed by hand went into. */
  placedIn?: string;
}

/** Alerts that a person puts where they belong. */
export interface ByHand {
  /** Absent opens a new incident for all of them. */
  readonly incidentId?: string | undefined;
  readonly by: string;
}

/** Turns drafts into alerts and gives each its incident. One placement at a time. */
export class Sink {
  readonly #context: Context;
  readonly #cache: AlertCache;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(context: Context, cache: AlertCache) {
    this.#context = context;
    this.#cache = cache;
  }

  /**
   * Idempotent by `dedupeKey`. Resolves when every draft is committed. When some cannot be placed it rejects with the
   * first reason after all others are committed; repeating the call is safe.
   */
  accept(drafts: readonly AlertDraft[]): Promise<{ created: number; repeated: number }> {
    if (this.#closed) return Promise.reject(new Error('The incident service is closed.'));
    const mine = this.#turn.then(async () => {
      const sum = { created: 0, repeated: 0 };
      const failures: unknown[] = [];
      for (let start = 0; start < drafts.length; start += BATCH) {
        const batch = drafts.slice(start, start + BATCH);
        for (const round of await this.#placeOrSplit(batch, failures)) {
          sum.created += round.created;
          sum.repeated += round.repeated;
        }
      }
      if (failures.length > 0) throw failures[0];
      return sum;
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Put drafts into one incident without asking what they correlate with; all or none.
   * @returns id of the incident
   * @throws ParapetError 404 `not_found`, 409 `incident_redirected`
   */
  place(drafts: readonly AlertDraft[], hand: ByHand): Promise<string> {
    if (this.#closed) return Promise.reject(new Error('The incident service is closed.'));
    const mine = this.#turn.then(async () => {
      const round = await this.#place(drafts, hand);
      // Drafts that were placed before are where they were.
      return round.placedIn ?? hand.incidentId ?? [...round.touched][0] ?? (await this.#whereIs(drafts));
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #whereIs(drafts: readonly AlertDraft[]): Promise<string> {
    const [row] = await this.#context.db.query<{ id: string }>(
      'select incident_id::text as id from alert where dedupe_key = any($1::text[]) limit 1',
      [drafts.map(({ dedupeKey }) => dedupeKey)],
    );
    if (!row) throw new Error('Alerts placed by hand are in no incident');
    return row.id;
  }

  /** Resolves when everything accepted before the call is placed. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
  }

  /** One damaged draft must not keep its neighbours from becoming alerts. */
  async #placeOrSplit(drafts: readonly AlertDraft[], failures: unknown[]): Promise<Round[]> {
    try {
      return [await this.#place(drafts)];
    } catch (error) {
      if (drafts.length === 1) {
        failures.push(error);
        this.#context.log.error({ err: error, ruleId: drafts[0]?.ruleId }, 'an alert could not be placed');
        return [];
      }
    }
    const rounds: Round[] = [];
    for (const draft of drafts) rounds.push(...(await this.#placeOrSplit([draft], failures)));
    return rounds;
  }

  async #place(drafts: readonly AlertDraft[], hand?: ByHand): Promise<Round> {
    const { db, committed } = this.#context;
    const ids = drafts.map(alertId);
    try {
      const round = await db.transaction(async (tx) => {
        await lockPlacement(tx);
        return this.#placeIn(tx, drafts, hand);
      });
      committed();
      return round;
    } catch (error) {
      // What the rolled-back transaction put there never existed.
      this.#cache.forget(ids);
      throw error;
    }
  }

  async #placeIn(tx: Queryable, drafts: readonly AlertDraft[], hand?: ByHand): Promise<Round> {
    const round: Round = {
      at: this.#context.now(),
      touched: new Set(),
      opened: new Set(),
      redirected: new Set(),
      raised: [],
      changed: new Set(),
      activity: [],
      created: 0,
      repeated: 0,
    };
    const known = new Map(
      (
        await tx.query<Known>(
          `select id, dedupe_key, incident_id::text as incident_id, event_count, first_activity, last_activity
           from alert where dedupe_key = any($1::text[])`,
          [drafts.map(({ dedupeKey }) => dedupeKey)],
        )
      ).map((row) => [row.dedupe_key, row]),
    );
    const planned = new Map<AlertDraft, { readonly n: number; readonly plan: Planned }>();
    for (const draft of drafts)
      if (!known.has(draft.dedupeKey))
        planned.set(draft, { n: planned.size, plan: plan(draft, alertId(draft), this.#context.correlation) });
    const board = await Board.load(
      tx,
      this.#cache,
      [...planned.values()].map((each) => each.plan),
    );
    const waiting: Placed[] = [];
    for (const draft of drafts) {
      const before = known.get(draft.dedupeKey);
      const mine = planned.get(draft);
      if (before) {
        // The first of two equal findings may still wait to be written.
        await insertAlerts(tx, waiting.splice(0), round.at);
        known.set(draft.dedupeKey, await this.#repeat(tx, draft, before, round));
        round.repeated += 1;
      } else if (mine) {
        const placed = await this.#raise(tx, mine.n, mine.plan, board, waiting, round, hand);
        known.set(draft.dedupeKey, {
          id: placed.alert.id,
          dedupe_key: draft.dedupeKey,
          incident_id: placed.incidentId,
          event_count: eventCount(draft),
          first_activity: new Date(draft.firstActivity),
          last_activity: new Date(draft.lastActivity),
        });
        round.created += 1;
      }
    }
    await insertAlerts(tx, waiting, round.at);
    const { correlation } = this.#context;
    const open = [...round.touched].filter((id) => !round.redirected.has(id));
    round.activity.push(
      ...(await recompute(tx, { correlation, cache: this.#cache }, open, round.at, { opened: round.opened })),
    );
    await writeActivity(tx, round.activity);
    await closeTuned(tx, [...round.opened], round.at);
    const raised = new Set(round.raised);
    await mirrorAlerts(tx, round.raised, { isNew: true, at: round.at });
    await mirrorAlerts(
      tx,
      [...round.changed].filter((id) => !raised.has(id)),
      { isNew: false, at: round.at },
    );
    await mirrorIncidents(tx, [...round.touched, ...round.redirected], round.at);
    return round;
  }

  /** A finding that is known: only news are written. */
  async #repeat(tx: Queryable, draft: AlertDraft, before: Known, round: Round): Promise<Known> {
    const first = new Date(Math.min(before.first_activity.getTime(), Date.parse(draft.firstActivity)));
    const last = new Date(Math.max(before.last_activity.getTime(), Date.parse(draft.lastActivity)));
    const count = Math.max(before.event_count, eventCount(draft));
    const same =
      count === before.event_count &&
      first.getTime() === before.first_activity.getTime() &&
      last.getTime() === before.last_activity.getTime();
    if (same) return before;
    const [row] = await tx.query<{ incident_id: string }>(
      `update alert set event_count = $2, first_activity = $3, last_activity = $4, last_update = $5 where id = $1
       returning incident_id::text as incident_id`,
      [before.id, count, first, last, round.at],
    );
    if (count > before.event_count) await insertEvents(tx, [{ id: before.id, draft }]);
    this.#cache.forget([before.id]);
    if (row) round.touched.add(row.incident_id);
    round.changed.add(before.id);
    return { ...before, event_count: count, first_activity: first, last_activity: last };
  }

  async #raise(
    tx: Queryable,
    n: number,
    planned: Planned,
    board: Board,
    waiting: Placed[],
    round: Round,
    hand?: ByHand,
  ): Promise<Placed> {
    const { correlation } = this.#context;
    const decision = hand ? undefined : correlation.correlate(planned.alert, board.candidates(n, planned, true));
    const { incidentId, reason } = hand
      ? await this.#byHand(tx, planned, hand, round)
      : decision?.kind === 'join'
        ? await this.#join(tx, planned, decision, board, waiting, round)
        : decision?.kind === 'background'
          ? await this.#wait(tx, planned, decision.key, board, round)
          : await this.#open(tx, n, planned, decision ?? { kind: 'new', pull: [], similar: [] }, board, round);
    const placed = { ...planned, incidentId, reason };
    waiting.push(placed);
    board.placed(planned, incidentId);
    if (decision && decision.kind !== 'background' && decision.pull.length > 0) {
      // What this round has not written yet moves like the rest.
      await insertAlerts(tx, waiting.splice(0), round.at);
      await this.#pull(tx, incidentId, decision.pull, board, round);
    }
    this.#cache.put(planned.alert);
    round.touched.add(incidentId);
    round.raised.push(planned.alert.id);
    return placed;
  }

  /** The incident that a person named, or one opened for their alerts. */
  async #byHand(
    tx: Queryable,
    { draft, alert }: Planned,
    { incidentId: named, by }: ByHand,
    round: Round,
  ): Promise<{ incidentId: string; reason: MergeReason }> {
    const note = { time: round.at, actor: by, origin: 'user' as const };
    let incidentId = round.placedIn;
    if (!incidentId && named) incidentId = (await lockIncident(tx, named)).id;
    if (!incidentId) {
      const [row] = await tx.query<{ id: string }>(
        `insert into incident (name, severity, first_activity, last_activity, created_at, last_update, last_modified_by)
         values ($1, $2, $3, $4, $5, $5, $6) returning id::text as id`,
        [
          draft.title.slice(0, 500),
          severityRank(draft.severity),
          new Date(draft.firstActivity),
          new Date(draft.lastActivity),
          round.at,
          by,
        ],
      );
      if (!row) throw new Error('The new incident has no id');
      incidentId = row.id;
      round.opened.add(incidentId);
      const text = `Opened by ${by} for rows of a hunt: "${draft.title}"`;
      round.activity.push({ ...note, incidentId, category: 'created', text, after: { alertId: alert.id } });
    } else {
      const text = `Alert "${draft.title}" added from a hunt by ${by}`;
      round.activity.push({ ...note, incidentId, category: 'alertAdded', text, after: { alertId: alert.id } });
    }
    round.placedIn = incidentId;
    return { incidentId, reason: { codes: [], text: `Linked by ${by}`, matchedAlertId: null, keys: [], score: 100 } };
  }

  async #join(
    tx: Queryable,
    { draft, alert }: Planned,
    decision: Extract<CorrelationDecision, { kind: 'join' }>,
    board: Board,
    waiting: Placed[],
    round: Round,
  ): Promise<{ incidentId: string; reason: MergeReason }> {
    const { incidentId, reason } = decision;
    for (const { incidentId: source, reason: why } of decision.merge) {
      // What this round has not written yet must move like the rest.
      await insertAlerts(tx, waiting.splice(0), round.at);
      await writeActivity(tx, round.activity.splice(0));
      const moved = await tx.query<{ id: string }>('select id from alert where incident_id = $1', [source]);
      round.activity.push(...(await mergeIncidents(tx, source, incidentId, why, round.at)));
      board.merged(source, incidentId);
      round.redirected.add(source);
      for (const each of moved) round.changed.add(each.id);
    }
    round.activity.push({
      incidentId,
      time: round.at,
      actor: `rule:${draft.ruleId}`,
      origin: 'correlation',
      category: 'alertAdded',
      text: `Alert "${draft.title}" added: ${reason.text}`,
      after: { alertId: alert.id, reason },
    });
    return { incidentId, reason };
  }

  /** An alert that only supports others waits with those of its asset and day. */
  async #wait(
    tx: Queryable,
    { draft }: Planned,
    key: string,
    board: Board,
    round: Round,
  ): Promise<{ incidentId: string; reason: MergeReason }> {
    const text = 'Waits in the background: what it belongs to has not been seen';
    const reason: MergeReason = { codes: [], text, matchedAlertId: null, keys: [], score: 0 };
    const there = await board.background(tx, key);
    if (there !== undefined) return { incidentId: there, reason };
    const incidentId = await this.#insert(tx, draft, round, key);
    board.opened(incidentId, key);
    round.activity.push({
      incidentId,
      time: round.at,
      actor: `rule:${draft.ruleId}`,
      origin: 'rule',
      category: 'created',
      text: `Opened in the background by alert "${draft.title}", which asks for no look by itself`,
    });
    return { incidentId, reason };
  }

  /** Take alerts out of the background into the incident they belong to. */
  async #pull(tx: Queryable, incidentId: string, pull: readonly Pulled[], board: Board, round: Round): Promise<void> {
    const moved = await tx.query<{ id: string; title: string }>(
      `update alert a set incident_id = $1, merge_reason = p.reason, last_update = $3,
              assigned_to = coalesce((select assigned_to from incident where id = $1), a.assigned_to)
       from jsonb_to_recordset($2::jsonb) as p("alertId" text, "incidentId" text, reason jsonb)
       where a.id = p."alertId" and a.incident_id = p."incidentId"::bigint returning a.id, a.title`,
      [incidentId, JSON.stringify(pull), round.at],
    );
    for (const { id, title } of moved) {
      const from = pull.find(({ alertId }) => alertId === id);
      board.pulled(id, incidentId);
      round.changed.add(id);
      round.activity.push({
        incidentId,
        time: round.at,
        actor: 'correlation',
        origin: 'correlation',
        category: 'alertAdded',
        text: `Alert "${title}" added from the background: ${from?.reason.text ?? ''}`,
        after: { alertId: id, reason: from?.reason, fromIncidentId: from?.incidentId },
      });
    }
    const sources = [...new Set(pull.map((each) => each.incidentId))];
    const empty = await tx.query<{ id: string }>(
      `update incident i set status = 'redirected', redirect_incident_id = $2, active_alerts = 0, total_alerts = 0, last_update = $3,
              last_modified_by = 'correlation', background_key = null
       where i.id = any($1::bigint[]) and i.status <> 'redirected' and not exists (select from alert a where a.incident_id = i.id)
       returning i.id::text as id`,
      [sources, incidentId, round.at],
    );
    // A signpost never leads to another signpost.
    await tx.query('update incident set redirect_incident_id = $2 where redirect_incident_id = any($1::bigint[])', [
      empty.map(({ id }) => id),
      incidentId,
    ]);
    for (const { id } of empty) {
      board.emptied(id);
      round.redirected.add(id);
    }
    for (const id of sources) if (!round.redirected.has(id)) round.touched.add(id);
  }

  async #insert(tx: Queryable, draft: AlertDraft, round: Round, key: string | null): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      `insert into incident (name, severity, first_activity, last_activity, created_at, last_update, last_modified_by, background_key, in_queue)
       values ($1, $2, $3, $4, $5, $5, 'correlation', $6::text, $6::text is null) returning id::text as id`,
      [
        draft.title.slice(0, 500),
        severityRank(draft.severity),
        new Date(draft.firstActivity),
        new Date(draft.lastActivity),
        round.at,
        key,
      ],
    );
    if (!row) throw new Error('The new incident has no id');
    round.opened.add(row.id);
    return row.id;
  }

  async #open(
    tx: Queryable,
    n: number,
    planned: Planned,
    decision: Extract<CorrelationDecision, { kind: 'new' }>,
    board: Board,
    round: Round,
  ): Promise<{ incidentId: string; reason: MergeReason }> {
    const { draft, alert } = planned;
    const opened = await this.#insert(tx, draft, round, null);
    board.opened(opened);
    const related = this.#resolvedRelative(n, planned, board);
    const notes = [
      ...(related ? [`Incident ${related.incidentId} is about the same but resolved (${related.reason.text})`] : []),
      ...decision.similar.slice(0, 3).map(({ incidentId, text }) => `Similar to incident ${incidentId}: ${text}`),
    ];
    round.activity.push({
      incidentId: opened,
      time: round.at,
      actor: `rule:${draft.ruleId}`,
      origin: 'rule',
      category: 'created',
      text: [`Opened by alert "${draft.title}"`, ...notes].join('. '),
      after: {
        alertId: alert.id,
        similar: decision.similar,
        ...(related ? { resolvedIncidentId: related.incidentId } : {}),
      },
    });
    return {
      incidentId: opened,
      reason: { codes: [], text: 'First alert of the incident', matchedAlertId: null, keys: [], score: 0 },
    };
  }

  /** The resolved incident that the alert would have joined, for the link; a resolved incident is never reopened. */
  #resolvedRelative(
    n: number,
    planned: Planned,
    board: Board,
  ): { incidentId: string; reason: MergeReason } | undefined {
    const resolved = board.candidates(n, planned, false);
    if (resolved.length === 0) return undefined;
    const decision = this.#context.correlation.correlate(planned.alert, resolved);
    return decision.kind === 'join' ? decision : undefined;
  }
}

/** An incident that opened with nothing but alerts which tuning rules resolved is resolved too: nobody is asked to look at it. */
async function closeTuned(tx: Queryable, opened: readonly string[], at: Date): Promise<void> {
  if (opened.length === 0) return;
  const closed = await tx.query<{ id: string }>(
    `update incident set status = 'resolved', resolved_at = $2 where id = any($1::bigint[]) and status = 'active'
       and total_alerts > 0 and active_alerts = 0 returning id::text as id`,
    [opened, at],
  );
  await writeActivity(
    tx,
    closed.map(({ id }) => ({
      incidentId: id,
      time: at,
      actor: 'tuning',
      origin: 'rule' as const,
      category: 'status' as const,
      text: 'Resolved: a tuning rule resolved every alert of it',
    })),
  );
}
