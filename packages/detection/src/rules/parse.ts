import {
  type Category,
  ENTITY_FIELDS,
  ENTITY_TYPES,
  type EntityType,
  type EvidenceRole,
  OTHER_CATEGORIES,
  SEVERITIES,
  type Severity,
  TACTICS,
} from '@parapet/schema';
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { techniqueProblem } from './attack.ts';
import { DETECTION_SOURCES, DOMAINS, OWN_DOMAIN } from './domains.ts';
import { PRESETS } from './presets.ts';
import {
  formatDuration,
  parseDuration,
  readConditions,
  readDetails,
  readEventGrouping,
  readExclusions,
  readOverrides,
  readThreshold,
  readTime,
  type Source,
} from './read-options.ts';
import type { EntityMapping, Rule, RuleKind, RuleProblem, RuleTest } from './types.ts';

const ROLES: readonly EvidenceRole[] = [
  'unknown',
  'contextual',
  'source',
  'destination',
  'created',
  'compromised',
  'attacked',
  'attacker',
  'commandAndControl',
  'loaded',
  'suspicious',
];

const FIELDS: ReadonlySet<string> = new Set(ENTITY_FIELDS);

const KEYS = [
  'id',
  'title',
  'description',
  'severity',
  'category',
  'techniques',
  'kind',
  'frequency',
  'lookback',
  'detectionSource',
  'query',
  'entities',
  'groupBy',
  'recommendedActions',
  'falsePositives',
  'blindSpots',
  'tests',
  'name',
  'trigger',
  'window',
  'delay',
  'startAt',
  'threshold',
  'suppressFor',
  'eventGrouping',
  'customDetails',
  'overrides',
  'scope',
  'exclusions',
  'references',
  'shadow',
  'opensIncident',
  'correlate',
  'enabled',
  // The Sigma text a rule was translated from; kept beside it.
  'sigma',
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const MAX_TEMPLATE_COLUMNS = 10;
/** Spec B 5.2 and 4.2. */
const MINUTE = 60_000;
const DAY = 86_400_000;
const SHORTEST_FREQUENCY = 5 * MINUTE;
const LONGEST_FREQUENCY = 14 * DAY;
const LONGEST_LOOKBACK = 30 * DAY;
const MAX_SUPPRESSION = DAY;
/** Longer texts are not written by people, and every run would pay for them. */
export const MAX_QUERY_LENGTH = 50_000;
const MAX_ENTITIES = 20;

type Path = readonly (string | number)[];

/** Columns named as `{{Column}}`. */
export function templateColumns(text: string): string[] {
  return [...text.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g)].map((match) => match[1] ?? '');
}

/** A title as a name: what stands for a column, and the word before it, left out. */
export function nameOf(title: string): string {
  const bare = title
    .replace(/(?:\s+(?:on|by|to|from|of|for|in|at|with|as))?\s*['"(]*\{\{\s*\w+\s*\}\}['")]*/gi, ' ')
    .replace(/\s+/g, ' ')
    .replace(/[\s:,–-]+$/, '')
    .trim();
  return bare || title;
}

/** Position of a rule's keys, for problems found after parsing. */
export interface ParsedRule {
  readonly rule: Rule;
  lineOf(...path: (string | number)[]): number;
}

/**
 * Read one rule file. Collects every problem instead of stopping at the first.
 * @param file path relative to the content folder; its first part is the domain
 */
export function parseRule(
  file: string,
  text: string,
): { readonly parsed?: ParsedRule; readonly problems: RuleProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: RuleProblem[] = document.errors.map((error) => ({
    file,
    line: error.linePos?.[0].line ?? 1,
    message: error.message.split('\n')[0] ?? 'is not valid YAML',
  }));
  if (problems.length > 0) return { problems };
  if (!isMap(document.contents))
    return { problems: [{ file, line: 1, message: 'a rule is a mapping of keys to values' }] };
  const reader = new Reader(file, document, lines, problems);
  const rule = reader.rule();
  if (problems.length > 0) return { problems };
  return { parsed: { rule, lineOf: (...path) => reader.lineOf(path) }, problems };
}

class Reader {
  readonly #data: Record<string, unknown>;
  constructor(
    readonly file: string,
    readonly document: Document,
    readonly lines: LineCounter,
    readonly problems: RuleProblem[],
  ) {
    this.#data = document.toJS() as Record<string, unknown>;
  }

  lineOf(path: Path): number {
    for (let depth = path.length; depth > 0; depth--) {
      const node = this.document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return this.lines.linePos(node.range[0]).line;
    }
    return 1;
  }

  problem(path: Path, message: string, fix?: string): void {
    this.problems.push({
      file: this.file,
      line: this.lineOf(path),
      message: `${path.join('.') || 'rule'}: ${message}`,
      path: path.join('.'),
      ...(fix ? { fix } : {}),
    });
  }

  /** Rules that people make in the portal need not argue for themselves the way those of the library do. */
  get own(): boolean {
    return this.file.startsWith(`${OWN_DOMAIN}/`);
  }

  text(key: string, required = true): string {
    const value = this.#data[key];
    if (typeof value === 'string' && value.trim()) return value.trim();
    if (required || value !== undefined) this.problem([key], 'must be a text that is not empty');
    return '';
  }

  texts(key: string, minimum: number): string[] {
    const value = this.#data[key];
    if (
      Array.isArray(value) &&
      value.length >= minimum &&
      value.every((item) => typeof item === 'string' && item.trim())
    )
      return value as string[];
    this.problem([key], `must be a list of texts${minimum > 0 ? ` with at least ${minimum}` : ''}`);
    return [];
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.#data[key];
    if (allowed.includes(value as T)) return value as T;
    this.problem([key], `must be one of ${allowed.join(', ')}`);
    return allowed[0] as T;
  }

  duration(key: string, fallback = 0): number {
    const raw = this.#data[key];
    if (raw === undefined && fallback > 0) return fallback;
    const value = parseDuration(String(raw ?? ''));
    if (value <= 0) this.problem([key], 'must be a time such as 10m, 1h or 1d');
    return value;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#data[key] ?? fallback;
    if (typeof value !== 'boolean') this.problem([key], 'must be true or false');
    return value === true;
  }

  rule(): Rule {
    for (const key of Object.keys(this.#data)) if (!KEYS.includes(key)) this.problem([key], 'is not a key of a rule');
    const id = this.text('id');
    if (id && !UUID.test(id)) this.problem(['id'], 'must be a lower-case UUID');
    const kind = this.oneOf<RuleKind>('kind', ['continuous', 'nearRealTime', 'scheduled']);
    const category = this.oneOf<Category>('category', [...TACTICS, ...OTHER_CATEGORIES]);
    const techniques = this.texts('techniques', 0);
    for (const [index, technique] of techniques.entries()) {
      const wrong = techniqueProblem(technique);
      if (wrong) this.problem(['techniques', index], wrong);
    }
    const isTactic = (TACTICS as readonly string[]).includes(category);
    if (isTactic && techniques.length === 0 && !this.own)
      this.problem(['techniques'], `a rule of category ${category} names its techniques`);
    const title = this.text('title');
    const description = this.text('description');
    if (new Set(templateColumns(`${title} ${description}`)).size > MAX_TEMPLATE_COLUMNS)
      this.problem(['title'], `title and description may use at most ${MAX_TEMPLATE_COLUMNS} columns`);
    const query = this.text('query');
    if (query.length > MAX_QUERY_LENGTH)
      this.problem(
        ['query'],
        `is ${query.length.toLocaleString('en')} characters long; the most is ${MAX_QUERY_LENGTH.toLocaleString('en')}`,
        'put long lists of values into a watchlist and read it with _GetWatchlist',
      );
    const domain = this.file.split('/')[0] ?? '';
    const serviceSource = this.own ? ownSource(kind) : (DOMAINS[domain] ?? '');
    if (!serviceSource) this.problem([], `must lie in one of the folders ${Object.keys(DOMAINS).join(', ')}`);
    const source: Source = { data: this.#data, problem: (path, message, fix) => this.problem(path, message, fix) };
    const own = this.own ? 0 : 1;
    const schedule = this.schedule(kind);
    if (schedule.trigger !== 'clock')
      for (const key of ['threshold', 'suppressFor'])
        if (this.#data[key] !== undefined)
          this.problem([key], 'only near-real-time rules and scheduled rules with trigger: clock have it');
    return {
      id,
      name: this.text('name', false) || nameOf(title),
      title,
      description,
      severity: this.oneOf<Severity>('severity', SEVERITIES),
      category,
      techniques,
      kind,
      ...schedule,
      startAt: readTime(this.#data.startAt, ['startAt'], source.problem),
      threshold: readThreshold(source),
      suppressForMs: this.#data.suppressFor === undefined ? 0 : this.suppression(),
      eventGrouping: readEventGrouping(source),
      query,
      entities: this.entities(),
      groupBy: this.#data.groupBy === undefined && this.own ? [] : this.texts('groupBy', own),
      customDetails: readDetails(source),
      overrides: readOverrides(source),
      scope: readConditions(this.#data.scope, ['scope'], source.problem),
      exclusions: readExclusions(source),
      recommendedActions: this.optionalTexts('recommendedActions').join('\n'),
      falsePositives: this.optionalTexts('falsePositives'),
      blindSpots: this.optionalTexts('blindSpots'),
      references: this.#data.references === undefined ? [] : this.texts('references', 0),
      serviceSource,
      detectionSource:
        this.#data.detectionSource === undefined
          ? this.own
            ? ownDetectionSource(kind)
            : serviceSource
          : this.oneOf('detectionSource', DETECTION_SOURCES),
      tests: this.#data.tests === undefined && this.own ? [] : this.tests(),
      shadow: this.flag('shadow', false),
      opensIncident:
        this.#data.opensIncident === undefined
          ? 'severity'
          : this.oneOf('opensIncident', ['severity', 'always', 'never'] as const),
      correlate: this.flag('correlate', true),
      enabledByDefault: this.flag('enabled', true),
      file: this.file,
    };
  }

  optionalTexts(key: string): string[] {
    return this.#data[key] === undefined && this.own ? [] : this.texts(key, this.own ? 0 : 1);
  }

  suppression(): number {
    const value = this.duration('suppressFor');
    if (value > MAX_SUPPRESSION) this.problem(['suppressFor'], 'is at most 24h');
    return value;
  }

  schedule(kind: RuleKind): Pick<Rule, 'trigger' | 'frequencyMs' | 'lookbackMs' | 'windowBy' | 'delayMs'> {
    if (kind !== 'scheduled') {
      for (const key of ['frequency', 'lookback', 'trigger', 'window', 'delay', 'startAt'])
        if (this.#data[key] !== undefined) this.problem([key], 'only scheduled rules have it');
      // Near real time: every minute, what came since the last look.
      return kind === 'continuous'
        ? { trigger: 'arrival', frequencyMs: 0, lookbackMs: 0, windowBy: 'ingestion', delayMs: 0 }
        : { trigger: 'clock', frequencyMs: MINUTE, lookbackMs: MINUTE, windowBy: 'ingestion', delayMs: 0 };
    }
    const frequencyMs = this.duration('frequency');
    const trigger = this.#data.trigger === undefined ? 'arrival' : this.oneOf('trigger', ['arrival', 'clock'] as const);
    const standard = frequencyMs >= DAY ? LONGEST_LOOKBACK : 4 * frequencyMs;
    const lookbackMs = this.duration('lookback', trigger === 'clock' ? standard : 0);
    if (lookbackMs < frequencyMs)
      this.problem(
        ['lookback'],
        'must not be shorter than frequency',
        `a look-back of ${formatDuration(frequencyMs)} or more leaves no gaps between runs`,
      );
    if (trigger === 'arrival') {
      for (const key of ['window', 'delay', 'startAt'])
        if (this.#data[key] !== undefined) this.problem([key], 'only rules with trigger: clock have it');
      return { trigger, frequencyMs, lookbackMs, windowBy: 'event', delayMs: 0 };
    }
    if (frequencyMs < SHORTEST_FREQUENCY || frequencyMs > LONGEST_FREQUENCY)
      this.problem(['frequency'], 'must be between 5m and 14d', 'kind: nearRealTime runs every minute');
    if (lookbackMs > LONGEST_LOOKBACK) this.problem(['lookback'], 'must not be longer than 30d');
    const windowBy =
      this.#data.window === undefined ? 'ingestion' : this.oneOf('window', ['event', 'ingestion'] as const);
    const delayMs = this.#data.delay === undefined ? (windowBy === 'event' ? 5 * MINUTE : 0) : this.duration('delay');
    return { trigger, frequencyMs, lookbackMs, windowBy, delayMs };
  }

  entities(): EntityMapping[] {
    const list = this.#data.entities;
    if (!Array.isArray(list) || list.length === 0) {
      this.problem(['entities'], 'must list at least one entity');
      return [];
    }
    if (list.length > MAX_ENTITIES) this.problem(['entities'], `lists at most ${MAX_ENTITIES} entities`);
    return list.map((raw: unknown, index) => this.entity(raw as Record<string, unknown>, index));
  }

  entity(raw: Record<string, unknown>, index: number): EntityMapping {
    const at = (key: string): Path => ['entities', index, key];
    const roles = Array.isArray(raw?.roles) ? (raw.roles as EvidenceRole[]) : [];
    if (roles.length === 0 || roles.some((role) => !ROLES.includes(role)))
      this.problem(at('roles'), `must list one or more of ${ROLES.join(', ')}`);
    if (raw?.preset !== undefined) {
      const preset = PRESETS[String(raw.preset)];
      if (!preset) {
        this.problem(at('preset'), `must be one of ${Object.keys(PRESETS).join(', ')}`);
        return { type: 'device', roles, fields: {}, constants: {} };
      }
      return { type: preset.type, roles, fields: preset.fields, constants: preset.constants ?? {} };
    }
    const type = raw?.type as EntityType;
    if (!ENTITY_TYPES.includes(type)) this.problem(at('type'), `must be a preset or one of ${ENTITY_TYPES.join(', ')}`);
    const fields = (raw?.fields ?? {}) as Record<string, string>;
    if (Object.keys(fields).length === 0) this.problem(at('fields'), 'must map entity fields to columns');
    for (const [field, column] of Object.entries(fields)) {
      if (!FIELDS.has(field)) this.problem([...at('fields'), field], 'is not a field of an entity');
      if (typeof column !== 'string') this.problem([...at('fields'), field], 'must name a column');
    }
    return { type, roles, fields, constants: {} };
  }

  /** Columns an entity cannot do without, by its place in the file. */
  static required(raw: Record<string, unknown>): readonly string[] {
    return raw.preset === undefined
      ? Object.values((raw.fields ?? {}) as Record<string, string>)
      : (PRESETS[String(raw.preset)]?.required ?? []);
  }

  tests(): RuleTest[] {
    const list = this.#data.tests;
    if (!Array.isArray(list)) {
      this.problem(['tests'], 'must list at least one hit and one miss');
      return [];
    }
    const tests = list as RuleTest[];
    for (const [index, test] of tests.entries()) {
      const rows = this.document.getIn(['tests', index, 'rows'], true);
      if (typeof test?.name !== 'string' || !test.name) this.problem(['tests', index], 'needs a name');
      if (test?.expect !== 'hit' && test?.expect !== 'miss')
        this.problem(['tests', index, 'expect'], 'must be hit or miss');
      if (!isMap(rows) || rows.items.length === 0 || !rows.items.every((pair) => isSeq(pair.value)))
        this.problem(['tests', index, 'rows'], 'must map tables to lists of rows');
    }
    if (!this.own)
      for (const expected of ['hit', 'miss'])
        if (!tests.some((test) => test?.expect === expected)) this.problem(['tests'], `needs at least one ${expected}`);
    return tests;
  }
}

/** Spec A 1.4: where alerts of rules made here come from. */
const ownSource = (kind: RuleKind): string => (kind === 'continuous' ? 'microsoft365Defender' : 'microsoftSentinel');
const ownDetectionSource = (kind: RuleKind): string =>
  kind === 'continuous' ? 'customDetection' : kind === 'nearRealTime' ? 'nrtAlerts' : 'scheduledAlerts';

/** Columns each entity of the file cannot do without, in file order. */
export function requiredColumns(text: string): readonly (readonly string[])[] {
  const data = parseDocument(text).toJS() as { entities?: Record<string, unknown>[] } | null;
  return (data?.entities ?? []).map((raw) => Reader.required(raw));
}
