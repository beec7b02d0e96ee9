/**
 * Alerts and incidents as a caller sees them: every statement of the pages runs with the tables' names standing for the rows in the
 * caller's scope. Lists, counts, figures, stories and exports are limited without knowing of it.
 */
import type { Queryable, StateDb } from '@parapet/state';
import type { Part, Reached } from './reach.ts';

/** Placeholders are numbered after those of the statement. */
class Binder {
  readonly values: unknown[] = [];
  constructor(private readonly taken: number) {}
  place(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.taken + this.values.length}::${type}`;
  }
}

/** Condition over `alert a`: all its data sources are reached, and in each limited one something it is about. */
export function alertCondition(reached: Reached, bind: (value: unknown, type: string) => string): string {
  const any = [...reached.whole, ...reached.parts.keys()];
  const conditions = [`a.data_sources <> '{}'`, `a.data_sources <@ ${bind(any, 'text[]')}`];
  for (const part of reached.parts.values())
    conditions.push(`(not ${bind(part.source, 'text')} = any(a.data_sources) or ${partCondition(part, bind)})`);
  return conditions.join(' and ');
}

function partCondition(part: Part, bind: (value: unknown, type: string) => string): string {
  if (part.devices)
    return `exists (select 1 from alert_evidence e where e.alert_id = a.id and e.type = 'device' and e.key = any(${bind(part.devices.keys, 'text[]')}))`;
  if (part.environments) {
    const list = bind(part.environments, 'text[]');
    return `exists (select 1 from alert_evidence e where e.alert_id = a.id
      and (e.type = 'cloudAccount' and e.key = any(${list}) or lower(e.fields->>'cloudAccountId') = any(${list})))`;
  }
  const rows = (part.rows ?? []).map(
    ({ table, column, values }) =>
      `(v.table_name = ${bind(table, 'text')} and v.row->>${bind(column, 'text')} = any(${bind(values.map(String), 'text[]')}))`,
  );
  if (rows.length === 0) return 'false';
  return `exists (select 1 from alert_event v where v.alert_id = a.id and (${rows.join(' or ')}))`;
}

const ALERT = [
  ...'id,dedupe_key,incident_id,rule_id,title,description,recommended_actions,rule_query,severity,status,category'.split(
    ',',
  ),
  ...'techniques,service_source,detection_source,product_name,process_ancestors,assets,assigned_to,classification'.split(
    ',',
  ),
  ...'determination,first_activity,last_activity,created_at,last_update,resolved_at,event_count,merge_reason'.split(
    ',',
  ),
  ...'search_text,data_sources,wire,version,extras'.split(','),
];
const INCIDENT = [
  ...'id,name,name_is_automatic,status,severity,severity_is_automatic,priority_score,priority_terms,categories'.split(
    ',',
  ),
  ...'product_names,detection_sources,assets,active_alerts,total_alerts,first_activity,last_activity,created_at'.split(
    ',',
  ),
  ...'last_update,last_modified_by,resolved_at,assigned_to,classification,determination,tags,resolving_comment'.split(
    ',',
  ),
  ...'redirect_incident_id,data_sources,outside_alerts,description,summary,version,background_key,in_queue'.split(','),
];

/** What a shared incident says is made of the alerts in scope alone. */
const PARTIAL: Readonly<Record<string, string>> = {
  name: 'case when i.name_is_automatic then v.name else i.name end',
  severity: 'case when i.severity_is_automatic then v.severity else i.severity end',
  priority_score: 'v.points',
  priority_terms: `jsonb_build_array(jsonb_build_object('label', 'Highest severity of the alerts in your scope', 'points', v.points))`,
  categories: 'v.categories',
  product_names: 'v.product_names',
  detection_sources: 'v.detection_sources',
  assets: `(select coalesce(jsonb_agg(x.asset), '[]') from (select distinct asset from alert a2,
    jsonb_array_elements(a2.assets) asset where a2.incident_id = i.id limit 20) x)`,
  active_alerts: 'v.active',
  total_alerts: 'v.total',
  first_activity: 'v.first_activity',
  last_activity: 'v.last_activity',
  created_at: 'v.created_at',
  last_update: 'v.last_update',
  last_modified_by: `''`,
  redirect_incident_id: 'null::bigint',
  data_sources: 'v.data_sources',
  outside_alerts: 'i.total_alerts - v.total',
};
const SUMS = `select count(*)::integer as total, count(*) filter (where a.status <> 'resolved')::integer as active,
    max(a.severity) as severity, min(a.first_activity) as first_activity, max(a.last_activity) as last_activity,
    min(a.created_at) as created_at, max(a.last_update) as last_update,
    array_agg(distinct a.category) as categories, array_agg(distinct a.product_name) as product_names,
    array_agg(distinct a.detection_source) as detection_sources,
    array(select distinct s from alert a2, unnest(a2.data_sources) s where a2.incident_id = i.id) as data_sources,
    (array[2, 10, 25, 40]::smallint[])[max(a.severity) + 1] as points,
    (array_agg(a.title order by a.severity desc, a.first_activity, a.id))[1]
      || case when count(*) > 1 then ' and ' || (count(*) - 1) || ' more' else '' end as name
  from alert a where a.incident_id = i.id`;

interface View {
  readonly name: string;
  /** Views it reads itself. */
  readonly needs: readonly string[];
  sql(reached: Reached, bind: (value: unknown, type: string) => string): string;
}

const visibleAlert = (id: string): string => `exists (select 1 from alert a where a.id = ${id})`;

/** In order: each may read those before it, and a view's own name inside it is the table. */
const VIEWS: readonly View[] = [
  {
    name: 'alert',
    needs: [],
    sql(reached, bind) {
      const columns = ALERT.map((column) =>
        // The reason may name an alert, a device or a person outside.
        column === 'merge_reason'
          ? `case when a.merge_reason->>'matchedAlertId' is null or exists (select 1 from alert m where m.id = a.merge_reason->>'matchedAlertId'
               and ${alertCondition(reached, bind).replaceAll(/\ba\./g, 'm.')}) then a.merge_reason
             else jsonb_build_object('codes', '[]'::jsonb, 'text', 'Related to an alert outside your scope', 'matchedAlertId', null, 'keys', '[]'::jsonb, 'score', 0) end as merge_reason`
          : `a.${column}`,
      );
      return `select ${columns.join(', ')} from alert a where ${alertCondition(reached, bind)}`;
    },
  },
  {
    name: 'incident',
    needs: ['alert'],
    sql(reached, bind) {
      const whole = `i.data_sources <@ ${bind([...reached.whole], 'text[]')} and i.data_sources <> '{}'`;
      return `select ${INCIDENT.map((c) => `i.${c}`).join(', ')} from incident i where ${whole}
        union all select ${INCIDENT.map((c) => `${PARTIAL[c] ?? `i.${c}`} as ${c}`).join(', ')}
        from incident i cross join lateral (${SUMS}) v where not (${whole}) and v.total > 0`;
    },
  },
  {
    name: 'alert_evidence',
    needs: ['alert'],
    sql: () => `select e.* from alert_evidence e where ${visibleAlert('e.alert_id')}`,
  },
  {
    name: 'alert_event',
    needs: ['alert'],
    sql: () => `select e.* from alert_event e where ${visibleAlert('e.alert_id')}`,
  },
  {
    name: 'incident_comment',
    needs: ['alert', 'incident'],
    sql: () => `select c.* from incident_comment c where c.alert_id is null and exists (select 1 from incident i where i.id = c.incident_id)
      or ${visibleAlert('c.alert_id')}`,
  },
  {
    name: 'incident_task',
    needs: ['alert', 'incident'],
    sql: () => 'select t.* from incident_task t where exists (select 1 from incident i where i.id = t.incident_id)',
  },
  {
    // Entries name alerts and incidents: what is outside is left out, and the links to other incidents are.
    name: 'incident_activity',
    needs: ['alert', 'incident'],
    sql: () => `select x.id, x.incident_id, x.time, x.actor, x.origin, x.category,
        case when x.category = 'created' then 'Opened by alert "' || (select a.title from alert a where a.id = x.after->>'alertId') || '"'
             else x.text end as text,
        x.before, case when x.category = 'created' then jsonb_build_object('alertId', x.after->>'alertId') else x.after end as after,
        x.origin_incident_id
      from incident_activity x join incident i on i.id = x.incident_id
      where x.category <> 'merged'
        and (coalesce(x.after->>'alertId', x.before->>'alertId') is null or ${visibleAlert("coalesce(x.after->>'alertId', x.before->>'alertId')")})
        and (x.after->'reason'->>'matchedAlertId' is null or ${visibleAlert("x.after->'reason'->>'matchedAlertId'")})
        and (i.outside_alerts = 0 or x.category in ('comment', 'tags')
          or coalesce(x.after->>'alertId', x.before->>'alertId') is not null)`,
  },
];

/** The statement with the views it needs in front. */
export function limited(
  sql: string,
  params: readonly unknown[],
  reached: Reached,
): { readonly sql: string; readonly params: readonly unknown[] } {
  const names = new Set(VIEWS.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(sql)).map(({ name }) => name));
  for (const view of [...VIEWS].reverse()) if (names.has(view.name)) for (const need of view.needs) names.add(need);
  if (names.size === 0) return { sql, params };
  const binder = new Binder(params.length);
  const views = VIEWS.filter(({ name }) => names.has(name)).map(
    (view) => `${view.name} as not materialized (${view.sql(reached, (value, type) => binder.place(value, type))})`,
  );
  const own = /^\s*with\s+(?!recursive\b)/i.exec(sql);
  const rest = own ? `, ${sql.slice(own[0].length)}` : ` ${sql}`;
  return { sql: `with ${views.join(', ')}${rest}`, params: [...params, ...binder.values] };
}

/** Reading through a caller's eyes. Transactions are not limited: what changes rows checks first what it may change. */
export function stateView(db: StateDb, reached: Reached): StateDb {
  return {
    query<T>(sql: string, params: readonly unknown[] = []): Promise<T[]> {
      const { sql: text, params: values } = limited(sql, params, reached);
      return (db as Queryable).query<T>(text, values);
    },
    transaction: (work) => db.transaction(work),
    migrate: (migrations) => db.migrate(migrations),
    close: async () => undefined,
  };
}
