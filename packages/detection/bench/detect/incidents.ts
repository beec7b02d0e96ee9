import type { Hunting } from '@parapet/store';
import { incidentName } from '../../src/correlation/index.ts';
import { createEnricher } from '../../src/runtime/enrich.ts';
import type { AlertDraft, CorrelationAlert } from '../../src/types.ts';
import type { Finding } from './find.ts';
import { incidentsOf } from './place.ts';

/** An alert on the way to an incident, and the recording it came from. */
export interface Placed {
  readonly alert: CorrelationAlert;
  readonly unit: string;
}

/** Findings as correlation sees them, with what other rows say about them. */
export async function placedOf(findings: readonly Finding[], hunting: Hunting): Promise<Placed[]> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const enricher = createEnricher(hunting, log);
  const drafts = await enricher.enrich(findings.map(({ draft }) => draft));
  return drafts.map((draft, index) => ({ unit: findings[index]?.unit ?? '', alert: asAlert(draft) }));
}

/** A draft as correlation sees it. */
export function asAlert(draft: AlertDraft): CorrelationAlert {
  return {
    id: draft.dedupeKey,
    ruleId: draft.ruleId,
    title: draft.title,
    category: draft.category,
    severity: draft.severity,
    evidence: draft.evidence,
    processAncestors: draft.processAncestors,
    firstActivity: draft.firstActivity,
    lastActivity: draft.lastActivity,
    serviceSource: draft.serviceSource,
    ...(draft.opensIncident ? { opensIncident: draft.opensIncident } : {}),
    ...(draft.correlates === false ? { correlates: false } : {}),
  };
}

/** The same alert, later. */
export function shifted({ alert, unit }: Placed, byMs: number): Placed {
  const move = (time: string): string => new Date(Date.parse(time) + byMs).toISOString();
  return {
    unit,
    alert: { ...alert, firstActivity: move(alert.firstActivity), lastActivity: move(alert.lastActivity) },
  };
}

const SERIOUS = new Set(['medium', 'high']);
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)}% (${part}/${whole})`;
const devicesOf = (alerts: readonly Placed[]): Set<string> =>
  new Set(
    alerts.flatMap(({ alert }) =>
      alert.evidence
        .filter(({ type }) => type === 'device')
        // One machine is one device, whichever table told of it under which name.
        .map(({ key, fields }) => (fields.deviceName ?? key).toLowerCase().split('.')[0] ?? key),
    ),
  );

/**
 * One incident a simulation, and two simulations on different devices at the same time stay two. Only alerts of medium or higher
 * open an incident of their own here: what is lower joins or stays beside.
 */
export async function correlation(
  units: Readonly<Record<string, { readonly kind: string; readonly techniques: readonly string[] }>>,
  findings: readonly Finding[],
  hunting: Hunting,
  named: boolean,
): Promise<string> {
  const simulations = new Map<string, Placed[]>();
  for (const [name, unit] of Object.entries(units)) {
    // A folder of unrelated recordings is not one attack.
    if (unit.kind !== 'attack' || name.includes('!')) continue;
    const own = findings.filter((finding) => finding.unit === name && SERIOUS.has(finding.draft.severity));
    if (own.length > 0) simulations.set(name, await placedOf(own, hunting));
  }
  const lines = ['\nCorrelation: incidents made of the alerts of medium or higher'];
  let one = 0;
  let main = 0;
  let alerts = 0;
  let incidents = 0;
  const split: string[] = [];
  for (const [name, placed] of simulations) {
    const found = incidentsOf(placed);
    alerts += placed.length;
    incidents += found.length;
    if (found.length === 1) one += 1;
    const largest = Math.max(...found.map((incident) => incident.alerts.length));
    if (largest * 2 > placed.length) main += 1;
    if (found.length > 1)
      split.push(
        `    ${name}: ${placed.length} alerts in ${found.length} incidents: ${found
          .map((incident) => incidentName(incident.alerts.map((member) => member.alert)).slice(0, 90))
          .join(' | ')}`,
      );
  }
  lines.push(
    `  simulations with one incident: ${percent(one, simulations.size)}, ${alerts} alerts in ${incidents} incidents`,
  );
  lines.push(`  simulations with most alerts in one incident: ${percent(main, simulations.size)}`);
  if (named) lines.push(...split);

  const list = [...simulations].sort(([a], [b]) => (a < b ? -1 : 1));
  let pairs = 0;
  let apart = 0;
  const glued: string[] = [];
  for (let i = 0; i < list.length; i++)
    for (let j = i + 1; j < Math.min(list.length, i + 12); j++) {
      const [nameA, a] = list[i] as [string, Placed[]];
      const [nameB, b] = list[j] as [string, Placed[]];
      const other = devicesOf(b);
      if ([...devicesOf(a)].some((device) => other.has(device))) continue;
      const start = (placed: readonly Placed[]): number =>
        Math.min(...placed.map(({ alert }) => Date.parse(alert.firstActivity)));
      const moved = b.map((placed) => shifted(placed, start(a) - start(b)));
      pairs += 1;
      const mixed = incidentsOf([...a, ...moved]).some(
        (incident) => new Set(incident.alerts.map(({ unit }) => unit)).size > 1,
      );
      if (!mixed) apart += 1;
      else glued.push(`    ${nameA} + ${nameB}`);
    }
  lines.push(`  two simulations on different devices at the same time stay apart: ${percent(apart, pairs)}`);
  if (named) lines.push(...glued);
  return lines.join('\n');
}
