/** Tables of the detection room, for packages/state's `migrate`. */
export const detectionMigrations: readonly { readonly id: string; readonly sql: string }[] = [
  {
    id: 'detection/001-rules',
    sql: `
CREATE TABLE detection_rules (
  rule_id text PRIMARY KEY,
  enabled boolean NOT NULL,
  through_batch bigint NOT NULL,
  attempt_from bigint,
  attempt_to bigint,
  failures integer NOT NULL DEFAULT 0,
  last_run text,
  last_run_ms integer,
  last_error_code text,
  last_error text
);
CREATE TABLE detection_events (
  rule_id text NOT NULL,
  event_hash text NOT NULL,
  remembered_at timestamptz NOT NULL,
  PRIMARY KEY (rule_id, event_hash)
);
CREATE INDEX detection_events_age ON detection_events (remembered_at);
CREATE TABLE detection_groups (
  rule_id text NOT NULL,
  group_hash text NOT NULL,
  first_activity text NOT NULL,
  last_activity text NOT NULL,
  remembered_at timestamptz NOT NULL,
  PRIMARY KEY (rule_id, group_hash, first_activity)
);
CREATE INDEX detection_groups_age ON detection_groups (remembered_at);
`,
  },
  {
    id: 'detection/002-runs-and-own-rules',
    sql: `
ALTER TABLE detection_rules ADD COLUMN extra jsonb NOT NULL DEFAULT '{}';
CREATE TABLE detection_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_id text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  started_at timestamptz NOT NULL,
  window_from timestamptz,
  window_to timestamptz,
  duration_ms real NOT NULL,
  rows bigint NOT NULL DEFAULT 0,
  alerts integer NOT NULL DEFAULT 0,
  hidden integer NOT NULL DEFAULT 0,
  rows_read bigint NOT NULL DEFAULT 0,
  engine_ms real NOT NULL DEFAULT 0,
  error_code text,
  note text NOT NULL DEFAULT ''
);
CREATE INDEX detection_run_rule ON detection_run (rule_id, id DESC);
CREATE INDEX detection_run_age ON detection_run (started_at);
CREATE TABLE detection_cost (
  rule_id text NOT NULL,
  hour timestamptz NOT NULL,
  runs integer NOT NULL,
  rows bigint NOT NULL,
  alerts integer NOT NULL,
  hidden integer NOT NULL,
  rows_read bigint NOT NULL,
  engine_ms double precision NOT NULL,
  failures integer NOT NULL,
  PRIMARY KEY (rule_id, hour)
);
CREATE TABLE detection_own (
  rule_id text PRIMARY KEY,
  version integer NOT NULL,
  text text NOT NULL,
  owner text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by text NOT NULL,
  template_id text,
  template_version integer
);
CREATE TABLE detection_version (
  rule_id text NOT NULL,
  version integer NOT NULL,
  text text NOT NULL,
  at timestamptz NOT NULL,
  author text NOT NULL,
  comment text NOT NULL,
  PRIMARY KEY (rule_id, version)
);
CREATE TABLE detection_exclusion (
  id text PRIMARY KEY,
  rule_id text NOT NULL,
  name text NOT NULL,
  conditions jsonb NOT NULL,
  reason text NOT NULL,
  owner text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz
);
CREATE INDEX detection_exclusion_rule ON detection_exclusion (rule_id);
CREATE TABLE detection_notice (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  rule_id text NOT NULL,
  kind text NOT NULL,
  text text NOT NULL,
  owner text NOT NULL,
  dismissed_at timestamptz,
  dismissed_by text
);
CREATE TABLE detection_tuning (
  id text PRIMARY KEY,
  name text NOT NULL,
  enabled boolean NOT NULL,
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by text NOT NULL,
  expires_at timestamptz,
  matched bigint NOT NULL DEFAULT 0,
  last_matched timestamptz
);
CREATE TABLE detection_hidden (
  dedupe_key text PRIMARY KEY,
  tuning_id text NOT NULL,
  rule_id text NOT NULL,
  title text NOT NULL,
  severity text NOT NULL,
  action text NOT NULL,
  at timestamptz NOT NULL,
  draft jsonb NOT NULL
);
CREATE INDEX detection_hidden_tuning ON detection_hidden (tuning_id, at DESC);
CREATE INDEX detection_hidden_age ON detection_hidden (at);
`,
  },
];
