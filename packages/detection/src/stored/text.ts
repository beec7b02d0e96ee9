import { parse, stringify } from 'yaml';

/** Order of the keys of a written rule; others follow. */
const ORDER = [
  'id',
  'name',
  'title',
  'description',
  'severity',
  'category',
  'techniques',
  'kind',
  'trigger',
  'frequency',
  'lookback',
  'window',
  'delay',
  'startAt',
  'threshold',
  'suppressFor',
  'detectionSource',
  'query',
  'entities',
  'groupBy',
  'eventGrouping',
  'customDetails',
  'overrides',
  'scope',
  'exclusions',
  'recommendedActions',
  'falsePositives',
  'blindSpots',
  'references',
  'opensIncident',
  'correlate',
  'shadow',
  'enabled',
  'tests',
];

export type Definition = Readonly<Record<string, unknown>>;

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0);

/** A rule as its file would be written. Parts that say nothing are left out, `techniques` stays. */
export function ruleText(definition: Definition): string {
  const ordered: Record<string, unknown> = {};
  for (const key of [...ORDER, ...Object.keys(definition)]) {
    const value = definition[key];
    if (key in ordered || (isEmpty(value) && key !== 'techniques')) continue;
    ordered[key] = key === 'techniques' ? (value ?? []) : value;
  }
  return stringify(ordered, { lineWidth: 140, blockQuote: 'literal' });
}

/** The keys of a rule's text; undefined when it is no mapping. */
export function ruleDefinition(text: string): Definition | undefined {
  try {
    const value: unknown = parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Definition) : undefined;
  } catch {
    return undefined;
  }
}
