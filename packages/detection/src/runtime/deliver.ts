import type { CheckedRule } from '../rules/load.ts';
import type { AlertSink } from '../types.ts';
import { type BuiltDraft, buildDrafts, eventHash, sha256 } from './drafts.ts';
import type { Enricher } from './enrich.ts';
import { AlertCreationError } from './failures.ts';
import type { Row } from './rule-query.ts';
import type { AlertedGroup, DetectionState } from './state.ts';

export interface Delivered {
  readonly created: number;
  readonly repeated: number;
}

const NOTHING: Delivered = { created: 0, repeated: 0 };

export interface Delivery {
  readonly sink: AlertSink;
  readonly state: DetectionState;
  readonly enricher: Enricher;
  now(): Date;
}

/**
 * Continuous rules: rows whose event the rule has not alerted on become alerts.
 * @param before called once there is something to deliver, before it is
 */
export async function deliverRows(
  delivery: Delivery,
  rule: CheckedRule,
  rows: readonly Row[],
  before?: () => Promise<void>,
): Promise<Delivered> {
  if (rows.length === 0) return NOTHING;
  const hashed = rows.map((row) => ({ row, hash: eventHash(rule, row) }));
  const known = await delivery.state.knownEvents(rule.id, [...new Set(hashed.map(({ hash }) => hash))]);
  const fresh = hashed.filter(({ hash }) => !known.has(hash));
  if (fresh.length === 0) return NOTHING;
  await before?.();
  const built = buildDrafts(
    rule,
    fresh.map(({ row }) => row),
  );
  const result = await accept(delivery, built);
  await delivery.state.rememberEvents(
    rule.id,
    fresh.map(({ hash }) => hash),
    delivery.now(),
  );
  return result;
}

/**
 * Scheduled rules: a group alerts once as long as its activity goes on with gaps shorter than the look-back. Rows of later runs
 * over the same stretch, late events included, belong to the alert there is.
 */
export async function deliverGroups(delivery: Delivery, rule: CheckedRule, rows: readonly Row[]): Promise<Delivered> {
  if (rows.length === 0) return NOTHING;
  const built = buildDrafts(rule, rows, rule.lookbackMs);
  const known = await delivery.state.groups(rule.id, [...new Set(built.map(({ groupHash }) => groupHash))]);
  const fresh: BuiltDraft[] = [];
  const extended: AlertedGroup[] = [];
  for (const item of built) {
    const { draft, groupHash } = item;
    const near = known.find((group) => group.groupHash === groupHash && gapMs(group, draft) <= rule.lookbackMs);
    if (!near) fresh.push({ ...item, draft: { ...draft, dedupeKey: sha256(rule.id, groupHash, draft.firstActivity) } });
    else if (draft.lastActivity > near.lastActivity) extended.push({ ...near, lastActivity: draft.lastActivity });
  }
  const result = fresh.length > 0 ? await accept(delivery, fresh) : NOTHING;
  await delivery.state.rememberGroups(
    rule.id,
    [
      ...extended,
      ...fresh.map(({ draft, groupHash }) => ({
        groupHash,
        firstActivity: draft.firstActivity,
        lastActivity: draft.lastActivity,
      })),
    ],
    delivery.now(),
  );
  return result;
}

function gapMs(
  a: { firstActivity: string; lastActivity: string },
  b: { firstActivity: string; lastActivity: string },
): number {
  return Math.max(
    0,
    Date.parse(a.firstActivity) - Date.parse(b.lastActivity),
    Date.parse(b.firstActivity) - Date.parse(a.lastActivity),
  );
}

async function accept(delivery: Delivery, built: readonly BuiltDraft[]): Promise<Delivered> {
  const drafts = await delivery.enricher.enrich(built.map(({ draft }) => draft));
  try {
    return await delivery.sink.accept(drafts);
  } catch (error) {
    throw new AlertCreationError(error);
  }
}
