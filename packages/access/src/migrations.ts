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
  {
    id: 'access/010-sign-in',
    sql: `
      alter table app_user add column version integer not null default 1;
      alter table app_user add column break_glass boolean not null default false;
      alter table app_user add column factor_rule text not null default 'policy'
        check (factor_rule in ('policy', 'required', 'optional'));
      alter table app_user add column must_change_password boolean not null default false;
      alter table app_user add column provider_id text;
      alter table app_user add column provider_subject text;
      -- Letters that look like others folded together; filled at the start for accounts of before.
      alter table app_user add column look_key text;
      create unique index app_user_provider on app_user (provider_id, provider_subject);
      create unique index app_user_look on app_user (look_key);
      alter table user_session add column public_id text;
      update user_session set public_id = left(id_hash, 24);
      alter table user_session alter column public_id set not null;
      create unique index user_session_public on user_session (public_id);
      alter table user_session add column user_agent text not null default '';
      alter table user_session add column method text not null default 'password';
      alter table user_session add column confirmed_at timestamptz;
      alter table user_session add column provider_id text;
      alter table user_session add column provider_subject text;
      alter table user_session add column provider_sid text;
      -- Sealed: shown to the provider when the person signs out there too.
      alter table user_session add column id_token text;
      create index user_session_provider on user_session (provider_id, provider_subject);
      create table user_totp (
        user_id text primary key references app_user (id) on delete cascade,
        secret text not null,
        created_at timestamptz not null,
        -- Number of the newest time step that was used: a code works once.
        last_step bigint not null default 0
      );
      create table user_passkey (
        id text primary key,
        user_id text not null references app_user (id) on delete cascade,
        rp_id text not null,
        name text not null,
        public_key text not null,
        counter bigint not null,
        transports text not null,
        synced boolean not null,
        created_at timestamptz not null,
        last_used_at timestamptz
      );
      create index user_passkey_user on user_passkey (user_id);
      create table user_recovery_code (
        code_hash text primary key,
        user_id text not null references app_user (id) on delete cascade,
        created_at timestamptz not null
      );
      create index user_recovery_code_user on user_recovery_code (user_id);
      create table sign_in_policy (
        only_one boolean primary key default true check (only_one),
        settings jsonb not null,
        version integer not null
      );
      create table sign_in_provider (
        id text primary key,
        name text not null,
        enabled boolean not null,
        issuer text not null,
        client_id text not null,
        client_secret text,
        settings jsonb not null,
        version integer not null,
        created_at timestamptz not null
      );
      create unique index sign_in_provider_name on sign_in_provider (lower(name));`,
  },
  {
    id: 'access/011-audit-retention',
    sql: `
      -- Signed with the key of the installation: who has the database alone cannot write a new chain.
      alter table audit_head add column seal text not null default '';
      create table audit_checkpoint (
        -- The last entry that was removed, and its hash: the chain goes on from here.
        id bigint primary key,
        hash text not null,
        entries bigint not null,
        cut_before timestamptz not null,
        made_at timestamptz not null,
        made_by text not null,
        seal text not null
      );
      create trigger audit_checkpoint_append_only before update or delete or truncate on audit_checkpoint
        for each statement execute function audit_is_append_only();
      drop trigger audit_entry_append_only on audit_entry;
      create trigger audit_entry_append_only before update or truncate on audit_entry
        for each statement execute function audit_is_append_only();
      -- Entries behind a checkpoint may go; without one nothing may.
      create function audit_only_behind_checkpoint() returns trigger language plpgsql as $$
        begin
          if old.id > coalesce((select max(id) from audit_checkpoint), 0) then
            raise exception 'audit entries are never changed or removed' using errcode = 'insufficient_privilege';
          end if;
          return old;
        end $$;
      create trigger audit_entry_retention before delete on audit_entry
        for each row execute function audit_only_behind_checkpoint();
      create table audit_settings (
        only_one boolean primary key default true check (only_one),
        -- 0 keeps entries for ever.
        keep_days integer not null
      );
      insert into audit_settings (keep_days) values (0);
      create table audit_mirror (
        only_one boolean primary key default true check (only_one),
        -- The newest entry that is in the hunting tables, and the end of the delivery that was begun after it.
        done_id bigint not null,
        begun_id bigint not null
      );
      insert into audit_mirror (done_id, begun_id) values (0, 0);`,
  },
  {
    id: 'access/012-scope-filter',
    sql: `
      -- {"scopes": [id], "environments": [{kind, id}]}; null shows everything.
      alter table user_session add column scope_filter jsonb;`,
  },
  {
    id: 'access/013-settings',
    sql: `
      create table access_settings (
        only_one boolean primary key default true check (only_one),
        -- False: who is no more than a Global Administrator sees no data of the SIEM.
        administrators_open_siem boolean not null
      );
      insert into access_settings (administrators_open_siem) values (true);`,
  },
];
