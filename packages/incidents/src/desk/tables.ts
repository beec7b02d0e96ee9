import type { Migration } from '@parapet/state';

/** What people keep beside incidents and alerts: tasks, who was mentioned, views of the queues. */
export const deskMigration: Migration = {
  id: 'incidents/110-desk',
  sql: `
    create table incident_task (
      id bigint generated always as identity primary key,
      -- Never moved: a merged incident's tasks are found through its signpost, and come back when the merge is undone.
      incident_id bigint not null references incident (id),
      title text not null,
      text text not null default '',
      owner text,
      due_at timestamptz,
      state text not null default 'open' check (state in ('open', 'done')),
      created_by text not null,
      created_at timestamptz not null,
      done_by text,
      done_at timestamptz,
      check ((state = 'done') = (done_at is not null))
    );
    create index incident_task_incident on incident_task (incident_id, id);

    alter table incident_comment add column edited_at timestamptz;
    -- User names that a comment calls, lower case.
    alter table incident_comment add column mentions text[] not null default '{}';
    create index incident_comment_mentions on incident_comment using gin (mentions) where mentions <> '{}';

    create table saved_view (
      id bigint generated always as identity primary key,
      area text not null,
      name text not null,
      -- Query string of the page's address.
      search text not null,
      owner text not null,
      shared boolean not null default false,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create unique index saved_view_name on saved_view (area, owner, lower(name));

    -- Assets and evidence are looked for by what people read.
    create index alert_evidence_label on alert_evidence (lower(label));`,
};
