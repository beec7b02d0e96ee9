import type { ActivityEntry, StoryStep } from '@parapet/schema/wire';
import { absoluteTime, type Zone } from '../../lib/time.ts';

/** One line of an incident's timeline: something the attack did, or something done about it. */
export interface Moment {
  readonly key: string;
  readonly time: string;
  readonly step?: StoryStep;
  readonly entry?: ActivityEntry;
}

/** Entries that only say that an alert came in: the alert itself stands in the timeline. */
const NOISE: readonly ActivityEntry['category'][] = ['alertAdded', 'created'];

/** Both in one order of time, the oldest first. */
export function momentsOf(steps: readonly StoryStep[], entries: readonly ActivityEntry[]): Moment[] {
  return [
    ...steps.map((step) => ({ key: `a${step.alertId}`, time: step.time, step })),
    ...entries
      .filter((entry) => !NOISE.includes(entry.category))
      .map((entry) => ({ key: `e${entry.id}`, time: entry.time, entry })),
  ].sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || a.key.localeCompare(b.key));
}

/** By calendar day of the chosen zone, in order. */
export function byDay(
  moments: readonly Moment[],
  zone: Zone,
): readonly { readonly day: string; readonly moments: readonly Moment[] }[] {
  const days: { day: string; moments: Moment[] }[] = [];
  for (const moment of moments) {
    const day = absoluteTime(moment.time, zone, 'date');
    const last = days.at(-1);
    if (last?.day === day) last.moments.push(moment);
    else days.push({ day, moments: [moment] });
  }
  return days;
}
