import type { Correlation } from '@parapet/detection';
import { type Category, type Entity, OTHER_CATEGORIES, SEVERITIES, type Severity, TACTICS } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { groupBy } from '../group.ts';
import { assetsOf, entityId, type PlacedAlert, severityName, severityRank } from '../rows.ts';
import type { AlertCache } from './alert-cache.ts';
import type { NewActivity } from './journal.ts';
import { priority, type RuleRecord } from './priority.ts';

/** Assets kept on the incident's own row, for lists. */
const LISTED_ASSETS = 20;
const CATEGORY_ORDER: readonly Category[] = [...TACTICS, ...OTHER_CATEGORIES];

interface Present {
  readonly id: string;
  readonly name: string;
  readonly name_is_automatic: boolean;
  readonly severity: number;
  readonly severity_is_automatic: boolean;
  readonly background_key: string | null;
}

interface AlertFacts {
  readonly incident_id: string;
  readonly id: string;
  readonly status: string;
  readonly severity: number;
  readonly category: Category;
  readonly rule_id: string;
  readonly detection_source: string;
  readonly product_name: string;
  readonly data_sources: readonly string[];
  readonly first_activity: Date;
  readonly last_activity: Date;
}

/**
 * Bring everything incidents say about their alerts up to date: name and severity while they are automatic, sums, times,
 * categories, sources, assets and the priority score. Returns activity entries for what changed by itself; the first
 * computation of an incident that was just opened is not a change.
 */
export async function recompute(
  tx: Queryable,
  dependencies: { readonly correlation: Correlation; readonly cache: AlertCache },
  incidentIds: readonly string[],
  at: Date,
  options: { readonly opened?: ReadonlySet<string>; readonly by?: string } = {},
): Promise<NewActivity[]> {
  if (incidentIds.length === 0) return [];
  const incidents = await tx.query<Present>(
    `select id::text as id, name, name_is_automatic, severity, severity_is_automatic, background_key from incident
     where id = any($1::bigint[])`,
    [incidentIds],
  );
  const facts = groupBy(
    await tx.query<AlertFacts>(
      `select incident_id::text as incident_id, id, status, severity, category, rule_id, detection_source, product_name,
              data_sources, first_activity, last_activity
       from alert where incident_id = any($1::bigint[]) order by incident_id, first_activity, id`,
      [incidentIds],
    ),
    (row) => row.incident_id,
  );
  const alerts = new Map(
    (
      await dependencies.cache.load(
        tx,
        [...facts.values()].flatMap((rows) => rows.map(({ id }) => id)),
      )
    ).map((alert) => [alert.id, alert]),
  );
  const records = await ruleRecords(tx, facts);
  const rows: Record<string, unknown>[] = [];
  const changes: NewActivity[] = [];
  for (const present of incidents) {
    const own = facts.get(present.id);
    if (!own) continue;
    const sums = summarise(
      present,
      own,
      own.flatMap(({ id }) => alerts.get(id) ?? []),
      dependencies.correlation,
      (rule) => records.get(`${present.id}\n${rule}`),
    );
    rows.push(sums);
    if (!options.opened?.has(present.id)) changes.push(...automaticChanges(present, sums, at));
  }
  await tx.query(
    `update incident i set name = s.name, severity = s.severity, priority_score = s.priority_score,
            priority_terms = s.priority_terms, categories = array(select jsonb_array_elements_text(s.categories)),
            product_names = array(select jsonb_array_elements_text(s.product_names)),
            detection_sources = array(select jsonb_array_elements_text(s.detection_sources)),
            data_sources = array(select jsonb_array_elements_text(s.data_sources)), assets = s.assets,
            active_alerts = s.active_alerts, total_alerts = s.total_alerts, first_activity = s.first_activity,
            last_activity = s.last_activity, last_update = $2, last_modified_by = $3, background_key = s.background_key, in_queue = s.in_queue
     from jsonb_to_recordset($1::jsonb) as s(id bigint, name text, severity smallint, priority_score smallint,
       priority_terms jsonb, categories jsonb, product_names jsonb, detection_sources jsonb, data_sources jsonb, assets jsonb,
       active_alerts integer, total_alerts integer, first_activity timestamptz, last_activity timestamptz, background_key text,
       in_queue boolean)
     where i.id = s.id`,
    [JSON.stringify(rows), at, options.by ?? 'correlation'],
  );
  return changes;
}

interface Sums extends Record<string, unknown> {
  readonly name: string;
  readonly severity: number;
}

function summarise(
  present: Present,
  facts: readonly AlertFacts[],
  alerts: readonly PlacedAlert[],
  correlation: Correlation,
  recordOf: (rule: string) => RuleRecord | undefined,
): Sums {
  const severity = present.severity_is_automatic ? Math.max(...facts.map((each) => each.severity)) : present.severity;
  const categories = new Set(facts.map(({ category }) => category));
  const ruleIds = new Set(facts.map(({ rule_id }) => rule_id));
  const sources = [...new Set(facts.map(({ detection_source }) => detection_source))].sort();
  const { score, terms } = priority({
    severity: severityName(severity),
    categories,
    ruleIds,
    detectionSources: new Set(sources),
    recordOf,
  });
  const assets = mostConcerned(alerts.map(({ evidence }) => assetsOf(evidence)));
  const background = present.background_key !== null && alerts.every((alert) => correlation.supports(alert));
  const name =
    background && alerts.length > 1
      ? `Quiet activity${assets[0] ? ` on ${assets[0].label}` : ''}`
      : correlation.incidentName(alerts);
  return {
    background_key: background ? present.background_key : null,
    in_queue: !background || correlation.deservesAttention(alerts),
    id: present.id,
    name: present.name_is_automatic ? name.slice(0, 500) : present.name,
    severity,
    priority_score: score,
    priority_terms: terms,
    categories: CATEGORY_ORDER.filter((category) => categories.has(category)),
    product_names: [...new Set(facts.map(({ product_name }) => product_name))].sort(),
    detection_sources: sources,
    data_sources: [...new Set(facts.flatMap(({ data_sources }) => data_sources))].sort(),
    assets,
    active_alerts: facts.filter(({ status }) => status !== 'resolved').length,
    total_alerts: facts.length,
    first_activity: new Date(Math.min(...facts.map((each) => each.first_activity.getTime()))),
    last_activity: new Date(Math.max(...facts.map((each) => each.last_activity.getTime()))),
  };
}

function automaticChanges(present: Present, sums: Sums, at: Date): NewActivity[] {
  const entry = { incidentId: present.id, time: at, actor: 'correlation', origin: 'correlation' } as const;
  const changes: NewActivity[] = [];
  if (sums.name !== present.name)
    changes.push({
      ...entry,
      category: 'name',
      text: `Name changed to "${sums.name}"`,
      before: present.name,
      after: sums.name,
    });
  if (sums.severity !== present.severity)
    changes.push({
      ...entry,
      category: 'severity',
      text: `Severity changed to ${severityName(sums.severity)}, the highest of its alerts`,
      before: severityName(present.severity),
      after: severityName(sums.severity),
    });
  return changes;
}

/** Assets by how many alerts name them, each kind in its place. */
function mostConcerned(perAlert: readonly (readonly Entity[])[]): Entity[] {
  const counts = new Map<string, { readonly entity: Entity; readonly place: number; count: number }>();
  for (const entities of perAlert)
    entities.forEach((entity) => {
      const known = counts.get(entityId(entity));
      if (known) known.count += 1;
      else counts.set(entityId(entity), { entity, place: counts.size, count: 1 });
    });
  const kinds = ['device', 'user', 'mailbox', 'cloudResource', 'cloudIdentity', 'cloudAccount'];
  return [...counts.values()]
    .sort(
      (a, b) => kinds.indexOf(a.entity.type) - kinds.indexOf(b.entity.type) || b.count - a.count || a.place - b.place,
    )
    .slice(0, LISTED_ASSETS)
    .map(({ entity }) => entity);
}

/** By `incident\nrule`: the rule's alerts in the 30 days up to the incident's last activity. */
async function ruleRecords(
  tx: Queryable,
  facts: ReadonlyMap<string, readonly AlertFacts[]>,
): Promise<ReadonlyMap<string, RuleRecord>> {
  const wanted = [...facts].map(([incident, rows]) => ({
    incident,
    until: new Date(Math.max(...rows.map((row) => row.last_activity.getTime()))),
    rules: [...new Set(rows.map((row) => row.rule_id))],
  }));
  const rows = await tx.query<{
    incident: string;
    rule: string;
    hits: number;
    verdicts: number;
    false_positives: number;
  }>(
    `select w.incident, rule, r.hits, r.verdicts, r.false_positives
     from jsonb_to_recordset($1::jsonb) as w(incident text, until timestamptz, rules jsonb),
          jsonb_array_elements_text(w.rules) as rule,
          lateral (select count(*) as hits, count(classification) as verdicts,
                          count(*) filter (where classification = 'falsePositive') as false_positives
                   from alert where rule_id = rule and last_activity > w.until - interval '30 days'
                     and last_activity <= w.until) r`,
    [JSON.stringify(wanted)],
  );
  return new Map(
    rows.map((row) => [
      `${row.incident}\n${row.rule}`,
      { hits: row.hits, verdicts: row.verdicts, falsePositives: row.false_positives },
    ]),
  );
}

/** The higher of two severities. */
export function higher(a: Severity, b: Severity): Severity {
  return SEVERITIES[Math.max(severityRank(a), severityRank(b))] ?? a;
}
