import type { RuleConditionInfo } from '@parapet/schema/wire';
import type { Definition } from '../data.ts';

/** One entity as the wizard edits it: a preset, or a type with its own columns. */
export interface EntityDraft {
  readonly preset: string;
  readonly type: string;
  readonly role: string;
  readonly fields: readonly { readonly field: string; readonly column: string }[];
}

/** What the wizard edits. Texts are as typed; `rest` is what it does not show and keeps. */
export interface RuleDraft {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly severity: string;
  readonly category: string;
  readonly techniques: readonly string[];
  readonly query: string;
  readonly kind: string;
  /** `arrival` or `clock`. */
  readonly trigger: string;
  readonly frequency: string;
  readonly lookback: string;
  readonly window: string;
  readonly threshold: { readonly on: boolean; readonly operator: string; readonly count: string };
  readonly suppressFor: string;
  readonly eventGrouping: string;
  readonly groupBy: readonly string[];
  readonly details: readonly { readonly name: string; readonly column: string }[];
  readonly entities: readonly EntityDraft[];
  readonly scope: readonly RuleConditionInfo[];
  /** One a line. */
  readonly recommendedActions: string;
  readonly falsePositives: string;
  readonly shadow: boolean;
  readonly enabled: boolean;
  readonly rest: Definition;
}

export const EMPTY_DRAFT: RuleDraft = {
  name: '',
  title: '',
  description: '',
  severity: 'medium',
  category: 'SuspiciousActivity',
  techniques: [],
  query: '',
  kind: 'scheduled',
  trigger: 'clock',
  frequency: '1h',
  lookback: '4h',
  window: 'ingestion',
  threshold: { on: false, operator: 'greater', count: '0' },
  suppressFor: '',
  eventGrouping: 'group',
  groupBy: [],
  details: [],
  entities: [],
  scope: [],
  recommendedActions: '',
  falsePositives: '',
  shadow: false,
  enabled: true,
  rest: {},
};

const SHOWN = new Set([
  'name',
  'title',
  'description',
  'severity',
  'category',
  'techniques',
  'query',
  'kind',
  'trigger',
  'frequency',
  'lookback',
  'window',
  'threshold',
  'suppressFor',
  'eventGrouping',
  'groupBy',
  'customDetails',
  'entities',
  'scope',
  'recommendedActions',
  'falsePositives',
  'shadow',
  'enabled',
]);

const text = (value: unknown, fallback = ''): string =>
  typeof value === 'string' ? value : value === undefined ? fallback : String(value);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keys of a rule's text as the wizard shows them. */
export function draftOf(definition: Definition): RuleDraft {
  const threshold = isMap(definition.threshold) ? definition.threshold : undefined;
  return {
    name: text(definition.name),
    title: text(definition.title),
    description: text(definition.description).trim(),
    severity: text(definition.severity, 'medium'),
    category: text(definition.category, 'SuspiciousActivity'),
    techniques: texts(definition.techniques),
    query: text(definition.query),
    kind: text(definition.kind, 'scheduled'),
    trigger: text(definition.trigger, 'arrival'),
    frequency: text(definition.frequency, '1h'),
    lookback: text(definition.lookback, '4h'),
    window: text(definition.window, 'ingestion'),
    threshold: {
      on: threshold !== undefined,
      operator: text(threshold?.operator, 'greater'),
      count: text(threshold?.count, '0'),
    },
    suppressFor: text(definition.suppressFor),
    eventGrouping: text(definition.eventGrouping, 'group'),
    groupBy: texts(definition.groupBy),
    details: Object.entries(isMap(definition.customDetails) ? definition.customDetails : {}).map(([name, column]) => ({
      name,
      column: String(column),
    })),
    entities: (Array.isArray(definition.entities) ? definition.entities : []).filter(isMap).map((entity) => ({
      preset: text(entity.preset),
      type: text(entity.type, 'device'),
      role: texts(entity.roles).join(', '),
      fields: Object.entries(isMap(entity.fields) ? entity.fields : {}).map(([field, column]) => ({
        field,
        column: String(column),
      })),
    })),
    scope: (Array.isArray(definition.scope) ? definition.scope : []).filter(isMap).map((condition) => ({
      column: text(condition.column),
      operator: text(condition.operator, 'equals'),
      values: Array.isArray(condition.values)
        ? condition.values.map(String)
        : condition.value === undefined
          ? []
          : [String(condition.value)],
    })),
    recommendedActions: texts(definition.recommendedActions).join('\n'),
    falsePositives: texts(definition.falsePositives).join('\n'),
    shadow: definition.shadow === true,
    enabled: definition.enabled !== false,
    rest: Object.fromEntries(Object.entries(definition).filter(([key]) => !SHOWN.has(key) && key !== 'id')),
  };
}

const lines = (value: string): string[] =>
  value
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** The keys of the rule that the draft means; parts that say nothing are left out. */
export function definitionOf(draft: RuleDraft): Definition {
  const onClock = draft.kind === 'nearRealTime' || (draft.kind === 'scheduled' && draft.trigger === 'clock');
  const optional = (key: string, value: unknown, when: boolean) => (when ? { [key]: value } : {});
  const details = draft.details.filter(({ name, column }) => name.trim() || column.trim());
  const scope = draft.scope
    .map((each) => ({ ...each, values: each.values.map((value) => value.trim()).filter(Boolean) }))
    .filter(({ column, values }) => column || values.length > 0);
  // Delay and start belong to rules on the clock; they stay with them.
  const { delay, startAt, ...rest } = draft.rest;
  return {
    ...rest,
    ...optional('name', draft.name.trim(), draft.name.trim() !== ''),
    title: draft.title.trim() || draft.name.trim(),
    description: draft.description.trim(),
    severity: draft.severity,
    category: draft.category,
    techniques: draft.techniques,
    kind: draft.kind,
    ...optional('trigger', draft.trigger, draft.kind === 'scheduled' && draft.trigger === 'clock'),
    ...optional('frequency', draft.frequency.trim(), draft.kind === 'scheduled'),
    ...optional('lookback', draft.lookback.trim(), draft.kind === 'scheduled'),
    ...optional('window', draft.window, draft.kind === 'scheduled' && draft.trigger === 'clock'),
    ...optional('delay', delay, delay !== undefined && draft.kind === 'scheduled' && draft.trigger === 'clock'),
    ...optional('startAt', startAt, startAt !== undefined && draft.kind === 'scheduled' && draft.trigger === 'clock'),
    ...optional(
      'threshold',
      { operator: draft.threshold.operator, count: Number(draft.threshold.count) },
      onClock && draft.threshold.on,
    ),
    ...optional('suppressFor', draft.suppressFor.trim(), onClock && draft.suppressFor.trim() !== ''),
    ...optional('eventGrouping', draft.eventGrouping, draft.eventGrouping !== 'group'),
    query: draft.query,
    entities: draft.entities.map(({ preset, type, role, fields }) => {
      const roles = role
        .split(',')
        .map((each) => each.trim())
        .filter(Boolean);
      return preset
        ? { preset, roles }
        : {
            type,
            roles,
            fields: Object.fromEntries(fields.filter(({ field }) => field).map(({ field, column }) => [field, column])),
          };
    }),
    ...optional('groupBy', draft.groupBy, draft.groupBy.length > 0),
    ...optional(
      'customDetails',
      Object.fromEntries(details.map(({ name, column }) => [name.trim(), column.trim()])),
      details.length > 0,
    ),
    ...optional('scope', scope, scope.length > 0),
    ...optional('recommendedActions', lines(draft.recommendedActions), lines(draft.recommendedActions).length > 0),
    ...optional('falsePositives', lines(draft.falsePositives), lines(draft.falsePositives).length > 0),
    ...optional('shadow', true, draft.shadow),
    ...optional('enabled', false, !draft.enabled),
  };
}

export const STEPS = ['query', 'alert', 'entities', 'schedule', 'test', 'review'] as const;
export type Step = (typeof STEPS)[number];

const STEP_OF: Readonly<Record<string, Step>> = {
  query: 'query',
  entities: 'entities',
  scope: 'entities',
  kind: 'schedule',
  trigger: 'schedule',
  frequency: 'schedule',
  lookback: 'schedule',
  window: 'schedule',
  threshold: 'schedule',
  suppressFor: 'schedule',
};

/** The step on which a problem can be mended. */
export const stepOf = (path: string | undefined): Step =>
  STEP_OF[(path ?? '').split('.')[0] ?? ''] ?? (path ? 'alert' : 'query');

const HANDOVER = 'parapet.rule-from-query';

/** Hand a query from hunting to the wizard; it survives the way there, not the window. */
export function handOver(query: string): void {
  sessionStorage.setItem(HANDOVER, query);
}

export function takeOver(): string {
  const query = sessionStorage.getItem(HANDOVER) ?? '';
  sessionStorage.removeItem(HANDOVER);
  return query;
}
