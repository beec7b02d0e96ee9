import type { Migration } from '@parapet/state';

export const accessMigrations: readonly Migration[] = [
  {
    id: 'access/001-people',
    sql: `
      create table app_user (
        id text primary key,
        username text not null,
        -- Folded form of the name: "Ana" and "ana" are one person.
        username_key text not null constraint app_user_username unique,
        display_name text not null,
        role text not null check (role in ('administrator', 'operator', 'reader')),
        password_hash text not null,
        disabled boolean not null default false,
        created_at timestamptz not null,
        created_by text not null,
        last_sign_in_at timestamptz
      );
      create table setup_token (
        -- At most one row: the token of the newest start.
        only_one boolean primary key default true check (only_one),
        token_hash text not null,
        created_at timestamptz not null
      );
      create table user_session (
        id_hash text primary key,
        user_id text not null references app_user (id) on delete cascade,
        created_at timestamptz not null,
        last_seen_at timestamptz not null,
        remote_address text not null
      );
      create index user_session_user on user_session (user_id);
      create table user_preference (
        user_id text not null references app_user (id) on delete cascade,
        key text not null,
        value jsonb not null,
        updated_at timestamptz not null,
        primary key (user_id, key)
      );`,
  },
  {
    id: 'access/002-ingest-keys',
    sql: `
      create table ingest_key (
        id text primary key,
        name text not null,
        secret_hash text not null,
        created_at timestamptz not null,
        created_by text not null,
        last_used_at timestamptz,
        revoked_at timestamptz,
        revoked_by text
      );
      create unique index ingest_key_name on ingest_key (lower(name)) where revoked_at is null;`,
  },
  {
    id: 'access/004-key-purpose',
    sql: `
      alter table ingest_key add column purpose text not null default 'ingest' check (purpose in ('ingest', 'query'));`,
  },
  {
    id: 'access/005-key-source',
    sql: `
      alter table ingest_key add column source_id text;
      update ingest_key set source_id = id;
      alter table ingest_key alter column source_id set not null;
      create index ingest_key_source on ingest_key (source_id) where revoked_at is null;`,
  },
  {
    id: 'access/003-audit',
    sql: `
      create table audit_entry (
        id bigint primary key,
        time timestamptz not null,
        actor text not null,
        action text not null,
        target text not null,
        outcome text not null check (outcome in ('ok', 'denied', 'failed')),
        -- JSON kept as the text that was hashed: jsonb would reorder its keys.
        before text,
        after text,
        remote_address text not null,
        previous_hash text not null,
        hash text not null
      );
      create index audit_entry_time on audit_entry (time desc, id desc);
      create index audit_entry_actor on audit_entry (lower(actor), id desc);
      create index audit_entry_action on audit_entry (action text_pattern_ops, id desc);
      -- The newest link, so that entries cut off the end are missed too.
      create table audit_head (
        only_one boolean primary key default true check (only_one),
        id bigint not null,
        hash text not null
      );
      insert into audit_head (id, hash) values (0, repeat('0', 64));
      create function audit_is_append_only() returns trigger language plpgsql as $$
        begin
          raise exception 'audit entries are never changed or removed' using errcode = 'insufficient_privilege';
        end $$;
      create trigger audit_entry_append_only before update or delete or truncate on audit_entry
        for each statement execute function audit_is_append_only();`,
  },
  {
    id: 'access/006-rights',
    sql: `
      alter table app_user drop constraint app_user_role_check;
      -- Null: all rights come from assignments.
      alter table app_user alter column role drop not null;
      update app_user set role = case role when 'administrator' then 'securityAdministrator'
        when 'operator' then 'securityOperator' else 'securityReader' end;
      -- As the identity provider named them at the last sign-in.
      alter table app_user add column groups text[] not null default '{}';
      create table access_role (
        id text primary key,
        name text not null,
        name_key text not null constraint access_role_name unique,
        description text not null,
        groups jsonb not null,
        version integer not null default 1,
        updated_at timestamptz not null,
        updated_by text not null
      );
      create table access_assignment (
        id text primary key,
        -- A custom or a built-in role.
        role_id text not null,
        name text not null,
        subjects jsonb not null,
        sources jsonb not null,
        scopes jsonb not null,
        legacy boolean not null default false,
        origin text not null default '',
        version integer not null default 1,
        updated_at timestamptz not null,
        updated_by text not null
      );
      create index access_assignment_role on access_assignment (role_id);
      create table access_workload (
        source text primary key,
        active boolean not null,
        changed_at timestamptz not null,
        changed_by text not null
      );
      create table device_group (
        id text primary key,
        name text not null,
        name_key text not null constraint device_group_name unique,
        description text not null,
        rank integer not null,
        rules jsonb not null,
        automation text not null,
        version integer not null default 1,
        updated_at timestamptz not null,
        updated_by text not null
      );
      create table cloud_scope (
        id text primary key,
        name text not null,
        name_key text not null constraint cloud_scope_name unique,
        description text not null,
        environments jsonb not null,
        version integer not null default 1,
        updated_at timestamptz not null,
        updated_by text not null
      );
      create table row_tag (
        id text primary key,
        name text not null,
        name_key text not null constraint row_tag_name unique,
        description text not null,
        rules jsonb not null,
        version integer not null default 1,
        updated_at timestamptz not null,
        updated_by text not null
      );`,
  },
];
