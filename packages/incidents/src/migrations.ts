import type { Migration } from '@parapet/state';
import { deskMigration } from './desk/tables.ts';
import { RISK_SQL } from './risk/migration.ts';

/** Tables of alerts and incidents. `severity` is the index in `SEVERITIES`, so that it sorts. */
export const incidentMigrations: readonly Migration[] = [
  {
    id: 'incidents/001-alerts-and-incidents',
    sql: `
      create table incident (
        id bigint generated always as identity primary key,
        name text not null,
        name_is_automatic boolean not null default true,
        status text not null default 'active' check (status in ('active', 'inProgress', 'resolved', 'redirected')),
        severity smallint not null check (severity between 0 and 3),
        severity_is_automatic boolean not null default true,
        priority_score smallint not null default 0 check (priority_score between 0 and 100),
        priority_terms jsonb not null default '[]',
        categories text[] not null default '{}',
        product_names text[] not null default '{}',
        detection_sources text[] not null default '{}',
        -- The most concerned assets, for lists; all of them are in alert_evidence.
        assets jsonb not null default '[]',
        active_alerts integer not null default 0,
        total_alerts integer not null default 0,
        first_activity timestamptz not null,
        last_activity timestamptz not null,
        created_at timestamptz not null,
        last_update timestamptz not null,
        last_modified_by text not null,
        resolved_at timestamptz,
        assigned_to text,
        classification text,
        determination text,
        tags text[] not null default '{}',
        resolving_comment text not null default '',
        redirect_incident_id bigint references incident (id),
        check ((status = 'redirected') = (redirect_incident_id is not null))
      );
      create index incident_last_update on incident (last_update desc, id desc);
      create index incident_open on incident (status, last_update desc);
      create index incident_redirect on incident (redirect_incident_id) where redirect_incident_id is not null;

      create table alert (
        id text primary key,
        dedupe_key text not null constraint alert_dedupe unique,
        -- Not null and a foreign key: an alert is in exactly one incident at every moment.
        incident_id bigint not null references incident (id),
        rule_id text not null,
        title text not null,
        description text not null,
        recommended_actions text not null,
        rule_query text not null,
        severity smallint not null check (severity between 0 and 3),
        status text not null default 'new' check (status in ('new', 'inProgress', 'resolved')),
        category text not null,
        techniques text[] not null,
        service_source text not null,
        detection_source text not null,
        product_name text not null,
        process_ancestors text[] not null,
        assets jsonb not null,
        assigned_to text,
        classification text,
        determination text,
        first_activity timestamptz not null,
        last_activity timestamptz not null,
        created_at timestamptz not null,
        last_update timestamptz not null,
        resolved_at timestamptz,
        event_count integer not null,
        merge_reason jsonb not null,
        -- Lower case: title, id and the labels and keys of its assets.
        search_text text not null
      );
      create index alert_incident on alert (incident_id, first_activity, id);
      create index alert_rule on alert (rule_id, last_activity);
      create index alert_last_activity on alert (last_activity desc, id desc);
      create index alert_last_update on alert (last_update desc, id desc);
      create index alert_open on alert (status) where status <> 'resolved';

      create table alert_evidence (
        alert_id text not null references alert (id),
        position integer not null,
        type text not null,
        key text not null,
        label text not null,
        fields jsonb not null,
        roles text[] not null,
        primary key (alert_id, position)
      );
      create index alert_evidence_entity on alert_evidence (type, key);

      create table alert_event (
        alert_id text not null references alert (id),
        position integer not null,
        table_name text not null,
        -- Text: telemetry has 100 ns ticks, timestamptz has not.
        time text not null,
        report_id text not null,
        device_id text not null,
        row jsonb not null,
        hunting_query text not null,
        primary key (alert_id, position)
      );

      create table alert_key (
        key text not null,
        alert_id text not null references alert (id),
        primary key (key, alert_id)
      );
      create index alert_key_alert on alert_key (alert_id);

      create table incident_comment (
        id bigint generated always as identity primary key,
        incident_id bigint references incident (id),
        alert_id text references alert (id),
        text text not null,
        author text not null,
        created_at timestamptz not null,
        -- Set on copies that a merge made: where it was written.
        origin_incident_id bigint references incident (id),
        check ((incident_id is null) <> (alert_id is null))
      );
      create index incident_comment_incident on incident_comment (incident_id, id);
      create index incident_comment_alert on incident_comment (alert_id, id);

      create table incident_activity (
        id bigint generated always as identity primary key,
        incident_id bigint not null references incident (id),
        time timestamptz not null,
        actor text not null,
        origin text not null,
        category text not null,
        text text not null,
        before jsonb,
        after jsonb,
        origin_incident_id bigint references incident (id)
      );
      create index incident_activity_incident on incident_activity (incident_id, time desc, id desc);
      create function incident_activity_is_append_only() returns trigger language plpgsql as $$
        begin
          raise exception 'activity entries are never changed or removed' using errcode = 'insufficient_privilege';
        end $$;
      create trigger incident_activity_append_only before update or delete or truncate on incident_activity
        for each statement execute function incident_activity_is_append_only();

      -- End of the mirror delivery under way, so that a repeated delivery has the same rows and the same token.
      create table mirror_delivery (
        only_one boolean primary key default true check (only_one),
        last_id bigint not null
      );
      insert into mirror_delivery (last_id) values (0);`,
  },
  {
    id: 'incidents/proposals',
    sql: `
      create table incident_proposal (
        id bigint generated always as identity primary key,
        incident_id bigint not null references incident (id),
        changes jsonb not null,
        comment text not null,
        reason text not null,
        proposed_by text not null,
        created_at timestamptz not null,
        state text not null default 'open' check (state in ('open', 'accepted', 'dismissed')),
        decided_by text,
        decided_at timestamptz,
        check ((state = 'open') = (decided_by is null))
      );
      create index incident_proposal_incident on incident_proposal (incident_id, id);`,
  },
  {
    id: 'incidents/002-data-sources',
    sql: `
      -- Data sources the alert is about; who sees it must see them all. Empty until it is known.
      alter table alert add column data_sources text[] not null default '{}';
      alter table incident add column data_sources text[] not null default '{}';
      -- Alerts outside the caller's scope: counted in views, zero here.
      alter table incident add column outside_alerts integer not null default 0;`,
  },
  {
    id: 'incidents/002-what-a-rule-adds',
    // What a rule took from its rows for the alert, and what became of it at its creation (wire type AlertExtras).
    sql: "alter table alert add column extras jsonb not null default '{}'",
  },
  {
    id: 'incidents/100-public-api',
    sql: `
      alter table incident add column description text not null default '';
      alter table incident add column summary text not null default '';
      -- What an imported alert or its evidence said beyond what the product itself keeps, as it came.
      alter table alert add column wire jsonb;
      alter table alert_evidence add column wire jsonb;
      -- Grows with every change of the row, for whoever changes only what they have seen.
      alter table alert add column version bigint not null default 1;
      alter table incident add column version bigint not null default 1;
      create function count_version() returns trigger language plpgsql as $$
        begin
          new.version := old.version + 1;
          return new;
        end $$;
      create trigger alert_version before update on alert for each row execute function count_version();
      create trigger incident_version before update on incident for each row execute function count_version();
      create index alert_created on alert (created_at desc, id desc);
      create index incident_created on incident (created_at desc, id desc);`,
  },
  {
    // Counts of a million rows take longer than people wait: they are kept by what filters mostly ask for.
    id: 'incidents/101-tallies',
    sql: ['alert', 'incident'].map(tally).join('\n'),
  },
  {
    id: 'incidents/200-merges',
    sql: `
      -- Every merge with what it changed, so that it can be taken back.
      create table incident_merge (
        id bigint generated always as identity primary key,
        source_id bigint not null references incident (id),
        target_id bigint not null references incident (id),
        at timestamptz not null,
        actor text not null,
        reason jsonb not null,
        source_status text not null,
        target_before jsonb not null,
        target_after jsonb not null,
        -- Copies of the source's comments.
        comment_ids bigint[] not null,
        undone_at timestamptz,
        undone_by text,
        check ((undone_at is null) = (undone_by is null))
      );
      create index incident_merge_target on incident_merge (target_id, id);
      create index incident_merge_source on incident_merge (source_id, id);
      create table incident_merge_alert (
        merge_id bigint not null references incident_merge (id),
        alert_id text not null references alert (id),
        assigned_to text,
        primary key (merge_id, alert_id)
      );
      -- Pairs of incidents that correlation never joins, because a person took them apart. A merged incident stands for the one it is in.
      create table incident_separation (
        id bigint generated always as identity primary key,
        left_id bigint not null references incident (id),
        right_id bigint not null references incident (id),
        at timestamptz not null,
        actor text not null,
        origin text not null check (origin in ('split', 'undo')),
        comment text not null,
        check (left_id < right_id),
        unique (left_id, right_id)
      );
      create index incident_separation_right on incident_separation (right_id);`,
  },
  { id: 'incidents/201-entity-risk', sql: RISK_SQL },
  {
    // What people say about entities and about rows of their timelines.
    id: 'incidents/202-marks',
    sql: `
      create table entity_mark (
        type text not null,
        key text not null,
        tags text[] not null default '{}',
        excluded_reason text,
        excluded_note text not null default '',
        excluded_by text,
        excluded_at timestamptz,
        changed_by text not null,
        changed_at timestamptz not null,
        primary key (type, key)
      );
      create table entity_note (
        id bigint generated always as identity primary key,
        type text not null,
        key text not null,
        text text not null,
        author text not null,
        created_at timestamptz not null,
        edited_at timestamptz
      );
      create index entity_note_entity on entity_note (type, key, id);
      -- Text with seven digits of a second: telemetry has 100 ns ticks.
      create table timeline_flag (
        time text collate "C" not null,
        table_name text not null,
        tie text not null,
        flagged_by text not null,
        flagged_at timestamptz not null,
        note text not null default '',
        primary key (time, table_name, tie)
      );`,
  },
  {
    id: 'incidents/201-background',
    sql: `
      -- Alerts that only support others wait in one incident for each asset and day until what they belong to comes (ADR 0011).
      alter table incident add column background_key text;
      alter table incident add column in_queue boolean not null default true;
      create index incident_background on incident (background_key) where background_key is not null;`,
  },
  deskMigration,
];

/** Columns a tally is kept by, `''` for nothing. Statements that change rows add the difference. */
function tally(table: string): string {
  const columns = ['severity', 'status', 'classification', 'determination', 'assigned_to'];
  if (table === 'alert') columns.push('service_source');
  const keys = columns.map((column) => (column === 'severity' ? column : `coalesce(${column}, '')`)).join(', ');
  const change = (rows: string, sign: string): string => `
            select ${keys}, ${sign}count(*) from ${rows} group by ${columns.map((_, index) => index + 1).join(', ')}`;
  const add = (select: string): string => `
          insert into ${table}_tally as t (${columns.join(', ')}, n) ${select}
          on conflict (${columns.join(', ')}) do update set n = t.n + excluded.n;`;
  return `
      create table ${table}_tally (
        ${columns.map((column) => `${column} ${column === 'severity' ? 'smallint' : 'text'} not null`).join(',\n        ')},
        n bigint not null,
        primary key (${columns.join(', ')})
      );
      create function ${table}_tally_insert() returns trigger language plpgsql as $$
        begin ${add(change('added', ''))}
          return null;
        end $$;
      create function ${table}_tally_delete() returns trigger language plpgsql as $$
        begin ${add(change('removed', '-'))}
          return null;
        end $$;
      create function ${table}_tally_update() returns trigger language plpgsql as $$
        begin ${add(change('removed', '-'))}${add(change('added', ''))}
          return null;
        end $$;
      create trigger ${table}_tally_insert after insert on ${table} referencing new table as added
        for each statement execute function ${table}_tally_insert();
      create trigger ${table}_tally_delete after delete on ${table} referencing old table as removed
        for each statement execute function ${table}_tally_delete();
      create trigger ${table}_tally_update after update on ${table} referencing old table as removed new table as added
        for each statement execute function ${table}_tally_update();
      insert into ${table}_tally (${columns.join(', ')}, n) ${change(table, '')};`;
}
