import type { ImportedAlert, ImportedIncident } from '@parapet/incidents';
import {
  type Category,
  type Classification,
  type Determination,
  OTHER_CATEGORIES,
  SEVERITIES,
  type Severity,
  TACTICS,
} from '@parapet/schema';
import { badRequest } from '../errors.ts';
import { ENUMS, type EnumName, enumMember } from '../graph/enums.ts';
import { instant } from '../odata/filter.ts';
import { evidenceKind, importedEvidence } from './import-evidence.ts';

type Wire = Readonly<Record<string, unknown>>;

export const MAX_ALERTS = 500;
const MAX_EVIDENCE = 500;
const CATEGORIES: readonly string[] = [...TACTICS, ...OTHER_CATEGORIES];
/** Properties that say where an object was or what the importing side makes anew. */
const KEPT = [
  'providerAlertId',
  'alertPolicyId',
  'actorDisplayName',
  'threatDisplayName',
  'threatFamilyName',
  'investigationState',
  'systemTags',
  'categories',
  'customDetails',
] as const;

const own = (value: unknown): value is Wire => typeof value === 'object' && value !== null && !Array.isArray(value);

function text(wire: Wire, name: string, most = 30_000): string | undefined {
  const value = wire[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw badRequest(`${name} must be text.`);
  if (value.length > most) throw badRequest(`${name} is longer than ${most} characters.`);
  return value;
}

function member(wire: Wire, name: string, of: EnumName): string | undefined {
  const value = text(wire, name, 200);
  if (value === undefined) return undefined;
  const found = enumMember(of, value);
  if (found === undefined)
    throw badRequest(`${name} cannot be '${value.slice(0, 100)}'. Allowed: ${ENUMS[of].join(', ')}.`);
  return found === 'unknown' || found === 'unknownFutureValue' ? undefined : found;
}

function texts(wire: Wire, name: string, most: number, longest = 400): string[] {
  const value = wire[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((each) => typeof each !== 'string' || each.length > longest))
    throw badRequest(`${name} must be a list of texts of at most ${longest} characters.`);
  if (value.length > most) throw badRequest(`${name} has more than ${most} entries.`);
  return value as string[];
}

const commentsOf = (wire: Wire): string[] =>
  (Array.isArray(wire.comments) ? wire.comments : [])
    .map((each) => (own(each) ? String(each.comment ?? '') : ''))
    .filter((each) => each.trim() !== '')
    .slice(0, 200)
    .map((each) => each.slice(0, 30_000));

function state(wire: Wire) {
  const classification = member(wire, 'classification', 'alertClassification') as Classification | undefined;
  const determination = member(wire, 'determination', 'alertDetermination') as Determination | undefined;
  const assignedTo = text(wire, 'assignedTo', 200);
  return {
    ...(assignedTo ? { assignedTo } : {}),
    ...(classification ? { classification } : {}),
    ...(determination ? { determination } : {}),
    comments: commentsOf(wire),
  };
}

function severityOf(wire: Wire): Severity | undefined {
  const value = member(wire, 'severity', 'alertSeverity');
  return (SEVERITIES as readonly string[]).includes(value ?? '') ? (value as Severity) : undefined;
}

/**
 * One `microsoft.graph.security.incident` with its `alerts`, as published.
 * @throws ApiError 400 naming what does not fit
 */
export function importedIncident(wire: unknown, now: Date): ImportedIncident {
  if (!own(wire)) throw badRequest('An incident must be a JSON object.');
  const alerts = wire.alerts;
  if (!Array.isArray(alerts) || alerts.length === 0)
    throw badRequest('An incident needs at least one alert in alerts: every incident consists of alerts.');
  if (alerts.length > MAX_ALERTS) throw badRequest(`An incident has at most ${MAX_ALERTS} alerts in one import.`);
  const name = text(wire, 'displayName', 500);
  const description = text(wire, 'description');
  const summary = text(wire, 'summary');
  const resolvingComment = text(wire, 'resolvingComment');
  const severity = severityOf(wire);
  const status = member(wire, 'status', 'incidentStatus');
  return {
    ...(name ? { name } : {}),
    ...(description ? { description } : {}),
    ...(summary ? { summary } : {}),
    ...(resolvingComment ? { resolvingComment } : {}),
    ...(severity ? { severity } : {}),
    tags: texts(wire, 'customTags', 50, 100),
    status: status === 'resolved' || status === 'inProgress' ? status : 'active',
    ...state(wire),
    alerts: alerts.map((alert: unknown) => importedAlert(alert, now)),
  };
}

function importedAlert(wire: unknown, now: Date): ImportedAlert {
  if (!own(wire)) throw badRequest('An alert must be a JSON object.');
  const title = text(wire, 'title', 500);
  if (!title) throw badRequest('An alert needs a title.');
  const serviceSource = member(wire, 'serviceSource', 'serviceSource') ?? 'microsoftSentinel';
  const detectionSource = member(wire, 'detectionSource', 'detectionSource') ?? serviceSource;
  const productName = text(wire, 'productName', 200) ?? 'Imported';
  const id = text(wire, 'providerAlertId', 400) ?? text(wire, 'id', 400);
  if (!id) throw badRequest('An alert needs an id or a providerAlertId, so that a repeated import is recognised.');
  const evidence = wire.evidence ?? [];
  if (!Array.isArray(evidence) || evidence.length > MAX_EVIDENCE)
    throw badRequest(`evidence must be a list of at most ${MAX_EVIDENCE} entries.`);
  const kinds = evidence.map((each: unknown) => {
    const kind = own(each) ? evidenceKind(each) : undefined;
    if (kind === undefined)
      throw badRequest(
        `Evidence needs an @odata.type of the published kinds, not ${JSON.stringify(own(each) ? each['@odata.type'] : each)?.slice(0, 100)}.`,
      );
    return kind;
  });
  const category = text(wire, 'category', 100) ?? 'SuspiciousActivity';
  const firstActivity = timeOf(wire, 'firstActivityDateTime') ?? timeOf(wire, 'createdDateTime') ?? now.toISOString();
  const lastActivity = timeOf(wire, 'lastActivityDateTime') ?? firstActivity;
  const status = member(wire, 'status', 'alertStatus');
  const kept: Record<string, unknown> = {};
  for (const key of KEPT) if (wire[key] !== undefined && wire[key] !== null) kept[key] = wire[key];
  kept.providerAlertId = id;
  if (own(wire.additionalData)) kept.additionalData = wire.additionalData;
  return {
    draft: {
      // (serviceSource, providerAlertId) is unique (spec A 1.9).
      dedupeKey: `import|${serviceSource}|${productName}|${id}`,
      ruleId: text(wire, 'detectorId', 400) ?? `import:${productName}`,
      title,
      description: text(wire, 'description') ?? '',
      severity: severityOf(wire) ?? 'informational',
      category: (CATEGORIES.find((each) => each.toLowerCase() === category.toLowerCase()) ??
        'SuspiciousActivity') as Category,
      techniques: texts(wire, 'mitreTechniques', 100, 40),
      recommendedActions: text(wire, 'recommendedActions') ?? '',
      serviceSource,
      detectionSource,
      productName,
      evidence: evidence.map((each: Wire, index: number) => importedEvidence(each, kinds[index] as string)),
      processAncestors: [],
      events: [],
      eventCount: 1,
      firstActivity,
      lastActivity: lastActivity < firstActivity ? firstActivity : lastActivity,
      ruleQuery: '',
    },
    wire: kept,
    evidenceWire: evidence.map((each: Wire, index: number) => completed(each, kinds[index] as string, firstActivity)),
    status: status === 'resolved' || status === 'inProgress' ? status : 'new',
    ...state(wire),
  };
}

/** What every piece of evidence has, added where the sender left it out. */
function completed(wire: Wire, kind: string, createdDateTime: string): Wire {
  return {
    createdDateTime,
    verdict: 'unknown',
    remediationStatus: 'none',
    remediationStatusDetails: null,
    roles: [],
    detailedRoles: [],
    tags: [],
    ...wire,
    '@odata.type': `#microsoft.graph.security.${kind}`,
  };
}

function timeOf(wire: Wire, name: string): string | undefined {
  const value = text(wire, name, 60);
  if (value === undefined) return undefined;
  const time = instant(value);
  if (time === undefined) throw badRequest(`${name} is not a date and time.`);
  return new Date(time).toISOString();
}
