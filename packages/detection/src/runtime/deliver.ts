import type { AlertDraft, AlertSink } from '../types.ts';
import { type BuiltDraft, buildDrafts, eventHash, sha256 } from './drafts.ts';
import type { Enricher } from './enrich.ts';
import { AlertCreationError } from './failures.ts';
import type { Records } from './records.ts';
import type { RunningRule } from './registry.ts';
import type { Row } from './rule-query.ts';
import type { AlertedGroup, DetectionState } from './state.ts';
import { holdBack } from './storm.ts';

export interface Delivered {
  readonly created: number;
  readonly repeated: number;
  /** Kept from the queue: by a tuning rule, or because the rule runs in shadow. */
  readonly hidden: number;
}

export const NOTHING: Delivered = { created: 0, repeated: 0, hidden: 0 };

/** Tuning rules look at every draft before it becomes an alert. */
export interface Tuner {
  /** @returns the drafts that go on, changed where a rule says so; hidden ones are recorded */
  apply(drafts: readonly AlertDraft[]): Promise<{ readonly drafts: readonly AlertDraft[]; readonly hidden: number }>;
}

export interface Delivery {
  readonly sink: AlertSink;
  readonly state: DetectionState;
  readonly enricher: Enricher;
  readonly records: Records;
  readonly tuner?: Tuner;
  now(): Date;
}

export interface DeliverOptions {
  /** Called once there is something to deliver, before it is. */
  readonly before?: () => Promise<void>;
  /** The rows were stored before the rule looked for the first time. */
  readonly backfilled?: boolean;
}

/** What a rule in shadow remembers must not keep it from alerting later. */
const memoryOf = ({ rule, state }: RunningRule): string => (state.shadow ? `shadow:${rule.id}` : rule.id);

/** Rows become alerts in the way that fits what a row of the rule is: an event, or the sum of many. */
export function deliver(
  delivery: Delivery,
  running: RunningRule,
  rows: readonly Row[],
  options: DeliverOptions = {},
): Promise<Delivered> {
  const { rule } = running;
  const byGroup = !rule.rowWise && rule.eventGrouping === 'group' && rule.threshold === null && rule.lookbackMs > 0;
  return byGroup || (rule.kind === 'scheduled' && rule.trigger === 'arrival')
    ? deliverGroups(delivery, running, rows, options)
    : deliverRows(delivery, running, rows, options);
}

/** Rows whose event the rule has not alerted on become alerts. */
export async function deliverRows(
  delivery: Delivery,
  running: RunningRule,
  rows: readonly Row[],
  options: DeliverOptions = {},
): Promise<Delivered> {
  if (rows.length === 0) return NOTHING;
  const { rule } = running;
  const memory = memoryOf(running);
  const hashed = rows.map((row) => ({ row, hash: eventHash(rule, row) }));
  const known = await delivery.state.knownEvents(memory, [...new Set(hashed.map(({ hash }) => hash))]);
  const fresh = hashed.filter(({ hash }) => !known.has(hash));
  if (fresh.length === 0) return NOTHING;
  await options.before?.();
  const built = buildDrafts(
    rule,
    fresh.map(({ row }) => row),
  );
  const result = await accept(delivery, running, built, options);
  await delivery.state.rememberEvents(
    memory,
    fresh.map(({ hash }) => hash),
    delivery.now(),
  );
  return result;
}

/**
 * A group alerts once as long as its activity goes on with gaps shorter than the look-back. Rows of later runs over the same
 * stretch, late events included, belong to the alert there is.
 */
export async function deliverGroups(
  delivery: Delivery,
  running: RunningRule,
  rows: readonly Row[],
  options: DeliverOptions = {},
): Promise<Delivered> {
  if (rows.length === 0) return NOTHING;
  const { rule } = running;
  const memory = memoryOf(running);
  const built = buildDrafts(rule, rows, rule.lookbackMs);
  const known = await delivery.state.groups(memory, [...new Set(built.map(({ groupHash }) => groupHash))]);
  const fresh: BuiltDraft[] = [];
  const extended: AlertedGroup[] = [];
  for (const item of built) {
    const { draft, groupHash } = item;
    const near = known.find((group) => group.groupHash === groupHash && gapMs(group, draft) <= rule.lookbackMs);
    if (!near) fresh.push({ ...item, draft: { ...draft, dedupeKey: sha256(rule.id, groupHash, draft.firstActivity) } });
    else if (draft.lastActivity > near.lastActivity) extended.push({ ...near, lastActivity: draft.lastActivity });
  }
  if (fresh.length > 0) await options.before?.();
  const result = fresh.length > 0 ? await accept(delivery, running, fresh, options) : NOTHING;
  await delivery.state.rememberGroups(
    memory,
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

async function accept(
  delivery: Delivery,
  running: RunningRule,
  built: readonly BuiltDraft[],
  options: DeliverOptions,
): Promise<Delivered> {
  const { rule, state } = running;
  if (state.shadow) return { created: 0, repeated: 0, hidden: built.length };
  const { drafts: passed, storms, held } = holdBack(rule.id, rule.name, state.storms, built);
  const enriched = await delivery.enricher.enrich(passed.map(({ draft }) => draft));
  const marked = options.backfilled ? enriched.map((draft) => ({ ...draft, backfilled: true })) : enriched;
  try {
    const { drafts, hidden } = delivery.tuner ? await delivery.tuner.apply(marked) : { drafts: marked, hidden: 0 };
    const result = drafts.length > 0 ? await delivery.sink.accept(drafts) : { created: 0, repeated: 0 };
    state.storms = storms;
    const overflowing = held > 0 || passed.some(({ draft }) => draft.overflow);
    if (overflowing) {
      const text =
        held > 0
          ? `The rule raised more than 150 alerts for ten minutes of activity; ${held} further findings are in one alert.`
          : 'A run found more alerts than it may raise; the rest is in one alert.';
      state.warning = { at: delivery.now().toISOString(), text };
      await delivery.records.notify({ ruleId: rule.id, kind: 'overflow', text, owner: running.owner });
    }
    return { ...result, hidden };
  } catch (error) {
    throw new AlertCreationError(error);
  }
}
