import { type Category, TACTICS } from '@parapet/schema';
import type { CorrelationAlert } from '../types.ts';
import type { DeviceMap } from './devices.ts';
import { type Profile, profileOf } from './profile.ts';

/** `CredentialAccess` → `Credential access`. */
function spoken(category: Category): string {
  return category.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

/**
 * The generated name of an incident (spec A 2.8). Depends on the set of alerts only, not on their order:
 * one alert gives its title; two or more tactics give "Multi-stage incident" with the first and the furthest tactic.
 */
export function incidentName(alerts: readonly CorrelationAlert[]): string {
  const titles = new Set(alerts.map((alert) => alert.title));
  const [onlyTitle] = titles;
  if (alerts.length === 0 || onlyTitle === undefined) return 'Incident';
  if (alerts.length === 1) return onlyTitle;

  const categories = [...new Set(alerts.map((alert) => alert.category))];
  const tactics = TACTICS.filter((tactic) => categories.includes(tactic));
  const parts: string[] = [];
  if (tactics.length >= 2) {
    const first = tactics[0] ?? 'Execution';
    const furthest = tactics.at(-1) ?? 'Execution';
    parts.push(`Multi-stage incident involving ${spoken(first)} & ${spoken(furthest)}`);
  } else if (titles.size === 1) parts.push(onlyTitle);
  else if (categories.length === 1) parts.push(`${spoken(categories[0] ?? 'SuspiciousActivity')} incident`);
  else parts.push('Multi-stage incident');

  const profiles = alerts.map(profileOf);
  const count = (pick: (profile: (typeof profiles)[number]) => ReadonlyMap<string, string>): number =>
    new Set(profiles.flatMap((profile) => [...pick(profile).keys()])).size;
  const devices = countDevices(profiles);
  const resources = count((profile) => profile.resources);
  if (devices > 0) parts.push(devices === 1 ? 'on one endpoint' : 'on multiple endpoints');
  else if (resources > 0) parts.push(resources === 1 ? 'on one cloud resource' : 'on multiple cloud resources');
  // One account has several names (SID, principal name): people are counted by label.
  const users = new Set(profiles.flatMap((profile) => [...profile.users.values()].map((label) => label.toLowerCase())));
  if (users.size > 0) parts.push(users.size === 1 ? 'involving one user' : 'involving multiple users');
  const sources = new Set(alerts.flatMap((alert) => (alert.serviceSource ? [alert.serviceSource] : [])));
  if (sources.size > 0) parts.push(sources.size === 1 ? 'reported by one source' : 'reported by multiple sources');
  return parts.join(' ');
}

/** Different devices of all alerts, however each alert calls them. */
function countDevices(profiles: readonly Profile[]): number {
  const found: DeviceMap[] = [];
  for (const { devices } of profiles)
    for (const one of devices.each()) if (!found.some((known) => known.shared(one).length > 0)) found.push(one);
  return found.length;
}
