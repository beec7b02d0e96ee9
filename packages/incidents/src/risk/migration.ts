import { RISK_TYPES } from '@parapet/schema';

const TYPES = RISK_TYPES.map((type) => `'${type}'`).join(', ');
/** Marks what a statement touched; a mark made while its entity is being computed survives the computation. */
const mark = (select: string): string => `
          insert into entity_risk_due (type, key) ${select}
          on conflict (type, key) do update set seq = nextval('entity_risk_seq');`;

/** Scores, what is to be computed again, levels of criticality that people set, and behaviours. */
export const RISK_SQL = `
      create sequence entity_risk_seq;
      create table entity_risk_due (
        type text not null,
        key text not null,
        seq bigint not null default nextval('entity_risk_seq'),
        primary key (type, key)
      );
      create index entity_risk_due_seq on entity_risk_due (seq);
      create table entity_risk (
        type text not null,
        key text not null,
        label text not null,
        score smallint not null,
        level text not null,
        criticality text not null,
        open_alerts integer not null,
        reason text not null,
        changed_at timestamptz not null,
        computed_at timestamptz not null,
        -- Fading moves the score then, if nothing else did before.
        next_at timestamptz,
        primary key (type, key)
      );
      create index entity_risk_score on entity_risk (score desc, label, type, key);
      create index entity_risk_next on entity_risk (next_at) where next_at is not null;

      create table entity_criticality (
        type text not null,
        key text not null,
        level text not null,
        reason text not null,
        set_by text not null,
        set_at timestamptz not null,
        expires_at timestamptz,
        primary key (type, key)
      );

      create table behavior (
        id text primary key,
        kind text not null,
        score real not null,
        start_at timestamptz not null,
        end_at timestamptz not null,
        -- Wire type Behavior without its entities.
        body jsonb not null
      );
      create index behavior_start on behavior (start_at);
      create table behavior_entity (
        behavior_id text not null references behavior (id) on delete cascade,
        type text not null,
        key text not null,
        label text not null,
        primary key (behavior_id, type, key)
      );
      create index behavior_entity_entity on behavior_entity (type, key);

      create function entity_risk_evidence_added() returns trigger language plpgsql as $$
        begin ${mark(`select distinct type, key from changed where type in (${TYPES})`)}
          return null;
        end $$;
      create trigger entity_risk_evidence_insert after insert on alert_evidence referencing new table as changed
        for each statement execute function entity_risk_evidence_added();
      create trigger entity_risk_evidence_delete after delete on alert_evidence referencing old table as changed
        for each statement execute function entity_risk_evidence_added();
      create function entity_risk_alert_changed() returns trigger language plpgsql as $$
        begin ${mark(`select distinct e.type, e.key from added n join removed o on o.id = n.id
            join alert_evidence e on e.alert_id = n.id
            where e.type in (${TYPES}) and (n.status, n.severity, n.classification, n.category, n.last_activity, n.incident_id)
              is distinct from (o.status, o.severity, o.classification, o.category, o.last_activity, o.incident_id)`)}
          return null;
        end $$;
      create trigger entity_risk_alert_update after update on alert referencing old table as removed new table as added
        for each statement execute function entity_risk_alert_changed();
      insert into entity_risk_due (type, key) select distinct type, key from alert_evidence where type in (${TYPES});`;
