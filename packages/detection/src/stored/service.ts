import { randomUUID } from 'node:crypto';
import { type DetectionCheck, ParapetError, type RuleProblemInfo } from '@parapet/schema';
import type { Hunting, TelemetryStore } from '@parapet/store';
import { effectiveQuery } from '../rules/conditions.ts';
import type { CheckedRule } from '../rules/load.ts';
import { readConditions } from '../rules/read-options.ts';
import type { Exclusion, RuleProblem } from '../rules/types.ts';
import type { Row } from '../runtime/rule-query.ts';
import type { Catalog, OwnRecord, RuleVersion } from './catalog.ts';
import { type CallersSight, type HistoryPreview, type Preview, previewEvents, previewHistory } from './preview.ts';
import { type Definition, ruleDefinition, ruleText } from './text.ts';

/** Who asks. */
export interface Actor {
  readonly username: string;
  readonly remoteAddress?: string;
}

/** What became of many rules. */
export interface ManyImported {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: readonly { readonly name: string; readonly id: string; readonly problem: string }[];
}

/** Rules that are stored by one statement. */
const IMPORT_BATCH = 200;

const takenId = (): ParapetError =>
  new ParapetError('rule_exists', 409, 'A rule that is delivered with the product has this id.');

export interface RuleInput {
  readonly definition?: Definition;
  readonly text?: string;
}

/** What the service needs of the running rules. */
export interface RunningSet {
  get(id: string): { readonly rule: CheckedRule; exclusions: readonly Exclusion[] } | undefined;
  all(): Iterable<{ readonly rule: CheckedRule }>;
  /** Text of a delivered rule. */
  textOf(id: string): string | undefined;
  /** Start a rule, or go on with its new version. */
  put(rule: CheckedRule, record: OwnRecord, fresh: boolean): Promise<void>;
  /** Start many new rules at once. */
  putMany(rules: readonly CheckedRule[]): Promise<void>;
  remove(id: string): Promise<void>;
  /** The query of a rule has changed without its text. */
  requery(id: string): void;
}

export type WriteAudit = (
  actor: Actor,
  action: string,
  target: string,
  before: unknown,
  after: unknown,
) => Promise<void>;

const notFound = (): ParapetError =>
  new ParapetError(
    'detection_not_found',
    404,
    'There is no detection rule with this id.',
    'The list of detections shows the ids.',
  );

const infoOf = ({ line, message, path, fix }: RuleProblem): RuleProblemInfo => ({
  line,
  message,
  ...(path ? { path } : {}),
  ...(fix ? { fix } : {}),
});

/** Creating and changing rules. Every change is a version, takes effect at once and is audited. */
export class RuleService {
  constructor(
    private readonly catalog: Catalog,
    private readonly running: RunningSet,
    private readonly parts: { readonly hunting: Hunting; readonly store: TelemetryStore; now(): Date },
    private readonly audit: WriteAudit,
  ) {}

  /** What is wrong with a rule that is being written; names that are taken are found here too. */
  async check(input: RuleInput, id?: string): Promise<DetectionCheck> {
    const own = id ?? randomUUID();
    const definition = input.definition ?? ruleDefinition(input.text ?? '');
    const text = definition ? ruleText({ ...definition, id: own }) : (input.text ?? '');
    const { rule, parsed, problems } = await this.catalog.check(own, text);
    const all = [...problems];
    if (parsed) {
      const taken = this.#taken(parsed.rule.name, parsed.rule.title, own);
      if (taken) all.push({ file: '', line: parsed.lineOf('name'), message: taken.message, path: 'name' });
    }
    const compiled = parsed && !rule ? await this.parts.hunting.compile(parsed.rule.query) : undefined;
    return {
      ok: rule !== undefined && all.length === 0,
      problems: all.map(infoOf),
      text,
      columns: rule?.columns ?? (compiled?.ok ? compiled.columns.map(({ name }) => name) : []),
      tables: rule?.tables ?? (compiled?.ok ? compiled.tables : []),
      rowWise: rule?.rowWise ?? (compiled?.ok ? compiled.rowWise : false),
    };
  }

  #taken(name: string, title: string, id: string): ParapetError | undefined {
    for (const { rule } of this.running.all()) {
      if (rule.id === id) continue;
      const same =
        rule.name.toLowerCase() === name.toLowerCase()
          ? 'name'
          : rule.title.toLowerCase() === title.toLowerCase()
            ? 'title'
            : '';
      if (same)
        return new ParapetError(
          'rule_exists',
          409,
          `There is a rule with this ${same} already: "${rule.name}".`,
          `Choose another ${same}.`,
        );
    }
    return undefined;
  }

  /**
   * @throws ParapetError `invalid_rule` (400), `rule_exists` (409)
   */
  async create(
    input: RuleInput,
    actor: Actor,
    options: { readonly owner?: string; readonly templateId?: string; readonly comment?: string } = {},
  ): Promise<CheckedRule> {
    const { rule, text } = await this.catalog.read(input);
    const taken = this.#taken(rule.name, rule.title, rule.id);
    if (taken) throw taken;
    const template = options.templateId
      ? { id: options.templateId, version: this.catalog.templateVersions.get(options.templateId) ?? 1 }
      : null;
    const record = await this.catalog.create(rule, text, actor.username, { ...options, template });
    await this.running.put(rule, record, true);
    await this.audit(actor, 'detection.created', rule.id, null, { name: rule.name, text });
    return rule;
  }

  /**
   * @param version the version the change was made on; somebody else's change in between is not lost
   * @throws ParapetError `detection_not_found` (404), `rule_is_delivered` (409), `rule_changed` (409), `invalid_rule` (400)
   */
  async update(
    id: string,
    input: RuleInput,
    actor: Actor,
    options: {
      readonly version?: number;
      readonly comment?: string;
      readonly owner?: string;
      readonly template?: OwnRecord['template'];
    } = {},
  ): Promise<CheckedRule> {
    const before = this.#own(id);
    if (options.version !== undefined && options.version !== before.version)
      throw new ParapetError(
        'rule_changed',
        409,
        `The rule has version ${before.version} meanwhile; your change was made on version ${options.version}.`,
        'Load it again and repeat your change.',
      );
    const { rule, text } = await this.catalog.read(input, id);
    const taken = this.#taken(rule.name, rule.title, id);
    if (taken) throw taken;
    const record = await this.catalog.update(before, text, actor.username, {
      comment: options.comment || 'Changed',
      ...(options.owner ? { owner: options.owner } : {}),
      ...(options.template === undefined ? {} : { template: options.template }),
    });
    await this.running.put(rule, record, false);
    await this.audit(
      actor,
      'detection.changed',
      id,
      { version: before.version, text: before.text },
      { version: record.version, text },
    );
    return rule;
  }

  #own(id: string): OwnRecord {
    const record = this.catalog.own.get(id);
    if (record) return record;
    if (!this.running.get(id)) throw notFound();
    throw new ParapetError(
      'rule_is_delivered',
      409,
      'This rule is delivered with the product and cannot be changed itself.',
      'Duplicate it and change the copy; exclusions can be added to it as it is.',
    );
  }

  /** A copy of any rule, off until somebody switches it on. */
  async duplicate(id: string, actor: Actor, name?: string): Promise<CheckedRule> {
    const text = this.textOf(id);
    const definition = ruleDefinition(text) ?? {};
    const rule = this.running.get(id)?.rule;
    const base = name?.trim() || `${rule?.name ?? String(definition.name ?? definition.title)} (copy)`;
    let unique = base;
    const names = new Set([...this.running.all()].map((each) => each.rule.name.toLowerCase()));
    const titles = new Set([...this.running.all()].map((each) => each.rule.title.toLowerCase()));
    for (let n = 2; names.has(unique.toLowerCase()); n++) unique = `${base} ${n}`;
    let title = String(definition.title ?? unique);
    for (let n = 1; titles.has(title.toLowerCase()); n++)
      title = `${String(definition.title)} (copy${n === 1 ? '' : ` ${n}`})`;
    const isDelivered = !this.catalog.own.has(id);
    return this.create({ definition: { ...definition, name: unique, title, enabled: false } }, actor, {
      comment: `Copied from "${rule?.name ?? id}"`,
      ...(isDelivered ? { templateId: id } : {}),
    });
  }

  async remove(id: string, actor: Actor): Promise<void> {
    const before = this.#own(id);
    await this.catalog.remove(id);
    await this.running.remove(id);
    await this.audit(actor, 'detection.deleted', id, { version: before.version, text: before.text }, null);
  }

  /** @throws ParapetError `detection_not_found` (404) */
  textOf(id: string): string {
    const text = this.catalog.own.get(id)?.text ?? this.running.textOf(id);
    if (text === undefined) throw notFound();
    return text;
  }

  /** The keys of a rule's text; undefined when it cannot be read. @throws ParapetError `detection_not_found` (404) */
  definitionOf(id: string): Definition | undefined {
    return ruleDefinition(this.textOf(id));
  }

  /** When rules were first and last written, delivered ones too. */
  times(ids: readonly string[]): Promise<ReadonlyMap<string, { readonly created: string; readonly updated: string }>> {
    return this.catalog.times(ids);
  }

  recordOf(id: string): OwnRecord | undefined {
    return this.catalog.own.get(id);
  }

  latestTemplate(id: string): number {
    return this.catalog.templateVersions.get(id) ?? 1;
  }

  async versions(id: string): Promise<RuleVersion[]> {
    this.textOf(id);
    return this.catalog.versions(id);
  }

  /** Make an earlier version the newest. */
  async revert(id: string, version: number, actor: Actor): Promise<CheckedRule> {
    const wanted = (await this.versions(id)).find((each) => each.version === version);
    if (!wanted) throw new ParapetError('version_not_found', 404, `The rule has no version ${version}.`);
    return this.update(id, { text: wanted.text }, actor, { comment: `Back to version ${version}` });
  }

  /** Take over the delivered rule as it is now; name, schedule and switches of the copy stay. */
  async updateFromTemplate(id: string, actor: Actor): Promise<CheckedRule> {
    const record = this.#own(id);
    const templateText = record.template ? this.running.textOf(record.template.id) : undefined;
    if (!record.template || templateText === undefined)
      throw new ParapetError('no_template', 409, 'The rule was not made from a delivered one, or that is gone.');
    const own = ruleDefinition(record.text) ?? {};
    const next = ruleDefinition(templateText) ?? {};
    const kept = Object.fromEntries(
      ['name', 'title', 'exclusions', 'scope', 'shadow', 'enabled'].flatMap((key) =>
        own[key] === undefined ? [] : [[key, own[key]]],
      ),
    );
    return this.update(id, { definition: { ...next, ...kept } }, actor, {
      comment: 'Taken over from the delivered rule',
      template: { id: record.template.id, version: this.latestTemplate(record.template.id) },
    });
  }

  /**
   * Bring in rules from files. Each is checked; those that are good are made, or become a new version of the rule with their id.
   */
  async importRules(
    files: readonly { readonly name: string; readonly text: string }[],
    actor: Actor,
    dryRun: boolean,
  ): Promise<
    readonly {
      readonly name: string;
      readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused';
      readonly id?: string;
      readonly problems: readonly RuleProblemInfo[];
    }[]
  > {
    const results = [];
    for (const { name, text } of files) {
      const definition = ruleDefinition(text);
      const id = typeof definition?.id === 'string' ? definition.id : undefined;
      const own = id ? this.catalog.own.get(id) : undefined;
      try {
        if (own && id) {
          const { text: stored } = await this.catalog.read({ text }, id);
          if (stored === own.text) results.push({ name, outcome: 'unchanged' as const, id, problems: [] });
          else {
            if (!dryRun) await this.update(id, { text }, actor, { comment: `Imported from ${name}` });
            results.push({ name, outcome: 'updated' as const, id, problems: [] });
          }
          continue;
        }
        // The id of a delivered rule belongs to it; a copy gets its own.
        const keep = id && UUID.test(id) && !this.running.get(id) ? id : randomUUID();
        const { rule, text: stored } = await this.catalog.read({ text }, keep);
        const taken = this.#taken(rule.name, rule.title, keep);
        if (taken) throw taken;
        if (!dryRun) {
          const record = await this.catalog.create(rule, stored, actor.username, { comment: `Imported from ${name}` });
          await this.running.put(rule, record, true);
          await this.audit(actor, 'detection.created', rule.id, null, {
            name: rule.name,
            text: stored,
            importedFrom: name,
          });
        }
        results.push({ name, outcome: 'created' as const, id: keep, problems: [] });
      } catch (error) {
        if (!(error instanceof ParapetError)) throw error;
        const problems = Array.isArray(error.details)
          ? (error.details as RuleProblem[]).map(infoOf)
          : [{ line: 1, message: error.message, ...(error.hint ? { fix: error.hint } : {}) }];
        results.push({ name, outcome: 'refused' as const, problems });
      }
    }
    return results;
  }

  /**
   * Bring in many rules at once, each under its own id: new ones are made in batches, others become a new version. A rule that is
   * wrong is in `failed` and the others go on.
   * @param options.keep keys of a stored rule that its new text does not change
   */
  async importMany(
    files: readonly { readonly name: string; readonly id: string; readonly text: string }[],
    actor: Actor,
    options: {
      readonly comment: string;
      readonly keep: readonly string[];
      readonly signal?: AbortSignal;
      readonly onProgress?: (done: number) => void;
    },
  ): Promise<ManyImported> {
    const outcome = { created: 0, updated: 0, unchanged: 0 };
    const failed: { name: string; id: string; problem: string }[] = [];
    const names = new Map([...this.running.all()].map(({ rule }) => [rule.name.toLowerCase(), rule.id]));
    const titles = new Map([...this.running.all()].map(({ rule }) => [rule.title.toLowerCase(), rule.id]));
    let fresh: { rule: CheckedRule; text: string }[] = [];
    const store = async (): Promise<void> => {
      const made = fresh;
      fresh = [];
      if (made.length === 0) return;
      await this.catalog.createMany(made, actor.username, options.comment);
      await this.running.putMany(made.map(({ rule }) => rule));
      const rules = made.map(({ rule }) => ({ id: rule.id, name: rule.name }));
      await this.audit(actor, 'detection.imported', `${rules.length} rules`, null, { rules });
      outcome.created += made.length;
    };
    for (const [index, { name, id, text }] of files.entries()) {
      if (options.signal?.aborted) break;
      if (index % 10 === 9) options.onProgress?.(index);
      try {
        const own = this.catalog.own.get(id);
        if (!own && this.running.get(id)) throw takenId();
        const before = own ? ruleDefinition(own.text) : undefined;
        const definition = { ...ruleDefinition(text) };
        for (const key of before ? options.keep : [])
          if (before?.[key] === undefined) delete definition[key];
          else definition[key] = before[key];
        if (own && ruleText({ ...definition, id }) === own.text) {
          outcome.unchanged += 1;
          continue;
        }
        const { rule, text: stored } = await this.catalog.read({ definition }, id);
        for (const [map, value, what] of [
          [names, rule.name, 'name'],
          [titles, rule.title, 'title'],
        ] as const)
          if ((map.get(value.toLowerCase()) ?? id) !== id)
            throw new ParapetError('rule_exists', 409, `There is a rule with this ${what} already: "${value}".`);
        names.set(rule.name.toLowerCase(), id);
        titles.set(rule.title.toLowerCase(), id);
        if (own) {
          await this.update(id, { text: stored }, actor, { comment: options.comment });
          outcome.updated += 1;
        } else fresh.push({ rule, text: stored });
      } catch (error) {
        if (!(error instanceof ParapetError)) throw error;
        failed.push({ name, id, problem: error.message });
      }
      if (fresh.length >= IMPORT_BATCH) await store();
    }
    await store();
    return { ...outcome, failed };
  }

  /** Exclusions kept beside a rule. */
  exclusions(id: string): readonly Exclusion[] {
    const running = this.running.get(id);
    if (!running) throw notFound();
    return [...running.rule.exclusions, ...running.exclusions];
  }

  /**
   * Add or change an exclusion. The columns must be ones that the rule's query returns.
   * @throws ParapetError `invalid_exclusion` (400)
   */
  async saveExclusion(ruleId: string, raw: unknown, actor: Actor, id?: string): Promise<Exclusion> {
    const running = this.running.get(ruleId);
    if (!running) throw notFound();
    const before = id === undefined ? undefined : running.exclusions.find((each) => each.id === id);
    if (id !== undefined && !before)
      throw new ParapetError('exclusion_not_found', 404, 'There is no exclusion with this id.');
    const exclusion = this.#readExclusion(running.rule, raw, actor, before);
    const compiled = await this.parts.hunting.compile(effectiveQuery(running.rule, [exclusion]));
    if (!compiled.ok) throw invalidExclusion(compiled.errors[0]?.message ?? 'The conditions do not fit the query.');
    await this.catalog.saveExclusion(ruleId, exclusion, actor.username);
    running.exclusions = [...running.exclusions.filter((each) => each.id !== exclusion.id), exclusion];
    this.running.requery(ruleId);
    await this.audit(
      actor,
      before ? 'detection.exclusionChanged' : 'detection.exclusionAdded',
      ruleId,
      before ?? null,
      exclusion,
    );
    return exclusion;
  }

  #readExclusion(rule: CheckedRule, raw: unknown, actor: Actor, before: Exclusion | undefined): Exclusion {
    const body = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
    const problems: string[] = [];
    const conditions = readConditions(body.conditions, ['conditions'], (path, message) =>
      problems.push(`${path.join('.')}: ${message}`),
    );
    if (problems[0]) throw invalidExclusion(problems[0]);
    if (conditions.length === 0) throw invalidExclusion('An exclusion has at least one condition.');
    for (const { column } of conditions)
      if (!rule.columns.includes(column))
        throw invalidExclusion(
          `The query of the rule returns no column ${column}; it returns ${rule.columns.slice(0, 12).join(', ')}${rule.columns.length > 12 ? ', …' : ''}.`,
        );
    const reason = typeof body.reason === 'string' ? body.reason.trim() : '';
    if (!reason) throw invalidExclusion('Say why: the reason is what the next person needs.');
    let expiresAt: string | null = null;
    if (body.expiresAt) {
      const time = new Date(String(body.expiresAt));
      if (Number.isNaN(time.getTime())) throw invalidExclusion('expiresAt must be an ISO 8601 time.');
      expiresAt = time.toISOString();
    }
    const name =
      typeof body.name === 'string' && body.name.trim()
        ? body.name.trim()
        : conditions.map(({ column, values }) => `${column} ${values[0]}`).join(', ');
    return {
      id: before?.id ?? randomUUID(),
      name: name.slice(0, 200),
      conditions,
      reason: reason.slice(0, 1_000),
      owner:
        typeof body.owner === 'string' && body.owner.trim()
          ? body.owner.trim().slice(0, 200)
          : (before?.owner ?? actor.username),
      createdAt: before?.createdAt ?? this.parts.now().toISOString(),
      expiresAt,
    };
  }

  async removeExclusion(ruleId: string, id: string, actor: Actor): Promise<void> {
    const running = this.running.get(ruleId);
    const before = running?.exclusions.find((each) => each.id === id);
    if (!running || !before) throw new ParapetError('exclusion_not_found', 404, 'There is no exclusion with this id.');
    await this.catalog.removeExclusion(id);
    running.exclusions = running.exclusions.filter((each) => each.id !== id);
    this.running.requery(ruleId);
    await this.audit(actor, 'detection.exclusionRemoved', ruleId, before, null);
  }

  /** The rule a preview is about: one that is being written, or one that runs. */
  async #subject(
    input: RuleInput & { readonly ruleId?: string },
  ): Promise<{ rule: CheckedRule; exclusions: readonly Exclusion[] }> {
    if (input.definition === undefined && input.text === undefined) {
      const running = input.ruleId ? this.running.get(input.ruleId) : undefined;
      if (!running) throw notFound();
      return running;
    }
    const own = input.ruleId ? this.running.get(input.ruleId) : undefined;
    const { rule } = await this.catalog.read(input, input.ruleId);
    return { rule, exclusions: own?.exclusions ?? [] };
  }

  async previewEvents(
    input: RuleInput & { readonly ruleId?: string },
    tables: Readonly<Record<string, readonly Row[]>>,
  ): Promise<Preview> {
    const { rule, exclusions } = await this.#subject(input);
    return previewEvents(rule, exclusions, tables, this.parts.hunting, this.parts.now());
  }

  async previewHistory(
    input: RuleInput & { readonly ruleId?: string },
    days: number,
    options: { readonly signal?: AbortSignal } & CallersSight,
  ): Promise<HistoryPreview> {
    const { rule, exclusions } = await this.#subject(input);
    return previewHistory(rule, exclusions, days, {
      hunting: this.parts.hunting,
      store: this.parts.store,
      now: this.parts.now(),
      ...options,
    });
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const invalidExclusion = (message: string): ParapetError => new ParapetError('invalid_exclusion', 400, message);
