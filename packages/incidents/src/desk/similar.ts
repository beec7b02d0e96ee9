import type { Entity, SimilarIncident } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { INCIDENT_COLUMNS, type IncidentRow, toIncidentSummary } from '../rows.ts';

/** Entities of the incident that are looked up, and how far each is followed: what is everywhere says little anyway. */
const MOST_ENTITIES = 200;
const MOST_ALERTS = 500;
const SHOWN = 10;
/** Points at most for shared entities, detectors and techniques; together 100. */
const WEIGHT = { entities: 60, rules: 25, techniques: 15 } as const;

interface Shared {
  readonly id: string;
  readonly entities: readonly Entity[];
  readonly rarity: number;
  readonly rules: readonly { readonly id: string; readonly title: string }[];
  readonly techniques: readonly string[];
}

/**
 * Other incidents that share entities, detectors or techniques, the likest first, at most `most`. An entity that few incidents
 * name says more than one that is everywhere; techniques alone make nothing similar.
 */
export async function similarIncidents(db: Queryable, incidentId: string, most = 20): Promise<SimilarIncident[]> {
  const rows = await db.query<Shared>(
    `with mine as (
       select e.type, e.key, (array_agg(jsonb_build_object('type', e.type, 'key', e.key, 'label', e.label, 'fields', e.fields)))[1] as entity
       from alert a join alert_evidence e on e.alert_id = a.id where a.incident_id = $1
       group by e.type, e.key order by count(*) desc, e.type, e.key limit ${MOST_ENTITIES}
     ), rule as (
       select rule_id, min(title) as title from alert where incident_id = $1 group by rule_id order by count(*) desc, rule_id limit 50
     ), met as (
       select m.type, m.key, m.entity, o.incident_id, count(*) over (partition by m.type, m.key) as spread
       from mine m cross join lateral (
         select distinct a.incident_id from (
           select e.alert_id from alert_evidence e where e.type = m.type and e.key = m.key limit ${MOST_ALERTS}
         ) near join alert a on a.id = near.alert_id where a.incident_id <> $1
       ) o
     ), fired as (
       select r.rule_id, r.title, o.incident_id from rule r cross join lateral (
         select distinct near.incident_id from (
           select a.incident_id from alert a where a.rule_id = r.rule_id order by a.last_activity desc limit ${MOST_ALERTS}
         ) near where near.incident_id <> $1
       ) o
     ), candidate as (
       select incident_id, sum(1.0 / spread) as rarity, 0 as fired from met group by incident_id
       union all select incident_id, 0, count(*) from fired group by incident_id
     ), best as (
       select incident_id, sum(rarity)::float8 as rarity, sum(fired) as fired from candidate group by incident_id
       order by sum(rarity) + sum(fired) * 0.3 desc, incident_id desc limit ${5 * most}
     )
     select b.incident_id::text as id, b.rarity,
       coalesce((select jsonb_agg(m.entity order by m.spread, m.type, m.key) from met m where m.incident_id = b.incident_id), '[]') as entities,
       coalesce((select jsonb_agg(jsonb_build_object('id', f.rule_id, 'title', f.title) order by f.title) from fired f
         where f.incident_id = b.incident_id), '[]') as rules,
       array(select distinct t from alert a, unnest(a.techniques) t where a.incident_id = $1
         intersect select distinct t from alert a, unnest(a.techniques) t where a.incident_id = b.incident_id order by 1) as techniques
     from best b`,
    [incidentId],
  );
  if (rows.length === 0) return [];
  const ranked = rows
    .map((row) => ({ ...row, score: score(row) }))
    .sort((a, b) => b.score - a.score || Number(b.id) - Number(a.id))
    .slice(0, most);
  const incidents = new Map(
    (
      await db.query<IncidentRow>(
        `select ${INCIDENT_COLUMNS} from incident i where i.id = any($1::bigint[]) and i.status <> 'redirected'`,
        [ranked.map(({ id }) => id)],
      )
    ).map((row) => [row.id, toIncidentSummary(row)]),
  );
  return ranked.flatMap((row) => {
    const incident = incidents.get(row.id);
    return incident === undefined
      ? []
      : [
          {
            incident,
            score: row.score,
            entities: row.entities.slice(0, SHOWN),
            entityCount: row.entities.length,
            rules: row.rules.slice(0, SHOWN),
            techniques: row.techniques.slice(0, SHOWN),
          },
        ];
  });
}

/** Each part grows towards its most: the first shared thing counts much, the tenth little. */
function score({ rarity, rules, techniques }: Shared): number {
  const towards = (most: number, amount: number): number => most * (1 - Math.exp(-amount));
  return Math.round(
    towards(WEIGHT.entities, rarity * 2) +
      towards(WEIGHT.rules, rules.length) +
      towards(WEIGHT.techniques, techniques.length / 2),
  );
}
