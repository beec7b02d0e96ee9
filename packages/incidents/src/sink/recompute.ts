import type { Correlation } from '@parapet/detection';
import { type Category, type Entity, OTHER_CATEGORIES, SEVERITIES, type Severity, TACTICS } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { assetsOf, entityId, severityName, severityRank } from '../rows.ts';
import type { AlertCache } from './alert-cache.ts';
import type { NewActivity } from './journal.ts';
import { priority, type RuleRecord } from './priority.ts';

/** Assets kept on the incident's own row, for lists. */
const LISTED_ASSETS = 20;
const CATEGORY_ORDER: readonly Category[] = [...TACTICS, ...OTHER_CATEGORIES];

interface Present {
  readonly name: string;
  readonly name_is_automatic: boolean;
  readonly severity: number;
  readonly severity_is_automatic: boolean;
}

interface AlertFacts {
  readonly id: string;
  readonly status: string;
  readonly severity: number;
  readonly category: Category;
  readonly rule_id: string;
  readonly detection_source: string;
  readonly product_name: string;
  readonly first_activity: Date;
  readonly last_activity: Date;
}

/**
 * Bring everything an incident says about its alerts up to date: name and severity while they are automatic, sums, times,
 * categories, sources, assets and the priority score. Returns activity entries for what changed by itself; the first
 * computation of a new incident is not a change.
 */
export async function recompute(
  tx: Queryable,
  dependencies: { readonly correlation: Correlation; readonly cache: AlertCache },
  incidentId: string,
  at: Date,
  options: { readonly isNew?: boolean; readonly by?: string } = {},
): Promise<NewActivity[]> {
  const [present] = await tx.query<Present>(
    'select name, name_is_automatic, severity, severity_is_automatic from incident where id = $1',
    [incidentId],
  );
  const facts = await tx.query<AlertFacts>(
    `select id, status, severity, category, rule_id, detection_source, product_name, first_activity, last_activity
     from alert where incident_id = $1 order by first_activity, id`,
    [incidentId],
  );
  const [first] = facts;
  if (!present || !first) return [];

  let name = present.name;
  const ids = facts.map(({ id }) => id);
  const alerts = await dependencies.cache.load(tx, ids);
  if (present.name_is_automatic) name = dependencies.correlation.incidentName(alerts).slice(0, 500);

  const highest = Math.max(...facts.map(({ severity }) => severity));
  const severity = present.severity_is_automatic ? highest : present.severity;
  const categories = new Set(facts.map(({ category }) => category));
  const ruleIds = new Set(facts.map(({ rule_id }) => rule_id));
  const sources = [...new Set(facts.map(({ detection_source }) => detection_source))].sort();
  const products = [...new Set(facts.map(({ product_name }) => product_name))].sort();
  const firstActivity = new Date(Math.min(...facts.map((each) => each.first_activity.getTime())));
  const lastActivity = new Date(Math.max(...facts.map((each) => each.last_activity.getTime())));
  const { score, terms } = priority({
    severity: severityName(severity),
    categories,
    ruleIds,
    detectionSources: new Set(sources),
    records: await ruleRecords(tx, [...ruleIds], lastActivity),
  });

  await tx.query(
    `update incident set name = $2, severity = $3, priority_score = $4, priority_terms = $5::jsonb, categories = $6,
            product_names = $7, detection_sources = $8, assets = $9::jsonb, active_alerts = $10, total_alerts = $11,
            first_activity = $12, last_activity = $13, last_update = $14, last_modified_by = $15
     where id = $1`,
    [
      incidentId,
      name,
      severity,
      score,
      JSON.stringify(terms),
      CATEGORY_ORDER.filter((category) => categories.has(category)),
      products,
      sources,
      JSON.stringify(mostConcerned(alerts.map(({ evidence }) => assetsOf(evidence)))),
      facts.filter(({ status }) => status !== 'resolved').length,
      facts.length,
      firstActivity,
      lastActivity,
      at,
      options.by ?? 'correlation',
    ],
  );
  if (options.isNew) return [];
  const entry = { incidentId, time: at, actor: 'correlation', origin: 'correlation' } as const;
  const changes: NewActivity[] = [];
  if (name !== present.name)
    changes.push({ ...entry, category: 'name', text: `Name changed to "${name}"`, before: present.name, after: name });
  if (severity !== present.severity)
    changes.push({
      ...entry,
      category: 'severity',
      text: `Severity changed to ${severityName(severity)}, the highest of its alerts`,
      before: severityName(present.severity),
      after: severityName(severity),
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
      (a, b) =>
        kinds.indexOf(a.entity.type) - kinds.indexOf(b.entity.type) || b.count - a.count || a.place - b.place,
    )
    .slice(0, LISTED_ASSETS)
    .map(({ entity }) => entity);
}

async function ruleRecords(
  tx: Queryable,
  ruleIds: readonly string[],
  until: Date,
): Promise<ReadonlyMap<string, RuleRecord>> {
  const rows = await tx.query<{ rule_id: string; hits: number; verdicts: number; false_positives: number }>(
    `select rule_id, count(*) as hits, count(classification) as verdicts,
            count(*) filter (where classification = 'falsePositive') as false_positives
     from alert where rule_id = any($1::text[]) and last_activity > $2::timestamptz - interval '30 days'
       and last_activity <= $2::timestamptz
     group by rule_id`,
    [ruleIds, until],
  );
  return new Map(
    rows.map((row) => [row.rule_id, { hits: row.hits, verdicts: row.verdicts, falsePositives: row.false_positives }]),
  );
}

/** The higher of two severities. */
export function higher(a: Severity, b: Severity): Severity {
  return SEVERITIES[Math.max(severityRank(a), severityRank(b))] ?? a;
}
