import { ENTITY_TYPES, type EntityType, ParapetError, SEVERITIES, type Severity } from '@parapet/schema';
import { ipIn } from './range.ts';

export const FIELD_OPERATORS = ['equals', 'startsWith', 'endsWith', 'contains', 'matches', 'inRange'] as const;
export type FieldOperator = (typeof FIELD_OPERATORS)[number];

/** A property of one piece of evidence, compared without regard to case; any value suffices. */
export interface FieldTest {
  readonly field: string;
  readonly operator: FieldOperator;
  readonly values: readonly string[];
}

/** The alert has evidence of this type for which all tests hold; `any` is every type. */
export interface EvidenceTest {
  readonly evidence: EntityType | 'any';
  readonly fields: readonly FieldTest[];
}

export type TuningCondition =
  | EvidenceTest
  | { readonly all: readonly TuningCondition[] }
  | { readonly any: readonly TuningCondition[] };

/** What a tuning rule says (spec A 1.7). */
export interface TuningDefinition {
  readonly comment: string;
  /** `hide`: no alert, kept as a record; `resolve`: an alert that is resolved at its creation; `change`: severity or tags only. */
  readonly action: 'hide' | 'resolve' | 'change';
  /** Service sources it is about; empty for all. */
  readonly sources: readonly string[];
  /** Rules it is about; empty for all. */
  readonly ruleIds: readonly string[];
  /** Names of devices, with `*`; empty for all. */
  readonly devices: readonly string[];
  readonly condition: TuningCondition;
  readonly severity: Severity | null;
  readonly tags: readonly string[];
}

export interface TuningRule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly definition: TuningDefinition;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly expiresAt: string | null;
  readonly matched: number;
  readonly lastMatched: string | null;
}

/** What the conditions look at. */
export interface TunedAlert {
  readonly ruleId: string;
  readonly serviceSource: string;
  readonly evidence: readonly {
    readonly type: string;
    readonly fields: object;
    readonly label?: string;
  }[];
}

/** A property of a piece of evidence. */
export const fieldOf = (item: TunedAlert['evidence'][number], field: string): unknown =>
  Object.hasOwn(item.fields, field) ? (item.fields as Readonly<Record<string, unknown>>)[field] : undefined;

const MAX_DEPTH = 4;
const MAX_TESTS = 50;

const invalid = (message: string): ParapetError => new ParapetError('invalid_tuning_rule', 400, message);
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const texts = (value: unknown, name: string, most: number): string[] => {
  if (value === undefined || value === null) return [];
  if (
    !Array.isArray(value) ||
    value.length > most ||
    value.some((each) => typeof each !== 'string' || !each.trim() || each.length > 1_000)
  )
    throw invalid(`${name} must be a list of at most ${most} texts.`);
  return value.map((each: string) => each.trim());
};

/**
 * Check what a person sent.
 * @throws ParapetError `invalid_tuning_rule` (400)
 */
export function readTuning(raw: unknown): {
  readonly name: string;
  readonly enabled: boolean;
  readonly expiresAt: string | null;
  readonly definition: TuningDefinition;
} {
  if (!isMap(raw)) throw invalid('A tuning rule is an object.');
  const name = typeof raw.name === 'string' ? raw.name.trim() : '';
  if (!name || name.length > 200) throw invalid('name must be a text of 1 to 200 characters.');
  const action = raw.action;
  if (action !== 'hide' && action !== 'resolve' && action !== 'change')
    throw invalid('action must be hide, resolve or change.');
  const severity = raw.severity ?? null;
  if (severity !== null && !SEVERITIES.includes(severity as Severity))
    throw invalid(`severity must be one of ${SEVERITIES.join(', ')}.`);
  const tags = texts(raw.tags, 'tags', 10);
  if (action === 'change' && severity === null && tags.length === 0)
    throw invalid('A rule that changes alerts sets a severity or adds tags.');
  let expiresAt: string | null = null;
  if (raw.expiresAt !== undefined && raw.expiresAt !== null && raw.expiresAt !== '') {
    const time = new Date(String(raw.expiresAt));
    if (Number.isNaN(time.getTime())) throw invalid('expiresAt must be an ISO 8601 time.');
    expiresAt = time.toISOString();
  }
  const budget = { left: MAX_TESTS };
  return {
    name,
    enabled: raw.enabled !== false,
    expiresAt,
    definition: {
      comment: typeof raw.comment === 'string' ? raw.comment.trim().slice(0, 2_000) : '',
      action,
      sources: texts(raw.sources, 'sources', 20),
      ruleIds: texts(raw.ruleIds, 'ruleIds', 100),
      devices: texts(raw.devices, 'devices', 200),
      condition: readCondition(raw.condition, 0, budget),
      severity: severity as Severity | null,
      tags,
    },
  };
}

function readCondition(raw: unknown, depth: number, budget: { left: number }): TuningCondition {
  if (!isMap(raw) || depth > MAX_DEPTH)
    throw invalid(`condition must be a group or a test, at most ${MAX_DEPTH} deep.`);
  for (const key of ['all', 'any'] as const) {
    const list = raw[key];
    if (list === undefined) continue;
    if (!Array.isArray(list) || list.length === 0) throw invalid(`${key} must list at least one condition.`);
    const parts = list.map((each) => readCondition(each, depth + 1, budget));
    return key === 'all' ? { all: parts } : { any: parts };
  }
  const evidence = raw.evidence as EntityType | 'any';
  if (evidence !== 'any' && !ENTITY_TYPES.includes(evidence))
    throw invalid(`evidence must be any or one of ${ENTITY_TYPES.join(', ')}.`);
  if (!Array.isArray(raw.fields) || raw.fields.length === 0) throw invalid('fields must list at least one test.');
  const fields = raw.fields.map((each: unknown): FieldTest => {
    budget.left -= 1;
    if (budget.left < 0) throw invalid(`A rule has at most ${MAX_TESTS} tests.`);
    if (!isMap(each) || typeof each.field !== 'string' || !/^[A-Za-z]\w{0,60}$/.test(each.field))
      throw invalid('Each test names a field.');
    const operator = each.operator as FieldOperator;
    if (!FIELD_OPERATORS.includes(operator)) throw invalid(`operator must be one of ${FIELD_OPERATORS.join(', ')}.`);
    const values = texts(each.values, 'values', 200);
    if (values.length === 0) throw invalid('Each test has at least one value.');
    return { field: each.field, operator, values };
  });
  return { evidence, fields };
}

/** Whether an alert is one that a tuning rule is about. */
export function matchesTuning(definition: TuningDefinition, alert: TunedAlert): boolean {
  if (definition.sources.length > 0 && !definition.sources.includes(alert.serviceSource)) return false;
  if (definition.ruleIds.length > 0 && !definition.ruleIds.includes(alert.ruleId)) return false;
  if (definition.devices.length > 0) {
    const names = alert.evidence
      .filter(({ type }) => type === 'device')
      .flatMap((item) => [fieldOf(item, 'deviceName'), fieldOf(item, 'deviceId')]);
    if (!names.some((name) => name && definition.devices.some((pattern) => testOf('matches', pattern)(String(name)))))
      return false;
  }
  return holds(definition.condition, alert);
}

function holds(condition: TuningCondition, alert: TunedAlert): boolean {
  if ('all' in condition) return condition.all.every((each) => holds(each, alert));
  if ('any' in condition) return condition.any.some((each) => holds(each, alert));
  return alert.evidence.some(
    (item) =>
      (condition.evidence === 'any' || item.type === condition.evidence) &&
      condition.fields.every(({ field, operator, values }) => {
        const value = field === 'label' ? item.label : fieldOf(item, field);
        if (value === undefined || value === null || value === '') return false;
        const text = String(value);
        return values.some((wanted) => testOf(operator, wanted)(text));
      }),
  );
}

const tests = new Map<string, (text: string) => boolean>();
const MAX_TESTS_KEPT = 5_000;

function testOf(operator: FieldOperator, wanted: string): (text: string) => boolean {
  const key = `${operator} ${wanted}`;
  let test = tests.get(key);
  if (!test) {
    test = makeTest(operator, wanted);
    if (tests.size >= MAX_TESTS_KEPT) tests.clear();
    tests.set(key, test);
  }
  return test;
}

function makeTest(operator: FieldOperator, wanted: string): (text: string) => boolean {
  const low = wanted.toLowerCase();
  switch (operator) {
    case 'equals':
      return (text) => text.toLowerCase() === low;
    case 'startsWith':
      return (text) => text.toLowerCase().startsWith(low);
    case 'endsWith':
      return (text) => text.toLowerCase().endsWith(low);
    case 'contains':
      return (text) => text.toLowerCase().includes(low);
    case 'inRange':
      return (text) => ipIn(text, wanted);
    case 'matches':
      return (text) => matchesWildcard(text.toLowerCase(), low);
  }
}

/** `*` stands for anything. Greedy with one step back: no pattern makes it slow. */
export function matchesWildcard(text: string, pattern: string): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
