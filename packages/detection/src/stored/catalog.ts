import { randomUUID } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { Hunting } from '@parapet/store';
import { OWN_DOMAIN } from '../rules/domains.ts';
import { type CheckedRule, checkRule } from '../rules/load.ts';
import type { Condition, Exclusion, RuleProblem } from '../rules/types.ts';
import type { QueryRunner } from '../runtime/state.ts';
import { type Definition, ruleDefinition, ruleText } from './text.ts';

/** What is known of a stored rule besides its text. */
export interface OwnRecord {
  readonly ruleId: string;
  readonly version: number;
  readonly text: string;
  readonly owner: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly template: { readonly id: string; readonly version: number } | null;
}

export interface RuleVersion {
  readonly version: number;
  readonly at: string;
  readonly author: string;
  readonly comment: string;
  readonly text: string;
}

const MAX_TEXT = 200_000;
const MAX_OWN_RULES = 10_000;

/** The rule is wrong: every problem with its place and, where known, its remedy. */
export function ruleProblems(problems: readonly RuleProblem[]): ParapetError {
  const [first] = problems;
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new ParapetError(
    'invalid_rule',
    400,
    `${first?.message ?? 'The rule is wrong.'}${rest}`,
    first?.fix,
    problems,
  );
}

/** Rules that people keep in the state database, versions of all rules, and exclusions. */
export class Catalog {
  /** Own rules by id. */
  readonly own = new Map<string, OwnRecord>();
  /** Newest version of each rule of the library. */
  readonly templateVersions = new Map<string, number>();

  constructor(
    private readonly db: QueryRunner | undefined,
    private readonly hunting: Hunting,
    private readonly now: () => Date,
  ) {}

  #database(): QueryRunner {
    if (this.db) return this.db;
    throw new ParapetError('rules_not_stored', 503, 'This server keeps no rules of its own.');
  }

  /** Read the own rules. A rule that no longer fits, after an update of the product, is reported and stays stored. */
  async load(): Promise<{ readonly rules: CheckedRule[]; readonly problems: RuleProblem[] }> {
    const rules: CheckedRule[] = [];
    const problems: RuleProblem[] = [];
    if (!this.db) return { rules, problems };
    for (const row of await this.db.query<OwnRow>('SELECT * FROM detection_own ORDER BY created_at, rule_id')) {
      const record = recordOf(row);
      this.own.set(record.ruleId, record);
      const checked = await this.check(record.ruleId, record.text);
      if (checked.rule) rules.push(checked.rule);
      else problems.push(...checked.problems);
    }
    return { rules, problems };
  }

  /** Note the text of every rule of the library, so that what a new release changed can be shown. */
  async noteTemplates(texts: ReadonlyMap<string, string>): Promise<void> {
    if (!this.db) return;
    const known = new Map(
      (
        await this.db.query<{ rule_id: string; version: number; text: string }>(
          `SELECT DISTINCT ON (rule_id) rule_id, version, text FROM detection_version ORDER BY rule_id, version DESC`,
        )
      ).map((row) => [row.rule_id, row]),
    );
    const fresh: { rule_id: string; version: number; text: string }[] = [];
    for (const [id, text] of texts) {
      const before = known.get(id);
      const version = before === undefined ? 1 : before.text === text ? before.version : before.version + 1;
      this.templateVersions.set(id, version);
      if (before?.text !== text) fresh.push({ rule_id: id, version, text });
    }
    if (fresh.length === 0) return;
    await this.db.query(
      `INSERT INTO detection_version (rule_id, version, text, at, author, comment)
       SELECT v.rule_id, v.version, v.text, $2::timestamptz, 'Parapet', CASE WHEN v.version = 1 THEN 'As delivered' ELSE 'Changed by an update' END
       FROM jsonb_to_recordset($1::text::jsonb) AS v(rule_id text, version integer, text text) ON CONFLICT DO NOTHING`,
      [JSON.stringify(fresh), this.now().toISOString()],
    );
  }

  async times(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly created: string; readonly updated: string }>> {
    if (!this.db) return new Map();
    const rows = await this.db.query<{ rule_id: string; created: Date | string; updated: Date | string }>(
      `SELECT rule_id, min(at) AS created, max(at) AS updated FROM detection_version
       WHERE rule_id = ANY($1::text[]) GROUP BY rule_id`,
      [ids],
    );
    const iso = (value: Date | string): string => new Date(value).toISOString();
    return new Map(
      rows.map(({ rule_id, created, updated }) => [rule_id, { created: iso(created), updated: iso(updated) }]),
    );
  }

  check(id: string, text: string): ReturnType<typeof checkRule> {
    return checkRule(`${OWN_DOMAIN}/${id}.yaml`, text, this.hunting);
  }

  /**
   * The text and the checked rule of something a person wrote: the keys of a rule, or a whole file. The id is ours to give.
   * @throws ParapetError `invalid_rule` (400) with all problems
   */
  async read(
    input: { readonly definition?: Definition; readonly text?: string },
    id: string = randomUUID(),
  ): Promise<{ readonly rule: CheckedRule; readonly text: string }> {
    const size = input.text?.length ?? JSON.stringify(input.definition ?? {}).length;
    if (size > MAX_TEXT)
      throw new ParapetError('invalid_rule', 400, `A rule has at most ${MAX_TEXT.toLocaleString('en')} characters.`);
    const definition = input.definition ?? ruleDefinition(input.text ?? '');
    if (!definition) {
      const { problems } = await this.check(id, input.text ?? '');
      throw ruleProblems(problems);
    }
    const text = ruleText({ ...definition, id });
    const { rule, problems } = await this.check(id, text);
    if (!rule) throw ruleProblems(problems);
    return { rule, text };
  }

  async create(
    rule: CheckedRule,
    text: string,
    by: string,
    options: { readonly owner?: string; readonly template?: OwnRecord['template']; readonly comment?: string } = {},
  ): Promise<OwnRecord> {
    const db = this.#database();
    if (this.own.size >= MAX_OWN_RULES)
      throw new ParapetError('too_many_rules', 409, `There are ${MAX_OWN_RULES} own rules already.`);
    const at = this.now().toISOString();
    const template = options.template ?? null;
    // A rule that was deleted and comes back goes on counting: its versions stayed.
    const [made] = await db.query<{ version: number }>(
      `WITH made AS (
         INSERT INTO detection_own (rule_id, version, text, owner, created_at, created_by, updated_at, updated_by, template_id, template_version)
         SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4::timestamptz, $5, $4::timestamptz, $5, $6, $7::integer
         FROM detection_version WHERE rule_id = $1 RETURNING rule_id, version)
       INSERT INTO detection_version (rule_id, version, text, at, author, comment)
       SELECT rule_id, version, $2, $4::timestamptz, $5, $8 FROM made RETURNING version`,
      [
        rule.id,
        text,
        options.owner || by,
        at,
        by,
        template?.id ?? null,
        template?.version ?? null,
        options.comment ?? 'Created',
      ],
    );
    const record: OwnRecord = {
      ruleId: rule.id,
      version: made?.version ?? 1,
      text,
      owner: options.owner || by,
      createdAt: at,
      createdBy: by,
      updatedAt: at,
      updatedBy: by,
      template,
    };
    this.own.set(rule.id, record);
    return record;
  }

  /** Store many new rules by one statement. */
  async createMany(
    rules: readonly { readonly rule: CheckedRule; readonly text: string }[],
    by: string,
    comment: string,
  ): Promise<void> {
    const db = this.#database();
    if (this.own.size + rules.length > MAX_OWN_RULES)
      throw new ParapetError('too_many_rules', 409, `There are ${MAX_OWN_RULES} own rules already.`);
    const at = this.now().toISOString();
    // Versions of a rule that was deleted stay, so a rule that comes back goes on counting.
    const made = await db.query<{ rule_id: string; version: number }>(
      `WITH given AS (
           SELECT id, text, coalesce((SELECT max(version) FROM detection_version WHERE rule_id = id), 0) + 1 AS version
           FROM jsonb_to_recordset($1::text::jsonb) AS v(id text, text text)),
         made AS (
           INSERT INTO detection_own (rule_id, version, text, owner, created_at, created_by, updated_at, updated_by)
           SELECT id, version, text, $3, $2::timestamptz, $3, $2::timestamptz, $3 FROM given RETURNING rule_id, version, text)
       INSERT INTO detection_version (rule_id, version, text, at, author, comment)
       SELECT rule_id, version, text, $2::timestamptz, $3, $4 FROM made RETURNING rule_id, version`,
      [JSON.stringify(rules.map(({ rule, text }) => ({ id: rule.id, text }))), at, by, comment],
    );
    const versions = new Map(made.map((row) => [row.rule_id, row.version]));
    for (const { rule, text } of rules)
      this.own.set(rule.id, {
        ruleId: rule.id,
        version: versions.get(rule.id) ?? 1,
        text,
        owner: by,
        createdAt: at,
        createdBy: by,
        updatedAt: at,
        updatedBy: by,
        template: null,
      });
  }

  /**
   * Store another version.
   * @throws ParapetError `rule_changed` (409) when somebody else was faster
   */
  async update(
    before: OwnRecord,
    text: string,
    by: string,
    options: { readonly comment: string; readonly owner?: string; readonly template?: OwnRecord['template'] },
  ): Promise<OwnRecord> {
    const db = this.#database();
    const at = this.now().toISOString();
    const template = options.template === undefined ? before.template : options.template;
    const rows = await db.query(
      `WITH changed AS (
         UPDATE detection_own SET version = version + 1, text = $3, owner = $6, updated_at = $4::timestamptz, updated_by = $5,
           template_id = $8, template_version = $9
         WHERE rule_id = $1 AND version = $2 RETURNING rule_id, version)
       INSERT INTO detection_version (rule_id, version, text, at, author, comment)
       SELECT rule_id, version, $3, $4::timestamptz, $5, $7 FROM changed RETURNING version`,
      [
        before.ruleId,
        before.version,
        text,
        at,
        by,
        options.owner || before.owner,
        options.comment.slice(0, 500),
        template?.id ?? null,
        template?.version ?? null,
      ],
    );
    if (rows.length === 0) throw changed();
    const record: OwnRecord = {
      ...before,
      version: before.version + 1,
      text,
      owner: options.owner || before.owner,
      updatedAt: at,
      updatedBy: by,
      template,
    };
    this.own.set(before.ruleId, record);
    return record;
  }

  async remove(id: string): Promise<void> {
    const db = this.#database();
    // Versions stay: the audit log refers to them.
    await db.query('DELETE FROM detection_own WHERE rule_id = $1', [id]);
    await db.query('DELETE FROM detection_exclusion WHERE rule_id = $1', [id]);
    await db.query('DELETE FROM detection_rules WHERE rule_id = $1', [id]);
    this.own.delete(id);
  }

  /** Versions of a rule, newest first. */
  async versions(id: string): Promise<RuleVersion[]> {
    if (!this.db) return [];
    const rows = await this.db.query<{ version: number; at: Date; author: string; comment: string; text: string }>(
      'SELECT version, at, author, comment, text FROM detection_version WHERE rule_id = $1 ORDER BY version DESC LIMIT 200',
      [id],
    );
    return rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() }));
  }

  /** Exclusions by rule. */
  async exclusions(): Promise<ReadonlyMap<string, readonly Exclusion[]>> {
    const all = new Map<string, Exclusion[]>();
    if (!this.db) return all;
    for (const row of await this.db.query<ExclusionRow>('SELECT * FROM detection_exclusion ORDER BY created_at, id'))
      all.set(row.rule_id, [...(all.get(row.rule_id) ?? []), exclusionOf(row)]);
    return all;
  }

  async saveExclusion(ruleId: string, exclusion: Exclusion, by: string): Promise<void> {
    await this.#database().query(
      `INSERT INTO detection_exclusion (id, rule_id, name, conditions, reason, owner, created_at, created_by, expires_at)
       VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, $7::timestamptz, $8, $9::timestamptz)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, conditions = excluded.conditions, reason = excluded.reason,
         owner = excluded.owner, expires_at = excluded.expires_at`,
      [
        exclusion.id,
        ruleId,
        exclusion.name,
        JSON.stringify(exclusion.conditions),
        exclusion.reason,
        exclusion.owner,
        exclusion.createdAt,
        by,
        exclusion.expiresAt,
      ],
    );
  }

  async removeExclusion(id: string): Promise<void> {
    await this.#database().query('DELETE FROM detection_exclusion WHERE id = $1', [id]);
  }
}

const changed = (): ParapetError =>
  new ParapetError(
    'rule_changed',
    409,
    'Somebody else has changed the rule meanwhile.',
    'Load it again and repeat your change.',
  );

interface OwnRow {
  readonly rule_id: string;
  readonly version: number;
  readonly text: string;
  readonly owner: string;
  readonly created_at: Date;
  readonly created_by: string;
  readonly updated_at: Date;
  readonly updated_by: string;
  readonly template_id: string | null;
  readonly template_version: number | null;
}

const recordOf = (row: OwnRow): OwnRecord => ({
  ruleId: row.rule_id,
  version: row.version,
  text: row.text,
  owner: row.owner,
  createdAt: new Date(row.created_at).toISOString(),
  createdBy: row.created_by,
  updatedAt: new Date(row.updated_at).toISOString(),
  updatedBy: row.updated_by,
  template: row.template_id === null ? null : { id: row.template_id, version: row.template_version ?? 1 },
});

interface ExclusionRow {
  readonly id: string;
  readonly rule_id: string;
  readonly name: string;
  readonly conditions: readonly Condition[];
  readonly reason: string;
  readonly owner: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

const exclusionOf = (row: ExclusionRow): Exclusion => ({
  id: row.id,
  name: row.name,
  conditions: row.conditions,
  reason: row.reason,
  owner: row.owner,
  createdAt: new Date(row.created_at).toISOString(),
  expiresAt: row.expires_at ? new Date(row.expires_at).toISOString() : null,
});
