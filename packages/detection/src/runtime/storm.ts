import type { AlertDraft } from '../types.ts';
import { type BuiltDraft, MAX_ALERTS_PER_RUN, sha256 } from './drafts.ts';
import type { Storm } from './state.ts';

/** Spec A 1.9: what one rule may raise within ten minutes of activity before the rest becomes one alert. */
const STRETCH_MS = 600_000;
const KEPT_STRETCHES = 30;
const MAX_EVENTS = 100;
const MAX_EVIDENCE = 200;

/**
 * Let through what a rule may still raise for each stretch of ten minutes of activity and fold the rest into one alert a stretch.
 * The key of that alert is the stretch, so that further findings only make it count more.
 */
export function holdBack(
  ruleId: string,
  name: string,
  storms: readonly Storm[],
  built: readonly BuiltDraft[],
): { readonly drafts: BuiltDraft[]; readonly storms: readonly Storm[]; readonly held: number } {
  const counts = new Map(storms.map((storm) => [storm.from, { ...storm }]));
  const passed: BuiltDraft[] = [];
  const held = new Map<string, BuiltDraft[]>();
  for (const item of built) {
    const at = Date.parse(item.draft.firstActivity);
    const from = new Date(Math.floor((Number.isNaN(at) ? 0 : at) / STRETCH_MS) * STRETCH_MS).toISOString();
    const count = counts.get(from) ?? { from, alerts: 0, held: 0 };
    // The alert that stands for the rest of a run is the summary already.
    if (count.alerts < MAX_ALERTS_PER_RUN || item.draft.overflow) {
      count.alerts += 1;
      passed.push(item);
    } else {
      count.held += item.draft.eventCount;
      held.set(from, [...(held.get(from) ?? []), item]);
    }
    counts.set(from, count);
  }
  let total = 0;
  for (const [from, items] of held) {
    total += items.length;
    passed.push(summary(ruleId, name, from, items, counts.get(from)?.held ?? 0));
  }
  return { drafts: passed, storms: [...counts.values()].slice(-KEPT_STRETCHES), held: total };
}

function summary(
  ruleId: string,
  name: string,
  from: string,
  items: readonly BuiltDraft[],
  eventCount: number,
): BuiltDraft {
  const [first] = items as readonly [BuiltDraft, ...BuiltDraft[]];
  const evidence = new Map<string, AlertDraft['evidence'][number]>();
  for (const { draft } of items)
    for (const each of draft.evidence) if (evidence.size < MAX_EVIDENCE) evidence.set(`${each.type}|${each.key}`, each);
  const times = items.flatMap(({ draft }) => [draft.firstActivity, draft.lastActivity]).sort();
  return {
    groupHash: sha256(ruleId, 'storm', from),
    eventHashes: [...new Set(items.flatMap(({ eventHashes }) => eventHashes))],
    draft: {
      ...first.draft,
      dedupeKey: sha256(ruleId, 'storm', from),
      title: `${name} (further findings within ten minutes)`,
      description: `${first.draft.description} The rule had raised ${MAX_ALERTS_PER_RUN} alerts for these ten minutes; this one stands for everything beyond.`,
      evidence: [...evidence.values()],
      events: items.flatMap(({ draft }) => draft.events).slice(0, MAX_EVENTS),
      eventCount,
      firstActivity: times[0] ?? first.draft.firstActivity,
      lastActivity: times.at(-1) ?? first.draft.lastActivity,
      overflow: true,
    },
  };
}
