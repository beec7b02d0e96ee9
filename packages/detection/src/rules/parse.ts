import {
  type Category,
  ENTITY_TYPES,
  type EntityType,
  type EvidenceRole,
  OTHER_CATEGORIES,
  SEVERITIES,
  type Severity,
  TACTICS,
} from '@parapet/schema';
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { PRESETS } from './presets.ts';
import type { EntityMapping, Rule, RuleProblem, RuleTest } from './types.ts';

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

const FIELDS = new Set([
  'deviceId',
  'deviceName',
  'accountName',
  'accountDomain',
  'accountSid',
  'accountUpn',
  'accountObjectId',
  'processId',
  'processUniqueId',
  'processCreationTime',
  'processCommandLine',
  'parentProcessFileName',
  'fileName',
  'folderPath',
  'sha1',
  'sha256',
  'md5',
  'ip',
  'url',
  'registryKey',
  'registryValueName',
  'registryValueData',
  'serviceName',
  'taskName',
  'cloudPlatform',
  'cloudAccountId',
  'resourceId',
  'resourceType',
  'mailboxAddress',
]);

/** Where alerts of a folder come from (spec A 1.4). */
const SOURCES: Readonly<Record<string, string>> = {
  endpoint: 'microsoftDefenderForEndpoint',
  identity: 'microsoftDefenderForIdentity',
  aws: 'microsoftDefenderForCloud',
};
const DETECTION_SOURCES = [
  ...Object.values(SOURCES),
  'antivirus',
  'cloudAppSecurity',
  'microsoft365Defender',
  'customDetection',
];

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
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TECHNIQUE = /^T\d{4}(\.\d{3})?$/;
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
export const MAX_TEMPLATE_COLUMNS = 10;

type Path = readonly (string | number)[];

/** Columns named as `{{Column}}`. */
export function templateColumns(text: string): string[] {
  return [...text.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g)].map((match) => match[1] ?? '');
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

  problem(path: Path, message: string): void {
    this.problems.push({
      file: this.file,
      line: this.lineOf(path),
      message: `${path.join('.') || 'rule'}: ${message}`,
    });
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

  duration(key: string): number {
    const match = /^(\d+)([smhd])$/.exec(String(this.#data[key] ?? ''));
    const value = match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0) : 0;
    if (value <= 0) this.problem([key], 'must be a time such as 10m, 1h or 1d');
    return value;
  }

  rule(): Rule {
    for (const key of Object.keys(this.#data)) if (!KEYS.includes(key)) this.problem([key], 'is not a key of a rule');
    const id = this.text('id');
    if (id && !UUID.test(id)) this.problem(['id'], 'must be a lower-case UUID');
    const kind = this.oneOf('kind', ['continuous', 'scheduled'] as const);
    const category = this.oneOf<Category>('category', [...TACTICS, ...OTHER_CATEGORIES]);
    const techniques = this.texts('techniques', 0);
    for (const [index, technique] of techniques.entries())
      if (!TECHNIQUE.test(technique))
        this.problem(['techniques', index], `"${technique}" is not an ATT&CK id (T1234 or T1234.001)`);
    const isTactic = (TACTICS as readonly string[]).includes(category);
    if (isTactic && techniques.length === 0)
      this.problem(['techniques'], `a rule of category ${category} names its techniques`);
    const title = this.text('title');
    const description = this.text('description');
    if (new Set(templateColumns(`${title} ${description}`)).size > MAX_TEMPLATE_COLUMNS)
      this.problem(['title'], `title and description may use at most ${MAX_TEMPLATE_COLUMNS} columns`);
    let frequencyMs = 0;
    let lookbackMs = 0;
    if (kind === 'scheduled') {
      frequencyMs = this.duration('frequency');
      lookbackMs = this.duration('lookback');
      if (lookbackMs < frequencyMs) this.problem(['lookback'], 'must not be shorter than frequency');
    } else
      for (const key of ['frequency', 'lookback'])
        if (this.#data[key] !== undefined) this.problem([key], 'only scheduled rules have it');
    const domain = this.file.split('/')[0] ?? '';
    const serviceSource = SOURCES[domain] ?? '';
    if (!serviceSource) this.problem([], `must lie in one of the folders ${Object.keys(SOURCES).join(', ')}`);
    return {
      id,
      title,
      description,
      severity: this.oneOf<Severity>('severity', SEVERITIES),
      category,
      techniques,
      kind,
      frequencyMs,
      lookbackMs,
      query: this.text('query'),
      entities: this.entities(),
      groupBy: this.texts('groupBy', 1),
      recommendedActions: this.texts('recommendedActions', 1).join('\n'),
      falsePositives: this.texts('falsePositives', 1),
      blindSpots: this.texts('blindSpots', 1),
      serviceSource,
      detectionSource:
        this.#data.detectionSource === undefined ? serviceSource : this.oneOf('detectionSource', DETECTION_SOURCES),
      tests: this.tests(),
      file: this.file,
    };
  }

  entities(): EntityMapping[] {
    const list = this.#data.entities;
    if (!Array.isArray(list) || list.length === 0) {
      this.problem(['entities'], 'must list at least one entity');
      return [];
    }
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
    for (const expected of ['hit', 'miss'])
      if (!tests.some((test) => test?.expect === expected)) this.problem(['tests'], `needs at least one ${expected}`);
    return tests;
  }
}

/** Columns each entity of the file cannot do without, in file order. */
export function requiredColumns(text: string): readonly (readonly string[])[] {
  const data = parseDocument(text).toJS() as { entities?: Record<string, unknown>[] } | null;
  return (data?.entities ?? []).map((raw) => Reader.required(raw));
}
