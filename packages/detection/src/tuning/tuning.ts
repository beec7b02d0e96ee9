import { randomUUID } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { Tuner } from '../runtime/deliver.ts';
import type { QueryRunner } from '../runtime/state.ts';
import type { DetectionLog } from '../runtime/types.ts';
import type { AlertDraft } from '../types.ts';
import { type AlertHistory, type HistoryAlert, suggestions, type TuningSuggestion } from './suggest.ts';
import { matchesTuning, readTuning, type TuningDefinition, type TuningRule } from './types.ts';

/** Alerts looked at before a rule is saved. */
const PREVIEW_DAYS = 30;
const MOST_ALERTS = 20_000;
const SHOWN = 50;
/** Spec A 1.7: beyond this share of all alerts a second confirmation is asked for. */
const BROAD_SHARE = 0.2;
const DAY = 86_400_000;

export interface TuningPreview {
  readonly days: number;
  readonly looked: number;
  readonly matched: number;
  readonly share: number;
  /** True when the rule takes so much that it must be confirmed. */
  readonly broad: boolean;
  readonly alerts: readonly Pick<
    HistoryAlert,
    'id' | 'title' | 'severity' | 'ruleId' | 'createdAt' | 'classification'
  >[];
  /** Of the matched ones: how people judged them. */
  readonly truePositives: number;
}

export interface HiddenAlert {
  readonly dedupeKey: string;
  readonly tuningId: string;
  readonly ruleId: string;
  readonly title: string;
  readonly severity: string;
  readonly action: string;
  readonly at: string;
}

/** Rules that keep expected findings out of the queue, and what they have kept out. */
export class Tuning implements Tuner {
  #rules: TuningRule[] = [];

  constructor(
    private readonly db: QueryRunner | undefined,
    private readonly history: AlertHistory | undefined,
    private readonly now: () => Date,
    private readonly log: DetectionLog,
  ) {}

  async load(): Promise<void> {
    if (!this.db) return;
    const rows = await this.db.query<TuningRow>('SELECT * FROM detection_tuning ORDER BY created_at, id');
    this.#rules = rows.map(ruleOf);
  }

  list(): readonly TuningRule[] {
    return this.#rules;
  }

  get(id: string): TuningRule {
    const rule = this.#rules.find((each) => each.id === id);
    if (!rule) throw new ParapetError('tuning_rule_not_found', 404, 'There is no tuning rule with this id.');
    return rule;
  }

  /** Rules act at creation only, in the order they were made; the first that hides or resolves has the last word. */
  async apply(
    drafts: readonly AlertDraft[],
  ): Promise<{ readonly drafts: readonly AlertDraft[]; readonly hidden: number }> {
    const at = this.now();
    const active = this.#rules.filter(
      ({ enabled, expiresAt }) => enabled && (expiresAt === null || Date.parse(expiresAt) > at.getTime()),
    );
    if (active.length === 0) return { drafts, hidden: 0 };
    const passed: AlertDraft[] = [];
    const records: { rule: TuningRule; draft: AlertDraft }[] = [];
    for (const draft of drafts) {
      let current = draft;
      let hidden = false;
      for (const rule of active) {
        const { definition } = rule;
        if (!matchesTuning(definition, draft)) continue;
        records.push({ rule, draft });
        if (definition.action === 'hide') {
          hidden = true;
          break;
        }
        current = {
          ...current,
          ...(definition.severity ? { severity: definition.severity } : {}),
          ...(definition.tags.length > 0 ? { tags: [...new Set([...(current.tags ?? []), ...definition.tags])] } : {}),
          ...(definition.action === 'resolve'
            ? { resolvedBy: { id: rule.id, name: rule.name, comment: definition.comment } }
            : {}),
        };
        if (definition.action === 'resolve') break;
      }
      if (!hidden) passed.push(current);
    }
    await this.#remember(records);
    return { drafts: passed, hidden: drafts.length - passed.length };
  }

  /** Keep what was done, once a finding: a run that is repeated after a crash must not count twice. */
  async #remember(records: readonly { rule: TuningRule; draft: AlertDraft }[]): Promise<void> {
    if (records.length === 0 || !this.db) return;
    const at = this.now().toISOString();
    const fresh = await this.db.query<{ tuning_id: string; n: number }>(
      `WITH kept AS (
         INSERT INTO detection_hidden (dedupe_key, tuning_id, rule_id, title, severity, action, at, draft)
         SELECT h.dedupe_key, h.tuning_id, h.rule_id, h.title, h.severity, h.action, $2::timestamptz, h.draft
         FROM jsonb_to_recordset($1::text::jsonb) AS h(dedupe_key text, tuning_id text, rule_id text, title text, severity text, action text, draft jsonb)
         ON CONFLICT DO NOTHING RETURNING tuning_id),
       counted AS (SELECT tuning_id, count(*)::int AS n FROM kept GROUP BY tuning_id)
       UPDATE detection_tuning t SET matched = matched + counted.n, last_matched = $2::timestamptz
       FROM counted WHERE t.id = counted.tuning_id RETURNING t.id AS tuning_id, counted.n`,
      [
        JSON.stringify(
          records.map(({ rule, draft }) => ({
            dedupe_key: draft.dedupeKey,
            tuning_id: rule.id,
            rule_id: draft.ruleId,
            title: draft.title.slice(0, 500),
            severity: draft.severity,
            action: rule.definition.action,
            draft: { ...draft, events: draft.events.slice(0, 5) },
          })),
        ).replaceAll('\\u0000', ''),
        at,
      ],
    );
    for (const { tuning_id, n } of fresh)
      this.#rules = this.#rules.map((rule) =>
        rule.id === tuning_id ? { ...rule, matched: rule.matched + n, lastMatched: at } : rule,
      );
    this.log.info({ findings: records.length }, 'findings were tuned');
  }

  /** What a rule would have taken of the alerts of the last 30 days. */
  async preview(definition: TuningDefinition, history = this.history): Promise<TuningPreview> {
    const alerts = (await history?.recent(new Date(this.now().getTime() - PREVIEW_DAYS * DAY), MOST_ALERTS)) ?? [];
    const matched = alerts.filter((alert) => matchesTuning(definition, alert));
    const share = alerts.length === 0 ? 0 : matched.length / alerts.length;
    return {
      days: PREVIEW_DAYS,
      looked: alerts.length,
      matched: matched.length,
      share: Math.round(share * 1_000) / 1_000,
      broad: share > BROAD_SHARE && matched.length > 5,
      alerts: matched.slice(0, SHOWN).map(({ id, title, severity, ruleId, createdAt, classification }) => ({
        id,
        title,
        severity,
        ruleId,
        createdAt,
        classification,
      })),
      truePositives: matched.filter(({ classification }) => classification === 'truePositive').length,
    };
  }

  /**
   * @throws ParapetError `invalid_tuning_rule` (400), `tuning_rule_exists` (409), `tuning_rule_is_broad` (409)
   */
  async save(raw: unknown, by: string, id?: string): Promise<TuningRule> {
    const { name, enabled, expiresAt, definition } = readTuning(raw);
    const before = id === undefined ? undefined : this.get(id);
    if (this.#rules.some((rule) => rule.id !== id && rule.name.toLowerCase() === name.toLowerCase()))
      throw new ParapetError('tuning_rule_exists', 409, `There is a tuning rule named "${name}" already.`);
    const confirmed = (raw as { confirmed?: unknown }).confirmed === true;
    if (definition.action !== 'change' && !confirmed) {
      const { broad, share, matched } = await this.preview(definition);
      if (broad)
        throw new ParapetError(
          'tuning_rule_is_broad',
          409,
          `The rule would have taken ${matched} alerts, ${Math.round(share * 100)} % of all in the last ${PREVIEW_DAYS} days.`,
          'Make it narrower, or confirm that you mean it.',
        );
    }
    const at = this.now().toISOString();
    const rule: TuningRule = {
      id: before?.id ?? (isUuid((raw as { id?: unknown }).id) ? String((raw as { id: string }).id) : randomUUID()),
      name,
      enabled,
      definition,
      expiresAt,
      createdAt: before?.createdAt ?? at,
      createdBy: before?.createdBy ?? by,
      updatedAt: at,
      updatedBy: by,
      matched: before?.matched ?? 0,
      lastMatched: before?.lastMatched ?? null,
    };
    if (!this.db) throw new ParapetError('rules_not_stored', 503, 'This server keeps no tuning rules.');
    await this.db.query(
      `INSERT INTO detection_tuning (id, name, enabled, definition, created_at, created_by, updated_at, updated_by, expires_at)
       VALUES ($1, $2, $3, $4::text::jsonb, $5::timestamptz, $6, $5::timestamptz, $6, $7::timestamptz)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, enabled = excluded.enabled, definition = excluded.definition,
         updated_at = excluded.updated_at, updated_by = excluded.updated_by, expires_at = excluded.expires_at`,
      [rule.id, name, enabled, JSON.stringify(definition), at, by, expiresAt],
    );
    this.#rules = [...this.#rules.filter((each) => each.id !== rule.id), rule].sort(
      (a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id),
    );
    return rule;
  }

  async remove(id: string): Promise<TuningRule> {
    const rule = this.get(id);
    await this.db?.query('DELETE FROM detection_tuning WHERE id = $1', [id]);
    this.#rules = this.#rules.filter((each) => each.id !== id);
    return rule;
  }

  /** What a rule has kept out, newest first. */
  /** @param ruleIds findings of these rules alone; of every rule when absent */
  async hidden(
    tuningId: string,
    page: number,
    pageSize: number,
    ruleIds?: readonly string[],
  ): Promise<{ items: HiddenAlert[]; total: number }> {
    if (!this.db) return { items: [], total: 0 };
    const [count] = await this.db.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM detection_hidden WHERE tuning_id = $1 AND ($2::text[] IS NULL OR rule_id = ANY($2))',
      [tuningId, ruleIds ?? null],
    );
    const rows = await this.db.query<{
      dedupe_key: string;
      tuning_id: string;
      rule_id: string;
      title: string;
      severity: string;
      action: string;
      at: Date;
    }>(
      `SELECT dedupe_key, tuning_id, rule_id, title, severity, action, at FROM detection_hidden WHERE tuning_id = $1
         AND ($4::text[] IS NULL OR rule_id = ANY($4)) ORDER BY at DESC, dedupe_key LIMIT $2 OFFSET $3`,
      [tuningId, pageSize, (page - 1) * pageSize, ruleIds ?? null],
    );
    return {
      total: count?.n ?? 0,
      items: rows.map((row) => ({
        dedupeKey: row.dedupe_key,
        tuningId: row.tuning_id,
        ruleId: row.rule_id,
        title: row.title,
        severity: row.severity,
        action: row.action,
        at: new Date(row.at).toISOString(),
      })),
    };
  }

  /** Ids of open alerts that a rule is about, for the step that applies it to what is there. */
  async existing(
    id: string,
    history = this.history,
  ): Promise<{ readonly rule: TuningRule; readonly alertIds: string[] }> {
    const rule = this.get(id);
    const alerts = (await history?.recent(new Date(this.now().getTime() - PREVIEW_DAYS * DAY), MOST_ALERTS)) ?? [];
    return {
      rule,
      alertIds: alerts
        .filter((alert) => alert.status !== 'resolved' && matchesTuning(rule.definition, alert))
        .map((alert) => alert.id),
    };
  }

  /** What people's judgements of the last 30 days suggest. */
  async suggest(history = this.history): Promise<TuningSuggestion[]> {
    const alerts = (await history?.recent(new Date(this.now().getTime() - PREVIEW_DAYS * DAY), MOST_ALERTS)) ?? [];
    return suggestions(alerts, this.#rules);
  }
}

const isUuid = (value: unknown): boolean =>
  typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value);

interface TuningRow {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly definition: TuningDefinition;
  readonly created_at: Date;
  readonly created_by: string;
  readonly updated_at: Date;
  readonly updated_by: string;
  readonly expires_at: Date | null;
  readonly matched: number | string;
  readonly last_matched: Date | null;
}

const ruleOf = (row: TuningRow): TuningRule => ({
  id: row.id,
  name: row.name,
  enabled: row.enabled,
  definition: row.definition,
  createdAt: new Date(row.created_at).toISOString(),
  createdBy: row.created_by,
  updatedAt: new Date(row.updated_at).toISOString(),
  updatedBy: row.updated_by,
  expiresAt: row.expires_at ? new Date(row.expires_at).toISOString() : null,
  matched: Number(row.matched),
  lastMatched: row.last_matched ? new Date(row.last_matched).toISOString() : null,
});
